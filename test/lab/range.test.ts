import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/bytes/error.js';
import { PcapWriter } from '../../src/capture/pcap-writer.js';
import { Bridge } from '../../src/lab/bridge/bridge.js';
import { type CaptureEpoch, LabCapture, LinkCaptures, newCapture } from '../../src/lab/capture.js';
import { Clock, SECOND, Timer } from '../../src/lab/clock.js';
import { Host } from '../../src/lab/host.js';
import type { NeighbourOptions } from '../../src/lab/ip/neighbours.js';
import type { PingOptions } from '../../src/lab/ip/ping.js';
import { Ipvs } from '../../src/lab/ipvs/ipvs.js';
import { Lab, type LabOptions } from '../../src/lab/lab.js';
import type { LinkOptions } from '../../src/lab/link.js';
import type { ConntrackOptions, ConntrackTimeouts } from '../../src/lab/netfilter/conntrack.js';
import { Netfilter } from '../../src/lab/netfilter/netfilter.js';
import { checkNumber, fractions, numbers } from '../../src/lab/range.js';
import { Switch, type SwitchOptions } from '../../src/lab/switch.js';
import type { TcpOptions } from '../../src/lab/tcp/settings.js';
import { TunnelEndPoint } from '../../src/lab/tunnel/end-point.js';
import type { TunnelOptions } from '../../src/lab/tunnel/tunnel-options.js';
import { addVlanPort } from '../../src/lab/vlan-port.js';

const MAX = Number.MAX_SAFE_INTEGER;
/** The longest that anything takes. */
const LONG = 2 ** 52;
const B = 0xc0a80114;
const B_TEXT = '192.168.1.20';

const hostWith = (options = {}): Host =>
  new Host(new Lab(), 'A', {
    interfaces: { eth0: { address: '192.168.1.10/24' } },
    ...options,
  });
const endPointWith = (options = {}): TunnelEndPoint =>
  new TunnelEndPoint(hostWith(), { kind: 'vxlan', local: '192.168.1.10', ...options });
const linkWith = (options: LinkOptions) => {
  const lab = new Lab();
  const [a, b] = ['A', 'B'].map((name) => new Host(lab, name).addPort('eth0'));
  return lab.connect(a as never, b as never, { name: 'wire', ...options });
};
const bridgeWith = (options = {}): Bridge => new Bridge(hostWith(), 'br0', options);
const serverWith = (weight: number) => {
  const host = hostWith();
  const service = new Ipvs(host).addService({ address: '192.168.1.10:80' });
  return { service, server: service.addServer('10.0.0.1:80', { weight }) };
};

/** What is set, the least and the most, what is counted, and how it is set. */
type Row = [
  whose: string,
  what: string,
  least: number,
  most: number,
  unit: string,
  set: (value: number) => unknown,
];
const rows: Row[] = [];
/** Options of one object: `name: [least, most, unit]`. */
function options<O extends object>(
  whose: string,
  ranges: { readonly [K in keyof O]?: readonly [number, number, string?] },
  set: (options: O) => unknown,
): void {
  for (const [what, range] of Object.entries<readonly [number, number, string?] | undefined>(
    ranges,
  )) {
    const [least, most, unit = ''] = range ?? [0, 0];
    rows.push([whose, what, least, most, unit, (value) => set({ [what]: value } as O)]);
  }
}
const NS = 'nanoseconds';
const IP_BYTES = 'bytes of an IP packet';

