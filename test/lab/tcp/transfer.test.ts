/** Bytes through a bad pipe: they arrive equal, both sides close, and nothing waits for ever. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/lab/random.js';
import type { TcpOptions } from '../../../src/lab/tcp/settings.js';
import { type End, MS, Pipe, type PipeOptions, patterned } from '../../support/tcp-pipe.js';

/** Writes all of `bytes` in parts as `drained` allows, and then ends. */
function pour(end: End, bytes: Uint8Array, part: number): void {
  let at = 0;
  const go = (): void => {
    while (at < bytes.length) {
      const more = end.connection.write(bytes.subarray(at, at + part));
      at += part;
      if (!more) return;
    }
    end.connection.end();
  };
  end.connection.handler = { ...end.connection.handler, connected: go, drained: go };
}

/** Lets the reader pause now and then, for up to 300 ms. */
function pauseAtTimes(end: End, random: Random): void {
  const { data } = end.connection.handler;
  end.connection.handler = {
    ...end.connection.handler,
    data: (bytes, connection) => {
      data?.(bytes, connection);
      if (!random.chance(0.02)) return;
      connection.pause();
      end.pipe.clock.call(random.below(300 * MS), () => connection.resume());
    },
  };
}

interface Case {
  readonly pipe: PipeOptions;
  readonly a: TcpOptions;
  readonly b: TcpOptions;
  readonly sizes: readonly [number, number];
  readonly part: number;
  readonly pauses: boolean;
}

function run({ pipe: options, a, b, sizes, part, pauses }: Case): Pipe {
  const pipe = new Pipe(options, a, b);
  const forth = patterned(sizes[0], 1);
  const back = patterned(sizes[1], 2);
  pour(pipe.a, forth, part);
  pour(pipe.b, back, part);
  if (pauses) {
    pauseAtTimes(pipe.a, pipe.random.stream('pause a'));
    pauseAtTimes(pipe.b, pipe.random.stream('pause b'));
  }
  pipe.open();
  pipe.clock.run();
  expect(Buffer.compare(pipe.b.data, forth), 'forth').toBe(0);
  expect(Buffer.compare(pipe.a.data, back), 'back').toBe(0);
  for (const end of [pipe.a, pipe.b]) {
    expect(['CLOSED', 'TIME-WAIT'], end.name).toContain(end.connection.state);
    expect(end.events).toContain('ended');
    expect(end.events.at(-1), end.name).toBe('closed');
    expect(end.connection.sender.queue.bytes, end.name).toBe(0);
  }
  expect(pipe.clock.pending).toBe(0);
  return pipe;
}

function drawn(seed: number): Case {
  const random = new Random(seed, 'case');
  const side = (): TcpOptions => ({
    sack: random.chance(0.6),
    timestamps: random.chance(0.6),
    windowScaling: random.chance(0.6),
    nagle: random.chance(0.7),
    delayedAck: random.chance(0.7),
    rto: random.chance(0.8) ? 'linux' : 'rfc6298',
    initialSequence: random.chance(0.5) ? 0xffff_ff00 + random.below(200) : random.next(),
    receiveBuffer: random.chance(0.6) ? 100 + random.below(200_000) : undefined,
    sendBuffer: random.chance(0.5) ? 1 + random.below(100_000) : undefined,
    retries: 100,
    synRetries: 20,
  });
  return {
    pipe: {
      seed,
      latency: random.below(50 * MS),
      loss: random.chance(0.7) ? random.below(100) / 1000 : 0,
      duplicate: random.chance(0.5) ? random.below(50) / 1000 : 0,
      reorder: random.chance(0.5) ? random.below(200) / 1000 : 0,
      reorderDelay: 1 + random.below(100 * MS),
      mtu: random.chance(0.3) ? 100 + random.below(9000) : 1500,
    },
    a: side(),
    b: side(),
    sizes: [random.below(400_000), random.chance(0.5) ? random.below(100_000) : 0],
    part: 1 + random.below(20_000),
    pauses: random.chance(0.4),
  };
}

describe('a transfer', () => {
  it.each(Array.from({ length: 120 }, (_, i) => i + 1))('arrives whole: seed %i', (seed) => {
    run(drawn(seed));
  });

  it('of 10 MB over a perfect pipe repeats nothing', () => {
    const pipe = run({
      pipe: { latency: 10 * MS },
      a: {},
      b: {},
      sizes: [10_000_000, 0],
      part: 65_536,
      pauses: false,
    });
    expect(pipe.a.connection.counters.TcpRetransSegs).toBe(0);
  });
});
