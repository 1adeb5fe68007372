/** The TCP of a lab's hosts: ports, listeners, resets, routers in between, tables. */
import { describe, expect, it } from 'vitest';
import { ethernet } from '../../../src/headers/ethernet.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { type TcpInput, tcp } from '../../../src/headers/tcp.js';
import { timestamps as timestampsOption } from '../../../src/headers/tcp-options.js';
import { MILLISECOND, SECOND } from '../../../src/lab/clock.js';
import { Host } from '../../../src/lab/host.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import { Lab } from '../../../src/lab/lab.js';
import type { Crossing, Note } from '../../../src/lab/recorder.js';
import type { TcpConnection } from '../../../src/lab/tcp/connection.js';
import type { TcpHandler } from '../../../src/lab/tcp/handler.js';
import { frameText } from '../../../src/lab/words.js';
import { build } from '../../../src/packet/build.js';
import { parse } from '../../../src/packet/parse.js';
import { routed, watch } from '../../support/routed.js';
import { patterned } from '../../support/tcp-pipe.js';

interface Pair {
  readonly lab: Lab;
  readonly client: Host;
  readonly server: Host;
  readonly frames: Crossing[];
  readonly notes: Note[];
}

function pair(seed = 1): Pair {
  const lab = new Lab({ seed });
  const client = new Host(lab, 'C', {
    title: 'Client',
    interfaces: { eth0: { address: '192.168.1.10/24' } },
  });
  const server = new Host(lab, 'S', {
    title: 'Server',
    interfaces: { eth0: { address: '192.168.1.20/24' } },
  });
  lab.connect(client.port('eth0'), server.port('eth0'), { latency: MILLISECOND });
  return { lab, client, server, ...watch(lab) };
}

/** The segments in words, with who sent them. */
function words(frames: readonly Crossing[]): string[] {
  return frames
    .filter(({ bytes }) => parse(bytes).layer('tcp') !== undefined)
    .map(({ from, bytes, label }) => `${from.device.name}: ${label || frameText(bytes)}`);
}

/** Answers what it hears, and closes when the peer does. */
const echo = (): TcpHandler => ({
  data: (bytes, connection) => connection.write(bytes),
  ended: (connection) => connection.end(),
});

describe('a handshake and a close between two hosts', () => {
  it('read as the guide tells them', () => {
    const { lab, client, server, frames, notes } = pair();
    server.tcp.listen(
      80,
      { accept: () => ({ ended: (one) => one.end() }) },
      {
        initialSequence: 300,
      },
    );
    const connection = client.tcp.connect(
      '192.168.1.20',
      80,
      {},
      {
        initialSequence: 100,
        localPort: 54_321,
      },
    );
    lab.run();
    connection.write(new Uint8Array(100));
    lab.run();
    connection.end();
    lab.run();
    expect(words(frames)).toEqual([
      'C: SYN (seq=100)',
      'S: SYN-ACK (seq=300, ack=101)',
      'C: ACK (ack=301)',
      'C: Data (seq=101, 100 bytes)',
      'S: ACK (ack=201)',
      'C: FIN (seq=201, ack=301)',
      'S: FIN (seq=301, ack=202)',
      'C: ACK (ack=302)',
    ]);
    expect(notes.map(({ text }) => text).filter((text) => text.startsWith('Connection'))).toEqual([
      'Connection established!',
      'Connection established!',
    ]);
    const problems = frames.flatMap(({ bytes }) => parse(bytes).problems);
    expect(problems).toEqual([]);
    // Linux sets DF on what TCP sends.
    expect(frames.every(({ bytes }) => parse(bytes).layer('ipv4')?.dontFragment ?? true)).toBe(
      true,
    );
  });

  it('have random numbers where none are given: the same for the same seed', () => {
    const first = (seed: number): string | undefined => {
      const { lab, client, server, frames } = pair(seed);
      server.tcp.listen(80, { accept: echo });
      client.tcp.connect('192.168.1.20', 80);
      lab.run();
      return words(frames)[1];
    };
    expect(first(1)).toBe(first(1));
    expect(first(1)).not.toBe(first(2));
  });
});

