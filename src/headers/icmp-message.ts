/**
 * Messages as ICMP, ICMPv6 and IGMP have them: a type, a code, a checksum, and behind them fields
 * of the type's own. Each type's are a layout, and where there is more a tail: addresses, records
 * or options.
 *
 * What can't be said by the type's fields is said by `rest`: every byte behind the checksum, of a
 * type that is not known, or of a message that ends inside its fixed part.
 */
import { formatIpv4, parseIpv6, readIpv6, writeIpv6 } from '../bytes/address.js';
import { readBits, writeBits } from '../bytes/bits.js';
import { finishSum, foldSum, sumBytes } from '../bytes/checksum.js';
import { PacketError } from '../bytes/error.js';
import {
  type HeaderLayout,
  headerLayout,
  type LayoutPart,
  offsetOf,
  u8,
  u16,
} from '../bytes/layout.js';
import { IP_PROTOCOL } from './numbers.js';
import { bytesOf, type ChecksumStatus, HeaderView, NOTHING, type Place } from './protocol.js';
import { badValue, flag, ipv4Word, needRoom, uint } from './values.js';

const start = headerLayout('message', [u8('type'), u8('code'), u16('checksum')]);
const TYPE = offsetOf(start, 'type');
const CODE = offsetOf(start, 'code');
const CHECKSUM = offsetOf(start, 'checksum');

/** Bytes of type, code and checksum, with which every message begins. */
export const MESSAGE_START = start.span;

/** What a field of the layout is, where it is no number. */
export type Kind = 'flag' | 'ipv4' | 'ipv6';

/** Fields by name, as they come from a spec and as decoding gives them. */
export type Loose = Readonly<Record<string, unknown>>;

/** What may follow the fixed part of a message, up to the header's end. */
export interface Tail {
  readonly keys: readonly string[];
  /** Where it ends: from `start`, where nothing of it is there, to `end`. */
  end(view: DataView, start: number, end: number): number;
  /** Whether it has fewer entries than the 16 bits in front of it count; absent: it has no count. */
  isShort?(view: DataView, start: number, end: number): boolean;
  read(view: DataView, start: number, end: number): Loose;
  /** Its bytes. Throws where a field is wrong. */
  size(fields: Loose): number;
  /** Writes it, and throws where a field is wrong: the view is one that may be spoilt. */
  write(view: DataView, start: number, fields: Loose): void;
}

/** The fields of one type of message. */
export interface Shape {
  /** The fixed part, behind the checksum. */
  readonly layout: HeaderLayout;
  readonly kinds: Readonly<Record<string, Kind>>;
  readonly tail: Tail | undefined;
  /** Every key, in wire order. */
  readonly keys: readonly string[];
  /** What fields are that are absent, where they follow from others: counts. */
  computed(fields: Loose): Loose;
}

const nothing: Loose = {};

/** A shape. `kinds`: what is no number. */
export function shapeOf<N extends string>(
  name: string,
  parts: readonly LayoutPart<N>[],
  options: {
    readonly kinds?: Readonly<Partial<Record<N, Kind>>>;
    readonly tail?: Tail;
    computed?(fields: Loose): Loose;
  } = {},
): Shape {
  const layout = headerLayout(name, parts);
  const { tail, kinds = {} } = options;
  return {
    layout,
    kinds: kinds as Readonly<Record<string, Kind>>,
    tail,
    keys: [...layout.fields.map((field) => field.name), ...(tail?.keys ?? [])],
    computed: options.computed ?? (() => nothing),
  };
}

/** Where a message with the fixed part of this shape ends; its fixed part must be there. */
export function endOfShape(view: DataView, offset: number, end: number, shape: Shape): number {
  const start = offset + MESSAGE_START + shape.layout.span;
  return shape.tail === undefined ? start : shape.tail.end(view, start, end);
}

/** The value of that kind in the bits at `bit`. */
export function readValue(
  view: DataView,
  bit: number,
  bits: number,
  kind: Kind | undefined,
): unknown {
  if (kind === 'ipv6') return readIpv6(view, bit >>> 3);
  const value = readBits(view, bit, bits);
  if (kind === 'ipv4') return formatIpv4(value);
  return kind === 'flag' ? value === 1 : value;
}

/** Writes a value of that kind at a bit. Throws `BAD_VALUE` or `OUT_OF_RANGE`. */
export function writeValue(
  view: DataView,
  bit: number,
  bits: number,
  kind: Kind | undefined,
  value: unknown,
  layer: string,
  field: string,
): void {
  if (kind === 'ipv6') writeIpv6(view, bit >>> 3, ipv6Of(value, layer, field));
  else writeBits(view, bit, bits, numberOf(kind, bits, value, layer, field));
}

