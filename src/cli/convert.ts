/** `framewright convert`: a capture in another format. */
import { stat } from 'node:fs/promises';
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { PacketError } from '../bytes/error.js';
import {
  CaptureCounter,
  type CaptureSurvey,
  copyCapture,
  type PcapPlan,
  pcapPlan,
  writeToPcap,
} from '../capture/copy.js';
import { PcapWriter } from '../capture/pcap-writer.js';
import { PcapngWriter } from '../capture/pcapng-writer.js';
import type { CaptureReader } from '../capture/reader.js';
import type { CaptureSink } from '../capture/sink.js';
import { dash, FRAME_OPTIONS, ONE_VALUE, wholeOption } from './arguments.js';
import { lossesText, sinkOf, TO_OPTION, targetOf, tellLosses } from './capture-target.js';
import { frameWriter } from './frame-writer.js';
import { type Input, openInput } from './input.js';
import { writeWhole } from './output-file.js';
import { isSame, refuseSame, untilDamage } from './salvage.js';
import { fail, UsageError } from './usage.js';

interface ConvertArguments {
  in: string;
  out: string;
  to?: string | undefined;
  c?: string | undefined;
  strict: boolean;
  'max-record'?: string | undefined;
}

export const convertCommand: CommandModule<object, ConvertArguments> = {
  command: 'convert <in> <out>',
  describe: 'Write a capture in another format: pcap, pcapng, also compressed',
  builder: options,
  handler: convert,
};

function options(yargs: Argv<object>) {
  return yargs
    .positional('in', {
      type: 'string',
      demandOption: true,
      coerce: dash,
      describe: 'A capture, or hex as decode reads it; - is standard input',
    })
    .positional('out', {
      type: 'string',
      demandOption: true,
      coerce: dash,
      describe: 'The capture to write: .pcap or .pcapng, also .gz or .zst; - is standard output',
    })
    .options(TO_OPTION)
    .option('strict', {
      type: 'boolean',
      default: false,
      describe: 'Write nothing where pcap has no place for something in the capture',
    })
    .option('c', {
      ...ONE_VALUE,
      describe: 'Stop after this many frames',
    })
    .option('max-record', FRAME_OPTIONS['max-record'])
    .example('$0 convert a.pcapng a.pcap', 'and what pcap has no place for is told')
    .example('$0 convert a.pcap a.pcapng.gz', 'compressed')
    .example('ssh host tcpdump -U -w - | $0 convert - a.pcapng', 'from a pipe');
}

/** What is to be done. */
interface Job {
  readonly limit: number;
  readonly strict: boolean;
  readonly maxRecord: number | undefined;
  readonly from: string;
  readonly out: string;
}

async function convert(argv: ArgumentsCamelCase<ConvertArguments>): Promise<void> {
  const limit = wholeOption(argv.c, '-c') ?? Number.POSITIVE_INFINITY;
  if (limit === 0) throw new UsageError('-c 0: expected 1 frame or more');
  const maxRecord = wholeOption(argv['max-record'], '--max-record');
  const { in: from, out, strict } = argv;
  const job: Job = { limit, strict, maxRecord, from, out };
  const target = targetOf(out, argv.to);
  let input = await open(job);
  if (input.reader === undefined) await refuseSame(from, out);
  // Where nothing says what to write, the capture stays what it is.
  const format = target.format ?? input.reader?.format ?? 'pcap';
  let plan: PcapPlan | undefined;
  let frames = limit;
  let ahead: PacketError | undefined;
  if (format === 'pcap' && input.reader?.format === 'pcapng' && (await canBeReadTwice(from))) {
    const { counted, damage } = await survey(input.reader, limit);
    ahead = damage;
    plan = planFor(input.name, counted);
    refuseLosses(job, textsOf(plan));
    // What is added to the file meanwhile is not in the plan.
    frames = Math.max(1, counted.frames);
    input = await open(job);
  }
  let copied: Copied = { losses: [], damage: undefined };
  await writeWhole(out, async (stream) => {
    const { losses, damage = ahead } = await copy(input, sinkOf(stream, target), format, plan, {
      ...job,
      limit: frames,
    });
    copied = { losses, damage };
    if (damage !== undefined && (await isSame(from, out))) {
      throw new PacketError('BAD_CAPTURE', `${damage.message} (${out} stays as it is)`);
    }
  });
  tellLosses(out, copied.losses);
  if (copied.damage !== undefined) fail(copied.damage);
}

function open({ from, out, maxRecord }: Job): Promise<Input> {
  return openInput(from, maxRecord, out !== '-');
}

