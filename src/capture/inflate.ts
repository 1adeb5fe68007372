/**
 * Inflates (RFC 1951), from chunks of any size, in bounded memory.
 *
 * Why not the platform's DecompressionStream: when its input ends early or is damaged, it drops
 * what it has inflated and not yet handed on, so that whole frames before the damage would be lost;
 * browsers refuse a second member of a gzip file; and one chunk of it can be a thousand times as
 * large as its input.
 */

/** What `inflate` stopped for. */
export type InflateStop = 'input' | 'room' | 'end' | string;

const FAST_BITS = 10;
const MAX_CODE_BITS = 15;
const WINDOW_BYTES = 32_768;
const OUTPUT_BYTES = 65_536;
/** Bytes of the longest match. */
const MAX_MATCH = 258;

// RFC 1951, 3.2.5: what each length and distance code starts from, and the bits that it adds.
const LENGTH_BITS = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const LENGTH_BASE = basesOf(LENGTH_BITS.slice(0, 28), 3).concat(MAX_MATCH);
const DISTANCE_BITS = Array.from({ length: 30 }, (_, i) => Math.max(0, (i >> 1) - 1));
const DISTANCE_BASE = basesOf(DISTANCE_BITS, 1);
// RFC 1951, 3.2.7: the order in which the lengths of the code length code stand.
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function basesOf(bits: readonly number[], first: number): number[] {
  let base = first;
  return bits.map((count) => {
    const own = base;
    base += 1 << count;
    return own;
  });
}

/** A Huffman code: a table for the codes of up to ten bits, and RFC 1951's counts for the others. */
class Code {
  /** Symbol << 4 | bits; 0 where the code is longer than the table knows, or is none. */
  readonly fast: Uint16Array;
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;

  constructor(size: number) {
    this.fast = new Uint16Array(1 << FAST_BITS);
    this.counts = new Uint16Array(MAX_CODE_BITS + 1);
    this.symbols = new Uint16Array(size);
  }

  /** Makes the code from the bits of each symbol. False when they are no code. */
  build(lengths: Uint8Array): boolean {
    const { fast, counts, symbols } = this;
    counts.fill(0);
    for (const bits of lengths) counts[bits] = (counts[bits] as number) + 1;
    counts[0] = 0;
    let left = 1;
    let used = 0;
    const next = new Uint16Array(MAX_CODE_BITS + 2);
    const first = new Uint16Array(MAX_CODE_BITS + 2);
    for (let bits = 1; bits <= MAX_CODE_BITS; bits += 1) {
      const count = counts[bits] as number;
      left = left * 2 - count;
      if (left < 0) return false;
      used += count;
      next[bits + 1] = (next[bits] as number) + count;
      first[bits + 1] = ((first[bits] as number) + count) << 1;
    }
    // A code may be incomplete when it has one symbol of one bit, or none: zlib's rule.
    if (left > 0 && !(used === 0 || (used === 1 && counts[1] === 1))) return false;
    fast.fill(0);
    for (let symbol = 0; symbol < lengths.length; symbol += 1) {
      const bits = lengths[symbol] as number;
      if (bits === 0) continue;
      symbols[next[bits] as number] = symbol;
      next[bits] = (next[bits] as number) + 1;
      const code = first[bits] as number;
      first[bits] = code + 1;
      if (bits > FAST_BITS) continue;
      let reversed = 0;
      for (let i = 0; i < bits; i += 1) reversed |= ((code >> i) & 1) << (bits - 1 - i);
      for (let at = reversed; at < fast.length; at += 1 << bits) fast[at] = (symbol << 4) | bits;
    }
    return true;
  }

  /** Finds a code by its bits one by one: symbol << 4 | bits, −1 for want of bits, −2 for none. */
  slow(buffer: number, available: number): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let bits = 1; bits <= MAX_CODE_BITS; bits += 1) {
      if (bits > available) return -1;
      code |= (buffer >>> (bits - 1)) & 1;
      const count = this.counts[bits] as number;
      if (code - count < first) return ((this.symbols[index + code - first] as number) << 4) | bits;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return -2;
  }
}

/** An inflater of one stream after another. */
export class Inflater {
  private input: Uint8Array;
  private at: number;
  private buffer: number;
  private bits: number;
  private readonly out: Uint8Array;
  /** End of what is in `out`, start of what has not been taken, start of this stream's bytes. */
  private filled: number;
  private taken: number;
  private first: number;
  private state: 'block' | 'stored' | 'codes';
  private last: boolean;
  private stored: number;
  private readonly literals: Code;
  private readonly distances: Code;
  private readonly lengths: Uint8Array;

  constructor() {
    this.input = new Uint8Array(0);
    this.at = 0;
    this.buffer = 0;
    this.bits = 0;
    this.out = new Uint8Array(WINDOW_BYTES + OUTPUT_BYTES);
    this.filled = 0;
    this.taken = 0;
    this.first = 0;
    this.state = 'block';
    this.last = false;
    this.stored = 0;
    this.literals = new Code(288);
    this.distances = new Code(32);
    this.lengths = new Uint8Array(320);
  }

