import { describe, expect, test, vi } from 'vitest';
import type { CapturedFrame } from '../../src/capture/frame.js';
import type { CaptureInterface, CaptureItem, RawBlock } from '../../src/capture/pcapng-model.js';
import {
  type MemoryPcapngWriter,
  type PcapngStamp,
  PcapngWriter,
} from '../../src/capture/pcapng-writer.js';
import { framesOf, openCapture } from '../../src/capture/reader.js';
import { describeWith } from '../support/tshark.js';
import { run } from './judge.js';
import { counting, errorOf, seeded } from './pcap-file.js';
import { ethernet, everything, fileOf, Hand } from './pcapng-file.js';

vi.setConfig({ testTimeout: 30_000 });

const frame60 = Uint8Array.from(ethernet(60));

async function itemsOf(file: Uint8Array): Promise<CaptureItem[]> {
  const items: CaptureItem[] = [];
  for await (const item of (await openCapture(file)).items()) items.push(item);
  return items;
}

function only(writer: MemoryPcapngWriter): CapturedFrame {
  const frames = [...framesOf(writer.bytes())];
  expect(frames).toHaveLength(1);
  return frames[0] as CapturedFrame;
}

describe.each(['little', 'big'] as const)('EDGE-CASES 29: in %s-endian order', (byteOrder) => {
  test('what is written is what stands in a file made by hand', () => {
    const make = new Hand(byteOrder === 'little');
    const writer = PcapngWriter.toMemory({
      byteOrder,
      comments: ['c1', 'c2'],
      hardware: 'h',
      os: 'o',
      application: 'a',
      options: [{ code: 99, data: Uint8Array.of(1) }],
    });
    const id = writer.addInterface({
      linkType: 101,
      snapLength: 100,
      name: 'eth0',
      description: 'd',
      timeDigits: 9,
      fcsBytes: 4,
      comments: ['ic'],
      options: [{ code: 2989, enterprise: 32473, data: Uint8Array.of(7) }],
    });
    expect(id).toBe(0);
    writer.write(frame60, {
      interface: id,
      seconds: 1_700_000_000,
      nanoseconds: 123_456_789,
      wireLength: 70,
      details: {
        comments: ['one', 'two'],
        flags: 1,
        dropCount: 5n,
        packetId: 6n,
        queue: 7,
        options: [{ code: 3, data: Uint8Array.of(2, 9, 9, 9, 9) }],
      },
    });
    writer.write(counting(101), { interface: 0 });
    const file = fileOf(
      make.section([
        [1, 'c1'],
        [1, 'c2'],
        [2, 'h'],
        [3, 'o'],
        [4, 'a'],
        [99, [1]],
      ]),
      make.interface(101, 100, [
        [1, 'ic'],
        [2, 'eth0'],
        [3, 'd'],
        [9, [9]],
        [13, [4]],
        [2989, [...make.u32(32473), 7]],
      ]),
      make.enhanced([...frame60], { ticks: 1_700_000_000_123_456_789n, wire: 70 }, [
        [1, 'one'],
        [1, 'two'],
        [2, make.u32(1)],
        [4, make.u64(5n)],
        [5, make.u64(6n)],
        [6, make.u32(7)],
        [3, [2, 9, 9, 9, 9]],
      ]),
      make.enhanced([...counting(100)], { wire: 101 }),
    );
    expect(Buffer.compare(writer.bytes(), file)).toBe(0);
    expect(writer.frameCount).toBe(2);
  });

  test('what was read can be written again, interfaces and all', () => {
    const writer = PcapngWriter.toMemory({ byteOrder });
    const frames = [...framesOf(everything())];
    for (const frame of frames) writer.write(frame.data, frame);
    const again = [...framesOf(writer.bytes())];
    const plain = (frame: CapturedFrame): unknown => ({
      data: [...frame.data],
      wireLength: frame.wireLength,
      // The simple packet of the second section becomes an enhanced one, at zero.
      seconds: frame.data.length === 96 ? 0 : frame.seconds,
      nanoseconds: frame.nanoseconds,
      linkType: frame.linkType,
      comments: frame.details?.comments ?? [],
      flags: frame.details?.flags,
      dropCount: frame.details?.dropCount,
      name: frame.interface?.name,
      fcs: frame.interface?.fcsBytes,
      offset: frame.interface?.timeOffset,
      speed: frame.interface?.speed,
    });
    expect(again.map(plain)).toEqual(frames.map(plain));
    // A simple packet can only be of interface 0, which those of the second section are not here.
    expect(again.map((frame) => frame.hasTime)).toEqual([
      ...[true, true, false, true],
      ...[true, true, true, true],
    ]);
    expect(new Set(again.map((frame) => frame.interface))).toHaveProperty('size', 4);
  });
});

