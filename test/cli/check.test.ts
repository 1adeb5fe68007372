import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CAPTURE_PROBLEMS } from '../../src/cli/capture-problems.js';
import { problemWords } from '../../src/cli/show-problem.js';
import { version } from '../../src/cli/version.js';
import { type Bindings, bindings, type Protocols } from '../../src/packet/bindings.js';
import { problemTable } from '../../src/packet/problems.js';
import { type HandFile, pcapFile } from '../capture/pcap-file.js';
import { fixture } from '../support/fixtures.js';
import { requireBuild, run, shell } from './command.js';
import { runHere } from './here.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'framewright ü '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const capture = (name: string, content: HandFile): string => file(name, pcapFile(content));
const frames = (...names: string[]): HandFile => ({
  records: names.map((name) => ({ data: fixture(name) })),
});
const lines = (text: string): string[] => text.split('\n').slice(0, -1);

describe('check', () => {
  it('tells nothing of a capture that is as it should be, and ends with 0', async () => {
    const good = capture('good.pcap', frames('vxlan', 'geneve', 'tcp-syn'));
    expect(await runHere(['check', good])).toEqual({
      code: 0,
      out: '',
      err: '3 frames: 0 errors, 0 warnings, 0 infos\n',
    });
  });

  it('tells file, frame, byte, severity, code and why, a line a finding, and ends with 1', async () => {
    const bad = capture('bad.pcap', frames('vxlan', 'vxlan-no-i-flag', 'ipv4-length-past-end'));
    const { code, out, err } = await runHere(['check', bad]);
    expect(lines(out)).toEqual([
      `${bad}:2:42 warning VXLAN_I_FLAG_UNSET the I flag is not set, so the VNI is not valid (RFC 7348 §5)`,
      `${bad}:3:16 error IPV4_TOTAL_LENGTH_PAST_END the total length says more bytes than the carrier holds: needs 1000, has 44, the frame ends at byte 58 (RFC 791 §3.1)`,
    ]);
    expect(err).toBe('3 frames: 1 error, 1 warning, 0 infos\n');
    expect(code).toBe(1);
  });

  it('tells what --severity asks for, and only that counts for the exit code', async () => {
    const mixed = capture('mixed.pcap', frames('vxlan-no-i-flag', 'udp-surplus', 'ipv4-ihl-4'));
    const codes = async (...args: string[]) => {
      const { out, code } = await runHere(['check', ...args]);
      return [code, ...lines(out).map((line) => / (error|warning|info) [A-Z]/.exec(line)?.[1])];
    };
    const all = ['warning', 'info', 'error'];
    expect(await codes(mixed, '--severity', 'info')).toEqual([1, ...all]);
    expect(await codes(mixed, '--severity=warning')).toEqual([1, 'warning', 'error']);
    expect(await codes(mixed, '--severity', 'error')).toEqual([1, 'error']);
    const surplus = capture('surplus.pcap', frames('udp-surplus'));
    expect(await codes(surplus)).toEqual([0]);
    expect(await codes(surplus, '--severity', 'info')).toEqual([1, 'info']);
    const flag = capture('flag.pcap', frames('vxlan-no-i-flag'));
    expect(await codes(flag, '--severity', 'error')).toEqual([0]);
  });

  it('goes through several files, stops after -c frames of each, and knows -d', async () => {
    const one = capture('one.pcap', frames('vxlan', 'ipv4-ihl-4'));
    const two = capture('two.pcap', frames('ipv4-ihl-4'));
    const { out, err, code } = await runHere(['check', one, two, '-c1']);
    expect(lines(out)).toHaveLength(1);
    expect(out.startsWith(`${two}:1:14 error IPV4_IHL_UNDER_5 `)).toBe(true);
    expect([err, code]).toEqual(['2 frames: 1 error, 0 warnings, 0 infos\n', 1]);
    const port = capture('port.pcap', frames('vxlan'));
    expect((await runHere(['check', port, '-d', 'udp.port==4789,ip'])).out).toMatch(/IPV4_VERSION/);
  });

  it('prints JSON lines with all that is known', async () => {
    const bad = capture('json.pcap', {
      records: [{ data: fixture('vxlan').slice(0, 95), lengths: [95, 124] }],
    });
    const { out, err, code } = await runHere(['check', '-Tjsonl', '--severity', 'info', bad]);
    expect([err, code]).toEqual(['', 1]);
    expect(lines(out).map((line) => JSON.parse(line))).toMatchObject([
      {
        file: bad,
        frame: 1,
        code: 'TCP_HEADER_CUT',
        severity: 'info',
        layer: 'tcpStart',
        layerIndex: 6,
        snapLength: true,
        limitedBy: { layer: 'frame', field: 'captured', end: 95 },
        wire: 40,
      },
    ]);
  });

  it('takes damage of a file as a finding, judges what is before it, and goes on', async () => {
    const whole = pcapFile(frames('ipv4-ihl-4', 'vxlan'));
    const cut = file('cut.pcap', whole.slice(0, -5));
    const none = file('none.pcap', Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 0));
    const last = capture('last.pcap', frames('ipv4-ihl-4'));
    const { out, err, code } = await runHere(['check', cut, none, last]);
    const found = lines(out);
    expect(found).toHaveLength(4);
    expect(found[0]).toContain('cut.pcap:1:14 error IPV4_IHL_UNDER_5 ');
    expect(found[1]).toMatch(
      /cut\.pcap error TRUNCATED_CAPTURE the file is cut short: it ends at byte \d+, inside the bytes of frame 2/,
    );
    expect(found[2]).toMatch(/none\.pcap error BAD_CAPTURE not a capture: it starts with 01 02/);
    expect(found[3]).toContain('last.pcap:1:14 ');
    expect([err, code]).toEqual(['2 frames: 4 errors, 0 warnings, 0 infos\n', 1]);
  });

  it('says what it can not read as every command does, and goes on to the next file', async () => {
    const good = capture('after.pcap', frames('vxlan'));
    const { out, err, code } = await runHere(['check', join(folder, 'nosuch.pcap'), good]);
    expect([out, code]).toEqual(['', 1]);
    expect(err).toMatch(/^framewright: .*nosuch\.pcap: there is no such file\n1 frame: 0 errors/);
    const words = await runHere(['check', file('words.txt', 'hello world'), good]);
    expect([words.out, words.code]).toEqual(['', 1]);
    expect(words.err).toMatch(/words\.txt: neither a capture nor hex/);
  });

  it('reads hex, which has no times and no snap length', async () => {
    const hex = file('frame.txt', readFileSync('fixtures/frames/vxlan-no-i-flag.hex', 'utf8'));
    const text = readFileSync(hex, 'utf8').replace(/#.*\n/g, '').replace(/\s+/g, '');
    const { out, code } = await runHere(['check', file('plain.txt', `${text}\n`)]);
    expect([lines(out).length, code]).toEqual([1, 1]);
  });

  it('is coloured on a terminal', async () => {
    const bad = capture('colour.pcap', frames('ipv4-ihl-4'));
    const { isTTY } = process.stdout;
    vi.stubEnv('NO_COLOR', '');
    try {
      process.stdout.isTTY = true;
      const coloured = await runHere(['check', bad]);
      expect(coloured.out).toContain('\u001b[31merror\u001b[39m IPV4_IHL_UNDER_5');
      vi.stubEnv('NO_COLOR', '1');
      expect((await runHere(['check', bad])).out).toContain(':1:14 error IPV4_IHL_UNDER_5');
    } finally {
      process.stdout.isTTY = isTTY;
      vi.unstubAllEnvs();
    }
  });

  it('reads standard input, and ends in peace where its reader goes', () => {
    requireBuild();
    const input = pcapFile(frames('vxlan-no-i-flag'));
    const { out, code } = run(['check', '-'], { input });
    expect([out.startsWith('-:1:42 warning VXLAN_I_FLAG_UNSET '), code]).toEqual([true, 1]);
    const data = fixture('ipv4-ihl-4');
    const many = capture('many.pcap', {
      records: Array.from({ length: 20_000 }, () => ({ data })),
    });
    const piped = shell(`framewright check '${many}' | head -1`, folder);
    expect(lines(piped.out)).toHaveLength(1);
    expect(piped.err).toMatch(/^\d+ frames: \d+ errors, 0 warnings, 0 infos\n$/);
  });
});

