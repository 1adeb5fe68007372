import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { CapturedFrame } from '../../src/capture/frame.js';
import { framesOf, openCapture } from '../../src/capture/reader.js';
import type { CaptureSource } from '../../src/capture/source.js';
import { counting, errorOf, pcapFile, plain } from './pcap-file.js';

const file = pcapFile({
  link: 0x24000001,
  snapLength: 1000,
  little: false,
  records: Array.from({ length: 5 }, (_, i) => ({ seconds: i, data: counting(20 + i, i) })),
});
const expected = [...framesOf(file)].map(plain);

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
  return chunks;
}

async function* slowly(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    yield chunk;
  }
}

function webStream(chunks: readonly Uint8Array[], cancelled?: () => void): ReadableStream {
  const queue = [...chunks];
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = queue.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel: () => cancelled?.(),
  });
}

/** A ReadableStream as Safari has it, without an async iterator. */
function safari(stream: ReadableStream): ReadableStream {
  return { getReader: () => stream.getReader() } as ReadableStream;
}

async function collect(source: CaptureSource): Promise<CapturedFrame[]> {
  const frames: CapturedFrame[] = [];
  for await (const frame of await openCapture(source)) frames.push(frame);
  return frames;
}

describe('a capture is read from', () => {
  const sources: [string, (size: number) => CaptureSource][] = [
    ['memory', () => file],
    ['an array of chunks', (size) => cut(file, size)],
    ['an async generator', (size) => slowly(cut(file, size))],
    ['a Node stream', (size) => Readable.from(cut(file, size).map((c) => Buffer.from(c)))],
    ['a WHATWG stream', (size) => webStream(cut(file, size))],
    ['a WHATWG stream without async iterator', (size) => safari(webStream(cut(file, size)))],
  ];
  for (const [name, source] of sources) {
    test(name, async () => {
      expect(expected).toHaveLength(5);
      for (const size of [1, 3, 30, 1000]) {
        expect((await collect(source(size))).map(plain)).toEqual(expected);
        const batches: CapturedFrame[] = [];
        for await (const batch of (await openCapture(source(size))).batches()) {
          batches.push(...batch);
        }
        expect(batches.map(plain)).toEqual(expected);
      }
    });
  }
});

test('the reader tells what the file header says', async () => {
  const reader = await openCapture(file);
  expect({ ...reader }).toMatchObject({
    format: 'pcap',
    byteOrder: 'big',
    timeDigits: 6,
    snapLength: 1000,
    linkType: 1,
    fcsBytes: 4,
  });
});

test('each frame is given as soon as its bytes are there', async () => {
  let arrived = 0;
  const ends = [60, 97, 135, 174, 214];
  async function* counted(): AsyncGenerator<Uint8Array> {
    for (const chunk of cut(file, 1)) {
      arrived += 1;
      yield chunk;
    }
  }
  const seen: number[] = [];
  for await (const _ of await openCapture(counted())) seen.push(arrived);
  expect(seen).toEqual(ends);
});

test('a batch is what one chunk completed, and bounded where the file is one chunk', async () => {
  const sizes: number[] = [];
  for await (const batch of (await openCapture(cut(file, 100))).batches()) sizes.push(batch.length);
  expect(sizes).toEqual([2, 2, 1]);
  const many = pcapFile({ records: Array.from({ length: 1100 }, () => ({ data: counting(1) })) });
  sizes.length = 0;
  for await (const batch of (await openCapture(many)).batches()) sizes.push(batch.length);
  expect(sizes).toEqual([512, 512, 76]);
});

test('next() asked several times ahead answers in order', async () => {
  const iterator = (await openCapture(slowly(cut(file, 7))))[Symbol.asyncIterator]();
  const answers = await Promise.all(Array.from({ length: 7 }, () => iterator.next()));
  expect(answers.map((a) => (a.done === true ? 'done' : a.value.number))).toEqual([
    1,
    2,
    3,
    4,
    5,
    'done',
    'done',
  ]);
});

test('next() asked while an earlier call still waits does not overtake it', async () => {
  const iterator = (await openCapture(file))[Symbol.asyncIterator]();
  const first = iterator.next();
  const second = iterator.next();
  await first;
  const third = iterator.next();
  const numbers = (await Promise.all([first, second, third])).map((a) => a.value?.number);
  expect(numbers).toEqual([1, 2, 3]);
});

test('damage is reported without waiting for more of the file', async () => {
  async function* stuck(): AsyncGenerator<Uint8Array> {
    yield file;
    await new Promise(() => undefined);
  }
  const source = stuck()[Symbol.asyncIterator]();
  const reader = await openCapture(
    { [Symbol.asyncIterator]: () => ({ next: () => source.next() }) },
    { maxRecord: 22 },
  );
  const numbers: number[] = [];
  const error = await errorOf(async () => {
    for await (const frame of reader) numbers.push(frame.number);
  });
  expect(error).toMatchObject({ code: 'BAD_CAPTURE', frame: 4 });
  expect(numbers).toEqual([1, 2, 3]);
});

