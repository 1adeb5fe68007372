/** ARP suppression: a tunnel end point answers for those that it knows (Linux `vxlan … proxy`). */
import { formatIpv4, formatMac } from '../../bytes/address.js';
import { ArpView, arp, arpProtocol } from '../../headers/arp.js';
import { ETHERNET_HEADER_BYTES, ethernet } from '../../headers/ethernet.js';
import { ARP_OPERATION, ETHERTYPE } from '../../headers/numbers.js';
import type { Extent } from '../../headers/protocol.js';
import { build } from '../../packet/build.js';
import { payloadType } from '../../packet/ethernet-payload.js';
import type { Frame, FramePool } from '../frame.js';

/** Protocol IPv4, lengths of 6 and 4. */
const IPV4_ARP = 0x0800_0604;
const extent: Extent = { wireEnd: 0, bodyEnd: 0, next: -1, alternative: -1, problems: 0 };

/** The address that an ARP request in an untagged frame asks for; 0: it is none, or about the sender. */
export function askedFor({ view, start, end }: Frame): number {
  const at = start + ETHERNET_HEADER_BYTES;
  if (at > end || payloadType(view, at) !== ETHERTYPE.ARP) return 0;
  const layer = arpAt(view, at, end);
  if (layer === undefined || layer.operation !== ARP_OPERATION.request) return 0;
  const target = view.getUint32(layer.targetProtocolAt);
  return target === view.getUint32(layer.senderProtocolAt) ? 0 : target;
}

/** The answer to that request: `mac` has the address. */
export function answerFor(frames: FramePool, request: Frame, mac: number): Frame {
  const { view, start, end } = request;
  const layer = arpAt(view, start + ETHERNET_HEADER_BYTES, end) as ArpView;
  const to = view.getUint16(layer.senderHardwareAt) * 0x100000000;
  const asker = formatMac(to + view.getUint32(layer.senderHardwareAt + 2));
  const header = ethernet({ src: formatMac(mac), dst: asker });
  const body = arp({
    operation: ARP_OPERATION.reply,
    senderHardware: formatMac(mac),
    senderProtocol: formatIpv4(view.getUint32(layer.targetProtocolAt)),
    targetHardware: asker,
    targetProtocol: formatIpv4(view.getUint32(layer.senderProtocolAt)),
  });
  return frames.of(build([header, body]));
}

function arpAt(view: DataView, at: number, end: number): ArpView | undefined {
  extent.wireEnd = end;
  extent.problems = 0;
  const headerEnd = arpProtocol.check(view, at, end, extent);
  if (headerEnd === 0 || view.getUint16(at) !== 1 || view.getUint32(at + 2) !== IPV4_ARP) {
    return undefined;
  }
  return new ArpView(view, at, end, headerEnd);
}
