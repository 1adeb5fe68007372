/** How large segments may be: what the path takes, and what each end announces (RFC 9293 §3.7.1, RFC 6691). */
import type { SegmentIn } from './segment-in.js';
import { TIMESTAMPS_BYTES } from './segment-out.js';
import { DEFAULT_MSS, MIN_ADVMSS, MIN_MSS } from './settings.js';

/** Bytes of an IPv4 and a TCP header, by which a segment is smaller than the path's MTU. */
const HEADERS_BYTES = 40;

export class SegmentSize {
  /** The path's MTU, as far as it is known, bytes. */
  pathMtu: number;
  /** When is looked next whether the path takes more again, ns. */
  lookAt: number;
  /** The MSS that the peer has announced. */
  private peerMss: number;
  /** What is announced at most. */
  private readonly most: number;

  /** `mss`: what is announced at most, where the path takes that much. */
  constructor(pathMtu: number, mss: number) {
    this.pathMtu = pathMtu;
    this.lookAt = 0;
    this.peerMss = DEFAULT_MSS;
    this.most = mss;
  }

  /** The MSS that this end announces: what the path's MTU leaves. */
  get announced(): number {
    return Math.min(this.most, Math.max(MIN_ADVMSS, this.pathMtu - HEADERS_BYTES));
  }

  /** Takes the MSS that a SYN announces. */
  takeSyn({ mss }: SegmentIn): void {
    this.peerMss = Math.max(MIN_MSS, mss === 0 ? DEFAULT_MSS : mss);
  }

  /** Bytes of data in a full segment. */
  effective(timestamps: boolean): number {
    const most = Math.min(this.peerMss, Math.max(MIN_MSS, this.pathMtu - HEADERS_BYTES));
    return most - (timestamps ? TIMESTAMPS_BYTES : 0);
  }
}
