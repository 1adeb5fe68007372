/**
 * Geneve options, RFC 8926 §3.5: class, type (its high bit says that the option is critical),
 * three reserved bits, a length in words, data. A registry gives options a name and a codec.
 */
import { PacketError } from '../bytes/error.js';
import {
  CLASS,
  eachGeneveOption,
  GENEVE_OPTION_HEADER_BYTES,
  LENGTH,
  MAX_GENEVE_OPTION_DATA,
  RESERVED,
  reservedBits,
  TYPE,
} from './geneve-option-wire.js';
import { GENEVE_CLASS } from './numbers.js';
import { bytesOf } from './protocol.js';
import { uint } from './values.js';

/** One Geneve option. */
export type GeneveOption =
  /** One that the registry names; `value` is what its codec takes. */
  | { readonly kind: string; readonly value: unknown; readonly data?: undefined }
  | {
      readonly kind?: undefined;
      /** 0–65535. */
      readonly class: number;
      /** 0–255, the critical bit (128) included. */
      readonly type: number;
      /** The three reserved bits, to be 0 (absent: 0). */
      readonly reserved?: number;
      /** 0–124 bytes, a multiple of four. */
      readonly data: Uint8Array;
    }
  /** Bytes as they are, where no option could be read. */
  | { readonly kind: 'raw'; readonly data: Uint8Array };

/** Turns an option's data into a value and back. `encode` is padded to four bytes with zeros. */
export interface GeneveOptionCodec {
  readonly class: number;
  /** 0–255, the critical bit included. */
  readonly type: number;
  readonly name: string;
  decode(data: Uint8Array): unknown;
  encode(value: unknown): Uint8Array;
}

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();

/** UTF-8. Short ASCII is written by hand: the encoder takes half a microsecond a call (Node 20). */
function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return ENCODER.encode(text);
    bytes[i] = code;
  }
  return bytes;
}

/** A codec for text in UTF-8, padded with zeros. */
export function textOption(classId: number, type: number, name: string): GeneveOptionCodec {
  return {
    class: classId,
    type,
    name,
    decode: (data) => {
      let end = data.length;
      while (end > 0 && data[end - 1] === 0) end--;
      return DECODER.decode(data.subarray(0, end));
    },
    encode: (value) => {
      if (typeof value === 'string') return utf8(value);
      throw new PacketError('BAD_VALUE', `geneve.options: ${name} takes text`, {
        layer: 'geneve',
        field: 'options',
      });
    },
  };
}

interface Encoded {
  readonly class: number;
  readonly type: number;
  readonly reserved: number;
  /** Bytes of data on the wire. */
  readonly length: number;
  readonly data: Uint8Array;
}

/** The options that have a name. Immutable: `with` makes a larger one. */
export class GeneveOptionRegistry {
  private readonly byName: ReadonlyMap<string, GeneveOptionCodec>;
  private readonly byType: ReadonlyMap<number, GeneveOptionCodec>;

  constructor(codecs: Iterable<GeneveOptionCodec>) {
    const byName = new Map<string, GeneveOptionCodec>();
    const byType = new Map<number, GeneveOptionCodec>();
    for (const codec of codecs) {
      if (codec.name === 'raw') throw bad(`an option can't be named raw`);
      const classId = uint(codec.class, 0xffff, 'geneve', 'class');
      const key = keyOf(classId, uint(codec.type, 0xff, 'geneve', 'type'));
      // Neither the replaced option's type nor its name may be left behind.
      const sameName = byName.get(codec.name);
      if (sameName !== undefined) byType.delete(keyOf(sameName.class, sameName.type));
      const sameType = byType.get(key);
      if (sameType !== undefined) byName.delete(sameType.name);
      byName.set(codec.name, codec);
      byType.set(key, codec);
    }
    this.byName = byName;
    this.byType = byType;
  }

  /** This registry and some more options; one of the same name or class and type is replaced. */
  with(...codecs: readonly GeneveOptionCodec[]): GeneveOptionRegistry {
    return new GeneveOptionRegistry([...this.byName.values(), ...codecs]);
  }

  /** The name of an option, where it has one. */
  nameOf(classId: number, type: number): string | undefined {
    return this.byType.get(keyOf(classId, type))?.name;
  }

  /** Reads every option in [offset, end). `size` of what it answers is `end - offset` again. */
  read(view: DataView, offset: number, end: number): GeneveOption[] {
    const options: GeneveOption[] = [];
    const stop = eachGeneveOption(view, offset, end, (start, next) =>
      options.push(this.readOne(view, start, next)),
    );
    if (stop < end) options.push({ kind: 'raw', data: bytesOf(view, stop, end).slice() });
    return options;
  }

