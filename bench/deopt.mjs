// A check that costs no noise: no hot call (hot.mjs) is deoptimised once it is warm. What V8 tells of
// deoptimisations goes to a file, which is written at once; standard output is not.
//   node bench/deopt.mjs
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CALLS = 1_000_000;
const SELF = fileURLToPath(import.meta.url);

/** In the child: warms each call up, and prints what is deoptimised in a million more of them. */
async function watch(path) {
  const { HOT } = await import('./hot.mjs');
  const bailouts = () => readFileSync(path, 'utf8').split('\n').filter(isBailout);
  let failed = false;
  for (const [name, call] of Object.entries(HOT)) {
    // A loop of its own each: else one call would deoptimise another's.
    const run = new Function('call', 'calls', 'for (let i = 0; i < calls; i++) call(i);');
    // With every number that it is watched with: the first one that is no small integer is news.
    run(call, CALLS);
    run(call, CALLS / 4);
    const marker = bailouts().length;
    run(call, CALLS);
    const after = bailouts().slice(marker);
    console.log(`${name}: ${after.length} deoptimisations in ${CALLS} calls`);
    for (const line of after) console.log(`  ${line}`);
    if (after.length > 0) failed = true;
  }
  process.exitCode = failed ? 1 : 0;
}

function isBailout(line) {
  return line.startsWith('[bailout');
}

function main() {
  const folder = mkdtempSync(join(tmpdir(), 'framewright-deopt-'));
  const path = join(folder, 'trace');
  writeFileSync(path, '');
  try {
    const flags = ['--trace-deopt', '--redirect-code-traces', `--redirect-code-traces-to=${path}`];
    const child = spawnSync(process.execPath, [...flags, SELF, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    });
    // The rest of lines that V8 writes half to its file, half here.
    const lines = child.stdout
      .split('\n')
      .filter((line) => !line.includes(' for deoptimization, '));
    console.log(lines.join('\n').trimEnd());
    // Without a single line from the warming up, nothing was watched.
    const told = readFileSync(path, 'utf8').split('\n').some(isBailout);
    if (!told)
      console.error('deopt: V8 told of no deoptimisation at all, not even while warming up');
    process.exitCode = child.status === 0 && told ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [, , path] = process.argv;
if (path === undefined) main();
else await watch(path);
