import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { CapturedFrame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/reader.js';
import { type FrameToWrite, frameWriter, type Precision } from '../../src/cli/frame-writer.js';

const time = (seconds: number, nanoseconds = 0, timeDigits = 6) => ({
  seconds,
  nanoseconds,
  timeDigits,
});
const frame = (more: Partial<FrameToWrite> = {}, bytes = 1): FrameToWrite => ({
  data: new Uint8Array(bytes),
  wireLength: bytes,
  linkType: 1,
  time: time(1),
  ...more,
});

async function written(
  format: 'pcap' | 'pcapng',
  frames: Iterable<FrameToWrite>,
  precision?: Precision,
): Promise<{ frames: CapturedFrame[]; losses: string[] }> {
  const chunks: Uint8Array[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const writer = frameWriter(sink, format, precision);
  for (const one of frames) await writer.write(one);
  await writer.close();
  const all: CapturedFrame[] = [];
  for await (const one of await openCapture(Buffer.concat(chunks))) all.push(one);
  return { frames: all, losses: writer.losses() };
}

const eth = (id: number, section = 1) => ({
  section,
  id,
  described: { name: `eth${id}`, linkType: 1, snapLength: 64, timeDigits: 9 },
});

describe('to pcap', () => {
  it('is as fine as the finest of the first frames, or as is asked for', async () => {
    const mixed = [frame(), frame({ time: time(1, 7, 9) })];
    expect((await written('pcap', mixed)).frames[1]).toMatchObject({ nanoseconds: 7 });
    expect((await written('pcap', [frame()])).frames[0]).toMatchObject({ timeDigits: 6 });
    expect((await written('pcap', [frame()], 'ns')).frames[0]).toMatchObject({ timeDigits: 9 });
    const cut = (await written('pcap', mixed, 'us')).frames;
    expect(cut[1]).toMatchObject({ timeDigits: 6, nanoseconds: 0 });
  });

  it('looks at a thousand frames or four MiB before it decides', async () => {
    const many = (count: number, bytes: number) => [
      ...Array.from({ length: count }, () => frame({}, bytes)),
      frame({ time: time(1, 7, 9) }),
    ];
    expect((await written('pcap', many(999, 1))).frames).toHaveLength(1000);
    const words = /frame 1001 has a time in nanoseconds.*--precision/;
    await expect(written('pcap', many(1000, 1))).rejects.toThrow(words);
    await expect(written('pcap', many(50, 100_000))).rejects.toThrow(/^frame 51 has a time/);
    expect((await written('pcap', many(2000, 1), 'ns')).frames).toHaveLength(2001);
  });

  it('refuses a second link type, and counts what it leaves out', async () => {
    const other = written('pcap', [frame(), frame({ linkType: 113 })]);
    await expect(other).rejects.toThrow('frame 2 has link type 113, frame 1 has 1: a pcap file');
    const details = { comments: ['x'] };
    const rich = [frame({ interfaces: [eth(0), eth(1)], interface: eth(1), details }), frame()];
    const { losses, frames } = await written('pcap', rich);
    expect(losses).toEqual(['comments, flags and the like of 1 frame', '2 interface descriptions']);
    expect(frames).toHaveLength(2);
    expect((await written('pcap', [frame({ time: undefined })])).losses).toEqual([
      '1 frame without a time: the file says 1970',
    ]);
  });

  it('names the frame whose time does not fit', async () => {
    const late = [frame(), frame({ time: time(2 ** 33) })];
    await expect(written('pcap', late)).rejects.toThrow(/^frame 2: seconds is 8589934592/);
  });

  it('is a file even without frames', async () => {
    expect((await written('pcap', [])).frames).toEqual([]);
    expect((await written('pcapng', [])).frames).toEqual([]);
  });
});

describe('to pcapng', () => {
  it('has an interface for each link type and resolution of frames without one', async () => {
    const fine = time(1, 7, 9);
    const list = [frame(), frame({ linkType: 113 }), frame({ time: fine }), frame()];
    const { frames, losses } = await written('pcapng', list);
    const ids = frames.map((one) => [one.interface?.id, one.linkType, one.timeDigits]);
    expect(ids).toEqual([
      [0, 1, 6],
      [1, 113, 6],
      [2, 1, 9],
      [0, 1, 6],
    ]);
    expect(losses).toEqual([]);
  });

  it('keeps interfaces, those without frames too, and sections', async () => {
    const { frames } = await written('pcapng', [
      frame({ interfaces: [eth(0), eth(1)], interface: eth(1) }),
      frame({ interface: eth(0), time: undefined }),
      frame({ interfaces: [eth(0, 3)], interface: eth(0, 3), details: { flags: 1 } }),
    ]);
    const found = frames.map(({ interface: from, hasTime, details }) => {
      return [
        from?.section.number,
        from?.id,
        from?.name,
        from?.snapLength,
        hasTime,
        details?.flags,
      ];
    });
    expect(found).toEqual([
      [1, 1, 'eth1', 64, true, undefined],
      [1, 0, 'eth0', 64, false, undefined],
      [2, 0, 'eth0', 64, true, 1],
    ]);
  });

  it('knows an interface from its frame, where the line that described it is gone', async () => {
    const from = { section: 1, id: 5, described: { name: 'eth5' } };
    const { frames } = await written('pcapng', [
      frame({ interface: from, linkType: 101, time: time(1, 7, 9) }),
    ]);
    expect(frames[0]?.interface).toMatchObject({ id: 0, name: 'eth5', linkType: 101 });
    expect(frames[0]).toMatchObject({ nanoseconds: 7, timeDigits: 9 });
  });

  it('names the frame that can’t be held', async () => {
    const bad = frame({ details: { comments: ['x'.repeat(70_000)] } });
    await expect(written('pcapng', [frame(), bad])).rejects.toThrow(/^frame 2: /);
  });
});
