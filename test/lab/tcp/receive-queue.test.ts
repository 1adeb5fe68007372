import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/lab/random.js';
import { ReceiveQueue } from '../../../src/lab/tcp/receive-queue.js';
import { patterned } from '../../support/tcp-pipe.js';

function queueAt(next: number): ReceiveQueue {
  const queue = new ReceiveQueue();
  queue.next = next;
  return queue;
}

function readAll(queue: ReceiveQueue): number[] {
  const bytes: number[] = [];
  for (let part = queue.read(); part !== undefined; part = queue.read()) bytes.push(...part);
  return bytes;
}

describe('reassembly', () => {
  it('puts segments in order, however they come and overlap', () => {
    const random = new Random(5);
    for (let round = 0; round < 300; round++) {
      const whole = patterned(400, round);
      const queue = queueAt(1);
      const got: number[] = [];
      let added = 0;
      while (queue.next < 401) {
        const start = Math.max(queue.next, queue.next + random.below(60) - 20);
        const end = Math.min(401, start + 1 + random.below(40));
        if (start >= end) continue;
        const had = queue.early.bytes + queue.next;
        const news = queue.take(whole, start - 1, end - 1, start);
        added += news;
        expect(queue.early.bytes + queue.next).toBe(had + news);
        if (random.chance(0.3)) got.push(...readAll(queue));
      }
      got.push(...readAll(queue));
      expect(got).toEqual([...whole]);
      expect(added).toBe(400);
      expect(queue.early.count).toBe(0);
      expect(queue.waiting).toBe(0);
    }
  });

  it('keeps copies: the frame may be used again', () => {
    const frame = Uint8Array.of(1, 2, 3, 4);
    const queue = queueAt(1);
    queue.take(frame, 2, 4, 3);
    queue.take(frame, 0, 2, 1);
    frame.fill(9);
    expect(readAll(queue)).toEqual([1, 2, 3, 4]);
  });
});

describe('SACK blocks', () => {
  const segments = (queue: ReceiveQueue, ...starts: number[]): void => {
    for (const start of starts) queue.take(new Uint8Array(500), 0, 500, start);
  };
  const blocks = (queue: ReceiveQueue, most: number): number[] => {
    const out: number[] = [];
    const count = queue.blocks(out, 0, most);
    return out.slice(0, 2 * count);
  };

  // RFC 2018 §7, whose left window edge is 5000: here it is position 5000.
  it('tell of all behind a first segment that is lost (case 2)', () => {
    const queue = queueAt(5000);
    segments(queue, 5500);
    expect(blocks(queue, 4)).toEqual([5500, 6000]);
    segments(queue, 6000, 6500);
    expect(blocks(queue, 4)).toEqual([5500, 7000]);
    segments(queue, 5000);
    expect(queue.next).toBe(7000);
    expect(blocks(queue, 4)).toEqual([]);
  });

  it('have the newest first where every second segment is lost (case 3)', () => {
    const queue = queueAt(5500);
    segments(queue, 6000);
    expect(blocks(queue, 3)).toEqual([6000, 6500]);
    segments(queue, 7000);
    expect(blocks(queue, 3)).toEqual([7000, 7500, 6000, 6500]);
    segments(queue, 8000);
    expect(blocks(queue, 3)).toEqual([8000, 8500, 7000, 7500, 6000, 6500]);
    expect(blocks(queue, 2)).toEqual([8000, 8500, 7000, 7500]);
    // The fourth segment comes late.
    segments(queue, 6500);
    expect(blocks(queue, 3)).toEqual([6000, 7500, 8000, 8500]);
    // And then the second.
    segments(queue, 5500);
    expect(queue.next).toBe(7500);
    expect(blocks(queue, 3)).toEqual([8000, 8500]);
  });
});
