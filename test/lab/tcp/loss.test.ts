/** What is lost is sent again: fast retransmit, recovery with and without SACK, timeouts, path MTU. */
import { describe, expect, it } from 'vitest';
import { INFINITE_THRESHOLD } from '../../../src/lab/tcp/congestion.js';
import type { TcpOptions } from '../../../src/lab/tcp/settings.js';
import { MS, Pipe, patterned, type SentSegment } from '../../support/tcp-pipe.js';

const MSS = 1448;
const LATENCY = 10 * MS;

/** The number of the data segment, from 1, by its sequence number. */
const numberOf = ({ seq }: SentSegment): number => (seq - 101) / MSS + 1;
const dataOf = (pipe: Pipe): SentSegment[] =>
  pipe.sent.filter(({ from, length }) => from === 'a' && length > 0);

/** Ten segments, of which the first copies of some are lost. */
function ten(lost: readonly number[], a: TcpOptions = {}, size = 10 * MSS): Pipe {
  const gone = new Set(lost);
  const lose = (segment: SentSegment): boolean =>
    segment.from === 'a' && segment.length > 0 && gone.delete(numberOf(segment));
  const pipe = new Pipe({ latency: LATENCY, lose }, a).established();
  const wanted = patterned(size);
  pipe.a.connection.write(wanted);
  pipe.clock.run();
  expect(Buffer.compare(pipe.b.data, wanted)).toBe(0);
  expect(gone.size).toBe(0);
  return pipe;
}

/** What was sent again, and after how many round trips from the first. */
function again(pipe: Pipe): string[] {
  const start = dataOf(pipe)[0]?.time ?? 0;
  return dataOf(pipe)
    .filter(({ kind }) => kind !== 'new')
    .map((one) => `${numberOf(one)} ${one.kind} after ${(one.time - start) / (2 * LATENCY)}`);
}

describe.each([
  ['with SACK', true],
  ['without SACK', false],
])('%s, a lost segment', (_, sack) => {
  it('is sent again after three duplicates, in one round trip', () => {
    const pipe = ten([2], { sack });
    expect(again(pipe)).toEqual(['2 fast retransmission after 1']);
    const { counters, sender } = pipe.a.connection;
    expect(counters).toMatchObject({
      TcpExtTCPSackRecovery: sack ? 1 : 0,
      TcpExtTCPRenoRecovery: sack ? 0 : 1,
      TcpExtTCPFastRetrans: 1,
      TcpExtTCPTimeouts: 0,
    });
    expect(sender.recovery.phase).toBe('open');
    // Half of the nine on their way.
    expect(sender.congestion.threshold).toBe(4.5 * MSS);
  });

  it('is not sent again when it is only late, and overtaken by two', () => {
    const delay = (segment: SentSegment): number =>
      segment.length > 0 && numberOf(segment) === 1 ? 5 * MS : 0;
    const pipe = new Pipe({ latency: LATENCY, delay }, { sack }).established();
    const wanted = patterned(3 * MSS);
    pipe.a.connection.write(wanted);
    pipe.clock.run();
    expect(again(pipe)).toEqual([]);
    expect(pipe.b.connection.counters.TcpExtTCPOFOQueue).toBe(2);
    expect(Buffer.compare(pipe.b.data, wanted)).toBe(0);
    // Nothing was lost: the congestion window is as it was.
    expect(pipe.a.connection.sender.congestion.threshold).toBe(INFINITE_THRESHOLD);
  });

  it('that is the last one waits for the timer, 200 ms more than the round trip', () => {
    const pipe = ten([10], { sack });
    expect(pipe.a.connection.counters).toMatchObject({
      TcpExtTCPTimeouts: 1,
      TcpExtTCPSlowStartRetrans: 1,
      TcpExtTCPFastRetrans: 0,
    });
    const [resent] = dataOf(pipe).filter(({ kind }) => kind === 'retransmission');
    expect(numberOf(resent as SentSegment)).toBe(10);
    expect(pipe.a.connection.sender.congestion.threshold).toBe(2 * MSS);
  });

  it('lets two new ones leave for the first two duplicates (RFC 3042)', () => {
    // Scaled, the first acknowledgment's window would differ from the SYN-ACK's.
    const pipe = ten([1], { sack, initialWindow: 4, windowScaling: false }, 40 * MSS);
    const start = dataOf(pipe)[0]?.time ?? 0;
    const second = dataOf(pipe).filter(({ time }) => time === start + 2 * LATENCY);
    // Segments 2, 3 and 4 have arrived: two new ones, and then the lost one.
    expect(second.map(numberOf)).toEqual([5, 6, 1]);
  });
});

