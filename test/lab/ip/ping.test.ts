import { expect, it } from 'vitest';
import { Host } from '../../../src/lab/host.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import { Lab } from '../../../src/lab/lab.js';

it.each([
  [0, '0.000'],
  [250, '0.500'],
  [499.9995, '0.999'],
  [500, '1.00'],
  [4997, '9.99'],
  [4998, '10.0'],
  [6149, '12.3'],
  [49_974, '99.9'],
  [49_975, '100'],
  [61_500, '123'],
])('prints the round trip of a link of %s µs as iputils does', (micros, text) => {
  const lab = new Lab();
  const [a, b] = ['A', 'B'].map(
    (name, i) => new Host(lab, name, { interfaces: { eth0: { address: `10.0.0.${i + 1}/24` } } }),
  ) as [Host, Host];
  lab.connect(a.port('eth0'), b.port('eth0'), { latency: Math.floor(micros * 1000) });
  for (const [one, other, address] of [
    [a, b, '10.0.0.2'],
    [b, a, '10.0.0.1'],
  ] as const) {
    const { neighbours } = one.ip.interfaceOf(one.port('eth0'));
    neighbours.setPermanent(addressOf(address), other.port('eth0').mac);
  }
  const ping = a.ping('10.0.0.2');
  lab.run();
  expect(ping.print()).toEqual([`64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=${text} ms`]);
});
