import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/lab/random.js';
import { Ranges } from '../../../src/lab/tcp/ranges.js';

const listed = (ranges: Ranges): [number, number][] =>
  Array.from({ length: ranges.count }, (_, i) => [ranges.start(i), ranges.end(i)]);

describe('ranges', () => {
  it('join where they touch or overlap, and tell what is new', () => {
    const ranges = new Ranges();
    expect(ranges.top).toBe(0);
    expect(ranges.add(10, 20)).toBe(10);
    expect(ranges.add(30, 40)).toBe(10);
    expect(ranges.add(12, 18)).toBe(0);
    expect(listed(ranges)).toEqual([
      [10, 20],
      [30, 40],
    ]);
    expect(ranges.add(20, 30)).toBe(10);
    expect(listed(ranges)).toEqual([[10, 40]]);
    ranges.dropBelow(15);
    expect(listed(ranges)).toEqual([[15, 40]]);
    expect(ranges.bytes).toBe(25);
    expect(ranges.top).toBe(40);
  });

  it('are what a set of positions would be', () => {
    const random = new Random(1);
    for (let round = 0; round < 200; round++) {
      const ranges = new Ranges();
      const set = new Set<number>();
      let floor = 0;
      for (let step = 0; step < 30; step++) {
        const start = floor + random.below(100);
        const end = start + 1 + random.below(12);
        let added = 0;
        for (let at = start; at < end; at++) if (!set.has(at)) added += set.add(at) ? 1 : 0;
        expect(ranges.add(start, end)).toBe(added);
        if (random.chance(0.1)) {
          floor += random.below(20);
          ranges.dropBelow(floor);
          for (const at of [...set]) if (at < floor) set.delete(at);
        }
        expect(ranges.bytes).toBe(set.size);
        const from = random.below(120);
        const to = from + random.below(40);
        expect(ranges.within(from, to)).toBe([...set].filter((p) => p >= from && p < to).length);
        expect(ranges.has(from)).toBe(set.has(from));
        const flat = listed(ranges).flat();
        expect(flat).toEqual([...flat].sort((a, b) => a - b));
        expect(new Set(flat).size).toBe(flat.length);
      }
    }
  });
});