/** What came of a copy: what pcap had no place for, and the damage at which the input ended. */
interface Copied {
  readonly losses: readonly string[];
  readonly damage: PacketError | undefined;
}

async function copy(
  input: Input,
  sink: CaptureSink,
  format: 'pcap' | 'pcapng',
  plan: PcapPlan | undefined,
  job: Job,
): Promise<Copied> {
  const { reader } = input;
  if (reader === undefined) return copyHex(input, sink, format, job);
  if (format === 'pcap' && plan === undefined && reader.format === 'pcapng') {
    return copyPipe(reader, sink, job);
  }
  const writer =
    format === 'pcapng'
      ? new PcapngWriter(sink, { byteOrder: reader.byteOrder })
      : new PcapWriter(sink, plan?.options ?? sameOptions(reader));
  if (input.progress !== undefined) input.progress.frames = () => writer.frameCount;
  const damage = await untilDamage(() => copyCapture(reader, writer, job.limit));
  await writer.close();
  return { losses: plan === undefined ? [] : textsOf(plan), damage };
}

/** Options for a pcap file like the one that is read. */
function sameOptions(reader: CaptureReader): ConstructorParameters<typeof PcapWriter>[1] {
  const counted = new CaptureCounter().survey(reader);
  return { ...pcapPlan(counted).options, byteOrder: reader.byteOrder };
}

/** pcapng that comes once, to pcap: what is in it shows only as it goes by. */
async function copyPipe(reader: CaptureReader, sink: CaptureSink, job: Job): Promise<Copied> {
  const counter = new CaptureCounter();
  let writer: PcapWriter | undefined;
  let fine = false;
  const begin = (): PcapWriter => {
    fine = reader.interfaces.some((one) => one.timeDigits > 6);
    const { options } = pcapPlan(counter.survey(reader));
    return new PcapWriter(sink, { ...options, precision: fine ? 'ns' : 'us' });
  };
  const damage = await untilDamage(async () => {
    for await (const item of reader.items()) {
      counter.item(item);
      if (job.strict) refuseLosses(job, textsOf(pcapPlan(counter.survey(reader))));
      if (item.kind !== 'frame') continue;
      writer ??= begin();
      const { frame } = item;
      if (!fine && frame.timeDigits > 6) throw tooFine(frame.number);
      const wait = writeToPcap(frame, writer);
      if (wait !== undefined) await wait;
      if (writer.frameCount >= job.limit) break;
    }
  });
  writer ??= begin();
  await writer.close();
  return { losses: textsOf(pcapPlan(counter.survey(reader))), damage };
}

function textsOf({ losses }: PcapPlan): string[] {
  return losses.map(({ text }) => text);
}

function tooFine(frame: number): PacketError {
  return new PacketError(
    'BAD_VALUE',
    `frame ${frame} has a time in nanoseconds, and the pcap file was begun in microseconds: from a file rather than a pipe, or to pcapng, it can be converted`,
  );
}

async function copyHex(
  input: Input,
  sink: CaptureSink,
  format: 'pcap' | 'pcapng',
  { limit }: Job,
): Promise<Copied> {
  const writer = frameWriter(sink, format, undefined);
  let frames = 0;
  for await (const batch of input.batches) {
    for (const { data, wireLength, linkType, time } of batch) {
      if (frames++ >= limit) break;
      const wait = writer.write({ data, wireLength, linkType, time });
      if (wait !== undefined) await wait;
    }
  }
  await writer.close();
  return { losses: [], damage: undefined };
}

/** Counts what is in a capture, as far as it can be read: the copy gets no further. */
async function survey(
  reader: CaptureReader,
  limit: number,
): Promise<{ counted: CaptureSurvey; damage: PacketError | undefined }> {
  const counter = new CaptureCounter();
  const damage = await untilDamage(() => counter.read(reader, limit));
  return { counted: counter.survey(reader), damage };
}

/** How to write a capture as pcap. Throws, naming it, where that can't be done. */
function planFor(name: string, counted: CaptureSurvey): PcapPlan {
  try {
    return pcapPlan(counted);
  } catch (error) {
    const { code, message } = error as PacketError;
    throw new PacketError(code, `${name}: ${message}`);
  }
}

function refuseLosses({ strict, out }: Job, losses: readonly string[]): void {
  if (!strict || losses.length === 0) return;
  throw new PacketError('BAD_VALUE', `${lossesText(out, losses)} (--strict: nothing is written)`);
}

async function canBeReadTwice(path: string): Promise<boolean> {
  if (path === '-' || path.startsWith('/dev/')) return false;
  return (await stat(path)).isFile();
}
