import { describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/lab/clock.js';
import { Host } from '../../../src/lab/host.js';
import { Lab } from '../../../src/lab/lab.js';
import type { LinkOptions } from '../../../src/lab/link.js';
import { Switch } from '../../../src/lab/switch.js';
import type { VtepControl } from '../../../src/lab/tunnel/control.js';
import { CONTROLLER_PORT, ControlChannel } from '../../../src/lab/tunnel/control-channel.js';
import { Controller, ControllerClient } from '../../../src/lab/tunnel/controller.js';
import type { TunnelEndPoint } from '../../../src/lab/tunnel/end-point.js';
import { KeyValueStore, StoreClient } from '../../../src/lab/tunnel/store.js';
import { tunnelTables } from '../../../src/lab/tunnel/tables.js';
import { Vtep } from '../../../src/lab/vtep.js';
import { parse } from '../../../src/packet/parse.js';
import { nth, watched } from './support.js';

interface Net {
  readonly lab: Lab;
  readonly server: Host;
  readonly vteps: readonly Vtep[];
  readonly vms: readonly Host[];
}

/** VMs 192.168.10.5, .6 … behind VTEPs 10.0.0.1, .2 …, and a server 10.0.0.100, on one switch. */
function net(
  count: number,
  control: (endPoint: TunnelEndPoint) => VtepControl,
  cable: LinkOptions = {},
): Net {
  const lab = new Lab();
  const sw = new Switch(lab, 'SW');
  const server = new Host(lab, 'S', { interfaces: { eth0: { address: '10.0.0.100/24' } } });
  lab.connect(server.port('eth0'), sw.port('8'));
  const vms: Host[] = [];
  const vteps: Vtep[] = [];
  for (let i = 1; i <= count; i++) {
    const vtep = new Vtep(lab, `VTEP${i}`, {
      interfaces: { eth0: { address: `10.0.0.${i}/24` } },
      tunnel: { kind: 'vxlan', local: `10.0.0.${i}` },
    });
    lab.connect(vtep.port('eth0'), sw.port(`${i}`), cable);
    vtep.endPoint.control = control(vtep.endPoint);
    vtep.addSegment(5000);
    vteps.push(vtep);
    vms.push(vmAt(lab, `VM${i}`, `192.168.10.${i + 4}/24`));
  }
  return { lab, server, vteps, vms };
}

function vmAt(lab: Lab, name: string, address: string): Host {
  return new Host(lab, name, { interfaces: { eth0: { address, mtu: 1450 } } });
}

/** Outer packets of the tunnel on the wire. */
function tunnelled(frames: { bytes: Uint8Array }[]): string[] {
  return frames
    .map(({ bytes }) => parse(bytes))
    .filter((packet) => packet.layer('vxlan') !== undefined)
    .map((packet) => {
      const ip = packet.layer('ipv4');
      return `${ip?.src} → ${ip?.dst} ${packet.layers.at(-1)?.descriptor.name}`;
    });
}

describe('a central controller', () => {
  const controlled = (count = 2): Net => {
    const made = net(count, (endPoint) => new ControllerClient(endPoint, '10.0.0.100'));
    return made;
  };
  const plugAll = ({ vteps, vms, lab }: Net): void => {
    for (const [i, vm] of vms.entries()) nth(vteps, i).plug(5000, vm.port('eth0'));
    lab.run();
  };

  it('is told of VMs, asked for unknown ones, and no ARP crosses the underlay', () => {
    const made = controlled();
    const controller = new Controller(made.server);
    plugAll(made);
    const macs = made.vms.map((vm) => vm.port('eth0').macText);
    expect(controller.print()).toEqual([
      `vni 5000 mac ${macs[0]} ip 192.168.10.5 vtep 10.0.0.1`,
      `vni 5000 mac ${macs[1]} ip 192.168.10.6 vtep 10.0.0.2`,
    ]);
    const { frames } = watched(made.lab);
    const ping = nth(made.vms, 0).ping('192.168.10.6', { count: 2 });
    made.lab.run();
    expect(ping.ok).toBe(true);
    // Each crosses two cables; the first question and answer of each VTEP went to the controller.
    expect(tunnelled(frames)).toEqual(
      Array(2)
        .fill(['10.0.0.1 → 10.0.0.2 icmp', '10.0.0.1 → 10.0.0.2 icmp'])
        .flatMap((forth) => [...forth, '10.0.0.2 → 10.0.0.1 icmp', '10.0.0.2 → 10.0.0.1 icmp']),
    );
    const { tunnel } = nth(made.vteps, 0).segment(5000);
    expect(tunnelTables(tunnel).map(({ lines }) => lines)).toEqual([
      [
        expect.stringMatching(
          /^3: vxlan5000: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 .*master br5000/,
        ),
        expect.stringMatching(/^ {4}link\/ether 02:00:00:00:00:0c /),
        '    vxlan id 5000 local 10.0.0.1 dev eth0 srcport 0 0 dstport 4789 proxy ttl auto ageing 300 noudpcsum noudp6zerocsumtx noudp6zerocsumrx',
        expect.stringMatching(/^ {4}bridge_slave state forwarding /),
      ],
      [
        '02:00:00:00:00:0c master br5000 permanent',
        `${macs[1]} master br5000`,
        `${macs[1]} dst 10.0.0.2 self extern_learn`,
      ],
      [`192.168.10.6 lladdr ${macs[1]} PERMANENT`],
    ]);
  });

  it('has frames dropped that it knows nobody for', () => {
    const made = controlled();
    const controller = new Controller(made.server);
    plugAll(made);
    const { notes } = watched(made.lab);
    const ping = nth(made.vms, 0).ping('192.168.10.99', { timeout: 10 * SECOND });
    made.lab.run();
    expect(ping.ok).toBe(false);
    expect(notes).toContain('VTEP1: The controller does not know it: drop');
    expect(controller.print().length).toBe(2);
  });

  it('is asked three times, and then given up', () => {
    const made = controlled();
    plugAll(made);
    const start = made.lab.clock.now;
    const { notes, frames } = watched(made.lab);
    nth(made.vms, 0).ping('192.168.10.6', { timeout: SECOND / 2 });
    made.lab.run();
    expect(notes).toContain('VTEP1: The controller does not answer: drop');
    expect(made.lab.clock.now - start).toBeGreaterThanOrEqual(3 * SECOND);
    const asked = frames
      .map(({ bytes }) => parse(bytes))
      .filter((packet) => packet.layer('udp')?.dstPort === 49200);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(tunnelled(frames)).toEqual([]);
  });

  it('tells the others when a VM has moved', () => {
    const made = controlled(3);
    const controller = new Controller(made.server);
    plugAll(made);
    const ping = nth(made.vms, 0).ping('192.168.10.6');
    made.lab.run();
    expect(ping.ok).toBe(true);
    const port = nth(made.vms, 1).port('eth0');
    const [one, two, three] = [nth(made.vteps, 0), nth(made.vteps, 1), nth(made.vteps, 2)];
    const { tunnel } = one.segment(5000);
    // It comes up at its new place before the old one says that it is gone.
    three.endPoint.control?.announce(three.segment(5000).tunnel, port.mac, 0xc0a80a06);
    made.lab.run();
    expect(tunnel.table.entry(port.mac)?.remote.text).toBe('10.0.0.3');
    two.unplug(port);
    made.lab.run();
    expect(controller.print()).toContain(
      `vni 5000 mac ${port.macText} ip 192.168.10.6 vtep 10.0.0.3`,
    );
    three.plug(5000, port);
    made.lab.run();
    const again = nth(made.vms, 0).ping('192.168.10.6');
    made.lab.run();
    expect(again.ok).toBe(true);
    three.unplug(port);
    made.lab.run();
    expect(controller.print().length).toBe(2);
    expect(tunnel.table.entry(port.mac)).toBeUndefined();
    expect(tunnel.neighbours.size).toBe(0);
    expect(() => three.unplug(port)).toThrow(/not plugged into VTEP3/);
  });

  it('that answers something else than was asked is not asked again and again', () => {
    const made = controlled();
    const liar = new ControlChannel(made.server, CONTROLLER_PORT, () => ({
      ...{ op: 'answer', vni: 5000, mac: '52:54:00:00:00:09' },
      ...{ ip: '192.168.10.9', vtep: '10.0.0.2' },
    }));
    expect(liar.host).toBe(made.server);
    plugAll(made);
    const { notes } = watched(made.lab);
    nth(made.vms, 0).ping('192.168.10.6', { timeout: 10 * SECOND });
    made.lab.run();
    const said = notes.filter((note) => note.includes('answered something else: drop'));
    // VM1 asks three times by ARP.
    expect(said.length).toBe(3);
  });

  it('answers nothing that makes no sense', () => {
    const made = controlled();
    new Controller(made.server);
    const socket = nth(made.vteps, 0).udp.bind(0, {
      datagram: () => {
        throw new Error('it has answered');
      },
    });
    for (const text of [
      '',
      '{',
      '[]',
      '{"op":7}',
      '{"id":1,"op":"query"}',
      '{"id":1,"op":"x","vni":1}',
      '{"id":1,"op":"register","vni":5000,"mac":"x","vtep":"10.0.0.9"}',
      '{"id":1,"op":"register","vni":5000,"mac":"52:54:00:00:00:09","vtep":"x"}',
    ]) {
      socket.send(0x0a000064, 49200, new TextEncoder().encode(text));
    }
    made.lab.run();
    expect(made.server.udp.print().length).toBe(2);
  });
});

describe('a shared database', () => {
  it('has what every end point wrote, and each is told what the others write', () => {
    const made = net(3, (endPoint) => new StoreClient(endPoint, '10.0.0.100'));
    const store = new KeyValueStore(made.server);
    for (const i of [0, 1]) nth(made.vteps, i).plug(5000, nth(made.vms, i).port('eth0'));
    made.lab.run();
    const macs = made.vms.map((vm) => vm.port('eth0').macText);
    expect(store.print()).toEqual([
      `/vxlan/5000/${macs[0]} 10.0.0.1 192.168.10.5`,
      `/vxlan/5000/${macs[1]} 10.0.0.2 192.168.10.6`,
    ]);
    const { tunnel } = nth(made.vteps, 2).segment(5000);
    expect(tunnel.table.print('eth0')).toEqual([
      `${macs[0]} dst 10.0.0.1 self extern_learn`,
      `${macs[1]} dst 10.0.0.2 self extern_learn`,
    ]);
    const { frames } = watched(made.lab);
    const ping = nth(made.vms, 0).ping('192.168.10.6');
    made.lab.run();
    expect(ping.ok).toBe(true);
    // No question is asked: everything is known already.
    expect(tunnelled(frames).length).toBe(4);
    expect(frames.some(({ bytes }) => parse(bytes).layer('udp')?.dstPort === 49201)).toBe(false);
    nth(made.vteps, 1).unplug(nth(made.vms, 1).port('eth0'));
    made.lab.run();
    expect(tunnel.table.print('eth0').length).toBe(1);
    expect(store.print().length).toBe(1);
  });

  it('has a VM where it came up last, whoever speaks last', () => {
    const made = net(3, (endPoint) => new StoreClient(endPoint, '10.0.0.100'));
    const store = new KeyValueStore(made.server);
    const [one, two, three] = [nth(made.vteps, 0), nth(made.vteps, 1), nth(made.vteps, 2)];
    const [asker, mover] = [nth(made.vms, 0), nth(made.vms, 1)];
    one.plug(5000, asker.port('eth0'));
    two.plug(5000, mover.port('eth0'));
    made.lab.run();
    const port = mover.port('eth0');
    three.endPoint.control?.announce(three.segment(5000).tunnel, port.mac, 0xc0a80a06);
    made.lab.run();
    two.unplug(port);
    three.plug(5000, port);
    made.lab.run();
    expect(store.print()).toContain(`/vxlan/5000/${port.macText} 10.0.0.3 192.168.10.6`);
    const ping = asker.ping('192.168.10.6');
    made.lab.run();
    expect(ping.ok).toBe(true);
    expect(three.segment(5000).tunnel.table.entry(port.mac)).toBeUndefined();
  });

  it('is the same for all where the underlay loses and doubles packets', () => {
    const made = net(4, (endPoint) => new StoreClient(endPoint, '10.0.0.100'), {
      loss: 0.1,
      duplicate: 0.1,
      reorder: 0.2,
    });
    new KeyValueStore(made.server);
    for (const [i, vm] of made.vms.entries()) nth(made.vteps, i).plug(5000, vm.port('eth0'));
    made.lab.run();
    for (const [i, vtep] of made.vteps.entries()) {
      const { table } = vtep.segment(5000).tunnel;
      const where = made.vms.map((vm) => table.entry(vm.port('eth0').mac)?.remote.text);
      const all = made.vms.map((_vm, n) => (n === i ? undefined : `10.0.0.${n + 1}`));
      expect(where).toEqual(all);
    }
  });

  it('tells who comes late what is there already, and nothing unknown is flooded', () => {
    const made = net(2, (endPoint) => new StoreClient(endPoint, '10.0.0.100'));
    new KeyValueStore(made.server);
    nth(made.vteps, 0).plug(5000, nth(made.vms, 0).port('eth0'));
    made.lab.run();
    const late = nth(made.vteps, 1).addSegment(6000);
    nth(made.vteps, 0).addSegment(6000);
    const vm = vmAt(made.lab, 'VM9', '192.168.10.9/24');
    nth(made.vteps, 0).plug(6000, vm.port('eth0'));
    made.lab.run();
    expect(late.tunnel.table.print('eth0').length).toBe(1);
    const { notes } = watched(made.lab);
    vm.ping('192.168.10.77', { timeout: SECOND });
    made.lab.run();
    expect(notes.some((note) => note.includes('not in the database'))).toBe(true);
  });
});