options<LinkOptions>(
  'link wire',
  {
    latency: [0, LONG, NS],
    queue: [0, MAX, 'frames'],
    reorderDelay: [0, LONG, NS],
    mtu: [68, 65_535, IP_BYTES],
  },
  linkWith,
);
options<NeighbourOptions>(
  'A: neighbours',
  {
    reachable: [0, LONG, NS],
    retransmit: [1, LONG, NS],
    attempts: [1, MAX, 'requests'],
    queue: [1, MAX, 'frames'],
  },
  (neighbours) => hostWith({ neighbours }),
);
options<PingOptions>(
  'ping from A',
  {
    count: [1, 100_000, 'requests'],
    size: [0, 65_507, 'bytes'],
    interval: [0, LONG, NS],
    timeout: [0, LONG, NS],
    ttl: [1, 255],
  },
  (ping) => hostWith().ping(B_TEXT, ping),
);
const tcpRanges = {
  mss: [48, 65_495, 'bytes'],
  initialWindow: [1, 1000, 'segments'],
  receiveBuffer: [1, 0xffff * 2 ** 14, 'bytes'],
  sendBuffer: [1, MAX, 'bytes'],
  synRetries: [0, 127, 'repetitions'],
  retries: [0, 255, 'repetitions'],
  keepAliveTime: [1, LONG, NS],
  keepAliveInterval: [1, LONG, NS],
  keepAliveProbes: [1, 127, 'questions'],
  timeWait: [0, LONG, NS],
  initialSequence: [0, 0xffff_ffff],
} as const;
const listener = { accept: () => ({}) };
options<TcpOptions>('A: TCP', tcpRanges, (tcp) => hostWith({ tcp }));
options<TcpOptions>('A: TCP', tcpRanges, (tcp) => hostWith().tcp.listen(80, listener, tcp));
options<TcpOptions>('A: TCP', tcpRanges, (tcp) => hostWith().tcp.connect(B_TEXT, 80, {}, tcp));
options<ConntrackOptions>('A: conntrack', { max: [1, MAX, 'entries'] }, (conntrack) => {
  new Netfilter(hostWith().ip, { conntrack });
});
const SECONDS = [1, 9_007_199, 'seconds'] as const;
options<ConntrackTimeouts>(
  'A: conntrack: timeouts',
  { udp: SECONDS, udpStream: SECONDS, icmp: SECONDS, generic: SECONDS },
  (timeouts) => new Netfilter(hostWith().ip, { conntrack: { timeouts } }),
);
const forgetting = { ageing: [0, LONG, NS], maxLearned: [0, MAX, 'addresses'] } as const;
options('A:br0', forgetting, bridgeWith);
options<SwitchOptions>('SW:br0', forgetting, (ageing) => new Switch(new Lab(), 'SW', ageing));
options('A: tunnel', { port: [1, 65_535], ttl: [1, 255] }, endPointWith);
options<Partial<TunnelOptions>>(
  'A:vxlan5000',
  { ...forgetting, vni: [0, 0xff_ffff], mtu: [68, 65_535, IP_BYTES] },
  (tunnel) => endPointWith().addTunnel('vxlan5000', { vni: 5000, ...tunnel }),
);
options<Partial<CaptureEpoch>>(
  'the epoch',
  { seconds: [0, MAX, 'seconds'], nanoseconds: [0, SECOND - 1, NS] },
  (part) => {
    const epoch = { seconds: 0, nanoseconds: 0, ...part };
    new LinkCaptures(() => new PcapWriter({ write: () => Promise.resolve() } as never), epoch);
    return new LabCapture(newCapture(), epoch);
  },
);
options<LabOptions>('the lab', { seed: [0, MAX] }, (lab) => new Lab(lab));
rows.push(
  ['the lab', 'a time', 0, MAX, NS, (time) => new Lab().runFor(time)],
  ['the clock', 'a time', 0, MAX, NS, (time) => new Clock().runUntil(time)],
  ['link wire', 'a count', 0, MAX, 'frames', (count) => linkWith({}).forth.loseNext(count)],
  ['A', 'a TTL', 1, 255, '', (ttl) => hostWith({ ttl })],
  ['A', 'icmpRateLimit', 0, LONG, NS, (icmpRateLimit) => hostWith({ icmpRateLimit })],
  ['A', 'a TTL', 1, 255, '', (ttl) => hostWith().udp.bind(7).send(B, 7, new Uint8Array(), { ttl })],
  ['A', 'a TOS', 0, 255, '', (tos) => hostWith().udp.bind(7).send(B, 7, new Uint8Array(), { tos })],
  [
    'A',
    'a UDP port',
    0,
    65_535,
    '',
    (port) => hostWith().udp.bind(7).send(B, port, new Uint8Array()),
  ],
  [
    'A',
    'a metric',
    0,
    0xffff_ffff,
    '',
    (metric) => hostWith().ip.addRoute('10.0.0.0/8', { dev: 'eth0', metric }),
  ],
  ['A', 'a protocol', 0, 255, '', (protocol) => hostWith().ip.setTransport(protocol, {} as never)],
  [
    'A',
    'a priority',
    -(2 ** 31),
    2 ** 31 - 1,
    '',
    (priority) => hostWith().ip.addHooks({ run: () => true }, priority),
  ],
  ['A: TCP', 'a port', 1, 65_535, '', (port) => hostWith().tcp.listen(port, listener)],
  ['A: TCP', 'a port', 1, 65_535, '', (port) => hostWith().tcp.connect(B_TEXT, port)],
  [
    'A: TCP',
    'a port',
    1,
    65_535,
    '',
    (localPort) => hostWith().tcp.connect(B_TEXT, 80, {}, { localPort }),
  ],
  [
    'A: TCP',
    'rmem[0]',
    1,
    2 ** 31 - 2 ** 15,
    'bytes',
    (least) => hostWith({ tcp: { rmem: [least, 2 ** 31 - 2 ** 15, 2 ** 31 - 2 ** 15] } }),
  ],
  [
    'A: TCP',
    'wmem[2]',
    9000,
    2 ** 31 - 2 ** 15,
    'bytes',
    (most) => hostWith({ tcp: { wmem: [1, 9000, most] } }),
  ],
  ['traceroute from A', 'maxHops', 1, 255, '', (hops) => hostWith().traceroute(B_TEXT, hops)],
  ['A:eth1', 'an MTU', 68, 65_535, IP_BYTES, (mtu) => hostWith().addInterface('eth1', { mtu })],
  ['A:eth0', 'a VLAN id', 1, 4094, '', (vid) => addVlanPort(hostWith().port('eth0'), vid)],
  [
    'A:eth1',
    'a VLAN id',
    1,
    4094,
    '',
    (pvid) => {
      const bridge = bridgeWith({ vlanFiltering: true });
      bridge.addPort(bridge.device.addPort('eth1'), { pvid });
    },
  ],
  [
    'A:eth1',
    'a VLAN id',
    1,
    4094,
    '',
    (vid) => {
      const bridge = bridgeWith({ vlanFiltering: true });
      bridge.addPort(bridge.device.addPort('eth1'), { vlans: [vid] });
    },
  ],
  ['SW', 'the number of ports', 1, 4096, '', (ports) => new Switch(new Lab(), 'SW', { ports })],
  ['10.0.0.1:80', 'a weight', 0, 65_535, '', serverWith],
  [
    '10.0.0.1:80',
    'a weight',
    0,
    65_535,
    '',
    (weight) => {
      const { service, server } = serverWith(1);
      service.setWeight(server, weight);
    },
  ],
);

