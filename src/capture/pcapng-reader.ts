/** Reads pcapng from chunks of any size, in bounded memory, without copying where it can. */
import { PacketError } from '../bytes/error.js';
import { type CapturedFrame, newFrame } from './frame.js';
import {
  type CaptureHeader,
  type CaptureParser,
  captureError,
  describe,
  isBytes,
  maxRecordOf,
  type ReadOptions,
} from './parser.js';
import { MAX_RECORD_BYTES } from './pcap-layout.js';
import {
  BlockDamage,
  decodeCustom,
  decodeInterface,
  decodeNames,
  decodeSecrets,
  decodeSection,
  decodeStatistics,
  detailsOf,
  optionsFrom,
} from './pcapng-blocks.js';
import {
  BLOCK,
  BLOCK_HEAD_BYTES,
  BLOCK_LENGTH,
  BLOCK_TYPE,
  BYTE_ORDER,
  BYTE_ORDER_MAGIC,
  enhancedPacketLayout,
  MAX_BLOCK_BYTES,
  MIN_BLOCK_BYTES,
  OBSOLETE_DROPS,
  PACKET_CAPTURED,
  PACKET_HIGH,
  PACKET_INTERFACE,
  PACKET_LOW,
  PACKET_WIRE,
  padded,
  SIMPLE_WIRE,
  simplePacketLayout,
  TRAILER_BYTES,
} from './pcapng-layout.js';
import type {
  CaptureInterface,
  CaptureItem,
  CaptureSection,
  FrameDetails,
  RawBlock,
} from './pcapng-model.js';
import { type Clock, clockOf, timeOfTicks } from './pcapng-time.js';

// A block that straddles chunks is gathered in a buffer that starts no larger than this and then
// doubles, so that a damaged length does not by itself size an allocation.
const FIRST_GATHER_BYTES = 65_536;
// What a packet block can hold beside the record: its fixed fields and a generous lot of options.
const BESIDE_RECORD_BYTES = 1_048_576;
// The reader keeps every section and interface, so an endless stream of them must end somewhere.
const MAX_DESCRIBED = 65_536;

/** A parser of pcapng that bytes are pushed into. */
export class PcapngParser implements CaptureParser {
  readonly interfaces: CaptureInterface[];
  readonly sections: CaptureSection[];
  private readonly options: ReadOptions;
  private readonly maxRecord: number;
  private readonly maxBlock: number;
  private parsed: CaptureHeader | undefined;
  private failure: PacketError | undefined;
  private little: boolean;
  /** The interfaces of this section. */
  private own: CaptureInterface[];
  private clocks: Clock[];
  /** The chunk being read and the next byte of it to read. */
  private chunk: Uint8Array;
  private chunkView: DataView | undefined;
  private at: number;
  /** The start of a block that straddles chunks. */
  private readonly scratch: Uint8Array;
  private gathered: number;
  /** The block that straddles chunks. */
  private body: Uint8Array | undefined;
  private filled: number;
  /** The block being read: the bytes that it lies in, where, its size, type and place in the file. */
  private view: DataView;
  private start: number;
  private size: number;
  private type: number;
  private blockOffset: number;
  private nextOffset: number;
  private frames: number;
  private seconds: number;
  private nanoseconds: number;
  /** Blocks without frames that `takeItems` has not given yet; kept from the first call on. */
  private items: CaptureItem[];
  private keepItems: boolean;

  /** @throws PacketError `BAD_OPTION` when `maxRecord` is no number of bytes. */
  constructor(options: ReadOptions = {}) {
    this.interfaces = [];
    this.sections = [];
    this.options = options;
    this.maxRecord = maxRecordOf(options, MAX_RECORD_BYTES);
    this.maxBlock = Math.max(MAX_BLOCK_BYTES, this.maxRecord + BESIDE_RECORD_BYTES);
    this.parsed = undefined;
    this.failure = undefined;
    this.little = false;
    this.own = [];
    this.clocks = [];
    this.chunk = new Uint8Array(0);
    this.chunkView = undefined;
    this.at = 0;
    this.scratch = new Uint8Array(BLOCK_HEAD_BYTES);
    this.gathered = 0;
    this.body = undefined;
    this.filled = 0;
    this.view = new DataView(this.scratch.buffer);
    this.start = 0;
    this.size = 0;
    this.type = 0;
    this.blockOffset = 0;
    this.nextOffset = 0;
    this.frames = 0;
    this.seconds = 0;
    this.nanoseconds = 0;
    this.items = [];
    this.keepItems = true;
  }

