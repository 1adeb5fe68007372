/** VXLAN and Geneve around frames, by every way to wrap them, against what `build` makes. */
import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FrameArena } from '../../src/encap/arena.js';
import { GeneveEncapsulator } from '../../src/encap/geneve-encapsulator.js';
import type { OuterOptions } from '../../src/encap/outer.js';
import { VxlanEncapsulator } from '../../src/encap/vxlan-encapsulator.js';
import { WRAP } from '../../src/encap/wrap.js';
import { arp } from '../../src/headers/arp.js';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { geneve } from '../../src/headers/geneve.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { codesOf } from '../support/problems.js';
import { oddFrames } from '../support/random-frames.js';
import { viewOf } from '../support/reference.js';
import { describeWithTshark, tsharkFields } from '../support/tshark.js';
import { type Asked, expected, OUTER4, OUTER6, wrapped } from './wraps.js';

const eth = ethernet({ src: '02:00:00:00:00:03', dst: '02:00:00:00:00:04' });
const ip = ipv4({
  src: '192.168.0.1',
  dst: '192.168.0.2',
  ttl: 17,
  dscp: 46,
  ecn: 1,
  dontFragment: false,
});
const ip6 = ipv6({ src: '2001:db8::3', dst: '2001:db8::4', hopLimit: 5, trafficClass: 0x2b });
const segment = tcp({ srcPort: 49153, dstPort: 80, flags: ['ACK'] });

const FRAMES: Readonly<Record<string, Uint8Array>> = {
  IPv4: build([eth, ip, segment, new Uint8Array(11).fill(7)]),
  'IPv4 with DF': build([eth, ipv4({ dontFragment: true, ecn: 3 }), udp({ dstPort: 53 })]),
  IPv6: build([eth, ip6, udp({ dstPort: 53 }), new Uint8Array(300).fill(1)]),
  'IPv4 behind two tags': build([
    ethernet({ type: 0x88a8 }),
    dot1q({ vid: 3 }),
    dot1q({ vid: 4 }),
    ip,
    segment,
  ]),
  ARP: build([eth, arp({})]),
  nothing: new Uint8Array(0),
  'one byte': Uint8Array.of(0x45),
  'an Ethernet header': build([eth]),
  'an IPv4 header that is cut': build([eth, ip, segment]).slice(0, 33),
  'an IPv6 header that is cut': build([eth, ip6, segment]).slice(0, 53),
  'an IPv6 packet under the type of IPv4': build([
    ethernet({ type: 0x0800 }),
    build([ip6, udp({ dstPort: 1 })]),
  ]),
  'nine tags': build([
    ethernet({ type: 0x8100 }),
    ...Array.from({ length: 9 }, () => dot1q({ vid: 1, type: 0x8100 })),
    build([ip, segment]),
  ]),
};

const OUTERS: Readonly<Record<string, OuterOptions>> = {
  IPv4: OUTER4,
  'IPv4 that copies nothing': { ...OUTER4, ecn: 'compatibility' },
  'IPv4 with numbers': { ...OUTER4, ttl: 200, dscp: 63, ecn: 3, dontFragment: false, id: 0xffff },
  'IPv4 by what is inside': { ...OUTER4, ttl: 'inner', dscp: 'inner', dontFragment: 'inner' },
  'IPv4 that counts': { ...OUTER4, id: 'count', ecn: 0 },
  'IPv4 with a checksum': { ...OUTER4, checksum: 'computed' },
  'IPv4 with a checksum, by what is inside': {
    ...OUTER4,
    checksum: 'computed',
    ttl: 'inner',
    dscp: 'inner',
    dontFragment: 'inner',
    ecn: 'normal',
  },
  'IPv4 behind a tag': { ...OUTER4, vlan: { vid: 4095, priority: 7, dei: true, tpid: 0x88a8 } },
  'IPv4 behind a plain tag, with ports': {
    ...OUTER4,
    vlan: { vid: 0 },
    srcPort: 0,
    dstPort: 4789,
    ecn: 0,
  },
  'IPv4 with a port': { ...OUTER4, ecn: 0, srcPort: 65_535, dstPort: 8472 },
  IPv6: OUTER6,
  'IPv6 without a checksum': { ...OUTER6, checksum: 'zero', ecn: 2, dscp: 10, flowLabel: 0xfffff },
  'IPv6 by what is inside': { ...OUTER6, ttl: 'inner', dscp: 'inner', flowLabel: 'flow' },
  'IPv6 behind a tag': { ...OUTER6, vlan: { vid: 9 }, ttl: 255, ecn: 'compatibility' },
};

