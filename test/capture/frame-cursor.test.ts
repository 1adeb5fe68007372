import { describe, expect, test } from 'vitest';
import { type CapturedFrame, type CaptureTime, timeText } from '../../src/capture/frame.js';
import { FrameCursor } from '../../src/capture/frame-cursor.js';
import { FrameRecord, frameFrom } from '../../src/capture/frame-record.js';
import type { ReadOptions } from '../../src/capture/parser.js';
import { MemoryPcapWriter } from '../../src/capture/pcap-writer.js';
import { MemoryPcapngWriter } from '../../src/capture/pcapng-writer.js';
import { framesOf } from '../../src/capture/reader.js';
import { fixture, fixtureNames, linkTypeOf } from '../support/fixtures.js';
import { counting, errorOf, pcapFile, plain, seeded } from './pcap-file.js';
import { everything, fileOf, Hand } from './pcapng-file.js';

const SIZES = [1, 7, 16, 24, 4096, Number.POSITIVE_INFINITY];

type Plain = ReturnType<typeof plain>;

/** What a file gives: its frames, and how reading it ends. */
interface Reading {
  readonly frames: Plain[];
  readonly error: { code: string; message: string; offset: unknown; frame: unknown } | undefined;
}

async function reading(read: (take: (frame: CapturedFrame) => void) => void): Promise<Reading> {
  const frames: Plain[] = [];
  let error: Reading['error'];
  try {
    // What a frame says besides is valid no longer than its bytes.
    read((frame) => frames.push(structuredClone(plain(frame))));
  } catch (thrown) {
    const { code, message, offset, frame } = await errorOf(() => {
      throw thrown;
    });
    error = { code, message, offset, frame };
  }
  return { frames, error };
}

const byFrames = (file: Uint8Array, options?: ReadOptions) =>
  reading((take) => {
    for (const frame of framesOf(file, options)) take(frame);
  });

/** Reads through one buffer of `size` bytes that is read into again and again, as from a file. */
const byCursor = (file: Uint8Array, size: number, options?: ReadOptions) =>
  reading((take) => {
    const cursor = new FrameCursor(options);
    const record = new FrameRecord();
    const buffer = new Uint8Array(Math.min(size, Math.max(file.length, 1)));
    for (let at = 0; at < file.length; at += buffer.length) {
      buffer.fill(0xee);
      const part = file.subarray(at, at + buffer.length);
      buffer.set(part);
      cursor.feed(buffer.subarray(0, part.length));
      while (cursor.next(record)) take(frameFrom(record));
    }
    cursor.end();
  });

async function expectSame(file: Uint8Array, options?: ReadOptions): Promise<Reading> {
  const expected = await byFrames(file, options);
  for (const size of SIZES) expect(await byCursor(file, size, options)).toEqual(expected);
  return expected;
}

/** Captures of every fixture: one of the writer's formats, link type by link type. */
function fixtureCaptures(): Uint8Array[] {
  const files: Uint8Array[] = [];
  const linkTypes = [...new Set(fixtureNames.map(linkTypeOf))];
  const all = new MemoryPcapngWriter();
  for (const linkType of linkTypes) {
    const writer = new MemoryPcapWriter({ linkType });
    const big = new MemoryPcapWriter({ linkType, byteOrder: 'big', precision: 'ns' });
    let seconds = 4_294_960_000;
    for (const name of fixtureNames.filter((one) => linkTypeOf(one) === linkType)) {
      const data = fixture(name);
      seconds += 1;
      const stamp = { seconds, nanoseconds: 123_456_789, wireLength: 0xffff_ffff };
      writer.write(data, stamp);
      big.write(data, stamp);
      all.write(data, { ...stamp, linkType, timeDigits: 9, details: { comments: [name] } });
    }
    files.push(writer.bytes(), big.bytes());
  }
  return [...files, all.bytes()];
}