  /** The file's header, once its first section header has been read. */
  get header(): CaptureHeader | undefined {
    return this.parsed;
  }

  /** The damage that reading stopped at, once everything before it has been given. */
  get error(): PacketError | undefined {
    return this.failure;
  }

  /**
   * Gives the parser the next bytes, which must not be written to afterwards: frames share their
   * memory. `take` then reads them.
   *
   * @throws PacketError `BAD_VALUE` for anything but bytes, or while `take` has not yet returned
   * fewer frames than it was asked for.
   */
  feed(chunk: Uint8Array): void {
    if (!isBytes(chunk)) {
      throw new PacketError('BAD_VALUE', `a chunk is ${describe(chunk)}: expected a Uint8Array`);
    }
    if (this.at < this.chunk.length && this.failure === undefined) {
      throw new PacketError('BAD_VALUE', 'take every frame of a chunk before feeding the next');
    }
    this.chunk = chunk;
    this.chunkView = undefined;
    this.at = 0;
  }

  /**
   * Reads up to `max` frames of the chunk that was fed (0 reads the first section header only).
   * Fewer mean that the chunk is used up or that `error` is set.
   *
   * @throws PacketError `BAD_CAPTURE` for damage, once the frames before it have been given.
   */
  take(max: number): CapturedFrame[] {
    const frames: CapturedFrame[] = [];
    if (this.parsed === undefined) {
      if (!this.nextBlock()) return this.orThrow(frames);
      this.metadata();
    }
    if (max > 0) {
      this.keepItems = false;
      this.items = [];
    }
    while (frames.length < max) {
      const frame = this.next();
      if (frame === undefined) break;
      frames.push(frame);
    }
    return this.orThrow(frames);
  }

  /**
   * Reads up to `max` things of the chunk that was fed, frames and all else in the file's order.
   * Fewer mean that the chunk is used up or that `error` is set.
   *
   * @throws PacketError as `take` does.
   */
  takeItems(max: number): CaptureItem[] {
    const items = this.items;
    this.items = [];
    while (items.length < max && this.nextBlock()) {
      const frame = this.frameOfBlock();
      if (frame !== undefined) items.push({ kind: 'frame', frame, raw: this.raw() });
      else this.metadata();
      items.push(...this.items);
      this.items = [];
    }
    return this.orThrow(items);
  }

  /**
   * Says that the file ends here.
   *
   * @throws PacketError `TRUNCATED_CAPTURE` when that is inside a block, and the waiting error if
   * any.
   */
  end(): void {
    if (this.failure !== undefined) throw this.failure;
    const have = this.body === undefined ? this.gathered : this.filled;
    if (have === 0 && this.parsed !== undefined) return;
    const offset = this.nextOffset + have;
    const of = this.body === undefined ? '' : ` of ${this.size}`;
    this.failure = captureError(
      'TRUNCATED_CAPTURE',
      this.options,
      `the file is cut short: it ends at byte ${offset}, after ${have}${of} bytes of a block`,
      { offset, frame: this.frames + 1 },
    );
    throw this.failure;
  }

  private orThrow<T>(found: T[]): T[] {
    if (this.failure !== undefined && found.length === 0) throw this.failure;
    return found;
  }

  /** The next frame; blocks before it are dealt with. */
  private next(): CapturedFrame | undefined {
    while (this.nextBlock()) {
      const frame = this.frameOfBlock();
      if (frame !== undefined) return frame;
      this.metadata();
    }
    return undefined;
  }

