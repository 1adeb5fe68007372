import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import {
  decodeIcmpv6,
  type Icmpv6Input,
  Icmpv6View,
  icmpv6,
  icmpv6Protocol,
} from '../../src/headers/icmpv6.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import type { LayerSpec } from '../../src/headers/layer-spec.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { address6, flag, messageContract, number } from '../support/messages.js';
import { valuesOf } from '../support/names.js';

const contract = {
  protocol: icmpv6Protocol,
  View: Icmpv6View,
  offset: 54,
  computedNames: ['icmpv6.checksum.status', 'icmpv6.mld.maximum_response_code'],
};

messageContract({
  ...contract,
  fixture: 'icmpv6-echo',
  bytes: 8,
  fields: { type: 128, code: 0, checksum: 0x806f, identifier: 0x1234, sequence: 7 },
  others: { identifier: number(16), sequence: number(16) },
});

messageContract({
  ...contract,
  fixture: 'icmpv6-too-big',
  bytes: 8,
  fields: { type: 2, code: 0, checksum: 0x36fd, mtu: 1280 },
  others: { mtu: number(32) },
});

messageContract({
  ...contract,
  fixture: 'icmpv6-unreachable',
  bytes: 8,
  fields: { type: 1, code: 4, checksum: 0x321e, length: 0, reserved: 0 },
  others: { length: number(8), reserved: number(24) },
});

messageContract({
  ...contract,
  fixture: 'icmpv6-neighbor-advertisement',
  bytes: 32,
  fields: {
    type: 136,
    code: 0,
    checksum: 0x6860,
    router: true,
    solicited: true,
    override: true,
    reserved: 0,
    target: '2001:db8::2',
    options: [{ kind: 'targetLinkLayerAddress', value: '02:00:00:00:00:02' }],
  },
  others: {
    router: flag,
    solicited: flag,
    override: flag,
    reserved: number(29),
    target: address6,
    options: {
      good: [[], [{ kind: 'mtu', value: 1500 }], [{ kind: 200, data: new Uint8Array(14) }]],
      bad: [5, [5], [{ kind: 'none' }], [{ kind: 'mtu', value: -1 }], [{ kind: 256, data: 1 }]],
      setter: false,
    },
  },
});

messageContract({
  ...contract,
  fixture: 'icmpv6-mld2-query',
  bytes: 60,
  fields: {
    type: 130,
    code: 0,
    checksum: 0x98ed,
    maxResponse: 0x8123,
    reserved: 0,
    group: 'ff02::fb',
    reservedFlags: 0,
    suppress: true,
    robustness: 2,
    queryInterval: 125,
    numSources: 2,
    sources: ['2001:db8::1', '2001:db8::2'],
  },
  others: {
    maxResponse: number(16),
    reserved: number(16),
    group: address6,
    reservedFlags: number(4),
    suppress: flag,
    robustness: number(3),
    queryInterval: number(8),
    numSources: { good: [2, 3, 65535], bad: [-1, 65536], setter: false },
    sources: { good: [['::1']], bad: [5, ['x'], [5]], setter: false },
  },
});

messageContract({
  ...contract,
  fixture: 'icmpv6-mld2-report',
  bytes: 68,
  fields: {
    type: 143,
    code: 0,
    checksum: 0x634a,
    reserved: 0,
    numRecords: 2,
    records: [
      { type: 4, group: 'ff02::fb', sources: [], aux: new Uint8Array(0) },
      {
        type: 5,
        group: 'ff02::1:2',
        sources: ['2001:db8::1'],
        aux: Uint8Array.from([0x61, 0x75, 0x78, 0x64]),
      },
    ],
  },
  others: {
    reserved: number(16),
    numRecords: { good: [2, 3], bad: [-1, 65536], setter: false },
    records: {
      good: [[{ type: 1, group: '::1', sources: ['::2', '::3'], aux: new Uint8Array(0) }]],
      bad: [
        5,
        [5],
        [{ group: 'x' }],
        [{ type: 256, group: '::' }],
        [{ aux: new Uint8Array(3) }],
        [{ aux: 5 }],
        [{ sources: 5 }],
        [{ sources: ['x'] }],
      ],
      setter: false,
    },
  },
});

