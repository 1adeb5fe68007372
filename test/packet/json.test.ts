import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/bytes/error.js';
import { bindings } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import { packetToJson, partsFromJson } from '../../src/packet/json.js';
import { parse } from '../../src/packet/parse.js';
import { fixture, fixtureNames, linkTypeOf } from '../support/fixtures.js';

/** What is thrown: its code and its words. */
function refusal(layers: unknown, payload?: unknown): string {
  try {
    partsFromJson(layers, payload, bindings);
  } catch (error) {
    expect(error).toBeInstanceOf(PacketError);
    return `${(error as PacketError).code} ${(error as Error).message}`;
  }
  throw new Error('it was taken');
}

describe('a packet as plain data', () => {
  it('gives every fixture back to the byte, each header as fields', () => {
    for (const name of fixtureNames) {
      const frame = fixture(name);
      const json = packetToJson(parse(frame, { linkType: linkTypeOf(name) }));
      expect(build(partsFromJson(json.layers, json.payload, bindings)), name).toEqual(frame);
      for (const layer of json.layers)
        expect(layer.bytes, `${name}: ${layer.layer}`).toBe(undefined);
    }
  });

  it('has what build computes beside the spec, problems, and a trailer where there is one', () => {
    const { layers, problems } = packetToJson(parse(fixture('trailer')));
    const [ethernet, ipv4] = layers;
    expect(ethernet?.computed).toEqual({ type: 0x0800 });
    expect(ipv4?.computed).toMatchObject({ version: 4, ihl: 5, protocol: 17 });
    expect(ipv4?.trailer).toBeInstanceOf(Uint8Array);
    expect(problems?.map(({ code }) => code)).toContain('ETHERNET_TRAILER');
    expect(packetToJson(parse(fixture('arp-request')))).not.toHaveProperty('problems');
  });

  it('has the bytes of a header that no fields give', () => {
    const bytes = Uint8Array.from([1, 2, 3]);
    const parts = partsFromJson([{ layer: 'udp', bytes }, 'text'], undefined, bindings);
    expect(build(parts)).toEqual(Uint8Array.from([1, 2, 3, 0x74, 0x65, 0x78, 0x74]));
  });

  it('takes a trailer and a payload as text or bytes', () => {
    const layers = [{ layer: 'vxlan', flags: 0, vni: 0, trailer: 'ab' }];
    expect(build(partsFromJson(layers, 'x', bindings))).toEqual(
      Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0x78, 0x61, 0x62]),
    );
    expect(build(partsFromJson([], Uint8Array.from([7]), bindings))).toEqual(Uint8Array.from([7]));
  });

  it('is refused in words that name the place', () => {
    expect(refusal({})).toBe('BAD_SPEC layers is a list of layers');
    expect(refusal([], 3)).toBe('BAD_SPEC payload is text or bytes');
    expect(refusal([3])).toBe("BAD_SPEC layers[0]: a layer is an object with a key 'layer'");
    expect(refusal(['text', { layer: 'udp' }])).toMatch(
      /^BAD_SPEC layers\[0\]: a layer is an object/,
    );
    expect(refusal([[], 'x'])).toMatch(/^BAD_SPEC layers\[0\]: a layer is an object/);
    expect(refusal([{}])).toBe("BAD_SPEC layers[0]: the key 'layer' names no protocol");
    expect(refusal([{ layer: 'ipv5' }])).toMatch(/^UNKNOWN_PROTOCOL .* did you mean ipv4/);
    expect(refusal([{ layer: 'toString' }])).toMatch(/^UNKNOWN_PROTOCOL/);
    expect(refusal([{ layer: 'udp', port: 1 }])).toMatch(/^UNKNOWN_FIELD layers\[0\]: udp has no/);
    expect(refusal([{ layer: 'udp', trailer: 1 }])).toBe(
      'BAD_SPEC layers[0].trailer: bytes or text',
    );
    expect(refusal([{ layer: 'udp', bytes: [1] }])).toBe('BAD_SPEC layers[0].bytes: bytes or text');
  });
});
