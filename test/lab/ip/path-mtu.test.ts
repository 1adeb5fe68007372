/** Paths that carry little: below 552 bytes Linux has routers cut what it sends. */
import { describe, expect, it } from 'vitest';
import { build, ethernet, icmp, ipv4, parse, udp } from '../../../src/index.js';
import { Clock, MILLISECOND, SECOND } from '../../../src/lab/clock.js';
import { Host } from '../../../src/lab/host.js';
import { PathMtus } from '../../../src/lab/ip/path-mtu.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import { Lab } from '../../../src/lab/lab.js';
import { CLIENT as C, routed, SERVER as S } from '../../support/routed.js';
import { patterned } from '../../support/tcp-pipe.js';

/** Has the client send bytes to the server, which sends them back. */
function transfer(
  { lab, client, server }: { lab: Lab; client: Host; server: Host },
  bytes: number,
) {
  server.tcp.listen(80, {
    accept: () => ({ data: (part, one) => one.write(part), ended: (one) => one.end() }),
  });
  const wanted = patterned(bytes);
  const parts: Uint8Array[] = [];
  const events: string[] = [];
  const connection = client.tcp.connect(S, 80, {
    connected: () => {
      connection.write(wanted);
      connection.end();
    },
    data: (part) => parts.push(part),
    closed: () => events.push('closed'),
    failed: (reason) => events.push(reason),
  });
  lab.run();
  expect(events).toEqual(['closed']);
  expect(Buffer.compare(Buffer.concat(parts), wanted)).toBe(0);
  return connection;
}

describe('what a host knows of a path', () => {
  it('is what a router says, where that is less than what was known', () => {
    const paths = new PathMtus(new Clock());
    paths.learn(1, 1400, 1500);
    paths.learn(1, 1450, 1400);
    paths.learn(2, 1600, 1500);
    expect([paths.to(1, 1500), paths.to(1, 1300), paths.to(2, 1500)]).toEqual([1400, 1300, 1500]);
    expect(paths.isLocked(1)).toBe(false);
  });

  it.each([0, 67, 68, 551])('is 552 bytes, and no DF, where a router says %i', (mtu) => {
    const paths = new PathMtus(new Clock());
    paths.learn(1, mtu, 1500);
    expect([paths.to(1, 1500), paths.isLocked(1)]).toEqual([552, true]);
    // A link of its own that carries less stays what it is.
    paths.learn(2, mtu, 300);
    const locks = mtu <= 300;
    expect([paths.to(2, 300), paths.isLocked(2)]).toEqual([300, locks]);
  });

  it('is 552 bytes with DF where a router says so', () => {
    const paths = new PathMtus(new Clock());
    paths.learn(1, 552, 1500);
    expect([paths.to(1, 1500), paths.isLocked(1)]).toEqual([552, false]);
  });

  it('stays as it is while routers are to cut, and is forgotten after ten minutes', () => {
    const clock = new Clock();
    const paths = new PathMtus(clock);
    paths.learn(1, 300, 1500);
    clock.runUntil(300 * SECOND);
    paths.learn(1, 552, 552);
    paths.learn(1, 100, 552);
    clock.runUntil(600 * SECOND);
    expect([paths.to(1, 1500), paths.isLocked(1)]).toEqual([552, true]);
    clock.runUntil(600 * SECOND + 1);
    expect([paths.to(1, 1500), paths.isLocked(1)]).toEqual([1500, false]);
  });

  it('is believed for longer where it is said again in the second half of its time', () => {
    const clock = new Clock();
    const paths = new PathMtus(clock);
    for (const dst of [1, 2]) paths.learn(dst, 1000, 1500);
    clock.runUntil(299 * SECOND);
    paths.learn(1, 1000, 1000);
    clock.runUntil(301 * SECOND);
    paths.learn(2, 1000, 1000);
    clock.runUntil(601 * SECOND);
    expect([paths.to(1, 1500), paths.to(2, 1500)]).toEqual([1500, 1000]);
  });

  it('is of 4,096 paths at most: what was learned the longest ago makes room', () => {
    const clock = new Clock();
    const paths = new PathMtus(clock);
    for (let dst = 1; dst <= 4096; dst++) paths.learn(dst, 1400, 1500);
    clock.runUntil(400 * SECOND);
    paths.learn(1, 1400, 1400);
    for (let dst = 5001; dst <= 5003; dst++) paths.learn(dst, 1400, 1500);
    const mtus = [1, 2, 3, 4, 5, 4096, 5003].map((dst) => paths.to(dst, 1500));
    expect(mtus).toEqual([1400, 1500, 1500, 1500, 1400, 1400, 1400]);
  });
});