const option = (type: number, bytes: number) => ({
  class: 0x0102,
  type,
  data: Uint8Array.from({ length: bytes }, (_, i) => i + type),
});
const many = [option(1, 124), option(0x82, 116)];

const TUNNELS = {
  VXLAN: {
    make: (outer: OuterOptions) => (arena?: FrameArena) =>
      new VxlanEncapsulator({ outer, ...(arena === undefined ? {} : { arena }) }),
    tunnel: (vni: number) => vxlan({ vni }),
  },
  'VXLAN with a group policy': {
    make: (outer: OuterOptions) => (arena?: FrameArena) =>
      new VxlanEncapsulator({
        outer,
        groupPolicyId: 0xfffe,
        ...(arena === undefined ? {} : { arena }),
      }),
    tunnel: (vni: number) => vxlan({ vni, groupPolicyId: 0xfffe }),
  },
  'VXLAN with flags': {
    make: (outer: OuterOptions) => (arena?: FrameArena) =>
      new VxlanEncapsulator({ outer, flags: 0x0801, ...(arena === undefined ? {} : { arena }) }),
    tunnel: (vni: number) => vxlan({ vni, flags: 0x0801 }),
  },
  Geneve: {
    make: (outer: OuterOptions) => (arena?: FrameArena) =>
      new GeneveEncapsulator({ outer, ...(arena === undefined ? {} : { arena }) }),
    tunnel: (vni: number) => geneve({ vni, protocol: 0x6558 }),
  },
  'Geneve, control': {
    make: (outer: OuterOptions) => (arena?: FrameArena) =>
      new GeneveEncapsulator({ outer, oam: true, ...(arena === undefined ? {} : { arena }) }),
    tunnel: (vni: number) => geneve({ vni, oam: true, protocol: 0x6558 }),
  },
  'Geneve with options, a critical one and those that change': {
    make: (outer: OuterOptions) => (arena?: FrameArena) =>
      new GeneveEncapsulator({
        outer,
        options: [
          { ...option(1, 4), changes: true as const },
          option(2, 8),
          option(0x83, 0),
          { ...option(4, 12), changes: true as const },
        ],
        ...(arena === undefined ? {} : { arena }),
      }),
    tunnel: (vni: number) =>
      geneve({
        vni,
        protocol: 0x6558,
        options: [option(1, 4), option(2, 8), option(0x83, 0), option(4, 12)],
      }),
  },
  'Geneve with 248 bytes of options': {
    make: (outer: OuterOptions) => (arena?: FrameArena) =>
      new GeneveEncapsulator({ outer, options: many, ...(arena === undefined ? {} : { arena }) }),
    tunnel: (vni: number) => geneve({ vni, protocol: 0x6558, options: many }),
  },
  'Geneve with 252 bytes of options that change': {
    make: (outer: OuterOptions) => (arena?: FrameArena) =>
      new GeneveEncapsulator({
        outer,
        options: [...many, option(3, 0)].map((one) => ({ ...one, changes: true as const })),
        ...(arena === undefined ? {} : { arena }),
      }),
    tunnel: (vni: number) => geneve({ vni, protocol: 0x6558, options: [...many, option(3, 0)] }),
  },
} as const;

const sizeOf = (asked: Asked): number => expected(asked, new Uint8Array(0), 0).length;

/** Expects every way to answer the same frame as `build`. */
function compare(
  asked: Asked,
  make: (arena?: FrameArena) => VxlanEncapsulator | GeneveEncapsulator,
  frame: Uint8Array,
  vni: number,
  port?: number,
): void {
  const { srcPort } = asked.outer;
  const batchPort = port ?? (typeof srcPort === 'number' ? srcPort : -1);
  const truth = expected(asked, frame, vni, port === -1 ? undefined : port);
  const answers = wrapped(make, frame, vni, port, batchPort);
  expect(answers.size).toBe(9);
  for (const [way, bytes] of answers) expect(bytes, way).toEqual(truth);
}

