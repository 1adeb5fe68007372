import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { crc32, gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import type { PacketError } from '../../src/bytes/error.js';
import { compressTo } from '../../src/capture/compress.js';
import type { CapturedFrame } from '../../src/capture/frame.js';
import type { ReadOptions } from '../../src/capture/parser.js';
import { PcapWriter } from '../../src/capture/pcap-writer.js';
import { PcapngWriter } from '../../src/capture/pcapng-writer.js';
import { framesOf, openCapture } from '../../src/capture/reader.js';
import type { CaptureSource } from '../../src/capture/source.js';
import { counting, errorOf, pcapFile, seeded } from './pcap-file.js';
import { everything } from './pcapng-file.js';

vi.setConfig({ testTimeout: 60_000 });

const random = seeded(30);
const pcap = pcapFile({
  records: Array.from({ length: 400 }, (_, i) => ({
    seconds: i,
    data: Uint8Array.from({ length: random(900) }, () => random(256)),
  })),
});
const formats: [string, Uint8Array][] = [
  ['pcap', pcap],
  ['pcapng', everything()],
];

async function read(
  source: CaptureSource,
  options: ReadOptions = { name: 'x.gz' },
): Promise<{ frames: CapturedFrame[]; error?: PacketError }> {
  const frames: CapturedFrame[] = [];
  try {
    for await (const frame of await openCapture(source, options)) frames.push(frame);
  } catch (error) {
    return { frames, error: error as PacketError };
  }
  return { frames };
}

const plain = (frames: Iterable<CapturedFrame>): unknown[] =>
  [...frames].map((frame) => [
    frame.number,
    frame.seconds,
    Buffer.from(frame.data).toString('hex'),
  ]);

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
  return chunks;
}