/** What a range does not have. */
function wrongOnes(least: number, most: number): number[] {
  const always = [Number.NaN, -Infinity, least + 0.5, least - 1];
  return most === MAX ? [...always, 2 ** 53] : [...always, most + 1];
}

describe('a number that the lab is given', () => {
  it.each(rows)('%s: %s is taken from %d to %d', (whose, what, least, most, unit, set) => {
    for (const right of [least, Math.min(most, least + 1), most]) set(right);
    for (const wrong of [...wrongOnes(least, most), Infinity]) {
      const bounds = most === MAX && !(wrong > MAX) ? `${least} or more` : `${least}–${most}`;
      const text = `${whose}: ${what} is ${bounds}${unit && ` ${unit}`}, not ${wrong}`;
      expect(errorOf(() => set(wrong))).toEqual(['OUT_OF_RANGE', expect.stringContaining(text)]);
    }
  });

  it.each(['loss', 'duplicate', 'reorder'])('%s of a link is a probability', (what) => {
    for (const right of [0, 0.001, 1]) linkWith({ [what]: right });
    for (const wrong of [Number.NaN, -0.1, 1.1, Infinity, '0.5']) {
      expect(errorOf(() => linkWith({ [what]: wrong }))).toEqual([
        'OUT_OF_RANGE',
        `link wire: ${what} is 0–1 (a probability), not ${typeof wrong === 'string' ? '"0.5"' : wrong}`,
      ]);
    }
  });

  it('for the bandwidth of a link may be any from one bit a second', () => {
    for (const right of [1, 1.5, 1e9]) linkWith({ bandwidth: right });
    for (const wrong of [Number.NaN, 0, 0.5, -1, Infinity]) {
      expect(errorOf(() => linkWith({ bandwidth: wrong }))).toEqual([
        'OUT_OF_RANGE',
        `link wire: bandwidth is 1${wrong === Infinity ? `–${MAX}` : ' or more'} bits a second, not ${wrong}`,
      ]);
    }
  });

  it('for a UDP port that is bound may be 0, for a free one', () => {
    expect(hostWith().udp.bind(0).port).toBe(49_152);
    for (const wrong of [Number.NaN, -1, 1.5, 65_536, Infinity]) {
      expect(errorOf(() => hostWith().udp.bind(wrong))).toEqual([
        'OUT_OF_RANGE',
        expect.stringContaining(`A: a UDP port is 1–65535, not ${wrong}`),
      ]);
    }
  });

  it('says what else is wrong with it', () => {
    expect(errorOf(() => checkNumber('A', 'a TTL', 1.5, numbers(1, 255)))[1]).toBe(
      'A: a TTL is 1–255, not 1.5, which is not whole',
    );
    expect(errorOf(() => addVlanPort(hostWith().port('eth0'), 4095))[1]).toBe(
      'A:eth0: a VLAN id is 1–4094, not 4095: 4095 is reserved (IEEE 802.1Q §9.6)',
    );
    for (const [wrong, shown] of [
      ['5', '"5"'],
      [null, 'null'],
      [[5], '5'],
    ]) {
      for (const range of [numbers(1, 255), fractions(1, 255, '')]) {
        expect(errorOf(() => checkNumber('A', 'a TTL', wrong as never, range))).toEqual([
          'OUT_OF_RANGE',
          `A: a TTL is 1–255, not ${shown}`,
        ]);
      }
    }
    expect(checkNumber('A', 'a share', 0.5, fractions(0, 1, ''))).toBe(0.5);
  });
});

