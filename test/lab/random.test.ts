import { describe, expect, it } from 'vitest';
import { Random } from '../../src/lab/random.js';

const first = (random: Random, count: number): number[] =>
  Array.from({ length: count }, () => random.next());

describe('chance', () => {
  it('is the same for a seed and a name, on every machine', () => {
    expect(first(new Random(1), 4)).toEqual([2100569974, 2157906662, 998083473, 2254926168]);
    expect(first(new Random(1), 8)).toEqual(first(new Random(1), 8));
  });

  it('differs by seed, by its high bits too, and by name', () => {
    const streams = [
      new Random(1),
      new Random(2),
      new Random(2 ** 40 + 1),
      new Random(1, 'a'),
      new Random(1).stream('b'),
    ].map((random) => first(random, 4).join());
    expect(new Set(streams).size).toBe(streams.length);
    expect(new Random(1).stream('b').next()).toBe(new Random(1, 'b').next());
  });

  it('is as often true as it should be', () => {
    const random = new Random(7);
    let hits = 0;
    for (let i = 0; i < 100_000; i++) if (random.chance(0.01)) hits++;
    expect(hits).toBeGreaterThan(850);
    expect(hits).toBeLessThan(1150);
    expect(random.chance(0)).toBe(false);
    expect(random.chance(1)).toBe(true);
  });

  it('takes nothing from the stream where there is no chance', () => {
    const [one, other] = [new Random(3), new Random(3)];
    one.chance(0);
    expect(one.next()).toBe(other.next());
  });

  it('stays below a limit, and reaches every number', () => {
    const random = new Random(9);
    const seen = new Set(Array.from({ length: 1000 }, () => random.below(6)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
