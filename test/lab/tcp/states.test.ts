/** The edges of RFC 9293's state diagram (§3.3.2, figure 5), one after the other. */
import { describe, expect, it } from 'vitest';
import { inject, MS, Pipe } from '../../support/tcp-pipe.js';

const SECOND = 1000 * MS;

/** The states that both ends go through, each once. */
function states(pipe: Pipe, until = pipe.clock.now + 10 * SECOND): { a: string; b: string } {
  const seen = { a: [pipe.a.connection.state], b: [pipe.b.connection.state] };
  while (pipe.clock.pending > 0 && pipe.clock.now < until) {
    pipe.clock.runUntil(pipe.clock.now + MS / 4);
    for (const name of ['a', 'b'] as const) {
      const { state } = pipe[name].connection;
      if (seen[name].at(-1) !== state) seen[name].push(state);
    }
  }
  return { a: seen.a.join(' '), b: seen.b.join(' ') };
}

describe('opening', () => {
  it('goes by SYN-SENT and SYN-RECEIVED to ESTABLISHED', () => {
    const pipe = new Pipe().open();
    expect(states(pipe)).toEqual({
      a: 'SYN-SENT ESTABLISHED',
      b: 'LISTEN SYN-RECEIVED ESTABLISHED',
    });
    expect(pipe.lines).toEqual([
      'a SYN seq=100',
      'b SYN, ACK seq=300 ack=101',
      'a ACK seq=101 ack=301',
    ]);
  });

  it('at once from both ends goes by SYN-RECEIVED on both (figure 7)', () => {
    const pipe = new Pipe();
    pipe.a.connection.open();
    pipe.b.connection.open();
    expect(states(pipe)).toEqual({
      a: 'SYN-SENT SYN-RECEIVED ESTABLISHED',
      b: 'SYN-SENT SYN-RECEIVED ESTABLISHED',
    });
    expect(pipe.lines.slice(0, 4)).toEqual([
      'a SYN seq=100',
      'b SYN seq=300',
      'b SYN, ACK seq=300 ack=101',
      'a SYN, ACK seq=100 ack=301',
    ]);
    pipe.a.connection.write(Uint8Array.of(1, 2, 3));
    pipe.clock.run();
    expect([...pipe.b.data]).toEqual([1, 2, 3]);
  });

  it('is refused by a reset that acknowledges the SYN, and by no other', () => {
    const pipe = new Pipe().open();
    inject(pipe.a, { seq: 0, ack: 999, flags: ['RST', 'ACK'] });
    inject(pipe.a, { seq: 0, flags: ['RST'] });
    expect(pipe.a.connection.state).toBe('SYN-SENT');
    inject(pipe.a, { seq: 0, ack: 101, flags: ['RST', 'ACK'] });
    expect(pipe.a.connection.state).toBe('CLOSED');
    expect(pipe.a.events).toEqual(['ECONNREFUSED']);
    expect(pipe.a.connection.counters.TcpAttemptFails).toBe(1);
  });

  it('is given up after six repeated SYNs, 127 s (net.ipv4.tcp_syn_retries)', () => {
    const pipe = new Pipe();
    pipe.a.connection.open();
    pipe.clock.run();
    expect(pipe.sent.map(({ time }) => time / SECOND)).toEqual([0, 1, 3, 7, 15, 31, 63]);
    expect(pipe.clock.now / SECOND).toBe(127);
    expect(pipe.a.events).toEqual(['ETIMEDOUT']);
    expect(pipe.a.connection.counters).toMatchObject({
      TcpExtTCPSynRetrans: 6,
      TcpExtTCPTimeouts: 6,
      TcpRetransSegs: 6,
      TcpOutSegs: 1,
    });
  });

  it('repeats a lost SYN-ACK, and answers a repeated SYN with it', () => {
    const pipe = new Pipe({ lose: ({ from, time }) => from === 'b' && time < 900 * MS }).open();
    pipe.clock.run();
    expect(pipe.a.connection.state).toBe('ESTABLISHED');
    expect(pipe.lines.filter((line) => line.startsWith('b SYN, ACK')).length).toBeGreaterThan(1);
    // Each has seen its SYN repeated: one segment to begin with.
    expect(pipe.a.connection.sender.congestion.window).toBe(1448);
    expect(pipe.b.connection.sender.congestion.window).toBe(1448);
  });

  it('answers an old SYN-ACK with a reset, and goes on (figure 8)', () => {
    const pipe = new Pipe().open();
    inject(pipe.a, { seq: 300, ack: 91, flags: ['SYN', 'ACK'] });
    expect(pipe.lines.at(-1)).toBe('a RST seq=91');
    expect(pipe.a.connection.state).toBe('SYN-SENT');
  });

  it('goes back to listening when a reset answers the SYN-ACK', () => {
    const pipe = new Pipe({ lose: ({ from }) => from === 'b' });
    pipe.b.connection.state = 'LISTEN';
    inject(pipe.b, { seq: 100, flags: ['SYN'] });
    expect(pipe.b.connection.state).toBe('SYN-RECEIVED');
    inject(pipe.b, { seq: 101, flags: ['RST'] });
    expect(pipe.b.connection.state).toBe('CLOSED');
    expect(pipe.b.connection.counters.TcpAttemptFails).toBe(1);
  });
});

