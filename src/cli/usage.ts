/** How the command ends: 0, 1 for what can't be read or written, 2 for usage. */
import { PacketError } from '../bytes/error.js';

/** A call that makes no sense: exit code 2. */
export class UsageError extends Error {}

/** Says what went wrong in a line on standard error, and sets the exit code. */
export function fail(error: unknown): void {
  const usage = error instanceof UsageError || (error as PacketError).code === 'BAD_OPTION';
  process.exitCode = usage ? 2 : 1;
  const { message } = error as Error;
  process.stderr.write(`framewright: ${message}\n`);
}

/** Whether an error is one that is told in words; any other is a defect of ours. */
export function isExpected(error: unknown): boolean {
  return (
    error instanceof PacketError ||
    error instanceof UsageError ||
    typeof (error as NodeJS.ErrnoException).syscall === 'string'
  );
}
