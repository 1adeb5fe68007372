import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { Ipv4View, ipv4, ipv4Protocol } from '../../src/headers/ipv4.js';
import type { Ipv4Option } from '../../src/headers/ipv4-options.js';
import { tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract, type OtherField } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';
import { codesOf } from '../support/problems.js';
import { internetChecksum, pseudoHeader, viewOf } from '../support/reference.js';

const route = (...addresses: string[]): Ipv4Option => ({
  kind: 'looseSourceRoute',
  pointer: 4,
  addresses,
});

const options: OtherField = {
  good: [
    [],
    [{ kind: 'routerAlert', value: 65535 }],
    [{ kind: 'nop' }, route('1.2.3.4', '255.255.255.255')],
    [{ kind: 222, data: Uint8Array.of(1, 2) }],
    [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'nop' }, { kind: 'end' }],
    [{ kind: 'end' }, { kind: 'raw', data: Uint8Array.of(1, 2, 3) }],
    [{ kind: 'timestamp', pointer: 5, overflow: 15, flag: 0, entries: [{ time: 0xffffffff }] }],
    [{ kind: 255, data: new Uint8Array(38) }],
  ],
  bad: [
    [{ kind: 'nosuch' }],
    [{ kind: 0, data: new Uint8Array(2) }],
    [{ kind: 1, data: new Uint8Array(2) }],
    [{ kind: 256, data: new Uint8Array(2) }],
    [{ kind: -1, data: new Uint8Array(2) }],
    [{ kind: 1.5, data: new Uint8Array(2) }],
    [{ kind: 222, data: 'text' }],
    [{ kind: 222 }],
    [{ kind: 'raw' }],
    [{}],
    [{ kind: 222, data: new Uint8Array(39) }],
    new Uint8Array(41),
    [{ kind: 'nop' }, { kind: 'routerAlert', value: 65536 }],
    [{ kind: 'nop' }, route('1.2.3.4', 'hello')],
    [{ kind: 'nop' }, { kind: 'recordRoute', pointer: 256, addresses: [] }],
    [{ kind: 'nop' }, { kind: 'timestamp', flag: 16, entries: [] }],
    [{ kind: 'nop' }, { kind: 'timestamp', overflow: 16, entries: [] }],
    [{ kind: 'nop' }, { kind: 'timestamp', entries: [{ time: -1 }] }],
    [route(...Array<string>(10).fill('1.2.3.4'))],
  ],
  setter: false,
};

headerContract({
  protocol: ipv4Protocol,
  View: Ipv4View,
  fixture: 'vxlan',
  offset: 64,
  bytes: 20,
  fields: {
    version: 4,
    ihl: 5,
    dscp: 0,
    ecn: 0,
    length: 60,
    id: 0x1234,
    reserved: false,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 64,
    protocol: 6,
    checksum: 0x932c,
    src: '192.168.10.5',
    dst: '192.168.10.6',
    options: [],
  },
  others: { options },
  computedNames: ['ip.hdr_len', 'ip.checksum.status'],
});

headerContract({
  protocol: ipv4Protocol,
  View: Ipv4View,
  fixture: 'ipv4-unknown-option',
  offset: 14,
  bytes: 28,
  fields: {
    version: 4,
    ihl: 7,
    dscp: 0,
    ecn: 0,
    length: 43,
    id: 0,
    reserved: false,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 64,
    protocol: 17,
    checksum: 0xa97e,
    src: '192.0.2.1',
    dst: '198.51.100.2',
    options: [{ kind: 222, data: Uint8Array.of(1, 2, 3, 4) }, { kind: 'nop' }, { kind: 'end' }],
  },
  others: { options },
  computedNames: ['ip.hdr_len', 'ip.checksum.status'],
});

describe('the checksum of IPv4', () => {
  it('makes the header sum to all ones, with options and without', () => {
    fc.assert(
      fc.property(
        fc.record({
          id: fc.nat(0xffff),
          ttl: fc.nat(255),
          src: fc.ipV4(),
          dst: fc.ipV4(),
          options: fc.uint8Array({ maxLength: 40 }),
        }),
        (fields) => {
          const frame = build([ethernet(), ipv4(fields), 'data']);
          const headerEnd = 14 + ((frame[14] as number) & 15) * 4;
          expect(internetChecksum(frame.slice(14, headerEnd))).toBe(0);
        },
      ),
    );
  });

  it('is kept where it is given, and computed where "computed" is', () => {
    const sum = (checksum: number | 'computed') =>
      parse(build([ethernet(), ipv4({ checksum }), 'data'])).layer('ipv4')?.checksum;
    expect(sum(0)).toBe(0);
    expect(sum(0xffff)).toBe(0xffff);
    expect(sum('computed')).toBe(
      parse(build([ethernet(), ipv4(), 'data'])).layer('ipv4')?.checksum,
    );
  });

  it('is patched without summing again (RFC 1624)', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(0xffff), fc.nat(255), fc.nat(255), (id, next, a, b) => {
        const frame = build([ethernet(), ipv4({ id, ttl: a, src: '10.0.0.1' }), 'data']);
        const layer = new Ipv4View(viewOf(frame), 14);
        layer.id = next;
        layer.patchChecksum(4, id);
        const before = layer.ttl * 256 + layer.protocol;
        layer.ttl = b;
        layer.patchChecksum(8, before);
        expect(internetChecksum(frame.slice(14, 34))).toBe(0);
      }),
    );
  });
});

