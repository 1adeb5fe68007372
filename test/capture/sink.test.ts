import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PcapngWriter } from '../../src/capture/pcapng-writer.js';
import { framesOf, openCapture } from '../../src/capture/reader.js';
import type { CaptureSink } from '../../src/capture/sink.js';
import { PcapWriter } from '../../src/pcap-writer.js';
import { counting, errorOf } from './pcap-file.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

// An unhandled rejection anywhere in these tests is a failure of the test that caused it.
const unhandled: unknown[] = [];
const note = (error: unknown): void => {
  unhandled.push(error);
};
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await pause(5);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

interface Slow {
  readonly sink: CaptureSink;
  readonly chunks: Uint8Array[];
  /** Bytes that the sink has been given and has not finished with. */
  inFlight(given: number): number;
  closed(): boolean;
}

function slowWeb(ms: number, highWaterMark = 1): Slow {
  const chunks: Uint8Array[] = [];
  let done = 0;
  let closed = false;
  const sink = new WritableStream<Uint8Array>(
    {
      async write(chunk) {
        const copy = chunk.slice();
        await pause(ms);
        // A block in flight must be as it was when it was sent.
        expect(Buffer.compare(copy, chunk)).toBe(0);
        chunks.push(copy);
        done += chunk.length;
      },
      close() {
        closed = true;
      },
    },
    new CountQueuingStrategy({ highWaterMark }),
  );
  return { sink, chunks, inFlight: (given) => given - done, closed: () => closed };
}

function slowNode(ms: number, highWaterMark = 16_384): Slow {
  const chunks: Uint8Array[] = [];
  let done = 0;
  const sink = new Writable({
    highWaterMark,
    write(chunk: Uint8Array, _encoding, callback) {
      const copy = Uint8Array.from(chunk);
      setTimeout(() => {
        const same = Buffer.compare(copy, chunk) === 0;
        chunks.push(copy);
        done += chunk.length;
        callback(same ? null : new Error('a block in flight was overwritten'));
      }, ms);
    },
  });
  return {
    sink,
    chunks,
    inFlight: (given) => given - done,
    closed: () => sink.writableFinished,
  };
}

const joined = (chunks: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(chunks));
const block = 262_144;

