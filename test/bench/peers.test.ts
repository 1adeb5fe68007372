/** The comparison with other libraries: its checks can fail, and its tables and chart are right. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PEERS = fileURLToPath(new URL('../../bench/peers/', import.meta.url));
const OURS = join(PEERS, 'framewright.mjs');
const QUICK = { SECS: '0.001', REPS: '1', WAIT: '0' };

const folder = mkdtempSync(join(tmpdir(), 'peers-test-'));
const good = join(folder, 'good');
const bad = join(folder, 'bad');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function node(cwd: string, args: readonly string[], env: object = {}) {
  return spawnSync(process.execPath, args, {
    cwd,
    env: { ...process.env, ...QUICK, ...env },
    encoding: 'utf8',
  });
}

/** Changes one byte of a file, counted from its end. */
function flip(name: string, fromEnd: number): void {
  const path = join(bad, 'data', name);
  const bytes = readFileSync(path);
  bytes[bytes.length - fromEnd] = (bytes.at(-fromEnd) as number) ^ 1;
  writeFileSync(path, bytes);
}

const ways = node(PEERS, [OURS, '--list'])
  .stdout.trim()
  .split('\n')
  .map((line) => line.split('\t') as [peer: string, name: string]);

describe('our entry', () => {
  beforeAll(() => {
    const made = node(PEERS, ['gen.mjs', join(good, 'data'), '2000']);
    expect(made.stderr).toBe('');
    cpSync(good, bad, { recursive: true });
    // In the last frames: the inner TCP source port, which is written and summed up; the checksum.
    flip('vxlan_64.pcap', 30 - 1);
    flip('geneve_64.pcap', 30 - 1);
    flip('inner_64.pcap', 30 - 17);
    // The snap length of the file that is to be written.
    flip('big.pcap', readFileSync(join(bad, 'data/big.pcap')).length - 16);
    const sums = join(bad, 'data/expected.tsv');
    writeFileSync(sums, readFileSync(sums, 'utf8').replace('all\t2000', 'all\t2001'));
  });

  it('has every case', () => {
    expect(new Set(ways.map(([, name]) => name)).size).toBe(9);
  });

  it('passes its checks on the right bytes and prints a row for every way', () => {
    const { stdout, stderr } = node(good, [OURS], { ONLY: '/(64|imix)/' });
    expect(stderr).toBe('');
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    for (const [peer, name] of ways) {
      const row = rows.find((cells) => cells[0] === name && cells[2] === peer);
      expect(row, `${name} ${peer}`).toHaveLength(7);
      expect(Number(row?.[3])).toBeGreaterThan(0);
      expect(row?.[6]).toMatch(/^cpu\d+% other\d+% med\+\d+% \S/);
    }
  });

  it.each(ways)('fails where one byte is wrong: %s, %s', (peer, name) => {
    const { status, stdout, stderr } = node(bad, [OURS, peer, name], { ONLY: '/(64|imix)/' });
    expect(stderr).toMatch(/^Error: .*(differs from|, expected \d)/m);
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
  });
});

/** Rows as `framewright.mjs` and the other programs print them. */
const row = (
  name: string,
  cls: string,
  peer: string,
  ns: number,
  noise = 'cpu99% other0% med+1%',
) => [name, cls, peer, ns.toFixed(2), '1', '1', `${noise} as <it> is`].join('\t');

interface Row {
  ns: number;
  note: string;
  rounds: number[];
}
interface Results {
  parseRow(line: string): Row;
  merge(runs: readonly Row[]): Row[];
  parseTsv(text: string): { about: object; rows: Row[] };
  tsvOf(results: { about: object; rows: readonly Row[] }): string;
}

describe('results', async () => {
  const results: Results = await import(pathToFileURL(join(PEERS, 'results.mjs')).href);
  const about = { machine: 'A & B, 2 CPUs', date: '2026-11-22', rounds: '2', versions: 'Node 20' };
  const lines = [
    row('ENCAP-VXLAN', '64', 'c-ref-ring', 5),
    row('ENCAP-VXLAN', '64', 'c-ref-ring', 4),
    row('ENCAP-VXLAN', '64', 'framewright-batch', 6),
    row('ENCAP-VXLAN', '64', 'framewright-batch', 4.8),
    row('ENCAP-VXLAN', '64', 'framewright', 10),
    row('ENCAP-VXLAN', '64', 'framewright', 9, 'cpu99% other90% med+1%'),
    row('ENCAP-VXLAN', '64', 'gopacket-fast', 50),
    row('ENCAP-VXLAN', '64', 'gopacket-slow', 80),
    row('ENCAP-VXLAN', '64', 'framewright-batch@node24', 3),
  ];
  const rows = results.merge(lines.map(results.parseRow));

  it('are the best of the rounds, marked where no quiet run comes near', () => {
    expect(rows.map(({ ns, rounds }) => [ns, rounds])).toEqual([
      [3, [3]],
      [4, [5, 4]],
      [4.8, [6, 4.8]],
      [9, [10, 9]],
      [50, [50]],
      [80, [80]],
    ]);
    expect(rows.map(({ note }) => note.endsWith(' NOISY'))).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  it('are the same after a file', () => {
    const again = results.parseTsv(results.tsvOf({ about, rows }));
    expect(again.about).toEqual(about);
    expect(results.tsvOf(again as never)).toBe(results.tsvOf({ about, rows }));
  });

  it('become tables of times and ratios, and a chart', () => {
    const file = join(folder, 'results.tsv');
    writeFileSync(file, results.tsvOf({ about, rows }));
    expect(node(PEERS, ['report.mjs', file]).stderr).toBe('');
    const tables = readFileSync(join(folder, 'results.md'), 'utf8').replace(/ +/g, ' ');
    expect(tables).toContain('| ENCAP-VXLAN | framewright | ~9.0 | – | – | – | – |');
    expect(tables).toContain(
      '| ENCAP-VXLAN | framewright-batch / c-ref-ring | ≤ 1.25 | met | 1.20 (1.20–1.20) |',
    );
    expect(tables).toContain(
      '| framewright / c-ref-ring | ≤ 2, 1.25 | missed | ✗ 2.25 (2.00–2.25) |',
    );
    expect(tables).toContain('| gopacket / framewright | ≥ 5 | met | 5.56 |');
    expect(tables).toMatch(
      /^node24:$[^#]*framewright-batch \/ c-ref-ring \| ≤ 1.25 \| met \| 0.75/m,
    );

    const chart = readFileSync(join(folder, 'results.svg'), 'utf8');
    expect(chart).toContain('A &amp; B, 2 CPUs; 2026-11-22; Node 20');
    expect(chart).not.toMatch(/NaN|undefined|Infinity/);
    const widths = [...chart.matchAll(/<rect class="(\w+)"[^>]* width="([\d.]+)" height="13"/g)];
    const width = (i: number) => Number(widths[i]?.[2]);
    expect(widths.map(([, kind]) => kind)).toEqual(['c', 'ours', 'ours', 'peer']);
    expect(width(0) / width(3)).toBeCloseTo(4 / 50, 2);
    expect(width(1) / width(3)).toBeCloseTo(4.8 / 50, 2);
  });
});
