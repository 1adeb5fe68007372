import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { GeneveView, geneve, geneveProtocol } from '../../src/headers/geneve.js';
import type { GeneveOption } from '../../src/headers/geneve-options.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract, type OtherField } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

const options: OtherField = {
  good: [
    [],
    [{ kind: 'securityPolicyId', value: '' }],
    [{ kind: 'telemetry', value: 'x'.repeat(124) }],
    [{ class: 0, type: 0, data: new Uint8Array(0) }],
    [{ class: 0xffff, type: 0xff, reserved: 7, data: Uint8Array.of(1, 2, 3, 4) }],
    [{ class: 1, type: 2, data: new Uint8Array(124).fill(255) }],
    [
      { class: 1, type: 2, data: new Uint8Array(4) },
      { kind: 'raw', data: Uint8Array.of(0xff, 0xff, 2, 31) },
    ],
  ],
  bad: [
    [{ kind: 'nosuch', value: 'x' }],
    [{ kind: 'telemetry', value: 5 }],
    [{ kind: 'telemetry' }],
    [{ kind: 'telemetry', value: 'x'.repeat(125) }],
    [{}],
    [{ class: 65536, type: 0, data: new Uint8Array(0) }],
    [{ class: 0, type: 256, data: new Uint8Array(0) }],
    [{ class: 0, type: 0, reserved: 8, data: new Uint8Array(0) }],
    [{ class: 0, type: 0, data: new Uint8Array(3) }],
    [{ class: 0, type: 0, data: new Uint8Array(128) }],
    [{ class: 0, type: 0, data: 'text' }],
    [{ class: 0, type: 0 }],
    [{ type: 0, data: new Uint8Array(0) }],
    [{ kind: 'raw', data: new Uint8Array(3) }],
    [{ kind: 'raw', data: new Uint8Array(256) }],
    Array(3).fill({ class: 0, type: 0, data: new Uint8Array(124) }),
  ],
  setter: false,
};

headerContract({
  protocol: geneveProtocol,
  View: GeneveView,
  fixture: 'geneve',
  offset: 42,
  bytes: 80,
  fields: {
    version: 0,
    optionsLength: 18,
    oam: false,
    critical: false,
    reserved: 0,
    protocol: 0x6558,
    vni: 5000,
    reserved2: 0,
    options: [
      { kind: 'securityPolicyId', value: 'policy-xyz-123' },
      { kind: 'telemetry', value: 'latency=5ms, hop=3' },
      { kind: 'sourceIdentity', value: 'workload=frontend-abc' },
    ],
  },
  others: { options },
  computedNames: ['geneve.option.length'],
});

headerContract({
  protocol: geneveProtocol,
  View: GeneveView,
  fixture: 'geneve-reserved-bits',
  offset: 42,
  bytes: 8,
  fields: {
    version: 0,
    optionsLength: 0,
    oam: false,
    critical: false,
    reserved: 0x21,
    protocol: 0x6558,
    vni: 5000,
    reserved2: 0x80,
    options: [],
  },
  others: { options },
  computedNames: ['geneve.option.length'],
});

const codes = (name: string): string[] => parse(fixture(name)).problems.map((p) => p.code);
const option = (type: number): GeneveOption => ({ class: 0xffff, type, data: new Uint8Array(4) });
const built = (fields: Parameters<typeof geneve>[0]) =>
  parse(build([ethernet(), ipv4(), udp(), geneve(fields), ethernet()])).layer('geneve');

