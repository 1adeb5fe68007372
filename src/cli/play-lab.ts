/** Runs a lab for `scenario` and `lab`: what is captured, printed and drawn of it. */
import type { Argv } from 'yargs';
import { PacketError } from '../bytes/error.js';
import type { CaptureEpoch } from '../lab/capture.js';
import type { Lab } from '../lab/lab.js';
import { numberOption, ONE_VALUE } from './arguments.js';
import { RunRecord } from './record-run.js';
import { UsageError } from './usage.js';

/** The options that both verbs have. */
export interface PlayArguments {
  output?: string | undefined;
  'pcap-per-link'?: string | undefined;
  seed?: string | undefined;
  diagram: boolean;
  tables: boolean;
  explain: boolean;
}

export function playOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('output', {
      ...ONE_VALUE,
      alias: 'o',
      describe:
        'A capture of all links: .pcapng, where each is an interface, or .pcap, also .gz or .zst; - is standard output',
    })
    .option('pcap-per-link', {
      ...ONE_VALUE,
      describe: 'A folder for a pcap of each link; it is made where it is not there',
    })
    .option('seed', { ...ONE_VALUE, describe: 'Of all chance in it: a whole number (default 1)' })
    .option('diagram', {
      type: 'boolean',
      default: false,
      describe: 'Print a Mermaid sequence diagram, drawn from the frames',
    })
    .option('tables', {
      type: 'boolean',
      default: false,
      describe: "Print the devices' tables at the end, as Linux prints them",
    })
    .option('explain', {
      type: 'boolean',
      default: false,
      describe: 'Print what happens, frame by frame',
    });
}

/** The seed that was asked for. */
export function seedOf({ seed }: PlayArguments): number | undefined {
  return numberOption('--seed', seed, 0, Number.MAX_SAFE_INTEGER);
}

/** Whether one of the options has the run printed on standard output. */
export function printsRun({ explain, diagram, tables }: PlayArguments): boolean {
  return explain || diagram || tables;
}

/** Runs a lab. It calls `flush` now and then, so that what has happened is written before more does. */
export type Play = (flush: () => Promise<void>) => void | Promise<void>;

/**
 * Watches a lab while `play` runs it, and writes and prints what was asked for. What is wrong with the
 * lab, as in a ring of switches, is told when that is done. `epoch`: it runs in real time, from then on.
 */
export async function playLab(
  argv: PlayArguments,
  lab: Lab,
  play: Play,
  epoch?: CaptureEpoch,
): Promise<void> {
  if (argv.output === '-' && printsRun(argv)) {
    throw new UsageError(
      '-o - takes standard output, where --diagram, --tables and --explain print',
    );
  }
  const record = await RunRecord.begin(lab, argv, epoch);
  // A capture of real time is read while it grows: there no frame waits for what is said after it.
  lab.recorder.patient = epoch === undefined;
  let wrong: PacketError | undefined;
  try {
    await play(() => record.flush());
  } catch (error) {
    if (!(error instanceof PacketError)) {
      await record.abandon();
      throw error;
    }
    wrong = error;
  }
  await record.end();
  if (wrong !== undefined) throw wrong;
}