messageContract({
  ...contract,
  fixture: 'icmpv6-rpl',
  bytes: 28,
  fields: {
    type: 155,
    code: 1,
    checksum: 0xe291,
    rest: Uint8Array.from({ length: 24 }, (_, i) => i),
  },
  others: { rest: { good: [new Uint8Array(0), Uint8Array.of(1)], bad: [5, 'x'], setter: false } },
});

const lan = ethernet({ src: '02:00:00:00:00:01', dst: '33:33:00:00:00:01' });
const ip = ipv6({ src: 'fe80::1', dst: 'ff02::1', hopLimit: 255 });
const messageOf = (fields: Icmpv6Input) => {
  const layer = parse(build([lan, ip, icmpv6(fields)])).layer('icmpv6');
  if (layer === undefined) throw new Error('no ICMPv6 layer');
  return decodeIcmpv6(layer);
};
const codes = (frame: Uint8Array, options = {}) =>
  parse(frame, options)
    .problems.filter((p) => p.layer === 'icmpv6')
    .map((p) => p.code);

describe('the fields of an ICMPv6 message', () => {
  it('are those of its type, which has a name too', () => {
    expect(messageOf({})).toMatchObject({ type: 128, identifier: 0 });
    expect(messageOf({ type: 'parameterProblem', pointer: 6 })).toMatchObject({ pointer: 6 });
    expect(messageOf({ type: 'routerSolicitation' })).toMatchObject({ reserved: 0, options: [] });
    expect(
      messageOf({ type: 'routerAdvertisement', managed: true, preference: 3, lifetime: 1800 }),
    ).toMatchObject({ managed: true, other: false, preference: 3, lifetime: 1800 });
    expect(messageOf({ type: 'redirect', target: '::1', destination: '::2' })).toMatchObject({
      target: '::1',
      destination: '::2',
    });
    expect(messageOf({ type: 160, local: true })).toMatchObject({ local: true });
    expect(messageOf({ type: 161, state: 2 })).toMatchObject({ state: 2 });
    expect(() => messageOf({ type: 135, mtu: 5 })).toThrow(/it has reserved, target, options/);
  });

  it('are those of a query of MLDv2 where one of its fields is given', () => {
    expect(messageOf({ type: 130, group: 'ff02::1' })).not.toHaveProperty('sources');
    expect(messageOf({ type: 130, robustness: 2 })).toMatchObject({ numSources: 0, sources: [] });
    expect(messageOf({ type: 131, group: 'ff02::1' })).toMatchObject({ group: 'ff02::1' });
    expect(messageOf({ type: 143, records: [{ group: 'ff02::1' }] })).toMatchObject({
      numRecords: 1,
      records: [{ type: 1, group: 'ff02::1', sources: [] }],
    });
  });

  it('are bytes where the message ends inside them', () => {
    const cut = parse(fixture('icmpv6-neighbor-cut')).layer('icmpv6');
    expect(cut?.message).toEqual({ rest: new Uint8Array(12) });
    expect(codes(fixture('icmpv6-neighbor-cut'))).toEqual(['ICMPV6_MESSAGE_CUT']);
    const frame = fixture('icmpv6-neighbor-solicitation');
    const snapped = parse(frame.slice(0, 70), { wireLength: frame.length });
    expect(snapped.layer('icmpv6')?.message.rest?.length).toBe(12);
    expect(codes(frame.slice(0, 70), { wireLength: frame.length })).not.toContain(
      'ICMPV6_MESSAGE_CUT',
    );
    expect(parse(frame.slice(0, 57)).broken?.protocol.name).toBe('icmpv6');
  });

  it('are set in place', () => {
    const frame = fixture('icmpv6-neighbor-advertisement');
    const layer = parse(frame).layer('icmpv6');
    layer?.set('target', '2001:db8::99');
    layer?.set('override', false);
    expect(parse(frame).layer('icmpv6')?.message).toMatchObject({
      target: '2001:db8::99',
      override: false,
      router: true,
    });
    expect(() => layer?.set('target', '10.0.0.1')).toThrow(/not an IPv6 address/);
    expect(() => layer?.set('options', [])).toThrow(/no field options to set/);
  });

  it('leave what their counts do not count, and say where too much is counted', () => {
    const report = fixture('icmpv6-mld2-report');
    report[61] = 1;
    const packet = parse(report);
    expect(packet.layer('icmpv6')?.message.records?.length).toBe(1);
    expect(packet.payload.length).toBe(40);
    expect(build(packet.toSpec())).toEqual(report);
    expect(codes(fixture('icmpv6-mld2-report-count'))).toEqual(['ICMPV6_COUNT_PAST_END']);
    const query = fixture('icmpv6-mld2-query');
    query[81] = 3;
    expect(codes(query)).toEqual(['ICMPV6_COUNT_PAST_END', 'CHECKSUM_BAD']);
    // Half a record is no record.
    const whole = fixture('icmpv6-mld2-report');
    expect(parse(whole.slice(0, 70)).layer('icmpv6')?.message.records).toEqual([]);
  });
});

