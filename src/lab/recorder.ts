/** Who watches: every frame on the links that are tapped, and what the devices say of it. */
import type { Device } from './device.js';
import type { Frame } from './frame.js';
import type { Link } from './link.js';
import type { Port } from './port.js';
import { frameText } from './words.js';

/** What a frame is called; undefined: what its sender calls it, or what it is. */
export type Labeller = (crossing: Crossing) => string | undefined;

/** A frame that crossed a link, as it left its sender. */
export class Crossing {
  /** From 1, in the order of the run. */
  readonly number: number;
  /** Nanoseconds of virtual time. */
  readonly time: number;
  readonly link: Link;
  readonly from: Port;
  readonly to: Port;
  /** The frame, copied. */
  readonly bytes: Uint8Array;
  /** What the sender says of it, such as `Frame (flooded)`; empty: nothing. */
  readonly label: string;
  /** What was said of it where it arrived; the sender's label is not in it. */
  readonly notes: string[];
  /** Whether the link lost it; empty: no. Else why. */
  lost: string;
  /** Whether nothing more will be said of it. */
  settled: boolean;
  private readonly recorder: Recorder;

  constructor(
    recorder: Recorder,
    number: number,
    time: number,
    link: Link,
    from: Port,
    to: Port,
    frame: Frame,
  ) {
    this.recorder = recorder;
    this.number = number;
    this.time = time;
    this.link = link;
    this.from = from;
    this.to = to;
    this.bytes = frame.bytes.slice(frame.start, frame.end);
    this.label = frame.label;
    this.notes = [];
    this.lost = '';
    this.settled = false;
  }

  /** What it is called: by the scenario, by its sender, or by what it is. */
  get text(): string {
    return this.recorder.labeller?.(this) ?? (this.label || frameText(this.bytes));
  }

  /** What it is called, what was said of it where it arrived, and whether it was lost. */
  get comments(): string[] {
    return [this.text, ...this.notes, ...(this.lost === '' ? [] : [this.lost])];
  }

  /** Its receiver has had its say, or there is none. */
  settle(): void {
    if (this.settled) return;
    this.settled = true;
    this.recorder.flush();
  }
}

/** What one or several devices said. */
export interface Note {
  readonly time: number;
  readonly devices: readonly Device[];
  readonly text: string;
  /** The crossing that it is about, where it is about one. */
  readonly crossing: Crossing | undefined;
}

/** What watches a run. Both may be called while the run goes on, in order. */
export interface Watcher {
  /** A frame has left its sender. */
  crossed?(crossing: Crossing): void;
  /** A device has said something. */
  noted?(note: Note): void;
  /** A frame of which nothing more will be said, in the order in which the frames were sent. */
  settled?(crossing: Crossing): void;
}

/** Gathers what is to be seen, for whoever watches. Costs nothing while nobody does. */
export class Recorder {
  /** Whether devices should say what they do. */
  noting: boolean;
  /** Calls frames what the scenario calls them, where it has words of its own. */
  labeller: Labeller | undefined;
  private readonly watchers: Watcher[];
  private readonly open: Crossing[];
  private count: number;

  constructor() {
    this.noting = false;
    this.labeller = undefined;
    this.watchers = [];
    this.open = [];
    this.count = 0;
  }

  watch(watcher: Watcher): void {
    this.watchers.push(watcher);
    this.noting = true;
  }

  /** A frame leaves `from` for `to`. */
  cross(time: number, link: Link, from: Port, to: Port, frame: Frame): Crossing {
    this.count++;
    const crossing = new Crossing(this, this.count, time, link, from, to, frame);
    this.open.push(crossing);
    for (const watcher of this.watchers) watcher.crossed?.(crossing);
    return crossing;
  }

  note(devices: readonly Device[], text: string, frame?: Frame): void {
    const [device] = devices;
    if (!this.noting || device === undefined) return;
    const crossing = frame?.crossing;
    if (crossing !== undefined && !crossing.settled)
      crossing.notes.push(`${device.title}: ${text}`);
    const note = { time: device.lab.clock.now, devices, text, crossing };
    for (const watcher of this.watchers) watcher.noted?.(note);
  }

  /** Hands on the frames of which all is said, in the order in which they were sent. */
  flush(): void {
    let done = 0;
    while (done < this.open.length && (this.open[done] as Crossing).settled) {
      for (const watcher of this.watchers) watcher.settled?.(this.open[done] as Crossing);
      done++;
    }
    if (done > 0) this.open.splice(0, done);
  }

  /** The run is over: whatever is still on its way will not be spoken of. */
  end(): void {
    for (const crossing of this.open) crossing.settled = true;
    this.flush();
  }
}
