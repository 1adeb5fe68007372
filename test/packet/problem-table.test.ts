/** Every code of the table of problems, made by a frame of its own or by a fixture. */
import { describe, expect, it } from 'vitest';
import { arp } from '../../src/headers/arp.js';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { geneve } from '../../src/headers/geneve.js';
import { igmp } from '../../src/headers/igmp.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { ipv6Destination } from '../../src/headers/ipv6-destination.js';
import { ipv6HopByHop } from '../../src/headers/ipv6-hop-by-hop.js';
import { LINK_TYPE } from '../../src/headers/numbers.js';
import { pseudowireProtocol } from '../../src/headers/pseudowire.js';
import { tcp } from '../../src/headers/tcp.js';
import { mss, sackPermitted, windowScale } from '../../src/headers/tcp-options.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { type Bindings, bindings, type Protocols } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import { type ParseOptions, parse } from '../../src/packet/parse.js';
import { problemTable } from '../../src/packet/problems.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { fixture, fixtureNames, linkTypeOf } from '../support/fixtures.js';

const table = problemTable(bindings as unknown as Bindings<Protocols>);

const link = ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' });
const net = ipv4({ src: '10.0.0.1', dst: '10.0.0.2' });
const ends = { srcPort: 49152, dstPort: 80 } as const;
const segment = (fields: Parameters<typeof tcp>[0]): SpecPart[] => [
  link,
  net,
  tcp({ ...ends, ...fields }),
];
const header = (fields: Parameters<typeof ipv4>[0]): SpecPart[] => [
  link,
  ipv4({ src: '10.0.0.1', dst: '10.0.0.2', ...fields }),
  udp({ dstPort: 7 }),
  'to and fro.',
];
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

const net6 = ipv6({ src: '2001:db8::1', dst: '2001:db8::2' });
/** Padding with a byte in it; a home address that is none; a jumbo option that needs no jumbogram. */
const padding = bytes(1, 4, 0, 0, 0, 9);
const home = bytes(0xc9, 4, 1, 2, 3, 4);
const jumbo = bytes(0xc2, 4, 0, 0, 0, 9);
/** Control words by a number: behind a label, what does not look like one is not taken for one. */
const words = { bindings: bindings.with(pseudowireProtocol, { ethertype: [0x88b5] }) };

function patched(name: string, offset: number, value: number): Uint8Array {
  const frame = fixture(name);
  frame[offset] = value;
  return frame;
}