describe('leaving early', () => {
  const ways: [string, (source: CaptureSource) => Promise<void>][] = [
    [
      'out of the loop over frames',
      async (source) => {
        for await (const frame of await openCapture(source)) if (frame.number === 2) break;
      },
    ],
    [
      'out of the loop over batches',
      async (source) => {
        for await (const _ of (await openCapture(source)).batches()) break;
      },
    ],
    [
      'by an error in the loop',
      async (source) => {
        await errorOf(async () => {
          for await (const _ of await openCapture(source)) throw new Error('mine');
        });
      },
    ],
    [
      'before the first frame',
      async (source) => {
        await (await openCapture(source))[Symbol.asyncIterator]().return?.();
      },
    ],
    ['without a loop', async (source) => (await openCapture(source)).close()],
    [
      'at damage',
      async (source) => {
        const error = await errorOf(async () => {
          for await (const _ of await openCapture(source, { maxRecord: 21 }));
        });
        expect(error.frame).toBe(3);
      },
    ],
  ];
  for (const [name, leave] of ways) {
    test(`${name} cancels the source`, async () => {
      let returned = 0;
      async function* generator(): AsyncGenerator<Uint8Array> {
        try {
          yield* cut(file, 90);
          await new Promise(() => undefined);
        } finally {
          returned += 1;
        }
      }
      await leave(generator());
      expect(returned).toBe(1);

      let cancelled = 0;
      const chunks = [...cut(file, 90), file, file];
      await leave(webStream(chunks, () => cancelled++));
      await leave(safari(webStream(chunks, () => cancelled++)));
      expect(cancelled).toBe(2);

      const node = Readable.from(chunks);
      await leave(node);
      expect(node.destroyed).toBe(true);
    });
  }

  test('a source is cancelled once, and not at all when it was read to its end', async () => {
    let returned = 0;
    const source = (): Iterable<Uint8Array> => {
      const iterator = cut(file, 90)[Symbol.iterator]();
      return {
        [Symbol.iterator]: () => ({
          next: () => iterator.next(),
          return: () => {
            returned += 1;
            return { done: true, value: undefined };
          },
        }),
      };
    };
    const reader = await openCapture(source());
    for await (const _ of reader);
    await reader.close();
    expect(returned).toBe(0);
    const left = await openCapture(source());
    for await (const _ of left) break;
    await left.close();
    expect(returned).toBe(1);
  });
});

test('a capture can be read once', async () => {
  const reader = await openCapture(file);
  for await (const _ of reader) break;
  expect(await errorOf(() => reader.batches())).toMatchObject({ code: 'BAD_VALUE' });
});

test("the source's own error passes through, after the frames before it", async () => {
  const mine = new Error('cable pulled');
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield file.subarray(0, 100);
    throw mine;
  }
  const frames: CapturedFrame[] = [];
  const error = await errorOf(async () => {
    for await (const frame of await openCapture(failing())) frames.push(frame);
  });
  expect(error).toBe(mine);
  expect(frames).toHaveLength(2);
});

describe('what is no capture is refused with what was found', () => {
  const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
  const cases: [string, Uint8Array, RegExp][] = [
    ['nothing', hex(''), /^bad\.pcap: the file is empty; a pcap file starts with a1 b2 c3 d4/],
    ['two bytes', hex('d4c3'), /it ends after 2 bytes, d4 c3; a pcap file starts with/],
    ['text', hex('68656c6c6f'), /not a capture: it starts with 68 65 6c 6c; a pcap file/],
    ['zstd', hex('28b52ffd00'), /compressed with zstd, .*`zstd -dc IN > OUT`/],
  ];
  for (const [name, bytes, message] of cases) {
    test(name, async () => {
      const options = { name: 'bad.pcap' };
      for (const source of [bytes, [], cut(bytes, 1), cut(bytes, 3)]) {
        if (Array.isArray(source) && source.length === 0 && name !== 'nothing') continue;
        const error = await errorOf(() => openCapture(source, options));
        expect(error).toMatchObject({ name: 'PacketError', code: 'BAD_CAPTURE', offset: 0 });
        expect(error.message).toMatch(message);
      }
      expect((await errorOf(() => framesOf(bytes, options))).message).toMatch(message);
    });
  }

  test('and the source is cancelled', async () => {
    let cancelled = 0;
    await errorOf(() => openCapture(webStream([counting(100), file], () => cancelled++)));
    expect(cancelled).toBe(1);
  });
});

test('a file cut short in its header is refused when it is opened', async () => {
  const error = await errorOf(() => openCapture(cut(file.slice(0, 23), 5), { name: 'a' }));
  expect(error).toMatchObject({ code: 'TRUNCATED_CAPTURE', offset: 23 });
  expect(error.message).toBe(
    'a: the file is cut short: it ends at byte 23, inside the file header: 23 of 24 bytes',
  );
  expect((await errorOf(() => framesOf(file.slice(0, 23)))).code).toBe('TRUNCATED_CAPTURE');
});

test('a file cut short in a record gives every whole frame before the error', async () => {
  const short = file.slice(0, 100);
  for (const source of [short, cut(short, 1), cut(short, 99)]) {
    const frames: CapturedFrame[] = [];
    const error = await errorOf(async () => {
      for await (const frame of await openCapture(source)) frames.push(frame);
    });
    expect(error).toMatchObject({ code: 'TRUNCATED_CAPTURE', offset: 100, frame: 3 });
    expect(frames.map(plain)).toEqual(expected.slice(0, 2));
  }
  const numbers: number[] = [];
  const error = await errorOf(() => {
    for (const frame of framesOf(short)) numbers.push(frame.number);
  });
  expect(error.code).toBe('TRUNCATED_CAPTURE');
  expect(numbers).toEqual([1, 2]);
});

test('what is no source, or gives no bytes, is refused in words', async () => {
  for (const source of ['text', 5, null, undefined, {}, new ArrayBuffer(30)]) {
    const error = await errorOf(() => openCapture(source as unknown as CaptureSource));
    expect(error.code).toBe('BAD_VALUE');
    expect(error.message).toMatch(/^can't read a capture from (a|an|null|undefined)\b/);
  }
  const text = Readable.from(['text']) as CaptureSource;
  const error = await errorOf(() => openCapture(text));
  expect(error.message).toMatch(/gave a string .*; a Node stream must have no encoding set$/);
});
