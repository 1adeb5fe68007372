/**
 * The cases in which headers on the wire are odd, each by its number: what is decoded, what is told
 * and where, and that the bytes come back. Their fixtures were judged by Wireshark.
 */
import { describe, expect, it } from 'vitest';
import { arp } from '../src/headers/arp.js';
import { dot1q } from '../src/headers/dot1q.js';
import { ethernet } from '../src/headers/ethernet.js';
import { geneve } from '../src/headers/geneve.js';
import type { GeneveOption } from '../src/headers/geneve-options.js';
import { ipv4 } from '../src/headers/ipv4.js';
import { ipv6 } from '../src/headers/ipv6.js';
import { tcp } from '../src/headers/tcp.js';
import { udp } from '../src/headers/udp.js';
import { vxlan } from '../src/headers/vxlan.js';
import { build } from '../src/packet/build.js';
import type { Packet } from '../src/packet/packet.js';
import { type ParseOptions, parse } from '../src/packet/parse.js';
import type { SpecPart } from '../src/packet/to-spec.js';
import { fixture } from './support/fixtures.js';
import { codesOf } from './support/problems.js';

/** The packet of a fixture or of bytes, which its spec gives back to the byte. */
function read(frame: string | Uint8Array, options: ParseOptions = {}): Packet {
  const bytes = typeof frame === 'string' ? fixture(frame) : frame;
  const packet = parse(bytes, options);
  expect(build(packet.toSpec())).toEqual(bytes);
  return packet;
}

const stack = ({ layers }: Packet): string => layers.map(({ layer }) => layer).join(' ');
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const LONG = 'ethernet ipv4 udp';
const TUNNELLED = 'ethernet ipv4 tcp';
const VXLAN = `${LONG} vxlan ${TUNNELLED}`;
const GENEVE = `${LONG} geneve ${TUNNELLED}`;

const link = ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' });
const net = ipv4({ src: '10.0.0.1', dst: '10.0.0.2' });
const six = ipv6({ src: '2001:db8::1', dst: '2001:db8::2' });

describe('EDGE-CASES 1: IPv4 total length 0', () => {
  it("is bounded by the frame's end, and told by a code of its own", () => {
    const packet = read('ipv4-length-0');
    expect(stack(packet)).toBe(LONG);
    expect(packet.layer('ipv4')?.end).toBe(packet.view.byteLength);
    expect(packet.problems).toMatchObject([
      {
        code: 'IPV4_TOTAL_LENGTH_ZERO',
        severity: 'info',
        layer: 'ipv4',
        layerIndex: 1,
        offset: 16,
        bits: 16,
      },
    ]);
    expect(packet.problems[0]).not.toHaveProperty('declared');
  });
});

describe('EDGE-CASES 2: IHL under 5', () => {
  it('stops at IPv4', () => {
    const packet = read('ipv4-ihl-4');
    expect(stack(packet)).toBe('ethernet');
    expect(packet.payload[0]).toBe(0x44);
    expect(packet.problems).toMatchObject([
      {
        code: 'IPV4_IHL_UNDER_5',
        severity: 'error',
        layerIndex: 1,
        bit: 14 * 8 + 4,
        bits: 4,
        need: 5,
        have: 4,
      },
    ]);
  });
});

describe('EDGE-CASES 3: IPv4 total length under the header length', () => {
  it('stops at IPv4', () => {
    const packet = read('ipv4-length-under-header');
    expect(stack(packet)).toBe('ethernet ipv4');
    expect(packet.problems).toMatchObject([
      {
        code: 'IPV4_TOTAL_LENGTH_UNDER_HEADER',
        severity: 'error',
        offset: 16,
        need: 20,
        have: 19,
        declared: 19,
      },
    ]);
  });
});

describe('EDGE-CASES 4: IPv4 total length past the bytes there', () => {
  it('is a lie where all was captured', () => {
    const packet = read('ipv4-length-past-end');
    expect(stack(packet)).toBe(LONG);
    expect(packet.problems).toMatchObject([
      {
        code: 'IPV4_TOTAL_LENGTH_PAST_END',
        severity: 'error',
        offset: 16,
        need: 1000,
        have: 44,
        limitedBy: { layer: 'frame', field: 'wireLength', end: 58 },
        declared: 1000,
        captured: 44,
        wire: 44,
      },
    ]);
  });

  it('is truncation where less was captured than was on the wire, and decoding goes on', () => {
    const packet = read('cut-payload', { wireLength: 58 });
    expect(stack(packet)).toBe(LONG);
    expect(packet.problems).toMatchObject([
      { code: 'CHECKSUM_UNVERIFIED', severity: 'info', snapLength: true, layer: 'udp' },
    ]);
  });

  it('is both where it lies in a cut capture, too', () => {
    const packet = read('cut-payload', { wireLength: 57 });
    expect(packet.problems[0]).toMatchObject({
      code: 'IPV4_TOTAL_LENGTH_PAST_END',
      severity: 'error',
      limitedBy: { layer: 'frame', field: 'wireLength', end: 57 },
      wire: 43,
    });
  });
});

