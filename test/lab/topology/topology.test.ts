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
        "links[1].latency: "10 parsec": expected a time such as 10ms (ns, us, ms, s, min, h)",
        "links[1].bandwidth: 5: expected a rate such as 100Mbit a second (bit, kbit, Mbit, Gbit, Tbit)",
        "links[1].loss: 101%: expected a share such as 1% or 0.01",
        "links[3]: A:eth0: expected two ends such as [A:eth0, SW:1], or an object (ends, name, latency, bandwidth, queue, loss, duplicate, reorder, reorderDelay, mtu)",
        "run[0].pong: there is no step pong; did you mean ping?",
        "run[1].ping.expect: repl is not known; did you mean reply?",
        "run[2].wait: 5: expected a time such as 10ms (ns, us, ms, s, min, h)",
        "run[3]: wait: expected an object with one key: ping, traceroute, udp, tcp, http, announce, wait, down, up, flush, say",
        "run[4]: {}: expected an object with one key: ping, traceroute, udp, tcp, http, announce, wait, down, up, flush, say",
        "devices.D.gateway: D: no interface leads to 10.0.0.1: give \`via\`, a neighbour's address, or \`dev\`",
        "links[0][1]: there is no device X; did you mean A?",
        "links[2][1]: D: expected a device and its port, such as A:eth0",
      ]
    `);
  });
});
