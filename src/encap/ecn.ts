/**
 * What a tunnel does with the congestion marks, the service class and the hop count of IP packets:
 * ECN by RFC 6040, DSCP by the models of RFC 2983, TTL by those of RFC 3443. All are numbers and
 * tables, and the packets are changed in place.
 */
import { updateChecksum } from '../bytes/checksum.js';
import { CHECKSUM, TTL } from '../headers/ipv4-wire.js';
import { HOP_LIMIT } from '../headers/ipv6-wire.js';

/** Values of the ECN field (RFC 3168 §5). */
export const ECN = {
  /** Not ECN-capable. */
  NOT_ECT: 0,
  ECT_1: 1,
  ECT_0: 2,
  /** Congestion experienced. */
  CE: 3,
} as const;

const { NOT_ECT, ECT_0, ECT_1, CE } = ECN;
/** A bit of what `innerEcn` answers: the packet is to be dropped. */
export const ECN_DROP = 4;
/** A bit of it: no standard produces this combination so far; worth logging: `(!)` in the table. */
export const ECN_UNUSED = 8;
/** A bit of it: the combination is always dangerous; worth an alarm: `(!!!)` in the table. */
export const ECN_DANGEROUS = 16;

// RFC 6040 §4.2, Figure 4: a row for each inner field, a column for each outer one, both in the
// order of the numbers: Not-ECT, ECT(1), ECT(0), CE.
const INNER = Uint8Array.of(
  ...[NOT_ECT, NOT_ECT | ECN_DANGEROUS, NOT_ECT | ECN_DANGEROUS, ECN_DROP | ECN_DANGEROUS],
  ...[ECT_1, ECT_1, ECT_1 | ECN_UNUSED, CE],
  ...[ECT_0, ECT_1, ECT_0, CE],
  ...[CE, CE | ECN_DANGEROUS, CE, CE],
);

/**
 * What a tunnel's exit makes of an inner and an outer ECN field (RFC 6040 §4.2): the two low bits
 * are the field that the packet leaves with, above them `ECN_DROP`, `ECN_UNUSED`, `ECN_DANGEROUS`.
 */
export function innerEcn(inner: number, outer: number): number {
  return INNER[(inner & 3) * 4 + (outer & 3)] as number;
}

const VERSION_6 = 6;

/** The TOS byte or traffic class of the IP packet at `ip`: DSCP in six bits, ECN in two. */
export function trafficClass(view: DataView, ip: number): number {
  // IPv4 has it in its second byte, IPv6 across the first two.
  const word = view.getUint16(ip);
  return word >>> 12 === VERSION_6 ? (word >>> 4) & 0xff : word & 0xff;
}

/**
 * Writes TOS or traffic class, 0–255, of the IP packet at `ip`, whose version must be 4 or 6. An
 * IPv4 checksum is updated (RFC 1624), so that a wrong one stays wrong.
 */
export function setTrafficClass(view: DataView, ip: number, value: number): void {
  const before = view.getUint16(ip);
  if (before >>> 12 === VERSION_6) {
    view.setUint16(ip, (before & 0xf00f) | (value << 4));
    return;
  }
  changeIpv4(view, ip, ip, before, (before & 0xff00) | value);
}

/** Writes the word at `at` of the IPv4 header at `ip`, and its part in the checksum. */
function changeIpv4(view: DataView, ip: number, at: number, before: number, after: number): void {
  if (before === after) return;
  view.setUint16(at, after);
  view.setUint16(ip + CHECKSUM, updateChecksum(view.getUint16(ip + CHECKSUM), before, after));
}

/**
 * Brings the outer ECN field, 0–3, into the inner IP packet at `ip` (RFC 6040 §4.2; -1: there is no
 * IP packet, and nothing is done). Answers as `innerEcn` does: where that has `ECN_DROP`, the packet
 * is to be dropped and its bytes are left alone. `Decapsulation` has both: `innerIp`, `outerEcn`.
 */
export function applyOuterEcn(view: DataView, ip: number, outer: number): number {
  if (ip < 0) return 0;
  const before = trafficClass(view, ip);
  const made = innerEcn(before, outer);
  if ((made & ECN_DROP) === 0) setTrafficClass(view, ip, (before & 0xfc) | (made & 3));
  return made;
}

/**
 * The uniform model of RFC 2983 §3.1 at a tunnel's exit: the inner IP packet at `ip` (-1: none) gets
 * the outer DSCP, 0–63. In the pipe model it keeps its own, so there is nothing to call.
 */
export function applyOuterDscp(view: DataView, ip: number, outer: number): void {
  if (ip < 0) return;
  setTrafficClass(view, ip, (outer << 2) | (trafficClass(view, ip) & 3));
}

/**
 * The uniform model of RFC 3443 §3.1 at a tunnel's exit: the inner IP packet at `ip` (-1: none) gets
 * the outer TTL or hop limit, 0–255, but is never given more than it had: else a packet could go
 * round for ever. In the pipe model (RFC 2003 §3.1) it keeps its own, so there is nothing to call.
 */
export function applyOuterTtl(view: DataView, ip: number, outer: number): void {
  if (ip < 0) return;
  if (view.getUint16(ip) >>> 12 === VERSION_6) {
    if (outer < view.getUint8(ip + HOP_LIMIT)) view.setUint8(ip + HOP_LIMIT, outer);
    return;
  }
  // TTL and protocol share a word of the checksum.
  const before = view.getUint16(ip + TTL);
  if (outer < before >>> 8) changeIpv4(view, ip, ip + TTL, before, (outer << 8) | (before & 0xff));
}
