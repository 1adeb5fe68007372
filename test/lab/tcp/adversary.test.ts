/** A peer, or somebody in between, that lies: what it says may be wrong, but nothing breaks by it. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { TcpInput } from '../../../src/headers/tcp.js';
import { sack, type TcpOption, timestamps } from '../../../src/headers/tcp-options.js';
import { Random } from '../../../src/lab/random.js';
import { type End, inject, MS, Pipe, patterned, type SentSegment } from '../../support/tcp-pipe.js';

const SECOND = 1000 * MS;
const MSS = 1448;
let pipe: Pipe;

/** What A sends in answer. */
function answers(fields: TcpInput, data = 0): string[] {
  const before = pipe.sent.length;
  inject(pipe.a, fields, data);
  return pipe.sent
    .slice(before)
    .map(({ flags, seq, ack, kind }) => `${flags} seq=${seq} ack=${ack} ${kind}`);
}

const at = (value: number) => [timestamps(value, 1)];
const CHALLENGE = 'ACK seq=101 ack=301 challenge';

describe('a SYN in an established connection', () => {
  beforeEach(() => {
    pipe = new Pipe().established();
    pipe.clock.runUntil(10 * SECOND);
  });

  it.each([
    ['outside of the window', { seq: 300 - 70_000, options: at(20_000) }],
    ['without the timestamp that was agreed on', { seq: 400 }],
    ['with an old timestamp', { seq: 400, options: [timestamps(0xffff_0000, 0)] }],
    ['that is a SYN-ACK sent again', { seq: 300, ack: 101, flags: ['SYN', 'ACK'] as const }],
  ])('%s is challenged (RFC 5961 §4)', (_, fields) => {
    expect(answers({ flags: ['SYN'], ...fields, seq: fields.seq >>> 0 })).toEqual([CHALLENGE]);
    expect(pipe.a.connection.counters.TcpExtTCPSYNChallenge).toBe(1);
    expect(pipe.a.connection.state).toBe('ESTABLISHED');
  });

  it('with a reset is a reset, and believed only at the next number', () => {
    expect(answers({ seq: 500, flags: ['SYN', 'RST'] })).toEqual([CHALLENGE]);
    expect(answers({ seq: 301, flags: ['SYN', 'RST'] })).toEqual([]);
    expect(pipe.a.connection.state).toBe('CLOSED');
  });
});

describe('a timestamp from the future', () => {
  beforeEach(() => {
    pipe = new Pipe().established();
    pipe.clock.runUntil(10 * SECOND);
  });

  it('of a segment that acknowledges what was never sent is not kept', () => {
    const fields = { seq: 301, flags: ['ACK'] as const };
    expect(answers({ ...fields, ack: 999, options: at(0x7000_0000) }, 5)).toEqual([CHALLENGE]);
    inject(pipe.a, { ...fields, ack: 101, options: at(10_001) }, 5);
    expect(pipe.a.data.length).toBe(5);
    expect(pipe.a.connection.counters.TcpExtPAWSEstab).toBe(0);
  });

  it('of a segment without an acknowledgment is not kept either', () => {
    inject(pipe.a, { seq: 301, flags: ['PSH'], options: at(0x7000_0000) }, 5);
    pipe.b.connection.write(patterned(100));
    pipe.clock.run();
    expect(pipe.a.data.length).toBe(100);
  });
});

