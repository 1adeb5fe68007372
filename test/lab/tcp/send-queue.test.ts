import { expect, it } from 'vitest';
import { Random } from '../../../src/lab/random.js';
import { SendQueue } from '../../../src/lab/tcp/send-queue.js';
import { patterned } from '../../support/tcp-pipe.js';

it('gives back any part of what was written and not released', () => {
  const random = new Random(3);
  for (let round = 0; round < 50; round++) {
    const whole = patterned(3000, round);
    const queue = new SendQueue();
    let written = 0;
    let released = 0;
    for (let step = 0; step < 300; step++) {
      const size = random.chance(0.2) ? 0 : random.below(random.chance(0.5) ? 4 : 60);
      const part = whole.subarray(written, Math.min(written + size, whole.length));
      queue.push(part);
      written += part.length;
      if (random.chance(0.4)) {
        released += random.below(written - released + 1);
        queue.release(1 + released);
      }
      expect(queue.bytes).toBe(written - released);
      expect([queue.first, queue.end]).toEqual([1 + released, 1 + written]);
      const from = released + random.below(written - released + 1);
      const length = random.below(written - from + 1);
      if (length === 0) continue;
      const target = new Uint8Array(length + 2).fill(0xa5);
      queue.copy(1 + from, length, target, 1);
      expect([...target.subarray(1, 1 + length)]).toEqual([...whole.subarray(from, from + length)]);
      expect([target[0], target[length + 1]]).toEqual([0xa5, 0xa5]);
    }
  }
});

it('may be released beyond its end, where the FIN is', () => {
  const queue = new SendQueue();
  queue.push(new Uint8Array(5));
  queue.release(7);
  expect(queue.bytes).toBe(0);
  queue.push(Uint8Array.of(1, 2));
  const target = new Uint8Array(2);
  queue.copy(6, 2, target, 0);
  expect([...target]).toEqual([1, 2]);
});
