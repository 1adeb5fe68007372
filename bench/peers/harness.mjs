// Timing, loading and checking for the peers that are JavaScript, ours included. What bench.h is to C.
//
// A peer is a list of ways: { case, peer, note, prepare }. What `prepare` is given and answers depends
// on the case (CASES below). A program is run as: PROGRAM [PEER [CASE [CLASS]]] in the folder that
// holds data/, one peer a process, so that the engine's type feedback is not shared; with --list it
// tells its peers. The environment is that of bench.h.
import { readFileSync, rmSync } from 'node:fs';

export const N = 1024;
export const CLASSES = ['64', '128', '512', '1400', 'imix'];
export const BIG = 'data/big.pcap';
export const OUT = process.env.OUT ?? 'out.pcap';
/** Source ports and VNIs of the outer headers. */
export const SPORT = Uint16Array.from({ length: N }, (_, i) => 49152 + (i % 16384));
export const VNI = Uint32Array.from({ length: N }, (_, i) => 5000 + (i % 16));

/**
 * writer: `prepare(frames)` answers `pass`, which writes all frames, and `frame(i)`, the bytes that it
 *   wrote of frame i; compared with those of `output` before timing.
 * reader: `prepare(frames)` answers `pass`, which answers a sum; compared with the expected one after
 *   every pass.
 * file reader: the same without frames; `pass` reads BIG and answers the number of 5-tuples.
 * file writer: `prepare(frames)` answers `pass`, which writes OUT; compared with BIG before timing.
 * `pass` may be async for files.
 */
export const CASES = {
  'ENCAP-VXLAN': { kind: 'writer', classes: CLASSES, input: 'inner', output: 'vxlan' },
  'ENCAP-GENEVE3': { kind: 'writer', classes: CLASSES, input: 'inner', output: 'geneve' },
  'BUILD-TCP': { kind: 'writer', classes: CLASSES, input: 'inner', output: 'inner' },
  'DECODE-VXLAN': { kind: 'reader', classes: CLASSES, input: 'vxlan' },
  'DECODE-GENEVE3': { kind: 'reader', classes: CLASSES, input: 'geneve' },
  'PCAP-READ': { kind: 'file reader', classes: ['imix'] },
  'PCAP-WRITE': { kind: 'file writer', classes: ['imix'] },
  'PARSE-VXLAN': { kind: 'reader', classes: ['64'], input: 'vxlan' },
  'BUILD-VXLAN': { kind: 'writer', classes: ['64'], input: 'inner', output: 'vxlan' },
};

const number = (name, fallback) => Number(process.env[name] || fallback);
const SECS = number('SECS', 0.5);
const REPS = number('REPS', 5);
const WAIT = number('WAIT', 2);
const CPU = number('CPU', 1);
const ONLY = new RegExp(process.env.ONLY ?? '');

/** Frames of a pcap file as Buffers on the file, their times, and their bytes in all. */
function load(path) {
  const file = readFileSync(path);
  const frames = [];
  const times = [];
  let bytes = 0;
  for (let at = 24; at < file.length; ) {
    const length = file.readUInt32LE(at + 8);
    times.push({
      seconds: file.readUInt32LE(at),
      nanoseconds: file.readUInt32LE(at + 4) * 1000,
    });
    frames.push(file.subarray(at + 16, at + 16 + length));
    bytes += length;
    at += 16 + length;
  }
  return { frames, times, bytes };
}

const loadClass = (kind, cls) => load(`data/${kind}_${cls}.pcap`);

function expected(kind, cls) {
  for (const line of readFileSync('data/expected.tsv', 'utf8').split('\n')) {
    const [k, c, value] = line.split('\t');
    if (k === kind && c === cls) return Number(value);
  }
  throw new Error(`no expected value for ${kind} ${cls}`);
}

function checkFrames(what, got, want) {
  want.forEach((frame, i) => {
    const bytes = got(i);
    if (Buffer.compare(frame, bytes) === 0) return;
    const at = frame.findIndex((byte, k) => byte !== bytes[k]);
    const where = at < 0 ? `${bytes.length} bytes for ${frame.length}` : `byte ${at}`;
    throw new Error(`${what}: frame ${i} differs from the expected bytes: ${where}`);
  });
}

/** Busy and total ticks of the CPUs other than ours: two may be siblings of one core. */
export function ticks() {
  let busy = 0;
  let all = 0;
  let stat = '';
  try {
    stat = readFileSync('/proc/stat', 'utf8');
  } catch {
    // Not Linux: nothing is known of the other CPUs.
  }
  for (const line of stat.split('\n')) {
    const fields = line.split(/ +/);
    if (!/^cpu\d/.test(line) || fields[0] === `cpu${CPU}`) continue;
    for (let i = 1; i <= 8; i++) {
      all += Number(fields[i]);
      if (i !== 4 && i !== 5) busy += Number(fields[i]);
    }
  }
  return { busy, all };
}

