/** Where frames come from: a capture file, standard input, or hex as people paste it. */
import { createReadStream } from 'node:fs';
import { PacketError } from '../bytes/error.js';
import type { CapturedFrame, CaptureTime } from '../capture/frame.js';
import { type CaptureReader, openCapture } from '../capture/reader.js';
import { looksLikeHexText, parseHexText } from './hex-input.js';
import { type Progress, progressOf } from './progress.js';
import { zstdDecompress } from './zstd.js';

/** A frame as the command reads it; hex text knows no time, nor do simple packets of pcapng. */
export interface InputFrame {
  readonly data: Uint8Array;
  readonly wireLength: number;
  readonly linkType: number;
  /** Bytes that the capture holds of a frame at most; 0 is unlimited, or not known. */
  readonly snapLength: number;
  readonly time: CaptureTime | undefined;
  /** All that the capture says of the frame; hex text says no more than the above. */
  readonly captured?: CapturedFrame | undefined;
}

/** Frames in the groups in which they arrive; throws after the last whole one where a file is damaged. */
export interface Input {
  readonly name: string;
  /** Can be read once, by one loop, and only where `reader` is not read. */
  readonly batches: AsyncIterable<readonly InputFrame[]>;
  /** The capture itself; hex text is none. */
  readonly reader?: CaptureReader | undefined;
  readonly progress?: Progress | undefined;
}

const READ_BYTES = 262_144;
/** Every capture format has a control character among this many of its first bytes. */
const MAGIC_BYTES = 24;
/** How much of a text is looked at to tell whether there is hex in it. */
const TEXT_BYTES = 4096;

/** What messages call a file. */
export function inputName(path: string): string {
  return isStdin(path) ? 'standard input' : path;
}

/** `/dev/stdin` is `-`: what it leads to can often not be opened a second time (a socket). */
function isStdin(path: string): boolean {
  return path === '-' || path === '/dev/stdin' || path === '/dev/fd/0';
}

/**
 * Opens a capture file (pcap or pcapng, also compressed with gzip, or with zstd where Node has it),
 * hex text, or `-` for standard input. Throws `PacketError` in words for people.
 *
 * @param stdoutFree whether standard output is not written to, so that a terminal is free for
 * showing the progress
 */
export async function openInput(
  path: string,
  maxRecord?: number,
  stdoutFree = false,
): Promise<Input> {
  const name = inputName(path);
  const progress = await progressOf(path, stdoutFree);
  const chunks = readable(path, progress)[Symbol.asyncIterator]();
  const start = await beginning(chunks);
  const source = joined(start, chunks);
  const head = start.subarray(0, TEXT_BYTES);
  const isHex = looksLikeHexText(head);
  if (isHex || (head.length > 0 && isText([head]))) {
    const called = isHex ? name : `${name}: neither a capture nor hex`;
    return { name, batches: fromHexText(called, source), reader: undefined, progress };
  }
  const decompress = { zstd: zstdDecompress(name) };
  const reader = await openCapture(source, { name, maxRecord, decompress });
  return { name, batches: fromCapture(reader, progress), reader, progress };
}

/** As much of a source as tells what it is: from a pipe it may come byte by byte. */
async function beginning(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let wanted = MAGIC_BYTES;
  while (bytes < wanted) {
    const { done, value } = await chunks.next();
    if (done) break;
    parts.push(value);
    bytes += value.length;
    // Text may begin with comments. A live capture must not be waited for like that.
    if (bytes >= MAGIC_BYTES && !isText(parts)) break;
    if (bytes >= MAGIC_BYTES) wanted = TEXT_BYTES;
  }
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}

function isText(parts: readonly Uint8Array[]): boolean {
  return parts.every((part) =>
    part.subarray(0, TEXT_BYTES).every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d)),
  );
}

/** The bytes of a file or of standard input (`-`). Throws `BAD_CAPTURE` in words. */
export async function* readable(path: string, progress?: Progress): AsyncGenerator<Uint8Array> {
  try {
    const stream = isStdin(path)
      ? process.stdin
      : createReadStream(path, { highWaterMark: READ_BYTES });
    for await (const chunk of stream) {
      yield chunk as Uint8Array;
      progress?.chunk((chunk as Uint8Array).length);
    }
  } catch (error) {
    throw new PacketError('BAD_CAPTURE', `${inputName(path)}: ${inWords(error)}`);
  } finally {
    progress?.end();
  }
}

/** What the system says about a file, without its jargon. */
export function inWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    ENOTDIR: 'there is no such file',
    EISDIR: 'this is a folder, not a file',
    EACCES: 'it may not be read',
    EPERM: 'it may not be read',
    ELOOP: 'the links lead in a circle',
    ENAMETOOLONG: 'the name is too long',
    ENXIO: 'this is a socket or a device without a reader, not a file',
  };
  return words[code ?? ''] ?? message;
}

async function* joined(
  start: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield start;
    for (;;) {
      const { done, value } = await rest.next();
      if (done) return;
      yield value;
    }
  } finally {
    await rest.return?.();
  }
}

async function* fromCapture(
  reader: CaptureReader,
  progress: Progress | undefined,
): AsyncGenerator<readonly InputFrame[]> {
  let frames = 0;
  if (progress !== undefined) progress.frames = () => frames;
  const { snapLength } = reader;
  for await (const batch of reader.batches()) {
    frames += batch.length;
    yield batch.map((frame) => ({
      data: frame.data,
      wireLength: frame.wireLength,
      linkType: frame.linkType,
      snapLength: snapLength ?? frame.interface?.snapLength ?? 0,
      time: frame.hasTime ? frame : undefined,
      captured: frame,
    }));
  }
}

async function* fromHexText(
  name: string,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly InputFrame[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  const text = new TextDecoder().decode(Buffer.concat(chunks));
  try {
    yield parseHexText(text).map((frame) => {
      if (frame.note !== undefined) {
        process.stderr.write(`framewright: ${name}:${frame.line}: ${frame.note}\n`);
      }
      const { seconds, nanoseconds = 0 } = frame;
      return {
        data: frame.data,
        wireLength: frame.wireLength ?? frame.data.length,
        linkType: frame.linkType,
        snapLength: 0,
        captured: undefined,
        time: seconds === undefined ? undefined : { seconds, nanoseconds, timeDigits: 9 },
      };
    });
  } catch (error) {
    if (error instanceof PacketError)
      throw new PacketError(error.code, `${name}: ${error.message}`);
    throw error;
  }
}
