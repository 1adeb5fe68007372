/** Packets too large for the MTU: their fragments, put together again, are the packet. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameArena } from '../../src/encap/arena.js';
import { TunnelFragmenter } from '../../src/encap/fragments.js';
import { GeneveEncapsulator } from '../../src/encap/geneve-encapsulator.js';
import type { OuterOptions } from '../../src/encap/outer.js';
import { VxlanEncapsulator } from '../../src/encap/vxlan-encapsulator.js';
import { WRAP } from '../../src/encap/wrap.js';
import { geneve } from '../../src/headers/geneve.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { parse } from '../../src/packet/parse.js';
import { IpReassembler } from '../../src/reassembly/ip-reassembler.js';
import { type AnyPacket, parsed } from '../reassembly/fragments.js';
import { codesOf } from '../support/problems.js';
import { describeWithTshark, tsharkFields } from '../support/tshark.js';
import { expected, OUTER4, OUTER6 } from './wraps.js';

const FRAGMENTABLE: OuterOptions = { ...OUTER4, dontFragment: false, id: 'count', ecn: 0 };
const OUTERS: Readonly<Record<string, OuterOptions>> = {
  IPv4: FRAGMENTABLE,
  'IPv4 with a checksum': { ...FRAGMENTABLE, checksum: 'computed' },
  'IPv4 behind a tag': { ...FRAGMENTABLE, vlan: { vid: 7 } },
  IPv6: OUTER6,
  'IPv6 behind a tag': { ...OUTER6, vlan: { vid: 7 }, flowLabel: 9 },
};
const options = [{ class: 1, type: 2, data: new Uint8Array(8).fill(3) }];
const KERNELS = ['webassembly', 'javascript'] as const;

const frameOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);

/** A fragmenter, and a call that answers copies of the outer frames of one frame. */
function fragmenting(
  outer: OuterOptions,
  mtu: number,
  kernel: (typeof KERNELS)[number] = 'webassembly',
  kind: 'vxlan' | 'geneve' = 'vxlan',
) {
  const arena = new FrameArena({ slots: 1, slotBytes: 262_144, reserve: 262_144, kernel });
  const tunnel =
    kind === 'vxlan'
      ? new VxlanEncapsulator({ outer, arena, vni: 5 })
      : new GeneveEncapsulator({ outer, arena, vni: 5, options });
  const fragmenter = new TunnelFragmenter({ tunnel, mtu });
  const source = arena.reserve(70_000);
  const send = (frame: Uint8Array): Uint8Array[] => {
    arena.bytes.set(frame, source);
    const count = fragmenter.plan(frame.length);
    const targets = Int32Array.from({ length: count }, (_, i) => arena.slotsAt + i * (mtu + 32));
    const lengths = new Int32Array(count);
    expect(fragmenter.wrap(source, frame.length, targets, lengths)).toBe(count);
    return [...targets].map((at, i) => arena.bytes.slice(at, at + (lengths[i] as number)));
  };
  return { arena, fragmenter, source, send };
}

/** The outer packet, put together from frames that came in that order. */
function reassembled(frames: readonly Uint8Array[]): Uint8Array | undefined {
  const problems: unknown[] = [];
  const ip = new IpReassembler({ onProblem: (problem) => problems.push(problem) });
  const done = frames.map((frame) => ip.add(parsed(frame) as AnyPacket)).filter(Boolean);
  expect(problems).toEqual([]);
  expect(done.length).toBe(1);
  return done[0]?.toFrame().bytes;
}

const layerOf = {
  vxlan: (vni: number) => vxlan({ vni }),
  geneve: (vni: number) => geneve({ vni, protocol: 0x6558, options }),
};

describe.each(KERNELS)('fragments in %s', (kernel) => {
  describe.each(Object.entries(OUTERS))('over %s', (_name, outer) => {
    it.each(['vxlan', 'geneve'] as const)('become the packet of %s', (kind) => {
      const { send } = fragmenting(outer, 1400, kernel, kind);
      for (const [n, length] of [1400, 5000, 9000, 1365, 60_000].entries()) {
        const frame = frameOf(length);
        const frames = send(frame);
        expect(frames.length).toBeGreaterThan(1);
        const asked = { outer, tunnel: layerOf[kind] };
        const truth = expected(asked, frame, 5, undefined, n);
        const whole = reassembled([...frames].reverse());
        expect(Buffer.compare(whole as Uint8Array, truth)).toBe(0);
        for (const one of frames) {
          expect(codesOf(parse(one), 'warning')).toEqual([]);
          expect(one.length - (outer.vlan === undefined ? 14 : 18)).toBeLessThanOrEqual(1400);
        }
      }
    });

    it('are none where the packet fits, exactly', () => {
      const { send, fragmenter } = fragmenting(outer, 1400, kernel);
      const most = 1400 - (outer.src.includes(':') ? 56 : 36);
      expect([fragmenter.plan(most), fragmenter.plan(most + 1)]).toEqual([1, 2]);
      const frame = frameOf(most);
      const [whole] = send(frame);
      expect(whole).toEqual(expected({ outer, tunnel: layerOf.vxlan }, frame, 5));
    });
  });
});

it('are planned in multiples of 8 bytes, the last with what is left', () => {
  const { fragmenter } = fragmenting(FRAGMENTABLE, 100);
  // 80 bytes each; UDP and VXLAN are 16 bytes of the payload.
  expect(fragmenter.plan(200)).toBe(3);
  expect([...fragmenter.offsets.slice(0, 3)]).toEqual([0, 80, 160]);
  expect([...fragmenter.sizes.slice(0, 3)]).toEqual([80, 80, 56]);
  expect(fragmenter.plan(fragmenter.maxLength)).toBe(Math.ceil(65_515 / 80));
  expect(fragmenter.plan(fragmenter.maxLength + 1)).toBe(WRAP.TOO_LONG);
  expect(fragmenter.plan(-1)).toBe(WRAP.TOO_LONG);
});