/** A frame for each code that no fixture has, with the byte and the bits that it is told at. */
const made: readonly (readonly [
  code: string,
  offset: number,
  bits: number,
  parts: readonly SpecPart[],
  options?: ParseOptions<Protocols>,
])[] = [
  ['ETHERNET_SRC_GROUP', 6, 48, [ethernet({ src: '03:00:00:00:00:01' }), 'x']],
  [
    'ETHERNET_PADDING_NOT_ZERO',
    45,
    120,
    [
      link,
      ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, new Uint8Array(15).fill(7)),
      udp({ dstPort: 7 }),
      'abc',
    ],
  ],
  [
    'ARP_HARDWARE_LENGTH',
    18,
    8,
    [link, arp({ senderHardware: bytes(1), targetHardware: bytes(2) })],
  ],
  [
    'ARP_PROTOCOL_LENGTH',
    19,
    8,
    [link, arp({ senderProtocol: bytes(1), targetProtocol: bytes(2) })],
  ],
  ['ARP_SENDER_GROUP', 22, 48, [link, arp({ senderHardware: '01:00:5e:00:00:01' })]],
  [
    'ARP_SENDER_UNLIKE_SOURCE',
    26,
    48,
    [link, dot1q({ vid: 2 }), arp({ senderHardware: '02:00:00:00:00:09' })],
  ],
  ['IPV4_DONT_FRAGMENT_ON_FRAGMENT', 20, 1, header({ dontFragment: true, fragmentOffset: 1 })],
  ['IPV4_FRAGMENT_NOT_EIGHTS', 16, 16, header({ moreFragments: true, length: 38 })],
  ['IPV4_TTL_ZERO', 22, 8, header({ ttl: 0 })],
  ['IPV4_SRC_MULTICAST', 26, 32, header({ src: '239.1.2.3' })],
  ['IPV4_SRC_BROADCAST', 26, 32, header({ src: '255.255.255.255' })],
  ['IPV4_LOOPBACK_ON_LINK', 30, 32, header({ dst: '127.0.0.1' })],
  ['IPV6_LOOPBACK_ON_LINK', 22, 128, [link, ipv6({ src: '::1', dst: '2001:db8::1' }), 'x']],
  ['IPV6_SRC_MULTICAST', 22, 128, [link, ipv6({ src: 'ff02::1', dst: '2001:db8::1' }), 'x']],
  ['UDP_DST_PORT_ZERO', 36, 16, [link, net, udp({ dstPort: 0 }), 'x']],
  ['TCP_SRC_PORT_ZERO', 34, 16, segment({ srcPort: 0, flags: ['SYN'] })],
  ['TCP_DST_PORT_ZERO', 36, 16, segment({ dstPort: 0, flags: ['SYN'] })],
  ['TCP_FLAGS_NONE', 46, 9, segment({ flags: ['ECE'] })],
  ['TCP_ACK_UNSET', 47, 1, segment({ flags: ['FIN', 'PSH', 'URG'] })],
  ['TCP_FLAGS_SYN_FIN', 47, 2, segment({ flags: ['SYN', 'FIN'] })],
  ['TCP_FLAGS_SYN_RST', 47, 2, segment({ flags: ['SYN', 'RST'] })],
  ['TCP_ACK_NUMBER_WITHOUT_FLAG', 42, 32, segment({ flags: ['SYN'], ack: 5 })],
  ['TCP_URGENT_POINTER_WITHOUT_FLAG', 52, 16, segment({ flags: ['ACK'], urgentPointer: 1 })],
  [
    'TCP_OPTION_SIZE',
    58,
    32,
    segment({ flags: ['SYN'], options: [mss(9), { kind: 5, data: bytes(1, 2) }] }),
  ],
  ['TCP_OPTION_ONLY_IN_SYN', 54, 16, segment({ flags: ['ACK'], options: [sackPermitted] })],
  ['TCP_MSS_ZERO', 54, 32, segment({ flags: ['SYN'], options: [mss(0)] })],
  [
    'TCP_WINDOW_SCALE_OVER_14',
    58,
    24,
    segment({ flags: ['SYN'], options: [mss(9), windowScale(15)] }),
  ],
  ['TOO_MANY_LAYERS', 34, 64, [link, net, udp({ dstPort: 7 })], { maxDepth: 2 }],
  ['IPV6HOPBYHOP_PADDING_NOT_ZERO', 56, 48, [link, net6, ipv6HopByHop({ options: padding })]],
  ['IPV6DESTINATION_OPTION_MISALIGNED', 56, 48, [link, net6, ipv6Destination({ options: home })]],
  ['IPV6DESTINATION_OPTION_SIZE', 56, 48, [link, net6, ipv6Destination({ options: home })]],
  ['IPV6DESTINATION_OPTION_MISPLACED', 56, 48, [link, net6, ipv6Destination({ options: jumbo })]],
  ['IPV6DESTINATION_JUMBO_UNDER_65536', 56, 48, [link, net6, ipv6Destination({ options: jumbo })]],
  ['ICMP_HEADER_CUT', 34, 16, [link, ipv4({ protocol: 1 }), bytes(8, 0)]],
  ['ICMP_EXTENSION_CHECKSUM', 34, 64, [patched('icmp-extension-mpls', 185, 1)]],
  ['ICMPV6_HEADER_CUT', 54, 24, [link, ipv6({ nextHeader: 58 }), bytes(128, 0, 0)]],
  ['ICMPV6_LENGTH_PAST_END', 58, 8, [patched('icmpv6-extension', 58, 200)]],
  ['ICMPV6_EXTENSION', 54, 64, [patched('icmpv6-extension', 58, 16)]],
  ['ICMPV6_EXTENSION_CHECKSUM', 54, 64, [patched('icmpv6-extension', 213, 1)]],
  ['IGMP_HEADER_CUT', 34, 8, [link, ipv4({ protocol: 2 }), bytes(0x11)]],
  ['IGMP_MESSAGE_CUT', 34, 40, [link, ipv4({ protocol: 2 }), bytes(0x11, 0, 0, 0, 9)]],
  ['IGMP_RESERVED_BITS', 35, 8, [link, net, igmp({ type: 0x22, maxResponse: 1 })]],
  ['PSEUDOWIRE_HEADER_CUT', 14, 24, [ethernet({ type: 0x88b5 }), bytes(0, 0, 1)], words],
  ['PSEUDOWIRE_NIBBLE', 14, 4, [ethernet({ type: 0x88b5 }), bytes(16, 0, 0, 1)], words],
  ['SLL_HEADER_CUT', 0, 120, [new Uint8Array(15)], { linkType: LINK_TYPE.LINUX_SLL }],
  ['SLL2_HEADER_CUT', 0, 152, [new Uint8Array(19)], { linkType: LINK_TYPE.LINUX_SLL2 }],
  ['LOOPBACK_HEADER_CUT', 0, 24, [new Uint8Array(3)], { linkType: LINK_TYPE.NULL }],
];

