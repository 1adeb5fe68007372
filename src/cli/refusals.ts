/** Frames that a command could not deal with: left out, told, and an exit code of 1. */
import { PacketError } from '../bytes/error.js';

/** Why a frame is left out, in words; it is told with the file and the frame's number. */
export class Refused extends Error {}

/** Lines that are told before the rest are counted: a long file can be wrong throughout. */
const TOLD = 10;

/** Collects them, so that no line falls into the progress bar. */
export class Refusals {
  count: number;
  private readonly file: string;
  private readonly strict: boolean;
  private readonly lines: string[];

  /** @param strict whether the first one is an error that ends the work */
  constructor(file: string, strict: boolean) {
    this.count = 0;
    this.file = file;
    this.strict = strict;
    this.lines = [];
  }

  /** Throws `BAD_VALUE` where the work is to be strict. */
  add(frame: number, why: string): void {
    const line = `${this.file}: frame ${frame}: ${why}`;
    if (this.strict) {
      throw new PacketError('BAD_VALUE', `${line} (--strict: nothing is written)`, { frame });
    }
    this.count += 1;
    if (this.lines.length < TOLD) this.lines.push(line);
  }

  /** Tells them, and sets the exit code. */
  tell(): void {
    if (this.count === 0) return;
    process.exitCode = 1;
    for (const line of this.lines) process.stderr.write(`framewright: ${line}\n`);
    const more = this.count - this.lines.length;
    if (more > 0) {
      process.stderr.write(`framewright: ${this.file}: ${more} more frames like these\n`);
    }
  }
}
