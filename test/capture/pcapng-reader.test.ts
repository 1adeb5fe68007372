import { describe, expect, test } from 'vitest';
import type { PacketError } from '../../src/bytes/error.js';
import { type CapturedFrame, timeText } from '../../src/capture/frame.js';
import type { ReadOptions } from '../../src/capture/parser.js';
import type { CaptureItem } from '../../src/capture/pcapng-model.js';
import { PcapngParser } from '../../src/capture/pcapng-reader.js';
import { framesOf, openCapture } from '../../src/capture/reader.js';
import { counting, errorOf, seeded } from './pcap-file.js';
import { ethernet, everything, fileOf, Hand } from './pcapng-file.js';

const orders = [
  ['little', new Hand(true)],
  ['big', new Hand(false)],
] as const;
const hand = new Hand(true);

/** The frames, and the error that ends them. */
function read(
  file: Uint8Array,
  options: ReadOptions = {},
): { frames: CapturedFrame[]; error?: PacketError } {
  const frames: CapturedFrame[] = [];
  try {
    for (const frame of framesOf(file, options)) frames.push(frame);
  } catch (error) {
    return { frames, error: error as PacketError };
  }
  return { frames };
}

async function itemsOf(source: Uint8Array | Uint8Array[]): Promise<CaptureItem[]> {
  const items: CaptureItem[] = [];
  for await (const item of (await openCapture(source)).items()) items.push(item);
  return items;
}

/** Without shared memory, for comparing. */
function plain(frame: CapturedFrame): unknown {
  return { ...frame, data: [...frame.data] };
}

