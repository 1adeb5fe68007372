/** TCP on the hosts of a lab, over links that are as bad as links can be; judged by Wireshark. */
import { expect, it } from 'vitest';
import { MILLISECOND, SECOND } from '../../../src/lab/clock.js';
import { Host } from '../../../src/lab/host.js';
import { Lab } from '../../../src/lab/lab.js';
import type { LinkOptions } from '../../../src/lab/link.js';
import type { Crossing } from '../../../src/lab/recorder.js';
import type { TcpConnection } from '../../../src/lab/tcp/connection.js';
import type { TcpCounters } from '../../../src/lab/tcp/counters.js';
import type { TcpHandler } from '../../../src/lab/tcp/handler.js';
import type { TcpOptions } from '../../../src/lab/tcp/settings.js';
import { type TappedFrame, tap } from '../../support/port-tap.js';
import { patterned } from '../../support/tcp-pipe.js';
import { describeWithTshark, tsharkFields } from '../../support/tshark.js';

/** One that Wireshark has no dissector for: the bytes mean nothing. */
const PORT = 50_001;

interface Run {
  readonly lab: Lab;
  readonly client: Host;
  readonly server: Host;
  /** What the client's interface sends and hears. */
  readonly frames: TappedFrame[];
}

function twoHosts(link: LinkOptions = {}, tcp: TcpOptions = {}, seed = 1): Run {
  const lab = new Lab({ seed });
  const client = new Host(lab, 'Client', {
    interfaces: { eth0: { address: '192.168.1.10/24' } },
    tcp,
  });
  const server = new Host(lab, 'Server', {
    interfaces: { eth0: { address: '192.168.1.20/24' } },
    tcp,
  });
  lab.connect(client.port('eth0'), server.port('eth0'), { latency: MILLISECOND, ...link });
  return { lab, client, server, frames: tap(client, 'eth0') };
}

interface Moved extends Run {
  readonly events: string[];
  readonly sender: TcpCounters;
  readonly receiver: TcpCounters;
  readonly received: Uint8Array;
  readonly crossings: Crossing[];
}

/** Moves bytes from client to server, which closes when it has all. `reader`: what the server does with them besides. */
function move(
  run: Run,
  bytes: Uint8Array,
  reader: (connection: TcpConnection) => TcpHandler = () => ({}),
): Moved {
  const { lab, client, server } = run;
  const parts: Uint8Array[] = [];
  const events: string[] = [];
  server.tcp.listen(PORT, {
    accept: (connection) => {
      const { data } = reader(connection);
      return {
        data: (part) => {
          parts.push(part);
          data?.(part, connection);
        },
        ended: () => connection.end(),
        closed: () => events.push('server closed'),
        failed: (reason) => events.push(`server ${reason}`),
      };
    },
  });
  const connection = client.tcp.connect('192.168.1.20', PORT, {
    connected: () => {
      connection.write(bytes);
      connection.end();
    },
    closed: () => events.push('client closed'),
    failed: (reason) => events.push(`client ${reason}`),
  });
  const crossings: Crossing[] = [];
  lab.watch({ settled: (one) => crossings.push(one) });
  lab.run();
  const received = new Uint8Array(Buffer.concat(parts));
  const sender = client.tcp.counters;
  return { ...run, events, sender, receiver: server.tcp.counters, received, crossings };
}

const ANALYSIS = [
  'retransmission',
  'fast_retransmission',
  'spurious_retransmission',
  'out_of_order',
  'duplicate_ack',
  'zero_window',
  'zero_window_probe',
  'zero_window_probe_ack',
  'window_update',
  'window_full',
  'lost_segment',
  'ack_lost_segment',
  'keep_alive',
  'reused_ports',
] as const;

