/**
 * What acknowledgments tell of loss: duplicates and SACK blocks, and the phases that follow of them.
 * RFC 5681 §3.2 and RFC 6582 without SACK, RFC 6675 with it, RFC 3042 before the third duplicate.
 */
import type { TcpCounters } from './counters.js';
import { DUPLICATE_THRESHOLD, Scoreboard } from './sack.js';
import type { SegmentIn } from './segment-in.js';
import { positionOf } from './sequence.js';

/** What the sender does about loss: nothing, fast recovery, or all again after a timeout. */
export type RecoveryPhase = 'open' | 'recovery' | 'loss';

/** How far a sender is, in positions: SND.UNA, what it sends next, SND.NXT. */
export interface SendSpace {
  readonly unacknowledged: number;
  readonly next: number;
  readonly highest: number;
  /** Bytes of data in a full segment. */
  readonly mss: number;
}

export class LossRecovery {
  readonly scoreboard: Scoreboard;
  /** SACK was agreed on. */
  sackOn: boolean;
  phase: RecoveryPhase;
  /** Duplicate acknowledgments since the last that was none. */
  duplicates: number;
  /** The first unacknowledged segment is to be sent again whatever the windows say. */
  headDue: boolean;
  private readonly counters: TcpCounters;
  /** Recovery is over when everything below is acknowledged. */
  private recover: number;
  /** Without SACK: bytes that duplicate acknowledgments say have left the network. */
  private credit: number;

  constructor(counters: TcpCounters) {
    this.scoreboard = new Scoreboard();
    this.sackOn = false;
    this.phase = 'open';
    this.duplicates = 0;
    this.headDue = false;
    this.counters = counters;
    this.recover = 0;
    this.credit = 0;
  }

  /** Bytes that are on their way, as far as one can tell. */
  pipe({ unacknowledged, next, highest, mss }: SendSpace): number {
    if (this.phase === 'loss' || next < highest) {
      return next - unacknowledged - this.scoreboard.sacked.within(unacknowledged, next);
    }
    if (this.sackOn) return this.scoreboard.pipe(unacknowledged, next, mss);
    return Math.max(0, next - unacknowledged - this.credit);
  }

  /**
   * Takes a segment's SACK blocks into the scoreboard; answers how many bytes of them are news.
   * `ack`: what the segment acknowledges; `iss`: the sequence number of position 0.
   */
  takeBlocks(segment: SegmentIn, ack: number, iss: number, space: SendSpace): number {
    if (!this.sackOn) return 0;
    const { blocks, blockCount } = segment;
    // What is acknowledged needs no block, and one from there on would say that it is not (RFC 2018 §4).
    const known = Math.max(ack, space.unacknowledged);
    let news = 0;
    for (let i = 0; i < blockCount; i++) {
      const left = positionOf(blocks[2 * i] as number, iss, space.unacknowledged);
      const right = positionOf(blocks[2 * i + 1] as number, iss, space.unacknowledged);
      if (right <= left || right > space.highest) continue;
      // The first block may tell of what came twice: below all, or in the second (RFC 2883 §4).
      if (i === 0 && (right <= ack || (blockCount > 1 && liesInSecond(blocks)))) {
        this.counters.TcpExtTCPDSACKRecv += 1;
      } else if (left > known) {
        news += this.scoreboard.sacked.add(left, right);
      }
    }
    return news;
  }

  /** A duplicate acknowledgment; answers whether fast recovery begins with it. */
  duplicate(space: SendSpace): boolean {
    const { unacknowledged, mss } = space;
    this.duplicates += 1;
    if (this.phase === 'loss') return false;
    if (this.phase === 'recovery') {
      this.credit += mss;
      return false;
    }
    // Two segments more may leave for two that have arrived (RFC 3042).
    this.credit = Math.min(this.duplicates, DUPLICATE_THRESHOLD - 1) * mss;
    // Without SACK, what was sent again may cause these (RFC 6582 §3.2 step 2).
    if (!this.sackOn && unacknowledged <= this.recover) return false;
    const lost = this.scoreboard.lostBelow(mss) > unacknowledged;
    if (this.duplicates < DUPLICATE_THRESHOLD && !lost) return false;
    this.begin(space);
    return true;
  }

  private begin({ unacknowledged, highest, mss }: SendSpace): void {
    if (this.sackOn) this.counters.TcpExtTCPSackRecovery += 1;
    else this.counters.TcpExtTCPRenoRecovery += 1;
    this.phase = 'recovery';
    this.recover = highest;
    this.credit = this.duplicates * mss;
    this.headDue = true;
    this.scoreboard.begin(unacknowledged);
  }

  /**
   * `bytes` more have been acknowledged, up to `unacknowledged`. Answers whether fast recovery is over by
   * that (RFC 6582 §3.2 step 3); else, without SACK, another segment was lost.
   */
  advanced(bytes: number, { unacknowledged, mss }: SendSpace): boolean {
    this.scoreboard.acknowledged(unacknowledged);
    this.duplicates = 0;
    const done = unacknowledged >= this.recover;
    if (this.phase === 'recovery' && !done) {
      this.credit = Math.max(0, this.credit - Math.max(0, bytes - mss));
      this.headDue = !this.sackOn;
      return false;
    }
    const recovered = this.phase === 'recovery';
    if (done) this.phase = 'open';
    this.credit = 0;
    return recovered;
  }

  /** All that was sent is to be sent again, but for what the peer has told that it has. */
  sendAgain({ highest }: SendSpace): void {
    this.phase = 'loss';
    this.recover = highest;
    this.headDue = false;
    this.duplicates = 0;
    this.credit = 0;
  }

  /** Something was sent again, up to a position. */
  resent(end: number): void {
    const { scoreboard } = this;
    if (end > scoreboard.highestResent) scoreboard.highestResent = end;
  }
}

/** Whether the first of a segment's blocks lies in the second. */
function liesInSecond(blocks: readonly number[]): boolean {
  const [left = 0, right = 0, origin = 0, end = 0] = blocks;
  const size = (end - origin) >>> 0;
  return (left - origin) >>> 0 <= size && (right - origin) >>> 0 <= size;
}
