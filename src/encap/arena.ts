/**
 * A fixed piece of memory for frames on their way through: slots with headroom, in which a header
 * can be written in front of a frame without moving it. It lies in the kernel's memory, so that the
 * kernel and every view and codec work on the same bytes.
 */
import { PacketError } from '../bytes/error.js';
import { type Kernel, type KernelKind, newKernel } from '../bytes/kernel.js';

/** How large an arena is. */
export interface FrameArenaOptions {
  /** Frames that it holds at once, 1–1,048,576 (absent: 1,024). */
  readonly slots?: number;
  /** Bytes of a slot, headroom included, 64–1,048,576; rounded up to 64 (absent: 2,048). */
  readonly slotBytes?: number;
  /** Bytes kept free in front of each frame, fewer than `slotBytes` (absent: 128). */
  readonly headroom?: number;
  /** Bytes for what is no slot (`reserve`): plans, batches, a capture's chunks (absent: 262,144). */
  readonly reserve?: number;
  /** What does the work (absent: WebAssembly where there is one). */
  readonly kernel?: KernelKind;
}

/** `acquire` and `write` where no slot is free. */
export const NO_SLOT = -1;

/** A cache line: what is reserved begins at one. */
const ALIGNMENT = 64;
const MAX_SLOTS = 1_048_576;
const MAX_SLOT_BYTES = 1_048_576;
const MAX_RESERVE = 0x7fff0000;

/** Memory for frames: it never grows, so its views stay valid for as long as it lives. */
export class FrameArena {
  /** All of its memory; offsets of frames count from its first byte. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  readonly kernel: Kernel;
  readonly slots: number;
  readonly slotBytes: number;
  readonly headroom: number;
  /** Where the first slot begins; what lies before it is reserved. */
  readonly slotsAt: number;
  private readonly taken: Uint8Array;
  /** The slots that are free, as a stack. */
  private readonly stack: Int32Array;
  private free: number;
  private reserved: number;

  /** Throws `BAD_OPTION` for a size that is none, or that can't be had. */
  constructor(options: FrameArenaOptions = {}) {
    const { slots = 1024, slotBytes = 2048, headroom = 128, reserve = 262_144 } = options;
    wanted('slots', slots, 1, MAX_SLOTS);
    wanted('slotBytes', slotBytes, ALIGNMENT, MAX_SLOT_BYTES);
    wanted('headroom', headroom, 0, slotBytes - 1);
    wanted('reserve', reserve, 0, MAX_RESERVE);
    this.slots = slots;
    this.slotBytes = aligned(slotBytes);
    this.headroom = headroom;
    this.slotsAt = aligned(reserve);
    this.kernel = newKernel(this.slotsAt + slots * this.slotBytes, options.kernel);
    this.bytes = this.kernel.bytes;
    this.view = this.kernel.view;
    this.taken = new Uint8Array(slots);
    // The first slot is on top, so that frames lie in the order in which they came.
    this.stack = Int32Array.from({ length: slots }, (_, i) => slots - 1 - i);
    this.free = slots;
    this.reserved = 0;
  }

  /** Slots that are free. */
  get freeSlots(): number {
    return this.free;
  }

  /** The offset behind the last byte of the slot in which the byte at `offset` lies. */
  slotEnd(offset: number): number {
    return this.slotsAt + (this.slotOf(offset) + 1) * this.slotBytes;
  }

  /** Takes a slot: answers where its frame is to begin, behind the headroom, or `NO_SLOT`. */
  acquire(): number {
    if (this.free === 0) return NO_SLOT;
    this.free -= 1;
    const slot = this.stack[this.free] as number;
    this.taken[slot] = 1;
    return this.slotsAt + slot * this.slotBytes + this.headroom;
  }

  /**
   * Gives back the slot in which the byte at `offset` lies, such as the first of a frame. Throws
   * `BAD_VALUE` where none that is taken lies there: giving one back twice would give it away twice.
   */
  release(offset: number): void {
    const slot = this.slotOf(offset);
    if (this.taken[slot] !== 1) {
      throw new PacketError('BAD_VALUE', `the slot at byte ${offset} is not taken`);
    }
    this.taken[slot] = 0;
    this.stack[this.free] = slot;
    this.free += 1;
  }

  /**
   * Takes a slot and copies a frame into it: answers where it begins, or `NO_SLOT`. Throws
   * `OUT_OF_RANGE` for more bytes than a slot has behind its headroom.
   */
  write(frame: Uint8Array): number {
    const room = this.slotBytes - this.headroom;
    if (frame.length > room) {
      throw new PacketError(
        'OUT_OF_RANGE',
        `a frame of ${frame.length} bytes: a slot has room for ${room}`,
      );
    }
    const offset = this.acquire();
    if (offset !== NO_SLOT) this.bytes.set(frame, offset);
    return offset;
  }

  /**
   * Memory for something that is no slot, for as long as the arena lives: a chunk of a capture
   * from which frames are wrapped, say. Answers its offset, a multiple of 64. Throws `NO_ROOM`.
   */
  reserve(length: number): number {
    wanted('length', length, 0, MAX_RESERVE);
    const offset = this.reserved;
    if (offset + length > this.slotsAt) {
      throw new PacketError(
        'NO_ROOM',
        `${length} bytes can't be reserved: ${this.slotsAt - offset} of ${this.slotsAt} are left; ask for more with the option reserve`,
      );
    }
    this.reserved = aligned(offset + length);
    return offset;
  }

  private slotOf(offset: number): number {
    const slot = Math.floor((offset - this.slotsAt) / this.slotBytes);
    if (slot >= 0 && slot < this.slots) return slot;
    throw new PacketError('BAD_VALUE', `no slot lies at byte ${offset}`);
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function wanted(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new PacketError(
    'BAD_OPTION',
    `${name} is ${value}: expected a whole number, ${min}–${max}`,
  );
}
