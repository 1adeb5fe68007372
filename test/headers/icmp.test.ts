import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import {
  decodeIcmp,
  type IcmpInput,
  IcmpView,
  icmp,
  icmpProtocol,
} from '../../src/headers/icmp.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { LayerSpec } from '../../src/headers/layer-spec.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { address4, flag, messageContract, number } from '../support/messages.js';
import { valuesOf } from '../support/names.js';
import { codesOf } from '../support/problems.js';

const contract = {
  protocol: icmpProtocol,
  View: IcmpView,
  offset: 34,
  bytes: 8,
  computedNames: ['icmp.checksum.status', 'icmp.ident_le', 'icmp.seq_le', 'icmp.pref_level'],
};

messageContract({
  ...contract,
  fixture: 'icmp-echo',
  fields: { type: 8, code: 0, checksum: 0x542f, identifier: 0x1234, sequence: 7 },
  others: { identifier: number(16), sequence: number(16) },
});

messageContract({
  ...contract,
  fixture: 'icmp-fragmentation-needed',
  fields: { type: 3, code: 4, checksum: 0x570b, unused: 0, length: 0, mtu: 1400 },
  others: { unused: number(8), length: number(8), mtu: number(16) },
});

messageContract({
  ...contract,
  fixture: 'icmp-redirect',
  fields: { type: 5, code: 1, checksum: 0x9e5f, gateway: '192.0.2.254' },
  others: { gateway: address4 },
});

messageContract({
  ...contract,
  fixture: 'icmp-timestamp',
  bytes: 20,
  fields: {
    type: 13,
    code: 0,
    checksum: 0xdb84,
    identifier: 5,
    sequence: 6,
    originate: 1000,
    receive: 2000,
    transmit: 3000,
  },
  others: {
    identifier: number(16),
    sequence: number(16),
    originate: number(32),
    receive: number(32),
    transmit: number(32),
  },
});

messageContract({
  ...contract,
  fixture: 'icmp-router-advertisement',
  bytes: 24,
  fields: {
    type: 9,
    code: 0,
    checksum: 0x59ed,
    numAddresses: 2,
    addressWords: 2,
    lifetime: 1800,
    routers: [
      { address: '10.0.0.1', preference: 5 },
      { address: '10.0.0.2', preference: -(2 ** 31) },
    ],
  },
  others: {
    // Fewer addresses than are counted: the rest would not be read back.
    numAddresses: { good: [2, 3, 255], bad: [-1, 256, 'x'], setter: false },
    addressWords: { good: [2], bad: [-1, 256, 'x'], setter: false },
    lifetime: number(16),
    routers: {
      good: [[{ address: '10.0.0.1', preference: 2 ** 31 - 1 }]],
      bad: [5, [5], [{ address: 'x' }], [{ address: '10.0.0.1', preference: 2 ** 31 }]],
      setter: false,
    },
  },
});

messageContract({
  ...contract,
  fixture: 'icmp-extended-echo',
  bytes: 20,
  fields: {
    type: 42,
    code: 0,
    checksum: 0xcc1c,
    identifier: 0x1234,
    sequence: 7,
    reserved: 0,
    local: true,
    extension: Uint8Array.from([32, 0, 0, 0, 0, 8, 3, 1, 0x65, 0x74, 0x68, 0x30]),
  },
  others: {
    identifier: number(16),
    sequence: number(8),
    reserved: number(7),
    local: flag,
    extension: { good: [Uint8Array.of(1, 2)], bad: [5, 'x'], setter: false },
  },
});

messageContract({
  ...contract,
  fixture: 'icmp-unknown',
  bytes: 12,
  fields: {
    type: 200,
    code: 9,
    checksum: 0x6d07,
    rest: Uint8Array.from([1, 2, 3, 4, 0x62, 0x6f, 0x64, 0x79]),
  },
  others: { rest: { good: [new Uint8Array(0), Uint8Array.of(1)], bad: [5, 'x'], setter: false } },
});

const lan = ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' });
const ip = ipv4({ src: '192.0.2.1', dst: '198.51.100.2' });
const messageOf = (fields: IcmpInput, payload = new Uint8Array(0)) => {
  const layer = parse(build([lan, ip, icmp(fields), payload])).layer('icmp');
  if (layer === undefined) throw new Error('no ICMP layer');
  return decodeIcmp(layer);
};

