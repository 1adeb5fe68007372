import { describe, expect, test } from 'vitest';
import type { CapturedFrame } from '../../src/capture/frame.js';
import { PcapParser } from '../../src/capture/pcap-reader.js';
import { counting, errorOf, type HandFile, pcapFile, plain, seeded } from './pcap-file.js';

const records = [
  { seconds: 1422828273, fraction: 817203, data: counting(60) },
  { seconds: 4294967295, fraction: 999999, data: new Uint8Array(0), lengths: [0, 1514] as const },
  { seconds: 0, fraction: 0, data: counting(1), lengths: [1, 4294967295] as const },
  { seconds: 7, fraction: 1, data: counting(300, 9) },
];

function readAll(file: Uint8Array, options = {}): CapturedFrame[] {
  const parser = new PcapParser(options);
  const frames = parser.push(file);
  parser.end();
  return frames;
}

function headerOf(file: HandFile): PcapParser['header'] {
  const parser = new PcapParser();
  parser.push(pcapFile(file));
  return parser.header;
}

describe.each([
  { magic: 0xa1b2c3d4, unit: 1000, timeDigits: 6, extra: 0 },
  { magic: 0xa1b23c4d, unit: 1, timeDigits: 9, extra: 0 },
  { magic: 0xa1b2cd34, unit: 1000, timeDigits: 6, extra: 8 },
])('EDGE-CASES 28: magic $magic', ({ magic, unit, timeDigits, extra }) => {
  test.each([true, false])('is read with little-endian %s', (little) => {
    const file = pcapFile({ magic, little, extra, records, link: 113 });
    expect(readAll(file).map(plain)).toEqual(
      records.map((r, i) => ({
        data: [...r.data],
        wireLength: r.lengths?.[1] ?? r.data.length,
        seconds: r.seconds,
        nanoseconds: r.fraction * unit,
        timeDigits,
        linkType: 113,
        number: i + 1,
        hasTime: true,
      })),
    );
  });

  test('gives the same frames however the file is cut into chunks', () => {
    const file = pcapFile({ magic, extra, records });
    const whole = readAll(file).map(plain);
    const random = seeded(28);
    for (let round = 0; round < 200; round++) {
      const largest = round === 0 ? 1 : 1 + random(round < 100 ? 40 : file.length);
      const parser = new PcapParser();
      const frames: CapturedFrame[] = [];
      for (let at = 0; at < file.length; ) {
        const size = 1 + random(largest);
        frames.push(...parser.push(file.slice(at, at + size)));
        if (random(4) === 0) frames.push(...parser.push(new Uint8Array(0)));
        at += size;
      }
      parser.end();
      expect(frames.map(plain)).toEqual(whole);
    }
  });

  test('a file cut short anywhere gives every whole frame, then says where it ends', async () => {
    const file = pcapFile({ magic, extra, records });
    const whole = readAll(file).map(plain);
    const ends = [24];
    for (const r of records) ends.push((ends.at(-1) ?? 0) + 16 + extra + r.data.length);
    for (let length = 0; length < file.length; length++) {
      for (const chunk of [1, length || 1]) {
        const parser = new PcapParser();
        const frames: CapturedFrame[] = [];
        for (let at = 0; at < length; at += chunk) {
          frames.push(...parser.push(file.subarray(at, Math.min(at + chunk, length))));
        }
        const complete = ends.filter((end) => end <= length).length - 1;
        expect(frames.map(plain)).toEqual(whole.slice(0, Math.max(complete, 0)));
        if (ends.includes(length)) {
          parser.end();
        } else {
          const error = await errorOf(() => parser.end());
          expect(error.code).toBe(length < 4 ? 'BAD_CAPTURE' : 'TRUNCATED_CAPTURE');
          if (length >= 4) {
            expect(error.offset).toBe(length);
            expect(error.frame).toBe(length < 24 ? undefined : complete + 1);
            expect(error.message).toContain(`ends at byte ${length}`);
          }
        }
      }
    }
  });
});

test('a frame that lies whole in a chunk is not copied, and stays as it is', () => {
  const file = pcapFile({ records });
  const parser = new PcapParser();
  const first = parser.push(file.subarray(0, 150));
  const rest = parser.push(file.subarray(150));
  expect(first[0]?.data.buffer).toBe(file.buffer);
  expect(rest.at(-1)?.data.buffer).not.toBe(file.buffer);
  expect([...(first[0]?.data ?? [])]).toEqual([...counting(60)]);
});

