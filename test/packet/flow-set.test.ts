import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { flowKey, flowTuple } from '../../src/packet/flow-key.js';
import {
  chosenLevels,
  type FlowLevel,
  type FlowSymmetry,
  flowLevels,
  newFlowLevel,
  readFrameFlowLevel,
} from '../../src/packet/flow-level.js';
import { FlowSet } from '../../src/packet/flow-set.js';
import { FlowTable } from '../../src/packet/flow-table.js';
import { parse } from '../../src/packet/parse.js';
import { errorOf } from '../capture/pcap-file.js';
import { fixture, fixtureNames, linkTypeOf } from '../support/fixtures.js';
import { sensibleFrames } from '../support/random-frames.js';

const SYMMETRIES = ['symmetric', 'directed'] as const;

/** A made-up level: addresses of `bytes`, and what else is told. */
function levelOf(bytes: readonly number[], told: Partial<FlowLevel> = {}): FlowLevel {
  const view = new DataView(Uint8Array.from(bytes).buffer);
  return { ...newFlowLevel(), view, addressBytes: bytes.length / 2, ...told };
}

/** What the set makes of levels, beside what a map of `flowKey` does. */
function expectLikeKeys(levels: readonly FlowLevel[], symmetry: FlowSymmetry): FlowSet {
  const set = new FlowSet({ symmetry });
  const numbers = new Map<string, number>();
  for (const level of levels) {
    const key = flowKey(level, symmetry);
    const expected = numbers.get(key) ?? numbers.size;
    expect(set.find(level)).toBe(numbers.has(key) ? expected : -1);
    numbers.set(key, expected);
    expect(set.add(level)).toBe(expected);
    expect(set.find(level)).toBe(expected);
    expect(set.size).toBe(numbers.size);
  }
  const out = newFlowLevel();
  for (const level of levels) {
    const key = flowKey(level, symmetry);
    set.read(numbers.get(key) as number, out);
    expect(flowKey(out, symmetry)).toBe(key);
    expect(flowTuple(out, symmetry)).toEqual(flowTuple(level, symmetry));
  }
  return set;
}

describe.each(SYMMETRIES)('a %s flow set', (symmetry) => {
  it('tells the flows of every fixture apart as flowKey does', () => {
    const levels = fixtureNames.flatMap((name) =>
      flowLevels(parse(fixture(name), { linkType: linkTypeOf(name) })),
    );
    expect(levels.length).toBeGreaterThan(100);
    expectLikeKeys([...levels, ...levels], symmetry);
  });

  it('tells the flows of random frames apart as flowKey does', () => {
    fc.assert(
      fc.property(fc.array(sensibleFrames, { maxLength: 20 }), (specs) => {
        expectLikeKeys(
          specs.flatMap((spec) => flowLevels(parse(build(spec)))),
          symmetry,
        );
      }),
      { numRuns: 40 },
    );
  });

  it('tells levels of few bytes apart as flowKey does, both ways, while it grows', () => {
    const byte = fc.nat(2);
    const level = fc
      .record({
        addresses: fc.oneof(
          fc.array(byte, { minLength: 8, maxLength: 8 }),
          fc.array(byte, { minLength: 32, maxLength: 32 }),
        ),
        protocol: fc.constantFrom(0, 6, 17, 255),
        ends: fc.option(fc.tuple(fc.constantFrom(0, 1, 65535), fc.constantFrom(0, 1, 65535))),
      })
      .map(({ addresses, protocol, ends }) => {
        const [srcEnd, dstEnd] = ends ?? [-1, -1];
        return levelOf(addresses, { protocol, srcEnd, dstEnd });
      });
    fc.assert(
      fc.property(fc.array(level, { maxLength: 60 }), (levels) => {
        expectLikeKeys(levels, symmetry);
      }),
      { numRuns: 100 },
    );
    const many = fc.sample(level, { numRuns: 6000, seed: 5 });
    expect(expectLikeKeys(many, symmetry).size).toBeGreaterThan(1500);
  });

  it('has the flows of a table, whose ended connections begin anew', () => {
    const table = new FlowTable({ symmetry, levels: 'outer' });
    const set = new FlowSet({ symmetry });
    for (const name of fixtureNames) {
      const packet = parse(fixture(name), { linkType: linkTypeOf(name) });
      table.add(packet);
      for (const level of chosenLevels(packet, 'outer')) set.add(level);
    }
    const keys = new Set(table.flows.map(({ level }) => flowKey(level, symmetry)));
    expect(keys.size).toBeGreaterThan(20);
    expect(set.size).toBe(keys.size);
    for (const { level } of table.flows) expect(set.find(level)).toBeGreaterThanOrEqual(0);
  });
});

