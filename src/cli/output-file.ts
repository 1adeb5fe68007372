/**
 * Output files that appear only when they are whole: written to a hidden file beside the target,
 * renamed at the end, removed on an error, on process.exit and on a signal. And folders for them.
 */
import { randomUUID } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import {
  access,
  chmod,
  chown,
  constants,
  lstat,
  mkdir,
  open,
  readlink,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { PacketError } from '../bytes/error.js';

/** Fills the stream; `writeWhole` ends it, unless this has (a pipeline does). */
export type Writer = (stream: Writable) => Promise<void>;

/**
 * Writes a file through `write`. The path shows the old content, or nothing, until all is written.
 * A symbolic link is followed and stays; an existing file's mode, and where allowed its owner, are
 * kept (its other hard links keep the old content). `-` is standard output; it and whatever is no
 * regular file (a device, a FIFO) are written directly, and so is a file that `grows` where it can be
 * seen: what is of use while it is written, and when it is cut off.
 *
 * Throws `BAD_OPTION` when the path can't be a file; errors of `write` pass through, errors of the
 * system (a full disk, EPIPE) keep their `code`.
 */
export async function writeWhole(path: string, write: Writer, grows = false): Promise<void> {
  if (path === '-') return writeStdout(write);
  const target = await resolveTarget(path);
  if (target.direct || grows) {
    const handle = await naming(path, open(path, 'w'));
    return runWriter(path, handle.createWriteStream(), write);
  }
  // A short name of its own: the target's may already be as long as names can be.
  const temporary = join(dirname(target.path), `.framewright-${randomUUID()}.part`);
  // Kept before the file is there, so that no signal can fall in between.
  keep(temporary);
  try {
    const handle = await naming(path, open(temporary, 'wx', target.mode ?? 0o666));
    await runWriter(path, handle.createWriteStream(), write);
    await copyOwnerAndMode(temporary, target);
    await naming(path, rename(temporary, target.path));
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  } finally {
    release(temporary);
  }
}

/**
 * Makes a folder, and those that it is in, where they are not there. Throws `BAD_OPTION` where a file
 * has the name; errors of the system keep their `code`. Answers those that it made, the last one first.
 */
export async function makeFolder(path: string): Promise<string[]> {
  if (path === '') throw bad(path, 'expected the name of a folder');
  const found = await stat(path).catch(ignoring('ENOENT', path));
  if (found !== undefined) {
    if (!found.isDirectory()) throw bad(path, 'is no folder; expected the name of a folder');
    await naming(path, access(path, constants.W_OK | constants.X_OK));
    return [];
  }
  const parent = dirname(path);
  // One by one: Node's own `recursive` never ends in /proc, where nothing can be made (Node 20).
  const made = parent === path ? [] : await makeParent(parent);
  await naming(path, mkdir(path).catch(ignoringExisting));
  // A link that leads nowhere is there, and is no folder.
  if (!(await stat(path).catch(ignoring('ENOENT', path)))) {
    throw bad(path, 'is a link that leads nowhere; expected the name of a folder');
  }
  return [path, ...made];
}

async function makeParent(path: string): Promise<string[]> {
  const found = await stat(path).catch(ignoring('ENOENT', path));
  return found === undefined ? makeFolder(path) : [];
}

/** Somebody else may have made it meanwhile. */
function ignoringExisting(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}

interface Target {
  /** Where links led: the file to replace. */
  readonly path: string;
  readonly direct: boolean;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

async function resolveTarget(path: string): Promise<Target> {
  if (path === '') throw bad(path, 'expected the name of a file');
  const found = await stat(path).catch(ignoring('ENOENT', path));
  if (found?.isDirectory()) throw bad(path, 'is a folder; expected the name of a file');
  // Without its slash the missing folder's name would go to a file.
  if (!found && path.endsWith('/')) throw bad(path, 'there is no such folder; expected a file');
  if (found && !found.isFile()) return { path, direct: true };
  const end = await followLinks(path);
  // What /dev/stdout leads to is open already: replaced, its owner would go on with the old file.
  if (end === undefined) return { path, direct: true };
  const folder = dirname(end);
  const parent = await stat(folder).catch(ignoring('ENOENT', path));
  if (!parent) throw bad(path, `the folder ${folder} does not exist`);
  if (!parent.isDirectory()) throw bad(path, `${folder} is not a folder`);
  if (!found) return { path: end, direct: false };
  // A rename would replace even a file that is protected against writing.
  await naming(path, access(end, constants.W_OK));
  return { path: end, direct: false, mode: found.mode & 0o7777, uid: found.uid, gid: found.gid };
}

/** The end of a chain of links, which need not exist; undefined when it passes an open file. */
async function followLinks(path: string): Promise<string | undefined> {
  let at = resolve(path);
  for (let hops = 0; hops < 40; hops++) {
    if (/^\/(?:proc|dev\/(?:fd\/|std))/.test(at)) return undefined;
    const info = await lstat(at).catch(ignoring('ENOENT', path));
    if (!info?.isSymbolicLink()) return at;
    at = resolve(dirname(at), await naming(path, readlink(at)));
  }
  throw bad(path, 'is a chain of more than 40 links');
}

async function copyOwnerAndMode(temporary: string, target: Target): Promise<void> {
  const { mode, uid, gid } = target;
  if (mode === undefined || uid === undefined || gid === undefined) return;
  const made = await stat(temporary);
  // Only root may give a file away; for others the content matters more.
  if (made.uid !== uid || made.gid !== gid) await chown(temporary, uid, gid).catch(() => {});
  // After chown, which clears bits, and because of the umask.
  await chmod(temporary, mode);
}

/** Runs the writer and waits until everything is flushed; the stream is closed in any case. */
async function runWriter(path: string, stream: Writable, write: Writer): Promise<void> {
  const closed = new Promise<void>((done) => stream.once('close', done));
  // `finished` alone decides about errors of the stream: a writer that waits for 'drain' on a full
  // disk would wait for ever.
  const done = naming(path, finished(stream));
  try {
    const written = write(stream).then(() => {
      if (!stream.writableEnded) stream.end();
    });
    await Promise.all([naming(path, written), done]);
  } finally {
    done.catch(() => {});
    stream.destroy();
    await closed;
  }
}

async function writeStdout(write: Writer): Promise<void> {
  const { stdout } = process;
  // Without a listener EPIPE (`framewright … | head`) would end the process with a stack trace.
  const ignore = () => {};
  stdout.on('error', ignore);
  // Standard output must not be ended: the process may have more to say.
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      stdout.write(chunk, (error) => done(error));
    },
  });
  try {
    await runWriter('-', stream, write);
  } finally {
    // The error event comes after the callback.
    await new Promise((next) => setImmediate(next));
    stdout.off('error', ignore);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Temporary files that are there now; listeners are there only as long as this is not empty. */
const pending = new Set<string>();

function keep(file: string): void {
  if (pending.size === 0) {
    process.on('exit', removePending);
    // First of all: a `once` listener is gone from the count by the time that it runs.
    for (const signal of SIGNALS) process.prependListener(signal, onSignal);
  }
  pending.add(file);
}

function release(file: string): void {
  if (!pending.delete(file) || pending.size > 0) return;
  process.off('exit', removePending);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function removePending(): void {
  for (const file of pending) {
    try {
      unlinkSync(file);
    } catch {
      // Not made yet, or renamed already.
    }
  }
}

function onSignal(signal: NodeJS.Signals): void {
  // Who else listens decides how to end: a capture may want to finish its file. If they exit the
  // process, removePending still runs.
  if (process.listenerCount(signal) > 1) return;
  removePending();
  for (const each of SIGNALS) process.off(each, onSignal);
  // Now without a listener: ends the process as the signal would have.
  process.kill(process.pid, signal);
}

function bad(path: string, message: string): PacketError {
  return new PacketError('BAD_OPTION', `${outputName(path)}: ${message}`);
}

/** What messages call an output. */
function outputName(path: string): string {
  return path === '-' ? 'standard output' : `output ${JSON.stringify(path)}`;
}

function ignoring(code: string, path: string): (error: unknown) => undefined {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== code) throw named(path, error);
  };
}

async function naming<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw named(path, error);
  });
}

/** A system error that says which output it is about, with its code. */
function named(path: string, error: unknown): unknown {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined || code === undefined) return error;
  const why: Record<string, string> = {
    EACCES: 'no permission to write there',
    EPERM: 'no permission to write there',
    EMFILE: 'too many files are open (see ulimit -n)',
    ENOENT: 'no file can be made there',
    ENOSPC: 'the disk is full',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'part of the path is not a folder',
    ELOOP: 'the links lead in a circle',
  };
  const text = `${outputName(path)}: ${why[code] ?? message}`;
  return Object.assign(new Error(text, { cause: error }), { code, syscall });
}
