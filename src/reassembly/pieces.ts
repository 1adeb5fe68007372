/** Pieces of a byte string that arrive in any order: kept sorted, never overlapping. */

/** A run of bytes at its place. */
export interface Piece {
  /** Where it begins and ends (exclusive) in the whole. */
  readonly start: number;
  readonly end: number;
  /** Its bytes, in memory of their own; undefined: known to be lost (cut by the snap length). */
  readonly bytes: Uint8Array | undefined;
  /** The frame that brought it. */
  readonly frame: number;
  /** Seconds of capture time. */
  readonly time: number;
}

/** Which bytes win where two pieces differ about a place: those that came first, or last. */
export type Winner = 'first' | 'last';

/** What a piece met that was there before it. */
export interface Overlap {
  /** Bytes that were there already. */
  readonly bytes: number;
  /** Whether any of them was another. */
  readonly differs: boolean;
  /** Those of them that were known to be lost. */
  readonly lost: number;
  /** Whether a piece of exactly this place was there. */
  readonly exact: boolean;
}

/** What keeping a piece costs beside its bytes, measured on Node 20: memory limits count it. */
export const PIECE_COST = 256;

const NONE: Overlap = { bytes: 0, differs: false, lost: 0, exact: false };

/** Sorted pieces. Adding is a binary search and a move of what lies behind. */
export class Pieces {
  /** Bytes of the whole that the pieces stand for. */
  covered: number;
  /** Bytes of memory: theirs, and `PIECE_COST` for each. */
  cost: number;
  /** In order of place, from `head` on: what was taken away is cut off now and then. */
  private list: Piece[];
  private head: number;

  constructor() {
    this.list = [];
    this.head = 0;
    this.covered = 0;
    this.cost = 0;
  }

  /** All of them, in order of place. */
  get all(): readonly Piece[] {
    return this.head === 0 ? this.list : this.list.slice(this.head);
  }

  get first(): Piece | undefined {
    return this.list[this.head];
  }

  /** Where the last one ends; 0 where there is none. */
  get end(): number {
    return this.first === undefined ? 0 : (this.list[this.list.length - 1] as Piece).end;
  }

  /** What a piece of these bytes would meet. */
  meet(start: number, end: number, bytes: Uint8Array | undefined): Overlap {
    const { list } = this;
    let met = 0;
    let lost = 0;
    let differs = false;
    let exact = false;
    for (let at = this.firstBehind(start); at < list.length; at++) {
      const old = list[at] as Piece;
      if (old.start >= end) break;
      const from = Math.max(start, old.start);
      const to = Math.min(end, old.end);
      met += to - from;
      exact = old.start === start && old.end === end;
      if (old.bytes === undefined) lost += to - from;
      if (bytes === undefined || old.bytes === undefined) continue;
      // The capture may have fewer bytes of a segment than there were.
      const known = Math.min(to, start + bytes.length);
      for (let i = from; i < known && !differs; i++) {
        differs = bytes[i - start] !== old.bytes[i - old.start];
      }
    }
    return met === 0 ? NONE : { bytes: met, differs, lost, exact };
  }

  /** Adds what of a piece is new; with `last` it replaces what it meets. Empty ones are none. */
  add(piece: Piece, winner: Winner): void {
    if (piece.end <= piece.start) return;
    const { list } = this;
    const at = this.firstBehind(piece.start);
    const next = list[at];
    if (next === undefined || next.start >= piece.end) {
      this.count(piece, 1);
      if (next === undefined) list.push(piece);
      else if (at === this.head && at > 0) list[--this.head] = piece;
      else list.splice(at, 0, piece);
      return;
    }
    let stop = at;
    while (stop < list.length && (list[stop] as Piece).start < piece.end) stop++;
    const old = list.slice(at, stop);
    const now = winner === 'first' ? filled(old, piece) : replaced(old, piece);
    for (const one of old) this.count(one, -1);
    for (const one of now) this.count(one, 1);
    // Not `splice(...now)`: a segment may meet more pieces than a call takes arguments.
    this.list = list.slice(this.head, at).concat(now, list.slice(stop));
    this.head = 0;
  }

  /** Takes away the pieces that follow each other without a gap from `start` on. */
  take(start: number): Piece[] {
    const { list, head } = this;
    let to = head;
    let end = start;
    while (to < list.length && (list[to] as Piece).start === end) {
      end = (list[to] as Piece).end;
      to++;
    }
    if (to === head) return NO_PIECES;
    const taken = list.slice(head, to);
    this.cutTo(to);
    return taken;
  }

  /** Takes away the first piece. */
  drop(): void {
    if (this.first !== undefined) this.cutTo(this.head + 1);
  }

  /** Forgets those before index `to`. */
  private cutTo(to: number): void {
    const { list } = this;
    for (let i = this.head; i < to; i++) {
      this.count(list[i] as Piece, -1);
      list[i] = TAKEN;
    }
    this.head = to;
    // Moving the rest each time took 100 µs with 60,000 waiting.
    if (to * 2 < list.length) return;
    this.list = list.slice(to);
    this.head = 0;
  }

  /** Index of the first piece that ends behind `place`. */
  private firstBehind(place: number): number {
    const { list } = this;
    let low = this.head;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((list[middle] as Piece).end > place) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private count(piece: Piece, sign: 1 | -1): void {
    this.covered += sign * (piece.end - piece.start);
    this.cost += sign * ((piece.bytes?.length ?? 0) + PIECE_COST);
  }
}

const NO_PIECES: Piece[] = [];
/** In the place of a piece that was taken away, so that its bytes are freed. */
const TAKEN: Piece = { start: 0, end: 0, bytes: undefined, frame: 0, time: 0 };

/** What is old, and of the new piece what lies between. */
function filled(old: readonly Piece[], piece: Piece): Piece[] {
  const now: Piece[] = [];
  let at = piece.start;
  for (const one of old) {
    if (one.start > at) now.push(part(piece, at, one.start));
    now.push(one);
    at = one.end;
  }
  if (at < piece.end) now.push(part(piece, at, piece.end));
  return now;
}

/** The new piece, and of the old ones what stands out on either side. */
function replaced(old: readonly Piece[], piece: Piece): Piece[] {
  const first = old[0] as Piece;
  const last = old[old.length - 1] as Piece;
  const now: Piece[] = [];
  if (first.start < piece.start) now.push(part(first, first.start, piece.start));
  now.push(piece);
  if (last.end > piece.end) now.push(part(last, piece.end, last.end));
  return now;
}

/** A part of a piece, copied: a window would keep all of its memory. */
export function part(piece: Piece, start: number, end: number): Piece {
  const { bytes, frame, time } = piece;
  return { start, end, bytes: bytes?.slice(start - piece.start, end - piece.start), frame, time };
}