describe('a cursor gives the frames of framesOf, in chunks of any size,', () => {
  test('of captures of every fixture', async () => {
    for (const file of fixtureCaptures()) {
      const { frames, error } = await expectSame(file);
      expect(error).toBeUndefined();
      expect(frames.length).toBeGreaterThan(0);
    }
  });

  test.each([
    { magic: 0xa1b2c3d4, extra: 0 },
    { magic: 0xa1b23c4d, extra: 0 },
    { magic: 0xa1b2cd34, extra: 8 },
    { version: [2, 3] as const },
    { version: [543, 0] as const },
  ])('of pcap with a header of $magic $version', async (header) => {
    const records = [
      { seconds: 4294967295, fraction: 999999, data: new Uint8Array(0) },
      { seconds: 1, fraction: 4294967295, data: counting(300), lengths: [300, 300] as const },
      { data: counting(60), lengths: [60, 60] as const },
    ];
    for (const little of [true, false]) {
      await expectSame(pcapFile({ ...header, little, records }));
    }
  });

  test('of pcapng with everything in it', async () => {
    expect((await expectSame(everything())).error).toBeUndefined();
  });

  test('of pcapng with all its packet blocks, several interfaces and sections', async () => {
    const little = new Hand(true);
    const big = new Hand(false);
    const file = fileOf(
      little.section([[4, 'one']]),
      little.interface(1, 50),
      little.simple([...counting(50)], 60),
      little.interface(101),
      little.enhanced([1, 2, 3], { id: 1, ticks: 2n ** 63n + 5n }, [[1, 'a comment']]),
      big.section(),
      big.interface(113),
      big.obsolete([...counting(8)], { drops: 5 }),
    );
    const { frames, error } = await expectSame(file);
    expect(error).toBeUndefined();
    expect(frames.map(({ linkType, data }) => [linkType, data.length])).toEqual([
      [1, 50],
      [101, 3],
      [113, 8],
    ]);
  });
});

describe('a cursor ends as framesOf does', () => {
  const records = [{ data: counting(40) }, { data: counting(1) }, { data: counting(200) }];

  test('where a file is cut short anywhere', async () => {
    const hand = new Hand(true);
    const blocks = fileOf(hand.section(), hand.interface(), hand.enhanced([...counting(30)]));
    for (const file of [pcapFile({ records }), blocks]) {
      for (let length = 0; length < file.length; length++) {
        await expectSame(file.subarray(0, length), { name: 'cut' });
      }
    }
  });

  test('where a file is damaged anywhere', async () => {
    const random = seeded(4);
    for (const file of [pcapFile({ records }), ...fixtureCaptures().slice(-1)]) {
      for (let round = 0; round < 300; round++) {
        const bad = file.slice(0, 3000);
        for (let i = 0; i <= random(3); i++) bad[random(bad.length)] = random(256);
        const expected = await byFrames(bad);
        // What starts like a compressed file is refused in other words.
        if (expected.error?.message.includes('compressed')) continue;
        for (const size of [7, 4096]) expect(await byCursor(bad, size)).toEqual(expected);
      }
    }
  });

  test('at records over maxRecord, and says so again', async () => {
    const file = pcapFile({ records });
    const { frames, error } = await expectSame(file, { maxRecord: 100, name: 'x' });
    expect(frames).toHaveLength(2);
    expect(error).toMatchObject({ code: 'BAD_CAPTURE', frame: 3 });
    const cursor = new FrameCursor({ maxRecord: 39 });
    cursor.feed(file);
    const record = new FrameRecord();
    for (const read of [() => cursor.next(record), () => cursor.next(record), () => cursor.end()]) {
      expect(await errorOf(read)).toMatchObject({ code: 'BAD_CAPTURE', frame: 1 });
    }
    expect((await errorOf(() => new FrameCursor({ maxRecord: 0 }))).code).toBe('BAD_OPTION');
  });
});

test('frames of a chunk lie in it, all in one view', () => {
  const file = pcapFile({ records: [{ data: counting(60) }, { data: counting(70) }] });
  const cursor = new FrameCursor();
  const record = new FrameRecord();
  cursor.feed(file);
  expect(cursor.next(record)).toBe(true);
  const { view } = record;
  expect([record.offset, record.end, record.number]).toEqual([40, 100, 1]);
  expect(cursor.next(record)).toBe(true);
  expect([record.offset, record.end, record.number]).toEqual([116, 186, 2]);
  expect(record.view).toBe(view);
  expect(view.buffer).toBe(file.buffer);
  expect(cursor.next(record)).toBe(false);
  cursor.end();
});

