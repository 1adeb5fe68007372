/** Writes frames that no capture gave: of specifications, of hex text. */
import { PacketError } from '../bytes/error.js';
import type { CaptureTime } from '../capture/frame.js';
import { PcapWriter } from '../capture/pcap-writer.js';
import type { FrameDetails } from '../capture/pcapng-model.js';
import { type NewInterface, PcapngWriter } from '../capture/pcapng-writer.js';
import type { CaptureSink } from '../capture/sink.js';
import type { SpecInterface } from './capture-json.js';

/** A frame to write. */
export interface FrameToWrite {
  readonly data: Uint8Array;
  readonly wireLength: number;
  readonly linkType: number;
  /** Undefined where none is known, as of simple packets of pcapng. */
  readonly time: CaptureTime | undefined;
  /** The interface that it was captured on. */
  readonly interface?: SpecInterface | undefined;
  /** Interfaces that are described here, before the frame. */
  readonly interfaces?: readonly SpecInterface[] | undefined;
  readonly details?: FrameDetails | undefined;
}

/** Time resolution of a pcap file; `undefined`: that of the first frames. */
export type Precision = 'us' | 'ns' | undefined;

/** What takes frames, one after the other. */
export interface FrameWriter {
  /** Answers as the writers of captures do. Throws `PacketError` for a frame that can't be held. */
  write(frame: FrameToWrite): Promise<void> | undefined;
  close(): Promise<void>;
  /** What could not be held, in words. */
  losses(): string[];
}

/** A writer for frames in that format. */
export function frameWriter(
  sink: CaptureSink,
  format: 'pcap' | 'pcapng',
  precision: Precision,
): FrameWriter {
  return format === 'pcap' ? new ToPcap(sink, precision) : new ToPcapng(sink);
}

/** Frames and bytes that are looked at before the header of a pcap file is written. */
const LOOK_AHEAD = 1000;
const LOOK_AHEAD_BYTES = 4_194_304;

class ToPcap implements FrameWriter {
  private readonly sink: CaptureSink;
  private readonly precision: Precision;
  private writer: PcapWriter | undefined;
  private fine: boolean;
  private readonly waiting: FrameToWrite[];
  private waitingBytes: number;
  private linkType: number | undefined;
  private frames: number;
  private details: number;
  private interfaces: number;
  private timeless: number;

  constructor(sink: CaptureSink, precision: Precision) {
    this.sink = sink;
    this.precision = precision;
    this.writer = undefined;
    this.fine = precision === 'ns';
    this.waiting = [];
    this.waitingBytes = 0;
    this.linkType = undefined;
    this.frames = 0;
    this.details = 0;
    this.interfaces = 0;
    this.timeless = 0;
  }

  write(frame: FrameToWrite): Promise<void> | undefined {
    const { data, linkType, time } = frame;
    this.frames += 1;
    this.linkType ??= linkType;
    if (linkType !== this.linkType) {
      throw new PacketError(
        'BAD_SPEC',
        `frame ${this.frames} has link type ${linkType}, frame 1 has ${this.linkType}: a pcap file holds one (pcapng holds them all)`,
      );
    }
    if (frame.details !== undefined) this.details += 1;
    if (time === undefined) this.timeless += 1;
    this.interfaces += frame.interfaces?.length ?? 0;
    const fine = (time?.timeDigits ?? 0) > 6 && this.precision === undefined;
    if (this.writer === undefined) {
      this.fine ||= fine;
      this.waiting.push(frame);
      this.waitingBytes += data.length;
      const enough = this.frames >= LOOK_AHEAD || this.waitingBytes >= LOOK_AHEAD_BYTES;
      return enough ? this.begin() : undefined;
    }
    if (fine && !this.fine) {
      throw new PacketError(
        'BAD_SPEC',
        `frame ${this.frames} has a time in nanoseconds, and the pcap file was begun in microseconds: --precision says which, or write pcapng`,
      );
    }
    return this.put(this.writer, frame);
  }

  async close(): Promise<void> {
    await this.begin();
    await this.writer?.close();
  }

  losses(): string[] {
    const { details, interfaces, timeless } = this;
    const losses: string[] = [];
    if (details > 0) losses.push(`comments, flags and the like of ${counted(details, 'frame')}`);
    if (interfaces > 0) losses.push(counted(interfaces, 'interface description'));
    if (timeless > 0) {
      losses.push(`${counted(timeless, 'frame')} without a time: the file says 1970`);
    }
    return losses;
  }

  private async begin(): Promise<void> {
    this.writer ??= new PcapWriter(this.sink, {
      linkType: this.linkType,
      precision: this.fine ? 'ns' : 'us',
      oversize: 'keep',
    });
    for (const frame of this.waiting.splice(0)) {
      const wait = this.put(this.writer, frame);
      if (wait !== undefined) await wait;
    }
  }

  private put(writer: PcapWriter, frame: FrameToWrite): Promise<void> | undefined {
    const { data, wireLength, time } = frame;
    return inFrame(writer.frameCount + 1, () =>
      writer.write(data, {
        seconds: time?.seconds,
        nanoseconds: time?.nanoseconds,
        wireLength,
      }),
    );
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

class ToPcapng implements FrameWriter {
  private readonly writer: PcapngWriter;
  private section: number | undefined;
  /** Numbers of interfaces in the section that is written, by what names them in the specification. */
  private readonly numbers: Map<string, number>;

  constructor(sink: CaptureSink) {
    this.writer = new PcapngWriter(sink);
    this.section = undefined;
    this.numbers = new Map();
  }

  write(frame: FrameToWrite): Promise<void> | undefined {
    const { writer } = this;
    return inFrame(writer.frameCount + 1, () => {
      const { data, wireLength, time, details } = frame;
      const stamp = {
        interface: this.interfaceOf(frame),
        seconds: time?.seconds,
        nanoseconds: time?.nanoseconds,
        hasTime: time !== undefined,
        wireLength,
        details,
      };
      return writer.write(data, stamp);
    });
  }

  async close(): Promise<void> {
    // Without a frame as well: libpcap refuses a file that has no interface.
    if (this.numbers.size === 0) this.writer.addInterface({ oversize: 'keep' });
    await this.writer.close();
  }

  losses(): string[] {
    return [];
  }

  private interfaceOf(frame: FrameToWrite): number {
    const { linkType, time, interfaces = [], interface: from } = frame;
    for (const one of interfaces) this.number(one, one.described);
    const timeDigits = time?.timeDigits ?? 6;
    if (from !== undefined) {
      // A line without the one that described its interface: what the frame itself tells.
      const { name } = from.described;
      return this.number(from, { name, linkType, timeDigits });
    }
    return this.numberOf(`${linkType} ${timeDigits}`, { linkType, timeDigits });
  }

  private number({ section, id }: SpecInterface, described: NewInterface): number {
    if (this.section !== undefined && section !== this.section) {
      this.writer.addSection();
      this.numbers.clear();
    }
    this.section = section;
    return this.numberOf(`#${id}`, described);
  }

  private numberOf(key: string, described: NewInterface): number {
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.writer.addInterface({ ...described, oversize: 'keep' });
      this.numbers.set(key, number);
    }
    return number;
  }
}

/** What a writer refuses stood in the specification, not in an option of the command. */
function inFrame<T>(number: number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof PacketError)) throw error;
    throw new PacketError('BAD_SPEC', `frame ${number}: ${error.message}`, error);
  }
}
