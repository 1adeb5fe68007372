/** Writes pcapng, in blocks: each frame is copied once, straight to its place in the block. */
import { PacketError } from '../bytes/error.js';
import { BlockWriter, checkNumber, checkWord, notBytes } from './block-writer.js';
import { isBytes } from './parser.js';
import type { FrameStamp } from './pcap-writer.js';
import { BlockDamage, decodeInterface, decodeSection } from './pcapng-blocks.js';
import {
  BLOCK,
  BLOCK_LENGTH,
  BLOCK_TYPE,
  BYTE_ORDER,
  BYTE_ORDER_MAGIC,
  enhancedPacketLayout,
  INTERFACE_LINK_TYPE,
  INTERFACE_SNAP_LENGTH,
  interfaceLayout,
  MIN_BLOCK_BYTES,
  OPTION,
  PACKET_CAPTURED,
  PACKET_HIGH,
  PACKET_INTERFACE,
  PACKET_LOW,
  PACKET_WIRE,
  padded,
  SECTION_LENGTH,
  SECTION_MAJOR,
  SECTION_MINOR,
  SIMPLE_WIRE,
  sectionLayout,
  simplePacketLayout,
  TRAILER_BYTES,
  UNKNOWN_LENGTH,
} from './pcapng-layout.js';
import type {
  CaptureInterface,
  CaptureOption,
  CaptureSection,
  FrameDetails,
  RawBlock,
} from './pcapng-model.js';
import {
  checkOptions,
  numberOption,
  optionsBytes,
  textOption,
  wordOption,
  writeOptions,
} from './pcapng-options.js';
import {
  type Clock,
  clockOf,
  SIMPLE_SECONDS,
  ticksHigh,
  ticksLow,
  ticksOf,
  timeOfTicks,
} from './pcapng-time.js';
import { type CaptureSink, handled, MemorySink } from './sink.js';

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

/** An interface of the section that is being written. */
interface Described {
  readonly clock: Clock;
  readonly linkType: number;
  readonly timeDigits: number;
  /** Bytes of a frame to keep. */
  readonly limit: number;
  readonly snapLength: number;
}

/**
 * Writes a pcapng file to a stream.
 *
 * ```ts
 * const writer = new PcapngWriter(stream, { application: 'mine' });
 * const eth0 = writer.addInterface({ name: 'eth0', timeDigits: 9 });
 * await writer.write(frame, { interface: eth0, seconds: 5, details: { comments: ['odd'] } });
 * await writer.close();
 * ```
 *
 * Blocks, back pressure and errors of the sink are those of `PcapWriter`. The section header is
 * written before the first thing that needs one, at the latest by `close`.
 */
export class PcapngWriter extends BlockWriter {
  private readonly options: PcapngWriterOptions;
  private little: boolean;
  private begun: boolean;
  private described: Described[];
  private known: Map<CaptureInterface, number>;
  private sections: number;
  private frames: number;
  private high: number;
  private low: number;

  /**
   * @param sink a WHATWG `WritableStream` or a Node `Writable`; `close` closes it
   * @throws PacketError `BAD_OPTION` for a bad option or sink, `OUT_OF_RANGE` for options over
   * 65,535 bytes
   */
  constructor(sink: CaptureSink | MemorySink, options: PcapngWriterOptions = {}) {
    const { byteOrder = 'little' } = options;
    checkWord('byteOrder', byteOrder, 'little', 'big');
    checkOptions(sectionOptions(options));
    super(sink);
    this.options = options;
    this.little = byteOrder === 'little';
    this.begun = false;
    this.described = [];
    this.known = new Map();
    this.sections = 0;
    this.frames = 0;
    this.high = 0;
    this.low = 0;
  }

  /** A writer to memory, whose file is `bytes()`. Nothing about it needs to be awaited. */
  static toMemory(options: PcapngWriterOptions = {}): MemoryPcapngWriter {
    return new MemoryPcapngWriter(options);
  }

