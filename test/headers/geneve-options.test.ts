import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/bytes/error.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { geneve, geneveProtocolWith } from '../../src/headers/geneve.js';
import {
  type GeneveOption,
  type GeneveOptionCodec,
  GeneveOptionRegistry,
  guideOptions,
  securityPolicyId,
  sourceIdentity,
  telemetry,
  textOption,
} from '../../src/headers/geneve-options.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { layerMaker } from '../../src/headers/layer-spec.js';
import { udp } from '../../src/headers/udp.js';
import { bindings } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { viewOf } from '../support/reference.js';

const number: GeneveOptionCodec = {
  class: 0x0200,
  type: 0x85,
  name: 'hops',
  decode: (data) => data[0],
  encode: (value) => Uint8Array.of(value as number),
};

const bytesOf = (options: readonly GeneveOption[]): number[] => {
  const frame = build([ethernet(), ipv4(), udp(), geneve({ options }), ethernet()]);
  return [...frame.slice(50, -14)];
};
const readBack = (registry: GeneveOptionRegistry, bytes: number[]): GeneveOption[] =>
  registry.read(viewOf(Uint8Array.from(bytes)), 0, bytes.length);

describe("the guide's options", () => {
  it('are text, padded with zeros to four bytes', () => {
    expect(bytesOf([securityPolicyId('abc')])).toEqual([1, 2, 1, 1, 97, 98, 99, 0]);
    expect(bytesOf([securityPolicyId('abcd')])).toEqual([1, 2, 1, 1, 97, 98, 99, 100]);
    expect(bytesOf([telemetry('é')])).toEqual([1, 3, 2, 1, 0xc3, 0xa9, 0, 0]);
    expect(bytesOf([sourceIdentity('')])).toEqual([1, 4, 3, 0]);
  });

  it('are written as in the fixture', () => {
    expect(
      bytesOf([
        securityPolicyId('policy-xyz-123'),
        telemetry('latency=5ms, hop=3'),
        sourceIdentity('workload=frontend-abc'),
      ]),
    ).toEqual([...fixture('geneve').slice(50, 122)]);
  });

  it('that are no text, or whose text would not come back, are kept as bytes', () => {
    const notUtf8 = [1, 2, 1, 1, 0xff, 0xfe, 0, 0];
    expect(readBack(guideOptions, notUtf8)).toEqual([
      { class: 0x0102, type: 1, data: Uint8Array.of(0xff, 0xfe, 0, 0) },
    ]);
    const tooMuchPadding = [1, 2, 1, 2, 97, 0, 0, 0, 0, 0, 0, 0];
    expect(readBack(guideOptions, tooMuchPadding)).toEqual([
      { class: 0x0102, type: 1, data: Uint8Array.of(97, 0, 0, 0, 0, 0, 0, 0) },
    ]);
    const byteOrderMark = [1, 2, 1, 1, 0xef, 0xbb, 0xbf, 97];
    const kept = readBack(guideOptions, byteOrderMark);
    expect(bytesOf(kept)).toEqual(byteOrderMark);
  });

  it('with reserved bits are kept as bytes, bits included', () => {
    expect(readBack(guideOptions, [1, 2, 1, 0xa1, 97, 98, 99, 0])).toEqual([
      { class: 0x0102, type: 1, reserved: 5, data: Uint8Array.of(97, 98, 99, 0) },
    ]);
  });

  it('that nobody knows are kept as class, type and data', () => {
    expect(readBack(guideOptions, [0xff, 0xff, 0x81, 1, 1, 2, 3, 4])).toEqual([
      { class: 0xffff, type: 0x81, data: Uint8Array.of(1, 2, 3, 4) },
    ]);
  });
});

