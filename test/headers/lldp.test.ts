import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { LldpView, lldp, lldpHeaderBytes, lldpProtocol } from '../../src/headers/lldp.js';
import type { LldpTlv } from '../../src/headers/lldp-tlvs.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const tlvs: readonly LldpTlv[] = [
  { kind: 'chassisId', subtype: 4, id: '02:00:00:00:00:01' },
  { kind: 'portId', subtype: 5, id: bytes('eth0') },
  { kind: 'ttl', seconds: 120 },
  { kind: 'portDescription', text: 'port 1' },
  { kind: 'systemName', text: 'switch' },
  { kind: 'systemDescription', text: 'A small switch' },
  { kind: 'capabilities', system: 0x14, enabled: 4 },
  { kind: 8, data: Uint8Array.of(5, 1, 10, 0, 0, 1, 2, 0, 0, 0, 7, 0) },
  { kind: 'organization', oui: 0x0080c2, subtype: 1, data: Uint8Array.of(0, 1) },
];

headerContract({
  protocol: lldpProtocol,
  View: LldpView,
  fixture: 'lldp',
  offset: 14,
  bytes: 82,
  fields: { tlvs },
  others: {
    tlvs: {
      good: [
        [],
        [{ kind: 'systemName', text: 'ä' }],
        [{ kind: 100, data: new Uint8Array(511) }],
        [{ kind: 'portId', subtype: 3, id: 'ff:ff:ff:ff:ff:ff' }],
        [{ kind: 0, data: bytes('end') }],
      ],
      bad: [
        5,
        {},
        [null],
        ['ttl'],
        [{ kind: 'name', text: 'x' }],
        [{ kind: 128, data: new Uint8Array(0) }],
        [{ kind: 1.5, data: new Uint8Array(0) }],
        [{ kind: 9 }],
        [{ kind: 9, data: 'text' }],
        [{ kind: 9, data: new Uint8Array(512) }],
        [{ kind: 'ttl', seconds: 65536 }],
        [{ kind: 'capabilities', system: 1, enabled: -1 }],
        [{ kind: 'chassisId', subtype: 256, id: new Uint8Array(1) }],
        [{ kind: 'chassisId', subtype: 4, id: 'here' }],
        [{ kind: 'organization', oui: 2 ** 24, subtype: 0, data: new Uint8Array(0) }],
        [{ kind: 'organization', oui: 1, subtype: 1 }],
        [{ kind: 'systemName' }],
      ],
      setter: false,
    },
  },
});

describe('LLDP', () => {
  it('gives all of its fixtures back, whatever their TLVs hold', () => {
    for (const name of ['lldp', 'lldp-network-address', 'lldp-odd']) {
      const packet = parse(fixture(name));
      expect(packet.problems).toEqual([]);
      expect(packet.toSpec()[1]).toMatchObject({ bytes: undefined });
      expect(build(packet.toSpec())).toEqual(fixture(name));
    }
  });

  it('keeps a TLV that is not in the form of its type as bytes', () => {
    const odd = parse(fixture('lldp-odd')).layer('lldp')?.tlvs;
    expect(odd).toEqual([
      { kind: 'chassisId', subtype: 1, id: Uint8Array.of(0xff, 0xfe) },
      { kind: 'portId', subtype: 3, id: '02:00:00:00:00:02' },
      { kind: 3, data: Uint8Array.of(0, 1, 0) },
      { kind: 100, data: bytes('?') },
      { kind: 0, data: bytes('ab') },
    ]);
    const kept = (type: number, data: Uint8Array) =>
      parse(build([ethernet(), lldp({ tlvs: [{ kind: type, data }] })])).layer('lldp')?.tlvs[0];
    for (const type of [1, 2, 7, 127]) {
      expect(kept(type, new Uint8Array(0))).toEqual({ kind: type, data: new Uint8Array(0) });
    }
    // Text that is not UTF-8 would come back as other bytes.
    const latin = Uint8Array.of(0x47, 0xe4);
    for (const type of [4, 5, 6]) expect(kept(type, latin)).toEqual({ kind: type, data: latin });
  });

  it('ends where its list does: what follows is padding of the frame', () => {
    const packet = parse(fixture('lldp-network-address'));
    expect(packet.payload.length).toBe(0);
    expect(packet.trailer(1)).toEqual(new Uint8Array(12));
  });

  it('is none without the end of its list', () => {
    expect(parse(fixture('cut-lldp')).problems).toMatchObject([
      { code: 'LLDP_LIST_CUT', layer: 'lldp', offset: 14 },
    ]);
    const empty = parse(build([ethernet({ type: 0x88cc })]));
    expect(empty.problems.map((p) => p.code)).toEqual(['LLDP_LIST_CUT']);
  });

  it('is led to by its EtherType, and is an empty list by default', () => {
    expect(lldpHeaderBytes({})).toBe(2);
    const frame = build([ethernet(), lldp()], { padTo: 60 });
    expect(parse(frame).layer('ethernet')?.type).toBe(0x88cc);
    expect(parse(frame).layer('lldp')?.tlvs).toEqual([]);
  });

  it('tells of itself in a line', () => {
    const line = (name: string) => {
      const layer = parse(fixture(name)).layer('lldp') as LldpView;
      return lldpProtocol.summary(layer, {} as never);
    };
    expect(line('lldp')).toBe('System switch');
    expect(line('lldp-network-address')).toBe('3 TLVs');
  });
});

describe('names', () => {
  it('have an id by what it is', () => {
    const of = (name: string, field: string) => valuesOf(fixture(name), field);
    expect(of('lldp', 'lldp.chassis.id.mac')).toEqual(['02:00:00:00:00:01']);
    expect(of('lldp', 'lldp.port.id')).toEqual(['eth0']);
    expect(of('lldp-network-address', 'lldp.chassis.id.ip4')).toEqual(['10.0.0.1']);
    expect(of('lldp-network-address', 'lldp.port.id.ip6')).toEqual(['2001:db8::1']);
    expect(of('lldp-odd', 'lldp.chassis.id')).toEqual([Uint8Array.of(0xff, 0xfe)]);
    expect(of('lldp-odd', 'lldp.port.id.mac')).toEqual(['02:00:00:00:00:02']);
  });

  it('pass over ids and numbers that are too short', () => {
    const frame = build([
      ethernet(),
      lldp({
        tlvs: [
          { kind: 1, data: new Uint8Array(0) },
          { kind: 1, data: Uint8Array.of(5) },
          { kind: 1, data: Uint8Array.of(5, 9, 1, 2) },
          { kind: 7, data: Uint8Array.of(1) },
        ],
      }),
    ]);
    expect(valuesOf(frame, 'lldp.chassis.subtype')).toEqual([5, 5]);
    expect(valuesOf(frame, 'lldp.chassis.id')).toEqual([new Uint8Array(0), Uint8Array.of(9, 1, 2)]);
    expect(valuesOf(frame, 'lldp.tlv.system_cap')).toEqual([]);
    expect(valuesOf(frame, 'lldp.tlv.system_cap.router')).toEqual([]);
  });

  it('have each capability', () => {
    expect(valuesOf(fixture('lldp'), 'lldp.tlv.system_cap.router')).toEqual([1]);
    expect(valuesOf(fixture('lldp'), 'lldp.tlv.enable_system_cap.router')).toEqual([0]);
    expect(valuesOf(fixture('lldp'), 'lldp.tlv.enable_system_cap.bridge')).toEqual([1]);
  });
});