describe('the C bit', () => {
  it('follows from the options, and is written as it is given', () => {
    expect(built({})?.critical).toBe(false);
    expect(built({ options: [option(0x7f)] })?.critical).toBe(false);
    expect(built({ options: [option(1), option(0x80)] })?.critical).toBe(true);
    expect(built({ options: [option(0x80)], critical: false })?.critical).toBe(false);
    expect(built({ critical: true })?.critical).toBe(true);
  });

  it('that does not agree with the options is a problem, both ways', () => {
    expect(codes('geneve-critical-unset')).toEqual(['GENEVE_CRITICAL_UNSET']);
    expect(codes('geneve-critical-without-option')).toEqual(['GENEVE_CRITICAL_WITHOUT_OPTION']);
    // Its first option has reserved bits set, too.
    expect(codes('geneve-critical')).toEqual(['GENEVE_OPTION_RESERVED_BITS']);
  });

  it('does not follow from bytes that are no option', () => {
    const raw: GeneveOption = { kind: 'raw', data: Uint8Array.of(0xff, 0xff, 0x80, 31) };
    expect(built({ options: [raw] })?.critical).toBe(false);
  });
});

describe('Geneve', () => {
  it('of another version than 0 is shown, and nothing behind it', () => {
    const packet = parse(fixture('geneve-version-1'));
    expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv4', 'udp', 'geneve']);
    expect(packet.problems).toMatchObject([{ code: 'GENEVE_VERSION', offset: 42 }]);
  });

  it('may carry nothing where the O bit is set', () => {
    const packet = parse(fixture('geneve-oam'));
    expect(packet.layer('geneve')?.oam).toBe(true);
    expect(packet.payload.length).toBe(0);
    expect(packet.problems).toEqual([]);
  });

  it('carries Ethernet, IPv4, or data that nobody knows', () => {
    const inner = (name: string) =>
      parse(fixture(name))
        .layers.slice(4)
        .map((l) => l.layer);
    expect(inner('geneve')).toEqual(['ethernet', 'ipv4', 'tcp']);
    expect(inner('geneve-ipv4')).toEqual(['ipv4', 'tcp']);
    expect(inner('geneve-unknown-protocol')).toEqual([]);
    expect(new TextDecoder().decode(parse(fixture('geneve-unknown-protocol')).payload)).toBe(
      'what is this',
    );
  });

  it('keeps an option that goes past the options as bytes, and goes on behind', () => {
    const packet = parse(fixture('geneve-misaligned'));
    expect(packet.problems).toMatchObject([{ code: 'GENEVE_OPTION_PAST_HEADER', offset: 58 }]);
    expect(packet.layer('geneve')?.options).toEqual([
      { class: 0xffff, type: 1, data: Uint8Array.from(Buffer.from('good')) },
      {
        kind: 'raw',
        data: Uint8Array.of(0xff, 0xff, 2, 31, ...Buffer.from('rest')),
      },
    ]);
    expect(packet.all('tcp').length).toBe(1);
  });

  it('has a problem with reserved bits', () => {
    expect(codes('geneve-reserved-bits')).toEqual(['GENEVE_RESERVED_BITS']);
  });

  it('ends the packet where its options are cut', () => {
    const packet = parse(fixture('cut-geneve-options'));
    expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv4', 'udp']);
    expect(packet.problems).toContainEqual(
      expect.objectContaining({ code: 'GENEVE_HEADER_CUT', offset: 42, need: 80, have: 28 }),
    );
  });
});

describe('names', () => {
  it('of lengths give all options first, then each with its own four bytes', () => {
    expect(valuesOf(fixture('geneve'), 'geneve.option.length')).toEqual([72, 20, 24, 28]);
    expect(valuesOf(fixture('vxlan'), 'geneve.option.length')).toEqual([]);
  });

  it('of options give class, type and the critical bit of each', () => {
    const frame = fixture('geneve-critical');
    expect(valuesOf(frame, 'geneve.option.class')).toEqual([0xffff, 0x0102, 0x0103]);
    expect(valuesOf(frame, 'geneve.option.type')).toEqual([0x81, 1, 2]);
    expect(valuesOf(frame, 'geneve.option.type.critical')).toEqual([1, 0, 0]);
    expect(valuesOf(frame, 'geneve.flags')).toEqual([0x40]);
  });
});
