/** `framewright follow`: what the ends of a TCP or UDP flow said to each other, in order. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { IP_PROTOCOL } from '../headers/numbers.js';
import { type Bindings, bindings as ours, type Protocols } from '../packet/bindings.js';
import { type Flow, FlowTable } from '../packet/flow-table.js';
import { dash, FRAME_OPTIONS, ONE_VALUE, oneOf, wholeOption } from './arguments.js';
import { decodeAs } from './decode-as.js';
import { eachFlowFrame } from './flow-frames.js';
import { Follower, type Transcript, type Way } from './follow-flow.js';
import { openInput } from './input.js';
import { Output } from './output.js';
import { writeWhole } from './output-file.js';
import { refuseSame } from './salvage.js';
import {
  gapText,
  SAID_FORMS,
  type SaidForm,
  sayer,
  transcriptEnd,
  transcriptStart,
} from './show-said.js';
import { fail, UsageError } from './usage.js';

/** More would bury what matters. */
const MAX_NOTES = 20;

interface FollowArguments {
  file: string;
  flow: string;
  as?: string | undefined;
  direction: string;
  o?: string | undefined;
  'by-vni': boolean;
  d: string[];
  'max-record'?: string | undefined;
}

export const followCommand: CommandModule<object, FollowArguments> = {
  command: 'follow <file>',
  describe: 'Print what the ends of a TCP or UDP flow said to each other',
  builder: options,
  handler: follow,
};

function options(yargs: Argv<object>) {
  return yargs
    .positional('file', {
      type: 'string',
      demandOption: true,
      coerce: dash,
      describe: 'A capture, or hex as decode reads it; - is standard input',
    })
    .option('flow', {
      ...ONE_VALUE,
      demandOption: true,
      describe: 'The number of the flow, as framewright flows prints it',
    })
    .option('as', {
      ...ONE_VALUE,
      describe: `${SAID_FORMS.join(', ')} (default ascii): as tshark's follow prints them; jsonl is an object a piece`,
    })
    .option('direction', {
      ...ONE_VALUE,
      default: 'both',
      describe:
        'both, client (what it sent) or server; the client sent the SYN, or else spoke first',
    })
    .option('o', {
      ...ONE_VALUE,
      describe: 'Write the bytes themselves to this file; - is standard output',
    })
    .option('by-vni', {
      type: 'boolean',
      default: false,
      describe: 'Flows are numbered as framewright flows --by-vni does it',
    })
    .options(FRAME_OPTIONS)
    .example('$0 follow cap.pcap --flow 3', 'as text; what the server sent is set in')
    .example('$0 follow cap.pcap --flow 3 --direction server -o page.bin', 'the bytes themselves');
}

async function follow(argv: ArgumentsCamelCase<FollowArguments>): Promise<void> {
  const bindings = decodeAs(ours, argv.d);
  const maxRecord = wholeOption(argv['max-record'], '--max-record');
  const number = wholeOption(argv.flow, '--flow') ?? 0;
  const form = oneOf('--as', argv.as ?? 'ascii', SAID_FORMS);
  const way = oneOf('--direction', argv.direction, ['both', 'client', 'server'] as const);
  if (argv.o !== undefined && argv.as !== undefined) {
    throw new UsageError('--as is for what is printed, -o writes the bytes as they are');
  }
  if (argv.o !== undefined) await refuseSame(argv.file, argv.o);
  const input = { file: argv.file, bindings, maxRecord };
  const { transcript, error } = await gather(input, number, argv['by-vni']);
  const { notes } = transcript;
  for (const text of notes.slice(0, MAX_NOTES)) note(text);
  if (notes.length > MAX_NOTES) note(`${notes.length - MAX_NOTES} more notes are left out`);
  if (argv.o === undefined) await print(transcript, way, form);
  else await write(argv.o, transcript, way);
  // What could be read is printed before the error.
  if (error !== undefined) fail(error);
}

interface Found {
  readonly transcript: Transcript;
  /** Why the input could not be read to its end. */
  readonly error: unknown;
}

interface Source {
  readonly file: string;
  readonly bindings: Bindings<Protocols>;
  readonly maxRecord: number | undefined;
}

async function gather(
  { file, bindings, maxRecord }: Source,
  number: number,
  byVni: boolean,
): Promise<Found> {
  const table = new FlowTable({ byVni });
  const follower = new Follower(number, byVni);
  let error: unknown;
  try {
    const input = await openInput(file, maxRecord);
    await eachFlowFrame(input, bindings, table, (frame) => follower.take(frame));
  } catch (thrown) {
    error = thrown;
  }
  const transcript = follower.end();
  if (transcript !== undefined) {
    mustBeFollowable(transcript.flow);
    return { transcript, error };
  }
  // A file that can't be read has no flows: that is the news.
  if (error !== undefined) throw error;
  const { length } = table.flows;
  const there = length === 0 ? 'has no flows' : `has the flows 1 to ${length}`;
  throw new UsageError(`--flow ${number}: ${nameOf(file)} ${there} (see framewright flows)`);
}

function mustBeFollowable({ number, tuple: { protocol, srcPort } }: Flow): void {
  const streams = protocol === IP_PROTOCOL.TCP || protocol === IP_PROTOCOL.UDP;
  if (streams && srcPort !== undefined) return;
  const what = streams
    ? 'has no ports: fragments whose first is another flow'
    : `has IP protocol ${protocol}`;
  throw new UsageError(`--flow ${number} ${what}; TCP and UDP can be followed`);
}

async function print(transcript: Transcript, way: Way | 'both', form: SaidForm): Promise<void> {
  const output = new Output(process.stdout);
  output.write(transcriptStart(transcript, form));
  const show = sayer(form);
  for (const one of transcript.said) {
    if (way !== 'both' && one.from !== way) continue;
    output.write(show(one));
    if (output.due) await output.flush();
    if (output.closed) return;
  }
  output.write(transcriptEnd(form));
  await output.flush();
}

/** Writes the bytes that are there, and says which are not. */
async function write(path: string, { said }: Transcript, way: Way | 'both'): Promise<void> {
  const wanted = said.filter(({ from }) => way === 'both' || from === way);
  await writeWhole(path, async (stream) => {
    for (const { bytes } of wanted) {
      if (bytes === undefined || stream.write(bytes)) continue;
      await new Promise((done) => stream.once('drain', done));
    }
  });
  for (const one of wanted) {
    if (one.bytes === undefined) note(`${one.from}: ${gapText(one)}`);
  }
}

function note(text: string): void {
  process.stderr.write(`framewright: ${text}\n`);
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}
