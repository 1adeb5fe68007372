import { describe, expect, it } from 'vitest';
import { arp, build, ethernet, formatIpv4, icmp, ipv4, parse, udp } from '../../../src/index.js';
import { SECOND } from '../../../src/lab/clock.js';
import type { Frame } from '../../../src/lab/frame.js';
import { Host, Router } from '../../../src/lab/host.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import { Lab } from '../../../src/lab/lab.js';
import type { Port } from '../../../src/lab/port.js';
import type { Crossing } from '../../../src/lab/recorder.js';

const A_MAC = 'aa:aa:aa:aa:aa:aa';
const B_MAC = 'ba:bb:bb:bb:bb:bb';

function pair(): { lab: Lab; a: Host; b: Host; frames: Crossing[] } {
  const lab = new Lab();
  const host = (name: string, mac: string, address: string): Host =>
    new Host(lab, name, { interfaces: { eth0: { mac, address } } });
  const a = host('A', A_MAC, '192.168.1.10/24');
  const b = host('B', B_MAC, '192.168.1.20/24');
  lab.connect(a.port('eth0'), b.port('eth0'));
  const frames: Crossing[] = [];
  lab.watch({ settled: (one) => frames.push(one) });
  return { lab, a, b, frames };
}

/** Hands B a frame as if A had sent it. */
function inject(lab: Lab, b: Host, bytes: Uint8Array): void {
  b.port('eth0').receive(lab.frames.of(bytes));
  lab.run();
}

const front = [
  ethernet({ src: A_MAC, dst: B_MAC }),
  ipv4({ src: '192.168.1.10', dst: '192.168.1.20' }),
];

describe('the neighbours of a host', () => {
  it('go stale after 30 s, are asked alone when they are used again, and come back', () => {
    const { lab, a, frames } = pair();
    a.ping('192.168.1.20');
    lab.run();
    lab.runFor(31 * SECOND);
    const { neighbours } = a.ip.interfaceOf(a.port('eth0'));
    expect(neighbours.print()).toEqual([`192.168.1.20 dev eth0 lladdr ${B_MAC} STALE`]);
    a.ping('192.168.1.20');
    lab.run();
    expect(neighbours.print()[0]).toContain('DELAY');
    frames.length = 0;
    lab.runFor(6 * SECOND);
    const [question, answer] = frames
      .map(({ bytes }) => parse(bytes))
      .filter((packet) => packet.layer('ethernet')?.src === A_MAC || packet.layer('arp'))
      .filter(
        (packet) =>
          packet.layer('arp')?.targetProtocol === '192.168.1.20' ||
          packet.layer('arp')?.senderProtocol === '192.168.1.20',
      );
    expect(question?.layer('ethernet')?.dst).not.toBe('ff:ff:ff:ff:ff:ff');
    expect(answer?.layer('arp')).toBeDefined();
    expect(neighbours.print()[0]).toContain('REACHABLE');
  });

  it('are not learned from what was not asked for, but brought up to date by an announcement', () => {
    const { lab, a, b } = pair();
    const { neighbours } = b.ip.interfaceOf(b.port('eth0'));
    a.ip.interfaceOf(a.port('eth0')).neighbours.announce(addressOf('192.168.1.10'));
    lab.run();
    expect(neighbours.print()).toEqual([]);
    b.ping('192.168.1.10');
    lab.run();
    const moved = { operation: 1, senderHardware: '02:00:00:00:00:99' } as const;
    const both = { senderProtocol: '192.168.1.10', targetProtocol: '192.168.1.10' };
    inject(
      lab,
      b,
      build([
        ethernet({ src: '02:00:00:00:00:99', dst: 'ff:ff:ff:ff:ff:ff' }),
        arp({ ...moved, ...both }),
      ]),
    );
    expect(neighbours.print()).toEqual(['192.168.1.10 dev eth0 lladdr 02:00:00:00:00:99 STALE']);
  });

  it('hold frames until they answer, at most 101, the oldest go first', () => {
    const { lab, a, b } = pair();
    const got: number[] = [];
    b.udp.bind(9, {
      datagram: (frame, data) => {
        got.push(frame.view.getUint8(data));
        frame.release();
      },
    });
    const socket = a.udp.bind(0, { datagram: (frame) => frame.release() });
    for (let i = 0; i < 105; i++) socket.send(addressOf('192.168.1.20'), 9, new Uint8Array([i]));
    lab.run();
    expect(got).toEqual(Array.from({ length: 101 }, (_, i) => i + 4));
  });

  it('with a wrong hardware or protocol type, or cut, are dropped', () => {
    const { lab, b } = pair();
    const good = build([
      ethernet({ src: A_MAC, dst: B_MAC }),
      arp({
        senderHardware: A_MAC,
        senderProtocol: '192.168.1.10',
        targetProtocol: '192.168.1.20',
      }),
    ]);
    const wrong = good.slice();
    wrong[15] = 6;
    inject(lab, b, wrong);
    inject(lab, b, good.slice(0, 40));
    expect(b.ip.interfaceOf(b.port('eth0')).neighbours.print()).toEqual([]);
    expect(b.port('eth0').rxDropped).toBe(2);
  });
});