it.each([
  ['IPv4', FRAGMENTABLE],
  ['IPv6', OUTER6],
] as const)('have an ID of their own for each packet over %s', (_name, outer) => {
  const { send } = fragmenting(outer, 1400);
  const ids = [1, 2, 3].flatMap(() =>
    send(frameOf(2000)).map((frame) => {
      const packet = parse(frame);
      return packet.all('ipv6Fragment')[0]?.identification ?? packet.all('ipv4')[0]?.id;
    }),
  );
  expect(ids).toEqual([0, 0, 1, 1, 2, 2]);
});

it('become the packet again, for any length and MTU', () => {
  const outers = fc.constantFrom(...Object.values(OUTERS));
  const kernels = fc.constantFrom(...KERNELS);
  const mtus = fc.integer({ min: 1280, max: 3000 });
  fc.assert(
    fc.property(outers, kernels, mtus, fc.nat(12_000), (outer, kernel, mtu, length) => {
      const frame = frameOf(length);
      const frames = fragmenting(outer, mtu, kernel).send(frame);
      const truth = expected({ outer, tunnel: layerOf.vxlan }, frame, 5);
      const whole = frames.length === 1 ? frames[0] : reassembled(frames);
      expect(Buffer.compare(whole as Uint8Array, truth)).toBe(0);
    }),
    { numRuns: 60 },
  );
});

describe('misuse', () => {
  const arena = new FrameArena({ slots: 2 });
  const make = (outer: OuterOptions, mtu: number) =>
    new TunnelFragmenter({ tunnel: new VxlanEncapsulator({ outer, arena }), mtu });
  const flags = 'outer: fragments need dontFragment: false, and an id that is count';
  it.each<[string, OuterOptions, number, string]>([
    ['DF', { ...FRAGMENTABLE, dontFragment: true }, 1400, flags],
    ['DF by what is inside', { ...FRAGMENTABLE, dontFragment: 'inner' }, 1400, flags],
    ['an ID that stays', { ...FRAGMENTABLE, id: 1 }, 1400, flags],
    ['a small MTU', FRAGMENTABLE, 67, 'mtu is 67: expected 68–65535 bytes'],
    ['a small MTU of IPv6', OUTER6, 1279, 'mtu is 1279: expected 1280–65535 bytes'],
    ['half a byte', FRAGMENTABLE, 99.5, 'mtu is 99.5: expected 68–65535 bytes'],
  ])('is refused: %s', (_name, outer, mtu, message) => {
    expect(() => make(outer, mtu)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message }),
    );
  });

  it('is refused: no arena', () => {
    const tunnel = new VxlanEncapsulator({ outer: FRAGMENTABLE });
    expect(() => new TunnelFragmenter({ tunnel, mtu: 1400 })).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        message: 'the tunnel has no arena: memory for fragments',
      }),
    );
  });

  it('writes nothing where a target is missing or lies outside', () => {
    const { arena: memory, fragmenter, source } = fragmenting(FRAGMENTABLE, 1400);
    const before = memory.bytes.slice();
    const at = memory.slotsAt;
    const wrap =
      (targets: number[], lengths = 2, from = source) =>
      () =>
        fragmenter.wrap(from, 2000, Int32Array.from(targets), new Int32Array(lengths));
    const few = { code: 'BAD_VALUE', message: '2 fragments: there are 1 targets and 2 lengths' };
    expect(wrap([at])).toThrow(expect.objectContaining(few));
    expect(wrap([at, at + 1500], 1)).toThrow(expect.objectContaining({ code: 'BAD_VALUE' }));
    const away = expect.objectContaining({ code: 'OUT_OF_RANGE' });
    expect(wrap([at, -1])).toThrow(away);
    expect(wrap([at - 1, at])).toThrow(away);
    expect(wrap([at, memory.bytes.length - 60])).toThrow(away);
    expect(wrap([at, at + 1500], 2, -1)).toThrow(away);
    expect(wrap([at, at + 1500], 2, memory.bytes.length - 1999)).toThrow(away);
    expect(Buffer.compare(memory.bytes, before)).toBe(0);
    const none = new Int32Array(0);
    expect(fragmenter.wrap(source, fragmenter.maxLength + 1, none, none)).toBe(WRAP.TOO_LONG);
  });
});

describeWithTshark('tshark', () => {
  it('puts them together too, with a checksum that verifies', () => {
    for (const outer of [
      FRAGMENTABLE,
      { ...FRAGMENTABLE, checksum: 'computed' as const },
      OUTER6,
    ]) {
      const frames = fragmenting(outer, 1400)
        .send(frameOf(3000))
        .map((bytes) => ({ bytes }));
      const fields = [
        'ip.reassembled.length',
        'ipv6.reassembled.length',
        'udp.length',
        'udp.checksum.status',
        'vxlan.vni',
        '_ws.expert.message',
      ];
      const rows = tsharkFields(frames, fields, 1, { analyse: true });
      const last = rows.at(-1);
      const length = [
        ...(last?.get('ip.reassembled.length') ?? []),
        ...(last?.get('ipv6.reassembled.length') ?? []),
      ];
      expect(length).toEqual(['3016']);
      expect(last?.get('udp.length')).toEqual(['3016']);
      expect(last?.get('vxlan.vni')).toEqual(['5']);
      const status = outer.checksum === undefined && !outer.src.includes(':') ? '3' : '1';
      expect(last?.get('udp.checksum.status')?.[0]).toBe(status);
    }
  });
});
