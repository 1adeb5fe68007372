import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectError, requireBuild, run, shell, start } from './command.js';

// A process a test, on machines that may be slow.
vi.setConfig({ testTimeout: 60_000 });

const SPEC =
  'ethernet(src=02:00:00:00:00:01)/ipv4(src=10.0.0.1,dst=10.0.0.2)/udp(dstPort=99)/"hello"';
const LINE = /^ {4}1 {3}0\.000000 {5}10\.0\.0\.1 → 10\.0\.0\.2 {5}UDP 47 49152 → 99 Len=5$/;

let folder = '';
/** A capture of three frames of 47 bytes, in a place with blanks and more in its name. */
let three = '';
beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), 'framewright ü '));
  three = join(folder, 'drei Stück.pcap');
  expect(run(['build', SPEC, SPEC, SPEC, '-o', three])).toMatchObject({
    code: 0,
    err: '',
    out: '',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('decode', () => {
  it('prints a line a frame, whatever the order of file and options', () => {
    const { out, code, err } = run(['decode', three]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toHaveLength(4);
    expect(out.split('\n')[0]).toMatch(LINE);
    for (const args of [
      ['-c1', three],
      [three, '-c', '1'],
      ['-r', three, '-c', '1'],
      ['-c1', '--', three],
      ['-c', '9', '-c', '1', three],
    ]) {
      expect(run(['decode', ...args]).out, args.join(' ')).toBe(`${out.split('\n')[0]}\n`);
    }
  });

  it('reads standard input', () => {
    const input = readFileSync(three);
    const { out } = run(['decode', three]);
    expect(run(['decode', '-'], { input }).out).toBe(out);
    expect(run(['decode', '-r-'], { input }).out).toBe(out);
  });

  it('takes the options of tshark, joined to their values', () => {
    const args = ['decode', '-Tfields', '-eip.src', '-eudp.dstport', '-Eseparator=,', '-c1', three];
    expect(run(args)).toMatchObject({ code: 0, out: '10.0.0.1,99\n', err: '' });
    expect(run(['decode', '-Vx', '-c1', three]).out).toMatch(/Time to Live: 64[\s\S]*0020 {2}/);
  });

  it('decodes a port as a tunnel', () => {
    const tunnel = join(folder, 'flannel.pcap');
    run(['build', 'ethernet/ipv4/udp(dstPort=8472)/vxlan(vni=1)/ethernet/"x"', '-o', tunnel]);
    const vni = ['decode', tunnel, '-T', 'fields', '-e', 'vxlan.vni'];
    expect(run(vni).out).toBe('\n');
    expect(run([...vni, '-d', 'udp.port==8472,vxlan']).out).toBe('1\n');
  });

  it('prints JSON lines in our own names', () => {
    const [line] = run(['decode', '-T', 'jsonl', three]).out.split('\n');
    const frame = JSON.parse(line ?? '');
    expect(frame).toMatchObject({
      number: 1,
      time: '0.000000',
      length: 47,
      captured: 47,
      linkType: 1,
    });
    expect(frame.layers.map((layer: { layer: string }) => layer.layer)).toEqual([
      'ethernet',
      'ipv4',
      'udp',
    ]);
    expect(frame.payload).toBe('hex(68656c6c6f)');
  });

  it('shows a link type that it does not know as data', () => {
    const odd = join(folder, 'odd.pcap');
    run(['build', '-', '-o', odd], { input: '{"layers":["abc"],"linkType":276}' });
    expect(run(['decode', odd])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/DATA 3 3 bytes of data/),
    });
  });

  it('prints every whole frame of a file that is cut short, then the error, and ends with 1', () => {
    const cut = file('cut short.pcap', readFileSync(three).subarray(0, 24 + 63 + 63 + 16 + 5));
    for (const result of [
      run(['decode', cut]),
      run(['decode', '-'], { input: readFileSync(cut) }),
    ]) {
      expect(result.out.split('\n')).toHaveLength(3);
      expectError(result, 1, /(cut short\.pcap|standard input): .*byte 171.*frame 3/);
    }
  });

  it('refuses what is no capture, in words', () => {
    const missing = join(folder, 'nosuch.pcap');
    expectError(run(['decode', missing]), 1, /nosuch\.pcap: there is no such file/);
    expectError(run(['decode', folder]), 1, /this is a folder/);
    expectError(run(['decode', file('empty', '')]), 1, /empty: the file is empty/);
    expectError(run(['decode', '-']), 1, /standard input: the file is empty/);
    expectError(
      run(['decode', file('some.txt', 'hello world')]),
      1,
      /some\.txt: neither a capture nor hex: line 1, column 1/,
    );
    expectError(
      run(['decode', file('elf', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 0))]),
      1,
      /elf: not a capture/,
    );
    const pcapng = Uint8Array.of(
      0x0a,
      0x0d,
      0x0d,
      0x0a,
      28,
      0,
      0,
      0,
      0x4d,
      0x3c,
      0x2b,
      0x1a,
      1,
      0,
      0,
      0,
    );
    expectError(run(['decode', file('a.pcapng', pcapng)]), 1, /a\.pcapng: the file is cut short/);
  });

  it('has no colour in a pipe, and on a terminal only without NO_COLOR', () => {
    expect(run(['decode', '-V', three]).out).not.toContain('\u001b');
    const terminal = (prefix: string) =>
      shell(
        `export -f framewright; ${prefix} script -qec 'framewright decode -V -c1 "${three}"' /dev/null`,
        folder,
      ).out;
    // util-linux's script gives a terminal; elsewhere it is another program or none.
    if (spawnSync('script', ['--version']).status !== 0) {
      process.stderr.write('\n!!! SKIPPED: no util-linux script, so no terminal to test !!!\n');
      return;
    }
    expect(terminal('SHELL=/bin/bash')).toContain('\u001b[');
    expect(terminal('SHELL=/bin/bash NO_COLOR=1')).not.toContain('\u001b[');
  });
});

