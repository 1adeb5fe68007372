/** zstd, which the zlib of Node has from 22.15 and 23.8 on; `undefined` where it has not. */
import { Duplex, pipeline, Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { PacketError } from '../bytes/error.js';
import type { Compressor } from '../capture/compress.js';
import type { Decompress } from '../capture/parser.js';
import { ZstdFrames } from './zstd-frames.js';

/** What is used of Node's zlib. */
export interface ZstdOfNode {
  readonly createZstdCompress?: () => Duplex;
  readonly createZstdDecompress?: () => Duplex;
}

/** A decompressor whose errors name the file. */
export function zstdDecompress(
  name: string,
  { createZstdDecompress: create }: ZstdOfNode = zlib as ZstdOfNode,
): Decompress | undefined {
  if (create === undefined) return undefined;
  return async function* decompress(chunks) {
    const frames = new ZstdFrames(name, chunks);
    try {
      while (await frames.next()) {
        const stream = pipeline(Readable.from(frames.frame()), create(), () => {});
        for await (const chunk of stream) yield chunk as Uint8Array;
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (!/^(?:Z_|ZSTD_|ERR_ZSTD)/.test(code ?? '')) throw error;
      throw new PacketError('BAD_CAPTURE', `${name}: the zstd data is damaged: ${message}`);
    } finally {
      await frames.close();
    }
  };
}

/** A compressor. */
export function zstdCompressor(
  { createZstdCompress: create }: ZstdOfNode = zlib as ZstdOfNode,
): Compressor | undefined {
  if (create === undefined) return undefined;
  // The streams of Node's types and those of the browser's are the same ones under other names.
  return Duplex.toWeb(create()) as Compressor;
}