/** A standard, a draft, or a link type of tcpdump.org/linktypes where that is all there is. */
const SOURCE = /^(RFC \d|IEEE \d|draft-|LINKTYPE_)/;

describe('the table of problems', () => {
  it('has codes that are unique, and says of each how bad it is, of what, and why', () => {
    const codes = table.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const entry of table) {
      expect(['error', 'warning', 'info'], entry.code).toContain(entry.severity);
      expect([...Object.keys(bindings.protocols), 'packet'], entry.code).toContain(entry.layer);
      expect(entry.message, entry.code).toMatch(/^\S.*[^.]$/);
      if (entry.code !== 'TOO_MANY_LAYERS') expect(entry.rfc, entry.code).toMatch(SOURCE);
    }
  });

  it('has every code that a user gives a protocol of their own', () => {
    const { udp: ours } = bindings.protocols;
    const problems = [{ code: 'UDP_ODD', message: 'the port is odd', severity: 'info' as const }];
    const mine = bindings.with({ ...ours, problems: [...ours.problems, ...problems] });
    expect(problemTable(mine as unknown as Bindings<Protocols>)).toContainEqual({
      code: 'UDP_ODD',
      severity: 'info',
      layer: 'udp',
      message: 'the port is odd',
    });
  });

  it('has no code without a frame that has it', () => {
    const seen = new Set(made.map(([code]) => code));
    for (const name of fixtureNames) {
      const { problems } = parse(fixture(name), { linkType: linkTypeOf(name) });
      for (const { code } of problems) seen.add(code);
    }
    // Those of the FCS and of offloaded checksums have tests of their own beside this one.
    for (const code of ['ETHERNET_FCS', 'CHECKSUM_PARTIAL']) seen.add(code);
    expect(table.map(({ code }) => code).filter((code) => !seen.has(code))).toEqual([]);
  });

  const whole = made.map(([code, offset, bits, parts, options = {}]) => {
    return [code, offset, bits, parts, options] as const;
  });

  it.each(whole)('%s is told at byte %i, %i bits', (code, offset, bits, parts, options) => {
    const frame = build(parts);
    const packet = parse(frame, options);
    const entry = table.find((one) => one.code === code);
    const told = packet.problems.filter((problem) => problem.code === code);
    expect(told.map((p) => [p.offset, p.bits, p.severity, p.rfc])).toEqual([
      [offset, bits, entry?.severity, entry?.rfc],
    ]);
    expect(build(packet.toSpec())).toEqual(frame);
  });

  it('tells nothing of frames that are as they should be', () => {
    const inner = [
      link,
      net,
      tcp({ ...ends, flags: ['SYN'], options: [mss(1460), windowScale(14)] }),
    ];
    for (const parts of [
      header({}),
      header({ src: '0.0.0.0', dst: '255.255.255.255' }),
      header({ dst: '224.0.0.1', ttl: 1 }),
      segment({ flags: ['RST'] }),
      segment({ flags: ['FIN', 'ACK', 'URG'], urgentPointer: 1, ack: 7 }),
      [link, arp({ senderHardware: '02:00:00:00:00:01' }, new Uint8Array(18))],
      [link, arp({ hardwareType: 6, senderHardware: bytes(), targetHardware: bytes() })],
      [ethernet(), ipv4({ src: '127.0.0.1', dst: '127.0.0.1' }), udp({ srcPort: 0, dstPort: 7 })],
      [link, net, udp(), vxlan({ vni: 1 }), ...inner],
      [link, net, udp(), geneve({ vni: 1 }), ...inner],
      [link, dot1q({ vid: 0, priority: 3 }), ...header({}).slice(1)],
    ]) {
      expect(parse(build(parts)).problems).toEqual([]);
    }
  });
});
