/** Fuzzes for some time or some frames, and says what it found. */

import { judge, leastTime } from './judge.js';
import { mutate, randomFrom, type Seed, type Victim } from './mutate.js';

/** When to stop. */
export interface Budget {
  readonly seed: number;
  readonly frames: number;
  /** Milliseconds. */
  readonly time: number;
  /** Milliseconds of processor time that one frame may take. */
  readonly perFrame: number;
}

/** What was done, and what was found. */
export interface Outcome {
  readonly frames: number;
  readonly failures: readonly Failure[];
  /** Bytes of the heap at the end over those after the first frames; undefined: no `gc` to ask. */
  readonly growth: number | undefined;
  /** The most processor time of one frame, in milliseconds, of those that were looked at again. */
  readonly slowest: number;
}

/** A frame with which something is wrong. */
export interface Failure {
  readonly what: string;
  readonly victim: Victim;
}

/** Frames before memory is first measured: caches and tables are full by then. */
const WARM_UP = 20_000;
/** Frames that the engine needs to compile what is hot. */
const COLD = 5_000;
const MAX_FAILURES = 10;
/** Frames between two looks at the clock. */
const ROUND = 64;

/** Runs until the time or the frames are over, or ten failures are found. */
export function fuzz(seeds: readonly Seed[], budget: Budget): Outcome {
  const random = randomFrom(budget.seed);
  const failures: Failure[] = [];
  const begin = performance.now();
  let frames = 0;
  let slowest = 0;
  let baseline: number | undefined;
  while (frames < budget.frames && failures.length < MAX_FAILURES) {
    if (frames % ROUND === 0 && performance.now() - begin > budget.time) break;
    if (frames === WARM_UP) baseline = heapUsed();
    frames += 1;
    const victim = mutate(random, seeds);
    const before = performance.now();
    const what = judge(victim, random);
    if (what !== undefined) failures.push({ what, victim });
    // Slow by the clock, it is looked at again: by the time of the processor alone, three times and
    // twice more, because code that is new to the engine is slow at first.
    if (performance.now() - before > budget.perFrame && frames > COLD) {
      const least = leastTime(victim, random, 5, budget.perFrame);
      slowest = Math.max(slowest, least);
      if (least > budget.perFrame)
        failures.push({ what: `it takes ${least.toFixed(1)} ms`, victim });
    }
  }
  const end = heapUsed();
  const growth = baseline === undefined || end === undefined ? undefined : end - baseline;
  return { frames, failures, growth, slowest };
}

/** Bytes of the heap that are in use, after a collection; needs --expose-gc. */
function heapUsed(): number | undefined {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) return undefined;
  gc();
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
