/** Where frames come from: a capture file, standard input, or hex as people paste it. */
import { createReadStream } from 'node:fs';
import { PacketError } from '../bytes/error.js';
import type { CaptureTime } from '../capture/frame.js';
import { type CaptureReader, openCapture } from '../capture/reader.js';
import { looksLikeHexText, parseHexText } from './hex-input.js';

/** A frame as the command reads it; hex text knows no time. */
export interface InputFrame {
  readonly data: Uint8Array;
  readonly wireLength: number;
  readonly linkType: number;
  /** Bytes that the capture holds of a frame at most; 0 is unlimited, or not known. */
  readonly snapLength: number;
  readonly time: CaptureTime | undefined;
}

/** Frames in the groups in which they arrive; throws after the last whole one where a file is damaged. */
export interface Input {
  readonly name: string;
  readonly batches: AsyncIterable<readonly InputFrame[]>;
}

const READ_BYTES = 262_144;
/** Every capture format has a control character among this many of its first bytes. */
const MAGIC_BYTES = 24;
/** How much of a text is looked at to tell whether there is hex in it. */
const TEXT_BYTES = 4096;

/** What messages call a file. */
export function inputName(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** Opens a capture file, or `-` for standard input. Throws `PacketError` in words for people. */
export async function openInput(path: string, maxRecord?: number): Promise<Input> {
  const name = inputName(path);
  const chunks = readable(path, name)[Symbol.asyncIterator]();
  const start = await beginning(chunks);
  const source = joined(start, chunks);
  const head = start.subarray(0, TEXT_BYTES);
  if (looksLikeHexText(head)) return { name, batches: fromHexText(name, source) };
  if (head.length > 0 && isText([head])) {
    return { name, batches: fromHexText(`${name}: neither a capture nor hex`, source) };
  }
  const reader = await openCapture(source, { name, maxRecord });
  return { name, batches: fromCapture(reader) };
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

async function* readable(path: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    const stream =
      path === '-' ? process.stdin : createReadStream(path, { highWaterMark: READ_BYTES });
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    throw new PacketError('BAD_CAPTURE', `${name}: ${inWords(error)}`);
  }
}

/** What the system says about a file, without its jargon. */
export function inWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'this is a folder, not a file';
  if (code === 'EACCES') return 'it may not be read';
  return message;
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

async function* fromCapture(reader: CaptureReader): AsyncGenerator<readonly InputFrame[]> {
  for await (const batch of reader.batches()) {
    yield batch.map((frame) => ({
      data: frame.data,
      wireLength: frame.wireLength,
      linkType: frame.linkType,
      snapLength: frame.interface?.snapLength ?? reader.snapLength ?? 0,
      time: frame,
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
        time: seconds === undefined ? undefined : { seconds, nanoseconds, timeDigits: 9 },
      };
    });
  } catch (error) {
    if (error instanceof PacketError)
      throw new PacketError(error.code, `${name}: ${error.message}`);
    throw error;
  }
}
