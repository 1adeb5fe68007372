/** Reads pcap from chunks of any size, in constant memory, without copying where it can. */
import { PacketError } from '../bytes/error.js';
import { type CapturedFrame, newFrame } from './frame.js';
import {
  type CaptureParser,
  captureError,
  describe,
  isBytes,
  maxRecordOf,
  notACapture,
  type ReadOptions,
} from './parser.js';
import {
  decodePcapHeader,
  type LengthOrder,
  type PcapHeader,
  pcapByteOrder,
} from './pcap-header.js';
import {
  CAPTURED_LENGTH,
  FRACTION,
  MAX_RECORD_BYTES,
  PCAP_HEADER_BYTES,
  PCAP_RECORD_HEADER_BYTES,
  SECONDS,
  WIRE_LENGTH,
} from './pcap-layout.js';
import type { CaptureInterface, CaptureItem, CaptureSection } from './pcapng-model.js';

// A record that straddles chunks is gathered in a buffer that starts no larger than this and then
// doubles, so that a damaged length does not by itself size an allocation.
const FIRST_GATHER_BYTES = 65_536;

/** A parser of pcap that bytes are pushed into. */
export class PcapParser implements CaptureParser {
  /** pcap describes neither interfaces nor sections. */
  readonly interfaces: readonly CaptureInterface[];
  readonly sections: readonly CaptureSection[];
  private readonly options: ReadOptions;
  private readonly maxRecord: number;
  private parsed: PcapHeader | undefined;
  private failure: PacketError | undefined;
  private little: boolean;
  private nanosecondsPerUnit: number;
  private recordHeaderBytes: number;
  private lengthOrder: LengthOrder;
  private linkType: number;
  /** The chunk being read, the next byte of it to read, and the file offset of its first byte. */
  private chunk: Uint8Array;
  private view: DataView | undefined;
  private at: number;
  private chunkOffset: number;
  /** A header that straddles chunks, and how many of its bytes have arrived. */
  private readonly scratch: DataView;
  private readonly scratchBytes: Uint8Array;
  private gathered: number;
  /** The record whose bytes straddle chunks. */
  private body: Uint8Array | undefined;
  private bodyFilled: number;
  private frames: number;
  private seconds: number;
  private nanoseconds: number;
  private captured: number;
  private wireLength: number;

  /** @throws PacketError `BAD_OPTION` when `maxRecord` is no number of bytes. */
  constructor(options: ReadOptions = {}) {
    this.interfaces = [];
    this.sections = [];
    this.options = options;
    this.maxRecord = maxRecordOf(options, MAX_RECORD_BYTES);
    this.parsed = undefined;
    this.failure = undefined;
    this.little = false;
    this.nanosecondsPerUnit = 1;
    this.recordHeaderBytes = PCAP_RECORD_HEADER_BYTES;
    this.lengthOrder = 'captured-first';
    this.linkType = 0;
    this.chunk = new Uint8Array(0);
    this.view = undefined;
    this.at = 0;
    this.chunkOffset = 0;
    this.scratch = new DataView(new ArrayBuffer(PCAP_HEADER_BYTES));
    this.scratchBytes = new Uint8Array(this.scratch.buffer);
    this.gathered = 0;
    this.body = undefined;
    this.bodyFilled = 0;
    this.frames = 0;
    this.seconds = 0;
    this.nanoseconds = 0;
    this.captured = 0;
    this.wireLength = 0;
  }

  /** The file's header, once its 24 bytes have been read. */
  get header(): PcapHeader | undefined {
    return this.parsed;
  }

  /** The damage that reading stopped at, once every frame before it has been given. */
  get error(): PacketError | undefined {
    return this.failure;
  }

  /**
   * Gives the parser the next bytes and takes every frame that they complete. Frames share the
   * chunk's memory, so a chunk must not be written to afterwards; only a record that straddles
   * chunks is copied.
   *
   * @throws PacketError `BAD_CAPTURE` for a file that is no pcap or is damaged. Frames before the
   * damage are returned first; the error then waits in `error` and is thrown by the next call.
   */
  push(chunk: Uint8Array): CapturedFrame[] {
    this.feed(chunk);
    return this.take(Number.POSITIVE_INFINITY);
  }

  /**
   * Gives the parser the next bytes; `take` then reads them piecemeal.
   *
   * @throws PacketError `BAD_VALUE` for anything but bytes, or while `take` has not yet returned
   * fewer frames than it was asked for.
   */
  feed(chunk: Uint8Array): void {
    if (!isBytes(chunk)) {
      throw new PacketError('BAD_VALUE', `a chunk is ${describe(chunk)}: expected a Uint8Array`);
    }
    if (this.at < this.chunk.length && this.failure === undefined) {
      throw new PacketError('BAD_VALUE', 'take every frame of a chunk before feeding the next');
    }
    this.chunkOffset += this.chunk.length;
    this.chunk = chunk;
    this.view = undefined;
    this.at = 0;
  }