test('times keep their resolution', () => {
  const random = seeded(7);
  for (let round = 0; round < 500; round += 1) {
    const timeDigits = random(10);
    const unit = 10 ** (9 - timeDigits);
    const seconds = [0, 1, 1_700_000_000, 4_294_967_295, 2 ** 33, random(2 ** 32)][
      random(6)
    ] as number;
    const nanoseconds = random(1_000_000_000);
    const writer = PcapngWriter.toMemory();
    const id = writer.addInterface({ timeDigits });
    writer.write(frame60, { interface: id, seconds, nanoseconds });
    expect(only(writer)).toMatchObject({
      seconds,
      nanoseconds: Math.floor(nanoseconds / unit) * unit,
      timeDigits,
    });
  }
});

test('times that nanoseconds cannot say are copied while they are not changed', () => {
  const make = new Hand(true);
  const file = fileOf(
    make.section(),
    make.interface(1, 0, [[9, [12]]]),
    make.enhanced(ethernet(60), { ticks: 1_700_000_123_456_789_987n }),
  );
  const [frame] = [...framesOf(file)] as [CapturedFrame];
  const same = PcapngWriter.toMemory();
  same.write(frame.data, frame);
  expect(Buffer.compare(same.bytes(), file)).toBe(0);
  const later = PcapngWriter.toMemory();
  later.write(frame.data, { ...frame, seconds: frame.seconds + 1 });
  expect(only(later)).toMatchObject({ seconds: 1_700_001, nanoseconds: 123_456_789 });
  expect(only(later).ticksLow).toBe(Number(1_700_001_123_456_789_000n & 0xffffffffn));
});

test('interfaces are described as they are needed', () => {
  const writer = PcapngWriter.toMemory();
  writer.write(frame60);
  writer.write(frame60, { linkType: 113 });
  writer.write(frame60, { timeDigits: 9, nanoseconds: 1 });
  writer.write(frame60, { timeDigits: 6 });
  writer.write(frame60, { timeDigits: 3, linkType: 113 });
  const frames = [...framesOf(writer.bytes())];
  expect(frames.map((frame) => [frame.interface?.id, frame.linkType, frame.timeDigits])).toEqual([
    [0, 1, 6],
    [1, 113, 6],
    [2, 1, 9],
    [0, 1, 6],
    [1, 113, 6],
  ]);
});

test('a file with nothing in it has its section header', async () => {
  const writer = PcapngWriter.toMemory();
  await writer.close();
  expect([...writer.bytes()]).toEqual(new Hand(true).section());
  const chunks: Uint8Array[] = [];
  const stream = new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) });
  const other = new PcapngWriter(stream);
  await other.flush();
  expect(Buffer.concat(chunks)).toHaveLength(28);
  await other.write(frame60);
  await other.close();
  await other.close();
  expect([...framesOf(Buffer.concat(chunks))]).toHaveLength(1);
});

test('a block that was flushed leaves nothing behind in the next', async () => {
  const chunks: Uint8Array[] = [];
  const writer = new PcapngWriter(
    new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) }),
  );
  await writer.write(counting(200, 100));
  await writer.flush();
  await writer.write(Uint8Array.of(1), { details: { comments: ['a'] } });
  const zero = writer.addInterface({ name: 'x' });
  await writer.write(Uint8Array.of(2), { interface: zero });
  await writer.write(Uint8Array.of(3), { hasTime: false, interface: 0 });
  await writer.close();
  const file = new Uint8Array(Buffer.concat(chunks));
  const make = new Hand(true);
  expect(
    Buffer.compare(
      file,
      fileOf(
        make.section(),
        make.interface(1, 262_144),
        make.enhanced([...counting(200, 100)]),
        make.enhanced([1], {}, [[1, 'a']]),
        make.interface(1, 262_144, [[2, 'x']]),
        make.enhanced([2], { id: 1 }),
        make.block(3, [...make.u32(1), 3]),
      ),
    ),
  ).toBe(0);
});

