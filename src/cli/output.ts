/** Standard output: gathered, patient with a slow reader, quiet when the reader goes. */

/** Text is written at the latest when this many characters have come together. */
const GATHER = 65_536;

/** A stream of text to a terminal, a file or a pipe. */
export class Output {
  /** Whether the reader has gone (`| head`): nothing more is worth printing. */
  closed: boolean;
  private readonly stream: NodeJS.WritableStream;
  private parts: string[];
  private gathered: number;

  constructor(stream: NodeJS.WritableStream) {
    this.stream = stream;
    this.closed = false;
    this.parts = [];
    this.gathered = 0;
    // `flush` hears of errors by its callback; without a listener they would end the process.
    stream.on('error', () => {});
  }

  /** Gathers text; true where `flush` is due. */
  write(text: string): boolean {
    this.parts.push(text);
    this.gathered += text.length;
    return this.gathered >= GATHER;
  }

  /**
   * Hands what has been gathered to the system and waits until it has been taken: a slow reader
   * slows us down, and nothing is left behind when the process ends. Throws where it can't be
   * written (a full disk); a reader that has gone is no error.
   */
  async flush(): Promise<void> {
    const text = this.parts.join('');
    this.parts = [];
    this.gathered = 0;
    if (text === '' || this.closed) return;
    const error = await new Promise<NodeJS.ErrnoException | null | undefined>((done) => {
      this.stream.write(text, done);
    });
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
