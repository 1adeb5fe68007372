/** Copies captures from one format to the other, and says beforehand what the other cannot hold. */
import { PacketError } from '../bytes/error.js';
import type { CapturedFrame } from './frame.js';
import { PcapWriter, type PcapWriterOptions } from './pcap-writer.js';
import type { CaptureInterface, CaptureItem, FrameDetails } from './pcapng-model.js';
import type { PcapngWriter } from './pcapng-writer.js';
import type { CaptureReader } from './reader.js';

/** What a capture holds, as `surveyCapture` counts it. */
export interface CaptureSurvey {
  readonly format: 'pcap' | 'pcapng';
  readonly frames: number;
  /** LINKTYPE values of the frames, in the order in which they appear. */
  readonly linkTypes: readonly number[];
  /** Digits of the finest resolution that a frame has, 6 where there are no frames. */
  readonly timeDigits: number;
  /** Largest snap length of the frames' interfaces; 0, unlimited, is larger than all others. */
  readonly snapLength: number;
  /** FCS lengths that the frames' interfaces give, undefined among them where one gives none. */
  readonly fcsBytes: readonly (number | undefined)[];
  /** What pcap has no place for, and how often it occurs. */
  readonly beyondPcap: ReadonlyMap<LossKind, number>;
  /** Frames whose time pcap cannot hold: before 1970, or after 2106. */
  readonly timesOutOfRange: number;
}

const ALL = Number.POSITIVE_INFINITY;

/** What a copy to pcap loses. */
export type LossKind =
  | 'sections' // what section headers say: machine, system, program, comments
  | 'interfaces' // names, descriptions and which frame was captured on which interface
  | 'times' // times finer than nanoseconds, which are cut
  | 'no time' // frames without a time, which get 1970
  | 'comments' // comments of frames
  | 'frame options' // flags, drop counts, hashes and so on
  | 'fcs' // FCS lengths that differ, or that pcap cannot say
  | 'names'
  | 'statistics'
  | 'secrets'
  | 'custom blocks'
  | 'unknown blocks';

/** One kind of thing that a copy loses. */
export interface CaptureLoss {
  readonly what: LossKind;
  readonly count: number;
  /** In words: `3 comments of frames`. */
  readonly text: string;
}

/** How a capture can be written as pcap. */
export interface PcapPlan {
  /** For `PcapWriter`. */
  readonly options: PcapWriterOptions;
  readonly losses: readonly CaptureLoss[];
}

const LOSS_TEXT: Readonly<Record<LossKind, (count: number) => string>> = {
  sections: (n) => `${counted(n, 'section header')} with options`,
  interfaces: (n) => `${counted(n, 'interface description')} with options, or more than one`,
  times: (n) => `the digits below a nanosecond of ${counted(n, 'time')}`,
  'no time': (n) => `${counted(n, 'frame')} without a time: the copy says 1970`,
  comments: (n) => `${counted(n, 'comment')} of frames`,
  'frame options': (n) => `flags, drop counts or other options of ${counted(n, 'frame')}`,
  fcs: (n) => counted(n, 'FCS length'),
  names: (n) => counted(n, 'name resolution block'),
  statistics: (n) => counted(n, 'interface statistics block'),
  secrets: (n) => counted(n, 'decryption secrets block'),
  'custom blocks': (n) => counted(n, 'custom block'),
  'unknown blocks': (n) => `${counted(n, 'block')} of unknown type`,
};

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/**
 * Surveys a capture step by step: while something else reads it (a pipe can be read but once), or as
 * far as a damaged one can be read.
 */
export class CaptureCounter {
  private readonly beyond: Map<LossKind, number>;
  private readonly linkTypes: Set<number>;
  private readonly fcsBytes: Set<number | undefined>;
  private readonly interfaces: Set<CaptureInterface>;
  private frames: number;
  private timeDigits: number;
  private snapLength: number;
  private timesOutOfRange: number;

  constructor() {
    this.beyond = new Map();
    this.linkTypes = new Set();
    this.fcsBytes = new Set();
    this.interfaces = new Set();
    this.frames = 0;
    this.timeDigits = 0;
    this.snapLength = 1;
    this.timesOutOfRange = 0;
  }

