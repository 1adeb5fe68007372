/** The problems of a packet, as tests compare them. */
import type { Severity } from '../../src/headers/protocol.js';
import type { Problem } from '../../src/packet/problems.js';

const RANK: readonly Severity[] = ['error', 'warning', 'info'];

/** Codes of the problems that are at least as bad as `least`. */
export function codesOf(
  { problems }: { readonly problems: readonly Problem[] },
  least: Severity = 'info',
): string[] {
  return problems
    .filter((problem) => RANK.indexOf(problem.severity) <= RANK.indexOf(least))
    .map((problem) => problem.code);
}