describe.each(Object.entries(TUNNELS))('%s', (_name, { make, tunnel }) => {
  it.each(Object.entries(OUTERS))('over %s is what build makes of any frame', (_outer, outer) => {
    const asked = { outer, tunnel };
    for (const frame of Object.values(FRAMES)) compare(asked, make(outer), frame, 0xabcdef);
    expect(make(outer)().headerBytes).toBe(sizeOf(asked));
  });

  it('takes a VNI and a source port with each frame, to their limits', () => {
    const asked = { outer: { ...OUTER4, ecn: 0 }, tunnel };
    for (const vni of [0, 1, 0xffffff]) {
      for (const port of [0, 1, 65_535, -1]) {
        compare(asked, make(asked.outer), FRAMES['IPv4'] as Uint8Array, vni, port);
      }
    }
  });

  it('over IPv4 and IPv6 has a UDP checksum that verifies, at even and odd lengths', () => {
    for (const outer of [{ ...OUTER4, checksum: 'computed' as const }, OUTER6]) {
      for (let length = 0; length < 70; length++) {
        const frame = Uint8Array.from({ length }, (_, i) => 255 - i);
        for (const [way, bytes] of wrapped(make(outer), frame, 5)) {
          const { problems } = parse(bytes as Uint8Array);
          const outside = problems.filter(({ layer }) => layer === 'udp');
          expect(outside, `${way}, ${length}`).toEqual([]);
        }
      }
    }
  });
});

/** Options of a kind that may be left out. */
const some = { requiredKeys: [] };
const words = fc.constantFrom('inner' as const);
const outer4: Arbitrary<OuterOptions> = fc
  .record(
    {
      ttl: fc.oneof(fc.nat(255), words),
      dscp: fc.oneof(fc.nat(63), words),
      ecn: fc.oneof(fc.nat(3), fc.constantFrom('normal' as const, 'compatibility' as const)),
      dontFragment: fc.oneof(fc.boolean(), words),
      id: fc.oneof(fc.nat(0xffff), fc.constantFrom('count' as const)),
      srcPort: fc.oneof(fc.nat(0xffff), fc.constantFrom('flow' as const)),
      checksum: fc.constantFrom('zero' as const, 'computed' as const),
      vlan: fc.record({ vid: fc.nat(4095), priority: fc.nat(7), dei: fc.boolean() }),
    },
    some,
  )
  .map((given) => ({ ...OUTER4, ...given }) as OuterOptions);
const outer6: Arbitrary<OuterOptions> = fc
  .tuple(outer4, fc.option(fc.oneof(fc.nat(0xfffff), fc.constantFrom('flow' as const))))
  .map(([{ id: _id, dontFragment: _df, ...given }, label]) => ({
    ...given,
    ...OUTER6,
    ...(label === null ? {} : { flowLabel: label }),
  }));
const frames = fc
  .tuple(
    fc.oneof(
      oddFrames.map((parts) => build(parts)),
      fc.constantFrom(...Object.values(FRAMES)),
      fc.uint8Array({ maxLength: 80 }),
    ),
    fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 3 }),
    fc.nat(1400),
  )
  .map(([frame, mutations, cut]) => {
    const copy = frame.slice(0, Math.max(cut, 1));
    for (const [at, value] of mutations) if (at < copy.length) copy[at] = value;
    return copy.slice(0, 1200);
  });

it('is what build makes, for any options and any frame', () => {
  const kinds = fc.constantFrom(...Object.values(TUNNELS));
  const vnis = fc.nat(0xffffff);
  fc.assert(
    fc.property(kinds, fc.oneof(outer4, outer6), frames, vnis, (kind, outer, frame, vni) => {
      compare({ outer, tunnel: kind.tunnel }, kind.make(outer), frame, vni);
    }),
    { numRuns: 400 },
  );
});