test('a chunk that is a Node Buffer inside a pool gives plain Uint8Arrays', () => {
  const pool = Buffer.alloc(1000, 0xaa);
  const file = pcapFile({ records });
  pool.set(file, 13);
  const frames = readAll(pool.subarray(13, 13 + file.length));
  expect(frames.map(plain)).toEqual(readAll(file).map(plain));
  expect(Buffer.isBuffer(frames[0]?.data)).toBe(false);
});

describe('EDGE-CASES 28: the file header', () => {
  test('snap length 0 limits nothing, and a frame longer than the snap length is read', () => {
    expect(headerOf({ snapLength: 0 })?.snapLength).toBe(0);
    expect(readAll(pcapFile({ snapLength: 0, records }))).toHaveLength(4);
    expect(readAll(pcapFile({ snapLength: 20, records }))[0]?.data).toHaveLength(60);
    expect(headerOf({ snapLength: 0xffffffff })?.snapLength).toBe(4294967295);
  });

  test('says how many bytes of FCS there are, in units of two bytes, if its bit says so', () => {
    expect(headerOf({ link: 0x24000001 })).toMatchObject({ linkType: 1, fcsBytes: 4 });
    expect(headerOf({ link: 0xf400ffff })).toMatchObject({ linkType: 65535, fcsBytes: 30 });
    expect(headerOf({ link: 0x04000001 })).toMatchObject({ linkType: 1, fcsBytes: 0 });
    expect(headerOf({ link: 0x20000001 })).toMatchObject({ linkType: 1, fcsBytes: undefined });
    expect(headerOf({ link: 0x08000001 })).toMatchObject({ linkType: 1, fcsBytes: undefined });
  });

  test.each([0x00010001, 0x02000001])('with reserved bits is refused: %i', async (link) => {
    const error = await errorOf(() => headerOf({ link }));
    expect(error).toMatchObject({ code: 'BAD_CAPTURE', offset: 20 });
    expect(error.message).toContain(`0x${link.toString(16).padStart(8, '0')}`);
  });

  test.each([
    [[2, 0], [100, 60], 100],
    [[2, 2], [100, 60], 100],
    [[2, 3], [100, 60], 100],
    [[2, 3], [60, 100], 100],
    [[543, 0], [100, 60], 100],
    [[2, 4], [60, 40], 40],
    [[2, 5], [60, 100], 100],
  ] as const)('version %j with lengths %j means 60 of %i bytes', (version, lengths, wire) => {
    const file = pcapFile({ version, records: [{ data: counting(60), lengths }] });
    const frames = readAll(file);
    expect(frames.map((f) => [f.data.length, f.wireLength])).toEqual([[60, wire]]);
  });

  test.each([
    [[1, 4], '1.4'],
    [[3, 0], '3.0'],
    [[543, 1], '543.1'],
    [[0, 0], '0.0'],
  ] as const)('of version %j is refused', async (version, text) => {
    const error = await errorOf(() => headerOf({ version }));
    expect(error).toMatchObject({ code: 'BAD_CAPTURE', offset: 4 });
    expect(error.message).toContain(`version ${text} is not known`);
  });

  test('that is none is refused with its first four bytes, as soon as they are there', async () => {
    const parser = new PcapParser({ name: 'x.pcap' });
    parser.push(counting(3, 1));
    const error = await errorOf(() => parser.push(counting(1, 4)));
    expect(error).toMatchObject({ code: 'BAD_CAPTURE', offset: 0 });
    expect(error.message).toMatch(/^x\.pcap: .*starts with 01 02 03 04;.*d4 c3 b2 a1/);
    expect(await errorOf(() => parser.end())).toBe(error);
  });
});

test('EDGE-CASES 28: a frame that is longer than it was on the wire is read as it is', () => {
  const file = pcapFile({ records: [{ data: counting(60), lengths: [60, 40] }] });
  expect(readAll(file)[0]).toMatchObject({ wireLength: 40, data: counting(60) });
});

