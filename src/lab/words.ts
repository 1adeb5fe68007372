/** What a frame is, in the words of the networking guide. */
import type { IcmpView } from '../headers/icmp.js';
import { ICMP_TYPE, TCP_FLAG } from '../headers/numbers.js';
import type { TcpView } from '../headers/tcp.js';
import type { UdpView } from '../headers/udp.js';
import type { OurProtocols } from '../packet/bindings.js';
import type { Packet } from '../packet/packet.js';
import { parse } from '../packet/parse.js';
import { icmpErrorText } from './ip/error-text.js';

/**
 * What a frame is, in a few lines: `ARP Request (Broadcast)\n"Who has 192.168.1.20?"`. `inner`: what
 * to call the inside of a tunnel's packet (absent: what it is).
 */
export function frameText(bytes: Uint8Array, inner?: string): string {
  const packet = parse(bytes);
  const tag = packet.layer('dot1q');
  const plain = tag === undefined ? '' : `VLAN ${tag.vid}: `;
  const text = tunnelText(packet, inner) ?? `${plain}${innerText(packet)}`;
  const ip = packet.layer('ipv4');
  // The others say by themselves that they are fragments.
  const first = ip?.moreFragments === true && ip.fragmentOffset === 0;
  return first ? `${text}\n(first fragment)` : text;
}

/** The guide's options by the names of their codecs. */
const OPTIONS: Readonly<Record<string, string>> = {
  sourceIdentity: 'identity',
  securityPolicyId: 'policy',
};

function tunnelText(packet: Packet<OurProtocols>, inner?: string): string | undefined {
  const vni = packet.layer('vxlan')?.vni ?? packet.layer('geneve')?.vni;
  const outer = packet.layer('ipv4');
  if (vni === undefined || outer === undefined) return undefined;
  if (!sent(packet).some(({ descriptor: { name } }) => TUNNELS.includes(name))) return undefined;
  const kind = packet.layer('vxlan') === undefined ? 'Geneve packet' : 'UDP Packet';
  const options = (packet.layer('geneve')?.options ?? []).map((option) =>
    'class' in option ? `0x${option.class.toString(16)}` : (OPTIONS[option.kind] ?? option.kind),
  );
  const lines = [kind, `Outer: ${outer.src} → ${outer.dst}`, `VNI: ${vni}`];
  if (options.length > 0) lines.push(`TLV: ${options.join(', ')}`);
  return [...lines, `Inner: ${inner ?? `L2 Frame, ${innerText(packet).split('\n')[0]}`}`].join(
    '\n',
  );
}

function innerText(packet: Packet<OurProtocols>): string {
  const layers = sent(packet);
  const index = layers.findLastIndex(({ descriptor }) => WORDS.includes(descriptor.name));
  const layer = layers[index] ?? layers.at(-1);
  if (layer === undefined) return 'Frame';
  const { name } = layer.descriptor;
  if (name === 'arp') return arpText(packet);
  if (name === 'tcp') return tcpText(packet.all('tcp').at(-1) as TcpView);
  if (name === 'icmp') return icmpText(packet.all('icmp')[0] as IcmpView, packet);
  if (name === 'udp') return udpText(packet.all('udp').at(-1) as UdpView);
  const at = layers.indexOf(layer);
  return layer.descriptor.summary(layer, packet.place(at));
}

/** The layers without those that an ICMP error quotes: they are a packet of another time. */
function sent({ layers }: Packet<OurProtocols>): Packet<OurProtocols>['layers'] {
  const quoting = layers.findIndex(({ descriptor }) => descriptor.quotes);
  return quoting < 0 ? layers : layers.slice(0, quoting + 1);
}

const TUNNELS: readonly string[] = ['vxlan', 'geneve'];

/** The innermost of these is what a frame is about. */
const WORDS: readonly string[] = [
  'dns',
  'arp',
  'tcp',
  'udp',
  'icmp',
  'igmp',
  'ipv4',
  'ipv6',
  'ethernet',
];

function arpText(packet: Packet<OurProtocols>): string {
  const [arp] = packet.all('arp').slice(-1);
  const ethernet = packet.all('ethernet').at(-1);
  if (arp === undefined) return 'ARP';
  const { operation, senderProtocol, senderHardware, targetProtocol } = arp;
  if (operation === 2)
    return `ARP Reply\n"${senderProtocol} = ${String(senderHardware).toUpperCase()}"`;
  if (senderProtocol === targetProtocol) return `ARP Announcement\n"${senderProtocol} is mine"`;
  const who = ethernet?.dst === 'ff:ff:ff:ff:ff:ff' ? ' (Broadcast)' : '';
  return `ARP Request${who}\n"Who has ${targetProtocol}?"`;
}

function icmpText(icmp: IcmpView, packet: Packet<OurProtocols>): string {
  const { type, code, view, offset } = icmp;
  if (!ERRORS.includes(type)) {
    return icmp.descriptor.summary(icmp, packet.place(packet.layers.indexOf(icmp)));
  }
  // The MTU of "fragmentation needed" (RFC 1191 §4).
  return icmpErrorText({ type, code, mtu: view.getUint16(offset + 6) });
}

const ERRORS: readonly number[] = [ICMP_TYPE.destinationUnreachable, ICMP_TYPE.timeExceeded];

function udpText({ srcPort, dstPort, headerEnd, end }: UdpView): string {
  return `UDP ${srcPort} → ${dstPort} (${bytesText(end - headerEnd)})`;
}

/** `1 byte`, `24 bytes`. */
export function bytesText(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

/** A segment as the guide writes it: `SYN-ACK (seq=300, ack=101)`, `Data (seq=101)`. */
function tcpText(tcp: TcpView): string {
  const { flags, seq, ack, end, headerEnd, window } = tcp;
  const bytes = end - headerEnd;
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const parts: string[] = [];
  if (has(TCP_FLAG.SYN)) parts.push('SYN');
  if (has(TCP_FLAG.FIN)) parts.push('FIN');
  if (has(TCP_FLAG.RST)) parts.push('RST');
  const bare = parts.length === 0;
  if (bare && bytes > 0) parts.push('Data');
  // Every FIN acknowledges something: it is called FIN all the same.
  else if (has(TCP_FLAG.ACK) && !has(TCP_FLAG.FIN)) parts.push('ACK');
  const numbers: string[] = [];
  if (!bare || bytes > 0) numbers.push(`seq=${seq}`);
  if (has(TCP_FLAG.ACK) && !(bare && bytes > 0)) numbers.push(`ack=${ack}`);
  if (bytes > 0) numbers.push(bytesText(bytes));
  if (window === 0 && !has(TCP_FLAG.RST)) numbers.push('win=0');
  return `${parts.join('-')} (${numbers.join(', ')})`;
}
