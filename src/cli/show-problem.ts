/** A problem in words, for `decode -V` and `check`. */
import type { Limit } from '../packet/limits.js';
import type { Problem } from '../packet/problems.js';

/** What of a problem is put into words. */
export type Worded = Pick<Problem, 'message'> &
  Partial<Pick<Problem, 'need' | 'have' | 'limitedBy' | 'rfc'>>;

/** The sentence, how many bytes are missing and why, and who demands it. */
export function problemWords({ message, need, have, limitedBy, rfc }: Worded): string {
  const missing = need === undefined ? '' : `: needs ${need}, has ${have}`;
  const limit = limitedBy === undefined ? '' : `, ${limitWords(limitedBy)}`;
  return `${message}${missing}${limit}${rfc === undefined ? '' : ` (${rfc})`}`;
}

function limitWords({ layer, field, offset, end }: Limit): string {
  if (offset !== undefined) return `as ${layer}.${field} at byte ${offset} says`;
  if (field === 'captured') return `cut by the snap length at byte ${end}`;
  return `the frame ends at byte ${end}`;
}
