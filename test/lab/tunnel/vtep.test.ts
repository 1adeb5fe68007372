import { describe, expect, it } from 'vitest';
import { Host } from '../../../src/lab/host.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import { Lab } from '../../../src/lab/lab.js';
import { Switch } from '../../../src/lab/switch.js';
import { WorkloadPolicy } from '../../../src/lab/tunnel/policy.js';
import type { TunnelOptions } from '../../../src/lab/tunnel/tunnel-options.js';
import { Vtep } from '../../../src/lab/vtep.js';
import { parse } from '../../../src/packet/parse.js';
import { nth, watched } from './support.js';

/** VTEPs 10.0.0.1 … on a switch, with a VM each: 192.168.10.5 … */
function cluster(count: number, options: Omit<TunnelOptions, 'vni'>, mtu = 1450) {
  const lab = new Lab();
  const sw = new Switch(lab, 'SW');
  const { frames, notes } = watched(lab);
  const vms: Host[] = [];
  const vteps: Vtep[] = [];
  for (let i = 1; i <= count; i++) {
    const vtep = new Vtep(lab, `VTEP${i}`, {
      interfaces: { eth0: { address: `10.0.0.${i}/24` } },
      tunnel: { kind: 'vxlan', local: `10.0.0.${i}` },
    });
    lab.connect(vtep.port('eth0'), sw.port(`${i}`));
    vtep.addSegment(5000, options);
    const vm = new Host(lab, `VM${i}`, {
      interfaces: { eth0: { address: `192.168.10.${i + 4}/24`, mtu } },
    });
    vtep.plug(5000, vm.port('eth0'));
    vms.push(vm);
    vteps.push(vtep);
  }
  lab.run();
  return { lab, vms, vteps, frames, notes };
}

describe('end points that share a multicast group', () => {
  it('join it by IGMP, flood to it, and learn each other from what comes', () => {
    const { lab, vms, vteps, frames } = cluster(3, { group: '239.1.1.1' });
    const joins = frames.map(({ bytes }) => parse(bytes)).filter((packet) => packet.layer('igmp'));
    expect(joins.flatMap(({ problems }) => problems)).toEqual([]);
    expect(
      joins.filter((packet) => packet.layer('ethernet')?.dst === '01:00:5e:00:00:16').length,
    ).toBe(joins.length);
    expect(new Set(joins.map((packet) => packet.layer('ipv4')?.src))).toEqual(
      new Set(['10.0.0.1', '10.0.0.2', '10.0.0.3']),
    );
    for (const packet of joins) {
      expect(packet.layer('igmp')?.message.records).toMatchObject([
        { type: 4, group: '239.1.1.1', sources: [] },
      ]);
    }
    const before = frames.length;
    const ping = nth(vms, 0).ping('192.168.10.6');
    lab.run();
    expect(ping.ok).toBe(true);
    const outer = frames
      .slice(before)
      .map(({ bytes }) => parse(bytes))
      .filter((packet) => packet.layer('vxlan'));
    const flooded = outer.filter((packet) => packet.layer('ipv4')?.dst === '239.1.1.1');
    expect(flooded.map((packet) => packet.layers.at(-1)?.descriptor.name)).toEqual(
      Array(flooded.length).fill('arp'),
    );
    expect(flooded[0]?.layer('ethernet')?.dst).toBe('01:00:5e:01:01:01');
    expect(flooded[0]?.layer('ipv4')?.ttl).toBe(1);
    const mac = nth(vms, 1).port('eth0').macText;
    expect(nth(vteps, 0).segment(5000).tunnel.table.print('eth0')).toEqual([
      '00:00:00:00:00:00 dst 239.1.1.1 via eth0 self permanent',
      `${mac} dst 10.0.0.2 self`,
    ]);
    // The third has heard the question, and learned who asked.
    const asker = nth(vms, 0).port('eth0').macText;
    expect(nth(vteps, 2).segment(5000).tunnel.table.print('eth0')).toContain(
      `${asker} dst 10.0.0.1 self`,
    );
  });
});

describe('a VM whose MTU is larger than its tunnel has', () => {
  const remotes = ['10.0.0.2', '10.0.0.1'];

  it('loses what is too long in silence, as on Linux: the bridge drops it', () => {
    const { lab, vms, vteps } = cluster(2, { remotes }, 1500);
    const small = nth(vms, 0).ping('192.168.10.6', { size: 1422, dontFragment: true });
    lab.run();
    expect(small.ok).toBe(true);
    const large = nth(vms, 0).ping('192.168.10.6', { size: 1472, dontFragment: true });
    lab.run();
    expect(large.answers).toEqual([{ kind: 'timeout' }]);
    expect(nth(vteps, 0).port('vxlan5000').txDropped).toBe(1);
  });

  it('is told where the tunnel lets it try, and does better then', () => {
    const { lab, vms } = cluster(2, { remotes, mtu: 1500 }, 1500);
    const large = nth(vms, 0).ping('192.168.10.6', { size: 1472, dontFragment: true, count: 2 });
    lab.run();
    expect(large.print()).toEqual([
      'From 192.168.10.6 icmp_seq=1 Frag needed and DF set (mtu = 1450)',
      'ping: local error: message too long, mtu=1450',
    ]);
    const cut = nth(vms, 0).ping('192.168.10.6', { size: 1472 });
    lab.run();
    expect(cut.ok).toBe(true);
  });
});

