import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { GreView, gre, greProtocol } from '../../src/headers/gre.js';
import { type GreInput, nvgreKey, pptpKey } from '../../src/headers/gre-fields.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { build } from '../../src/packet/build.js';
import type { Packet } from '../../src/packet/packet.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

const word = { good: [0, 1, 0xffffffff], bad: [-1, 2 ** 32, '1', 1.5], setter: false };
headerContract({
  protocol: greProtocol,
  View: GreView,
  fixture: 'gre-all',
  offset: 34,
  bytes: 32,
  fields: {
    checksumPresent: true,
    routingPresent: true,
    keyPresent: true,
    sequencePresent: true,
    strictSourceRoute: true,
    recursion: 3,
    ackPresent: true,
    reserved: 15,
    version: 1,
    protocol: 0x880b,
    checksum: 0x70ad,
    routingOffset: 4,
    key: 0x00040009,
    sequence: 7,
    ack: 6,
    routing: Uint8Array.of(8, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0),
  },
  others: {
    checksum: { good: [0, 0xffff], bad: [-1, 0x10000, '1', 'good'], setter: false },
    routingOffset: { good: [0, 0xffff], bad: [-1, 0x10000, '1'], setter: false },
    key: word,
    sequence: word,
    ack: word,
    routing: { good: [new Uint8Array(4), new Uint8Array(40)], bad: [5, '00', [1]], setter: false },
  },
  fixed: [
    'checksumPresent',
    'routingPresent',
    'keyPresent',
    'sequencePresent',
    'ackPresent',
    'protocol',
  ],
});

const frameOf = (fields: GreInput, ...behind: SpecPart[]): Uint8Array =>
  build([ethernet(), ipv4(), gre(fields), ...behind]);
const packetOf = (fields: GreInput, ...behind: SpecPart[]): Packet =>
  parse(frameOf(fields, ...behind));
const fieldsOf = (name: string): unknown =>
  (parse(fixture(name)).toSpec()[2] as { fields: unknown }).fields;

describe('the optional parts of GRE', () => {
  it('have their bits computed from what is given', () => {
    const layer = packetOf({ key: 1, sequence: 2 }, ipv4()).layer('gre');
    expect(layer).toMatchObject({
      headerEnd: 34 + 12,
      checksumPresent: false,
      keyPresent: true,
      sequencePresent: true,
      ackPresent: false,
      version: 0,
      protocol: 0x0800,
      key: 1,
      sequence: 2,
    });
    expect(layer?.checksum).toBeUndefined();
    expect(layer?.routing).toBeUndefined();
    expect(layer?.ack).toBeUndefined();
  });

  it('are there as 0 where only the bit is given', () => {
    const layer = packetOf({ keyPresent: true, sequencePresent: true }, ipv4()).layer('gre');
    expect(layer).toMatchObject({ headerEnd: 46, key: 0, sequence: 0 });
    const routed = packetOf({ routingPresent: true }, ipv4()).layer('gre');
    expect(routed).toMatchObject({ headerEnd: 46, checksum: 0, routingOffset: 0 });
    expect(routed?.routing).toEqual(new Uint8Array(4));
    const acked = packetOf({ ackPresent: true, protocol: 0x880b }).layer('gre');
    expect(acked).toMatchObject({ headerEnd: 42, ack: 0 });
  });

  it('are kept with a bit that denies them: the parser sees payload', () => {
    const packet = packetOf({ keyPresent: false, key: 0x45000000 });
    expect(packet.layer('gre')).toMatchObject({ headerEnd: 38, keyPresent: false });
    expect(packet.payload).toEqual(Uint8Array.of(0x45, 0, 0, 0));
  });

  it('make it PPTP where there is an acknowledgment', () => {
    const layer = packetOf({ key: pptpKey(4, 9), sequence: 7, ack: 6 }, new Uint8Array(4));
    expect(layer.layer('gre')).toMatchObject({ version: 1, protocol: 0x880b, ack: 6, key: 262153 });
    expect(layer.problems).toEqual([]);
    expect(packetOf({ version: 1, key: 9 }).layer('gre')?.protocol).toBe(0x880b);
  });

  it('stay what they are in a spec, and no longer than needed', () => {
    expect(fieldsOf('gre')).toEqual({ strictSourceRoute: false, recursion: 0, reserved: 0 });
    expect(fieldsOf('gre-checksum')).toMatchObject({ checksum: 'computed', key: 0x11223344 });
    expect(fieldsOf('gre-checksum')).not.toHaveProperty('keyPresent');
    expect(fieldsOf('gre-checksum-bad')).toMatchObject({ checksum: 0x1234 });
    expect(fieldsOf('gre-pptp')).not.toHaveProperty('version');
  });
});

