/**
 * Options as IPv4 (RFC 791 §3.1) and TCP (RFC 9293 §3.2) write them: a kind, a length that counts
 * kind and length too, a value; kind 0 ends the list and kind 1 is a single byte of padding.
 *
 * Nothing is lost: an option that is not in its kind's form is kept as its kind and bytes, and
 * what can't be walked is kept as raw bytes.
 */
import { PacketError } from '../bytes/error.js';
import { type ByteRange, bytesOf, type HeaderView } from './protocol.js';
import { uint } from './values.js';

export const END = 0;
export const NOP = 1;

/** Options that every list can have. `K`: the typed options of one protocol. */
export type Option<K> =
  | { readonly kind: 'end' }
  | { readonly kind: 'nop' }
  | K
  /** An option of any kind by number, with the bytes behind its length. */
  | { readonly kind: number; readonly data: Uint8Array }
  /** Bytes as they are: behind the end of the list, or where no option could be read. */
  | { readonly kind: 'raw'; readonly data: Uint8Array };

/** How one kind of option is read and written. Sizes count the value, without kind and length. */
export interface OptionCodec<O> {
  readonly kind: number;
  readonly name: string;
  size(option: O): number;
  read(view: DataView, offset: number, end: number): O;
  write(view: DataView, offset: number, option: O): void;
}

/** Problems that `checkOptions` finds, as bits. */
export const BAD_OPTION_LENGTH = 1;
export const BYTES_AFTER_END = 2;

/** Where the option at `at` ends, or 0 where its length is under 2 or goes past `end`. */
export function endOfOption(view: DataView, at: number, end: number): number {
  if (view.getUint8(at) <= NOP) return at + 1;
  const length = at + 1 < end ? view.getUint8(at + 1) : 0;
  return length < 2 || at + length > end ? 0 : at + length;
}

/** Walks the options in [offset, end) without reading their values; answers a mask of problems. */
export function checkOptions(view: DataView, offset: number, end: number): number {
  let at = offset;
  while (at < end) {
    if (view.getUint8(at) === END) {
      for (at++; at < end; at++) if (view.getUint8(at) !== 0) return BYTES_AFTER_END;
      return 0;
    }
    at = endOfOption(view, at, end);
    if (at === 0) return BAD_OPTION_LENGTH;
  }
  return 0;
}

/** Calls `visit` with every option in [offset, end); answers where the list stopped. */
export function eachOption(
  view: DataView,
  offset: number,
  end: number,
  visit: (kind: number, start: number, end: number) => void,
): number {
  let at = offset;
  while (at < end) {
    const kind = view.getUint8(at);
    const next = endOfOption(view, at, end);
    if (next === 0) return at;
    visit(kind, at, next);
    at = next;
    if (kind === END) return at;
  }
  return at;
}

/** What `checkOptions` finds wrong in [offset, end): the option that can't be read, or what follows the end. */
export function findWrongOption(view: DataView, offset: number, end: number): ByteRange {
  let last = END + 1;
  const stop = eachOption(view, offset, end, (kind) => {
    last = kind;
  });
  let at = stop;
  if (last === END) while (at < end - 1 && view.getUint8(at) === 0) at++;
  return { offset: at, bytes: end - at };
}

/** The first option that fits `wrong`; undefined where none does. */
export function findOption(
  { view, fixedEnd, headerEnd }: HeaderView,
  wrong: (kind: number, start: number, end: number) => boolean,
): ByteRange | undefined {
  let found: ByteRange | undefined;
  eachOption(view, fixedEnd, headerEnd, (kind, start, end) => {
    if (found === undefined && wrong(kind, start, end)) {
      found = { offset: start, bytes: end - start };
    }
  });
  return found;
}

/** Where a list is written before its header is: no header has room for more than 40 bytes. */
const SCRATCH = new DataView(new ArrayBuffer(64));

/** The option lists of one protocol. */
export class OptionList<K extends { readonly kind: string }> {
  readonly protocol: string;
  readonly limit: number;
  private readonly byKind: ReadonlyMap<number, OptionCodec<K>>;
  private readonly byName: ReadonlyMap<string, OptionCodec<K>>;

  /** `limit`: the most bytes that the header's own length can count for options. */
  constructor(protocol: string, limit: number, codecs: readonly OptionCodec<K>[]) {
    this.protocol = protocol;
    this.limit = limit;
    this.byKind = new Map(codecs.map((c) => [c.kind, c]));
    this.byName = new Map(codecs.map((c) => [c.name, c]));
  }

  /** Reads every option in [offset, end). `size` of what it answers is `end - offset` again. */
  read(view: DataView, offset: number, end: number): Option<K>[] {
    const options: Option<K>[] = [];
    const stop = eachOption(view, offset, end, (kind, start, next) => {
      if (kind === END) options.push({ kind: 'end' });
      else if (kind === NOP) options.push({ kind: 'nop' });
      else options.push(this.readOne(view, kind, start + 2, next));
    });
    // Zeros up to the next multiple of four are what encoding puts there anyway.
    let padding = stop < end && end - stop < 4 && options.at(-1)?.kind === 'end';
    for (let at = stop; at < end && padding; at++) padding = view.getUint8(at) === 0;
    if (stop < end && !padding)
      options.push({ kind: 'raw', data: bytesOf(view, stop, end).slice() });
    return options;
  }

