import { spawnSync } from 'node:child_process';
import { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PcapWriter } from '../../src/capture/pcap-writer.js';
import { openCapture } from '../../src/capture/reader.js';
import { type ZstdOfNode, zstdCompressor, zstdDecompress } from '../../src/cli/zstd.js';

const has = 'createZstdDecompress' in zlib;

/** Stands in where Node has no zstd, for frames whose blocks are raw or a repeated byte. */
function plainDecompress(): Transform {
  const parts: Uint8Array[] = [];
  return new Transform({
    transform(chunk, _encoding, done) {
      parts.push(chunk);
      done();
    },
    flush(done) {
      const bytes = Buffer.concat(parts);
      const single = ((bytes[4] as number) >> 5) & 1;
      const flag = (bytes[4] as number) >> 6;
      let at = 6 - single + ([0, 1, 2, 4][(bytes[4] as number) & 3] as number);
      at += flag === 0 ? single : 2 ** flag;
      for (let last = 0; last === 0; ) {
        const head = bytes.readUIntLE(at, 3);
        last = head & 1;
        const repeated = ((head >> 1) & 3) === 1;
        if (((head >> 1) & 3) === 3) {
          return done(Object.assign(new Error('Corrupted block'), { code: 'ZSTD_error_test' }));
        }
        const size = head >> 3;
        at += 3;
        this.push(repeated ? Buffer.alloc(size, bytes[at]) : bytes.subarray(at, at + size));
        at += repeated ? 1 : size;
      }
      done();
    },
  });
}
const node: ZstdOfNode = has ? (zlib as ZstdOfNode) : { createZstdDecompress: plainDecompress };

const block = (data: Uint8Array, last: boolean): Buffer => {
  const head = Buffer.alloc(3);
  head.writeUIntLE((data.length << 3) | (last ? 1 : 0), 0, 3);
  return Buffer.concat([head, data]);
};
/** A frame of two raw blocks and one repeated byte. */
const frame = (data: Uint8Array, start = [0x00, 0x58]): Buffer =>
  Buffer.concat([
    Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...start),
    block(data.subarray(0, 10), false),
    block(data.subarray(10), false),
    Uint8Array.of((3 << 3) | 2 | 1, 0, 0, 0x77),
  ]);

async function unpacked(chunks: Iterable<Uint8Array>): Promise<Buffer> {
  async function* source() {
    yield* chunks;
  }
  const decompress = zstdDecompress('a.zst', node) ?? expect.fail();
  const out: Uint8Array[] = [];
  for await (const chunk of decompress(source())) out.push(chunk);
  return Buffer.concat(out);
}

const data = Buffer.from('twenty bytes of data and more');
const all = Buffer.concat([data, Buffer.from('www')]);

describe('zstd', () => {
  it('is undefined where Node has none', () => {
    expect(zstdDecompress('a', {})).toBeUndefined();
    expect(zstdCompressor({})).toBeUndefined();
    expect(zstdDecompress('a') === undefined).toBe(!has);
    expect(zstdCompressor() === undefined).toBe(!has);
  });

  it('has frames, one after the other, and some to skip, in chunks of any size', async () => {
    const skipped = Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
    const file = Buffer.concat([skipped, frame(data), skipped, frame(data), skipped]);
    for (const size of [1, 2, 5, 1000]) {
      const chunks = [];
      for (let i = 0; i < file.length; i += size) chunks.push(file.subarray(i, i + size));
      expect((await unpacked(chunks)).equals(Buffer.concat([all, all])), `${size}`).toBe(true);
    }
  });

  it.each([
    ['the size in 1 byte', [0x20, 32]],
    ['the size in 2 bytes', [0x60, 0, 0]],
    ['the size in 4 bytes', [0xa0, 32, 0, 0, 0]],
    ['the size in 8 bytes, and a window', [0xc0, 0x58, 32, 0, 0, 0, 0, 0, 0, 0]],
  ])('has headers with %s', async (_, start) => {
    if (start[0] === 0x60 && has) return; // 2 bytes count from 256 on
    expect((await unpacked([frame(data, start)])).equals(all)).toBe(true);
  });

  it('is cut short wherever it ends too early', async () => {
    const file = frame(data);
    for (let end = 1; end < file.length; end++) {
      await expect(unpacked([file.subarray(0, end)]), `${end}`).rejects.toMatchObject({
        code: 'TRUNCATED_CAPTURE',
        message: 'a.zst: the zstd data is cut short',
      });
    }
    const checked = frame(data, [0x04, 0x58]);
    await expect(unpacked([checked])).rejects.toMatchObject({ code: 'TRUNCATED_CAPTURE' });
  });

  it('says that it is damaged', async () => {
    const words = { code: 'BAD_CAPTURE', message: expect.stringMatching(/^a\.zst: the zstd data/) };
    await expect(unpacked([frame(data), Buffer.from('more')])).rejects.toMatchObject(words);
    const damaged = frame(data);
    damaged[6] = (damaged[6] as number) | 6;
    await expect(unpacked([damaged])).rejects.toMatchObject(words);
  });

  it('passes errors of the source on, and lets go of it', async () => {
    let closed = false;
    async function* source() {
      try {
        yield frame(data).subarray(0, 20);
        throw new Error('the disk is gone');
      } finally {
        closed = true;
      }
    }
    const read = async () => {
      for await (const _ of (zstdDecompress('a', node) ?? expect.fail())(source()));
    };
    await expect(read()).rejects.toThrow('the disk is gone');
    expect(closed).toBe(true);
  });

  it.skipIf(spawnSync('zstd', ['--version']).status !== 0 || !has)(
    'of others is read',
    async () => {
      const writer = PcapWriter.toMemory();
      for (let i = 0; i < 5000; i++) writer.write(new Uint8Array(200).fill(i));
      const { stdout } = spawnSync('zstd', ['-c'], { input: writer.bytes() });
      const decompress = { zstd: zstdDecompress('a.zst') };
      const reader = await openCapture(Buffer.concat([stdout]), { decompress });
      let frames = 0;
      for await (const batch of reader.batches()) frames += batch.length;
      expect(frames).toBe(5000);
    },
  );

  it('is written by what Node has', async () => {
    // Its gzip stands in: the plumbing is the same.
    const { writable, readable } =
      zstdCompressor({ createZstdCompress: zlib.createGzip }) ?? expect.fail();
    const input = writable.getWriter();
    const written = input.write(data).then(() => input.close());
    const chunks: Uint8Array[] = [];
    for await (const chunk of readable as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
    await written;
    expect(zlib.gunzipSync(Buffer.concat(chunks)).equals(data)).toBe(true);
  });
});