describe('EDGE-CASES 28: a record that is too long', () => {
  const damaged = pcapFile({
    records: [...records, { data: counting(8), lengths: [262_145, 262_145] }],
  });
  const badAt = damaged.length - 24;

  test('ends reading after every whole frame before it, with place and number', async () => {
    for (const chunk of [1, 7, damaged.length]) {
      const parser = new PcapParser();
      const frames: CapturedFrame[] = [];
      const error = await errorOf(() => {
        for (let at = 0; at < damaged.length; at += chunk) {
          frames.push(...parser.push(damaged.subarray(at, at + chunk)));
        }
        parser.end();
      });
      expect(frames).toHaveLength(4);
      expect(error).toMatchObject({ code: 'BAD_CAPTURE', offset: badAt, frame: 5 });
      expect(error.message).toBe(
        `frame 5 at byte ${badAt} claims 262145 captured bytes, more than 262144: the file is damaged there, or maxRecord must be raised`,
      );
      expect(parser.error).toBe(error);
      expect(await errorOf(() => parser.push(counting(1)))).toBe(error);
    }
  });

  test.each([65_535, 1_048_576, 0])(
    'is damage whatever the snap length: %i',
    async (snapLength) => {
      const file = pcapFile({ snapLength, records: [{ data: new Uint8Array(300_000) }] });
      expect((await errorOf(() => readAll(file))).code).toBe('BAD_CAPTURE');
      expect(readAll(file, { maxRecord: 300_000 })).toHaveLength(1);
    },
  );

  test('is one byte over the limit, and the limit can be moved', async () => {
    const largest = pcapFile({ records: [{ data: new Uint8Array(262_144).fill(1) }] });
    expect(readAll(largest)[0]?.data).toHaveLength(262_144);
    const more = pcapFile({ records: [{ data: new Uint8Array(300_000).fill(1) }] });
    expect((await errorOf(() => readAll(more))).code).toBe('BAD_CAPTURE');
    expect(readAll(more, { maxRecord: 300_000 })[0]?.data).toHaveLength(300_000);
    expect((await errorOf(() => readAll(more, { maxRecord: 299_999 }))).code).toBe('BAD_CAPTURE');
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 32])('maxRecord %d makes no sense', async (maxRecord) => {
    expect((await errorOf(() => new PcapParser({ maxRecord }))).code).toBe('BAD_OPTION');
  });
});

test('a damaged length does not size an allocation by itself', () => {
  const huge = pcapFile({ records: [{ data: counting(8), lengths: [0xffffffff, 8] }] });
  const parser = new PcapParser({ maxRecord: 0xffffffff });
  const before = process.memoryUsage().arrayBuffers;
  expect(parser.push(huge)).toEqual([]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  expect(() => parser.end()).toThrow(/8 of 4294967295/);
});

test('a long record in chunks of one byte takes time in proportion to its length', () => {
  const time = (length: number): number => {
    const file = pcapFile({ records: [{ data: new Uint8Array(length).fill(3) }] });
    const parser = new PcapParser({ maxRecord: length });
    const start = performance.now();
    let frames = 0;
    for (let at = 0; at < file.length; at++) {
      frames += parser.push(file.subarray(at, at + 1)).length;
    }
    const taken = performance.now() - start;
    expect(frames).toBe(1);
    return taken;
  };
  time(20_000);
  // Sixteen times the bytes; quadratic work takes over 100 times as long, on a machine with other
  // work too: only the best of several rounds is without it.
  let [short, long] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < 2 || (round < 5 && long / short >= 64); round++) {
    short = Math.min(short, time(20_000));
    long = Math.min(long, time(320_000));
  }
  expect(long / short).toBeLessThan(64);
});

test('a nonsense fraction of a second is kept', () => {
  const fractions = (magic: number): number[] =>
    readAll(
      pcapFile({
        magic,
        records: [
          { data: counting(1), fraction: 1_500_000_000 },
          { data: counting(1), fraction: 0xffffffff },
        ],
      }),
    ).map((f) => f.nanoseconds);
  expect(fractions(0xa1b23c4d)).toEqual([1_500_000_000, 4294967295]);
  expect(fractions(0xa1b2c3d4)).toEqual([1_500_000_000_000, 4294967295000]);
});

test('chunks must be bytes, and a chunk must be used up before the next', async () => {
  const parser = new PcapParser();
  const error = await errorOf(() => parser.push('text' as unknown as Uint8Array));
  expect(error).toMatchObject({ code: 'BAD_VALUE', message: expect.stringContaining('a string') });
  parser.feed(pcapFile({ records }));
  expect(parser.take(0)).toEqual([]);
  expect(parser.header?.linkType).toBe(1);
  expect(parser.take(3)).toHaveLength(3);
  expect((await errorOf(() => parser.feed(counting(1)))).code).toBe('BAD_VALUE');
  expect(parser.take(3)).toHaveLength(1);
  parser.feed(counting(1));
});
