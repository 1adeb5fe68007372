/** Writes frames that were changed, with everything that the capture says of them. */
import { PacketError } from '../bytes/error.js';
import { CaptureCounter, pcapPlan } from '../capture/copy.js';
import type { CapturedFrame } from '../capture/frame.js';
import { OPTION, SECTION_LENGTH, STATISTICS_INTERFACE } from '../capture/pcapng-layout.js';
import type {
  CaptureInterface,
  CaptureItem,
  FrameDetails,
  RawBlock,
} from '../capture/pcapng-model.js';
import { PcapngWriter } from '../capture/pcapng-writer.js';
import type { CaptureReader } from '../capture/reader.js';
import type { CaptureSink } from '../capture/sink.js';
import { lossesText } from './capture-target.js';
import { type FrameWriter, frameWriter, type Precision } from './frame-writer.js';
import type { Input, InputFrame } from './input.js';

/** A frame of a capture, without its FCS. */
export interface Frame {
  readonly data: Uint8Array;
  /** Bytes on the wire: more than `data` where the capture was cut. */
  readonly wireLength: number;
  /** LINKTYPE value. */
  readonly linkType: number;
}

/** What takes what became of a capture. */
export interface Rewriter {
  /** Writes what became of a frame; `number`: of the frame in the input, from 1. */
  write(from: InputFrame | CapturedFrame, made: Frame, number: number): Promise<void> | undefined;
  /** Takes in what a pcapng file holds: all of it in its order, the frames before they are written. */
  other(item: CaptureItem): Promise<void> | undefined;
  close(): Promise<void>;
  /** What could not be held, in words, with the name of the output; undefined: nothing. */
  losses(out: string): string | undefined;
}

/** What is to be written. */
export interface RewriterOptions {
  readonly format: 'pcap' | 'pcapng';
  /** Undefined: that of the input. */
  readonly precision: Precision;
  /** The most bytes that a frame grows by. */
  readonly growth: number;
}

/** The rewriter for an input. */
export function rewriterFor(
  { reader, name }: Input,
  sink: CaptureSink,
  { format, precision, growth }: RewriterOptions,
): Rewriter {
  if (format === 'pcapng' && reader?.format === 'pcapng') return new PcapngToPcapng(sink, growth);
  const times = precision ?? precisionIn(reader);
  return new ByFrames(frameWriter(sink, format, times), format, reader, name);
}

function precisionIn(reader: CaptureReader | undefined): Precision {
  if (reader?.timeDigits === undefined) return undefined;
  return reader.timeDigits > 6 ? 'ns' : 'us';
}

/** From or to a format that knows frames and their times, and little else. */
class ByFrames implements Rewriter {
  private readonly writer: FrameWriter;
  private readonly format: 'pcap' | 'pcapng';
  private readonly reader: CaptureReader | undefined;
  private readonly name: string;
  private readonly counter: CaptureCounter;
  private linkType: number | undefined;

  constructor(
    writer: FrameWriter,
    format: 'pcap' | 'pcapng',
    reader: CaptureReader | undefined,
    name: string,
  ) {
    this.writer = writer;
    this.format = format;
    this.reader = reader;
    this.name = name;
    this.counter = new CaptureCounter();
    this.linkType = undefined;
  }

  write(
    from: InputFrame | CapturedFrame,
    { data, wireLength, linkType }: Frame,
    number: number,
  ): Promise<void> | undefined {
    this.linkType ??= linkType;
    if (this.format === 'pcap' && this.linkType !== linkType) {
      throw new PacketError(
        'BAD_VALUE',
        `${this.name}: frame ${number} becomes one of link type ${linkType}, those before it are of ${this.linkType}: a pcap file holds one (pcapng holds them all)`,
        { frame: number },
      );
    }
    return this.writer.write({ data, wireLength, linkType, time: timeOf(from) });
  }

  other(item: CaptureItem): undefined {
    this.counter.item(item);
  }

  close(): Promise<void> {
    return this.writer.close();
  }

  losses(out: string): string | undefined {
    if (this.format === 'pcapng' || this.reader?.format !== 'pcapng') return undefined;
    const { linkType = 1 } = this;
    const survey = this.counter.survey(this.reader);
    // What was left out need not fit; of what was written, the writer has judged the times.
    const plan = pcapPlan({
      ...survey,
      linkTypes: [linkType],
      fcsBytes: [undefined],
      timesOutOfRange: 0,
    });
    if (plan.losses.length === 0) return undefined;
    const texts = plan.losses.map(({ text }) => text);
    return lossesText(out, texts);
  }
}

