/** A segment that has arrived, read once, and where its data lies. */
import { getBits16, load16, load32 } from '../../bytes/bits.js';
import { END, endOfOption, NOP } from '../../headers/options.js';
import { MSS, SACK, SACK_PERMITTED, TIMESTAMPS, WINDOW_SCALE } from '../../headers/tcp-options.js';
import * as wire from '../../headers/tcp-wire.js';
import { Segment } from './segment.js';
import { MAX_SCALE } from './settings.js';

const { ACK, DATA_OFFSET, DST_PORT, FLAGS, SEQ, SRC_PORT, TCP_HEADER_BYTES, WINDOW } = wire;

/** One is enough for a host: the next segment overwrites it. */
export class SegmentIn extends Segment {
  /** The frame that it lies in; valid until the segment has been dealt with. */
  bytes: Uint8Array;
  /** Where the data begins in the frame, and behind its last byte. */
  dataStart: number;
  dataEnd: number;

  constructor() {
    super();
    this.bytes = new Uint8Array(0);
    this.dataStart = 0;
    this.dataEnd = 0;
  }

  /** Bytes of data. */
  get length(): number {
    return this.dataEnd - this.dataStart;
  }

  /**
   * Reads the segment at `offset`, whose header `checkTcp` has found to be one; the data ends at `end`.
   * `bytes` has the same bytes as `view` at the same offsets.
   */
  read(view: DataView, bytes: Uint8Array, offset: number, end: number): this {
    this.bytes = bytes;
    this.srcPort = load16(view, offset, SRC_PORT);
    this.dstPort = load16(view, offset, DST_PORT);
    this.seq = load32(view, offset, SEQ);
    this.ack = load32(view, offset, ACK);
    this.flags = getBits16(view, offset, FLAGS);
    this.window = load16(view, offset, WINDOW);
    this.dataStart = offset + getBits16(view, offset, DATA_OFFSET) * 4;
    this.dataEnd = end;
    this.clearOptions();
    this.readOptions(view, offset + TCP_HEADER_BYTES);
    return this;
  }

  /** An option of a wrong length is as if it were absent, and ends the list if it can't be walked. */
  private readOptions(view: DataView, offset: number): void {
    const end = this.dataStart;
    let at = offset;
    while (at < end) {
      const kind = view.getUint8(at);
      if (kind === END) return;
      const next = endOfOption(view, at, end);
      if (next === 0) return;
      if (kind !== NOP) this.readOption(view, kind, at + 2, next - at - 2);
      at = next;
    }
  }

  private readOption(view: DataView, kind: number, at: number, length: number): void {
    if (kind === TIMESTAMPS && length === 8) {
      this.hasTimestamps = true;
      this.timestamp = view.getUint32(at);
      this.timestampEcho = view.getUint32(at + 4);
    } else if (kind === SACK && length % 8 === 0) {
      for (let i = 0; i < length >>> 2; i++) this.blocks[i] = view.getUint32(at + 4 * i);
      this.blockCount = length >>> 3;
    } else if (kind === MSS && length === 2) {
      this.mss = view.getUint16(at);
    } else if (kind === WINDOW_SCALE && length === 1) {
      this.windowScale = Math.min(MAX_SCALE, view.getUint8(at));
    } else if (kind === SACK_PERMITTED && length === 0) {
      this.sackPermitted = true;
    }
  }
}