describe('check of the capture itself', () => {
  it('tells lengths and times that can not be', async () => {
    const data = fixture('udp');
    const odd = capture('odd.pcap', {
      snapLength: 20,
      records: [
        { data, seconds: 9, lengths: [data.length, data.length - 1] },
        { data: data.slice(0, 20), seconds: 8, fraction: 1_000_000, lengths: [20, data.length] },
        { data: data.slice(0, 20), seconds: 8, fraction: 5, lengths: [20, data.length] },
        { data: data.slice(0, 20), seconds: 8, fraction: 5, lengths: [20, data.length] },
      ],
    });
    const { out } = await runHere(['check', '--severity', 'info', '-T', 'jsonl', odd]);
    const told = lines(out)
      .map((line) => JSON.parse(line))
      .filter(({ layer }) => layer === 'capture');
    expect(told.map(({ frame, code, need, have }) => [frame, code, need, have])).toEqual([
      [1, 'CAPTURE_LENGTH_OVER_WIRE', data.length, data.length - 1],
      [1, 'CAPTURE_LENGTH_OVER_SNAP', data.length, 20],
      [2, 'CAPTURE_TIME_FRACTION', undefined, undefined],
      [2, 'CAPTURE_TIME_BACKWARDS', undefined, undefined],
      [3, 'CAPTURE_TIME_BACKWARDS', undefined, undefined],
    ]);
    const text = (await runHere(['check', odd])).out;
    expect(text).toContain(
      `${odd}:1 warning CAPTURE_LENGTH_OVER_WIRE more bytes were captured than were on the wire: needs ${data.length}, has ${data.length - 1} (`,
    );
    const unlimited = capture('unlimited.pcap', { snapLength: 0, records: [{ data }] });
    expect((await runHere(['check', '--severity', 'info', unlimited])).code).toBe(0);
  });
});

