/** Where a frame lies in the memory that it was read into: what a loop reuses, frame after frame. */
import { type CapturedFrame, newFrame } from './frame.js';
import type { CaptureInterface, FrameDetails } from './pcapng-model.js';

/**
 * One frame of a capture, in place. `FrameCursor.next` fills it anew for each frame; the fields are
 * those of `CapturedFrame`, but for the bytes, which lie in `view` from `offset` to `end`.
 */
export class FrameRecord {
  /** The memory that the frame lies in: the same view for all frames that lie whole in one chunk. */
  view: DataView<ArrayBuffer>;
  /** Byte offset of the frame in `view`. */
  offset: number;
  /** Where it ends, exclusive; `end - offset` bytes were captured. */
  end: number;
  /** Bytes on the wire; in a damaged or odd file this can be less than was captured. */
  wireLength: number;
  /** As in `CapturedFrame`. */
  seconds: number;
  nanoseconds: number;
  timeDigits: number;
  /** LINKTYPE value; 1 is Ethernet. */
  linkType: number;
  /** The frame's number in its file, from 1; 0 before the first. */
  number: number;
  /** False for the simple packet blocks of pcapng, which hold no time. */
  hasTime: boolean;
  /** The interface that the frame was captured on; pcap does not tell. */
  interface: CaptureInterface | undefined;
  /** In pcapng, the time as the file holds it, in two halves; 0 in pcap. */
  ticksHigh: number;
  ticksLow: number;
  /** What a pcapng file says about the frame besides. Its bytes are valid no longer than the frame's. */
  details: FrameDetails | undefined;

  constructor() {
    this.view = new DataView(new ArrayBuffer(0));
    this.offset = 0;
    this.end = 0;
    // What can be over 2^31 starts as NaN, so that the engine keeps it as a number of 64 bits from
    // the start, and never as an object of its own for each frame.
    this.wireLength = Number.NaN;
    this.seconds = Number.NaN;
    this.nanoseconds = Number.NaN;
    this.timeDigits = 6;
    this.linkType = 0;
    this.number = 0;
    this.hasTime = true;
    this.interface = undefined;
    this.ticksHigh = Number.NaN;
    this.ticksLow = Number.NaN;
    this.details = undefined;
  }
}

/** The frame of a record as an object of its own, on the same bytes. */
export function frameFrom(record: FrameRecord): CapturedFrame {
  const { view, offset, end, interface: from } = record;
  return newFrame(
    // Not a subarray of the chunk: of a Node Buffer that makes a Buffer.
    new Uint8Array(view.buffer, view.byteOffset + offset, end - offset),
    record.wireLength,
    record.seconds,
    record.nanoseconds,
    record.timeDigits,
    record.linkType,
    record.number,
    record.hasTime,
    from,
    from === undefined ? undefined : record.ticksHigh,
    from === undefined ? undefined : record.ticksLow,
    record.details,
  );
}
