import { describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/lab/clock.js';
import { pathText } from '../../../src/lab/topology/place.js';
import { checkTopology, loadTopology } from '../../../src/lab/topology/topology.js';

const TWO = {
  devices: {
    A: { kind: 'host', interfaces: { eth0: { address: '192.168.1.10/24' } } },
    B: { kind: 'host', interfaces: { eth0: { address: '192.168.1.20/24' } } },
  },
  links: [{ ends: ['A:eth0', 'B:eth0'], name: 'cable', latency: '1ms' }],
};

function mistakes(value: unknown): string[] {
  return checkTopology(value).problems.map(({ path, message }) => `${pathText(path)}: ${message}`);
}

describe('a topology', () => {
  it('is built and run, step by step', () => {
    const topology = loadTopology({
      ...TWO,
      run: [
        { ping: { from: 'A', to: 'B', count: 2, expect: 'reply' } },
        { down: 'A:eth0' },
        { ping: { from: 'A', to: '192.168.1.20', expect: 'timeout' } },
        { up: 'cable' },
        { wait: '10s' },
        { ping: { from: 'B', to: 'A', expect: 'reply' } },
      ],
    });
    topology.run();
    expect(topology.script.failures).toEqual([]);
    expect(topology.script.outcomes.map(({ title }) => title)).toEqual([
      'ping A → B (192.168.1.20)',
      'down cable',
      'ping A → B (192.168.1.20)',
      'up cable',
      'wait 10 s',
      'ping B → A (192.168.1.10)',
    ]);
    expect(topology.script.outcomes[0]?.lines).toEqual([
      '64 bytes from 192.168.1.20: icmp_seq=1 ttl=64 time=4.00 ms',
      '64 bytes from 192.168.1.20: icmp_seq=2 ttl=64 time=2.00 ms',
    ]);
    expect(topology.lab.clock.now).toBeGreaterThan(11 * SECOND);
  });

  it('says which expectations did not hold, and goes on', () => {
    const topology = loadTopology({
      ...TWO,
      run: [
        { ping: { from: 'A', to: 'B', expect: 'timeout' } },
        { ping: { from: 'A', to: '192.168.1.99', expect: 'reply' } },
        { ping: { from: 'A', to: '10.0.0.1', expect: 'no route' } },
        { traceroute: { from: 'A', to: 'B', expect: ['192.168.1.1', '192.168.1.20'] } },
      ],
    });
    topology.run();
    expect(topology.script.failures.map(({ path, failure }) => [pathText(path), failure])).toEqual([
      [
        'run[0]',
        'expected no answer to any request, but 64 bytes from 192.168.1.20: icmp_seq=1 ttl=64 time=4.00 ms',
      ],
      ['run[1]', 'expected a reply to each request, but no answer yet for icmp_seq=1'],
      [
        'run[3]',
        'expected the hops 192.168.1.1, 192.168.1.20, but the way was 192.168.1.20 and arrived',
      ],
    ]);
  });

  it('tells all mistakes at once, each with its path and what was meant', () => {
    const value = {
      sed: 1,
      devices: {
        A: {
          kind: 'host',
          interfaces: {
            eth0: { address: '192.168.1.300/24', adress: '1.2.3.4/8', mtu: 20 },
            eth1: { address: '192.168.1.10', mac: '03:00:00:00:00:01' },
          },
          gateway: '10.0.0.1',
        },
        B: { kind: 'hosst' },
        C: {},
        D: { kind: 'host', interfaces: { eth0: {} }, gateway: '10.0.0.1' },
        'E:1': { kind: 'host' },
      },
      links: [
        ['A:eth0', 'X:eth0'],
        { ends: ['D:eth', 'D:eth0'], latency: '10 parsec', loss: '101%', bandwidth: '5' },
        ['D:eth', 'D'],
        'A:eth0',
      ],
      run: [
        { pong: {} },
        { ping: { from: 'D', to: 'Q', expect: 'repl' } },
        { wait: 5 },
        'wait',
        {},
      ],
      taps: ['nowhere'],
    };
    expect(mistakes(value)).toMatchInlineSnapshot(`
      [
        "sed: a topology has no sed; did you mean seed?",
        "devices.A.interfaces.eth0.adress: an interface has no adress; did you mean address?",
        "devices.A.interfaces.eth0.address: 192.168.1.300/24: expected an IPv4 address and the length of its network such as 192.168.1.10/24",
        "devices.A.interfaces.eth0.mtu: 20: expected a whole number from 68 to 65535",
        "devices.A.interfaces.eth1.address: 192.168.1.10: expected an IPv4 address and the length of its network such as 192.168.1.10/24",
        "devices.A.interfaces.eth1.mac: 03:00:00:00:00:01: expected a MAC address such as 02:00:00:00:00:01, its first byte even",
        "devices.B.kind: there is no kind hosst; did you mean host?",
        "devices.C: kind is missing: expected one of host, router, nat, switch, namespace, vtep",
        "devices["E:1"]: expected a name without blanks and colons",
        "links[1].latency: "10 parsec": expected a time such as 10ms (ns, us, ms, s, min, h), 1250h at most",
        "links[1].bandwidth: 5: expected a rate such as 100Mbit a second (bit, kbit, Mbit, Gbit, Tbit), 1000Tbit at most",
        "links[1].loss: 101%: expected a share such as 1% or 0.01, 100% at most",
        "links[3]: A:eth0: expected two ends such as [A:eth0, SW:1], or an object (ends, name, latency, bandwidth, queue, loss, duplicate, reorder, reorderDelay, mtu)",
        "run[0].pong: there is no step pong; did you mean ping?",
        "run[1].ping.expect: repl is not known; did you mean reply?",
        "run[2].wait: 5: expected a time such as 10ms (ns, us, ms, s, min, h), 1250h at most",
        "run[3]: wait: expected an object with one key: ping, traceroute, udp, tcp, http, announce, wait, down, up, flush, say",
        "run[4]: {}: expected an object with one key: ping, traceroute, udp, tcp, http, announce, wait, down, up, flush, say",
        "devices.D.gateway: D: no interface leads to 10.0.0.1: give \`via\`, a neighbour's address, or \`dev\`",
        "links[0][1]: there is no device X; did you mean A?",
        "links[2][1]: D: expected a device and its port, such as A:eth0",
      ]
    `);
  });

  it.each([
    [
      '10.0.0.0/24',
      '10.0.0.0/24: the address of the network itself, where 10.0.0.0/24 has 10.0.0.1–10.0.0.254 for hosts',
    ],
    [
      '10.0.0.255/24',
      '10.0.0.255/24: the broadcast address, where 10.0.0.0/24 has 10.0.0.1–10.0.0.254 for hosts',
    ],
    [
      '10.0.0.127/25',
      '10.0.0.127/25: the broadcast address, where 10.0.0.0/25 has 10.0.0.1–10.0.0.126 for hosts',
    ],
    [
      '224.0.0.1/24',
      '224.0.0.1/24: 224.0.0.0–239.255.255.255 are multicast groups: expected an address of a host',
    ],
    ['0.0.0.0/0', '0.0.0.0/0: 0.0.0.0 means no address: expected one of a host'],
    [
      '255.255.255.255/32',
      '255.255.255.255/32: 255.255.255.255 means everybody: expected one of a host',
    ],
  ])('gives no host %s', (address, message) => {
    const devices = { A: { kind: 'host', interfaces: { eth0: { address } } } };
    expect(mistakes({ devices })).toEqual([`devices.A.interfaces.eth0.address: ${message}`]);
  });

  it.each(['10.0.0.0/31', '10.0.0.1/31', '10.0.0.0/32', '10.0.0.255/16', '10.0.1.0/23'])(
    'gives a host %s',
    (address) => {
      expect(
        mistakes({ devices: { A: { kind: 'host', interfaces: { eth0: { address } } } } }),
      ).toEqual([]);
    },
  );

  it('sends to no end point, router or control plane that is not one host', () => {
    const devices = {
      V: {
        kind: 'vtep',
        interfaces: { eth0: { address: '10.0.0.1/24' } },
        tunnel: { kind: 'vxlan', local: '10.0.0.1' },
        control: { controller: '0.0.0.0' },
        segments: {
          1: { remotes: ['224.0.0.1', '255.255.255.255', '0.0.0.0', '10.0.0.2'] },
          2: { fdb: { '02:00:00:00:00:09': '239.1.1.1' } },
          3: { group: '239.1.1.1' },
        },
        gateway: '255.255.255.255',
      },
    };
    expect(mistakes({ devices }).map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual([
      'devices.V.control.controller: 0.0.0.0',
      'devices.V.segments.1.remotes[0]: 224.0.0.1',
      'devices.V.segments.1.remotes[1]: 255.255.255.255',
      'devices.V.segments.1.remotes[2]: 0.0.0.0',
      'devices.V.segments.2.fdb["02:00:00:00:00:09"]: 239.1.1.1',
      'devices.V.gateway: 255.255.255.255',
    ]);
  });

  it('says in words what else makes no sense', () => {
    const [a, b] = ['10.0.0.1/24', '10.0.0.2/24'].map((address) => ({
      kind: 'host',
      interfaces: { eth0: { address }, eth1: {} },
    }));
    const devices = {
      A: { ...a, gateway: '10.0.0.1' },
      B: { ...b, iptables: ['-A INPUT --dport 80 -j DROP', '-A INPUT --mark 1 -j DROP'] },
    };
    const run = [
      { say: 5 },
      { say: ['x'] },
      { ping: { from: 'A', to: 'B', size: '10MB' } },
      { udp: { from: 'A', to: 'B:9', bytes: 65_508 } },
      { tcp: { from: 'A', to: 'B:9', bytes: '1GB' } },
      { wait: '99999999999h' },
    ];
    expect(mistakes({ devices, run })).toMatchInlineSnapshot(`
      [
        "run[1].say: ["x"]: expected a text, or an object (text, over)",
        "run[2].ping.size: 10MB: expected a number of bytes such as 1500 or 10kB (B, kB, MB, GB, KiB, MiB, GiB), 65507 at most",
        "run[3].udp.bytes: 65508: expected a number of bytes such as 1500 or 10kB (B, kB, MB, GB, KiB, MiB, GiB), 65507 at most",
        "run[4].tcp.bytes: 1GB: expected a number of bytes such as 1500 or 10MB (B, kB, MB, GB, KiB, MiB, GiB), 100MB at most",
        "run[5].wait: 99999999999h: expected a time such as 10ms (ns, us, ms, s, min, h), 1250h at most",
        "devices.A.gateway: A: 10.0.0.1 is its own address, not a neighbour's",
        "devices.B.iptables[0]: iptables: --dport: needs -p tcp or -p udp before it",
        "devices.B.iptables[1]: iptables: --mark: needs -m mark or -m connmark before it",
      ]
    `);
  });

  it('has no cable from a port to itself', () => {
    expect(mistakes({ devices: TWO.devices, links: [['A:eth0', 'A:eth0']] })).toEqual([
      'links[0]: both ends of the link are A:eth0: expected two ports, as a cable has two ends',
    ]);
  });

  it.each([[undefined], [null]])('is not %s', (value) => {
    expect(mistakes(value)).toEqual([
      ': nothing: expected an object (seed, devices, links, run, taps, until)',
    ]);
  });

  it('says which port is free to be attached, where one is', () => {
    const full = loadTopology(TWO);
    expect(() => full.attach('up')).toThrow(
      'up is no link to the outside; there are none; no port is free: give a host one more interface, or the network a switch',
    );
    const { A, B } = TWO.devices;
    const some = loadTopology({ devices: { A, B }, links: [] });
    expect(() => some.attach('up')).toThrow(/a free port such as A:eth0 will do$/);
    expect(some.attach('A:eth0').name).toBe('outside-A:eth0');
    expect(() => some.attach('up')).toThrow(/a free port such as B:eth0 will do$/);
    const switched = loadTopology({
      devices: { A, SW: { kind: 'switch' } },
      links: [['A:eth0', 'SW:1']],
    });
    expect(() => switched.attach('up')).toThrow(/a new port of a switch such as SW:2 will do$/);
    expect(switched.attach('SW:2').name).toBe('outside-SW:2');
  });
});
