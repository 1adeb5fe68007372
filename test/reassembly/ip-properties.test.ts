import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FragmentProblem } from '../../src/reassembly/fragment-problems.js';
import { IpReassembler } from '../../src/reassembly/ip-reassembler.js';
import { type Cut, cuts, frame4, frame6, parsed } from './fragments.js';

const data = fc.uint8Array({ minLength: 9, maxLength: 600 });
const places = fc.array(fc.nat(600), { minLength: 1, maxLength: 20 });

/** Numbers below `count` in some order, some of them twice, but never all before the last is new. */
function shuffled(count: number, seeds: readonly number[]): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (const [i, seed] of seeds.entries()) {
    const a = i % count;
    const b = seed % count;
    [order[a], order[b]] = [order[b] as number, order[a] as number];
  }
  const again = seeds.slice(0, 5).map((seed) => order[seed % Math.max(1, count - 1)] as number);
  return [...order.slice(0, -1), ...again, order[count - 1] as number];
}

describe.each([
  ['IPv4', 20, (cut: Cut) => frame4(cut)],
  ['IPv6', 40, (cut: Cut) => frame6(cut)],
] as const)('fragments of %s', (_name, header, frame) => {
  it('cut anywhere, in any order, some twice, give the same bytes', () => {
    fc.assert(
      fc.property(data, places, fc.array(fc.nat(1000), { maxLength: 30 }), (bytes, at, seeds) => {
        const pieces = cuts(bytes, at);
        fc.pre(pieces.length > 1);
        const ip = new IpReassembler();
        const done = shuffled(pieces.length, seeds).map((i) =>
          ip.add(parsed(frame(pieces[i] as Cut))),
        );
        expect(done.slice(0, -1).every((one) => one === undefined)).toBe(true);
        expect(done.at(-1)?.bytes.slice(header)).toEqual(bytes);
        const again = parsed(done.at(-1)?.toFrame().bytes as Uint8Array);
        expect(again.layers[1]?.body).toEqual(bytes);
        expect({ left: ip.datagrams, bytes: ip.bytes }).toEqual({ left: 0, bytes: 0 });
      }),
      { numRuns: 150 },
    );
  });

  it('of any place and length never throw, and stay within the limits', () => {
    const wild = fc.record({
      offset: fc.oneof(fc.nat(20), fc.nat(8191)).map((units) => units * 8),
      more: fc.boolean(),
      data: fc.oneof(
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(20).map((n) => new Uint8Array(n * 8)),
      ),
    });
    const cut = fc.option(fc.nat(60), { nil: 0, freq: 6 });
    const policy = fc.constantFrom('drop', 'first', 'last' as const);
    const step = fc.tuple(wild, cut, fc.nat(90), fc.nat(2));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), policy, (steps, overlap) => {
        const problems: FragmentProblem[] = [];
        const limits = { maxBytes: 3000, maxDatagrams: 2, timeout: 60 };
        const onProblem = (problem: FragmentProblem) => problems.push(problem);
        const ip = new IpReassembler({ ...limits, overlap, onProblem });
        for (const [one, cutBytes, time] of steps) {
          const bytes = frame(one);
          const kept = bytes.slice(0, Math.max(14, bytes.length - cutBytes));
          const done = ip.add(parsed(kept, bytes.length), time);
          expect(ip.bytes).toBeLessThanOrEqual(3000);
          expect(ip.datagrams).toBeLessThanOrEqual(2);
          if (done === undefined) continue;
          const packet = parsed(done.toFrame().bytes);
          expect(packet.layers[1]?.body.length).toBe(done.bytes.length - header);
        }
        ip.end();
        expect(ip.bytes).toBe(0);
        expect(problems.every((p) => p.message !== '' && p.frame <= steps.length)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

describe('overlapping fragments', () => {
  it('give what a model says that writes bytes into an array', () => {
    const piece = fc.record({
      from: fc.nat(15),
      units: fc.integer({ min: 1, max: 6 }),
      fill: fc.nat(255),
    });
    const policy = fc.constantFrom('first' as const, 'last' as const);
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 25 }), policy, (pieces, overlap) => {
        const model = new Int16Array(160).fill(-1);
        const ip = new IpReassembler({ overlap });
        const put = (offset: number, bytes: Uint8Array, more: boolean) => {
          bytes.forEach((byte, i) => {
            if (overlap === 'last' || model[offset + i] === -1) model[offset + i] = byte;
          });
          return ip.add(parsed(frame4({ offset, more, data: bytes })));
        };
        for (const { from, units, fill } of pieces) {
          const length = Math.min(units, 19 - from) * 8;
          put(
            from * 8,
            new Uint8Array(length).map((_, i) => fill + i),
            true,
          );
        }
        put(152, new Uint8Array(8).fill(1), false);
        let done: ReturnType<typeof put>;
        for (let at = 0; at < 152; at += 8) {
          if (model[at] === -1) done = put(at, new Uint8Array(8).fill(2), true);
        }
        fc.pre(done !== undefined);
        expect([...(done?.bytes.slice(20) ?? [])]).toEqual([...model]);
      }),
      { numRuns: 200 },
    );
  });
});