  private readOne(view: DataView, kind: number, offset: number, end: number): Option<K> {
    const data = bytesOf(view, offset, end).slice();
    const codec = this.byKind.get(kind);
    if (codec === undefined) return { kind, data };
    try {
      const option = codec.read(view, offset, end);
      if (codec.size(option) !== data.length) return { kind, data };
      const again = new Uint8Array(data.length);
      codec.write(new DataView(again.buffer), 0, option);
      return again.every((byte, i) => byte === data[i]) ? option : { kind, data };
    } catch {
      // A value that its codec can't read or write is kept as bytes.
      return { kind, data };
    }
  }

  /** Bytes that the options take in the header: a multiple of four. */
  size(options: readonly Option<K>[] | Uint8Array): number {
    let bytes = 0;
    if (options instanceof Uint8Array) bytes = options.length;
    else if (Array.isArray(options)) for (const option of options) bytes += this.sizeOne(option);
    else throw this.bad('a list of options, or their bytes');
    const padded = (bytes + 3) & ~3;
    if (padded > this.limit) {
      throw new PacketError(
        'OUT_OF_RANGE',
        `${this.protocol}.options: ${bytes} bytes of options, there is room for ${this.limit}`,
        { layer: this.protocol, field: 'options' },
      );
    }
    return padded;
  }

  private sizeOne(option: Option<K>): number {
    if (typeof option !== 'object' || option === null) throw this.bad('an option is an object');
    const { kind } = option;
    if (kind === 'end' || kind === 'nop') return 1;
    if (kind === 'raw') return this.dataOf(option).length;
    if (typeof kind === 'number') {
      uint(kind, 255, this.protocol, 'options.kind');
      // Kinds 0 and 1 are single bytes: as a number they could not be told from an option.
      if (kind < 2) throw this.bad(`kind ${kind} has no length: write 'end' or 'nop'`);
      return 2 + this.dataOf(option).length;
    }
    const codec = this.codecOf(option);
    try {
      return 2 + codec.size(option as K);
    } catch {
      // What a codec meets in a spec written by hand may lack anything.
      throw this.lacking(codec);
    }
  }

  /** Writes the options from `offset` and zeros up to `end`. */
  write(
    view: DataView,
    offset: number,
    end: number,
    options: readonly Option<K>[] | Uint8Array,
  ): void {
    let at = offset;
    if (options instanceof Uint8Array) {
      bytesOf(view, at, at + options.length).set(options);
      at += options.length;
    } else {
      // In a scratch first: a codec may refuse a value when the options before it are written.
      let used = 0;
      for (const option of options) used = this.writeOne(SCRATCH, used, option);
      for (let i = 0; i < used; i++) view.setUint8(at++, SCRATCH.getUint8(i));
    }
    while (at < end) view.setUint8(at++, 0);
  }

  private writeOne(view: DataView, at: number, option: Option<K>): number {
    const { kind } = option;
    const size = this.sizeOne(option);
    if (kind === 'end' || kind === 'nop') {
      view.setUint8(at, kind === 'end' ? END : NOP);
    } else if (kind === 'raw') {
      bytesOf(view, at, at + size).set(this.dataOf(option));
    } else {
      const codec = typeof kind === 'number' ? undefined : this.codecOf(option);
      view.setUint8(at, codec?.kind ?? (kind as number));
      view.setUint8(at + 1, size);
      if (codec === undefined) bytesOf(view, at + 2, at + size).set(this.dataOf(option));
      else this.writeValue(view, at + 2, codec, option as K);
    }
    return at + size;
  }

  private writeValue(view: DataView, at: number, codec: OptionCodec<K>, option: K): void {
    try {
      codec.write(view, at, option);
    } catch (error) {
      throw error instanceof PacketError ? error : this.lacking(codec);
    }
  }

  private dataOf(option: Option<K>): Uint8Array {
    const data = (option as { data?: unknown }).data;
    if (data instanceof Uint8Array && data.length <= 253) return data;
    throw this.bad(`an option of kind ${String(option.kind)} takes data of 0–253 bytes`);
  }

  private codecOf(option: Option<K>): OptionCodec<K> {
    const codec = this.byName.get(option.kind as string);
    if (codec !== undefined) return codec;
    const known = ['end', 'nop', ...this.byName.keys(), 'raw'].join(', ');
    throw this.bad(
      `no option is named ${JSON.stringify(option.kind)}; there are ${known}, and numbers`,
    );
  }

  private lacking(codec: OptionCodec<K>): PacketError {
    return this.bad(`the option ${codec.name} lacks a field, or has one of another kind`);
  }

  private bad(message: string): PacketError {
    return new PacketError('BAD_VALUE', `${this.protocol}.options: ${message}`, {
      layer: this.protocol,
      field: 'options',
    });
  }
}