describe('the checksum of an ICMPv6 message', () => {
  const status = (frame: Uint8Array, options = {}) =>
    valuesOf(frame, 'icmpv6.checksum.status', options);

  it('covers the pseudo-header, and the extension structure behind a quote', () => {
    const frame = build([lan, ip, icmpv6({ identifier: 1 }), 'odd']);
    expect(status(frame)).toEqual([1]);
    frame[23] = 9;
    expect(status(frame)).toEqual([0]);
    expect(status(fixture('icmpv6-extension'))).toEqual([1]);
    expect(parse(fixture('icmpv6-extension')).trailer(2).length).toBe(16);
  });

  it('is not judged where bytes are missing, in a quote, or without a pseudo-header', () => {
    const frame = fixture('icmpv6-echo');
    expect(status(frame.slice(0, -1), { wireLength: frame.length })).toEqual([2]);
    expect(status(fixture('icmpv6-time-exceeded'))).toEqual([1, 2]);
    const bare = build([icmpv6({ checksum: 7 })]);
    expect([bare[2], bare[3]]).toEqual([0, 7]);
    const computed = build([icmpv6()]);
    expect([computed[2], computed[3]]).toEqual([0, 0]);
    const alone = new Icmpv6View(new DataView(bare.buffer));
    const place = { ...parse(frame).place(2), pseudo: -1 };
    expect(icmpv6Protocol.checksumStatus(alone, place)).toBe(2);
    const name = icmpv6Protocol.names.find((one) => one.name === 'icmpv6.checksum.status');
    const values: unknown[] = [];
    name?.each(alone, place, (value) => values.push(value));
    expect(values).toEqual([2]);
  });
});

describe('the packet that an ICMPv6 error quotes', () => {
  it('is layers of its own, and ends where the length says', () => {
    const packet = parse(fixture('icmpv6-extension'));
    expect(packet.layers.map((l) => l.layer)).toEqual([
      'ethernet',
      'ipv6',
      'icmpv6',
      'ipv6',
      'udp',
    ]);
    expect(packet.problems).toEqual([]);
    expect(valuesOf(fixture('icmpv6-extension'), 'icmpv6.length')).toEqual([17]);
    expect(valuesOf(fixture('icmpv6-extension'), 'icmp.mpls.label')).toEqual([16001, 77]);
    expect(build([lan, ip, icmpv6({ type: 1 }), ipv6(), udp()]).length).toBe(14 + 40 + 8 + 40 + 8);
    expect(() => build([lan, ip, icmpv6({ type: 1 }), udp()])).toThrow(/only the IP packet/);
    expect(() => build([lan, ip, icmpv6({ type: 135 }), ipv6()])).toThrow(/no layer can follow/);
  });

  it('has problems where the length or the MTU is wrong', () => {
    const frame = fixture('icmpv6-extension');
    frame[58] = 200;
    expect(codes(frame)).toEqual(['ICMPV6_LENGTH_PAST_END', 'CHECKSUM_BAD']);
    frame[58] = 16;
    expect(codes(frame)).toContain('ICMPV6_EXTENSION');
    const bad = fixture('icmpv6-extension');
    bad[213] = 1;
    expect(codes(bad)).toContain('ICMPV6_EXTENSION_CHECKSUM');
    expect(parse(fixture('icmpv6-too-big-mtu-0')).problems).toMatchObject([
      { code: 'ICMPV6_MTU_UNDER_1280', need: 1280, have: 0 },
    ]);
  });
});

