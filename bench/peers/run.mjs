// npm run bench:peers: framewright beside the peers that are installed, in one run: round after round,
// case after case, size after size, so that what is compared ran within seconds, pinned to one CPU.
//   --case NAME    only this case, --class NAME only this class; each may be given again
//   --only REGEX   only rows whose CASE/class/peer match
//   --rounds N     rounds (3)
//   --secs S       seconds a repetition (0.1); three repetitions a row and round
//   --quick        one short round of 64 bytes, 1,400 bytes and IMIX
//   --node PATH    our entry with this Node too, as rows of its own; may be given again
//   --out FOLDER   where to write results.tsv, .md and .svg (a whole run: here; a part: nowhere)
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildPeers, WORK } from './build.mjs';
import { CASES, CLASSES, waitQuiet } from './harness.mjs';
import { barsTable, peersTable, writeReport } from './report.mjs';
import { merge, parseRow, tsvOf } from './results.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    case: { type: 'string', multiple: true, default: Object.keys(CASES) },
    class: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    secs: { type: 'string' },
    quick: { type: 'boolean', default: false },
    node: { type: 'string', multiple: true, default: [] },
    out: { type: 'string' },
  },
});
const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
const secs = Number(options.secs ?? (options.quick ? 0.05 : 0.1));
const classes = options.class ?? (options.quick ? ['64', '1400', 'imix'] : CLASSES);
const unknown = [...options.case, ...classes].find(
  (name) => CASES[name] === undefined && !CLASSES.includes(name),
);
if (unknown !== undefined) throw new Error(`${unknown} is neither a case nor a class`);
// What takes milliseconds a frame runs once, with two sizes.
const ONCE_CLASSES = ['64', 'imix'];

const cpu = process.env.CPU ?? String(Math.min(1, cpus().length - 1));
const canPin = spawnSync('taskset', ['-c', cpu, process.execPath, '--version']).status === 0;
if (!canPin) console.error('*** taskset does not work here: not pinned, so trust the figures less');

/** Runs one program for one case and class; answers its rows. */
function runOne(runner, name, cls, env) {
  const command = [...runner.command, name, cls];
  const [program, ...args] = canPin ? ['taskset', '-c', cpu, ...command] : command;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: WORK,
    env: { ...process.env, ...env, REPS: runner.once ? '1' : env.REPS },
    encoding: 'utf8',
  });
  // A peer that fails is told, but takes nothing away from the others.
  if (status !== 0) {
    console.error(`*** ${command.join(' ')}: ${error?.message ?? stderr.trim()}`);
    if (runner.ours) process.exitCode = 1;
  }
  const lines = (stdout ?? '').trim().split('\n').filter(Boolean);
  return lines.map(parseRow).map((row) => ({ ...row, peer: row.peer + (runner.suffix ?? '') }));
}

function measure(runners, out) {
  const runs = [];
  const env = { LC_ALL: 'C', GOMAXPROCS: '1', PYTHONDONTWRITEBYTECODE: '1', CPU: cpu, OUT: out };
  Object.assign(env, { ONLY: options.only, SECS: String(secs), REPS: '3', WAIT: '0' });
  for (let round = 0; round < rounds; round++) {
    for (const name of options.case) {
      for (const cls of CASES[name].classes.filter((one) => classes.includes(one))) {
        if (process.stderr.isTTY) {
          process.stderr.write(`\rround ${round + 1}/${rounds} ${name} ${cls}`.padEnd(60));
        }
        waitQuiet(2);
        for (const runner of runners) {
          if (runner.only !== undefined && runner.only !== name) continue;
          if (runner.once && (round > 0 || options.quick || !ONCE_CLASSES.includes(cls))) continue;
          for (const row of runOne(runner, name, cls, env)) runs.push({ ...row, round });
        }
      }
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  return runs;
}

function machine() {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const hypervisor =
    existsSync('/proc/cpuinfo') && /hypervisor/.test(readFileSync('/proc/cpuinfo', 'utf8'));
  return `${model}, ${cpus().length} CPUs${hypervisor ? ', virtual' : ''}`;
}

const started = Date.now();
const { runners, versions } = buildPeers(options.node);
if (!existsSync(join(WORK, 'data/expected.tsv'))) {
  spawnSync(process.execPath, [join(HERE, 'gen.mjs'), join(WORK, 'data')], { stdio: 'inherit' });
}
const scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'peers-'));
let runs;
try {
  runs = measure(runners, join(scratch, 'out.pcap'));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const rows = merge(runs);
const about = {
  machine: machine(),
  date: new Date().toISOString().slice(0, 10),
  rounds: String(rounds),
  versions: Object.entries(versions)
    .map(([what, version]) => `${what} ${version}`)
    .join(', '),
};
console.log(`${about.machine}; ${about.versions}\n`);
console.log(peersTable(rows));
console.log(barsTable(rows));
const parts = ['only', 'case', 'class', 'quick'];
const whole = !process.argv.some((word) => parts.some((name) => word.startsWith(`--${name}`)));
if (whole || options.out !== undefined) {
  const folder = options.out ?? HERE;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'results.tsv'), tsvOf({ about, rows }));
  writeReport(join(folder, 'results.tsv'), folder);
}
console.error(`${Math.round((Date.now() - started) / 1000)} s`);