  /** Frames written so far, those of `writeBlock` too. */
  get frameCount(): number {
    return this.frames;
  }

  /**
   * Starts a new section, in which interfaces are numbered from 0 again. The first one starts by
   * itself.
   *
   * @throws PacketError `BAD_VALUE` after `close`.
   */
  addSection(): void {
    this.checkOpen();
    this.begun = false;
    this.described = [];
    this.known = new Map();
    this.begin();
  }

  /**
   * Describes an interface; answers its number in the section, from 0.
   *
   * @throws PacketError `BAD_OPTION` for a bad option, `OUT_OF_RANGE` for options that do not fit,
   * `BAD_VALUE` after `close`; then nothing is written.
   */
  addInterface(one: NewInterface = {}): number {
    const { linkType = 1, snapLength = 262_144, oversize = 'cut', timeDigits = 6, fcsBytes } = one;
    checkNumber('linkType', linkType, 0xffff);
    checkNumber('snapLength', snapLength, 0xffffffff);
    checkNumber('timeDigits', timeDigits, 9);
    checkWord('oversize', oversize, 'cut', 'keep');
    if (fcsBytes !== undefined) checkNumber('fcsBytes', fcsBytes, 0xff);
    const options: CaptureOption[] = [];
    for (const text of one.comments ?? []) options.push(textOption(OPTION.comment, text));
    if (one.name !== undefined) options.push(textOption(OPTION.interfaceName, one.name));
    if (one.description !== undefined) {
      options.push(textOption(OPTION.interfaceDescription, one.description));
    }
    if (timeDigits !== 6) options.push(byteOption(OPTION.interfaceResolution, timeDigits));
    if (fcsBytes !== undefined) options.push(byteOption(OPTION.interfaceFcs, fcsBytes));
    options.push(...(one.options ?? []));
    return this.describe(
      {
        clock: clockOf(10, timeDigits, 0n),
        linkType,
        timeDigits,
        limit: oversize === 'keep' ? Number.POSITIVE_INFINITY : limitOf(snapLength),
        snapLength,
      },
      options,
    );
  }

  /**
   * Writes one frame, copying it. Without a stamp its time is 0 and its interface Ethernet.
   * Answers as `PcapWriter.write` does.
   *
   * @throws PacketError `OUT_OF_RANGE` for a time, length or option that does not fit its field,
   * and `BAD_VALUE` for data that is no Uint8Array, an interface that has not been described, or
   * after `close`; then nothing is written.
   */
  write(data: Uint8Array, stamp: PcapngStamp = {}): Promise<void> | undefined {
    if (!(data instanceof Uint8Array) && !isBytes(data)) throw notBytes(data);
    const { seconds = 0, nanoseconds = 0, wireLength = data.length, details } = stamp;
    if (wireLength >>> 0 !== wireLength) throw outOfRange('wireLength', wireLength);
    if (!Number.isSafeInteger(seconds)) throw outOfRange('seconds', seconds);
    if (!Number.isSafeInteger(nanoseconds)) throw outOfRange('nanoseconds', nanoseconds);
    const options = details === undefined ? NO_OPTIONS : detailOptions(details, this.little);
    if (options.length > 0) checkOptions(options);
    this.begin();
    const id = this.interfaceFor(stamp);
    const one = this.described[id] as Described;
    const captured = Math.min(data.length, one.limit);
    if (this.sink.failed) return handled(this.sink.idle());
    if (
      stamp.hasTime === false &&
      id === 0 &&
      options.length === 0 &&
      captured === Math.min(wireLength, limitOf(one.snapLength))
    ) {
      return this.writeSimple(data, captured, wireLength);
    }
    const { clock } = one;
    this.setTicks(clock, stamp, seconds, nanoseconds);
    const fixed = enhancedPacketLayout.span;
    const body = padded(captured);
    const size = fixed + body + optionsBytes(options) + TRAILER_BYTES;
    const wait = this.room(size);
    const { view, little, used } = this;
    this.frame(BLOCK.enhancedPacket, size);
    view.setUint32(used + PACKET_INTERFACE, id, little);
    view.setUint32(used + PACKET_HIGH, this.high, little);
    view.setUint32(used + PACKET_LOW, this.low, little);
    view.setUint32(used + PACKET_CAPTURED, captured, little);
    view.setUint32(used + PACKET_WIRE, wireLength, little);
    this.block.set(captured === data.length ? data : data.subarray(0, captured), used + fixed);
    this.block.fill(0, used + fixed + captured, used + size - TRAILER_BYTES);
    if (options.length > 0) writeOptions(options, view, used + fixed + body, little);
    this.frames += 1;
    return wait;
  }

