/** `framewright decode`: reads a capture aloud, in tshark's dialect. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import type { CaptureTime } from '../capture/frame.js';
import { type Bindings, bindings as ours, type Protocols } from '../packet/bindings.js';
import type { FrameContext, FrameOrigin } from '../packet/frame-names.js';
import type { Packet } from '../packet/packet.js';
import { parse } from '../packet/parse.js';
import { dash, FRAME_OPTIONS, ONE_VALUE, wholeOption } from './arguments.js';
import { decodeAs } from './decode-as.js';
import { type Input, type InputFrame, openInput } from './input.js';
import { jsonLines } from './json-lines.js';
import { Output } from './output.js';
import { terminalPaint } from './paint.js';
import { FieldPrinter, parseFieldOptions } from './show-fields.js';
import { columnsOf, marked, summaryLine } from './show-summary.js';
import { dumpText, treeText } from './show-tree.js';
import type { TextBuffer } from './text-buffer.js';
import { clockText, secondsText, TIME_FORMATS, type TimeFormat } from './times.js';
import { fail, UsageError } from './usage.js';

interface DecodeArguments {
  file?: string | undefined;
  r?: string | undefined;
  V: boolean;
  x: boolean;
  P: boolean;
  c?: string | undefined;
  T: string;
  e: string[];
  E: string[];
  t: string;
  l: boolean;
  d: string[];
  'max-record'?: string | undefined;
  'allow-unknown-fields': boolean;
}

export const decodeCommand: CommandModule<object, DecodeArguments> = {
  command: 'decode [file]',
  describe: 'Print the frames of a capture, or of hex text',
  // yargs types `-T` and the like by literals of their own; what they hold is judged when it is read.
  builder: options,
  handler: decode,
};

function options(yargs: Argv<object>) {
  return yargs
    .positional('file', {
      type: 'string',
      coerce: dash,
      describe: 'A capture, or hex as xxd, tcpdump -x or tshark -x print it; - is standard input',
    })
    .option('r', {
      ...ONE_VALUE,
      describe: 'The file, as tshark names it',
    })
    .option('V', { type: 'boolean', default: false, describe: 'Every field of every layer' })
    .option('x', { type: 'boolean', default: false, describe: 'A hexdump' })
    .option('P', { type: 'boolean', default: false, describe: 'The summary line beside -V or -x' })
    .option('c', {
      ...ONE_VALUE,
      describe: 'Stop after this many frames',
    })
    .option('T', {
      ...ONE_VALUE,
      default: 'text',
      describe: 'text, fields (those of -e), or jsonl (a JSON object a frame)',
    })
    .option('e', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe: 'A field to print',
    })
    .option('E', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe:
        'header=y|n, separator=/t|/s|CHAR, occurrence=f|l|a, aggregator=/s|CHAR, quote=d|s|n, bom=y|n',
    })
    .option('t', {
      ...ONE_VALUE,
      default: 'r',
      describe: 'Times: r(elative), a(bsolute), ad (with date), d(elta), e(poch)',
    })
    .option('l', { type: 'boolean', default: false, describe: 'Write each line at once' })
    .options(FRAME_OPTIONS)
    .option('allow-unknown-fields', {
      type: 'boolean',
      default: false,
      describe: 'Leave the columns of unknown fields empty',
    })
    .example('$0 decode cap.pcap', 'a line a frame')
    .example('$0 decode cap.pcap -V -x -c 1', 'all of the first frame')
    .example('$0 decode cap.pcap -T fields -e ip.src -e vxlan.vni', 'two columns')
    .example('tcpdump -U -w - | $0 decode -', 'as they come');
}

/** Writes the text of one frame. */
type Show = (frame: FrameContext, source: InputFrame, out: TextBuffer, input: Input) => void;

async function decode(argv: ArgumentsCamelCase<DecodeArguments>): Promise<void> {
  const bindings = decodeAs(ours, argv.d);
  const { begin, show } = showing(argv, bindings);
  const count = wholeOption(argv.c, '-c') ?? Number.POSITIVE_INFINITY;
  if (count === 0) throw new UsageError('-c 0: expected 1 frame or more');
  const maxRecord = wholeOption(argv['max-record'], '--max-record');
  const file = argv.r ?? argv.file;
  if (file === undefined || (argv.r !== undefined && argv.file !== undefined)) {
    throw new UsageError('give one capture to decode: a file, or - for standard input');
  }
  const output = new Output(process.stdout);
  output.write(begin);
  try {
    const input = await openInput(file, maxRecord);
    await printFrames(input, { bindings, show, count, output, live: argv.l });
  } catch (error) {
    // What could be read is printed before the error.
    await output.flush();
    fail(error);
  }
  await output.flush();
}

