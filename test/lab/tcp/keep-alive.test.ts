/** Keep-alive: RFC 9293 §3.8.4 and RFC 1122 §4.2.3.6, with Linux's times; judged by Wireshark. */
import { describe, expect, it } from 'vitest';
import { MILLISECOND, SECOND } from '../../../src/lab/clock.js';
import { Host } from '../../../src/lab/host.js';
import { Lab } from '../../../src/lab/lab.js';
import type { TcpOptions } from '../../../src/lab/tcp/settings.js';
import { tap } from '../../support/port-tap.js';
import { MS, Pipe } from '../../support/tcp-pipe.js';
import { describeWithTshark, tsharkFields } from '../../support/tshark.js';

const ON: TcpOptions = { keepAlive: true };
const HOUR = 3600 * SECOND;

/** The probes, in seconds since the connection was established. */
function probes(pipe: Pipe, since: number): number[] {
  return pipe.sent
    .filter(({ kind }) => kind === 'keep-alive')
    .map(({ time }) => (time - since) / SECOND);
}

describe('keep-alive', () => {
  it('is off unless it is asked for', () => {
    const pipe = new Pipe().established();
    const before = pipe.sent.length;
    pipe.clock.runUntil(100 * HOUR);
    expect(pipe.sent.length).toBe(before);
  });

  it('asks each two hours, with the number before the next, and is answered', () => {
    const pipe = new Pipe({ latency: MS }, ON).established();
    const before = pipe.sent.length;
    pipe.clock.runUntil(5 * HOUR);
    expect(pipe.lines.slice(before)).toEqual([
      'a ACK seq=100 ack=301',
      'b ACK seq=301 ack=101',
      'a ACK seq=100 ack=301',
      'b ACK seq=301 ack=101',
    ]);
    // Established at 2 ms, when the SYN-ACK came; the next two hours are counted from the answer.
    expect(probes(pipe, 2 * MS)).toEqual([7200, 14_400.002]);
    expect(pipe.a.connection.counters).toMatchObject({
      TcpExtTCPKeepAlive: 2,
      TcpRetransSegs: 0,
    });
    expect(pipe.a.connection.state).toBe('ESTABLISHED');
  });

  it('does not keep a run from ending', () => {
    const pipe = new Pipe({ latency: MS }, ON, ON).established();
    expect(pipe.clock.now).toBeLessThan(SECOND);
    pipe.a.connection.write(new Uint8Array(100));
    pipe.clock.run();
    expect(pipe.clock.now).toBeLessThan(SECOND);
    expect(pipe.b.data.length).toBe(100);
  });

  it('is put off by whatever is acknowledged', () => {
    const pipe = new Pipe({ latency: MS }, { ...ON, keepAliveTime: 10 * SECOND }).established();
    for (let i = 0; i < 5; i++) {
      pipe.clock.runUntil(pipe.clock.now + 9 * SECOND);
      pipe.a.connection.write(new Uint8Array(10));
    }
    pipe.clock.run();
    expect(probes(pipe, 0)).toEqual([]);
    const { now } = pipe.clock;
    pipe.clock.runUntil(now + 11 * SECOND);
    expect(probes(pipe, 0).length).toBe(1);
  });

  it('leaves data that is not acknowledged to its own timer', () => {
    let dead = false;
    const options = { ...ON, keepAliveTime: SECOND, keepAliveInterval: SECOND, retries: 5 };
    const pipe = new Pipe({ latency: MS, lose: () => dead }, options).established();
    dead = true;
    pipe.a.connection.write(new Uint8Array(10));
    pipe.clock.run();
    expect(probes(pipe, 0)).toEqual([]);
    expect(pipe.a.events.at(-1)).toBe('ETIMEDOUT');
    expect(pipe.clock.pending).toBe(0);
  });

  it('gives up after nine questions, 75 s apart, with a reset and a time-out', () => {
    let dead = false;
    const pipe = new Pipe({ latency: MS, lose: () => dead }, ON).established();
    dead = true;
    pipe.clock.runUntil(3 * HOUR);
    const asked = Array.from({ length: 9 }, (_, i) => 7200 + 75 * i);
    expect(probes(pipe, 2 * MS)).toEqual(asked);
    const last = pipe.sent.at(-1);
    expect(last).toMatchObject({ from: 'a', flags: 'RST, ACK', seq: 101, ack: 301 });
    expect(last?.time).toBe(2 * MS + (7200 + 9 * 75) * SECOND);
    expect(pipe.a.connection.state).toBe('CLOSED');
    expect(pipe.a.events).toEqual(['connected', 'ETIMEDOUT']);
    expect(pipe.a.connection.counters.TcpExtTCPAbortOnTimeout).toBe(1);
  });

  it('forgets questions without answer when one is answered', () => {
    let dead = false;
    const pipe = new Pipe({ latency: MS, lose: () => dead }, ON).established();
    dead = true;
    pipe.clock.runUntil((7200 + 8 * 75 + 10) * SECOND);
    expect(pipe.a.connection.keepAlive.unanswered).toBe(9);
    dead = false;
    // The peer sends something by itself.
    pipe.b.connection.write(new Uint8Array(1));
    pipe.clock.run();
    expect(pipe.a.connection.keepAlive.unanswered).toBe(0);
    pipe.clock.runUntil(6 * HOUR);
    expect(pipe.a.connection.state).toBe('ESTABLISHED');
  });

  it('learns from a reset that the peer has begun anew', () => {
    const lab = new Lab();
    const { client, server } = hosts(lab, {});
    server.tcp.listen(80, { accept: () => ({}) });
    const events: string[] = [];
    client.tcp.connect(
      '192.168.1.20',
      80,
      { failed: (reason) => events.push(reason) },
      {
        ...ON,
        keepAliveTime: 10 * SECOND,
      },
    );
    lab.run();
    // The server's half is gone without a word.
    server.tcp.unlisten(80);
    for (const one of server.tcp.all()) server.tcp.forget(one);
    lab.runFor(11 * SECOND);
    expect(events).toEqual(['ECONNRESET']);
  });

  it('goes on where one half is closed, and ends with TIME-WAIT', () => {
    const pipe = new Pipe({ latency: MS }, ON).established();
    pipe.a.connection.end();
    pipe.clock.run();
    expect(pipe.a.connection.state).toBe('FIN-WAIT-2');
    pipe.clock.runUntil(3 * HOUR);
    expect(probes(pipe, 0).length).toBe(1);
    pipe.b.connection.end();
    pipe.clock.run();
    pipe.clock.runUntil(9 * HOUR);
    expect(probes(pipe, 0).length).toBe(1);
    expect(pipe.a.connection.state).toBe('CLOSED');
  });

  it('has times and a number that make sense', () => {
    for (const wrong of [
      { keepAliveTime: 0 },
      { keepAliveInterval: 0.5 },
      { keepAliveProbes: 0 },
      { keepAliveProbes: 128 },
    ]) {
      expect(() => new Pipe({}, wrong), JSON.stringify(wrong)).toThrowError(
        expect.objectContaining({ code: 'OUT_OF_RANGE' }),
      );
    }
  });
});

