import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { scenarios } from '../../src/scenarios/list.js';
import { expectError, run } from './command.js';
import { temporaryFolder } from './temporary-folder.js';

const FIXTURES = fileURLToPath(new URL('../../fixtures/scenarios/', import.meta.url));

const { path } = temporaryFolder();

describe('scenario', () => {
  it('lists every scenario with its title', () => {
    const { code, out } = run(['scenario', 'list']);
    expect(code).toBe(0);
    const names = out.split('\n').map((line) => line.split(' ')[0]);
    expect(names.slice(0, -1)).toEqual(scenarios.map(({ name }) => name));
  });

  it('writes the capture that is in fixtures, and with another seed another one', () => {
    const written = path('tcp.pcapng');
    expect(run(['scenario', 'five-tuple', '-o', written])).toMatchObject({
      code: 0,
      out: '',
      err: '',
    });
    const bytes = readFileSync(written);
    expect(bytes.equals(readFileSync(`${FIXTURES}five-tuple.pcapng`))).toBe(true);
    expect(run(['scenario', 'five-tuple', '--seed', '2', '-o', written]).code).toBe(0);
    expect(readFileSync(written).equals(bytes)).toBe(false);
  });

  it('writes a pcap of each link into a folder that it makes', () => {
    const links = path('links');
    expect(run(['scenario', 'arp', '--pcap-per-link', links])).toMatchObject({ code: 0, out: '' });
    expect(readdirSync(links).sort()).toEqual([
      'A-eth0_SW-1.pcap',
      'B-eth0_SW-2.pcap',
      'C-eth0_SW-3.pcap',
    ]);
    const { out } = run(['decode', join(links, 'C-eth0_SW-3.pcap')]);
    expect(out).toContain('Who has 192.168.1.20? Tell 192.168.1.10');
    expect(out.trim().split('\n')).toHaveLength(1);
  });

  it('tells the run frame by frame where nothing else is asked for', () => {
    const { out } = run(['scenario', 'arp']);
    expect(out).toContain('Host C: Not me, ignore');
    expect(out).toBe(run(['scenario', 'arp', '--explain']).out);
  });

  it('draws the diagram and prints the tables', () => {
    const { out } = run(['scenario', 'arp', '--diagram', '--tables']);
    expect(out).toMatch(/^sequenceDiagram\n {4}autonumber\n/);
    expect(out).toContain('    A->>SW: ARP Request (Broadcast)<br/>"Who has 192.168.1.20?"\n');
    expect(out).toContain(
      'A# ip neigh\n192.168.1.20 dev eth0 lladdr ba:bb:bb:bb:bb:bb REACHABLE\n',
    );
    expect(out).toMatch(/^SW# bridge fdb show/m);
  });

  it('says what is wrong with a call, and leaves no file behind', () => {
    expectError(run(['scenario', 'list', '-o', path('x')]), 2, /takes no options/);
    expectError(
      run(['scenario', 'arpp']),
      2,
      /no scenario is named arpp; did you mean arp\?; 'scenario list'/,
    );
    expectError(
      run(['scenario', 'arp', '--seed', '-1']),
      2,
      /--seed -1: expected a whole number, 0–9007199254740991/,
    );
    expectError(run(['scenario', 'arp', '-o', '-', '--tables']), 2, /-o - takes standard output/);
    expectError(run(['scenario', 'arp', '-o', path('no/such.pcapng')]), 2, /does not exist/);
    writeFileSync(path('file'), '');
    expectError(
      run(['scenario', 'arp', '--pcap-per-link', path('file')]),
      2,
      /file": is no folder; expected the name of a folder/,
    );
    expect(existsSync(path('no'))).toBe(false);
  });
});