describe('EDGE-CASES 5: a version unlike the EtherType', () => {
  it('6 behind 0x0800 is decoded as IPv6', () => {
    const packet = read('ipv6-behind-0800');
    expect(stack(packet)).toBe('ethernet ipv6 udp');
    expect(packet.problems).toMatchObject([
      {
        code: 'IP_VERSION_UNLIKE_TYPE',
        severity: 'error',
        layer: 'ipv6',
        layerIndex: 1,
        offset: 14,
      },
    ]);
  });

  it('any other is data', () => {
    for (const [name, code, layer] of [
      ['ipv4-version-5', 'IPV4_VERSION', 'ipv4'],
      ['ipv4-behind-86dd', 'IPV6_VERSION', 'ipv6'],
    ] as const) {
      const packet = read(name);
      expect(stack(packet)).toBe('ethernet');
      expect(packet.problems).toMatchObject([{ code, layer, layerIndex: 1, bit: 112, bits: 4 }]);
    }
  });
});

describe('EDGE-CASES 6: padding, trailer, FCS', () => {
  it('are no payload, and are kept', () => {
    const padded = read('padded');
    expect(text(padded.payload)).toBe('hi');
    expect(padded.trailer(1)).toEqual(new Uint8Array(16));
    expect(padded.problems).toEqual([]);
    const trailer = read('trailer');
    expect(trailer.problems).toMatchObject([
      { code: 'ETHERNET_TRAILER', severity: 'info', layer: 'ethernet', layerIndex: 0, offset: 60 },
    ]);
  });
});

describe('EDGE-CASES 7: a padded inner frame in a tunnel', () => {
  it('keeps its padding inside the outer UDP length and checksum', () => {
    const packet = read('vxlan-padded-inner');
    expect(stack(packet)).toBe(VXLAN);
    const [, inner] = packet.all('ipv4');
    const outer = packet.layer('udp');
    expect(inner?.end).toBeLessThan(outer?.end ?? 0);
    expect(outer?.end).toBe(packet.view.byteLength);
    expect(packet.trailer(5).length).toBe((outer?.end ?? 0) - (inner?.end ?? 0));
    expect(packet.problems).toEqual([]);
  });
});

describe('EDGE-CASES 8 (in part): between length and type', () => {
  it('is data', () => {
    const packet = read('ethernet-type-invalid');
    expect(stack(packet)).toBe('ethernet');
    expect(packet.problems).toMatchObject([
      { code: 'ETHERNET_TYPE_INVALID', severity: 'error', offset: 12, bits: 16 },
    ]);
  });
});

describe('EDGE-CASES 10: fragments', () => {
  it('with an offset carry no header, even where they look like one', () => {
    const packet = read('ipv4-fragment-later');
    expect(stack(packet)).toBe('ethernet ipv4');
    expect(packet.problems).toEqual([]);
  });

  it('that come first carry one, whose checksum is not judged', () => {
    const packet = read('ipv4-fragment-first');
    expect(stack(packet)).toBe(LONG);
    expect(packet.problems).toMatchObject([
      {
        code: 'CHECKSUM_UNVERIFIED',
        severity: 'info',
        layer: 'udp',
        offset: 40,
        limitedBy: { layer: 'ipv4', layerIndex: 1, field: 'length', offset: 16 },
      },
    ]);
    expect(packet.problems[0]).not.toHaveProperty('snapLength');
  });
});

describe('EDGE-CASES 11: a fragment that ends past byte 65,535', () => {
  it('is told', () => {
    const packet = read('ipv4-fragment-past-65535');
    expect(stack(packet)).toBe('ethernet ipv4');
    expect(packet.problems).toMatchObject([
      { code: 'IPV4_FRAGMENT_PAST_65535', severity: 'error', bit: 20 * 8 + 3, bits: 13 },
    ]);
  });
});

