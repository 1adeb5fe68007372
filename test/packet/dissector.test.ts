import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/bytes/error.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { geneve } from '../../src/headers/geneve.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ELSEWHERE, type HeaderView, type Protocol } from '../../src/headers/protocol.js';
import { tcp } from '../../src/headers/tcp.js';
import { type UdpFields, type UdpInput, UdpView, udp, udpProtocol } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { bindings } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import { Dissector } from '../../src/packet/dissector.js';
import type { Packet } from '../../src/packet/packet.js';
import { type ParseOptions, parse } from '../../src/packet/parse.js';
import { randomFrom } from '../fuzz/mutate.js';
import { fixture, fixtureNames, linkTypeOf } from '../support/fixtures.js';

const frames = fixtureNames.map((name) => ({
  name,
  bytes: fixture(name),
  linkType: linkTypeOf(name),
}));

const layerOf = (layer: HeaderView, base: number) => ({
  protocol: layer.descriptor,
  view: layer.constructor,
  offset: layer.offset - base,
  headerEnd: layer.headerEnd - base,
  end: layer.end - base,
  wireEnd: layer.wireEnd >= ELSEWHERE ? layer.wireEnd : layer.wireEnd - base,
  via: layer.via,
  faults: layer.faults,
});

/** What `parse` has found, in the terms of a dissector. */
function ofPacket(packet: Packet) {
  const { layers, broken, payload, view } = packet;
  const last = layers.at(-1);
  const faults = layers.reduce((all, l) => all | l.faults, broken?.faults ?? 0);
  return {
    layers: layers.map((layer) => layerOf(layer, 0)),
    broken: broken && { ...broken },
    payload: [last?.headerEnd ?? 0, last?.end ?? view.byteLength],
    bytes: payload.length,
    faulty: faults !== 0,
  };
}

function ofDissector(dissector: Dissector, base: number) {
  const { count, layers, broken, payloadOffset, payloadEnd, faulty } = dissector;
  expect(layers.slice(count).every((layer) => layer === undefined)).toBe(true);
  return {
    layers: layers.slice(0, count).map((layer) => layerOf(layer as HeaderView, base)),
    broken: broken && { ...broken, offset: broken.offset - base },
    payload: [payloadOffset - base, payloadEnd - base],
    bytes: payloadEnd - payloadOffset,
    faulty,
  };
}

/** A view on a larger buffer in which the frame lies at `base`, between bytes that are not of it. */
function amid(bytes: Uint8Array, base: number, fill: number): DataView {
  const larger = new Uint8Array(base + bytes.length + 70).fill(fill);
  larger.set(bytes, base);
  return new DataView(larger.buffer);
}

/** Compares a dissector with `parse`, at the start of a buffer and amid another's bytes. */
function expectSame(dissector: Dissector, bytes: Uint8Array, options: ParseOptions, name: string) {
  const want = ofPacket(parse(bytes, options));
  const { linkType, wireLength = bytes.length } = options;
  for (const [base, fill] of [
    [0, 0],
    [61, 0xff],
    [62, 0x45],
  ] as const) {
    const view = amid(bytes, base, fill);
    const count = dissector.dissect(view, base, base + bytes.length, wireLength, linkType);
    expect(count, name).toBe(want.layers.length);
    expect(ofDissector(dissector, base), `${name} at ${base}`).toEqual(want);
  }
}

