import { describe, expect, it } from 'vitest';
import { Bridge } from '../../../src/lab/bridge/bridge.js';
import { SECOND } from '../../../src/lab/clock.js';
import { Host } from '../../../src/lab/host.js';
import { Lab } from '../../../src/lab/lab.js';
import { addVlanPort } from '../../../src/lab/vlan-port.js';
import { Station } from '../../support/station.js';

const A = 'aa:aa:aa:aa:aa:aa';
const B = 'ba:bb:bb:bb:bb:bb';
const C = '02:00:00:00:cc:cc';
const ALL = 'ff:ff:ff:ff:ff:ff';

/** A host with a bridge, and stations at its ports eth1, eth2 … */
function bridged(
  ports: readonly Parameters<Bridge['addPort']>[1][],
  options: ConstructorParameters<typeof Bridge>[2] = {},
) {
  const lab = new Lab();
  const node = new Host(lab, 'node');
  const bridge = new Bridge(node, 'br0', { self: { mac: '02:00:00:00:0b:00' }, ...options });
  const stations = ports.map((spec, i) => {
    const port = node.addPort(`eth${i + 1}`, { mac: `02:00:00:00:0b:0${i + 1}` });
    bridge.addPort(port, spec);
    const station = new Station(lab, `S${i + 1}`);
    lab.connect(station.port('eth0'), port);
    return station;
  });
  const notes: string[] = [];
  lab.watch({ noted: ({ text }) => notes.push(text) });
  return { lab, node, bridge, stations: stations as [Station, Station, Station, Station], notes };
}

