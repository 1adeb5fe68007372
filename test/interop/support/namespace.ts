/**
 * A network namespace of its own, made and torn down by a test: what happens in it touches nothing
 * outside. It is there as long as processes are in it, and these die with the process that started
 * them, whatever way it ends.
 */
import {
  type ChildProcessByStdio,
  type ChildProcessWithoutNullStreams,
  spawn,
  spawnSync,
} from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { describeUnless } from '../../support/needed.js';

/** Milliseconds after which something that is waited for counts as lost. */
export const PATIENCE = 10_000;

/** Says its process id, then lives until its input ends. */
const HOLDER = 'echo $$; exec cat';
/** Ends the command with its parent: the kernel sees to it. */
const MORTAL = ['setpriv', '--pdeathsig', 'KILL', '--'];

/** How to start a command. */
export interface CommandOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

type Holder = ChildProcessByStdio<Writable, Readable, null>;

/** A network namespace that is there until it is closed. */
export class Namespace {
  /** A folder for its files, removed with it. */
  readonly folder: string;
  private readonly holder: Holder;
  private readonly pid: string;
  private readonly running: Set<ChildProcessWithoutNullStreams>;

  private constructor(holder: Holder, pid: string) {
    this.holder = holder;
    this.pid = pid;
    this.running = new Set();
    this.folder = mkdtempSync(join(tmpdir(), 'framewright-'));
  }

  /** Makes one in which nothing is but `lo`, down. */
  static async open(): Promise<Namespace> {
    const holder = spawn('unshare', ['--net', 'sh', '-c', HOLDER], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const pid = await within<string>(PATIENCE, 'a namespace', (done, fail) => {
      holder.stdout.once('data', (chunk: Buffer) => done(chunk.toString().trim()));
      holder.once('error', fail);
      holder.once('exit', (code) => fail(new Error(`unshare ended with ${code}`)));
    });
    return new Namespace(holder, pid);
  }

  /** Runs a command to its end: answers what it printed. Rejects where it fails, with its words. */
  async run(command: readonly string[], options: CommandOptions = {}): Promise<string> {
    const child = this.start(command, options);
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    }
    const said = (): string => `${command.join(' ')}\n${texts.stdout}${texts.stderr}`;
    // What ends without having read its input says more by how it ends.
    child.stdin.on('error', () => {}).end(options.input ?? '');
    try {
      const code = await within<number | null>(PATIENCE, 'the end of a command', (done, fail) => {
        child.once('close', done);
        child.once('error', fail);
      });
      if (code !== 0) throw new Error(`ended with ${code}`);
    } catch (error) {
      throw new Error(`${(error as Error).message}: ${said()}`);
    } finally {
      child.kill('SIGKILL');
    }
    return texts.stdout;
  }

  /** Runs a script of the shell, which stops at the first command that fails. */
  script(text: string, env: CommandOptions['env'] = {}): Promise<string> {
    return this.run(['sh', '-e'], { input: text, env });
  }

  /** Starts a command that lives until it is killed, at the latest by `close`. */
  start(
    command: readonly string[],
    { env }: Pick<CommandOptions, 'env'> = {},
  ): ChildProcessWithoutNullStreams {
    const inside = ['--target', this.pid, '--net', '--', ...MORTAL, ...command];
    const child = spawn('nsenter', inside, { cwd: this.folder, env: { ...process.env, ...env } });
    this.running.add(child);
    child.once('close', () => this.running.delete(child));
    return child;
  }

  /** Ends everything that runs in it, and with it the namespace and its devices. */
  async close(): Promise<void> {
    const { holder, running } = this;
    await within<void>(PATIENCE, "the namespace's end", (done) => {
      const check = (): void => {
        if (running.size === 0 && (holder.exitCode ?? holder.signalCode) !== null) done();
      };
      for (const child of running) {
        child.once('close', check);
        child.kill('SIGKILL');
      }
      holder.once('exit', check);
      holder.stdin.end();
      check();
    });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A promise that is rejected unless it is done after so many milliseconds. */
export function within<T>(
  milliseconds: number,
  what: string | (() => string),
  action: (done: (value: T) => void, fail: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const words = typeof what === 'string' ? what : what();
      reject(new Error(`${words}: not within ${milliseconds / 1000} s`));
    }, milliseconds);
    const after =
      <V>(then: (value: V) => void) =>
      (value: V) => {
        clearTimeout(timer);
        then(value);
      };
    action(after(resolve), after(reject));
  });
}

/**
 * Asks for something again and again until it is what is wanted. For what can't be listened to: its
 * only news is that it has changed.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  wanted: (value: T) => boolean,
): Promise<T> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await ask();
    if (wanted(value)) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${PATIENCE / 1000} s: ${value}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What the tests in a namespace need beside root: devices are made to see whether they can be. */
const DEVICES = {
  vxlan:
    'ip link add v0 type veth peer name v1; ip link add vx type vxlan id 1 dstport 4789 dev v0',
  tap: 'test -w /dev/net/tun',
} as const;

/** What is needed: the kernel's devices, and tools. */
export interface Needs {
  readonly devices: readonly (keyof typeof DEVICES)[];
  readonly tools: readonly string[];
}

/** What is missing here of what is needed, in words; undefined where all is there. */
export function missing({ devices, tools }: Needs): string | undefined {
  const all = ['unshare', 'nsenter', 'setpriv', 'taskset', 'ip', ...tools];
  const absent = all.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  if (absent.length > 0) return `not installed: ${absent.join(', ')} (.ci/run has the packages)`;
  const inside = (script: string) =>
    spawnSync('unshare', ['--net', 'sh', '-ec', script], { encoding: 'utf8' });
  const { status, stderr } = inside('true');
  if (status !== 0) return `no network namespace can be made, which takes root (${stderr.trim()})`;
  const none = devices.filter((device) => inside(DEVICES[device]).status !== 0);
  return none.length > 0 ? `the kernel has no device: ${none.join(', ')}` : undefined;
}

/** `describe`, for tests that need a namespace, these devices and these tools. */
export function describeInNamespace(needs: Needs) {
  const lack = missing(needs);
  return describeUnless(
    lack === undefined ? undefined : `real end points prove nothing here: ${lack}`,
  );
}
