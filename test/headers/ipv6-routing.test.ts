import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import type { Ipv6Route } from '../../src/headers/ipv6-route.js';
import {
  type Ipv6RoutingInput,
  Ipv6RoutingView,
  ipv6Routing,
  ipv6RoutingProtocol,
} from '../../src/headers/ipv6-routing.js';
import { tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const SEVEN = '2001:db8::7';
const EIGHT = '2001:db8::8';

const route = {
  setter: false,
  good: [{ reserved: 5, addresses: [] }, { data: bytes(1, 2, 3, 4) }],
  bad: [
    5,
    null,
    'x',
    {},
    { data: 'x' },
    { data: new Uint8Array(2048) },
    { addresses: 'x' },
    { addresses: 5 },
    { addresses: ['1.2.3.4'] },
    { addresses: [], reserved: 2 ** 32 },
    { addresses: new Array(128).fill(SEVEN) },
    { segments: [SEVEN], lastEntry: 256 },
    { segments: [SEVEN], flags: 256 },
    { segments: [SEVEN], tag: 65536 },
    { segments: [5] },
    { segments: [SEVEN], tlvs: 'x' },
    { segments: [SEVEN], tlvs: [{ kind: 'hmac' }] },
    { segments: [SEVEN], tlvs: [{ kind: 'hmac', keyId: -1, hmac: bytes() }] },
    { segments: [SEVEN], tlvs: [{ kind: 'hmac', keyId: 1, hmac: new Uint8Array(250) }] },
    { segments: [SEVEN], tlvs: [{ kind: 'none' }] },
    { suffixes: 5 },
    { suffixes: [5] },
    { suffixes: [bytes()] },
    { suffixes: [bytes(1), bytes(1, 2), bytes(3)] },
    { suffixes: [bytes(1)], cmprI: 16 },
    { suffixes: [bytes(1)], cmprE: 0 },
    { suffixes: [bytes(1)], reserved: 2 ** 20 },
  ],
};
const fixtures: readonly [string, number, number, number, number, Ipv6Route][] = [
  ['ipv6-routing-0', 40, 4, 0, 2, { reserved: 0, addresses: [SEVEN, EIGHT] }],
  ['ipv6-routing-2', 24, 2, 2, 1, { reserved: 0, addresses: ['2001:db8:0:1::99'] }],
  [
    'ipv6-routing-rpl',
    32,
    3,
    3,
    3,
    {
      cmprI: 8,
      cmprE: 11,
      reserved: 0,
      suffixes: [
        bytes(0, 0, 0, 0, 0, 0, 0, 7),
        bytes(0, 0, 0, 0, 0, 0, 0, 8),
        bytes(0, 0, 0, 0, 9),
      ],
    },
  ],
  [
    'ipv6-segment-routing-hmac',
    88,
    10,
    4,
    0,
    {
      lastEntry: 1,
      flags: 8,
      tag: 0,
      segments: [SEVEN, EIGHT],
      tlvs: [
        { kind: 'hmac', flags: 0x8000, keyId: 0xcafe, hmac: new Uint8Array(32).fill(0xaa) },
        { kind: 'pad1' },
        { kind: 9, data: bytes(1, 2, 3) },
        { kind: 'padN', data: bytes() },
      ],
    },
  ],
  ['ipv6-routing-unknown', 16, 1, 253, 1, { data: bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) }],
  [
    'ipv6-routing-odd-length',
    32,
    3,
    2,
    1,
    { data: fixture('ipv6-routing-odd-length').slice(58, 86) },
  ],
];

for (const [name, size, length, type, segmentsLeft, held] of fixtures) {
  headerContract({
    protocol: ipv6RoutingProtocol,
    View: Ipv6RoutingView,
    fixture: name,
    offset: 54,
    bytes: size,
    fields: { nextHeader: 17, length, type, segmentsLeft, route: held },
    others: {
      route: {
        ...route,
        good: type === 0 ? route.good.slice(0, 1) : route.good.slice(type === 253 ? 1 : 2),
      },
    },
    computedNames: ['ipv6.routing.len_oct'],
  });
}

/** The routing header that these fields make. */
function made(fields: Ipv6RoutingInput): Ipv6RoutingView {
  const packet = parse(build([ethernet(), ipv6(), ipv6Routing(fields), udp()]));
  return packet.layer('ipv6Routing') as Ipv6RoutingView;
}