describe('a bridge', () => {
  it('floods what it does not know, and learns where answers come from', () => {
    const { lab, bridge, stations, notes } = bridged([{}, {}, {}]);
    const [one, two, three] = stations;
    one.send(B, A);
    lab.run();
    expect([one, two, three].map(({ received }) => received.length)).toEqual([0, 1, 1]);
    two.send(A, B);
    one.send(B, A);
    lab.run();
    expect([one, two, three].map(({ received }) => received.length)).toEqual([1, 2, 1]);
    expect(notes).toEqual([
      'Learn: AA:AA:AA:AA:AA:AA on eth1\nUnknown destination → FLOOD',
      'Learn: BA:BB:BB:BB:BB:BB on eth2\nForward to eth1',
      'Forward to eth2',
    ]);
    expect(bridge.fdb.all.length).toBe(6);
    expect(lab.tables().find(({ title }) => title.includes('fdb'))).toEqual({
      title: 'node# bridge fdb show br br0',
      lines: [
        '02:00:00:00:0b:00 dev br0 master br0 permanent',
        '02:00:00:00:0b:01 dev eth1 master br0 permanent',
        '02:00:00:00:0b:02 dev eth2 master br0 permanent',
        '02:00:00:00:0b:03 dev eth3 master br0 permanent',
        'aa:aa:aa:aa:aa:aa dev eth1 master br0',
        'ba:bb:bb:bb:bb:bb dev eth2 master br0',
      ],
    });
  });

  it('does not learn from frames of a group or of nobody, and drops them', () => {
    const { lab, bridge, stations, notes } = bridged([{}, {}]);
    const [one, two] = stations;
    one.send(A, 'bb:bb:bb:bb:bb:bb');
    one.send(A, '00:00:00:00:00:00');
    one.send(ALL, '00:00:00:00:00:01');
    lab.run();
    expect(two.received.length).toBe(1);
    expect(bridge.fdb.learned).toBe(1);
    expect(notes[0]).toBe('The source is no address of a station: not learned, drop');
    expect(bridge.members[0]?.port.rxDropped).toBe(2);
  });

  it('keeps frames for 01:80:c2:00:00:0x to itself, and forwards their neighbours', () => {
    const { lab, stations } = bridged([{}, {}]);
    const [one, two] = stations;
    for (const dst of ['01:80:c2:00:00:00', '01:80:c2:00:00:0e', '01:80:c2:00:00:0f']) {
      one.send(dst, A);
    }
    lab.run();
    expect(two.received).toEqual([]);
    one.send('01:80:c2:00:00:10', A);
    lab.run();
    expect(two.received.length).toBe(1);
  });

  it('forgets an address after 300 s without a frame from it', () => {
    const { lab, bridge, stations } = bridged([{}, {}, {}]);
    const [one, two, three] = stations;
    one.send(ALL, A);
    lab.run();
    lab.runFor(200 * SECOND);
    one.send(ALL, A);
    lab.run();
    lab.runFor(300 * SECOND);
    two.send(A, B);
    lab.run();
    expect(three.received.length).toBe(2);
    lab.runFor(1);
    expect(
      bridge.fdb.all.some(({ kind, port }) => kind === 'dynamic' && port.label === 'eth1'),
    ).toBe(false);
    two.send(A, B);
    lab.run();
    expect(three.received.length).toBe(3);
  });

  it('follows an address that moves, but not a static one', () => {
    const { lab, bridge, node, stations, notes } = bridged([{}, {}, {}]);
    const [one, two, three] = stations;
    one.send(ALL, A);
    two.send(ALL, A);
    lab.run();
    expect(notes[1]).toBe('Learn: AA:AA:AA:AA:AA:AA on eth2 (it has moved)\nBroadcast → FLOOD');
    const seen = two.received.length;
    three.send(A, C);
    lab.run();
    expect(two.received.length).toBe(seen + 1);
    bridge.addStatic(A, node.port('eth1'));
    two.send(ALL, A);
    lab.run();
    const before = one.received.length;
    three.send(A, C);
    lab.run();
    expect(one.received.length).toBe(before + 1);
    expect(bridge.tables()[0]?.lines).toContain(
      'aa:aa:aa:aa:aa:aa dev eth1 master br0 sticky static',
    );
  });

  it('learns no more addresses than it may, until old ones make room', () => {
    const { lab, bridge, stations } = bridged([{}, {}], { maxLearned: 2 });
    const [one] = stations;
    for (let i = 1; i <= 5; i++) one.send(ALL, `02:00:00:00:01:0${i}`);
    lab.run();
    expect(bridge.fdb.learned).toBe(2);
    lab.runFor(301 * SECOND);
    one.send(ALL, '02:00:00:00:01:09');
    lab.run();
    expect(bridge.fdb.learned).toBe(1);
    expect(bridge.tables()[0]?.lines).toContain('02:00:00:00:01:09 dev eth1 master br0');
  });

  it('sends nothing back by the port that it came in by, but for hairpin', () => {
    const { lab, stations } = bridged([{}, { hairpin: true }]);
    const [one, two] = stations;
    one.send(ALL, A);
    one.send(A, C);
    two.send(ALL, B);
    lab.run();
    // One hears of two's broadcast alone; two hears its own.
    expect(one.received.length).toBe(1);
    expect(two.received.length).toBe(2);
  });

  it('lets isolated ports speak with others only', () => {
    const { lab, stations } = bridged([{ isolated: true }, { isolated: true }, {}]);
    const [one, two, three] = stations;
    one.send(ALL, A);
    three.send(ALL, C);
    two.send(A, B);
    lab.run();
    expect(one.received.length).toBe(1);
    expect(two.received.length).toBe(1);
    expect(three.received.length).toBe(1);
  });

  it('has a port of its own, on which the host has an address', () => {
    const lab = new Lab();
    const node = new Host(lab, 'node');
    const bridge = new Bridge(node, 'br0');
    node.addAddresses(bridge.self, '10.244.1.1/24');
    const hosts = [5, 6].map((i) => {
      const host = new Host(lab, `pod${i}`, {
        interfaces: { eth0: { address: `10.244.1.${i}/24` } },
      });
      const port = node.addPort(`veth${i}`);
      bridge.addPort(port);
      lab.connect(host.port('eth0'), port);
      return host;
    }) as [Host, Host];
    const pings = [
      hosts[0].ping('10.244.1.1'),
      hosts[1].ping('10.244.1.5'),
      node.ping('10.244.1.6'),
    ];
    lab.run();
    expect(pings.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(bridge.self.txPackets).toBeGreaterThan(2);
    expect([bridge.self.txDropped, bridge.self.rxDropped]).toEqual([0, 0]);
    for (const { port } of bridge.members) port.up = false;
    node.ping('10.244.1.77', { timeout: SECOND });
    lab.run();
    expect([bridge.self.txDropped, bridge.self.rxDropped]).toEqual([3, 0]);
  });

  it('gives the host an address in each VLAN, by interfaces on its own port', () => {
    const { lab, bridge, node } = bridged([], {
      vlanFiltering: true,
      self: { pvid: 10, vlans: [20], mac: '02:00:00:00:0b:00' },
    });
    node.addAddresses(bridge.self, '192.168.10.1/24');
    node.addAddresses(addVlanPort(bridge.self, 20), '192.168.20.1/24');
    const pings = [10, 20].map((vid) => {
      const host = new Host(lab, `H${vid}`, {
        interfaces: { eth0: { address: `192.168.${vid}.5/24` } },
      });
      const port = node.addPort(`eth${vid}`);
      bridge.addPort(port, { pvid: vid });
      lab.connect(host.port('eth0'), port);
      return host.ping(`192.168.${vid}.1`);
    });
    lab.run();
    expect(pings.map(({ ok }) => ok)).toEqual([true, true]);
    expect(bridge.tables()[2]?.lines).toEqual([
      'port              vlan-id',
      'eth10             10 PVID Egress Untagged',
      'eth20             20 PVID Egress Untagged',
      'br0               10 PVID Egress Untagged',
      '                  20',
    ]);
  });

  it('lets go of a port, and forgets what was behind it', () => {
    const { lab, bridge, node, stations } = bridged([{}, {}, {}]);
    const [one, two, three] = stations;
    two.send(ALL, B);
    lab.run();
    bridge.removePort(node.port('eth2'));
    one.send(B, A, { text: 'where are you?' });
    lab.run();
    expect(two.received).toEqual([]);
    expect(three.seen).toEqual(['hello', 'where are you?']);
    expect(bridge.tables()[0]?.lines.join()).not.toContain('eth2');
    expect(() => bridge.removePort(node.port('eth2'))).toThrow(/no port of node:br0/);
    expect(() => bridge.memberOf(node.port('eth2'))).toThrow(/no port of node:br0/);
    bridge.addPort(node.port('eth2'));
  });

  it('drops what is too long for the port that it leaves by, a tag not counted', () => {
    const { lab, node, stations } = bridged([{}, {}]);
    const [one, two] = stations;
    node.port('eth2').mtu = 1000;
    one.send(ALL, A, { text: 'x'.repeat(1000) });
    one.send(ALL, A, { text: 'x'.repeat(1000), vid: 7 });
    one.send(ALL, A, { text: 'x'.repeat(1005) });
    lab.run();
    expect(two.received.length).toBe(2);
    expect(node.port('eth2').txDropped).toBe(1);
  });

  it('refuses a port that is in use or not its device’s', () => {
    const { bridge, node, stations } = bridged([{}]);
    expect(() => bridge.addPort(node.port('eth1'))).toThrow(/in use/);
    expect(() => bridge.addPort(stations[0].port('eth0'))).toThrow(/another device/);
    expect(() => bridge.addPort(node.addPort('eth9'), { pvid: 10 })).toThrow(/vlanFiltering/);
  });
});
