/** Chunks of bytes from whatever holds them: memory, iterables, Node and WHATWG streams. */
import { PacketError } from '../bytes/error.js';
import { describe, isBytes } from './parser.js';

/** Where a capture can be read from. A Node stream is an async iterable. */
export type CaptureSource =
  | Uint8Array
  | Iterable<Uint8Array>
  | AsyncIterable<Uint8Array>
  | ReadableStream<Uint8Array>;

/** Chunks in order, one at a time. */
export interface ChunkSource {
  /** The next chunk, undefined at the end. Rejects with the source's own error. */
  next(): Promise<Uint8Array | undefined>;
  /** Tells the source that no more is wanted; does nothing once it has ended or failed. */
  cancel(): Promise<void>;
}

interface Puller {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  cancel(): Promise<unknown>;
}

/**
 * Opens a source.
 *
 * @throws PacketError `BAD_VALUE` when it is none of the kinds of source.
 */
export function chunksOf(source: CaptureSource): ChunkSource {
  const puller = pullerOf(source);
  let over = false;
  return {
    async next() {
      if (over) return undefined;
      let chunk: unknown;
      try {
        const result = await puller.next();
        if (result.done === true) {
          over = true;
          return undefined;
        }
        chunk = result.value;
      } catch (error) {
        over = true;
        throw error;
      }
      if (isBytes(chunk)) return chunk;
      throw new PacketError(
        'BAD_VALUE',
        `the source gave ${describe(chunk)} where a Uint8Array is expected${typeof chunk === 'string' ? '; a Node stream must have no encoding set' : ''}`,
      );
    },
    async cancel() {
      if (over) return;
      over = true;
      await puller.cancel();
    },
  };
}

function pullerOf(source: CaptureSource): Puller {
  if (isBytes(source)) return ofIterator([source][Symbol.iterator]());
  if (typeof source === 'object' && source !== null) {
    if (Symbol.asyncIterator in source) return ofIterator(source[Symbol.asyncIterator]());
    // Safari's ReadableStream is no async iterable.
    if (Symbol.iterator in source) return ofIterator(source[Symbol.iterator]());
    if ('getReader' in source) {
      const reader = (source as ReadableStream<Uint8Array>).getReader();
      return { next: () => reader.read(), cancel: () => reader.cancel() };
    }
  }
  throw new PacketError(
    'BAD_VALUE',
    `can't read a capture from ${describe(source)}: expected a Uint8Array, an iterable or async iterable of them, or a stream`,
  );
}

function ofIterator(iterator: Iterator<Uint8Array> | AsyncIterator<Uint8Array>): Puller {
  return {
    next: async () => iterator.next(),
    cancel: async () => iterator.return?.(),
  };
}