describe('the fields of an ICMP message', () => {
  it('are those of its type, which has a name too', () => {
    expect(messageOf({})).toMatchObject({ type: 8, code: 0, identifier: 0, sequence: 0 });
    expect(messageOf({ type: 'redirect', gateway: '10.0.0.1' })).toMatchObject({ type: 5 });
    expect(messageOf({ type: 12, pointer: 20 })).toMatchObject({ pointer: 20, length: 0 });
    expect(messageOf({ type: 4, unused: 7 })).toMatchObject({ unused: 7 });
    expect(messageOf({ type: 'addressMaskReply', addressMask: '255.0.0.0' })).toMatchObject({
      addressMask: '255.0.0.0',
    });
    expect(messageOf({ type: 43, state: 2, active: true })).toMatchObject({
      state: 2,
      ipv4: false,
    });
  });

  it('are refused where the type has no such field, and the ones that it has are named', () => {
    const refused = (fields: IcmpInput) => () => build([lan, ip, icmp(fields)]);
    expect(refused({ type: 8, mtu: 5 })).toThrow(/icmp.mtu: .* it has identifier, sequence$/);
    expect(refused({ type: 200, mtu: 5 })).toThrow(/icmp.mtu: .* it has only rest$/);
    expect(refused({ rest: Uint8Array.of(1), sequence: 5 })).toThrow(/rest gives every byte/);
    expect(refused({ type: 'echo' as 'echoReply' })).toThrow(
      /none is named "echo"; there are echoReply/,
    );
  });

  it('end before timestamps that are not there, and before an address mask', () => {
    expect(messageOf({ type: 13, identifier: 1 })).toEqual({
      type: 13,
      code: 0,
      checksum: expect.any(Number) as number,
      identifier: 1,
      sequence: 0,
    });
    expect(messageOf({ type: 13, receive: 9 })).toMatchObject({ originate: 0, receive: 9 });
    expect(messageOf({ type: 17 }).addressMask).toBeUndefined();
  });

  it('are bytes where the message ends inside them, and unknown ones are', () => {
    const cut = parse(fixture('icmp-cut')).layer('icmp');
    expect(cut?.message).toEqual({ rest: Uint8Array.of(1, 2) });
    expect(cut?.quoteBytes).toBeUndefined();
    expect(() => cut?.set('identifier', 5)).toThrow(/has no field identifier/);
    expect(parse(fixture('icmp-cut')).problems).toMatchObject([
      { code: 'ICMP_MESSAGE_CUT', need: 8, have: 6 },
    ]);
    // Where the capture was cut there is nothing to say against the message.
    const snapped = parse(fixture('icmp-echo').slice(0, 40), { wireLength: 50 });
    expect(snapped.layer('icmp')?.message).toEqual({ rest: Uint8Array.of(0x12, 0x34) });
    expect(snapped.problems.filter((p) => p.layer === 'icmp' && p.code.startsWith('ICMP'))).toEqual(
      [],
    );
    expect(parse(fixture('icmp-echo').slice(0, 37)).broken?.protocol.name).toBe('icmp');
  });

  it('are set in place', () => {
    const frame = fixture('icmp-redirect');
    const layer = parse(frame).layer('icmp');
    layer?.set('gateway', '10.0.0.9');
    expect(parse(frame).layer('icmp')?.message.gateway).toBe('10.0.0.9');
    expect(() => layer?.set('gateway', 'x')).toThrow(/not an IPv4 address/);
  });

  it('leave entries of another size than two words to the payload', () => {
    const frame = fixture('icmp-router-advertisement');
    frame[39] = 3;
    const packet = parse(frame);
    expect(packet.layer('icmp')?.message.routers).toEqual([]);
    expect(packet.payload.length).toBe(16);
    expect(build(packet.toSpec())).toEqual(frame);
  });
});

