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
/** Linux tells nobody of an MTU below this (`iptunnel_pmtud_check_icmp`). */
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
  if (!findPacket(frame, at) || !dontFragment(frame) || isFragment(frame)) return undefined;
  const src = srcOf(frame);
  const dst = dstOf(frame);
  if (src === 0 || src >>> 28 >= 14 || dst >>> 28 >= 14 || isError(frame)) return undefined;
  const quoted = Math.min(frame.end - frame.network, MAX_ERROR_BYTES - HEADER_BYTES);
  const header = ethernet({ src: macAt(view, start), dst: macAt(view, start + 6) });
  const packet = ipv4({ src: formatIpv4(dst), dst: formatIpv4(src) });
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
