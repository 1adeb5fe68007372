/** Writes pcapng, in blocks: each frame is copied once, straight to its place in the block. */
import { PacketError } from '../bytes/error.js';
import { BlockWriter, checkWord, limitOf, notBytes } from './block-writer.js';
import { isBytes } from './parser.js';
import { BlockDamage, decodeInterface, decodeSection, isBlock } from './pcapng-blocks.js';
import {
  type Described,
  describedAnew,
  describedAs,
  InterfaceTable,
  optionsFor,
} from './pcapng-interfaces.js';
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
import type { CaptureInterface, CaptureOption, CaptureSection, RawBlock } from './pcapng-model.js';
import { checkOptions, optionsBytes, writeOptions } from './pcapng-options.js';
import { TimeWriter } from './pcapng-time.js';
import {
  checkInterface,
  detailOptions,
  interfaceOptions,
  type NewInterface,
  outOfRange,
  type PcapngStamp,
  type PcapngWriterOptions,
  sectionOptions,
} from './pcapng-writer-options.js';
import { type CaptureSink, handled, MemorySink } from './sink.js';

export type { NewInterface, PcapngStamp, PcapngWriterOptions } from './pcapng-writer-options.js';

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
  private interfaces: InterfaceTable;
  private sections: number;
  private frames: number;
  private readonly time: TimeWriter;

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
    this.interfaces = new InterfaceTable();
    this.sections = 0;
    this.frames = 0;
    this.time = new TimeWriter();
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
    this.interfaces = new InterfaceTable();
    this.begin();
  }

  /**
   * Describes an interface; answers its number in the section, from 0.
   *
   * @throws PacketError `BAD_OPTION` for a bad option, `OUT_OF_RANGE` for options that do not fit,
   * `BAD_VALUE` after `close`; then nothing is written.
   */
  addInterface(one: NewInterface = {}): number {
    checkInterface(one);
    return this.describe(describedAnew(one), interfaceOptions(one));
  }

  /**
   * Describes an interface of a capture that is read, with all its options, where it has not been in
   * this section; answers its number. `write` does so by itself when it first meets one.
   *
   * @throws PacketError `BAD_VALUE` after `close`.
   */
  copyInterface(one: CaptureInterface): number {
    const known = this.interfaces.numberOf(one);
    return known ?? this.describe(describedAs(one), optionsFor(one, this.little), one);
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
    if (!isBytes(data)) throw notBytes(data);
    const { seconds = 0, nanoseconds = 0, wireLength = data.length, details } = stamp;
    if (wireLength >>> 0 !== wireLength) throw outOfRange('wireLength', wireLength);
    if (!Number.isSafeInteger(seconds)) throw outOfRange('seconds', seconds);
    if (!Number.isSafeInteger(nanoseconds)) throw outOfRange('nanoseconds', nanoseconds);
    const options = details === undefined ? NO_OPTIONS : detailOptions(details, this.little);
    if (options.length > 0) checkOptions(options);
    this.begin();
    const id = this.interfaceFor(stamp);
    const one = this.interfaces.at(id);
    const captured = Math.min(data.length, one.limit);
    if (this.sink.failed) return handled(this.sink.idle());
    const hasTime = stamp.hasTime ?? true;
    if (!hasTime && id === 0 && options.length === 0 && isSimple(captured, wireLength, one)) {
      return this.writeSimple(data, captured, wireLength);
    }
    if (hasTime) {
      this.time.write(one.clock, seconds, nanoseconds, stamp.ticksHigh, stamp.ticksLow);
    }
    const fixed = enhancedPacketLayout.span;
    const body = padded(captured);
    const size = fixed + body + optionsBytes(options) + TRAILER_BYTES;
    const wait = this.room(size);
    const { view, little, used } = this;
    this.frame(BLOCK.enhancedPacket, size);
    view.setUint32(used + PACKET_INTERFACE, id, little);
    view.setUint32(used + PACKET_HIGH, hasTime ? this.time.high : 0, little);
    view.setUint32(used + PACKET_LOW, hasTime ? this.time.low : 0, little);
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
    if (!isBlock(view, type, little)) {
      throw new PacketError(
        'BAD_VALUE',
        `these ${bytes.length} bytes are no block of type ${type} in ${byteOrder}-endian order`,
      );
    }
    if (type === BLOCK.section) {
      decoded(() => decodeSection(view, little, 1));
      this.little = little;
      this.begun = true;
      this.sections += 1;
      this.interfaces = new InterfaceTable();
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
    const one = decoded(() => decodeInterface(view, this.little, this.interfaces.count, section));
    this.interfaces.add(describedAs(one));
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

  private describe(
    one: Described,
    options: readonly CaptureOption[],
    from?: CaptureInterface,
  ): number {
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
    return this.interfaces.add(one, from);
  }

  private interfaceFor(stamp: PcapngStamp): number {
    const given = stamp.interface;
    if (typeof given === 'number') return given;
    if (given !== undefined) return this.copyInterface(given);
    const { linkType = 1, timeDigits = 6 } = stamp;
    const known = this.interfaces.find(linkType, timeDigits);
    return known ?? this.addInterface({ linkType, timeDigits });
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

/** Whether a simple packet block says how much of a frame was captured. */
function isSimple(captured: number, wireLength: number, { snapLength }: Described): boolean {
  return captured === Math.min(wireLength, limitOf(snapLength, 'cut'));
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