  /**
   * Writes a block as it is: of a section that is read, or made by hand. A section header starts a
   * new section, in its byte order; an interface description counts as described.
   *
   * @throws PacketError `BAD_VALUE` when the bytes are no block, when the section being written has
   * the other byte order, and after `close`; then nothing is written.
   */
  writeBlock({ type, bytes, byteOrder }: RawBlock): Promise<void> | undefined {
    if (!isBytes(bytes)) throw notBytes(bytes);
    this.checkOpen();
    const little = byteOrder === 'little';
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    checkBlock(view, type, little);
    if (type === BLOCK.section) {
      decoded(() => decodeSection(view, little, 1));
      this.little = little;
      this.begun = true;
      this.sections += 1;
      this.described = [];
      this.known = new Map();
    } else {
      this.begin();
      if (little !== this.little) {
        throw new PacketError(
          'BAD_VALUE',
          `a block in ${byteOrder}-endian order cannot be in a section of the other order`,
        );
      }
      if (type === BLOCK.interface) this.learn(view);
    }
    if (PACKETS.includes(type)) this.frames += 1;
    if (this.sink.failed) return handled(this.sink.idle());
    const wait = this.room(bytes.length);
    this.block.set(bytes, this.used);
    this.used += bytes.length;
    return wait;
  }

  override flush(): Promise<void> {
    if (this.closing === undefined) this.begin();
    return super.flush();
  }

  override close(): Promise<void> {
    if (this.closing === undefined) this.begin();
    return super.close();
  }

  /** Takes in the description of an interface that `writeBlock` writes. */
  private learn(view: DataView): void {
    const section = { number: this.sections } as CaptureSection;
    const one = decoded(() => decodeInterface(view, this.little, this.described.length, section));
    this.described.push(describedAs(one));
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw new PacketError('BAD_VALUE', 'the writer is closed');
  }

  /** Writes the section header if there is none yet. */
  protected begin(): void {
    this.checkOpen();
    if (this.begun) return;
    this.begun = true;
    this.sections += 1;
    const options = sectionOptions(this.options);
    const size = sectionLayout.span + optionsBytes(options) + TRAILER_BYTES;
    this.room(size);
    const { view, little, used } = this;
    this.frame(BLOCK.section, size);
    view.setUint32(used + BYTE_ORDER, BYTE_ORDER_MAGIC, little);
    view.setUint16(used + SECTION_MAJOR, 1, little);
    view.setUint16(used + SECTION_MINOR, 0, little);
    view.setUint32(used + SECTION_LENGTH, UNKNOWN_LENGTH);
    view.setUint32(used + SECTION_LENGTH + 4, UNKNOWN_LENGTH);
    this.block.fill(0, used + sectionLayout.span, used + size - TRAILER_BYTES);
    writeOptions(options, view, used + sectionLayout.span, little);
  }

