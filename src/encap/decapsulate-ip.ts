/** From a tunnel's outer IP header to UDP: bounds, options, extension headers and checksums. */
import { foldSum, sumBytes } from '../bytes/checksum.js';
import { offsetOf } from '../bytes/layout.js';
import { LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE } from '../headers/ipv4-options.js';
import {
  FRAGMENT_OFFSET,
  IHL,
  IPV4_HEADER_BYTES,
  MORE_FRAGMENTS,
  pseudoIpv4,
} from '../headers/ipv4-wire.js';
import { endOfExtension } from '../headers/ipv6-chain.js';
import { SEGMENTS_LEFT } from '../headers/ipv6-routing-wire.js';
import { endOfTlv } from '../headers/ipv6-tlv.js';
import {
  IPV6_HEADER_BYTES,
  NEXT_HEADER,
  PAYLOAD_LENGTH,
  pseudoIpv6,
} from '../headers/ipv6-wire.js';
import { IP_PROTOCOL } from '../headers/numbers.js';
import { END, endOfOption } from '../headers/options.js';
import { udpLayout } from '../headers/udp.js';
import { DECAPSULATION } from './decapsulation.js';
import type { DecapsulationRules } from './decapsulation-rules.js';

const { DESTINATION, FRAGMENT, HOP_BY_HOP, ROUTING, UDP } = IP_PROTOCOL;
const UDP_CHECKSUM = offsetOf(udpLayout, 'checksum');
const IHL_MASK = IHL.max;

/** Where the word with the fragment fields, TTL and protocol begins: one read for both checks. */
const FRAGMENT_WORD = FRAGMENT_OFFSET.offset;
const FRAGMENT_BITS = ((MORE_FRAGMENTS.max << MORE_FRAGMENTS.shift) | FRAGMENT_OFFSET.max) << 16;
/** The protocol is the last byte of it. */
const PROTOCOL_MASK = 0xff;

/**
 * Where the UDP header behind the IPv4 header at `ip` begins (RFC 791 §3.1, RFC 1122 §3.2.1); where
 * there is none, or a receiver is to drop the packet, a code, negated.
 */
export function udpBehindIpv4(
  view: DataView,
  ip: number,
  end: number,
  wireEnd: number,
  rules: DecapsulationRules,
): number {
  if (ip + IPV4_HEADER_BYTES > end) return -DECAPSULATION.IP_CUT;
  // Version, header length, TOS and total length are the first word.
  const first = view.getUint32(ip);
  if (first >>> 28 !== 4) return -DECAPSULATION.IP_VERSION;
  const headerBytes = ((first >>> 24) & IHL_MASK) * 4;
  const headerEnd = ip + headerBytes;
  if (headerBytes < IPV4_HEADER_BYTES) return -DECAPSULATION.IP_HEADER_LENGTH;
  if (headerEnd > end) return -DECAPSULATION.IP_CUT;
  const length = first & 0xffff;
  if (length < headerBytes) return -DECAPSULATION.IP_LENGTH;
  if (ip + length > wireEnd) return -DECAPSULATION.IP_LENGTH_PAST_END;
  if (rules.verifyChecksums && foldSum(sumBytes(view, ip, headerEnd)) !== 0xffff) {
    return -DECAPSULATION.IP_CHECKSUM;
  }
  const fault = optionsFault(view, ip + IPV4_HEADER_BYTES, headerEnd);
  if (fault !== 0) return -fault;
  const word = view.getUint32(ip + FRAGMENT_WORD);
  if ((word & PROTOCOL_MASK) !== UDP) return -DECAPSULATION.NOT_UDP;
  return (word & FRAGMENT_BITS) !== 0 ? -DECAPSULATION.IP_FRAGMENT : headerEnd;
}

