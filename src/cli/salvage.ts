/** What is good of a damaged capture is written; the damage is told when that is done. */
import { fstatSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { PacketError } from '../bytes/error.js';
import { UsageError } from './usage.js';

/** Does the work; answers the damage of the input at which it ended. */
export async function untilDamage(work: () => Promise<unknown>): Promise<PacketError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const { code } = error as PacketError;
    if (code === 'BAD_CAPTURE' || code === 'TRUNCATED_CAPTURE') return error as PacketError;
    throw error;
  }
}

/** Whether what is written is the file that is read, which damage must not make shorter. */
export async function isSame(from: string, out: string): Promise<boolean> {
  if (out === '-') return false;
  const one = from === '-' ? fstatSync(0) : await stat(from);
  const other = await stat(out).catch(() => undefined);
  return one.dev === other?.dev && one.ino === other.ino;
}

/**
 * Throws `UsageError` where a file that somebody wrote, such as a topology, would be replaced by what
 * is made of it. (A capture may well be replaced by a capture.)
 */
export async function refuseSame(from: string, out: string): Promise<void> {
  // What is no file is told by those who read it.
  const same = await isSame(from, out).catch(() => false);
  if (same && (await stat(out)).isFile()) {
    throw new UsageError(`${out} is what is read: give another name to write to`);
  }
}
