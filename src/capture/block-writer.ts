/** What the writers of every format do alike: gather bytes in blocks and send them, with back pressure. */
import { PacketError } from '../bytes/error.js';
import { describe } from './parser.js';
import { type BlockSink, type CaptureSink, handled, MemorySink, sinkFor } from './sink.js';

// Measured on Node 20, imix of 7:4:1 frames of 64, 570 and 1,400 bytes, ns a frame to memory and to
// a file: 16 KiB 153 and 1091, 64 KiB 88 and 350-590, 128 KiB 89 and 260-600, 256 KiB 84 and
// 350-360, 1 MiB 92 and 500. Filling fresh blocks of 256 KiB by bare memcpy takes 51-59.
const BLOCK_BYTES = 262_144;

/** A writer of blocks. A block is sent when it is full, on `flush` and on `close`. */
export class BlockWriter {
  protected readonly sink: BlockSink;
  protected block: Uint8Array;
  protected view: DataView;
  protected used: number;
  protected closing: Promise<void> | undefined;
  private behind: Promise<void> | undefined;

  /** @throws PacketError `BAD_OPTION` for a bad sink. */
  constructor(sink: CaptureSink | MemorySink) {
    this.sink = sink instanceof MemorySink ? sink : sinkFor(sink);
    this.block = new Uint8Array(BLOCK_BYTES);
    this.view = new DataView(this.block.buffer);
    this.used = 0;
    this.behind = undefined;
    this.closing = undefined;
  }

  /** Sends what has been gathered; resolves when the sink has dealt with it, rejects as `write`. */
  flush(): Promise<void> {
    if (this.closing !== undefined) return this.closing;
    this.sendRest();
    return handled(this.sink.idle());
  }

  /** Sends what has been gathered and closes the sink. Rejects with the sink's error if it has one. */
  close(): Promise<void> {
    if (this.closing === undefined) {
      this.sendRest();
      this.closing = this.sink.close();
    }
    return this.closing;
  }

  private sendRest(): void {
    if (this.used === 0 || this.sink.failed) return;
    if (this.used > this.block.length / 2) {
      this.send();
      this.fresh(0);
    } else {
      // A sink may transfer the memory that it is given, so it gets a copy and the block stays.
      this.track(this.sink.send(this.block.slice(0, this.used)));
    }
    this.used = 0;
  }

  /** Throws `BAD_VALUE` after `close`. */
  protected checkOpen(): void {
    if (this.closing !== undefined) throw new PacketError('BAD_VALUE', 'the writer is closed');
  }

  /** Makes room: the rest of this block, or another. Answers what to wait for, as `write` does. */
  protected room(size: number): Promise<void> | undefined {
    return this.used + size > this.block.length ? this.turn(size) : undefined;
  }

  /** Sends the full block. Answers what to wait for if the sink had not caught up before. */
  private turn(size: number): Promise<void> | undefined {
    const wasBehind = this.behind !== undefined;
    if (this.used > 0) this.send();
    this.fresh(size);
    return wasBehind ? this.behind : undefined;
  }

  private send(): void {
    this.track(this.sink.send(this.block.subarray(0, this.used)));
  }

  private track(ready: Promise<void> | undefined): void {
    if (ready === undefined) return;
    const behind = handled(
      ready.then(() => {
        if (this.behind === behind) this.behind = undefined;
      }),
    );
    this.behind = behind;
  }

  private fresh(size: number): void {
    // A frame larger than a block gets a block of its own size.
    this.block = new Uint8Array(Math.max(BLOCK_BYTES, size));
    this.view = new DataView(this.block.buffer);
    this.used = 0;
  }

  /** What has been written, as bytes of its own, where it went to memory. */
  protected bytesIn(memory: MemorySink): Uint8Array<ArrayBuffer> {
    const blocks = memory.blocks;
    const file = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, this.used));
    let at = 0;
    for (const block of blocks) {
      file.set(block, at);
      at += block.length;
    }
    file.set(this.block.subarray(0, this.used), at);
    return file;
  }
}

/** Bytes of a frame to keep. */
export function limitOf(snapLength: number, oversize: 'cut' | 'keep'): number {
  return snapLength === 0 || oversize === 'keep' ? Number.POSITIVE_INFINITY : snapLength;
}

/** The error for a frame that is no bytes. */
export function notBytes(value: unknown): PacketError {
  return new PacketError('BAD_VALUE', `a frame is ${describe(value)}: expected a Uint8Array`);
}

/** A whole number from 0 to `max`. Throws `BAD_OPTION`. */
export function checkNumber(name: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new PacketError('BAD_OPTION', `${name} is ${value}: expected a whole number, 0–${max}`);
  }
}

/** One of two words. Throws `BAD_OPTION`. */
export function checkWord(name: string, value: string, a: string, b: string): void {
  if (value !== a && value !== b) {
    throw new PacketError(
      'BAD_OPTION',
      `${name} is ${JSON.stringify(value)}: expected ${a} or ${b}`,
    );
  }
}