interface Printing {
  readonly bindings: Bindings<Protocols>;
  readonly show: Show;
  readonly count: number;
  readonly output: Output;
  /** Whether each line is written at once (`-l`). */
  readonly live: boolean;
}

async function printFrames(input: Input, printing: Printing): Promise<void> {
  const { bindings, show, count, output, live } = printing;
  let number = 0;
  let first: InputFrame['time'];
  let before: InputFrame['time'];
  for await (const batch of input.batches) {
    for (const frame of batch) {
      number += 1;
      const { time, data, linkType, wireLength } = frame;
      first ??= time;
      const packet = parse(data, { linkType, wireLength, bindings });
      const context = new DecodedFrame(number, packet, frame, first, before);
      before = time ?? before;
      show(context, frame, output.buffer, input);
      if (live || output.due) await output.flush();
      if (number >= count || output.closed) return;
    }
    // What has arrived is shown: the next frames of a pipe may be long in coming.
    await output.flush();
  }
}

/** A frame with its times, which are made into text only where one is asked for. */
class DecodedFrame implements FrameContext {
  readonly number: number;
  readonly packet: Packet<Protocols>;
  private readonly frame: InputFrame;
  private readonly first: CaptureTime | undefined;
  private readonly before: CaptureTime | undefined;

  constructor(
    number: number,
    packet: Packet<Protocols>,
    frame: InputFrame,
    first: CaptureTime | undefined,
    before: CaptureTime | undefined,
  ) {
    this.number = number;
    this.packet = packet;
    this.frame = frame;
    this.first = first;
    this.before = before;
  }

  get origin(): FrameOrigin | undefined {
    const { captured } = this.frame;
    return captured?.interface === undefined ? undefined : captured;
  }

  get epoch(): string | undefined {
    return this.since(undefined);
  }

  get relative(): string | undefined {
    return this.since(this.first);
  }

  get delta(): string | undefined {
    return this.since(this.before ?? this.frame.time);
  }

  private since(start: CaptureTime | undefined): string | undefined {
    const { time } = this.frame;
    return time === undefined ? undefined : secondsText(time, start);
  }
}

function showing(
  argv: ArgumentsCamelCase<DecodeArguments>,
  bindings: Bindings<Protocols>,
): { begin: string; show: Show } {
  const names = argv.e;
  if (argv.T !== 'fields' && (names.length > 0 || argv.E.length > 0)) {
    throw new UsageError('-e and -E are for -T fields');
  }
  if (argv.T !== 'text' && (argv.V || argv.x || argv.P)) {
    throw new UsageError(`-V, -x and -P are for -T text`);
  }
  switch (argv.T) {
    case 'text':
      return { begin: '', show: textShow(argv) };
    case 'fields': {
      if (names.length === 0) throw new UsageError('-T fields needs the fields to print: -e NAME');
      const printer = new FieldPrinter(
        names,
        parseFieldOptions(argv.E),
        bindings,
        argv['allow-unknown-fields'],
      );
      return { begin: printer.header(), show: (frame, _, out) => printer.line(frame, out) };
    }
    case 'jsonl':
      return { begin: '', show: jsonLines() };
    default:
      throw new UsageError(`-T ${argv.T}: there are text, fields and jsonl`);
  }
}

function textShow(argv: ArgumentsCamelCase<DecodeArguments>): Show {
  const { V, x, P, t } = argv;
  if (!TIME_FORMATS.includes(t as TimeFormat)) {
    throw new UsageError(`-t ${t}: there are ${TIME_FORMATS.join(', ')}`);
  }
  const paint = terminalPaint();
  const summary = P || !(V || x);
  return (frame, input, out) => {
    if (summary) {
      const time = timeColumn(frame, input, t as TimeFormat);
      const problems = marked(frame.packet);
      const columns = columnsOf(frame.packet, problems);
      const line = summaryLine(frame.number, time, columns, input.wireLength);
      out.text(`${problems.length > 0 ? paint('yellow', line) : line}\n`);
    }
    if (V) out.text(treeText(frame, paint));
    if (x) out.text(`${summary && !V ? '\n' : ''}${dumpText(frame, paint)}`);
  };
}

function timeColumn(frame: FrameContext, { time }: InputFrame, format: TimeFormat): string {
  if (time === undefined) return '';
  const cut = (text: string | undefined): string =>
    (text ?? '').slice(0, (text ?? '').length - 9 + time.timeDigits);
  switch (format) {
    case 'r':
      return cut(frame.relative);
    case 'd':
      return cut(frame.delta);
    case 'e':
      return cut(frame.epoch);
    default:
      return clockText(time, format === 'ad');
  }
}