describe('check --list', () => {
  const table = [
    ...problemTable(bindings as unknown as Bindings<Protocols>),
    ...Object.values(CAPTURE_PROBLEMS),
  ];

  it('prints every code with its severity and meaning, and reads nothing', async () => {
    const { out, err, code } = await runHere(['check', '--list']);
    expect([err, code]).toEqual(['', 0]);
    expect(lines(out)).toHaveLength(table.length);
    for (const [i, entry] of table.entries()) {
      const [name, severity, layer] = (lines(out)[i] as string).split(/ +/);
      expect([name, severity, layer]).toEqual([entry.code, entry.severity, entry.layer]);
      expect(lines(out)[i]).toContain(problemWords(entry));
    }
    const json = await runHere(['check', '--list', '-T', 'jsonl']);
    expect(lines(json.out).map((line) => JSON.parse(line))).toEqual(table);
  });

  it('has unique codes, those of files included', () => {
    expect(new Set(table.map(({ code }) => code)).size).toBe(table.length);
  });
});

describe('check -T sarif', () => {
  interface Sarif {
    readonly $schema: string;
    readonly version: string;
    readonly runs: readonly {
      readonly tool: { readonly driver: { name: string; version: string; rules: Rule[] } };
      readonly results: readonly SarifResult[];
      readonly invocations: readonly { readonly executionSuccessful: boolean }[];
    }[];
  }
  interface Rule {
    readonly id: string;
    readonly shortDescription: { readonly text: string };
    readonly help: { readonly text: string };
    readonly helpUri?: string;
    readonly defaultConfiguration: { readonly level: string };
  }
  interface SarifResult {
    readonly ruleId: string;
    readonly ruleIndex: number;
    readonly level: string;
    readonly message: { readonly text: string };
    readonly locations: readonly {
      readonly physicalLocation: {
        readonly artifactLocation: { readonly uri: string };
        readonly address?: Readonly<Record<string, unknown>>;
      };
      readonly logicalLocations?: readonly Readonly<Record<string, string>>[];
    }[];
    readonly properties: Readonly<Record<string, unknown>>;
  }

  const sarif = async (...args: string[]): Promise<Sarif> =>
    JSON.parse((await runHere(['check', '-T', 'sarif', ...args])).out) as Sarif;

  it('has what the schema of SARIF 2.1.0 demands', async () => {
    const bad = capture(
      'a b#.pcap',
      frames('vxlan-no-i-flag', 'tcp-option-length-0', 'udp-surplus'),
    );
    const log = await sarif(bad, '--severity', 'info');
    expect(log.version).toBe('2.1.0');
    expect(log.$schema).toMatch(/^https:.*sarif.*2\.1\.0\.json$/);
    expect(log.runs).toHaveLength(1);
    const [{ tool, results, invocations }] = log.runs as [Sarif['runs'][0]];
    expect(tool.driver).toMatchObject({ name: 'framewright', version: version() });
    const { rules } = tool.driver;
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const rule of rules) {
      expect(rule.shortDescription.text).not.toBe('');
      expect(rule.help.text).not.toBe('');
      expect(['error', 'warning', 'note']).toContain(rule.defaultConfiguration.level);
      if (rule.helpUri !== undefined) expect(URL.canParse(rule.helpUri), rule.helpUri).toBe(true);
    }
    expect(rules.find(({ id }) => id === 'VXLAN_I_FLAG_UNSET')?.helpUri).toMatch(
      /rfc7348#section-5$/,
    );
    expect(results).toHaveLength(4);
    for (const { ruleId, ruleIndex, level, message, locations } of results) {
      expect(rules[ruleIndex]?.id).toBe(ruleId);
      expect(['error', 'warning', 'note']).toContain(level);
      expect(message.text).not.toBe('');
      const [{ physicalLocation }] = locations as [(typeof locations)[0]];
      expect(URL.canParse(physicalLocation.artifactLocation.uri)).toBe(true);
      expect(physicalLocation.artifactLocation.uri).toMatch(/a%20b%23\.pcap$/);
    }
    expect(results[1]).toMatchObject({
      ruleId: 'TCP_OPTION_LENGTH',
      level: 'error',
      locations: [
        {
          physicalLocation: { address: { name: 'frame 2', relativeAddress: 58, length: 4 } },
          logicalLocations: [
            { name: 'options', fullyQualifiedName: 'frame 2/tcp/options', kind: 'member' },
          ],
        },
      ],
      properties: { frame: 2, layer: 'tcp', layerIndex: 2, offset: 58, bits: 32 },
    });
    expect(results[3]).toMatchObject({ ruleId: 'UDP_SURPLUS', level: 'note' });
    expect(invocations).toEqual([{ executionSuccessful: true }]);
  });

  it('is whole without a finding, and where a file is damaged or missing', async () => {
    const none = await sarif(capture('empty.pcap', frames('vxlan')));
    expect(none.runs[0]?.results).toEqual([]);
    const cut = file('cut.sarif.pcap', pcapFile(frames('vxlan')).slice(0, -1));
    const damaged = await sarif(cut, join(folder, 'nosuch.pcap'));
    expect(damaged.runs[0]?.results).toMatchObject([
      { ruleId: 'TRUNCATED_CAPTURE', level: 'error', locations: [{ physicalLocation: {} }] },
    ]);
    expect(damaged.runs[0]?.results[0]?.locations[0]).not.toHaveProperty('logicalLocations');
    expect(damaged.runs[0]?.invocations).toEqual([{ executionSuccessful: false }]);
  });

  it('names files by what they were called, standard input too', () => {
    requireBuild();
    const input = pcapFile(frames('ipv4-ihl-4'));
    const uris = (result: { out: string }) =>
      (JSON.parse(result.out) as Sarif).runs[0]?.results.map(
        ({ locations }) => locations[0]?.physicalLocation.artifactLocation.uri,
      );
    expect(uris(run(['check', '-Tsarif', '-'], { input }))).toEqual(['file:///dev/stdin']);
    capture('rel ative.pcap', frames('ipv4-ihl-4'));
    const relative = run(['check', '-Tsarif', './rel ative.pcap'], { cwd: folder });
    expect(uris(relative)).toEqual(['./rel%20ative.pcap']);
  });
});