describe('options of neighbour discovery', () => {
  const options = (name: string) => parse(fixture(name)).layer('icmpv6')?.message.options;

  it('are read by type', () => {
    expect(options('icmpv6-router-advertisement')).toEqual([
      { kind: 'sourceLinkLayerAddress', value: '02:00:00:00:00:01' },
      { kind: 'mtu', value: 1500 },
      {
        kind: 'prefixInformation',
        prefixLength: 64,
        onLink: true,
        autonomous: true,
        router: false,
        validLifetime: 86400,
        preferredLifetime: 14400,
        prefix: '2001:db8::',
      },
      {
        kind: 'routeInformation',
        prefixLength: 48,
        preference: 1,
        lifetime: 600,
        prefix: '2001:db8:7::',
      },
      { kind: 'recursiveDnsServers', lifetime: 300, servers: ['2001:db8::1', '2001:db8::2'] },
      { kind: 'dnsSearchList', lifetime: 300, domains: ['example.com', 'lab.example.org'] },
      { kind: 'captivePortal', value: 'https://example.com/api/x' },
      { kind: 'nonce', value: Uint8Array.from([0x6e, 0x6f, 0x6e, 0x63, 0x65, 0x21]) },
      { kind: 200, data: Uint8Array.from([0x61, 0x62, 0x63, 0x64, 0x65, 0x66]) },
    ]);
    expect(options('icmpv6-redirect')?.map((o) => o.kind)).toEqual([
      'targetLinkLayerAddress',
      'redirectedHeader',
    ]);
  });

  it('are kept as type and bytes where they are not in their form', () => {
    expect(options('icmpv6-option-odd')?.map((o) => o.kind)).toEqual([
      5,
      5,
      3,
      24,
      'recursiveDnsServers',
      31,
      1,
    ]);
    const frame = fixture('icmpv6-option-odd');
    expect(build(parse(frame).toSpec())).toEqual(frame);
  });

  it('stop where a length is 0 or past the end: the rest is raw, with a problem', () => {
    expect(options('icmpv6-option-length-0')?.map((o) => o.kind)).toEqual([
      'sourceLinkLayerAddress',
      'raw',
    ]);
    expect(options('icmpv6-option-past-end')?.map((o) => o.kind)).toEqual(['raw']);
    for (const name of ['icmpv6-option-length-0', 'icmpv6-option-past-end']) {
      expect(codes(fixture(name))).toEqual(['ICMPV6_OPTION_LENGTH']);
      expect(build(parse(fixture(name)).toSpec())).toEqual(fixture(name));
    }
    const kind = icmpv6Protocol.problems.find((p) => p.code === 'ICMPV6_OPTION_LENGTH');
    const frame = fixture('icmpv6-option-length-0');
    const view = new DataView(frame.buffer);
    expect(kind?.find?.(view, 54, frame.length)).toEqual({ offset: 86, bytes: 8 });
  });

  it('are written with what is absent as 0', () => {
    const written = (option: unknown) => {
      const { options: read } = messageOf({ type: 133, options: [option as never] });
      return read?.[0];
    };
    expect(written({ kind: 'prefixInformation', prefix: '2001:db8::' })).toMatchObject({
      prefixLength: 64,
      onLink: false,
      validLifetime: 0,
    });
    expect(written({ kind: 'routeInformation', prefix: '::' })).toMatchObject({ prefixLength: 0 });
    expect(
      written({ kind: 'routeInformation', prefixLength: 128, prefix: '2001:db8::1' }),
    ).toMatchObject({ prefix: '2001:db8::1' });
    expect(written({ kind: 'recursiveDnsServers', servers: ['::1'] })).toMatchObject({
      lifetime: 0,
    });
    expect(written({ kind: 'dnsSearchList', domains: ['a.b'] })).toMatchObject({
      domains: ['a.b'],
    });
    expect(written({ kind: 'raw', data: new Uint8Array(8) })).toEqual({
      kind: 'raw',
      data: new Uint8Array(8),
    });
  });

  it('are refused where a value is wrong', () => {
    const refused = (option: unknown) => () => messageOf({ type: 133, options: [option as never] });
    expect(refused({ kind: 'sourceLinkLayerAddress', value: 'x' })).toThrow(/not a MAC address/);
    expect(refused({ kind: 'captivePortal', value: 5 })).toThrow(/not a URI/);
    expect(refused({ kind: 'dnsSearchList', domains: [''] })).toThrow(/not a domain name/);
    expect(refused({ kind: 'dnsSearchList', domains: [5] })).toThrow(/not a domain name/);
    expect(refused({ kind: 'dnsSearchList', domains: ['a..b'] })).toThrow(/not a domain name/);
    expect(refused({ kind: 'nonce', value: new Uint8Array(3000) })).toThrow(/at most 2040/);
    expect(refused({ kind: 'mtus' })).toThrow(
      /"mtus" is not the kind of an option; there are source/,
    );
    expect(refused(null)).toThrow(/not an option/);
    expect(refused({ kind: 'raw' })).toThrow(/not bytes/);
  });

  it('are kept as bytes where a name in a search list does not end', () => {
    const names = [
      [1, 0x61, 0, 0x40, 0, 0],
      [6, 0x61, 0x61, 0x61, 0x61, 0x61],
      [1, 0x61, 1, 0x61, 1, 0x61],
    ];
    for (const name of names) {
      const data = Uint8Array.from([0, 0, 0, 0, 0, 9, ...name, 0, 0]);
      const frame = build([lan, ip, icmpv6({ type: 133, options: [{ kind: 31, data }] })]);
      const layer = parse(frame).layer('icmpv6');
      expect(build(parse(frame).toSpec())).toEqual(frame);
      expect(layer?.message.options).toHaveLength(1);
    }
  });

  it('have names for what they hold, as far as it is there', () => {
    const of = (name: string, field: string) => valuesOf(fixture(name), `icmpv6.opt.${field}`);
    const advertisement = 'icmpv6-router-advertisement';
    expect(of(advertisement, 'linkaddr')).toEqual(['02:00:00:00:00:01']);
    expect(of(advertisement, 'prefix')).toEqual(['2001:db8::', '2001:db8:7::']);
    expect(of(advertisement, 'rdnss')).toEqual(['2001:db8::1', '2001:db8::2']);
    expect(of(advertisement, 'dnssl')).toEqual(['example.com', 'lab.example.org']);
    expect(of(advertisement, 'captive_portal')).toEqual(['https://example.com/api/x']);
    expect(of(advertisement, 'nonce')).toEqual([
      Uint8Array.from([...'nonce!'].map((c) => c.charCodeAt(0))),
    ]);
    expect(of('icmpv6-option-odd', 'src_linkaddr')).toEqual(['0000000000000000']);
    expect(of('icmpv6-option-odd', 'prefix')).toEqual([]);
    expect(of('icmpv6-option-odd', 'prefix.preferred_lifetime')).toEqual([]);
    expect(of('icmpv6-option-odd', 'dnssl')).toEqual([]);
    expect(of('icmpv6-echo', 'type')).toEqual([]);
  });

  it('make a list that ends, however many there are', () => {
    const many = Array.from({ length: 8000 }, () => ({ kind: 'mtu', value: 1500 }) as const);
    const frame = build([lan, ip, icmpv6({ type: 134, options: many })]);
    const started = performance.now();
    expect(parse(frame).layer('icmpv6')?.message.options?.length).toBe(8000);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('are edited one at a time: the checksum follows', () => {
    const spec = parse(fixture('icmpv6-router-advertisement')).toSpec() as LayerSpec[];
    const fields = (spec[2] as LayerSpec).fields as Icmpv6Input;
    const edited = icmpv6({ ...fields, options: [{ kind: 'mtu', value: 1400 }] });
    const frame = build([spec[0] as LayerSpec, spec[1] as LayerSpec, edited]);
    expect(valuesOf(frame, 'icmpv6.opt.mtu')).toEqual([1400]);
    expect(valuesOf(frame, 'icmpv6.checksum.status')).toEqual([1]);
  });
});

describe('the line about an ICMPv6 message', () => {
  const line = (fields: Icmpv6Input) => {
    const packet = parse(build([lan, ip, icmpv6(fields)]));
    return icmpv6Protocol.summary(packet.layer('icmpv6') as Icmpv6View, packet.place(2));
  };

  it('says what it is and the fields that matter', () => {
    expect(line({ identifier: 1, sequence: 2 })).toBe('Echo request id=0x0001 seq=2');
    expect(line({ type: 2, mtu: 1400 })).toBe('Packet too big (code 0) MTU=1400');
    expect(line({ type: 135, target: 'fe80::2' })).toBe('Neighbor solicitation fe80::2');
    expect(line({ type: 131, group: 'ff02::fb' })).toBe('Multicast listener report ff02::fb');
    expect(line({ type: 200, code: 2 })).toBe('Type 200 (code 2)');
  });
});