  /** Counts one thing of the capture. */
  item(item: CaptureItem): void {
    switch (item.kind) {
      case 'frame':
        this.frame(item.frame);
        break;
      case 'section':
        if (item.section.options.length > 0) this.note('sections');
        break;
      case 'interface':
        // Its resolution and FCS length are counted with its frames.
        if (
          item.interface.id > 0 ||
          item.interface.options.some(({ code }) => code !== 9 && code !== 13)
        ) {
          this.note('interfaces');
        }
        break;
      case 'custom':
        this.note('custom blocks');
        break;
      case 'unknown':
        this.note('unknown blocks');
        break;
      default:
        this.note(item.kind);
    }
  }

  /**
   * Counts what a reader has left.
   *
   * @param limit frames to stop after, 1 or more
   * @throws PacketError as reading does; what came before has been counted.
   */
  async read(reader: CaptureReader, limit = ALL): Promise<void> {
    for await (const item of reader.items()) {
      this.item(item);
      if (this.frames >= limit) return;
    }
  }

  /** What has been counted so far of what this reader read. */
  survey(reader: CaptureReader): CaptureSurvey {
    const linkTypes = [...this.linkTypes];
    if (linkTypes.length === 0) {
      linkTypes.push(reader.linkType ?? reader.interfaces[0]?.linkType ?? 1);
    }
    return {
      format: reader.format,
      frames: this.frames,
      linkTypes,
      timeDigits: reader.timeDigits ?? (this.timeDigits > 6 ? 9 : 6),
      snapLength: reader.snapLength ?? (this.interfaces.size > 0 ? this.snapLength : 262_144),
      fcsBytes: reader.format === 'pcap' ? [reader.fcsBytes] : [...this.fcsBytes],
      beyondPcap: this.beyond,
      timesOutOfRange: this.timesOutOfRange,
    };
  }

  private frame(frame: CapturedFrame): void {
    this.frames += 1;
    this.linkTypes.add(frame.linkType);
    const from = frame.interface;
    if (from !== undefined && !this.interfaces.has(from)) {
      this.interfaces.add(from);
      this.fcsBytes.add(from.fcsBytes);
      this.snapLength = wider(this.snapLength, from.snapLength);
    }
    if (!frame.hasTime) {
      this.note('no time');
    } else {
      this.timeDigits = Math.max(this.timeDigits, frame.timeDigits);
      if (frame.seconds >>> 0 !== frame.seconds) this.timesOutOfRange += 1;
      // A power of two has as many decimals as its exponent.
      if (from !== undefined && from.timeExponent > 9) this.note('times');
    }
    if (frame.details !== undefined) this.details(frame.details);
  }

  private details(details: FrameDetails): void {
    const { comments = [], flags, dropCount, packetId, queue, options = [] } = details;
    if (comments.length > 0) this.note('comments', comments.length);
    const others = [flags, dropCount, packetId, queue].some((value) => value !== undefined);
    if (others || options.length > 0) this.note('frame options');
  }

  private note(kind: LossKind, count = 1): void {
    this.beyond.set(kind, (this.beyond.get(kind) ?? 0) + count);
  }
}

function wider(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : Math.max(a, b);
}

/**
 * Reads a capture to its end and counts what a copy to pcap has to know.
 *
 * @throws PacketError as reading does.
 */
export async function surveyCapture(reader: CaptureReader): Promise<CaptureSurvey> {
  const counter = new CaptureCounter();
  await counter.read(reader);
  return counter.survey(reader);
}

/**
 * How a capture can be written as pcap, and what that loses.
 *
 * @throws PacketError `BAD_VALUE` when pcap cannot hold it: frames of several link types, or times
 * before 1970 or after 2106.
 */