  /** Reads up to the end of a block, to the fields of this object; false when it is not all there. */
  private nextBlock(): boolean {
    if (this.failure !== undefined) return false;
    if (this.body !== undefined) return this.gatherBody(this.body);
    const { chunk } = this;
    if (this.gathered === 0 && chunk.length - this.at >= BLOCK_HEAD_BYTES) {
      this.chunkView ??= new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
      this.view = this.chunkView;
      this.start = this.at;
      if (!this.readHead()) return false;
      if (chunk.length - this.at >= this.size) {
        this.at += this.size;
        return this.complete();
      }
      this.body = new Uint8Array(
        Math.min(this.size, Math.max(FIRST_GATHER_BYTES, chunk.length - this.at)),
      );
      this.filled = 0;
      return this.gatherBody(this.body);
    }
    const count = Math.min(BLOCK_HEAD_BYTES - this.gathered, chunk.length - this.at);
    this.scratch.set(chunk.subarray(this.at, this.at + count), this.gathered);
    this.gathered += count;
    this.at += count;
    if (this.gathered < BLOCK_HEAD_BYTES) return false;
    this.gathered = 0;
    this.view = new DataView(this.scratch.buffer);
    this.start = 0;
    if (!this.readHead()) return false;
    this.body = new Uint8Array(Math.min(this.size, FIRST_GATHER_BYTES));
    this.body.set(this.scratch);
    this.filled = BLOCK_HEAD_BYTES;
    return this.gatherBody(this.body);
  }

  private gatherBody(body: Uint8Array): boolean {
    const { chunk, at, filled, size } = this;
    const count = Math.min(size - filled, chunk.length - at);
    let target = body;
    if (filled + count > target.length) {
      target = new Uint8Array(Math.min(size, Math.max(filled + count, target.length * 2)));
      target.set(body.subarray(0, filled));
      this.body = target;
    }
    target.set(chunk.subarray(at, at + count), filled);
    this.at = at + count;
    this.filled = filled + count;
    if (this.filled < size) return false;
    this.body = undefined;
    this.filled = 0;
    this.view = new DataView(target.buffer);
    this.start = 0;
    return this.complete();
  }

  /** Reads and checks a block's type and length. */
  private readHead(): boolean {
    const { view, start } = this;
    this.blockOffset = this.nextOffset;
    this.type = view.getUint32(start + BLOCK_TYPE, this.little);
    if (this.type === BLOCK.section) {
      const magic = view.getUint32(start + BYTE_ORDER);
      this.little = magic !== BYTE_ORDER_MAGIC;
      if (this.little && view.getUint32(start + BYTE_ORDER, true) !== BYTE_ORDER_MAGIC) {
        const hex = magic.toString(16).padStart(8, '0');
        return this.fail(
          'byteOrderMagic',
          `has 0x${hex} for a byte order: expected 0x1a2b3c4d or 0x4d3c2b1a`,
        );
      }
    }
    this.size = view.getUint32(start + BLOCK_LENGTH, this.little);
    if (this.size % 4 !== 0 || this.size < MIN_BLOCK_BYTES) {
      return this.fail(
        'blockLength',
        `has a length of ${this.size}: expected a multiple of 4, from ${MIN_BLOCK_BYTES} on`,
      );
    }
    if (this.size > this.maxBlock) {
      return this.fail(
        'blockLength',
        `claims ${this.size} bytes, more than ${this.maxBlock}: the file is damaged there, or maxRecord must be raised`,
      );
    }
    return true;
  }

  /** Checks the length at the block's end. */
  private complete(): boolean {
    const end = this.view.getUint32(this.start + this.size - TRAILER_BYTES, this.little);
    if (end !== this.size) {
      return this.fail('blockLength', `has a length of ${this.size} and at its end one of ${end}`);
    }
    this.nextOffset += this.size;
    return true;
  }

  /** The frame of the block, or undefined when there is none in it, or damage. */
  private frameOfBlock(): CapturedFrame | undefined {
    if (this.type === BLOCK.enhancedPacket || this.type === BLOCK.obsoletePacket) {
      return this.packet(this.type === BLOCK.obsoletePacket);
    }
    return this.type === BLOCK.simplePacket ? this.simplePacket() : undefined;
  }

