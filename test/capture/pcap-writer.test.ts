import { describe, expect, test } from 'vitest';
import { PcapWriter, type PcapWriterOptions } from '../../src/capture/pcap-writer.js';
import { framesOf, openCapture } from '../../src/capture/reader.js';
import { counting, errorOf, pcapFile, plain, seeded } from './pcap-file.js';

const stamps = [
  { seconds: 1422828273, nanoseconds: 817203001, wireLength: 60 },
  { seconds: 4294967295, nanoseconds: 999999999, wireLength: 4294967295 },
  { seconds: 0, nanoseconds: 0, wireLength: 0 },
];

describe.each(['little', 'big'] as const)('in %s-endian order', (byteOrder) => {
  describe.each(['us', 'ns'] as const)('with precision %s', (precision) => {
    const unit = precision === 'us' ? 1000 : 1;
    const options = { byteOrder, precision, linkType: 101, snapLength: 500 };

    test('a file has the bytes that the format asks for', () => {
      const writer = PcapWriter.toMemory({ ...options, fcsBytes: 4 });
      for (const [i, stamp] of stamps.entries()) writer.write(counting(i * 30, i), stamp);
      expect(Buffer.from(writer.bytes()).toString('hex')).toBe(
        Buffer.from(
          pcapFile({
            magic: precision === 'us' ? 0xa1b2c3d4 : 0xa1b23c4d,
            little: byteOrder === 'little',
            snapLength: 500,
            link: 0x24000065,
            records: stamps.map((stamp, i) => ({
              seconds: stamp.seconds,
              fraction: Math.floor(stamp.nanoseconds / unit),
              data: counting(i * 30, i),
              lengths: [i * 30, stamp.wireLength],
            })),
          }),
        ).toString('hex'),
      );
    });

    test('what was written is read back', async () => {
      const random = seeded(precision.length + byteOrder.length);
      const writer = PcapWriter.toMemory({ ...options, snapLength: 0 });
      const frames = Array.from({ length: 300 }, (_, i) => ({
        data: counting(random(i === 7 ? 400_000 : 3000), random(256)),
        seconds: random(2 ** 32),
        nanoseconds: random(1_000_000_000),
        wireLength: random(2 ** 32),
      }));
      for (const { data, ...stamp } of frames) writer.write(data, stamp);
      expect(writer.frameCount).toBe(300);
      const file = writer.bytes();
      const reader = await openCapture(file, { maxRecord: 400_000 });
      expect(reader).toMatchObject({
        byteOrder,
        linkType: 101,
        snapLength: 0,
        timeDigits: precision === 'us' ? 6 : 9,
      });
      const read = [...framesOf(file, { maxRecord: 400_000 })];
      expect(read.map(({ data: _, ...rest }) => rest)).toEqual(
        frames.map((frame, i) => ({
          seconds: frame.seconds,
          nanoseconds: frame.nanoseconds - (frame.nanoseconds % unit),
          wireLength: frame.wireLength,
          timeDigits: precision === 'us' ? 6 : 9,
          linkType: 101,
          number: i + 1,
          hasTime: true,
        })),
      );
      for (const [i, frame] of read.entries()) {
        expect(Buffer.compare(frame.data, frames[i]?.data ?? counting(0))).toBe(0);
      }
    });

    test('a nonsense fraction that was read is written back as it was', () => {
      const file = pcapFile({
        magic: precision === 'us' ? 0xa1b2c3d4 : 0xa1b23c4d,
        little: byteOrder === 'little',
        records: [
          { data: counting(60), fraction: 1_500_000_000, lengths: [60, 10] },
          { data: counting(1), fraction: 0xffffffff },
        ],
      });
      const writer = PcapWriter.toMemory({ ...options, linkType: 1, snapLength: 65_535 });
      for (const frame of framesOf(file)) writer.write(frame.data, frame);
      expect([...writer.bytes()]).toEqual([...file]);
    });
  });
});

test('without options or stamp: Ethernet, 262,144, microseconds, little-endian, time 0', () => {
  const writer = PcapWriter.toMemory();
  expect([...writer.bytes()]).toEqual([...pcapFile({ snapLength: 262_144 })]);
  writer.write(counting(3));
  expect([...writer.bytes()]).toEqual([
    ...pcapFile({ snapLength: 262_144, records: [{ data: counting(3) }] }),
  ]);
});

