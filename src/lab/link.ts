/** A cable between two ports, good or bad. A veth pair is one without length. */
import { PacketError } from '../bytes/error.js';
import { DOT1Q_HEADER_BYTES } from '../headers/dot1q.js';
import { ETHERNET_HEADER_BYTES } from '../headers/ethernet.js';
import { isVlanTag, payloadType } from '../packet/ethernet-payload.js';
import { SECOND, Timer } from './clock.js';
import type { Frame } from './frame.js';
import type { Lab } from './lab.js';
import type { LinkState, Port, Wire } from './port.js';
import type { Random } from './random.js';
import {
  checkNumber,
  checkNumbers,
  DURATION,
  fractions,
  MTU,
  numbers,
  PROBABILITY,
  type RangesOf,
} from './range.js';
import type { Crossing } from './recorder.js';

/** What a link is like, in both directions. */
export interface LinkOptions {
  /** As captures name it (absent: `A:eth0-B:eth0`). */
  readonly name?: string;
  /** Nanoseconds from end to end (absent: 0). */
  readonly latency?: number;
  /** Bits a second, 1 and up (absent: no limit). Frames that wait are queued. */
  readonly bandwidth?: number;
  /** Frames that wait at each end at most (absent: 1000, Linux's txqueuelen); more are dropped. */
  readonly queue?: number;
  /** Probability that a frame is lost, 0–1. */
  readonly loss?: number;
  /** Probability that a frame arrives twice, 0–1. */
  readonly duplicate?: number;
  /** Probability that a frame is late and overtaken, 0–1. */
  readonly reorder?: number;
  /** Nanoseconds by which such a frame is late (absent: twice the latency, at least 1 ms). */
  readonly reorderDelay?: number;
  /** Bytes of an IP packet that it carries, 68–65535 (absent: what its ports say). Sets both ports'. */
  readonly mtu?: number;
  /** Whether watchers see its frames (absent: true). */
  readonly tapped?: boolean;
}

const FRAMES = numbers(0, undefined, 'frames');
const RANGES: RangesOf<LinkOptions> = {
  latency: DURATION,
  // Less than a bit a second, and a long frame takes longer than time has numbers.
  bandwidth: fractions(1, Number.MAX_SAFE_INTEGER, 'bits a second'),
  queue: FRAMES,
  loss: PROBABILITY,
  duplicate: PROBABILITY,
  reorder: PROBABILITY,
  reorderDelay: DURATION,
  mtu: MTU,
};

const HEADER_BYTES = ETHERNET_HEADER_BYTES;
const TAG_BYTES = DOT1Q_HEADER_BYTES;

/** A link between two ports. */
export class Link {
  readonly name: string;
  readonly a: Port;
  readonly b: Port;
  /** Whether watchers see its frames. */
  tapped: boolean;
  /** A cut cable drops everything. */
  up: boolean;
  readonly forth: Direction;
  readonly back: Direction;

  /** `Lab.connect` makes them. */
  constructor(lab: Lab, a: Port, b: Port, options: LinkOptions) {
    for (const port of [a, b]) {
      if (port.wire === undefined) continue;
      throw new PacketError('BAD_VALUE', `${port.title} is connected already`);
    }
    if (a === b) {
      throw new PacketError(
        'BAD_VALUE',
        `both ends of the link are ${a.title}: expected two ports, as a cable has two ends`,
      );
    }
    this.name = options.name ?? `${a.title}-${b.title}`;
    this.a = a;
    this.b = b;
    this.tapped = options.tapped ?? true;
    this.up = true;
    checkNumbers(`link ${this.name}`, options, RANGES);
    if (options.mtu !== undefined) {
      a.mtu = options.mtu;
      b.mtu = options.mtu;
    }
    this.forth = new Direction(lab, this, a, b, options);
    this.back = new Direction(lab, this, b, a, options);
    a.wire = this.forth;
    b.wire = this.back;
  }
}

/** One direction of a link: what is sent at one end arrives at the other. */
export class Direction implements Wire {
  readonly link: Link;
  readonly from: Port;
  readonly to: Port;
  /** Frames that chance has lost. */
  lost: number;
  duplicated: number;
  reordered: number;
  /** Frames that the queue had no room for. */
  overflowed: number;
  /** Frames that were too long for the other end. */
  tooLong: number;
  private readonly lab: Lab;
  private readonly random: Random;
  private readonly latency: number;
  private readonly bandwidth: number;
  private readonly chances: Readonly<{ loss: number; duplicate: number; reorder: number }>;
  /** Whether nothing can happen to a frame. */
  private perfect: boolean;
  private doomed: number;
  private readonly reorderDelay: number;
  private readonly limit: number;
  private readonly waiting: Frame[];
  private readonly idle: Timer;

