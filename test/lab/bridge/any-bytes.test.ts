/** Whatever bytes come in: nothing is thrown, and no frame is lost or let go of twice. */
import { describe, expect, it } from 'vitest';
import { build, ethernet, icmp, ipv4, tcp, udp } from '../../../src/index.js';
import { Bridge } from '../../../src/lab/bridge/bridge.js';
import type { Frame } from '../../../src/lab/frame.js';
import { Router } from '../../../src/lab/host.js';
import { Ipvs } from '../../../src/lab/ipvs/ipvs.js';
import { Lab } from '../../../src/lab/lab.js';
import { Random } from '../../../src/lab/random.js';
import { addVlanPort } from '../../../src/lab/vlan-port.js';
import { Station } from '../../support/station.js';

/** `place` of a frame that nobody has. */
const FREE = -2;
const FRAMES = 20_000;
const VIP = '10.96.0.100';
const NODE = '02:00:00:00:0b:00';

/** Frames that mean something to the devices, to be spoiled. */
const SEEDS: readonly Uint8Array[] = [
  build([
    ethernet({ src: '02:00:00:00:00:0a', dst: NODE }),
    ipv4({ src: '10.0.0.9', dst: VIP }),
    udp({ srcPort: 4000, dstPort: 80 }),
    new Uint8Array(40),
  ]),
  build([
    ethernet({ src: '02:00:00:00:00:0a', dst: NODE }),
    ipv4({ src: '10.0.0.9', dst: VIP }),
    tcp({ srcPort: 4001, dstPort: 80, flags: ['SYN'] }),
  ]),
  build([
    ethernet({ src: '02:00:00:00:00:0b', dst: NODE }),
    ipv4({ src: '10.0.0.5', dst: '10.0.0.9' }),
    udp({ srcPort: 8080, dstPort: 4000 }),
    new Uint8Array(40),
  ]),
  build([
    ethernet({ src: '02:00:00:00:00:0b', dst: NODE }),
    ipv4({ src: '10.0.0.5', dst: '10.0.0.9', moreFragments: true }),
    udp({ srcPort: 8080, dstPort: 4000 }),
    new Uint8Array(40),
  ]),
  build([
    ethernet({ src: '02:00:00:00:00:0b', dst: NODE }),
    ipv4({ src: '10.0.0.5', dst: '10.0.0.9' }),
    icmp({ type: 3, code: 3 }),
    ipv4({ src: '10.0.0.9', dst: '10.0.0.5' }),
    udp({ srcPort: 4000, dstPort: 8080 }),
  ]),
];

describe('a node with a bridge, VLANs and IPVS', () => {
  it.each([false, true])('takes any bytes (filtering by VLANs: %s)', (vlanFiltering) => {
    const lab = new Lab();
    const made = new Set<Frame>();
    const acquire = lab.frames.acquire.bind(lab.frames);
    lab.frames.acquire = (bytes) => {
      const frame = acquire(bytes);
      made.add(frame);
      return frame;
    };
    lab.watch({});
    const node = new Router(lab, 'node');
    const bridge = new Bridge(node, 'br0', {
      vlanFiltering,
      self: { mac: NODE, ...(vlanFiltering ? { pvid: 1, vlans: [10] as const } : {}) },
    });
    node.addAddresses(bridge.self, ['10.0.0.1/24', `${VIP}/32`]);
    node.addAddresses(addVlanPort(bridge.self, 10), '10.0.10.1/24');
    const ipvs = new Ipvs(node);
    for (const protocol of ['tcp', 'udp'] as const) {
      ipvs.addService({ protocol, address: `${VIP}:80` }).addServer('10.0.0.5:8080');
    }
    let entered = 0;
    bridge.hooks = {
      enter: () => {
        entered++;
        return true;
      },
      leave: () => true,
    };
    const stations = [1, 2, 3].map((i) => {
      const port = node.addPort(`eth${i}`);
      bridge.addPort(port, vlanFiltering && i === 3 ? { pvid: 1, vlans: [10, 20] } : {});
      const station = new Station(lab, `S${i}`);
      lab.connect(station.port('eth0'), port);
      return station;
    });
    const random = new Random(5, 'any bytes');
    for (let i = 0; i < FRAMES; i++) {
      const bytes = Uint8Array.from(SEEDS[random.below(SEEDS.length)] as Uint8Array);
      for (let spoiled = random.below(4); spoiled > 0; spoiled--) {
        bytes[random.below(bytes.length)] = random.below(256);
      }
      const cut = random.chance(0.2) ? random.below(bytes.length) : bytes.length;
      stations[random.below(3)]?.port('eth0').send(lab.frames.of(bytes.subarray(0, cut)));
      if (random.chance(0.1)) lab.run();
    }
    lab.run();
    // What waits in the node to become whole again, or for an answer, is given up by now.
    lab.runFor(60_000_000_000);
    expect(entered).toBeGreaterThan(FRAMES / 4);
    expect(stations.reduce((sum, { received }) => sum + received.length, 0)).toBeGreaterThan(1000);
    expect(ipvs.connections.all.length).toBeGreaterThan(0);
    expect([...made].filter(({ place }) => place !== FREE)).toEqual([]);
  });
});
