/** Segments that can't be right: RFC 5961's challenges, old timestamps, what lies outside the window. */
import { beforeEach, describe, expect, it } from 'vitest';
import { timestamps } from '../../../src/headers/tcp-options.js';
import { Random } from '../../../src/lab/random.js';
import { inject, MS, Pipe, patterned } from '../../support/tcp-pipe.js';

const SECOND = 1000 * MS;
let pipe: Pipe;

/** What A sends in answer. */
function answers(action: () => void): string[] {
  const before = pipe.sent.length;
  action();
  return pipe.sent.slice(before).map(({ from, flags, seq, ack, kind }) => {
    expect(from).toBe('a');
    return `${flags} seq=${seq} ack=${ack} ${kind}`;
  });
}

const CHALLENGE = 'ACK seq=101 ack=301 challenge';

beforeEach(() => {
  pipe = new Pipe({}, { timestamps: false }).established();
  pipe.clock.runUntil(10 * SECOND);
});

describe('a reset', () => {
  it('is believed only at the very next number (RFC 5961 §3)', () => {
    const { connection } = pipe.a;
    expect(answers(() => inject(pipe.a, { seq: 302, flags: ['RST'] }))).toEqual([CHALLENGE]);
    expect(connection.counters.TcpExtTCPChallengeACK).toBe(1);
    expect(answers(() => inject(pipe.a, { seq: 300, flags: ['RST'] }))).toEqual([]);
    expect(answers(() => inject(pipe.a, { seq: 301 + 200_000, flags: ['RST'] }))).toEqual([]);
    expect(connection.state).toBe('ESTABLISHED');
    expect(answers(() => inject(pipe.a, { seq: 301, flags: ['RST'] }))).toEqual([]);
    expect(connection.state).toBe('CLOSED');
    expect(pipe.a.events).toEqual(['connected', 'ECONNRESET']);
  });

  it('is not answered by a reset', () => {
    expect(answers(() => inject(pipe.a, { seq: 301, ack: 101, flags: ['RST', 'ACK'] }))).toEqual(
      [],
    );
  });
});

describe('a SYN in an established connection', () => {
  it('is challenged (RFC 5961 §4)', () => {
    expect(answers(() => inject(pipe.a, { seq: 500, flags: ['SYN'] }))).toEqual([CHALLENGE]);
    expect(pipe.a.connection.counters.TcpExtTCPSYNChallenge).toBe(1);
    expect(pipe.a.connection.state).toBe('ESTABLISHED');
  });
});

describe('challenges', () => {
  it('are half a second apart (net.ipv4.tcp_invalid_ratelimit)', () => {
    const one = (): string[] => answers(() => inject(pipe.a, { seq: 302, flags: ['RST'] }));
    expect(one().length).toBe(1);
    expect(one().length).toBe(0);
    pipe.clock.runUntil(pipe.clock.now + SECOND / 2 - 1);
    expect(one().length).toBe(0);
    pipe.clock.runUntil(pipe.clock.now + 1);
    expect(one().length).toBe(1);
  });
});

describe('an acknowledgment', () => {
  it('of what was never sent, or long ago, is challenged, and its data dropped (RFC 5961 §5)', () => {
    const early = answers(() => inject(pipe.a, { seq: 301, ack: 102, flags: ['ACK'] }, 5));
    expect(early).toEqual([CHALLENGE]);
    pipe.clock.runUntil(pipe.clock.now + SECOND);
    const old = answers(() =>
      inject(pipe.a, { seq: 301, ack: (101 - 70_000) >>> 0, flags: ['ACK'] }, 5),
    );
    expect(old).toEqual([CHALLENGE]);
    expect(pipe.a.data.length).toBe(0);
  });

  it('is missing: the segment is dropped without a word', () => {
    expect(answers(() => inject(pipe.a, { seq: 301, flags: ['PSH'] }, 5))).toEqual([]);
    expect(pipe.a.data.length).toBe(0);
  });
});

describe('data', () => {
  it('below the window is answered with what is expected', () => {
    expect(answers(() => inject(pipe.a, { seq: 296, ack: 101, flags: ['ACK'] }, 5))).toEqual([
      'ACK seq=101 ack=301 duplicate acknowledgment',
    ]);
    expect(pipe.a.connection.counters.TcpExtTCPDSACKOldSent).toBe(1);
  });

  it('beyond the window is dropped, and what overlaps is cut to it', () => {
    const { edge, irs } = pipe.a.connection.receiver;
    const beyond = irs + edge;
    const far = answers(() => inject(pipe.a, { seq: beyond + 1, ack: 101, flags: ['ACK'] }, 5));
    expect(far.length).toBe(1);
    expect(pipe.a.connection.receiver.queue.early.bytes).toBe(0);
    inject(pipe.a, { seq: beyond - 2, ack: 101, flags: ['ACK', 'FIN'] }, 5);
    expect(pipe.a.connection.receiver.queue.early.bytes).toBe(2);
    // The FIN was cut off with the rest.
    expect(pipe.a.connection.receiver.finAt).toBe(Number.POSITIVE_INFINITY);
  });

  it('behind the FIN of the peer is not given to the reader', () => {
    inject(pipe.a, { seq: 301, ack: 101, flags: ['ACK', 'FIN'] });
    expect(pipe.a.connection.state).toBe('CLOSE-WAIT');
    inject(pipe.a, { seq: 302, ack: 101, flags: ['ACK'] }, 5);
    expect(pipe.a.data.length).toBe(0);
    expect(pipe.a.connection.receiver.queue.next).toBe(2);
  });

  it('before the FIN is given first, though the FIN came first', () => {
    inject(pipe.a, { seq: 306, ack: 101, flags: ['ACK', 'FIN'] });
    expect(pipe.a.connection.state).toBe('ESTABLISHED');
    inject(pipe.a, { seq: 301, ack: 101, flags: ['ACK'] }, 5);
    expect(pipe.a.data.length).toBe(5);
    expect(pipe.a.connection.state).toBe('CLOSE-WAIT');
    expect(pipe.a.events).toEqual(['connected', 'ended']);
  });
});

