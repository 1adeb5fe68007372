/** What is written and printed of a lab's run, while it goes on. */
import { realpath, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PcapWriter } from '../capture/pcap-writer.js';
import { type CaptureEpoch, LabCapture, LinkCaptures, newCaptureTo } from '../lab/capture.js';
import type { Lab } from '../lab/lab.js';
import type { Link } from '../lab/link.js';
import { Diagram, explained, Storyteller } from '../lab/story.js';
import { type CaptureTarget, sinkOf, targetOf, tellLosses } from './capture-target.js';
import { Output } from './output.js';
import { makeFolder } from './output-file.js';
import { counted } from './rewrite.js';
import { RunFiles } from './run-files.js';
import { UsageError } from './usage.js';

/** What is wanted of a run. */
export interface Wanted {
  readonly output?: string | undefined;
  readonly 'pcap-per-link'?: string | undefined;
  readonly explain: boolean;
  readonly diagram: boolean;
  readonly tables: boolean;
}

/** Watches a lab, and has everything in its place when the run is over. */
export class RunRecord {
  private readonly lab: Lab;
  private readonly wanted: Wanted;
  private readonly epoch: CaptureEpoch | undefined;
  private readonly print: Output;
  private readonly files: RunFiles;
  /** Folders that were not there before. */
  private readonly made: string[];
  private readonly diagram: Diagram | undefined;
  private readonly teller: Storyteller | undefined;
  /** The writer of a pcap of all links, and how many there are. */
  private whole: { readonly writer: PcapWriter; links: number } | undefined;

  private constructor(lab: Lab, wanted: Wanted, epoch: CaptureEpoch | undefined) {
    const { explain } = wanted;
    this.lab = lab;
    this.wanted = wanted;
    this.epoch = epoch;
    this.print = new Output(process.stdout);
    this.files = new RunFiles(epoch !== undefined);
    this.made = [];
    const diagram = wanted.diagram ? new Diagram() : undefined;
    this.diagram = diagram;
    this.teller = undefined;
    this.whole = undefined;
    if (!explain && diagram === undefined) return;
    this.teller = new Storyteller((step) => {
      if (explain) for (const line of explained(step)) this.print.write(`${line}\n`);
      diagram?.add(step);
    });
    lab.watch(this.teller);
  }

  /**
   * Begins. `epoch`: the run goes on in real time, from then on: its files are read while they grow.
   * Rejects where a file can't be written.
   */
  static async begin(lab: Lab, wanted: Wanted, epoch?: CaptureEpoch): Promise<RunRecord> {
    const record = new RunRecord(lab, wanted, epoch);
    try {
      await record.open();
    } catch (error) {
      await record.abandon();
      throw error;
    }
    return record;
  }

  private async open(): Promise<void> {
    const { output, 'pcap-per-link': folder } = this.wanted;
    const target = output === undefined ? undefined : targetOf(output, undefined);
    if (folder !== undefined) this.made.push(...(await makeFolder(folder)));
    if (target !== undefined) this.captureAll(target);
    if (folder !== undefined) await this.captureEach(folder, output);
    await this.files.flush();
  }

  /** Writes and prints what has happened up to now, and lets others have a turn. */
  async flush(): Promise<void> {
    this.teller?.catchUp();
    await this.files.flush();
    await this.print.flush();
    await new Promise((next) => setImmediate(next));
  }

  /** The run is over. */
  async end(): Promise<void> {
    const { wanted, whole, print, diagram } = this;
    this.lab.recorder.end();
    this.teller?.catchUp();
    await this.files.finish();
    if (whole !== undefined) tellLosses(wanted.output as string, lossesOf(whole));
    for (const line of diagram?.lines() ?? []) await this.line(line);
    for (const { title, lines } of wanted.tables ? this.lab.tables() : []) {
      for (const line of [title, ...lines, '']) await this.line(line);
    }
    await print.flush();
  }

  /** The run has failed, and what was seen of it is of no use. */
  async abandon(): Promise<void> {
    await this.files.abandon();
    // A folder into which somebody else has written meanwhile stays.
    for (const folder of this.made) await rmdir(folder).catch(() => {});
  }

  private async line(line: string): Promise<void> {
    this.print.write(`${line}\n`);
    if (this.print.due) await this.print.flush();
  }

  private captureAll(target: CaptureTarget): void {
    const { files, epoch } = this;
    if (target.format !== 'pcap') {
      const writer = files.open(target.path, (stream) => newCaptureTo(sinkOf(stream, target)));
      this.watchLinks(new LabCapture(writer, epoch));
      return;
    }
    const writer = files.open(target.path, (stream) => newPcap(sinkOf(stream, target)));
    const whole = { writer, links: 0 };
    this.whole = whole;
    const open = (): PcapWriter => {
      whole.links++;
      return writer;
    };
    this.watchLinks(new LinkCaptures(open, epoch));
  }

  private async captureEach(folder: string, output: string | undefined): Promise<void> {
    const there = await realpath(folder);
    const whole = output === undefined || output === '-' ? undefined : await placeOf(output);
    const taken = new Set<string>();
    const open = (link: Link): PcapWriter => {
      const name = `${freeName(fileName(link.name), taken)}.pcap`;
      if (join(there, name) === whole) {
        throw new UsageError(`-o ${output} is where --pcap-per-link writes link ${link.name}`);
      }
      return this.files.open(join(folder, name), newPcap);
    };
    this.watchLinks(new LinkCaptures(open, this.epoch));
  }

  /** Links that are there are in the captures, whether anything happens on them or not. */
  private watchLinks(captures: LabCapture | LinkCaptures): void {
    for (const link of this.lab.links) if (link.tapped) captures.add(link);
    this.lab.watch(captures);
  }
}

type PcapSink = ConstructorParameters<typeof PcapWriter>[0];

function newPcap(sink: PcapSink): PcapWriter {
  return new PcapWriter(sink, { precision: 'ns' });
}

/** What a pcap has no place for. */
function lossesOf({ writer, links }: { writer: PcapWriter; links: number }): string[] {
  const { frameCount } = writer;
  return [
    ...(frameCount > 0 ? [`comments, flags and the like of ${counted(frameCount, 'frame')}`] : []),
    ...(links > 0 ? [counted(links, 'interface description')] : []),
  ];
}

/** Where a file is or will be, whatever links lead there; undefined: nowhere. */
async function placeOf(path: string): Promise<string | undefined> {
  const folder = await realpath(dirname(path)).catch(() => undefined);
  return folder && join(folder, basename(path));
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
