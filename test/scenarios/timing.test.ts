/** The cables of all scenarios are real ones: a sender has one frame on them at a time. */
import { expect, it } from 'vitest';
import { scenarios } from '../../src/scenarios/list.js';
import { frames, playSteps } from '../support/steps.js';

/** Nanoseconds that a frame takes at 10 Gbit/s, the fastest that there is. */
const leastTime = (bytes: Uint8Array): number => Math.floor((bytes.length * 8) / 10);

for (const scenario of scenarios) {
  it(`${scenario.name}: no frame leaves before the one ahead of it on the same cable has left`, () => {
    const free = new Map<string, number>();
    for (const { way, crossing } of frames(playSteps(scenario).steps)) {
      const { time, bytes, link, number } = crossing;
      const direction = `${link.name}: ${way}`;
      expect(time, `frame ${number} on ${direction}`).toBeGreaterThanOrEqual(
        free.get(direction) ?? 0,
      );
      free.set(direction, time + leastTime(bytes));
    }
  });
}
