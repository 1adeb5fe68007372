import { describe, expect, it } from 'vitest';
import { fuzz } from './fuzz.js';
import { seeds } from './seeds.js';

describe('a short fuzz', () => {
  it('of the fixtures and the corpus breaks no promise', () => {
    const { frames, failures } = fuzz(seeds(true), { seed: 7, frames: 30_000, time: 60_000 });
    expect(failures).toEqual([]);
    expect(frames).toBeGreaterThan(10_000);
  }, 120_000);
});