describe.each(formats)('EDGE-CASES 30: %s in gzip', (_, file) => {
  const wanted = plain(framesOf(file));

  test('is read from chunks of any size', async () => {
    const gz = gzipSync(file);
    for (const source of [gz, cut(gz, 1), cut(gz, 3), cut(gz, 1000), Readable.from(cut(gz, 99))]) {
      const { frames, error } = await read(source);
      expect(error).toBeUndefined();
      expect(plain(frames)).toEqual(wanted);
    }
  });

  test('is read from several members, with zeros after the last', async () => {
    const halves = [file.subarray(0, 77), new Uint8Array(0), file.subarray(77)];
    const gz = Buffer.concat([...halves.map((half) => gzipSync(half)), Buffer.alloc(1000)]);
    for (const source of [gz, cut(gz, 1), cut(gz, 1000)]) {
      const { frames, error } = await read(source);
      expect(error).toBeUndefined();
      expect(plain(frames)).toEqual(wanted);
    }
  });

  test('cut short gives every frame that is there, then says where it ends', async () => {
    const gz = gzipSync(file);
    let most = 0;
    for (const length of [gz.length - 1, gz.length - 8, gz.length - 9, gz.length >> 1, 40, 12, 5]) {
      const { frames, error } = await read(gz.subarray(0, length));
      expect(plain(frames)).toEqual(wanted.slice(0, frames.length));
      most = Math.max(most, frames.length);
      expect(error).toMatchObject({
        name: 'PacketError',
        code: 'TRUNCATED_CAPTURE',
        offset: length,
      });
      expect(error?.message).toBe(
        `x.gz: the gzip file is cut short: it ends at byte ${length}, inside member 1`,
      );
    }
    // The bytes are all there when only the checksum is not.
    expect(most).toBe(wanted.length);
  });

  test('damaged is an error, after the frames before it', async () => {
    const gz = gzipSync(file);
    const wrong = (at: number): Uint8Array => {
      const bad = Uint8Array.from(gz);
      bad[at] = (bad[at] as number) ^ 0xff;
      return bad;
    };
    const cases: [Uint8Array, RegExp][] = [
      [
        wrong(gz.length - 8),
        /^x.gz: the gzip file is damaged before byte \d+: the checksum of memb/,
      ],
      [wrong(gz.length - 1), /the length of member 1 is wrong/],
      [wrong(2), /the header is none of gzip with the deflate method/],
      [Buffer.concat([gz, Buffer.from('junk')]), /bytes follow member 1 that start no other/],
      [Buffer.concat([gz, Buffer.from([0, 0, 7])]), /bytes that are not zero follow the zeros/],
    ];
    for (const [bad, message] of cases) {
      for (const source of [bad, cut(bad, 100)]) {
        const { frames, error } = await read(source);
        expect(error?.message).toMatch(message);
        expect(error).toMatchObject({ code: 'BAD_CAPTURE', name: 'PacketError' });
        if (bad[2] === 8) expect(frames).toHaveLength(wanted.length);
      }
    }
  });

  test('changed at random never throws anything but a PacketError', async () => {
    const gz = gzipSync(file.subarray(0, 5000));
    for (let round = 0; round < 400; round += 1) {
      const bad = Uint8Array.from(gz);
      bad[3 + random(bad.length - 3)] = random(256);
      const { error } = await read(bad);
      if (error !== undefined) expect(error.name).toBe('PacketError');
    }
  });

  test('cut short within, the capture itself says so', async () => {
    const { frames, error } = await read(gzipSync(file.subarray(0, file.length - 3)));
    expect(error).toMatchObject({ code: 'TRUNCATED_CAPTURE', offset: file.length - 3 });
    expect(frames.length).toBeGreaterThan(0);
  });

  test('is read from what gzip(1) makes, with a name in its header', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'framewright-'));
    try {
      writeFileSync(join(folder, 'a'), file);
      const made = spawnSync('gzip', ['-9', '-N', '-c', join(folder, 'a')], { maxBuffer: 2 ** 24 });
      const { frames, error } = await read(made.stdout);
      expect(error).toBeUndefined();
      expect(plain(frames)).toEqual(wanted);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('EDGE-CASES 30: a header of gzip', () => {
  const gz = gzipSync(pcap);
  const body = gz.subarray(10);
  const header = (flags: number, more: readonly number[] = []): Uint8Array =>
    Buffer.concat([Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3]), Buffer.from(more), body]);

  test('may have every optional part', async () => {
    // An extra field, a name and a comment; the checksum is that of the header before it.
    const parts = [3, 0, 9, 9, 9, 97, 0, 98, 99, 0];
    const sum = crc32(header(31, parts).subarray(0, 20)) & 0xffff;
    const all = header(31, [...parts, sum & 0xff, sum >> 8]);
    for (const source of [all, cut(all, 1)]) {
      const { frames, error } = await read(source);
      expect(error).toBeUndefined();
      expect(frames).toHaveLength(400);
    }
    const { error } = await read(header(31, [...parts, sum & 0xff, (sum >> 8) ^ 1]));
    expect(error?.code).toBe('BAD_CAPTURE');
    expect(error?.message).toMatch(
      /before byte 22: the checksum of the header of member 1 is wrong$/,
    );
  });

  test('without end is damage', async () => {
    const endless = header(8, Array<number>(140_000).fill(97));
    const { error } = await read(cut(endless, 65_536));
    expect(error?.message).toMatch(/its header has more than 131072 bytes/);
    expect((await read(header(8).subarray(0, 12))).error?.code).toBe('TRUNCATED_CAPTURE');
    expect((await read(header(4).subarray(0, 11))).error?.code).toBe('TRUNCATED_CAPTURE');
  });
});

