/** A network in a box: devices, the links between them, and the time in which they live. */
import { PacketError } from '../bytes/error.js';
import { Clock } from './clock.js';
import type { Device, Table } from './device.js';
import { FramePool } from './frame.js';
import { Link, type LinkOptions } from './link.js';
import type { Port } from './port.js';
import { Random } from './random.js';
import { checkNumber, checkNumbers, numbers, type RangesOf, TIME } from './range.js';
import { Recorder, type Watcher } from './recorder.js';

/** What a lab can be told. */
export interface LabOptions {
  /** Of all chance in it: a whole number, 0 to 2 ** 53 - 1 (absent: 1). */
  readonly seed?: number;
}

const RANGES: RangesOf<LabOptions> = { seed: numbers(0) };

/** 02:00:00:00:00:00: locally administered, not a group. */
const FIRST_MAC = 0x020000000000;

/** A way without circles takes each link once in each direction; with tunnels, some of them again. */
const HOPS_A_LINK = 4;
const SOME_HOPS = 100;

/**
 * A network in a box. Devices are made with it (`new Host(lab, 'A')`), joined by `connect`, and live
 * while `run` runs.
 */
export class Lab {
  readonly clock: Clock;
  readonly random: Random;
  readonly frames: FramePool;
  readonly recorder: Recorder;
  readonly devices: Map<string, Device>;
  readonly links: Link[];
  /**
   * A link on which a frame was seen that goes round in circles, as in a ring of switches: it has
   * crossed more links than any way has. Undefined: none was, or somebody has taken note of it.
   */
  circle: Link | undefined;
  /** Links that a frame may cross before it counts as one that goes round in circles. */
  mostHops: number;
  private macs: number;

  /** Throws `OUT_OF_RANGE` for a seed that is none. */
  constructor(options: LabOptions = {}) {
    checkNumbers('the lab', options, RANGES);
    this.clock = new Clock();
    this.random = new Random(options.seed ?? 1);
    this.frames = new FramePool();
    this.recorder = new Recorder();
    this.devices = new Map();
    this.links = [];
    this.circle = undefined;
    this.mostHops = SOME_HOPS;
    this.macs = 0;
  }

  /** Called by each device that is made. Throws `BAD_VALUE` where its name is taken. */
  add(device: Device): void {
    if (this.devices.has(device.name)) {
      throw new PacketError('BAD_VALUE', `the lab has a device ${device.name} already`);
    }
    this.devices.set(device.name, device);
  }

  /** A MAC address that no other port was given: 02:00:00:00:00:01 and up. */
  newMac(): number {
    this.macs++;
    return FIRST_MAC + this.macs;
  }

  /**
   * Joins two ports by a link (a cable, or a veth pair). Throws `BAD_VALUE` where one of them is
   * joined already, `OUT_OF_RANGE` for an option that makes no sense.
   */
  connect(a: Port, b: Port, options: LinkOptions = {}): Link {
    const link = new Link(this, a, b, options);
    this.links.push(link);
    this.mostHops += HOPS_A_LINK;
    return link;
  }

  /** Pulls a cable out: both ports can be joined to others. What is on its way still arrives. */
  disconnect(link: Link): void {
    const at = this.links.indexOf(link);
    if (at < 0) return;
    this.links.splice(at, 1);
    link.up = false;
    for (const port of [link.a, link.b]) {
      port.wire = undefined;
      port.linked = undefined;
    }
  }

  /** Has a run watched: every frame on links whose `tapped` is true, and every note. */
  watch(watcher: Watcher): void {
    this.recorder.watch(watcher);
  }

  /** Says something about several devices, or about what comes next: a narrator's note. */
  remark(devices: readonly Device[], text: string): void {
    this.recorder.note(devices, text);
  }

  /** Runs until nothing happens any more, housekeeping such as ageing apart. */
  run(): void {
    this.clock.run();
  }

  /** Runs for that many nanoseconds, 0 and up. Throws `OUT_OF_RANGE`. */
  runFor(time: number): void {
    this.clock.runUntil(this.clock.now + checkNumber('the lab', 'a time', time, TIME));
  }

  /** Every table of every device, the device's name in front of each title. */
  tables(): Table[] {
    return [...this.devices.values()].flatMap((device) =>
      device.tables().map(({ title, lines }) => ({ title: `${device.name}# ${title}`, lines })),
    );
  }
}
