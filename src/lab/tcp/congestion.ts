/**
 * The congestion window: Reno's (RFC 5681), counted in bytes (RFC 3465), with an initial window of
 * ten segments (RFC 6928). What is lost and sent again is `loss-recovery.ts`'s to know.
 */

/** Linux's first slow start threshold, TCP_INFINITE_SSTHRESH: slow start until something is lost. */
export const INFINITE_THRESHOLD = 0x7fffffff;

/** Bytes that may be on their way at once. */
export class CongestionWindow {
  /** Bytes. */
  window: number;
  /** Below this many bytes the window grows by slow start. */
  threshold: number;
  private segment: number;
  private readonly initialSegments: number;
  /** Bytes acknowledged since the window last grew in congestion avoidance. */
  private counted: number;
  /** Whether the slow start runs after a timeout, where acknowledgments may jump (RFC 3465 §2.3). */
  private afterTimeout: boolean;

  constructor(mss: number, initialSegments: number) {
    this.segment = mss;
    this.initialSegments = initialSegments;
    this.window = this.initial();
    this.threshold = INFINITE_THRESHOLD;
    this.counted = 0;
    this.afterTimeout = false;
  }

  /** RFC 6928 §2, where the segments are ten. */
  private initial(): number {
    const { segment, initialSegments } = this;
    const most = initialSegments === 10 ? Math.max(2 * segment, 14_600) : Number.MAX_VALUE;
    return Math.min(initialSegments * segment, most);
  }

  /** The handshake is done; a SYN that had to be repeated means one segment (RFC 5681 §3.1). */
  open(mss: number, repeated: boolean): void {
    this.segment = mss;
    this.window = repeated ? mss : this.initial();
  }

  /** A path takes smaller segments, or larger ones again: that is no congestion (RFC 1191 §6.4). */
  setSegment(mss: number): void {
    this.segment = mss;
    this.window = Math.max(mss, this.window);
  }

  get inSlowStart(): boolean {
    return this.window < this.threshold;
  }

  /** New bytes have been acknowledged, while the window was in use to the full. */
  acknowledged(bytes: number): void {
    if (this.inSlowStart) {
      const most = (this.afterTimeout ? 1 : 2) * this.segment;
      this.window = Math.min(this.window + Math.min(bytes, most), this.threshold);
      return;
    }
    this.afterTimeout = false;
    this.counted += bytes;
    if (this.counted >= this.window) {
      this.counted -= this.window;
      this.window += this.segment;
    }
  }

  /** Fast recovery begins: half of what was on its way, two segments at least (RFC 5681 §3.2). */
  reduce(flight: number): void {
    this.threshold = Math.max(Math.floor(flight / 2), 2 * this.segment);
    this.window = this.threshold;
    this.counted = 0;
  }

  /** Fast recovery is over: no burst of what the window has room for now (RFC 6582 §3.2 step 3). */
  recovered(flight: number): void {
    this.window = Math.min(this.threshold, Math.max(flight, this.segment) + this.segment);
  }

  /** The retransmission timer has run out; `again`: for bytes for which it had before (RFC 5681 §3.1). */
  timedOut(flight: number, again: boolean): void {
    if (!again) this.threshold = Math.max(Math.floor(flight / 2), 2 * this.segment);
    this.window = this.segment;
    this.counted = 0;
    this.afterTimeout = true;
  }

  /** Nothing was sent for longer than the timeout (RFC 5681 §4.1, net.ipv4.tcp_slow_start_after_idle). */
  idle(): void {
    this.window = Math.min(this.window, this.initial());
  }
}
