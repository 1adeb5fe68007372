import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/lab/host.js';
import type { Link } from '../../../src/lab/link.js';
import { pathText } from '../../../src/lab/topology/place.js';
import { checkTopology, loadTopology } from '../../../src/lab/topology/topology.js';
import { parse } from '../../../src/packet/parse.js';

function mistakes(value: unknown): string[] {
  return checkTopology(value).problems.map(({ path, message }) => `${pathText(path)}: ${message}`);
}

const host = (address: string) => ({ kind: 'host', interfaces: { eth0: { address } } });

describe('a switch of a topology', () => {
  it('makes the ports that links name, and keeps VLANs apart where its ports say so', () => {
    const topology = loadTopology({
      devices: {
        A: host('10.0.0.1/24'),
        B: host('10.0.0.2/24'),
        C: host('10.0.0.3/24'),
        SW: { kind: 'switch', ports: { 1: { access: 10 }, 2: { access: 10 }, 3: { access: 20 } } },
        PLAIN: { kind: 'switch' },
      },
      links: [
        ['A:eth0', 'SW:1'],
        ['SW:2', 'PLAIN:left'],
        ['PLAIN:right', 'B:eth0'],
        ['C:eth0', 'SW:3'],
      ],
      run: [
        { ping: { from: 'A', to: 'B', expect: 'reply' } },
        { ping: { from: 'A', to: 'C', expect: 'timeout' } },
      ],
    });
    topology.run();
    expect(topology.script.failures).toEqual([]);
  });

  it('whose ports make no sense is told where it stands', () => {
    const devices = { SW: { kind: 'switch', ports: { 1: { access: 10, trunk: [20] } } } };
    expect(mistakes({ devices })).toEqual([
      'devices.SW: SW:1: a port is an access port or a trunk, not both',
    ]);
  });
});

