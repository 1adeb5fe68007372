/** Reads pcap from chunks of any size, in constant memory, without copying where it can. */
import type { PacketError } from '../bytes/error.js';
import { ChunkParser, overLimit } from './chunk-parser.js';
import type { CapturedFrame } from './frame.js';
import { type FrameRecord, frameFrom } from './frame-record.js';
import { type CaptureParser, captureError, notACapture, type ReadOptions } from './parser.js';
import {
  decodePcapHeader,
  type LengthOrder,
  type PcapHeader,
  pcapByteOrder,
} from './pcap-header.js';
import {
  CAPTURED_LENGTH,
  FRACTION,
  PCAP_HEADER_BYTES,
  PCAP_RECORD_HEADER_BYTES,
  SECONDS,
  WIRE_LENGTH,
} from './pcap-layout.js';
import type { CaptureInterface, CaptureItem, CaptureSection } from './pcapng-model.js';

const MAGIC_BYTES = 4;

/** A parser of pcap that bytes are pushed into. */
export class PcapParser extends ChunkParser implements CaptureParser {
  /** pcap describes neither interfaces nor sections. */
  readonly interfaces: readonly CaptureInterface[];
  readonly sections: readonly CaptureSection[];
  private parsed: PcapHeader | undefined;
  private little: boolean;
  private nanosecondsPerUnit: number;
  private recordHeaderBytes: number;
  private lengthOrder: LengthOrder;
  private linkType: number;
  private frames: number;
  /** Of the record whose header was read last. */
  private captured: number;

  /** As that of `ChunkParser`. */
  constructor(options: ReadOptions = {}, lent = false) {
    super(options, lent);
    this.interfaces = [];
    this.sections = [];
    this.parsed = undefined;
    this.little = false;
    this.nanosecondsPerUnit = 1;
    this.recordHeaderBytes = PCAP_RECORD_HEADER_BYTES;
    this.lengthOrder = 'captured-first';
    this.linkType = 0;
    this.frames = 0;
    this.captured = 0;
  }

  /** The file's header, once its 24 bytes have been read. */
  get header(): PcapHeader | undefined {
    return this.parsed;
  }

  /**
   * Gives the parser the next bytes and takes every frame that they complete.
   *
   * @throws PacketError `BAD_CAPTURE` for a file that is no pcap or is damaged. Frames before the
   * damage are returned first; the error then waits in `error` and is thrown by the next call.
   */
  push(chunk: Uint8Array): CapturedFrame[] {
    this.feed(chunk);
    return this.take(Number.POSITIVE_INFINITY);
  }

  override take(max: number): CapturedFrame[] {
    const frames: CapturedFrame[] = [];
    if (this.parsed !== undefined || this.readHeader()) {
      while (frames.length < max && this.next(this.record)) frames.push(frameFrom(this.record));
    }
    return this.give(frames);
  }

  /** As `take`; pcap has nothing but frames. */
  takeItems(max: number): CaptureItem[] {
    return this.take(max).map((frame) => ({ kind: 'frame', frame, raw: undefined }));
  }

  /**
   * Says that the file ends here.
   *
   * @throws PacketError `TRUNCATED_CAPTURE` when that is inside a record or the file header,
   * `BAD_CAPTURE` when there were too few bytes for a magic number, and the waiting error if any.
   */
  end(): void {
    if (this.error !== undefined) throw this.error;
    const { waiting } = this.input;
    const head = this.recordHeaderBytes;
    const number = this.frames + 1;
    if (this.parsed === undefined) {
      if (waiting.length < MAGIC_BYTES) throw notACapture(waiting, this.options);
      throw this.cutShort(
        `inside the file header: ${waiting.length} of ${PCAP_HEADER_BYTES} bytes`,
      );
    }
    if (waiting.length >= head) {
      throw this.cutShort(
        `inside the bytes of frame ${number}: ${waiting.length - head} of ${this.captured}`,
        number,
      );
    }
    if (waiting.length > 0) {
      throw this.cutShort(
        `inside the record header of frame ${number}: ${waiting.length} of ${head} bytes`,
        number,
      );
    }
  }

  /** Reads the file header; false when it is not all there, or is none. */
  private readHeader(): boolean {
    const { input } = this;
    if (!input.has(MAGIC_BYTES)) return false;
    const magic = new DataView(input.view.buffer, input.view.byteOffset + input.start, MAGIC_BYTES);
    if (pcapByteOrder(magic) === undefined) {
      const start = new Uint8Array(magic.buffer, magic.byteOffset, MAGIC_BYTES);
      this.stop(notACapture(start, this.options));
      return false;
    }
    if (!input.has(PCAP_HEADER_BYTES)) return false;
    const { buffer, byteOffset } = input.view;
    const view = new DataView(buffer, byteOffset + input.start, PCAP_HEADER_BYTES);
    try {
      this.parsed = decodePcapHeader(view, this.options);
    } catch (error) {
      this.stop(error as PacketError);
      return false;
    }
    this.little = this.parsed.byteOrder === 'little';
    this.nanosecondsPerUnit = this.parsed.timeDigits === 9 ? 1 : 1000;
    this.recordHeaderBytes = this.parsed.recordHeaderBytes;
    this.lengthOrder = this.parsed.lengthOrder;
    this.linkType = this.parsed.linkType;
    input.skip(PCAP_HEADER_BYTES);
    return true;
  }

  override next(out: FrameRecord): boolean {
    if (this.parsed === undefined && !this.readHeader()) return false;
    const { input, little } = this;
    const head = this.recordHeaderBytes;
    if (!input.has(head)) return false;
    const first = input.view.getUint32(input.start + CAPTURED_LENGTH, little);
    const second = input.view.getUint32(input.start + WIRE_LENGTH, little);
    const swap =
      this.lengthOrder !== 'captured-first' &&
      (this.lengthOrder === 'wire-first' || first > second);
    const captured = swap ? second : first;
    this.captured = captured;
    if (captured > this.maxRecord) {
      this.stopAtLength();
      return false;
    }
    if (!input.has(head + captured)) return false;
    // Joining may have moved it.
    const { view, start } = input;
    input.skip(head + captured);
    this.frames += 1;
    out.view = view;
    out.offset = start + head;
    out.end = start + head + captured;
    out.wireLength = swap ? first : second;
    out.seconds = view.getUint32(start + SECONDS, little);
    out.nanoseconds = view.getUint32(start + FRACTION, little) * this.nanosecondsPerUnit;
    out.timeDigits = this.nanosecondsPerUnit === 1 ? 9 : 6;
    out.linkType = this.linkType;
    out.number = this.frames;
    out.hasTime = true;
    out.interface = undefined;
    out.ticksHigh = 0;
    out.ticksLow = 0;
    out.details = undefined;
    return true;
  }

  private stopAtLength(): void {
    const frame = this.frames + 1;
    const { offset } = this.input;
    const claim = overLimit(`${this.captured} captured bytes`, this.maxRecord);
    this.stop(
      captureError('BAD_CAPTURE', this.options, `frame ${frame} at byte ${offset} ${claim}`, {
        layer: 'pcap record',
        field: 'capturedLength',
        offset,
        frame,
      }),
    );
  }
}