describe('EDGE-CASES 29: a file with everything', () => {
  const file = everything();
  const kinds = [
    'section',
    'interface',
    'interface',
    'frame',
    'frame',
    'frame',
    'frame',
    'names',
    'statistics',
    'secrets',
    'custom',
    'custom',
    'unknown',
  ];

  test('gives all of it in its order, to the byte', async () => {
    const items = await itemsOf(file);
    expect(items.map(({ kind }) => kind)).toEqual([...kinds, ...kinds]);
    const raw = items.map((item) => item.raw?.bytes ?? new Uint8Array(0));
    expect(Buffer.compare(Buffer.concat(raw), file)).toBe(0);
    expect(items.map((item) => item.raw?.byteOrder)).toEqual([
      ...kinds.map(() => 'big'),
      ...kinds.map(() => 'little'),
    ]);
  });

  test('says in each section what its blocks say, whatever the byte order', async () => {
    const items = await itemsOf(file);
    for (const [n, half] of [items.slice(0, 13), items.slice(13)].entries()) {
      const [section, eth0, raw, ...others] = half;
      expect(section).toMatchObject({
        section: {
          number: n + 1,
          byteOrder: n === 0 ? 'big' : 'little',
          versionMajor: 1,
          versionMinor: 0,
          hardware: 'machine',
          os: 'system',
          application: 'program',
          comments: ['first', 'second'],
        },
      });
      expect(section?.kind === 'section' && section.section.length).toBeUndefined();
      expect(section?.kind === 'section' && section.section.options[5]).toEqual({
        code: 77,
        data: Uint8Array.of(1, 2, 3),
      });
      expect(eth0).toMatchObject({
        interface: {
          id: 0,
          section: { number: n + 1 },
          linkType: 1,
          snapLength: 96,
          name: 'eth0',
          description: 'the first',
          filter: 'port 80',
          os: 'linux',
          hardware: 'card',
          speed: 1_000_000_000n,
          timeBase: 10,
          timeExponent: 9,
          timeDigits: 9,
          timeOffset: 1_000_000n,
          fcsBytes: 4,
        },
      });
      expect(raw).toMatchObject({
        interface: { id: 1, linkType: 101, timeBase: 2, timeExponent: 10, timeDigits: 9 },
      });
      const [first, second, simple, obsolete, names, statistics, secrets, custom, closed, odd] =
        others;
      expect(first).toMatchObject({
        frame: {
          number: n * 4 + 1,
          seconds: 1_701_000_000,
          nanoseconds: 123_456_789,
          wireLength: 70,
          linkType: 1,
          hasTime: true,
          details: {
            comments: ['one', 'two'],
            flags: 1,
            dropCount: 5n,
            packetId: 0xfedcba9876543210n,
            queue: 7,
            options: [
              { code: 3, data: Uint8Array.of(2, 9, 9, 9, 9) },
              { code: 2988, enterprise: 32473, data: Uint8Array.of(104, 105) },
            ],
          },
        },
      });
      expect(second).toMatchObject({
        frame: {
          seconds: 1_700_000_000,
          nanoseconds: 500_000_000,
          linkType: 101,
          interface: { id: 1 },
          details: { comments: ['x'] },
        },
      });
      expect(simple).toMatchObject({
        frame: { hasTime: false, seconds: 0, wireLength: 200, interface: { id: 0 } },
      });
      expect(simple?.kind === 'frame' && simple.frame.data).toHaveLength(96);
      expect(obsolete).toMatchObject({
        frame: { seconds: 1_000_005, nanoseconds: 0, details: { dropCount: 3n, comments: [] } },
      });
      expect(names).toMatchObject({
        names: {
          records: [{ type: 1, address: Uint8Array.of(10, 0, 0, 1), names: ['a.example', ''] }],
          comments: ['names'],
        },
      });
      expect(statistics).toMatchObject({
        statistics: {
          interfaceId: 0,
          interface: { name: 'eth0' },
          received: 100n,
          dropped: 2n,
          accepted: 90n,
          osDropped: 1n,
          delivered: 88n,
        },
      });
      expect(secrets).toMatchObject({
        secrets: { type: 0x544c534b, data: Uint8Array.of(1, 2, 3, 4, 5) },
      });
      expect(custom).toMatchObject({
        custom: { enterprise: 32473, mayCopy: true, data: Uint8Array.of(1, 2, 3, 0) },
      });
      expect(closed).toMatchObject({ custom: { mayCopy: false } });
      expect(odd).toMatchObject({ raw: { type: 0x1234 } });
    }
  });

  test('is the same in chunks of any size', async () => {
    const whole = read(file).frames.map(plain);
    expect(whole).toHaveLength(8);
    const random = seeded(29);
    for (let round = 0; round < 60; round += 1) {
      const chunks: Uint8Array[] = [];
      const most = 1 + random(round < 20 ? 12 : 900);
      for (let at = 0; at < file.length; ) {
        const size = 1 + random(most);
        chunks.push(file.slice(at, at + size));
        at += size;
      }
      const frames: CapturedFrame[] = [];
      for await (const frame of await openCapture(chunks)) frames.push(frame);
      expect(frames.map(plain)).toEqual(whole);
      const raw = (await itemsOf(chunks)).map((item) => item.raw?.bytes ?? new Uint8Array(0));
      expect(Buffer.compare(Buffer.concat(raw), file)).toBe(0);
    }
  });

  test('tells the reader about interfaces and sections as they come', async () => {
    const reader = await openCapture(file);
    expect(reader).toMatchObject({ format: 'pcapng', byteOrder: 'big', linkType: undefined });
    expect(reader.sections).toHaveLength(1);
    expect(reader.interfaces).toHaveLength(0);
    for await (const frame of reader) {
      expect(reader.interfaces).toContain(frame.interface);
      if (frame.number === 4) break;
    }
    expect(reader.interfaces.map(({ linkType }) => linkType).slice(0, 2)).toEqual([1, 101]);
    expect(reader.sections[0]).toBe(reader.interfaces[0]?.section);
  });

  test('cut anywhere gives every whole frame, then says where it ends', async () => {
    const ends = new Set<number>();
    let at = 0;
    for (const { raw } of await itemsOf(file)) {
      at += raw?.bytes.length ?? 0;
      ends.add(at);
    }
    for (let length = 0; length < file.length; length += 1) {
      const { frames, error } = read(file.subarray(0, length), { name: 'cut.pcapng' });
      expect(frames.length).toBeLessThanOrEqual(8);
      if (ends.has(length)) expect(error).toBeUndefined();
      else if (length < 4) expect(error?.code).toBe('BAD_CAPTURE');
      else {
        expect(error?.code).toBe('TRUNCATED_CAPTURE');
        expect(error?.message).toMatch(
          new RegExp(`^cut.pcapng: the file is cut short: it ends at byte ${length}, after `),
        );
      }
    }
  });

  test('changed at random never throws anything but a PacketError', () => {
    const random = seeded(2029);
    const codes = new Set<string>();
    for (let round = 0; round < 4000; round += 1) {
      const bad = file.slice();
      for (let n = 0; n <= random(3); n += 1) {
        // Numbers at the edges break more than random ones.
        const value = [0, 1, 0xff, 0x80, random(256)][random(5)] as number;
        bad[random(bad.length)] = value;
      }
      const { frames, error } = read(bad);
      expect(frames.length).toBeLessThanOrEqual(20);
      if (error !== undefined) {
        expect(error.name).toBe('PacketError');
        codes.add(error.code);
      }
    }
    expect([...codes].sort()).toEqual(['BAD_CAPTURE', 'TRUNCATED_CAPTURE']);
  });
});

