import { describe, expect, it } from 'vitest';
import { ethernet } from '../../../src/headers/ethernet.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { tcp } from '../../../src/headers/tcp.js';
import { udp } from '../../../src/headers/udp.js';
import type { Host } from '../../../src/lab/host.js';
import type { Port } from '../../../src/lab/port.js';
import { loadTopology } from '../../../src/lab/topology/topology.js';
import { build } from '../../../src/packet/build.js';
import { parse } from '../../../src/packet/parse.js';
import { mutate, randomFrom } from '../../fuzz/mutate.js';
import { seeds } from '../../fuzz/seeds.js';

const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const ADDRESSES = ['192.168.1.10', '192.168.1.1', '192.168.1.2', '192.168.1.3'];

describe('a topology that is joined to the outside', () => {
  it('bears whatever comes from there: nothing throws, and its services are as well as before', () => {
    const lan = (address: string) => ({ eth0: { address } });
    const services = { 'udp/7': 'echo', 'tcp/7': 'echo', 'tcp/80': 'http', 'tcp/9': 'sink' };
    const topology = loadTopology({
      devices: {
        A: { kind: 'host', interfaces: lan('192.168.1.10/24'), services },
        R: {
          kind: 'nat',
          outside: 'eth1',
          interfaces: { ...lan('192.168.1.1/24'), eth1: { address: '10.0.0.1/24' } },
          iptables: ['-A FORWARD -p tcp --dport 23 -j REJECT', '-t raw -A PREROUTING -j ACCEPT'],
        },
        V: {
          kind: 'vtep',
          interfaces: lan('192.168.1.2/24'),
          tunnel: { kind: 'vxlan', local: '192.168.1.2' },
          segments: { 5000: { remotes: ['192.168.1.99'] } },
        },
        G: {
          kind: 'vtep',
          interfaces: lan('192.168.1.3/24'),
          tunnel: { kind: 'geneve', local: '192.168.1.3' },
          segments: { 5000: { remotes: ['192.168.1.99'] } },
        },
        SW: { kind: 'switch', ports: { 1: {}, 5: {} } },
        TRUNK: { kind: 'switch', ports: { 1: { trunk: 'all', native: 1 }, 2: { access: 10 } } },
      },
      links: [
        ['SW:1', 'A:eth0'],
        ['SW:2', 'R:eth0'],
        ['SW:3', 'V:eth0'],
        ['SW:4', 'G:eth0'],
        ['SW:5', 'TRUNK:1'],
        { ends: ['SW:6', 'outside'], name: 'uplink', mtu: 9000 },
      ],
    });
    const { lab } = topology;
    lab.watch({});
    const outside = topology.attach('uplink');
    expect(topology.attach('uplink')).toBe(outside);
    const hosts = ['A', 'R', 'V', 'G'].map((name) => lab.devices.get(name)?.port('eth0') as Port);
    const random = randomFrom(5);
    const known = seeds(false);
    // What the services say is answered now and then with what they wait for.
    let last = { seq: 0, ack: 0, srcPort: 7, dstPort: 50_000 };
    let replies = 0;
    outside.sink = (frame) => {
      const said = parse(frame.slice()).layer('tcp');
      if (said !== undefined) {
        const { seq, ack, srcPort, dstPort } = said;
        last = { seq, ack, srcPort, dstPort };
      }
      replies++;
    };
    const to = (host: Port) => [
      ethernet({ src: '02:00:00:00:00:99', dst: random(9) > 0 ? host.macText : BROADCAST }),
      ipv4({ src: '192.168.1.99', dst: ADDRESSES[hosts.indexOf(host)] as string }),
    ];
    const segment = () => {
      const follows = random(3) > 0;
      const dstPort = follows ? last.srcPort : [7, 9, 80, 81][random(4)];
      return tcp({
        srcPort: follows ? last.dstPort : 50_000 + random(20),
        dstPort: dstPort as number,
        seq: follows ? (last.ack + random(3) - 1) >>> 0 : random(2 ** 32),
        ack: follows ? (last.seq + random(3)) >>> 0 : random(2 ** 32),
        flags: follows ? 0x10 + random(16) : random(2) === 0 ? 2 : random(512),
        window: random(65_536),
      });
    };
    for (let round = 0; round < 8000; round++) {
      const { data } = mutate(random, known);
      const host = hosts[random(hosts.length)] as Port;
      const kind = random(3);
      const small = data.subarray(0, 1400);
      const dstPort = [7, 4789, 6081, 9][random(4)] as number;
      if (kind === 0) outside.inject(data);
      else if (kind === 1) outside.inject(build([...to(hosts[0] as Port), segment(), small]));
      else outside.inject(build([...to(host), udp({ srcPort: random(65_536), dstPort }), small]));
      if (random(4) === 0) lab.run();
      else lab.runFor(1_000_000);
    }
    lab.run();
    expect(replies).toBeGreaterThan(1000);
    expect((lab.devices.get('A') as Host).tcp.counters.TcpPassiveOpens).toBeGreaterThan(10);
    const [a] = hosts;
    expect(a?.rxPackets).toBeGreaterThan(500);
    const ping = (lab.devices.get('R') as Host).ping('192.168.1.10');
    lab.run();
    expect(ping.ok).toBe(true);
  });
});