describe('decode of hex', () => {
  const expected = () => run(['decode', three, '-x', '-c1']).out;
  const hex = () => Buffer.from(readFileSync(three).subarray(40, 40 + 47)).toString('hex');

  it('reads it from a file and from standard input', () => {
    const dump = expected();
    const forms = [
      dump,
      hex(),
      (hex().match(/../g) ?? []).join(' '),
      `# a comment of more than the bytes that a capture begins with\n${hex()}\n`,
      dump.replace(/^(....) {2}/gm, '\t0x$1:  '),
    ];
    for (const form of forms) {
      expect(run(['decode', '-', '-x'], { input: form }).out, form).toBe(dump);
    }
    expect(run(['decode', file('some.hex', dump), '-x']).out).toBe(dump);
  });

  it('names line and column of what it can’t read', () => {
    expectError(
      run(['decode', '-'], { input: '02 00 zz' }),
      1,
      /standard input: .*line 1, column 7/,
    );
  });

  it('reads it though it comes byte by byte', async () => {
    const child = start(['decode', '-', '-x']);
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    const text = hex();
    for (const digit of text.slice(0, 40)) {
      child.stdin.write(digit);
      await new Promise((next) => setTimeout(next, 2));
    }
    child.stdin.end(text.slice(40));
    await new Promise((done) => child.on('close', done));
    expect(out).toBe(expected());
  });
});

describe('pipes', () => {
  it('show each frame as it arrives', async () => {
    const bytes = readFileSync(three);
    const child = start(['decode', '-']);
    const lines: string[] = [];
    const line = () =>
      new Promise<string>((done) => child.stdout.once('data', (c) => done(String(c))));
    for (const [from, to] of [
      [0, 24 + 63],
      [24 + 63, 24 + 126],
      [24 + 126, 24 + 189],
    ] as const) {
      const next = line();
      child.stdin.write(bytes.subarray(from, to));
      // The next frame is not sent before this one is shown.
      lines.push(await next);
    }
    const closed = new Promise((done) => child.on('close', done));
    child.stdin.end();
    expect(await closed).toBe(0);
    expect(lines.join('')).toBe(run(['decode', three]).out);
  });

  it('that close end the command quietly with 0', () => {
    const { out: all, bytes } = run(['decode', '-T', 'jsonl', three]);
    expect(bytes.length).toBe(all.length);
    // Far more than a pipe holds.
    file('many.jsonl', all.split('\n')[0]?.concat('\n').repeat(5_000) ?? '');
    // Where bash keeps the exit codes of a pipe.
    const codes = '$'.concat('{PIPESTATUS[*]}');
    expect(shell(`framewright build many.jsonl -o many.pcap`, folder).err).toBe('');
    for (const line of [
      'framewright decode many.pcap | head -1',
      'framewright decode many.pcap -T jsonl | head -1',
      'framewright decode - < many.pcap | head -1',
      'framewright fields | head -1',
    ]) {
      const { out, err } = shell(`${line}; echo codes ${codes}`, folder);
      expect(err, line).toBe('');
      expect(out.trim().split('\n'), line).toEqual([
        expect.anything(),
        expect.stringMatching(/^codes 0/),
      ]);
    }
  });

  it('to a reader that is slow lose nothing', () => {
    const { out } = shell('framewright decode many.pcap | (sleep 1; wc -l)', folder);
    expect(out.trim()).toBe('5000');
    const { out: written, err } = shell(
      'framewright decode many.pcap > all.txt; wc -l < all.txt',
      folder,
    );
    expect({ written: written.trim(), err }).toEqual({ written: '5000', err: '' });
  });

  const full = existsSync('/dev/full');
  if (!full) process.stderr.write('\n!!! SKIPPED: no /dev/full, so no full disk to test !!!\n');
  it.skipIf(!full)('to a full disk are an error', () => {
    for (const line of [
      'framewright decode many.pcap',
      'framewright fields',
      'framewright build ethernet -o -',
    ]) {
      expectError(shell(`${line} > /dev/full`, folder), 1, /standard output"?: the disk is full/);
    }
  });
});