describe.each(orders)('EDGE-CASES 29: in %s-endian order', (_, make) => {
  const start = [make.section(), make.interface()];
  const good = make.enhanced(ethernet(60));
  const bad: [string, number[], RegExp][] = [
    [
      'an interface that is not described',
      make.enhanced(ethernet(60), { id: 1 }),
      /^x: the enhanced packet at byte \d+ is of interface 1, but its section has described only 0–0$/,
    ],
    [
      'another length at its end',
      make.block(6, [], { length: 12, end: 16 }),
      /has a length of 12 and at its end one of 16$/,
    ],
    [
      'a length that is no multiple of 4',
      make.block(9, [1], { length: 15 }),
      /^x: the block at byte \d+ has a length of 15: expected a multiple of 4, from 12 on$/,
    ],
    ['a length under 12', make.block(9, [], { length: 8 }), /has a length of 8: expected/],
    ['a length of 0', make.block(9, [], { length: 0 }), /has a length of 0: expected/],
    [
      'more than 16 MiB',
      make.block(9, [], { length: 16_777_220 }),
      /claims 16777220 bytes, more than 16777216: the file is damaged there, or maxRecord/,
    ],
    ['version 2.0', make.section([], { major: 2 }), /section header .* has version 2.0, which is/],
    [
      'more captured than the block has',
      make.enhanced(ethernet(60), { captured: 61 }),
      /claims 61 captured bytes and has 60$/,
    ],
    [
      'a record over 256 KiB',
      make.enhanced([...counting(262_148)]),
      /claims 262148 captured bytes, more than 262144: /,
    ],
    [
      'an option past its end',
      make.block(6, [...good.slice(8, -4), ...make.u16(1), ...make.u16(5), 1, 2, 3, 4]),
      /has an option 1 of 5 bytes where 4 are left$/,
    ],
    [
      'an option of a section past its end',
      make
        .section([[1, 'x']])
        .map((byte, i, all) => (i === 26 || i === 27 ? 0xff : (all[i] ?? byte))),
      /section header .* has an option 1 of 65535 bytes/,
    ],
    [
      'too few bytes for a packet',
      make.block(6, make.u32(0)),
      /has 16 bytes: expected at least 32/,
    ],
    ['too few bytes for a simple packet', make.block(3, []), /has 12 bytes: expected at least 16/],
    ['too few bytes for an interface', make.block(1, []), /has 12 bytes: expected at least 20/],
    ['too few bytes for statistics', make.block(5, []), /statistics .* at least 24/],
    ['too few bytes for secrets', make.block(10, []), /secrets block .* at least 20/],
    [
      'secrets past its end',
      make.block(10, [...make.u32(1), ...make.u32(5), 1]),
      /claims 5 bytes of secrets and has 4/,
    ],
    ['too few bytes for a custom block', make.block(0xbad, []), /custom block .* at least 16/],
    [
      'a name past its end',
      make.block(4, [...make.u16(1), ...make.u16(9), 1, 2, 3, 4]),
      /has a record of 9 bytes where 4 are left/,
    ],
    [
      'a section with another byte order',
      [...make.section().slice(0, 8), 1, 2, 3, 4, ...make.section().slice(12)],
      /has 0x01020304 for a byte order: expected 0x1a2b3c4d/,
    ],
    ['too few bytes for a section', make.block(0x0a0d0d0a, make.u32(0x1a2b3c4d)), /at least 28/],
  ];
  test.each(bad)('%s is an error, after the frames before it', async (_name, block, message) => {
    const file = fileOf(...start, good, good, block, good);
    const { frames, error } = read(file, { name: 'x' });
    expect(frames).toHaveLength(2);
    const offset = fileOf(...start, good, good).length;
    expect(error).toMatchObject({ code: 'BAD_CAPTURE', offset, frame: 3 });
    expect(error?.message).toMatch(message);
    const chunks = [...file].slice(0, 400).map((byte) => Uint8Array.of(byte));
    chunks.push(file.subarray(400));
    const seen: CapturedFrame[] = [];
    const late = await errorOf(async () => {
      for await (const frame of await openCapture(chunks, { name: 'x' })) seen.push(frame);
    });
    expect(late.message).toBe(error?.message);
    expect(seen).toHaveLength(2);
  });

  test('a packet before any interface is an error', () => {
    for (const block of [good, make.simple(ethernet(20)), make.obsolete(ethernet(60))]) {
      const { error } = read(fileOf(make.section(), block));
      expect(error?.message).toMatch(/is of interface 0, but its section has described none$/);
    }
    // Interfaces of an earlier section do not count.
    const { frames, error } = read(fileOf(...start, good, make.section(), good));
    expect(frames).toHaveLength(1);
    expect(error?.code).toBe('BAD_CAPTURE');
  });

  test('a length of a section does not matter', () => {
    for (const length of [0n, 8n, 1n << 40n, -1n]) {
      const { frames, error } = read(fileOf(make.section([], { length }), make.interface(), good));
      expect(frames).toHaveLength(1);
      expect(error).toBeUndefined();
      expect(frames[0]?.interface?.section.length).toBe(length < 0n ? undefined : length);
    }
  });

  test('options without an end marker, and bytes after one, are taken', () => {
    const option = [[1, 'abc']] as const;
    const marked = make.enhanced(ethernet(60), {}, option);
    const unmarked = make.enhanced(ethernet(60), {}, option, false);
    const after = make.block(6, [...marked.slice(8, -4), 1, 0xff, 0xff, 0xff]);
    for (const block of [marked, unmarked, after]) {
      const { frames, error } = read(fileOf(...start, block));
      expect(error).toBeUndefined();
      expect(frames[0]?.details?.comments).toEqual(['abc']);
    }
  });

  test('a simple packet has what the snap length lets through, and no time', () => {
    for (const [snap, wire, captured] of [
      [0, 80, 80],
      [64, 80, 64],
      [100, 80, 80],
    ] as const) {
      const file = fileOf(make.section(), make.interface(1, snap), make.simple(ethernet(80), wire));
      expect(read(file).frames[0]).toMatchObject({ wireLength: 80, hasTime: false });
      expect(read(file).frames[0]?.data).toHaveLength(captured);
    }
    const { error } = read(fileOf(...start, make.simple(ethernet(80), 81)));
    expect(error?.message).toMatch(/simple packet .* claims 81 captured bytes and has 80/);
  });

  test('lost frames of an obsolete packet are told where they are known', () => {
    const lost = [0, 3, 0xffff].map((drops) => {
      const file = fileOf(...start, make.obsolete(ethernet(60), { drops }));
      return read(file).frames[0]?.details?.dropCount;
    });
    expect(lost).toEqual([undefined, 3n, undefined]);
  });

  test('options of other lengths than theirs are kept as they are', () => {
    const odd = make.enhanced(ethernet(60), {}, [
      [2, [1]],
      [4, [1, 2]],
      [2989, [1, 2]],
    ]);
    const [frame] = read(fileOf(...start, odd)).frames;
    expect(frame?.details).toMatchObject({ flags: undefined, dropCount: undefined });
    expect(frame?.details?.options).toEqual([
      { code: 2, data: Uint8Array.of(1) },
      { code: 4, data: Uint8Array.of(1, 2) },
      { code: 2989, data: Uint8Array.of(1, 2) },
    ]);
  });
});