describe('a registry', () => {
  it('grows by `with`, and the old one stays as it was', () => {
    const larger = guideOptions.with(number);
    const bytes = [2, 0, 0x85, 1, 9, 0, 0, 0];
    expect(readBack(larger, bytes)).toEqual([{ kind: 'hops', value: 9 }]);
    expect(readBack(guideOptions, bytes)).toEqual([
      { class: 0x0200, type: 0x85, data: Uint8Array.of(9, 0, 0, 0) },
    ]);
    expect(larger.nameOf(0x0200, 0x85)).toBe('hops');
    expect(larger.nameOf(0x0102, 1)).toBe('securityPolicyId');
    expect(guideOptions.nameOf(0x0200, 0x85)).toBeUndefined();
  });

  it('replaces an option of the same class and type, or of the same name', () => {
    const sameType = guideOptions.with(textOption(0x0102, 1, 'policy'));
    expect(readBack(sameType, [1, 2, 1, 1, 97, 0, 0, 0])).toEqual([{ kind: 'policy', value: 'a' }]);
    const sameName = guideOptions.with(textOption(0x0999, 9, 'telemetry'));
    expect(readBack(sameName, [9, 0x99, 9, 1, 97, 0, 0, 0])).toEqual([
      { kind: 'telemetry', value: 'a' },
    ]);
    // The type that the name had before must not be read as it: it would be written elsewhere.
    const old = [1, 3, 2, 1, 97, 0, 0, 0];
    expect(readBack(sameName, old)).toEqual([
      { class: 0x0103, type: 2, data: Uint8Array.of(97, 0, 0, 0) },
    ]);
  });

  it('takes no option with the name "raw", which means bytes', () => {
    expect(() => guideOptions.with(textOption(1, 1, 'raw'))).toThrow(PacketError);
    expect(() => new GeneveOptionRegistry([textOption(65536, 1, 'x')])).toThrow(PacketError);
    expect(() => new GeneveOptionRegistry([textOption(1, 256, 'x')])).toThrow(PacketError);
  });

  it('keeps as bytes what a codec throws at, and what it does not give back', () => {
    const broken = new GeneveOptionRegistry([
      {
        ...number,
        decode: () => {
          throw new Error('no');
        },
      },
      { ...number, name: 'other', type: 1, encode: () => Uint8Array.of(1, 2, 3, 4, 5) },
    ]);
    const bytes = [2, 0, 0x85, 1, 9, 0, 0, 0, 2, 0, 1, 1, 9, 0, 0, 0];
    expect(readBack(broken, bytes)).toEqual([
      { class: 0x0200, type: 0x85, data: Uint8Array.of(9, 0, 0, 0) },
      { class: 0x0200, type: 1, data: Uint8Array.of(9, 0, 0, 0) },
    ]);
  });

  it('makes a Geneve of its own, in the place of ours', () => {
    const protocol = geneveProtocolWith(guideOptions.with(number));
    const mine = layerMaker(protocol);
    const own = bindings.with(protocol);
    const frame = build(
      [
        ethernet(),
        ipv4(),
        udp(),
        mine({ vni: 7, options: [{ kind: 'hops', value: 3 }] }),
        ethernet(),
      ],
      { bindings: own },
    );
    const packet = parse(frame, { bindings: own });
    expect(packet.layer('udp')?.dstPort).toBe(6081);
    expect(packet.layer('geneve')).toMatchObject({
      vni: 7,
      critical: true,
      options: [{ kind: 'hops', value: 3 }],
    });
    expect(build(packet.toSpec(), { bindings: own })).toEqual(frame);
    expect(parse(frame).layer('geneve')?.options).toEqual([
      { class: 0x0200, type: 0x85, data: Uint8Array.of(3, 0, 0, 0) },
    ]);
  });
});

describe('misuse', () => {
  it.each<[string, unknown]>([
    ['a number for the list', 5],
    ['null for the list', null],
    ['null for an option', [null]],
    ['raw without data', [{ kind: 'raw' }]],
    ['raw with text', [{ kind: 'raw', data: 'text' }]],
    ['bytes for the list', Uint8Array.of(1, 2, 3, 4)],
  ])('%s is refused with a PacketError', (_, options) => {
    expect(() => bytesOf(options as GeneveOption[])).toThrow(PacketError);
  });
});
