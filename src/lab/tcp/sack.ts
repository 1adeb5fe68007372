/**
 * What the peer has told by selective acknowledgments, and what follows of it for the sender: the
 * scoreboard of RFC 6675. Positions, not sequence numbers (`sequence.ts`).
 */
import { Ranges } from './ranges.js';

/** So many ranges, or segments, above a hole say that it is lost (RFC 5681 §3.2). */
export const DUPLICATE_THRESHOLD = 3;

/** The sender's scoreboard (RFC 6675 §3, §4). */
export class Scoreboard {
  readonly sacked: Ranges;
  /** Behind the last position that has been sent again in this recovery (HighRxt). */
  highestResent: number;
  /** Whether this recovery has had its rescue retransmission (RFC 6675 §4, NextSeg 4). */
  rescued: boolean;

  constructor() {
    this.sacked = new Ranges();
    this.highestResent = 0;
    this.rescued = false;
  }

  /** A recovery begins, with everything below `unacknowledged` at the peer. */
  begin(unacknowledged: number): void {
    this.highestResent = unacknowledged;
    this.rescued = false;
  }

  /** Everything below has been acknowledged. */
  acknowledged(unacknowledged: number): void {
    this.sacked.dropBelow(unacknowledged);
    // A peer that does not acknowledge what it said it has may have dropped it all (RFC 2018 §8).
    if (this.sacked.has(unacknowledged)) this.sacked.clear();
    if (this.highestResent < unacknowledged) this.highestResent = unacknowledged;
  }

  /**
   * The position below which everything that is not sacked counts as lost (IsLost of RFC 6675 §4,
   * which can only turn from true to false on the way up): three ranges lie above, or more than
   * two segments' bytes. 0: nothing is lost.
   */
  lostBelow(mss: number): number {
    const { sacked } = this;
    let bytes = 0;
    for (let i = sacked.count - 1; i >= 0; i--) {
      bytes += sacked.end(i) - sacked.start(i);
      if (sacked.count - i >= DUPLICATE_THRESHOLD || bytes > (DUPLICATE_THRESHOLD - 1) * mss) {
        return sacked.start(i);
      }
    }
    return 0;
  }

  /** Bytes of [from, to) that are not sacked. */
  private missing(from: number, to: number): number {
    return to > from ? to - from - this.sacked.within(from, to) : 0;
  }

  /**
   * Bytes on their way (SetPipe of RFC 6675 §4), of those between `unacknowledged` and `next`: what is neither
   * sacked nor lost, and what has been sent again.
   */
  pipe(unacknowledged: number, next: number, mss: number): number {
    const alive = Math.max(unacknowledged, this.lostBelow(mss));
    return this.missing(alive, next) + this.missing(unacknowledged, this.highestResent);
  }

  /**
   * The first position that has been sent once and is not sacked, below the highest sacked one (rules 1 and 3 of NextSeg); -1: none.
   */
  nextHole(unacknowledged: number): number {
    const { sacked } = this;
    let at = Math.max(unacknowledged, this.highestResent);
    for (let i = sacked.indexFrom(at); i < sacked.count; i++) {
      if (sacked.start(i) > at) return at;
      at = sacked.end(i);
    }
    return -1;
  }

  /** Where the hole that `position` lies in ends: at the next sacked range, or at `end`. */
  holeEnd(position: number, end: number): number {
    const index = this.sacked.indexFrom(position);
    return index < this.sacked.count ? Math.min(end, this.sacked.start(index)) : end;
  }

  /** The first position from `position` on that is not sacked. */
  skipSacked(position: number): number {
    const index = this.sacked.indexFrom(position);
    if (index < this.sacked.count && this.sacked.start(index) <= position) {
      return this.sacked.end(index);
    }
    return position;
  }
}
