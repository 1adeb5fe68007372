import { describe, expect, it } from 'vitest';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { LoopbackView, loopback, loopbackProtocol } from '../../src/headers/loopback.js';
import { build } from '../../src/packet/build.js';
import { protocolsOf } from '../../src/packet/frame-names.js';
import { parse } from '../../src/packet/parse.js';
import { fixture, linkTypeOf } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

const littleEndian = { good: [true, false], bad: [2, 'yes', {}], setter: false };

headerContract({
  protocol: loopbackProtocol,
  View: LoopbackView,
  fixture: 'loopback-big-endian',
  offset: 0,
  bytes: 4,
  fields: { family: 30, littleEndian: false },
  others: { littleEndian },
  eitherOrder: ['family'],
});

const found = (name: string) => parse(fixture(name), { linkType: linkTypeOf(name) });

describe('a loopback header', () => {
  it('is read in either byte order, on both link types', () => {
    expect(found('loopback').layer('loopback')).toMatchObject({ family: 2, littleEndian: true });
    expect(found('loopback-big-endian').layer('loopback')).toMatchObject({
      family: 30,
      littleEndian: false,
    });
    expect(found('loop').layer('loopback')).toMatchObject({ family: 24, littleEndian: false });
    for (const name of ['loopback', 'loopback-big-endian', 'loop', 'loopback-unknown']) {
      const packet = found(name);
      expect(build(packet.toSpec())).toEqual(fixture(name));
      expect(packet.toSpec()[0]).not.toHaveProperty('fields.bytes');
    }
  });

  it('keeps its byte order when the family is set', () => {
    for (const name of ['loopback', 'loopback-big-endian']) {
      const view = new LoopbackView(new DataView(fixture(name).buffer));
      const before = view.littleEndian;
      view.family = 28;
      expect([view.family, view.littleEndian]).toEqual([28, before]);
    }
  });

  it.each([24, 28, 30, 0x86dd])('leads to IPv6 by the family %i', (family) => {
    for (const order of [true, false]) {
      const frame = build([loopback({ family, littleEndian: order }), ipv6()]);
      expect(parse(frame, { linkType: 0 }).layer('ipv6')).toBeDefined();
    }
  });

  it('leads nowhere by another family, or by a number that is none', () => {
    for (const family of [0, 10, 99, 0x10000000]) {
      const packet = parse(build([loopback({ family }), ipv4()]), { linkType: 0 });
      expect(packet.layers.length, String(family)).toBe(1);
    }
  });

  it('has the family of what follows, in network byte order', () => {
    const family = (part: ReturnType<typeof ipv4> | ReturnType<typeof ipv6>) =>
      build([loopback(), part]).slice(0, 4);
    expect(family(ipv4())).toEqual(Uint8Array.of(0, 0, 0, 2));
    expect(family(ipv6())).toEqual(Uint8Array.of(0, 0, 0, 30));
    expect(build([loopback()])).toEqual(new Uint8Array(4));
  });

  it('is named as a family, or as a type where it is an EtherType', () => {
    const of = (name: string, field: string) => valuesOf(fixture(name), field, { linkType: 0 });
    expect(of('loopback', 'null.family')).toEqual([2]);
    expect(of('loopback', 'null.type')).toEqual([]);
    expect(of('loopback-ethertype', 'null.family')).toEqual([]);
    expect(of('loopback-ethertype', 'null.type')).toEqual([0x0800]);
    expect(protocolsOf(found('loopback'))).toBe('null:ip:udp:data');
    const layer = found('loopback').layers[0] as LoopbackView;
    expect(loopbackProtocol.summary(layer, {} as never)).toBe('Family 2');
  });
});

describe('a cut loopback header', () => {
  it('is none, and says how many bytes it needs', () => {
    expect(found('cut-loopback').problems).toMatchObject([
      { code: 'LOOPBACK_HEADER_CUT', need: 4, have: 2 },
    ]);
  });

  it('of a family over 16 bits is named as one', () => {
    const frame = build([loopback({ family: 0x12345678 })]);
    expect(valuesOf(frame, 'null.family', { linkType: 108 })).toEqual([0x12345678]);
  });
});

describe('raw IP', () => {
  it.each([12, 14, 101])('is read by the link type %i, either version', (linkType) => {
    const packet = parse(fixture('raw-old'), { linkType });
    expect(packet.layers.map((layer) => layer.layer)).toEqual(['ipv4', 'udp']);
    expect(protocolsOf(packet)).toBe('raw:ip:udp:data');
    expect(parse(build([ipv6()]), { linkType }).layers[0]?.layer).toBe('ipv6');
  });
});
