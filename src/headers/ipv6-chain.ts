/**
 * The chain of extension headers behind an IPv6 header (RFC 8200 §4): where each ends, and what is
 * wrong with them as a chain. Each begins with the number of the next.
 */
import { jumboLength } from './ipv6-options.js';
import { IP_PROTOCOL } from './numbers.js';
import type { ByteRange, Place } from './protocol.js';
import { nextNumber, uint } from './values.js';

const { AH, DESTINATION, FRAGMENT, HOP_BY_HOP, ICMPV6, ROUTING, TCP, UDP } = IP_PROTOCOL;
const { EXPERIMENTAL, NO_NEXT_HEADER } = IP_PROTOCOL;

/** What is wrong with a chain, as bits. */
export const JUMBO_FRAGMENT = 1;
export const HOP_BY_HOP_LATE = 2;
export const REPEATED = 4;
export const OUT_OF_ORDER = 8;
export const CHAIN_CUT = 16;
export const AFTER_NONE = 32;

/** Whether this number leads to an extension header that says what follows (ESP does not). */
export function isExtension(next: number): boolean {
  return (
    next === HOP_BY_HOP ||
    next === ROUTING ||
    next === FRAGMENT ||
    next === DESTINATION ||
    next === AH
  );
}

/** The next header of an extension header: as given, else that of what follows. Throws. */
export function nextHeaderNumber(given: number | undefined, place: Place, layer: string): number {
  const fallback = place.end > place.headerEnd ? EXPERIMENTAL : NO_NEXT_HEADER;
  const next = given ?? nextNumber(place, fallback, layer, 'nextHeader');
  return uint(next, 0xff, layer, 'nextHeader');
}

/** Where the extension header at `at` ends; 0 where it does not lie in [at, end). */
export function endOfExtension(view: DataView, next: number, at: number, end: number): number {
  if (at + 8 > end) return 0;
  const length = view.getUint8(at + 1);
  // AH counts words of four bytes, less two (RFC 4302 §2.2).
  const bytes = next === FRAGMENT ? 8 : next === AH ? (length + 2) * 4 : (length + 1) * 8;
  return at + bytes > end ? 0 : at + bytes;
}

/** Bytes of a transport's header, for what a first fragment is to hold (RFC 7112 §5). */
function upperBytes(next: number): number {
  if (next === TCP) return 20;
  return next === UDP || next === ICMPV6 ? 8 : 0;
}

/** A bit each for those that may come once only, in the recommended order (RFC 8200 §4.1). */
function rankOf(next: number): number {
  return next === ROUTING ? 1 : next === FRAGMENT ? 2 : 4;
}

/** Judges the chain in [start, end) that begins with `first`; answers a mask. */
export function judgeChain(
  view: DataView,
  start: number,
  end: number,
  wireEnd: number,
  first: number,
): number {
  return walk(view, start, end, wireEnd, first, 0);
}

/** The first extension header, or the end of the chain, to which the problem of that bit belongs. */
export function findInChain(
  view: DataView,
  start: number,
  end: number,
  first: number,
  bit: number,
): ByteRange {
  const offset = walk(view, start, end, end, first, bit);
  return { offset, bytes: Math.min(8, end - offset) };
}

/**
 * Answers the mask of problems or, with `seek`, where the first of that bit is. `wireEnd`: where
 * the body ends on the wire. Every step moves on by 8 bytes or more.
 */
function walk(
  view: DataView,
  start: number,
  end: number,
  wireEnd: number,
  first: number,
  seek: number,
): number {
  let mask = 0;
  let at = start;
  let next = first;
  let seen = 0;
  let destinations = 0;
  let begun = false;
  while (isExtension(next)) {
    const after = endOfExtension(view, next, at, end);
    if (next === HOP_BY_HOP) {
      if (at !== start) mask |= HOP_BY_HOP_LATE;
    } else if (next === DESTINATION) {
      // Once for the hops of a routing header, once for the last (RFC 8200 §4.1).
      if (++destinations > 2) mask |= REPEATED;
    } else {
      const rank = rankOf(next);
      if (seen & rank) mask |= REPEATED;
      else if (seen > rank) mask |= OUT_OF_ORDER;
      seen |= rank;
    }
    let later = false;
    if (next === FRAGMENT && after !== 0) {
      if (first === HOP_BY_HOP && jumboLength(view, start, end) >= 0) mask |= JUMBO_FRAGMENT;
      const word = view.getUint16(at + 2);
      begun = (word & 1) === 1;
      later = word > 7;
    }
    // Only where the capture holds it all is a header known to be missing.
    if (after === 0 && begun && wireEnd <= end) mask |= CHAIN_CUT;
    if (seek & mask) return at;
    // What a later fragment holds is no header.
    if (after === 0 || later) return mask;
    next = view.getUint8(at);
    at = after;
  }
  if (next === NO_NEXT_HEADER && at < end) mask |= AFTER_NONE;
  if (begun && at + upperBytes(next) > wireEnd) mask |= CHAIN_CUT;
  return seek & mask ? at : mask;
}
