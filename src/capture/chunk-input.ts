/** Bytes that come in chunks of any size, copied only where what is asked for straddles two. */
import { PacketError } from '../bytes/error.js';
import { describe, isBytes } from './parser.js';

// What straddles chunks is joined in memory of at most this size, which then doubles as bytes come,
// so that a damaged length does not by itself size an allocation.
const FIRST_JOIN_BYTES = 65_536;
const NOTHING = new Uint8Array(0);

/** A file's bytes, from the next one on that has not been used. */
export class ChunkInput {
  /** After `has`: the bytes that it found lie in `view`, from `start` on. */
  view: DataView<ArrayBuffer>;
  start: number;
  /** Offset in the file of the next byte that has not been used. */
  offset: number;
  private chunk: Uint8Array;
  private chunkView: DataView<ArrayBuffer>;
  private at: number;
  /** Bytes of the chunk. */
  private size: number;
  /** What `has` was asked for in vain, as much of it as has arrived. */
  private joined: Uint8Array<ArrayBuffer>;
  private joinedView: DataView<ArrayBuffer>;
  private filled: number;
  private readonly lent: boolean;

  /**
   * @param lent whether what is found is used before more is asked for. Then whoever fed a chunk
   * may write to it again once it is used up, and what straddles chunks is joined in the same memory
   * each time.
   */
  constructor(lent = false) {
    this.chunk = NOTHING;
    this.chunkView = new DataView(NOTHING.buffer);
    this.view = this.chunkView;
    this.start = 0;
    this.offset = 0;
    this.at = 0;
    this.size = 0;
    this.joined = NOTHING;
    this.joinedView = this.chunkView;
    this.filled = 0;
    this.lent = lent;
  }

  /** Bytes that have arrived of what `has` was asked for in vain. */
  get waiting(): Uint8Array {
    return this.joined.subarray(0, this.filled);
  }

  /**
   * Adds a chunk, which must not be written to afterwards, or if lent, not until it is used up.
   *
   * @throws PacketError `BAD_VALUE` for anything but bytes, or while `has` has not yet said that
   * the chunk before is used up.
   */
  feed(chunk: Uint8Array): void {
    if (!isBytes(chunk)) {
      throw new PacketError('BAD_VALUE', `a chunk is ${describe(chunk)}: expected a Uint8Array`);
    }
    if (this.at < this.size) {
      throw new PacketError('BAD_VALUE', 'take every frame of a chunk before feeding the next');
    }
    this.chunk = chunk;
    this.chunkView = new DataView(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length);
    this.at = 0;
    this.size = chunk.length;
  }

  /** Whether the next `count` bytes have arrived. Where not, it can be asked for more, not less. */
  has(count: number): boolean {
    if (this.filled > 0 || this.size - this.at < count) return this.join(count);
    this.view = this.chunkView;
    this.start = this.at;
    return true;
  }

  /** Uses up the bytes that `has` found last. */
  skip(count: number): void {
    this.offset += count;
    if (this.filled > 0) {
      // Whoever was given them may keep them.
      if (!this.lent) this.joined = NOTHING;
      this.filled = 0;
    } else {
      this.at += count;
    }
  }

  /** Forgets everything that has arrived and not been used. */
  discard(): void {
    this.at = this.size;
    this.joined = NOTHING;
    this.filled = 0;
  }

  private join(count: number): boolean {
    const { chunk, at, filled } = this;
    const more = Math.min(count - filled, this.size - at);
    if (more > 0) {
      const need = filled + more;
      if (need > this.joined.length) {
        const room = Math.max(need, this.joined.length * 2, FIRST_JOIN_BYTES);
        const joined = new Uint8Array(this.lent ? room : Math.min(count, room));
        joined.set(this.waiting);
        this.joined = joined;
        this.joinedView = new DataView(joined.buffer);
      }
      if (more === 1) this.joined[filled] = chunk[at] as number;
      else this.joined.set(chunk.subarray(at, at + more), filled);
      this.at = at + more;
      this.filled = need;
    }
    if (this.filled < count) return false;
    this.view = this.joinedView;
    this.start = 0;
    return true;
  }
}
