/** Captures of other projects, where they are at hand. Skipped loudly where they are not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder, which is no part of the project. */
export const CORPUS = fileURLToPath(new URL('../../../shared/corpus/dev', import.meta.url));
export const corpusIsThere = existsSync(CORPUS);
if (!corpusIsThere) process.stderr.write(`\n!!! SKIPPED: no corpus in ${CORPUS} !!!\n`);

/** Those of the captures that are there; it says which are missing. */
export function corpusFiles(names: readonly string[]): string[] {
  const missing = names.filter((name) => !existsSync(join(CORPUS, name)));
  if (corpusIsThere && missing.length > 0) {
    process.stderr.write(`\n!!! SKIPPED: not in the corpus: ${missing.join(', ')} !!!\n`);
  }
  return names.filter((name) => !missing.includes(name));
}
