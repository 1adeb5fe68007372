/** Has a lab live in real time: its clock follows the machine's. */
import type { Outside } from '../lab/outside.js';
import type { Topology } from '../lab/topology/topology.js';

const NS_PER_MS = 1_000_000;
/** `setTimeout` takes no more. */
const MAX_SLEEP = 2 ** 31 - 1;

/**
 * Runs a lab's clock up to the time that has gone by, and sleeps until the next thing is due. The lab
 * itself knows nothing of it: to the lab, what comes from outside comes at a time of its clock.
 */
export class Pacer {
  private readonly topology: Topology;
  /** When it ends, in nanoseconds of the lab; undefined: when the script does, if there is one. */
  private readonly end: number | undefined;
  private readonly hasScript: boolean;
  /** When the lab's clock was at 0; undefined: it has not begun. */
  private begun: number | undefined;
  private stopped: boolean;
  private failure: unknown;
  private wake: () => void;

  constructor(topology: Topology, end: number | undefined) {
    this.topology = topology;
    this.end = end;
    this.hasScript = !topology.script.over;
    this.begun = undefined;
    this.stopped = false;
    this.failure = undefined;
    this.wake = () => {};
  }

  /** Runs until the end, or until `stop`. Rejects with what went wrong in the lab. */
  async run(): Promise<void> {
    const { lab, script } = this.topology;
    while (!this.stopped) {
      this.catchUp();
      const isOver =
        this.end === undefined ? this.hasScript && script.over : lab.clock.now >= this.end;
      if (isOver) break;
      await this.sleep();
    }
    if (this.failure !== undefined) throw this.failure;
    script.stop('the lab has ended');
  }

  /** Lets a frame from outside in, now. */
  inject(outside: Outside, frame: Uint8Array): void {
    if (this.stopped) return;
    try {
      this.catchUp();
      outside.inject(frame);
      this.catchUp();
    } catch (error) {
      this.failure = error;
      this.stop();
    }
    this.wake();
  }

  stop(): void {
    this.stopped = true;
    this.wake();
  }

  private catchUp(): void {
    const { topology } = this;
    const elapsed = this.elapsed();
    topology.runUntil(Math.max(topology.lab.clock.now, Math.min(elapsed, this.end ?? elapsed)));
  }

  /** Nanoseconds since the first call. */
  private elapsed(): number {
    this.begun ??= performance.now();
    return Math.floor((performance.now() - this.begun) * NS_PER_MS);
  }

  private sleep(): Promise<void> {
    const { next = Infinity, now } = this.topology.lab.clock;
    const due = Math.min(next, this.end ?? Infinity);
    const elapsed = this.elapsed();
    const wait = Math.max(
      0,
      Math.min(MAX_SLEEP, Math.ceil((Math.max(due, now) - elapsed) / NS_PER_MS)),
    );
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