it('sends a UDP checksum of 0 as all ones', () => {
  const outer = { ...OUTER4, checksum: 'computed' as const, srcPort: 7, ecn: 0 };
  const { make, tunnel } = TUNNELS.VXLAN;
  const frame = Uint8Array.of(0, 0);
  // The two bytes that bring the sum to all ones.
  const sum = viewOf(expected({ outer, tunnel }, frame, 5)).getUint16(40);
  viewOf(frame).setUint16(0, sum);
  const truth = expected({ outer, tunnel }, frame, 5);
  expect(viewOf(truth).getUint16(40)).toBe(0xffff);
  compare({ outer, tunnel }, make(outer), frame, 5);
});

describe('packets without Ethernet inside Geneve', () => {
  const packet = build([ip, segment, new Uint8Array(5)]);
  const packet6 = build([ip6, udp({ dstPort: 53 })]);
  const label = Uint8Array.of(0x45, 0xff, 0xf1, 0x40, ...packet);
  const all = { ttl: 'inner', dscp: 'inner', srcPort: 'flow' } as const;
  const outer4Inner = { ...OUTER4, ...all, dontFragment: 'inner' as const };
  it.each([
    ['IPv4', 0x0800, 'packet', packet],
    ['IPv6', 0x86dd, 'packet', packet6],
    ['cut IPv4', 0x0800, 'packet', packet.slice(0, 19)],
    ['MPLS, of which nothing is read', 0x8847, 'unknown', label],
  ] as const)('%s', (_name, protocol, inside, bytes) => {
    for (const outer of [outer4Inner, { ...OUTER6, ...all, flowLabel: 'flow' as const }]) {
      const asked = { outer, inside, tunnel: (vni: number) => geneve({ vni, protocol }) };
      const make = (arena?: FrameArena) =>
        new GeneveEncapsulator({ outer, protocol, ...(arena === undefined ? {} : { arena }) });
      compare(asked, make, bytes, 77);
    }
  });
});

describe('the MTU', () => {
  const sizes: [string, OuterOptions, number][] = [
    ['IPv4', OUTER4, 36],
    ['plain IPv4', { ...OUTER4, ecn: 0 }, 36],
    ['IPv4 behind a tag', { ...OUTER4, vlan: { vid: 1 } }, 36],
    ['IPv6', OUTER6, 56],
  ];
  it.each(sizes)('is the most bytes of a packet of %s', (_name, outer, headers) => {
    const make = (arena?: FrameArena) =>
      new VxlanEncapsulator({ outer, mtu: 1000, ...(arena === undefined ? {} : { arena }) });
    expect(make().maxLength).toBe(1000 - headers);
    compare({ outer, tunnel: TUNNELS.VXLAN.tunnel }, make, new Uint8Array(1000 - headers), 5);
    for (const answer of wrapped(make, new Uint8Array(1001 - headers), 5).values()) {
      expect(answer).toBe(WRAP.TOO_LONG);
    }
  });

  it('is 65,535 where none is given, and the length fields hold it', () => {
    for (const outer of [OUTER4, { ...OUTER4, ecn: 0 }, OUTER6]) {
      const tunnel = new VxlanEncapsulator({ outer, vni: 5 });
      const end = tunnel.headerBytes + tunnel.maxLength;
      const room = new DataView(new ArrayBuffer(end + 1));
      expect(tunnel.wrapInPlace(room, tunnel.headerBytes, end + 1)).toBe(WRAP.TOO_LONG);
      expect(tunnel.wrapInPlace(room, tunnel.headerBytes, end)).toBe(0);
      const frame = new Uint8Array(tunnel.maxLength);
      const truth = expected({ outer, tunnel: TUNNELS.VXLAN.tunnel }, frame, 5);
      expect(Buffer.compare(new Uint8Array(room.buffer, 0, end), truth)).toBe(0);
    }
  });

  it('may leave room for nothing, but not for less', () => {
    const options = { outer: OUTER4, options: [option(1, 124), option(2, 116)] };
    expect(new GeneveEncapsulator({ ...options, mtu: 284 }).maxLength).toBe(0);
    expect(() => new GeneveEncapsulator({ ...options, mtu: 283 })).toThrow(
      'mtu is 283: the headers alone take 284 bytes',
    );
  });
});