describe('over a path that carries little', () => {
  it.each([68, 300, 551])('of %i bytes, TCP arrives whole, in fragments without DF', (mtu) => {
    const net = routed(mtu);
    const connection = transfer(net, 20_000);
    expect([connection.size.pathMtu, connection.sender.mss]).toEqual([552, 500]);
    expect(net.client.ip.isMtuLocked(addressOf(S))).toBe(true);
    const packets = net.frames
      .filter(({ from }) => from.device === net.client)
      .map(({ bytes }) => parse(bytes).layer('ipv4'))
      .filter((ip) => ip?.protocol === 6);
    const cut = packets.findIndex((ip) => ip?.dontFragment === false);
    expect(cut).toBeGreaterThan(0);
    expect(packets.slice(cut).some((ip) => ip?.dontFragment)).toBe(false);
    expect(Math.max(...packets.slice(cut).map((ip) => ip?.length ?? 0))).toBe(552);
    const pieces = net.frames.filter(({ from, bytes }) => {
      return from.device.name === 'R1' && parse(bytes).layer('ipv4')?.moreFragments;
    });
    expect(pieces.length).toBeGreaterThan(40);
    const text = `Path MTU to ${S}: ${mtu} bytes\nThat is little: send 552 without DF`;
    expect(net.notes.filter((note) => note.text === text).length).toBeGreaterThan(0);
    // The next connection knows it from the start.
    expect(net.client.tcp.connect(S, 80).size.announced).toBe(512);
  });

  it('of 552 bytes, TCP finds just that, and nothing is cut', () => {
    const net = routed(552);
    expect(transfer(net, 20_000).size.pathMtu).toBe(552);
    const packets = net.frames.map(({ bytes }) => parse(bytes).layer('ipv4'));
    const tcp = packets.filter((ip) => ip?.protocol === 6);
    expect(tcp.every((ip) => ip?.dontFragment === true && !ip.moreFragments)).toBe(true);
  });

  it.each([68, 100, 300])('of %i bytes at its own port, a host cuts what it sends', (mtu) => {
    const lab = new Lab();
    const host = (name: string, address: string): Host =>
      new Host(lab, name, { interfaces: { eth0: { address: `${address}/24` } } });
    const client = host('C', '10.0.5.1');
    const server = host('S', S);
    lab.connect(client.port('eth0'), server.port('eth0'), { latency: MILLISECOND, mtu });
    const connection = transfer({ lab, client, server }, 5000);
    expect(connection.size.announced).toBe(Math.max(256, mtu - 40));
    // At 300 every segment fits; at less the smallest that TCP makes does not.
    expect(client.ip.isMtuLocked(addressOf(S))).toBe(mtu === 68);
  });

  it('is found by datagrams and pings: DF stands in what fits, as far as is known', () => {
    const { lab, client, server, frames } = routed(1400);
    const socket = client.udp.bind(0);
    server.udp.bind(9);
    const sendAndSee = (options?: { dontFragment: boolean }): string[] => {
      frames.length = 0;
      socket.send(addressOf(S), 9, patterned(1472), options);
      lab.run();
      // What the client sends to its router, and whether it gets an error back.
      return frames
        .filter(({ link }) => link.a === client.port('eth0'))
        .map(({ bytes }) => parse(bytes))
        .filter((packet) => packet.layer('ipv4') !== undefined)
        .map((packet) => {
          const ip = packet.layer('ipv4');
          if (packet.layer('icmp') !== undefined) return 'error';
          return `${ip?.length} ${ip?.dontFragment ? 'DF' : 'may be cut'}`;
        });
    };
    expect(sendAndSee({ dontFragment: false })).toEqual(['1500 may be cut']);
    expect(sendAndSee()).toEqual(['1500 DF', 'error']);
    expect(sendAndSee()).toEqual(['1396 may be cut', '124 may be cut']);
    expect(sendAndSee({ dontFragment: true })).toEqual([]);
    const ping = client.ping(S, { size: 1372 });
    frames.length = 0;
    lab.run();
    expect(ping.ok).toBe(true);
    const [request, reply] = frames
      .filter(({ link }) => link.a === client.port('eth0'))
      .map(({ bytes }) => parse(bytes).layer('ipv4'));
    expect([request?.length, request?.dontFragment]).toEqual([1400, true]);
    expect([reply?.length, reply?.dontFragment]).toEqual([1400, false]);
  });

  it.each([68, 300])('of %i bytes, datagrams and echoes arrive in fragments', (mtu) => {
    const { lab, client, server } = routed(mtu);
    const got: number[] = [];
    server.udp.bind(9, {
      datagram: (frame, at) => {
        got.push(frame.end - at);
        frame.release();
      },
    });
    // 3,000 bytes are cut by the client for its own link, without DF. The first ping has DF.
    client.udp.bind(0).send(addressOf(S), 9, patterned(3000));
    const ping = client.ping(S, { size: 1400, count: 2 });
    lab.run();
    expect(got).toEqual([3000]);
    expect(ping.answers.map(({ kind }) => kind)).toEqual(['error', 'reply']);
  });

  it('of 300 bytes, `ping -M do` hears so each time, and 552 from its own host', () => {
    const { lab, client } = routed(300);
    const ping = client.ping(S, { size: 472, dontFragment: true, count: 2 });
    lab.run();
    const text = 'Frag needed and DF set (mtu = 300)';
    expect(ping.print()).toEqual([
      `From 192.168.1.1 icmp_seq=1 ${text}`,
      `From 192.168.1.1 icmp_seq=2 ${text}`,
    ]);
    const long = client.ping(S, { size: 600, dontFragment: true });
    lab.run();
    expect(long.print()).toEqual(['ping: local error: message too long, mtu=552']);
  });
});