describe('the clock', () => {
  const wrong = [Number.NaN, Infinity, 0.5, 2 ** 53];

  it.each(wrong)('takes no %d for a time, and nothing changes', (time) => {
    const clock = new Clock();
    const timer = new Timer(() => {});
    clock.at(timer, 7);
    for (const set of [
      () => clock.at(timer, time),
      () => clock.after(timer, time),
      () => clock.call(time, () => {}),
    ]) {
      expect(errorOf(set)).toEqual([
        'OUT_OF_RANGE',
        expect.stringMatching(`^the clock: a time is 0( or more|–${MAX}) nanoseconds, not ${time}`),
      ]);
    }
    expect([clock.pending, timer.due]).toEqual([1, 7]);
    expect(clock.run()).toBe(7);
  });

  it('has what is past happen at once', () => {
    const clock = new Clock();
    clock.runUntil(10);
    clock.call(-5, () => {});
    clock.at(new Timer(() => {}), -Infinity);
    expect([clock.run(), clock.happened]).toEqual([10, 2]);
  });

  it('runs until a time, or with `Infinity` until nothing happens any more', () => {
    const clock = new Clock();
    clock.call(5, () => {});
    for (const until of [Number.NaN, -1, 0.5]) {
      expect(errorOf(() => clock.run(until))[0]).toBe('OUT_OF_RANGE');
    }
    expect([clock.run(4), clock.run(Infinity)]).toEqual([0, 5]);
  });

  it('has a limit of things that happen, or `Infinity`', () => {
    const clock = new Clock();
    for (let i = 0; i < 3; i++) clock.call(i, () => {});
    clock.limit = 2;
    for (const limit of [Number.NaN, -1, 1.5]) {
      expect(
        errorOf(() => {
          clock.limit = limit;
        }),
      ).toEqual([
        'OUT_OF_RANGE',
        expect.stringContaining(`a limit is 0 or more things that happen, not ${limit}`),
      ]);
    }
    expect(clock.limit).toBe(2);
    clock.run();
    expect(clock.happened).toBe(2);
    clock.limit = Infinity;
    clock.run();
    expect(clock.happened).toBe(3);
  });
});

describe('what a frame says', () => {
  it('never throws: an answer goes to port 0, too', () => {
    const { udp } = hostWith();
    expect(udp.bind(7).send(B, 0, new Uint8Array(1))).toBe('sent');
  });
});

/** Code and message of what is thrown. */
function errorOf(set: () => unknown): [string, string] {
  try {
    set();
  } catch (error) {
    if (error instanceof PacketError) return [error.code, error.message];
    throw error;
  }
  return ['nothing was thrown', ''];
}