function numberOf(
  kind: Kind | undefined,
  bits: number,
  value: unknown,
  layer: string,
  field: string,
): number {
  if (kind === 'flag') return flag(value, layer, field);
  if (kind === 'ipv4') return ipv4Word(value as string, layer, field);
  return uint(value, 2 ** bits - 1, layer, field);
}

/** The parts of an IPv6 address that a field is to have. Throws `BAD_VALUE`. */
export function ipv6Of(value: unknown, layer: string, field: string): readonly number[] {
  const parts = parseIpv6(value as string);
  if (parts !== undefined) return parts;
  throw badValue(layer, field, value, 'an IPv6 address, such as 2001:db8::1');
}

/** The bytes that a field is to have. Throws `BAD_VALUE`. */
export function bytesValue(value: unknown, layer: string, field: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw badValue(layer, field, value, 'bytes');
}

/** The list that a field is to have. Throws `BAD_VALUE`. */
export function listValue(value: unknown, layer: string, field: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw badValue(layer, field, value, 'a list');
}

/** A number by its name, or the number itself. Throws `BAD_VALUE` or `OUT_OF_RANGE`. */
export function numberOrName(
  value: unknown,
  known: Readonly<Record<string, number>>,
  max: number,
  layer: string,
  field: string,
): number {
  if (typeof value !== 'string' || value === '') return uint(value, max, layer, field);
  if (Object.hasOwn(known, value)) return known[value] as number;
  throw new PacketError(
    'BAD_VALUE',
    `${layer}.${field}: none is named ${JSON.stringify(value)}; there are ${Object.keys(known).join(', ')}, and numbers`,
    { layer, field },
  );
}

/** The fields behind the checksum: those of the shape, or `rest` where there is none. */
export function readMessage(layer: HeaderView, shape: Shape | undefined): Record<string, unknown> {
  const { view, offset, headerEnd } = layer;
  const begin = offset + MESSAGE_START;
  if (shape === undefined) return { rest: bytesOf(view, begin, headerEnd).slice() };
  const fields: Record<string, unknown> = {};
  for (const { name, bit, bits } of shape.layout.fields) {
    fields[name] = readValue(view, begin * 8 + bit, bits, shape.kinds[name]);
  }
  const tailStart = begin + shape.layout.span;
  return { ...fields, ...shape.tail?.read(view, tailStart, headerEnd) };
}

/** Bytes of the header with these fields. Throws where a tail's field is wrong. */
export function messageSize(layer: string, shape: Shape | undefined, fields: Loose): number {
  const { rest } = fields;
  if (rest !== undefined) return MESSAGE_START + bytesValue(rest, layer, 'rest').length;
  if (shape === undefined) return MESSAGE_START;
  return MESSAGE_START + shape.layout.span + (shape.tail?.size(fields) ?? 0);
}

/**
 * The bytes behind the checksum. Throws where a field is wrong, or is none of this shape: it would
 * be left out in silence.
 */
function messageBytes(layer: string, shape: Shape | undefined, fields: Loose): Uint8Array {
  const { rest } = fields;
  const keys = rest === undefined ? (shape?.keys ?? []) : [];
  for (const key in fields) {
    if (fields[key] === undefined || key === 'rest') continue;
    if (!keys.includes(key)) throw misplaced(layer, key, keys, rest);
  }
  if (rest !== undefined) return bytesValue(rest, layer, 'rest');
  const bytes = new Uint8Array(messageSize(layer, shape, fields) - MESSAGE_START);
  if (shape === undefined) return bytes;
  const view = new DataView(bytes.buffer);
  const computed = shape.computed(fields);
  for (const { name, bit, bits } of shape.layout.fields) {
    const value = fields[name] ?? computed[name];
    if (value !== undefined) writeValue(view, bit, bits, shape.kinds[name], value, layer, name);
  }
  shape.tail?.write(view, shape.layout.span, fields);
  return bytes;
}

function misplaced(
  layer: string,
  key: string,
  keys: readonly string[],
  rest: unknown,
): PacketError {
  const others = keys.length === 0 ? 'only rest' : keys.join(', ');
  const message =
    rest === undefined
      ? `${layer}.${key}: a message of this type has no such field; it has ${others}`
      : `${layer}.${key}: rest gives every byte behind the checksum already`;
  return new PacketError('BAD_VALUE', message, { layer, field: key });
}

/**
 * Writes a message: all of it, or nothing where a field is wrong. `fields` has a type and a code
 * that fit; the checksum is written where it is a number, else it is `sealMessage`'s.
 */
