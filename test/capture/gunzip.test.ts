/** gzip in front of a capture: Node's zlib compresses, and judges what is left of damaged files. */
import { constants, gunzipSync, gzipSync } from 'node:zlib';
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

describe('EDGE-CASES 30: gzip that is cut short or damaged', () => {
  const bytes = sample(100_000, 5);
  const file = gzipSync(bytes);

  test('gives every byte that can be inflated', () => {
    const random = seeded(6);
    for (let round = 0; round < 60; round += 1) {
      const part = file.subarray(0, 12 + random(file.length - 12));
      const { out, error } = gunzip(part, 1 + random(part.length));
      const wanted = gunzipSync(part, { finishFlush: constants.Z_SYNC_FLUSH });
      expect(Buffer.compare(out, wanted)).toBe(0);
      expect(error).toMatchObject({ code: 'TRUNCATED_CAPTURE', offset: part.length });
      expect(error?.message).toBe(
        `a.gz: the gzip file is cut short: it ends at byte ${part.length}, inside member 1`,
      );
    }
  });

  test('gives every byte before the damage, however it is cut into chunks', () => {
    const half = bytes.subarray(0, 50_000);
    const open = gzipSync(half, { finishFlush: constants.Z_SYNC_FLUSH });
    const flipped = (at: number): Uint8Array => file.map((byte, i) => (i === at ? ~byte : byte));
    const cases: [Uint8Array, string, Uint8Array][] = [
      [Buffer.concat([open, Buffer.from([7])]), 'zlib says of member 1: invalid block type', half],
      [flipped(file.length - 8), 'the checksum of member 1 is wrong', bytes],
      [flipped(file.length - 4), 'the length of member 1 is wrong', bytes],
      [flipped(3), 'zlib says of member 1: unknown header flags set', new Uint8Array(0)],
    ];
    for (const [bad, words, wanted] of cases) {
      for (const size of [1, 1000, bad.length]) {
        const { out, error } = gunzip(bad, size);
        expect(Buffer.compare(out, wanted)).toBe(0);
        expect(error?.code).toBe('BAD_CAPTURE');
        expect(error?.message).toContain(words);
      }
    }
  });

  test('stays so: the same error comes again', () => {
    const machine = new Gunzip({});
    machine.push(Uint8Array.of(0x1f, 0x8b, 9, 0));
    for (let i = 0; i < 2; i += 1)
      expect(() => machine.read()).toThrow(/^the gzip file is damaged/);
  });
});

describe('EDGE-CASES 30: gzip of several members', () => {
  const members = [gzipSync('one '), gzipSync(''), gzipSync('two '), gzipSync('three')];

  test('is one stream, wherever chunks end', () => {
    for (const zeros of [0, 1, 512]) {
      const file = Buffer.concat([...members, Buffer.alloc(zeros)]);
      for (let size = 1; size <= file.length; size += 1) {
        const { out, error } = gunzip(file, size);
        expect(error).toBeUndefined();
        expect(String(out)).toBe('one two three');
      }
    }
  });

  test('may be followed by nothing but zeros', () => {
    const cases: [number[], string, string][] = [
      [[10], 'BAD_CAPTURE', 'bytes follow member 4 that start no other'],
      [[0x1f, 0x20, 1, 0], 'BAD_CAPTURE', 'bytes follow member 4 that start no other'],
      [[0x1f, 0x8b, 7, 0], 'BAD_CAPTURE', 'bytes follow member 4 that start no other'],
      [[0, 0, 0x1f], 'BAD_CAPTURE', 'bytes that are not zero follow the zeros after the last'],
      [[0x1f, 0x8b], 'TRUNCATED_CAPTURE', 'inside member 5'],
    ];
    for (const [more, code, words] of cases) {
      const file = Buffer.concat([...members, Buffer.from(more)]);
      for (const size of [1, 7, file.length]) {
        const { out, error } = gunzip(file, size);
        expect(String(out)).toBe('one two three');
        expect(error?.code).toBe(code);
        expect(error?.message).toContain(words);
      }
    }
  });
});

test('EDGE-CASES 30: a chunk of gzip is inflated 64 KiB at a time', () => {
  const machine = new Gunzip({});
  machine.push(gzipSync(new Uint8Array(2 ** 24)));
  let sum = 0;
  for (let part = machine.read(); part !== undefined; part = machine.read()) {
    expect(part.buffer.byteLength).toBeLessThanOrEqual(65_536);
    sum += part.length;
  }
  machine.end();
  expect(sum).toBe(2 ** 24);
});