  private packet(obsolete: boolean): CapturedFrame | undefined {
    const { view, start, size, little } = this;
    const fixed = enhancedPacketLayout.span;
    if (size < fixed + TRAILER_BYTES) return this.tooShort(fixed);
    const id = obsolete
      ? view.getUint16(start + PACKET_INTERFACE, little)
      : view.getUint32(start + PACKET_INTERFACE, little);
    const from = this.own[id];
    const clock = this.clocks[id];
    if (from === undefined || clock === undefined) return this.noInterface(id);
    const high = view.getUint32(start + PACKET_HIGH, little);
    const low = view.getUint32(start + PACKET_LOW, little);
    const captured = view.getUint32(start + PACKET_CAPTURED, little);
    const wireLength = view.getUint32(start + PACKET_WIRE, little);
    if (!this.fits(captured, size - fixed - TRAILER_BYTES)) return undefined;
    const options = fixed + padded(captured);
    let details: FrameDetails | undefined;
    if (obsolete || options < size - TRAILER_BYTES) {
      details = this.details(
        options,
        obsolete ? view.getUint16(start + OBSOLETE_DROPS, little) : 0,
      );
      if (this.failure !== undefined) return undefined;
    }
    this.setTime(clock, high, low);
    this.frames += 1;
    return newFrame(
      new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset + start + fixed, captured),
      wireLength,
      this.seconds,
      this.nanoseconds,
      from.timeDigits,
      from.linkType,
      this.frames,
      true,
      from,
      high,
      low,
      details,
    );
  }

  private simplePacket(): CapturedFrame | undefined {
    const { view, start, size, little } = this;
    const fixed = simplePacketLayout.span;
    if (size < fixed + TRAILER_BYTES) return this.tooShort(fixed);
    const from = this.own[0];
    if (from === undefined) return this.noInterface(0);
    const wireLength = view.getUint32(start + SIMPLE_WIRE, little);
    const captured = from.snapLength === 0 ? wireLength : Math.min(wireLength, from.snapLength);
    if (!this.fits(captured, size - fixed - TRAILER_BYTES)) return undefined;
    this.frames += 1;
    return newFrame(
      new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset + start + fixed, captured),
      wireLength,
      0,
      0,
      from.timeDigits,
      from.linkType,
      this.frames,
      false,
      from,
      0,
      0,
      undefined,
    );
  }

  private tooShort(fixed: number): undefined {
    this.fail('blockLength', `has ${this.size} bytes: expected at least ${fixed + TRAILER_BYTES}`);
    return undefined;
  }

  private noInterface(id: number): undefined {
    const have = this.own.length;
    this.fail(
      'interfaceId',
      `is of interface ${id}, but its section has described ${have === 0 ? 'none' : `only 0–${have - 1}`}`,
    );
    return undefined;
  }

  private fits(captured: number, room: number): boolean {
    if (captured > this.maxRecord) {
      return this.fail(
        'capturedLength',
        `claims ${captured} captured bytes, more than ${this.maxRecord}: the file is damaged there, or maxRecord must be raised`,
      );
    }
    if (captured <= room) return true;
    return this.fail('capturedLength', `claims ${captured} captured bytes and has ${room}`);
  }

  /** What a packet block's options say; 65,535 lost frames of an obsolete block mean unknown. */
  private details(from: number, drops: number): FrameDetails | undefined {
    const little = this.little;
    try {
      const options = optionsFrom(this.blockView(), from, little);
      if (options.length === 0 && drops === 0) return undefined;
      const details = detailsOf(options, little);
      if (drops === 0 || drops === 0xffff) return options.length === 0 ? undefined : details;
      return { ...details, dropCount: BigInt(drops) };
    } catch (error) {
      this.failDamage(error);
      return undefined;
    }
  }

  private setTime(clock: Clock, high: number, low: number): void {
    const units = clock.units;
    if (units === 0 || high >= 0x4000_0000) {
      const time = timeOfTicks(clock, high, low);
      this.seconds = time.seconds;
      this.nanoseconds = time.nanoseconds;
      return;
    }
    // Division by hand, 16 bits a step, so that every number stays below 2^53: exact, and several
    // times faster than bigints.
    const first = Math.floor(high / units);
    const middle = (high - first * units) * 65_536 + (low >>> 16);
    const second = Math.floor(middle / units);
    const last = (middle - second * units) * 65_536 + (low & 0xffff);
    const third = Math.floor(last / units);
    this.seconds = (first * 65_536 + second) * 65_536 + third + clock.offset;
    this.nanoseconds = (last - third * units) * clock.nanosecondsPerUnit;
  }

  /** Takes in a block without a frame. */
  private metadata(): void {
    // Damage of a frame comes by here too.
    if (this.failure !== undefined) return;
    if (this.interfaces.length + this.sections.length >= MAX_DESCRIBED) {
      this.fail(
        'blockType',
        `comes after ${MAX_DESCRIBED} sections and interfaces: no capture has so many`,
      );
      return;
    }
    try {
      const item = this.itemOf(this.blockView(), this.little);
      if (this.keepItems && item !== undefined) this.items.push(item);
    } catch (error) {
      this.failDamage(error);
    }
  }

  private itemOf(view: DataView, little: boolean): CaptureItem | undefined {
    switch (this.type) {
      case BLOCK.section: {
        const section = decodeSection(view, little, this.sections.length + 1);
        this.sections.push(section);
        this.own = [];
        this.clocks = [];
        this.parsed ??= {
          format: 'pcapng',
          byteOrder: section.byteOrder,
          timeDigits: undefined,
          snapLength: undefined,
          linkType: undefined,
          fcsBytes: undefined,
        };
        return { kind: 'section', section, raw: this.raw() };
      }
      case BLOCK.interface: {
        const section = this.sections[this.sections.length - 1] as CaptureSection;
        const one = decodeInterface(view, little, this.own.length, section);
        this.own.push(one);
        this.interfaces.push(one);
        this.clocks.push(clockOf(one.timeBase, one.timeExponent, one.timeOffset));
        return { kind: 'interface', interface: one, raw: this.raw() };
      }
      case BLOCK.names:
        return { kind: 'names', names: decodeNames(view, little), raw: this.raw() };
      case BLOCK.statistics: {
        const statistics = decodeStatistics(view, little, this.own);
        return { kind: 'statistics', statistics, raw: this.raw() };
      }
      case BLOCK.secrets:
        return { kind: 'secrets', secrets: decodeSecrets(view, little), raw: this.raw() };
      case BLOCK.custom:
      case BLOCK.customNoCopy: {
        const custom = decodeCustom(view, little, this.type === BLOCK.custom);
        return { kind: 'custom', custom, raw: this.raw() };
      }
      default:
        return { kind: 'unknown', raw: this.raw() };
    }
  }

  private blockView(): DataView {
    return new DataView(this.view.buffer, this.view.byteOffset + this.start, this.size);
  }

  private raw(): RawBlock {
    const { buffer, byteOffset } = this.view;
    return {
      type: this.type,
      bytes: new Uint8Array(buffer as ArrayBuffer, byteOffset + this.start, this.size),
      byteOrder: this.little ? 'little' : 'big',
    };
  }

  private failDamage(error: unknown): void {
    if (!(error instanceof BlockDamage)) throw error;
    this.fail(error.field, error.message);
  }

  /** Notes the damage of the block being read. */
  private fail(field: string, text: string): false {
    const offset = this.blockOffset;
    const name = NAMES.get(this.type) ?? 'block';
    this.failure = captureError(
      'BAD_CAPTURE',
      this.options,
      `the ${name} at byte ${offset} ${text}`,
      { layer: 'pcapng', field, offset, frame: this.frames + 1 },
    );
    return false;
  }
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [BLOCK.section, 'section header'],
  [BLOCK.interface, 'interface description'],
  [BLOCK.obsoletePacket, 'packet'],
  [BLOCK.simplePacket, 'simple packet'],
  [BLOCK.names, 'name resolution block'],
  [BLOCK.statistics, 'interface statistics block'],
  [BLOCK.enhancedPacket, 'enhanced packet'],
  [BLOCK.secrets, 'decryption secrets block'],
  [BLOCK.custom, 'custom block'],
  [BLOCK.customNoCopy, 'custom block'],
]);
