import { spawnSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CapturedFrame } from '../../src/capture/frame.js';
import { PcapWriter } from '../../src/capture/pcap-writer.js';
import { PcapngWriter } from '../../src/capture/pcapng-writer.js';
import { openCapture } from '../../src/capture/reader.js';
import {
  run as child,
  cli,
  expectError,
  type Result,
  type RunOptions,
  requireBuild,
  shell,
  start,
} from './command.js';
import { runHere } from './here.js';

vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), 'framewright ü convert '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** In this process, unless standard input or output is asked for. */
async function run(args: readonly string[], options?: RunOptions): Promise<Outcome> {
  const talks = options !== undefined || args.includes('-') || args[0] === 'decode';
  return talks ? child(args, options) : runHere(args);
}
interface Outcome extends Pick<Result, 'code' | 'err' | 'out'> {
  readonly bytes?: Uint8Array;
}

const at = (name: string): string => join(folder, name);
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content);
  return at(name);
};

function pcap(frames = 3, precision: 'us' | 'ns' = 'us', byteOrder: 'big' | 'little' = 'little') {
  const writer = PcapWriter.toMemory({ precision, snapLength: 100, byteOrder, linkType: 228 });
  for (let i = 0; i < frames; i++) {
    const data = Uint8Array.of(0x45, i & 255, i >> 8);
    writer.write(data, { seconds: i, nanoseconds: 5_001_000 + (precision === 'ns' ? 7 : 0) });
  }
  return writer.bytes();
}

/** Two interfaces, comments, flags, a frame without time, an unknown block. */
function pcapng({ linkTypes = [1, 1], timeDigits = 9 } = {}): Uint8Array {
  const writer = PcapngWriter.toMemory({ application: 'test', byteOrder: 'big' });
  for (const [i, linkType] of linkTypes.entries()) {
    writer.addInterface({ name: `if${i}`, linkType, timeDigits });
  }
  const time = { seconds: 7, nanoseconds: 123_456_789 };
  const details = { comments: ['one', 'two'], flags: 2 };
  writer.write(Uint8Array.of(1, 2, 3), { interface: 0, ...time, details });
  writer.write(Uint8Array.of(4), { interface: 1, ...time, seconds: 8, wireLength: 90 });
  writer.write(Uint8Array.of(5, 6), { interface: 0, hasTime: false });
  const bytes = Uint8Array.of(0, 0, 9, 9, 0, 0, 0, 16, 1, 2, 3, 4, 0, 0, 0, 16);
  writer.writeBlock({ type: 0x909, bytes, byteOrder: 'big' });
  return writer.bytes();
}

const bytesOf = ({ bytes }: Outcome): Uint8Array => bytes ?? expect.fail('no bytes');

async function frames(bytes: Uint8Array): Promise<CapturedFrame[]> {
  const all: CapturedFrame[] = [];
  for await (const frame of await openCapture(bytes)) all.push(frame);
  return all;
}

const read = (name: string): Uint8Array => new Uint8Array(readFileSync(at(name)));
const ok = (result: Outcome): void =>
  expect([result.code, result.err, result.out]).toEqual([0, '', '']);

