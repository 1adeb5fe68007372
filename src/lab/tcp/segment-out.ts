/** A segment that is to be sent: what its header will say, and where its data lies until then. */
import { NOP } from '../../headers/options.js';
import { MSS, SACK, SACK_PERMITTED, TIMESTAMPS, WINDOW_SCALE } from '../../headers/tcp-options.js';
import * as wire from '../../headers/tcp-wire.js';
import { Segment } from './segment.js';
import type { SendQueue } from './send-queue.js';

const {
  ACK,
  CHECKSUM,
  DATA_OFFSET,
  DST_PORT,
  FLAGS,
  SEQ,
  SRC_PORT,
  TCP_HEADER_BYTES,
  URGENT_POINTER,
  WINDOW,
} = wire;

/** Bytes of a timestamps option with the two that align it. */
export const TIMESTAMPS_BYTES = 12;
/** Bytes of options that a header has room for. */
const OPTION_ROOM = 40;

/** Why a segment is sent: what a note says of it. */
export type SegmentKind =
  | 'new'
  | 'acknowledgment'
  | 'duplicate acknowledgment'
  | 'challenge'
  | 'window update'
  | 'window probe'
  | 'keep-alive'
  | 'keep-alive acknowledgment'
  | 'retransmission'
  | 'fast retransmission'
  | 'reset';

/** A connection has one of these and fills it anew for each segment. */
export class SegmentOut extends Segment {
  kind: SegmentKind;
  /** The peer was heard: the neighbour on the way to it is there (Linux's `sk_dst_pending_confirm`). */
  confirms: boolean;
  /** Where the data comes from; undefined where `length` is 0. */
  queue: SendQueue | undefined;
  /** The position of the first byte of data. */
  position: number;
  /** Bytes of data. */
  length: number;

  constructor() {
    super();
    this.kind = 'new';
    this.confirms = false;
    this.queue = undefined;
    this.position = 0;
    this.length = 0;
  }

  /** Without options and data. */
  clear(): void {
    this.clearOptions();
    this.length = 0;
  }

  /** Bytes of options: a multiple of four. */
  get optionBytes(): number {
    let bytes = this.mss === 0 ? 0 : 4;
    if (this.hasTimestamps) bytes += TIMESTAMPS_BYTES;
    else if (this.sackPermitted) bytes += 4;
    if (this.windowScale >= 0) bytes += 4;
    return bytes + sackBytes(this.blockCount);
  }

  /** Bytes of header and data. */
  get bytes(): number {
    return TCP_HEADER_BYTES + this.optionBytes + this.length;
  }

  /**
   * Writes header and data at `offset`; `view` and `bytes` are of the same memory. The checksum is 0:
   * whoever knows the addresses writes it.
   */
  write(view: DataView, bytes: Uint8Array, offset: number): void {
    const { optionBytes, length } = this;
    const headerBytes = TCP_HEADER_BYTES + optionBytes;
    view.setUint16(offset + SRC_PORT, this.srcPort);
    view.setUint16(offset + DST_PORT, this.dstPort);
    view.setUint32(offset + SEQ, this.seq);
    view.setUint32(offset + ACK, this.ack);
    view.setUint16(
      offset + FLAGS.offset,
      ((headerBytes >>> 2) << DATA_OFFSET.shift) | (this.flags << FLAGS.shift),
    );
    view.setUint16(offset + WINDOW, this.window);
    view.setUint16(offset + CHECKSUM, 0);
    view.setUint16(offset + URGENT_POINTER, 0);
    if (optionBytes > 0) this.writeOptions(view, offset + TCP_HEADER_BYTES);
    if (length > 0) this.queue?.copy(this.position, length, bytes, offset + headerBytes);
  }

  /**
   * In the order and with the padding of Linux (tcp_options_write). By hand: header and timestamps
   * take 140 ns, by `encodeTcp` and a list of options 1,000 (Node 20).
   */
  private writeOptions(view: DataView, offset: number): void {
    let at = offset;
    if (this.mss !== 0) at = word(view, at, (MSS << 24) | (4 << 16) | this.mss);
    if (this.hasTimestamps) {
      const front = this.sackPermitted ? (SACK_PERMITTED << 8) | 2 : (NOP << 8) | NOP;
      at = word(view, at, (front << 16) | (TIMESTAMPS << 8) | 10);
      at = word(view, at, this.timestamp);
      at = word(view, at, this.timestampEcho);
    } else if (this.sackPermitted) {
      at = word(view, at, (NOP << 24) | (NOP << 16) | (SACK_PERMITTED << 8) | 2);
    }
    if (this.windowScale >= 0) {
      at = word(view, at, (NOP << 24) | (WINDOW_SCALE << 16) | (3 << 8) | this.windowScale);
    }
    if (this.blockCount > 0) {
      const length = 2 + 8 * this.blockCount;
      at = word(view, at, (NOP << 24) | (NOP << 16) | (SACK << 8) | length);
      for (let i = 0; i < 2 * this.blockCount; i++) at = word(view, at, this.blocks[i] as number);
    }
  }
}

function word(view: DataView, at: number, value: number): number {
  view.setUint32(at, value);
  return at + 4;
}

/** Bytes of a SACK option with so many blocks and the two that align it. */
function sackBytes(blocks: number): number {
  return blocks === 0 ? 0 : 4 + 8 * blocks;
}

/** SACK blocks that there is room for beside other options of so many bytes. */
export function sackRoom(optionBytes: number): number {
  return Math.min(4, Math.floor((OPTION_ROOM - optionBytes - 4) / 8));
}