it('refuses a negative length and too little room in front, and writes nothing', () => {
  for (const outer of [OUTER4, { ...OUTER4, ecn: 0 }, OUTER6]) {
    const tunnel = new VxlanEncapsulator({ outer, vni: 1 });
    const room = new Uint8Array(100).fill(9);
    const { headerBytes } = tunnel;
    expect(tunnel.wrapInPlace(viewOf(room), headerBytes - 1, 90)).toBe(WRAP.NO_HEADROOM);
    expect(tunnel.wrapInPlace(viewOf(room), 80, 79)).toBe(WRAP.TOO_LONG);
    expect(room.every((b) => b === 9)).toBe(true);
  }
});

it('counts the IDs of packets, and begins anew after 65,535', () => {
  const outer = { ...OUTER4, id: 'count' as const };
  const tunnel = new VxlanEncapsulator({ outer, vni: 1 });
  const frame = FRAMES['IPv4'] as Uint8Array;
  const room = new Uint8Array(50 + frame.length);
  room.set(frame, 50);
  for (let i = 0; i < 65_538; i++) {
    tunnel.wrapInPlace(viewOf(room), 50, room.length);
    if (i > 2 && i < 65_534) continue;
    const truth = expected(
      { outer, tunnel: TUNNELS.VXLAN.tunnel },
      frame,
      1,
      undefined,
      i & 0xffff,
    );
    expect(room).toEqual(truth);
  }
});

it('labels what has no flow with 1, for 0 says that there is no label (RFC 6438 §3)', () => {
  const tunnel = new VxlanEncapsulator({ outer: { ...OUTER6, flowLabel: 'flow' }, vni: 1 });
  const room = new Uint8Array(75);
  expect(tunnel.wrapInPlace(viewOf(room), 70, 75)).toBe(0);
  expect(parse(room).all('ipv6')[0]?.flowLabel).toBe(1);
});

it('wraps what it has wrapped, in place', () => {
  const frame = FRAMES['IPv4'] as Uint8Array;
  const one = new VxlanEncapsulator({ outer: OUTER4, vni: 1 });
  const other = new GeneveEncapsulator({ outer: { ...OUTER6, ttl: 'inner' }, vni: 2 });
  const room = new Uint8Array(70 + 50 + frame.length);
  room.set(frame, 120);
  const at = one.wrapInPlace(viewOf(room), 120, room.length);
  expect(other.wrapInPlace(viewOf(room), at, room.length)).toBe(0);
  const asked = { outer: OUTER4, tunnel: TUNNELS.VXLAN.tunnel };
  const asked6 = { outer: { ...OUTER6, ttl: 'inner' as const }, tunnel: TUNNELS.Geneve.tunnel };
  expect(room).toEqual(expected(asked6, expected(asked, frame, 1), 2));
  expect(codesOf(parse(room), 'warning')).toEqual([]);
});

describeWithTshark('tshark', () => {
  it('reads what was wrapped without a warning', () => {
    // Not those that it has a right to warn of: other ports, and no checksum over IPv6 (RFC 6935).
    const outers = Object.values(OUTERS).filter(
      ({ src, checksum, dstPort }) =>
        dstPort === undefined && !(src.includes(':') && checksum === 'zero'),
    );
    const judged = outers.flatMap((outer) =>
      [TUNNELS.VXLAN, TUNNELS['Geneve with options, a critical one and those that change']].map(
        ({ make }) => {
          const frame = FRAMES['IPv4'] as Uint8Array;
          const tunnel = make(outer)();
          const room = new Uint8Array(tunnel.headerBytes + frame.length);
          room.set(frame, tunnel.headerBytes);
          tunnel.wrapInPlace(viewOf(room), tunnel.headerBytes, room.length, 0xabcdef);
          return { bytes: room };
        },
      ),
    );
    const fields = ['_ws.expert.message', '_ws.malformed', 'vxlan.vni', 'geneve.vni', 'tcp.port'];
    for (const row of tsharkFields(judged, fields)) {
      const notes = (row.get('_ws.expert.message') ?? []).filter(
        (note) => !/ACK|segment/i.test(note),
      );
      expect(notes).toEqual([]);
      expect(row.get('_ws.malformed')).toEqual([]);
      const [vni] = [...(row.get('vxlan.vni') ?? []), ...(row.get('geneve.vni') ?? [])];
      expect(Number(vni)).toBe(0xabcdef);
      expect(row.get('tcp.port')).toEqual(['49153', '80']);
    }
  });
});
