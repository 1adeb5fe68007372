import { describe, expect, it } from 'vitest';
import { Host, Router } from '../../src/lab/host.js';
import { Lab } from '../../src/lab/lab.js';
import { Outside } from '../../src/lab/outside.js';
import { Switch } from '../../src/lab/switch.js';
import { addVlanPort } from '../../src/lab/vlan-port.js';
import { mutate, randomFrom } from '../fuzz/mutate.js';
import { seeds } from '../fuzz/seeds.js';

/** A host, a router with a VLAN on it, and the outside, all on a switch. */
function neighbourhood() {
  const lab = new Lab();
  const host = new Host(lab, 'A', { interfaces: { eth0: { address: '192.168.1.10/24' } } });
  const router = new Router(lab, 'R', {
    interfaces: { eth0: { address: '192.168.1.1/24' }, eth1: { address: '10.0.0.1/24' } },
  });
  router.addAddresses(addVlanPort(router.port('eth0'), 10), '192.168.10.1/24');
  const sw = new Switch(lab, 'SW');
  const outside = new Outside(lab, 'outside');
  lab.connect(host.port('eth0'), sw.port('1'));
  lab.connect(router.port('eth0'), sw.port('2'));
  lab.connect(sw.port('3'), outside.end);
  return { lab, host, router, outside };
}

describe('the outside', () => {
  it('hears what the lab sends there, and is heard', () => {
    const { lab, host, outside } = neighbourhood();
    const heard: string[] = [];
    outside.sink = (frame) => heard.push(Buffer.from(frame).toString('hex', 12, 14));
    host.ping('192.168.1.99');
    lab.run();
    expect(heard[0]).toBe('0806');
    const other = neighbourhood();
    const frames: Uint8Array[] = [];
    outside.sink = (frame) => frames.push(frame.slice());
    host.ping('192.168.1.1');
    lab.run();
    for (const frame of frames) other.outside.inject(frame);
    other.lab.run();
    expect(other.host.port('eth0').rxPackets).toBeGreaterThan(0);
  });

  it('may send anything at all: nothing throws, and the hosts are as well as before', () => {
    const { lab, host, router, outside } = neighbourhood();
    lab.watch({});
    const random = randomFrom(20);
    const macs = [host.port('eth0').mac, router.port('eth0').mac, 0xffffffffffff];
    const known = seeds(false);
    for (let round = 0; round < 5000; round++) {
      const { data } = mutate(random, known);
      // Most of it to somebody, or nobody would look at more than the address.
      const mac = macs[random(macs.length)] as number;
      const kept = random(4) === 0 ? 6 : 0;
      for (let i = kept; i < Math.min(6, data.length); i++) {
        data[i] = Math.floor(mac / 256 ** (5 - i)) % 256;
      }
      outside.inject(data);
      lab.run();
    }
    lab.runFor(3_600_000_000_000);
    const ping = host.ping('192.168.1.1');
    lab.run();
    expect(ping.ok).toBe(true);
    expect(host.port('eth0').rxPackets).toBeGreaterThan(1000);
  });

  it('sends neither nothing nor more than a datagram holds', () => {
    const { lab, outside } = neighbourhood();
    expect(outside.inject(new Uint8Array(0))).toBe(false);
    expect(outside.inject(new Uint8Array(65_508))).toBe(false);
    expect(outside.inject(new Uint8Array(65_507))).toBe(true);
    lab.run();
  });
});