export function pcapPlan(survey: CaptureSurvey): PcapPlan {
  const { linkTypes, timesOutOfRange } = survey;
  if (linkTypes.length > 1) {
    throw new PacketError(
      'BAD_VALUE',
      `a pcap file has one link type, and this capture has frames of ${linkTypes.length}: ${linkTypes.join(', ')}; only pcapng can hold them all`,
    );
  }
  if (timesOutOfRange > 0) {
    throw new PacketError(
      'BAD_VALUE',
      `a pcap file has times from 1970 to 2106, and this capture has ${counted(timesOutOfRange, 'frame')} of other times; only pcapng can hold them`,
    );
  }
  const beyond = new Map(survey.beyondPcap);
  let fcsBytes = survey.fcsBytes.length === 1 ? survey.fcsBytes[0] : undefined;
  if (survey.fcsBytes.length > 1) beyond.set('fcs', survey.fcsBytes.length);
  if (fcsBytes !== undefined && (fcsBytes > 30 || fcsBytes % 2 !== 0)) {
    beyond.set('fcs', 1);
    fcsBytes = undefined;
  }
  return {
    options: {
      linkType: linkTypes[0],
      precision: survey.timeDigits > 6 ? 'ns' : 'us',
      snapLength: survey.snapLength,
      oversize: 'keep',
      fcsBytes,
    },
    losses: [...beyond].map(([what, count]) => ({ what, count, text: LOSS_TEXT[what](count) })),
  };
}

/**
 * Copies a capture to a writer, which stays open; answers the number of frames.
 *
 * - pcapng to pcapng: every block as it is, to the byte, each section in its own byte order.
 * - pcap to pcapng: one interface with the file's link type, snap length, resolution and FCS length.
 * - to pcap: the frames. Make the writer with the options of `pcapPlan`, which says what is lost.
 *
 * @param limit frames to stop after, 1 or more
 * @throws PacketError `BAD_VALUE` at a frame of another link type than that of a pcap writer, and as
 * reading and writing do. What was read before the damage of a source has been written by then.
 */
export async function copyCapture(
  reader: CaptureReader,
  writer: PcapWriter | PcapngWriter,
  limit = ALL,
): Promise<number> {
  const before = writer.frameCount;
  const end = before + limit;
  if (writer instanceof PcapWriter) await copyToPcap(reader, writer, end);
  else if (reader.format === 'pcapng') await copyBlocks(reader, writer, end);
  else await copyToPcapng(reader, writer, end);
  return writer.frameCount - before;
}

async function copyToPcap(reader: CaptureReader, writer: PcapWriter, end: number): Promise<void> {
  for await (const frames of reader.batches()) {
    for (const frame of frames) {
      const wait = writeToPcap(frame, writer);
      if (wait !== undefined) await wait;
      if (writer.frameCount >= end) return;
    }
  }
}

/**
 * Writes one frame of a capture to a pcap file, as `copyCapture` does.
 *
 * @throws PacketError `BAD_VALUE` when the file has another link type, and as writing does.
 */
export function writeToPcap(frame: CapturedFrame, writer: PcapWriter): Promise<void> | undefined {
  if (frame.linkType === writer.linkType) return writer.write(frame.data, frame);
  throw new PacketError(
    'BAD_VALUE',
    `frame ${frame.number} has link type ${frame.linkType}, and the pcap file that is written has ${writer.linkType}; only pcapng can hold both`,
    { frame: frame.number },
  );
}

async function copyBlocks(reader: CaptureReader, writer: PcapngWriter, end: number): Promise<void> {
  for await (const { raw } of reader.items()) {
    const wait = raw === undefined ? undefined : writer.writeBlock(raw);
    if (wait !== undefined) await wait;
    if (writer.frameCount >= end) return;
  }
}

async function copyToPcapng(
  reader: CaptureReader,
  writer: PcapngWriter,
  end: number,
): Promise<void> {
  const { linkType, snapLength, timeDigits, fcsBytes } = reader;
  const one = { linkType, snapLength, timeDigits, fcsBytes, oversize: 'keep' } as const;
  const id = writer.addInterface(one);
  for await (const frames of reader.batches()) {
    for (const { data, seconds, nanoseconds, wireLength } of frames) {
      const wait = writer.write(data, { interface: id, seconds, nanoseconds, wireLength });
      if (wait !== undefined) await wait;
      if (writer.frameCount >= end) return;
    }
  }
}
