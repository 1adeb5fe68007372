/** What the writers of every format do alike: gather bytes in blocks and send them, with back pressure. */
import { PacketError } from '../bytes/error.js';
import { type Kernel, kernelOf } from '../bytes/kernel.js';
import { describe, isBytes } from './parser.js';
import { type BlockSink, type CaptureSink, handled, MemorySink, sinkFor } from './sink.js';

// Measured on Node 20, imix of 7:4:1 frames of 64, 570 and 1,400 bytes, ns a frame to memory and to
// a file: 16 KiB 153 and 1091, 64 KiB 88 and 350-590, 128 KiB 89 and 260-600, 256 KiB 84 and
// 350-360, 1 MiB 92 and 500. Filling fresh blocks of 256 KiB by bare memcpy takes 51-59.
const BLOCK_BYTES = 262_144;
/** Of a block that the caller brings. */
const MIN_BLOCK_BYTES = 4096;

/** A writer of blocks. A block is sent when it is full, on `flush` and on `close`. */
export class BlockWriter {
  protected readonly sink: BlockSink;
  protected block: Uint8Array<ArrayBuffer>;
  protected view: DataView;
  protected used: number;
  protected closing: Promise<void> | undefined;
  private behind: Promise<void> | undefined;
  /** What `copy` copied from last: asking a view for its memory costs as much as a short copy. */
  private source: DataView | undefined;
  private sourceBuffer: ArrayBufferLike;
  private sourceStart: number;
  /** The kernel of that memory where the block lies in it too. */
  private kernel: Kernel | undefined;
  /** Where the block starts in its memory. */
  private blockStart: number;

  /** @throws PacketError `BAD_OPTION` for a bad sink or block. */
  constructor(sink: CaptureSink | MemorySink, block?: Uint8Array<ArrayBuffer> | undefined) {
    this.sink = sink instanceof MemorySink ? sink : sinkFor(sink);
    if (block !== undefined) checkBlock(block, this.sink);
    this.block = block ?? new Uint8Array(BLOCK_BYTES);
    this.view = viewOf(this.block);
    this.source = undefined;
    this.sourceBuffer = this.block.buffer;
    this.sourceStart = 0;
    this.kernel = undefined;
    this.blockStart = this.block.byteOffset;
    this.used = 0;
    this.behind = undefined;
    this.closing = undefined;
  }

  /** Sends what has been gathered; resolves when the sink has dealt with it, rejects as `write`. */
  flush(): Promise<void> {
    return this.closing ?? handled(this.sent());
  }

  /** Sends what has been gathered and closes the sink. Rejects with the sink's error if it has one. */
  close(): Promise<void> {
    this.closing ??= this.closed();
    return this.closing;
  }

  // These two are async so that what a function for blocks throws rejects their promises.
  private async sent(): Promise<void> {
    this.sendRest();
    await this.sink.idle();
  }

  private async closed(): Promise<void> {
    this.sendRest();
    await this.sink.close();
  }

  private sendRest(): void {
    if (this.used === 0 || this.sink.failed) return;
    if (this.sink.returnsBlocks) {
      this.send();
    } else if (this.used > this.block.length / 2) {
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
    this.used = 0;
    if (this.sink.returnsBlocks && size <= this.block.length) return;
    // A frame larger than a block gets a block of its own size.
    this.block = new Uint8Array(Math.max(BLOCK_BYTES, size));
    this.view = viewOf(this.block);
    this.blockStart = 0;
    this.source = undefined;
  }

  /**
   * Copies the bytes of `view` from `offset` on to the block. In one memory with the block, the
   * kernel takes 5–10 ns for 64 bytes; making a view of them takes 50–65, which loops of words
   * exceed from some 50 bytes on (Node 20).
   */
  protected copy(view: DataView, offset: number, length: number, to: number): void {
    if (view !== this.source) this.copyFrom(view);
    const { kernel } = this;
    const from = this.sourceStart + offset;
    if (kernel !== undefined) kernel.copy(this.blockStart + to, from, length);
    else this.block.set(new Uint8Array(this.sourceBuffer, from, length), to);
  }

  private copyFrom(view: DataView): void {
    this.source = view;
    this.sourceBuffer = view.buffer;
    this.sourceStart = view.byteOffset;
    this.kernel = this.block.buffer === view.buffer ? kernelOf(view.buffer) : undefined;
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

function viewOf(block: Uint8Array<ArrayBuffer>): DataView<ArrayBuffer> {
  return new DataView(block.buffer, block.byteOffset, block.length);
}

function checkBlock(block: unknown, sink: BlockSink): void {
  if (!sink.returnsBlocks) {
    throw new PacketError('BAD_OPTION', 'a block can be given to a writer to a function alone');
  }
  if (!isBytes(block) || block.length < MIN_BLOCK_BYTES) {
    const found = isBytes(block) ? `${block.length} bytes` : describe(block);
    throw new PacketError('BAD_OPTION', `block is ${found}: expected ${MIN_BLOCK_BYTES} or more`);
  }
}

/** Bytes of a frame to keep. */
export function limitOf(snapLength: number, oversize: 'cut' | 'keep'): number {
  return snapLength === 0 || oversize === 'keep' ? Number.POSITIVE_INFINITY : snapLength;
}

/** Whether there are such bytes in a view. Throws `BAD_VALUE`. */
export function checkRange(view: DataView, offset: number, end: number): void {
  // Written so that NaN is refused too.
  if (offset >= 0 && offset <= end && end <= view.byteLength) {
    if (Number.isInteger(offset) && Number.isInteger(end)) return;
  }
  throw new PacketError(
    'BAD_VALUE',
    `a frame is bytes ${offset}–${end} of a view of ${view.byteLength}: expected whole numbers within`,
  );
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