/** A code where an IPv4 option is malformed or a source route leads on (RFC 791 §3.1); else 0. */
function optionsFault(view: DataView, start: number, headerEnd: number): number {
  for (let at = start; at < headerEnd; ) {
    const kind = view.getUint8(at);
    if (kind === END) return 0;
    const next = endOfOption(view, at, headerEnd);
    if (next === 0) return DECAPSULATION.IP_OPTION;
    if (kind === LOOSE_SOURCE_ROUTE || kind === STRICT_SOURCE_ROUTE) {
      const length = next - at;
      // The pointer counts from 1: past the option's length the route is used up.
      if (length < 3) return DECAPSULATION.IP_OPTION;
      if (view.getUint8(at + 2) <= length) return DECAPSULATION.IP_ROUTED_ON;
    }
    at = next;
  }
  return 0;
}

/**
 * Where the UDP header behind the IPv6 header at `ip` and its extension headers begins (RFC 8200
 * §3, §4); where there is none, or a receiver is to drop the packet, a code, negated.
 */
export function udpBehindIpv6(view: DataView, ip: number, end: number, wireEnd: number): number {
  const headerEnd = ip + IPV6_HEADER_BYTES;
  if (headerEnd > end) return -DECAPSULATION.IP_CUT;
  if (view.getUint8(ip) >>> 4 !== 6) return -DECAPSULATION.IP_VERSION;
  // 0 is a jumbogram's too, in which no tunnel sends.
  const length = view.getUint16(ip + PAYLOAD_LENGTH);
  if (length === 0) return -DECAPSULATION.IP_LENGTH;
  const ipEnd = headerEnd + length;
  if (ipEnd > wireEnd) return -DECAPSULATION.IP_LENGTH_PAST_END;
  const next = view.getUint8(ip + NEXT_HEADER);
  return next === UDP
    ? headerEnd
    : udpBehindExtensions(view, headerEnd, next, Math.min(end, ipEnd));
}

/** The same behind the extension headers from `chain`, the first of which is of number `first`. */
function udpBehindExtensions(view: DataView, chain: number, first: number, end: number): number {
  let at = chain;
  let next = first;
  // Each header takes 8 bytes or more: the end bounds the walk.
  while (next !== UDP) {
    const options = next === DESTINATION || (next === HOP_BY_HOP && at === chain);
    if (!options && next !== ROUTING && next !== FRAGMENT) return -DECAPSULATION.NOT_UDP;
    const after = endOfExtension(view, next, at, end);
    if (after === 0) return -DECAPSULATION.IP_CUT;
    if (options) {
      if (!canSkipOptions(view, at + 2, after)) return -DECAPSULATION.IP_OPTION;
    } else if (next === ROUTING) {
      // RFC 8200 §4.4: with nothing left any routing header is skipped, known or not.
      if (view.getUint8(at + SEGMENTS_LEFT) !== 0) return -DECAPSULATION.IP_ROUTED_ON;
    } else if ((view.getUint16(at + 2) & FRAGMENT6_BITS) !== 0) {
      return -DECAPSULATION.IP_FRAGMENT;
    }
    next = view.getUint8(at);
    at = after;
  }
  return at;
}

/** Offset and M flag of a fragment header: both 0 in an atomic fragment (RFC 6946 §4). */
const FRAGMENT6_BITS = 0xfff9;
/** The bits of an option's type that say what to do where it is not known: 0 is to skip it. */
const ACTION_BITS = 0xc0;

/** Whether all options are well-formed and of the kind that may be skipped (RFC 8200 §4.2). */
function canSkipOptions(view: DataView, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    if ((view.getUint8(at) & ACTION_BITS) !== 0) return false;
    at = endOfTlv(view, at, end);
    if (at === 0) return false;
  }
  return true;
}

/** A code where the UDP checksum is wrong; 0 where it is right, or none was computed. */
export function checksumFault(view: DataView, ip: number, udp: number, end: number): number {
  if (view.getUint16(udp + UDP_CHECKSUM) === 0) return 0;
  const version = view.getUint8(ip) >>> 4;
  // No route leads on, so the addresses in the header are those that the sender summed.
  const addresses = version === 4 ? pseudoIpv4(view, ip) : pseudoIpv6(view, ip);
  const sum = sumBytes(view, udp, end, addresses + UDP + (end - udp));
  return foldSum(sum) === 0xffff ? 0 : DECAPSULATION.UDP_CHECKSUM;
}