describe('the checksum of GRE', () => {
  it('is computed where the C bit is set, over header and data', () => {
    for (const fields of [{ checksumPresent: true }, { checksum: 'computed' }] as const) {
      const packet = packetOf(fields, ipv4(), 'odd');
      expect(packet.layer('gre')?.checksum).not.toBe(0);
      expect(packet.problems).toEqual([]);
      expect(valuesOf(packet.bytes, 'gre.checksum.status')).toEqual([1]);
    }
  });

  it('is written as it is given, and judged', () => {
    const packet = packetOf({ checksum: 5 }, ipv4());
    expect(packet.problems).toMatchObject([{ code: 'CHECKSUM_BAD', layer: 'gre' }]);
    expect(valuesOf(packet.bytes, 'gre.checksum.status')).toEqual([0]);
  });

  it('is not judged where the capture was cut, and with routing alone', () => {
    const frame = fixture('gre-checksum-bad');
    const cut = { wireLength: frame.length + 4 };
    expect(valuesOf(frame, 'gre.checksum.status', cut)).toEqual([0]);
    const short = frame.slice(0, -4);
    const options = { wireLength: frame.length };
    expect(valuesOf(short, 'gre.checksum.status', options)).toEqual([2]);
    expect(valuesOf(fixture('gre-routing'), 'gre.checksum.status')).toEqual([2]);
    expect(valuesOf(fixture('gre'), 'gre.checksum.status')).toEqual([]);
  });
});

describe('the key of GRE', () => {
  it("is NVGRE's subnet and flow, or PPTP's length and call", () => {
    expect(nvgreKey(5000, 0x55)).toBe(0x00138855);
    expect(nvgreKey(0xffffff)).toBe(0xffffff00);
    expect(pptpKey(0xffff, 0xffff)).toBe(0xffffffff);
    expect(() => nvgreKey(0x1000000)).toThrow(/gre.key \(vsid\)/);
    expect(() => pptpKey(1, 0x10000)).toThrow(/gre.key \(callId\)/);
    expect(parse(fixture('nvgre')).layer('gre')).toMatchObject({ vsid: 5000, flowId: 0x55 });
    const without = parse(fixture('gre')).layer('gre');
    expect([without?.vsid, without?.flowId]).toEqual([undefined, undefined]);
  });

  it('has other names in PPTP', () => {
    expect(valuesOf(fixture('nvgre'), 'gre.key')).toEqual([0x00138855]);
    expect(valuesOf(fixture('gre-pptp'), 'gre.key')).toEqual([]);
    expect(valuesOf(fixture('gre-pptp'), 'gre.key.payload_length')).toEqual([4]);
    expect(valuesOf(fixture('gre-pptp'), 'gre.key.call_id')).toEqual([9]);
    expect(valuesOf(fixture('gre-pptp'), 'gre.ack_number')).toEqual([6]);
    expect(valuesOf(fixture('gre-reserved-bits'), 'gre.flags.reserved')).toEqual([31]);
  });
});

describe('GRE', () => {
  it('leads nowhere from a number that is no EtherType', () => {
    const packet = parse(fixture('gre-length'));
    expect(packet.layers.at(-1)?.layer).toBe('gre');
    expect(packet.payload.length).toBe(12);
  });

  it('has its routing entries by name', () => {
    const of = (name: string) => valuesOf(fixture('gre-routing'), `gre.routing.${name}`);
    expect(of('address_family')).toEqual([0x800, 0]);
    expect(of('src_length')).toEqual([8, 0]);
    expect(of('information')).toEqual([Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)]);
  });

  it('is summed up by protocol, key and sequence number', () => {
    const packet = parse(fixture('gre-pptp'));
    const layer = packet.layer('gre') as GreView;
    expect(greProtocol.summary(layer, packet.places()[2] as never)).toBe(
      'Protocol 0x880b, key 0x00040009, sequence 7',
    );
  });

  it('1,000 times in a frame is cut off at the cap, in bounded time', () => {
    const headers = new Uint8Array(1000 * 24);
    for (let at = 0; at < headers.length; at += 24) {
      headers.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 47], at);
      headers.set([0, 0, 8, 0], at + 20);
    }
    const frame = build([ethernet({ type: 0x0800 }), headers]);
    const start = performance.now();
    const packet = parse(frame);
    expect(packet.layers.length).toBe(128);
    expect(packet.problems.map((p) => p.code)).toContain('TOO_MANY_LAYERS');
    expect(build(packet.toSpec())).toEqual(frame);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
