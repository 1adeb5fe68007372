/** TCP tells that a neighbour is there: nobody is asked while data moves (Linux's dst_confirm). */
import { describe, expect, it } from 'vitest';
import { MILLISECOND, SECOND } from '../../../src/lab/clock.js';
import { Host } from '../../../src/lab/host.js';
import { Lab } from '../../../src/lab/lab.js';
import type { TcpConnection } from '../../../src/lab/tcp/connection.js';
import type { TcpHandler } from '../../../src/lab/tcp/handler.js';
import { parse } from '../../../src/packet/parse.js';

const CLIENT = '192.168.1.10';
const SERVER = '192.168.1.20';

interface Run {
  readonly lab: Lab;
  readonly client: Host;
  readonly server: Host;
  readonly connection: TcpConnection;
  /** Who asked, when, in seconds, and whether for all to hear. */
  readonly asked: string[];
}

function connected(answer: TcpHandler): Run {
  const lab = new Lab();
  const host = (name: string, address: string): Host =>
    new Host(lab, name, { interfaces: { eth0: { address: `${address}/24` } } });
  const client = host('Client', CLIENT);
  const server = host('Server', SERVER);
  lab.connect(client.port('eth0'), server.port('eth0'), { latency: MILLISECOND });
  const asked: string[] = [];
  lab.watch({
    settled: ({ bytes, from, time }) => {
      const packet = parse(bytes);
      if (packet.layer('arp')?.operation !== 1) return;
      const all = packet.layer('ethernet')?.dst === 'ff:ff:ff:ff:ff:ff';
      asked.push(`${from.device.name} ${all ? 'all' : 'one'} ${Math.floor(time / SECOND)}`);
    },
  });
  server.tcp.listen(7, { accept: () => answer });
  const connection = client.tcp.connect(SERVER, 7);
  lab.run();
  return { lab, client, server, connection, asked };
}

/** Writes 1000 bytes each 200 ms, for so many seconds. */
function write({ lab, connection }: Run, seconds: number): void {
  for (let i = 0; i < 5 * seconds; i++) {
    connection.write(new Uint8Array(1000));
    lab.runFor(200 * MILLISECOND);
  }
}

const neighboursOf = (host: Host): string[] =>
  host.ip.interfaceOf(host.port('eth0')).neighbours.print();

describe('a connection on which data is acknowledged', () => {
  it('both ways for a minute asks for no address after the first', () => {
    const run = connected({ data: (bytes, connection) => connection.write(bytes) });
    write(run, 60);
    expect(run.asked).toEqual(['Client all 0']);
    expect(neighboursOf(run.client)[0]).toContain('REACHABLE');
    expect(neighboursOf(run.server)[0]).toContain('REACHABLE');
  });

  it('one way has only the receiver ask, alone: it never hears that it is heard, as in Linux', () => {
    const run = connected({});
    write(run, 60);
    // The first use of what it has learned from the question, and then each 30 s and 5 s more.
    expect(run.asked).toEqual(['Client all 0', 'Server one 5', 'Server one 40']);
    expect(neighboursOf(run.client)[0]).toContain('REACHABLE');
  });

  it('lets the neighbour age when it is idle, and has it asked for when it is used again', () => {
    const run = connected({});
    write(run, 10);
    run.lab.runFor(31 * SECOND);
    expect(neighboursOf(run.client)[0]).toContain('STALE');
    run.asked.length = 0;
    run.connection.write(new Uint8Array(1000));
    run.lab.runFor(2 * SECOND);
    expect(neighboursOf(run.client)[0]).toContain('DELAY');
    run.lab.runFor(10 * SECOND);
    expect(run.asked).toContain('Client one 46');
    expect(neighboursOf(run.client)[0]).toContain('REACHABLE');
  });

  it('has one that was stale taken for reachable after 5 s, without a question', () => {
    const run = connected({});
    run.lab.runFor(31 * SECOND);
    run.asked.length = 0;
    write(run, 7);
    expect(run.asked.filter((one) => one.startsWith('Client'))).toEqual([]);
    expect(neighboursOf(run.client)[0]).toContain('REACHABLE');
  });
});

describe('a connection that is short', () => {
  it('does not spare a stale neighbour the question: Linux decides by a coarse timer', () => {
    const run = connected({ data: (bytes, connection) => connection.write(bytes) });
    write(run, 1);
    run.lab.runFor(31 * SECOND);
    run.asked.length = 0;
    run.connection.write(new Uint8Array(1000));
    run.connection.write(new Uint8Array(1000));
    run.lab.runFor(10 * SECOND);
    expect(run.asked).toContain('Client one 37');
  });
});

describe('a connection that hears nothing', () => {
  it('does not keep the neighbour: it is asked, and fails', () => {
    const run = connected({});
    write(run, 10);
    const [link] = run.lab.links;
    if (link !== undefined) link.up = false;
    write(run, 60);
    expect(neighboursOf(run.client)[0]).toContain('FAILED');
  });
});
