import { expect, it } from 'vitest';
import { Bridge } from '../../src/lab/bridge/bridge.js';
import { Host } from '../../src/lab/host.js';
import { Lab } from '../../src/lab/lab.js';
import { Namespace } from '../../src/lab/namespace.js';
import { hasCarrier, linkFlags, linkName, linkState } from '../../src/lab/net-device.js';
import type { Port } from '../../src/lab/port.js';
import { addVlanPort } from '../../src/lab/vlan-port.js';

function addresses(host: Host): readonly string[] {
  return host.tables().find(({ title }) => title === 'ip -br address')?.lines ?? [];
}

const shown = (port: Port): string => `${linkName(port)} <${linkFlags(port)}> ${linkState(port)}`;

it('names the other end of a veth pair by its number where that is in another namespace', () => {
  const lab = new Lab();
  const node = new Host(lab, 'N', { interfaces: { eth0: { address: '10.0.0.1/24' } } });
  const bridge = new Bridge(node, 'cni0');
  node.addAddresses(bridge.self, '10.244.1.1/24');
  const pod = new Namespace(node, 'Pod1');
  pod.plugInto(bridge, { address: '10.244.1.5/24' });
  expect(addresses(node)).toEqual([
    'lo               UNKNOWN        127.0.0.1/8',
    'eth0             DOWN           10.0.0.1/24',
    'cni0             UP             10.244.1.1/24',
    'veth-Pod1@if2    UP',
  ]);
  expect(addresses(pod)).toEqual([
    'lo               UNKNOWN        127.0.0.1/8',
    'eth0@if4         UP             10.244.1.5/24',
  ]);
  pod.port('eth0').up = false;
  expect(addresses(node).slice(2)).toEqual([
    'cni0             DOWN           10.244.1.1/24',
    'veth-Pod1@if2    LOWERLAYERDOWN',
  ]);
});

it('tells of a carrier as Linux does', () => {
  const lab = new Lab();
  const a = new Host(lab, 'A', { interfaces: { eth0: {} } }).port('eth0');
  const b = new Host(lab, 'B', { interfaces: { eth0: {} } }).port('eth0');
  const vlan = addVlanPort(a, 10);
  expect(shown(a)).toBe('eth0 <NO-CARRIER,BROADCAST,MULTICAST,UP> DOWN');
  const link = lab.connect(a, b);
  expect(shown(a)).toBe('eth0 <BROADCAST,MULTICAST,UP,LOWER_UP> UP');
  expect(shown(vlan)).toBe('eth0.10@eth0 <BROADCAST,MULTICAST,UP,LOWER_UP> UP');
  b.up = false;
  expect(shown(a)).toBe('eth0 <NO-CARRIER,BROADCAST,MULTICAST,UP> DOWN');
  expect(shown(b)).toBe('eth0 <BROADCAST,MULTICAST> DOWN');
  expect(shown(vlan)).toBe('eth0.10@eth0 <NO-CARRIER,BROADCAST,MULTICAST,UP> LOWERLAYERDOWN');
  b.up = true;
  expect(hasCarrier(a)).toBe(true);
  lab.disconnect(link);
  expect(hasCarrier(a)).toBe(false);
});
