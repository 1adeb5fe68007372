/** tshark by any arguments: what a test of streams asks it. */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { plainEnvironment } from './tshark.js';

/** What it prints, without names for addresses. Throws where it fails. */
export function tshark(args: readonly string[]): string {
  const env = plainEnvironment(tmpdir());
  const result = spawnSync('tshark', ['-n', ...args], {
    encoding: 'utf8',
    env,
    maxBuffer: 2 ** 28,
  });
  if (result.status !== 0) throw new Error(`tshark: ${result.stderr}`);
  return result.stdout;
}