describe('EDGE-CASES 12: UDP length 0', () => {
  it('is invalid over IPv4', () => {
    const packet = read('udp-length-0');
    expect(stack(packet)).toBe(LONG);
    expect(packet.problems).toMatchObject([
      { code: 'UDP_LENGTH_ZERO', severity: 'error', offset: 38, bits: 16 },
    ]);
  });

  it('is a jumbogram over IPv6, and invalid where a length would do', () => {
    const of = (bytes: number): SpecPart[] => [
      link,
      ipv6({ src: '2001:db8::1', dst: '2001:db8::2', payloadLength: 0 }),
      udp({ dstPort: 7, length: 0 }),
      new Uint8Array(bytes),
    ];
    const jumbo = read(build(of(65_528)));
    expect([stack(jumbo), jumbo.payload.length]).toEqual(['ethernet ipv6 udp', 65_528]);
    // The jumbo option is missing, and nothing else.
    expect(codesOf(jumbo)).toEqual(['IPV6_PAYLOAD_LENGTH_ZERO']);
    expect(codesOf(jumbo, 'warning')).toEqual([]);
    const small = read(build(of(65_527)));
    expect(codesOf(small)).toEqual(['IPV6_PAYLOAD_LENGTH_ZERO', 'UDP_LENGTH_ZERO']);
  });
});

describe('EDGE-CASES 13: UDP length under 8, or unlike the IP payload', () => {
  it('under 8 is told, and the rest decoded', () => {
    const packet = read('udp-length-7');
    expect(text(packet.payload)).toBe('0123456789abcdef');
    expect(packet.problems).toMatchObject([
      { code: 'UDP_LENGTH_UNDER_HEADER', severity: 'error', offset: 38, need: 8, have: 7 },
    ]);
  });

  it('past the IP payload is told with the length that says so', () => {
    const packet = read('udp-length-past-end');
    expect(packet.problems[0]).toMatchObject({
      code: 'UDP_LENGTH_PAST_END',
      need: 100,
      have: 24,
      limitedBy: { layer: 'ipv4', layerIndex: 1, field: 'length', offset: 16, end: 58 },
    });
  });

  it('short of the IP payload leaves a surplus, which is kept', () => {
    const packet = read('udp-surplus');
    expect(text(packet.trailer(2))).toBe('89abcdef');
    expect(packet.problems).toMatchObject([
      { code: 'UDP_SURPLUS', severity: 'info', layer: 'udp', offset: 50, bits: 64 },
    ]);
  });
});

describe('EDGE-CASES 14: UDP checksum 0', () => {
  it('is none on IPv4, illegal on IPv6, and worth knowing in a tunnel over IPv6', () => {
    const told = (name: string) =>
      read(name).problems.map(({ code, severity, offset }) => [code, severity, offset]);
    expect(told('udp-checksum-none')).toEqual([['CHECKSUM_ABSENT', 'info', 40]]);
    expect(told('udp-ipv6-checksum-zero')).toEqual([['CHECKSUM_ZERO', 'error', 60]]);
    expect(told('vxlan-ipv6-checksum-zero')).toEqual([['CHECKSUM_ABSENT', 'info', 60]]);
    expect(told('vxlan')).toEqual([]);
  });

  it('that is computed is sent as 0xffff', () => {
    const packet = read('udp-checksum-ffff');
    expect(packet.layer('udp')?.checksum).toBe(0xffff);
    expect(packet.problems).toEqual([]);
    expect(packet.toSpec()[2]).not.toHaveProperty('fields.checksum');
  });
});

describe('EDGE-CASES 15: TCP data offset under 5, or past the segment', () => {
  it('stops in front of TCP', () => {
    const under = read('tcp-data-offset-4');
    expect(stack(under)).toBe('ethernet ipv4');
    expect(under.problems).toMatchObject([
      {
        code: 'TCP_DATA_OFFSET_UNDER_5',
        layer: 'tcp',
        layerIndex: 2,
        bit: 46 * 8,
        bits: 4,
        need: 5,
        have: 4,
      },
    ]);
    const past = read('tcp-data-offset-past-end');
    expect(stack(past)).toBe('ethernet ipv4');
    expect(past.problems).toMatchObject([
      {
        code: 'TCP_HEADER_CUT',
        severity: 'error',
        offset: 34,
        limitedBy: { layer: 'ipv4', layerIndex: 1, field: 'length', offset: 16 },
      },
    ]);
  });
});

