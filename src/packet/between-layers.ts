/** What is wrong between the layers of a packet, or behind them: no header could see it by itself. */
import { crc32 } from '../bytes/crc.js';
import {
  type ByteRange,
  ELSEWHERE,
  type HeaderView,
  type ProblemKind,
} from '../headers/protocol.js';
import type { Protocols } from './bindings.js';
import type { Packet } from './packet.js';

/** A problem that takes more than one header to see; `layer`: of which it is told. */
export interface BetweenKind extends ProblemKind {
  readonly layer: string;
}

export const BETWEEN_PROBLEMS = {
  padding: {
    layer: 'ethernet',
    code: 'ETHERNET_PADDING_NOT_ZERO',
    message: 'the padding is not zeros: it may be leaked memory',
    severity: 'warning',
    rfc: 'RFC 894, RFC 1042',
  },
  fcs: {
    layer: 'ethernet',
    code: 'ETHERNET_FCS',
    message: 'the last four bytes are the frame check sequence, and right',
    severity: 'info',
    rfc: 'IEEE 802.3 §3.2.9',
  },
  trailer: {
    layer: 'ethernet',
    code: 'ETHERNET_TRAILER',
    message: 'bytes that no header counts are behind the packet',
    severity: 'info',
    rfc: 'IEEE 802.3 §3.2.7',
  },
  loopback4: {
    layer: 'ipv4',
    code: 'IPV4_LOOPBACK_ON_LINK',
    message: 'a loopback address is on a link',
    severity: 'warning',
    rfc: 'RFC 1122 §3.2.1.3',
  },
  loopback6: {
    layer: 'ipv6',
    code: 'IPV6_LOOPBACK_ON_LINK',
    message: 'the loopback address is on a link',
    severity: 'warning',
    rfc: 'RFC 4291 §2.5.3',
  },
  sender: {
    layer: 'arp',
    code: 'ARP_SENDER_UNLIKE_SOURCE',
    message: 'the sender hardware address is not the source of the Ethernet header',
    severity: 'info',
    rfc: 'RFC 826',
  },
  surplus: {
    layer: 'udp',
    code: 'UDP_SURPLUS',
    message: 'bytes that the UDP length does not count are in the IP packet (UDP options?)',
    severity: 'info',
    rfc: 'RFC 9868',
  },
  innerTag: {
    layer: 'vxlan',
    code: 'VXLAN_INNER_TAG',
    message: 'the inner frame has a VLAN tag, which a tunnel end point strips unless told',
    severity: 'info',
    rfc: 'RFC 7348 §6.1',
  },
} as const satisfies Record<string, BetweenKind>;

type Tell = (kind: ProblemKind, where: ByteRange) => void;

/** The bytes of a frame without padding that Ethernet must carry at least (IEEE 802.3 §3.2.8). */
const MIN_FRAME_BYTES = 60;
const FCS_BYTES = 4;
const MAC_BYTES = 6;

/** Tells what is wrong around layer `index`. */
export function judgeBetween(
  { layers, view, wireLength }: Pick<Packet<Protocols>, 'layers' | 'view' | 'wireLength'>,
  index: number,
  tell: Tell,
): void {
  const layer = layers[index] as HeaderView;
  const carrier = layers[index - 1];
  switch (layer.descriptor.name) {
    case 'ethernet': {
      const end = carrier?.end ?? view.byteLength;
      judgeTail(layers, index, end, end >= (carrier?.wireEnd ?? wireLength), tell);
      break;
    }
    case 'ipv4':
      judgeLoopback(BETWEEN_PROBLEMS.loopback4, linkOf(layers, index), layer, 4, tell);
      break;
    case 'ipv6':
      judgeLoopback(BETWEEN_PROBLEMS.loopback6, linkOf(layers, index), layer, 16, tell);
      break;
    case 'arp':
      judgeSender(linkOf(layers, index), layer, tell);
      break;
    case 'udp':
      if (carrier !== undefined) judgeSurplus(layer, carrier, tell);
      break;
    case 'vxlan':
      judgeInnerTag(layers[index + 2], tell);
      break;
  }
}

