import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { copyCapture, type PcapPlan, pcapPlan, surveyCapture } from '../../src/capture/copy.js';
import { PcapWriter } from '../../src/capture/pcap-writer.js';
import { PcapngWriter } from '../../src/capture/pcapng-writer.js';
import { framesOf, openCapture } from '../../src/capture/reader.js';
import { CORPUS, corpusIsThere } from '../support/corpus.js';
import { describeWith } from '../support/tshark.js';
import { run, tsharkFrames } from './judge.js';
import { counting, errorOf, pcapFile } from './pcap-file.js';
import { ethernet, everything, fileOf, Hand } from './pcapng-file.js';

vi.setConfig({ testTimeout: 30_000 });

const make = new Hand(true);
const frame = ethernet(60);

async function toPcapng(file: Uint8Array): Promise<Uint8Array> {
  const writer = PcapngWriter.toMemory();
  const count = await copyCapture(await openCapture(file), writer);
  expect(count).toBe(writer.frameCount);
  return writer.bytes();
}

async function planOf(file: Uint8Array): Promise<PcapPlan> {
  return pcapPlan(await surveyCapture(await openCapture(file)));
}

async function toPcap(file: Uint8Array): Promise<Uint8Array> {
  const writer = PcapWriter.toMemory((await planOf(file)).options);
  await copyCapture(await openCapture(file), writer);
  return writer.bytes();
}

const times = (file: Uint8Array): unknown[] =>
  [...framesOf(file)].map((one) => [
    one.seconds,
    one.nanoseconds,
    one.wireLength,
    one.linkType,
    Buffer.from(one.data).toString('hex'),
  ]);

describe('EDGE-CASES 29: pcapng to pcapng', () => {
  test('is the same to the byte, with everything in it', async () => {
    expect(Buffer.compare(await toPcapng(everything()), everything())).toBe(0);
  });

  test('follows a section that is being written', async () => {
    const writer = PcapngWriter.toMemory();
    writer.write(Uint8Array.from(frame));
    await copyCapture(await openCapture(everything()), writer);
    expect([...framesOf(writer.bytes())]).toHaveLength(9);
  });

  test('writes what stands before damage', async () => {
    const writer = PcapngWriter.toMemory();
    const file = everything();
    const reader = await openCapture(file.subarray(0, file.length - 5));
    expect((await errorOf(() => copyCapture(reader, writer))).code).toBe('TRUNCATED_CAPTURE');
    expect(writer.frameCount).toBe(8);
  });

  const names = corpusIsThere
    ? readdirSync(CORPUS).filter((name) => name.endsWith('.pcapng') && !name.includes('le-901'))
    : [];
  test.each(names)('of %s is the same to the byte', async (name) => {
    const file = readFileSync(join(CORPUS, name));
    expect(Buffer.compare(await toPcapng(file), file)).toBe(0);
  });
});

describe('EDGE-CASES 28: pcap to pcapng and back', () => {
  for (const magic of [0xa1b2c3d4, 0xa1b23c4d]) {
    test(`keeps all that a file of ${magic.toString(16)} says`, async () => {
      const file = pcapFile({
        magic,
        link: 0x24000001,
        snapLength: 40,
        records: [
          { seconds: 1_700_000_000, fraction: 999_999, data: counting(60) },
          { seconds: 4_294_967_295, fraction: 1, data: counting(30), lengths: [30, 1500] },
          { data: counting(0), lengths: [0, 9] },
        ],
      });
      const copy = await toPcapng(file);
      const [one] = [...framesOf(copy)];
      expect(one?.interface).toMatchObject({
        linkType: 1,
        snapLength: 40,
        fcsBytes: 4,
        timeDigits: magic === 0xa1b2c3d4 ? 6 : 9,
      });
      expect(times(copy)).toEqual(times(file));
      expect((await planOf(copy)).losses).toEqual([]);
      expect(Buffer.compare(await toPcap(copy), file)).toBe(0);
    });
  }

  test('keeps pcap as it is on the way to pcap', async () => {
    const file = pcapFile({ snapLength: 0, link: 113, records: [{ data: counting(99) }] });
    expect(await planOf(file)).toMatchObject({ losses: [], options: { snapLength: 0 } });
    expect(Buffer.compare(await toPcap(file), file)).toBe(0);
    const empty = pcapFile({ link: 101 });
    expect(Buffer.compare(await toPcap(empty), empty)).toBe(0);
  });
});