describe('the checksum of an ICMP message', () => {
  const status = (frame: Uint8Array, options = {}) =>
    valuesOf(frame, 'icmp.checksum.status', options);

  it('is computed, and judged where the whole message is there', () => {
    const frame = build([lan, ip, icmp({ identifier: 1, sequence: 2 }), 'data']);
    expect(status(frame)).toEqual([1]);
    expect(parse(frame).layers[2]?.descriptor.derived).toContain('checksum');
    expect(status(fixture('icmp-checksum-bad'))).toEqual([0]);
    expect(status(frame.slice(0, -1), { wireLength: frame.length })).toEqual([2]);
    expect(status(fixture('icmp-in-fragment'))).toEqual([2]);
    expect(status(fixture('icmp-padded'))).toEqual([1]);
  });

  it('is written as it is given, and not judged in a quote', () => {
    const frame = build([lan, ip, icmp({ checksum: 5 })]);
    expect(parse(frame).layer('icmp')?.checksum).toBe(5);
    expect(build([lan, ip, icmp({ checksum: 'computed' })])).toEqual(build([lan, ip, icmp()]));
    expect(status(fixture('icmp-time-exceeded-icmp'))).toEqual([1, 2]);
  });

  it('covers the extension structure behind the quote', () => {
    const frame = fixture('icmp-extension-mpls');
    expect(status(frame)).toEqual([1]);
    const spec = parse(frame).toSpec();
    const layer = spec[2] as LayerSpec;
    expect(layer.fields).toEqual({ type: 11, code: 0, unused: 0, length: 32, reserved: 0 });
    expect(layer.trailer?.length).toBe(24);
    const [outer, network] = spec;
    const edited = new LayerSpec(layer.protocol, { ...layer.fields, code: 1 }, layer.trailer);
    const again = build([outer as LayerSpec, network as LayerSpec, edited, ...spec.slice(3)]);
    expect(status(again)).toEqual([1]);
  });
});

