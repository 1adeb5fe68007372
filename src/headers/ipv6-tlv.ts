/**
 * Options as IPv6 writes them (RFC 8200 §4.2), and the TLVs of segment routing (RFC 8754 §2.1): a
 * type, a length of the value alone, the value; type 0 is a single byte of padding.
 *
 * Nothing is lost: an option that is not in its type's form is kept as its type and bytes, and
 * what can't be walked is kept as raw bytes.
 */
import { PacketError } from '../bytes/error.js';
import { bytesOf } from './protocol.js';
import { uint } from './values.js';

const PAD1 = 0;
const MAX_VALUE = 255;

/** Options that every list can have. `K`: the typed options of one list. */
export type Tlv<K> =
  /** A single byte of padding. */
  | { readonly kind: 'pad1' }
  /** Two bytes of padding and those of `data`, to be 0 (absent: none). */
  | { readonly kind: 'padN'; readonly data?: Uint8Array }
  | K
  /** An option of any type by number, with its value. */
  | { readonly kind: number; readonly data: Uint8Array }
  /** Bytes as they are, where no option could be read. */
  | { readonly kind: 'raw'; readonly data: Uint8Array };

/** How the value of one type is read and written. */
export interface TlvCodec<O> {
  readonly kind: number;
  readonly name: string;
  read(view: DataView, offset: number, end: number): O;
  write(option: O): Uint8Array;
}

/** Where the option at `at` ends, or 0 where it goes past `end`. */
export function endOfTlv(view: DataView, at: number, end: number): number {
  if (view.getUint8(at) === PAD1) return at + 1;
  if (at + 2 > end) return 0;
  const next = at + 2 + view.getUint8(at + 1);
  return next > end ? 0 : next;
}

/** Calls `visit` with every option in [offset, end); answers where the list stopped. */
export function eachTlv(
  view: DataView,
  offset: number,
  end: number,
  visit: (kind: number, start: number, end: number) => void,
): number {
  let at = offset;
  while (at < end) {
    const next = endOfTlv(view, at, end);
    if (next === 0) return at;
    visit(view.getUint8(at), at, next);
    at = next;
  }
  return at;
}

/** What a list is called in errors, and how its padding is written. */
export interface TlvForm {
  readonly layer: string;
  readonly field: string;
  /** The type of padding of two bytes and more. */
  readonly padN: number;
  /** Bytes of the header in front of the list, of which the whole is to be a multiple of 8. */
  readonly before: number;
  /** The most bytes of a list. */
  readonly limit: number;
}

/** The option lists of one header. */
export class TlvList<K extends { readonly kind: string }> {
  private readonly form: TlvForm;
  private readonly byKind: ReadonlyMap<number, TlvCodec<K>>;
  private readonly byName: ReadonlyMap<string, TlvCodec<K>>;

  constructor(form: TlvForm, codecs: readonly TlvCodec<K>[]) {
    this.form = form;
    this.byKind = new Map(codecs.map((c) => [c.kind, c]));
    this.byName = new Map(codecs.map((c) => [c.name, c]));
  }

  /** Reads every option in [offset, end). `encode` of what it answers is those bytes again. */
  read(view: DataView, offset: number, end: number): Tlv<K>[] {
    const options: Tlv<K>[] = [];
    const stop = eachTlv(view, offset, end, (kind, start, next) => {
      if (kind === PAD1) options.push({ kind: 'pad1' });
      else options.push(this.readOne(view, kind, start + 2, next));
    });
    if (stop < end) options.push({ kind: 'raw', data: bytesOf(view, stop, end).slice() });
    return options;
  }

  private readOne(view: DataView, kind: number, offset: number, end: number): Tlv<K> {
    const data = bytesOf(view, offset, end).slice();
    if (kind === this.form.padN) return { kind: 'padN', data };
    const codec = this.byKind.get(kind);
    if (codec === undefined) return { kind, data };
    try {
      const option = codec.read(view, offset, end);
      const again = codec.write(option);
      const same = again.length === data.length && again.every((byte, i) => byte === data[i]);
      return same ? option : { kind, data };
    } catch {
      // A value too short for its codec is kept as bytes.
      return { kind, data };
    }
  }

