import { expect, it } from 'vitest';
import { Bridge } from '../../src/lab/bridge/bridge.js';
import { Host } from '../../src/lab/host.js';
import { Lab } from '../../src/lab/lab.js';
import { Namespace, veth } from '../../src/lab/namespace.js';

it('joins namespaces to a bridge of their node by veth pairs', () => {
  const lab = new Lab();
  const node = new Host(lab, 'node', { forwarding: true });
  const cni0 = new Bridge(node, 'cni0');
  node.addAddresses(cni0.self, '10.244.1.1/24');
  const one = new Namespace(node, 'pod1');
  one.plugInto(cni0, { address: '10.244.1.5/24', mtu: 1450 });
  const two = new Namespace(node, 'pod2');
  two.plugInto(cni0, { address: '10.244.1.6/24', peer: 'veth2' });
  one.ip.addRoute('default', { via: '10.244.1.1' });
  const pings = [one.ping('10.244.1.6'), two.ping('10.244.1.1')];
  lab.run();
  expect(pings.map(({ ok }) => ok)).toEqual([true, true]);
  expect([node.port('veth-pod1').mtu, node.port('veth2').mtu]).toEqual([1450, 1500]);
  expect(node.tables().find(({ title }) => title === 'ip netns list')?.lines).toEqual([
    'pod1',
    'pod2',
  ]);
});

it('joins two namespaces with each other', () => {
  const lab = new Lab();
  const node = new Host(lab, 'node');
  const [one, two] = [1, 2].map(
    (i) => new Namespace(node, `ns${i}`, { interfaces: { veth0: { address: `10.0.0.${i}/24` } } }),
  ) as [Namespace, Namespace];
  veth(lab, one.port('veth0'), two.port('veth0'));
  const ping = one.ping('10.0.0.2');
  lab.run();
  expect(ping.answers).toMatchObject([{ kind: 'reply', time: 0 }]);
});