describe('the neighbours of a host that forgets them', () => {
  it('are not asked for any more, also where a question was due', () => {
    const { lab, a, frames } = pair();
    const { neighbours } = a.ip.interfaceOf(a.port('eth0'));
    a.ping('192.168.1.20');
    lab.run();
    lab.runFor(31 * SECOND);
    a.ping('192.168.1.20');
    lab.run();
    expect(neighbours.print()[0]).toContain('DELAY');
    neighbours.flush();
    frames.length = 0;
    lab.runFor(30 * SECOND);
    const asked = frames.filter(
      ({ from, bytes }) => from.device === a && parse(bytes).layer('arp'),
    );
    const questions = asked.filter(({ bytes }) => parse(bytes).layer('arp')?.operation === 1);
    expect(questions).toEqual([]);
    expect(neighbours.lookup(addressOf('192.168.1.20'))).toBe(0);
  });
});

describe('the neighbours of a host, where there are more than it remembers', () => {
  /** Two hosts in a wide network. B knows one neighbour for good. */
  const wide = () => {
    const lab = new Lab();
    const host = (name: string, mac: string, address: string): Host =>
      new Host(lab, name, { interfaces: { eth0: { mac, address } } });
    const a = host('A', A_MAC, '10.1.0.1/16');
    const b = host('B', B_MAC, '10.1.0.2/16');
    lab.connect(a.port('eth0'), b.port('eth0'));
    const { neighbours } = b.ip.interfaceOf(b.port('eth0'));
    neighbours.setPermanent(addressOf('10.1.255.1'), 0x020000000099);
    return { lab, a, b, neighbours };
  };
  /** An address that nobody has. */
  const absent = (i: number): number => addressOf('10.1.16.0') + i;

  it('are 1,024 and those set by hand, however many ask; the oldest go', () => {
    const { lab, a, b, neighbours } = wide();
    const forged = (i: number): void => {
      const request = arp({
        senderHardware: '02:00:00:00:00:98',
        senderProtocol: formatIpv4(absent(i)),
        targetProtocol: '10.1.0.2',
      });
      const bytes = build([ethernet({ src: '02:00:00:00:00:98', dst: B_MAC }), request]);
      b.port('eth0').receive(lab.frames.of(bytes));
    };
    const first = b.ping('10.1.0.1');
    lab.run();
    expect(first.ok).toBe(true);
    for (let i = 0; i < 5000; i++) forged(i);
    lab.run();
    expect(neighbours.print()).toHaveLength(1025);
    expect(neighbours.print()[0]).toContain('10.1.255.1 dev eth0 lladdr 02:00:00:00:00:99 PERM');
    const known = [0, 3975, 3976, 4999].map((i) => neighbours.lookup(absent(i)) !== 0);
    expect(known).toEqual([false, false, true, true]);
    expect(neighbours.lookup(addressOf('10.1.0.1'))).toBe(0);
    // Who is forgotten is asked for again.
    const pings = [a.ping('10.1.0.2'), b.ping('10.1.0.1')];
    lab.run();
    expect(pings.map(({ ok }) => ok)).toEqual([true, true]);
    expect(neighbours.print()).toHaveLength(1025);
    neighbours.flush();
    expect(neighbours.print()).toHaveLength(1);
    for (let i = 0; i < 1100; i++) forged(i);
    expect(neighbours.print()).toHaveLength(1025);
  });

  it('keep those for whom frames wait, while there are others', () => {
    const { lab, b, neighbours } = wide();
    const socket = b.udp.bind(0);
    const send = (i: number): void => {
      socket.send(absent(i), 9, new Uint8Array(8));
    };
    send(0);
    const first = b.ping('10.1.0.1');
    lab.runFor(SECOND / 100);
    expect(first.ok).toBe(true);
    for (let i = 1; i < 1023; i++) send(i);
    const printed = (): string => neighbours.print().join();
    expect(neighbours.print()).toHaveLength(1025);
    send(1023);
    // The answer that has come makes room, not the older question.
    expect(printed()).toContain('10.1.16.0 dev eth0 INCOMPLETE');
    expect(printed()).not.toContain('10.1.0.1 ');
    // Now there are only questions: the oldest goes with its frame, and nobody waits for it.
    send(1024);
    expect(neighbours.print()).toHaveLength(1025);
    expect(printed()).not.toContain('10.1.16.0 ');
    lab.run();
    expect(neighbours.print().filter((line) => line.endsWith('FAILED'))).toHaveLength(1024);
    const again = b.ping('10.1.0.1');
    lab.run();
    expect(again.ok).toBe(true);
  });

  it('ask nothing of one that had to go, also where a question was due', () => {
    const { lab, a, b, neighbours } = wide();
    const asked: string[] = [];
    b.ping('10.1.0.1');
    lab.run();
    lab.runFor(31 * SECOND);
    b.ping('10.1.0.1');
    lab.run();
    expect(neighbours.print().join()).toContain(`10.1.0.1 dev eth0 lladdr ${A_MAC} DELAY`);
    const socket = b.udp.bind(0);
    for (let i = 0; i < 1024; i++) socket.send(absent(i), 9, new Uint8Array(8));
    expect(neighbours.lookup(addressOf('10.1.0.1'))).toBe(0);
    lab.watch({
      settled: ({ from, bytes }) => {
        if (from.device !== a) asked.push(`${parse(bytes).layer('arp')?.targetProtocol}`);
      },
    });
    lab.runFor(30 * SECOND);
    expect(asked.length).toBeGreaterThan(1000);
    expect(asked).not.toContain('10.1.0.1');
  });
});

