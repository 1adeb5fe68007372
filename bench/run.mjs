// npm run bench [SUITE …]   tables: ns a frame, of ours and of another way beside it, and the ratio
// npm run bench -- --check  fails where a ratio is over its limit in limits.json, or where a hot call allocates
//                           or is deoptimised
// npm run bench -- --record measures, and writes limits.json anew
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Benchmark from 'benchmark';
import { kernelKind } from '../dist/bytes/kernel.js';
import { suites } from './cases.mjs';

const LIMITS = new URL('./limits.json', import.meta.url);
// A limit has this much room over the highest of three ratios that were recorded, and a case is over
// its limit only when it is so once among the others and four times in a process of its own: V8 inlines
// by what else has run, and a limit that was recorded once (ARP's view, 0.045) was left behind by every
// run on another day (0.10), with the same code; three busy processes beside move a ratio by half.
const ROOM = 2.5;
// So that nothing is collected while allocation is measured.
const QUIET_HEAP = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128'];
const ROUNDS = 3;
/** Of a check. */
const TRIES = 5;
/** Of a record. */
const RECORDS = 3;
/** Of one sample. */
const SECONDS = 0.01;

/** Nanoseconds of one call, from the package `benchmark`; the median of its samples. */
function measure(fn) {
  const bench = new Benchmark(fn, { minTime: SECONDS, maxTime: SECONDS, minSamples: 7 });
  bench.run();
  if (bench.error) throw bench.error;
  const samples = [...bench.stats.sample].sort((a, b) => a - b);
  return samples[samples.length >> 1] * 1e9;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** Both ways in turn, so that what slows the machine slows both. */
function round(one) {
  const frames = one.frames ?? 1;
  return { ours: measure(one.ours) / frames, naive: measure(one.naive) / frames };
}

function measureCase(one) {
  const runs = Array.from({ length: ROUNDS }, () => round(one));
  const ratios = runs.map((r) => r.ours / r.naive);
  return {
    name: one.name,
    ours: median(runs.map((r) => r.ours)),
    naive: median(runs.map((r) => r.naive)),
    ratio: median(ratios),
    spread: `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
  };
}

/** The case in a process of its own. */
function measureAlone({ name }) {
  const script = fileURLToPath(import.meta.url);
  const run = spawnSync(process.execPath, [script, '--case', name], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`bench: ${name}: ${run.stderr}`);
  return JSON.parse(run.stdout);
}

/** Measures until a try is within the limit, and answers the best try. */
function measureAgainst(one, limit) {
  let best = measureCase(one);
  for (let i = 1; i < TRIES && best.ratio > limit; i++) {
    const again = measureAlone(one);
    if (again.ratio < best.ratio) best = again;
  }
  return best;
}

/** Measures alone and among the others, and answers the worst try. */
function measureWorst(one) {
  let worst = measureCase(one);
  for (let i = 1; i < RECORDS; i++) {
    const again = measureAlone(one);
    if (again.ratio > worst.ratio) worst = again;
  }
  return worst;
}

function table(beside, rows, limits) {
  const width = Math.max(...rows.map((r) => r.name.length));
  const head = ['ns', 'beside', 'ratio', 'spread', ...(limits ? ['limit'] : [])];
  console.log(`\n${`beside ${beside}`.padEnd(width)} ${head.map((h) => h.padStart(12)).join('')}`);
  for (const { name, ours, naive, ratio, spread } of rows) {
    const cells = [ours.toFixed(1), naive.toFixed(1), ratio.toFixed(3), spread];
    if (limits) cells.push(limits[name]?.toFixed(3) ?? '-');
    console.log(`${name.padEnd(width)} ${cells.map((c) => c.padStart(12)).join('')}`);
  }
}

/** The cases that have a limit, by suite. */
const guarded = Object.values(suites).map(({ beside, cases }) => ({
  beside,
  cases: cases.filter((one) => one.guarded !== false),
}));

function check() {
  const limits = JSON.parse(readFileSync(LIMITS, 'utf8'));
  const failures = [];
  for (const { beside, cases } of guarded) {
    const rows = cases.map((one) => measureAgainst(one, limits[one.name]));
    table(beside, rows, limits);
    for (const { name, ratio } of rows.filter((row) => !(row.ratio <= limits[row.name]))) {
      failures.push(
        limits[name] === undefined
          ? `${name}: no limit is recorded (npm run bench -- --record)`
          : `${name}: ratio ${ratio.toFixed(3)} is over its limit ${limits[name].toFixed(3)}`,
      );
    }
  }
  const known = new Set(guarded.flatMap(({ cases }) => cases.map((one) => one.name)));
  for (const name of Object.keys(limits)) {
    if (!known.has(name)) failures.push(`${name}: a limit for a case that is not there`);
  }
  if (!passes('allocation.mjs', QUIET_HEAP)) failures.push('a hot call allocates');
  if (!passes('deopt.mjs', [])) failures.push('a hot call is deoptimised when it is warm');
  for (const failure of failures) console.error(`bench: ${failure}`);
  console.log(failures.length === 0 ? 'bench: all within limits' : 'bench: FAILED');
  process.exitCode = failures.length === 0 ? 0 : 1;
}

/** Whether a check of its own succeeds. */
function passes(name, flags) {
  const script = fileURLToPath(new URL(name, import.meta.url));
  return spawnSync(process.execPath, [...flags, script], { stdio: 'inherit' }).status === 0;
}

function record() {
  const limits = {};
  for (const { beside, cases } of guarded) {
    const rows = cases.map(measureWorst);
    table(beside, rows);
    for (const { name, ratio } of rows) limits[name] = Number((ratio * ROOM).toFixed(3));
  }
  writeFileSync(LIMITS, `${JSON.stringify(limits, null, 2)}\n`);
}

/** Every case of the suites that are named, or of all. */
function show(names) {
  for (const name of names.length > 0 ? names : Object.keys(suites)) {
    const suite = suites[name];
    if (suite === undefined) {
      console.error(`bench: no suite ${name}: ${Object.keys(suites).join(', ')}`);
      process.exitCode = 2;
      return;
    }
    table(suite.beside, suite.cases.map(measureCase));
  }
}

const [what, name] = process.argv.slice(2);
if (what === '--case') {
  const one = guarded.flatMap(({ cases }) => cases).find((each) => each.name === name);
  console.log(JSON.stringify(measureCase(one)));
} else {
  console.log(`Node ${process.version}, ${process.arch}, kernel: ${kernelKind()}`);
  if (what === '--check') check();
  else if (what === '--record') record();
  else show(process.argv.slice(2));
}
