/**
 * The frames of a zstd file (RFC 8878 §3.1), not decompressed. Node's zstd says nothing when its
 * input is cut short, and stops at the end of the first frame: so it is given each frame alone, and
 * whether all of it is there is seen here.
 */
import { PacketError } from '../bytes/error.js';

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
/** Bytes of a dictionary's number and of the content's size, by the flags in the descriptor. */
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
const SIZE_BYTES = [0, 2, 4, 8] as const;
const RLE = 1;

/** Splits a file into its frames. */
export class ZstdFrames {
  private readonly name: string;
  private readonly chunks: AsyncIterator<Uint8Array>;
  private chunk: Uint8Array;
  private at: number;

  /** @param name what errors call the file */
  constructor(name: string, chunks: AsyncIterable<Uint8Array>) {
    this.name = name;
    this.chunks = chunks[Symbol.asyncIterator]();
    this.chunk = new Uint8Array(0);
    this.at = 0;
  }

  /**
   * Whether there is another frame; call it once each frame has been read to its end. Frames that
   * are to be skipped are. Throws `BAD_CAPTURE` for what is no frame, `TRUNCATED_CAPTURE`.
   */
  async next(): Promise<boolean> {
    while (await this.fill()) {
      const magic = wordOf(await this.exactly(4));
      if (magic === MAGIC) return true;
      if ((magic & 0xfffffff0) !== SKIPPABLE_MAGIC) {
        throw new PacketError('BAD_CAPTURE', `${this.name}: the zstd data is damaged: no frame`);
      }
      for await (const _ of this.pieces(wordOf(await this.exactly(4))));
    }
    return false;
  }

  /** The bytes of the frame. Throws `TRUNCATED_CAPTURE`. */
  async *frame(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);
    const start = await this.exactly(1);
    const descriptor = start[0] as number;
    yield start;
    const single = (descriptor >> 5) & 1;
    const sizeFlag = descriptor >> 6;
    const size = sizeFlag === 0 ? single : (SIZE_BYTES[sizeFlag] as number);
    yield await this.exactly(1 - single + (DICTIONARY_BYTES[descriptor & 3] as number) + size);
    for (;;) {
      const head = await this.exactly(3);
      yield head;
      const [low = 0, middle = 0, high = 0] = head;
      const bytes = (low >> 3) | (middle << 5) | (high << 13);
      yield* this.pieces(((low >> 1) & 3) === RLE ? 1 : bytes);
      if ((low & 1) === 1) break;
    }
    if ((descriptor & 4) !== 0) yield await this.exactly(4);
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  /** Makes sure that there is a byte; false at the end. */
  private async fill(): Promise<boolean> {
    while (this.at >= this.chunk.length) {
      const { done, value } = await this.chunks.next();
      if (done === true) return false;
      this.chunk = value;
      this.at = 0;
    }
    return true;
  }

  private async *pieces(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0; ) {
      if (!(await this.fill())) {
        throw new PacketError('TRUNCATED_CAPTURE', `${this.name}: the zstd data is cut short`);
      }
      const piece = this.chunk.subarray(this.at, this.at + left);
      this.at += piece.length;
      left -= piece.length;
      yield piece;
    }
  }

  /** A few bytes. */
  private async exactly(bytes: number): Promise<Uint8Array> {
    const all = new Uint8Array(bytes);
    let filled = 0;
    for await (const piece of this.pieces(bytes)) {
      all.set(piece, filled);
      filled += piece.length;
    }
    return all;
  }
}

function wordOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer).getUint32(0, true);
}
