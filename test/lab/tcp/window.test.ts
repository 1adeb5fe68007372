/** Windows: scaling, zero, probes, silly ones; Nagle and delayed acknowledgments. */
import { describe, expect, it } from 'vitest';
import type { TcpOptions } from '../../../src/lab/tcp/settings.js';
import { inject, MS, Pipe, type SentSegment } from '../../support/tcp-pipe.js';

/** Most bytes that A had on their way at once. */
function mostInFlight(pipe: Pipe): number {
  let sent = 101;
  let acknowledged = 101;
  let most = 0;
  for (const { from, seq, ack, length } of pipe.sent) {
    if (from === 'a') sent = Math.max(sent, seq + length);
    else acknowledged = Math.max(acknowledged, ack);
    most = Math.max(most, sent - acknowledged);
  }
  return most;
}

const fromA = (pipe: Pipe): SentSegment[] => pipe.sent.filter(({ from }) => from === 'a');
const fromB = (pipe: Pipe): SentSegment[] => pipe.sent.filter(({ from }) => from === 'b');

describe('window scaling', () => {
  const LONG = { latency: 50 * MS };

  function sent(options: TcpOptions): Pipe {
    const pipe = new Pipe(LONG, {}, { ...options }).established();
    pipe.a.connection.write(new Uint8Array(4_000_000));
    pipe.clock.run();
    expect(pipe.b.data.length).toBe(4_000_000);
    return pipe;
  }

  it('lets a window grow beyond 65,535 bytes', () => {
    const pipe = sent({});
    expect(mostInFlight(pipe)).toBeGreaterThan(500_000);
    expect(pipe.a.connection.peerScale).toBe(7);
    // In a SYN the window is not scaled.
    expect(pipe.sent[1]?.window).toBe(65_535);
  });

  it('switched off at one end holds it at 65,535 (net.ipv4.tcp_window_scaling = 0)', () => {
    const pipe = sent({ windowScaling: false });
    expect(mostInFlight(pipe)).toBeGreaterThan(60_000);
    expect(mostInFlight(pipe)).toBeLessThanOrEqual(65_535);
    expect(pipe.a.connection.receiver.scale).toBe(0);
    expect(pipe.a.connection.transmitter.scalingOn).toBe(false);
  });

  it('takes the shift that the buffer needs', () => {
    for (const [receiveBuffer, scale] of [
      [65_535, 0],
      [65_536, 1],
      [1_000_000, 4],
      [0xffff * 2 ** 14, 14],
    ] as const) {
      expect(new Pipe({}, {}, { receiveBuffer }).established().a.connection.peerScale).toBe(scale);
    }
  });

  it('never takes back what was promised, though it rounds', () => {
    const pipe = new Pipe({ latency: MS }, { nagle: false }, { receiveBuffer: 300_001 });
    pipe.established();
    pipe.b.connection.pause();
    let edge = 0;
    for (let i = 0; i < 300; i++) {
      pipe.a.connection.write(new Uint8Array(1 + ((i * 37) % 1447)));
      pipe.clock.run();
      const { ack, window } = pipe.sent.findLast(({ from }) => from === 'b') as SentSegment;
      const next = ack + window * 2 ** pipe.a.connection.peerScale;
      expect(next).toBeGreaterThanOrEqual(edge);
      edge = next;
    }
  });

  it('holds a fixed buffer to its size (SO_RCVBUF)', () => {
    const pipe = sent({ receiveBuffer: 10_000 });
    expect(mostInFlight(pipe)).toBeLessThanOrEqual(10_000);
    expect(pipe.b.connection.receiver.bufferBytes).toBe(10_000);
  });
});

