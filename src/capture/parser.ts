/** What every parser of captures offers, and the words for files that cannot be read. */
import { type ErrorPlace, PacketError, type PacketErrorCode } from '../bytes/error.js';
import type { CapturedFrame } from './frame.js';
import type { FrameRecord } from './frame-record.js';
import type { CaptureInterface, CaptureItem, CaptureSection } from './pcapng-model.js';

/** Options for reading a capture. */
export interface ReadOptions {
  /**
   * Bytes of the longest record to read, 1–4,294,967,295, default 262,144, as in libpcap and
   * Wireshark: a longer one is taken as damage, and reading ends there with an error.
   */
  readonly maxRecord?: number | undefined;
  /** What to call the file in error messages. */
  readonly name?: string | undefined;
  /** Decompressors that are not built in. Gzip is. */
  readonly decompress?: Decompressors | undefined;
}

/** Turns compressed chunks into the bytes that they mean. */
export type Decompress = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** Decompressors that a caller brings along, such as Node's where Node has them. */
export interface Decompressors {
  readonly zstd?: Decompress | undefined;
}

/** What the start of a capture file says about the frames in it. */
export interface CaptureHeader {
  readonly format: 'pcap' | 'pcapng';
  /** Of a pcapng file, that of its first section. */
  readonly byteOrder: 'big' | 'little';
  /** Digits of the time resolution: 6 or 9; undefined in pcapng, where each interface has its own. */
  readonly timeDigits: number | undefined;
  /**
   * Bytes of a frame that were captured at most, 0–4,294,967,295; 0 is unlimited. Undefined in
   * pcapng, where each interface has its own.
   */
  readonly snapLength: number | undefined;
  /** LINKTYPE value; 1 is Ethernet. Undefined in pcapng, where each interface has its own. */
  readonly linkType: number | undefined;
  /** Bytes of FCS that end each frame, 0–30; undefined where the file does not say, and in pcapng. */
  readonly fcsBytes: number | undefined;
}

/** Reads one format, from chunks that are pushed in. */
export interface CaptureParser {
  /** The file's header, once its bytes have arrived. */
  readonly header: CaptureHeader | undefined;
  /** Why nothing more can be read, once it is known; frames before the damage are given first. */
  readonly error: PacketError | undefined;
  /** Every interface described so far, in the file's order; none in pcap. */
  readonly interfaces: readonly CaptureInterface[];
  /** Every section so far; none in pcap. */
  readonly sections: readonly CaptureSection[];
  feed(chunk: Uint8Array): void;
  next(out: FrameRecord): boolean;
  take(max: number): CapturedFrame[];
  takeItems(max: number): CaptureItem[];
  end(): void;
}

/** A PacketError whose message starts with the file's name, where it has one. */
export function captureError(
  code: PacketErrorCode,
  options: ReadOptions,
  text: string,
  place: ErrorPlace = {},
): PacketError {
  return new PacketError(
    code,
    options.name === undefined ? text : `${options.name}: ${text}`,
    place,
  );
}

/** The error for a file that starts with bytes of no capture format. */
export function notACapture(start: Uint8Array, options: ReadOptions): PacketError {
  const expected =
    'a pcap file starts with a1 b2 c3 d4 or d4 c3 b2 a1 (microseconds), a1 b2 3c 4d or 4d 3c b2 a1 (nanoseconds), or a1 b2 cd 34 or 34 cd b2 a1 (modified), a pcapng file with 0a 0d 0d 0a';
  if (start.length === 0) {
    return captureError('BAD_CAPTURE', options, `the file is empty; ${expected}`, { offset: 0 });
  }
  const hex = [...start.subarray(0, 4)].map((b) => b.toString(16).padStart(2, '0')).join(' ');
  const found =
    start.length < 4 ? `ends after ${start.length} bytes, ${hex}` : `starts with ${hex}`;
  return captureError('BAD_CAPTURE', options, `not a capture: it ${found}; ${expected}`, {
    offset: 0,
  });
}

/** Whether a value is a Uint8Array, of this realm or another (a test runner's, an iframe's). */
export function isBytes(value: unknown): value is Uint8Array {
  return (
    value instanceof Uint8Array || Object.prototype.toString.call(value) === '[object Uint8Array]'
  );
}

/** A value in a few words, for messages. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return /^[AEIOU]/.test(tag) ? `an ${tag}` : `a ${tag}`;
}