describe('closing', () => {
  it('by one end goes by FIN-WAIT and TIME-WAIT there, CLOSE-WAIT and LAST-ACK here', () => {
    const pipe = new Pipe().established();
    pipe.b.connection.handler = { ended: (connection) => connection.end() };
    pipe.a.connection.end();
    expect(pipe.a.connection.state).toBe('FIN-WAIT-1');
    pipe.b.connection.pause();
    expect(states(pipe)).toEqual({ a: 'FIN-WAIT-1 FIN-WAIT-2', b: 'ESTABLISHED CLOSE-WAIT' });
    pipe.b.connection.resume();
    expect(states(pipe)).toEqual({ a: 'FIN-WAIT-2 TIME-WAIT', b: 'LAST-ACK CLOSED' });
  });

  it('where FIN and acknowledgment come in one goes from FIN-WAIT-1 to TIME-WAIT', () => {
    const pipe = new Pipe().established();
    pipe.b.connection.handler = { ended: (connection) => connection.end() };
    pipe.a.connection.end();
    expect(states(pipe)).toEqual({ a: 'FIN-WAIT-1 TIME-WAIT', b: 'ESTABLISHED LAST-ACK CLOSED' });
    expect(pipe.lines.slice(3)).toEqual([
      'a FIN, ACK seq=101 ack=301',
      'b FIN, ACK seq=301 ack=102',
      'a ACK seq=102 ack=302',
    ]);
  });

  it('by both at once goes by CLOSING (figure 13)', () => {
    const pipe = new Pipe().established();
    pipe.a.connection.end();
    pipe.b.connection.end();
    expect(states(pipe)).toEqual({
      a: 'FIN-WAIT-1 CLOSING TIME-WAIT',
      b: 'FIN-WAIT-1 CLOSING TIME-WAIT',
    });
  });

  it('of one half leaves the other open', () => {
    const pipe = new Pipe().established();
    pipe.a.connection.end();
    pipe.clock.run();
    pipe.b.connection.write(new Uint8Array(5000));
    pipe.clock.run();
    expect(pipe.a.data.length).toBe(5000);
    expect(pipe.a.connection.state).toBe('FIN-WAIT-2');
    expect(pipe.b.events).toEqual(['connected', 'ended']);
  });

  it('before the handshake is done waits for it, and for what was written', () => {
    const pipe = new Pipe().open();
    pipe.a.connection.write(new Uint8Array(3000));
    pipe.a.connection.end();
    pipe.clock.run();
    expect(pipe.b.data.length).toBe(3000);
    expect(pipe.a.connection.state).toBe('FIN-WAIT-2');
    expect(pipe.b.connection.state).toBe('CLOSE-WAIT');
    expect(() => pipe.a.connection.write(Uint8Array.of(1))).toThrowError(
      expect.objectContaining({ code: 'BAD_VALUE' }),
    );
  });

  it('ends TIME-WAIT after 60 s, for which no run waits', () => {
    const pipe = new Pipe().established();
    pipe.b.connection.handler = { ended: (connection) => connection.end() };
    pipe.a.connection.end();
    pipe.clock.run();
    expect(pipe.clock.now).toBeLessThan(SECOND);
    const { now } = pipe.clock;
    pipe.clock.runUntil(now + 59 * SECOND);
    expect(pipe.a.connection.state).toBe('TIME-WAIT');
    pipe.clock.runUntil(now + 60 * SECOND);
    expect(pipe.a.connection.state).toBe('CLOSED');
    expect(pipe.a.connection.counters.TcpExtTW).toBe(1);
    expect(pipe.a.events).toEqual(['connected', 'ended', 'closed']);
  });

  it('answers a repeated FIN in TIME-WAIT, whose time begins anew', () => {
    let lost = false;
    const pipe = new Pipe({
      lose: ({ from, ack, flags }) => {
        if (lost || from !== 'a' || ack !== 302 || flags !== 'ACK') return false;
        lost = true;
        return true;
      },
    }).established();
    pipe.b.connection.handler = { ended: (connection) => connection.end() };
    pipe.a.connection.end();
    pipe.clock.run();
    const last = pipe.sent.slice(-3);
    expect(last.map(({ from, flags }) => `${from} ${flags}`)).toEqual([
      'a ACK',
      'b FIN, ACK',
      'a ACK',
    ]);
    expect(pipe.b.connection.state).toBe('CLOSED');
    const again = (last[2]?.time ?? 0) + 60 * SECOND;
    pipe.clock.runUntil(again - 1);
    expect(pipe.a.connection.state).toBe('TIME-WAIT');
    pipe.clock.runUntil(again);
    expect(pipe.a.connection.state).toBe('CLOSED');
  });

  it('gives what was not read to a reader that resumes after the connection is gone', () => {
    const pipe = new Pipe().established();
    pipe.b.connection.pause();
    pipe.a.connection.write(new Uint8Array(1000));
    pipe.a.connection.end();
    pipe.b.connection.end();
    pipe.clock.run();
    expect(pipe.b.data.length).toBe(0);
    expect(pipe.b.events).toEqual(['connected']);
    pipe.b.connection.resume();
    expect(pipe.b.data.length).toBe(1000);
    expect(pipe.b.events).toEqual(['connected', 'ended', 'closed']);
  });
});

