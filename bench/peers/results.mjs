// Rows of results: what the programs print, put together, and kept in a TSV file.
import { CASES, CLASSES } from './harness.mjs';

const COLUMNS = ['case', 'class', 'peer', 'ns_per_frame', 'frames_per_s', 'GB_per_s', 'note'];
/** A row is settled where some run near the best had the CPU for itself, the others being quiet. */
const NEAR = 1.08;
const OWN_CPU = 97;
const QUIET = 25;

/** A line as the peers print it; behind the note may stand the ns of each round. */
export function parseRow(line) {
  const [name, cls, peer, ns, frames, gigabytes, note, rounds] = line.split('\t');
  return {
    case: name,
    class: cls,
    peer,
    ns: Number(ns),
    framesPerS: Number(frames),
    gbPerS: Number(gigabytes),
    note,
    rounds: (rounds ?? ns).split(' ').map(Number),
  };
}

const share = (note, word) => Number(new RegExp(`\\b${word}(\\d+)%`).exec(note)?.[1] ?? Number.NaN);
const hadQuiet = ({ note }) => share(note, 'cpu') >= OWN_CPU && share(note, 'other') <= QUIET;

const CASE_NAMES = Object.keys(CASES);
const place = (row) => CASE_NAMES.indexOf(row.case) * 10 + CLASSES.indexOf(row.class);

/** The best row of each case, class and peer, in the tables' order; the note says where it is noisy. */
export function merge(runs) {
  const groups = new Map();
  for (const run of runs) {
    const key = `${run.case}/${run.class}/${run.peer}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const rows = [...groups.values()].map((group) => {
    const best = group.reduce((a, b) => (b.ns < a.ns ? b : a));
    const settled = group.some((run) => run.ns <= NEAR * best.ns && hadQuiet(run));
    const rounds = group.map((run) => run.ns);
    return { ...best, note: `${best.note}${settled ? '' : ' NOISY'}`, rounds };
  });
  return rows.sort((a, b) => place(a) - place(b) || a.ns - b.ns);
}

/** `about` (what was measured on) in comment lines, then the rows. */
export function tsvOf({ about, rows }) {
  const comments = Object.entries(about).map(([key, value]) => `# ${key}: ${value}`);
  const lines = rows.map((row) =>
    [
      row.case,
      row.class,
      row.peer,
      row.ns.toFixed(2),
      row.framesPerS,
      row.gbPerS.toFixed(4),
      row.note,
      row.rounds.join(' '),
    ].join('\t'),
  );
  return `${[...comments, [...COLUMNS, 'rounds'].join('\t'), ...lines].join('\n')}\n`;
}

export function parseTsv(text) {
  const lines = text.trim().split('\n');
  const comments = lines.filter((line) => line.startsWith('# '));
  const about = Object.fromEntries(
    comments.map((line) => {
      const [, key, value] = /^# (\w+): (.*)$/.exec(line) ?? [];
      return [key, value];
    }),
  );
  return { about, rows: lines.slice(comments.length + 1).map(parseRow) };
}
