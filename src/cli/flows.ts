/** `framewright flows`: who talked with whom, how much and when. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { PacketError } from '../bytes/error.js';
import { bindings as ours } from '../packet/bindings.js';
import type { FlowSymmetry } from '../packet/flow-level.js';
import { type Flow, FlowTable } from '../packet/flow-table.js';
import { FILE_NAMES, FRAME_OPTIONS, ONE_VALUE, oneOf, wholeOption } from './arguments.js';
import { decodeAs } from './decode-as.js';
import { eachFlowFrame } from './flow-frames.js';
import { type InputFrame, openInput } from './input.js';
import { Output } from './output.js';
import { type FlowFile, flowLines, flowTable, HASHES, type ShowFlows } from './show-flows.js';
import { fail, UsageError } from './usage.js';

interface FlowsArguments {
  files: string[];
  level: string;
  directed: boolean;
  'by-vni': boolean;
  T: string;
  sort?: string | undefined;
  'community-id': boolean;
  hash: boolean;
  toeplitz: boolean;
  'max-flows'?: string | undefined;
  d: string[];
  'max-record'?: string | undefined;
}

export const flowsCommand: CommandModule<object, FlowsArguments> = {
  command: 'flows <files..>',
  describe: 'Print the flows of captures: who talked with whom, how much and when',
  builder: options,
  handler: flows,
};

function options(yargs: Argv<object>) {
  return yargs
    .positional('files', {
      ...FILE_NAMES,
      demandOption: true,
      describe: 'Captures, or hex as decode reads it; - is standard input. Each has its own table',
    })
    .option('level', {
      ...ONE_VALUE,
      default: 'all',
      describe: 'Of tunnelled packets: outer (the first IP header), inner (the last), or all',
    })
    .option('directed', {
      type: 'boolean',
      default: false,
      describe: 'Each direction is a flow of its own',
    })
    .option('by-vni', {
      type: 'boolean',
      default: false,
      describe: 'Tunnelled flows with the same ends in other VNIs are others',
    })
    .option('T', {
      ...ONE_VALUE,
      default: 'text',
      describe: 'text, or jsonl (a JSON object a flow)',
    })
    .option('sort', {
      ...ONE_VALUE,
      describe: 'By packets or bytes (the most first) or time (the earliest first)',
    })
    .option('community-id', {
      type: 'boolean',
      default: false,
      describe: 'A column (Community ID v1)',
    })
    .option('hash', { type: 'boolean', default: false, describe: 'A column (MurmurHash3)' })
    .option('toeplitz', {
      type: 'boolean',
      default: false,
      describe: 'A column (RSS, default key)',
    })
    .option('max-flows', {
      ...ONE_VALUE,
      describe: 'The most flows that are kept in memory (default 262144)',
    })
    .options(FRAME_OPTIONS)
    .example('$0 flows cap.pcap', 'every flow, of every level of tunnelled packets')
    .example('$0 flows cap.pcap --level inner --sort bytes', 'who fills the tunnels')
    .example('$0 flows cap.pcap -T jsonl', 'a JSON object a flow, with Community ID and hashes');
}

async function flows(argv: ArgumentsCamelCase<FlowsArguments>): Promise<void> {
  const bindings = decodeAs(ours, argv.d);
  const maxRecord = wholeOption(argv['max-record'], '--max-record');
  const maxFlows = wholeOption(argv['max-flows'], '--max-flows');
  const levels = oneOf('--level', argv.level, ['outer', 'inner', 'all']);
  const symmetry: FlowSymmetry = argv.directed ? 'directed' : 'symmetric';
  const show = showing(argv, symmetry);
  const order = argv.sort === undefined ? undefined : ORDERS[oneOf('--sort', argv.sort, SORTS)];
  const output = new Output(process.stdout);
  for (const path of argv.files) {
    const table = new FlowTable({
      levels,
      symmetry,
      byVni: argv['by-vni'],
      ...(maxFlows === undefined ? {} : { maxFlows }),
    });
    const file: FlowFile = {
      name: path === '-' ? 'standard input' : path,
      begin: undefined,
      timeDigits: 6,
    };
    let error: unknown;
    try {
      const input = await openInput(path, maxRecord);
      await eachFlowFrame(input, bindings, table, ({ frame }) => noteTime(file, frame.time));
    } catch (thrown) {
      error = thrown;
    }
    // What could be read is printed before the error.
    for (const line of show(
      order === undefined ? table.flows : table.flows.toSorted(order),
      file,
    )) {
      output.write(line);
      if (output.due) await output.flush();
    }
    await output.flush();
    if (error !== undefined) fail(error);
    if (table.missed > 0) fail(tooManyFlows(file, table));
  }
}

function noteTime(file: FlowFile, time: InputFrame['time']): void {
  if (time === undefined) return;
  const { seconds, nanoseconds, timeDigits } = time;
  file.begin ??= { seconds, nanoseconds };
  if (timeDigits > file.timeDigits) file.timeDigits = timeDigits;
}

function tooManyFlows({ name }: FlowFile, { flows: { length }, missed }: FlowTable): PacketError {
  return new PacketError(
    'OUT_OF_RANGE',
    `${name}: more than ${length} flows; ${missed} packets are in none of these (--max-flows raises it)`,
  );
}

function showing(argv: ArgumentsCamelCase<FlowsArguments>, symmetry: FlowSymmetry): ShowFlows {
  const form = oneOf('-T', argv.T, ['text', 'jsonl']);
  const chosen = HASHES.filter((name) => argv[name]);
  const many = argv.files.length > 1;
  if (form === 'text') return flowTable({ symmetry, hashes: chosen, named: many });
  if (chosen.length > 0) throw new UsageError(`--${chosen[0]} is a column of -T text`);
  return flowLines({ symmetry, hashes: HASHES, named: many });
}

type Order = (one: Flow, other: Flow) => number;
const SORTS = ['packets', 'bytes', 'time'] as const;
/** Flows with the same stay in order of their numbers. */
const ORDERS: Readonly<Record<(typeof SORTS)[number], Order>> = {
  packets: (one, other) => other.packets - one.packets,
  bytes: (one, other) => other.bytes - one.bytes,
  time: ({ first: one }, { first: other }) => {
    if (one === undefined || other === undefined) return 0;
    return one.seconds - other.seconds || one.nanoseconds - other.nanoseconds;
  },
};
