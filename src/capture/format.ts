/** Which format a capture has, by its first bytes, and the parser for it. */

import { type CaptureParser, captureError, type ReadOptions } from './parser.js';
import { PcapParser } from './pcap-reader.js';

/** Bytes at the start of a file that tell its format. */
export const MAGIC_BYTES = 4;

/**
 * The parser for a file that starts with these bytes (fewer than four mean that the file has no
 * more). Bytes of no known format go to the pcap parser, which says what it expected.
 *
 * @throws PacketError `BAD_CAPTURE` for formats that are known but not read, `BAD_OPTION`.
 */
export function parserFor(start: Uint8Array, options: ReadOptions): CaptureParser {
  if (startsWith(start, [0x0a, 0x0d, 0x0d, 0x0a])) {
    throw unread(options, 'a pcapng file', 'tshark -F pcap -r IN -w OUT');
  }
  if (startsWith(start, [0x1f, 0x8b])) {
    throw unread(options, 'compressed with gzip', 'gzip -dc IN > OUT');
  }
  if (startsWith(start, [0x28, 0xb5, 0x2f, 0xfd])) {
    throw unread(options, 'compressed with zstd', 'zstd -dc IN > OUT');
  }
  return new PcapParser(options);
}

function startsWith(start: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => start[i] === byte);
}

function unread(options: ReadOptions, what: string, command: string): Error {
  const text = `this is ${what}, which is not read yet; convert it with \`${command}\``;
  return captureError('BAD_CAPTURE', options, text, { offset: 0 });
}
