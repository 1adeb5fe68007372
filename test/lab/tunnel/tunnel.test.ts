import { describe, expect, it } from 'vitest';
import { formatIpv4, formatMac } from '../../../src/bytes/address.js';
import { arp } from '../../../src/headers/arp.js';
import { ethernet } from '../../../src/headers/ethernet.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { udp } from '../../../src/headers/udp.js';
import { vxlan } from '../../../src/headers/vxlan.js';
import { SECOND } from '../../../src/lab/clock.js';
import { build } from '../../../src/packet/build.js';
import { parse } from '../../../src/packet/parse.js';
import { around, into, nth, outOf, tunnels, VM1, VM2, watched } from './support.js';

type Ip = NonNullable<Parameters<typeof ipv4>[0]>;

/** A datagram from VM1 to VM2; `bytes` of data. */
function datagram(bytes = 32, ip: Partial<Ip> = {}, dst = VM2): Uint8Array {
  return build([
    ethernet({ src: VM1, dst }),
    ipv4({ src: '192.168.10.5', dst: '192.168.10.6', ...ip }),
    udp({ srcPort: 40000, dstPort: 7000 }),
    new Uint8Array(bytes).fill(0x61),
  ]);
}

const EVERYBODY = build([
  ethernet({ src: VM1, dst: 'ff:ff:ff:ff:ff:ff' }),
  arp({ senderHardware: VM1, senderProtocol: '192.168.10.5', targetProtocol: '192.168.10.6' }),
]);

describe('a frame to a known address', () => {
  for (const kind of ['vxlan', 'geneve'] as const) {
    it(`goes to its end point in ${kind}, over a router, and comes out as it went in`, () => {
      const pair = around(2, { kind });
      const [one, other] = tunnels(pair);
      const out = outOf(other);
      const { frames } = watched(pair.lab);
      one.addEntry(VM2, '10.0.2.1');
      into(one, datagram());
      pair.lab.run();
      expect(out).toEqual([datagram()]);
      const outer = frames.map(({ bytes }) => parse(bytes)).filter((one) => one.layer('udp'));
      expect(outer.map((one) => one.layers.map(({ descriptor }) => descriptor.name))).toEqual(
        Array(2).fill(['ethernet', 'ipv4', 'udp', kind, 'ethernet', 'ipv4', 'udp']),
      );
      expect(outer.flatMap(({ problems }) => problems)).toEqual([]);
      const [ip, ipBehind] = outer.map((one) => one.layer('ipv4'));
      expect([ip?.src, ip?.dst, ip?.ttl, ipBehind?.ttl]).toEqual(['10.0.1.1', '10.0.2.1', 64, 63]);
      expect(outer[0]?.layer(kind)?.vni).toBe(5000);
      expect(outer[0]?.layer('udp')?.dstPort).toBe(kind === 'vxlan' ? 4789 : 6081);
      expect(outer[0]?.layer('udp')?.srcPort).toBeGreaterThanOrEqual(49152);
      expect(outer[0]?.layer('udp')?.checksum).toBe(0);
    });
  }

  it('has the DF bit, the TTL and the checksum that its end point was told', () => {
    const of = (options: object, ip: Partial<Ip> = {}) => {
      const pair = around(2, { kind: 'vxlan', ...options });
      const [one] = tunnels(pair);
      const { frames } = watched(pair.lab);
      one.addEntry(VM2, '10.0.2.1');
      into(one, datagram(32, ip));
      pair.lab.run();
      const packet = frames.map(({ bytes }) => parse(bytes)).find((one) => one.layer('vxlan'));
      const outer = packet?.layer('ipv4');
      return {
        df: outer?.dontFragment,
        ttl: outer?.ttl,
        numbered: outer?.id !== 0,
        checksum: packet?.layer('udp')?.checksum !== 0,
      };
    };
    const plain = { df: false, ttl: 64, numbered: true, checksum: false };
    expect(of({})).toEqual(plain);
    expect(of({ df: 'set' })).toEqual({ ...plain, df: true, numbered: false });
    expect(of({ df: 'inherit' }, { dontFragment: true })).toMatchObject({ df: true });
    expect(of({ df: 'inherit' })).toEqual(plain);
    expect(of({ ttl: 9, checksum: true })).toEqual({ ...plain, ttl: 9, checksum: true });
  });

  it('takes congestion marks in and out with it (RFC 6040)', () => {
    const pair = around(2, { kind: 'vxlan' });
    const [one, other] = tunnels(pair);
    const out = outOf(other);
    one.addEntry(VM2, '10.0.2.1');
    into(one, datagram(32, { ecn: 2 }));
    pair.lab.run();
    expect(parse(nth(out, 0)).layer('ipv4')?.ecn).toBe(2);
    // What a router on the way marks, the inner packet has; where it can't say so, it is dropped.
    const marked = (ecn: number) =>
      build([
        ethernet({ src: VM1, dst: pair.hosts[1].port('eth0').macText }),
        ipv4({ src: '10.0.1.1', dst: '10.0.2.1', ecn: 3 }),
        udp({ srcPort: 50000 }),
        vxlan({ vni: 5000 }),
        ...[
          ethernet({ src: VM1, dst: VM2 }),
          ipv4({ src: '192.168.10.5', dst: '192.168.10.6', ecn }),
        ],
        udp({ dstPort: 7000 }),
        'x',
      ]);
    for (const ecn of [2, 0]) pair.hosts[1].port('eth0').receive(pair.lab.frames.of(marked(ecn)));
    expect(out.length).toBe(2);
    expect(parse(nth(out, 1)).layer('ipv4')?.ecn).toBe(3);
    expect(parse(nth(out, 1)).problems).toEqual([]);
    expect(pair.ends[1].counters.badEcn).toBe(1);
  });
});