describe('a port', () => {
  it('at which nobody listens refuses', () => {
    const { lab, client, frames, notes } = pair();
    const events: string[] = [];
    client.tcp.connect(
      '192.168.1.20',
      81,
      { failed: (reason) => events.push(reason) },
      {
        initialSequence: 100,
      },
    );
    lab.run();
    expect(events).toEqual(['ECONNREFUSED']);
    expect(words(frames)).toEqual(['C: SYN (seq=100)', 'S: RST-ACK (seq=0, ack=101)']);
    expect(notes.at(-1)?.text).toBe('Nobody listens at port 81: refuse');
    expect(client.tcp.all()).toEqual([]);
    expect(client.tcp.counters.TcpAttemptFails).toBe(1);
    expect(lab.clock.pending).toBe(0);
  });

  it('can be held once, and is a port', () => {
    const { client, server } = pair();
    server.tcp.listen(80, { accept: echo });
    const code = (wanted: string) => expect.objectContaining({ code: wanted });
    expect(() => server.tcp.listen(80, { accept: echo })).toThrowError(code('BAD_VALUE'));
    expect(() => server.tcp.listen(0, { accept: echo })).toThrowError(code('OUT_OF_RANGE'));
    expect(() => client.tcp.connect('192.168.1.20', 70_000)).toThrowError(code('OUT_OF_RANGE'));
    expect(() => client.tcp.connect('somewhere', 80)).toThrowError(code('BAD_VALUE'));
    const options = { localPort: 1000 };
    client.tcp.connect('192.168.1.20', 80, {}, options);
    expect(() => client.tcp.connect('192.168.1.20', 80, {}, options)).toThrowError(
      code('BAD_VALUE'),
    );
    client.tcp.connect('192.168.1.21', 80, {}, options);
    expect(() => client.tcp.connect('192.168.1.20', 80, {}, { mss: 3 })).toThrowError(
      code('OUT_OF_RANGE'),
    );
    const unknown = { windowScale: 3 } as object;
    expect(() => client.tcp.connect('192.168.1.20', 80, {}, unknown)).toThrowError(
      code('BAD_OPTION'),
    );
    server.tcp.unlisten(80);
    server.tcp.listen(80, { accept: echo });
  });

  it('serves many at once, each its own bytes', () => {
    const { lab, client, server } = pair();
    server.tcp.listen(80, { accept: echo });
    const wanted = Array.from({ length: 50 }, (_, i) => patterned(5000, i));
    const got = wanted.map((bytes) => {
      const parts: Uint8Array[] = [];
      client.tcp.connect('192.168.1.20', 80, {
        connected: (connection) => {
          connection.write(bytes);
          connection.end();
        },
        data: (part) => parts.push(part),
      });
      return parts;
    });
    lab.run();
    for (const [i, bytes] of wanted.entries()) {
      expect(Buffer.compare(Buffer.concat(got[i] ?? []), bytes)).toBe(0);
    }
    expect(server.tcp.all()).toEqual([]);
    expect(client.tcp.all().map(({ state }) => state)).toEqual(wanted.map(() => 'TIME-WAIT'));
    lab.runFor(60 * SECOND);
    expect(client.tcp.all()).toEqual([]);
    expect(client.tcp.counters).toMatchObject({ TcpActiveOpens: 50, TcpExtTW: 50 });
    expect(server.tcp.counters.TcpPassiveOpens).toBe(50);
  });

  it('takes a new connection from a port whose last one is in TIME-WAIT', () => {
    const { lab, client, server } = pair();
    const states: string[] = [];
    server.tcp.listen(80, {
      accept: (connection) => {
        connection.end();
        return {};
      },
    });
    for (const initialSequence of [1000, 500_000]) {
      const connection: TcpConnection = client.tcp.connect(
        '192.168.1.20',
        80,
        {
          ended: () => connection.end(),
          closed: () => states.push('closed'),
        },
        { localPort: 5000, initialSequence },
      );
      lab.run();
      states.push(...server.tcp.all().map(({ state }) => state));
    }
    expect(states).toEqual(['closed', 'TIME-WAIT', 'closed', 'TIME-WAIT']);
  });
});