describe('timestamps', () => {
  beforeEach(() => {
    pipe = new Pipe().established();
    pipe.clock.runUntil(10 * SECOND);
  });
  const at = (value: number) => ({ flags: ['ACK'] as const, options: [timestamps(value, 1)] });

  it('that are old have their data dropped (PAWS)', () => {
    inject(pipe.a, { seq: 301, ack: 101, ...at(5000) }, 5);
    expect(pipe.a.data.length).toBe(5);
    expect(answers(() => inject(pipe.a, { seq: 306, ack: 101, ...at(4999) }, 5)).length).toBe(1);
    expect(pipe.a.data.length).toBe(5);
    expect(pipe.a.connection.counters.TcpExtPAWSEstab).toBe(1);
    inject(pipe.a, { seq: 306, ack: 101, ...at(5000) }, 5);
    expect(pipe.a.data.length).toBe(10);
  });

  it('may wrap', () => {
    for (const [i, value] of [0x7000_0000, 0xe000_0000, 0x1000_0000].entries()) {
      inject(pipe.a, { seq: 301 + 5 * i, ack: 101, ...at(value) }, 5);
      // The newest counts when what it came with is acknowledged (RFC 7323 §4.3).
      pipe.clock.run();
    }
    expect(pipe.a.data.length).toBe(15);
  });

  it('of 24 days ago say nothing any more (RFC 7323 §5.5)', () => {
    inject(pipe.a, { seq: 301, ack: 101, ...at(5000) }, 5);
    pipe.clock.runUntil(pipe.clock.now + 25 * 86_400 * SECOND);
    inject(pipe.a, { seq: 306, ack: 101, ...at(4999) }, 5);
    expect(pipe.a.data.length).toBe(10);
    // From now on that one is the newest.
    expect(pipe.a.connection.transmitter.recentTimestamp).toBe(4999);
    pipe.clock.run();
    inject(pipe.a, { seq: 311, ack: 101, ...at(4998) }, 5);
    expect(pipe.a.data.length).toBe(10);
  });

  it('are missing though they were agreed on: the segment is dropped (RFC 7323 §3.2)', () => {
    inject(pipe.a, { seq: 301, ack: 101, flags: ['ACK'] }, 5);
    expect(pipe.a.data.length).toBe(0);
    // But a reset needs none.
    inject(pipe.a, { seq: 301, flags: ['RST'] });
    expect(pipe.a.connection.state).toBe('CLOSED');
  });

  it('of an acknowledgment that was overtaken need no answer', () => {
    inject(pipe.a, { seq: 301, ack: 101, ...at(5000) }, 5);
    expect(answers(() => inject(pipe.a, { seq: 306, ack: 101, ...at(4999) }))).toEqual([]);
    expect(pipe.a.connection.counters).toMatchObject({ TcpExtPAWSOldAck: 1, TcpExtPAWSEstab: 0 });
  });
});

describe('segments of chance', () => {
  it('neither throw nor leave anything waiting for ever', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed, 'forged');
      const fuzzed = new Pipe({ latency: MS, loss: 0.05, seed }, {}, { retries: 8 }).open();
      const end = random.chance(0.5) ? fuzzed.a : fuzzed.b;
      fuzzed.a.connection.write(patterned(30_000));
      fuzzed.b.connection.handler = { ended: (connection) => connection.end() };
      const near = (number: number, spread: number): number =>
        (number + random.below(2 * spread) - spread) >>> 0;
      for (let i = 0; i < 40; i++) {
        fuzzed.clock.call(random.below(300 * MS), () => {
          const { sender, receiver } = end.connection;
          const spread = random.chance(0.5) ? 3 : 70_000;
          const fields = {
            seq: near(receiver.irs + receiver.queue.next, spread),
            ack: near(sender.iss + sender.unacknowledged, spread),
            flags: random.below(0x40),
            window: random.below(0x1_0000),
            options: Uint8Array.from({ length: 4 * random.below(6) }, () => random.below(11)),
          };
          inject(end, fields, random.chance(0.5) ? random.below(2000) : 0);
          expect(sender.unacknowledged).toBeLessThanOrEqual(sender.next);
          expect(sender.next).toBeLessThanOrEqual(sender.highest);
          expect(sender.queue.first).toBeLessThanOrEqual(sender.queue.end);
          expect(receiver.queue.early.bytes).toBeLessThanOrEqual(receiver.bufferBytes);
        });
      }
      fuzzed.clock.call(400 * MS, () => {
        fuzzed.a.connection.end();
      });
      fuzzed.clock.run();
      expect(fuzzed.sent.length).toBeLessThan(5000);
    }
  });
});