describe('what a tunnel does not know', () => {
  it('it floods to every end point of its list, and learns from what comes back', () => {
    const pair = around(3, { kind: 'vxlan' });
    const all = tunnels(pair);
    const [one, two, three] = all;
    const { notes } = watched(pair.lab);
    for (const to of ['10.0.2.1', '10.0.3.1']) one.addFlood(to);
    const [, out2, out3] = all.map(outOf);
    into(one, EVERYBODY);
    into(one, datagram());
    pair.lab.run();
    expect(out2).toEqual([EVERYBODY, datagram()]);
    expect(out3).toEqual([EVERYBODY, datagram()]);
    const entry = two.table.entry(0x525400000001);
    expect(entry?.kind).toBe('learned');
    expect(formatIpv4(entry?.remote.address ?? 0)).toBe('10.0.1.1');
    expect(notes).toContain('V1: Broadcast → FLOOD to VTEP2, VTEP3\nVNI: 5000');
    expect(notes).toContain('V1: Unknown destination → FLOOD to VTEP2, VTEP3\nVNI: 5000');
    // What answers goes to one end point alone.
    into(two, build([ethernet({ src: VM2, dst: VM1, type: 0x88b5 }), 'hello']));
    pair.lab.run();
    expect(three.port.rxPackets).toBe(2);
    expect(one.table.print('eth0')).toEqual([
      '00:00:00:00:00:00 dst 10.0.2.1 self permanent',
      '00:00:00:00:00:00 dst 10.0.3.1 self permanent',
      '52:54:00:00:00:02 dst 10.0.2.1 self',
    ]);
    pair.lab.runFor(301 * SECOND);
    expect(one.table.print('eth0').length).toBe(2);
    expect(one.table.find(0x5254, 2)).toBeUndefined();
  });

  it('it drops where there is nobody to flood to', () => {
    const pair = around(2, { kind: 'vxlan' });
    const [one] = tunnels(pair);
    into(one, EVERYBODY);
    pair.lab.run();
    expect(one.port.txDropped).toBe(1);
  });

  it('it does not learn where it was told not to, and never moves what was set by hand', () => {
    const pair = around(3, { kind: 'vxlan' });
    const all = tunnels(pair, { learning: false });
    all.map(outOf);
    all[0].addFlood('10.0.2.1');
    into(all[0], EVERYBODY);
    pair.lab.run();
    expect(all[1].table.print('eth0')).toEqual([]);
    all[1].learning = true;
    all[1].addEntry(VM1, '10.0.3.1');
    into(all[0], EVERYBODY);
    pair.lab.run();
    expect(all[1].port.rxPackets).toBe(1);
    expect(pair.ends[1].counters.badSource).toBe(1);
    expect(all[1].table.print('eth0')).toEqual(['52:54:00:00:00:01 dst 10.0.3.1 self permanent']);
  });

  it('it learns anew where an address has moved', () => {
    const pair = around(3, { kind: 'vxlan' });
    const all = tunnels(pair);
    all.map(outOf);
    for (const from of [1, 2]) {
      const sender = nth(all, from);
      sender.addFlood('10.0.1.1');
      into(sender, EVERYBODY);
      pair.lab.run();
      expect(all[0].table.entry(0x525400000001)?.remote.text).toBe(`10.0.${from + 1}.1`);
    }
  });
});