export function encodeMessage(
  view: DataView,
  offset: number,
  layer: string,
  shape: Shape | undefined,
  { type, code, checksum, ...fields }: Loose & { readonly type: number; readonly code: number },
): void {
  const computed = checksum === undefined || checksum === 'computed';
  const sum = computed ? 0 : uint(checksum, 0xffff, layer, 'checksum');
  const bytes = messageBytes(layer, shape, fields);
  needRoom(view, offset, MESSAGE_START + bytes.length, layer);
  view.setUint8(offset + TYPE, type);
  view.setUint8(offset + CODE, code);
  view.setUint16(offset + CHECKSUM, sum);
  bytesOf(view, offset + MESSAGE_START, offset + MESSAGE_START + bytes.length).set(bytes);
}

/** Writes the checksum over the whole message and what its trailer holds; `pseudo`: a partial sum. */
export function sealMessage(view: DataView, offset: number, place: Place, pseudo: number): void {
  view.setUint16(offset + CHECKSUM, 0);
  view.setUint16(offset + CHECKSUM, finishSum(sumBytes(view, offset, place.carrierEnd, pseudo)));
}

/** Judges the checksum; not in a quote, which may have been cut. */
export function messageStatus(layer: HeaderView, place: Place, pseudo: number): ChecksumStatus {
  if (place.quoted || place.carrierWireEnd > place.carrierEnd) return 2;
  const sum = sumBytes(layer.view, layer.offset, place.carrierEnd, pseudo);
  return foldSum(sum) === 0xffff ? 1 : 0;
}

/** A message in place: its fields depend on its type. */
export abstract class MessageView extends HeaderView {
  /** The fields that this message has behind its checksum; undefined: only `rest`. */
  abstract get shape(): Shape | undefined;

  get type(): number {
    return this.view.getUint8(this.offset + TYPE);
  }

  set type(value: number) {
    this.view.setUint8(this.offset + TYPE, uint(value, 0xff, this.layer, 'type'));
  }

  get checksum(): number {
    return this.view.getUint16(this.offset + CHECKSUM);
  }

  set checksum(value: number) {
    this.view.setUint16(this.offset + CHECKSUM, uint(value, 0xffff, this.layer, 'checksum'));
  }

  /** Whether the body is the packet that caused this message. */
  abstract get quotesPacket(): boolean;

  /**
   * Writes one field of the fixed part. Throws `UNKNOWN_FIELD` where this message has none of that
   * name, `BAD_VALUE` or `OUT_OF_RANGE` where the value does not fit.
   */
  set(field: string, value: unknown): void {
    const { view, offset, shape, layer } = this;
    const found = shape?.layout.fields.find((one) => one.name === field);
    if (found === undefined) {
      throw new PacketError('UNKNOWN_FIELD', `this ${layer} message has no field ${field} to set`, {
        layer,
        field,
        offset,
      });
    }
    const bit = (offset + MESSAGE_START) * 8 + found.bit;
    writeValue(view, bit, found.bits, shape?.kinds[field], value, layer, field);
  }
}

/** An ICMP or ICMPv6 message in place. */
export abstract class CodedView extends MessageView {
  get code(): number {
    return this.view.getUint8(this.offset + CODE);
  }

  set code(value: number) {
    this.view.setUint8(this.offset + CODE, uint(value, 0xff, this.layer, 'code'));
  }
}

/** What a type is called, for people: `destinationUnreachable` becomes `Destination unreachable`. */
export function titleOfType(known: Readonly<Record<string, number>>, type: number): string {
  const name = Object.keys(known).find((key) => known[key] === type);
  if (name === undefined) return `Type ${type}`;
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** How the summary of an ICMP or ICMPv6 message begins: its type, its code, which exchange it is of. */
export function codedSummary(
  { type, code, quotesPacket }: CodedView,
  known: Readonly<Record<string, number>>,
  { identifier, sequence }: { readonly identifier?: number; readonly sequence?: number },
): string {
  let info = titleOfType(known, type);
  if (quotesPacket || code !== 0) info += ` (code ${code})`;
  if (identifier !== undefined) info += ` id=0x${identifier.toString(16).padStart(4, '0')}`;
  if (sequence !== undefined) info += ` seq=${sequence}`;
  return info;
}

/**
 * Refuses a layer behind a message that can't carry it: only one that quotes has an IP packet.
 * Throws `BAD_SPEC`.
 */
export function refuseLayer(layer: string, place: Place, type: number, quotes: boolean): void {
  const { next } = place;
  if (next === NOTHING) return;
  if (quotes && (next === IP_PROTOCOL.IPV4 || next === IP_PROTOCOL.IPV6)) return;
  const what = quotes ? 'only the IP packet that it quotes' : 'no layer';
  throw new PacketError('BAD_SPEC', `${layer}: ${what} can follow a message of type ${type}`, {
    layer,
  });
}
