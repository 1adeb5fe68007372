// node report.mjs RESULTS.tsv [FOLDER]: the tables (results.md) and the chart (results.svg) of results.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { judge } from './bars.mjs';
import { chart } from './chart.mjs';
import { CASES, CLASSES } from './harness.mjs';
import { parseTsv } from './results.mjs';

export const nanoseconds = (ns) => (ns < 100 ? ns.toFixed(1) : ns.toFixed(0));
const times = (ratio) => (ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0));

/** A Markdown table that can be read as it stands, numbers to the right. */
function table(head, lines, left) {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...lines].map((line) => line[i].length)));
  const cell = (text, i) => (i < left ? text.padEnd(widths[i]) : text.padStart(widths[i]));
  const show = (line) => `| ${line.map(cell).join(' | ')} |`;
  const rule = widths.map((width, i) =>
    i < left ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return `${[show(head), `| ${rule.join(' | ')} |`, ...lines.map(show)].join('\n')}\n`;
}

/** Nanoseconds a frame: a line a case and peer, a column a class; `~` marks what is noisy. */
export function peersTable(rows) {
  const lines = Object.keys(CASES).flatMap((name) => {
    const mine = rows.filter((row) => row.case === name);
    const peers = [...new Set(mine.map((row) => row.peer))];
    return peers.map((peer) => [
      name,
      peer,
      ...CLASSES.map((cls) => {
        const row = mine.find((one) => one.peer === peer && one.class === cls);
        if (row === undefined) return '–';
        return `${/ NOISY$/.test(row.note) ? '~' : ''}${nanoseconds(row.ns)}`;
      }),
    ]);
  });
  return table(['case', 'peer', ...CLASSES], lines, 2);
}

/** Where our rows of another Node have their names from: `@node24`. */
function suffixes(rows) {
  return [...new Set(rows.map((row) => /@.*$/.exec(row.peer)?.[0] ?? ''))].sort();
}

function barLine(bar) {
  const { atMost, ours, theirs, their, cells } = bar;
  const rival = [theirs, their?.class, their?.case].filter(Boolean).join(' at ');
  const limits = [...new Set(Object.values(atMost ?? bar.atLeast))].join(', ');
  const judged = cells.length === 0 ? 'not run' : cells.every(({ met }) => met) ? 'met' : 'missed';
  return [
    bar.case,
    atMost ? `${ours} / ${rival}` : `${rival} / ${ours}`,
    `${atMost ? '≤' : '≥'} ${limits}`,
    judged,
    ...CLASSES.map((cls) => {
      const cell = cells.find((one) => one.class === cls);
      if (cell === undefined) return '–';
      const range =
        cell.each.length > 1
          ? ` (${times(Math.min(...cell.each))}–${times(Math.max(...cell.each))})`
          : '';
      return `${cell.met ? '' : '✗ '}${times(cell.ratio)}${range}`;
    }),
  ];
}

/** Every bar as a ratio of the best times, with the least and the most of the rounds behind it. */
export function barsTable(rows) {
  const head = ['case', 'ratio', 'bar', '', ...CLASSES];
  return suffixes(rows)
    .map((suffix) => {
      const bars = judge(rows, suffix).filter((bar) => rows.some((row) => row.case === bar.case));
      const lines = bars.map(barLine);
      return `${suffix === '' ? '' : `${suffix.slice(1)}:\n\n`}${table(head, lines, 4)}`;
    })
    .join('\n');
}

/** Reads results and writes what is made of them beside them or into `folder`. */
export function writeReport(file, folder = dirname(file)) {
  const { about, rows } = parseTsv(readFileSync(file, 'utf8'));
  const text = [
    '# framewright beside its peers',
    '',
    'Written by `npm run bench:peers`; README.md beside this file says what is measured and how.',
    '',
    `${about.machine}; ${about.date}; ${about.versions}. Best of ${about.rounds} rounds.`,
    '',
    '## Nanoseconds a frame',
    '',
    '`~`: noisy; no run within 8 % of this one had the CPU for itself while the others were quiet.',
    '',
    peersTable(rows),
    '## Ratios, and what they are held to',
    '',
    'In brackets the least and the most of one round. ✗: missed.',
    '',
    barsTable(rows),
  ];
  writeFileSync(join(folder, 'results.md'), text.join('\n'));
  writeFileSync(join(folder, 'results.svg'), chart(about, rows));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file, folder] = process.argv.slice(2);
  writeReport(file, folder);
}
