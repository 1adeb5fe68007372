/** What a lab's run leaves behind: one pcapng with an interface a link, or a pcap of each link. */
import type { PcapWriter } from '../capture/pcap-writer.js';
import { MemoryPcapngWriter, PcapngWriter } from '../capture/pcapng-writer.js';
import type { CaptureSink } from '../capture/sink.js';
import { SECOND } from './clock.js';
import type { Link } from './link.js';
import { checkNumbers, numbers, type RangesOf } from './range.js';
import type { Crossing, Watcher } from './recorder.js';

/** Seconds since 1970 at which every lab begins: 2026-01-01 00:00:00 UTC. */
export const LAB_EPOCH = 1_767_225_600;

/** Directions in `epb_flags`, as the link's first end sees them. */
const INBOUND = 1;
const OUTBOUND = 2;

/** When a lab begins, for captures. */
export interface CaptureEpoch {
  /** Since 1970. */
  readonly seconds: number;
  /** 0–999,999,999. */
  readonly nanoseconds: number;
}

const RANGES: RangesOf<CaptureEpoch> = {
  seconds: numbers(0, undefined, 'seconds'),
  nanoseconds: numbers(0, SECOND - 1, 'nanoseconds'),
};

const EPOCH: CaptureEpoch = { seconds: LAB_EPOCH, nanoseconds: 0 };
const OPTIONS = { application: 'framewright' } as const;

/** A time of the lab as captures have it. */
function stampOf({ time }: Crossing, { seconds, nanoseconds }: CaptureEpoch): CaptureEpoch {
  const fraction = (time % SECOND) + nanoseconds;
  const carried = fraction >= SECOND ? 1 : 0;
  return {
    seconds: seconds + Math.floor(time / SECOND) + carried,
    nanoseconds: fraction - carried * SECOND,
  };
}

/** A pcapng in memory, as every lab begins one: nothing in it depends on the machine. */
export function newCapture(): MemoryPcapngWriter {
  return new MemoryPcapngWriter(OPTIONS);
}

/** The same on a stream, for labs that run for long. */
export function newCaptureTo(sink: CaptureSink): PcapngWriter {
  return new PcapngWriter(sink, OPTIONS);
}

/**
 * Writes every frame to one pcapng: each link is an interface of its name, each frame has what it is
 * called and what was said of it as comments. Frames stand in the order in which they were sent; those that a link lost
 * stand there, too, and their comment says so.
 */
export class LabCapture implements Watcher {
  private readonly writer: PcapngWriter;
  private readonly interfaces: Map<Link, number>;
  private readonly epoch: CaptureEpoch;

  /**
   * The writer is the caller's, who closes it after the run. `epoch`: absent: `LAB_EPOCH`. Throws
   * `OUT_OF_RANGE` for an epoch that is none.
   */
  constructor(writer: PcapngWriter, epoch: CaptureEpoch = EPOCH) {
    checkNumbers('the epoch', epoch, RANGES);
    this.writer = writer;
    this.epoch = epoch;
    this.interfaces = new Map();
  }

  /** Has a link stand there before its first frame, which else describes it, or without one. */
  add(link: Link): void {
    this.interfaceOf(link);
  }

  settled(crossing: Crossing): void {
    const { link, from, bytes, comments } = crossing;
    this.writer.write(bytes, {
      ...stampOf(crossing, this.epoch),
      interface: this.interfaceOf(link),
      details: { comments, flags: from === link.a ? OUTBOUND : INBOUND },
    });
  }

  private interfaceOf(link: Link): number {
    const known = this.interfaces.get(link);
    if (known !== undefined) return known;
    const { a, b, name } = link;
    const made = this.writer.addInterface({
      name,
      description: `${a.device.title} ${a.name} – ${b.device.title} ${b.name}`,
      timeDigits: 9,
      snapLength: 0,
    });
    this.interfaces.set(link, made);
    return made;
  }
}

/** Writes the frames of each link to a pcap of its own, with nanoseconds. */
export class LinkCaptures implements Watcher {
  private readonly writers: Map<Link, PcapWriter>;
  private readonly open: (link: Link) => PcapWriter;
  private readonly epoch: CaptureEpoch;

  /**
   * `open` is called when the first frame of a link is to be written, or by `add`; the caller closes them.
   * `epoch`: absent: `LAB_EPOCH`. Throws `OUT_OF_RANGE` for an epoch that is none.
   */
  constructor(open: (link: Link) => PcapWriter, epoch: CaptureEpoch = EPOCH) {
    checkNumbers('the epoch', epoch, RANGES);
    this.writers = new Map();
    this.open = open;
    this.epoch = epoch;
  }

  /** Has a link's file opened before its first frame, which else opens it, or without one. */
  add(link: Link): void {
    this.writerOf(link);
  }

  settled(crossing: Crossing): void {
    this.writerOf(crossing.link).write(crossing.bytes, stampOf(crossing, this.epoch));
  }

  private writerOf(link: Link): PcapWriter {
    let writer = this.writers.get(link);
    if (writer === undefined) {
      writer = this.open(link);
      this.writers.set(link, writer);
    }
    return writer;
  }
}
