import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectError, requireBuild, run, shell } from './command.js';

// A process a test, on machines that may be slow.
vi.setConfig({ testTimeout: 60_000 });

const SMALL = 'ethernet/ipv4(src=10.0.0.1,dst=10.0.0.2)/udp(srcPort=5000,dstPort=53)/"small"';
const REPLY = 'ethernet/ipv4(src=10.0.0.2,dst=10.0.0.1)/udp(srcPort=53,dstPort=5000)/"small"';
const INSIDE = 'ethernet/ipv4(src=192.168.0.1,dst=192.168.0.2)/tcp(dstPort=80)/zeros(900)';
const TUNNEL = `ethernet/ipv4(src=172.16.0.1,dst=172.16.0.2)/udp/vxlan(vni=5000)/${INSIDE}`;

let folder = '';
let capture = '';
beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), 'framewright flows '));
  capture = join(folder, 'some.pcap');
  const { code } = run(['build', SMALL, REPLY, 'ethernet/arp', SMALL, TUNNEL, '-o', capture]);
  expect(code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
interface Line {
  readonly file?: string;
  readonly number: number;
  readonly level: number;
  readonly src: string;
  readonly dstPort?: number;
  readonly packets: number;
  readonly bytes: number;
  readonly communityId: string;
}
function lines(...args: string[]): Line[] {
  const { code, err, out } = run(['flows', '-T', 'jsonl', ...args]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}
const numbers = (found: readonly Line[]): number[] => found.map(({ number }) => number);

describe('flows', () => {
  it('prints a table of all flows of all levels', () => {
    const { code, err, out } = run(['flows', capture]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const rows = out
      .split('\n')
      .slice(0, -1)
      .map((row) => row.trim().split(/ {2,}/));
    expect(rows.map((row) => row.slice(0, 6))).toEqual([
      ['flow', 'level', 'vni', 'protocol', 'source', 'destination'],
      ['1', '1', 'UDP', '10.0.0.1:5000', '10.0.0.2:53', '3'],
      ['2', '1', 'UDP', '172.16.0.1:49152', '172.16.0.2:4789', '1'],
      ['3', '2', '5000', 'TCP', '192.168.0.1:49152', '192.168.0.2:80'],
    ]);
  });

  it('reads hex and standard input, and its numbers are the same every time', () => {
    const { out } = run(['flows', capture]);
    expect(run(['flows', '-'], { input: readFileSync(capture) }).out).toBe(out);
    expect(shell(`cat '${capture}' | framewright flows -`, folder).out).toBe(out);
    const hex = run(['decode', '-x', '-c1', capture]).out;
    expect(run(['flows', '-'], { input: hex }).out).toMatch(
      /UDP +10\.0\.0\.1:5000 +10\.0\.0\.2:53/,
    );
  });

  it('takes the levels that are asked for', () => {
    const of = (level: string) =>
      lines(capture, '--level', level).map((flow) => [flow.number, flow.level, flow.src]);
    expect(of('outer')).toEqual([
      [1, 1, '10.0.0.1'],
      [2, 1, '172.16.0.1'],
    ]);
    expect(of('inner')).toEqual([
      [1, 1, '10.0.0.1'],
      [2, 2, '192.168.0.1'],
    ]);
    expect(lines(capture)).toEqual(lines(capture, '--level', 'all'));
  });

  it('tells the directions apart where it is asked to', () => {
    expect(lines(capture, '--directed', '--level', 'outer').map(({ packets }) => packets)).toEqual([
      2, 1, 1,
    ]);
    expect(run(['flows', capture, '--directed']).out).not.toContain('packets→');
  });

  it('tells VNIs apart where it is asked to', () => {
    const path = join(folder, 'vnis.pcap');
    expect(run(['build', TUNNEL, TUNNEL.replace('vni=5000', 'vni=6000'), '-o', path]).err).toBe('');
    expect(lines(path, '--level', 'inner')).toMatchObject([{ packets: 2, vni: 5000 }]);
    expect(lines(path, '--level', 'inner', '--by-vni')).toMatchObject([
      { packets: 1, vni: 5000 },
      { packets: 1, vni: 6000 },
    ]);
  });

  it('sorts, and keeps the numbers', () => {
    expect(numbers(lines(capture))).toEqual([1, 2, 3]);
    expect(numbers(lines(capture, '--sort', 'packets'))).toEqual([1, 2, 3]);
    expect(numbers(lines(capture, '--sort', 'bytes'))).toEqual([2, 3, 1]);
    expect(numbers(lines(capture, '--sort', 'time'))).toEqual([1, 2, 3]);
    // The same, back in time.
    const decoded = run(['decode', '-T', 'jsonl', capture]).out.split('\n').slice(0, -1);
    const turned = decoded.map((line, i) => {
      return `${JSON.stringify({ ...JSON.parse(line), time: `${9 - i}.5` })}\n`;
    });
    const specs = file('turned.jsonl', turned.join(''));
    const path = join(folder, 'unsorted.pcap');
    expect(run(['build', specs, '-o', path]).err).toBe('');
    expect(numbers(lines(path, '--sort', 'time'))).toEqual([2, 3, 1]);
    expect(numbers(lines(path))).toEqual([1, 2, 3]);
    const hex = file('two.txt', run(['decode', '-x', capture]).out);
    expect(numbers(lines(hex, '--sort', 'time'))).toEqual([1, 2, 3]);
  });

  it('prints the hashes as columns', () => {
    const { out } = run(['flows', capture, '--toeplitz', '--community-id', '--level', 'inner']);
    const [heads = '', first = ''] = out.split('\n');
    expect(heads).toMatch(/ended {2}community-id +toeplitz$/);
    expect(first).toContain(lines(capture)[0]?.communityId);
  });

  it('decodes as it is told to, and takes records as long as it is told to', () => {
    const path = join(folder, '8472.pcap');
    run(['build', TUNNEL.replace('udp/', 'udp(dstPort=8472)/'), '-o', path]);
    expect(lines(path)).toHaveLength(1);
    expect(lines(path, '-d', 'udp.port==8472,vxlan')).toHaveLength(2);
    expectError(run(['flows', capture, '--max-record', '100']), 1, /100/);
    expectError(
      run(['flows', capture, '--max-record', 'x']),
      2,
      /--max-record x: expected a whole number/,
    );
  });

  it('gives each of several files a table of its own', () => {
    const { out } = run(['flows', capture, capture]);
    const single = run(['flows', capture]).out;
    expect(out).toBe(`${capture}:\n${single}\n${capture}:\n${single}`);
    const found = lines(capture, capture);
    expect(numbers(found)).toEqual([1, 2, 3, 1, 2, 3]);
    expect(found[0]?.file).toBe(capture);
    expect(lines(capture)[0]).not.toHaveProperty('file');
  });

  it('prints what it read of a damaged capture, then the error, and goes on to the next file', () => {
    const bytes = readFileSync(capture);
    const cut = file('cut.pcap', bytes.subarray(0, bytes.length - 10));
    const damaged = run(['flows', cut]);
    expectError(damaged, 1, /cut\.pcap: .*ends/);
    expect(damaged.out.split('\n')).toHaveLength(3);
    const two = run(['flows', cut, join(folder, 'none.pcap'), capture]);
    expect(two.code).toBe(1);
    expect(two.err.split('\n').slice(0, -1)).toEqual([
      expect.stringMatching(/cut\.pcap/),
      expect.stringMatching(/none\.pcap: there is no such file/),
    ]);
    expect(two.out).toContain(run(['flows', capture]).out);
  });

  it('says what it left out where there are more flows than it may keep', () => {
    const result = run(['flows', capture, '--max-flows', '1']);
    expectError(
      result,
      1,
      /more than 1 flows; 2 packets are in none of these \(--max-flows raises it\)/,
    );
    expect(result.out.split('\n')).toHaveLength(3);
    expectError(
      run(['flows', capture, '--max-flows', '0']),
      2,
      /maxFlows is 0: expected 1 or more/,
    );
  });

  it('refuses what makes no sense', () => {
    expectError(run(['flows']), 2, /framewright --help tells more/);
    expectError(
      run(['flows', capture, '--level', 'third']),
      2,
      /--level third: there are outer, inner, all/,
    );
    expectError(
      run(['flows', capture, '--sort', 'name']),
      2,
      /--sort name: there are packets, bytes, time/,
    );
    expectError(run(['flows', capture, '-T', 'fields']), 2, /-T fields: there are text, jsonl/);
    expectError(
      run(['flows', capture, '-T', 'jsonl', '--hash']),
      2,
      /--hash is a column of -T text/,
    );
    expectError(run(['flows', capture, '-d', 'x']), 2, /-d x: expected/);
  });

  it('is told of by the help', () => {
    const { out } = run(['flows', '--help']);
    for (const option of ['--level', '--directed', '--sort', '--community-id', '--max-flows']) {
      expect(out).toContain(option);
    }
    expect(run(['--help']).out).toMatch(/framewright flows <files\.\.>/);
  });
});
