import { describe, expect, it } from 'vitest';
import { Lab } from '../../src/lab/lab.js';
import { Switch, type SwitchPortSpec } from '../../src/lab/switch.js';
import { Station } from '../support/station.js';

const A = 'aa:aa:aa:aa:aa:aa';
const B = 'ba:bb:bb:bb:bb:bb';
const ALL = 'ff:ff:ff:ff:ff:ff';

function wired(ports: Readonly<Record<string, SwitchPortSpec>>) {
  const lab = new Lab();
  const sw = new Switch(lab, 'SW', { ports });
  const stations = Object.keys(ports).map((name) => {
    const station = new Station(lab, `S${name}`);
    lab.connect(station.port('eth0'), sw.port(name));
    return station;
  });
  const notes: string[] = [];
  lab.watch({ noted: ({ text }) => notes.push(text) });
  return { lab, sw, stations: stations as [Station, Station, Station, Station], notes };
}

const PORT_FLAGS =
  '    hairpin off guard off root_block off fastleave off learning on flood on mcast_flood on bcast_flood on mcast_router 1 mcast_to_unicast off neigh_suppress off vlan_tunnel off isolated off locked off';

describe('a switch with VLANs', () => {
  it('floods within a VLAN, untagged on access ports and tagged on trunks', () => {
    const { lab, stations, notes } = wired({
      1: { access: 10 },
      2: { access: 10 },
      3: { access: 20 },
      4: { trunk: [10, 20] },
    });
    const [one, two, three, four] = stations;
    one.send(ALL, A, { text: 'from 1' });
    four.send(ALL, B, { vid: 20, text: 'from 4' });
    four.send(ALL, B, { vid: 10, priority: 5, text: 'urgent' });
    lab.run();
    expect(one.seen).toEqual(['urgent']);
    expect(two.seen).toEqual(['from 1', 'urgent']);
    expect(three.seen).toEqual(['from 4']);
    expect(four.seen).toEqual(['10 from 1']);
    expect(notes[0]).toBe(
      'Port 1 is in VLAN 10\nLearn: AA:AA:AA:AA:AA:AA on Port 1\nBroadcast → FLOOD\nForward to VLAN 10 ports',
    );
    expect(notes[1]).toMatch(/^Read 802.1Q tag\nVLAN ID = 20\nLearn/);
  });

  it('keeps priority and DEI from trunk to trunk', () => {
    const { lab, stations } = wired({ 1: { trunk: 'all' }, 2: { trunk: [30] } });
    const [one, two] = stations;
    one.send(ALL, A, { vid: 30, priority: 7 });
    one.send(ALL, A, { vid: 31, priority: 7 });
    lab.run();
    expect(two.seen).toEqual(['30/7 hello']);
  });

  it('takes frames without a tag and with priority alone for the native VLAN', () => {
    const { lab, stations } = wired({
      1: { trunk: [20], native: 10 },
      2: { access: 10 },
      3: { trunk: [10, 20] },
      4: { trunk: [20] },
    });
    const [one, two, three, four] = stations;
    one.send(ALL, A, { text: 'untagged' });
    one.send(ALL, A, { vid: 0, priority: 3, text: 'priority' });
    // No native VLAN there: dropped.
    four.send(ALL, B, { text: 'nowhere' });
    three.send(ALL, B, { vid: 10, text: 'back' });
    lab.run();
    expect(two.seen).toEqual(['untagged', 'priority', 'back']);
    expect(three.seen).toEqual(['10 untagged', '10/3 priority']);
    expect(four.seen).toEqual([]);
    expect(one.seen).toEqual(['back']);
  });

  it('learns an address in each VLAN for itself', () => {
    const { lab, sw, stations } = wired({
      1: { access: 10 },
      2: { access: 20 },
      3: { trunk: [10, 20] },
    });
    const [one, two, three] = stations;
    one.send(ALL, A);
    two.send(ALL, A);
    lab.run();
    three.send(A, B, { vid: 10, text: 'ten' });
    three.send(A, B, { vid: 20, text: 'twenty' });
    lab.run();
    expect(one.seen).toEqual(['ten']);
    expect(two.seen).toEqual(['twenty']);
    expect(sw.tables()).toEqual([
      {
        title: 'bridge fdb show br br0',
        lines: [
          '02:00:00:00:00:01 dev br0 master br0 permanent',
          '02:00:00:00:00:02 dev 1 master br0 permanent',
          '02:00:00:00:00:03 dev 2 master br0 permanent',
          '02:00:00:00:00:04 dev 3 master br0 permanent',
          'aa:aa:aa:aa:aa:aa dev 1 vlan 10 master br0',
          'ba:bb:bb:bb:bb:bb dev 3 vlan 10 master br0',
          'aa:aa:aa:aa:aa:aa dev 2 vlan 20 master br0',
          'ba:bb:bb:bb:bb:bb dev 3 vlan 20 master br0',
        ],
      },
      {
        title: 'bridge -d link show master br0',
        lines: ['3: 1', '4: 2', '5: 3'].flatMap((name) => [
          `${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master br0 state forwarding priority 32 cost 2`,
          PORT_FLAGS,
        ]),
      },
      {
        title: 'bridge -compressvlans vlan show',
        lines: [
          'port              vlan-id',
          '1                 10 PVID Egress Untagged',
          '2                 20 PVID Egress Untagged',
          '3                 10',
          '                  20',
          'br0               1 PVID Egress Untagged',
        ],
      },
    ]);
  });

  it('drops a tag that its port is not in, known destination or not', () => {
    const { lab, sw, stations, notes } = wired({ 1: { access: 10 }, 2: { access: 20 } });
    const [one, two] = stations;
    two.send(ALL, B);
    lab.run();
    one.send(B, A, { vid: 20 });
    one.send(B, A, { vid: 4095 });
    lab.run();
    expect(two.seen).toEqual([]);
    expect(sw.port('1').rxDropped).toBe(2);
    expect(notes.at(-1)).toBe('Read 802.1Q tag\nVLAN ID = 4095\nPort 1 is not in VLAN 4095: drop');
  });

  it.each([0, 4095, -1, 1.5, 4096])('refuses VLAN %s', (vid) => {
    for (const spec of [{ access: vid }, { trunk: [vid] }, { trunk: [1], native: vid }]) {
      expect(() => new Switch(new Lab(), 'SW', { ports: { 1: spec } })).toThrow(
        `SW:1: a VLAN id is 1–4094, not ${vid}`,
      );
    }
  });

  it('takes 1 and 4094, on one port all that there are', () => {
    const { lab, sw, stations } = wired({
      1: { access: 1 },
      2: { access: 4094 },
      3: { trunk: 'all' },
    });
    const [one, two, three] = stations;
    one.send(ALL, A, { text: 'first' });
    two.send(ALL, B, { text: 'last' });
    lab.run();
    expect(three.seen).toEqual(['1 first', '4094 last']);
    expect(sw.bridge.tables()[2]?.lines).toContain('3                 1-4094');
  });

  it('refuses what is neither access port nor trunk', () => {
    const make = (spec: SwitchPortSpec) => () =>
      new Switch(new Lab(), 'SW', { ports: { 1: spec } });
    expect(make({ access: 10, trunk: [20] })).toThrow(/not both/);
    expect(make({ native: 10 })).toThrow(/only a trunk/);
  });
});

describe('a switch without VLANs', () => {
  it('passes tags on as they are', () => {
    const { lab, stations } = wired({ 1: {}, 2: {} });
    const [one, two] = stations;
    one.send(ALL, A, { vid: 4095, text: 'odd' });
    lab.run();
    expect(two.seen).toEqual(['4095 odd']);
  });
});
