/** How the command ends: 0, 1 for what can't be read or written, 2 for usage. */
import { PacketError } from '../bytes/error.js';

/** A call that makes no sense: exit code 2. */
export class UsageError extends Error {}

/** Says what went wrong in a line on standard error, and sets the exit code. */
export function fail(error: unknown): void {
  const { exitCode, text } = verdictOf(error);
  process.exitCode = exitCode;
  process.stderr.write(`framewright: ${text}\n`);
}

/** What an error means for the caller: the exit code, and the words. */
export function verdictOf(error: unknown): { exitCode: 1 | 2; text: string } {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (!isExpected(error)) {
    // A stack trace would tell a person nothing.
    const [line] = message.split('\n');
    return { exitCode: 1, text: `this is a defect in framewright: ${name}: ${line}` };
  }
  const usage = error instanceof UsageError || (error as PacketError).code === 'BAD_OPTION';
  return { exitCode: usage ? 2 : 1, text: message };
}

/** Whether an error is one that is told in words; any other is a defect of ours. */
export function isExpected(error: unknown): boolean {
  return (
    error instanceof PacketError ||
    error instanceof UsageError ||
    typeof (error as NodeJS.ErrnoException | null)?.syscall === 'string'
  );
}
