/** gzip in front of a capture: zlib compresses, we inflate. */
import { constants, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { PacketError } from '../../src/bytes/error.js';
import { Gunzip } from '../../src/capture/gunzip.js';
import { seeded } from './pcap-file.js';

/** What comes out, and the error that ends it. */
function gunzip(file: Uint8Array, size = file.length): { out: Uint8Array; error?: PacketError } {
  const machine = new Gunzip({ name: 'a.gz' });
  const parts: Uint8Array[] = [];
  try {
    for (let at = 0; at < file.length; at += size) {
      machine.push(file.subarray(at, at + size));
      for (let part = machine.read(); part !== undefined; part = machine.read()) parts.push(part);
    }
    machine.end();
  } catch (error) {
    return { out: Buffer.concat(parts), error: error as PacketError };
  }
  return { out: Buffer.concat(parts) };
}

/** Bytes of several kinds: of few values, repeating, random. */
function sample(length: number, seed: number): Uint8Array {
  const random = seeded(seed);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const kind = random(4);
    const run = Math.min(1 + random(5000), length - at);
    const back = 1 + random(Math.max(1, Math.min(at, 40_000)));
    for (let i = 0; i < run; i += 1, at += 1) {
      if (kind === 0) bytes[at] = random(256);
      else if (kind === 1) bytes[at] = 97 + random(4);
      else if (kind === 2) bytes[at] = at >= back ? (bytes[at - back] as number) : 7;
      else bytes[at] = 0;
    }
  }
  return bytes;
}

describe('EDGE-CASES 30: gzip is inflated', () => {
  const settings = [
    { level: 0 },
    { level: 1 },
    { level: 6 },
    { level: 9 },
    { strategy: constants.Z_FIXED },
    { strategy: constants.Z_HUFFMAN_ONLY },
    { strategy: constants.Z_RLE },
    { level: 9, windowBits: 9 },
  ];
  test.each(settings)('as zlib deflates it with %o', (setting) => {
    for (const length of [0, 1, 300, 70_000, 400_000]) {
      const bytes = sample(length, length + 1);
      const file = gzipSync(bytes, setting);
      for (const size of [file.length, 65_536, 1000, 7]) {
        const { out, error } = gunzip(file, size);
        expect(error).toBeUndefined();
        expect(Buffer.compare(out, bytes)).toBe(0);
      }
    }
  });

  test('byte by byte', () => {
    const bytes = sample(20_000, 3);
    for (const setting of settings)
      expect(gunzip(gzipSync(bytes, setting), 1).out).toEqual(Buffer.from(bytes));
  });
});