export function busySince(before) {
  const { busy, all } = ticks();
  return (busy - before.busy) / Math.max(1, all - before.all);
}

/** Waits until the other CPUs are quiet, at most so many seconds. */
export function waitQuiet(seconds) {
  for (const end = now() + seconds * 1e9; now() < end; ) {
    const before = ticks();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    if (busySince(before) < 0.2) return;
  }
}

const now = () => Number(process.hrtime.bigint());
// So long between two looks at the clock, which costs as much as ten frames in the fastest case.
const LOOK_NS = 100_000;
// The optimizing compiler wants its time, however short a repetition is.
const WARM_UP_NS = Math.min(0.2, SECS * 2) * 1e9;

async function repeat(pass, ns, passes) {
  let done = 0;
  const start = now();
  for (;;) {
    for (let i = 0; i < passes; i++) {
      const promise = pass();
      if (promise !== undefined) await promise;
    }
    done += passes;
    const time = now() - start;
    if (time >= ns) return time / done;
  }
}

/** Runs `pass` (n frames) REPS times for SECS seconds and prints the best repetition's row. */
async function bench(row, n, bytes, pass) {
  waitQuiet(WAIT);
  const first = await repeat(pass, Math.max(WARM_UP_NS, (SECS * 1e9) / 4), 1);
  const passes = Math.max(1, Math.floor(LOOK_NS / first));
  const times = [];
  for (let r = 0; r < REPS; r++) {
    const before = ticks();
    const cpu = process.cpuUsage();
    const start = now();
    const ns = (await repeat(pass, SECS * 1e9, passes)) / n;
    const { user, system } = process.cpuUsage(cpu);
    times.push({ ns, cpu: ((user + system) * 1000) / (now() - start), other: busySince(before) });
  }
  times.sort((a, b) => a.ns - b.ns);
  const { ns, cpu, other } = times[0];
  const percent = (share) => `${Math.round(share * 100)}%`;
  const noise = `cpu${percent(cpu)} other${percent(other)} med+${percent(times[REPS >> 1].ns / ns - 1)}`;
  const rate = [ns.toFixed(2), (1e9 / ns).toFixed(0), (bytes / n / ns).toFixed(4)];
  console.log([row.case, row.cls, row.peer, ...rate, `${noise} ${row.note}`].join('\t'));
}

/** A pass that throws where it does not answer the expected sum. */
function judged(what, pass, want) {
  const judge = (sum) => {
    if (sum !== want) throw new Error(`${what}: sum ${sum}, expected ${want}`);
  };
  return () => {
    const sum = pass();
    return sum instanceof Promise ? sum.then(judge) : judge(sum);
  };
}

async function runWay(way, cls) {
  const { kind, input, output } = CASES[way.case];
  const what = `${way.case}/${cls}/${way.peer}`;
  const row = { ...way, cls };
  if (kind === 'writer') {
    const { frames } = loadClass(input, cls);
    const { frames: want, bytes } = loadClass(output, cls);
    const { pass, frame } = way.prepare(frames);
    pass();
    checkFrames(what, frame, want);
    await bench(row, N, bytes, pass);
  } else if (kind === 'reader') {
    const { frames, bytes } = loadClass(input, cls);
    const pass = judged(what, way.prepare(frames), expected(input, cls));
    pass();
    await bench(row, N, bytes, pass);
  } else if (kind === 'file reader') {
    const { frames, bytes } = load(BIG);
    const pass = judged(what, way.prepare(), expected('tuples', 'all'));
    await pass();
    await bench(row, frames.length, bytes, pass);
  } else {
    const { frames, times, bytes } = load(BIG);
    const pass = way.prepare(frames, times);
    await pass();
    if (Buffer.compare(readFileSync(OUT), readFileSync(BIG)) !== 0) {
      throw new Error(`${what}: the file differs from ${BIG}`);
    }
    await bench(row, frames.length, bytes, pass);
    rmSync(OUT);
  }
}

/** A peer's main program. */
export async function main(ways) {
  const [peer, only, onlyClass] = process.argv.slice(2);
  if (peer === '--list') {
    for (const way of ways) console.log(`${way.peer}\t${way.case}`);
    return;
  }
  for (const way of ways) {
    if ((peer && way.peer !== peer) || (only && way.case !== only)) continue;
    for (const cls of CASES[way.case].classes) {
      if (onlyClass && cls !== onlyClass) continue;
      if (ONLY.test(`${way.case}/${cls}/${way.peer}`)) await runWay(way, cls);
    }
  }
}
