import { beforeAll, describe, expect, it, vi } from 'vitest';
import { benchCase } from '../../src/cli/bench-cases.js';
import { type Row, rowsOf, tableText } from '../../src/cli/bench-report.js';
import { expectError, requireBuild, run } from './command.js';

vi.setConfig({ testTimeout: 60_000 });
beforeAll(requireBuild);

const QUICK = ['bench', '--seconds', '0.01'];
const WAYS = ['batch', 'call', 'inPlace', 'decapsulate', 'copy'];

describe('bench', () => {
  it('prints one JSON object with --json', () => {
    const { code, err, out } = run([
      ...QUICK,
      ...['--json', '--size', '64,imix', '--protocol', 'vxlan,dot1q', '--kernel', 'javascript'],
    ]);
    expect([code, err]).toEqual([0, '']);
    const all = JSON.parse(out) as { kernel: string; node: string; results: Row[] };
    expect(all.node).toBe(process.versions.node);
    expect(all).toMatchObject({ kernel: 'javascript', frames: 1024, cpu: expect.any(String) });
    const which = all.results.map(({ protocol, size, way }) => `${protocol} ${size} ${way}`);
    expect(which).toEqual(
      ['vxlan 64', 'vxlan imix', 'dot1q 64', 'dot1q imix'].flatMap((one) =>
        WAYS.map((way) => `${one} ${way}`),
      ),
    );
    for (const row of all.results) {
      const { median, low, high } = row.nsPerFrame;
      expect(low).toBeGreaterThan(0);
      expect(median).toBeGreaterThanOrEqual(low);
      expect(high).toBeGreaterThanOrEqual(median);
      expect(row.framesPerSecond * median).toBeCloseTo(1e9, 0);
      expect(row.gigabitsPerSecond).toBeCloseTo((row.frameBytes * 8) / median, 6);
      expect(row.headerBytes).toBe(row.protocol === 'vxlan' ? 50 : 4);
      if (row.way === 'copy') expect(row.ofCopy).toBe(1);
    }
  });

  it('prints tables in plain characters to a pipe, and says what runs', () => {
    const { code, err, out } = run([...QUICK, '--size', '128', '--protocol', 'geneve']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^framewright \S+, webassembly kernel, Node \d+\.\d+\.\d+, \S/);
    expect(out).toMatch(/^Geneve with three options, 128 bytes$/m);
    expect(out).toMatch(/^ {2}in a batch +\d+\.\d +\d+% +\d+\.\d +\d+\.\d +#+$/m);
    expect([...out].every((character) => character < '\u2500')).toBe(true);
  });

  it('draws bars as wide as there is room for', () => {
    const samples = { batch: [10], call: [20], inPlace: [5], decapsulate: [40], copy: [5] };
    const one = benchCase('dot1q', '54', 'javascript');
    const rows = rowsOf(one, samples);
    const text = (width: number, plain: boolean): string =>
      tableText(rows, width, plain, (_style, words) => words);
    expect(text(200, true)).toMatch(/in place +5\.0 +0% +200\.0 +86\.4 {2}#{40}\n/);
    expect(text(200, false)).toContain(`${'█'.repeat(40)}\n`);
    for (const width of [60, 70, 80, 100]) {
      for (const line of text(width, false).split('\n')) {
        expect(line.length).toBeLessThanOrEqual(width);
      }
    }
  });

  it.each([
    [['--size', '53'], /--size 53: expected 54–9000 or imix/],
    [['--size', 'x'], /--size x: expected/],
    [['--protocol', 'gre'], /--protocol gre: there are vxlan, geneve, dot1q/],
    [['--seconds', '0'], /--seconds 0: expected 0.01–60/],
    [['--kernel', 'x'], /--kernel x: there are webassembly, javascript/],
  ])('refuses %j with words and 2', (args, words) => {
    expectError(run(['bench', ...args]), 2, words);
  });
});

describe('the frames that bench measures', () => {
  it.each(['vxlan', 'geneve', 'dot1q'] as const)('are those of build: %s', (protocol) => {
    for (const size of ['54', '1500', 'imix']) {
      for (const kernel of ['webassembly', 'javascript'] as const) {
        expect(benchCase(protocol, size, kernel).headerBytes).toBeGreaterThan(0);
      }
    }
  });
});
