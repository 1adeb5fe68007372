/** A router with netfilter between two stations that send and keep whole packets. */
import { ethernet } from '../../../src/headers/ethernet.js';
import { decodeIcmp } from '../../../src/headers/icmp.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { TCP_FLAG } from '../../../src/headers/numbers.js';
import { type TcpFlag, tcp } from '../../../src/headers/tcp.js';
import { udp } from '../../../src/headers/udp.js';
import { Router } from '../../../src/lab/host.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import { Lab } from '../../../src/lab/lab.js';
import { Netfilter, type NetfilterOptions } from '../../../src/lab/netfilter/netfilter.js';
import { build } from '../../../src/packet/build.js';
import { parse } from '../../../src/packet/parse.js';
import { Station } from '../../support/station.js';

type Above = Parameters<typeof build>[0];

export const INSIDE = '192.168.1.10';
export const OTHER = '192.168.1.11';
export const PUBLIC = '203.0.113.50';
export const WEB = '203.0.113.9';
const MAC = '02:00:00:00:00:aa';

export function router(rules: readonly string[] = [], options: NetfilterOptions = {}) {
  const lab = new Lab();
  const r = new Router(lab, 'R', {
    interfaces: { in: { address: '192.168.1.1/24' }, out: { address: `${PUBLIC}/24` } },
  });
  const stations = { in: new Station(lab, 'in'), out: new Station(lab, 'out') };
  const netfilter = new Netfilter(r.ip, options);
  for (const rule of rules) netfilter.iptables(rule);
  for (const [side, addresses] of [
    ['in', [INSIDE, OTHER]] as const,
    ['out', [WEB, '203.0.113.8']] as const,
  ]) {
    lab.connect(r.port(side), stations[side].port('eth0'));
    for (const address of addresses) {
      r.ip.interfaceOf(r.port(side)).neighbours.setPermanent(addressOf(address), 0x0200000000aa);
    }
  }
  let seen = { in: 0, out: 0 };
  /** Sends a packet to the router; answers what left, as `out 203.0.113.50:5000 → …`. */
  const send = (side: 'in' | 'out', src: string, dst: string, ...above: Above): string[] => {
    const port = r.port(side);
    const link = ethernet({ src: MAC, dst: port.macText });
    stations[side]
      .port('eth0')
      .send(lab.frames.of(build([link, ipv4({ src, dst, id: 5 }), ...above])));
    lab.run();
    const left = (['in', 'out'] as const).flatMap((way) =>
      stations[way].received.slice(seen[way]).map((bytes) => `${way} ${describePacket(bytes)}`),
    );
    seen = { in: stations.in.received.length, out: stations.out.received.length };
    return left;
  };
  return { lab, r, netfilter, stations, send };
}

/** `203.0.113.50:5000 → 203.0.113.9:80`; a problem is an error. */
export function describePacket(bytes: Uint8Array): string {
  const packet = parse(bytes);
  const wrong = packet.problems.filter(({ severity }) => severity !== 'info');
  if (wrong.length > 0) throw new Error(wrong.map(({ message }) => message).join('; '));
  const ips = packet.all('ipv4');
  const above = packet.layer('udp') ?? packet.layer('tcp');
  const bits = packet.layer('tcp')?.flags ?? 0;
  const flags = Object.entries(TCP_FLAG).flatMap(([name, bit]) =>
    (bits & bit) === 0 ? [] : [name],
  );
  const error = packet.layer('icmp');
  const texts = ips.map((ip, i) => {
    const ports = above !== undefined && i === ips.length - 1;
    const id = error === undefined ? undefined : decodeIcmp(error).identifier;
    const from = ports ? `:${above.srcPort}` : id === undefined ? '' : ` id ${id}`;
    return `${ip.src}${from} → ${ip.dst}${ports ? `:${above.dstPort}` : ''}`;
  });
  const kind = error === undefined ? '' : ` icmp ${error.type}/${error.code}`;
  return `${texts.join(' about ')}${kind}${flags.length === 0 ? '' : ` ${flags.join(' ')}`}`;
}

export const datagram = (srcPort: number, dstPort: number, bytes = 5): Above => [
  udp({ srcPort, dstPort }),
  new Uint8Array(bytes),
];
export const segment = (srcPort: number, dstPort: number, ...flags: TcpFlag[]): Above => [
  tcp({ srcPort, dstPort, flags, seq: 1, ...(flags.includes('ACK') ? { ack: 1 } : {}) }),
];