describe('EDGE-CASES 29: times', () => {
  const at = (resolution: number | undefined, ticks: bigint, offset?: bigint): string => {
    const options: [number, number[]][] = [];
    if (resolution !== undefined) options.push([9, [resolution]]);
    if (offset !== undefined) options.push([14, hand.u64(offset)]);
    const file = fileOf(
      hand.section(),
      hand.interface(1, 0, options),
      hand.enhanced(ethernet(60), { ticks }),
    );
    const [frame] = read(file).frames as [CapturedFrame];
    expect(frame.ticksHigh).toBe(Number(ticks >> 32n));
    expect(frame.ticksLow).toBe(Number(ticks & 0xffffffffn));
    return timeText(frame);
  };

  test('come in powers of ten', () => {
    expect(at(undefined, 1_700_000_000_123_456n)).toBe('1700000000.123456');
    expect(at(0, 1_700_000_000n)).toBe('1700000000');
    expect(at(3, 1_700_000_000_123n)).toBe('1700000000.123');
    expect(at(6, 999_999n)).toBe('0.999999');
    expect(at(9, 1_700_000_000_123_456_789n)).toBe('1700000000.123456789');
    expect(at(12, 1_700_000_123_456_789_987n)).toBe('1700000.123456789');
    expect(at(19, (1n << 64n) - 1n)).toBe('1.844674407');
    expect(at(127, 5n)).toBe('0.000000000');
  });

  test('come in powers of two', () => {
    expect(at(0x80, 7n)).toBe('7.000000000');
    expect(at(0x8a, 1024n * 5n + 1n)).toBe('5.000976562');
    expect(at(0xa0, (7n << 32n) + (1n << 31n))).toBe('7.500000000');
    expect(at(0xff, 1n)).toBe('0.000000000');
  });

  test('have an offset, which can be negative', () => {
    expect(at(6, 1_500_000n, 100n)).toBe('101.500000');
    expect(at(6, 1_500_000n, -1n)).toBe('0.500000');
    expect(at(9, 1_500_000_000n, -10n)).toBe('-9.500000000');
  });

  test('are exact at every size', () => {
    const random = seeded(64);
    for (let round = 0; round < 2000; round += 1) {
      const digits = random(10);
      const bits = BigInt(1 + random(63));
      const wide = (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32));
      const ticks = wide & ((1n << bits) - 1n);
      const units = 10n ** BigInt(digits);
      // Beyond 2^53 seconds there are no exact numbers.
      if (ticks / units > 2n ** 53n) continue;
      const fraction = digits === 0 ? '' : `.${String(ticks % units).padStart(digits, '0')}`;
      expect(at(digits, ticks)).toBe(`${ticks / units}${fraction}`);
    }
  });
});