  /** Adds input to what is left. */
  push(chunk: Uint8Array): void {
    this.putBack();
    const left = this.input.length - this.at;
    if (left === 0) {
      this.input = chunk;
    } else {
      const joined = new Uint8Array(left + chunk.length);
      joined.set(this.input.subarray(this.at));
      joined.set(chunk, left);
      this.input = joined;
    }
    this.at = 0;
  }

  /** Input that has not been used, from the next whole byte on. */
  rest(): Uint8Array {
    this.putBack();
    this.bits = 0;
    this.buffer = 0;
    return this.input.subarray(this.at);
  }

  /** Gives whole bytes in the bit buffer back to the input. */
  private putBack(): void {
    this.at -= this.bits >>> 3;
    this.bits &= 7;
    this.buffer &= (1 << this.bits) - 1;
  }

  /** Skips bytes of `rest()`. */
  skip(count: number): void {
    this.at += count;
  }

  /** Starts a new stream at the next byte. */
  reset(): void {
    this.state = 'block';
    this.last = false;
    this.first = this.filled;
  }

  /** What has been inflated and not been taken, as bytes of their own; undefined for nothing. */
  take(): Uint8Array | undefined {
    const { out, taken, filled } = this;
    if (taken === filled) return undefined;
    const bytes = out.slice(taken, filled);
    this.taken = filled;
    if (filled > WINDOW_BYTES) {
      const gone = filled - WINDOW_BYTES;
      out.copyWithin(0, gone, filled);
      this.filled = WINDOW_BYTES;
      this.taken = WINDOW_BYTES;
      this.first = Math.max(0, this.first - gone);
    }
    return bytes;
  }

  /** Inflates until there is no more input or room, or to the stream's end; a text is damage. */
  inflate(): InflateStop {
    for (;;) {
      let stop: InflateStop | undefined;
      if (this.state === 'block') {
        if (this.last) return 'end';
        stop = this.readBlock();
      } else {
        stop = this.state === 'stored' ? this.copyStored() : this.decode();
      }
      if (stop !== undefined) return stop;
    }
  }

  /** The next bits, −1 where they have not arrived. */
  private takeBits(count: number): number {
    while (this.bits < count) {
      if (this.at === this.input.length) return -1;
      this.buffer |= (this.input[this.at] as number) << this.bits;
      this.at += 1;
      this.bits += 8;
    }
    const value = this.buffer & ((1 << count) - 1);
    this.buffer >>>= count;
    this.bits -= count;
    return value;
  }

  private readBlock(): InflateStop | undefined {
    const { at, buffer, bits } = this;
    const stop = this.blockHeader();
    if (stop === 'input') {
      // It is read again from its start when there is more; it has 300 bytes at most.
      this.at = at;
      this.buffer = buffer;
      this.bits = bits;
    }
    return stop;
  }

  private blockHeader(): InflateStop | undefined {
    const head = this.takeBits(3);
    if (head < 0) return 'input';
    const kind = head >> 1;
    if (kind === 3) return 'a block of type 3';
    if (kind === 0) {
      // It starts at the next whole byte, and is read without the bit buffer.
      this.putBack();
      this.bits = 0;
      this.buffer = 0;
      const length = this.takeBits(16);
      const check = length < 0 ? -1 : this.takeBits(16);
      if (check < 0) return 'input';
      if (length !== (~check & 0xffff)) return 'a stored block with a wrong length';
      this.stored = length;
      this.state = 'stored';
    } else {
      const stop = kind === 1 ? this.fixedCodes() : this.dynamicCodes();
      if (stop !== undefined) return stop;
      this.state = 'codes';
    }
    this.last = (head & 1) === 1;
    return undefined;
  }

