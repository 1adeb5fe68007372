/** Runs a lab for `scenario` and `lab`: what is captured, printed and drawn of it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { Argv } from 'yargs';
import { PacketError } from '../bytes/error.js';
import { MemoryPcapWriter } from '../capture/pcap-writer.js';
import { LabCapture, LinkCaptures, newCapture } from '../lab/capture.js';
import type { Lab } from '../lab/lab.js';
import type { Link } from '../lab/link.js';
import { type Labeller, Story } from '../lab/story.js';
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
      describe: 'Print what happens, frame by frame (the default where nothing else is asked for)',
    });
}

/** The seed that was asked for. */
export function seedOf({ seed }: PlayArguments): number | undefined {
  return numberOption('--seed', seed, 0, Number.MAX_SAFE_INTEGER);
}

/** Watches a lab while `play` runs it; then writes and prints what was asked for. */
export async function playLab(
  argv: PlayArguments,
  lab: Lab,
  play: () => void | Promise<void>,
  label?: Labeller,
): Promise<void> {
  const { output, 'pcap-per-link': folder, diagram, tables } = argv;
  const explain =
    argv.explain || !(diagram || tables || output !== undefined || folder !== undefined);
  if (output === '-' && (explain || diagram || tables)) {
    throw new UsageError(
      '-o - takes standard output, where --diagram, --tables and --explain print',
    );
  }
  const whole = output === undefined ? undefined : newCapture();
  const links = folder === undefined ? undefined : new Map<Link, MemoryPcapWriter>();
  const story = explain || diagram ? new Story(label) : undefined;
  if (whole !== undefined) lab.watch(new LabCapture(whole));
  if (links !== undefined) lab.watch(new LinkCaptures((link) => newLink(links, link)));
  if (story !== undefined) lab.watch(story);
  await play();
  lab.recorder.end();
  if (whole !== undefined) await writeWhole(output as string, fill(whole.bytes()));
  if (links !== undefined) await writeLinks(folder as string, links);
  const print = new Output(process.stdout);
  if (explain) printLines(print, story?.explain() ?? []);
  if (diagram) printLines(print, story?.diagram() ?? []);
  if (tables) for (const { title, lines } of lab.tables()) printLines(print, [title, ...lines, '']);
  await print.flush();
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
  for (const [link, writer] of links) {
    await writeWhole(join(folder, `${fileName(link.name)}.pcap`), fill(writer.bytes()));
  }
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
