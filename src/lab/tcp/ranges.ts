/** Ranges of positions that are apart, in order: what a receiver has out of order, or a peer has told of. */
export class Ranges {
  private readonly starts: number[];
  private readonly ends: number[];
  private covered: number;

  constructor() {
    this.starts = [];
    this.ends = [];
    this.covered = 0;
  }

  /** How many ranges there are. */
  get count(): number {
    return this.starts.length;
  }

  /** Bytes in all of them. */
  get bytes(): number {
    return this.covered;
  }

  /** The first position of range `index`. */
  start(index: number): number {
    return this.starts[index] as number;
  }

  /** The position behind the last of range `index`. */
  end(index: number): number {
    return this.ends[index] as number;
  }

  /** The position behind the last range; 0: there is none. */
  get top(): number {
    return this.ends[this.ends.length - 1] ?? 0;
  }

  /** Adds [start, end), which is not empty; answers how many of its positions are new. */
  add(start: number, end: number): number {
    const { starts, ends } = this;
    const from = this.indexFrom(start - 1);
    let low = start;
    let high = end;
    let had = 0;
    let to = from;
    for (; to < starts.length && (starts[to] as number) <= end; to++) {
      const left = starts[to] as number;
      const right = ends[to] as number;
      had += right - left;
      if (left < low) low = left;
      if (right > high) high = right;
    }
    if (to === from) {
      starts.splice(from, 0, low);
      ends.splice(from, 0, high);
    } else {
      starts[from] = low;
      ends[from] = high;
      if (to > from + 1) {
        starts.splice(from + 1, to - from - 1);
        ends.splice(from + 1, to - from - 1);
      }
    }
    const added = high - low - had;
    this.covered += added;
    return added;
  }

  /** Forgets what lies below a position. */
  dropBelow(position: number): void {
    const { starts, ends } = this;
    let gone = 0;
    while (gone < ends.length && (ends[gone] as number) <= position) {
      this.covered -= (ends[gone] as number) - (starts[gone] as number);
      gone++;
    }
    if (gone > 0) {
      starts.splice(0, gone);
      ends.splice(0, gone);
    }
    const first = starts[0];
    if (first !== undefined && first < position) {
      this.covered -= position - first;
      starts[0] = position;
    }
  }

  /** The first range that ends behind a position; `count` where none does. */
  indexFrom(position: number): number {
    const { ends } = this;
    let low = 0;
    let high = ends.length;
    // What arrives is mostly the newest; but a peer that means ill can make very many ranges.
    if (high === 0 || (ends[high - 1] as number) <= position) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] as number) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Whether a position lies in a range. */
  has(position: number): boolean {
    const index = this.indexFrom(position);
    return index < this.count && this.start(index) <= position;
  }

  /** How many positions of [start, end) lie in ranges. */
  within(start: number, end: number): number {
    let bytes = 0;
    for (let i = this.indexFrom(start); i < this.count && this.start(i) < end; i++) {
      bytes += Math.min(end, this.end(i)) - Math.max(start, this.start(i));
    }
    return bytes;
  }

  clear(): void {
    this.starts.length = 0;
    this.ends.length = 0;
    this.covered = 0;
  }
}