  private describe(one: Described, options: readonly CaptureOption[]): number {
    checkOptions(options);
    this.begin();
    const size = interfaceLayout.span + optionsBytes(options) + TRAILER_BYTES;
    this.room(size);
    const { view, little, used } = this;
    this.frame(BLOCK.interface, size);
    this.block.fill(0, used + INTERFACE_LINK_TYPE, used + size - TRAILER_BYTES);
    view.setUint16(used + INTERFACE_LINK_TYPE, one.linkType, little);
    view.setUint32(used + INTERFACE_SNAP_LENGTH, one.snapLength, little);
    writeOptions(options, view, used + interfaceLayout.span, little);
    return this.described.push(one) - 1;
  }

  private interfaceFor(stamp: PcapngStamp): number {
    const given = stamp.interface;
    if (typeof given === 'number') {
      if (this.described[given] !== undefined) return given;
      throw new PacketError(
        'BAD_VALUE',
        `there is no interface ${given}: addInterface has been called ${this.described.length} times`,
      );
    }
    if (given !== undefined) {
      const known = this.known.get(given);
      if (known !== undefined) return known;
      const options = given.options.map((option) => this.inOurOrder(option, given));
      const id = this.describe(describedAs(given), options);
      this.known.set(given, id);
      return id;
    }
    const { linkType = 1, timeDigits = 6 } = stamp;
    const found = this.described.findIndex(
      (one) => one.linkType === linkType && one.clock.units >= 10 ** timeDigits,
    );
    return found >= 0 ? found : this.addInterface({ linkType, timeDigits });
  }

  /** An interface's option with a number, from a section in the other byte order. */
  private inOurOrder(option: CaptureOption, { section }: CaptureInterface): CaptureOption {
    const same = (section.byteOrder === 'little') === this.little;
    const isNumber =
      option.code === OPTION.interfaceSpeed || option.code === OPTION.interfaceOffset;
    if (same || !isNumber) return option;
    return { code: option.code, data: option.data.slice().reverse() };
  }

  /** Works out the two halves of a time, to fields: an object for them would be one a frame. */
  private setTicks(clock: Clock, stamp: PcapngStamp, seconds: number, nanoseconds: number): void {
    if (stamp.hasTime === false) {
      this.high = 0;
      this.low = 0;
      return;
    }
    const { units } = clock;
    if (units > 0) {
      const since = seconds - clock.offset;
      const fraction = Math.floor(nanoseconds / clock.nanosecondsPerUnit);
      if (since >= 0 && since < SIMPLE_SECONDS && fraction >= 0 && fraction < 2 ** 32) {
        this.high = ticksHigh(units, since, fraction);
        this.low = ticksLow(units, since, fraction);
        if (this.high < 2 ** 32) return;
      }
    }
    const { ticksHigh: high, ticksLow: low } = stamp;
    if (high !== undefined && low !== undefined) {
      const time = timeOfTicks(clock, high, low);
      if (time.seconds === seconds && time.nanoseconds === nanoseconds) {
        this.high = high;
        this.low = low;
        return;
      }
    }
    const ticks = ticksOf(clock, seconds, nanoseconds);
    this.high = Number(ticks >> 32n);
    this.low = Number(ticks & 0xffff_ffffn);
  }

  private writeSimple(
    data: Uint8Array,
    captured: number,
    wireLength: number,
  ): Promise<void> | undefined {
    const fixed = simplePacketLayout.span;
    const size = fixed + padded(captured) + TRAILER_BYTES;
    const wait = this.room(size);
    const { view, little, used } = this;
    this.frame(BLOCK.simplePacket, size);
    view.setUint32(used + SIMPLE_WIRE, wireLength, little);
    this.block.set(captured === data.length ? data : data.subarray(0, captured), used + fixed);
    this.block.fill(0, used + fixed + captured, used + size - TRAILER_BYTES);
    this.frames += 1;
    return wait;
  }

  /** Room for a block: the rest of this one, or another. */
  private room(size: number): Promise<void> | undefined {
    return this.used + size > this.block.length ? this.turn(size) : undefined;
  }