  private readOne(view: DataView, start: number, end: number): GeneveOption {
    const classId = view.getUint16(start + CLASS);
    const type = view.getUint8(start + TYPE);
    const reserved = reservedBits(view, start);
    const data = bytesOf(view, start + GENEVE_OPTION_HEADER_BYTES, end).slice();
    const codec = reserved === 0 ? this.byType.get(keyOf(classId, type)) : undefined;
    if (codec !== undefined) {
      try {
        const value = codec.decode(data);
        if (samePadded(codec.encode(value), data)) return { kind: codec.name, value };
      } catch {
        // Data that the codec can't read or write is kept as bytes.
      }
    }
    return { class: classId, type, ...(reserved === 0 ? {} : { reserved }), data };
  }

  /** Bytes that the options take in the header: 0–252. */
  size(options: readonly GeneveOption[]): number {
    let bytes = 0;
    if (!Array.isArray(options)) throw bad('a list of options');
    for (const option of options as readonly GeneveOption[]) {
      if (typeof option !== 'object' || option === null) throw bad('an option is an object');
      if (!isRaw(option)) bytes += GENEVE_OPTION_HEADER_BYTES + this.encode(option).length;
      else if (option.data instanceof Uint8Array) bytes += option.data.length;
      else throw bad('raw takes bytes as its data');
    }
    if (bytes > 252 || bytes % 4 !== 0) {
      throw new PacketError(
        'OUT_OF_RANGE',
        `geneve.options: ${bytes} bytes of options, it is 0–252 in steps of four`,
        { layer: 'geneve', field: 'options' },
      );
    }
    return bytes;
  }

  /** Writes the options at `offset`. */
  write(view: DataView, offset: number, options: readonly GeneveOption[]): void {
    let at = offset;
    for (const option of options) {
      if (isRaw(option)) {
        bytesOf(view, at, at + option.data.length).set(option.data);
        at += option.data.length;
        continue;
      }
      const { class: classId, type, reserved, length, data } = this.encode(option);
      view.setUint16(at + CLASS, classId);
      view.setUint8(at + TYPE, type);
      view.setUint8(at + LENGTH.offset, (reserved << RESERVED.shift) | (length / 4));
      at += GENEVE_OPTION_HEADER_BYTES;
      const room = bytesOf(view, at, at + length);
      room.fill(0, data.length);
      room.set(data);
      at += length;
    }
  }

  private encode(option: GeneveOption): Encoded {
    if (option.kind !== undefined) {
      const codec = this.byName.get(option.kind);
      if (codec === undefined) {
        throw bad(
          `no option is named ${JSON.stringify(option.kind)}; there are ${[...this.byName.keys()].join(', ')}, or give class, type and data`,
        );
      }
      const data = codec.encode((option as { value: unknown }).value);
      const length = (data.length + 3) & ~3;
      if (length > MAX_GENEVE_OPTION_DATA) {
        throw bad(`${codec.name}: ${data.length} bytes, an option holds 124`);
      }
      return { class: codec.class, type: codec.type, reserved: 0, length, data };
    }
    const { data, reserved = 0 } = option;
    if (!(data instanceof Uint8Array) || data.length > MAX_GENEVE_OPTION_DATA || data.length % 4) {
      throw bad('data is 0–124 bytes in steps of four');
    }
    return {
      class: uint(option.class, 0xffff, 'geneve', 'options.class'),
      type: uint(option.type, 0xff, 'geneve', 'options.type'),
      reserved: uint(reserved, RESERVED.max, 'geneve', 'options.reserved'),
      length: data.length,
      data,
    };
  }
}

function isRaw(option: GeneveOption): option is Extract<GeneveOption, { kind: 'raw' }> {
  return option.kind === 'raw';
}

function keyOf(classId: number, type: number): number {
  return classId * 256 + type;
}

function samePadded(encoded: Uint8Array, data: Uint8Array): boolean {
  return (
    ((encoded.length + 3) & ~3) === data.length &&
    data.every((byte, i) => byte === (encoded[i] ?? 0))
  );
}

function bad(message: string): PacketError {
  return new PacketError('BAD_VALUE', `geneve.options: ${message}`, {
    layer: 'geneve',
    field: 'options',
  });
}

/** The options of the guide: text that says which policy, what was measured, and who sent it. */
export const guideOptions = new GeneveOptionRegistry([
  textOption(GENEVE_CLASS.SECURITY_POLICY, 1, 'securityPolicyId'),
  textOption(GENEVE_CLASS.TELEMETRY, 2, 'telemetry'),
  textOption(GENEVE_CLASS.SOURCE_IDENTITY, 3, 'sourceIdentity'),
]);

/** The guide's security policy id, class 0x0102, type 1. */
export const securityPolicyId = (value: string): GeneveOption => ({
  kind: 'securityPolicyId',
  value,
});
/** The guide's telemetry, class 0x0103, type 2. */
export const telemetry = (value: string): GeneveOption => ({ kind: 'telemetry', value });
/** The guide's source identity, class 0x0104, type 3. */
export const sourceIdentity = (value: string): GeneveOption => ({ kind: 'sourceIdentity', value });