describe('a ping of more requests than there are numbers', () => {
  it('begins with 0 again, and tells each answer of its own request', () => {
    const { lab, a } = pair();
    const ping = a.ping('192.168.1.20', { count: 65_540, interval: 10_000 });
    lab.run();
    expect(ping.ok).toBe(true);
    expect(ping.answers).toHaveLength(65_540);
    const said = ping.print();
    expect(said[0]).toContain('icmp_seq=1 ');
    expect(said.slice(65_534).map((line) => /icmp_seq=(\d+)/.exec(line)?.[1])).toEqual([
      '65535',
      '0',
      '1',
      '2',
      '3',
      '4',
    ]);
  });

  it('gives up a request whose number is needed again', () => {
    const { lab, a } = pair();
    const link = lab.links[0];
    a.ping('192.168.1.20');
    lab.run();
    if (link !== undefined) link.up = false;
    const ping = a.ping('192.168.1.20', { count: 65_537, interval: 0, timeout: 5 * SECOND });
    lab.run();
    expect(ping.answers).toHaveLength(65_537);
    expect(new Set(ping.answers.map(({ kind }) => kind))).toEqual(new Set(['timeout']));
    expect(ping.print()[0]).toBe('no answer yet for icmp_seq=1');
  });
});

describe('a host', () => {
  it('takes no packet that is not right, and counts it', () => {
    const { lab, b, frames } = pair();
    const good = build([...front, icmp({ type: 8 }), new Uint8Array(8)]);
    const with_ = (at: number, value: number): Uint8Array => {
      const bytes = good.slice();
      bytes[at] = value;
      return bytes;
    };
    inject(lab, b, with_(24, 1)); // the IPv4 checksum
    inject(lab, b, with_(14, 0x55)); // the version
    inject(lab, b, good.slice(0, 30)); // inside the header
    inject(lab, b, good.slice(0, -1)); // shorter than its length
    inject(lab, b, with_(36, 1)); // the ICMP checksum
    expect(b.ip.counters.inHdrErrors).toBe(4);
    expect(b.port('eth0').rxDropped).toBe(5);
    expect(frames).toEqual([]);
  });

  it('ignores padding behind a packet', () => {
    const { lab, b, frames } = pair();
    const echo = build([...front, icmp({ type: 8 }), new Uint8Array(2)]);
    const padded = new Uint8Array(60);
    padded.set(echo);
    inject(lab, b, padded);
    const answer = frames.map(({ bytes }) => parse(bytes)).find((packet) => packet.layer('icmp'));
    expect(answer?.layer('ipv4')?.length).toBe(30);
    expect(answer?.bytes.length).toBe(44);
  });

  it('says that a port or a protocol is not there, once for a packet to it alone', () => {
    const { lab, b, frames } = pair();
    inject(lab, b, build([...front, udp({ dstPort: 9 }), new Uint8Array(4)]));
    const broadcast = [
      ethernet({ src: A_MAC, dst: 'ff:ff:ff:ff:ff:ff' }),
      ipv4({ src: '192.168.1.10', dst: '192.168.1.255' }),
    ];
    inject(lab, b, build([...broadcast, udp({ dstPort: 9 })]));
    const odd = ipv4({ src: '192.168.1.10', dst: '192.168.1.20', protocol: 253 });
    inject(lab, b, build([ethernet({ src: A_MAC, dst: B_MAC }), odd, new Uint8Array(4)]));
    const errors = frames
      .map(({ bytes }) => parse(bytes))
      .flatMap((packet) => packet.layer('icmp') ?? []);
    expect(errors.map(({ type, code }) => [type, code])).toEqual([
      [3, 3],
      [3, 2],
    ]);
  });

  it('quotes as much of a packet as fits 576 bytes', () => {
    const { lab, b, frames } = pair();
    inject(lab, b, build([...front, udp({ dstPort: 9 }), new Uint8Array(1000)]));
    const error = frames.map(({ bytes }) => parse(bytes)).find((packet) => packet.layer('icmp'));
    expect(error?.layer('ipv4')?.length).toBe(576);
    expect(error?.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('does not forward, and a router does not send a broadcast on', () => {
    const { lab, b } = pair();
    const other = ipv4({ src: '192.168.1.10', dst: '10.9.9.9' });
    inject(lab, b, build([ethernet({ src: A_MAC, dst: B_MAC }), other, udp({ dstPort: 9 })]));
    expect(b.ip.counters.inAddrErrors).toBe(1);
    const r = new Router(lab, 'R', {
      interfaces: { eth0: { address: '10.0.1.1/24' }, eth1: { address: '10.0.2.1/24' } },
    });
    const all = ethernet({ src: A_MAC, dst: 'ff:ff:ff:ff:ff:ff' });
    const far = ipv4({ src: '10.0.1.9', dst: '10.0.2.9' });
    r.port('eth0').receive(lab.frames.of(build([all, far, udp({ dstPort: 9 })])));
    expect(r.ip.counters.inAddrErrors).toBe(1);
  });

  it('looks for the route before it looks at the TTL, and takes the broadcast of any of its networks', () => {
    const lab = new Lab();
    const interfaces = { eth0: { address: '10.0.1.1/24' }, eth1: { address: '10.0.2.1/24' } };
    for (const one of [
      new Router(lab, 'R', { interfaces }),
      new Host(lab, 'H', { interfaces: { ...interfaces } }),
    ]) {
      const ends = ['eth0', 'eth1'].map((name) => one.port(name));
      const out: Uint8Array[] = [];
      for (const port of ends) {
        port.wire = {
          transmit: (_, frame): void => {
            out.push(frame.data.slice());
            frame.release();
          },
        };
      }
      const [eth0] = ends as [Port];
      const header = ethernet({ src: A_MAC, dst: eth0.macText });
      const send = (dst: string, ttl: number): void =>
        inject(lab, one, build([header, ipv4({ src: '10.0.1.9', dst, ttl }), udp({ dstPort: 9 })]));
      let heard = 0;
      one.udp.bind(9, {
        datagram: (frame) => {
          heard++;
          frame.release();
        },
      });
      // RFC 1812 §4.2.2.9: the TTL of what is for itself does not count.
      for (const ttl of [1, 64]) send('10.0.2.255', ttl);
      expect(heard).toBe(2);
      if (!(one instanceof Router)) continue;
      one.ip.interfaceOf(eth0).neighbours.setPermanent(addressOf('10.0.1.9'), 0x020000000099);
      send('99.9.9.9', 1);
      const error = parse(out.at(-1) as Uint8Array).layer('icmp');
      expect([error?.type, error?.code]).toEqual([3, 0]);
      expect([one.ip.counters.inNoRoutes, one.ip.counters.outNoRoutes]).toEqual([1, 0]);
    }
  });

  it('drops what cannot have come by that way, and a router sends no broadcast on', () => {
    const lab = new Lab();
    const r = new Router(lab, 'R', {
      interfaces: {
        eth0: { mac: B_MAC, address: '10.0.1.1/24' },
        eth1: { address: '10.0.2.1/24' },
      },
    });
    const out: string[] = [];
    const wire = (name: string) => ({
      transmit: (_port: unknown, frame: Frame): void => {
        out.push(name);
        frame.release();
      },
    });
    for (const name of ['eth0', 'eth1']) r.port(name).wire = wire(name);
    r.ip.addRoute('default', { via: '10.0.2.9' });
    const send = (src: string, dst: string): void => {
      const packet = [ethernet({ src: A_MAC, dst: B_MAC }), ipv4({ src, dst })];
      inject(lab, r, build([...packet, icmp({ type: 8, code: 0 })]));
    };
    const martians = [
      ['10.0.1.9', '127.0.0.1'],
      ['127.0.0.1', '10.0.2.9'],
      ['255.255.255.255', '10.0.1.1'],
      ['10.0.1.255', '10.0.1.1'],
      ['224.0.0.5', '10.0.1.1'],
      ['10.0.1.1', '10.0.1.1'],
      ['10.0.2.1', '10.0.2.9'],
      ['0.0.0.0', '10.0.1.1'],
      ['10.0.1.9', '239.1.2.3'],
    ] as const;
    for (const [src, dst] of martians) send(src, dst);
    expect(r.ip.counters.inAddrErrors).toBe(martians.length);
    const heard: string[] = [];
    r.udp.bind(9, {
      datagram: (frame) => {
        heard.push('datagram');
        frame.release();
      },
    });
    const packet = [
      ethernet({ src: A_MAC, dst: B_MAC }),
      ipv4({ src: '10.0.1.9', dst: '10.0.2.255' }),
    ];
    inject(lab, r, build([...packet, udp({ srcPort: 9, dstPort: 9 })]));
    expect(heard).toEqual(['datagram']);
    expect(out).toEqual([]);
    send('10.0.1.9', '10.0.2.9');
    expect(out).toContain('eth1');
  });

  it('believes a path MTU for ten minutes, for what it sends itself and not for what it forwards', () => {
    const lab = new Lab();
    const a = new Host(lab, 'A', {
      interfaces: { eth0: { address: '10.0.1.9/24' } },
      gateway: '10.0.1.1',
    });
    const r = new Router(lab, 'R', {
      interfaces: { eth0: { address: '10.0.1.1/24' }, eth1: { address: '10.0.2.1/24' } },
    });
    const b = new Host(lab, 'B', {
      interfaces: { eth0: { address: '10.0.2.9/24' } },
      gateway: '10.0.2.1',
    });
    lab.connect(a.port('eth0'), r.port('eth0'));
    lab.connect(r.port('eth1'), b.port('eth0'));
    r.ip.learnPathMtu(addressOf('10.0.2.9'), 1000);
    r.ip.learnPathMtu(addressOf('10.0.2.9'), 1400);
    expect(r.ip.mtuTo(addressOf('10.0.2.9'))).toBe(1000);
    const through = a.ping('10.0.2.9', { size: 1472, dontFragment: true });
    const own = r.ping('10.0.2.9', { size: 1472, dontFragment: true });
    lab.run();
    expect(through.ok).toBe(true);
    expect(own.print()).toEqual(['ping: local error: message too long, mtu=1000']);
    lab.runFor(601 * SECOND);
    expect(r.ip.mtuTo(addressOf('10.0.2.9'))).toBe(1500);
  });

  it('answers an echo with the type of service that it came with', () => {
    const { lab, b, frames } = pair();
    const packet = ipv4({ src: '192.168.1.10', dst: '192.168.1.20', dscp: 46 });
    inject(
      lab,
      b,
      build([ethernet({ src: A_MAC, dst: B_MAC }), packet, icmp({ type: 8, code: 0 })]),
    );
    const answers = frames.map(({ bytes }) => parse(bytes)).filter((one) => one.layer('icmp'));
    expect(answers.map((one) => one.layer('ipv4')?.dscp)).toEqual([46]);
  });

  it('reaches itself over lo', () => {
    const { lab, a, frames } = pair();
    const pings = [a.ping('192.168.1.10'), a.ping('127.0.0.1')];
    lab.run();
    expect(pings.map(({ ok }) => ok)).toEqual([true, true]);
    expect(frames).toEqual([]);
  });

  it('knows no way where there is no route', () => {
    const { lab, a } = pair();
    const ping = a.ping('10.9.9.9');
    lab.run();
    expect(ping.print()).toEqual(['ping: connect: Network is unreachable']);
    const trace = a.traceroute('10.9.9.9');
    lab.run();
    expect([trace.hops, trace.arrived]).toEqual([[], false]);
    expect(trace.print()).toEqual(['traceroute: connect: Network is unreachable']);
  });

  it('sends nothing that is longer than a packet can be', () => {
    const { lab, a, frames } = pair();
    expect(() => a.ping('192.168.1.20', { size: 65_508 })).toThrow('65508');
    expect(() => a.ping('192.168.1.20', { ttl: 256 })).toThrow('256');
    const socket = a.udp.bind(0, { datagram: (frame) => frame.release() });
    expect(socket.send(addressOf('192.168.1.20'), 9, new Uint8Array(65_508))).toBe('too long');
    lab.run();
    expect(frames).toEqual([]);
    const largest = a.ping('192.168.1.20', { size: 65_507 });
    lab.run();
    expect(largest.ok).toBe(true);
  });

  it('says of each ping which one it was, in whatever order they end', () => {
    const { lab, a } = pair();
    a.ping('192.168.1.20');
    lab.run();
    lab.links[0]?.forth.loseNext();
    const ping = a.ping('192.168.1.20', { count: 2, interval: SECOND / 10 });
    lab.run();
    expect(ping.print()).toEqual([
      '64 bytes from 192.168.1.20: icmp_seq=2 ttl=64 time=0.000 ms',
      'no answer yet for icmp_seq=1',
    ]);
  });

  it('has not traced a route to where a router knows no way', () => {
    const { lab, a, b } = pair();
    b.ip.forwarding = true;
    a.ip.addRoute('default', { via: '192.168.1.20' });
    const far = a.traceroute('10.9.9.9');
    const near = a.traceroute('192.168.1.20');
    lab.run();
    expect(far.hops.map(({ from }) => from)).toEqual(['192.168.1.20']);
    expect([far.arrived, near.arrived]).toEqual([false, true]);
  });

  it('refuses what no host may have', () => {
    const { a, lab } = pair();
    const wrong: [() => unknown, string][] = [
      [() => new Host(lab, 'A'), 'has a device A already'],
      [() => a.addInterface('eth0'), 'A has a port eth0 already'],
      [() => a.addInterface('eth1', { mac: 'bb:bb:bb:bb:bb:bb' }), 'is a group address'],
      [() => a.addInterface('eth2', { mac: 'x' }), 'x is no MAC address'],
      [() => a.addInterface('eth3', { address: '10.0.0.300/24' }), '10.0.0.300'],
      [() => a.addInterface('eth4', { mtu: 20 }), 'an MTU is 68–65535'],
      [() => a.port('eth9'), 'A has no port eth9; it has lo, eth0'],
      [() => new Host(lab, 'X', { ttl: 0 }), 'a TTL is 1–255, not 0'],
      [
        () => a.ip.addRoute('10.0.0.0/8', { via: '172.16.0.1' }),
        'no interface leads to 172.16.0.1',
      ],
      // Behind a router is no neighbour, and nobody is a way to himself.
      [() => a.ip.addRoute('11.0.0.0/8', { via: '10.0.0.1' }), 'no interface leads to 10.0.0.1'],
      [
        () => a.ip.addRoute('11.0.0.0/8', { via: '192.168.1.10' }),
        '192.168.1.10 is its own address',
      ],
      [
        () => a.ip.addRoute('11.0.0.0/8', { dev: 'eth0', src: '7.7.7.7' }),
        'A does not have the address 7.7.7.7',
      ],
      [() => a.udp.bind(70_000, { datagram: () => {} }), 'a UDP port is 1–65535'],
    ];
    a.ip.addRoute('10.0.0.0/24', { via: '192.168.1.20' });
    for (const [make, text] of wrong) expect(make).toThrow(text);
  });
});