describe('what comes in', () => {
  const arriving = (layers: Parameters<typeof build>[0]) => {
    const pair = around(2, { kind: 'vxlan' });
    const [, two] = tunnels(pair);
    const out = outOf(two);
    const { notes } = watched(pair.lab);
    const port = pair.hosts[1].port('eth0');
    port.receive(
      pair.lab.frames.of(
        build([
          ethernet({ src: VM1, dst: port.macText }),
          ipv4({ src: '10.0.1.1', dst: '10.0.2.1' }),
          udp({ srcPort: 50000, dstPort: 4789 }),
          ...layers,
        ]),
      ),
    );
    return { counters: pair.ends[1].counters, notes, out };
  };
  const inner = [ethernet({ src: VM1, dst: VM2 }), ipv4(), 'hello'];

  it('is dropped and counted where the I flag is not set, or the VNI is another', () => {
    const flags = arriving([vxlan({ vni: 5000, flags: 0 }), ...inner]);
    expect(flags.counters).toMatchObject({ received: 1, badHeader: 1 });
    expect(flags.notes).toEqual(['V2: Drop: the I flag is not set, so the VNI is not valid']);
    const vni = arriving([vxlan({ vni: 6000 }), ...inner]);
    expect(vni.counters).toMatchObject({ received: 1, badHeader: 0, unknownVni: 1 });
    expect(vni.notes).toEqual(['V2: Drop: VNI 6000 is not known here']);
    expect(vni.out).toEqual([]);
  });

  it('is dropped where it ends inside the inner Ethernet header, or comes from a group', () => {
    const cut = arriving([vxlan({ vni: 5000 }), new Uint8Array(13)]);
    expect(cut.counters).toMatchObject({ badHeader: 1 });
    const group = arriving([
      vxlan({ vni: 5000 }),
      ethernet({ src: 'bb:bb:bb:bb:bb:bb', dst: VM2 }),
      'hello',
    ]);
    expect(group.counters).toMatchObject({ badHeader: 0, badSource: 1 });
    expect(group.out).toEqual([]);
  });
});

