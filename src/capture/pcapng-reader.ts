/** Reads pcapng from chunks of any size, in bounded memory, without copying where it can. */
import { ChunkParser, overLimit } from './chunk-parser.js';
import type { CapturedFrame } from './frame.js';
import { type FrameRecord, frameFrom } from './frame-record.js';
import {
  type CaptureHeader,
  type CaptureParser,
  captureError,
  type ReadOptions,
} from './parser.js';
import { BlockDamage, decodeInterface, decodeOther, decodeSection } from './pcapng-blocks.js';
import {
  BLOCK,
  BLOCK_HEAD_BYTES,
  BLOCK_LENGTH,
  BLOCK_TYPE,
  BYTE_ORDER,
  BYTE_ORDER_MAGIC,
  MAX_BLOCK_BYTES,
  MIN_BLOCK_BYTES,
  TRAILER_BYTES,
} from './pcapng-layout.js';
import type { CaptureInterface, CaptureItem, CaptureSection, RawBlock } from './pcapng-model.js';
import { PacketDecoder } from './pcapng-packets.js';

// What a packet block can hold beside the record: its fixed fields and a generous lot of options.
const BESIDE_RECORD_BYTES = 1_048_576;
// The reader keeps every section and interface, so an endless stream of them must end somewhere.
const MAX_DESCRIBED = 65_536;

/** What errors call a block. */
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

/** A parser of pcapng that bytes are pushed into. */
export class PcapngParser extends ChunkParser implements CaptureParser {
  readonly interfaces: CaptureInterface[];
  readonly sections: CaptureSection[];
  private readonly maxBlock: number;
  private readonly packets: PacketDecoder;
  private parsed: CaptureHeader | undefined;
  private little: boolean;
  /** Type and length of the block being read, which is the next of the input. */
  private type: number;
  private size: number;
  /** The section header that `take(0)` has read, for `takeItems`. */
  private first: CaptureItem | undefined;
  private readonly lent: boolean;

  /** As that of `ChunkParser`. */
  constructor(options: ReadOptions = {}, lent = false) {
    super(options, lent);
    this.interfaces = [];
    this.sections = [];
    this.maxBlock = Math.max(MAX_BLOCK_BYTES, this.maxRecord + BESIDE_RECORD_BYTES);
    this.packets = new PacketDecoder(this.maxRecord);
    this.parsed = undefined;
    this.little = false;
    this.type = 0;
    this.size = 0;
    this.first = undefined;
    this.lent = lent;
  }

  /** The file's header, once its first section header has been read. */
  get header(): CaptureHeader | undefined {
    return this.parsed;
  }

  override next(out: FrameRecord): boolean {
    try {
      while (this.nextBlock()) {
        // No frame can be before the section header.
        if (this.parsed !== undefined && this.takeFrame(out)) return true;
        this.takeItem();
      }
    } catch (error) {
      this.stopAtDamage(error);
    }
    return false;
  }

  override take(max: number): CapturedFrame[] {
    if (max === 0) {
      this.takeFirst();
      return this.give([]);
    }
    // It keeps its chunk.
    this.first = undefined;
    const frames: CapturedFrame[] = [];
    while (frames.length < max && this.next(this.record)) frames.push(frameFrom(this.record));
    return this.give(frames);
  }

  private takeFirst(): void {
    try {
      if (this.parsed === undefined && this.nextBlock()) this.first = this.takeItem();
    } catch (error) {
      this.stopAtDamage(error);
    }
  }

  /**
   * Reads up to `max` things of the chunk that was fed, frames and all else in the file's order.
   * Fewer mean that the chunk is used up or that `error` is set.
   *
   * @throws PacketError as `take` does.
   */
  takeItems(max: number): CaptureItem[] {
    const items: CaptureItem[] = this.first === undefined ? [] : [this.first];
    this.first = undefined;
    try {
      while (items.length < max && this.nextBlock()) {
        const raw = this.raw();
        if (!this.takeFrame(this.record)) items.push(this.takeItem());
        else items.push({ kind: 'frame', frame: frameFrom(this.record), raw });
      }
    } catch (error) {
      this.stopAtDamage(error);
    }
    return this.give(items);
  }

  /**
   * Says that the file ends here.
   *
   * @throws PacketError `TRUNCATED_CAPTURE` when that is inside a block, and the waiting error if
   * any.
   */
  end(): void {
    if (this.error !== undefined) throw this.error;
    const have = this.input.waiting.length;
    if (have === 0 && this.parsed !== undefined) return;
    const of = have < BLOCK_HEAD_BYTES ? '' : ` of ${this.size}`;
    throw this.cutShort(`after ${have}${of} bytes of a block`, this.packets.frames + 1);
  }