describe('convert', () => {
  it('keeps pcapng to the byte, compressed and not', async () => {
    const original = pcapng({ linkTypes: [1, 0] });
    ok(await run(['convert', file('a.pcapng', original), at('b.pcapng.gz')]));
    expect(new Uint8Array(gunzipSync(read('b.pcapng.gz')))).toEqual(original);
    ok(await run(['convert', at('b.pcapng.gz'), at('c.pcapng')]));
    expect(read('c.pcapng')).toEqual(original);
    // Neither the name nor an option says: it stays what it is.
    expect((await run(['convert', at('b.pcapng.gz'), '-'])).bytes).toEqual(Buffer.from(original));
  });

  it.each(['us', 'ns'] as const)(
    'keeps pcap in %s to the byte through pcapng',
    async (precision) => {
      const original = pcap(3, precision);
      ok(await run(['convert', file('p.pcap', original), at('p.pcapng')]));
      const back = await run(['convert', at('p.pcapng'), at('p2.pcap')]);
      expect([back.code, back.err]).toEqual([0, '']);
      expect(read('p2.pcap')).toEqual(original);
      const big = pcap(3, precision, 'big');
      ok(await run(['convert', file('p.pcap', big), at('p.cap.gz')]));
      expect(new Uint8Array(gunzipSync(read('p.cap.gz')))).toEqual(big);
    },
  );

  it('says what pcap has no place for, and with --strict writes nothing', async () => {
    const from = file('rich.pcapng', pcapng());
    const words =
      /rich\.pcap: left out, as pcap has no place for it: 1 section header with options; 2 interface descriptions[^;]*; 2 comments of frames; flags[^;]* 1 frame; 1 frame without a time: the copy says 1970; 1 block of unknown type/;
    const { code, err } = await run(['convert', from, at('rich.pcap')]);
    expect([code, err]).toEqual([0, expect.stringMatching(words)]);
    const times = (await frames(read('rich.pcap'))).map((f) => [f.seconds, f.nanoseconds]);
    expect(times).toEqual([
      [7, 123_456_789],
      [8, 123_456_789],
      [0, 0],
    ]);
    const before = readdirSync(folder);
    const strict = ['convert', from, at('strict.pcap'), '--strict'];
    expectError(await run(strict), 1, /left out.*\(--strict: nothing is written\)/);
    const piped = ['convert', '-', at('strict.pcap'), '--strict'];
    expectError(await run(piped, { input: pcapng() }), 1, /--strict: nothing is written/);
    expect(readdirSync(folder)).toEqual(before);
    ok(await run(['convert', from, at('strict.pcapng'), '--strict']));
  });

  it('refuses several link types for pcap, from files and pipes, and leaves no file', async () => {
    const mixed = pcapng({ linkTypes: [1, 0] });
    const from = file('mixed.pcapng', mixed);
    const before = readdirSync(folder);
    expectError(
      await run(['convert', from, at('m.pcap')]),
      1,
      /mixed\.pcapng: .* one link type.*1, 0/,
    );
    const piped = await run(['convert', '-', at('m.pcap')], { input: mixed });
    expectError(piped, 1, /frame 2 has link type 0/);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('reads pcapng for pcap from a pipe as it comes', async () => {
    const piped = await run(['convert', '-', '-', '--to', 'pcap'], { input: pcapng() });
    expect(piped.code).toBe(0);
    expect(piped.err).toMatch(/standard output: left out.*2 comments/);
    const quiet = ['convert', file('rich.pcapng', pcapng()), at('same.pcap'), '--no-progress'];
    expect((await run(quiet)).code).toBe(0);
    expect(await frames(bytesOf(piped))).toEqual(await frames(read('same.pcap')));
    const coarse = await run(['convert', '-', '-', '--to', 'pcap', '-c1'], {
      input: pcapng({ timeDigits: 6 }),
    });
    expect(await frames(bytesOf(coarse))).toMatchObject([
      { timeDigits: 6, nanoseconds: 123_456_000 },
    ]);
  });

  it('refuses times from a pipe that turn out finer than those it began with', async () => {
    const writer = PcapngWriter.toMemory();
    // More than is read at once.
    for (let i = 0; i < 9; i++) writer.write(new Uint8Array(100_000), { timeDigits: 6 });
    writer.write(Uint8Array.of(2), { timeDigits: 9, nanoseconds: 1 });
    const input = writer.bytes();
    expectError(
      await run(['convert', '-', at('late.pcap')], { input }),
      1,
      /frame 10 .*nanoseconds/,
    );
    const { code } = await run(['convert', file('late.pcapng', input), at('late.pcap')]);
    expect(code).toBe(0);
  });

  it('stops after -c frames', async () => {
    for (const [from, bytes] of [
      ['n.pcap', pcap(9)],
      ['n.pcapng', pcapng()],
    ] as const) {
      for (const to of ['o.pcap', 'o.pcapng']) {
        expect((await run(['convert', file(from, bytes), at(to), '-c', '2'])).code).toBe(0);
        expect(await frames(read(to)), `${from} ${to}`).toHaveLength(2);
      }
    }
  });

  it('makes captures of hex text', async () => {
    const from = file('hex.txt', '45 00 00 01\n\n45 00 00 02\n\n45 00 00 03\n');
    ok(await run(['convert', from, at('hex.pcapng'), '-c2']));
    expect((await frames(read('hex.pcapng'))).map((f) => f.data[3])).toEqual([1, 2]);
    ok(await run(['convert', from, at('hex')]));
    expect(await frames(read('hex'))).toHaveLength(3);
  });

  it('writes what was good in front of damage as a whole file, and ends with 1', async () => {
    const cut = pcap(5).subarray(0, 24 + 19 * 3 + 5);
    const words = /cut\.pcap: the file is cut short/;
    for (const to of ['d.pcap', 'd.pcapng', 'd.pcap.gz']) {
      expectError(await run(['convert', file('cut.pcap', cut), at(to)]), 1, words);
      expect(await frames(read(to)), to).toHaveLength(3);
    }
    const short = pcapng().slice(0, -20);
    expectError(
      await run(['convert', file('cut.pcapng', short), at('d2.pcap')]),
      1,
      /left out[\s\S]*cut/,
    );
    expect(await frames(read('d2.pcap'))).toHaveLength(2);
    const gzip = gzipSync(pcap(5)).subarray(0, -12);
    expectError(await run(['convert', file('cut.gz', gzip), at('d3.pcap')]), 1, /cut\.gz: /);
    const broken = pcapng();
    broken[broken.length - 16 - 1] = 0xff;
    expectError(
      await run(['convert', '-', at('d4.pcap')], { input: broken }),
      1,
      /standard input: /,
    );
    expect(await frames(read('d4.pcap'))).toHaveLength(2);
  });

  it('replaces its own input whole, and leaves it alone where it is damaged', async () => {
    const own = file('own.pcap', pcap());
    ok(await run(['convert', own, own]));
    expect(read('own.pcap')).toEqual(pcap());
    const rich = file('own.pcapng', pcapng({ timeDigits: 6 }));
    ok(await run(['convert', rich, rich, '-c1']));
    expect(await frames(read('own.pcapng'))).toHaveLength(1);
    const cut = pcap().subarray(0, -1);
    file('own.pcap', cut);
    linkSync(own, at('link.pcap'));
    symlinkSync(own, at('symlink.pcap'));
    for (const to of ['own.pcap', 'link.pcap', 'symlink.pcap']) {
      const result = await run(['convert', own, at(to)]);
      expectError(result, 1, /cut short.*stays as it is/);
      expect(Buffer.compare(read(to), cut)).toBe(0);
    }
    const redirected = shell('framewright convert - own.pcap < own.pcap', folder);
    expectError(redirected, 1, /cut short.*stays as it is/);
    expect(Buffer.compare(read('own.pcap'), cut)).toBe(0);
  });
});

describe('odd inputs and outputs', () => {
  it('are names with blanks, other alphabets and dashes in front', async () => {
    file('-ein gang ü.pcap', pcap());
    const result = shell("framewright convert -- '-ein gang ü.pcap' '-aus gang 名.pcapng'", folder);
    expect([result.code, result.err]).toEqual([0, '']);
    expect(readdirSync(folder)).toContain('-aus gang 名.pcapng');
  });

  it('are told in words when they are folders, missing, empty or not to be read', async () => {
    mkdirSync(at('sub'), { recursive: true });
    const good = file('good.pcap', pcap());
    expectError(await run(['convert', at('sub'), at('x.pcap')]), 1, /a folder, not a file/);
    expectError(await run(['convert', at('missing'), at('x.pcap')]), 1, /there is no such file/);
    expectError(await run(['convert', `${good}/x`, at('x.pcap')]), 1, /there is no such file/);
    expectError(await run(['convert', file('empty', ''), at('x.pcap')]), 1, /the file is empty/);
    expectError(await run(['convert', '-', at('x.pcap')]), 1, /standard input: the file is empty/);
    expectError(await run(['convert', good, at('sub')]), 2, /is a folder/);
    expectError(await run(['convert', good, at('no/x.pcap')]), 2, /does not exist/);
    expectError(await run(['convert', good, '/dev/full']), 1, /the disk is full/);
    expectError(await run(['convert', good, '/dev/full', '--to=pcapng']), 1, /the disk is full/);
    expectError(await run(['build', 'ethernet', '-o', '/dev/full']), 1, /the disk is full/);
    const full = shell(`framewright convert '${good}' - > /dev/full`, folder);
    expectError(full, 1, /output|standard output.*full/);
    expect(readdirSync(folder)).not.toContain('x.pcap');
  });

  it('are zstd, where Node has none', async () => {
    if ('createZstdCompress' in process.getBuiltinModule('node:zlib')) return;
    const good = file('good.pcap', pcap());
    expectError(
      await run(['convert', good, at('x.pcap.zst')]),
      2,
      /cannot write zstd .*`zstd .*x\.pcap`/,
    );
    const zst = file('in.zst', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0));
    expectError(await run(['convert', zst, at('x.pcap')]), 1, /in\.zst: .*`zstd -dc IN > OUT`/);
  });

  it('are pipes: FIFOs, /dev/stdin, standard input, byte by byte', async () => {
    file('good.pcap', pcap());
    const line = (text: string) => shell(text, folder);
    const fifo = line('mkfifo f; cat good.pcap > f & framewright convert f fifo.pcapng; wait');
    expect([fifo.code, fifo.err]).toEqual([0, '']);
    expect(await frames(read('fifo.pcapng'))).toHaveLength(3);
    const out = line('mkfifo g; framewright convert good.pcap g & cat g > fifo.pcap; wait');
    expect([out.code, out.err]).toEqual([0, '']);
    expect(read('fifo.pcap')).toEqual(pcap());
    for (const from of [
      'framewright convert /dev/stdin - < good.pcap',
      'cat good.pcap | framewright convert /dev/stdin -',
      'framewright convert /dev/stdin /dev/stdout < good.pcap | cat',
    ]) {
      const result = line(from);
      expect([result.code, result.err, result.bytes]).toEqual([0, '', Buffer.from(pcap())]);
    }
    const slow = line('dd bs=1 status=none if=good.pcap | framewright convert - -');
    expect(slow.bytes).toEqual(Buffer.from(pcap()));
  });

  it('is a file that grows: what is there is read', async () => {
    const path = file('grows.pcap', pcap(2000).subarray(0, 24 + 19 * 1000 + 3));
    expectError(await run(['convert', path, at('grown.pcap')]), 1, /cut short/);
    expect(await frames(read('grown.pcap'))).toHaveLength(1000);
    file('grows.pcap', pcap(2000));
    ok(await run(['convert', path, at('grown.pcap')]));
    expect(await frames(read('grown.pcap'))).toHaveLength(2000);
  });

  it('is a bomb of gzip: an error, or frames without bytes, and little memory', async () => {
    const zeros = 'head -c 1073741824 /dev/zero | gzip -1 > zeros.gz';
    expect(shell(zeros, folder).code).toBe(0);
    expectError(await run(['convert', at('zeros.gz'), at('x.pcapng')]), 1, /not a capture/);
    file('head', pcapng());
    const bomb = shell('(gzip -1 < head; cat zeros.gz) > bomb.gz', folder);
    expect(bomb.code).toBe(0);
    expectError(
      await run(['convert', at('bomb.gz'), at('x.pcapng')]),
      1,
      /block at byte \d+ has a length/,
    );
    rmSync(at('zeros.gz'));
    rmSync(at('bomb.gz'));
  });

  it('is a record that claims 4 GiB', async () => {
    const bytes = pcap();
    bytes.fill(0xff, 24 + 8, 24 + 12);
    expectError(await run(['convert', file('4g.pcap', bytes), at('4g-out.pcap')]), 1, /4294967295/);
    const block = pcapng();
    block.fill(0xff, block.length - 12, block.length - 8);
    block[block.length - 9] = 0xfc;
    expectError(await run(['convert', file('4g.pcapng', block), at('x2.pcapng')]), 1, /4294967292/);
  });

  it('is a reader that goes, and endless input', async () => {
    file('head.pcap', pcap(1));
    const endless = `(cat head.pcap; tail -c +25 head.pcap; while cat r; do :; done 2>/dev/null)`;
    file('r', Buffer.concat(Array(5000).fill(pcap(1).subarray(24))));
    const result = shell(
      `set -o pipefail; ${endless} | framewright convert - - | head -c 50000 | wc -c; echo "\${PIPESTATUS[1]}"`,
      folder,
    );
    expect(result.out).toBe('50000\n0\n');
    expect(result.err).toBe('');
    const text = shell(`${endless} | framewright decode - | head -3 | wc -l`, folder);
    expect([text.out, text.err]).toEqual(['3\n', '']);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'is %s in the middle: no file is left',
    async (signal) => {
      const before = readdirSync(folder);
      const child = start(['convert', '-', at('stopped.pcapng')]);
      const ended = new Promise((done) => child.once('exit', (code, by) => done(by ?? code)));
      child.stdin.on('error', () => {});
      child.stdin.write(pcap(50_000));
      for (let i = 0; i < 200 && readdirSync(folder).length === before.length; i++) {
        await new Promise((next) => setTimeout(next, 25));
      }
      expect(readdirSync(folder).length).toBe(before.length + 1);
      child.kill(signal);
      expect(await ended).toBe(signal);
      expect(readdirSync(folder)).toEqual(before);
    },
  );

  it('reads what tshark and capinfos read of what it writes', async () => {
    file('tools.pcapng', pcapng({ linkTypes: [1, 0] }));
    ok(await run(['convert', at('tools.pcapng'), at('tools2.pcapng.gz')]));
    const asked = ['-T', 'fields', '-e', 'frame.interface_name', '-e', 'frame.comment', '-r'];
    const [one, two] = ['tools.pcapng', 'tools2.pcapng.gz'].map((name) =>
      String(spawnSync('tshark', [...asked, at(name)]).stdout),
    );
    expect(two).toBe(one);
    expect(one).toContain('one,two');
    const ours = await run(['decode', at('tools2.pcapng.gz'), ...asked.slice(0, -1)]);
    expect(ours.out).toBe(one);
  });
});

describe('memory', () => {
  const there = spawnSync('/usr/bin/time', ['-f', '%M', 'true']).status === 0;
  if (!there)
    process.stderr.write('\n!!! SKIPPED: no /usr/bin/time, so memory is not judged !!!\n');

  it.skipIf(!there)('stays small whatever the size of the work', () => {
    // A hundred megabytes of frames, and as many of lines.
    const frame = PcapWriter.toMemory({ snapLength: 0 });
    for (let i = 0; i < 1000; i++) frame.write(new Uint8Array(1000).fill(i));
    file('block', frame.bytes().subarray(24));
    const payload = `hex(${'ab'.repeat(1000)})`;
    const line = JSON.stringify({ time: '5.000001', payload, layers: [] });
    file('line', `${line}\n`);
    const make = [
      'head -c 24 head.pcap > large.pcap',
      'for i in {1..100}; do cat block; done >> large.pcap',
      'yes "$(cat line)" | head -n 50000 > large.jsonl',
    ];
    file('head.pcap', pcap(1));
    expect(shell(make.join('; '), folder).code).toBe(0);
    for (const work of [
      'convert large.pcap large.pcapng',
      'convert large.pcapng large2.pcap',
      'convert large.pcap large.pcapng.gz',
      'convert large.pcapng.gz large2.pcapng',
      'decode large.pcapng.gz -T fields -e frame.len',
      'build large.jsonl -o large.pcapng',
    ]) {
      const timed = `/usr/bin/time -f %M "${process.execPath}" "${cli}" ${work} > /dev/null`;
      const { err } = shell(timed, folder);
      expect(err, work).toMatch(/^\d+\n$/);
      expect(Number(err), work).toBeLessThan(160_000);
    }
  });
});
