import { describe, expect, it } from 'vitest';
import { MICROSECOND, SECOND } from '../../src/lab/clock.js';
import { Host, Router } from '../../src/lab/host.js';
import { Lab } from '../../src/lab/lab.js';
import type { Crossing, Note } from '../../src/lab/recorder.js';
import { parse } from '../../src/packet/parse.js';

function watched(lab: Lab): { frames: Crossing[]; notes: Note[] } {
  const frames: Crossing[] = [];
  const notes: Note[] = [];
  lab.watch({ settled: (one) => frames.push(one), noted: (one) => notes.push(one) });
  return { frames, notes };
}

function twoHosts(lab = new Lab()): { a: Host; b: Host; lab: Lab } {
  const a = new Host(lab, 'A', {
    interfaces: { eth0: { mac: 'aa:aa:aa:aa:aa:aa', address: '192.168.1.10/24' } },
  });
  const b = new Host(lab, 'B', {
    interfaces: { eth0: { mac: 'ba:bb:bb:bb:bb:bb', address: '192.168.1.20/24' } },
  });
  lab.connect(a.port('eth0'), b.port('eth0'), { latency: 100 * MICROSECOND });
  return { a, b, lab };
}

describe('two hosts on a cable', () => {
  it('ask for the address by ARP, then ping', () => {
    const { a, b, lab } = twoHosts();
    const { frames, notes } = watched(lab);
    const ping = a.ping('192.168.1.20');
    lab.run();
    expect(ping.answers).toEqual([
      { kind: 'reply', from: '192.168.1.20', ttl: 64, time: 400 * MICROSECOND },
    ]);
    const packets = frames.map(({ bytes }) => parse(bytes));
    expect(packets.map((packet) => packet.layers.at(-1)?.descriptor.name)).toEqual([
      'arp',
      'arp',
      'icmp',
      'icmp',
    ]);
    expect(packets.flatMap(({ problems }) => problems)).toEqual([]);
    expect(notes.map(({ devices, text }) => `${devices[0]?.name}: ${text}`)).toEqual([
      'A: Need MAC for 192.168.1.20',
      "B: That's me!",
      'A: Cache: 192.168.1.20 → BA:BB:BB:BB:BB:BB',
      "B: That's me! Answer",
    ]);
    expect(a.ip.interfaces[0]?.neighbours.print()).toEqual([
      '192.168.1.20 dev eth0 lladdr ba:bb:bb:bb:bb:bb REACHABLE',
    ]);
    // B was only told, by a request: it uses that, and will ask if it hears no more.
    expect(b.ip.interfaces[0]?.neighbours.print()).toEqual([
      '192.168.1.10 dev eth0 lladdr aa:aa:aa:aa:aa:aa DELAY',
    ]);
  });

  it('give up on a neighbour that does not answer, and say so to the sender', () => {
    const { a, lab } = twoHosts();
    const ping = a.ping('192.168.1.99', { timeout: 10 * SECOND });
    lab.run();
    expect(ping.answers.map((answer) => answer.kind)).toEqual(['error']);
    expect(ping.print()).toEqual(['From 192.168.1.10 icmp_seq=1 Destination Host Unreachable']);
    expect(lab.clock.now).toBe(3 * SECOND);
  });
});

describe('a router', () => {
  function routed(mtu = 1500): { a: Host; b: Host; r: Router; lab: Lab } {
    const lab = new Lab();
    const a = new Host(lab, 'A', {
      interfaces: { eth0: { address: '192.168.1.50/24' } },
      gateway: '192.168.1.1',
    });
    const r = new Router(lab, 'R', {
      interfaces: { eth0: { address: '192.168.1.1/24' }, eth1: { address: '10.0.5.1/24' } },
    });
    const b = new Host(lab, 'B', {
      interfaces: { eth0: { address: '10.0.5.100/24' } },
      gateway: '10.0.5.1',
    });
    lab.connect(a.port('eth0'), r.port('eth0'));
    lab.connect(r.port('eth1'), b.port('eth0'), { mtu });
    return { a, b, r, lab };
  }

  it('counts TTL down and gives each hop its own addresses', () => {
    const { a, lab } = routed();
    const { frames } = watched(lab);
    const ping = a.ping('10.0.5.100');
    lab.run();
    expect(ping.answers.map((one) => one.kind === 'reply' && one.ttl)).toEqual([63]);
    const requests = frames
      .map(({ bytes }) => parse(bytes))
      .filter((packet) => packet.layer('ipv4')?.dst === '10.0.5.100');
    expect(requests.map((packet) => packet.layer('ipv4')?.ttl)).toEqual([64, 63]);
    expect(new Set(requests.map((packet) => packet.layer('ethernet')?.src)).size).toBe(2);
    expect(frames.flatMap(({ bytes }) => parse(bytes).problems)).toEqual([]);
  });

  it('cuts what is too long, and the host puts it together again', () => {
    const { a, lab } = routed(600);
    const { frames } = watched(lab);
    const ping = a.ping('10.0.5.100', { size: 1472, dontFragment: false });
    lab.run();
    expect(ping.ok).toBe(true);
    const fragments = frames.filter(({ bytes }) => parse(bytes).layer('ipv4')?.moreFragments);
    // Two with more to follow in the request, and in the reply on each link.
    expect(fragments.length).toBe(6);
  });

  it('says "fragmentation needed" with the MTU, and the sender learns it', () => {
    const { a, lab } = routed(1450);
    const ping = a.ping('10.0.5.100', { size: 1472, dontFragment: true, count: 2 });
    lab.run();
    expect(ping.print()).toEqual([
      'From 192.168.1.1 icmp_seq=1 Frag needed and DF set (mtu = 1450)',
      'ping: local error: message too long, mtu=1450',
    ]);
  });

  it('is found by traceroute', () => {
    const { a, lab } = routed();
    const trace = a.traceroute('10.0.5.100');
    lab.run();
    expect(trace.hops.map(({ from }) => from)).toEqual(['192.168.1.1', '10.0.5.100']);
    expect(trace.arrived).toBe(true);
  });
});
