/** What the parsers of every format do alike: take chunks, and stop at damage. */
import { PacketError } from '../bytes/error.js';
import { ChunkInput } from './chunk-input.js';
import type { CapturedFrame } from './frame.js';
import { FrameRecord } from './frame-record.js';
import { captureError, type ReadOptions } from './parser.js';

/** Bytes of the longest record that libpcap and Wireshark read; a longer one is taken as damage. */
const MAX_RECORD_BYTES = 262_144;

/** A parser that bytes are pushed into. */
export abstract class ChunkParser {
  protected readonly options: ReadOptions;
  protected readonly maxRecord: number;
  protected readonly input: ChunkInput;
  /** What `take` reads into. */
  protected readonly record: FrameRecord;
  private failure: PacketError | undefined;

  /**
   * @param lent whether chunks are lent: a frame is used before the next is read, so that the
   * memory of a chunk that is used up is its owner's again
   * @throws PacketError `BAD_OPTION` when `maxRecord` is no number of bytes
   */
  constructor(options: ReadOptions, lent: boolean) {
    this.options = options;
    this.maxRecord = maxRecordOf(options);
    this.input = new ChunkInput(lent);
    this.record = new FrameRecord();
    this.failure = undefined;
  }

  /** The damage that reading stopped at, once everything before it has been given. */
  get error(): PacketError | undefined {
    return this.failure;
  }

  /**
   * Gives the parser the next bytes. Frames share their memory, and only what straddles chunks is
   * copied, so they must not be written to afterwards; lent bytes not before they are used up.
   * `take` or `next` then reads them piecemeal.
   *
   * @throws PacketError `BAD_VALUE` for anything but bytes, or while `take` has not yet returned
   * fewer frames than it was asked for, or `next` false.
   */
  feed(chunk: Uint8Array): void {
    this.input.feed(chunk);
    if (this.failure !== undefined) this.input.discard();
  }

  /**
   * Reads the next frame; everything that reads frames stands on it. False means that the chunk is
   * used up or that `error` is set.
   */
  abstract next(out: FrameRecord): boolean;

  /**
   * Reads up to `max` frames of the chunk that was fed; 0 reads only what the file starts with.
   * Fewer mean that the chunk is used up or that `error` is set.
   *
   * @throws PacketError `BAD_CAPTURE` for damage, once the frames before it have been given.
   */
  abstract take(max: number): CapturedFrame[];

  /** Notes why nothing more can be read. */
  protected stop(error: PacketError): void {
    this.failure = error;
    this.input.discard();
  }

  /** What was found, or the error that came before anything was. */
  protected give<T>(found: T[]): T[] {
    if (this.failure !== undefined && found.length === 0) throw this.failure;
    return found;
  }

  /** The error of a file that ends where `where` says. It stays. */
  protected cutShort(where: string, frame?: number): PacketError {
    const offset = this.input.offset + this.input.waiting.length;
    const text = `the file is cut short: it ends at byte ${offset}, ${where}`;
    const error = captureError('TRUNCATED_CAPTURE', this.options, text, { offset, frame });
    this.stop(error);
    return error;
  }
}

/** What is said of a length that is over its limit. */
export function overLimit(claim: string, limit: number): string {
  return `claims ${claim}, more than ${limit}: the file is damaged there, or maxRecord must be raised`;
}

/** The largest record to read, checked. Throws `BAD_OPTION`. */
export function maxRecordOf(options: ReadOptions): number {
  const max = options.maxRecord ?? MAX_RECORD_BYTES;
  if (!Number.isInteger(max) || max < 1 || max > 0xffffffff) {
    throw new PacketError(
      'BAD_OPTION',
      `maxRecord is ${max}: expected a number of bytes, 1–4294967295`,
    );
  }
  return max;
}