describe('the length of IPv4', () => {
  it('of 0 is the end of the frame, with a problem of its own', () => {
    const packet = parse(fixture('ipv4-length-0'));
    expect(packet.problems.map((p) => p.code)).toEqual(['IPV4_TOTAL_LENGTH_ZERO']);
    expect(packet.payload.length).toBe(16);
    expect(valuesOf(fixture('ipv4-length-0'), 'ip.len')).toEqual([44]);
  });

  it('under the header stops there', () => {
    const packet = parse(fixture('ipv4-length-under-header'));
    expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv4']);
    expect(packet.problems).toMatchObject([
      { code: 'IPV4_TOTAL_LENGTH_UNDER_HEADER', offset: 16, need: 20, have: 19 },
    ]);
  });

  it('past the end is a lie where all is there, and none where the capture was cut', () => {
    const lying = parse(fixture('ipv4-length-past-end'));
    expect(lying.problems).toMatchObject([
      { code: 'IPV4_TOTAL_LENGTH_PAST_END', offset: 16, need: 1000, have: 44 },
    ]);
    expect(lying.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv4', 'udp']);
    const cut = parse(fixture('cut-payload'), { wireLength: 58 });
    expect(cut.problems).toMatchObject([
      { code: 'CHECKSUM_UNVERIFIED', severity: 'info', snapLength: true },
    ]);
    expect(cut.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv4', 'udp']);
    expect(parse(fixture('cut-payload')).problems.map((p) => p.code)).toContain(
      'IPV4_TOTAL_LENGTH_PAST_END',
    );
  });
});

describe('fragments', () => {
  it('that come later carry no header, even where they look like one', () => {
    const packet = parse(fixture('ipv4-fragment-later'));
    expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv4']);
    expect(packet.payload.length).toBe(40);
    expect(packet.problems).toEqual([]);
  });

  it('that come first carry the header, whose length goes on elsewhere', () => {
    const packet = parse(fixture('ipv4-fragment-first'));
    expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv4', 'udp']);
    expect(codesOf(packet)).toEqual(['CHECKSUM_UNVERIFIED']);
  });

  it('that end past byte 65,535 are a problem', () => {
    expect(parse(fixture('ipv4-fragment-past-65535')).problems).toMatchObject([
      { code: 'IPV4_FRAGMENT_PAST_65535', offset: 20 },
    ]);
  });
});

describe('version and header length', () => {
  it('that are wrong make it no header: its bytes are payload', () => {
    for (const [name, code, offset] of [
      ['ipv4-version-5', 'IPV4_VERSION', 14],
      ['ipv4-ihl-4', 'IPV4_IHL_UNDER_5', 14],
      ['ipv4-ihl-past-end', 'IPV4_HEADER_CUT', 14],
      ['cut-ipv4', 'IPV4_HEADER_CUT', 14],
      ['ipv4-behind-86dd', 'IPV6_VERSION', 14],
    ] as const) {
      const packet = parse(fixture(name));
      expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet']);
      expect(packet.problems).toMatchObject([{ code, offset }]);
      expect(packet.payload).toEqual(fixture(name).slice(14));
    }
  });

  it('6 behind 0x0800 is IPv6, with a problem', () => {
    const packet = parse(fixture('ipv6-behind-0800'));
    expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv6', 'udp']);
    expect(packet.problems).toMatchObject([{ code: 'IP_VERSION_UNLIKE_TYPE', layer: 'ipv6' }]);
  });
});

describe('the pseudo-header', () => {
  it.each([
    ['looseSourceRoute', 4],
    ['strictSourceRoute', 8],
  ] as const)('ends at the last address of a %s (RFC 1122 §3.2.1.8)', (kind, pointer) => {
    const addresses = ['10.1.0.1', '203.0.113.9'];
    const frame = build([
      ethernet(),
      ipv4({ src: '192.0.2.1', dst: '198.51.100.2', options: [{ kind, pointer, addresses }] }),
      udp(),
      'data',
    ]);
    const at = 14 + 32;
    const datagram = frame.slice(at);
    const sum = (datagram[6] as number) * 256 + (datagram[7] as number);
    datagram.fill(0, 6, 8);
    const last = Uint8Array.of(203, 0, 113, 9);
    expect(sum).toBe(
      internetChecksum(pseudoHeader(frame.slice(26, 30), last, 17, datagram.length), datagram),
    );
  });

  it('is not looked for past the frame where the header length that was given is', () => {
    for (let ihl = 0; ihl < 16; ihl++) {
      const frame = build([ethernet(), ipv4({ ihl, src: '192.0.2.1' }), udp()]);
      expect(frame.length).toBe(42);
      expect(build(parse(frame).toSpec())).toEqual(frame);
    }
    expect(build([ipv4({ ihl: 15 })]).length).toBe(20);
  });

  it('ends at the header again once the route is used up', () => {
    const frame = build([
      ethernet(),
      ipv4({
        src: '192.0.2.1',
        dst: '198.51.100.2',
        options: [{ kind: 'looseSourceRoute', pointer: 8, addresses: ['10.1.0.1'] }],
      }),
      tcp(),
    ]);
    const segment = frame.slice(14 + 28);
    const sum = (segment[16] as number) * 256 + (segment[17] as number);
    segment.fill(0, 16, 18);
    const pseudo = pseudoHeader(frame.slice(26, 30), frame.slice(30, 34), 6, segment.length);
    expect(sum).toBe(internetChecksum(pseudo, segment));
  });
});