it('is not bound to the underlay where its MTU leaves no room, and then has no group', () => {
  const print = (mtu: number): string => {
    const { lab } = cluster(1, { mtu });
    const tables = lab
      .tables()
      .find(({ title }) => title.includes('ip -d link show dev vxlan5000'));
    return tables?.lines.join('\n') ?? '';
  };
  expect(print(1450)).toContain(' local 10.0.0.1 dev eth0 srcport 0 0 ');
  expect(print(1451)).toContain(' local 10.0.0.1 srcport 0 0 ');
  expect(() => cluster(1, { mtu: 1451, group: '239.1.1.1' })).toThrow(
    'VTEP1:vxlan5000: it is bound to eth0, whose MTU leaves 1450 bytes, not 1451',
  );
  expect(() => cluster(1, { dev: true, mtu: 1451 })).toThrow('it is bound to eth0');
  expect(() => cluster(1, { dev: false, group: '239.1.1.1' })).toThrow(
    'VTEP1:vxlan5000: a group needs `dev`, the interface to join it on',
  );
});

it('speaks of no flood where its bridge has one port for a frame', () => {
  const { lab, vms, vteps, notes } = cluster(1, {});
  nth(vms, 0).ping('192.168.10.99');
  lab.run();
  expect(notes).toContainEqual(expect.stringMatching(/^VTEP1: .*Broadcast → vxlan5000$/s));
  expect(notes.join('\n')).not.toContain('FLOOD');
  const other = new Host(lab, 'VM9', { interfaces: { eth0: { address: '192.168.10.9/24' } } });
  nth(vteps, 0).plug(5000, other.port('eth0'));
  nth(vms, 0).ping('192.168.10.98');
  lab.run();
  expect(notes).toContainEqual('VTEP1: Broadcast → FLOOD');
});

it('says which tunnel a frame to the tunnel itself goes to', () => {
  const { lab, vteps, notes } = cluster(2, {});
  const ports = vteps.map((vtep, i) => {
    const { port } = vtep.endPoint.addTunnel('vxlan6000', { vni: 6000 });
    vtep.addAddresses(port, `10.244.${i + 1}.0/16`);
    return port;
  });
  const [near, far] = [nth(vteps, 0), nth(ports, 1)];
  near.endPoint.tunnels.get(6000)?.addEntry(far.macText, '10.0.0.2');
  near.ip.interfaceOf(nth(ports, 0)).neighbours.setPermanent(addressOf('10.244.2.0'), far.mac);
  near.ping('10.244.2.0');
  lab.run();
  expect(notes).toContain('VTEP1: Lookup: 10.244.2.0 (vxlan6000 of VTEP2) → 10.0.0.2\nVNI: 6000');
});

it('shows its devices, tables and counters as Linux does', () => {
  const { lab } = cluster(2, { group: '239.1.1.1', learning: false, ageing: 0 });
  const tables = new Map(lab.tables().map(({ title, lines }) => [title, lines]));
  expect(tables.get('VTEP1# ip -d link show dev vxlan5000')).toEqual([
    '3: vxlan5000: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master br5000 state UNKNOWN mode DEFAULT group default qlen 1000',
    '    link/ether 02:00:00:00:00:0b brd ff:ff:ff:ff:ff:ff promiscuity 1  allmulti 1 minmtu 68 maxmtu 65535',
    '    vxlan id 5000 group 239.1.1.1 local 10.0.0.1 dev eth0 srcport 0 0 dstport 4789 nolearning ttl auto ageing none noudpcsum noudp6zerocsumtx noudp6zerocsumrx',
    expect.stringMatching(/^ {4}bridge_slave state forwarding .*port_no 0x1 .*gro_max_size 65536$/),
  ]);
  expect(tables.get('VTEP1# bridge fdb show dev vxlan5000')).toEqual([
    '02:00:00:00:00:0b master br5000 permanent',
    '00:00:00:00:00:00 dst 239.1.1.1 via eth0 self permanent',
  ]);
  expect(tables.get('VTEP1# ip route')).toContain('239.1.1.1 dev eth0 scope link');
  expect(tables.get('VTEP1# counters of vxlan')).toContain('received 0');
});

it('says which VNIs and addresses there are where it is asked for others', () => {
  const { vteps, vms } = cluster(1, {});
  const vtep = nth(vteps, 0);
  expect(() => vtep.plug(6000, nth(vms, 0).port('eth0'))).toThrow(
    'VTEP1 has no VNI 6000; it has 5000',
  );
  expect(() => vtep.addSegment(5000)).toThrow(/VNI 5000 already/);
  expect(() => vtep.addSegment(7000, { group: '10.0.0.2' })).toThrow(/no multicast group/);
  expect(() => vtep.addSegment(7000, { policy: new WorkloadPolicy({}) })).toThrow(/Geneve/);
  const other = { tunnel: { kind: 'gre' as 'vxlan', local: '10.0.0.1' } };
  expect(() => new Vtep(new Lab(), 'X', other)).toThrow(
    'kind of a tunnel is "gre": expected vxlan',
  );
  const options = { tunnel: { kind: 'vxlan', local: '10.9.9.9' } } as const;
  expect(() => new Vtep(new Lab(), 'X', options)).toThrow(/does not have the address 10.9.9.9/);
});
