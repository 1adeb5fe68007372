import { describe, expect, it } from 'vitest';
import { ethernet } from '../../../src/headers/ethernet.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { udp } from '../../../src/headers/udp.js';
import { Bridge } from '../../../src/lab/bridge/bridge.js';
import { Router } from '../../../src/lab/host.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import { Lab } from '../../../src/lab/lab.js';
import { BrNetfilter } from '../../../src/lab/netfilter/br-netfilter.js';
import { Netfilter } from '../../../src/lab/netfilter/netfilter.js';
import { build } from '../../../src/packet/build.js';
import { parse } from '../../../src/packet/parse.js';
import { Station } from '../../support/station.js';
import { datagram, describePacket } from './support.js';

const A = { ip: '10.244.1.5', mac: '02:00:00:00:00:a5' };
const B = { ip: '10.244.1.6', mac: '02:00:00:00:00:b6' };
const C = { ip: '10.0.5.100', mac: '02:00:00:00:00:c0' };
type End = typeof A;

function node(rules: readonly string[], { forwarding = true } = {}) {
  const lab = new Lab();
  const n = new Router(lab, 'N', {
    forwarding,
    interfaces: { eth0: { address: '10.0.5.1/24' }, a: {}, b: {} },
  });
  // The bridge's ports have no IP stack above them.
  for (const name of ['a', 'b']) n.port(name).handler = undefined;
  const bridge = new Bridge(n, 'br0');
  n.addAddresses(bridge.self, '10.244.1.1/24');
  const stations = {
    a: new Station(lab, 'A'),
    b: new Station(lab, 'B'),
    eth0: new Station(lab, 'C'),
  };
  for (const name of ['a', 'b', 'eth0'] as const) {
    lab.connect(n.port(name), stations[name].port('eth0'));
    if (name !== 'eth0') bridge.addPort(n.port(name));
  }
  n.ip.interfaceOf(n.port('eth0')).neighbours.setPermanent(addressOf(C.ip), 0x0200000000c0);
  const netfilter = new Netfilter(n.ip);
  for (const rule of rules) netfilter.iptables(rule);
  const hooks = new BrNetfilter(netfilter);
  hooks.attach(bridge);
  /** Sends a frame into `a` or `b`; answers the IPv4 frames that left. */
  const sendBytes = (side: 'a' | 'b', bytes: Uint8Array): string[] => {
    for (const one of Object.values(stations)) one.received.length = 0;
    stations[side].port('eth0').send(lab.frames.of(bytes));
    lab.run();
    return Object.entries(stations).flatMap(([name, { received }]) =>
      received.flatMap((frame) => {
        const packet = parse(frame);
        if (packet.layer('ipv4') === undefined) return [];
        return [`${name} ${describePacket(frame)} from ${packet.layer('ethernet')?.src}`];
      }),
    );
  };
  const send = (from: End, to: End | { mac: string; ip: string }, port: number) =>
    sendBytes(
      from === A ? 'a' : 'b',
      build([
        ethernet({ src: from.mac, dst: to.mac }),
        ipv4({ src: from.ip, dst: to.ip }),
        ...datagram(5000, port),
      ]),
    );
  return { lab, n, bridge, netfilter, hooks, stations, send, sendBytes };
}

