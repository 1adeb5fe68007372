import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/bytes/error.js';
import { headerLayout, offsetOf, u8, u16 } from '../../src/bytes/layout.js';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { geneve } from '../../src/headers/geneve.js';
import { telemetry } from '../../src/headers/geneve-options.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { LayerSpec, layerMaker } from '../../src/headers/layer-spec.js';
import {
  defineProtocol,
  type Extent,
  HeaderView,
  type Protocol,
} from '../../src/headers/protocol.js';
import { tcp } from '../../src/headers/tcp.js';
import { mss, nop, sackPermitted, timestamps, windowScale } from '../../src/headers/tcp-options.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { bindings } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { fixture } from '../support/fixtures.js';
import { codesOf } from '../support/problems.js';
import { sensibleFrames } from '../support/random-frames.js';
import { internetChecksum, pseudoHeader } from '../support/reference.js';

const inner = [
  ethernet({ src: '02:00:00:00:00:0a', dst: '02:00:00:00:00:0b' }),
  ipv4({ src: '192.168.10.5', dst: '192.168.10.6', id: 0x1234, dontFragment: true }),
  tcp({
    srcPort: 49153,
    dstPort: 80,
    seq: 1000,
    flags: ['SYN'],
    options: [mss(1460), sackPermitted, timestamps(1, 0), nop, windowScale(7)],
  }),
] as const;
const outer = [
  ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' }),
  ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }),
  udp({ srcPort: 49152 }),
] as const;

describe('payloads', () => {
  it('of any length lie behind the last header, short ones and long ones', () => {
    for (let length = 0; length < 200; length++) {
      const payload = Uint8Array.from({ length }, (_, i) => i + 1);
      const frame = build([ethernet(), payload]);
      expect(frame.subarray(14), `${length} bytes`).toEqual(payload);
      expect(frame.buffer.byteLength).toBe(14 + length);
    }
  });
});

