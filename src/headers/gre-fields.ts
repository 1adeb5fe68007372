/** The fields of GRE headers, read and written. The view: `gre.ts`. */
import { getBits16 } from '../bytes/bits.js';
import { finishSum } from '../bytes/checksum.js';
import { PacketError } from '../bytes/error.js';
import type { GreView } from './gre.js';
import {
  ACK_PRESENT,
  CHECKSUM_PRESENT,
  checksumAt,
  GRE_FIXED_BYTES,
  greSum,
  KEY_PRESENT,
  PROTOCOL,
  RECURSION,
  RESERVED,
  ROUTING_ENTRY_BYTES,
  ROUTING_PRESENT,
  SEQUENCE_PRESENT,
  STRICT_SOURCE_ROUTE,
  VERSION,
} from './gre-wire.js';
import { ETHERTYPE } from './numbers.js';
import { bytesOf, NOTHING, type Place } from './protocol.js';
import { flag, needRoom, nextNumber, uint } from './values.js';

const MAX_WORD = 0xffffffff;

/** Every field of a GRE header; a part is absent where the header has none. */
export interface GreFields {
  /** The C bit: a checksum is there. */
  readonly checksumPresent: boolean;
  /** The R bit: routing entries are there (RFC 1701). */
  readonly routingPresent: boolean;
  /** The K bit. */
  readonly keyPresent: boolean;
  /** The S bit. */
  readonly sequencePresent: boolean;
  /** The s bit (RFC 1701). */
  readonly strictSourceRoute: boolean;
  /** How many more encapsulations are allowed, 0–7 (RFC 1701). */
  readonly recursion: number;
  /** The A bit: with PPP (PPTP) an acknowledgment number is there, else it is reserved. */
  readonly ackPresent: boolean;
  /** The four bits behind it, 0–15, to be 0. */
  readonly reserved: number;
  /** 0, or 1 for PPTP; 0–7. */
  readonly version: number;
  /** EtherType of what follows. */
  readonly protocol: number;
  /** Over header and data (RFC 2784 §2.3.2). */
  readonly checksum?: number;
  /** Byte offset of the routing entry in use (RFC 1701), else to be 0; 0–65535. */
  readonly routingOffset?: number;
  /** 0–4294967295. NVGRE: `nvgreKey`; PPTP: `pptpKey`. */
  readonly key?: number;
  /** 0–4294967295. */
  readonly sequence?: number;
  /** The highest sequence number received, 0–4294967295 (RFC 2637 §4.1). */
  readonly ack?: number;
  /** Every routing entry (RFC 1701), the one of zeros at the end included. */
  readonly routing?: Uint8Array;
}

/**
 * What may be given of a GRE header. A part is written where it is given, or where its bit is;
 * absent bits say which parts are given. Absent: `protocol` is computed, the rest is 0.
 */
export interface GreInput extends Partial<Omit<GreFields, 'checksum'>> {
  /** Absent, with the C bit set: computed. */
  readonly checksum?: number | 'computed';
}

/** The key of NVGRE (RFC 7637 §3.2): virtual subnet id, 0–16777215, and flow id, 0–255. */
export function nvgreKey(vsid: number, flowId = 0): number {
  return (
    uint(vsid, 0xffffff, 'gre', 'key (vsid)') * 256 + uint(flowId, 0xff, 'gre', 'key (flowId)')
  );
}

/** The key of PPTP (RFC 2637 §4.1): bytes of PPP that follow, and the peer's call id, 0–65535 each. */
export function pptpKey(payloadLength: number, callId: number): number {
  const length = uint(payloadLength, 0xffff, 'gre', 'key (payloadLength)');
  return length * 0x10000 + uint(callId, 0xffff, 'gre', 'key (callId)');
}

const hasSum = (f: GreInput): boolean =>
  f.checksum !== undefined ||
  f.routingOffset !== undefined ||
  f.checksumPresent === true ||
  hasRouting(f);
const hasKey = (f: GreInput): boolean => f.key !== undefined || f.keyPresent === true;
const hasSequence = (f: GreInput): boolean =>
  f.sequence !== undefined || f.sequencePresent === true;
const hasAck = (f: GreInput): boolean =>
  f.ack !== undefined || (f.ackPresent === true && f.protocol === ETHERTYPE.PPP);
const hasRouting = (f: GreInput): boolean => f.routing !== undefined || f.routingPresent === true;

/** Bytes of a GRE header with these parts: 4–20, and the routing entries. */
export function greHeaderBytes(f: GreInput): number {
  const words = +hasSum(f) + +hasKey(f) + +hasSequence(f) + +hasAck(f);
  const routing = hasRouting(f) ? (f.routing?.length ?? ROUTING_ENTRY_BYTES) : 0;
  return GRE_FIXED_BYTES + words * 4 + routing;
}