describe('the packet that an ICMP error quotes', () => {
  it('is layers of its own', () => {
    const packet = parse(fixture('icmp-unreachable-udp'));
    expect(packet.all('ipv4').map((l) => l.ttl)).toEqual([64, 1]);
    expect(packet.layer('udp')?.dstPort).toBe(33434);
    expect(packet.problems).toEqual([]);
  });

  it('is edited like any other, and only what is computed from it changes', () => {
    const frame = fixture('icmp-unreachable-udp');
    const spec = parse(frame).toSpec() as LayerSpec[];
    const quoted = spec[3] as LayerSpec;
    const edited = new LayerSpec(quoted.protocol, { ...quoted.fields, ttl: 2 });
    const changed = build([...spec.slice(0, 3), edited, ...spec.slice(4)]);
    const differ = [...changed].flatMap((byte, i) => (byte === frame[i] ? [] : [i]));
    // The ICMP checksum (36, 37) is over the quoted TTL (50) and its checksum (52): they cancel out.
    expect(differ.every((i) => [36, 37, 50, 52, 53].includes(i))).toBe(true);
    expect(differ).toContain(50);
    expect(parse(changed).problems).toEqual([]);
  });

  it('is not called too short, nor its checksum bad, where the error quotes its start', () => {
    const packet = parse(fixture('icmp-unreachable-8'));
    expect(packet.layers.map((l) => l.layer).at(-1)).toBe('udp');
    expect(codesOf(packet)).toEqual(['CHECKSUM_UNVERIFIED']);
    expect(valuesOf(fixture('icmp-unreachable-8'), 'udp.checksum.status')).toEqual([2]);
  });

  it('is built behind the message, and no other layer is', () => {
    const quote = [
      ipv4({ src: '198.51.100.2', dst: '203.0.113.9' }),
      udp({ dstPort: 9 }),
      'x',
    ] as const;
    const frame = build([lan, ip, icmp({ type: 3, code: 1 }), ...quote]);
    expect(parse(frame).layers.map((l) => l.layer)).toEqual([
      'ethernet',
      'ipv4',
      'icmp',
      'ipv4',
      'udp',
    ]);
    expect(() => build([lan, ip, icmp({ type: 3 }), udp()])).toThrow(
      /only the IP packet that it quotes/,
    );
    expect(() => build([lan, ip, icmp({ type: 8 }), ...quote])).toThrow(
      /no layer can follow a message of type 8/,
    );
  });

  it('may be an error that quotes an error: as deep as parse looks', () => {
    let parts: (LayerSpec | string)[] = [ip, icmp(), 'x'];
    for (let i = 0; i < 200; i++) parts = [ip, icmp({ type: 11 }), ...parts];
    const packet = parse(build([lan, ...parts]), { maxDepth: 64 });
    expect(packet.layers.length).toBe(64);
    expect(packet.problems.map((p) => p.code)).toContain('TOO_MANY_LAYERS');
  });

  it('ends where the length says, and the bytes behind it are the extension structure', () => {
    const frame = fixture('icmp-extension-mpls');
    const packet = parse(frame);
    expect(packet.layer('icmp')?.quoteBytes).toBe(128);
    expect(packet.trailer(2).length).toBe(24);
    const all = (name: string) => valuesOf(frame, name);
    expect(all('icmp.mpls.label')).toEqual([16001, 77]);
    expect(all('icmp.mpls.s')).toEqual([0, 1]);
    expect(all('icmp.ext.class')).toEqual([1, 9]);
    expect(all('icmp.ext.data')).toEqual([Uint8Array.of(1, 2, 3, 4)]);
    expect(all('icmp.length')).toEqual([32]);
    expect(all('icmp.unused')).toEqual([Uint8Array.of(0), Uint8Array.of(0, 0)]);
  });

  it('ends after 128 bytes where an old router gives no length', () => {
    expect(parse(fixture('icmp-extension-length-0')).trailer(2).length).toBe(16);
    // A quoted packet that is longer goes on to the end.
    const frame = fixture('icmp-extension-length-0');
    frame[45] = 200;
    expect(parse(frame).trailer(2).length).toBe(0);
  });

  it('has problems where length or extension are wrong', () => {
    const codes = (frame: Uint8Array) =>
      parse(frame)
        .problems.filter((p) => p.layer === 'icmp')
        .map((p) => p.code);
    expect(codes(fixture('icmp-extension-length-past-end'))).toEqual(['ICMP_LENGTH_PAST_END']);
    expect(codes(fixture('icmp-extension-object-0'))).toEqual(['ICMP_EXTENSION']);
    const frame = fixture('icmp-extension-mpls');
    frame[170] = 0x30;
    expect(codes(frame)).toEqual(['ICMP_EXTENSION', 'CHECKSUM_BAD']);
    frame[170] = 0x20;
    frame[185] = 1;
    expect(codes(frame)).toEqual(['ICMP_EXTENSION_CHECKSUM', 'CHECKSUM_BAD']);
    expect(valuesOf(frame, 'icmp.ext.checksum.status')).toEqual([0]);
    const short = build([lan, ip, icmp({ type: 11, length: 1 }), new Uint8Array(6)]);
    expect(codes(short)).toEqual(['ICMP_EXTENSION']);
    const measured = (name: string) =>
      parse(fixture(name)).problems.find((p) => p.layer === 'icmp');
    expect(measured('icmp-extension-length-past-end')).toMatchObject({
      offset: 39,
      need: 256,
      have: 34,
    });
    expect(measured('icmp-reserved-bits')?.offset).toBe(38);
    expect(measured('icmp-fragmentation-needed-mtu-0')?.offset).toBe(40);
    expect(parse(fixture('icmp-echo').slice(0, 37)).problems).toContainEqual(
      expect.objectContaining({ code: 'ICMP_HEADER_CUT', need: 4, have: 3 }),
    );
    expect(codes(fixture('icmp-fragmentation-needed-mtu-0'))).toEqual(['ICMP_MTU_ZERO']);
    for (const fields of [
      { type: 3, mtu: 5 },
      { type: 3, code: 4, mtu: 5, unused: 1 },
      { type: 4, unused: 1 },
      { type: 10, reserved: 1 },
      { type: 11, reserved: 1 },
      { type: 12, reserved: 1 },
    ]) {
      expect(codes(build([lan, ip, icmp(fields)]))).toEqual(['ICMP_RESERVED_BITS']);
    }
  });
});

describe('the line about an ICMP message', () => {
  const line = (fields: IcmpInput) => {
    const packet = parse(build([lan, ip, icmp(fields)]));
    return icmpProtocol.summary(packet.layer('icmp') as IcmpView, packet.place(2));
  };

  it('says what it is and the fields that matter', () => {
    expect(line({ identifier: 1, sequence: 2 })).toBe('Echo request id=0x0001 seq=2');
    expect(line({ type: 3, code: 4, mtu: 1400 })).toBe('Destination unreachable (code 4) MTU=1400');
    expect(line({ type: 5, gateway: '10.0.0.1' })).toBe('Redirect (code 0) to 10.0.0.1');
    expect(line({ type: 77, code: 1 })).toBe('Type 77 (code 1)');
  });
});
