/**
 * The wire form of GRE: RFC 2784 §2.1, the key and the sequence number of RFC 2890, the routing of
 * RFC 1701, and the acknowledgment of RFC 2637 §4.1 (PPTP). Behind the fixed part follow, each where
 * its bit is set: checksum and offset (C or R), key (K), sequence number (S), acknowledgment number
 * (A), routing entries (R).
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |c|r|k|s|s|recur|a|reserve|versi|           protocol            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { foldSum, sumBytes } from '../bytes/checksum.js';
import { bitField, bits, headerLayout, offsetOf, u16 } from '../bytes/layout.js';
import { ETHERTYPE } from './numbers.js';
import type { ChecksumStatus, Extent, Place, ProblemKind } from './protocol.js';

export const greLayout = headerLayout('gre', [
  bits(16, {
    checksumPresent: 1,
    routingPresent: 1,
    keyPresent: 1,
    sequencePresent: 1,
    strictSourceRoute: 1,
    recursion: 3,
    ackPresent: 1,
    reserved: 4,
    version: 3,
  }),
  u16('protocol'),
]);

export const CHECKSUM_PRESENT = bitField(greLayout, 'checksumPresent', 16);
export const ROUTING_PRESENT = bitField(greLayout, 'routingPresent', 16);
export const KEY_PRESENT = bitField(greLayout, 'keyPresent', 16);
export const SEQUENCE_PRESENT = bitField(greLayout, 'sequencePresent', 16);
export const STRICT_SOURCE_ROUTE = bitField(greLayout, 'strictSourceRoute', 16);
export const RECURSION = bitField(greLayout, 'recursion', 16);
export const ACK_PRESENT = bitField(greLayout, 'ackPresent', 16);
export const RESERVED = bitField(greLayout, 'reserved', 16);
export const VERSION = bitField(greLayout, 'version', 16);
export const PROTOCOL = offsetOf(greLayout, 'protocol');

const C = 1 << CHECKSUM_PRESENT.shift;
const R = 1 << ROUTING_PRESENT.shift;
const K = 1 << KEY_PRESENT.shift;
const S = 1 << SEQUENCE_PRESENT.shift;
const A = 1 << ACK_PRESENT.shift;

/** Bytes of a GRE header without its optional parts. */
export const GRE_FIXED_BYTES = greLayout.span;
/** Bytes of a routing entry without its addresses; an entry of zeros is the last. */
export const ROUTING_ENTRY_BYTES = 4;
/** The largest EtherType that is none: below are lengths, and numbers of our own. */
const LAST_LENGTH = 0x05ff;

/** Bits that RFC 2784 has reserved and RFC 1701 had: routing, strict source route, recursion, flags. */
const OLD_BITS = R | (1 << STRICT_SOURCE_ROUTE.shift) | (RECURSION.max << RECURSION.shift);
const RESERVED_BITS = RESERVED.max << RESERVED.shift;

export const greProblems: readonly ProblemKind[] = [
  {
    code: 'GRE_HEADER_CUT',
    message: 'the bytes end inside the GRE header',
    rfc: 'RFC 2784 §2.1',
    measure: (view, offset, end) => ({
      need: end - offset < GRE_FIXED_BYTES ? GRE_FIXED_BYTES : endOfGre(view, offset, end) - offset,
      have: end - offset,
    }),
  },
  {
    code: 'GRE_VERSION',
    message: 'the version is neither 0 nor 1',
    field: 'version',
    rfc: 'RFC 2784 §2.3.1',
  },
  {
    code: 'GRE_VERSION_1_PROTOCOL',
    message: 'version 1 (PPTP) carries PPP over a key, and this header says otherwise',
    field: 'version',
    rfc: 'RFC 2637 §4.1',
  },
  {
    code: 'GRE_RESERVED_BITS',
    message: 'reserved bits are set',
    severity: 'warning',
    field: 'reserved',
    rfc: 'RFC 2784 §2.3',
  },
  {
    code: 'GRE_OLD_BITS',
    message: 'bits are set that RFC 1701 had for routing and recursion, and RFC 2784 has not',
    severity: 'warning',
    field: 'routingPresent',
    rfc: 'RFC 2784 §2.3',
  },
];
const HEADER_CUT = 1;
const BAD_VERSION = 2;
const VERSION_1_PROTOCOL = 4;
const RESERVED_SET = 8;
const OLD_SET = 16;

