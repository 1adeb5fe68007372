/** Compressed captures as the chunks of bytes that they mean. */
import { compressedError } from './format.js';
import type { Gunzip } from './gunzip.js';
import type { ReadOptions } from './parser.js';
import { type ChunkSource, chunksOf } from './source.js';

/**
 * The decompressed chunks of a source whose first bytes have been read.
 *
 * @throws PacketError `BAD_CAPTURE` for zstd where no decompressor for it is given.
 */
export function decompressed(
  kind: 'gzip' | 'zstd',
  start: Uint8Array,
  rest: ChunkSource,
  options: ReadOptions,
): ChunkSource {
  if (kind === 'gzip') return gunzipped(start, rest, options);
  const zstd = options.decompress?.zstd;
  if (zstd === undefined) {
    throw compressedError(
      kind,
      options,
      'which cannot be undone here (Node 22.15 and 23.8 can); convert it with',
    );
  }
  const chunks = chunksOf(zstd(withStart(start, rest)));
  return {
    next: () => chunks.next(),
    async cancel() {
      await chunks.cancel();
      await rest.cancel();
    },
  };
}

function gunzipped(start: Uint8Array, rest: ChunkSource, options: ReadOptions): ChunkSource {
  let gunzip: Gunzip | undefined;
  let ended = false;
  return {
    async next() {
      if (gunzip === undefined) {
        // Few captures are compressed: the others need not wait 20 ms for zlib to load.
        gunzip = new (await import('./gunzip.js')).Gunzip(options);
        gunzip.push(start);
      }
      while (!ended) {
        const bytes = gunzip.read();
        if (bytes !== undefined) return bytes;
        const chunk = await rest.next();
        if (chunk !== undefined) {
          gunzip.push(chunk);
        } else {
          ended = true;
          gunzip.end();
        }
      }
      return undefined;
    },
    cancel: () => rest.cancel(),
  };
}

async function* withStart(start: Uint8Array, rest: ChunkSource): AsyncGenerator<Uint8Array> {
  yield start;
  for (;;) {
    const chunk = await rest.next();
    if (chunk === undefined) return;
    yield chunk;
  }
}