  /**
   * Reads up to `max` frames of the chunk that was fed (0 reads the file header only). Fewer mean
   * that the chunk is used up or that `error` is set.
   *
   * @throws PacketError as `push` does.
   */
  take(max: number): CapturedFrame[] {
    const frames: CapturedFrame[] = [];
    if (this.failure === undefined && (this.parsed !== undefined || this.readHeader())) {
      while (frames.length < max) {
        const frame = this.next();
        if (frame === undefined) break;
        frames.push(frame);
      }
    }
    if (this.failure !== undefined && frames.length === 0) throw this.failure;
    return frames;
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
    if (this.failure !== undefined) throw this.failure;
    const offset = this.chunkOffset + this.at;
    if (this.parsed === undefined) {
      if (this.gathered < 4) {
        throw notACapture(this.scratchBytes.subarray(0, this.gathered), this.options);
      }
      throw this.truncated(`the file header: ${offset} of ${PCAP_HEADER_BYTES} bytes`, offset);
    }
    if (this.body !== undefined) {
      throw this.truncated(
        `the bytes of frame ${this.frames + 1}: ${this.bodyFilled} of ${this.captured}`,
        offset,
        this.frames + 1,
      );
    }
    if (this.gathered > 0) {
      throw this.truncated(
        `the record header of frame ${this.frames + 1}: ${this.gathered} of ${this.recordHeaderBytes} bytes`,
        offset,
        this.frames + 1,
      );
    }
  }

  private truncated(where: string, offset: number, frame?: number): PacketError {
    const text = `the file is cut short: it ends at byte ${offset}, inside ${where}`;
    this.failure = captureError('TRUNCATED_CAPTURE', this.options, text, { offset, frame });
    return this.failure;
  }

  /** Moves bytes of the chunk to the scratch buffer; true once it holds `want` of them. */
  private gather(want: number): boolean {
    const count = Math.min(want - this.gathered, this.chunk.length - this.at);
    this.scratchBytes.set(this.chunk.subarray(this.at, this.at + count), this.gathered);
    this.gathered += count;
    this.at += count;
    return this.gathered === want;
  }

  private readHeader(): boolean {
    const complete = this.gather(PCAP_HEADER_BYTES);
    if (this.gathered >= 4 && pcapByteOrder(this.scratch) === undefined) {
      this.failure = notACapture(this.scratchBytes.subarray(0, 4), this.options);
      return false;
    }
    if (!complete) return false;
    try {
      this.parsed = decodePcapHeader(this.scratch, this.options);
    } catch (error) {
      this.failure = error as PacketError;
      return false;
    }
    this.gathered = 0;
    this.little = this.parsed.byteOrder === 'little';
    this.nanosecondsPerUnit = this.parsed.timeDigits === 9 ? 1 : 1000;
    this.recordHeaderBytes = this.parsed.recordHeaderBytes;
    this.lengthOrder = this.parsed.lengthOrder;
    this.linkType = this.parsed.linkType;
    return true;
  }

  private next(): CapturedFrame | undefined {
    if (this.body === undefined) {
      if (!this.nextRecord()) return undefined;
      const { chunk, at, captured } = this;
      if (chunk.length - at >= captured) {
        this.at = at + captured;
        // Not chunk.subarray: of a Node Buffer that makes a Buffer.
        return this.frame(new Uint8Array(chunk.buffer, chunk.byteOffset + at, captured));
      }
      this.body = new Uint8Array(
        Math.min(captured, Math.max(FIRST_GATHER_BYTES, chunk.length - at)),
      );
      this.bodyFilled = 0;
    }
    return this.gatherBody(this.body);
  }

  /** Reads a record header, to the fields of this object; false when it is not all there. */
  private nextRecord(): boolean {
    let view = this.scratch;
    let offset = 0;
    const size = this.recordHeaderBytes;
    if (this.gathered === 0 && this.chunk.length - this.at >= size) {
      this.view ??= new DataView(this.chunk.buffer, this.chunk.byteOffset, this.chunk.length);
      view = this.view;
      offset = this.at;
      this.at += size;
    } else {
      if (this.at === this.chunk.length || !this.gather(size)) return false;
      this.gathered = 0;
    }
    const little = this.little;
    const first = view.getUint32(offset + CAPTURED_LENGTH, little);
    const second = view.getUint32(offset + WIRE_LENGTH, little);
    const swap =
      this.lengthOrder !== 'captured-first' &&
      (this.lengthOrder === 'wire-first' || first > second);
    this.seconds = view.getUint32(offset + SECONDS, little);
    this.nanoseconds = view.getUint32(offset + FRACTION, little) * this.nanosecondsPerUnit;
    this.captured = swap ? second : first;
    this.wireLength = swap ? first : second;
    if (this.captured <= this.maxRecord) return true;
    const number = this.frames + 1;
    const at = this.chunkOffset + this.at - size;
    this.failure = captureError(
      'BAD_CAPTURE',
      this.options,
      `frame ${number} at byte ${at} claims ${this.captured} captured bytes, more than ${this.maxRecord}: the file is damaged there, or maxRecord must be raised`,
      { layer: 'pcap record', field: 'capturedLength', offset: at, frame: number },
    );
    return false;
  }

  private gatherBody(body: Uint8Array): CapturedFrame | undefined {
    const { chunk, at, captured } = this;
    const filled = this.bodyFilled;
    const count = Math.min(captured - filled, chunk.length - at);
    let target = body;
    if (filled + count > target.length) {
      target = new Uint8Array(Math.min(captured, Math.max(filled + count, target.length * 2)));
      target.set(body.subarray(0, filled));
      this.body = target;
    }
    if (count === 1) target[filled] = chunk[at] as number;
    else target.set(chunk.subarray(at, at + count), filled);
    this.at = at + count;
    this.bodyFilled = filled + count;
    if (this.bodyFilled < captured) return undefined;
    this.body = undefined;
    return this.frame(target);
  }

  private frame(data: Uint8Array): CapturedFrame {
    this.frames += 1;
    return newFrame(
      data,
      this.wireLength,
      this.seconds,
      this.nanoseconds,
      this.nanosecondsPerUnit === 1 ? 9 : 6,
      this.linkType,
      this.frames,
      true,
      undefined,
      undefined,
      undefined,
      undefined,
    );
  }
}