describe('a routing header to build', () => {
  it('has the type and the segments left of what it holds, where they are not given', () => {
    const of = (held: Ipv6Route | undefined): number[] => {
      const { type, segmentsLeft } = made(held === undefined ? {} : { route: held });
      return [type, segmentsLeft];
    };
    expect(of({ segments: [SEVEN, EIGHT] })).toEqual([4, 1]);
    expect(of({ segments: [] })).toEqual([4, 0]);
    expect(of({ addresses: [SEVEN] })).toEqual([0, 1]);
    expect(of({ suffixes: [bytes(7)] })).toEqual([3, 1]);
    expect(of({ data: bytes(1) })).toEqual([253, 0]);
    expect(of(undefined)).toEqual([253, 0]);
  });

  it('computes what RPL compresses by the lengths of the suffixes, and pads them', () => {
    expect(made({ route: { suffixes: [bytes(1, 2), bytes(3)] } }).route).toEqual({
      cmprI: 14,
      cmprE: 15,
      reserved: 0,
      suffixes: [bytes(1, 2), bytes(3)],
    });
    expect(made({ route: { suffixes: [bytes(1, 2)] } }).route).toMatchObject({
      cmprI: 14,
      cmprE: 14,
    });
    expect(made({ route: { cmprE: 1, suffixes: [] } }).length).toBe(0);
  });

  it('pads bytes to a multiple of 8', () => {
    expect(made({ route: { data: bytes(1, 2, 3, 4, 5) } }).route).toEqual({
      data: bytes(1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0),
    });
  });
});

describe('the final destination of a routing header', () => {
  const checksumTo = (dst: string): number | undefined =>
    parse(build([ethernet(), ipv6({ src: '2001:db8::1', dst }), tcp()])).layer('tcp')?.checksum;
  const checksumOf = (fields: Ipv6RoutingInput): number | undefined => {
    const ends = { src: '2001:db8::1', dst: '2001:db8::2' };
    const frame = build([ethernet(), ipv6(ends), ipv6Routing(fields), tcp()]);
    expect(valuesOf(frame, 'tcp.checksum.status')).toEqual([1]);
    return parse(frame).layer('tcp')?.checksum;
  };

  it.each<[string, Ipv6RoutingInput, string]>([
    ['the last address of type 0', { route: { addresses: [SEVEN, EIGHT] } }, EIGHT],
    ['the home address of type 2', { type: 2, route: { addresses: [SEVEN] } }, SEVEN],
    ['the first of a segment list', { route: { segments: [SEVEN, EIGHT] } }, SEVEN],
    [
      "the destination's first bytes and the last suffix",
      { route: { suffixes: [bytes(1, 2), bytes(0, 8)] } },
      EIGHT,
    ],
    [
      'the destination, of type 0 without segments left',
      { segmentsLeft: 0, route: { addresses: [SEVEN] } },
      '2001:db8::2',
    ],
    [
      'the destination, of a list without segments left',
      { segmentsLeft: 0, route: { segments: [SEVEN] } },
      '2001:db8::2',
    ],
    [
      'the destination, of an empty list',
      { segmentsLeft: 1, route: { addresses: [] } },
      '2001:db8::2',
    ],
    [
      'the destination, of an unknown type',
      { segmentsLeft: 1, route: { data: new Uint8Array(20) } },
      '2001:db8::2',
    ],
  ])('is %s', (_what, fields, dst) => {
    expect(checksumOf(fields)).toBe(checksumTo(dst));
  });

  it('is the header of IPv4 where one is in front', () => {
    const ends = { src: '192.0.2.1', dst: '198.51.100.2' };
    const held = { addresses: [SEVEN] };
    const frame = build([ethernet(), ipv4(ends), ipv6Routing({ route: held }), tcp()]);
    const plain = build([ethernet(), ipv4(ends), tcp()]);
    expect(parse(frame).layer('tcp')?.checksum).toBe(parse(plain).layer('tcp')?.checksum);
  });

  it('is that of the last routing header where there are several', () => {
    const ends = { src: '2001:db8::1', dst: '2001:db8::2' };
    const one = ipv6Routing({ route: { addresses: [SEVEN] } });
    const two = ipv6Routing({ route: { addresses: [EIGHT] } });
    const frame = build([ethernet(), ipv6(ends), one, two, tcp()]);
    expect(parse(frame).layer('tcp')?.checksum).toBe(checksumTo(EIGHT));
  });
});

