/** Tests that need more than Node: skipped loudly where it is missing, an error where `CI` is set. */
import { describe } from 'vitest';

/** `describe` where nothing is missing. `missing`: what is, and what it would have done. */
export function describeUnless(
  missing: string | undefined,
): typeof describe | typeof describe.skip {
  if (missing === undefined) return describe;
  const { CI } = process.env;
  if (CI !== undefined) throw new Error(`${missing}, and CI is set: there no test is left out`);
  process.stderr.write(`\n!!! SKIPPED: ${missing} !!!\n`);
  return describe.skip;
}