  /**
   * The bytes of a list, padded until header and list are a multiple of 8. Throws `BAD_VALUE` or
   * `OUT_OF_RANGE`.
   */
  encode(options: readonly Tlv<K>[] | Uint8Array): Uint8Array {
    const { before, limit, padN } = this.form;
    if (!(options instanceof Uint8Array) && !Array.isArray(options)) {
      throw this.bad('a list of options, or their bytes');
    }
    const bytes: number[] = [];
    if (options instanceof Uint8Array) {
      if (options.length <= limit) bytes.push(...options);
    } else {
      for (const option of options) bytes.push(...this.encodeOne(option));
    }
    const length = options instanceof Uint8Array ? options.length : bytes.length;
    const missing = -(length + before) & 7;
    if (length + missing > limit) {
      throw new PacketError(
        'OUT_OF_RANGE',
        `${this.form.layer}.${this.form.field}: ${length} bytes of options, there is room for ${limit}`,
        { layer: this.form.layer, field: this.form.field },
      );
    }
    if (missing === 1) bytes.push(PAD1);
    else if (missing > 1) bytes.push(padN, missing - 2, ...new Uint8Array(missing - 2));
    return Uint8Array.from(bytes);
  }

  private encodeOne(option: Tlv<K>): readonly number[] {
    if (typeof option !== 'object' || option === null) throw this.bad('an option is an object');
    const { kind } = option;
    if (kind === 'pad1') return [PAD1];
    if (kind === 'raw') return [...this.dataOf(option, this.form.limit)];
    let type: number;
    let value: Uint8Array;
    if (kind === 'padN') {
      type = this.form.padN;
      value = 'data' in option ? this.dataOf(option, MAX_VALUE) : new Uint8Array(0);
    } else if (typeof kind === 'number') {
      type = uint(kind, 255, this.form.layer, `${this.form.field}.kind`);
      // As a number it could not be told from an option with a length.
      if (type === PAD1) throw this.bad(`kind 0 has no length: write 'pad1'`);
      value = this.dataOf(option, MAX_VALUE);
    } else {
      const codec = this.codecOf(option);
      type = codec.kind;
      value = this.valueOf(codec, option as K);
    }
    return [type, value.length, ...value];
  }

  private valueOf(codec: TlvCodec<K>, option: K): Uint8Array {
    let value: Uint8Array;
    try {
      value = codec.write(option);
    } catch (error) {
      if (error instanceof PacketError) throw error;
      // What a codec meets in a spec written by hand may lack anything.
      throw this.bad(`the option ${codec.name} lacks a field, or has one of another kind`);
    }
    if (value.length <= MAX_VALUE) return value;
    throw this.bad(`the option ${codec.name} has a value of more than ${MAX_VALUE} bytes`);
  }

  private dataOf(option: Tlv<K>, max: number): Uint8Array {
    const data = (option as { data?: unknown }).data;
    if (data instanceof Uint8Array && data.length <= max) return data;
    throw this.bad(`an option of kind ${String(option.kind)} takes data of 0–${max} bytes`);
  }

  private codecOf(option: Tlv<K>): TlvCodec<K> {
    const codec = this.byName.get(option.kind as string);
    if (codec !== undefined) return codec;
    const known = ['pad1', 'padN', ...this.byName.keys(), 'raw'].join(', ');
    throw this.bad(
      `no option is named ${JSON.stringify(option.kind)}; there are ${known}, and numbers`,
    );
  }

  private bad(message: string): PacketError {
    const { layer, field } = this.form;
    return new PacketError('BAD_VALUE', `${layer}.${field}: ${message}`, { layer, field });
  }
}
