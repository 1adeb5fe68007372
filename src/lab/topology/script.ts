/** The steps of a topology, one after the other, while its lab runs. */
import { PacketError } from '../../bytes/error.js';
import type { TopologyPath } from './place.js';
import type { Begin, Going, Outcome } from './step.js';

/** What came of a step of the script. */
export interface StepOutcome extends Outcome {
  /** Where the step stands: `run`, and its number from 0. */
  readonly path: TopologyPath;
}

/** Takes the steps of a script. Whoever holds it has the lab run between `advance` and `advance`. */
export class Script {
  readonly outcomes: StepOutcome[];
  /** Hears of each step when it is over. */
  told: ((outcome: StepOutcome) => void) | undefined;
  private readonly steps: readonly Begin[];
  private next: number;
  private going: Going | undefined;

  constructor(steps: readonly Begin[]) {
    this.outcomes = [];
    this.told = undefined;
    this.steps = steps;
    this.next = 0;
    this.going = undefined;
  }

  /** Whether all steps are over. */
  get over(): boolean {
    return this.going === undefined && this.next >= this.steps.length;
  }

  /** The outcomes that were not what was expected. */
  get failures(): StepOutcome[] {
    return this.outcomes.filter(({ failure }) => failure !== undefined);
  }

  /**
   * Ends the step that goes on, where it is over or `quiet` says that nothing happens any more, and
   * begins the next one. True: something has changed.
   */
  advance(quiet: boolean): boolean {
    const { going } = this;
    if (going !== undefined) {
      if (!going.over && !quiet) return false;
      this.end(going.end());
    }
    const begin = this.steps[this.next];
    if (begin === undefined) return going !== undefined;
    this.next++;
    this.begin(begin);
    return true;
  }

  /** Ends the step that goes on, whether it is over or not; the rest is not begun. */
  stop(why: string): void {
    if (this.over) return;
    if (this.going !== undefined) this.end(this.going.end());
    const left = this.steps.length - this.next;
    this.next += left;
    if (left === 0) return;
    const failure = `${why}: ${left === 1 ? 'a step was' : `${left} steps were`} not begun`;
    this.tell({ title: 'run', lines: [], failure, path: ['run', this.next - left] });
  }

  private begin(begin: Begin): void {
    try {
      this.going = begin();
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      this.end({ title: 'step', lines: [], failure: error.message });
    }
  }

  private end(outcome: Outcome): void {
    this.going = undefined;
    this.tell({ ...outcome, path: ['run', this.next - 1] });
  }

  private tell(outcome: StepOutcome): void {
    this.outcomes.push(outcome);
    this.told?.(outcome);
  }
}