describe('frames that nobody has sent', () => {
  const FORGED = 0x020100000000;
  /** Gives the second of two end points 5,000 frames of as many VMs and end points. */
  const flooded = (maxLearned: number) => {
    const pair = around(2, { kind: 'vxlan' });
    const all = tunnels(pair, { maxLearned });
    const [one, two] = all;
    one.addFlood('10.0.2.1');
    two.addFlood('10.0.1.1');
    const port = pair.hosts[1].port('eth0');
    const out = outOf(two);
    for (let i = 0; i < 5000; i++) {
      const src = formatMac(FORGED + i);
      const bytes = build([
        ethernet({ src: VM1, dst: port.macText }),
        ipv4({ src: formatIpv4(0x0b000000 + i), dst: '10.0.2.1' }),
        udp({ srcPort: 50000, dstPort: 4789 }),
        vxlan({ vni: 5000 }),
        ethernet({ src, dst: VM2 }),
        'hello',
      ]);
      port.receive(pair.lab.frames.of(bytes));
    }
    return { ...pair, one, two, out };
  };

  it('fill the table of a tunnel so far and no further, and it still works', () => {
    const { lab, ends, one, two, out } = flooded(100);
    expect(two.table.learned).toBe(100);
    // As in a table that is full on Linux: they come out, and are not learned.
    expect(out).toHaveLength(5000);
    expect(ends[1].remotes.size).toBeLessThanOrEqual(1024 + 101);
    out.length = 0;
    const back = outOf(one);
    into(one, datagram());
    lab.run();
    expect(out).toEqual([datagram()]);
    // VM1 was not learned: it is flooded to, as what is unknown is.
    into(two, datagram(32, {}, VM1));
    lab.run();
    expect(back).toHaveLength(1);
    // Five minutes later what is old makes room.
    lab.runFor(301 * SECOND);
    into(one, datagram());
    lab.run();
    expect(two.table.entry(0x525400000001)?.remote).toBe(ends[1].remote(0x0a000101));
    expect(two.table.learned).toBe(1);
  });

  it('take no end point from a tunnel that knows it', () => {
    const { two } = flooded(2000);
    const end = two.endPoint;
    expect(two.table.learned).toBe(2000);
    expect(end.remotes.size).toBeLessThanOrEqual(2 * 2001);
    for (const i of [0, 1, 1023, 1024, 1999]) {
      expect(two.table.entry(FORGED + i)?.remote).toBe(end.remote(0x0b000000 + i));
    }
    expect(two.table.flood).toEqual([end.remote(0x0a000101)]);
    expect(two.table.flood[0]).toBe(end.remote(0x0a000101));
  });
});

describe("the underlay's rules", () => {
  it('see outer packets, and may drop them', () => {
    const pair = around(2, { kind: 'vxlan' });
    const [one, two] = tunnels(pair);
    const out = outOf(two);
    one.addEntry(VM2, '10.0.2.1');
    const seen: string[] = [];
    let open = true;
    pair.hosts[0].ip.addHooks({
      run: (hook, frame) => {
        const { src, dst, protocol } = parse(frame.bytes.slice(frame.network, frame.end), {
          linkType: 228,
        }).layer('ipv4') ?? { src: '', dst: '', protocol: 0 };
        seen.push(`${hook} ${src} → ${dst} ${protocol}`);
        if (!open) frame.release();
        return open;
      },
    });
    into(one, datagram());
    pair.lab.run();
    expect(seen).toEqual(['3 10.0.1.1 → 10.0.2.1 17', '4 10.0.1.1 → 10.0.2.1 17']);
    open = false;
    into(one, datagram());
    pair.lab.run();
    expect(out.length).toBe(1);
  });
});

describe('several VNIs of a host', () => {
  it('share the UDP port, and keep apart', () => {
    const pair = around(2, { kind: 'vxlan' });
    const first = pair.ends.map((end) => end.addTunnel('vxlan5000', { vni: 5000 }));
    const second = pair.ends.map((end) => end.addTunnel('vxlan6000', { vni: 6000 }));
    const [out5000, out6000] = [outOf(nth(first, 1)), outOf(nth(second, 1))];
    nth(first, 0).addEntry(VM2, '10.0.2.1');
    nth(second, 0).addEntry(VM2, '10.0.2.1');
    into(nth(second, 0), datagram(1));
    into(nth(first, 0), datagram(2));
    pair.lab.run();
    expect(out5000).toEqual([datagram(2)]);
    expect(out6000).toEqual([datagram(1)]);
    expect(() => pair.ends[0].addTunnel('other', { vni: 5000 })).toThrow(/VNI 5000 already/);
  });
});

