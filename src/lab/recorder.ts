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
  /** What was said of it, and after it of nothing else; the sender's label is not in it. */
  readonly notes: string[];
  /** Whether the link lost it; empty: no. Else why. */
  lost: string;
  /** Whether its receiver has had its say, or there is none. */
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
    this.notes = frame.said ?? [];
    this.lost = '';
    this.settled = false;
  }

  /** What it is called: by the scenario, by its sender, or by what it is. */
  get text(): string {
    return this.recorder.labeller?.(this) ?? (this.label || frameText(this.bytes));
  }

  /** What it is called, what was said of it, and whether it was lost. */
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

/** Frames that were handed on and may still be held. */
const KEPT = 100;

/** Gathers what is to be seen, for whoever watches. Costs nothing while nobody does. */
export class Recorder {
  /** Whether devices should say what they do. */
  noting: boolean;
  /** Calls frames what the scenario calls them, where it has words of its own. */
  labeller: Labeller | undefined;
  /**
   * Whether the last frame is handed on only when another is sent, or at the `end`: what is said of
   * no frame can then be kept with it. For those who call `end`.
   */
  patient: boolean;
  private readonly watchers: Watcher[];
  /** Frames that were not handed on yet; those before `first` were. */
  private readonly open: Crossing[];
  private first: number;
  private count: number;

  constructor() {
    this.noting = false;
    this.labeller = undefined;
    this.patient = false;
    this.watchers = [];
    this.open = [];
    this.first = 0;
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
    frame.said = undefined;
    this.open.push(crossing);
    for (const watcher of this.watchers) watcher.crossed?.(crossing);
    if (this.patient) this.flush();
    return crossing;
  }

  /**
   * Somebody says something: of a frame that came in, of one that is yet to be sent, or of none. The
   * last is kept with the frame that was sent last, of those that were not handed on yet.
   */
  note(devices: readonly Device[], text: string, frame?: Frame): void {
    const [device] = devices;
    if (!this.noting || device === undefined) return;
    const line = devices.length === 1 ? `${device.title}: ${text}` : text;
    const crossing = frame?.crossing;
    if (crossing !== undefined && !crossing.settled) crossing.notes.push(line);
    else if (frame !== undefined && crossing === undefined) {
      frame.said ??= [];
      frame.said.push(line);
    } else this.lastOf(devices)?.notes.push(line);
    const note = { time: device.lab.clock.now, devices, text, crossing };
    for (const watcher of this.watchers) watcher.noted?.(note);
  }

  /** The frame that was sent last, from or to one of these devices if there is one. */
  private lastOf(devices: readonly Device[]): Crossing | undefined {
    const { open, first } = this;
    for (let i = open.length - 1; i >= first; i--) {
      const one = open[i] as Crossing;
      if (devices.includes(one.from.device) || devices.includes(one.to.device)) return one;
    }
    return open[Math.max(first, open.length - 1)];
  }

  /** Hands on the frames of which all is said, in the order in which they were sent. */
  flush(): void {
    this.handOn(this.patient ? this.open.length - 1 : this.open.length);
  }

  /** The run is over: whatever is still on its way will not be spoken of. */
  end(): void {
    for (let i = this.first; i < this.open.length; i++) (this.open[i] as Crossing).settled = true;
    this.handOn(this.open.length);
  }

  /** Up to the frame at `end`, exclusive. */
  private handOn(end: number): void {
    const { open } = this;
    while (this.first < end && (open[this.first] as Crossing).settled) {
      const crossing = open[this.first++] as Crossing;
      for (const watcher of this.watchers) watcher.settled?.(crossing);
    }
    // All at once: each frame that is taken off the front moves the rest, of a storm 100,000.
    if (this.first < KEPT || this.first < open.length / 2) return;
    open.splice(0, this.first);
    this.first = 0;
  }
}
