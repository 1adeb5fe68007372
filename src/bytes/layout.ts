/**
 * The bridge to buffer-layout: the layout of every header and file structure is one of its
 * structures, and that is the only place where an offset, a width or a bit position is decided.
 *
 * Why a bridge: buffer-layout's own `offsetOf` answers `undefined` for an unknown name and does
 * not see bit fields, it takes duplicate names, counts bits from the least significant unless
 * told, and has no types. Here a wrong name is a type error, and a throw when the module loads.
 */
import {
  BitStructure,
  bits as bitsOf,
  blob,
  type Layout,
  type Structure,
  struct,
  u8 as u8Of,
  u16be,
  u16 as u16leOf,
  u24be,
  u32be,
  u32 as u32leOf,
} from 'buffer-layout';
import { PacketError } from './error.js';

/** One named field of a layout, in bits from the start of the structure. */
export interface LayoutField<N extends string = string> {
  readonly name: N;
  /** First bit, counted from the most significant bit of the first byte, from 0. */
  readonly bit: number;
  /** Width in bits. */
  readonly bits: number;
}

/** The layout of a header's fixed part, or of a file structure: names, offsets and widths. */
export interface HeaderLayout<N extends string = string> {
  readonly name: string;
  /** Bytes of the fixed part. */
  readonly span: number;
  /** Every field in wire order, without gaps. */
  readonly fields: readonly LayoutField<N>[];
  /** Decode with buffer-layout itself (needs Node's Buffer): for cross-checks, and as a baseline. */
  decode(buffer: Uint8Array, offset?: number): Readonly<Record<N, number | Uint8Array>>;
  /** Encode with buffer-layout itself (needs Node's Buffer). */
  encode(values: Readonly<Record<string, unknown>>, buffer: Uint8Array, offset?: number): number;
}

/** One part of a layout: a field, or a word of bit fields. */
export interface LayoutPart<N extends string> {
  readonly names: readonly N[];
  readonly part: Layout;
}

/** An unsigned byte. */
export function u8<N extends string>(name: N): LayoutPart<N> {
  return { names: [name], part: u8Of(name) };
}

/** An unsigned 16-bit number, big-endian. */
export function u16<N extends string>(name: N): LayoutPart<N> {
  return { names: [name], part: u16be(name) };
}

/** An unsigned 24-bit number, big-endian. */
export function u24<N extends string>(name: N): LayoutPart<N> {
  return { names: [name], part: u24be(name) };
}

/** An unsigned 32-bit number, big-endian. */
export function u32<N extends string>(name: N): LayoutPart<N> {
  return { names: [name], part: u32be(name) };
}

/** An unsigned 16-bit number, little-endian (file structures only). */
export function u16le<N extends string>(name: N): LayoutPart<N> {
  return { names: [name], part: u16leOf(name) };
}

/** An unsigned 32-bit number, little-endian (file structures only). */
export function u32le<N extends string>(name: N): LayoutPart<N> {
  return { names: [name], part: u32leOf(name) };
}

/** A fixed number of bytes, such as a MAC address. */
export function bytes<N extends string>(name: N, length: number): LayoutPart<N> {
  return { names: [name], part: blob(length, name) };
}

/** Bit fields that fill a word of 8, 16 or 32 bits, most significant first. */
export function bits<N extends string>(
  word: 8 | 16 | 32,
  widths: Record<N, number>,
): LayoutPart<N> {
  const names = Object.keys(widths) as N[];
  const total = names.reduce((sum, name) => sum + widths[name], 0);
  if (total !== word) {
    throw new PacketError(
      'OUT_OF_RANGE',
      `bit fields ${names.join(', ')} fill ${total} of ${word} bits`,
    );
  }
  // The word is named too, or buffer-layout would pass it over when it decodes.
  const part = bitsOf(word === 8 ? u8Of() : word === 16 ? u16be() : u32be(), true, names.join('+'));
  for (const name of names) part.addField(widths[name], name);
  return { names, part };
}

/** Joins parts to a layout. Throws when two fields have one name. */
export function headerLayout<const P extends readonly LayoutPart<string>[]>(
  name: string,
  parts: P,
): HeaderLayout<P[number]['names'][number]> {
  type N = P[number]['names'][number];
  const structure = struct(
    parts.map((p) => p.part),
    name,
  );
  const fields: LayoutField<N>[] = [];
  let bit = 0;
  const push = (field: string, width: number): void => {
    if (fields.some((f) => f.name === field)) {
      throw new PacketError('BAD_VALUE', `layout ${name} has two fields named ${field}`);
    }
    fields.push({ name: field as N, bit, bits: width });
    bit += width;
  };
  for (const part of structure.fields) {
    if (part instanceof BitStructure) {
      for (const f of part.fields) push(f.property, f.bits);
    } else {
      push(part.property ?? '', part.span * 8);
    }
  }
  return {
    name,
    span: structure.span,
    fields,
    decode: (buffer, offset = 0) =>
      flatten(structure, structure.decode(buffer, offset)) as Record<N, number | Uint8Array>,
    encode: (values, buffer, offset = 0) =>
      structure.encode(nest(structure, values), buffer, offset),
  };
}

/** A word of bit fields decodes to an object of its own; its fields are lifted beside the others. */
function flatten(structure: Structure, value: Record<string, unknown>): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const part of structure.fields) {
    const name = part.property ?? '';
    if (part instanceof BitStructure) Object.assign(flat, value[name]);
    else flat[name] = value[name];
  }
  return flat;
}

function nest(structure: Structure, values: Readonly<Record<string, unknown>>): object {
  const nested: Record<string, unknown> = { ...values };
  for (const part of structure.fields) {
    if (part instanceof BitStructure) nested[part.property ?? ''] = values;
  }
  return nested;
}

/** The field of that name. Throws `UNKNOWN_FIELD` when there is none. */
export function fieldOf<N extends string>(layout: HeaderLayout<N>, name: N): LayoutField<N> {
  const field = layout.fields.find((f) => f.name === name);
  if (field === undefined) {
    throw new PacketError('UNKNOWN_FIELD', `layout ${layout.name} has no field ${name}`, {
      layer: layout.name,
      field: name,
    });
  }
  return field;
}

/** Byte offset of a field that starts on a byte. Throws for an unknown name or a bit field. */
export function offsetOf<N extends string>(layout: HeaderLayout<N>, name: N): number {
  const { bit } = fieldOf(layout, name);
  if (bit % 8 !== 0) {
    throw new PacketError('BAD_VALUE', `field ${name} of ${layout.name} starts inside a byte`);
  }
  return bit / 8;
}

/** Where a bit field lies in the word of 8, 16 or 32 bits that it shares. */
export interface BitField {
  /** Byte offset of the word. */
  readonly offset: number;
  /** Bits to shift the word right. */
  readonly shift: number;
  /** Mask after the shift; also the field's largest value. */
  readonly max: number;
}

/** Shift and mask of a field within the word of `word` bits that holds it, aligned to its size. */
export function bitField<N extends string>(
  layout: HeaderLayout<N>,
  name: N,
  word: 8 | 16 | 32,
): BitField {
  const { bit, bits: width } = fieldOf(layout, name);
  const start = Math.floor(bit / word) * word;
  const shift = start + word - bit - width;
  if (shift < 0)
    throw new PacketError('BAD_VALUE', `field ${name} of ${layout.name} leaves its word`);
  // 2 ** width, not 1 << width: the latter wraps at 31 bits and more.
  return { offset: start / 8, shift, max: 2 ** width - 1 };
}