/** How often Wireshark says each of its analysis' words, of frames sent and heard; and what is wrong. */
function judged(frames: readonly TappedFrame[]): Record<string, number> {
  const names = ANALYSIS.map((name) => `tcp.analysis.${name}`);
  const wrong = ['tcp.checksum.status', 'ip.checksum.status', '_ws.malformed'];
  const rows = tsharkFields(frames, [...names, ...wrong], 1, { analyse: true });
  const counts: Record<string, number> = {};
  rows.forEach((row, i) => {
    const way = frames[i]?.sent ? 'sent' : 'heard';
    for (const name of names) {
      if (row.get(name)?.length === 0) continue;
      const key = `${way} ${name.replace('tcp.analysis.', '')}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    expect(row.get('_ws.malformed')).toEqual([]);
    for (const status of row.get('tcp.checksum.status') ?? []) expect(status).toBe('1');
    for (const status of row.get('ip.checksum.status') ?? []) expect(status).toBe('1');
  });
  return counts;
}

/**
 * Segments that Wireshark has seen below the next number. It has to guess which were sent again and
 * which are only late: what comes within the handshake's round trip after the highest it calls out
 * of order, if nothing else tells that it was sent before (packet-tcp.c, ooo_thres).
 */
function sentAgain(counts: Readonly<Record<string, number>>): number {
  return (counts['sent retransmission'] ?? 0) + (counts['sent out_of_order'] ?? 0);
}

/** How often the packets' comments say so: `Duplicate ACK` for `Duplicate ACK (ack=101)`. Lost ones are left out. */
function said(moved: Moved, device: string, what: string): number {
  const { crossings } = moved;
  return crossings.filter(
    ({ from, label, lost }) =>
      from.device.name === device && lost === '' && label.startsWith(`${what} (`),
  ).length;
}

describeWithTshark('Wireshark, at the sender', () => {
  it('sees of 10 MB over loss, reordering and a small window what the sender did', () => {
    const run = twoHosts(
      { loss: 0.01, reorder: 0.02, bandwidth: 100_000_000 },
      { receiveBuffer: 30_000 },
    );
    const wanted = patterned(10_000_000);
    const moved = move(run, wanted);
    expect(Buffer.compare(moved.received, wanted)).toBe(0);
    expect(moved.events.sort()).toEqual(['client closed', 'server closed']);
    expect(run.lab.clock.pending).toBe(0);

    const { sender, receiver } = moved;
    const counts = judged(run.frames);
    const { TcpRetransSegs, TcpExtTCPFastRetrans, TcpExtTCPSackRecovery } = sender;
    expect(sentAgain(counts)).toBe(TcpRetransSegs);
    expect(TcpRetransSegs).toBeGreaterThan(100);
    expect(TcpRetransSegs).toBe(TcpExtTCPFastRetrans + sender.TcpExtTCPSlowStartRetrans);
    // It calls fast what answers two duplicates for the very segment: the first of each recovery,
    // and later ones that duplicates ask for, but not those that SACK blocks alone do.
    expect(counts['sent fast_retransmission']).toBeGreaterThanOrEqual(TcpExtTCPSackRecovery);
    expect(counts['sent fast_retransmission']).toBeLessThanOrEqual(TcpExtTCPFastRetrans);
    // What reordering has brought twice is told by D-SACK.
    expect(sender.TcpExtTCPDSACKRecv).toBeLessThanOrEqual(
      receiver.TcpExtTCPDSACKOldSent + receiver.TcpExtTCPDSACKOfoSent,
    );
  });

  it('counts the same retransmissions and duplicates where segments are only lost', () => {
    const run = twoHosts({ loss: 0.02, latency: 20 * MILLISECOND }, { receiveBuffer: 100_000 });
    const wanted = patterned(2_000_000);
    const moved = move(run, wanted);
    expect(Buffer.compare(moved.received, wanted)).toBe(0);
    const counts = judged(run.frames);
    expect(sentAgain(counts)).toBe(moved.sender.TcpRetransSegs);
    expect(counts['heard duplicate_ack']).toBe(said(moved, 'Server', 'Duplicate ACK'));
  });

  it('counts the same zero windows and probes where the reader pauses', () => {
    const run = twoHosts({}, { receiveBuffer: 6000 });
    const wanted = patterned(20_000);
    const moved = move(run, wanted, (connection) => {
      connection.pause();
      run.lab.clock.call(5 * SECOND, () => connection.resume());
      return {};
    });
    expect(Buffer.compare(moved.received, wanted)).toBe(0);
    const probes = moved.sender.TcpExtTCPWinProbe;
    expect(probes).toBe(4);
    expect(moved.receiver.TcpExtTCPZeroWindowDrop).toBe(probes);
    expect(moved.receiver.TcpExtTCPToZeroWindowAdv).toBe(1);
    expect(moved.receiver.TcpExtTCPFromZeroWindowAdv).toBe(1);
    expect(judged(run.frames)).toEqual({
      'sent window_full': 1,
      'heard zero_window': 1 + probes,
      'sent zero_window_probe': probes,
      'heard zero_window_probe_ack': probes,
      'heard window_update': 1,
    });
    expect(said(moved, 'Server', 'Zero Window')).toBe(1 + probes);
    expect(said(moved, 'Client', 'Zero Window Probe')).toBe(probes);
    expect(said(moved, 'Server', 'Window Update')).toBe(1);
  });

  it('counts the same timeouts where the cable is cut for a while', () => {
    const run = twoHosts({ bandwidth: 10_000_000 });
    const [link] = run.lab.links;
    run.lab.clock.call(100 * MILLISECOND, () => {
      if (link !== undefined) link.up = false;
    });
    run.lab.clock.call(3 * SECOND, () => {
      if (link !== undefined) link.up = true;
    });
    const wanted = patterned(500_000);
    const moved = move(run, wanted);
    expect(Buffer.compare(moved.received, wanted)).toBe(0);
    const counts = judged(run.frames);
    expect(moved.sender.TcpExtTCPTimeouts).toBe(4);
    expect(sentAgain(counts)).toBe(moved.sender.TcpRetransSegs);
    expect(moved.sender.TcpExtTCPFastRetrans).toBe(0);
  });
});
