/** The lab's time: a queue of what happens when, on a clock that nothing but the queue moves. */
import { PacketError } from '../bytes/error.js';
import { checkNumber, numbers, TIME } from './range.js';

/** Nanoseconds in a second, a millisecond and a microsecond. */
export const SECOND = 1_000_000_000;
export const MILLISECOND = 1_000_000;
export const MICROSECOND = 1_000;

const CLOCK = 'the clock';
const COUNT = numbers(0, undefined, 'things that happen');

/** What can wait in the queue. A frame in flight is one, so that sending allocates nothing. */
export interface Scheduled {
  /** When, in nanoseconds of virtual time. */
  due: number;
  /** What came first of those that are due at the same time. */
  order: number;
  /** Where it stands in the queue; -1: it waits for nothing. */
  place: number;
  /** Whether a run that ends when nothing happens any more need not wait for it. */
  readonly background: boolean;
  fire(): void;
}

/** A time-out that is set, moved and cancelled. */
export class Timer implements Scheduled {
  due: number;
  order: number;
  place: number;
  readonly background: boolean;
  private readonly action: () => void;

  /** `background`: housekeeping such as ageing and TIME-WAIT, for which no run waits. */
  constructor(action: () => void, background = false) {
    this.due = 0;
    this.order = 0;
    this.place = -1;
    this.background = background;
    this.action = action;
  }

  /** Whether it is set. */
  get pending(): boolean {
    return this.place >= 0;
  }

  fire(): void {
    this.action();
  }
}

/**
 * Virtual time. It stands still while something happens, and jumps to what happens next: the same
 * lab gives the same run, however slow the machine is.
 */
export class Clock {
  /** Nanoseconds since the lab's beginning; whole. */
  now: number;
  private readonly queue: Scheduled[];
  private count: number;
  private foreground: number;
  /** How many things have happened. */
  happened: number;
  private most: number;

  constructor() {
    this.now = 0;
    this.happened = 0;
    this.most = Infinity;
    this.queue = [];
    this.count = 0;
    this.foreground = 0;
  }

  /**
   * How many things may have happened before `run` and `runUntil` come back early, such as where
   * frames go round in circles and no time passes: 0 and up, or `Infinity` (at first) for no limit.
   * Throws `OUT_OF_RANGE`.
   */
  get limit(): number {
    return this.most;
  }

  set limit(limit: number) {
    this.most = limit === Infinity ? limit : checkNumber(CLOCK, 'a limit', limit, COUNT);
  }

  /** How many things wait that a run waits for. */
  get pending(): number {
    return this.foreground;
  }

  /**
   * Sets `what` to happen at `due` nanoseconds, or at once where that is past; moves it if it waits.
   * Throws `OUT_OF_RANGE` for what is no time, and changes nothing.
   */
  at(what: Scheduled, due: number): void {
    const time = Math.max(due, this.now);
    // In line: a call more for each frame.
    if (!Number.isSafeInteger(time)) checkNumber(CLOCK, 'a time', time, TIME);
    if (what.place >= 0) this.cancel(what);
    what.due = time;
    what.order = this.count++;
    if (!what.background) this.foreground++;
    this.queue.push(what);
    this.rise(what, this.queue.length - 1);
  }

  /** Sets `what` to happen `delay` nanoseconds from now. */
  after(what: Scheduled, delay: number): void {
    this.at(what, this.now + delay);
  }

  /** Has a function called `delay` nanoseconds from now. */
  call(delay: number, action: () => void, background = false): Timer {
    const timer = new Timer(action, background);
    this.at(timer, this.now + delay);
    return timer;
  }

  /** Takes `what` out of the queue; nothing happens where it does not wait. */
  cancel(what: Scheduled): void {
    const { place } = what;
    if (place < 0) return;
    this.take(place);
    what.place = -1;
    if (!what.background) this.foreground--;
  }

  /** When something happens next, background or not; undefined: nothing waits. */
  get next(): number | undefined {
    return this.queue[0]?.due;
  }

  /**
   * Runs until nothing is left that a run waits for, or until what comes next is due after `until`
   * nanoseconds. Answers the time. Throws `OUT_OF_RANGE` for what is no time.
   */
  run(until = Infinity): number {
    if (until !== Infinity) checkNumber(CLOCK, 'a time', until, TIME);
    while (this.foreground > 0 && (this.queue[0] as Scheduled).due <= until) {
      if (this.happened >= this.most) break;
      this.step();
    }
    return this.now;
  }

  /**
   * Runs everything that is due up to `time`, background or not; then it is that time, unless
   * `limit` came first. Throws `OUT_OF_RANGE` for what is no time, `BAD_VALUE` for one that is past.
   */
  runUntil(time: number): number {
    if (checkNumber(CLOCK, 'a time', time, TIME) < this.now) {
      throw new PacketError(
        'BAD_VALUE',
        `the clock is at ${this.now} ns and can't go back to ${time}`,
      );
    }
    while (this.queue.length > 0 && (this.queue[0] as Scheduled).due <= time) {
      if (this.happened >= this.most) return this.now;
      this.step();
    }
    this.now = time;
    return time;
  }

  private step(): void {
    const next = this.queue[0] as Scheduled;
    this.take(0);
    next.place = -1;
    if (!next.background) this.foreground--;
    this.happened++;
    this.now = next.due;
    next.fire();
  }

  /** Closes the gap at `place` with the last of the queue. */
  private take(place: number): void {
    const last = this.queue.pop() as Scheduled;
    if (place === this.queue.length) return;
    this.sink(last, place);
    this.rise(last, last.place);
  }

  private rise(what: Scheduled, from: number): void {
    const { queue } = this;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >>> 1;
      const other = queue[above] as Scheduled;
      if (!isBefore(what, other)) break;
      queue[place] = other;
      other.place = place;
      place = above;
    }
    queue[place] = what;
    what.place = place;
  }

  private sink(what: Scheduled, from: number): void {
    const { queue } = this;
    const { length } = queue;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= length) break;
      const right = below + 1;
      if (right < length && isBefore(queue[right] as Scheduled, queue[below] as Scheduled)) {
        below = right;
      }
      const other = queue[below] as Scheduled;
      if (!isBefore(other, what)) break;
      queue[place] = other;
      other.place = place;
      place = below;
    }
    queue[place] = what;
    what.place = place;
  }
}

function isBefore(one: Scheduled, other: Scheduled): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order);
}
