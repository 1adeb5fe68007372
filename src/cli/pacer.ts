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
  /** Whether something has happened since it went to sleep last. */
  private woken: boolean;
  private wake: () => void;

  constructor(topology: Topology, end: number | undefined) {
    this.topology = topology;
    this.end = end;
    this.hasScript = !topology.script.over;
    this.begun = undefined;
    this.stopped = false;
    this.failure = undefined;
    this.woken = false;
    this.wake = () => {};
  }

  /**
   * Runs until the end, or until `stop`. `flush` writes what has happened, and lets signals and frames
   * in. Rejects with what went wrong in the lab or there.
   */
  async run(flush: () => Promise<void>): Promise<void> {
    const { lab, script } = this.topology;
    this.begun = performance.now();
    while (!this.stopped) {
      const isBehind = this.catchUp();
      await flush();
      if (isBehind) continue;
      const isOver =
        this.end === undefined ? this.hasScript && script.over : lab.clock.now >= this.end;
      if (isOver) break;
      await this.sleep();
    }
    this.stopped = true;
    if (this.failure !== undefined) throw this.failure;
    script.stop('the lab has ended');
  }

  /** Lets a frame from outside in, now; before the lab runs, as on a cable that is not plugged in. */
  inject(outside: Outside, frame: Uint8Array): void {
    if (this.stopped || this.begun === undefined) return;
    try {
      this.catchUp();
      outside.inject(frame);
      this.catchUp();
    } catch (error) {
      this.failure = error;
      this.stop();
    }
    this.wakeUp();
  }

  stop(): void {
    this.stopped = true;
    this.wakeUp();
  }

  private wakeUp(): void {
    this.woken = true;
    this.wake();
  }

  /** True: there is more to do than a lab should do at once. */
  private catchUp(): boolean {
    const { topology } = this;
    const elapsed = this.elapsed();
    const { now } = topology.lab.clock;
    return topology.runSomeUntil(Math.max(now, Math.min(elapsed, this.end ?? elapsed)));
  }

  /** Nanoseconds since it began. */
  private elapsed(): number {
    return Math.floor((performance.now() - (this.begun ?? 0)) * NS_PER_MS);
  }

  private async sleep(): Promise<void> {
    const { next = Infinity, now } = this.topology.lab.clock;
    const due = Math.min(next, this.end ?? Infinity);
    const wait = Math.ceil((Math.max(due, now) - this.elapsed()) / NS_PER_MS);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, Math.min(MAX_SLEEP, wait)));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.woken) this.wake();
    });
    this.woken = false;
  }
}
