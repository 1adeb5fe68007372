/**
 * `npm run fuzz -- MINUTES [--seed N] [--workers N]`: mutates the fixtures, and the corpus where it
 * is at hand, for that long. Exit status 1 where a frame was found that breaks a promise.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});
const minutes = Number(positionals[0] ?? '1');
const seed = Number(values.seed);
const workers = Number(values.workers);
if (!(minutes > 0) || !Number.isInteger(seed) || !(workers >= 1)) {
  console.error('usage: npm run fuzz -- MINUTES [--seed N] [--workers N]');
  process.exit(2);
}

// Bundled for the run: Node 20 runs no TypeScript, and the sources are what is to be fuzzed.
const folder = mkdtempSync(join(HERE, '../../node_modules/.fuzz-'));
const file = join(folder, 'worker.mjs');
await build({
  entryPoints: [join(HERE, 'worker.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  outfile: file,
  define: { 'import.meta.url': JSON.stringify(new URL('seeds.ts', import.meta.url).href) },
});

console.log(`fuzzing for ${minutes} minutes, ${workers} workers, seed ${seed}`);
const statuses = await Promise.all(
  Array.from({ length: workers }, (_, i) => {
    const args = ['--expose-gc', file, String(seed + i), String(minutes * 60_000)];
    const child = spawn(process.execPath, args, { stdio: 'inherit' });
    return new Promise((done) => child.on('exit', (code) => done(code ?? 1)));
  }),
);
rmSync(folder, { recursive: true, force: true });
process.exit(statuses.some((status) => status !== 0) ? 1 : 0);
