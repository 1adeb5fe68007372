/** What a segment's header says, on its way in or out: the fields and options that a connection uses. */

export class Segment {
  srcPort: number;
  dstPort: number;
  seq: number;
  ack: number;
  /** `TCP_FLAG`. */
  flags: number;
  /** As it is in the header: not scaled back. */
  window: number;
  /** Options; 0, -1 and false: absent. */
  mss: number;
  windowScale: number;
  sackPermitted: boolean;
  hasTimestamps: boolean;
  timestamp: number;
  timestampEcho: number;
  /** SACK blocks as sequence numbers: left and right edges in turn. */
  readonly blocks: number[];
  blockCount: number;

  constructor() {
    this.srcPort = 0;
    this.dstPort = 0;
    this.seq = 0;
    this.ack = 0;
    this.flags = 0;
    this.window = 0;
    this.mss = 0;
    this.windowScale = -1;
    this.sackPermitted = false;
    this.hasTimestamps = false;
    this.timestamp = 0;
    this.timestampEcho = 0;
    this.blocks = [0, 0, 0, 0, 0, 0, 0, 0];
    this.blockCount = 0;
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  /** All options are absent. */
  clearOptions(): void {
    this.mss = 0;
    this.windowScale = -1;
    this.sackPermitted = false;
    this.hasTimestamps = false;
    this.blockCount = 0;
  }
}