describe('EDGE-CASES 29: pcapng to pcap', () => {
  test('is refused in words where there are several link types', async () => {
    const error = await errorOf(() => planOf(everything()));
    expect(error).toMatchObject({ name: 'PacketError', code: 'BAD_VALUE' });
    expect(error.message).toBe(
      'a pcap file has one link type, and this capture has frames of 2: 1, 101; only pcapng can hold them all',
    );
    const writer = PcapWriter.toMemory();
    const late = await errorOf(async () => copyCapture(await openCapture(everything()), writer));
    expect(late).toMatchObject({ code: 'BAD_VALUE', frame: 2 });
    expect(late.message).toMatch(/frame 2 has link type 101, and the pcap file .* has 1;/);
  });

  test('is refused in words for times that pcap cannot hold', async () => {
    const file = fileOf(
      make.section(),
      make.interface(1, 0, [[14, make.u64(-1n)]]),
      make.enhanced(frame),
      make.enhanced(frame),
    );
    expect((await errorOf(() => planOf(file))).message).toMatch(
      /times from 1970 to 2106, and this capture has 2 frames of other times; only pcapng/,
    );
  });

  test('says what is lost, as data and in words', async () => {
    // Raw IP packets stand in everything() once a section; here they are Ethernet.
    const file = everything();
    const view = new DataView(file.buffer);
    for (let at = 0, little = false; at < file.length; ) {
      if (view.getUint32(at) === 0x0a0d0d0a) little = view.getUint32(at + 8) !== 0x1a2b3c4d;
      if (view.getUint32(at, little) === 1) view.setUint16(at + 8, 1, little);
      at += view.getUint32(at + 4, little);
    }
    const { losses, options } = await planOf(file);
    expect(options).toEqual({
      linkType: 1,
      precision: 'ns',
      snapLength: 0,
      oversize: 'keep',
      fcsBytes: undefined,
    });
    expect(losses.map(({ what, count }) => [what, count])).toEqual([
      ['sections', 2],
      ['interfaces', 4],
      ['comments', 6],
      ['frame options', 4],
      ['times', 2],
      ['no time', 2],
      ['names', 2],
      ['statistics', 2],
      ['secrets', 2],
      ['custom blocks', 4],
      ['unknown blocks', 2],
      ['fcs', 2],
    ]);
    expect(losses.map(({ text }) => text)).toEqual([
      '2 section headers with options',
      '4 interface descriptions with options, or more than one',
      '6 comments of frames',
      'flags, drop counts or other options of 4 frames',
      'the digits below a nanosecond of 2 times',
      '2 frames without a time: the copy says 1970',
      '2 name resolution blocks',
      '2 interface statistics blocks',
      '2 decryption secrets blocks',
      '4 custom blocks',
      '2 blocks of unknown type',
      '2 FCS lengths',
    ]);
    expect(times(await toPcap(file))).toEqual(times(file));
  });

  test('loses nothing where there is nothing to lose', async () => {
    const empty = fileOf(make.section(), make.interface(113, 70));
    expect(await planOf(empty)).toMatchObject({ losses: [], options: { linkType: 113 } });
    expect(await planOf(fileOf(make.section()))).toMatchObject({
      losses: [],
      options: { linkType: 1, snapLength: 262_144, precision: 'us' },
    });
    const odd = fileOf(make.section(), make.interface(1, 50, [[13, [3]]]), make.enhanced(frame));
    expect(await planOf(odd)).toMatchObject({
      losses: [{ what: 'fcs', count: 1, text: '1 FCS length' }],
      options: { snapLength: 50, fcsBytes: undefined },
    });
    const flagged = fileOf(make.section(), make.interface(), make.enhanced(frame, {}, [[3, [1]]]));
    expect((await planOf(flagged)).losses).toMatchObject([{ what: 'frame options', count: 1 }]);
  });
});

describeWith('tshark')('EDGE-CASES 29: tshark reads the same frames', () => {
  const pcap = pcapFile({
    magic: 0xa1b23c4d,
    records: [
      { seconds: 1_700_000_000, fraction: 123_456_789, data: Uint8Array.from(frame) },
      { seconds: 1_700_000_001, fraction: 1, data: Uint8Array.from(frame), lengths: [60, 99] },
    ],
  });

  test('in a copy of pcap and in a copy of that', async () => {
    const copy = await toPcapng(pcap);
    expect(tsharkFrames(copy)).toEqual(tsharkFrames(pcap));
    expect(tsharkFrames(await toPcap(copy))).toEqual(tsharkFrames(pcap));
  });

  test('in what editcap makes of our copy', async () => {
    const copy = await toPcapng(pcap);
    const again = run(copy, 'sh', [
      '-c',
      'editcap -F nsecpcap "$0" - | tcpdump -ttenqr - --nano',
      'IN',
    ]);
    expect(again.stdout.match(/^\d+\.\d+/gm)).toEqual([
      '1700000000.123456789',
      '1700000001.000000001',
    ]);
  });
});