describe.each([
  ['a WHATWG stream', slowWeb],
  ['a Node stream', slowNode],
] as const)('%s', (_, slow) => {
  test('gets what memory gets, frames of any size, and is closed', async () => {
    const { sink, chunks, closed } = slow(0);
    const writer = new PcapWriter(sink, { snapLength: 0 });
    const memory = PcapWriter.toMemory({ snapLength: 0 });
    for (const [i, size] of [60, 200_000, 100_000, 600_000, 0, 1, 262_200, 5].entries()) {
      const frame = counting(size, i);
      await writer.write(frame, { seconds: i });
      memory.write(frame, { seconds: i });
    }
    await writer.close();
    expect(closed()).toBe(true);
    expect(Buffer.compare(joined(chunks), memory.bytes())).toBe(0);
    expect([...framesOf(memory.bytes(), { maxRecord: 600_000 })]).toHaveLength(8);
  });

  test('that is slow bounds the memory of who awaits write', async () => {
    const { sink, inFlight } = slow(3);
    const writer = new PcapWriter(sink);
    const frame = counting(1400);
    let given = 24;
    let most = 0;
    let waits = 0;
    for (let i = 0; i < 4000; i++) {
      const wait = writer.write(frame);
      given += 1416;
      if (wait !== undefined) {
        waits += 1;
        await wait;
      }
      most = Math.max(most, inFlight(given));
    }
    await writer.close();
    expect(given).toBeGreaterThan(20 * block);
    expect(inFlight(given)).toBe(0);
    expect(waits).toBeGreaterThan(5);
    expect(most).toBeLessThanOrEqual(3 * block);
  });

  test('gets everything even from who does not await write', async () => {
    const { sink, chunks } = slow(1);
    const writer = new PcapWriter(sink);
    for (let i = 0; i < 3000; i++) writer.write(counting(500, i), { seconds: i });
    await writer.close();
    const read = [...framesOf(joined(chunks))];
    expect(read.map((f) => f.seconds)).toEqual(Array.from({ length: 3000 }, (_, i) => i));
    expect(read.every((f, i) => f.data[0] === i % 256 && f.data[499] === (i + 499) % 256)).toBe(
      true,
    );
  });

  test('is given what there is by flush, which resolves when it is there', async () => {
    const { sink, chunks } = slow(2);
    const writer = new PcapWriter(sink);
    await writer.flush();
    expect(joined(chunks)).toHaveLength(24);
    writer.write(counting(10));
    const flushed = writer.flush();
    writer.write(counting(20, 1));
    await flushed;
    expect(joined(chunks)).toHaveLength(50);
    await writer.flush();
    await writer.flush();
    expect(chunks.map((c) => c.length)).toEqual([24, 26, 36]);
    writer.write(new Uint8Array(200_000));
    await writer.flush();
    await writer.close();
    expect([...framesOf(joined(chunks))]).toHaveLength(3);
    expect(chunks).toHaveLength(4);
  });

  test('keeps what flush gave it while more is written', async () => {
    const { sink, chunks } = slow(3);
    const writer = new PcapWriter(sink);
    for (let i = 0; i < 4; i++) {
      writer.write(counting(200_000, i));
      void writer.flush();
    }
    await writer.close();
    expect([...framesOf(joined(chunks))].map((f) => [f.data[0], f.data.at(-1)])).toEqual([
      [0, 63],
      [1, 64],
      [2, 65],
      [3, 66],
    ]);
  });

  test('gets a whole file of no frames', async () => {
    const { sink, chunks } = slow(0);
    await new PcapWriter(sink).close();
    expect([...framesOf(joined(chunks))]).toEqual([]);
  });
});

test('a sink that takes the memory away from its blocks loses no frame', async () => {
  const chunks: Uint8Array[] = [];
  const sink = new WritableStream<Uint8Array>({
    write(chunk) {
      chunks.push(new Uint8Array(structuredClone(chunk, { transfer: [chunk.buffer] })));
    },
  });
  const writer = new PcapWriter(sink);
  for (let i = 0; i < 1000; i++) {
    await writer.write(counting(1000, i));
    if (i % 50 === 0) await writer.flush();
  }
  await writer.close();
  expect([...framesOf(joined(chunks))].every((f, i) => f.data[0] === i % 256)).toBe(true);
  expect([...framesOf(joined(chunks))]).toHaveLength(1000);
});

