import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PcapWriter } from '../../src/capture/pcap-writer.js';
import { openCapture } from '../../src/capture/reader.js';
import { type ZstdOfNode, zstdCompressor, zstdDecompress } from '../../src/cli/zstd.js';

// Where Node has no zstd, its gzip stands in: the plumbing is the same.
const has = 'createZstdDecompress' in zlib;
const gzip: ZstdOfNode = {
  createZstdCompress: zlib.createGzip,
  createZstdDecompress: zlib.createGunzip,
};
const node: ZstdOfNode = has ? (zlib as ZstdOfNode) : gzip;

function pcap(): Uint8Array {
  const writer = PcapWriter.toMemory();
  for (let i = 0; i < 5000; i++) writer.write(new Uint8Array(200).fill(i));
  return writer.bytes();
}

async function packed(bytes: Uint8Array): Promise<Uint8Array> {
  const { writable, readable } = zstdCompressor(node) ?? expect.fail();
  const input = writable.getWriter();
  const written = input.write(bytes).then(() => input.close());
  const chunks = [];
  for await (const chunk of readable as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
  await written;
  return Buffer.concat(chunks);
}

async function unpacked(chunks: readonly Uint8Array[]): Promise<Uint8Array> {
  async function* source() {
    yield* chunks;
  }
  const decompress = zstdDecompress('a.zst', node) ?? expect.fail();
  const out = [];
  for await (const chunk of decompress(source())) out.push(chunk);
  return Buffer.concat(out);
}

describe('zstd', () => {
  it('is undefined where Node has none', () => {
    expect(zstdDecompress('a', {})).toBeUndefined();
    expect(zstdCompressor({})).toBeUndefined();
    expect(zstdDecompress('a') === undefined).toBe(!has);
    expect(zstdCompressor() === undefined).toBe(!has);
  });

  it('comes back as it was, in chunks of any size', async () => {
    const bytes = await packed(pcap());
    expect(bytes.length).toBeLessThan(pcap().length / 4);
    const chunks = [bytes.subarray(0, 1), bytes.subarray(1, 7), bytes.subarray(7)];
    expect(Buffer.compare(await unpacked(chunks), pcap())).toBe(0);
  });

  it.runIf(has)('is read as a capture', async () => {
    const decompress = { zstd: zstdDecompress('a.zst') };
    const reader = await openCapture(await packed(pcap()), { decompress });
    let frames = 0;
    for await (const batch of reader.batches()) frames += batch.length;
    expect(frames).toBe(5000);
  });

  it('says that it is cut short or damaged', async () => {
    const bytes = await packed(pcap());
    await expect(unpacked([bytes.subarray(0, 100)])).rejects.toMatchObject({
      code: 'TRUNCATED_CAPTURE',
      message: 'a.zst: the zstd data is cut short',
    });
    const damaged = bytes.slice().fill(0xff, 20, 60);
    await expect(unpacked([damaged])).rejects.toMatchObject({
      code: 'BAD_CAPTURE',
      message: expect.stringMatching(/^a\.zst: the zstd data is damaged: /),
    });
  });

  it('passes errors of the source on', async () => {
    async function* source() {
      yield await packed(pcap());
      throw new Error('the disk is gone');
    }
    const all = async () => {
      for await (const _ of (zstdDecompress('a', node) ?? expect.fail())(source()));
    };
    await expect(all()).rejects.toThrow('the disk is gone');
  });
});