describe('EDGE-CASES 16: an option of length 0 or 1, or past the header', () => {
  it.each(['length-0', 'length-1', 'past-end'])('%s stops the list, not the packet', (how) => {
    const ip = read(`ipv4-option-${how}`);
    expect(stack(ip)).toBe(LONG);
    expect(ip.problems).toMatchObject([
      { code: 'IPV4_OPTION_LENGTH', severity: 'error', field: 'options', offset: 38 },
    ]);
    expect(ip.layer('ipv4')?.options).toHaveLength(2);
    const segment = read(`tcp-option-${how}`);
    expect(text(segment.payload)).toBe('data');
    expect(segment.problems[0]).toMatchObject({
      code: 'TCP_OPTION_LENGTH',
      severity: 'error',
      offset: 58,
      bits: 32,
    });
    expect(segment.layer('tcp')?.options).toHaveLength(2);
  });
});

describe('EDGE-CASES 17: bytes after the end of the options', () => {
  it('are kept, and told where they are not 0', () => {
    for (const [name, code, offset] of [
      ['ipv4-bytes-after-end', 'IPV4_BYTES_AFTER_END_OF_OPTIONS', 36],
      ['tcp-bytes-after-end', 'TCP_BYTES_AFTER_END_OF_OPTIONS', 56],
    ] as const) {
      const packet = read(name);
      expect(packet.problems).toMatchObject([{ code, severity: 'warning', offset, bits: 48 }]);
    }
    expect(codesOf(read('ipv4-nop-end'))).toEqual([]);
  });
});

describe('EDGE-CASES 18: unknown options', () => {
  it('are kept as kind and bytes', () => {
    for (const name of ['ipv4-unknown-option', 'tcp-unknown-option']) {
      const packet = read(name);
      const { options } = packet.layers[name.startsWith('ipv4') ? 1 : 2] as unknown as {
        options: readonly { kind: unknown; data?: Uint8Array }[];
      };
      const unknown = options.find(({ kind }) => typeof kind === 'number');
      expect(unknown?.data).toBeInstanceOf(Uint8Array);
      expect(packet.problems).toEqual([]);
    }
  });
});

describe('EDGE-CASES 19: VLAN ids and TPIDs', () => {
  it('0 is a priority tag, 4095 is reserved', () => {
    expect(read('dot1q-priority-tag').problems).toEqual([]);
    expect(read('dot1q-reserved-vid').problems).toMatchObject([
      { code: 'DOT1Q_VID_RESERVED', severity: 'warning', bit: 14 * 8 + 4, bits: 12 },
    ]);
  });

  it('of every kind are kept as they are, but 0x9200 is data', () => {
    for (const [name, tpid] of [
      ['dot1q', 0x8100],
      ['qinq', 0x88a8],
      ['qinq-9100', 0x9100],
    ] as const) {
      const packet = read(name);
      expect(packet.layer('ethernet')?.type).toBe(tpid);
      expect(packet.problems).toEqual([]);
    }
    const odd = read(build([ethernet({ type: 0x9200 }), Uint8Array.of(0, 5, 8, 0)]));
    expect(stack(odd)).toBe('ethernet');
  });
});

describe('EDGE-CASES 20: VXLAN flags and ports', () => {
  it('I unset and reserved bits are told, and the inner frame is decoded', () => {
    const unset = read('vxlan-no-i-flag');
    expect(stack(unset)).toBe(VXLAN);
    expect(unset.problems).toMatchObject([
      { code: 'VXLAN_I_FLAG_UNSET', severity: 'warning', field: 'flags', bit: 42 * 8 + 4, bits: 1 },
    ]);
    const reserved = read('vxlan-reserved-bits');
    expect(stack(reserved)).toBe(VXLAN);
    expect(reserved.problems).toMatchObject([
      { code: 'VXLAN_RESERVED_BITS', severity: 'warning', layerIndex: 3 },
    ]);
    expect(codesOf(read('vxlan-gbp'))).toEqual([]);
  });

  it.each([
    ['flags', { flags: 0x0804 }, 42, 16],
    ['groupPolicyId', { groupPolicyId: 1, flags: 0x0800 }, 44, 16],
    ['reserved', { reserved: 1 }, 49, 8],
  ] as const)('reserved bits in %s are told where they are', (field, fields, offset, bits) => {
    const packet = read(build([link, net, udp(), vxlan({ vni: 1, ...fields }), link, 'x']));
    expect(packet.problems).toMatchObject([{ code: 'VXLAN_RESERVED_BITS', field, offset, bits }]);
  });

  it('a source port alone opens it, with a problem, unless only destinations are looked at', () => {
    const packet = read('vxlan-source-port');
    expect(stack(packet)).toBe(VXLAN);
    expect(packet.problems).toMatchObject([
      { code: 'TUNNEL_BY_SOURCE_PORT', severity: 'warning', layer: 'vxlan', offset: 42 },
    ]);
    expect(stack(read('vxlan-source-port', { sourcePorts: false }))).toBe(LONG);
  });
});

