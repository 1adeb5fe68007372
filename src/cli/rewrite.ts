/** Captures whose frames are changed on the way: what `encap` and `decap` share. */
import type { Argv } from 'yargs';
import { PacketError } from '../bytes/error.js';
import type { CapturedFrame } from '../capture/frame.js';
import type { CaptureItem } from '../capture/pcapng-model.js';
import { dash, FRAME_OPTIONS, ONE_VALUE, wholeOption } from './arguments.js';
import { PRECISION_OPTION, precisionOf, sinkOf, TO_OPTION, targetOf } from './capture-target.js';
import { type Input, type InputFrame, inputName, openInput } from './input.js';
import { writeWhole } from './output-file.js';
import { Refusals, Refused } from './refusals.js';
import { type Frame, rewriterFor } from './rewriter.js';
import { isSame, refuseSame, untilDamage } from './salvage.js';
import { fail, UsageError } from './usage.js';

/**
 * What becomes of a frame; undefined: it is left out. Throws `Refused` where nothing can become of
 * it. What it answers is kept for a while, and must not be written to again.
 */
export type Change = (frame: Frame) => Frame | undefined;

export interface RewriteArguments {
  in: string;
  o: string;
  to?: string | undefined;
  precision?: string | undefined;
  c?: string | undefined;
  strict: boolean;
  'max-record'?: string | undefined;
}

/** The arguments of every command that rewrites a capture. */
export function rewriteOptions<T>(yargs: Argv<T>) {
  return yargs
    .positional('in', {
      type: 'string',
      demandOption: true,
      coerce: dash,
      describe: 'A capture, or hex as decode reads it; - is standard input',
    })
    .option('o', {
      ...ONE_VALUE,
      demandOption: true,
      describe: 'The capture to write: .pcap or .pcapng, also .gz or .zst; - is standard output',
    })
    .options(TO_OPTION)
    .options(PRECISION_OPTION)
    .option('c', { ...ONE_VALUE, describe: 'Stop after this many frames' })
    .option('strict', {
      type: 'boolean',
      default: false,
      describe: 'Write nothing where a frame would be left out with an error',
    })
    .option('max-record', FRAME_OPTIONS['max-record']);
}

/**
 * Reads a capture, changes each frame, and writes what becomes of them; tells what could not be
 * done, then what `summary` says of so many frames. `growth`: the most bytes that a frame grows by.
 */
export async function rewriteCapture(
  argv: RewriteArguments,
  growth: number,
  change: Change,
  summary: (refused: number) => string,
): Promise<void> {
  const { in: from, o: out, strict } = argv;
  const limit = wholeOption(argv.c, '-c') ?? Number.POSITIVE_INFINITY;
  if (limit === 0) throw new UsageError('-c 0: expected 1 frame or more');
  const maxRecord = wholeOption(argv['max-record'], '--max-record');
  const target = targetOf(out, argv.to);
  const precision = precisionOf(argv.precision);
  const input = await openInput(from, maxRecord, out !== '-');
  if (input.reader === undefined) await refuseSame(from, out);
  const format = target.format ?? input.reader?.format ?? 'pcap';
  const refusals = new Refusals(inputName(from), strict);
  let damage: PacketError | undefined;
  let losses: string | undefined;
  let read = 0;
  await writeWhole(out, async (stream) => {
    const rewriter = rewriterFor(input, sinkOf(stream, target), { format, precision, growth });
    if (input.progress !== undefined) input.progress.frames = () => read;
    const take = (frame: InputFrame | CapturedFrame): Promise<void> | undefined => {
      read += 1;
      const made = changed(withoutFcs(frame, input), change, refusals, read);
      return made === undefined ? undefined : rewriter.write(frame, made, read);
    };
    const other = (item: CaptureItem) => rewriter.other(item);
    damage = await untilDamage(() => eachItem(input, limit, take, other));
    await rewriter.close();
    losses = rewriter.losses(out);
    if (damage !== undefined && (await isSame(from, out))) {
      throw new PacketError('BAD_CAPTURE', `${damage.message} (${out} stays as it is)`);
    }
  });
  if (losses !== undefined) process.stderr.write(`framewright: ${losses}\n`);
  refusals.tell();
  process.stderr.write(`${counted(read, 'frame')}: ${summary(refusals.count)}\n`);
  if (damage !== undefined) fail(damage);
}

/** Goes through the frames and, in pcapng, everything else in its order. */
async function eachItem(
  { reader, batches }: Input,
  limit: number,
  take: (frame: InputFrame | CapturedFrame) => Promise<void> | undefined,
  other: (item: CaptureItem) => Promise<void> | undefined,
): Promise<void> {
  let frames = 0;
  if (reader?.format === 'pcapng') {
    for await (const item of reader.items()) {
      // Told of frames, too: a rewriter may count them.
      const before = other(item);
      if (before !== undefined) await before;
      if (item.kind !== 'frame') continue;
      const wait = take(item.frame);
      if (wait !== undefined) await wait;
      if (++frames >= limit) return;
    }
    return;
  }
  for await (const batch of batches) {
    for (const frame of batch) {
      const wait = take(frame);
      if (wait !== undefined) await wait;
      if (++frames >= limit) return;
    }
  }
}

/** What becomes of a frame; undefined also where it is refused, which is noted. */
function changed(
  frame: Frame,
  change: Change,
  refusals: Refusals,
  number: number,
): Frame | undefined {
  try {
    return change(frame);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refusals.add(number, error.message);
    return undefined;
  }
}

/** Bits of a frame's flags that say how long its FCS is, and where they begin. */
const FCS_FLAGS = 0xf;
const FCS_SHIFT = 5;

/** The frame without the FCS that ends it: in a tunnel there is none (RFC 7348 §5). */
function withoutFcs(frame: InputFrame | CapturedFrame, { reader }: Input): Frame {
  const captured = 'captured' in frame ? frame.captured : (frame as CapturedFrame);
  const ofFlags = ((captured?.details?.flags ?? 0) >>> FCS_SHIFT) & FCS_FLAGS;
  const bytes = ofFlags || (captured?.interface?.fcsBytes ?? reader?.fcsBytes ?? 0);
  if (bytes === 0) return frame;
  const { data, linkType } = frame;
  const wireLength = Math.max(0, frame.wireLength - bytes);
  return { data: data.subarray(0, wireLength), wireLength, linkType };
}

/** `1 frame`, `2 frames`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
