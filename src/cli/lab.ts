/** `framewright lab`: a network of the user's own, run in a box or joined to the real one. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import type { CaptureEpoch } from '../lab/capture.js';
import { plainText } from '../lab/plain-text.js';
import { topologyFormat } from '../lab/topology/format.js';
import type { StepOutcome } from '../lab/topology/script.js';
import type { Topology } from '../lab/topology/topology.js';
import { parseQuantity, quantityText, TIME } from '../lab/topology/units.js';
import { dash, lastOf, ONE_VALUE } from './arguments.js';
import { Attached, type Attachment, parseAttachment } from './attach.js';
import { Output } from './output.js';
import { Pacer } from './pacer.js';
import { type PlayArguments, playLab, playOptions, printsRun, seedOf } from './play-lab.js';
import { placeText, readTopology, type TopologyFile } from './read-topology.js';
import { refuseSame } from './salvage.js';
import { UsageError } from './usage.js';

interface LabArguments extends PlayArguments {
  file?: string | undefined;
  attach: string[];
  for?: string | undefined;
  format: boolean;
}

export const labCommand: CommandModule<object, LabArguments> = {
  command: 'lab [file]',
  describe: 'Run a network that a file describes, and capture it',
  builder: options,
  handler: lab,
};

function options(yargs: Argv<object>) {
  return playOptions(
    yargs.positional('file', {
      type: 'string',
      coerce: lastOf,
      describe: 'The topology in YAML or JSON; - is standard input. --format says what is in it',
    }),
  )
    .option('attach', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [] as string[],
      coerce: (all: string[]): string[] => all.map(dash),
      describe:
        'A link to the outside, in real time: NAME=udp:PORT, or NAME=udp:PORT:HOST:PORT for a peer that stays',
    })
    .option('for', {
      ...ONE_VALUE,
      describe:
        'How long a lab in real time runs, such as 10s (default: `until` in the file, or to the end of its steps)',
    })
    .option('format', {
      type: 'boolean',
      default: false,
      describe: 'Print what a topology may say, and do nothing else',
    })
    .example('$0 lab office.yaml -o office.pcapng', 'runs it, and tells what came of its steps')
    .example('$0 lab office.yaml --diagram', 'draws what happened')
    .example(
      '$0 lab office.yaml --attach SW:8=udp:9001',
      'joined to an interface by socat -b 65536 INTERFACE:v1 UDP4:127.0.0.1:9001',
    )
    .epilog(
      'With --attach the lab runs in real time, to --for, to `until` in the file, to the end of its steps, or to Ctrl-C; its captures grow under their names meanwhile.\n\nExit codes: 0 for success, 1 where the file is wrong or a step has not come out as its `expect` says, 2 usage.',
    );
}

async function lab(argv: ArgumentsCamelCase<LabArguments>): Promise<void> {
  const { file, format, attach } = argv;
  if (format) return printFormat(argv);
  if (file === undefined)
    throw new UsageError('give a file with a topology (--format describes it)');
  if (argv.for !== undefined && attach.length === 0) {
    throw new UsageError('--for is for labs in real time, with --attach; `until` is in the file');
  }
  const attachments = attach.map(parseAttachment);
  for (const [i, { name }] of attachments.entries()) {
    if (attachments.findIndex((other) => other.name === name) === i) continue;
    throw new UsageError(`--attach ${attach[i]}: ${name} is attached already`);
  }
  const end = argv.for === undefined ? undefined : parseQuantity(argv.for, TIME);
  if (argv.for !== undefined && end === undefined) {
    throw new UsageError(`--for ${argv.for}: expected ${quantityText(TIME)}`);
  }
  const seed = seedOf(argv);
  if (argv.output !== undefined) await refuseSame(file, argv.output);
  const read = await readTopology(file, seed === undefined ? {} : { seed });
  const { topology } = read;
  const told = argv.output === '-' || printsRun(argv) ? undefined : tellSteps(topology);
  try {
    if (attachments.length === 0)
      await playLab(argv, topology.lab, (flush) => play(topology, flush));
    else await playLive(argv, topology, attachments, end);
  } finally {
    await told?.();
    tellFailures(read, topology.script.failures);
  }
}

async function printFormat(argv: LabArguments): Promise<void> {
  const { file, attach, output: to, 'pcap-per-link': folder, seed } = argv;
  const given = [file, attach[0], argv.for, to, folder, seed];
  if (printsRun(argv) || given.some((one) => one !== undefined)) {
    throw new UsageError('--format prints what a topology may say, and takes nothing else');
  }
  const output = new Output(process.stdout);
  for (const line of topologyFormat()) output.write(`${line}\n`);
  await output.flush();
}

/** Prints what comes of each step when it is over. Answers a promise for when all is printed. */
function tellSteps({ script }: Topology): () => Promise<void> {
  const output = new Output(process.stdout);
  let printed = Promise.resolve();
  script.told = ({ title, lines, failure }) => {
    const mark = failure === undefined ? '' : '  ✗';
    const text = [`${title}${mark}`, ...lines.map((line) => `  ${line}`), ''].join('\n');
    printed = printed.then(() => {
      output.write(plainText(text));
      return output.flush();
    });
    // Told by the one who waits for it.
    printed.catch(() => {});
  };
  return () => printed;
}

function tellFailures(file: TopologyFile, failures: readonly StepOutcome[]): void {
  for (const { path, title, failure } of failures) {
    const text = plainText(`${placeText(file, path)}: ${title}: ${failure}`);
    process.stderr.write(`framewright: ${text}\n`);
    process.exitCode = 1;
  }
}

/** Plays a topology in virtual time. */
async function play(topology: Topology, flush: () => Promise<void>): Promise<void> {
  while (topology.runSome()) await flush();
}

/** Plays a topology in real time, joined to the outside. */
async function playLive(
  argv: PlayArguments,
  topology: Topology,
  attachments: readonly Attachment[],
  end: number | undefined,
): Promise<void> {
  const outsides = attachments.map((one) => ({ ...one, outside: topology.attach(one.name) }));
  const pacer = new Pacer(topology, end ?? topology.until);
  const opened: Attached[] = [];
  const stop = (): void => pacer.stop();
  // Once: a second Ctrl-C ends us at once.
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    // Before any file is written: it would be in vain where a port is taken.
    for (const one of outsides) {
      const received = (frame: Uint8Array): void => pacer.inject(one.outside, frame);
      opened.push(await Attached.open(one, one.outside, received));
    }
    const run = async (flush: () => Promise<void>): Promise<void> => {
      for (const { name, port } of outsides) {
        process.stderr.write(`framewright: ${name} is udp 127.0.0.1:${port}\n`);
      }
      await pacer.run(flush);
    };
    await playLab(argv, topology.lab, run, epochNow());
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
    for (const one of opened) one.close();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function epochNow(): CaptureEpoch {
  const now = Date.now();
  return { seconds: Math.floor(now / 1000), nanoseconds: (now % 1000) * 1_000_000 };
}
