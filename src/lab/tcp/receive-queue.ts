/**
 * Bytes that have arrived: in order and not yet read, and out of order. Each byte is copied once out
 * of its frame, into an array that the reader may keep. Positions, not sequence numbers.
 */
import { Ranges } from './ranges.js';

/** SACK blocks that a header has room for without timestamps (RFC 2018 §3). */
const MAX_BLOCKS = 4;

/** A part of the stream that arrived before what comes before it. */
interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** The receiver's two queues. */
export class ReceiveQueue {
  /** The next position that is expected (RCV.NXT). */
  next: number;
  /** Bytes in order that wait for the reader. */
  waiting: number;
  /** What has arrived out of order. */
  readonly early: Ranges;
  private readonly ready: Uint8Array[];
  /** In order, and without overlap. */
  private readonly pieces: Piece[];
  /** A position in each range of `early`, the one that grew last first (RFC 2018 §4). */
  private readonly recent: number[];

  constructor() {
    this.next = 0;
    this.waiting = 0;
    this.early = new Ranges();
    this.ready = [];
    this.pieces = [];
    this.recent = [];
  }

  /**
   * Takes the bytes [from, to) of a frame, whose first has the position `start`: `next` or above,
   * and within the window. Answers how many are new.
   */
  take(frame: Uint8Array, from: number, to: number, start: number): number {
    if (start === this.next && this.pieces.length === 0) {
      this.append(frame.slice(from, to));
      return to - from;
    }
    const end = start + (to - from);
    const added = this.insert(frame, from, start, end);
    if (start === this.next) this.join();
    else this.touch(start);
    return added;
  }

  private append(bytes: Uint8Array): void {
    this.ready.push(bytes);
    this.waiting += bytes.length;
    this.next += bytes.length;
  }

  /** Keeps what of [start, end) is not there yet; the frame's byte `from` is that at `start`. */
  private insert(frame: Uint8Array, from: number, start: number, end: number): number {
    const { pieces } = this;
    let index = this.pieceFrom(start);
    let at = start;
    while (at < end) {
      const piece = pieces[index];
      const stop = piece === undefined ? end : Math.min(end, piece.start);
      if (stop > at) {
        const bytes = frame.slice(from + at - start, from + stop - start);
        pieces.splice(index, 0, { start: at, bytes });
        index++;
      }
      at = piece === undefined ? end : Math.max(stop, endOf(piece));
      index++;
    }
    return this.early.add(start, end);
  }

  /** The first piece that ends behind a position, as `Ranges.indexFrom`. */
  private pieceFrom(position: number): number {
    const { pieces } = this;
    let low = 0;
    let high = pieces.length;
    if (high === 0 || endOf(pieces[high - 1] as Piece) <= position) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (endOf(pieces[middle] as Piece) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Moves what follows `next` without a gap to the reader's queue. */
  private join(): void {
    let joined = 0;
    for (const { start, bytes } of this.pieces) {
      if (start !== this.next) break;
      this.append(bytes);
      joined++;
    }
    this.pieces.splice(0, joined);
    this.early.dropBelow(this.next);
    if (this.early.count === 0) this.recent.length = 0;
  }

  /** Remembers that the range around a position is the newest. */
  private touch(position: number): void {
    const { early, recent } = this;
    const index = early.indexFrom(position);
    const start = early.start(index);
    const end = early.end(index);
    const others = recent.filter((at) => at >= early.start(0) && (at < start || at >= end));
    recent.length = 0;
    recent.push(position, ...others.slice(0, MAX_BLOCKS - 1));
  }

  /**
   * Writes up to `most` ranges that lie out of order as pairs into `blocks`, from pair `from` on:
   * the one that grew last first (RFC 2018 §4). Answers how many pairs there are then.
   */
  blocks(blocks: number[], from: number, most: number): number {
    const { early, recent } = this;
    let count = from;
    for (let i = 0; i < recent.length && count < most; i++) {
      const at = recent[i] as number;
      if (at < this.next) continue;
      const index = early.indexFrom(at);
      if (index >= early.count) continue;
      blocks[2 * count] = early.start(index);
      blocks[2 * count + 1] = early.end(index);
      count++;
    }
    return count;
  }

  /** The oldest bytes that wait for the reader; undefined: there are none. */
  read(): Uint8Array | undefined {
    const bytes = this.ready.shift();
    if (bytes !== undefined) this.waiting -= bytes.length;
    return bytes;
  }

  /** Forgets what has arrived out of order: nothing more is to come. */
  dropEarly(): void {
    this.pieces.length = 0;
    this.recent.length = 0;
    this.early.clear();
  }

  /** Forgets what has come: nobody will read it. */
  clear(): void {
    this.ready.length = 0;
    this.dropEarly();
    this.waiting = 0;
  }
}

function endOf(piece: Piece): number {
  return piece.start + piece.bytes.length;
}