describe('SACK blocks that lie', () => {
  /** A has ten segments on their way; none arrives. */
  beforeEach(() => {
    let dead = false;
    pipe = new Pipe({ latency: MS, lose: () => dead }, { timestamps: false }).established();
    dead = true;
    pipe.a.connection.write(patterned(10 * 1460));
  });
  const told = (...edges: number[]): void => {
    const blocks = [];
    for (let i = 0; i < edges.length; i += 2) {
      blocks.push({ left: (edges[i] as number) >>> 0, right: (edges[i + 1] as number) >>> 0 });
    }
    inject(pipe.a, { seq: 301, ack: 101, flags: ['ACK'], window: 500, options: [sack(...blocks)] });
  };

  it.each([
    ['of what was never sent', [200, 101 + 20 * 1460]],
    ['upside down', [900, 300]],
    ['empty', [300, 300]],
    ['of what is acknowledged', [50, 90]],
    ['across what is acknowledged', [50, 5000]],
    ['from the very next number on', [101, 5000]],
    ['a world away', [101 + 2 ** 31, 5000]],
  ])('%s are passed over', (_, edges) => {
    for (let i = 0; i < 5; i++) told(...edges);
    const { scoreboard } = pipe.a.connection.sender.recovery;
    expect(scoreboard.sacked.count).toBe(0);
    expect(pipe.sent.filter(({ kind }) => kind === 'fast retransmission')).toEqual([]);
  });

  it('and are taken back in the end lose nothing: the timer sends all again (RFC 2018 §8)', () => {
    told(101 + 1460, 101 + 10 * 1460);
    // The first goes again, and then all that the peer said it had.
    const from = pipe.clock.now;
    inject(pipe.a, { seq: 301, ack: 101 + 1460, flags: ['ACK'], window: 500 });
    pipe.clock.runUntil(from + 60 * SECOND);
    const again = new Set(pipe.sent.filter(({ time }) => time > from).map(({ seq }) => seq));
    expect(again).toContain(101 + 1460);
  });

  it('never make a segment of nothing', () => {
    for (let left = 101; left < 101 + 10 * 1460; left += 700) {
      told(left, left + 1460, left - 1460, left + 3000, 101, 102, left + 1, left + 2);
      pipe.clock.runUntil(pipe.clock.now + 100 * MS);
    }
    const sentAgain = pipe.sent.filter(({ kind }) => kind.endsWith('retransmission'));
    expect(sentAgain.length).toBeGreaterThan(0);
    expect(Math.min(...sentAgain.map(({ length }) => length))).toBeGreaterThan(0);
  });

  it('of an acknowledgment that was overtaken do not count below what is acknowledged', () => {
    inject(pipe.a, { seq: 301, ack: 101 + 5 * 1460, flags: ['ACK'], window: 500 });
    told(101 + 1460, 101 + 3 * 1460);
    expect(pipe.a.connection.sender.recovery.scoreboard.sacked.count).toBe(0);
  });
});

describe('a FIN', () => {
  beforeEach(() => {
    pipe = new Pipe({}, { timestamps: false }).established();
  });
  const data = { ack: 101, flags: ['ACK'] as const };
  const fin = { ack: 101, flags: ['ACK', 'FIN'] as const };

  it('that data goes past was none', () => {
    inject(pipe.a, { seq: 311, ...fin });
    inject(pipe.a, { seq: 301, ...data }, 20);
    expect(pipe.a.connection.state).toBe('ESTABLISHED');
    expect(pipe.a.events).toEqual(['connected']);
    expect(pipe.a.data.length).toBe(20);
    inject(pipe.a, { seq: 321, ...fin });
    expect(pipe.a.connection.state).toBe('CLOSE-WAIT');
    expect(pipe.a.events).toEqual(['connected', 'ended']);
  });

  it('ends the stream, whatever has come from behind it', () => {
    inject(pipe.a, { seq: 320, ...data }, 10);
    inject(pipe.a, { seq: 306, ...data }, 5);
    inject(pipe.a, { seq: 301, ...fin }, 5);
    expect(pipe.a.data.length).toBe(10);
    inject(pipe.a, { seq: 311, ...fin });
    expect(pipe.a.connection.state).toBe('CLOSE-WAIT');
    expect(pipe.a.data.length).toBe(10);
    // Nothing is told of that can never be read.
    expect(pipe.sent.at(-1)).toMatchObject({ ack: 312, blocks: [] });
  });

  it('sent again with data that came before counts once', () => {
    inject(pipe.a, { seq: 301, ...data }, 5);
    inject(pipe.a, { seq: 301, ...fin }, 8);
    inject(pipe.a, { seq: 301, ...fin }, 8);
    inject(pipe.a, { seq: 305, ...fin }, 4);
    expect(pipe.a.data.length).toBe(8);
    expect(pipe.a.connection.receiver.queue.next).toBe(10);
    expect(pipe.a.connection.state).toBe('CLOSE-WAIT');
    expect(pipe.a.events).toEqual(['connected', 'ended']);
    pipe.clock.run();
    expect(pipe.sent.at(-1)?.ack).toBe(310);
  });
});

describe('data that overlaps', () => {
  it('in any lengths and order arrives once, and of each byte the copy that came first', () => {
    pipe = new Pipe({}, { timestamps: false }).established();
    const wanted = new Uint8Array(110);
    for (const [i, [seq, length]] of (
      [
        [331, 10],
        [321, 15],
        [311, 100],
        [301, 5],
        [299, 9],
        [301, 12],
        [350, 61],
      ] as const
    ).entries()) {
      // Every copy is of other bytes, as a liar's may be.
      inject(pipe.a, { seq, ack: 101, flags: ['ACK'] }, new Uint8Array(length).fill(i + 1));
      for (let at = Math.max(301, seq); at < seq + length; at++) wanted[at - 301] ||= i + 1;
    }
    expect([...pipe.a.data]).toEqual([...wanted]);
    const { queue } = pipe.a.connection.receiver;
    expect([queue.next, queue.early.count]).toEqual([111, 0]);
  });
});