describe('an error of the sink', () => {
  const full = new Error('disk full');
  const sinks: [string, (after: number) => CaptureSink][] = [
    [
      'that a WHATWG stream has in write',
      (after) => {
        let left = after;
        return new WritableStream({
          async write() {
            await pause(1);
            if (left-- === 0) throw full;
          },
        });
      },
    ],
    [
      'that a Node stream gives its callback',
      (after) => {
        let left = after;
        return new Writable({
          write(_chunk, _encoding, callback) {
            setTimeout(() => callback(left-- === 0 ? full : null), 1);
          },
        });
      },
    ],
    [
      'that destroys a Node stream',
      (after) => {
        const sink = new Writable({ write: (_c, _e, callback) => void setTimeout(callback, 1) });
        setTimeout(() => sink.destroy(full), 3 * after + 2);
        return sink;
      },
    ],
  ];
  describe.each(sinks)('%s', (_, open) => {
    test.each([0, 3])('after %i blocks rejects write, flush and close', async (after) => {
      const writer = new PcapWriter(open(after));
      const error = await errorOf(async () => {
        for (let i = 0; i < 100_000; i++) {
          await writer.write(counting(1400));
          if (i % 200 === 0) await pause(1);
        }
      });
      expect(error).toBe(full);
      expect(await errorOf(() => writer.write(counting(1)))).toBe(full);
      expect(await errorOf(() => writer.flush())).toBe(full);
      expect(await errorOf(() => writer.close())).toBe(full);
    });

    test('is only reported by close to who awaits nothing else', async () => {
      const writer = new PcapWriter(open(0));
      for (let i = 0; i < 2000; i++) {
        writer.write(counting(1400));
        if (i % 100 === 0) void writer.flush();
        if (i === 1000) await pause(20);
      }
      expect(await errorOf(() => writer.close())).toBe(full);
    });
  });

  test('in closing rejects close', async () => {
    const web = new WritableStream({ close: () => Promise.reject(full) });
    expect(await errorOf(() => new PcapWriter(web).close())).toBe(full);
    const node = new Writable({
      write: (_c, _e, callback) => callback(),
      final: (callback) => callback(full),
    });
    expect(await errorOf(() => new PcapWriter(node).close())).toBe(full);
  });

  test('that only the callback of end is told rejects close', async () => {
    const sink = {
      write(_chunk: Uint8Array, callback: () => void) {
        callback();
        return true;
      },
      end: (callback: (error: Error) => void) => callback(full),
      once: () => undefined,
    };
    expect(await errorOf(() => new PcapWriter(sink).close())).toBe(full);
  });

  test('that a Node stream emits twice does not bring the process down', async () => {
    const sink = new Writable({ write: (_c, _e, callback) => callback() });
    const writer = new PcapWriter(sink);
    sink.emit('error', full);
    sink.emit('error', new Error('again'));
    expect(await errorOf(() => writer.close())).toBe(full);
  });

  test('that closes a Node stream without a word does not hang the writer', async () => {
    const sink = new Writable({ highWaterMark: 1, write: () => undefined });
    const writer = new PcapWriter(sink);
    const flushed = writer.flush();
    setTimeout(() => sink.destroy(), 2);
    const error = await errorOf(() => flushed);
    expect(error.message).toMatch(
      /premature|destroyed|was closed before the capture was complete/i,
    );
    expect(await errorOf(() => writer.close())).toBe(error);
  });

  test('that was aborted or closed by someone else rejects', async () => {
    const stream = new PassThrough();
    stream.end();
    const writer = new PcapWriter(stream);
    expect((await errorOf(() => writer.flush())).message).toMatch(/write after end/);
  });
});

test('what is no sink, or a locked one, is refused in words', async () => {
  for (const sink of [undefined, null, 'file.pcap', {}, new Uint8Array(5), { write() {} }]) {
    const error = await errorOf(() => new PcapWriter(sink as unknown as CaptureSink));
    expect(error.code).toBe('BAD_OPTION');
    expect(error.message).toMatch(
      /^can't write a capture to .*: expected a WritableStream, a Node Writable or a function$/,
    );
  }
  const locked = new WritableStream();
  locked.getWriter();
  expect(await errorOf(() => new PcapWriter(locked))).toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringContaining('locked'),
  });
});

