/** What a connection writes, read by the library's parser; and what it reads, written by it. */
import { expect, it } from 'vitest';
import { TCP_FLAG } from '../../../src/headers/numbers.js';
import { tcp } from '../../../src/headers/tcp.js';
import {
  mss,
  nop,
  sack,
  sackPermitted,
  timestamps,
  windowScale,
} from '../../../src/headers/tcp-options.js';
import { SegmentIn } from '../../../src/lab/tcp/segment-in.js';
import { SegmentOut, sackRoom } from '../../../src/lab/tcp/segment-out.js';
import { SendQueue } from '../../../src/lab/tcp/send-queue.js';
import { build } from '../../../src/packet/build.js';
import { parse } from '../../../src/packet/parse.js';

function segment(fill: (out: SegmentOut) => void): SegmentOut {
  const out = new SegmentOut();
  out.srcPort = 54_321;
  out.dstPort = 80;
  out.seq = 0xfedc_ba98;
  out.ack = 0x8000_0001;
  out.flags = TCP_FLAG.ACK | TCP_FLAG.PSH;
  out.window = 0xfffe;
  fill(out);
  return out;
}

/** Written over bytes that are not zero, 3 bytes into them. */
function written(out: SegmentOut): Uint8Array {
  const bytes = new Uint8Array(out.bytes + 6).fill(0xa5);
  out.write(new DataView(bytes.buffer), bytes, 3);
  expect([...bytes.subarray(0, 3), ...bytes.subarray(-3)]).toEqual(new Array(6).fill(0xa5));
  return bytes.slice(3, -3);
}

const queue = new SendQueue();
queue.push(Uint8Array.from({ length: 100 }, (_, i) => i));

it.each([
  ['no options and no data', () => {}, [], 0],
  [
    'the options of a SYN, as Linux orders them',
    (out: SegmentOut) => {
      out.mss = 1460;
      out.sackPermitted = true;
      out.hasTimestamps = true;
      out.timestamp = 0xffff_ffff;
      out.windowScale = 7;
    },
    [mss(1460), sackPermitted, timestamps(0xffff_ffff, 0), nop, windowScale(7)],
    0,
  ],
  [
    'a SYN without timestamps',
    (out: SegmentOut) => {
      out.mss = 536;
      out.sackPermitted = true;
      out.windowScale = 0;
    },
    [mss(536), nop, nop, sackPermitted, nop, windowScale(0)],
    0,
  ],
  [
    'timestamps, SACK blocks and data',
    (out: SegmentOut) => {
      out.hasTimestamps = true;
      out.timestamp = 5;
      out.timestampEcho = 0x8765_4321;
      out.blocks.splice(0, 4, 0xffff_ff00, 0x10, 0x20, 0x30);
      out.blockCount = 2;
      out.queue = queue;
      out.position = 11;
      out.length = 40;
    },
    [
      nop,
      nop,
      timestamps(5, 0x8765_4321),
      nop,
      nop,
      sack({ left: 0xffff_ff00, right: 0x10 }, { left: 0x20, right: 0x30 }),
    ],
    40,
  ],
] as const)('a segment with %s is what the encoder writes', (_, fill, options, length) => {
  const out = segment(fill);
  const data = Uint8Array.from({ length }, (_byte, i) => 10 + i);
  const wanted = build([
    tcp({
      srcPort: 54_321,
      dstPort: 80,
      seq: 0xfedc_ba98,
      ack: 0x8000_0001,
      flags: ['ACK', 'PSH'],
      window: 0xfffe,
      options,
    }),
    data,
  ]);
  expect([...written(out)]).toEqual([...wanted]);
  const back = new SegmentIn().read(new DataView(wanted.buffer), wanted, 0, wanted.length);
  expect(back).toMatchObject({ seq: 0xfedc_ba98, ack: 0x8000_0001, window: 0xfffe, length });
  expect(back).toMatchObject({ mss: out.mss, windowScale: out.windowScale });
  expect(back).toMatchObject({ hasTimestamps: out.hasTimestamps, timestamp: out.timestamp });
  expect(back.timestampEcho).toBe(out.timestampEcho);
  expect(back.sackPermitted).toBe(out.sackPermitted);
  expect(back.blocks.slice(0, 2 * back.blockCount)).toEqual(
    out.blocks.slice(0, 2 * out.blockCount),
  );
  expect([...back.bytes.subarray(back.dataStart, back.dataEnd)]).toEqual([...data]);
});

it('has room for four SACK blocks, three beside timestamps', () => {
  expect(sackRoom(0)).toBe(4);
  expect(sackRoom(12)).toBe(3);
});

it('takes options of wrong lengths for absent, and stops where a list can not be walked', () => {
  const read = (...options: number[]): SegmentIn => {
    const bytes = build([tcp({ dstPort: 80, options: Uint8Array.from(options) })]);
    expect(parse(bytes, { linkType: 1 }).bytes.length).toBe(20 + options.length);
    return new SegmentIn().read(new DataView(bytes.buffer), bytes, 0, bytes.length);
  };
  expect(read(2, 3, 5, 0).mss).toBe(0);
  expect(read(3, 4, 7, 7).windowScale).toBe(-1);
  expect(read(5, 6, 0, 0, 0, 1, 1, 1).blockCount).toBe(0);
  expect(read(8, 4, 1, 1).hasTimestamps).toBe(false);
  expect(read(9, 0, 2, 4, 5, 180, 1, 1).mss).toBe(0);
  expect(read(9, 9, 2, 4).mss).toBe(0);
  expect(read(0, 1, 4, 2).sackPermitted).toBe(false);
  // A shift of more than 14 counts as 14 (RFC 7323 §2.3).
  expect(read(1, 3, 3, 200).windowScale).toBe(14);
});
