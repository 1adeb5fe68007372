import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { OspfView, ospf, ospfProtocol } from '../../src/headers/ospf.js';
import { build } from '../../src/packet/build.js';
import { protocolsOf } from '../../src/packet/frame-names.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';
import { internetChecksum, pseudoHeader } from '../support/reference.js';

headerContract({
  protocol: ospfProtocol,
  View: OspfView,
  fixture: 'ospf',
  offset: 34,
  bytes: 16,
  fields: {
    version: 2,
    type: 1,
    length: 44,
    routerId: '1.1.1.1',
    areaId: '0.0.0.1',
    checksum: 0xfc9b,
    authType: 0,
  },
});

headerContract({
  protocol: ospfProtocol,
  View: OspfView,
  fixture: 'ospf-v3',
  offset: 54,
  bytes: 16,
  fields: {
    version: 3,
    type: 1,
    length: 36,
    routerId: '1.1.1.1',
    areaId: '0.0.0.0',
    checksum: 0xf89f,
    authType: 0x0300,
  },
});

const body = Uint8Array.from({ length: 28 }, (_, i) => i * 7);

function statusOf(frame: Uint8Array): unknown {
  const packet = parse(frame);
  const i = packet.layers.length - 1;
  const layer = packet.layers[i] as OspfView;
  return ospfProtocol.checksumStatus(layer, packet.places()[i] as never);
}

describe('the checksum of OSPF', () => {
  it('leaves out the authentication in version 2', () => {
    const frame = build([ethernet(), ipv4(), ospf(), body]);
    const header = frame.slice(34, 50);
    const wanted = internetChecksum(header.fill(0, 12, 14), body.slice(8));
    expect(parse(frame).layer('ospf')?.checksum).toBe(wanted);
    expect(statusOf(frame)).toBe(1);
    // Shorter than the authentication: only the header is summed.
    expect(statusOf(build([ethernet(), ipv4(), ospf(), body.slice(0, 3)]))).toBe(1);
  });

  it('is over a pseudo-header in version 3', () => {
    const frame = build([ethernet(), ipv6({ src: 'fe80::1' }), ospf({ version: 3 }), body]);
    const packet = frame.slice(54);
    const pseudo = pseudoHeader(frame.slice(22, 38), frame.slice(38, 54), 89, packet.length);
    const wanted = internetChecksum(pseudo, packet.slice().fill(0, 12, 14));
    expect(parse(frame).layer('ospf')?.checksum).toBe(wanted);
    expect(statusOf(frame)).toBe(1);
    // Without a carrier there is no pseudo-header to judge it by.
    const alone = build([ospf({ version: 3 }), body]);
    const layer = new OspfView(new DataView(alone.buffer));
    const place = { ...parse(frame).places()[2], end: alone.length, wireEnd: alone.length };
    expect(ospfProtocol.checksumStatus(layer, { ...place, pseudo: -1 } as never)).toBe(2);
  });

  it('is none in front of a keyed digest, which is behind the length', () => {
    const frame = fixture('ospf-keyed-digest');
    expect(statusOf(frame)).toBeUndefined();
    const packet = parse(frame);
    expect(packet.problems).toEqual([]);
    expect(packet.trailer(2).length).toBe(16);
    expect(build(packet.toSpec())).toEqual(frame);
    const built = build([ethernet(), ipv4(), ospf({ authType: 2 }), body]);
    expect(parse(built).layer('ospf')?.checksum).toBe(0);
  });

  it('is a problem where it is wrong, and kept', () => {
    const packet = parse(fixture('ospf-checksum-bad'));
    expect(packet.problems).toMatchObject([{ code: 'CHECKSUM_BAD', layer: 'ospf', offset: 46 }]);
    expect(build(packet.toSpec())).toEqual(fixture('ospf-checksum-bad'));
    expect(parse(fixture('ospf')).toSpec()[2]).not.toHaveProperty('fields.checksum');
  });

  it('is computed where that is asked for, and not judged where bytes are missing', () => {
    const parts: SpecPart[] = [ethernet(), ipv4(), ospf({ checksum: 'computed' }), body];
    expect(statusOf(build(parts))).toBe(1);
    expect(statusOf(fixture('ospf-length-past-end'))).toBe(2);
    const cut = fixture('ospf').slice(0, 60);
    const packet = parse(cut, { wireLength: 78 });
    expect(
      ospfProtocol.checksumStatus(packet.layer('ospf') as OspfView, packet.places()[2] as never),
    ).toBe(2);
  });
});

describe('OSPF', () => {
  it('has its length computed, and one that is given', () => {
    const lengthOf = (length?: number) =>
      parse(build([ethernet(), ipv4(), ospf(length === undefined ? {} : { length }), body])).layer(
        'ospf',
      )?.length;
    expect([lengthOf(), lengthOf(20)]).toEqual([44, 20]);
    expect(parse(build([ethernet(), ipv4(), ospf()])).layer('ipv4')?.protocol).toBe(89);
  });

  it('has a length that is wrong as a problem', () => {
    expect(parse(fixture('ospf-length-past-end')).problems).toMatchObject([
      { code: 'OSPF_LENGTH_PAST_END', field: 'length', offset: 36, need: 200, have: 44 },
      { code: 'CHECKSUM_UNVERIFIED', severity: 'info', offset: 46, need: 200, have: 44 },
    ]);
    expect(parse(fixture('ospf-length-under-header')).problems[0]).toMatchObject({
      code: 'OSPF_LENGTH_UNDER_HEADER',
      offset: 36,
    });
    expect(parse(fixture('cut-ospf')).problems).toMatchObject([
      { code: 'OSPF_HEADER_CUT', need: 16, have: 10 },
    ]);
  });

  it('has names of its version', () => {
    expect(valuesOf(fixture('ospf'), 'ospf.auth.type')).toEqual([0]);
    expect(valuesOf(fixture('ospf'), 'ospf.auth.none')).toEqual([new Uint8Array(8)]);
    expect(valuesOf(fixture('ospf-keyed-digest'), 'ospf.auth.none')).toEqual([]);
    expect(valuesOf(fixture('ospf'), 'ospf.instance_id')).toEqual([]);
    expect(valuesOf(fixture('ospf-v3'), 'ospf.instance_id')).toEqual([3]);
    expect(valuesOf(fixture('ospf-v3'), 'ospf.auth.type')).toEqual([]);
  });

  it('is its own to the end, and tells of itself in a line', () => {
    const packet = parse(fixture('ospf'));
    expect(protocolsOf(packet)).toBe('eth:ethertype:ip:ospf');
    const layer = packet.layer('ospf') as OspfView;
    expect(ospfProtocol.summary(layer, {} as never)).toBe('Version 2, type 1, router 1.1.1.1');
    expect(ospfProtocol.declared(layer)).toBe(44);
  });
});