describe('a dissector', () => {
  it('finds in every fixture what parse finds, wherever it lies, whatever it met before', () => {
    const dissector = new Dissector();
    for (const { name, bytes, linkType } of frames) {
      expectSame(dissector, bytes, { linkType }, name);
    }
    for (const { name, bytes, linkType } of [...frames].reverse()) {
      expectSame(dissector, bytes, { linkType, wireLength: bytes.length + 40 }, name);
      const cut = bytes.subarray(0, bytes.length >> 1);
      expectSame(dissector, cut, { linkType, wireLength: bytes.length }, name);
    }
  });

  it('finds in damaged frames what parse finds', () => {
    const dissector = new Dissector();
    fc.assert(
      fc.property(
        fc.nat(frames.length - 1),
        fc.integer(),
        fc.integer({ min: 1, max: 8 }),
        (i, seed, hits) => {
          const { name, bytes, linkType } = frames[i] as (typeof frames)[number];
          const random = randomFrom(seed);
          const damaged = bytes.slice(
            0,
            bytes.length - (random(3) === 0 ? random(bytes.length) : 0),
          );
          for (let hit = 0; hit < hits && damaged.length > 0; hit++) {
            damaged[random(damaged.length)] = random(256);
          }
          expectSame(
            dissector,
            damaged,
            { linkType, wireLength: damaged.length + random(20) },
            name,
          );
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('keeps to the bindings, the depth and the source ports that it was made with', () => {
    const inside = [ethernet(), ipv4(), tcp(), 'x'];
    const frame = build([
      ethernet(),
      ipv4(),
      udp({ srcPort: 4789, dstPort: 9999 }),
      vxlan(),
      ...inside,
    ]);
    for (const options of [
      { maxDepth: 3 },
      { sourcePorts: false },
      { bindings: bindings.with(udpProtocol, { udpPort: [9999] }) },
      { linkType: 228 },
    ]) {
      const dissector = new Dissector(options);
      dissector.dissect(new DataView(frame.buffer));
      expect(ofDissector(dissector, 0)).toEqual(ofPacket(parse(frame, options)));
      expect(ofPacket(dissector.packet())).toEqual(ofPacket(parse(frame, options)));
    }
    expect(() => new Dissector({ maxDepth: 0 })).toThrow(PacketError);
  });

  it('uses the views of a frame for the next one of the same layers', () => {
    const dissector = new Dissector();
    const one = fixture('vxlan');
    dissector.dissect(new DataView(one.buffer));
    const views = dissector.layers.slice();
    dissector.dissect(new DataView(fixture('arp-reply').buffer));
    expect(dissector.layers.slice(0, 3).map((layer) => layer?.layer)).toEqual([
      'ethernet',
      'arp',
      undefined,
    ]);
    dissector.dissect(amid(one, 30, 9), 30, 30 + one.length);
    expect(dissector.layers.every((layer, i) => layer === views[i])).toBe(true);
    expect(views.map((layer) => layer?.offset)).toEqual([30, 44, 64, 72, 80, 94, 114]);
  });

  it('has layers by name, from outside, and the payload as a range', () => {
    const dissector = new Dissector();
    const frame = build([
      ethernet(),
      ipv4({ src: '10.0.0.1' }),
      udp(),
      geneve({ vni: 7 }),
      ethernet(),
      ipv4({ src: '192.168.0.1' }),
      tcp({ seq: 9 }),
      'hello',
    ]);
    expect(dissector.dissect(amid(frame, 5, 1), 5, 5 + frame.length)).toBe(7);
    expect(dissector.layer('geneve')?.vni).toBe(7);
    expect(dissector.layer('ipv4')?.src).toBe('10.0.0.1');
    expect(dissector.layer('ipv4', 1)?.src).toBe('192.168.0.1');
    expect(dissector.layer('ipv4', 2)).toBeUndefined();
    expect(dissector.layer('arp')).toBeUndefined();
    expect(dissector.layer('tcp')?.seq).toBe(9);
    expect([dissector.payloadOffset, dissector.payloadEnd]).toEqual([
      5 + frame.length - 5,
      5 + frame.length,
    ]);
    expect(dissector.faulty).toBe(false);
  });

  it('gives a packet of the frame, with offsets from its start', () => {
    const dissector = new Dissector();
    const frame = fixture('ipv4-length-past-end');
    dissector.dissect(amid(frame, 33, 7), 33, 33 + frame.length);
    const packet = dissector.packet();
    expect(packet.bytes).toEqual(frame);
    expect(packet.problems).toEqual(parse(frame).problems);
    expect(build(packet.toSpec())).toEqual(frame);
  });

  it('refuses bytes that are not in the view, and keeps what it has', () => {
    const dissector = new Dissector();
    const view = new DataView(new ArrayBuffer(60));
    expect(() => dissector.packet()).toThrow('nothing has been dissected');
    dissector.dissect(new DataView(fixture('udp').buffer));
    for (const [offset, end] of [
      [-1, 60],
      [0, 61],
      [40, 39],
      [Number.NaN, 60],
      [0, Number.NaN],
    ] as const) {
      expect(() => dissector.dissect(view, offset, end)).toThrow(
        expect.objectContaining({ code: 'OUT_OF_RANGE' }),
      );
    }
    expect(() => dissector.dissect(view, 0, 60, -1)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
    expect(dissector.count).toBe(3);
    expect(dissector.packet().bytes).toEqual(fixture('udp'));
    expect(dissector.dissect(view, 60, 60)).toBe(0);
    expect(dissector.broken?.protocol.name).toBe('ethernet');
  });

  it("makes a user's view anew for each frame where it keeps something of its own", () => {
    class KeepingView extends UdpView {
      readonly sum: number;
      constructor(view: DataView, offset: number, end: number, headerEnd: number) {
        super(view, offset, end, headerEnd);
        this.sum = this.srcPort + this.dstPort;
      }
      override get descriptor(): Protocol {
        return keeping;
      }
    }
    const keeping: Protocol<'udp', UdpFields, KeepingView, UdpInput> = {
      ...udpProtocol,
      layer: (view: DataView, offset: number, headerEnd: number, end: number) =>
        new KeepingView(view, offset, end, headerEnd),
    };
    const dissector = new Dissector({ bindings: bindings.with(keeping) });
    for (const srcPort of [1000, 2000, 3000]) {
      const frame = build([ethernet(), ipv4(), udp({ srcPort, dstPort: 7 }), 'x']);
      dissector.dissect(new DataView(frame.buffer));
      expect(dissector.layer('udp')?.sum).toBe(srcPort + 7);
      expect(dissector.layer('udp')?.wireEnd).toBe(frame.length);
    }
  });
});

describe('a view that moves', () => {
  it('is on the other header in every respect', () => {
    const frame = fixture('vxlan');
    const view = new DataView(frame.buffer);
    const layers = parse(frame).all('ipv4');
    const [outer, inner] = layers as unknown as [HeaderView, HeaderView];
    const moved = outer.moveTo(view, inner.offset, inner.headerEnd, inner.end);
    expect(moved).toBe(outer);
    expect({ ...layerOf(moved, 0) }).toEqual({ ...layerOf(inner, 0), via: -1, faults: 0 });
    expect(layers[0]?.src).toBe(layers[1]?.src);
  });
});
