import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decapsulate } from '../../src/encap/decapsulate.js';
import {
  DECAPSULATION,
  Decapsulation,
  type DecapsulationCode,
  decapsulationProblem,
} from '../../src/encap/decapsulation.js';
import { DecapsulationRules } from '../../src/encap/decapsulation-rules.js';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { type GeneveView, geneve } from '../../src/headers/geneve.js';
import { GeneveOptionCursor } from '../../src/headers/geneve-option-cursor.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { ipv6Destination } from '../../src/headers/ipv6-destination.js';
import { ipv6Fragment } from '../../src/headers/ipv6-fragment.js';
import { ipv6HopByHop } from '../../src/headers/ipv6-hop-by-hop.js';
import { ipv6Routing } from '../../src/headers/ipv6-routing.js';
import { ETHERTYPE } from '../../src/headers/numbers.js';
import type { HeaderView } from '../../src/headers/protocol.js';
import { tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { type VxlanView, vxlan } from '../../src/headers/vxlan.js';
import { build } from '../../src/packet/build.js';
import type { Packet } from '../../src/packet/packet.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { fixture, fixtureNames, linkTypeOf } from '../support/fixtures.js';
import { oddFrames, sensibleFrames } from '../support/random-frames.js';
import { randomFrom, viewOf } from '../support/reference.js';

const LENIENT = new DecapsulationRules({
  innerVlan: true,
  zeroChecksumIpv6: true,
  knownOptions: [],
});
/** Where checksums are verified, every frame takes the long way. */
const THE_LONG_WAY = new DecapsulationRules({
  innerVlan: true,
  zeroChecksumIpv6: true,
  verifyChecksums: true,
});
const STRICT = new DecapsulationRules({ verifyChecksums: true });
const nameOf = (code: number): DecapsulationCode =>
  decapsulationProblem(code)?.code ?? (code === 0 ? 'GOOD' : (`no code: ${code}` as never));

/** Decapsulates the frame amid other bytes, at an odd place, and brings the record to offset 0. */
function run(
  frame: Uint8Array,
  rules?: DecapsulationRules,
  wireBytes = frame.length,
): { code: DecapsulationCode; into: Decapsulation } {
  const shift = 7;
  const bytes = new Uint8Array(shift + frame.length + 64).fill(0x45);
  bytes.set(frame, shift);
  const moved = new Decapsulation();
  const end = shift + frame.length;
  const there = decapsulate(viewOf(bytes), shift, end, moved, rules, shift + wireBytes);
  const into = new Decapsulation();
  const code = decapsulate(viewOf(frame), 0, frame.length, into, rules, wireBytes);
  expect(there).toBe(code);
  if (code === 0) {
    for (const key of ['outerStart', 'outerIp', 'udp', 'innerStart', 'innerEnd'] as const) {
      expect(moved[key] - shift, key).toBe(into[key]);
    }
    expect(moved.vni).toBe(into.vni);
    expect(moved.innerIp < 0 ? -1 : moved.innerIp - shift).toBe(into.innerIp);
  }
  return { code: nameOf(code), into };
}

/** The first tunnel of a packet, with the layers around it. */
function tunnelOf(
  packet: Packet,
):
  | { tunnel: HeaderView; udp: HeaderView; ip: HeaderView; problems: readonly string[] }
  | undefined {
  const at = packet.layers.findIndex((l) => l.layer === 'vxlan' || l.layer === 'geneve');
  if (at < 0) return undefined;
  const tunnel = packet.layers[at] as HeaderView;
  const ip = packet.layers.slice(0, at).findLast((l) => l.layer === 'ipv4' || l.layer === 'ipv6');
  const problems = packet.problems
    .filter((p) => (p.severity ?? 'error') === 'error' && p.offset < tunnel.headerEnd)
    .map((p) => p.code);
  return { tunnel, udp: packet.layers[at - 1] as HeaderView, ip: ip as HeaderView, problems };
}

/** Where `decapsulate` answers 0, `parse` must have found the same. */
function agreesWithParse(frame: Uint8Array, wireLength = frame.length): DecapsulationCode {
  const { code, into } = run(frame, LENIENT, wireLength);
  const long = run(frame, THE_LONG_WAY, wireLength);
  if (!/^(IP|UDP)_CHECKSUM$/.test(long.code)) expect(long.code).toBe(code);
  if (long.code === 'GOOD') expect(long.into).toEqual(into);
  const filled = code === 'GOOD' || code === 'GENEVE_CONTROL' || code === 'GENEVE_PROTOCOL';
  if (!filled) return code;
  const found = tunnelOf(parse(frame, { wireLength }));
  if (found === undefined) throw new Error('parse finds no tunnel');
  const { tunnel, udp: datagram, ip } = found;
  expect(found.problems.filter((problem) => problem !== 'CHECKSUM_BAD')).toEqual([]);
  expect(tunnel.layer).toBe(into.geneve ? 'geneve' : 'vxlan');
  const typed = tunnel as GeneveView | VxlanView;
  expect(into.vni).toBe(typed.vni);
  expect(into.header).toBe(tunnel.offset);
  expect([into.innerStart, into.innerEnd]).toEqual([tunnel.headerEnd, tunnel.end]);
  expect(into.innerWireEnd).toBe(tunnel.wireEnd);
  expect(into.cut).toBe(tunnel.wireEnd > tunnel.end);
  expect(into.udp).toBe(datagram.offset);
  expect(into.outerIp).toBe(ip.offset);
  if (typed.layer === 'geneve') {
    const layer = tunnel as GeneveView;
    expect(into.innerProtocol).toBe(layer.protocol);
    expect([into.oam, into.critical]).toEqual([layer.oam, layer.critical]);
    expect(optionsOf(into)).toEqual(rawOptions(layer));
  } else {
    expect(into.innerProtocol).toBe(ETHERTYPE.ETHERNET);
    expect(into.vxlanFlags).toBe((tunnel as VxlanView).flags);
    expect(optionsOf(into)).toEqual([]);
  }
  return code;
}

interface Option {
  readonly class: number;
  readonly type: number;
  readonly data: readonly number[];
}

function optionsOf(into: Decapsulation): Option[] {
  const cursor = new GeneveOptionCursor().moveTo(into.view, into.optionsStart, into.optionsEnd);
  const found: Option[] = [];
  while (cursor.next()) {
    const data = [];
    for (let i = 0; i < cursor.dataBytes; i++) {
      data.push(into.view.getUint8(cursor.dataOffset + i));
    }
    expect(cursor.critical).toBe(cursor.type >= 128);
    found.push({ class: cursor.class, type: cursor.type, data });
  }
  return found;
}

/** The options of a Geneve header, read byte by byte. */
function rawOptions(layer: GeneveView): Option[] {
  const bytes = [...layer.headerBytes].slice(8);
  const found: Option[] = [];
  while (bytes.length > 0) {
    const [high, low, type, length] = bytes.splice(0, 4) as [number, number, number, number];
    found.push({ class: high * 256 + low, type, data: bytes.splice(0, (length & 31) * 4) });
  }
  return found;
}

const inner: SpecPart[] = [
  ethernet({ src: '02:00:00:00:00:0a', dst: '02:00:00:00:00:0b' }),
  ipv4({ src: '192.168.0.1', dst: '192.168.0.2' }),
  tcp({ dstPort: 80 }),
  'hello',
];
const OUTER4 = { src: '10.0.0.1', dst: '10.0.0.2', dscp: 46, ecn: 1, ttl: 61 } as const;
const OUTER6 = { src: '2001:db8::1', dst: '2001:db8::2', trafficClass: 0xba, hopLimit: 9 } as const;
const eth = (): SpecPart => ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' });
const over4 = (fields: object, ...rest: SpecPart[]): Uint8Array =>
  build([eth(), ipv4({ ...OUTER4, ...fields }), ...rest]);
const vx = (fields = {}): SpecPart[] => [udp({ srcPort: 50000 }), vxlan({ vni: 5000, ...fields })];
const gen = (fields = {}): SpecPart[] => [
  udp({ srcPort: 50000 }),
  geneve({ vni: 6000, ...fields }),
];
const words = (...data: number[]): Uint8Array => Uint8Array.from(data);

describe('a record', () => {
  it('tells everything of VXLAN over IPv4', () => {
    const { code, into } = run(over4({}, ...vx({ groupPolicyId: 77 }), ...inner));
    expect(code).toBe('GOOD');
    expect(into).toMatchObject({ geneve: false, vni: 5000, groupPolicyId: 77, cut: false });
    expect(into).toMatchObject({ innerProtocol: 0x6558, innerStart: 50, innerIp: 64 });
    expect(into).toMatchObject({ outerVersion: 4, outerAddressBytes: 4, outerSrc: 26 });
    expect(into).toMatchObject({
      outerDst: 30,
      outerSrcWord: 0x0a000001,
      outerDstWord: 0x0a000002,
    });
    expect(into).toMatchObject({ outerDscp: 46, outerEcn: 1, outerTtl: 61, outerSrcPort: 50000 });
    expect(into).toMatchObject({ outerTags: 0, outerVlan: -1, outerSecondVlan: -1, oam: false });
    expect(into).toMatchObject({ optionsStart: 50, optionsEnd: 50, critical: false });
  });

  it('tells everything of Geneve over IPv6 behind two tags', () => {
    const frame = build([
      eth(),
      dot1q({ vid: 100 }),
      dot1q({ vid: 200 }),
      ipv6(OUTER6),
      ...gen({ options: [{ class: 0x0102, type: 1, data: words(9, 8, 7, 6) }] }),
      ...inner,
    ]);
    const { code, into } = run(frame);
    expect(code).toBe('GOOD');
    expect(into).toMatchObject({ geneve: true, vni: 6000, innerProtocol: 0x6558, innerStart: 86 });
    expect(into).toMatchObject({ outerTags: 2, outerVlan: 100, outerSecondVlan: 200 });
    expect(into).toMatchObject({ outerVersion: 6, outerAddressBytes: 16, outerSrc: 30 });
    expect(into).toMatchObject({ outerDst: 46, outerDscp: 46, outerEcn: 2, outerTtl: 9 });
    expect(into).toMatchObject({ vxlanFlags: 0, groupPolicyId: -1, optionsStart: 78 });
    expect(optionsOf(into)).toEqual([{ class: 0x0102, type: 1, data: [9, 8, 7, 6] }]);
  });

  it('has no group policy id where the G flag is not set', () => {
    const { into } = run(over4({}, ...vx({ groupPolicyId: 77, flags: ['I'] }), ...inner));
    expect(into.groupPolicyId).toBe(-1);
  });

  it('finds the inner IP packet with and without Ethernet, and none in ARP', () => {
    const ip = inner.slice(1);
    expect(run(over4({}, ...gen(), ...ip)).into).toMatchObject({
      innerProtocol: 0x0800,
      innerIp: 50,
    });
    const tagged = [inner[0] as SpecPart, dot1q({ vid: 5 }), ...ip];
    expect(run(over4({}, ...gen(), ...tagged)).into.innerIp).toBe(68);
    expect(run(fixture('vxlan-arp')).into.innerIp).toBe(-1);
  });

  it('says where the capture was cut', () => {
    const frame = over4({}, ...vx(), ...inner);
    const { code, into } = run(frame.slice(0, 70), undefined, frame.length);
    expect(code).toBe('GOOD');
    expect(into).toMatchObject({ cut: true, innerEnd: 70, innerWireEnd: frame.length });
  });
});

describe('a code', () => {
  const bad = (code: DecapsulationCode, frame: Uint8Array, rules?: DecapsulationRules): void => {
    const answer = run(frame, rules).code;
    expect(answer).toBe(code);
  };
  const good4 = over4({}, ...vx(), ...inner);
  const over6 = (...rest: SpecPart[]): Uint8Array => build([eth(), ipv6(OUTER6), ...rest]);
  const option = (type: number): SpecPart[] => [
    ...gen({ options: [{ class: 0x0103, type, data: words(1, 2, 3, 4) }] }),
    ...inner,
  ];
  const changed = (frame: Uint8Array, at: number, value: number): Uint8Array => {
    const copy = frame.slice();
    copy[at] = value;
    return copy;
  };
  const badSum = (frame: Uint8Array, at: number): Uint8Array =>
    changed(frame, at, (frame[at] as number) ^ 1);

  const cases: Readonly<Record<Exclude<DecapsulationCode, 'GOOD'>, () => void>> = {
    FRAME_CUT: () => bad('FRAME_CUT', good4.slice(0, 13)),
    NOT_IP: () => bad('NOT_IP', fixture('arp-request')),
    NOT_UDP: () => bad('NOT_UDP', build([eth(), ipv4(OUTER4), tcp({})])),
    NOT_A_TUNNEL: () => bad('NOT_A_TUNNEL', over4({}, udp({ dstPort: 53 }), 'data')),
    IP_CUT: () => bad('IP_CUT', good4.slice(0, 33)),
    IP_VERSION: () => bad('IP_VERSION', changed(good4, 14, 0x65)),
    IP_HEADER_LENGTH: () => bad('IP_HEADER_LENGTH', changed(good4, 14, 0x44)),
    IP_LENGTH: () => {
      bad('IP_LENGTH', over4({ length: 19 }, ...vx(), ...inner));
      bad('IP_LENGTH', over4({ length: 0 }, ...vx(), ...inner));
      bad('IP_LENGTH', build([eth(), ipv6({ ...OUTER6, payloadLength: 0 }), ...vx(), ...inner]));
    },
    IP_LENGTH_PAST_END: () => {
      bad('IP_LENGTH_PAST_END', over4({ length: 500 }, ...vx(), ...inner));
      const six = ipv6({ ...OUTER6, payloadLength: 500 });
      bad('IP_LENGTH_PAST_END', build([eth(), six, ...vx(), ...inner]));
    },
    IP_OPTION: () => {
      bad('IP_OPTION', over4({ options: words(7, 40, 0, 0) }, ...vx(), ...inner));
      bad('IP_OPTION', over4({ options: words(131, 2, 0, 0) }, ...vx(), ...inner));
      // What is to be dropped where it is not known (RFC 8200 §4.2).
      const unknown = ipv6Destination({ options: [{ kind: 0x5e, data: words(0, 0, 0, 0) }] });
      bad('IP_OPTION', over6(unknown, ...vx(), ...inner));
    },
    IP_ROUTED_ON: () => {
      const route = words(131, 7, 4, 10, 0, 0, 9, 0);
      bad('IP_ROUTED_ON', over4({ options: route }, ...vx(), ...inner));
      const on = ipv6Routing({ type: 253, segmentsLeft: 1, route: { data: words(0, 0, 0, 0) } });
      bad('IP_ROUTED_ON', over6(on, ...vx(), ...inner));
    },
    IP_CHECKSUM: () => bad('IP_CHECKSUM', badSum(good4, 24), STRICT),
    IP_FRAGMENT: () => {
      bad('IP_FRAGMENT', over4({ moreFragments: true }, ...vx(), ...inner));
      bad('IP_FRAGMENT', over4({ fragmentOffset: 1, protocol: 17 }, 'some data of another'));
      bad('IP_FRAGMENT', over6(ipv6Fragment({ moreFragments: true }), ...vx(), ...inner));
    },
    UDP_CUT: () => {
      bad('UDP_CUT', over4({ length: 27 }, ...vx(), ...inner));
      bad('UDP_CUT', over4({ protocol: 17 }, 'seven b'));
    },
    UDP_LENGTH: () => bad('UDP_LENGTH', over4({}, udp({ length: 7 }), vxlan({}), ...inner)),
    UDP_LENGTH_PAST_END: () =>
      bad('UDP_LENGTH_PAST_END', over4({}, udp({ length: 500 }), vxlan({}), ...inner)),
    UDP_CHECKSUM: () => {
      for (const frame of [
        over4({}, udp({ checksum: 'computed' }), vxlan({}), ...inner),
        over6(...vx(), ...inner),
        over6(ipv6Destination({}), ...gen(), ...inner),
      ]) {
        bad('GOOD', frame, STRICT);
        bad('UDP_CHECKSUM', badSum(frame, frame.length - 1), STRICT);
        bad('GOOD', badSum(frame, frame.length - 1));
      }
    },
    UDP_CHECKSUM_ZERO: () => {
      const none = udp({ checksum: 'zero' });
      bad('UDP_CHECKSUM_ZERO', over6(none, geneve({}), ...inner));
      bad('GOOD', over6(none, geneve({}), ...inner), LENIENT);
      bad('GOOD', over6(none, vxlan({}), ...inner));
    },
    TUNNEL_CUT: () => {
      bad('TUNNEL_CUT', over4({}, udp({ dstPort: 4789 }), words(8, 0, 0, 0, 0, 0, 1)));
      bad('TUNNEL_CUT', over4({}, udp({ dstPort: 6081 }), words(0, 0, 0, 0, 0, 0, 1)));
      bad('TUNNEL_CUT', over4({}, ...gen({ optionsLength: 63 }), ...inner));
    },
    VXLAN_I_FLAG_UNSET: () => bad('VXLAN_I_FLAG_UNSET', fixture('vxlan-no-i-flag')),
    GENEVE_VERSION: () => bad('GENEVE_VERSION', fixture('geneve-version-1')),
    GENEVE_OPTION_PAST_HEADER: () => bad('GENEVE_OPTION_PAST_HEADER', fixture('geneve-misaligned')),
    GENEVE_CRITICAL_OPTION: () => {
      const frame = over4({}, ...option(0x81));
      bad('GENEVE_CRITICAL_OPTION', frame);
      const known = (type: number): DecapsulationRules =>
        new DecapsulationRules({ knownOptions: [{ class: 0x0103, type }] });
      bad('GOOD', frame, known(0x81));
      bad('GENEVE_CRITICAL_OPTION', frame, known(0x82));
      bad('GOOD', over4({}, ...option(0x01)));
      // Forgetting the C bit hides no critical option.
      bad('GENEVE_CRITICAL_OPTION', fixture('geneve-critical-unset'));
    },
    INNER_CUT: () => {
      bad('INNER_CUT', over4({}, ...vx(), 'thirteen byte'));
      bad('INNER_CUT', over4({}, ...gen({ protocol: 0x6558 }), words(1, 2, 3)));
      bad('INNER_CUT', over4({}, ...gen({ protocol: 0x0800 }), new Uint8Array(19)));
      bad('INNER_CUT', over4({}, ...gen({ protocol: 0x86dd }), new Uint8Array(39)));
    },
    GENEVE_CONTROL: () => {
      bad('GENEVE_CONTROL', fixture('geneve-oam'));
      expect(run(fixture('geneve-oam')).into.oam).toBe(true);
    },
    GENEVE_PROTOCOL: () => bad('GENEVE_PROTOCOL', fixture('geneve-unknown-protocol')),
    VXLAN_INNER_VLAN: () => {
      bad('VXLAN_INNER_VLAN', fixture('vxlan-inner-dot1q'));
      bad('GOOD', fixture('vxlan-inner-dot1q'), LENIENT);
    },
  };

  it.each(Object.keys(cases))('%s is answered', (name) => {
    cases[name as Exclude<DecapsulationCode, 'GOOD'>]();
  });

  it.each(Object.entries(DECAPSULATION))('%s has its own number and text', (name, code) => {
    const problem = decapsulationProblem(code);
    if (name === 'GOOD') {
      expect(problem).toBeUndefined();
    } else {
      expect(problem).toMatchObject({ code: name });
      expect(problem?.message).toMatch(/^[a-zA-Z].*\w$/);
      expect(problem?.rfc).toMatch(/^(RFC \d+|IEEE)/);
    }
  });

  it('is none where no code is', () => {
    expect(decapsulationProblem(99)).toBeUndefined();
    expect(decapsulationProblem(-1)).toBeUndefined();
  });
});

describe('what a receiver passes over', () => {
  it.each([
    ['IPv4 options', over4({ options: words(148, 4, 0, 0) }, ...vx(), ...inner)],
    [
      'a source route used up',
      over4({ options: words(131, 7, 8, 10, 0, 0, 9, 0) }, ...vx(), ...inner),
    ],
    ['the end of options', over4({ options: words(0, 9, 9, 9) }, ...vx(), ...inner)],
    ['reserved bits of VXLAN', fixture('vxlan-reserved-bits')],
    ['reserved bits of Geneve', fixture('geneve-reserved-bits')],
    ['the C bit without a critical option', fixture('geneve-critical-without-option')],
    [
      'extension headers of IPv6',
      build([
        eth(),
        ipv6(OUTER6),
        ipv6HopByHop({ options: [{ kind: 'routerAlert', value: 0 }] }),
        ipv6Destination({}),
        ipv6Routing({ type: 253, segmentsLeft: 0, route: { data: words(0, 0, 0, 0) } }),
        ipv6Fragment({}),
        ...vx(),
        ...inner,
      ]),
    ],
    ['bytes behind the IP packet', build([eth(), ipv4(OUTER4, words(1, 2, 3)), ...vx(), ...inner])],
    ['bytes behind the UDP datagram', over4({}, udp({}, words(1, 2, 3)), vxlan({}), ...inner)],
  ])('%s', (_what, frame) => {
    expect(agreesWithParse(frame)).toBe('GOOD');
  });
});

describe('rules', () => {
  it('name the ports', () => {
    const frame = over4({}, udp({ dstPort: 8472 }), vxlan({ vni: 1 }), ...inner);
    expect(run(frame).code).toBe('NOT_A_TUNNEL');
    expect(run(frame, new DecapsulationRules({ vxlanPorts: [4789, 8472] })).code).toBe('GOOD');
    const other = new DecapsulationRules({ vxlanPorts: [], genevePorts: [8472] });
    expect(run(frame, other).code).not.toBe('GOOD');
  });

  it('refuse what makes no sense', () => {
    const make = (options: ConstructorParameters<typeof DecapsulationRules>[0]) => () =>
      new DecapsulationRules(options);
    expect(make({ vxlanPorts: [0] })).toThrow('port 0 is reserved');
    expect(make({ vxlanPorts: [70000] })).toThrow('vxlanPorts');
    expect(make({ genevePorts: [4789] })).toThrow('both VXLAN and Geneve');
    expect(make({ knownOptions: [{ class: 0x10000, type: 1 }] })).toThrow('class');
    expect(make({ knownOptions: [{ class: 1, type: 256 }] })).toThrow('type');
  });
});

describe('agrees with parse', () => {
  const tunnels = fixtureNames.filter((name) => linkTypeOf(name) === 1);

  it.each(tunnels)('on %s', (name) => {
    const frame = fixture(name);
    const code = agreesWithParse(frame);
    // And the other way round: a tunnel in which nothing is wrong is found.
    const found = tunnelOf(parse(frame));
    const viaPort = found !== undefined && [4789, 6081].includes(found.tunnel.via);
    if (viaPort && parse(frame).problems.length === 0) {
      const refusals = ['GOOD', 'GENEVE_CONTROL', 'GENEVE_CRITICAL_OPTION', 'GENEVE_PROTOCOL'];
      expect([...refusals, 'INNER_CUT']).toContain(code);
    }
  });

  it('on every truncation of them', () => {
    for (const name of tunnels.filter((n) => /vxlan|geneve/.test(n))) {
      const frame = fixture(name);
      for (let n = 0; n < frame.length; n++) {
        const cut = frame.slice(0, n);
        agreesWithParse(cut, frame.length);
        agreesWithParse(cut);
      }
    }
  });

  it('on mutated frames', () => {
    const random = randomFrom(20260);
    const seeds = tunnels.filter((n) => /vxlan|geneve/.test(n)).map((name) => fixture(name));
    const codes = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      const frame = (seeds[random(seeds.length)] as Uint8Array).slice();
      for (let k = random(3); k >= 0; k--) {
        // Mostly in the outer headers.
        frame[random(random(4) === 0 ? frame.length : Math.min(70, frame.length))] = random(256);
      }
      codes.add(agreesWithParse(frame));
    }
    expect(codes.size).toBeGreaterThan(12);
  });

  it('on frames of any layers', () => {
    let good = 0;
    fc.assert(
      fc.property(fc.oneof(sensibleFrames, oddFrames), (layers) => {
        if (agreesWithParse(build(layers)) === 'GOOD') good++;
      }),
      { numRuns: 2000 },
    );
    expect(good).toBeGreaterThan(20);
  });
});
