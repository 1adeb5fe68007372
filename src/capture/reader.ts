/** Opens a capture, whatever it comes from, and gives its frames one by one or in batches. */
import { PacketError } from '../bytes/error.js';
import { decompressed } from './decompress.js';
import { compressedError, compressionOf, MAGIC_BYTES, parserFor } from './format.js';
import type { CapturedFrame } from './frame.js';
import { type CaptureHeader, type CaptureParser, notACapture, type ReadOptions } from './parser.js';
import type { CaptureInterface, CaptureItem, CaptureSection } from './pcapng-model.js';
import { type CaptureSource, type ChunkSource, chunksOf } from './source.js';

// Frames in one batch at most, so that a file that is one chunk of memory is not turned into
// millions of frame objects at once; 128 to 1,024 are equally fast, 4,096 took half as long again.
const BATCH_FRAMES = 512;

/**
 * A capture that is being read. It can be read once, by one loop: over its frames, over
 * `batches()` or over `items()`. Leaving the loop early cancels the source.
 */
export class CaptureReader implements AsyncIterable<CapturedFrame> {
  readonly format: 'pcap' | 'pcapng';
  /** Byte order of the file; of a pcapng file, that of its first section. */
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
  private readonly parser: CaptureParser;
  private readonly source: ChunkSource;
  private started: boolean;

  /** For `openCapture`, which has fed the parser with as much as holds the header. */
  constructor(header: CaptureHeader, parser: CaptureParser, source: ChunkSource) {
    this.format = header.format;
    this.byteOrder = header.byteOrder;
    this.timeDigits = header.timeDigits;
    this.snapLength = header.snapLength;
    this.linkType = header.linkType;
    this.fcsBytes = header.fcsBytes;
    this.parser = parser;
    this.source = source;
    this.started = false;
  }

  /**
   * The frames, each as soon as its bytes have arrived.
   *
   * The loop throws a PacketError after the last whole frame: `TRUNCATED_CAPTURE` when the file is
   * cut short, `BAD_CAPTURE` where it is damaged; and whatever error the source itself has.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<CapturedFrame> {
    return eachOf(this.batches());
  }

  /** Every interface described so far, of all sections, in the file's order; none in pcap. */
  get interfaces(): readonly CaptureInterface[] {
    return this.parser.interfaces;
  }

  /** Every section so far; none in pcap. */
  get sections(): readonly CaptureSection[] {
    return this.parser.sections;
  }

  /**
   * The frames in arrays: what one chunk completed, or 512 of it at a time. Several times faster
   * than one by one. Errors as for single frames.
   */
  batches(): AsyncIterableIterator<readonly CapturedFrame[]> {
    return this.iterate(this.read((parser, max) => parser.take(max)));
  }

  /**
   * Everything in the file in its order: of pcapng, sections, interfaces, frames, names,
   * statistics, secrets, custom and unknown blocks, each with its bytes; of pcap, the frames.
   * Errors as for frames.
   */
  items(): AsyncIterableIterator<CaptureItem> {
    return eachOf(this.iterate(this.read((parser, max) => parser.takeItems(max))));
  }

  /** Lets go of the source of a capture that is not to be read to its end. */
  async close(): Promise<void> {
    this.started = true;
    await this.source.cancel();
  }

