/** What an outer header takes over from the packet inside. Allocates nothing. */
import { getBits16, setBits16 } from '../bytes/bits.js';
import { DONT_FRAGMENT, TTL } from '../headers/ipv4-wire.js';
import { HOP_LIMIT, TRAFFIC_CLASS } from '../headers/ipv6-wire.js';
import { isIpHeader, networkOffset } from '../packet/ethernet-payload.js';
import { trafficClass } from './ecn.js';
import type { OuterOptions } from './outer.js';

/** The byte of DSCP and ECN in IPv4's header. */
const TOS = 1;
const DEFAULT_TTL = 64;

/** Bit of DF in what `innerTraits` answers; TTL and the byte of DSCP and ECN lie below. */
const DF_BIT = 1 << 16;
const TTL_SHIFT = 8;

/** Which traits of the packet inside an outer header copies, as a mask of `innerTraits`. */
export function copyMask(outer: OuterOptions): number {
  const { ttl, dscp, ecn = 'normal', dontFragment } = outer;
  return (
    (dontFragment === 'inner' ? DF_BIT : 0) |
    (ttl === 'inner' ? 0xff << TTL_SHIFT : 0) |
    (dscp === 'inner' ? 0xfc : 0) |
    (ecn === 'normal' ? 3 : 0)
  );
}

/**
 * The packet inside as one number: bit 16 whether it may not be fragmented, bits 8–15 its TTL, bits
 * 0–7 DSCP and ECN. Where there is no IP packet: DF, a TTL of 64, and 0. `isFrame`: whether an
 * Ethernet frame lies at `offset`, else the packet itself.
 */
export function innerTraits(view: DataView, offset: number, end: number, isFrame: boolean): number {
  const ip = isFrame ? networkOffset(view, offset, end) : packetOffset(view, offset, end);
  if (ip < 0) return DF_BIT | (DEFAULT_TTL << TTL_SHIFT);
  const tos = trafficClass(view, ip);
  if (view.getUint8(ip) >>> 4 === 6) {
    return DF_BIT | (view.getUint8(ip + HOP_LIMIT) << TTL_SHIFT) | tos;
  }
  const dontFragment = getBits16(view, ip, DONT_FRAGMENT);
  return (dontFragment * DF_BIT) | (view.getUint8(ip + TTL) << TTL_SHIFT) | tos;
}

function packetOffset(view: DataView, offset: number, end: number): number {
  return isIpHeader(view, offset, end) ? offset : -1;
}

/** Adds what is copied to the IPv4 header at `ip`, whose template has zeros there. */
export function writeTraits4(view: DataView, ip: number, copied: number): void {
  view.setUint8(ip + TOS, view.getUint8(ip + TOS) | (copied & 0xff));
  view.setUint8(ip + TTL, view.getUint8(ip + TTL) | ((copied >>> TTL_SHIFT) & 0xff));
  if ((copied & DF_BIT) !== 0) setBits16(view, ip, DONT_FRAGMENT, 1);
}

/** The same for the IPv6 header at `ip`. */
export function writeTraits6(view: DataView, ip: number, copied: number): void {
  view.setUint32(ip, view.getUint32(ip) | ((copied & 0xff) << TRAFFIC_CLASS.shift));
  view.setUint8(ip + HOP_LIMIT, view.getUint8(ip + HOP_LIMIT) | ((copied >>> TTL_SHIFT) & 0xff));
}
