import { expect, it } from 'vitest';
import { highOf, lowOf, MacMap, macFrom } from '../../src/lab/mac-map.js';
import { Random } from '../../src/lab/random.js';

it('takes addresses apart and puts them together again', () => {
  for (const mac of [0, 1, 0xffffffffffff, 0x0000ffffffff, 0x800080000000, 0x02427fffffff]) {
    expect(macFrom(highOf(mac), lowOf(mac))).toBe(mac);
  }
});

it('holds what a Map holds, for addresses that share their keys too', () => {
  const random = new Random(7);
  const map = new MacMap<number>();
  const model = new Map<number, number>();
  // Few addresses, half of which differ in their first bit alone.
  const some = Array.from({ length: 40 }, (_, i) =>
    i % 2 === 0 ? i * 0x10001000001 : (i - 1) * 0x10001000001 + 0x40000000,
  );
  for (let i = 0; i < 5000; i++) {
    const mac = some[random.below(some.length)] as number;
    const [high, low] = [highOf(mac), lowOf(mac)];
    if (random.below(3) === 0) expect(map.delete(high, low)).toBe(model.delete(mac));
    else {
      map.set(high, low, i);
      model.set(mac, i);
    }
    const other = some[random.below(some.length)] as number;
    expect(map.get(highOf(other), lowOf(other))).toBe(model.get(other));
  }
  expect(map.values().sort()).toEqual([...model.values()].sort());
});