  /** A generator that was never asked for a value would not run its `finally` on `return`. */
  private iterate<T>(generator: AsyncGenerator<T, void, undefined>): AsyncIterableIterator<T> {
    if (this.started) {
      throw new PacketError('BAD_VALUE', 'a capture can be read once: open it again');
    }
    this.started = true;
    const { source } = this;
    return {
      next: () => generator.next(),
      async return() {
        await source.cancel();
        await generator.return();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  private async *read<T>(take: Take<T>): AsyncGenerator<readonly T[], void, undefined> {
    const { parser, source } = this;
    try {
      for (;;) {
        for (const batch of batchesIn(parser, take)) yield batch;
        const chunk = await source.next();
        if (chunk === undefined) break;
        parser.feed(chunk);
      }
    } catch (error) {
      await cancelQuietly(source);
      throw error;
    }
    parser.end();
  }
}

/**
 * Opens a capture for reading as its bytes arrive: pcap or pcapng, also compressed with gzip, or
 * with zstd where `decompress.zstd` is given. Offsets in errors count bytes after decompression,
 * but for damage of the gzip file itself.
 *
 * @throws PacketError `BAD_CAPTURE` for an empty source, one that is no capture, zstd without a
 * decompressor, and a compressed file in a compressed file; `TRUNCATED_CAPTURE` when it ends inside
 * the file header (of pcapng, the first section header); `BAD_OPTION`
 * for a bad option; `BAD_VALUE` for a source that gives anything but bytes. The source's own
 * errors pass through.
 */
export async function openCapture(
  source: CaptureSource,
  options: ReadOptions = {},
): Promise<CaptureReader> {
  let chunks = chunksOf(source);
  try {
    let start = await firstBytes(chunks);
    const compression = compressionOf(start);
    if (compression !== undefined) {
      chunks = decompressed(compression, start, chunks, options);
      start = await firstBytes(chunks);
      const again = compressionOf(start);
      if (again !== undefined) {
        throw compressedError(
          again,
          options,
          `and that again with ${compression}; only one of them is undone here, so undo one first:`,
        );
      }
    }
    const parser = parserFor(start, options);
    let chunk: Uint8Array | undefined = start;
    while (chunk !== undefined) {
      parser.feed(chunk);
      parser.take(0);
      if (parser.header !== undefined) return new CaptureReader(parser.header, parser, chunks);
      chunk = await chunks.next();
    }
    parser.end();
    // A parser without a header throws in `end`; this line is for the compiler.
    throw notACapture(start, options);
  } catch (error) {
    await cancelQuietly(chunks);
    throw error;
  }
}

/**
 * The frames of a capture file in memory, one by one, without promises and without copying. A file
 * that is no capture throws right away, damage when the loop gets there; errors as `openCapture`.
 * Compressed files are refused: decompression needs `openCapture`.
 */
export function framesOf(
  bytes: Uint8Array,
  options: ReadOptions = {},
): Generator<CapturedFrame, void, undefined> {
  const compression = compressionOf(bytes);
  if (compression !== undefined) {
    throw compressedError(
      compression,
      options,
      'which framesOf does not read: use openCapture, or convert it with',
    );
  }
  const parser = parserFor(bytes, options);
  parser.feed(bytes);
  parser.take(0);
  if (parser.header === undefined) parser.end();
  return framesInMemory(parser);
}

function* framesInMemory(parser: CaptureParser): Generator<CapturedFrame, void, undefined> {
  for (const frames of batchesIn(parser, (from, max) => from.take(max))) {
    for (const frame of frames) yield frame; // yield* took twice as long
  }
  parser.end();
}

/** How to take up to so many of something from a parser. */
type Take<T> = (parser: CaptureParser, max: number) => T[];

/** What the parser can read of the chunk it was fed; throws at damage. */
function* batchesIn<T>(
  parser: CaptureParser,
  take: Take<T>,
): Generator<readonly T[], void, undefined> {
  for (;;) {
    const batch = take(parser, BATCH_FRAMES);
    if (batch.length > 0) yield batch;
    if (parser.error !== undefined) throw parser.error;
    if (batch.length < BATCH_FRAMES) return;
  }
}

/**
 * What is in batches, one by one. Written out because two async generators, one in the other,
 * took 890 ns a frame; this takes 310 (batches 140).
 */
function eachOf<T>(batches: AsyncIterableIterator<readonly T[]>): AsyncIterableIterator<T> {
  let batch: readonly T[] = [];
  let at = 0;
  // Calls of `next` that came before their frame did, which are answered in order.
  let queue: Promise<unknown> = Promise.resolve();
  let queued = 0;
  const pull = async (): Promise<IteratorResult<T>> => {
    for (;;) {
      const value = batch[at];
      if (value !== undefined) {
        at += 1;
        return { done: false, value };
      }
      const result = await batches.next();
      if (result.done === true) return { done: true, value: undefined };
      batch = result.value;
      at = 0;
    }
  };
  return {
    next() {
      const value = batch[at];
      if (queued === 0 && value !== undefined) {
        at += 1;
        return Promise.resolve({ done: false, value });
      }
      queued += 1;
      const answer = queue.then(pull).finally(() => {
        queued -= 1;
      });
      queue = answer.catch(() => undefined);
      return answer;
    },
    async return() {
      batch = [];
      await batches.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The first chunk, joined with as many more as hold the magic number. */
async function firstBytes(chunks: ChunkSource): Promise<Uint8Array> {
  let start: Uint8Array = new Uint8Array(0);
  while (start.length < MAGIC_BYTES) {
    const chunk = await chunks.next();
    if (chunk === undefined) break;
    if (start.length === 0) {
      start = chunk;
    } else {
      const joined = new Uint8Array(start.length + chunk.length);
      joined.set(start);
      joined.set(chunk, start.length);
      start = joined;
    }
  }
  return start;
}

/** Cancels on the way to an error, which must not be hidden by another. */
async function cancelQuietly(source: ChunkSource): Promise<void> {
  try {
    await source.cancel();
  } catch {
    // The error under way is the one to report.
  }
}