  constructor(lab: Lab, link: Link, from: Port, to: Port, options: LinkOptions) {
    const { latency = 0, loss = 0, duplicate = 0, reorder = 0 } = options;
    this.lab = lab;
    this.link = link;
    this.from = from;
    this.to = to;
    this.lost = 0;
    this.duplicated = 0;
    this.reordered = 0;
    this.overflowed = 0;
    this.tooLong = 0;
    this.random = lab.random.stream(`link ${link.name} from ${from.title}`);
    this.latency = latency;
    this.bandwidth = options.bandwidth ?? 0;
    this.chances = { loss, duplicate, reorder };
    this.perfect = loss === 0 && duplicate === 0 && reorder === 0;
    this.doomed = 0;
    this.reorderDelay = options.reorderDelay ?? Math.max(2 * latency, 1_000_000);
    this.limit = options.queue ?? 1000;
    this.waiting = [];
    this.idle = new Timer(() => this.sendNext());
  }

  /** Loses the next `count` frames, 0 and up, whatever chance says. Throws `OUT_OF_RANGE`. */
  loseNext(count = 1): void {
    this.doomed += checkNumber(`link ${this.link.name}`, 'a count', count, FRAMES);
    this.perfect = false;
  }

  transmit(_port: Port, frame: Frame): void {
    if (!this.link.up) {
      this.from.txDropped++;
      frame.release();
    } else if (this.bandwidth === 0) {
      this.start(frame);
    } else if (!this.idle.pending) {
      this.occupy(frame);
    } else if (this.waiting.length < this.limit) {
      this.waiting.push(frame);
    } else {
      this.overflowed++;
      this.from.txDropped++;
      frame.release();
    }
  }

  state(port: Port): LinkState {
    if (this.link.up && this.to.up) return 'UP';
    return port.linked === undefined ? 'DOWN' : 'LOWERLAYERDOWN';
  }

  private sendNext(): void {
    if (!this.link.up) {
      this.from.txDropped += this.waiting.length;
      for (const frame of this.waiting.splice(0)) frame.release();
      return;
    }
    const next = this.waiting.shift();
    if (next !== undefined) this.occupy(next);
  }

  /** Sends a frame, and keeps the link busy for as long as its bits take. */
  private occupy(frame: Frame): void {
    const time = this.timeOf(frame);
    this.lab.clock.after(this.idle, time);
    this.start(frame, time);
  }

  private timeOf(frame: Frame): number {
    return Math.ceil(((frame.end - frame.start) * 8 * SECOND) / this.bandwidth);
  }

  /** The first bit leaves now, the last one `time` later. */
  private start(frame: Frame, time = 0): void {
    const { clock, recorder } = this.lab;
    const { link, to } = this;
    const crossing =
      recorder.noting && link.tapped
        ? recorder.cross(clock.now, link, this.from, to, frame)
        : undefined;
    if (++frame.hops > this.lab.mostHops) this.lab.circle = link;
    frame.crossing = crossing;
    frame.label = '';
    frame.mark = 0;
    frame.connection = undefined;
    frame.bridgePort = undefined;
    if (payloadBytes(frame) > to.mtu) {
      this.tooLong++;
      to.rxDropped++;
      lose(frame, crossing, `longer than the MTU of ${to.mtu} bytes at ${to.title}`);
    } else if (this.perfect) {
      this.deliver(frame, time);
    } else {
      this.risk(frame, time, crossing);
    }
  }

  private risk(frame: Frame, time: number, crossing: Crossing | undefined): void {
    const { random, chances } = this;
    const doomed = this.doomed > 0;
    if (doomed) this.doomed--;
    if (doomed || random.chance(chances.loss)) {
      this.lost++;
      lose(frame, crossing, 'lost on the link');
      return;
    }
    if (random.chance(chances.duplicate)) {
      this.duplicated++;
      const twin = this.lab.frames.copy(frame);
      twin.crossing = undefined;
      this.deliver(twin, time);
    }
    if (random.chance(chances.reorder)) {
      this.reordered++;
      this.deliver(frame, time + this.reorderDelay);
    } else {
      this.deliver(frame, time);
    }
  }

  private deliver(frame: Frame, time: number): void {
    frame.to = this.to;
    frame.network = 0;
    this.lab.clock.after(frame, time + this.latency);
  }
}

/** Bytes behind the Ethernet header and one VLAN tag, which an MTU does not count. */
function payloadBytes(frame: Frame): number {
  const bytes = frame.end - frame.start - HEADER_BYTES;
  if (bytes <= TAG_BYTES) return bytes;
  const tagged = isVlanTag(payloadType(frame.view, frame.start + HEADER_BYTES));
  return tagged ? bytes - TAG_BYTES : bytes;
}

function lose(frame: Frame, crossing: Crossing | undefined, why: string): void {
  if (crossing !== undefined) {
    crossing.lost = why;
    crossing.settle();
  }
  frame.release();
}
