/**
 * Bytes that the application has written and the peer has not acknowledged. They stay in the
 * application's arrays: they are copied once, into the frame.
 */

/** Below this many, bytes are copied one by one (Node 20: `set` with `subarray` takes some 100 ns). */
const FEW = 32;
/** Arrays that are done are dropped from the list when there are so many. */
const DONE = 64;

/** The stream's bytes by position; the first one is at position 1, behind the SYN. */
export class SendQueue {
  private readonly chunks: Uint8Array[];
  /** The position of each chunk's first byte. */
  private readonly starts: number[];
  /** Chunks before this one are done. */
  private head: number;
  /** Where the last copy ended: the next one mostly begins there. */
  private cursor: number;
  /** The first position that is kept. */
  first: number;
  /** The position behind the last byte. */
  end: number;

  constructor() {
    this.chunks = [];
    this.starts = [];
    this.head = 0;
    this.cursor = 0;
    this.first = 1;
    this.end = 1;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.end - this.first;
  }

  /** Appends an array, which must not change until it is acknowledged. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.starts.push(this.end);
    this.end += chunk.length;
  }

  /** The peer has everything below `position`. */
  release(position: number): void {
    if (position <= this.first) return;
    this.first = Math.min(position, this.end);
    const { chunks, starts } = this;
    let { head } = this;
    const last = chunks.length;
    while (head < last && (head + 1 < last ? (starts[head + 1] as number) : this.end) <= position) {
      chunks[head] = NOTHING;
      head++;
    }
    if (head >= DONE || head === last) {
      chunks.splice(0, head);
      starts.splice(0, head);
      head = 0;
    }
    this.head = head;
    this.cursor = head;
  }

  /** Copies bytes from `position` on to `target`, at `at`. They must be in the queue. */
  copy(position: number, length: number, target: Uint8Array, at: number): void {
    let index = this.find(position);
    let from = position - (this.starts[index] as number);
    let to = at;
    const end = at + length;
    while (to < end) {
      const chunk = this.chunks[index] as Uint8Array;
      const take = Math.min(end - to, chunk.length - from);
      if (take < FEW) for (let i = 0; i < take; i++) target[to + i] = chunk[from + i] as number;
      else target.set(chunk.subarray(from, from + take), to);
      to += take;
      from += take;
      if (from === chunk.length) {
        index++;
        from = 0;
      }
    }
    this.cursor = index;
  }

  /** The chunk that a position lies in. */
  private find(position: number): number {
    const { starts, cursor } = this;
    const at = starts[cursor];
    if (at !== undefined && at <= position) {
      const next = starts[cursor + 1];
      if (next === undefined || position < next) return cursor;
    }
    let low = this.head;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] as number) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const NOTHING = new Uint8Array(0);
