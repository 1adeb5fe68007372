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
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { describeUnless } from '../../support/needed.js';

/** Milliseconds after which something that is waited for counts as lost. */
const PATIENCE = 20_000;

/**
 * Turns IPv6 off for devices to come, says that it is there, then lives until its input ends. With
 * IPv6, Linux speaks on every device of its own accord.
 */
const HOLDER = `
{ echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; } 2>/dev/null
echo
exec cat
`;
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
  private readonly running: Set<ChildProcessWithoutNullStreams>;

  private constructor(holder: Holder) {
    this.holder = holder;
    this.running = new Set();
    this.folder = mkdtempSync(join(tmpdir(), 'framewright-'));
  }

  /** Makes one in which nothing is but `lo`, down. Devices have IPv6 where it is turned on. */
  static async open(): Promise<Namespace> {
    const holder = spawn('unshare', ['--net', 'sh', '-c', HOLDER], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await within<void>(
      () => 'a namespace',
      (done, fail) => {
        holder.stdout.once('data', () => done());
        holder.once('error', fail);
        holder.once('exit', (code) => fail(new Error(`unshare ended with ${code}`)));
      },
    );
    return new Namespace(holder);
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
      const code = await within<number | null>(
        () => 'its end',
        (done, fail) => {
          child.once('close', done);
          child.once('error', fail);
        },
      );
      if (code !== 0) throw new Error(`ended with ${code}`);
    } catch (error) {
      throw new Error(`${(error as Error).message}: ${said()}`);
    } finally {
      child.kill('SIGKILL');
    }
    return texts.stdout;
  }

  /** Runs a script of the shell, which stops at the first command that fails. */
  script(text: string): Promise<string> {
    return this.run(['sh', '-ec', text]);
  }

  /** Starts a command that lives until it is killed, at the latest by `close`. */
  start(
    command: readonly string[],
    { env }: Pick<CommandOptions, 'env'> = {},
  ): ChildProcessWithoutNullStreams {
    const inside = ['--target', `${this.holder.pid}`, '--net', '--', ...MORTAL, ...command];
    const child = spawn('nsenter', inside, { cwd: this.folder, env: { ...process.env, ...env } });
    this.running.add(child);
    child.once('close', () => this.running.delete(child));
    return child;
  }

  /** Ends everything that runs in it, and with it the namespace and its devices. */
  async close(): Promise<void> {
    const { holder, running } = this;
    await within<void>(
      () => "the namespace's end",
      (done) => {
        const check = (): void => {
          if (running.size === 0 && (holder.exitCode ?? holder.signalCode) !== null) done();
        };
        for (const child of running) child.once('close', check);
        holder.once('exit', check);
        for (const pid of processesIn(holder.pid as number)) kill(pid);
        check();
      },
    );
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Every process in the network namespace of one, with it. */
function processesIn(pid: number): number[] {
  const namespaceOf = (process: string): string | undefined => {
    try {
      return readlinkSync(`/proc/${process}/ns/net`);
    } catch {
      // It has ended.
      return undefined;
    }
  };
  const own = namespaceOf(`${pid}`);
  if (own === undefined) return [];
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return all.filter((name) => namespaceOf(name) === own).map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** A promise that is rejected unless it is done in time. `what` it is about. */
export function within<T>(
  what: () => string,
  action: (done: (value: T) => void, fail: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`${what()}: not within ${PATIENCE / 1000} s`));
    }, PATIENCE);
    const after =
      <V>(then: (value: V) => void) =>
      (value: V) => {
        clearTimeout(timer);
        then(value);
      };
    action(after(resolve), after(reject));
  });
}

/** Waits until a command that was started has said these words. */
export function untilSaid(
  child: ChildProcessWithoutNullStreams,
  stream: 'stdout' | 'stderr',
  words: string,
): Promise<void> {
  let said = '';
  return within<void>(
    () => `"${words}" (said: ${said})`,
    (done, fail) => {
      child[stream].on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes(words)) done();
      });
      child.once('exit', (code) => fail(new Error(`it ended with ${code}, and said: ${said}`)));
      child.once('error', fail);
    },
  );
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
  veth: 'ip link add v0 type veth peer name v1',
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
