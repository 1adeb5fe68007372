/** Reads a capture frame after frame in place: no object a frame, no promises, no file in memory. */
import { PacketError } from '../bytes/error.js';
import { maxRecordOf } from './chunk-parser.js';
import { compressedError, compressionOf, MAGIC_BYTES, parserFor } from './format.js';
import type { FrameRecord } from './frame-record.js';
import {
  type CaptureHeader,
  type CaptureParser,
  describe,
  isBytes,
  notACapture,
  type ReadOptions,
} from './parser.js';
import type { CaptureInterface } from './pcapng-model.js';

/**
 * Reads pcap and pcapng from chunks of any size that are pushed in.
 *
 * ```ts
 * const cursor = new FrameCursor();
 * const frame = new FrameRecord();
 * for (let n = readSync(file, chunk); n > 0; n = readSync(file, chunk)) {
 *   cursor.feed(chunk.subarray(0, n));
 *   while (cursor.next(frame)) count(frame.view, frame.offset, frame.end);
 * }
 * cursor.end();
 * ```
 *
 * A frame lies in the chunk that was fed, or, where it straddles chunks, in memory of the cursor's
 * that the next such frame overwrites: use it before the next call of `next`. Once `next` has
 * answered false the chunk is used up, and its memory can be read into again. What is kept, such as
 * `interfaces`, is on bytes of its own.
 *
 * It reads as `framesOf` does, to the same frames and the same errors.
 */
export class FrameCursor {
  private readonly options: ReadOptions;
  private parser: CaptureParser | undefined;
  /** The file's first bytes, while they are too few to tell its format. */
  private start: Uint8Array;

  /** @throws PacketError `BAD_OPTION` for a bad option. */
  constructor(options: ReadOptions = {}) {
    maxRecordOf(options);
    this.options = options;
    this.parser = undefined;
    this.start = new Uint8Array(0);
  }

  /** What the start of the file says, once `next` has read it. */
  get header(): CaptureHeader | undefined {
    return this.parser?.header;
  }

  /** Every interface described so far, of all sections, in the file's order; none in pcap. */
  get interfaces(): readonly CaptureInterface[] {
    return this.parser?.interfaces ?? [];
  }

  /**
   * Gives the cursor the next bytes of the file, to be left alone until `next` answers false.
   *
   * @throws PacketError `BAD_VALUE` for anything but bytes, and while `next` has not yet answered
   * false; `BAD_CAPTURE` for a compressed file.
   */
  feed(chunk: Uint8Array): void {
    if (this.parser === undefined) this.open(chunk);
    else this.parser.feed(chunk);
  }

  /**
   * Fills `out` with the next frame. False means that the chunk is used up.
   *
   * @throws PacketError `BAD_CAPTURE` where the file is damaged or no capture, then and from then on.
   */
  next(out: FrameRecord): boolean {
    const { parser } = this;
    if (parser === undefined) return false;
    if (parser.next(out)) return true;
    if (parser.error !== undefined) throw parser.error;
    return false;
  }

  /**
   * Says that the file ends here.
   *
   * @throws PacketError `TRUNCATED_CAPTURE` when that is inside a frame or the file's header;
   * `BAD_CAPTURE` for an empty file, one that is no capture, and for the damage that `next` threw.
   */
  end(): void {
    if (this.parser === undefined) throw notACapture(this.start, this.options);
    this.parser.end();
  }

  /** Makes the parser, once there is enough to tell which. */
  private open(chunk: Uint8Array): void {
    if (!isBytes(chunk)) {
      throw new PacketError('BAD_VALUE', `a chunk is ${describe(chunk)}: expected a Uint8Array`);
    }
    let start = chunk;
    if (this.start.length > 0 || chunk.length < MAGIC_BYTES) {
      start = new Uint8Array(this.start.length + chunk.length);
      start.set(this.start);
      start.set(chunk, this.start.length);
      this.start = start;
      if (start.length < MAGIC_BYTES) return;
    }
    const compression = compressionOf(start);
    if (compression !== undefined) {
      throw compressedError(
        compression,
        this.options,
        'which FrameCursor does not read: use openCapture, or decompress it first, for example with',
      );
    }
    this.parser = parserFor(start, this.options, true);
    this.parser.feed(start);
  }
}