describe('a peer that takes its window back', () => {
  it('is not given up as long as it answers (RFC 9293 §3.8.6.1)', () => {
    pipe = shrinking();
    pipe.a.connection.write(patterned(5000));
    pipe.clock.runUntil(pipe.clock.now + 3600 * SECOND);
    expect(pipe.a.connection.state).toBe('ESTABLISHED');
    expect(pipe.a.connection.counters.TcpExtTCPTimeouts).toBeGreaterThan(6);
  });

  /** B acknowledges nothing and gives no window; whatever A sends is answered so. */
  function shrinking(): Pipe {
    let shut = false;
    const made: Pipe = new Pipe(
      {
        latency: MS,
        lose: ({ from }: SentSegment) => {
          if (shut && from === 'a') {
            made.clock.call(2 * MS, () =>
              inject(made.a, { seq: 301, ack: 101, flags: ['ACK'], window: 0 }),
            );
          }
          return shut;
        },
      },
      { timestamps: false, retries: 5 },
    ).established();
    shut = true;
    return made;
  }

  it('to less than is on its way gets nothing new, and what is lost again', () => {
    let lost = 0;
    const made = new Pipe(
      { latency: MS, lose: ({ from, length }) => from === 'a' && length > 0 && lost++ < 3 },
      { timestamps: false },
    ).established();
    made.a.connection.write(patterned(20_000));
    inject(made.a, { seq: 301, ack: 101, flags: ['ACK'], window: 10 });
    const { highest } = made.a.connection.sender;
    made.a.connection.write(patterned(100));
    expect(made.a.connection.sender.highest).toBe(highest);
    made.clock.run();
    expect(made.b.data.length).toBe(20_100);
  });
});

describe('sequence numbers that wrap', () => {
  it.each([
    ['in the middle of the data', 2_000_000],
    ['at the FIN', 4_000_001],
    ['at the SYN', 0],
  ])('%s matter to nobody', (_, before) => {
    const initialSequence = 2 ** 32 - 1 - before;
    const made = new Pipe(
      { latency: MS, loss: 0.01, reorder: 0.02, seed: 3 },
      { initialSequence },
      { initialSequence },
    ).open();
    const wanted = patterned(4_000_000);
    made.b.connection.handler = {
      ...made.b.connection.handler,
      data: (bytes, connection) => {
        made.b.received.push(bytes);
        connection.write(bytes);
      },
      ended: (connection) => connection.end(),
    };
    made.a.connection.write(wanted);
    made.a.connection.end();
    made.clock.run();
    expect(Buffer.compare(made.b.data, wanted)).toBe(0);
    expect(Buffer.compare(made.a.data, wanted)).toBe(0);
    expect(made.a.connection.state).toBe('TIME-WAIT');
    expect(made.b.connection.state).toBe('CLOSED');
  });
});

describe('writing', () => {
  it('nothing sends nothing, and an end after it is an end', () => {
    const made = new Pipe({ latency: MS }).established();
    const before = made.sent.length;
    for (let i = 0; i < 3; i++) expect(made.a.connection.write(new Uint8Array(0))).toBe(true);
    expect(made.sent.length).toBe(before);
    made.a.connection.write(Uint8Array.of(7));
    made.a.connection.write(new Uint8Array(0));
    made.a.connection.end();
    made.a.connection.end();
    made.clock.run();
    expect([...made.b.data]).toEqual([7]);
    expect(made.b.connection.state).toBe('CLOSE-WAIT');
  });
});

describe('an end in the middle of the handshake', () => {
  it('from both sides that open at once closes both', () => {
    const made = new Pipe({ latency: MS });
    for (const { connection } of [made.a, made.b]) {
      connection.open();
      connection.write(patterned(3 * MSS));
      connection.end();
    }
    made.clock.run();
    expect(made.a.data.length).toBe(3 * MSS);
    expect(made.b.data.length).toBe(3 * MSS);
    for (const { connection, events } of [made.a, made.b]) {
      expect(['TIME-WAIT', 'CLOSED']).toContain(connection.state);
      expect(events).toEqual(['connected', 'ended', 'closed']);
    }
  });

  it('in SYN-RECEIVED by an abort is told by a reset', () => {
    const made = new Pipe({ latency: MS, lose: ({ from }) => from === 'b' });
    made.b.connection.state = 'LISTEN';
    inject(made.b, { seq: 100, flags: ['SYN'] });
    made.b.connection.abort();
    expect(made.lines.at(-1)).toBe('b RST, ACK seq=301 ack=101');
    made.clock.run();
    expect(made.clock.pending).toBe(0);
  });
});