describe('br_netfilter', () => {
  it('shows what is bridged to the rules, with the ports to physdev alone', () => {
    const { send, netfilter } = node([
      '-A FORWARD -i a -j DROP',
      '-A FORWARD -i br0 -o br0 -m physdev --physdev-in a --physdev-out b --physdev-is-bridged -p udp --dport 80 -j DROP',
      '-t mangle -A POSTROUTING -m physdev --physdev-in b --physdev-out a',
      '-t raw -A PREROUTING -i br0 -m physdev --physdev-in a',
    ]);
    expect(send(A, B, 80)).toEqual([]);
    // The second frame of A is flooded, for nobody has heard from B: to B, and up, where it is not wanted.
    expect(send(A, B, 81)).toEqual([`b ${A.ip}:5000 → ${B.ip}:81 from ${A.mac}`]);
    expect(send(B, A, 80)).toEqual([`a ${B.ip}:5000 → ${A.ip}:80 from ${B.mac}`]);
    const counts = netfilter.save().filter((line) => / -A /.test(line));
    expect(counts.map((line) => line.split(' ')[0])).toEqual([
      '[2:66]',
      '[1:33]',
      '[0:0]',
      '[1:33]',
    ]);
  });

  it('shows nothing while bridge-nf-call-iptables is 0', () => {
    const { send, hooks, netfilter } = node(['-P FORWARD DROP']);
    expect(send(A, B, 80)).toEqual([]);
    hooks.callIptables = false;
    expect(send(A, B, 80)).toEqual([`b ${A.ip}:5000 → ${B.ip}:80 from ${A.mac}`]);
    expect(netfilter.conntrack.live).toEqual([]);
  });

  it('asks PREROUTING once of what goes up to be routed', () => {
    const { send, bridge, netfilter } = node([
      '-t raw -A PREROUTING -i br0',
      '-A FORWARD -o eth0 -m physdev --physdev-in a',
    ]);
    const up = { ip: C.ip, mac: bridge.self.macText };
    expect(send(A, up, 80).map((text) => text.split(' from')[0])).toEqual([
      `eth0 ${A.ip}:5000 → ${C.ip}:80`,
    ]);
    const counts = netfilter.save().filter((line) => / -A /.test(line));
    expect(counts.map((line) => line.split(' ')[0])).toEqual(['[1:33]', '[1:33]']);
  });

  const dnat = (to: string): string =>
    `-t nat -A PREROUTING -d ${B.ip} -p udp --dport 80 -j DNAT --to-destination ${to}`;

  it('has what is redirected to another network routed', () => {
    const { send, n } = node([dnat(C.ip)]);
    expect(send(A, B, 80)).toEqual([
      `eth0 ${A.ip}:5000 → ${C.ip}:80 from ${n.port('eth0').macText}`,
    ]);
    expect(node([dnat(C.ip)], { forwarding: false }).send(A, B, 80)).toEqual([]);
    expect(node([dnat('172.16.0.1')]).send(A, B, 80)).toEqual([]);
  });

  it('has what is redirected to a neighbour bridged to its MAC address', () => {
    const { send, n, bridge } = node([
      `-t nat -A PREROUTING -d 10.244.1.77 -j DNAT --to-destination ${B.ip}`,
    ]);
    const wrong = { ip: '10.244.1.77', mac: '02:00:00:00:00:77' };
    const { neighbours } = n.ip.interfaceOf(bridge.self);
    neighbours.setPermanent(addressOf(B.ip), 0x0200000000b6);
    expect(send(A, wrong, 80)).toEqual([`b ${A.ip}:5000 → ${B.ip}:80 from ${A.mac}`]);
    expect(send(B, A, 5000).length).toBe(1);
  });

  it('asks for the MAC address of a neighbour that it does not know', () => {
    const { send, stations, lab, bridge } = node([
      `-t nat -A PREROUTING -d 10.244.1.77 -j DNAT --to-destination ${B.ip}`,
    ]);
    const wrong = { ip: '10.244.1.77', mac: '02:00:00:00:00:77' };
    expect(send(A, wrong, 80)).toEqual([]);
    const asked = stations.b.received.map((frame) => parse(frame).layer('arp')?.targetProtocol);
    expect(asked).toContain(B.ip);
    expect(bridge.self.rxDropped).toBe(0);
    expect(lab.clock.pending).toBe(0);
  });

  it('puts fragments together for the rules, and cuts them for the wire', () => {
    const { sendBytes, netfilter } = node(['-A FORWARD -p udp --dport 81 -j DROP']);
    const payload = Uint8Array.from({ length: 2000 }, (_, i) => i & 0xff);
    const pieces = (dstPort: number): Uint8Array[] => {
      const data = build([ipv4({ src: A.ip, dst: B.ip }), udp({ srcPort: 1, dstPort }), payload]);
      return [
        [20, 1500],
        [1500, data.length],
      ].map(([from = 0, to = 0]) =>
        build([
          ethernet({ src: A.mac, dst: B.mac }),
          ipv4({
            src: A.ip,
            dst: B.ip,
            id: dstPort,
            protocol: 17,
            fragmentOffset: (from - 20) / 8,
            moreFragments: to < data.length,
          }),
          data.subarray(from, to),
        ]),
      );
    };
    const [first, last] = pieces(80) as [Uint8Array, Uint8Array];
    expect(sendBytes('a', first)).toEqual([]);
    expect(sendBytes('a', last).length).toBe(2);
    expect(netfilter.conntrack.live.map(({ original }) => original.dstPort)).toEqual([80]);
    const blocked = pieces(81);
    expect(blocked.flatMap((piece) => sendBytes('a', piece))).toEqual([]);
  });
});