describe('a reset', () => {
  it('goes out when an end gives the connection up, and ends the other', () => {
    const pipe = new Pipe().established();
    pipe.a.connection.write(new Uint8Array(100));
    pipe.a.connection.abort();
    expect(pipe.a.connection.state).toBe('CLOSED');
    pipe.clock.run();
    expect(pipe.lines.at(-1)).toBe('a RST, ACK seq=201 ack=301');
    expect(pipe.b.connection.state).toBe('CLOSED');
    expect(pipe.a.events).toEqual(['connected', 'ECONNABORTED']);
    expect(pipe.b.events).toEqual(['connected', 'ECONNRESET']);
    expect(pipe.b.connection.counters.TcpEstabResets).toBe(1);
    expect(pipe.clock.pending).toBe(0);
  });

  it('is a failure in LAST-ACK and in CLOSING, where what was written may be lost', () => {
    for (const state of ['LAST-ACK', 'CLOSING']) {
      const pipe = new Pipe({ latency: MS }).established();
      const { a, b } = pipe;
      a.connection.end();
      if (state === 'LAST-ACK') pipe.clock.run();
      b.connection.write(new Uint8Array(1_000_000));
      b.connection.end();
      pipe.clock.runUntil(pipe.clock.now + 1.5 * MS);
      expect(b.connection.state).toBe(state);
      a.connection.abort();
      pipe.clock.run();
      expect(a.data.length).toBeLessThan(1_000_000);
      expect(b.connection.state).toBe('CLOSED');
      expect(b.events).toEqual(['connected', 'ended', 'ECONNRESET']);
    }
  });

  it('in TIME-WAIT only ends it', () => {
    const pipe = new Pipe().established();
    pipe.b.connection.handler = { ended: (connection) => connection.end() };
    pipe.a.connection.end();
    pipe.clock.run();
    expect(pipe.a.connection.state).toBe('TIME-WAIT');
    inject(pipe.a, { seq: 302, flags: ['RST'] });
    expect(pipe.a.connection.state).toBe('CLOSED');
    expect(pipe.a.events).toEqual(['connected', 'ended', 'closed']);
  });

  it('is not sent where nothing was answered yet', () => {
    const pipe = new Pipe();
    pipe.a.connection.open();
    pipe.a.connection.abort();
    pipe.clock.run();
    expect(pipe.lines).toEqual(['a SYN seq=100']);
    expect(pipe.a.events).toEqual(['ECONNABORTED']);
  });

  it('may be asked for in the middle of anything, and nothing is told after it', () => {
    for (const when of ['connected', 'data', 'drained', 'ended'] as const) {
      const pipe = new Pipe({}, { sendBuffer: 10 });
      const told: string[] = [];
      pipe.a.connection.handler = {
        connected: () => told.push('connected'),
        data: () => told.push('data'),
        drained: () => told.push('drained'),
        ended: () => told.push('ended'),
        closed: () => told.push('closed'),
        failed: (reason) => told.push(reason),
        [when]: () => pipe.a.connection.abort(),
      };
      pipe.open();
      pipe.a.connection.write(new Uint8Array(100));
      pipe.b.connection.write(new Uint8Array(5000));
      pipe.b.connection.end();
      pipe.clock.run();
      expect(pipe.a.connection.state).toBe('CLOSED');
      expect(told.at(-1), when).toBe('ECONNABORTED');
      expect(told.filter((one) => one === 'ECONNABORTED').length).toBe(1);
      expect(pipe.sent.filter(({ from }) => from === 'a').at(-1)?.flags, when).toContain('RST');
      expect(pipe.clock.pending).toBe(0);
    }
  });
});
