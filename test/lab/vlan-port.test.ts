import { describe, expect, it } from 'vitest';
import { Bridge } from '../../src/lab/bridge/bridge.js';
import { Host, Router } from '../../src/lab/host.js';
import { Lab } from '../../src/lab/lab.js';
import { Switch } from '../../src/lab/switch.js';
import { addVlanPort } from '../../src/lab/vlan-port.js';
import { parse } from '../../src/packet/parse.js';
import { Station } from '../support/station.js';

const A = 'aa:aa:aa:aa:aa:aa';
const ALL = 'ff:ff:ff:ff:ff:ff';

describe('an interface of a VLAN', () => {
  it('makes a router on a stick: between two VLANs over one cable', () => {
    const lab = new Lab();
    const host = (name: string, address: string, gateway: string): Host =>
      new Host(lab, name, { interfaces: { eth0: { address } }, gateway });
    const a = host('A', '192.168.10.5/24', '192.168.10.1');
    const c = host('C', '192.168.20.5/24', '192.168.20.1');
    const sw = new Switch(lab, 'SW', {
      ports: { 1: { access: 10 }, 2: { access: 20 }, 3: { trunk: [10, 20] } },
    });
    const r = new Router(lab, 'R');
    const eth0 = r.addPort('eth0');
    r.addAddresses(addVlanPort(eth0, 10), '192.168.10.1/24');
    r.addAddresses(addVlanPort(eth0, 20), '192.168.20.1/24');
    lab.connect(a.port('eth0'), sw.port('1'));
    lab.connect(c.port('eth0'), sw.port('2'));
    const stick = lab.connect(eth0, sw.port('3'));
    const tags: (number | undefined)[] = [];
    lab.watch({
      crossed: ({ link, bytes }) => {
        if (link === stick) tags.push(parse(bytes).layer('dot1q')?.vid);
      },
    });
    const ping = a.ping('192.168.20.5');
    lab.run();
    expect(ping.answers).toMatchObject([{ kind: 'reply', ttl: 63 }]);
    // ARP in 10 (both ways), the request in 10; ARP and the request in 20; and back.
    expect(tags).toEqual([10, 10, 10, 20, 20, 20, 20, 10]);
  });

  it('leaves the untagged, other VLANs and priority tags to the port itself', () => {
    const lab = new Lab();
    const node = new Host(lab, 'node');
    const bridge = new Bridge(node, 'br0');
    const eth0 = node.addPort('eth0');
    addVlanPort(eth0, 10);
    bridge.addPort(eth0);
    const eth1 = node.addPort('eth1');
    bridge.addPort(eth1);
    const [one, two] = [new Station(lab, 'one'), new Station(lab, 'two')];
    lab.connect(one.port('eth0'), eth0);
    lab.connect(two.port('eth0'), eth1);
    one.send(ALL, A, { text: 'untagged' });
    one.send(ALL, A, { vid: 20, text: 'twenty' });
    one.send(ALL, A, { vid: 0, priority: 4, text: 'priority' });
    one.send(ALL, A, { vid: 10, text: 'ten' });
    lab.run();
    expect(two.seen).toEqual(['untagged', '20 twenty', 'priority']);
    // Nobody is above eth0.10.
    expect(node.port('eth0.10').rxDropped).toBe(1);
  });

  it('has a VLAN id from 1 to 4094, once', () => {
    const port = new Host(new Lab(), 'node').addPort('eth0', { mtu: 1400 });
    expect(() => addVlanPort(port, 0)).toThrow(/1–4094, not 0/);
    expect(() => addVlanPort(port, 4095)).toThrow(/reserved/);
    const made = addVlanPort(port, 4094);
    expect([made.name, made.mtu, made.mac]).toEqual(['eth0.4094', 1400, port.mac]);
    expect(() => addVlanPort(port, 4094)).toThrow(/eth0.4094 already/);
  });
});
