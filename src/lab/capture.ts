/** What a lab's run leaves behind: one pcapng with an interface a link, or a pcap of each link. */
import type { PcapWriter } from '../capture/pcap-writer.js';
import { MemoryPcapngWriter, type PcapngWriter } from '../capture/pcapng-writer.js';
import { SECOND } from './clock.js';
import type { Link } from './link.js';
import type { Crossing, Watcher } from './recorder.js';

/** Seconds since 1970 at which every lab begins: 2026-01-01 00:00:00 UTC. */
export const LAB_EPOCH = 1_767_225_600;

/** Directions in `epb_flags`, as the link's first end sees them. */
const INBOUND = 1;
const OUTBOUND = 2;

/** A time of the lab as captures have it. */
function stampOf({ time }: Crossing): { seconds: number; nanoseconds: number } {
  return { seconds: LAB_EPOCH + Math.floor(time / SECOND), nanoseconds: time % SECOND };
}

/** A pcapng in memory, as every lab begins one: nothing in it depends on the machine. */
export function newCapture(): MemoryPcapngWriter {
  return new MemoryPcapngWriter({ application: 'framewright' });
}

/**
 * Writes every frame to one pcapng: each link is an interface of its name, each frame has what was
 * said of it as comments. Frames stand in the order in which they were sent; those that a link lost
 * stand there, too, and their comment says so.
 */
export class LabCapture implements Watcher {
  private readonly writer: PcapngWriter;
  private readonly interfaces: Map<Link, number>;

  /** The writer is the caller's, who closes it after the run. */
  constructor(writer: PcapngWriter) {
    this.writer = writer;
    this.interfaces = new Map();
  }

  settled(crossing: Crossing): void {
    const { link, from, bytes, comments } = crossing;
    this.writer.write(bytes, {
      ...stampOf(crossing),
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

  /** `open` is called when the first frame of a link is to be written; the caller closes them. */
  constructor(open: (link: Link) => PcapWriter) {
    this.writers = new Map();
    this.open = open;
  }

  settled(crossing: Crossing): void {
    const { link, bytes } = crossing;
    let writer = this.writers.get(link);
    if (writer === undefined) {
      writer = this.open(link);
      this.writers.set(link, writer);
    }
    writer.write(bytes, stampOf(crossing));
  }
}