describe('a flow set', () => {
  const numbered = (n: number, wide = false) =>
    levelOf(
      [...new Array(wide ? 28 : 4).fill(0), n >> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255],
      {
        protocol: 6,
        srcEnd: 1,
        dstEnd: 2,
      },
    );

  it('keeps its flows while it grows, IPv4 and IPv6 of the same bytes apart', () => {
    const set = new FlowSet({ symmetry: 'directed' });
    for (let i = 0; i < 20_000; i++) {
      expect(set.add(numbered(i))).toBe(i * 2);
      expect(set.add(numbered(i, true))).toBe(i * 2 + 1);
    }
    for (let i = 0; i < 20_000; i += 7) {
      expect(set.find(numbered(i))).toBe(i * 2);
      expect(set.add(numbered(i, true))).toBe(i * 2 + 1);
    }
    expect(set.size).toBe(40_000);
    expect(set.missed).toBe(0);
  });

  it.each([1, 2, 3, 1023, 1024, 1025, 3000])('keeps %i flows at most, and says so', (maxFlows) => {
    const set = new FlowSet({ maxFlows });
    for (let i = 0; i < maxFlows; i++) expect(set.add(numbered(i))).toBe(i);
    for (let i = 0; i < 10; i++) expect(set.add(numbered(maxFlows + i, i % 2 === 0))).toBe(-1);
    expect(set.add(numbered(0))).toBe(0);
    expect(set.add(numbered(maxFlows - 1))).toBe(maxFlows - 1);
    expect(set.find(numbered(maxFlows))).toBe(-1);
    expect([set.size, set.missed]).toEqual([maxFlows, 10]);
    set.clear();
    expect([set.size, set.missed]).toEqual([0, 0]);
    expect(set.find(numbered(0))).toBe(-1);
    expect(set.add(numbered(5))).toBe(0);
  });

  it('gives flows back as text, the lower end first', () => {
    const set = new FlowSet();
    const level = newFlowLevel();
    const add = (frame: Uint8Array) => {
      const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
      expect(readFrameFlowLevel(view, 0, frame.length, level)).toBe(true);
      return set.add(level);
    };
    const ends = { srcPort: 53, dstPort: 1024 };
    add(build([ethernet(), ipv4({ src: '10.0.0.9', dst: '10.0.0.1' }), udp(ends)]));
    add(build([ethernet(), ipv6({ src: '2001:db8::1', dst: '2001:db8::2' }), udp(ends)]));
    set.read(0, level);
    expect(flowTuple(level)).toEqual({
      src: '10.0.0.1',
      dst: '10.0.0.9',
      protocol: 17,
      srcPort: 1024,
      dstPort: 53,
    });
    set.read(1, level);
    expect(flowTuple(level)).toMatchObject({ src: '2001:db8::1', srcPort: 53 });
  });

  it('refuses a limit out of range and flows that it does not have', async () => {
    for (const maxFlows of [0, -1, 1.5, Number.NaN, 2 ** 24]) {
      expect((await errorOf(() => new FlowSet({ maxFlows }))).code).toBe('BAD_OPTION');
    }
    const set = new FlowSet();
    set.add(numbered(1));
    for (const number of [-1, 1, 0.5, Number.NaN]) {
      expect((await errorOf(() => set.read(number, newFlowLevel()))).code).toBe('BAD_VALUE');
    }
  });
});

describe('the level of a frame', () => {
  it('is that of the first IP header, behind VLAN tags', () => {
    for (const name of fixtureNames.filter((one) => linkTypeOf(one) === 1)) {
      const bytes = fixture(name);
      const packet = parse(bytes);
      const known = ['ethernet', 'dot1q', 'ipv4', 'ipv6'];
      const first = packet.layers.findIndex(({ descriptor }) => descriptor.name.startsWith('ipv'));
      const direct = packet.layers
        .slice(0, first)
        .every(({ descriptor }) => known.includes(descriptor.name));
      if (first < 0 || !direct) continue;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const out = newFlowLevel();
      expect(readFrameFlowLevel(view, 0, bytes.length, out), name).toBe(true);
      const [level] = flowLevels(packet);
      expect(flowKey(out), name).toBe(flowKey(level as FlowLevel));
    }
  });

  it('is none of a frame that is cut in its headers, or holds no IP', () => {
    const frame = build([ethernet(), ipv4(), udp()]);
    const view = new DataView(frame.buffer);
    for (let end = 0; end < 34; end++) {
      expect(readFrameFlowLevel(view, 0, end, newFlowLevel())).toBe(false);
    }
    const arp = fixture('arp-request');
    const other = new DataView(arp.buffer, arp.byteOffset, arp.length);
    expect(readFrameFlowLevel(other, 0, arp.length, newFlowLevel())).toBe(false);
  });
});