describe('frames that are too long', () => {
  it('leave room in the MTU of the port', () => {
    const pair = around(2, { kind: 'vxlan' });
    expect(tunnels(pair).map(({ port }) => port.mtu)).toEqual([1450, 1450]);
    const jumbo = around(2, { kind: 'geneve' }, 1550);
    expect(tunnels(jumbo)[0].port.mtu).toBe(1500);
  });

  it('are answered by "fragmentation needed" where they may not be cut', () => {
    const pair = around(2, { kind: 'vxlan' });
    const [one, two] = tunnels(pair, { mtu: 1500 });
    const [back, out] = [outOf(one), outOf(two)];
    one.addEntry(VM2, '10.0.2.1');
    into(one, datagram(1422, { dontFragment: true }));
    into(one, datagram(1423, { dontFragment: true }));
    pair.lab.run();
    expect(out).toEqual([datagram(1422, { dontFragment: true })]);
    expect(back.length).toBe(1);
    const error = parse(nth(back, 0));
    expect(error.problems.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(error.layer('ethernet')).toMatchObject({ src: VM2, dst: VM1 });
    expect(error.layer('ipv4')).toMatchObject({ src: '192.168.10.6', dst: '192.168.10.5' });
    expect(error.layer('icmp')).toMatchObject({ type: 3, code: 4 });
    expect(error.layer('icmp')?.message.mtu).toBe(1450);
  });

  it('are cut outside where they may be cut inside, and put together again', () => {
    const pair = around(2, { kind: 'vxlan' });
    const [one, two] = tunnels(pair, { mtu: 1500 });
    const out = outOf(two);
    const { frames } = watched(pair.lab);
    one.addEntry(VM2, '10.0.2.1');
    into(one, datagram(1472));
    pair.lab.run();
    expect(out).toEqual([datagram(1472)]);
    const lengths = frames
      .filter(({ from }) => from.device.name === 'V1')
      .map(({ bytes }) => parse(bytes).layer('ipv4'))
      .flatMap((ip) => (ip === undefined ? [] : [ip.length]));
    expect(lengths).toEqual([1500, 70]);
  });

  it('are dropped where nobody may cut them: DF outside, none inside', () => {
    const pair = around(2, { kind: 'vxlan', df: 'set' });
    const [one, two] = tunnels(pair, { mtu: 1500 });
    const out = outOf(two);
    const { notes } = watched(pair.lab);
    one.addEntry(VM2, '10.0.2.1');
    into(one, datagram(1472));
    pair.lab.run();
    expect(out).toEqual([]);
    expect(one.port.txDropped).toBe(1);
    expect(notes.at(-1)).toContain('1550 bytes do not fit');
  });

  it('are told of with what a router of the underlay has said', () => {
    const pair = around(2, { kind: 'vxlan', df: 'set' });
    const [one, two] = tunnels(pair);
    const [back, out] = [outOf(one), outOf(two)];
    pair.router.port('eth2').mtu = 1400;
    one.addEntry(VM2, '10.0.2.1');
    // The first one is lost: the router tells the end point, not the VM.
    into(one, datagram(1400, { dontFragment: true }));
    pair.lab.run();
    expect([back.length, out.length]).toEqual([0, 0]);
    into(one, datagram(1400, { dontFragment: true }));
    pair.lab.run();
    expect(parse(nth(back, 0)).layer('icmp')?.message.mtu).toBe(1350);
  });
});

describe('ARP suppression', () => {
  it('answers for addresses that it was told of, and floods what asks for others', () => {
    const pair = around(2, { kind: 'vxlan' });
    const [one, two] = tunnels(pair);
    const [back, out] = [outOf(one), outOf(two)];
    one.addFlood('10.0.2.1');
    one.addNeighbour('192.168.10.6', VM2);
    into(one, EVERYBODY);
    pair.lab.run();
    expect(out).toEqual([]);
    const [answer] = back.map((bytes) => parse(bytes).layer('arp'));
    expect(answer).toMatchObject({
      operation: 2,
      senderHardware: VM2,
      senderProtocol: '192.168.10.6',
      targetHardware: VM1,
      targetProtocol: '192.168.10.5',
    });
    const other = build([
      ethernet({ src: VM1, dst: 'ff:ff:ff:ff:ff:ff' }),
      arp({ senderHardware: VM1, senderProtocol: '192.168.10.5', targetProtocol: '192.168.10.7' }),
    ]);
    into(one, other);
    pair.lab.run();
    expect(out).toEqual([other]);
  });
});