function timeOf(from: InputFrame | CapturedFrame): CapturedFrame | InputFrame['time'] {
  if ('time' in from) return from.time;
  return from.hasTime ? from : undefined;
}

/** From pcapng to pcapng: sections, interfaces, names, secrets and comments are kept. */
class PcapngToPcapng implements Rewriter {
  private readonly writer: PcapngWriter;
  private readonly growth: number;
  private readonly standIns: Map<CaptureInterface, Map<number, CaptureInterface>>;
  private dropped: number;
  private interfaces: number;

  constructor(sink: CaptureSink, growth: number) {
    this.writer = new PcapngWriter(sink);
    this.growth = growth;
    this.standIns = new Map();
    this.dropped = 0;
    this.interfaces = 0;
  }

  write(from: InputFrame | CapturedFrame, made: Frame): Promise<void> | undefined {
    const frame = from as CapturedFrame;
    const { seconds, nanoseconds, hasTime, ticksHigh, ticksLow, details } = frame;
    return this.writer.write(made.data, {
      interface: this.standIn(frame.interface as CaptureInterface, made.linkType),
      seconds,
      nanoseconds,
      hasTime,
      ticksHigh,
      ticksLow,
      wireLength: made.wireLength,
      details: details === undefined ? undefined : stillTrue(details),
    });
  }

  other(item: CaptureItem): Promise<void> | undefined {
    switch (item.kind) {
      case 'frame':
        return undefined;
      case 'section':
        return this.writer.writeBlock(ofUnknownLength(item.raw));
      case 'interface':
        // Now, so that they keep their order, and those without a frame stay.
        this.interfaces += 1;
        this.writer.copyInterface(this.standIn(item.interface, item.interface.linkType));
        return undefined;
      case 'names':
      case 'secrets':
        return this.writer.writeBlock(item.raw);
      case 'statistics': {
        const of = item.statistics.interface;
        if (of === undefined) return undefined;
        const id = this.writer.copyInterface(this.standIn(of, of.linkType));
        return this.writer.writeBlock(withWord(item.raw, STATISTICS_INTERFACE, id));
      }
      case 'custom':
        if (item.custom.mayCopy) return this.writer.writeBlock(item.raw);
        break;
      default:
    }
    this.dropped += 1;
    return undefined;
  }

  async close(): Promise<void> {
    // libpcap refuses a file that has no interface.
    if (this.interfaces === 0) this.writer.addInterface();
    await this.writer.close();
  }

  losses(out: string): string | undefined {
    const { dropped } = this;
    if (dropped === 0) return undefined;
    const what = `${dropped} block${dropped === 1 ? '' : 's'}`;
    const name = out === '-' ? 'standard output' : out;
    return `${name}: left out, as only who knows them may change them: ${what} of unknown kinds`;
  }

  /** The interface as it is when its frames have grown, are of that link type, and have no FCS. */
  private standIn(from: CaptureInterface, linkType: number): CaptureInterface {
    let ofType = this.standIns.get(from);
    if (ofType === undefined) {
      ofType = new Map();
      this.standIns.set(from, ofType);
    }
    let one = ofType.get(linkType);
    if (one === undefined) {
      const { snapLength } = from;
      one = {
        ...from,
        linkType,
        snapLength: snapLength === 0 ? 0 : Math.min(snapLength + this.growth, 0xffffffff),
        fcsBytes: undefined,
        options: from.options.filter(({ code }) => code !== OPTION.interfaceFcs),
      };
      ofType.set(linkType, one);
    }
    return one;
  }
}

/** The bits of a frame's flags that say how long its FCS is. */
const FCS_FLAGS = 0x1e0;

/** What is said of a frame without what is no longer true: its FCS, and the hash of its bytes. */
function stillTrue({ flags, options, ...rest }: FrameDetails): FrameDetails {
  return {
    ...rest,
    flags: flags === undefined ? undefined : (flags & ~FCS_FLAGS) >>> 0,
    options: options?.filter(({ code }) => code !== OPTION.frameHash),
  };
}

/** The section's header, without saying how long the section is. */
function ofUnknownLength(block: RawBlock): RawBlock {
  return withWord(withWord(block, SECTION_LENGTH, 0xffffffff), SECTION_LENGTH + 4, 0xffffffff);
}

function withWord(block: RawBlock, offset: number, value: number): RawBlock {
  const bytes = block.bytes.slice();
  new DataView(bytes.buffer).setUint32(offset, value, block.byteOrder === 'little');
  return { ...block, bytes };
}