export function decodeGre(layer: GreView): GreFields {
  const { checksum, routingOffset, key, sequence, ack, routing } = layer;
  return {
    checksumPresent: layer.checksumPresent,
    routingPresent: layer.routingPresent,
    keyPresent: layer.keyPresent,
    sequencePresent: layer.sequencePresent,
    strictSourceRoute: layer.strictSourceRoute,
    recursion: layer.recursion,
    ackPresent: layer.ackPresent,
    reserved: layer.reserved,
    version: layer.version,
    protocol: layer.protocol,
    ...(checksum === undefined ? {} : { checksum }),
    ...(routingOffset === undefined ? {} : { routingOffset }),
    ...(key === undefined ? {} : { key }),
    ...(sequence === undefined ? {} : { sequence }),
    ...(ack === undefined ? {} : { ack }),
    ...(routing === undefined ? {} : { routing: routing.slice() }),
  };
}

const bit = (given: boolean | undefined, there: boolean, field: string): number =>
  flag(given ?? there, 'gre', field);

/** Writes a GRE header: all of it, or nothing where a field is wrong. The checksum: `sealGre`. */
export function encodeGre(view: DataView, offset: number, f: GreInput, place: Place): void {
  const headerBytes = greHeaderBytes(f);
  const { checksum, routing } = f;
  const word =
    (bit(f.checksumPresent, checksum !== undefined, 'checksumPresent') << CHECKSUM_PRESENT.shift) |
    (bit(f.routingPresent, routing !== undefined, 'routingPresent') << ROUTING_PRESENT.shift) |
    (bit(f.keyPresent, f.key !== undefined, 'keyPresent') << KEY_PRESENT.shift) |
    (bit(f.sequencePresent, f.sequence !== undefined, 'sequencePresent') <<
      SEQUENCE_PRESENT.shift) |
    (flag(f.strictSourceRoute ?? false, 'gre', 'strictSourceRoute') << STRICT_SOURCE_ROUTE.shift) |
    (uint(f.recursion ?? 0, RECURSION.max, 'gre', 'recursion') << RECURSION.shift) |
    (bit(f.ackPresent, f.ack !== undefined, 'ackPresent') << ACK_PRESENT.shift) |
    (uint(f.reserved ?? 0, RESERVED.max, 'gre', 'reserved') << RESERVED.shift) |
    uint(f.version ?? (f.ack === undefined ? 0 : 1), VERSION.max, 'gre', 'version');
  const protocol = uint(f.protocol ?? protocolOf(f, place), 0xffff, 'gre', 'protocol');
  const sum =
    checksum === undefined || checksum === 'computed'
      ? 0
      : uint(checksum, 0xffff, 'gre', 'checksum');
  const routingOffset = uint(f.routingOffset ?? 0, 0xffff, 'gre', 'routingOffset');
  const key = uint(f.key ?? 0, MAX_WORD, 'gre', 'key');
  const sequence = uint(f.sequence ?? 0, MAX_WORD, 'gre', 'sequence');
  const ack = uint(f.ack ?? 0, MAX_WORD, 'gre', 'ack');
  if (routing !== undefined && !(routing instanceof Uint8Array)) {
    const where = { layer: 'gre', field: 'routing' };
    throw new PacketError('BAD_VALUE', 'gre.routing: the routing entries are bytes', where);
  }
  needRoom(view, offset, headerBytes, 'gre');
  view.setUint16(offset, word);
  view.setUint16(offset + PROTOCOL, protocol);
  let at = checksumAt(offset);
  if (hasSum(f)) {
    view.setUint16(at, sum);
    view.setUint16(at + 2, routingOffset);
    at += 4;
  }
  if (hasKey(f)) {
    view.setUint32(at, key);
    at += 4;
  }
  if (hasSequence(f)) {
    view.setUint32(at, sequence);
    at += 4;
  }
  if (hasAck(f)) {
    view.setUint32(at, ack);
    at += 4;
  }
  if (routing !== undefined) bytesOf(view, at, at + routing.length).set(routing);
  else if (hasRouting(f)) view.setUint32(at, 0);
}

/** An acknowledgment is PPTP's, whose data is PPP; else what follows says the protocol. */
function protocolOf(f: GreInput, place: Place): number {
  if (place.next === NOTHING && (f.ack !== undefined || f.version === 1)) return ETHERTYPE.PPP;
  return nextNumber(place, ETHERTYPE.EXPERIMENTAL, 'gre', 'protocol');
}

/** Writes the checksum over header and data, where its bit is set and it is to be computed. */
export function sealGre(view: DataView, offset: number, fields: GreInput, place: Place): void {
  if (typeof fields.checksum === 'number') return;
  if (getBits16(view, offset, CHECKSUM_PRESENT) === 0 || !hasSum(fields)) return;
  const at = checksumAt(offset);
  view.setUint16(at, 0);
  view.setUint16(at, finishSum(greSum(view, offset, place)));
}