/** Gives the client an error that quotes a datagram from `src` to the server, which it says is too long. */
function giveError({ lab, client }: { lab: Lab; client: Host }, src: string, mtu: number): void {
  const quoted = [
    ipv4({ src, dst: S, dontFragment: true }),
    udp({ srcPort: 1, dstPort: 9 }),
    new Uint8Array(1000),
  ];
  const front = [
    ethernet({ src: '02:00:00:00:00:99', dst: client.port('eth0').macText }),
    ipv4({ src: '10.0.2.1', dst: C }),
  ];
  const error = icmp({ type: 3, code: 4, mtu });
  client.port('eth0').receive(lab.frames.of(build([...front, error, build(quoted)])));
}

describe('a router that does not say how much fits (before RFC 1191)', () => {
  it('makes a host send 552 bytes, to be cut', () => {
    const net = routed(1500);
    giveError(net, C, 0);
    expect(net.client.ip.mtuTo(addressOf(S))).toBe(552);
    expect(net.client.ip.isMtuLocked(addressOf(S))).toBe(true);
  });
});

describe('an error about a packet that the host has not sent', () => {
  it.each(['192.168.1.51', S, '0.0.0.0'])('from %s, teaches it nothing', (src) => {
    const net = routed(1500);
    giveError(net, src, 600);
    expect(net.client.ip.mtuTo(addressOf(S))).toBe(1500);
    expect(net.notes).toEqual([]);
    // What quotes its own address does.
    giveError(net, C, 600);
    expect(net.client.ip.mtuTo(addressOf(S))).toBe(600);
  });
});
