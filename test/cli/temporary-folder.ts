/** A folder for the files of a test file of the command, whose build it asks for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { requireBuild } from './command.js';

/** Made before the tests of the file that calls this, and gone after them. */
export function temporaryFolder() {
  let folder = '';
  beforeAll(() => {
    requireBuild();
    folder = mkdtempSync(join(tmpdir(), 'framewright '));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  /** In the folder; of no names, the folder itself. */
  const path = (...names: readonly string[]): string => join(folder, ...names);
  /** Writes a file; answers where it is. */
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(path(name), content);
    return path(name);
  };
  return { path, file };
}