  /** Whether the next block is all there; its type and length are then those of this object. */
  private nextBlock(): boolean {
    const { input } = this;
    if (!input.has(BLOCK_HEAD_BYTES)) return false;
    this.readHead(input.view, input.start);
    if (!input.has(this.size)) return false;
    const end = input.view.getUint32(input.start + this.size - TRAILER_BYTES, this.little);
    if (end === this.size) return true;
    throw new BlockDamage(
      'blockLength',
      `has a length of ${this.size} and at its end one of ${end}`,
    );
  }

  /** Reads and checks a block's type and length. */
  private readHead(view: DataView, start: number): void {
    this.type = view.getUint32(start + BLOCK_TYPE, this.little);
    if (this.type === BLOCK.section) this.little = isLittle(view, start);
    this.size = view.getUint32(start + BLOCK_LENGTH, this.little);
    if (this.size % 4 !== 0 || this.size < MIN_BLOCK_BYTES) {
      throw new BlockDamage(
        'blockLength',
        `has a length of ${this.size}: expected a multiple of 4, from ${MIN_BLOCK_BYTES} on`,
      );
    }
    if (this.size > this.maxBlock) {
      throw new BlockDamage('blockLength', overLimit(`${this.size} bytes`, this.maxBlock));
    }
  }

  /** Uses up the block if it holds a frame. */
  private takeFrame(out: FrameRecord): boolean {
    const { input, size } = this;
    if (!this.packets.read(this.type, input.view, input.start, size, this.little, out)) {
      return false;
    }
    input.skip(size);
    return true;
  }

  /** Uses up a block that holds no frame. */
  private takeItem(): CaptureItem {
    if (this.interfaces.length + this.sections.length >= MAX_DESCRIBED) {
      throw new BlockDamage(
        'blockType',
        `comes after ${MAX_DESCRIBED} sections and interfaces: no capture has so many`,
      );
    }
    // What sections and interfaces say is kept.
    const raw = this.lent ? ownBytes(this.raw()) : this.raw();
    const view = new DataView(raw.bytes.buffer, raw.bytes.byteOffset, raw.bytes.length);
    let item: CaptureItem;
    if (raw.type === BLOCK.section) item = this.startSection(view, raw);
    else if (raw.type === BLOCK.interface) item = this.addInterface(view, raw);
    else item = decodeOther(view, raw, this.packets.interfaces);
    this.input.skip(this.size);
    return item;
  }

  private startSection(view: DataView, raw: RawBlock): CaptureItem {
    const section = decodeSection(view, this.little, this.sections.length + 1);
    this.sections.push(section);
    this.packets.startSection();
    this.parsed ??= {
      format: 'pcapng',
      byteOrder: section.byteOrder,
      timeDigits: undefined,
      snapLength: undefined,
      linkType: undefined,
      fcsBytes: undefined,
    };
    return { kind: 'section', section, raw };
  }

  private addInterface(view: DataView, raw: RawBlock): CaptureItem {
    const section = this.sections[this.sections.length - 1] as CaptureSection;
    const one = decodeInterface(view, this.little, this.packets.interfaces.length, section);
    this.packets.addInterface(one);
    this.interfaces.push(one);
    return { kind: 'interface', interface: one, raw };
  }

  private raw(): RawBlock {
    const { view, start } = this.input;
    return {
      type: this.type,
      bytes: new Uint8Array(view.buffer, view.byteOffset + start, this.size),
      byteOrder: this.little ? 'little' : 'big',
    };
  }

  private stopAtDamage(error: unknown): void {
    if (!(error instanceof BlockDamage)) throw error;
    const { offset } = this.input;
    const name = NAMES.get(this.type) ?? 'block';
    this.stop(
      captureError('BAD_CAPTURE', this.options, `the ${name} at byte ${offset} ${error.message}`, {
        layer: 'pcapng',
        field: error.field,
        offset,
        frame: this.packets.frames + 1,
      }),
    );
  }
}

function ownBytes(block: RawBlock): RawBlock {
  return { ...block, bytes: block.bytes.slice() };
}

/** The byte order of a section, by its header. Throws `BlockDamage`. */
function isLittle(view: DataView, start: number): boolean {
  const magic = view.getUint32(start + BYTE_ORDER);
  if (magic === BYTE_ORDER_MAGIC) return false;
  if (view.getUint32(start + BYTE_ORDER, true) === BYTE_ORDER_MAGIC) return true;
  const hex = magic.toString(16).padStart(8, '0');
  throw new BlockDamage(
    'byteOrderMagic',
    `has 0x${hex} for a byte order: expected 0x1a2b3c4d or 0x4d3c2b1a`,
  );
}