test('a frame longer than the snap length is cut and keeps its wire length', () => {
  const writer = PcapWriter.toMemory({ snapLength: 10 });
  writer.write(counting(11));
  writer.write(counting(10));
  writer.write(counting(11), { wireLength: 99 });
  expect([...framesOf(writer.bytes())].map((f) => [f.data.length, f.wireLength])).toEqual([
    [10, 11],
    [10, 10],
    [10, 99],
  ]);
});

test('a frame longer than the snap length is kept whole where that is asked for', () => {
  const file = pcapFile({ snapLength: 10, records: [{ data: counting(11) }] });
  const writer = PcapWriter.toMemory({ snapLength: 10, oversize: 'keep' });
  for (const frame of framesOf(file)) writer.write(frame.data, frame);
  expect([...writer.bytes()]).toEqual([...file]);
});

test('the frame may change as soon as write has returned, and bytes() is a copy', () => {
  const writer = PcapWriter.toMemory();
  const data = counting(4);
  writer.write(data);
  data.fill(0xff);
  writer.bytes().fill(0);
  expect([...framesOf(writer.bytes())].map(plain)[0]?.data).toEqual([0, 1, 2, 3]);
});

test('frames fill a block to the last byte and run over it by one', () => {
  const block = 262_144;
  for (const over of [-1, 0, 1]) {
    const writer = PcapWriter.toMemory();
    writer.write(counting(block - 24 - 16 - 16 - 100 + over, 1));
    writer.write(counting(100, 2));
    writer.write(counting(7, 3));
    const lengths = [...framesOf(writer.bytes())].map((f) => [f.data.length, f.data[0]]);
    expect(lengths).toEqual([
      [block - 156 + over, 1],
      [100, 2],
      [7, 3],
    ]);
  }
});

test.each([
  { linkType: 65_536 },
  { linkType: -1 },
  { linkType: 1.5 },
  { snapLength: -1 },
  { snapLength: 2 ** 32 },
  { snapLength: Number.NaN },
  { precision: 'ms' },
  { byteOrder: 'middle' },
  { oversize: 'grow' },
  { fcsBytes: 3 },
  { fcsBytes: 32 },
])('option %j makes no sense', async (options) => {
  const error = await errorOf(() => PcapWriter.toMemory(options as PcapWriterOptions));
  expect(error.code).toBe('BAD_OPTION');
  expect(error.message).toMatch(new RegExp(`^${Object.keys(options)[0]} is .*expected`));
});

test.each([
  ['us', { seconds: 2 ** 32 }],
  ['us', { seconds: -1 }],
  ['us', { seconds: 1.5 }],
  ['us', { seconds: Number.NaN }],
  ['us', { nanoseconds: -1 }],
  ['us', { nanoseconds: 0.5 }],
  ['us', { nanoseconds: 2 ** 32 * 1000 }],
  ['ns', { nanoseconds: 2 ** 32 }],
  ['ns', { nanoseconds: Number.POSITIVE_INFINITY }],
  ['us', { nanoseconds: Number.NaN }],
  ['us', { wireLength: 2 ** 32 }],
  ['us', { wireLength: -1 }],
] as const)(
  'with precision %s, %j is out of range and nothing is written',
  async (precision, stamp) => {
    const writer = PcapWriter.toMemory({ precision });
    const before = [...writer.bytes()];
    const error = await errorOf(() => writer.write(counting(60), stamp));
    expect(error).toMatchObject({ code: 'OUT_OF_RANGE', field: Object.keys(stamp)[0] });
    expect([...writer.bytes()]).toEqual(before);
    expect(writer.frameCount).toBe(0);
  },
);

test('only bytes are written, and nothing after close', async () => {
  const writer = PcapWriter.toMemory();
  const error = await errorOf(() => writer.write([1, 2] as unknown as Uint8Array));
  expect(error).toMatchObject({ code: 'BAD_VALUE', message: expect.stringContaining('an Array') });
  expect(writer.write(counting(1))).toBeUndefined();
  await writer.flush();
  writer.write(counting(2));
  await writer.close();
  await writer.close();
  expect([...framesOf(writer.bytes())]).toHaveLength(2);
  expect((await errorOf(() => writer.write(counting(1)))).code).toBe('BAD_VALUE');
});

test('a Buffer, and bytes of another realm, are bytes', async () => {
  const { runInNewContext } = await import('node:vm');
  const writer = PcapWriter.toMemory();
  writer.write(Buffer.from('abc'));
  writer.write(runInNewContext('Uint8Array.of(1, 2)') as Uint8Array);
  expect([...framesOf(writer.bytes())].map((f) => [...f.data])).toEqual([
    [97, 98, 99],
    [1, 2],
  ]);
});