describe('EDGE-CASES 21: Geneve version, options past the header, header past the packet', () => {
  it('another version stops there', () => {
    const packet = read('geneve-version-1');
    expect(stack(packet)).toBe(`${LONG} geneve`);
    expect(packet.problems).toMatchObject([
      { code: 'GENEVE_VERSION', severity: 'error', bit: 42 * 8, bits: 2 },
    ]);
  });

  it('an option past the header is told where it is, and nothing is misaligned', () => {
    const packet = read('geneve-misaligned');
    expect(stack(packet)).toBe(GENEVE);
    expect(packet.problems).toMatchObject([
      { code: 'GENEVE_OPTION_PAST_HEADER', severity: 'error', field: 'options', offset: 58 },
    ]);
  });

  it('a header past the packet is none', () => {
    const packet = read('cut-geneve-options');
    expect(stack(packet)).toBe(LONG);
    expect(packet.problems.at(-1)).toMatchObject({
      code: 'GENEVE_HEADER_CUT',
      layerIndex: 3,
      offset: 42,
      limitedBy: { layer: 'frame', field: 'wireLength' },
    });
  });
});

describe('EDGE-CASES 22: Geneve O and C bits, protocols, sizes', () => {
  it('C is set against the options both ways', () => {
    expect(read('geneve-critical-unset').problems).toMatchObject([
      { code: 'GENEVE_CRITICAL_UNSET', severity: 'warning', bit: 43 * 8 + 1, bits: 1 },
    ]);
    expect(read('geneve-critical-without-option').problems).toMatchObject([
      { code: 'GENEVE_CRITICAL_WITHOUT_OPTION', severity: 'warning', bit: 43 * 8 + 1, bits: 1 },
    ]);
  });

  it('O without a payload is legal, and so is a protocol that nobody knows', () => {
    for (const name of ['geneve-oam', 'geneve-unknown-protocol']) {
      const packet = read(name);
      expect(stack(packet)).toBe(`${LONG} geneve`);
      expect(packet.problems).toEqual([]);
    }
    expect(stack(read('geneve'))).toBe(GENEVE);
    expect(stack(read('geneve-ipv4'))).toBe(`${LONG} geneve ipv4 tcp`);
    const inner = build([link, net, udp(), geneve({ vni: 1 }), six, udp({ dstPort: 7 }), 'x']);
    expect(stack(read(inner))).toBe(`${LONG} geneve ipv6 udp`);
  });

  it('reserved bits are told where they are', () => {
    expect(read('geneve-reserved-bits').problems).toMatchObject([
      { code: 'GENEVE_RESERVED_BITS', severity: 'warning', field: 'reserved', offset: 43 },
    ]);
    const last = build([link, net, udp(), geneve({ vni: 1, reserved2: 1 }), link, 'x']);
    expect(read(last).problems).toMatchObject([
      { code: 'GENEVE_RESERVED_BITS', field: 'reserved2', offset: 49, bits: 8 },
    ]);
    expect(read('geneve-critical').problems).toMatchObject([
      { code: 'GENEVE_OPTION_RESERVED_BITS', field: 'options', offset: 58 },
    ]);
  });

  it('options take 0–252 bytes, each 0–124 of data in fours', () => {
    const packet = read('geneve-options-full');
    expect(packet.layer('geneve')?.headerBytes.length).toBe(8 + 252);
    expect(packet.problems).toEqual([]);
    const sized = (bytes: number) => () =>
      build([link, net, udp(), geneve({ options: [optionOf(bytes)] }), link]);
    expect(sized(124)).not.toThrow();
    expect(sized(128)).toThrow(expect.objectContaining({ code: 'BAD_VALUE' }));
    expect(sized(6)).toThrow(expect.objectContaining({ code: 'BAD_VALUE' }));
  });
});

function optionOf(bytes: number): GeneveOption {
  return { class: 0xffff, type: 1, data: new Uint8Array(bytes) };
}