describe('several lost segments', () => {
  it('are sent again in one round trip with SACK', () => {
    expect(again(ten([2, 4]))).toEqual([
      '2 fast retransmission after 1',
      '4 fast retransmission after 1',
    ]);
  });

  it('of which the last is one are rescued without a timeout (RFC 6675 §4, NextSeg 4)', () => {
    expect(again(ten([2, 10]))).toEqual([
      '2 fast retransmission after 1',
      '10 fast retransmission after 2',
    ]);
  });

  it('take a round trip each without it (NewReno)', () => {
    const pipe = ten([2, 4, 6], { sack: false });
    expect(again(pipe)).toEqual([
      '2 fast retransmission after 1',
      '4 fast retransmission after 2',
      '6 fast retransmission after 3',
    ]);
    expect(pipe.a.connection.counters.TcpExtTCPRenoRecovery).toBe(1);
  });

  it('are all sent again after a timeout, but not what SACK says is there', () => {
    const lost = [1, 2, 3, 4, 5, 6, 8, 9];
    const numbers = (pipe: Pipe): number[] =>
      dataOf(pipe)
        .filter(({ kind }) => kind === 'retransmission')
        .map(numberOf);
    expect(numbers(ten(lost))).toEqual([1, 2, 3, 4, 5, 6, 8, 9]);
    // Without SACK nobody has told of 7 and 10.
    expect(numbers(ten(lost, { sack: false }))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe('the timer', () => {
  it('doubles until an answer comes, and gives up after tcp_retries2', () => {
    let dead = false;
    const lose = (): boolean => dead;
    const pipe = new Pipe({ latency: LATENCY, lose }, { retries: 5 }).established();
    dead = true;
    pipe.a.connection.write(new Uint8Array(100));
    const start = pipe.clock.now;
    pipe.clock.run();
    const times = dataOf(pipe).map(({ time }) => (time - start) / MS);
    // 220 ms: the round trip and 200 ms.
    expect(times).toEqual([0, 220, 660, 1540, 3300, 6820]);
    expect((pipe.clock.now - start) / MS).toBe(220 * 63);
    expect(pipe.a.events).toEqual(['connected', 'ETIMEDOUT']);
    expect(pipe.a.connection.counters.TcpExtTCPTimeouts).toBe(5);
  });

  it('of RFC 6298 is a second at least', () => {
    let lost = 0;
    const lose = ({ from, length }: SentSegment): boolean =>
      from === 'a' && length > 0 && lost++ === 0;
    const pipe = new Pipe({ latency: LATENCY, lose }, { rto: 'rfc6298' }).established();
    pipe.a.connection.write(new Uint8Array(100));
    pipe.clock.run();
    const [first, second] = dataOf(pipe);
    expect((second?.time ?? 0) - (first?.time ?? 0)).toBe(1000 * MS);
  });

  it('takes no time from what was sent twice, unless a timestamp tells (Karn)', () => {
    for (const timestamps of [false, true]) {
      let lost = 0;
      const lose = ({ from, length }: SentSegment): boolean =>
        from === 'a' && length > 0 && lost++ < 2;
      const pipe = new Pipe({ latency: LATENCY, lose }, { timestamps }).established();
      const { timer } = pipe.a.connection.sender;
      const { smoothed } = timer;
      expect(smoothed).toBe(2 * LATENCY);
      pipe.a.connection.write(new Uint8Array(100));
      pipe.clock.run();
      // With timestamps the second loss is no reason to keep the timeout doubled.
      expect(timer.backoffs).toBe(timestamps ? 0 : 2);
      if (!timestamps) expect(timer.smoothed).toBe(smoothed);
    }
  });
});

describe('a path that takes only smaller packets', () => {
  it('has what was sent sent again in smaller segments, and is no congestion (RFC 1191)', () => {
    const pipe = new Pipe({ latency: LATENCY, lose: ({ length }) => length > 960 }).established();
    const wanted = patterned(20_000);
    pipe.a.connection.write(wanted);
    pipe.a.pathMtu = 1000;
    pipe.clock.call(LATENCY, () => pipe.a.connection.mtuReduced(1000));
    const before = pipe.a.connection.sender.congestion.window;
    pipe.clock.run();
    expect(Buffer.compare(pipe.b.data, wanted)).toBe(0);
    expect(pipe.a.connection.sender.mss).toBe(948);
    expect(pipe.a.connection.sender.congestion.window).toBeGreaterThanOrEqual(before);
    expect(pipe.a.connection.counters.TcpExtTCPTimeouts).toBe(0);
    // A larger one does not count, nor does one that no host has.
    pipe.a.connection.mtuReduced(1400);
    expect(pipe.a.connection.size.pathMtu).toBe(1000);
  });

  it('has larger segments again when the host has forgotten it, also in the middle of a transfer', () => {
    const pipe = new Pipe({ latency: LATENCY }, {}, { rmem: [4096, 65_536, 65_536] });
    const { a, b } = pipe.established();
    const wanted = patterned(5_000_000);
    a.pathMtu = 1000;
    a.connection.mtuReduced(1000);
    a.connection.write(wanted);
    pipe.clock.call(1500 * MS, () => {
      expect(a.connection.sender.busy).toBe(true);
      expect(Math.max(...pipe.sent.map(({ length }) => length))).toBe(948);
      a.pathMtu = 1500;
    });
    pipe.clock.run();
    expect(Buffer.compare(b.data, wanted)).toBe(0);
    expect(Math.max(...pipe.sent.map(({ length }) => length))).toBe(1448);
    expect(a.connection.sender.mss).toBe(1448);
    expect(a.connection.counters.TcpRetransSegs).toBe(0);
  });
});

describe('duplicates', () => {
  it('are told of by D-SACK, where it is on', () => {
    for (const duplicateSack of [true, false]) {
      const pipe = new Pipe({ latency: LATENCY, duplicate: 1 }, {}, { duplicateSack });
      pipe.established();
      pipe.a.connection.write(new Uint8Array(5 * MSS));
      pipe.clock.run();
      expect(pipe.b.data.length).toBe(5 * MSS);
      const { counters } = pipe.b.connection;
      expect(counters.TcpExtTCPDSACKOldSent).toBe(5);
      const told = pipe.sent.find(({ blocks }) => blocks.length > 0);
      if (duplicateSack) expect(told?.blocks).toEqual([101, 101 + MSS]);
      else expect(told).toBeUndefined();
      expect(pipe.a.connection.counters.TcpExtTCPDSACKRecv > 0).toBe(duplicateSack);
      expect(pipe.a.connection.counters.TcpRetransSegs).toBe(0);
    }
  });
});

it('the window grows as Reno has it: throughput over 1 % loss is near Mathis', () => {
  const pipe = new Pipe({ latency: LATENCY, loss: 0.01, seed: 7 }, {}, { receiveBuffer: 2 ** 20 });
  const wanted = patterned(10_000_000);
  pipe.established();
  const start = pipe.clock.now;
  pipe.a.connection.write(wanted);
  pipe.clock.run();
  expect(Buffer.compare(pipe.b.data, wanted)).toBe(0);
  const speed = wanted.length / ((pipe.clock.now - start) / 1e9);
  // MSS / RTT · sqrt(3/2) / sqrt(p), in bytes a second.
  const expected = ((MSS / 0.02) * 1.2247) / 0.1;
  expect(speed / expected).toBeGreaterThan(0.7);
  expect(speed / expected).toBeLessThan(1.3);
});
