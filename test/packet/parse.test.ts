import { describe, expect, it } from 'vitest';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { LINK_TYPE } from '../../src/headers/numbers.js';
import { ELSEWHERE, type HeaderView } from '../../src/headers/protocol.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { fixture, fixtureNames } from '../support/fixtures.js';

const names = (packet: { readonly layers: readonly HeaderView[] }): string[] =>
  packet.layers.map((layer) => layer.layer);

describe('parse', () => {
  it('finds layers, outermost first, by name, and the payload', () => {
    const packet = parse(fixture('vxlan'));
    expect(names(packet)).toEqual(['ethernet', 'ipv4', 'udp', 'vxlan', 'ethernet', 'ipv4', 'tcp']);
    expect(packet.layer('ipv4')?.src).toBe('10.0.0.1');
    expect(packet.all('ipv4').map((ip) => ip.src)).toEqual(['10.0.0.1', '192.168.10.5']);
    expect(packet.layer('geneve')).toBeUndefined();
    expect(packet.all('geneve')).toEqual([]);
    expect(packet.layer('vxlan')?.vni).toBe(5000);
    expect(packet.payload.length).toBe(0);
    expect([packet.wireLength, packet.linkType]).toEqual([124, 1]);
  });

  it('lies on the bytes: a change of either is one of the other', () => {
    const frame = fixture('udp');
    const packet = parse(frame);
    frame[22] = 9;
    expect(packet.layer('ipv4')?.ttl).toBe(9);
    const ip = packet.layer('ipv4');
    if (ip) ip.ttl = 8;
    expect(frame[22]).toBe(8);
    packet.payload[0] = 0x41;
    expect(frame[42]).toBe(0x41);
    expect(packet.bytes.buffer).toBe(frame.buffer);
  });

  it('reads a frame that lies in the middle of a larger buffer', () => {
    const frame = fixture('vxlan');
    const larger = new Uint8Array(frame.length + 20).fill(0xff);
    larger.set(frame, 7);
    const packet = parse(larger.subarray(7, 7 + frame.length));
    expect(names(packet)).toEqual(names(parse(frame)));
    expect(packet.problems).toEqual([]);
    expect(build(packet.toSpec())).toEqual(frame);
  });

  it('never throws, for any truncation of any fixture', () => {
    for (const name of fixtureNames) {
      const frame = fixture(name);
      for (let end = 0; end < frame.length; end++) {
        const packet = parse(frame.slice(0, end), { wireLength: frame.length });
        expect(packet.layers.every((l) => l.end <= end && l.headerEnd <= l.end)).toBe(true);
        expect(packet.problems.every((p) => p.offset <= end)).toBe(true);
      }
    }
  });

  it('has the header at which it stopped', () => {
    expect(parse(fixture('ipv4-ihl-4')).broken).toMatchObject({
      offset: 14,
      protocol: { name: 'ipv4' },
    });
    expect(parse(fixture('udp')).broken).toBeUndefined();
  });
});

describe('bodies and trailers', () => {
  it('fit each into its carrier without a gap, in every fixture', () => {
    for (const name of fixtureNames) {
      const frame = fixture(name);
      const packet = parse(frame);
      let at = 0;
      for (const layer of packet.layers) {
        expect(layer.offset, name).toBe(at);
        at = layer.headerEnd;
      }
      const trailers = packet.layers.map((_, i) => packet.trailer(i).length);
      const sum = trailers.reduce((a, b) => a + b, 0);
      expect(at + packet.payload.length + sum, name).toBe(frame.length);
    }
  });
});