describe('a reader that pauses', () => {
  it('closes the window, which is probed more and more seldom, and opens it again', () => {
    const pipe = new Pipe({ latency: MS }, {}, { receiveBuffer: 2896 }).established();
    pipe.b.connection.pause();
    pipe.a.connection.write(new Uint8Array(10_000));
    pipe.clock.runUntil(30_000 * MS);
    const probes = fromA(pipe).filter(({ kind }) => kind === 'window probe');
    expect(probes.map(({ length }) => length)).toEqual(probes.map(() => 1));
    const gaps = probes.map(({ time }, i) => time - (probes[i - 1]?.time ?? 0)).slice(1);
    for (const [i, gap] of gaps.entries()) if (i > 0) expect(gap).toBe((gaps[i - 1] as number) * 2);
    expect(gaps.length).toBeGreaterThan(4);
    // Each is answered by the number that is expected, and a window of 0.
    const answers = fromB(pipe).filter(({ window }) => window === 0);
    expect(answers.length).toBe(probes.length + 1);
    expect(new Set(answers.map(({ ack }) => ack))).toEqual(new Set([101 + 2896]));
    expect(pipe.b.data.length).toBe(0);

    pipe.b.connection.resume();
    pipe.clock.run();
    expect(pipe.sent.find(({ kind }) => kind === 'window update')?.window).toBe(2896);
    expect(pipe.b.data.length).toBe(10_000);
    expect(pipe.a.connection.counters).toMatchObject({
      TcpRetransSegs: 0,
      TcpExtTCPWinProbe: probes.length,
    });
    expect(pipe.b.connection.counters).toMatchObject({
      TcpExtTCPToZeroWindowAdv: 1,
      TcpExtTCPFromZeroWindowAdv: 1,
      TcpExtTCPZeroWindowDrop: probes.length,
    });
  });

  it('need not fear that the window update is lost', () => {
    let updates = 0;
    const lose = ({ kind }: SentSegment): boolean => kind === 'window update' && updates++ === 0;
    const pipe = new Pipe({ latency: MS, lose }, {}, { receiveBuffer: 2896 }).established();
    pipe.b.connection.pause();
    pipe.a.connection.write(new Uint8Array(10_000));
    pipe.clock.runUntil(1000 * MS);
    pipe.b.connection.resume();
    pipe.clock.run();
    expect(updates).toBeGreaterThan(0);
    expect(pipe.b.data.length).toBe(10_000);
  });

  it('is told a FIN though its window is zero', () => {
    const pipe = new Pipe({ latency: MS }, {}, { receiveBuffer: 2896 }).established();
    pipe.b.connection.pause();
    pipe.a.connection.write(new Uint8Array(2896));
    pipe.a.connection.end();
    pipe.clock.run();
    expect(pipe.b.connection.state).toBe('CLOSE-WAIT');
    expect(pipe.b.events).toEqual(['connected']);
    pipe.b.connection.resume();
    expect(pipe.b.events).toEqual(['connected', 'ended']);
  });

  it('is given up where nobody answers the probes, and not before', () => {
    let dead = false;
    const pipe = new Pipe(
      { latency: MS, lose: ({ from }) => dead && from === 'b' },
      { retries: 3 },
      { receiveBuffer: 1448 },
    ).established();
    pipe.b.connection.pause();
    pipe.a.connection.write(new Uint8Array(3000));
    pipe.clock.runUntil(60_000 * MS);
    expect(pipe.a.connection.state).toBe('ESTABLISHED');
    dead = true;
    pipe.clock.run();
    expect(pipe.a.events).toEqual(['connected', 'ETIMEDOUT']);
    expect(pipe.a.connection.counters.TcpExtTCPAbortOnTimeout).toBe(1);
  });

  it('that reads little by little causes no silly windows', () => {
    const pipe = new Pipe({ latency: MS }, {}, { receiveBuffer: 20_000 }).established();
    const { connection } = pipe.b;
    const { data } = connection.handler;
    connection.handler = {
      ...connection.handler,
      data: (bytes) => {
        data?.(bytes, connection);
        connection.pause();
        pipe.clock.call(7 * MS, () => connection.resume());
      },
    };
    pipe.a.connection.write(new Uint8Array(300_000));
    pipe.clock.run();
    expect(pipe.b.data.length).toBe(300_000);
    const small = fromA(pipe).filter(({ length }) => length > 0 && length < 1448);
    expect(small.length).toBeLessThanOrEqual(3);
  });
});