test('files larger than a block come out whole', () => {
  const writer = PcapngWriter.toMemory();
  const random = seeded(1);
  const lengths = Array.from({ length: 2000 }, () => random(1500));
  lengths.push(262_144, 3, 262_100);
  for (const [i, length] of lengths.entries()) writer.write(counting(length, i), { seconds: i });
  const frames = [...framesOf(writer.bytes())];
  expect(frames.map((frame) => frame.data.length)).toEqual(lengths);
  expect(
    frames.every(
      (frame, i) =>
        frame.seconds === i && frame.data[0] === (frame.data.length > 0 ? i & 0xff : undefined),
    ),
  ).toBe(true);
});

test('an interface that was read is described once, before its frames or with the first', async () => {
  const source = PcapngWriter.toMemory();
  for (const name of ['one', 'two']) source.addInterface({ name, timeDigits: 9 });
  source.write(frame60, { interface: 1, seconds: 5, nanoseconds: 7 });
  const reader = await openCapture(source.bytes());
  const writer = PcapngWriter.toMemory();
  for await (const frame of reader) {
    expect(reader.interfaces.map((one) => writer.copyInterface(one))).toEqual([0, 1]);
    writer.write(frame.data, frame);
    expect(writer.copyInterface(frame.interface as CaptureInterface)).toBe(1);
  }
  expect(writer.bytes()).toEqual(source.bytes());
});

describe('blocks as they are', () => {
  test('make the same file, and interfaces of them can be used', async () => {
    const file = everything();
    const writer = PcapngWriter.toMemory({ byteOrder: 'big' });
    for (const { raw } of await itemsOf(file)) writer.writeBlock(raw as RawBlock);
    expect(Buffer.compare(writer.bytes(), file)).toBe(0);
    expect(writer.frameCount).toBe(8);
    writer.write(frame60, { interface: 1, seconds: 3, nanoseconds: 500_000_000 });
    const last = [...framesOf(writer.bytes())].at(-1);
    expect(last).toMatchObject({ seconds: 3, nanoseconds: 500_000_000, linkType: 101 });
    expect(last?.interface?.section.byteOrder).toBe('little');
  });

  test('must be blocks, of the section that is written', async () => {
    const make = new Hand(true);
    const blockOf = (type: number, bytes: number[]): RawBlock => ({
      type,
      bytes: Uint8Array.from(bytes),
      byteOrder: 'little',
    });
    const bad: [RawBlock, RegExp][] = [
      [blockOf(6, [1, 2, 3]), /these 3 bytes are no block of type 6 in little-endian order/],
      [blockOf(7, make.block(6, [1])), /no block of type 7/],
      [blockOf(9, make.block(9, [1], { length: 16, end: 20 })), /no block/],
      [blockOf(0x0a0d0d0a, make.block(0x0a0d0d0a, [1, 2, 3, 4, 5, 6, 7, 8])), /no block/],
      [blockOf(0x0a0d0d0a, make.section([], { major: 2 })), /the block has version 2.0/],
      [blockOf(1, make.block(1, [])), /the block has 12 bytes: expected at least 20/],
      [
        { type: 9, bytes: Uint8Array.from(new Hand(false).block(9, [1])), byteOrder: 'big' },
        /a block in big-endian order cannot be in a section of the other order/,
      ],
      [{ type: 9, bytes: 'x' as never, byteOrder: 'big' }, /expected a Uint8Array/],
    ];
    for (const [block, message] of bad) {
      const writer = PcapngWriter.toMemory();
      const error = await errorOf(() => writer.writeBlock(block));
      expect(error).toMatchObject({ name: 'PacketError', code: 'BAD_VALUE' });
      expect(error.message).toMatch(message);
      expect(writer.bytes()).toHaveLength(28);
    }
  });
});