describe('EDGE-CASES 29: limits', () => {
  test('maxRecord raises that of a record and that of blocks with it', () => {
    const file = fileOf(hand.section(), hand.interface(), hand.enhanced([...counting(300_000)]));
    expect(read(file).error?.code).toBe('BAD_CAPTURE');
    expect(read(file, { maxRecord: 300_000 }).frames[0]?.data).toHaveLength(300_000);
    const unknown = fileOf(hand.section(), hand.block(99, [], { length: 16_777_220 }));
    expect(read(unknown).error?.code).toBe('BAD_CAPTURE');
    expect(read(unknown, { maxRecord: 2 ** 24 }).error?.code).toBe('TRUNCATED_CAPTURE');
  });

  test('a length does not by itself size an allocation', () => {
    const parser = new PcapngParser({ maxRecord: 0xffffffff });
    parser.feed(fileOf(hand.section(), hand.block(99, [], { length: 0xfffffffc })));
    const before = process.memoryUsage().arrayBuffers;
    expect(parser.take(9)).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });

  test('endless interfaces end', () => {
    const one = Uint8Array.from(hand.interface());
    const file = new Uint8Array(28 + 65_600 * one.length);
    file.set(hand.section());
    for (let at = 28; at < file.length; at += one.length) file.set(one, at);
    expect(read(file).error?.message).toMatch(
      /interface description .* comes after 65536 sections and interfaces/,
    );
  });

  test('a parser is fed bytes, and not before it has been emptied', async () => {
    const parser = new PcapngParser();
    expect((await errorOf(() => parser.feed('x' as never))).code).toBe('BAD_VALUE');
    parser.feed(fileOf(hand.section(), hand.interface()));
    parser.take(0);
    expect((await errorOf(() => parser.feed(new Uint8Array(1)))).code).toBe('BAD_VALUE');
    expect((await errorOf(() => new PcapngParser({ maxRecord: 0 }))).code).toBe('BAD_OPTION');
    const bad = new PcapngParser();
    bad.feed(fileOf(hand.section(), hand.block(6, [])));
    expect((await errorOf(() => bad.take(1))).code).toBe('BAD_CAPTURE');
    expect((await errorOf(() => bad.end())).code).toBe('BAD_CAPTURE');
  });
});