describe('a liar who knows the numbers', () => {
  /** Flags, and how often they are set. */
  const FLAGS = [
    ['ACK', 0.9],
    ['SYN', 0.05],
    ['FIN', 0.05],
    ['RST', 0.005],
    ['PSH', 0.3],
    ['URG', 0.1],
  ] as const;

  /** A segment that is nearly right: numbers near the edges, options as they were agreed on. */
  function nearlyRight(end: End, random: Random): TcpInput {
    const { sender, receiver } = end.connection;
    const { queue, edge, irs } = receiver;
    const near = (...places: number[]): number =>
      (places[random.below(places.length)] as number) + random.below(7) - 3;
    const theirs = (): number => (irs + near(0, queue.next, queue.next + 1400, edge)) >>> 0;
    const ours = (): number => {
      const { unacknowledged: una, next, highest } = sender;
      return (sender.iss + near(0, una, una + 1448, next, highest)) >>> 0;
    };
    const options: TcpOption[] = [];
    if (random.chance(0.8)) {
      const value = Math.floor(end.now / MS) + (random.chance(0.8) ? 1 : random.next());
      options.push(timestamps(value >>> 0, random.chance(0.5) ? 1 : random.next()));
    }
    const blocks = Array.from({ length: random.below(4) }, () => ({ left: ours(), right: ours() }));
    if (blocks.length > 0) options.push(sack(...blocks));
    const flags = FLAGS.filter(([, chance]) => random.chance(chance)).map(([flag]) => flag);
    const window = random.chance(0.3) ? random.below(3) : random.below(0x1_0000);
    return { seq: theirs(), ack: ours(), flags, window, options };
  }

  it('breaks no bound, has nothing of nothing sent, and leaves nothing waiting for ever', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = new Random(seed, 'liar');
      const options = { retries: 8, keepAlive: random.chance(0.3), keepAliveTime: SECOND };
      const made = new Pipe({ latency: MS, loss: 0.02, seed }, options, options).open();
      for (const { connection } of [made.a, made.b]) {
        connection.write(patterned(random.below(60_000)));
        if (random.chance(0.5)) made.clock.call(random.below(SECOND), () => connection.end());
        if (random.chance(0.2)) connection.pause();
        made.clock.call(SECOND, () => connection.resume());
      }
      for (let i = 0; i < 60; i++) {
        made.clock.call(random.below(SECOND), () => {
          const end = random.chance(0.5) ? made.a : made.b;
          if (end.connection.state === 'LISTEN') return;
          inject(end, nearlyRight(end, random), random.chance(0.4) ? random.below(3000) : 0);
          const { sender, receiver } = end.connection;
          const { sacked } = sender.recovery.scoreboard;
          expect(sender.unacknowledged).toBeLessThanOrEqual(sender.next);
          expect(sender.next).toBeLessThanOrEqual(sender.highest);
          expect(sender.highest).toBeLessThanOrEqual(sender.end);
          expect(sacked.top).toBeLessThanOrEqual(sender.highest);
          if (sacked.count > 0) expect(sacked.start(0)).toBeGreaterThan(sender.unacknowledged);
          expect(receiver.queue.waiting + receiver.queue.early.bytes).toBeLessThanOrEqual(
            receiver.bufferBytes,
          );
        });
      }
      made.clock.call(2 * SECOND, () => {
        for (const { connection } of [made.a, made.b]) connection.end();
      });
      made.clock.runUntil(4000 * SECOND);
      for (const { connection, events } of [made.a, made.b]) {
        // Whoever has something to say still tries, or has given up.
        const { retransmitAt, persist, busy } = connection.sender;
        const tries = Math.min(retransmitAt, persist.at) < Number.POSITIVE_INFINITY;
        const lives = !['LISTEN', 'CLOSED'].includes(connection.state);
        if (lives) expect(tries, `seed ${seed} ${connection.state}`).toBe(busy);
        // After its end nothing is told.
        const over = events.findIndex((one) => one === 'closed' || /^E[A-Z]+$/.test(one));
        if (over >= 0) expect(events.slice(over + 1)).toEqual([]);
      }
      expect(made.sent.length).toBeLessThan(5000);
      for (const { kind, length, flags } of made.sent) {
        if (kind.endsWith('retransmission')) {
          expect(length + Number(/SYN|FIN/.test(flags)), `seed ${seed}`).toBeGreaterThan(0);
        }
      }
    }
  });
});