/** The Ethernet header that carries a layer, straight or behind tags. */
function linkOf(layers: readonly HeaderView[], index: number): HeaderView | undefined {
  let at = index - 1;
  while (layers[at]?.layer === 'dot1q') at--;
  return layers[at]?.layer === 'ethernet' ? layers[at] : undefined;
}

/** Padding, frame check sequence and trailer: what no header of the frame counts. */
function judgeTail(
  layers: readonly HeaderView[],
  index: number,
  frameEnd: number,
  whole: boolean,
  tell: Tell,
): void {
  const { view, offset } = layers[index] as HeaderView;
  let next = index + 1;
  while (layers[next]?.layer === 'dot1q') next++;
  const start = (layers[next] ?? (layers[next - 1] as HeaderView)).end;
  let end = frameEnd;
  if (isZero(view, start, end)) return;
  if (whole && end - start >= FCS_BYTES && hasFcs(view, offset, end)) {
    end -= FCS_BYTES;
    tell(BETWEEN_PROBLEMS.fcs, { offset: end, bytes: FCS_BYTES });
  }
  // What does not reach the least length of a frame was not put there to reach it.
  const least = offset + MIN_FRAME_BYTES;
  const paddingEnd = end >= least ? Math.max(start, least) : start;
  if (!isZero(view, start, paddingEnd)) {
    tell(BETWEEN_PROBLEMS.padding, { offset: start, bytes: paddingEnd - start });
  }
  if (!isZero(view, paddingEnd, end)) {
    tell(BETWEEN_PROBLEMS.trailer, { offset: paddingEnd, bytes: end - paddingEnd });
  }
}

function hasFcs(view: DataView, offset: number, end: number): boolean {
  return view.getUint32(end - FCS_BYTES, true) === crc32(view, offset, end - FCS_BYTES);
}

function isZero(view: DataView, offset: number, end: number): boolean {
  for (let at = offset; at < end; at++) if (view.getUint8(at) !== 0) return false;
  return true;
}

function judgeLoopback(
  kind: ProblemKind,
  link: HeaderView | undefined,
  { view, fixedEnd }: HeaderView,
  bytes: 4 | 16,
  tell: Tell,
): void {
  // A loopback interface of Linux looks like Ethernet without addresses.
  if (link === undefined || isZero(view, link.offset, link.offset + 2 * MAC_BYTES)) return;
  for (const field of ['src', 'dst'] as const) {
    const offset = fixedEnd - (field === 'src' ? 2 : 1) * bytes;
    const loopback =
      bytes === 4
        ? view.getUint8(offset) === 127
        : isZero(view, offset, offset + 15) && view.getUint8(offset + 15) === 1;
    if (loopback) tell(kind, { offset, bytes, field });
  }
}

function judgeSender(
  link: HeaderView | undefined,
  { view, fixedEnd }: HeaderView,
  tell: Tell,
): void {
  if (link === undefined || view.getUint8(fixedEnd - 4) !== MAC_BYTES) return;
  for (let i = 0; i < MAC_BYTES; i++) {
    if (view.getUint8(fixedEnd + i) === view.getUint8(link.offset + MAC_BYTES + i)) continue;
    const where = { offset: fixedEnd, bytes: MAC_BYTES, field: 'senderHardware' };
    tell(BETWEEN_PROBLEMS.sender, where);
    return;
  }
}

function judgeSurplus({ end }: HeaderView, carrier: HeaderView, tell: Tell): void {
  // What follows in a first fragment may still be the datagram's (its length is not to be trusted).
  if (end >= carrier.end || carrier.wireEnd >= ELSEWHERE) return;
  tell(BETWEEN_PROBLEMS.surplus, { offset: end, bytes: carrier.end - end });
}

function judgeInnerTag(tag: HeaderView | undefined, tell: Tell): void {
  // The TPID stands in the type field in front of the tag.
  if (tag?.layer === 'dot1q') tell(BETWEEN_PROBLEMS.innerTag, { offset: tag.offset - 2, bytes: 4 });
}