  /**
   * Writes a block's type and lengths at `used`, and moves on. What stands between may be left from
   * a block that `flush` has sent, and must be written or cleared.
   */
  private frame(type: number, size: number): void {
    const { view, little, used } = this;
    view.setUint32(used + BLOCK_TYPE, type, little);
    view.setUint32(used + BLOCK_LENGTH, size, little);
    view.setUint32(used + size - TRAILER_BYTES, size, little);
    this.used = used + size;
  }
}

/** A writer to memory. */
export class MemoryPcapngWriter extends PcapngWriter {
  private readonly memory: MemorySink;

  /** @throws PacketError as that of `PcapngWriter`. */
  constructor(options: PcapngWriterOptions = {}) {
    const memory = new MemorySink();
    super(memory, options);
    this.memory = memory;
  }

  /** The file so far, as bytes of its own; before or after `close`. */
  bytes(): Uint8Array<ArrayBuffer> {
    if (this.closing === undefined) this.begin();
    return this.bytesIn(this.memory);
  }
}

const NO_OPTIONS: readonly CaptureOption[] = [];
const PACKETS: readonly number[] = [BLOCK.enhancedPacket, BLOCK.simplePacket, BLOCK.obsoletePacket];

function limitOf(snapLength: number): number {
  return snapLength === 0 ? Number.POSITIVE_INFINITY : snapLength;
}

/** What the writer needs to know of an interface that was read. Frames of it are not cut. */
function describedAs(one: CaptureInterface): Described {
  return {
    clock: clockOf(one.timeBase, one.timeExponent, one.timeOffset),
    linkType: one.linkType,
    timeDigits: one.timeDigits,
    limit: Number.POSITIVE_INFINITY,
    snapLength: one.snapLength,
  };
}

function byteOption(code: number, value: number): CaptureOption {
  return { code, data: Uint8Array.of(value) };
}

function sectionOptions(options: PcapngWriterOptions): CaptureOption[] {
  const all = (options.comments ?? []).map((text) => textOption(OPTION.comment, text));
  const { hardware, os, application } = options;
  if (hardware !== undefined) all.push(textOption(OPTION.sectionHardware, hardware));
  if (os !== undefined) all.push(textOption(OPTION.sectionOs, os));
  if (application !== undefined) all.push(textOption(OPTION.sectionApplication, application));
  return [...all, ...(options.options ?? [])];
}

function detailOptions(details: FrameDetails, little: boolean): CaptureOption[] {
  const { comments, flags, dropCount, packetId, queue, options } = details;
  const all = (comments ?? []).map((text) => textOption(OPTION.comment, text));
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

function outOfRange(field: string, value: number): PacketError {
  return new PacketError(
    'OUT_OF_RANGE',
    `${field} is ${value}: expected a whole number that fits its field`,
    { layer: 'pcapng enhanced packet', field },
  );
}

/** A block's type and lengths must be what they seem. */
function checkBlock(view: DataView, type: number, little: boolean): void {
  const size = view.byteLength;
  const right =
    size >= MIN_BLOCK_BYTES &&
    size % 4 === 0 &&
    view.getUint32(BLOCK_TYPE, little) === type &&
    view.getUint32(BLOCK_LENGTH, little) === size &&
    view.getUint32(size - TRAILER_BYTES, little) === size &&
    (type !== BLOCK.section ||
      (size > BYTE_ORDER + 4 && view.getUint32(BYTE_ORDER, little) === BYTE_ORDER_MAGIC));
  if (right) return;
  throw new PacketError(
    'BAD_VALUE',
    `these ${size} bytes are no block of type ${type} in ${little ? 'little' : 'big'}-endian order`,
  );
}

/** A block that is to be written must make sense to a reader. */
function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof BlockDamage)) throw error;
    throw new PacketError('BAD_VALUE', `the block ${error.message}`, { field: error.field });
  }
}
