import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { GreView } from '../../src/headers/gre.js';
import { MessageView } from '../../src/headers/icmp-message.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { LayerSpec } from '../../src/headers/layer-spec.js';
import { defineProtocol, type Protocol } from '../../src/headers/protocol.js';
import { UdpView, udp, udpProtocol } from '../../src/headers/udp.js';
import { bindings } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { fixture, fixtureNames } from '../support/fixtures.js';
import { oddFrames, sensibleFrames } from '../support/random-frames.js';

type Fields = Readonly<Record<string, unknown>>;

/** The spec of a frame; fails where it does not give the frame again, or hides a header in bytes. */
function specOf(frame: Uint8Array): SpecPart[] {
  const spec = parse(frame).toSpec();
  expect(build(spec)).toEqual(frame);
  for (const part of spec) {
    if (part instanceof LayerSpec) expect(part.bytes, `${part.layer} is raw`).toBeUndefined();
  }
  return spec;
}

const fieldsOf = (frame: Uint8Array, index: number): Fields =>
  (specOf(frame)[index] as LayerSpec).fields as Fields;

describe('toSpec', () => {
  it.each(fixtureNames)('gives %s.hex back to the byte, with real layers', (name) => {
    specOf(fixture(name));
  });

  it('gives every truncation of every fixture back', () => {
    for (const name of fixtureNames) {
      const frame = fixture(name);
      for (let end = 0; end < frame.length; end++) specOf(frame.slice(0, end));
    }
  });

  it('gives back frames in which all is computed, and leaves that out', () => {
    fc.assert(
      fc.property(sensibleFrames, (parts) => {
        const frame = build(parts);
        for (const part of specOf(frame)) {
          if (!(part instanceof LayerSpec)) continue;
          // A payload of random bytes may look like a header, and be a wrong one.
          if (parse(frame).problems.length > 0) continue;
          const { derived } = part.protocol;
          const kept = Object.entries(part.fields).filter(([key]) => derived.includes(key));
          // Where no tunnel follows a UDP checksum of 0 is not what would be computed.
          const allowed = kept.every(
            ([key, value]) => key === 'checksum' && (value === 0 || value === 'computed'),
          );
          const only = kept.length === 0 || allowed || part.layer === 'ethernet';
          expect(only, `${part.layer}: ${JSON.stringify(kept)}`).toBe(true);
        }
      }),
    );
  });

  it('gives back frames in which something is wrong', () => {
    fc.assert(
      fc.property(oddFrames, (parts) => {
        specOf(build(parts));
      }),
      { numRuns: 500 },
    );
  });

  it('gives back fixtures with random bytes changed', () => {
    const change = fc.tuple(fc.nat(), fc.nat(255));
    const changes = fc.array(change, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...fixtureNames), changes, (name, all) => {
        const frame = fixture(name);
        for (const [at, value] of all) frame[at % frame.length] = value;
        specOf(frame);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives back any bytes, behind any link type', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(1, 101, 228, 229, 7),
        (b, t) => {
          expect(build(parse(b, { linkType: t }).toSpec())).toEqual(b);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('a spec', () => {
  it('leaves out what build computes, and keeps defaults', () => {
    expect(fieldsOf(fixture('udp'), 1)).toEqual({
      dscp: 0,
      ecn: 0,
      id: 0,
      reserved: false,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: 64,
      src: '192.0.2.1',
      dst: '198.51.100.2',
      options: [],
    });
    expect(fieldsOf(fixture('udp'), 2)).toEqual({ srcPort: 49152, dstPort: 7 });
  });

  it('keeps the one derived value that is wrong, and none of the others', () => {
    const derived = (name: string, index: number) => {
      const part = specOf(fixture(name))[index] as LayerSpec;
      const { derived: keys } = part.protocol;
      return Object.fromEntries(Object.entries(part.fields).filter(([k]) => keys.includes(k)));
    };
    expect(derived('ipv4-length-past-end', 1)).toEqual({ length: 1000 });
    expect(derived('ipv4-checksum-bad', 1)).toEqual({ checksum: 0x1234 });
    expect(derived('udp-checksum-bad', 2)).toEqual({ checksum: 0x1234 });
    expect(derived('udp-length-7', 2)).toMatchObject({ length: 7 });
    expect(derived('geneve-critical-unset', 3)).toEqual({ critical: false });
    expect(derived('geneve-version-1', 3)).toMatchObject({ version: 1 });
    expect(derived('ieee8023-stp', 0)).toEqual({});
    expect(derived('ieee8023-length-past-end', 0)).toMatchObject({ type: expect.any(Number) });
    expect(derived('udp-checksum-none', 2)).toEqual({ checksum: 0 });
    expect(derived('vxlan', 2)).toEqual({});
    expect(derived('vxlan-ipv6-checksum-zero', 2)).toEqual({ checksum: 0 });
  });

  it('says "computed" for the right checksum of a tunnel, so that it stays right', () => {
    const spec = specOf(fixture('vxlan-checksum'));
    expect((spec[2] as LayerSpec).fields).toMatchObject({ checksum: 'computed' });
    const wrong = fixture('vxlan-checksum');
    wrong[40] = (wrong[40] as number) ^ 1;
    expect(typeof fieldsOf(wrong, 2)['checksum']).toBe('number');
  });

  it('tells an IPv4 checksum of 0x0000 from one of 0xffff, though both verify', () => {
    // The identification makes the sum come out as 0.
    const zero = [...Array(65536).keys()]
      .map((id) => build([ethernet(), ipv4({ id }), 'x']))
      .find((frame) => frame[24] === 0 && frame[25] === 0);
    if (zero === undefined) throw new Error('no identification gives a checksum of 0');
    expect(fieldsOf(zero, 1)).not.toHaveProperty('checksum');
    const ones = zero.slice();
    ones.fill(0xff, 24, 26);
    expect(parse(ones).problems).toEqual([]);
    expect(fieldsOf(ones, 1)).toMatchObject({ checksum: 0xffff });
  });

  it('has padding and trailers where they are, and no payload where there is none', () => {
    const padded = specOf(fixture('padded'));
    expect((padded[1] as LayerSpec).trailer).toEqual(new Uint8Array(16));
    expect(specOf(fixture('arp-reply')).length).toBe(2);
    expect(specOf(new Uint8Array(0))).toEqual([new Uint8Array(0)]);
    const surplus = specOf(fixture('udp-surplus'));
    expect(new TextDecoder().decode((surplus[2] as LayerSpec).trailer)).toBe('89abcdef');
  });

  it('leaves the frame as it was', () => {
    for (const name of fixtureNames) {
      const frame = fixture(name);
      parse(frame).toSpec();
      expect(frame).toEqual(fixture(name));
    }
  });
});

describe('a protocol whose encode leaves a byte as it was', () => {
  it('keeps its header as bytes, so that the frame still comes back', () => {
    class CarelessView extends UdpView {
      override get descriptor(): Protocol {
        return careless as unknown as Protocol;
      }
    }
    const careless: typeof udpProtocol = defineProtocol({
      ...udpProtocol,
      fields: ['srcPort', 'dstPort', 'length', 'checksum'],
      derived: [],
      layer: (view, offset, headerEnd, end) => new CarelessView(view, offset, end, headerEnd),
      encode: (view: DataView, offset: number) => view.setUint32(offset, 0xc0000007),
      seal: () => {},
    });
    const own = bindings.with(careless);
    const frame = fixture('udp');
    const spec = parse(frame, { bindings: own }).toSpec();
    expect((spec[2] as LayerSpec).bytes).toEqual(frame.slice(34, 42));
    expect(build(spec, { bindings: own })).toEqual(frame);
  });
});

/** The spec with one field of one layer changed. */
function edited(spec: readonly SpecPart[], index: number, key: string, value: unknown): SpecPart[] {
  const copy = [...spec];
  const part = spec[index] as LayerSpec;
  copy[index] = new LayerSpec(part.protocol, { ...part.fields, [key]: value }, part.trailer);
  return copy;
}

describe('an edit of one field of a spec', () => {
  const clean = fixtureNames.filter((name) => parse(fixture(name)).problems.length === 0);

  it.each(clean)(
    'of %s.hex changes that field and checksums that cover it, and no other byte',
    (name) => {
      const frame = fixture(name);
      const { layers } = parse(frame);
      const spec = specOf(frame);
      const checksumBytes = layers.flatMap((layer) => {
        const at = layer.descriptor.layout.fields.find((f) => f.name === 'checksum');
        const byte = layer.offset + (at?.bit ?? 0) / 8;
        // GRE has one only where a bit says so, behind its layout.
        if (layer instanceof GreView && layer.checksumPresent) {
          return [layer.fixedEnd, layer.fixedEnd + 1];
        }
        return Array.from({ length: (at?.bits ?? 0) / 8 }, (_, i) => byte + i);
      });
      for (const [index, layer] of layers.entries()) {
        const { layout, derived } = layer.descriptor;
        for (const field of layout.fields) {
          const value = (layer as unknown as Fields)[field.name];
          if (derived.includes(field.name) || typeof value !== 'number') continue;
          // A short form of the header has not all of the layout.
          if (layer.offset + field.bit / 8 >= layer.headerEnd) continue;
          // The type of a message decides which other fields it has.
          if (layer instanceof MessageView && field.name === 'type') continue;
          const other = value === 0 ? 1 : value - 1;
          const after = build(edited(spec, index, field.name, other));
          expect(after.length).toBe(frame.length);
          const first = layer.offset + (field.bit >>> 3);
          const last = layer.offset + ((field.bit + field.bits - 1) >>> 3);
          for (const [at, byte] of after.entries()) {
            if (byte === frame[at]) continue;
            const own = at >= first && at <= last;
            expect(
              own || checksumBytes.includes(at),
              `${layer.layer}.${field.name}: byte ${at}`,
            ).toBe(true);
          }
          expect(after).not.toEqual(frame);
          const changed = layer.descriptor.layer(
            new DataView(after.buffer),
            layer.offset,
            layer.headerEnd,
            layer.end,
          );
          expect((changed as unknown as Fields)[field.name]).toBe(other);
        }
      }
    },
  );

  it('of the payload changes lengths and checksums all the way out', () => {
    const spec = specOf(build([ethernet(), ipv4(), udp({ dstPort: 7 }), 'short']));
    const longer = parse(build([...spec.slice(0, -1), 'a longer payload']));
    expect(longer.layer('ipv4')?.length).toBe(20 + 8 + 16);
    expect(longer.layer('udp')?.length).toBe(8 + 16);
    expect(longer.problems).toEqual([]);
  });

  it('inside a tunnel with a checksum keeps that checksum right', () => {
    const after = build(edited(specOf(fixture('vxlan-checksum')), 5, 'ttl', 1));
    expect(parse(after).problems).toEqual([]);
    expect(parse(after).all('ipv4')[1]?.ttl).toBe(1);
  });
});
