/** Standard output: gathered, patient with a slow reader, quiet when the reader goes. */

import { TextBuffer } from './text-buffer.js';

/** Text is written at the latest when this many bytes have come together. */
const GATHER = 65_536;

/** A stream of text to a terminal, a file or a pipe. */
export class Output {
  /** Whether the reader has gone (`| head`): nothing more is worth printing. */
  closed: boolean;
  /** What is gathered: text may be written straight into it. */
  readonly buffer: TextBuffer;
  private readonly stream: NodeJS.WritableStream;

  constructor(stream: NodeJS.WritableStream) {
    this.stream = stream;
    this.closed = false;
    this.buffer = new TextBuffer(2 * GATHER);
    // `flush` hears of errors by its callback; without a listener they would end the process.
    stream.on('error', () => {});
  }

  /** Gathers text. */
  write(text: string): void {
    this.buffer.text(text);
  }

  /** Whether so much has been gathered that `flush` is due. */
  get due(): boolean {
    return this.buffer.length >= GATHER;
  }

  /**
   * Hands what has been gathered to the system and waits until it has been taken: a slow reader
   * slows us down, and nothing is left behind when the process ends. Throws where it can't be
   * written (a full disk); a reader that has gone is no error.
   */
  async flush(): Promise<void> {
    const { buffer } = this;
    if (buffer.length === 0 || this.closed) return buffer.clear();
    const error = await new Promise<NodeJS.ErrnoException | null | undefined>((done) => {
      this.stream.write(buffer.filled(), done);
    });
    buffer.clear();
    if (error === null || error === undefined) return;
    if (!READER_GONE.includes(error.code ?? '')) throw notWritten(error);
    this.closed = true;
  }
}

const READER_GONE: readonly string[] = ['EPIPE', 'ERR_STREAM_DESTROYED'];

function notWritten(error: NodeJS.ErrnoException): Error {
  const why = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
  return Object.assign(new Error(`standard output: ${why}`), { syscall: error.syscall ?? 'write' });
}
