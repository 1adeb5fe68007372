/** Runs a lab for `scenario` and `lab`: what is captured, printed and drawn of it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { Argv } from 'yargs';
import { PacketError } from '../bytes/error.js';
import { MemoryPcapWriter } from '../capture/pcap-writer.js';
import {
  type CaptureEpoch,
  LabCapture,
  LinkCaptures,
  newCapture,
  newCaptureTo,
} from '../lab/capture.js';
import type { Lab } from '../lab/lab.js';
import type { Link } from '../lab/link.js';
import { Story } from '../lab/story.js';
import { numberOption, ONE_VALUE } from './arguments.js';
import { Output } from './output.js';
import { writeWhole } from './output-file.js';
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
      describe: 'A pcapng of all links, each an interface; - is standard output',
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

/** How a lab is played. */
export interface Play {
  /** It goes on in real time, from here on: its capture is written meanwhile. */
  readonly epoch?: CaptureEpoch | undefined;
}

/**
 * Watches a lab while `play` runs it; then writes and prints what was asked for. A run in real time
 * is told where its capture can't be written any more.
 */
export async function playLab(
  argv: PlayArguments,
  lab: Lab,
  play: (failed?: AbortSignal) => void | Promise<void>,
  { epoch }: Play = {},
): Promise<void> {
  const { output, 'pcap-per-link': folder, diagram, tables, explain } = argv;
  if (output === '-' && printsRun(argv)) {
    throw new UsageError(
      '-o - takes standard output, where --diagram, --tables and --explain print',
    );
  }
  const links = folder === undefined ? undefined : new Map<Link, MemoryPcapWriter>();
  const story = explain || diagram ? new Story() : undefined;
  if (links !== undefined) lab.watch(new LinkCaptures((link) => newLink(links, link), epoch));
  if (story !== undefined) lab.watch(story);
  // A capture of real time is read while it grows: there no frame waits for what is said after it.
  lab.recorder.patient = epoch === undefined;
  const run = async (failed?: AbortSignal): Promise<void> => {
    await play(failed);
    lab.recorder.end();
  };
  if (output === undefined) await run();
  else if (epoch === undefined) await capture(output, lab, run);
  else await captureLive(output, lab, run, epoch);
  if (links !== undefined) await writeLinks(folder as string, links);
  const print = new Output(process.stdout);
  if (explain) printLines(print, story?.explain() ?? []);
  if (diagram) printLines(print, story?.diagram() ?? []);
  if (tables) for (const { title, lines } of lab.tables()) printLines(print, [title, ...lines, '']);
  await print.flush();
}

async function capture(output: string, lab: Lab, run: () => Promise<void>): Promise<void> {
  const writer = newCapture();
  lab.watch(new LabCapture(writer));
  await run();
  await writeWhole(output, fill(writer.bytes()));
}

/** Milliseconds after which a frame is in the file, or with whoever reads standard output. */
const FLUSH_EVERY = 200;

/** Writes each frame when all is said of it. */
async function captureLive(
  output: string,
  lab: Lab,
  run: (failed: AbortSignal) => Promise<void>,
  epoch: CaptureEpoch,
): Promise<void> {
  const failed = new AbortController();
  await writeWhole(output, async (stream) => {
    const writer = newCaptureTo(stream);
    lab.watch(new LabCapture(writer, epoch));
    // A disk that is full, a reader that has gone: `close` rejects with it.
    const flush = (): Promise<void> => writer.flush().catch(() => failed.abort());
    const timer = setInterval(flush, FLUSH_EVERY);
    try {
      await run(failed.signal);
    } finally {
      clearInterval(timer);
    }
    await writer.close();
  });
}

function newLink(links: Map<Link, MemoryPcapWriter>, link: Link): MemoryPcapWriter {
  const writer = new MemoryPcapWriter({ precision: 'ns' });
  links.set(link, writer);
  return writer;
}

async function writeLinks(
  folder: string,
  links: ReadonlyMap<Link, MemoryPcapWriter>,
): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new PacketError('BAD_OPTION', `--pcap-per-link ${folder}: ${(error as Error).message}`);
  });
  const taken = new Set<string>();
  for (const [link, writer] of links) {
    const name = freeName(fileName(link.name), taken);
    await writeWhole(join(folder, `${name}.pcap`), fill(writer.bytes()));
  }
}

/** A name that no file of the run has: two links may differ in nothing but what no file's name has. */
function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  // Some file systems take A for a.
  for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${wanted}.${i}`;
  taken.add(name.toLowerCase());
  return name;
}

/** A link's name as a file's: `A:eth0-SW:1` becomes `A-eth0_SW-1`. */
function fileName(name: string): string {
  return name.replaceAll('-', '_').replace(/[^\w.]/g, '-');
}

function fill(bytes: Uint8Array) {
  return async (stream: Writable): Promise<void> => {
    stream.write(bytes);
  };
}

function printLines(output: Output, lines: readonly string[]): void {
  for (const line of lines) output.write(`${line}\n`);
}