test('what does not fit is refused, and nothing of it is written', async () => {
  const stamps: [PcapngStamp, string, RegExp][] = [
    [{ seconds: -1 }, 'OUT_OF_RANGE', /time of -1 s and 0 ns does not fit/],
    [{ seconds: 2 ** 50 }, 'OUT_OF_RANGE', /does not fit the 64 bits/],
    [{ seconds: 1.5 }, 'OUT_OF_RANGE', /seconds is 1.5/],
    [{ nanoseconds: Number.NaN }, 'OUT_OF_RANGE', /nanoseconds is NaN/],
    [{ wireLength: -1 }, 'OUT_OF_RANGE', /wireLength is -1/],
    [
      { interface: 1 },
      'BAD_VALUE',
      /there is no interface 1: addInterface has been called 1 times/,
    ],
    [{ details: { flags: -1 } }, 'OUT_OF_RANGE', /flags is -1/],
    [{ details: { queue: 2 ** 32 } }, 'OUT_OF_RANGE', /queue is 4294967296/],
    [{ details: { dropCount: -1n } }, 'OUT_OF_RANGE', /dropCount is -1/],
    [{ details: { packetId: 1n << 64n } }, 'OUT_OF_RANGE', /packetId is/],
    [{ details: { comments: ['x'.repeat(65_536)] } }, 'OUT_OF_RANGE', /option 1 has 65536 bytes/],
    [
      { details: { options: [{ code: 0, data: frame60 }] } },
      'OUT_OF_RANGE',
      /option code is 0: expected 1–65535/,
    ],
    [
      { details: { options: [{ code: 2988, data: frame60 }] } },
      'BAD_VALUE',
      /option 2988 needs a Private Enterprise Number/,
    ],
    [
      { details: { options: [{ code: 9, enterprise: 1, data: frame60 }] } },
      'BAD_VALUE',
      /option 9 has no Private Enterprise Number/,
    ],
    [
      { details: { options: [{ code: 2988, enterprise: -1, data: frame60 }] } },
      'OUT_OF_RANGE',
      /Private Enterprise Number is -1/,
    ],
  ];
  for (const [stamp, code, message] of stamps) {
    const writer = PcapngWriter.toMemory();
    writer.addInterface({ timeDigits: 6 });
    const error = await errorOf(() => writer.write(frame60, stamp));
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ name: 'PacketError', code });
    expect(writer.bytes()).toHaveLength(28 + 20);
    expect(writer.frameCount).toBe(0);
  }
  const writer = PcapngWriter.toMemory();
  expect((await errorOf(() => writer.write([1] as never))).code).toBe('BAD_VALUE');
  for (const one of [
    { linkType: 65_536 },
    { snapLength: -1 },
    { timeDigits: 10 },
    { fcsBytes: 256 },
    { oversize: 'x' as never },
  ]) {
    expect((await errorOf(() => writer.addInterface(one))).code).toBe('BAD_OPTION');
  }
  expect((await errorOf(() => PcapngWriter.toMemory({ byteOrder: 'x' as never }))).code).toBe(
    'BAD_OPTION',
  );
  expect((await errorOf(() => PcapngWriter.toMemory({ os: 'x'.repeat(70_000) }))).code).toBe(
    'OUT_OF_RANGE',
  );
  await writer.close();
  for (const act of [
    () => writer.write(frame60),
    () => writer.addInterface(),
    () => writer.writeBlock({ type: 9, bytes: frame60, byteOrder: 'big' }),
  ]) {
    expect((await errorOf(act)).message).toBe('the writer is closed');
  }
});

test("a sink's error reaches whoever writes", async () => {
  const mine = new Error('disk full');
  const writer = new PcapngWriter(
    new WritableStream<Uint8Array>({
      write() {
        throw mine;
      },
    }),
  );
  writer.write(frame60);
  expect(await errorOf(() => writer.flush())).toBe(mine);
  expect(await errorOf(() => writer.write(frame60))).toBe(mine);
  expect(
    await errorOf(() =>
      writer.writeBlock({
        type: 9,
        bytes: Uint8Array.from(new Hand(true).block(9, [])),
        byteOrder: 'little',
      }),
    ),
  ).toBe(mine);
  expect(await errorOf(() => writer.close())).toBe(mine);
});

