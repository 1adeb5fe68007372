/** Standard output: gathered, patient with a slow reader, quiet when the reader goes. */
import { once } from 'node:events';

/** Text is written at the latest when this many characters have come together. */
const GATHER = 65_536;

/** A stream of text to a terminal, a file or a pipe. */
export class Output {
  /** Whether the reader has gone (`| head`): nothing more is worth printing. */
  closed: boolean;
  private readonly stream: NodeJS.WriteStream;
  private parts: string[];
  private gathered: number;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
    this.closed = false;
    this.parts = [];
    this.gathered = 0;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.closed = true;
    });
  }

  /** Gathers text; true where `flush` is due. */
  write(text: string): boolean {
    this.parts.push(text);
    this.gathered += text.length;
    return this.gathered >= GATHER;
  }

  /** Hands what has been gathered to the reader and waits until it is not behind. */
  async flush(): Promise<void> {
    const text = this.parts.join('');
    this.parts = [];
    this.gathered = 0;
    if (text === '' || this.closed) return;
    if (!this.stream.write(text) && !this.closed) {
      await Promise.race([once(this.stream, 'drain'), once(this.stream, 'close')]).catch(() => {});
    }
  }
}
