import { describe, expect, it } from 'vitest';
import { fuzz } from './fuzz.js';
import { seeds } from './seeds.js';

describe('a short fuzz', () => {
  it('of the fixtures and the corpus breaks no promise', () => {
    // Beside other tests, and with coverage counted, a frame takes several times as long.
    const budget = { seed: 7, frames: 30_000, time: 60_000, perFrame: 50 };
    const { frames, failures } = fuzz(seeds(true), budget);
    expect(failures).toEqual([]);
    expect(frames).toBeGreaterThan(10_000);
  });
});