/** Whether an acknowledgment number is there: only PPP in PPTP has the bit (as in Wireshark). */
function hasAck(word: number, protocol: number): boolean {
  return (word & A) !== 0 && protocol === ETHERTYPE.PPP;
}

/** Where the optional parts of the header at `offset` begin; each is the end of the one before. */
export function checksumAt(offset: number): number {
  return offset + GRE_FIXED_BYTES;
}

export function keyAt(view: DataView, offset: number): number {
  return checksumAt(offset) + (view.getUint16(offset) & (C | R) ? 4 : 0);
}

export function sequenceAt(view: DataView, offset: number): number {
  return keyAt(view, offset) + (view.getUint16(offset) & K ? 4 : 0);
}

export function ackAt(view: DataView, offset: number): number {
  return sequenceAt(view, offset) + (view.getUint16(offset) & S ? 4 : 0);
}

export function routingAt(view: DataView, offset: number): number {
  const word = view.getUint16(offset);
  return ackAt(view, offset) + (hasAck(word, view.getUint16(offset + PROTOCOL)) ? 4 : 0);
}

/** Finds the end of the GRE header at `offset`: 0 where there is none. */
export function checkGre(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.alternative = -1;
  if (offset + GRE_FIXED_BYTES > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const word = view.getUint16(offset);
  const protocol = view.getUint16(offset + PROTOCOL);
  const headerEnd = endOfGre(view, offset, end);
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const version = word & VERSION.max;
  if (version > 1) out.problems |= BAD_VERSION;
  const reserved = protocol === ETHERTYPE.PPP ? RESERVED_BITS : RESERVED_BITS | A;
  if (version === 1) {
    if (protocol !== ETHERTYPE.PPP || (word & K) === 0) out.problems |= VERSION_1_PROTOCOL;
  }
  if (word & reserved) out.problems |= RESERVED_SET;
  if (word & OLD_BITS) out.problems |= OLD_SET;
  // Lengths, and the numbers of our own among the EtherTypes, are no protocols of GRE.
  out.next = headerEnd === end || protocol <= LAST_LENGTH ? -1 : protocol;
  return headerEnd;
}

/** Where the header ends; past `end` where it is cut: as far as can be told without the rest. */
function endOfGre(view: DataView, offset: number, end: number): number {
  const at = routingAt(view, offset);
  return view.getUint16(offset) & R ? routingEnd(view, at, end) : at;
}

/** The end of the routing entries from `at` on, the one of zeros included; past `end`: they are cut. */
function routingEnd(view: DataView, at: number, end: number): number {
  let entry = at;
  while (entry + ROUTING_ENTRY_BYTES <= end) {
    const length = view.getUint8(entry + 3);
    const last = length === 0 && view.getUint16(entry) === 0;
    entry += ROUTING_ENTRY_BYTES + length;
    if (last) return entry;
  }
  return entry + ROUTING_ENTRY_BYTES;
}

export function greSum(view: DataView, offset: number, place: Place): number {
  return sumBytes(view, offset, place.end);
}

/** Judges the checksum of header and data (RFC 2784 §2.3.2), where its bit is set. */
export function greChecksumStatus(
  { view, offset }: { readonly view: DataView; readonly offset: number },
  place: Place,
): ChecksumStatus | undefined {
  const word = view.getUint16(offset);
  if ((word & C) === 0) return word & R ? 2 : undefined;
  if (place.wireEnd > place.end) return 2;
  return foldSum(greSum(view, offset, place)) === 0xffff ? 1 : 0;
}