describe('EDGE-CASES 27: a routing header', () => {
  const codes = (name: string): string[] => parse(fixture(name)).problems.map((p) => p.code);

  it('of type 0 is deprecated: a warning', () => {
    expect(codes('ipv6-routing-0')).toEqual(['IPV6ROUTING_TYPE_DEPRECATED']);
    expect(codes('ipv6-routing-0-used')).toEqual(['IPV6ROUTING_TYPE_DEPRECATED']);
    const kind = ipv6RoutingProtocol.problems.find((p) => p.code === 'IPV6ROUTING_TYPE_DEPRECATED');
    expect(kind).toMatchObject({ severity: 'warning', rfc: 'RFC 5095 §3' });
  });

  it('with more segments left than addresses is a problem', () => {
    expect(parse(fixture('ipv6-routing-segments-left')).problems).toContainEqual(
      expect.objectContaining({ code: 'IPV6ROUTING_SEGMENTS_LEFT', offset: 57, need: 3, have: 2 }),
    );
    // A reduced list leaves its first segment out, so that one more is left (RFC 8754 §4.1.1).
    const reduced = made({ segmentsLeft: 2, route: { segments: [SEVEN, EIGHT] } });
    expect(reduced.faults).toBe(0);
    expect(made({ segmentsLeft: 3, route: { segments: [SEVEN, EIGHT] } }).faults).not.toBe(0);
  });

  it('of an unknown type is kept as bytes, with a warning where segments are left', () => {
    expect(codes('ipv6-routing-unknown')).toEqual(['IPV6ROUTING_TYPE_UNKNOWN']);
    expect(made({ segmentsLeft: 0, route: { data: bytes(1) } }).faults).toBe(0);
    expect(valuesOf(fixture('ipv6-routing-unknown'), 'ipv6.routing.unknown_data')).toEqual([
      bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
    ]);
  });

  it('whose length is not that of its list is a problem, and its bytes are kept', () => {
    expect(codes('ipv6-routing-odd-length')).toEqual(['IPV6ROUTING_LENGTH']);
    expect(
      made({ type: 2, segmentsLeft: 1, route: { addresses: [SEVEN, EIGHT] } }).faults,
    ).not.toBe(0);
    expect(made({ type: 3, segmentsLeft: 0, route: { data: bytes(0, 0, 0, 0) } }).faults).not.toBe(
      0,
    );
    expect(parse(fixture('ipv6-routing-odd-length')).layer('udp')?.dstPort).toBe(9000);
  });

  it('of segments whose last entry is past its end keeps the segments that are there', () => {
    const packet = parse(fixture('ipv6-segment-routing-last-entry'));
    expect(packet.problems).toMatchObject([
      { code: 'IPV6ROUTING_LAST_ENTRY_PAST_END', offset: 58, need: 10, have: 3 },
    ]);
    expect(packet.layer('ipv6Routing')?.route).toMatchObject({
      lastEntry: 9,
      segments: ['2001:db8::2', EIGHT, SEVEN],
      tlvs: [],
    });
  });

  it('of segments keeps the TLVs in front of one that goes past its end', () => {
    const packet = parse(fixture('ipv6-segment-routing-tlv-past-end'));
    expect(packet.problems).toMatchObject([{ code: 'IPV6ROUTING_TLV_PAST_END', offset: 97 }]);
    expect(packet.layer('ipv6Routing')?.route).toMatchObject({
      tlvs: [
        { kind: 9, data: bytes(1) },
        { kind: 'raw', data: bytes(5, 38, 0, 0, 0) },
      ],
    });
  });

  it('of RPL whose padding holds bytes is kept as bytes', () => {
    const frame = fixture('ipv6-routing-rpl');
    frame[85] = 1;
    const layer = parse(frame).layer('ipv6Routing');
    expect(layer?.route).toEqual({ data: frame.slice(58, 86) });
    expect(build(parse(frame).toSpec())).toEqual(frame);
  });

  it('cut short is a problem, and its bytes are payload', () => {
    expect(parse(fixture('cut-ipv6-routing')).problems).toMatchObject([
      { code: 'IPV6ROUTING_HEADER_CUT', need: 24, have: 10 },
    ]);
    const short = build([ethernet(), ipv6({ nextHeader: 43 }), bytes(17)]);
    expect(parse(short).problems).toMatchObject([
      { code: 'IPV6ROUTING_HEADER_CUT', need: 8, have: 1 },
    ]);
  });
});
