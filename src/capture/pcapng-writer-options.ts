/** What a pcapng writer can be told, and the options that say it in the file. */
import { PacketError } from '../bytes/error.js';
import { checkNumber, checkWord } from './block-writer.js';
import type { FrameStamp } from './pcap-writer.js';
import { OPTION } from './pcapng-layout.js';
import type { CaptureInterface, CaptureOption, FrameDetails } from './pcapng-model.js';
import { byteOption, numberOption, textOption, wordOption } from './pcapng-options.js';

/** Options of a pcapng file: what its section header says. */
export interface PcapngWriterOptions {
  /** Default `little`. */
  readonly byteOrder?: 'little' | 'big' | undefined;
  /** The machine, as text. */
  readonly hardware?: string | undefined;
  /** The operating system, as text. */
  readonly os?: string | undefined;
  /** The program that writes the file, as text. */
  readonly application?: string | undefined;
  readonly comments?: readonly string[] | undefined;
  /** Further options, written after those above as they are. */
  readonly options?: readonly CaptureOption[] | undefined;
}

/** An interface to describe. */
export interface NewInterface {
  /** LINKTYPE value, 0–65,535, default 1 (Ethernet). */
  readonly linkType?: number | undefined;
  /**
   * Bytes of a frame to keep, 0–4,294,967,295, default 262,144; longer frames are cut and keep
   * their wire length. 0 cuts nothing.
   */
  readonly snapLength?: number | undefined;
  /** As in `PcapWriterOptions`. */
  readonly oversize?: 'cut' | 'keep' | undefined;
  /** Decimal digits of the time resolution, 0–9, default 6 (microseconds). */
  readonly timeDigits?: number | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Bytes of FCS that end each frame, 0–255; left out, the file does not say. */
  readonly fcsBytes?: number | undefined;
  readonly comments?: readonly string[] | undefined;
  /** Further options, written after those above as they are. */
  readonly options?: readonly CaptureOption[] | undefined;
}

/** What a pcapng file can say about a frame. A `CapturedFrame` can be given as it is. */
export interface PcapngStamp extends FrameStamp {
  /**
   * The interface: the number that `addInterface` gave, or an interface of a capture that is read,
   * which is described with all its options when it is first seen. Left out, it is one for frames
   * of the link type and resolution below, which is described when it is first needed.
   */
  readonly interface?: number | CaptureInterface | undefined;
  /** LINKTYPE value for a frame without an interface, default 1 (Ethernet). */
  readonly linkType?: number | undefined;
  /** Digits of the resolution for a frame without an interface, 0–9, default 6. */
  readonly timeDigits?: number | undefined;
  /**
   * False writes a simple packet block, which can only be of interface 0 and has no details; where
   * that won't do, the frame is written with a time of zero units.
   */
  readonly hasTime?: boolean | undefined;
  /** The time as a file held it; used where it is the same time, for what nanoseconds cannot say. */
  readonly ticksHigh?: number | undefined;
  readonly ticksLow?: number | undefined;
  readonly details?: FrameDetails | undefined;
}

/** The options of a Section Header Block. */
export function sectionOptions(options: PcapngWriterOptions): CaptureOption[] {
  const all = commentOptions(options.comments);
  const { hardware, os, application } = options;
  if (hardware !== undefined) all.push(textOption(OPTION.sectionHardware, hardware));
  if (os !== undefined) all.push(textOption(OPTION.sectionOs, os));
  if (application !== undefined) all.push(textOption(OPTION.sectionApplication, application));
  return [...all, ...(options.options ?? [])];
}

/** Checks the numbers and words of an interface. Throws `BAD_OPTION`. */
export function checkInterface(one: NewInterface): void {
  const { linkType = 1, snapLength = 262_144, oversize = 'cut', timeDigits = 6, fcsBytes } = one;
  checkNumber('linkType', linkType, 0xffff);
  checkNumber('snapLength', snapLength, 0xffffffff);
  checkNumber('timeDigits', timeDigits, 9);
  checkWord('oversize', oversize, 'cut', 'keep');
  if (fcsBytes !== undefined) checkNumber('fcsBytes', fcsBytes, 0xff);
}

/** The options of an Interface Description Block. */
export function interfaceOptions(one: NewInterface): CaptureOption[] {
  const { name, description, timeDigits = 6, fcsBytes } = one;
  const all = commentOptions(one.comments);
  if (name !== undefined) all.push(textOption(OPTION.interfaceName, name));
  if (description !== undefined) all.push(textOption(OPTION.interfaceDescription, description));
  if (timeDigits !== 6) all.push(byteOption(OPTION.interfaceResolution, timeDigits));
  if (fcsBytes !== undefined) all.push(byteOption(OPTION.interfaceFcs, fcsBytes));
  return [...all, ...(one.options ?? [])];
}

/** The options of a packet block. Throws `OUT_OF_RANGE`. */
export function detailOptions(details: FrameDetails, little: boolean): CaptureOption[] {
  const { flags, dropCount, packetId, queue, options } = details;
  const all = commentOptions(details.comments);
  if (flags !== undefined) all.push(wordOption(OPTION.frameFlags, word('flags', flags), little));
  if (dropCount !== undefined) {
    all.push(numberOption(OPTION.frameDrops, long('dropCount', dropCount), little));
  }
  if (packetId !== undefined) {
    all.push(numberOption(OPTION.framePacketId, long('packetId', packetId), little));
  }
  if (queue !== undefined) all.push(wordOption(OPTION.frameQueue, word('queue', queue), little));
  return options === undefined ? all : [...all, ...options];
}

function commentOptions(comments: readonly string[] = []): CaptureOption[] {
  return comments.map((text) => textOption(OPTION.comment, text));
}

function word(field: string, value: number): number {
  if (value >>> 0 !== value) throw outOfRange(field, value);
  return value;
}

function long(field: string, value: bigint): bigint {
  if (value < 0n || value >> 64n !== 0n) {
    throw new PacketError('OUT_OF_RANGE', `${field} is ${value}: expected 64 bits`, {
      layer: 'pcapng enhanced packet',
      field,
    });
  }
  return value;
}

/** The error for a number of a frame that its field cannot hold. */
export function outOfRange(field: string, value: number): PacketError {
  return new PacketError(
    'OUT_OF_RANGE',
    `${field} is ${value}: expected a whole number that fits its field`,
    { layer: 'pcapng enhanced packet', field },
  );
}
