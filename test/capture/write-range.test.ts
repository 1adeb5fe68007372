import { describe, expect, test } from 'vitest';
import { type KernelKind, newKernel } from '../../src/bytes/kernel.js';
import { FrameCursor } from '../../src/capture/frame-cursor.js';
import { FrameRecord } from '../../src/capture/frame-record.js';
import type { PcapWriterOptions } from '../../src/capture/pcap-writer.js';
import { PcapWriter } from '../../src/pcap-writer.js';
import { counting, errorOf, seeded } from './pcap-file.js';

const random = seeded(7);
const stamps = Array.from({ length: 2000 }, (_, i) => ({
  seconds: i === 0 ? 0xffff_ffff : 1_700_000_000 + i,
  nanoseconds: i === 1 ? 4_294_967_295 : random(1_000_000_000),
  ...(i % 3 === 0 ? { wireLength: random(0xffff_ffff) } : {}),
}));
const frames = stamps.map((_, i) => counting(i < 70 ? i : random(1500), i));

/** All frames one behind the other, with a byte between each and the next, and where they are. */
const starts: number[] = [];
const image = new Uint8Array(frames.reduce((sum, frame) => sum + frame.length + 1, 0));
let next = 0;
for (const frame of frames) {
  starts.push(next);
  image.set(frame, next);
  next += frame.length + 1;
}

function expectSame(file: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(file, expected)).toBe(0);
}

function byBytes(options: PcapWriterOptions): Uint8Array {
  const writer = PcapWriter.toMemory(options);
  for (const [i, frame] of frames.entries()) writer.write(frame, stamps[i]);
  return writer.bytes();
}

function byRanges(view: DataView, base: number, options: PcapWriterOptions): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = new PcapWriter((block) => parts.push(block.slice()), options);
  for (const [i, start] of starts.entries()) {
    const offset = base + start;
    writer.writeRange(view, offset, offset + (frames[i]?.length ?? 0), stamps[i]);
  }
  expect(writer.frameCount).toBe(frames.length);
  writer.close();
  return Buffer.concat(parts);
}

describe.each([
  {},
  { snapLength: 100 },
  { precision: 'ns', byteOrder: 'big', oversize: 'keep', snapLength: 10 },
] as const)('written with %j, ranges give the same file as bytes', (options) => {
  const usual = { ...options };
  const expected = byBytes(usual);

  test('from a view at any place in its memory', () => {
    const memory = new Uint8Array(image.length + 20);
    memory.set(image, 13);
    expectSame(byRanges(new DataView(memory.buffer), 13, usual), expected);
    const view = new DataView(memory.buffer, 5, image.length + 10);
    expectSame(byRanges(view, 8, usual), expected);
  });

  test.each(['webassembly', 'javascript'] as const)(
    'from one memory with the block, by a kernel in %s',
    (kind: KernelKind) => {
      const kernel = newKernel(image.length + 600_000, kind);
      kernel.bytes.set(image, 300_001);
      for (const size of [4096, 262_144]) {
        const block = kernel.bytes.subarray(3, 3 + size);
        const file = byRanges(kernel.view, 300_001, { ...usual, block });
        expectSame(file, expected);
      }
    },
  );

  test('from a cursor over the file, as its records say', () => {
    const cursor = new FrameCursor();
    const record = new FrameRecord();
    const writer = PcapWriter.toMemory(usual);
    for (let at = 0; at < expected.length; at += 10_000) {
      cursor.feed(expected.slice(at, at + 10_000));
      while (cursor.next(record)) {
        writer.writeRange(record.view, record.offset, record.end, record);
      }
    }
    cursor.end();
    expectSame(writer.bytes(), expected);
  });
});

test("ranges of other memory are written too where the block lies in a kernel's", () => {
  const kernel = newKernel(65_536);
  const parts: Uint8Array[] = [];
  const writer = new PcapWriter((block) => parts.push(block.slice()), {
    block: kernel.bytes.subarray(0, 4096),
  });
  const memory = PcapWriter.toMemory();
  kernel.bytes.set(counting(50), 5000);
  for (const view of [kernel.view, new DataView(counting(6000).buffer), kernel.view]) {
    for (const [offset, end] of [
      [5000, 5050],
      [5000, 5000],
      [5001, 5002],
    ] as const) {
      writer.writeRange(view, offset, end);
      memory.write(new Uint8Array(view.buffer, view.byteOffset + offset, end - offset));
    }
  }
  writer.close();
  expectSame(Buffer.concat(parts), memory.bytes());
});

test('what is no range of the view, or has a bad stamp, is refused and nothing written', async () => {
  const writer = PcapWriter.toMemory();
  const view = new DataView(new ArrayBuffer(10));
  const before = writer.bytes();
  for (const [offset, end] of [
    [-1, 5],
    [0, 11],
    [6, 5],
    [0.5, 5],
    [0, 4.5],
    [Number.NaN, 5],
    [0, Number.NaN],
  ]) {
    const error = await errorOf(() => writer.writeRange(view, offset ?? 0, end ?? 0));
    expect(error.code).toBe('BAD_VALUE');
    expect(error.message).toMatch(/of a view of 10/);
  }
  for (const stamp of [{ seconds: -1 }, { nanoseconds: 0.5 }, { wireLength: 2 ** 32 }]) {
    const error = await errorOf(() => writer.writeRange(view, 0, 5, stamp));
    expect(error.code).toBe('OUT_OF_RANGE');
  }
  expectSame(writer.bytes(), before);
  expect(writer.frameCount).toBe(0);
  await writer.close();
  expect((await errorOf(() => writer.writeRange(view, 0, 5))).code).toBe('BAD_VALUE');
});