describe('a captured length below the wire length', () => {
  const inner = [ethernet(), ipv4(), udp({ dstPort: 7 }), new Uint8Array(100)];
  const outer = [ethernet(), ipv4(), udp(), vxlan({ vni: 1 })];
  const whole = build([...outer, ...outer, ...inner]);

  it('is carried to the innermost layer: nothing is wrong, and the ends on the wire are right', () => {
    const cut = parse(whole.slice(0, -60), { wireLength: whole.length });
    expect(cut.layers.length).toBe(11);
    expect(cut.problems).toMatchObject([
      { code: 'CHECKSUM_UNVERIFIED', severity: 'info', snapLength: true, layerIndex: 10 },
    ]);
    expect(cut.layers.map((l) => l.wireEnd)).toEqual(Array(11).fill(whole.length));
    expect(cut.layers.map((l) => l.end)).toEqual(Array(11).fill(whole.length - 60));
    expect(cut.wireLength).toBe(whole.length);
  });

  it('is told from a lying length inside the tunnel', () => {
    const lying = whole.slice();
    const length = parse(whole).all('ipv4')[2]?.offset ?? 0;
    lying[length + 2] = 0xff;
    const codes = (frame: Uint8Array) =>
      parse(frame, { wireLength: whole.length }).problems.map((p) => p.code);
    expect(codes(lying.slice(0, -60))).toContain('IPV4_TOTAL_LENGTH_PAST_END');
  });

  it('that is more than the wire length changes nothing', () => {
    const packet = parse(whole, { wireLength: 10 });
    expect(packet.layers[0]?.wireEnd).toBe(whole.length);
    expect(packet.problems).toEqual([]);
  });

  it('leaves padding of the frame behind: the packet on the wire ends before', () => {
    const padded = fixture('padded');
    const packet = parse(padded.slice(0, 50), { wireLength: 60 });
    expect(packet.layers.map((l) => l.wireEnd)).toEqual([60, 44, 44]);
  });

  it('of a first fragment ends elsewhere', () => {
    const packet = parse(fixture('ipv4-fragment-first'));
    expect(packet.layer('ipv4')?.wireEnd).toBe(ELSEWHERE);
    expect(packet.layer('udp')?.wireEnd).toBe(34 + 48);
  });
});

describe('link types', () => {
  const four = build([ipv4(), udp({ dstPort: 7 }), 'x']);
  const six = build([ipv6(), udp({ dstPort: 7 }), 'x']);

  it.each([
    [LINK_TYPE.IPV4, four, ['ipv4', 'udp']],
    [LINK_TYPE.IPV6, six, ['ipv6', 'udp']],
    [LINK_TYPE.RAW, four, ['ipv4', 'udp']],
    [LINK_TYPE.RAW, six, ['ipv6', 'udp']],
    [LINK_TYPE.RAW_OPENBSD, six, ['ipv6', 'udp']],
    [147, four, []],
    [65535, four, []],
    [-1, four, []],
    [2 ** 31, four, []],
  ])('%i begins where it says, and what is not known is payload', (linkType, frame, layers) => {
    const packet = parse(frame, { linkType });
    expect(names(packet)).toEqual(layers);
    expect(packet.problems).toEqual([]);
    expect(packet.linkType).toBe(linkType);
    if (layers.length === 0) expect(packet.payload).toEqual(frame);
    expect(build(packet.toSpec())).toEqual(frame);
  });
});

describe('depth', () => {
  const nest = (n: number): Uint8Array => {
    const parts: SpecPart[] = [];
    for (let i = 0; i < n; i++) parts.push(ethernet(), ipv4(), udp(), vxlan({ vni: i }));
    return build([...parts, ethernet(), 'x']);
  };

  it('is capped at 128 layers unless told, with a problem where it stopped', () => {
    const bomb = nest(300);
    const packet = parse(bomb);
    expect(packet.layers.length).toBe(128);
    expect(packet.problems).toMatchObject([
      { code: 'TOO_MANY_LAYERS', layer: 'ethernet', offset: 16 * 100 },
    ]);
    expect(build(packet.toSpec())).toEqual(bomb);
    expect(parse(bomb, { maxDepth: 5 }).layers.length).toBe(5);
    expect(parse(bomb, { maxDepth: 2000 }).layers.length).toBe(1201);
    expect(parse(bomb, { maxDepth: 1201 }).problems).toEqual([]);
  });

  it('of 1,000 tags is capped', () => {
    const tags = Array.from({ length: 1000 }, (_, i) => dot1q({ vid: i }));
    const frame = build([ethernet(), ...tags, ipv4(), 'x']);
    const packet = parse(frame);
    expect(packet.layers.length).toBe(128);
    expect(packet.problems).toMatchObject([{ code: 'TOO_MANY_LAYERS', layer: 'dot1q' }]);
    expect(build(packet.toSpec())).toEqual(frame);
  });
});

describe('source ports', () => {
  it('lead to a tunnel only where the destination port leads nowhere', () => {
    const frame = fixture('vxlan').slice();
    frame.set([0x17, 0xc1], 34);
    const packet = parse(frame);
    expect(names(packet)[3]).toBe('vxlan');
    expect(packet.problems).toEqual([]);
  });
});