describe('a segment with a wrong checksum', () => {
  it('is dropped and counted, and sent again', () => {
    const { lab, client, server } = pair();
    const parts: Uint8Array[] = [];
    server.tcp.listen(80, { accept: () => ({ data: (part) => parts.push(part) }) });
    const connection = client.tcp.connect('192.168.1.20', 80);
    lab.run();
    const port = server.port('eth0');
    const { handler } = port;
    let broken = 0;
    port.handler = {
      receive(to, frame): void {
        if (frame.length > 100 && broken++ === 0) frame.bytes.fill(0xff, frame.end - 1, frame.end);
        handler?.receive(to, frame);
      },
    };
    connection.write(patterned(1000));
    lab.run();
    expect(Buffer.compare(Buffer.concat(parts), patterned(1000))).toBe(0);
    expect(server.tcp.counters.TcpInErrs).toBe(1);
    expect(client.tcp.counters.TcpRetransSegs).toBe(1);
  });
});

describe('over routers', () => {
  it('finds the MTU of the path, in both directions', () => {
    const { lab, client, server } = routed(1000);
    server.tcp.listen(80, { accept: echo });
    const wanted = patterned(200_000);
    const parts: Uint8Array[] = [];
    const connection = client.tcp.connect('10.0.5.100', 80, {
      connected: () => {
        connection.write(wanted);
        connection.end();
      },
      data: (part) => parts.push(part),
    });
    lab.run();
    expect(Buffer.compare(Buffer.concat(parts), wanted)).toBe(0);
    expect(connection.size.pathMtu).toBe(1000);
    expect(connection.sender.mss).toBe(948);
    expect(client.tcp.counters.TcpExtTCPTimeouts).toBe(0);
    // The next connection knows it from the start, and tells the peer.
    const next = client.tcp.connect('10.0.5.100', 80);
    expect(next.size.announced).toBe(960);
  });

  it('tries the path anew when what it has learned is ten minutes old (RFC 1191 §6.3)', () => {
    const { lab, client, server, frames } = routed(1000);
    let received = 0;
    const accept = (): TcpHandler => ({
      data: (part) => {
        received += part.length;
      },
    });
    server.tcp.listen(80, { accept });
    const connection = client.tcp.connect('10.0.5.100', 80);
    /** How long the longest packet is that the client sends of so many bytes. */
    const longest = (): number => {
      frames.length = 0;
      connection.write(patterned(20_000));
      lab.run();
      const sent = frames.filter(({ from }) => from.device === client);
      return Math.max(...sent.map(({ bytes }) => bytes.length)) - 14;
    };
    expect([longest(), longest()]).toEqual([1500, 1000]);
    lab.runFor(599 * SECOND);
    expect(longest()).toBe(1000);
    lab.runFor(2 * SECOND);
    expect(longest()).toBe(1500);
    expect(connection.size.pathMtu).toBe(1000);
    expect(received).toBe(80_000);
  });

  it('gets through a path that is too small for a whole segment', () => {
    for (const mtu of [68, 87, 88, 99]) {
      const { lab, client, server } = routed(mtu);
      let received = 0;
      server.tcp.listen(80, {
        accept: () => ({
          data: (part) => {
            received += part.length;
          },
        }),
      });
      client.tcp.connect('10.0.5.100', 80).write(patterned(5000));
      lab.run();
      expect(received, `MTU ${mtu}`).toBe(5000);
    }
  });

  it('is told of a host that can not be reached', () => {
    const { lab, client } = routed(1500);
    const events: string[] = [];
    const handler = { failed: (reason: string) => events.push(reason) };
    client.tcp.connect('10.0.5.101', 80, handler);
    lab.run();
    client.tcp.connect('10.9.9.9', 80, handler);
    lab.run();
    expect(events).toEqual(['EHOSTUNREACH', 'ENETUNREACH']);
  });

  it('without a route fails at once', () => {
    const lab = new Lab();
    const lone = new Host(lab, 'L', { interfaces: { eth0: { address: '10.0.0.1/24' } } });
    const events: string[] = [];
    lone.tcp.connect('192.168.1.1', 80, { failed: (reason) => events.push(reason) });
    expect(events).toEqual(['ENETUNREACH']);
    expect(lone.tcp.all()).toEqual([]);
    expect(lab.clock.pending).toBe(0);
  });
});