function hosts(lab: Lab, tcp: TcpOptions): { client: Host; server: Host } {
  const host = (name: string, address: string): Host =>
    new Host(lab, name, { interfaces: { eth0: { address } }, tcp });
  const client = host('Client', '192.168.1.10/24');
  const server = host('Server', '192.168.1.20/24');
  lab.connect(client.port('eth0'), server.port('eth0'), { latency: MILLISECOND });
  return { client, server };
}

describeWithTshark('Wireshark', () => {
  it('calls the questions keep-alive, and the answers so', () => {
    for (const timestamps of [true, false]) {
      const lab = new Lab();
      const { client, server } = hosts(lab, { timestamps });
      const labels: string[] = [];
      lab.watch({ settled: ({ label }) => label !== '' && labels.push(label) });
      const frames = tap(client, 'eth0');
      server.tcp.listen(50_001, { accept: () => ({}) }, { initialSequence: 300 });
      const options = { ...ON, keepAliveTime: 60 * SECOND, initialSequence: 100 };
      const connection = client.tcp.connect('192.168.1.20', 50_001, {}, options);
      connection.write(new Uint8Array(100));
      lab.run();
      // The second comes 75 s after the first: Linux looks no sooner.
      lab.runFor(140 * SECOND);
      const names = ['keep_alive', 'keep_alive_ack', 'duplicate_ack', 'retransmission'].map(
        (name) => `tcp.analysis.${name}`,
      );
      const rows = tsharkFields(frames, [...names, 'tcp.len'], 1, { analyse: true });
      const count = (name: string): number =>
        rows.filter((row) => row.get(`tcp.analysis.${name}`)?.length).length;
      expect(count('keep_alive')).toBe(2);
      expect(count('keep_alive_ack')).toBe(2);
      expect(count('duplicate_ack')).toBe(0);
      expect(count('retransmission')).toBe(0);
      expect(labels.filter((label) => label.startsWith('Keep'))).toEqual([
        'Keep-Alive (seq=200)',
        'Keep-Alive ACK (ack=201)',
        'Keep-Alive (seq=200)',
        'Keep-Alive ACK (ack=201)',
      ]);
    }
  });
});
