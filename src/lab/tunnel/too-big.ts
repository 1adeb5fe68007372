/**
 * "Fragmentation needed" to a sender behind a bridge: what Linux's tunnels answer for the packets of
 * others since 5.9 (`skb_tunnel_check_pmtu`), so that path MTU discovery works through a tunnel.
 */
import { formatIpv4, formatMac } from '../../bytes/address.js';
import { ETHERNET_HEADER_BYTES, ethernet } from '../../headers/ethernet.js';
import { icmp } from '../../headers/icmp.js';
import { ipv4 } from '../../headers/ipv4.js';
import { PROTOCOL } from '../../headers/ipv4-wire.js';
import { ETHERTYPE, ICMP_TYPE, IP_PROTOCOL } from '../../headers/numbers.js';
import { build } from '../../packet/build.js';
import { payloadType } from '../../packet/ethernet-payload.js';
import type { Frame, FramePool } from '../frame.js';
import { dontFragment, dstOf, findPacket, isFragment, srcOf, transportOf } from '../ip/packet.js';

/** RFC 1812 §4.3.2.3: no error is longer than this, its IP header included. */
const MAX_ERROR_BYTES = 576;
const FRAGMENTATION_NEEDED = 4;
const HEADER_BYTES = 28;
/** Linux tells nobody of an MTU below this. */
const LEAST_MTU = 576;

/**
 * The answer to the sender of the IPv4 packet in an untagged frame; undefined where nobody is told:
 * the packet may be cut, is a fragment, is from or to several, is an ICMP error, or the MTU is below
 * 576. It comes from the address that the packet was for, as Linux has it: the tunnel has none there.
 */
export function tooBig(frames: FramePool, frame: Frame, mtu: number): Frame | undefined {
  const { view, start, end } = frame;
  const at = start + ETHERNET_HEADER_BYTES;
  if (mtu < LEAST_MTU || at > end || payloadType(view, at) !== ETHERTYPE.IPV4) return undefined;
  const answer =
    findPacket(frame, at) && mayTell(frame) ? errorAbout(frames, frame, mtu) : undefined;
  // `findPacket` cuts off what is behind the packet: a frame that goes on is to be as it was.
  frame.end = end;
  return answer;
}

/** As Linux (`iptunnel_pmtud_check_icmp`). */
function mayTell(frame: Frame): boolean {
  const src = srcOf(frame);
  if (!dontFragment(frame) || isFragment(frame) || src === 0) return false;
  return src >>> 28 < 14 && dstOf(frame) >>> 28 < 14 && src >>> 24 !== 127 && !isError(frame);
}

function errorAbout(frames: FramePool, frame: Frame, mtu: number): Frame {
  const { view, start } = frame;
  const [src, dst] = [srcOf(frame), dstOf(frame)];
  const quoted = Math.min(frame.end - frame.network, MAX_ERROR_BYTES - HEADER_BYTES);
  const header = ethernet({ src: macAt(view, start), dst: macAt(view, start + 6) });
  // As `iptunnel_pmtud_build_icmp`: identification 0, and DF, with which none is needed (RFC 6864).
  const packet = ipv4({ src: formatIpv4(dst), dst: formatIpv4(src), dontFragment: true });
  const message = icmp({
    type: ICMP_TYPE.destinationUnreachable,
    code: FRAGMENTATION_NEEDED,
    mtu,
  });
  const quote = frame.bytes.subarray(frame.network, frame.network + quoted);
  return frames.of(build([header, packet, message, quote]));
}

function isError(frame: Frame): boolean {
  const { view, network, end } = frame;
  if (view.getUint8(network + PROTOCOL) !== IP_PROTOCOL.ICMP) return false;
  const at = transportOf(frame);
  if (at >= end) return true;
  const type = view.getUint8(at);
  return type !== ICMP_TYPE.echoRequest && type !== ICMP_TYPE.echoReply;
}

function macAt(view: DataView, at: number): string {
  return formatMac(view.getUint16(at) * 0x100000000 + view.getUint32(at + 2));
}