describe('a host speaks TCP with itself', () => {
  it('over lo, with segments of 64 KB', () => {
    const { lab, client } = pair();
    client.tcp.listen(80, { accept: echo });
    const parts: Uint8Array[] = [];
    const connection = client.tcp.connect('127.0.0.1', 80, {
      connected: () => connection.write(patterned(300_000)),
      data: (part) => parts.push(part),
    });
    lab.run();
    expect(Buffer.compare(Buffer.concat(parts), patterned(300_000))).toBe(0);
    expect(Math.max(...parts.map(({ length }) => length))).toBeGreaterThan(30_000);
  });
});

describe('tables', () => {
  it('show connections as ss -tain does', () => {
    const { lab, client, server } = pair();
    server.tcp.listen(80, {
      accept: (connection) => {
        connection.pause();
        return {};
      },
    });
    const connection = client.tcp.connect('192.168.1.20', 80, {}, { localPort: 54_321 });
    connection.write(new Uint8Array(3000));
    lab.run();
    expect(server.tcp.print()).toEqual([
      'State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process',
      'LISTEN 0      128          0.0.0.0:80        0.0.0.0:*',
      '\t reno cwnd:10',
      'ESTAB  3000   0       192.168.1.20:80   192.168.1.10:54321',
      '\t ts sack reno wscale:7,7 rto:202 rtt:2/1 mss:1448 pmtu:1500 rcvmss:1448 advmss:1448 cwnd:10 bytes_acked:0 bytes_received:3000 segs_out:3 segs_in:3 rcv_space:65536 snd_wnd:65536 rcv_wnd:62720',
    ]);
    expect(client.tables().find(({ title }) => title === 'ss -tain')?.lines.length).toBe(3);
    connection.write(new Uint8Array(100));
    expect(client.tcp.print()[1]).toBe('ESTAB 0      100     192.168.1.10:54321 192.168.1.20:80');
    expect(client.tcp.print()[2]).toContain(' unacked:1 ');
  });

  it('of a host without sockets do not speak of them', () => {
    const { client } = pair();
    expect(client.tables().map(({ title }) => title)).not.toContain('ss -tain');
  });
});

/** The segment of `fields`, with a right checksum; without `src` from a host that is not one of the lab's. */
function forged(fields: TcpInput, src = '192.168.1.77'): Uint8Array {
  return build([
    ethernet({ src: '02:00:00:00:00:77', dst: 'ff:ff:ff:ff:ff:fe' }),
    ipv4({ src, dst: '192.168.1.20' }),
    tcp({ srcPort: 1000, ...fields }),
  ]);
}

/** Hands the server a segment, and answers the words of what it says to that. */
function answerTo({ lab, server, frames }: Pair, fields: TcpInput, src?: string): string[] {
  const before = words(frames).length;
  const bytes = forged(fields, src);
  const port = server.port('eth0');
  // To its own address, which it has of the lab.
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint16(0, Math.floor(port.mac / 2 ** 32));
  view.setUint32(2, port.mac % 2 ** 32);
  port.receive(lab.frames.of(bytes));
  lab.run();
  return words(frames).slice(before);
}

