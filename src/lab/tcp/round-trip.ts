/** Times one segment a round trip, from when it is sent until it is acknowledged (RFC 6298 §3). */

export class RoundTrip {
  /** The position whose acknowledgment is awaited; -1: none. */
  private end: number;
  private since: number;

  constructor() {
    this.end = -1;
    this.since = 0;
  }

  /** Whether a segment is being timed. */
  get running(): boolean {
    return this.end >= 0;
  }

  /** A new segment, which ends before the position `end`, is sent: it is timed if none is. */
  start(end: number, now: number): void {
    if (this.end >= 0) return;
    this.end = end;
    this.since = now;
  }

  /** Something was sent again: which of the two is acknowledged can't be told (Karn). */
  cancel(): void {
    this.end = -1;
  }

  /** Everything below `ack` is acknowledged: answers the time that it took, ns; -1: there is none. */
  take(ack: number, now: number): number {
    if (this.end < 0 || ack < this.end) return -1;
    this.end = -1;
    return now - this.since;
  }
}
