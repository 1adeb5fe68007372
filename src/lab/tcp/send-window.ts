/** The window that the peer gives (RFC 9293 §3.10.7.4): SND.WND, and of which segment it is. */

export class SendWindow {
  /** Bytes from the first unacknowledged position on. */
  size: number;
  /** The largest that it ever was. */
  largest: number;
  /** The position and the acknowledgment of the segment that set it (SND.WL1, SND.WL2). */
  private seq: number;
  private ack: number;

  constructor() {
    this.size = 0;
    this.largest = 0;
    this.seq = 0;
    this.ack = 0;
  }

  /** Takes the window of a segment, if none that is newer has set it; answers whether it grew. */
  take(size: number, seq: number, ack: number): boolean {
    const newer = seq > this.seq || (seq === this.seq && ack >= this.ack);
    if (!newer) return false;
    const grew = size > this.size;
    this.size = size;
    this.seq = seq;
    this.ack = ack;
    if (size > this.largest) this.largest = size;
    return grew;
  }
}
