/** Captures that the command writes: their format by their name, their compression. */
import type { Writable } from 'node:stream';
import { compressTo } from '../capture/compress.js';
import type { CaptureSink } from '../capture/sink.js';
import { ONE_VALUE } from './arguments.js';
import type { Precision } from './frame-writer.js';
import { UsageError } from './usage.js';
import { zstdCompressor } from './zstd.js';

/** A capture to write. */
export interface CaptureTarget {
  readonly path: string;
  /** Undefined where neither the name nor an option says. */
  readonly format: 'pcap' | 'pcapng' | undefined;
  readonly compression: 'gzip' | 'zstd' | undefined;
}

/** The option for targets whose name does not say what they are. */
export const TO_OPTION = {
  to: {
    ...ONE_VALUE,
    describe: 'pcap or pcapng, where the name of the output does not say',
  },
} as const;

/** The option for the times of pcap files. */
export const PRECISION_OPTION = {
  precision: {
    ...ONE_VALUE,
    describe: 'Times in a pcap file: us or ns, by default as fine as those of the first frames',
  },
} as const;

/** What the option says. Throws `UsageError`. */
export function precisionOf(text: string | undefined): Precision {
  if (text === undefined || text === 'us' || text === 'ns') return text;
  throw new UsageError(`--precision ${text}: there are us and ns`);
}

const FORMATS = ['pcap', 'pcapng'] as const;

/**
 * What to write, by the name: `.pcap`, `.cap` or `.pcapng`, and `.gz` or `.zst` behind it. Throws a
 * `UsageError` where an option says something else than the name, and for zstd where Node has none.
 */
export function targetOf(path: string, to: string | undefined): CaptureTarget {
  const [, stem = path, packed] = /^(.*)\.(gz|zst)$/is.exec(path) ?? [];
  const [, ending = ''] = /\.(pcap|cap|pcapng)$/i.exec(stem) ?? [];
  const named = ending === '' ? undefined : /ng$/i.test(ending) ? 'pcapng' : 'pcap';
  const asked = to === undefined ? undefined : FORMATS.find((one) => one === to);
  if (to !== undefined && asked === undefined) {
    throw new UsageError(`--to ${to}: there are ${FORMATS.join(' and ')}`);
  }
  if (named !== undefined && asked !== undefined && named !== asked) {
    throw new UsageError(`--to ${asked}: the name ${path} says ${named}`);
  }
  const zstd = packed?.toLowerCase() === 'zst';
  if (zstd && zstdCompressor() === undefined) {
    throw new UsageError(
      `${path}: Node ${process.versions.node} cannot write zstd (22.15 and 23.8 can): write ${stem} and compress it with \`zstd ${stem}\``,
    );
  }
  return {
    path,
    format: asked ?? named,
    compression: packed === undefined ? undefined : zstd ? 'zstd' : 'gzip',
  };
}

/** Where to write a capture to, so that it reaches the stream as the target says. */
export function sinkOf(stream: Writable, { compression }: CaptureTarget): CaptureSink {
  if (compression === undefined) return stream;
  return compression === 'zstd' ? compressTo(stream, zstdCompressor()) : compressTo(stream);
}

/** Says on standard error what a target had no place for. */
export function tellLosses(path: string, losses: readonly string[]): void {
  if (losses.length > 0) process.stderr.write(`framewright: ${lossesText(path, losses)}\n`);
}

/** What a pcap file has no place for, in words. */
export function lossesText(path: string, losses: readonly string[]): string {
  const name = path === '-' ? 'standard output' : path;
  return `${name}: left out, as pcap has no place for it: ${losses.join('; ')}`;
}