describe('the sender', () => {
  it('with Nagle keeps small writes until all is acknowledged', () => {
    for (const [nagle, segments] of [
      [true, 2],
      [false, 10],
    ] as const) {
      const pipe = new Pipe({ latency: 10 * MS }, { nagle }, { delayedAck: false }).established();
      for (let i = 0; i < 10; i++) pipe.a.connection.write(new Uint8Array(10));
      pipe.clock.run();
      expect(fromA(pipe).filter(({ length }) => length > 0).length).toBe(segments);
      expect(pipe.b.data.length).toBe(100);
    }
  });

  it('with Nagle sends a full segment at once', () => {
    const pipe = new Pipe({ latency: 10 * MS }).established();
    pipe.a.connection.write(new Uint8Array(10));
    pipe.a.connection.write(new Uint8Array(3000));
    const lengths = fromA(pipe).map(({ length }) => length);
    expect(lengths.slice(2)).toEqual([10, 1448, 1448]);
  });

  it('answers false when the buffer is full, and tells when it has drained', () => {
    const pipe = new Pipe({ latency: MS }, { sendBuffer: 5000 }).established();
    expect(pipe.a.connection.write(new Uint8Array(4000))).toBe(true);
    expect(pipe.a.connection.write(new Uint8Array(4000))).toBe(false);
    expect(pipe.a.events).toEqual(['connected']);
    pipe.clock.run();
    expect(pipe.a.events).toEqual(['connected', 'drained']);
  });

  it('announces the MSS of its link, and sends no more than the other end announces', () => {
    const pipe = new Pipe({ mtu: 9000 }, {}, { mss: 1000 }).established();
    pipe.a.connection.write(new Uint8Array(5000));
    pipe.b.connection.write(new Uint8Array(5000));
    pipe.clock.run();
    expect(Math.max(...fromA(pipe).map(({ length }) => length))).toBe(988);
    expect(Math.max(...fromB(pipe).map(({ length }) => length))).toBe(5000);
  });

  it('sends 536 bytes where the other end announces nothing (RFC 9293 §3.7.1)', () => {
    const pipe = new Pipe();
    pipe.a.connection.open();
    inject(pipe.a, { seq: 300, ack: 101, flags: ['SYN', 'ACK'] });
    pipe.a.connection.write(new Uint8Array(2000));
    expect(fromA(pipe).map(({ length }) => length)).toEqual([0, 0, 536, 536, 536]);
  });
});

describe('acknowledgments', () => {
  it('are sent for every second full segment, or after 40 ms', () => {
    const pipe = new Pipe({ latency: MS }).established();
    const { now } = pipe.clock;
    pipe.a.connection.write(new Uint8Array(3 * 1448));
    pipe.clock.run();
    const acks = fromB(pipe).slice(1);
    expect(acks.map(({ ack }) => ack)).toEqual([101 + 2 * 1448, 101 + 3 * 1448]);
    expect(acks.map(({ time }) => (time - now) / MS)).toEqual([1, 41]);
    expect(pipe.b.connection.counters.TcpExtDelayedACKs).toBe(1);
  });

  it('are sent at once where delaying is switched off', () => {
    const pipe = new Pipe({ latency: MS }, {}, { delayedAck: false }).established();
    pipe.a.connection.write(new Uint8Array(3 * 1448));
    pipe.clock.run();
    expect(fromB(pipe).slice(1).length).toBe(3);
  });

  it('go with data where there is some', () => {
    const pipe = new Pipe({ latency: MS }).established();
    pipe.b.connection.handler = { data: (bytes, connection) => connection.write(bytes) };
    pipe.a.connection.write(new Uint8Array(10));
    pipe.clock.run();
    expect(pipe.lines.slice(3)).toEqual([
      'a PSH, ACK seq=101 ack=301 len=10',
      'b PSH, ACK seq=301 ack=111 len=10',
      'a ACK seq=111 ack=311',
    ]);
  });
});