describe('switches in a ring', () => {
  const ring = (cable: object, cables: number, more: object) =>
    loadTopology({
      devices: { A: host('10.0.0.1/24'), X: { kind: 'switch' }, Y: { kind: 'switch' } },
      links: [
        ['A:eth0', 'X:99'],
        ...Array.from({ length: cables }, (_, i) => ({ ends: [`X:${i}`, `Y:${i}`], ...cable })),
      ],
      run: [{ ping: { from: 'A', to: '10.0.0.9' } }],
      ...more,
    });

  it.each([{}, { latency: '1ms' }])(
    'with cables of %o are told soon, by a link of the ring',
    (cable) => {
      const { lab, run } = bound(ring(cable, 2, {}));
      expect(run).toThrow(
        /^by \S+ s frames go round in circles on link X:\d-Y:\d, and there is no end \(`until`/,
      );
      expect(lab.clock.happened).toBeLessThan(2000);
    },
  );

  it('may storm up to a time, where time passes', () => {
    const { lab, run } = bound(ring({ latency: '1ms' }, 2, { until: '2s' }));
    run();
    expect(lab.clock.now).toBe(2e9);
    expect(lab.clock.happened).toBeGreaterThan(4000);
  });

  it('are told where no time passes, though there is an end', () => {
    const { lab, run } = bound(ring({}, 2, { until: '2s' }));
    expect(run).toThrow(/circles on link X:\d-Y:\d, and there is no end and no time passes$/);
    expect(lab.clock.happened).toBeLessThan(20_000);
  });

  it('are told where frames multiply', () => {
    const { lab, run } = bound(ring({}, 6, { until: '2s' }));
    expect(run).toThrow(/by 0 s \d+ frames and timers wait: do frames multiply in circles\?$/);
    expect(lab.clock.happened).toBeLessThan(400_000);
  });

  it('are told in real time, too', () => {
    const topology = ring({}, 2, {});
    expect(() => topology.runUntil(1e9)).toThrow(/no time passes$/);
  });

  it('are not what routers are, whose circles end', () => {
    const router = (own: string, gateway: string) => ({ ...host(own), kind: 'router', gateway });
    const { run } = bound(
      loadTopology({
        devices: {
          A: { ...host('10.0.0.1/24'), gateway: '10.0.0.2' },
          R: router('10.0.0.2/24', '10.0.0.3'),
          S: router('10.0.0.3/24', '10.0.0.2'),
          X: { kind: 'switch' },
        },
        links: [
          ['A:eth0', 'X:1'],
          ['R:eth0', 'X:2'],
          ['S:eth0', 'X:3'],
        ],
        run: [{ ping: { from: 'A', to: '8.8.8.8', ttl: 255, expect: 'ttl exceeded' } }],
      }),
    );
    run();
  });

  function bound(topology: ReturnType<typeof ring>) {
    return { lab: topology.lab, run: () => topology.run() };
  }
});

describe('further kinds of devices', () => {
  const interfaces = (address: string) => ({ eth0: { address, mtu: 1450 } });

  it('are home routers with rules', () => {
    const topology = loadTopology({
      devices: {
        A: { kind: 'host', interfaces: interfaces('192.168.1.10/24'), gateway: '192.168.1.1' },
        R: {
          kind: 'nat',
          outside: 'eth1',
          ports: '40001-40010',
          interfaces: {
            eth0: { address: '192.168.1.1/24' },
            eth1: { address: '203.0.113.50/24' },
          },
          iptables: ['iptables -A FORWARD -p tcp --dport 23 -j DROP'],
        },
        WEB: {
          kind: 'host',
          interfaces: interfaces('203.0.113.80/24'),
          services: { 'tcp/80': 'http' },
        },
      },
      links: [
        ['A:eth0', 'R:eth0'],
        ['R:eth1', 'WEB:eth0'],
      ],
      run: [
        { http: { from: 'A', to: 'WEB:80', port: 54321, expect: 200 } },
        { tcp: { from: 'A', to: 'WEB:23', timeout: '1s', expect: 'failed' } },
        { tcp: { from: 'A', to: 'WEB:24', timeout: '1s', expect: 'refused' } },
      ],
    });
    const seen = new Set<string>();
    topology.lab.watch({
      settled: ({ bytes, link }) => {
        const packet = parse(bytes);
        if (link.name === 'R:eth1-WEB:eth0' && packet.layer('tcp')?.dstPort === 80) {
          seen.add(`${packet.layer('ipv4')?.src}:${packet.layer('tcp')?.srcPort}`);
        }
      },
    });
    topology.run();
    expect(topology.script.failures).toEqual([]);
    expect([...seen]).toEqual(['203.0.113.50:40001']);
  });

  it('ask silent peers, and tell as many errors as they are told to', () => {
    const keepAlive = {
      keepAlive: true,
      keepAliveTime: '10s',
      keepAliveInterval: '1s',
      keepAliveProbes: 2,
    };
    const topology = loadTopology({
      devices: {
        A: { kind: 'host', interfaces: interfaces('10.0.0.1/24'), tcp: keepAlive },
        B: {
          kind: 'host',
          interfaces: interfaces('10.0.0.2/24'),
          icmpRateLimit: '0s',
          services: { 'tcp/7': 'echo' },
        },
      },
      links: [['A:eth0', 'B:eth0']],
      run: Array.from({ length: 10 }, () => ({ udp: { from: 'A', to: 'B:9', data: 'x' } })),
    });
    const { lab } = topology;
    let errors = 0;
    let questions = 0;
    lab.watch({
      settled: ({ bytes }) => {
        const packet = parse(bytes);
        if (packet.layer('icmp')?.type === 3) errors++;
        const tcp = packet.layer('tcp');
        if (tcp?.srcPort === 50_000 && lab.clock.now > 10e9) questions++;
      },
    });
    topology.run();
    // Without a limit, each datagram to a port where nobody listens is told.
    expect(errors).toBe(10);
    const events: string[] = [];
    const a = lab.devices.get('A') as Host;
    const failed = (reason: string): number => events.push(reason);
    a.tcp.connect('10.0.0.2', 7, { failed }, { localPort: 50_000 });
    lab.runFor(15e9);
    expect([events, questions]).toEqual([[], 1]);
    lab.disconnect(lab.links[0] as Link);
    lab.runFor(20e9);
    expect(events).toEqual(['ETIMEDOUT']);
  });

  it('are namespaces on namespaces, in whatever order they stand', () => {
    const { lab } = loadTopology({
      devices: {
        INNER: { kind: 'namespace', on: 'OUTER', plug: { bridge: 'br0', address: '10.0.0.2/24' } },
        OUTER: { kind: 'namespace', on: 'H', bridges: { br0: {} } },
        H: { kind: 'host' },
      },
    });
    expect([...lab.devices.values()].map(({ name }) => name)).toEqual(['H', 'OUTER', 'INNER']);
  });

  it('are no namespaces on themselves', () => {
    const devices = {
      A: { kind: 'namespace', on: 'B' },
      B: { kind: 'namespace', on: 'A' },
      C: { kind: 'namespace', on: 'C' },
    };
    expect(mistakes({ devices })).toEqual(
      ['A', 'B', 'C'].map(
        (name) => `devices.${name}.on: ${name} is in the end on itself, or on one that is`,
      ),
    );
  });

  it('are namespaces on bridges, and VLANs on interfaces', () => {
    const topology = loadTopology({
      devices: {
        POD1: { kind: 'namespace', on: 'NODE', plug: { bridge: 'br0', address: '10.244.1.5/24' } },
        POD2: {
          kind: 'namespace',
          on: 'NODE',
          plug: { bridge: 'br0', address: '10.244.1.6/24', name: 'eth7' },
          gateway: '10.244.1.1',
        },
        NODE: {
          kind: 'router',
          interfaces: { eth0: {}, 'eth0.10': { address: '10.0.0.1/24' } },
          bridges: { br0: { address: '10.244.1.1/24', ports: { spare: {} } } },
        },
        PEER: {
          kind: 'host',
          interfaces: { eth0: {}, 'eth0.10': { address: '10.0.0.2/24' } },
          routes: [{ to: '10.244.0.0/16', via: '10.0.0.1' }],
        },
      },
      links: [{ ends: ['NODE:eth0', 'PEER:eth0'], name: 'wire' }],
      run: [
        { ping: { from: 'POD1', to: 'POD2', expect: 'reply' } },
        { ping: { from: 'PEER', to: 'POD2', expect: 'reply' } },
        { ping: { from: 'POD1', to: '10.9.9.9', expect: 'no route' } },
      ],
      taps: ['wire'],
    });
    const tags = new Set<number | undefined>();
    topology.lab.watch({
      settled: ({ bytes }) => tags.add(parse(bytes).layer('dot1q')?.vid),
    });
    topology.run();
    expect(topology.script.failures).toEqual([]);
    expect([...tags]).toEqual([10]);
  });

  it('are tunnel end points, whose VMs come by their VNI', () => {
    const vtep = (local: string, remote: string) => ({
      kind: 'vtep',
      interfaces: { eth0: { address: `${local}/24` } },
      tunnel: { kind: 'geneve', local },
      segments: { 5000: { remotes: [remote] } },
    });
    const devices = {
      VM1: { kind: 'host', interfaces: interfaces('192.168.10.5/24') },
      VM2: { kind: 'host', interfaces: interfaces('192.168.10.6/24') },
      V1: vtep('10.0.0.1', '10.0.0.2'),
      V2: vtep('10.0.0.2', '10.0.0.1'),
    };
    const topology = loadTopology({
      devices,
      links: [
        ['VM1:eth0', 'V1:vni5000'],
        ['VM2:eth0', 'V2:vni5000'],
        { ends: ['V1:eth0', 'V2:eth0'], name: 'underlay' },
      ],
      run: [{ ping: { from: 'VM1', to: 'VM2', expect: 'reply' } }],
      taps: ['underlay'],
    });
    const inner: string[] = [];
    topology.lab.watch({
      settled: ({ bytes }) => {
        const packet = parse(bytes);
        if (packet.layer('geneve') !== undefined) inner.push(packet.layers.at(-1)?.layer ?? '');
      },
    });
    topology.run();
    expect(topology.script.failures).toEqual([]);
    expect(inner).toEqual(['arp', 'arp', 'icmp', 'icmp']);
    expect(
      mistakes({
        devices,
        links: [
          ['VM1:eth0', 'V1:vnet1'],
          ['VM2:eth0', 'V2:vni7'],
        ],
      }),
    ).toEqual([
      'links[0][1]: V1 has no port vnet1; a VM goes to one such as vni5000',
      'links[1][1]: V2 has no VNI 7; it has 5000',
    ]);
  });

  it.each([
    [true, 'reply'],
    [false, 'timeout'],
  ])('are end points that let tags out of a tunnel, or not: %s', (innerVlan, expected) => {
    const vtep = (local: string, remote: string) => ({
      kind: 'vtep',
      interfaces: { eth0: { address: `${local}/24` } },
      tunnel: { kind: 'vxlan', local, innerVlan },
      segments: { 5000: { remotes: [remote], dev: false } },
    });
    const vm = (address: string) => ({
      kind: 'host',
      interfaces: { eth0: {}, 'eth0.10': { address } },
    });
    const topology = loadTopology({
      devices: {
        VM1: vm('192.168.10.5/24'),
        VM2: vm('192.168.10.6/24'),
        V1: vtep('10.0.0.1', '10.0.0.2'),
        V2: vtep('10.0.0.2', '10.0.0.1'),
      },
      links: [
        ['VM1:eth0', 'V1:vni5000'],
        ['VM2:eth0', 'V2:vni5000'],
        { ends: ['V1:eth0', 'V2:eth0'], mtu: 1600 },
      ],
      run: [{ ping: { from: 'VM1', to: 'VM2', expect: expected } }],
    });
    topology.run();
    expect(topology.script.failures).toEqual([]);
    const tables = topology.lab.devices.get('V1')?.tables() ?? [];
    const lines = tables.flatMap((table) => table.lines);
    expect(lines).toContainEqual(expect.stringMatching(/vxlan id 5000 local 10\.0\.0\.1 srcport/));
  });

  it.each(['controller', 'database'])('are end points that a %s tells of VMs', (kind) => {
    const vtep = (local: string) => ({
      kind: 'vtep',
      interfaces: { eth0: { address: `${local}/24` } },
      tunnel: { kind: 'vxlan', local },
      control: { [kind]: '10.0.0.100' },
      segments: { 5000: { learning: false } },
    });
    const topology = loadTopology({
      devices: {
        VM1: { kind: 'host', interfaces: interfaces('192.168.10.5/24') },
        VM2: { kind: 'host', interfaces: interfaces('192.168.10.6/24') },
        V1: vtep('10.0.0.1'),
        V2: vtep('10.0.0.2'),
        CTRL: {
          kind: 'host',
          interfaces: { eth0: { address: '10.0.0.100/24' } },
          [kind]: true,
        },
        SW: { kind: 'switch' },
      },
      links: [
        ['VM1:eth0', 'V1:vni5000'],
        ['VM2:eth0', 'V2:vni5000'],
        ['V1:eth0', 'SW:1'],
        ['V2:eth0', 'SW:2'],
        ['CTRL:eth0', 'SW:3'],
      ],
      run: [{ ping: { from: 'VM1', to: 'VM2', expect: 'reply' } }],
    });
    const inner: (string | undefined)[] = [];
    topology.lab.watch({
      settled: ({ bytes }) => {
        const packet = parse(bytes);
        if (packet.layer('vxlan') !== undefined) inner.push(packet.layers.at(-1)?.layer);
      },
    });
    topology.run();
    expect(topology.script.failures).toEqual([]);
    // Nothing is flooded: ARP never enters the tunnel.
    expect(inner.length).toBeGreaterThan(0);
    expect(new Set(inner)).toEqual(new Set(['icmp']));
  });

  it('are balancers, and bridges that iptables looks at', () => {
    const pod = (address: string) => ({
      kind: 'namespace',
      on: 'NODE',
      plug: { bridge: 'br0', address },
      gateway: '10.244.1.1',
      services: { 'tcp/8080': 'http', 'tcp/9090': 'http' },
    });
    const http = (from: string, to: string, timeout = '5s') => ({ http: { from, to, timeout } });
    const topology = loadTopology({
      devices: {
        NODE: {
          kind: 'router',
          interfaces: {
            eth0: { address: '10.0.0.1/24' },
            dummy0: { address: '10.96.0.100/32' },
          },
          bridges: { br0: { address: '10.244.1.1/24', netfilter: true } },
          ipvs: {
            'tcp/10.96.0.100:80': { servers: { '10.244.1.5:8080': {}, '10.244.1.6:8080': {} } },
          },
          iptables: ['-A FORWARD -p tcp --dport 9090 -j REJECT'],
        },
        POD1: pod('10.244.1.5/24'),
        POD2: pod('10.244.1.6/24'),
        CLIENT: {
          kind: 'host',
          interfaces: { eth0: { address: '10.0.0.9/24' } },
          gateway: '10.0.0.1',
        },
      },
      links: [['CLIENT:eth0', 'NODE:eth0']],
      run: [
        http('CLIENT', '10.96.0.100:80'),
        http('CLIENT', '10.96.0.100:80'),
        http('POD1', 'POD2:8080'),
        http('POD1', 'POD2:9090'),
      ],
    });
    topology.run();
    expect(topology.script.outcomes.map(({ lines }) => lines[0])).toEqual([
      'HTTP/1.1 200 OK',
      'HTTP/1.1 200 OK',
      'HTTP/1.1 200 OK',
      'it failed: ECONNREFUSED',
    ]);
    const { lines = [] } =
      topology.lab.tables().find(({ title }) => title === 'NODE# ipvsadm -Lnc') ?? {};
    expect(lines.join()).toMatch(/10\.244\.1\.5:8080/);
    expect(lines.join()).toMatch(/10\.244\.1\.6:8080/);
  });

  it('take iptables to put rules in, and refuse it where it would print to nobody', () => {
    const printing = ['-L', 'iptables -L FORWARD -n -v --line-numbers', '-S', '-t nat -S OUTPUT'];
    const idle = ['-n', '-v', '--line-numbers', '-t nat', '-A FORWARD -n'];
    const rules = (iptables: string[]) => ({ devices: { R: { kind: 'router', iptables } } });
    expect(mistakes(rules(['-P FORWARD DROP', ...printing, ...idle]))).toEqual([
      ...printing.map(
        (line, i) =>
          `devices.R.iptables[${i + 1}]: ${line}: a file puts rules in and prints none; \`framewright lab --tables\` prints them, with their counters, when the lab is over`,
      ),
      ...[
        'no command: expected -A, -I, -D, -N, -X, -F, -P, -Z, -L or -S',
        'no command: expected -A, -I, -D, -N, -X, -F, -P, -Z, -L or -S',
        'no command: expected -A, -I, -D, -N, -X, -F, -P, -Z, -L or -S',
        'no command: expected -A, -I, -D, -N, -X, -F, -P, -Z, -L or -S',
        '-n: only with -L',
      ].map((words, i) => `devices.R.iptables[${i + 5}]: iptables: ${words}`),
    ]);
    // What begins a script of rules is as good here as in a shell.
    const script = ['-F', '-X', '-Z', '-N WEB', '-A WEB -j DROP', '-A FORWARD -j WEB', '-F WEB'];
    const { lab } = loadTopology(rules(script));
    const table = lab.tables().find(({ title }) => title === 'R# iptables-save -c');
    expect(table?.lines).toEqual([
      '*filter',
      ':INPUT ACCEPT [0:0]',
      ':FORWARD ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ':WEB - [0:0]',
      '[0:0] -A FORWARD -j WEB',
      'COMMIT',
    ]);
  });

  it('tell mistakes of what is in them where these stand', () => {
    const devices = {
      R: {
        kind: 'router',
        interfaces: { eth0: { address: '10.0.0.1/24' }, 'eth0.5000': {} },
        iptables: ['-A FORWARD -j DROP', '-A FORWRD -j DROP'],
        routes: [{ to: '10.1.0.0/16', via: '10.9.9.9' }],
        services: { 'udp/80': 'http', 'tcp/0': 'echo', 'tcp/80': 'https' },
      },
      N: { kind: 'namespace', on: 'H', plug: { bridge: 'br1' } },
      H: { kind: 'host', bridges: { br0: { ports: { a: { native: 5 } } } } },
      V: { kind: 'vtep', tunnel: { kind: 'vxlan', local: '10.0.0.1' }, segments: { 1: {} } },
      W: { kind: 'nat', outside: 'eth1' },
      X: {
        kind: 'vtep',
        interfaces: { eth0: { address: '10.0.0.1/24' } },
        tunnel: { kind: 'vxlan', local: '10.0.0.1' },
        control: {},
        segments: { 5000: { fdb: { 'aa:aa:aa:aa:aa:aa': '10.0.0.2' } } },
      },
      Z: {
        kind: 'vtep',
        tunnel: { kind: 'vxlan', local: '10.0.0.1' },
        segments: { 16777216: {} },
      },
      Y: { kind: 'host', ipvs: { 'tcp/10.96.0.100:80': { servers: { '10.1.1.1:80': {} } } } },
    };
    const { R, ...others } = devices;
    expect(mistakes({ devices: { R: { ...R, services: {} }, ...others } })).toMatchInlineSnapshot(`
      [
        "devices.Z.segments.16777216: expected a VNI from 0 to 16777215",
        "devices.R.interfaces["eth0.5000"]: R:eth0: a VLAN id is 1–4094, not 5000 (IEEE 802.1Q §9.6)",
        "devices.R.routes[0]: R: no interface leads to 10.9.9.9: give \`via\`, a neighbour's address, or \`dev\`",
        "devices.R.iptables[1]: table filter has no chain FORWRD; it has INPUT, FORWARD, OUTPUT",
        "devices.H.bridges.br0: H:a: only a trunk has a native VLAN",
        "devices.V: V does not have the address 10.0.0.1",
        "devices.W: W has no port eth1; it has lo",
        "devices.X.control: give either controller or database",
        "devices.Y.ipvs["tcp/10.96.0.100:80"]: Y: 10.96.0.100:80 is no address of its own: add it to an interface first",
      ]
    `);
    expect(mistakes({ devices: { R } })).toMatchInlineSnapshot(`
      [
        "devices.R.services["tcp/0"]: expected a protocol and a port such as udp/7 or tcp/80",
        "devices.R.services["tcp/80"]: https is not known; did you mean http?",
      ]
    `);
  });
});
