/** Many frames to wrap in one call: numbers in arrays, which the kernel reads where they are. */
import { PacketError } from '../bytes/error.js';
import { BATCH_ARRAYS } from '../bytes/kernel/plan.js';
import type { FrameArena } from './arena.js';

/** Room for the numbers of so many frames. Offsets count from the arena's first byte. */
export class WrapBatch {
  readonly arena: FrameArena;
  /** Frames that it has room for. */
  readonly capacity: number;
  /** Where each frame lies. */
  readonly sources: Int32Array;
  /** Bytes of each frame. */
  readonly lengths: Int32Array;
  /** Where each wrapped frame is to begin, with its outermost header. */
  readonly targets: Int32Array;
  /** The VNI of each frame, 0–16777215; -1: that of the encapsulator's options, as at first. */
  readonly vnis: Int32Array;
  /** UDP source port of each frame, 0–65535; -1: as the encapsulator's options say, as at first. */
  readonly sourcePorts: Int32Array;
  /** After `wrapBatch`: the bytes of each wrapped frame, or a code of `WRAP`. */
  readonly results: Int32Array;
  /**
   * Data of the options that change, as it stands on the wire: of frame `i` from byte
   * `i * changingBytes` on, in the order of the options.
   */
  readonly changing: DataView;
  /** Bytes of `changing` that each frame has. */
  readonly changingBytes: number;
  /** Where it lies in the arena. */
  readonly offset: number;
  /** Frames whose source port is there for one call. */
  private readonly lent: Uint8Array;

  /**
   * `capacity`: 1–1,048,576 frames. `changingBytes`: that of the encapsulator (absent: 0). Throws
   * `BAD_OPTION`, and `NO_ROOM` where the arena has too little reserved memory left.
   */
  constructor(arena: FrameArena, capacity: number, changingBytes = 0) {
    if (!(capacity >= 1 && capacity <= 1_048_576 && capacity % 1 === 0)) {
      throw new PacketError(
        'BAD_OPTION',
        `a batch of ${capacity} frames: expected a whole number, 1–1048576`,
      );
    }
    const { buffer } = arena.bytes;
    const bytes = capacity * 4;
    const offset = arena.reserve(bytes * BATCH_ARRAYS + capacity * changingBytes);
    const array = (index: number): Int32Array =>
      new Int32Array(buffer, offset + bytes * index, capacity);
    this.arena = arena;
    this.capacity = capacity;
    this.sources = array(0);
    this.lengths = array(1);
    this.targets = array(2);
    this.vnis = array(3).fill(-1);
    this.sourcePorts = array(4).fill(-1);
    this.lent = new Uint8Array(capacity);
    this.results = array(5);
    this.changing = new DataView(buffer, offset + bytes * BATCH_ARRAYS, capacity * changingBytes);
    this.changingBytes = changingBytes;
    this.offset = offset;
  }

  /** Sets the source port of a frame until `takeBackPorts`. */
  lendPort(i: number, port: number): void {
    this.sourcePorts[i] = port;
    this.lent[i] = 1;
  }

  /** Puts -1 in the place of what was lent. */
  takeBackPorts(count: number): void {
    const { lent, sourcePorts } = this;
    for (let i = 0; i < count; i++) {
      if (lent[i] !== 1) continue;
      lent[i] = 0;
      sourcePorts[i] = -1;
    }
  }

  /** Throws `BAD_VALUE` where the batch is not for this arena, with so many bytes that change, or has no room for `count`. */
  check(arena: FrameArena, changingBytes: number, count: number): void {
    if (this.arena !== arena || this.changingBytes !== changingBytes) {
      throw new PacketError(
        'BAD_VALUE',
        'the batch is of another arena, or has other bytes that change',
      );
    }
    if (!(Number.isInteger(count) && count >= 0 && count <= this.capacity)) {
      throw new PacketError('BAD_VALUE', `a batch of ${this.capacity} has no ${count} frames`);
    }
  }
}