test('what straddles chunks is joined in the same memory each time', () => {
  const records = Array.from({ length: 20 }, (_, i) => ({ data: counting(50, i) }));
  const file = pcapFile({ records });
  const cursor = new FrameCursor();
  const record = new FrameRecord();
  const joined = new Set<ArrayBuffer>();
  let frames = 0;
  for (let at = 0; at < file.length; at += 40) {
    cursor.feed(file.subarray(at, at + 40));
    while (cursor.next(record)) {
      frames += 1;
      expect(record.view.getUint8(record.offset)).toBe(frames - 1);
      joined.add(record.view.buffer);
    }
  }
  cursor.end();
  expect(frames).toBe(20);
  expect(joined.size).toBe(1);
  expect(joined.has(file.buffer)).toBe(false);
});

test('interfaces keep what they say when the chunk is overwritten', () => {
  const hand = new Hand(true);
  const file = fileOf(hand.section(), hand.interface(1, 0, [[2, 'eth0']]), hand.enhanced([1]));
  const cursor = new FrameCursor();
  const record = new FrameRecord();
  expect(cursor.header).toBeUndefined();
  expect(cursor.interfaces).toEqual([]);
  cursor.feed(file);
  expect(cursor.next(record)).toBe(true);
  const from = record.interface;
  expect(cursor.next(record)).toBe(false);
  const before = structuredClone(from);
  file.fill(0xee);
  expect(from).toEqual(before);
  expect(from?.name).toBe('eth0');
  expect(cursor.interfaces).toEqual([from]);
  expect(cursor.header?.format).toBe('pcapng');
});

test('a record can serve several cursors by turns', () => {
  const one = pcapFile({ link: 1, records: [{ data: counting(5) }, { data: counting(6) }] });
  const other = pcapFile({
    link: 113,
    magic: 0xa1b23c4d,
    records: [{ fraction: 7, data: counting(8) }],
  });
  const record = new FrameRecord();
  const cursors = [one, other].map((file) => {
    const cursor = new FrameCursor();
    cursor.feed(file);
    return cursor;
  });
  const seen: [number, string, number][] = [];
  for (const i of [0, 1, 0]) {
    expect(cursors[i]?.next(record)).toBe(true);
    const time: CaptureTime = record;
    seen.push([record.linkType, timeText(time), record.end - record.offset]);
  }
  expect(seen).toEqual([
    [1, '0.000000', 5],
    [113, '0.000000007', 8],
    [1, '0.000000', 6],
  ]);
});

describe('a cursor refuses', () => {
  test('what is no bytes, and bytes before the chunk before is used up', async () => {
    const cursor = new FrameCursor();
    expect((await errorOf(() => cursor.feed('x' as never))).code).toBe('BAD_VALUE');
    const file = pcapFile({ records: [{ data: counting(5) }] });
    cursor.feed(file);
    expect((await errorOf(() => cursor.feed('x' as never))).code).toBe('BAD_VALUE');
    const early = await errorOf(() => cursor.feed(file));
    expect(early.message).toMatch(/before feeding the next/);
    expect(cursor.next(new FrameRecord())).toBe(true);
  });

  test.each([
    ['gzip', [0x1f, 0x8b, 8, 0]],
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ])('what is compressed with %s, in chunks of any size', async (name, bytes) => {
    for (const size of [1, 3, 4]) {
      const cursor = new FrameCursor({ name: 'x' });
      const error = await errorOf(() => {
        for (let at = 0; at < 4; at += size) {
          cursor.feed(Uint8Array.from(bytes.slice(at, at + size)));
          expect(cursor.next(new FrameRecord())).toBe(false);
        }
      });
      expect(error.code).toBe('BAD_CAPTURE');
      expect(error.message).toMatch(
        new RegExp(`^x: this is compressed with ${name}, .*openCapture`),
      );
    }
  });
});