describeWith('tshark')('EDGE-CASES 29: tshark', () => {
  const fields = [
    'frame.number',
    'frame.time_epoch',
    'frame.len',
    'frame.cap_len',
    'frame.encap_type',
    'frame.interface_id',
    'frame.interface_name',
    'frame.interface_description',
    'frame.comment',
    'frame.drop_count',
    'frame.packet_id',
    'frame.packet_flags_direction',
  ];
  const asked = ['-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=|'];

  for (const byteOrder of ['little', 'big'] as const) {
    test(`and capinfos read a ${byteOrder}-endian file as it was written`, () => {
      const writer = PcapngWriter.toMemory({
        byteOrder,
        hardware: 'a machine',
        os: 'a system',
        application: 'framewright',
        comments: ['the file'],
      });
      const eth0 = writer.addInterface({ name: 'eth0', description: 'the first', timeDigits: 9 });
      const cooked = writer.addInterface({
        linkType: 113,
        name: 'any',
        snapLength: 64,
        timeDigits: 3,
      });
      const raw = writer.addInterface({ linkType: 101, snapLength: 0 });
      writer.write(frame60, {
        interface: eth0,
        seconds: 1_700_000_000,
        nanoseconds: 123_456_789,
        wireLength: 99,
        details: { comments: ['one', 'two'], flags: 2, dropCount: 3n, packetId: 9n },
      });
      writer.write(counting(100), { interface: cooked, seconds: 5, nanoseconds: 1_999_999 });
      writer.write(counting(24, 0x45), { interface: raw, seconds: 4_294_967_296 });
      writer.write(frame60, { interface: eth0, hasTime: false });
      const { stdout, stderr } = run(writer.bytes(), 'tshark', [
        '-r',
        'IN',
        ...asked,
        ...fields.flatMap((field) => ['-e', field]),
      ]);
      expect(stderr.replace(/^Running as user.*\n/m, '')).toBe('');
      expect(stdout.split('\n')).toEqual([
        '1\t1700000000.123456789\t99\t60\t1\t0\teth0\tthe first\tone|two\t3\t9\t0x00000002',
        '2\t5.001000000\t100\t64\t25\t1\tany\t\t\t\t\t',
        '3\t4294967296.000000000\t24\t24\t7\t2\tunknown\t\t\t\t\t',
        '4\t\t60\t60\t1\t0\teth0\tthe first\t\t\t\t',
        '',
      ]);
      const info = run(writer.bytes(), 'capinfos', ['IN']).stdout;
      for (const line of [
        /Number of packets: +4$/m,
        /Capture hardware: +a machine$/m,
        /Capture oper-sys: +a system$/m,
        /Capture application: +framewright$/m,
        /Capture comment: +the file$/m,
        /Number of interfaces in file: 3$/m,
        /Time precision = nanoseconds \(9\)$/m,
        /Time precision = milliseconds \(3\)$/m,
      ]) {
        expect(info).toMatch(line);
      }
    });
  }

  test('reads our file with everything as we do', () => {
    const file = everything();
    const { stdout } = run(file, 'tshark', [
      ...['-r', 'IN', ...asked],
      ...fields.slice(0, 9).flatMap((field) => ['-e', field]),
    ]);
    const ours = [...framesOf(file)].map((frame) => [
      String(frame.number),
      frame.hasTime ? `${frame.seconds}.${String(frame.nanoseconds).padStart(9, '0')}` : '',
      String(frame.wireLength),
      String(frame.data.length),
    ]);
    // tshark counts custom blocks as frames, here of four bytes.
    const theirs = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t').slice(0, 4))
      .filter(([, time, length]) => time !== '' || length !== '4');
    expect(theirs.map((line) => line.slice(1))).toEqual(ours.map((line) => line.slice(1)));
  });
});

describeWith('tcpdump')('EDGE-CASES 29: tcpdump', () => {
  test('reads what we write where the interfaces agree', () => {
    const writer = PcapngWriter.toMemory();
    const one = writer.addInterface({ name: 'a', timeDigits: 9 });
    const two = writer.addInterface({ name: 'b', timeDigits: 6 });
    writer.write(frame60, { interface: one, seconds: 7, nanoseconds: 123_456_789 });
    writer.write(frame60, { interface: two, seconds: 8, nanoseconds: 5000 });
    const { stdout, status } = run(writer.bytes(), 'tcpdump', ['-ttenqr', 'IN', '--nano']);
    expect(status).toBe(0);
    expect(stdout.match(/^\d+\.\d+/gm)).toEqual(['7.123456789', '8.000005000']);
  });
});
