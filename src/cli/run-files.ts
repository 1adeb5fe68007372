/** Files that are written while a lab runs, so that none of them need be kept in memory. */
import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeWhole } from './output-file.js';

/** What is used of a writer of captures. */
interface BlockWriter {
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface OpenFile {
  readonly stream: PassThrough;
  readonly writer: BlockWriter;
  /** Settles when the file is there, whole; rejects with why it is not. */
  readonly written: Promise<void>;
}

/** Opened while the lab runs, which waits for nobody; written when it is flushed. */
export class RunFiles {
  /** Whether one of them could not be written, or they were given up. */
  failed: boolean;
  private readonly grow: boolean;
  private readonly files: OpenFile[];
  private readonly opening: Promise<void>[];

  /** `grow`: they are seen under their names from the beginning. */
  constructor(grow: boolean) {
    this.failed = false;
    this.grow = grow;
    this.files = [];
    this.opening = [];
  }

  /** Opens a file; `make` makes its writer. What can't be opened is told by the next call. */
  open<W extends BlockWriter>(path: string, make: (stream: Writable) => W): W {
    const stream = new PassThrough();
    let isOpen = (): void => {};
    const opened = new Promise<void>((resolve) => {
      isOpen = resolve;
    });
    const write = (file: Writable): Promise<void> => {
      isOpen();
      return pipeline(stream, file);
    };
    const written = writeWhole(path, write, this.grow).catch((error: unknown) => {
      stream.destroy(error as Error);
      throw error;
    });
    // Told by those who wait for them.
    written.catch(() => {});
    const writer = make(stream);
    this.files.push({ stream, writer, written });
    const opening = Promise.race([opened, written]);
    opening.catch(() => {});
    this.opening.push(opening);
    return writer;
  }

  /** Writes what there is. Rejects where a file can't be written: then all are given up. */
  async flush(): Promise<void> {
    await this.orFail(async () => {
      await Promise.all(this.opening.splice(0));
      await Promise.all(this.files.map(({ writer }) => writer.flush()));
    });
  }

  /** Writes the rest, and closes them. Rejects as `flush`. */
  async finish(): Promise<void> {
    await this.orFail(async () => {
      await Promise.all(this.opening.splice(0));
      await Promise.all(this.files.map(({ writer }) => writer.close()));
      await Promise.all(this.files.map(({ written }) => written));
    });
  }

  /** Gives them up: files that do not grow are not there, or stay what they were. */
  async abandon(): Promise<void> {
    this.failed = true;
    for (const { stream } of this.files) stream.destroy(ABANDONED);
    await Promise.allSettled(this.files.map(({ written }) => written));
  }

  private async orFail(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.abandon();
      const ends = await Promise.allSettled(this.files.map(({ written }) => written));
      // A writer that was cut off knows less of why than its file does.
      const why = ends.map((end) => (end.status === 'rejected' ? end.reason : undefined));
      throw why.find((one) => one !== undefined && one !== ABANDONED) ?? error;
    }
  }
}

const ABANDONED = new Error('a file was given up');
