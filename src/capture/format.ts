/** Which format a capture has, by its first bytes, and the parser for it. */

import { type CaptureParser, captureError, type ReadOptions } from './parser.js';
import { PcapParser } from './pcap-reader.js';
import { PcapngParser } from './pcapng-reader.js';

/** Bytes at the start of a file that tell its format. */
export const MAGIC_BYTES = 4;

/** How a file is compressed, by its first bytes; undefined when it is not. */
export function compressionOf(start: Uint8Array): 'gzip' | 'zstd' | undefined {
  if (startsWith(start, [0x1f, 0x8b])) return 'gzip';
  return startsWith(start, [0x28, 0xb5, 0x2f, 0xfd]) ? 'zstd' : undefined;
}

/**
 * The parser for a file that starts with these bytes (fewer than four mean that the file has no
 * more). Bytes of no known format go to the pcap parser, which says what it expected. `lent`: see
 * `ChunkParser`.
 *
 * @throws PacketError `BAD_OPTION`.
 */
export function parserFor(start: Uint8Array, options: ReadOptions, lent = false): CaptureParser {
  return startsWith(start, [0x0a, 0x0d, 0x0d, 0x0a])
    ? new PcapngParser(options, lent)
    : new PcapParser(options, lent);
}

function startsWith(start: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => start[i] === byte);
}

/** The error for a compressed file in a place that takes none. */
export function compressedError(kind: 'gzip' | 'zstd', options: ReadOptions, text: string): Error {
  const message = `this is compressed with ${kind}, ${text} \`${kind} -dc IN > OUT\``;
  return captureError('BAD_CAPTURE', options, message, { offset: 0 });
}
