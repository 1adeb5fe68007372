import { describe, expect, it } from 'vitest';
import { isBefore, positionOf, sequenceAt } from '../../../src/lab/tcp/sequence.js';

describe('sequence numbers', () => {
  it('wrap at 2 ** 32, positions do not', () => {
    expect(sequenceAt(100, 0)).toBe(100);
    expect(sequenceAt(0xffff_ffff, 1)).toBe(0);
    expect(sequenceAt(0xffff_fff0, 2 ** 33 + 0x20)).toBe(0x10);
  });

  it.each([
    [0, 0],
    [100, 1],
    [0xffff_fff0, 1],
    [0xffff_fff0, 0x20],
    [5, 2 ** 32 - 10],
    [5, 2 ** 32 + 10],
    [0x8000_0000, 10 ** 12],
  ])('of origin %i mean the position nearest to what is expected: %i', (origin, position) => {
    for (const off of [0, 1, -1, 1000, -1000, 2 ** 31 - 1, -(2 ** 31)]) {
      expect(positionOf(sequenceAt(origin, position), origin, position - off)).toBe(position);
    }
  });

  it('mean a position below 0 where they lie before the SYN', () => {
    expect(positionOf(99, 100, 0)).toBe(-1);
  });

  it('of 32 bits are compared across the wrap', () => {
    expect(isBefore(0xffff_ffff, 0)).toBe(true);
    expect(isBefore(0, 0xffff_ffff)).toBe(false);
    expect(isBefore(7, 7)).toBe(false);
    expect(isBefore(1, 0x7fff_ffff)).toBe(true);
  });
});
