/** How far a long reading has come: a bar on standard error, where a person sees it. */
import { stat } from 'node:fs/promises';
import type { SingleBar } from 'cli-progress';

/** No bar before this: most work is done by then. */
const PATIENCE_MS = 1000;

let allowed = true;

/** Whether bars may be shown at all (`--no-progress`). */
export function allowProgress(yes: boolean): void {
  allowed = yes;
}

/** The reading of one file. What it is told costs nothing a frame: it is told of chunks. */
export class Progress {
  /** Answers how many frames have been dealt with. */
  frames: () => number;
  private readonly size: number;
  private readonly started: number;
  private read: number;
  private bar: SingleBar | undefined;
  private state: 'hidden' | 'shown' | 'ended';

  /** @param size bytes of the file, which may grow meanwhile */
  constructor(size: number) {
    this.frames = () => 0;
    this.size = size;
    this.started = performance.now();
    this.read = 0;
    this.bar = undefined;
    this.state = 'hidden';
  }

  /** Notes that a chunk has been read. */
  chunk(bytes: number): void {
    this.read += bytes;
    if (this.state === 'hidden' && performance.now() - this.started > PATIENCE_MS) {
      this.state = 'shown';
      void this.show();
    }
    this.bar?.update(Math.min(this.read, this.size), this.numbers());
  }

  /** Takes the bar away. */
  end(): void {
    this.state = 'ended';
    this.bar?.stop();
    this.bar = undefined;
  }

  private async show(): Promise<void> {
    // Loaded only for those who wait.
    const { default: cliProgress } = await import('cli-progress');
    if (this.state === 'ended') return;
    this.bar = new cliProgress.SingleBar({
      format: '[{bar}] {percentage}%  {done} of {all}  {rate} frames/s  {eta_formatted} left',
      barCompleteChar: '=',
      barIncompleteChar: ' ',
      barsize: Math.max(1, Math.min(24, (process.stderr.columns || 80) - 62)),
      fps: 5,
      etaBuffer: 50,
      stream: process.stderr,
      clearOnComplete: true,
      // Its own listeners would keep a signal from ending the process; so the terminal must be as it
      // was at any moment.
      gracefulExit: false,
      hideCursor: false,
      linewrap: true,
    });
    this.bar.start(this.size, Math.min(this.read, this.size), this.numbers());
  }

  private numbers(): Record<string, string> {
    const seconds = (performance.now() - this.started) / 1000;
    const rate = Math.round(this.frames() / seconds);
    return {
      done: bytesText(this.read),
      all: bytesText(this.size),
      rate: String(rate).replace(/\B(?=(?:\d{3})+$)/g, ','),
    };
  }
}

/**
 * The progress to tell of reading a file; undefined where there is nothing to show, or nobody to
 * show it to: no terminal, a pipe as input, or text that goes to the same terminal.
 *
 * @param stdoutFree whether nothing is written to standard output
 */
export async function progressOf(path: string, stdoutFree: boolean): Promise<Progress | undefined> {
  const { stderr, stdout, env } = process;
  if (!allowed || stderr.isTTY !== true || env['TERM'] === 'dumb') return undefined;
  if (path === '-' || (!stdoutFree && stdout.isTTY === true)) return undefined;
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size > 0 ? new Progress(found.size) : undefined;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes for people: `12.3 MB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}