describe('a segment that begins nothing', () => {
  it.each([
    ['no flags', [], false],
    ['a FIN alone', ['FIN'], false],
    ['data and no flags', ['PSH', 'URG'], false],
    ['an acknowledgment', ['ACK'], true],
    ['a reset', ['RST'], false],
    ['a SYN with a reset', ['SYN', 'RST'], false],
    ['a SYN-ACK', ['SYN', 'ACK'], true],
  ] as const)('with %s at a port that listens', (_, flags, refused) => {
    const run = pair();
    const neighbours = run.server.ip.interfaceOf(run.server.port('eth0')).neighbours;
    neighbours.setPermanent(addressOf('192.168.1.77'), 0x0200_0000_0077);
    run.server.tcp.listen(80, { accept: echo });
    const answers = answerTo(run, { dstPort: 80, seq: 5, ack: 9, flags });
    expect(answers).toEqual(refused ? ['S: RST (seq=9)'] : []);
    expect(run.server.tcp.all()).toEqual([]);
    // Where nobody listens all but a reset is refused (RFC 9293 §3.10.7.1).
    const reset = (flags as readonly string[]).includes('RST');
    expect(answerTo(run, { dstPort: 81, seq: 5, ack: 9, flags }).length).toBe(reset ? 0 : 1);
  });
});

describe('a listener that stops', () => {
  it('forgets handshakes that are not done: the peer hears a reset when it goes on', () => {
    const run = pair();
    const { lab, client, server, frames } = run;
    const events: string[] = [];
    server.tcp.listen(80, {
      accept: () => {
        events.push('accepted');
        return {};
      },
    });
    client.tcp.connect('192.168.1.20', 80, {
      connected: () => events.push('connected'),
      failed: (reason) => events.push(reason),
    });
    while (server.tcp.all().length === 0) lab.runFor(MILLISECOND / 4);
    expect(server.tcp.all()[0]?.state).toBe('SYN-RECEIVED');
    server.tcp.unlisten(80);
    expect(server.tcp.all()).toEqual([]);
    lab.run();
    expect(events).toEqual(['connected', 'ECONNRESET']);
    expect(words(frames).at(-1)).toMatch(/^S: RST /);
    expect(lab.clock.pending).toBe(0);
  });

  it('keeps those that are established', () => {
    const { lab, client, server } = pair();
    let back = 0;
    server.tcp.listen(80, { accept: echo });
    const connection = client.tcp.connect('192.168.1.20', 80, {
      data: (bytes) => {
        back += bytes.length;
      },
    });
    lab.run();
    server.tcp.unlisten(80);
    connection.write(new Uint8Array(10));
    lab.run();
    expect(back).toBe(10);
  });
});