describe('EDGE-CASES 23: ARP of other lengths', () => {
  it.each([
    ['arp-hardware-0', 'hardwareLength', 0],
    ['arp-hardware-20', 'hardwareLength', 20],
    ['arp-hardware-255', 'hardwareLength', 255],
    ['arp-protocol-16', 'protocolLength', 16],
  ] as const)('%s is decoded by the lengths that it carries', (name, field, length) => {
    const packet = read(name);
    expect(stack(packet)).toBe('ethernet arp');
    expect(packet.layer('arp')?.[field]).toBe(length);
    expect(codesOf(packet, 'warning')).toEqual([]);
  });

  it('is told where Ethernet or IPv4 says otherwise', () => {
    const odd = build([
      link,
      arp({ senderHardware: new Uint8Array(8), targetHardware: new Uint8Array(8) }),
    ]);
    expect(read(odd).problems).toMatchObject([
      { code: 'ARP_HARDWARE_LENGTH', severity: 'warning', field: 'hardwareLength', offset: 18 },
    ]);
  });
});

describe('EDGE-CASES 25: wire length against captured length through tunnels', () => {
  const whole = fixture('vxlan-in-geneve');
  const tcpAt = whole.length - 20;
  const lengthAt = tcpAt - 18;

  it('is carried to the innermost layer, wherever the capture was cut', () => {
    for (let captured = tcpAt + 1; captured < whole.length; captured++) {
      const packet = read(whole.slice(0, captured), { wireLength: whole.length });
      for (const layer of packet.layers) expect(layer.wireEnd).toBe(whole.length);
      const [problem, ...more] = packet.problems;
      expect(more).toEqual([]);
      expect(problem).toMatchObject({
        // From the ports on, the start of a header is a layer.
        layer: captured < tcpAt + 4 ? 'tcp' : 'tcpStart',
        layerIndex: 10,
        severity: 'info',
        snapLength: true,
        limitedBy: { layer: 'frame', field: 'captured', end: captured },
        captured: captured - tcpAt,
        wire: 20,
      });
    }
  });

  it('tells a length that lies inside from the cut', () => {
    const lying = whole.slice();
    new DataView(lying.buffer).setUint16(lengthAt, 41);
    const [problem] = read(lying.slice(0, -10), { wireLength: whole.length }).problems;
    expect(problem).toMatchObject({
      code: 'IPV4_TOTAL_LENGTH_PAST_END',
      severity: 'error',
      layerIndex: 9,
      offset: lengthAt,
      declared: 41,
      captured: 30,
      wire: 40,
    });
    expect(problem).not.toHaveProperty('snapLength');
  });
});

describe('EDGE-CASES 26: overhead', () => {
  const inner: SpecPart[] = [link, net, tcp({ dstPort: 80, flags: ['SYN'] })];
  const bare = build(inner).length;
  const over = (...outer: SpecPart[]): number => build([...outer, ...inner]).length - bare;
  /** What counts against the underlay's MTU: all but the outer Ethernet header and its tags. */
  const underlay = (frame: Uint8Array): number => {
    const ip = parse(frame).layers.find(({ layer }) => layer.startsWith('ipv'));
    return frame.length - (ip?.offset ?? 0) - (bare - 14);
  };
  const words = (bytes: number): GeneveOption[] => [
    optionOf(Math.min(bytes, 124)),
    ...(bytes > 124 ? [optionOf(bytes - 124)] : []),
  ];

  it('of VXLAN is 50 bytes on the wire, 54 with an outer tag, 70 on IPv6', () => {
    expect(over(link, net, udp(), vxlan())).toBe(50);
    expect(over(link, dot1q(), net, udp(), vxlan())).toBe(54);
    expect(over(link, six, udp(), vxlan())).toBe(70);
  });

  it("against the underlay's MTU is 50 again, and 54 with an inner tag", () => {
    expect(underlay(build([link, net, udp(), vxlan(), ...inner]))).toBe(50);
    expect(underlay(build([link, dot1q(), net, udp(), vxlan(), ...inner]))).toBe(50);
    const tagged = [link, dot1q(), ...inner.slice(1)];
    expect(underlay(build([link, net, udp(), vxlan(), ...tagged]))).toBe(54);
  });

  it('of Geneve is 50 without options, and at most 302', () => {
    expect(over(link, net, udp(), geneve())).toBe(50);
    expect(over(link, net, udp(), geneve({ options: words(244) }))).toBe(302);
    expect(() => over(link, net, udp(), geneve({ options: words(248) }))).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });
});
