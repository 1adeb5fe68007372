/** `framewright bench`: how fast frames are wrapped and taken out on this machine. */
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { PacketError } from '../bytes/error.js';
import { type KernelKind, kernelKind } from '../bytes/kernel.js';
import { ONE_VALUE, oneOf } from './arguments.js';
import {
  type BenchCase,
  benchCase,
  FRAMES,
  MAX_SIZE,
  MIN_SIZE,
  PROTOCOLS,
  type Way,
} from './bench-cases.js';
import { type Row, rowsOf, tableText, WAYS } from './bench-report.js';
import { Output } from './output.js';
import { terminalPaint } from './paint.js';
import { UsageError } from './usage.js';
import { version } from './version.js';

interface BenchArguments {
  size: string;
  protocol: string;
  seconds: string;
  kernel?: string | undefined;
  json: boolean;
}

/** Rounds of all ways in turn, so that what slows the machine slows them all. */
const ROUNDS = 15;

export const benchCommand: CommandModule<object, BenchArguments> = {
  command: 'bench',
  describe: 'Measure how fast frames are wrapped in tunnels on this machine',
  builder: options,
  handler: run,
};

function options(yargs: Argv<object>) {
  return yargs
    .option('size', {
      ...ONE_VALUE,
      default: '64,128,512,1400,imix',
      describe: `Bytes of the frames, ${MIN_SIZE}–${MAX_SIZE}, or imix (64, 594 and 1518 as 7:4:1)`,
    })
    .option('protocol', {
      ...ONE_VALUE,
      default: PROTOCOLS.join(','),
      describe: 'What they are wrapped in',
    })
    .option('seconds', {
      ...ONE_VALUE,
      default: '0.5',
      describe: 'Time for each protocol and size, 0.01–60',
    })
    .option('kernel', {
      ...ONE_VALUE,
      describe: 'webassembly or javascript (default webassembly, where there is one)',
    })
    .option('json', { type: 'boolean', default: false, describe: 'Print a JSON object' })
    .example('$0 bench', 'all of it, some eight seconds')
    .example('$0 bench --size 64,9000 --protocol vxlan --json', 'for a program')
    .epilog(
      'Before anything is measured, every frame of every way is compared with what build makes. Source ports and VNIs are given with each frame, and nothing of the packets inside is looked at. Gbit/s counts the frames inside. Of 802.1Q, decapsulate takes the tag out and puts it in again.',
    );
}

async function run(argv: ArgumentsCamelCase<BenchArguments>): Promise<void> {
  const protocols = argv.protocol.split(',').map((text) => oneOf('--protocol', text, PROTOCOLS));
  const sizes = argv.size.split(',').map(sizeOf);
  const seconds = Number(argv.seconds);
  if (!(seconds >= 0.01 && seconds <= 60)) {
    throw new UsageError(`--seconds ${argv.seconds}: expected 0.01–60`);
  }
  const kernel =
    argv.kernel === undefined
      ? kernelKind()
      : oneOf('--kernel', argv.kernel, ['webassembly', 'javascript']);
  const cases = protocols.flatMap((protocol) => sizes.map((size) => ({ protocol, size })));
  const output = new Output(process.stdout);
  const show = argv.json ? undefined : new Shown(output, kernel);
  const results: Row[] = [];
  await show?.begin();
  for (const { protocol, size } of cases) {
    if (output.closed) return;
    const rows =
      cases.length === 1
        ? measured(benchCase(protocol, size, kernel), seconds)
        : await elsewhere(['--protocol', protocol, '--size', size, '--kernel', kernel], seconds);
    results.push(...rows);
    await show?.rows(rows);
  }
  if (show !== undefined) return;
  const all = { ...machine(kernel), frames: FRAMES, rounds: ROUNDS, seconds, results };
  output.write(`${JSON.stringify(all, undefined, 2)}\n`);
  await output.flush();
}

/**
 * Measures in a process of its own: an engine that has seen one tunnel, or one size, runs the next
 * otherwise. Tags in place took 5 ns alone, 11 behind others (Node 20).
 */
async function elsewhere(args: readonly string[], seconds: number): Promise<Row[]> {
  const command = [
    process.argv[1] as string,
    'bench',
    ...args,
    '--json',
    '--seconds',
    `${seconds}`,
  ];
  const child = promisify(execFile)(process.execPath, [...process.execArgv, ...command]);
  const { stdout } = await child.catch((error: Error & { stderr?: string }) => {
    throw new PacketError('BAD_VALUE', error.stderr?.trim() || error.message);
  });
  return (JSON.parse(stdout) as { results: Row[] }).results;
}

function sizeOf(text: string): string {
  if (text === 'imix') return text;
  const size = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (size >= MIN_SIZE && size <= MAX_SIZE) return text;
  throw new UsageError(`--size ${text}: expected ${MIN_SIZE}–${MAX_SIZE} or imix`);
}

/** The machine, as far as the numbers depend on it. */
function machine(kernel: KernelKind) {
  return {
    framewright: version(),
    node: process.versions.node,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    kernel,
  };
}

/** The tables, one after the other as they come. */
class Shown {
  private readonly output: Output;
  private readonly kernel: KernelKind;

  constructor(output: Output, kernel: KernelKind) {
    this.output = output;
    this.kernel = kernel;
  }

  async begin(): Promise<void> {
    const { framewright, node, cpu } = machine(this.kernel);
    this.output.write(
      `framewright ${framewright}, ${this.kernel} kernel, Node ${node}, ${cpu}\n${FRAMES} frames in turn; the median of ${ROUNDS} rounds, ± half of what lies between its quartiles\n\n`,
    );
    await this.output.flush();
  }

  async rows(rows: readonly Row[]): Promise<void> {
    const { stdout, env } = process;
    const plain = stdout.isTTY !== true || (env['NO_COLOR'] ?? '') !== '';
    this.output.write(tableText(rows, stdout.columns ?? 80, plain, terminalPaint()));
    await this.output.flush();
  }
}

/** Passes before anything is measured: the engine optimises what has run for a while. */
const WARM_PASSES = 30;

function measured(one: BenchCase, seconds: number): Row[] {
  const { ways } = one;
  const slice = (seconds * 1000) / (ROUNDS * WAYS.length);
  const passes = {} as Record<Way, number>;
  const samples = {} as Record<Way, number[]>;
  for (const way of WAYS) {
    timed(ways[way], WARM_PASSES);
    passes[way] = Math.max(1, Math.round(slice / timed(ways[way], 1)));
    samples[way] = [];
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of WAYS) {
      const milliseconds = timed(ways[way], passes[way]);
      samples[way].push((milliseconds * 1e6) / (passes[way] * FRAMES));
    }
  }
  return rowsOf(one, samples);
}

/** Milliseconds of so many passes. */
function timed(pass: () => void, passes: number): number {
  const started = performance.now();
  for (let i = 0; i < passes; i++) pass();
  return performance.now() - started;
}