describe('EDGE-CASES 30: what is not undone', () => {
  test('compression within compression is refused in words', async () => {
    const { error } = await read(gzipSync(gzipSync(pcap)));
    expect(error).toMatchObject({ code: 'BAD_CAPTURE', name: 'PacketError' });
    expect(error?.message).toBe(
      'x.gz: this is compressed with gzip, and that again with gzip; only one of them is undone here, so undo one first: `gzip -dc IN > OUT`',
    );
  });

  test('zstd without a decompressor is refused with the command that undoes it', async () => {
    const { error } = await read(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0));
    expect(error?.message).toMatch(
      /compressed with zstd, which cannot be undone here .*`zstd -dc IN/,
    );
    expect(error?.code).toBe('BAD_CAPTURE');
  });

  test('framesOf refuses compressed files', async () => {
    for (const file of [gzipSync(pcap), Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)]) {
      const error = await errorOf(() => framesOf(file));
      expect(error.code).toBe('BAD_CAPTURE');
      expect(error.message).toMatch(/which framesOf does not read: use openCapture, or convert/);
    }
  });

  test('nothing in gzip is an empty file', async () => {
    const { error } = await read(gzipSync(new Uint8Array(0)));
    expect(error?.message).toMatch(/^x.gz: the file is empty/);
  });
});

describe('EDGE-CASES 30: zstd with a decompressor that is given', () => {
  test('is read, and let go of when reading stops', async () => {
    let returned = 0;
    // A stand-in for what Node has from 22.15 on: it drops the magic number.
    async function* zstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      let first = true;
      for await (const chunk of chunks) {
        yield first ? chunk.subarray(4) : chunk;
        first = false;
      }
    }
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), pcap.subarray(0, 1000)]);
        yield pcap.subarray(1000);
      } finally {
        returned += 1;
      }
    }
    const { frames, error } = await read(source(), { decompress: { zstd } });
    expect(error).toBeUndefined();
    expect(frames).toHaveLength(400);
    const reader = await openCapture(source(), { decompress: { zstd } });
    for await (const _ of reader) break;
    expect(returned).toBe(2);
  });
});

describe('EDGE-CASES 30: a bomb', () => {
  test('of 1 GiB of zeros is read as what it is, in little memory', async () => {
    const record = pcapFile({ records: [{ data: new Uint8Array(262_144) }] }).slice(24);
    const member = gzipSync(Buffer.concat(Array<Uint8Array>(64).fill(record)));
    function* bomb(): Generator<Uint8Array> {
      yield gzipSync(pcapFile());
      for (let n = 0; n < 64; n += 1) yield member;
    }
    let frames = 0;
    let peak = 0;
    const before = process.memoryUsage().rss;
    for await (const batch of (await openCapture(bomb())).batches()) {
      frames += batch.length;
      peak = Math.max(peak, process.memoryUsage().rss - before);
    }
    expect(frames).toBe(4096);
    expect(peak).toBeLessThan(150 * 2 ** 20);
  });

  test('of nonsense ends at the first record that cannot be', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      const start = gzipSync(pcapFile());
      yield start;
      const member = gzipSync(new Uint8Array(1 << 20).fill(0xff));
      for (;;) {
        read += member.length;
        yield member;
      }
    }
    const error = await errorOf(async () => {
      for await (const _ of await openCapture(endless()));
    });
    expect(error).toMatchObject({ code: 'BAD_CAPTURE', frame: 1 });
    expect(read).toBeLessThan(10_000);
  });
});

describe('EDGE-CASES 30: writing gzip', () => {
  test('to a WHATWG stream and to a Node stream', async () => {
    for (const node of [true, false]) {
      const chunks: Uint8Array[] = [];
      const sink = node
        ? new Writable({
            write(chunk, _, done) {
              chunks.push(chunk);
              setTimeout(done, 1);
            },
          })
        : new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) });
      const writer = new PcapngWriter(compressTo(sink));
      for (let i = 0; i < 3000; i += 1) await writer.write(counting(500, i), { seconds: i });
      await writer.close();
      const file = Buffer.concat(chunks);
      expect(file.length).toBeLessThan(200_000);
      const { frames } = await read(file);
      expect(frames).toHaveLength(3000);
      expect([...framesOf(new Uint8Array(gunzipSync(file)))]).toHaveLength(3000);
    }
  });

  test("gives the writer the sink's error", async () => {
    const mine = new Error('disk full');
    const sink = new WritableStream<Uint8Array>({
      write() {
        throw mine;
      },
    });
    const writer = new PcapWriter(compressTo(sink), {});
    const error = await errorOf(async () => {
      for (let i = 0; i < 5000; i += 1) {
        await writer.write(Uint8Array.from({ length: 1000 }, () => random(256)));
      }
      await writer.close();
    });
    expect(error).toBe(mine);
    expect(await errorOf(() => writer.close())).toBe(mine);
  });

  test('is given up with the stream', async () => {
    const stream = compressTo(new WritableStream<Uint8Array>());
    await stream.abort(new Error('enough'));
    expect(stream.locked).toBe(false);
    expect((await errorOf(() => compressTo(5 as never))).code).toBe('BAD_OPTION');
  });
});