describe('a connection in TIME-WAIT', () => {
  /** The server's end is in TIME-WAIT; another SYN comes from the same port. */
  function again(
    initialSequence: number,
    timestamps: boolean,
    listening = true,
  ): Pair & { before: number } {
    const run = pair();
    const { lab, client, server } = run;
    const accept = (connection: TcpConnection): TcpHandler => {
      connection.end();
      return {};
    };
    server.tcp.listen(80, { accept }, { timestamps });
    const options = { localPort: 5000, timestamps };
    const first: TcpConnection = client.tcp.connect(
      '192.168.1.20',
      80,
      { ended: () => first.end() },
      { ...options, initialSequence: 500_000 },
    );
    lab.run();
    expect(server.tcp.all().map(({ state }) => state)).toEqual(['TIME-WAIT']);
    const before = server.tcp.all()[0]?.sender.iss ?? 0;
    lab.runFor(SECOND);
    if (!listening) server.tcp.unlisten(80);
    run.frames.length = 0;
    client.tcp.connect('192.168.1.20', 80, {}, { ...options, initialSequence });
    lab.run();
    return { ...run, before };
  }
  const first = (run: Pair): string[] => words(run.frames).slice(0, 2);

  it('gives way to a SYN with a higher number, or a newer timestamp (RFC 6191)', () => {
    for (const [number, timestamps] of [
      [600_000, false],
      [600_000, true],
      [1000, true],
    ] as const) {
      expect(first(again(number, timestamps))[1]).toMatch(/^S: SYN-ACK/);
    }
  });

  it('challenges a SYN that may be an old one, which the peer resets', () => {
    const run = again(1000, false);
    expect(first(run)[1]).toMatch(/^S: Challenge ACK/);
    // And then the SYN that is sent again finds nobody in its way.
    expect(words(run.frames)[2]).toMatch(/^C: RST/);
    expect(words(run.frames).at(-1)).not.toMatch(/RST/);
  });

  it('does not give way to a SYN with an older timestamp, however high its number (RFC 6191)', () => {
    for (const [older, answer] of [
      [1, /^S: Challenge ACK/],
      [0, /^S: SYN-ACK/],
    ] as const) {
      const run = again(600_000, true);
      const { lab, client, server } = run;
      for (const { tcp: one } of [client, server]) for (const made of one.all()) made.end();
      lab.run();
      const [old] = server.tcp.all();
      expect(old?.state).toBe('TIME-WAIT');
      const value = (old?.transmitter.recentTimestamp ?? 0) - older;
      const options = [timestampsOption(value, 0)];
      const syn = { srcPort: 5000, dstPort: 80, seq: 700_000, flags: ['SYN'] as const, options };
      expect(answerTo(run, syn, '192.168.1.10')[0]).toMatch(answer);
    }
  });

  it('gives the next one numbers above its own', () => {
    const { server, before } = again(600_000, true);
    const [last] = server.tcp.all();
    // SYN and FIN are all that the first one has sent.
    expect(last?.sender.iss).toBe((before + 2 + 65_537) >>> 0);
  });

  it('stays where nobody listens any more', () => {
    const run = again(600_000, true, false);
    expect(first(run)[1]).toMatch(/^S: Challenge ACK/);
  });
});

describe('a host that connects to itself from the same port', () => {
  it('opens at once from both ends, and hears what it says', () => {
    const { lab, client } = pair();
    const parts: Uint8Array[] = [];
    const connection = client.tcp.connect(
      '127.0.0.1',
      5000,
      { data: (part) => parts.push(part) },
      { localPort: 5000 },
    );
    connection.write(patterned(3000));
    lab.run();
    expect(connection.state).toBe('ESTABLISHED');
    expect(Buffer.compare(Buffer.concat(parts), patterned(3000))).toBe(0);
    connection.end();
    lab.run();
    expect(connection.state).toBe('TIME-WAIT');
  });
});

describe('the local address of a connection', () => {
  it('is one of the host, or nothing is sent', () => {
    const { lab, client, server, frames } = pair();
    server.tcp.listen(80, { accept: echo });
    for (const localAddress of ['9.9.9.9', '192.168.1.20', '192.168.1.255', 'eth0']) {
      expect(() => client.tcp.connect('192.168.1.20', 80, {}, { localAddress })).toThrowError(
        expect.objectContaining({ code: 'BAD_VALUE' }),
      );
    }
    expect(() =>
      client.tcp.connect('192.168.1.20', 80, {}, { localAddress: '9.9.9.9' }),
    ).toThrowError('C: TCP: 9.9.9.9 is not an address of this host');
    lab.run();
    expect(frames).toEqual([]);
    expect(client.tcp.all()).toEqual([]);
    const own = client.tcp.connect('192.168.1.20', 80, {}, { localAddress: '192.168.1.10' });
    lab.run();
    expect(own.state).toBe('ESTABLISHED');
  });
});

describe('an address that is no host', () => {
  it.each(['255.255.255.255', '192.168.1.255', '224.0.0.1', '0.0.0.0', '192.168.1.10'])(
    '%s: a connection fails, and nothing waits for ever',
    (address) => {
      const { lab, client } = pair();
      const events: string[] = [];
      client.tcp.connect(address, 80, { failed: (reason) => events.push(reason) });
      lab.run();
      expect(events.length).toBe(1);
      expect(client.tcp.all()).toEqual([]);
      expect(lab.clock.pending).toBe(0);
    },
  );
});