  private fixedCodes(): undefined {
    const lengths = this.lengths.subarray(0, 288);
    lengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, 288);
    this.literals.build(lengths);
    this.distances.build(this.lengths.subarray(0, 32).fill(5));
  }

  private dynamicCodes(): InflateStop | undefined {
    const counts = this.takeBits(14);
    if (counts < 0) return 'input';
    const literals = (counts & 31) + 257;
    const distances = ((counts >> 5) & 31) + 1;
    if (literals > 286 || distances > 30) return 'too many codes';
    const { lengths } = this;
    lengths.fill(0);
    for (let i = 0; i < (counts >> 10) + 4; i += 1) {
      const bits = this.takeBits(3);
      if (bits < 0) return 'input';
      lengths[ORDER[i] as number] = bits;
    }
    const code = new Code(19);
    if (!code.build(lengths.subarray(0, 19))) return 'a bad code of code lengths';
    lengths.fill(0);
    const stop = this.codeLengths(code, literals + distances);
    if (stop !== undefined) return stop;
    if (lengths[256] === 0) return 'a block without an end';
    if (!this.literals.build(lengths.subarray(0, literals))) return 'a bad code of literals';
    if (!this.distances.build(lengths.subarray(literals, literals + distances))) {
      return 'a bad code of distances';
    }
    return undefined;
  }

  private codeLengths(code: Code, total: number): InflateStop | undefined {
    const { lengths } = this;
    for (let i = 0; i < total; ) {
      while (this.bits < 7 && this.at < this.input.length) {
        this.buffer |= (this.input[this.at] as number) << this.bits;
        this.at += 1;
        this.bits += 8;
      }
      const entry = code.slow(this.buffer, this.bits);
      if (entry === -1) return 'input';
      if (entry === -2) return 'an unknown code length';
      this.buffer >>>= entry & 15;
      this.bits -= entry & 15;
      const symbol = entry >> 4;
      if (symbol < 16) {
        lengths[i] = symbol;
        i += 1;
        continue;
      }
      const more = this.takeBits(symbol === 16 ? 2 : symbol === 17 ? 3 : 7);
      if (more < 0) return 'input';
      const repeat = more + (symbol === 18 ? 11 : 3);
      if (i + repeat > total || (symbol === 16 && i === 0)) return 'a bad repeat of code lengths';
      const value = symbol === 16 ? (lengths[i - 1] as number) : 0;
      lengths.fill(value, i, i + repeat);
      i += repeat;
    }
    return undefined;
  }

  private copyStored(): InflateStop | undefined {
    // The block's header has left the bit buffer empty.
    const room = this.out.length - this.filled;
    const count = Math.min(this.stored, room, this.input.length - this.at);
    this.out.set(this.input.subarray(this.at, this.at + count), this.filled);
    this.filled += count;
    this.at += count;
    this.stored -= count;
    if (this.stored > 0) return count === room ? 'room' : 'input';
    this.state = 'block';
    return undefined;
  }

  /** Decodes symbols. What is missing bits is read again from its start when there is more. */
  private decode(): InflateStop | undefined {
    const { input, out, first, literals, distances } = this;
    const { fast: fastLiterals } = literals;
    const { fast: fastDistances } = distances;
    const end = input.length;
    const full = out.length - MAX_MATCH;
    let { at, buffer, bits, filled } = this;
    let stop: InflateStop | undefined;
    for (;;) {
      if (filled > full) {
        stop = 'room';
        break;
      }
      while (bits <= 24 && at < end) {
        buffer |= (input[at] as number) << bits;
        at += 1;
        bits += 8;
      }
      let entry = fastLiterals[buffer & ((1 << FAST_BITS) - 1)] as number;
      if (entry === 0) entry = literals.slow(buffer, bits);
      let used = entry & 15;
      if (entry < 0 || used > bits) {
        stop = entry === -2 ? 'an unknown code' : 'input';
        break;
      }
      const symbol = entry >> 4;
      if (symbol < 256) {
        out[filled] = symbol;
        filled += 1;
        buffer >>>= used;
        bits -= used;
        continue;
      }
      if (symbol === 256) {
        buffer >>>= used;
        bits -= used;
        this.state = 'block';
        break;
      }
      if (symbol > 285) {
        stop = 'an unknown length';
        break;
      }
      // Up to here nothing was used up, so that the whole pair can be read again.
      const beforeAt = at;
      const beforeBuffer = buffer;
      const beforeBits = bits;
      const lengthBits = LENGTH_BITS[symbol - 257] as number;
      const length =
        (LENGTH_BASE[symbol - 257] as number) + ((buffer >>> used) & ((1 << lengthBits) - 1));
      used += lengthBits;
      stop = 'input';
      if (used <= bits) {
        buffer >>>= used;
        bits -= used;
        while (bits <= 24 && at < end) {
          buffer |= (input[at] as number) << bits;
          at += 1;
          bits += 8;
        }
        entry = fastDistances[buffer & ((1 << FAST_BITS) - 1)] as number;
        if (entry === 0) entry = distances.slow(buffer, bits);
        used = entry & 15;
        const code = entry >> 4;
        if (entry === -2 || code > 29) {
          stop = 'an unknown distance';
        } else if (entry > 0 && used <= bits) {
          const distanceBits = DISTANCE_BITS[code] as number;
          buffer >>>= used;
          bits -= used;
          while (bits <= 24 && at < end) {
            buffer |= (input[at] as number) << bits;
            at += 1;
            bits += 8;
          }
          if (distanceBits <= bits) {
            const distance = (DISTANCE_BASE[code] as number) + (buffer & ((1 << distanceBits) - 1));
            buffer >>>= distanceBits;
            bits -= distanceBits;
            if (distance > filled - first) {
              stop = 'a distance to before the start';
              break;
            }
            if (distance === 1) out.fill(out[filled - 1] as number, filled, filled + length);
            else if (distance >= length && length > 32) {
              out.copyWithin(filled, filled - distance, filled - distance + length);
            } else {
              for (let i = filled; i < filled + length; i += 1)
                out[i] = out[i - distance] as number;
            }
            filled += length;
            stop = undefined;
            continue;
          }
        }
      }
      at = beforeAt;
      buffer = beforeBuffer;
      bits = beforeBits;
      break;
    }
    this.at = at;
    this.buffer = buffer;
    this.bits = bits;
    this.filled = filled;
    return stop;
  }
}