test('a file is written and read through Node streams, and through a transform', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'framewright-'));
  try {
    const path = join(folder, 'a.pcap');
    const pipe = new PassThrough();
    const file = createWriteStream(path);
    pipe.pipe(file);
    const writer = new PcapWriter(pipe, { precision: 'ns' });
    for (let i = 0; i < 5000; i++) await writer.write(counting(i % 1500, i), { nanoseconds: i });
    await writer.close();
    if (!file.closed) await new Promise<void>((resolve) => file.once('close', () => resolve()));
    let count = 0;
    for await (const frame of await openCapture(createReadStream(path, { highWaterMark: 4097 }))) {
      expect([frame.nanoseconds, frame.data.length]).toEqual([count, count % 1500]);
      if (frame.data.length > 0)
        expect(frame.data.at(-1)).toBe((2 * count - (count - (count % 1500)) - 1) % 256);
      count += 1;
    }
    expect(count).toBe(5000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('a function', () => {
  const frames = Array.from({ length: 3000 }, (_, i) => counting((i * 37) % 400, i));
  const expected = (() => {
    const writer = PcapWriter.toMemory();
    for (const frame of frames) writer.write(frame);
    return writer.bytes();
  })();

  test('is given the file in blocks, the same memory each time, before close returns', async () => {
    const parts: Uint8Array[] = [];
    const memories = new Set<ArrayBufferLike>();
    const writer = new PcapWriter((block) => {
      parts.push(block.slice());
      memories.add(block.buffer);
    });
    for (const frame of frames) expect(writer.write(frame)).toBeUndefined();
    const closed = writer.close();
    expect(Buffer.compare(Buffer.concat(parts), expected)).toBe(0);
    expect(parts.length).toBeGreaterThan(1);
    expect(memories.size).toBe(1);
    await closed;
  });

  test('is given what has been gathered by flush', async () => {
    const parts: Uint8Array[] = [];
    const writer = new PcapWriter((block) => parts.push(block.slice()));
    for (const frame of frames.slice(0, 3)) {
      writer.write(frame);
      const flushed = writer.flush();
      expect(parts).toHaveLength(writer.frameCount);
      await flushed;
    }
    await writer.close();
    expect(parts).toHaveLength(3);
    expect([...framesOf(Buffer.concat(parts))].map(({ data }) => [...data])).toEqual(
      frames.slice(0, 3).map((data) => [...data]),
    );
  });

  test('gets pcapng too, with nothing left of the blocks before', async () => {
    const parts: Uint8Array[] = [];
    const writer = new PcapngWriter((block) => {
      parts.push(block.slice());
      block.fill(0xee);
    });
    const memory = PcapngWriter.toMemory();
    for (const frame of frames) {
      writer.write(frame, { details: { comments: ['abc'] } });
      memory.write(frame, { details: { comments: ['abc'] } });
    }
    await writer.close();
    expect(parts.length).toBeGreaterThan(1);
    expect(Buffer.compare(Buffer.concat(parts), memory.bytes())).toBe(0);
  });

  test('can be given frames larger than a block', async () => {
    const parts: Uint8Array[] = [];
    const options = { snapLength: 0 };
    const memory = PcapWriter.toMemory(options);
    const writer = new PcapWriter((block) => parts.push(block.slice()), {
      ...options,
      block: new Uint8Array(4096),
    });
    for (const length of [10, 4080, 4081, 300_000, 20]) {
      writer.write(counting(length));
      memory.write(counting(length));
    }
    await writer.close();
    expect(Buffer.compare(Buffer.concat(parts), memory.bytes())).toBe(0);
  });

  test('that throws makes write throw; from then on the writer rejects with the same', async () => {
    const full = new Error('no space left');
    const writer = new PcapWriter(() => {
      throw full;
    });
    let thrown: unknown;
    try {
      for (const frame of [...frames, ...frames]) writer.write(frame);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBe(full);
    expect(await errorOf(() => writer.write(counting(5)))).toBe(full);
    expect(await errorOf(() => writer.flush())).toBe(full);
    expect(await errorOf(() => writer.close())).toBe(full);
  });

  test('that throws only when the writer closes rejects that', async () => {
    const full = new Error('no space left');
    const sink = () => {
      throw full;
    };
    expect(await errorOf(() => new PcapWriter(sink).close())).toBe(full);
    expect(await errorOf(() => new PcapngWriter(sink).flush())).toBe(full);
  });
});

test('a block is refused that is too small, none, or for a sink that keeps blocks', async () => {
  const refused = (sink: CaptureSink, block: unknown) =>
    errorOf(() => new PcapWriter(sink, { block: block as Uint8Array<ArrayBuffer> }));
  const use = () => undefined;
  expect((await refused(use, new Uint8Array(4095))).message).toMatch(/4095 bytes: expected 4096/);
  expect((await refused(use, 'block')).message).toMatch(/block is a string/);
  const kept = await refused(new PassThrough(), new Uint8Array(5000));
  expect(kept).toMatchObject({ code: 'BAD_OPTION' });
  expect(kept.message).toMatch(/to a function alone/);
});