describe('build', () => {
  it("writes the guide's VXLAN frame, byte for byte as scapy does", () => {
    expect(build([...outer, vxlan({ vni: 5000 }), ...inner])).toEqual(fixture('vxlan'));
  });

  it("writes the guide's Geneve frame", () => {
    const options = [
      { kind: 'securityPolicyId', value: 'policy-xyz-123' },
      telemetry('latency=5ms, hop=3'),
      { kind: 'sourceIdentity', value: 'workload=frontend-abc' },
    ];
    expect(build([...outer, geneve({ vni: 5000, options }), ...inner])).toEqual(fixture('geneve'));
  });

  it('is nothing for nothing, and the payload alone for a payload alone', () => {
    expect(build([])).toEqual(new Uint8Array(0));
    expect(build(['hé'])).toEqual(Uint8Array.of(104, 0xc3, 0xa9));
    expect(build([Uint8Array.of(1, 2)])).toEqual(Uint8Array.of(1, 2));
    expect(build([''])).toEqual(new Uint8Array(0));
  });

  it('takes a payload as text or as bytes, at the end only', () => {
    const asText = build([...outer, 'hello']);
    expect(build([...outer, new TextEncoder().encode('hello')])).toEqual(asText);
    expect(new TextDecoder().decode(asText.slice(-5))).toBe('hello');
    for (const parts of [
      ['early', ethernet()],
      [ethernet(), new Uint8Array(2), ipv4()],
    ] as const) {
      expect(() => build(parts)).toThrow(expect.objectContaining({ code: 'BAD_SPEC' }));
    }
    for (const part of [5, null, {}]) {
      expect(() => build([ethernet(), part as unknown as SpecPart])).toThrow(PacketError);
    }
  });

  it('copies the payload', () => {
    const payload = Uint8Array.of(1, 2, 3);
    const frame = build([ethernet(), payload]);
    payload.fill(9);
    expect(frame.slice(14)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('computes what is absent and writes what is there, wrong or right', () => {
    const frame = build([
      ethernet({ type: 0x1234 }),
      ipv4({ version: 5, ihl: 15, length: 1, protocol: 99, checksum: 0xbeef }),
      udp({ srcPort: 1, dstPort: 2, length: 3, checksum: 4 }),
      geneve({ version: 3, optionsLength: 63, critical: true, protocol: 0xabcd }),
      tcp({ dataOffset: 0, checksum: 7 }),
    ]);
    const at = (offset: number) => (frame[offset] as number) * 256 + (frame[offset + 1] as number);
    expect(at(12)).toBe(0x1234);
    expect(frame[14]).toBe(0x5f);
    expect(at(16)).toBe(1);
    expect(frame[23]).toBe(99);
    expect(at(24)).toBe(0xbeef);
    expect([at(34), at(36), at(38), at(40)]).toEqual([1, 2, 3, 4]);
    expect([frame[42], frame[43], at(44)]).toEqual([0xff, 0x40, 0xabcd]);
    expect([at(62) >> 12, at(66)]).toEqual([0, 7]);
  });

  it('writes a trailer behind the layer, outside its length and checksum', () => {
    const tail = Uint8Array.of(0xaa, 0xbb);
    const frame = build([ethernet(), ipv4({}, Uint8Array.of(0xcc)), udp({}, tail), 'data']);
    const packet = parse(frame);
    expect(packet.layer('udp')?.length).toBe(12);
    expect(packet.layer('ipv4')?.length).toBe(34);
    expect([packet.trailer(1), packet.trailer(2)]).toEqual([Uint8Array.of(0xcc), tail]);
    expect(codesOf(packet, 'error')).toEqual([]);
  });

  it('writes the raw bytes of a layer as they are', () => {
    const raw = new LayerSpec(udp().protocol, {}, undefined, Uint8Array.of(1, 2, 3));
    expect(build([raw, 'x'])).toEqual(Uint8Array.of(1, 2, 3, 120));
  });

  it('does not change what it is given', () => {
    const parts = Object.freeze([...outer, vxlan({ vni: 5000 }), ...inner]);
    const before = JSON.stringify(parts.map((p) => p.fields));
    build(parts);
    build(parts, { padTo: 200 });
    expect(JSON.stringify(parts.map((p) => p.fields))).toBe(before);
  });
});

/** Every checksum in a frame of our layers, against sums done byte by byte. */
function expectChecksums(frame: Uint8Array): void {
  const { layers } = parse(frame);
  for (const [i, layer] of layers.entries()) {
    const fields = layer.descriptor.decode(layer) as Record<string, unknown>;
    const { checksum } = fields;
    if (checksum === undefined) continue;
    const at = layer.descriptor.layout.fields.find((f) => f.name === 'checksum')?.bit ?? 0;
    const covered = frame.slice(layer.offset, layer.layer === 'ipv4' ? layer.headerEnd : layer.end);
    covered.fill(0, at / 8, at / 8 + 2);
    if (layer.layer === 'ipv4') {
      expect(checksum).toBe(internetChecksum(covered));
      continue;
    }
    if (layer.layer === 'udp' && checksum === 0) continue;
    const ip = layers[i - 1] as HeaderView;
    const [src, dst, size] = ip.layer === 'ipv4' ? [12, 16, 4] : [8, 24, 16];
    const protocol = layer.layer === 'udp' ? 17 : 6;
    const pseudo = pseudoHeader(
      frame.slice(ip.offset + src, ip.offset + src + size),
      frame.slice(ip.offset + dst, ip.offset + dst + size),
      protocol,
      covered.length,
    );
    const sum = internetChecksum(pseudo, covered);
    expect(checksum).toBe(layer.layer === 'udp' && sum === 0 ? 0xffff : sum);
  }
}

describe('checksums', () => {
  it('are right at every depth, with every kind of carrier', () => {
    for (const ip of [ipv4({ src: '1.2.3.4' }), ipv6({ src: '2001:db8::1' })]) {
      for (const tunnel of [vxlan({ vni: 1 }), geneve({ vni: 2, options: [telemetry('x')] })]) {
        const frame = build([
          ethernet(),
          ip,
          udp({ checksum: 'computed' }),
          tunnel,
          ethernet(),
          dot1q({ vid: 3 }),
          ip,
          udp({ checksum: 'computed' }),
          tunnel,
          ethernet(),
          ip,
          tcp(),
          'the innermost payload',
        ]);
        expect(parse(frame).layers.length).toBe(12);
        expectChecksums(frame);
        expect(codesOf(parse(frame), 'error')).toEqual([]);
      }
    }
  });

  it('are right in random frames without source routes', () => {
    const route = (part: SpecPart): boolean =>
      part instanceof LayerSpec && part.layer === 'ipv4' && 'options' in part.fields;
    fc.assert(
      fc.property(sensibleFrames, (parts) => {
        fc.pre(!parts.some(route));
        expectChecksums(build(parts));
      }),
    );
  });
});

describe('padding', () => {
  const small = [ethernet(), ipv4({ src: '10.0.0.1' }), udp({ dstPort: 9 }), 'hi'] as const;

  it('fills the frame with zeros that belong to no packet', () => {
    const frame = build(small, { padTo: 60 });
    expect(frame.length).toBe(60);
    expect(frame.slice(0, 44)).toEqual(build(small));
    expect(frame.slice(44)).toEqual(new Uint8Array(16));
    expect(parse(frame).layer('ipv4')?.length).toBe(30);
    expect(parse(frame).trailer(1)).toEqual(new Uint8Array(16));
  });

  it('is not added where the frame is long enough', () => {
    expect(build(small, { padTo: 44 })).toEqual(build(small));
    expect(build(small, { padTo: 0 })).toEqual(build(small));
  });

  it('goes behind a tag, and behind a trailer', () => {
    const tagged = [ethernet(), dot1q(), ...small.slice(1)];
    expect(build(tagged, { padTo: 60 }).length).toBe(60);
    expect(build([ethernet(), 'x'], { padTo: 60 }).length).toBe(60);
    const withTrailer = [ethernet(), ipv4({}, Uint8Array.of(0xaa)), udp(), 'hi'];
    const frame = build(withTrailer, { padTo: 60 });
    expect(frame[44]).toBe(0xaa);
    expect(frame.length).toBe(60);
  });

  it('is never put on a frame inside a tunnel', () => {
    const tunnel = [...outer, vxlan({ vni: 1 }), ...small];
    expect(build(tunnel, { padTo: 60 })).toEqual(build(tunnel));
    const short = build(tunnel, { padTo: 100 });
    expect(short.length).toBe(100);
    expect(parse(short).layers[4]?.end).toBe(50 + 44);
    expect(parse(short).layers[1]?.end).toBe(50 + 44);
  });
});

describe('errors of build', () => {
  it.each<[string, readonly SpecPart[], object]>([
    [
      'a number too large',
      [ethernet(), ipv4({ ttl: 256 })],
      { code: 'OUT_OF_RANGE', layer: 'ipv4', field: 'ttl' },
    ],
    [
      'an address that is none',
      [ethernet(), ipv4({ src: 'x' })],
      { code: 'BAD_VALUE', layer: 'ipv4', field: 'src' },
    ],
    [
      'a VNI of 25 bits',
      [vxlan({ vni: 2 ** 24 })],
      { code: 'OUT_OF_RANGE', layer: 'vxlan', field: 'vni' },
    ],
    [
      'a layer that no number leads to',
      [ethernet(), udp()],
      { code: 'BAD_VALUE', layer: 'ethernet', field: 'type' },
    ],
    ['a tunnel on TCP', [tcp(), vxlan()], { code: 'BAD_VALUE', layer: 'tcp', field: 'dstPort' }],
    [
      'a packet past 65,535 bytes',
      [ipv4(), new Uint8Array(65516)],
      { code: 'OUT_OF_RANGE', layer: 'ipv4', field: 'length' },
    ],
    [
      'a datagram past 65,535 bytes',
      [udp(), new Uint8Array(65528)],
      { code: 'OUT_OF_RANGE', layer: 'udp', field: 'length' },
    ],
  ])('name layer and field of %s', (_, parts, wanted) => {
    expect(() => build(parts)).toThrow(expect.objectContaining(wanted));
  });

  it('leave build as good as it was', () => {
    const wanted = fixture('vxlan');
    for (const bad of [
      [ethernet(), ipv4({ ttl: -1 })],
      [ethernet(), tcp({ options: [mss(-1)] })],
      ['x', 'y'],
    ]) {
      expect(() => build(bad)).toThrow(PacketError);
      expect(build([...outer, vxlan({ vni: 5000 }), ...inner])).toEqual(wanted);
    }
  });
});

describe('a protocol that calls build and parse itself', () => {
  const layout = headerLayout('nested', [u16('length'), u8('layers')]);
  const LENGTH = offsetOf(layout, 'length');
  const LAYERS = offsetOf(layout, 'layers');
  class NestedView extends HeaderView {
    get descriptor(): Protocol {
      return nestedProtocol;
    }
  }
  /** What its length field holds: the length of a frame built on the way. */
  const nestedFrame = () => build([...outer, vxlan({ vni: 1 }), ...inner]);
  const nestedProtocol: Protocol<'nested', { length: number }, NestedView> = defineProtocol({
    name: 'nested',
    title: 'Nested',
    layout,
    fields: ['length'],
    size: () => (nestedFrame().length > 0 ? layout.span : 0),
    check: (view: DataView, offset: number, end: number, out: Extent) => {
      if (offset + layout.span > end) return 0;
      // A look at some other frame must not disturb the parse that is going on.
      parse(nestedFrame(), { wireLength: 9999 });
      out.bodyEnd = end;
      out.next = -1;
      out.alternative = -1;
      return view.getUint8(offset + LAYERS) === 7 ? offset + layout.span : 0;
    },
    layer: (view, offset, headerEnd, end) => new NestedView(view, offset, headerEnd, end),
    decode: (layer) => ({ length: layer.view.getUint16(layer.offset + LENGTH) }),
    encode: (view, offset) => {
      const frame = nestedFrame();
      view.setUint16(offset + LENGTH, frame.length);
      view.setUint8(offset + LAYERS, parse(frame).layers.length);
    },
  });
  const nested = layerMaker(nestedProtocol);
  const own = bindings.with(nestedProtocol, { udpPort: [9000] });

  it('does no harm to the frame that is being built', () => {
    const frame = build([...outer, nested(), 'payload'], { bindings: own });
    expect([...frame.slice(42, 45)]).toEqual([0, fixture('vxlan').length, 7]);
    const plain = build([
      ...outer.slice(0, 2),
      udp({ srcPort: 49152, dstPort: 9000 }),
      frame.slice(42),
    ]);
    expect(frame).toEqual(plain);
  });

  it('does no harm to the packet that is being parsed', () => {
    const frame = build([...outer, nested(), 'payload'], { bindings: own });
    const layer = parse(frame, { bindings: own }).layer('nested');
    expect(layer && own.protocols.nested.decode(layer)).toEqual({ length: 124 });
    expect(layer?.wireEnd).toBe(frame.length);
  });
});
