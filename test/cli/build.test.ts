import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openCapture } from '../../src/capture/reader.js';
import { CORPUS, corpusFiles } from '../support/corpus.js';
import { expectError, requireBuild, run, shell, start } from './command.js';

// A process a test, on machines that may be slow.
vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), 'framewright ü '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('build', () => {
  it('makes frames of lines, and decode gives them back', () => {
    const option = '{class=0x0102,type=1,data=hex(00ff0000)}';
    const specs = [
      'ethernet/ipv4/tcp(flags=[SYN],options=[mss(1460),sackPermitted,nop,windowScale(7)])',
      'ethernet/ipv4/tcp(options=[nop,timestamps(value=1,echo=2),nop,sack({left=1,right=2})])',
      `ethernet/ipv4/udp/geneve(options=[securityPolicyId("policy-xyz-123"),${option}])/ethernet`,
      'ethernet/ipv4(options=[routerAlert(0),recordRoute([10.0.0.1,0.0.0.0]),end])/zeros(20)',
      'ethernet/ipv4(options=[timestamp(entries=[{time=5}])])/random(30, 7)',
      'ethernet/dot1q(vid=10,dei=true)/arp(operation=reply)',
      "ethernet/ipv6/udp/'text'",
    ];
    const first = run(['build', ...specs, '-o', '-']);
    expect(first).toMatchObject({ code: 0, err: '' });
    const lines = run(['decode', '-T', 'jsonl', '-'], { input: first.bytes }).out;
    const frames = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(frames).toHaveLength(specs.length);
    const problems = frames.flatMap((frame) => frame.problems ?? []);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(run(['build', '-', '-o', '-'], { input: lines }).bytes).toEqual(first.bytes);
  });

  it('writes options as they were named', () => {
    const spec = 'ethernet/ipv4/tcp(options=[mss(1460),sackPermitted,nop,windowScale(7)])';
    const { bytes: input } = run(['build', spec, '-o-']);
    const fields = ['decode', '-', '-T', 'fields', '-e', 'tcp.options'];
    expect(run(fields, { input }).out).toBe('020405b40402010303070000\n');
  });

  it('fills short frames up where asked to', () => {
    const { bytes: input } = run(['build', 'ethernet', '--pad', '-o', '-']);
    expect(run(['decode', '-', '-T', 'fields', '-e', 'frame.len'], { input }).out).toBe('60\n');
  });

  it('reads payload from files: of a line here, of a file beside it', () => {
    mkdirSync(join(folder, 'sub'), { recursive: true });
    file('sub/p.bin', 'inner');
    file('p.bin', 'outer');
    file('sub/s.yaml', '["@p.bin"]');
    const result = shell(
      'framewright build sub/s.yaml @p.bin -o - | framewright decode - -x',
      folder,
    );
    expect(result.out).toMatch(/inner[\s\S]*outer/);
  });

  it('writes nothing where a spec is wrong, and leaves what was there', () => {
    const target = file('kept.pcap', 'what was there');
    file('bad.jsonl', '{"layers":["a"]}\n{"layers":[{"layer":"udp","dstport":1}]}\n');
    const before = readdirSync(folder);
    expectError(
      run(['build', 'ethernet', join(folder, 'bad.jsonl'), '-o', target]),
      1,
      /bad\.jsonl:2: layers\[0\]: udp has no field dstport; did you mean dstPort/,
    );
    expectError(
      run(['build', 'ethernet', 'ethernet/ipv4/udp(srcPort=70000)', '-o', target]),
      1,
      /udp\.srcPort: 70000/,
    );
    file('late.jsonl', '{"layers":["a"]}\n{"layers":["a"],"time":"5000000000"}\n');
    expectError(run(['build', join(folder, 'late.jsonl'), '-o', target]), 1, /frame 2: seconds/);
    file('types.jsonl', '{"layers":["a"]}\n{"layers":["a"],"linkType":101}\n');
    expectError(
      run(['build', join(folder, 'types.jsonl'), '-o', target]),
      1,
      /frame 2 has link type 101/,
    );
    expect(readFileSync(target, 'utf8')).toBe('what was there');
    const known = [...before, 'late.jsonl', 'types.jsonl'];
    expect(readdirSync(folder).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('points at the place in a line that can’t be read', () => {
    expectError(
      run(['build', 'ethernet(src=', '-o', 'x']),
      1,
      /column 14: expected a value[\s\S]*\n {2}ethernet\(src=\n {15}\^/,
    );
    expectError(
      run(['build', 'ethernet/ipv5', '-o', 'x']),
      1,
      /layers\[1\]: no layer is named ipv5; did you mean ipv4/,
    );
  });

  it('leaves nothing behind when it is ended midway', async () => {
    const here = join(folder, 'midway');
    mkdirSync(here);
    const many = file(
      'many.jsonl',
      '{"layers":[{"layer":"ethernet"},"zeros(1000)"]}\n'.repeat(4000),
    );
    const child = start(['build', many, many, many, '-o', join(here, 'a.pcap')]);
    const closed = new Promise((done) => child.on('close', (_code, signal) => done(signal)));
    const poll = setInterval(() => {
      if (readdirSync(here).length > 0) child.kill('SIGTERM');
    }, 1);
    const signal = await closed;
    clearInterval(poll);
    // It may have been faster than we were: then the file is whole.
    if (signal === 'SIGTERM') expect(readdirSync(here)).toEqual([]);
    else expect(readdirSync(here)).toEqual(['a.pcap']);
  });
});

describe('the other verbs', () => {
  it('list the fields and draw the headers', () => {
    expect(run(['fields']).out).toMatch(/^vxlan\.vni +vxlan +VXLAN Network Identifier/m);
    expect(run(['layout', 'udp']).out).toMatch(/srcPort +byte 0, 16 bits/);
  });

  it('help', () => {
    const help = run(['--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const verb of [
      'decode',
      'build',
      'convert',
      'encap',
      'decap',
      'flows',
      'follow',
      'check',
      'bench',
      'fields',
      'layout',
      'subnet',
      'overhead',
      'mac',
      'completion',
    ]) {
      expect(help.out).toContain(`framewright ${verb}`);
    }
    expect(run(['decode', '--help'])).toMatchObject({ code: 0, err: '' });
    expect(run(['--version']).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('complete words in the shell', () => {
    const script = run(['completion']).out;
    expect(script).toMatch(/complete .*framewright/);
    const words = (...typed: string[]) =>
      run(['--get-yargs-completions', 'framewright', ...typed])
        .out.trim()
        .split('\n');
    expect(words('')).toEqual([
      'decode',
      'build',
      'convert',
      'encap',
      'decap',
      'flows',
      'follow',
      'check',
      'lab',
      'scenario',
      'bench',
      'fields',
      'layout',
      'subnet',
      'overhead',
      'mac',
      'completion',
    ]);
    expect(words('decode', '--')).toEqual(
      expect.arrayContaining(['--allow-unknown-fields', '--help']),
    );
  });
});

const captures = corpusFiles([
  'pcpp-nanosecs_big_endian.pcap',
  'pcpp-sll2.pcap',
  'pcpp-tcp-malformed.pcap',
  'tcpdump-geneve.pcap',
  'tcpdump-timestamp_invalid_nano.pcap',
  'zeek-tcp-option-sack.pcap',
]);

describe('decode and build together', () => {
  it('reproduce a capture without frames, and say that it has none', () => {
    const none = run(['build', '-', '-o', '-'], { input: '' });
    expect(none).toMatchObject({ code: 0 });
    expect(none.err).toContain('standard input: no frames in it');
    expect(run(['decode', '-'], { input: none.bytes })).toMatchObject({
      code: 0,
      out: '',
      err: '',
    });
  });

  it.skipIf(captures.length === 0).each(captures)('reproduce %s', async (name) => {
    const original = readFileSync(join(CORPUS, name));
    const lines = run(['decode', '-T', 'jsonl', join(CORPUS, name)]).out;
    const again = run(['build', '-', '-o', '-'], { input: lines });
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(await framesOf(again.bytes)).toEqual(await framesOf(original));
  });
});

async function framesOf(bytes: Uint8Array): Promise<unknown[]> {
  const frames: unknown[] = [];
  const reader = await openCapture(new Uint8Array(bytes));
  try {
    for await (const frame of reader) {
      frames.push({ ...frame, data: Buffer.from(frame.data).toString('hex') });
    }
  } catch {
    // Cut short: what is whole counts.
  }
  return [reader.timeDigits, reader.linkType, ...frames];
}
