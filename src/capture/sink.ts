/**
 * Where a capture is written to, block by block: a WHATWG stream, a Node stream, a function or
 * memory. A block that was sent belongs to the sink and is never written to again, but for a
 * function, which is done with it when it returns.
 */
import { PacketError } from '../bytes/error.js';
import { describe } from './parser.js';

/**
 * What is used of a Node `Writable` (a file, a socket, standard output), so that Node itself need
 * not be imported.
 */
export interface NodeWritable {
  write(chunk: Uint8Array, callback: (error?: Error | null) => void): boolean;
  end(callback: (error?: Error | null) => void): unknown;
  once(event: string, listener: (error?: unknown) => void): unknown;
}

/**
 * Deals with a block of a file before it returns: `(block) => writeFileSync(file, block)`. The block
 * is overwritten afterwards, so what is to be kept must be copied.
 */
export type BlockFunction = (block: Uint8Array) => void;

/** Where a capture can be written to. */
export type CaptureSink = WritableStream<Uint8Array> | NodeWritable | BlockFunction;

/** A sink of blocks. Every promise of it rejects with the sink's error once it has one. */
export interface BlockSink {
  /** Set once the sink has failed; nothing can be sent any more. */
  readonly failed: boolean;
  /** Whether a block is done with when `send` returns, and can be filled again. */
  readonly returnsBlocks: boolean;
  /** Sends a block. Answers undefined when the sink wants more, else a promise for when it does. */
  send(block: Uint8Array): Promise<void> | undefined;
  /** Resolves when the sink has dealt with every block. */
  idle(): Promise<void>;
  /** Resolves when the sink has dealt with every block and is closed. */
  close(): Promise<void>;
}

/**
 * The sink for a stream or a function.
 *
 * @throws PacketError `BAD_OPTION` for what is neither, and for a stream that is locked.
 */
export function sinkFor(target: CaptureSink): BlockSink {
  const object: unknown = target;
  if (typeof target === 'function') return new FunctionSink(target);
  if (typeof object === 'object' && object !== null) {
    if (hasMethods<WritableStream<Uint8Array>>(object, 'getWriter')) return new StreamSink(object);
    if (hasMethods<NodeWritable>(object, 'write', 'once', 'end')) return new NodeSink(object);
  }
  throw new PacketError(
    'BAD_OPTION',
    `can't write a capture to ${describe(object)}: expected a WritableStream, a Node Writable or a function`,
  );
}

function hasMethods<T extends object>(
  object: object,
  ...names: readonly (keyof T & string)[]
): object is T {
  return names.every((name) => typeof (object as Record<string, unknown>)[name] === 'function');
}

/** The same promise; its rejection is no unhandled one, for it surfaces elsewhere as well. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

class StreamSink implements BlockSink {
  failed: boolean;
  readonly returnsBlocks: boolean;
  private readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  private readonly fail: (error: unknown) => void;
  private error: unknown;
  private last: Promise<void>;

  constructor(stream: WritableStream<Uint8Array>) {
    if (stream.locked) {
      throw new PacketError('BAD_OPTION', 'the WritableStream is locked: another writer has it');
    }
    this.failed = false;
    this.returnsBlocks = false;
    this.error = undefined;
    this.writer = stream.getWriter();
    this.last = Promise.resolve();
    this.fail = (error) => {
      if (!this.failed) this.error = error;
      this.failed = true;
    };
    this.writer.closed.catch(this.fail);
  }

  send(block: Uint8Array): Promise<void> | undefined {
    // Writes settle in order, so the last one stands for all.
    this.last = this.writer.write(block);
    this.last.catch(this.fail);
    const room = this.writer.desiredSize;
    return room !== null && room > 0 ? undefined : this.writer.ready;
  }

  idle(): Promise<void> {
    return this.failed ? Promise.reject(this.error) : this.last;
  }

  async close(): Promise<void> {
    if (this.failed) throw this.error;
    await this.writer.close();
  }
}

class NodeSink implements BlockSink {
  failed: boolean;
  readonly returnsBlocks: boolean;
  private readonly stream: NodeWritable;
  private error: unknown;
  private pending: number;
  private ended: boolean;
  private waiting: { readonly done: () => boolean; settle(error?: unknown): void }[];
  private full: boolean;

  constructor(stream: NodeWritable) {
    this.failed = false;
    this.returnsBlocks = false;
    this.stream = stream;
    this.error = undefined;
    this.pending = 0;
    this.ended = false;
    this.waiting = [];
    this.full = false;
    const onError = (error?: unknown): void => {
      this.fail(error);
      // A stream that fails twice must not bring the process down the second time.
      stream.once('error', onError);
    };
    stream.once('error', onError);
    stream.once('close', () => {
      if (!this.ended) {
        this.fail(
          new PacketError(
            'TRUNCATED_CAPTURE',
            'the stream that the capture is written to was closed before the capture was complete',
          ),
        );
      }
    });
  }

  send(block: Uint8Array): Promise<void> | undefined {
    this.pending += 1;
    const more = this.stream.write(block, (error) => {
      this.pending -= 1;
      if (error) this.fail(error);
      else this.wake();
    });
    if (more && !this.failed) return undefined;
    if (!this.full) {
      this.full = true;
      this.stream.once('drain', () => {
        this.full = false;
        this.wake();
      });
    }
    return this.when(() => !this.full);
  }

  idle(): Promise<void> {
    return this.when(() => this.pending === 0);
  }

  close(): Promise<void> {
    if (!this.failed) {
      // Node hands the callback of `end` an error before it emits it.
      this.stream.end((error) => {
        if (error) return this.fail(error);
        this.ended = true;
        this.wake();
      });
    }
    return this.when(() => this.ended);
  }

  private when(done: () => boolean): Promise<void> {
    if (this.failed) return Promise.reject(this.error);
    if (done()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (error?: unknown): void => {
        if (this.failed) reject(error);
        else resolve();
      };
      this.waiting.push({ done, settle });
    });
  }

  private wake(): void {
    if (this.failed) return;
    const waiting = this.waiting;
    this.waiting = waiting.filter((waiter) => !waiter.done());
    for (const waiter of waiting) {
      if (waiter.done()) waiter.settle();
    }
  }

  private fail(error: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.error = error;
    for (const waiter of this.waiting) waiter.settle(error);
    this.waiting = [];
  }
}

class FunctionSink implements BlockSink {
  failed: boolean;
  readonly returnsBlocks: boolean;
  private readonly use: BlockFunction;
  private error: unknown;

  constructor(use: BlockFunction) {
    this.failed = false;
    this.returnsBlocks = true;
    this.use = use;
    this.error = undefined;
  }

  /** Throws what the function throws. */
  send(block: Uint8Array): undefined {
    const { use } = this;
    try {
      use(block);
    } catch (error) {
      this.failed = true;
      this.error = error;
      throw error;
    }
    return undefined;
  }

  idle(): Promise<void> {
    return this.failed ? Promise.reject(this.error) : Promise.resolve();
  }

  close(): Promise<void> {
    return this.idle();
  }
}

/** Keeps the blocks. */
export class MemorySink implements BlockSink {
  readonly failed: boolean;
  readonly returnsBlocks: boolean;
  readonly blocks: Uint8Array[];

  constructor() {
    this.failed = false;
    this.returnsBlocks = false;
    this.blocks = [];
  }

  send(block: Uint8Array): undefined {
    this.blocks.push(block);
    return undefined;
  }

  idle(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
