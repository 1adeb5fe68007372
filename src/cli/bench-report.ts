/** What `bench` tells: numbers, and bars as wide as the terminal has room for. */
import { type BenchCase, type BenchProtocol, FRAMES, type Way } from './bench-cases.js';
import type { Paint } from './paint.js';

/** One way to wrap the frames of one size. */
export interface Row {
  readonly protocol: BenchProtocol;
  /** Bytes, or `imix`. */
  readonly size: number | string;
  /** Bytes of a frame, on the average. */
  readonly frameBytes: number;
  /** Bytes that it grows by. */
  readonly headerBytes: number;
  readonly way: Way;
  /** The median of the rounds, and the quartiles. */
  readonly nsPerFrame: { readonly median: number; readonly low: number; readonly high: number };
  readonly framesPerSecond: number;
  /** Of the frames inside. */
  readonly gigabitsPerSecond: number;
  /** Time beside that of a copy. */
  readonly ofCopy: number;
}

const LABELS: Readonly<Record<Way, string>> = {
  batch: 'in a batch',
  call: 'a frame a call',
  inPlace: 'in place',
  decapsulate: 'decapsulate',
  copy: 'copy alone',
};
const TITLES: Readonly<Record<BenchProtocol, string>> = {
  vxlan: 'VXLAN',
  geneve: 'Geneve with three options',
  dot1q: '802.1Q',
};

/** The ways in the order in which they are told. */
export const WAYS = Object.keys(LABELS) as Way[];

/** What came of the samples, nanoseconds a frame. */
export function rowsOf(
  { protocol, size, bytes, headerBytes }: BenchCase,
  samples: Readonly<Record<Way, readonly number[]>>,
): Row[] {
  const frameBytes = bytes / FRAMES;
  const copy = quartiles(samples.copy).median;
  return WAYS.map((way) => {
    const nsPerFrame = quartiles(samples[way]);
    const { median } = nsPerFrame;
    return {
      protocol,
      size: size === 'imix' ? size : Number(size),
      frameBytes,
      headerBytes,
      way,
      nsPerFrame,
      framesPerSecond: 1e9 / median,
      gigabitsPerSecond: (frameBytes * 8) / median,
      ofCopy: median / copy,
    };
  });
}

function quartiles(samples: readonly number[]): Row['nsPerFrame'] {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))] as number;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

const LABEL_WIDTH = Math.max(...Object.values(LABELS).map((label) => label.length));
const COLUMNS = [9, 6, 12, 10] as const;
const HEAD = ['ns', '±', 'M frames/s', 'Gbit/s'];
const MAX_BAR = 40;

/** The rows of one protocol and size as a table, with a bar for each: the faster the longer. */
export function tableText(
  rows: readonly Row[],
  width: number,
  plain: boolean,
  paint: Paint,
): string {
  const [first] = rows;
  if (first === undefined) return '';
  const { protocol, size } = first;
  const title = `${TITLES[protocol]}, ${size === 'imix' ? 'IMIX' : `${size} bytes`}`;
  const used = COLUMNS.reduce<number>((sum, column) => sum + column, LABEL_WIDTH + 5);
  const room = Math.max(0, Math.min(MAX_BAR, width - used));
  const fastest = Math.max(...rows.map((row) => row.framesPerSecond));
  const lines = rows.map((row) => {
    const { nsPerFrame, framesPerSecond, gigabitsPerSecond } = row;
    const { median, low, high } = nsPerFrame;
    const numbers = cells([
      median.toFixed(1),
      `${Math.round(((high - low) / 2 / median) * 100)}%`,
      (framesPerSecond / 1e6).toFixed(1),
      gigabitsPerSecond.toFixed(1),
    ]);
    const bar = barOf(framesPerSecond / fastest, room, plain);
    return `  ${LABELS[row.way].padEnd(LABEL_WIDTH)}${numbers}  ${paint('green', bar)}\n`;
  });
  return `${paint('bold', title)}\n${' '.repeat(LABEL_WIDTH + 2)}${cells(HEAD)}\n${lines.join('')}\n`;
}

function cells(texts: readonly string[]): string {
  return texts.map((text, i) => text.padStart(COLUMNS[i] ?? 0)).join('');
}

/** Eighths of a column, on a terminal. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function barOf(part: number, room: number, plain: boolean): string {
  if (plain) return '#'.repeat(Math.round(part * room));
  const eighths = Math.round(part * room * 8);
  return '█'.repeat(eighths >>> 3) + EIGHTHS[eighths & 7];
}
