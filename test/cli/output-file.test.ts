import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buildSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeWhole } from '../../src/cli/output-file.js';

const posix = process.platform !== 'win32';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'framewright out ü '));
});
afterEach(() => rmSync(folder, { recursive: true }));

const listeners = () =>
  ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => process.listenerCount(name));
const writes = (text: string) => (stream: NodeJS.WritableStream) =>
  new Promise<void>((done) => stream.write(text, () => done()));

describe('writeWhole', () => {
  it('shows the old content until all is written, and leaves nothing else behind', async () => {
    const path = join(folder, 'naïve name.pcap');
    writeFileSync(path, 'old');
    const before = listeners();
    await writeWhole(path, async (stream) => {
      await writes('new')(stream);
      expect(readFileSync(path, 'utf8')).toBe('old');
      const [hidden] = readdirSync(folder).filter((name) => name !== 'naïve name.pcap');
      expect(hidden).toMatch(/^\..*\.part$/);
    });
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['naïve name.pcap']);
    expect(listeners()).toEqual(before);
  });

  it('takes a writer that ends the stream itself, as a pipeline does', async () => {
    const path = join(folder, 'a');
    const chunk = Buffer.alloc(100_000, 7);
    await writeWhole(path, (stream) => pipeline(Readable.from([chunk, chunk, chunk]), stream));
    expect(statSync(path).size).toBe(300_000);
  });

  it('writes an empty file for a writer that writes nothing', async () => {
    await writeWhole(join(folder, 'empty'), async () => {});
    expect(statSync(join(folder, 'empty')).size).toBe(0);
  });

  it('keeps the old file and removes the new one when the writer fails', async () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'old');
    const before = listeners();
    const failing = writeWhole(path, async (stream) => {
      stream.write('half');
      throw new Error('no more frames');
    });
    await expect(failing).rejects.toThrow('no more frames');
    await expect(
      writeWhole(path, async (stream) => {
        stream.destroy(new Error('broken'));
      }),
    ).rejects.toThrow('broken');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a']);
    expect(listeners()).toEqual(before);
  });

  it('writes many files at once with one listener a signal', async () => {
    const before = listeners().map((count) => count + 1);
    const names = Array.from({ length: 20 }, (_, i) => `${i}`);
    await Promise.all(
      names.map((name) =>
        writeWhole(join(folder, name), async (stream) => {
          expect(listeners()).toEqual(before);
          stream.write(name);
        }),
      ),
    );
    expect(names.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(names);
  });

  it.runIf(posix)('keeps the mode of an existing file', async () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'old');
    chmodSync(path, 0o666);
    await writeWhole(path, writes('new'));
    expect(statSync(path).mode & 0o7777).toBe(0o666);
    chmodSync(path, 0o600);
    await writeWhole(path, writes('newer'));
    expect(statSync(path).mode & 0o7777).toBe(0o600);
  });

  it.runIf(posix)(
    'replaces what a link points at, there or not yet, and keeps the link',
    async () => {
      mkdirSync(join(folder, 'deep'));
      symlinkSync('deep/target', join(folder, 'one'));
      symlinkSync('one', join(folder, 'two'));
      for (const text of ['first', 'second']) {
        await writeWhole(join(folder, 'two'), writes(text));
        expect(readFileSync(join(folder, 'deep', 'target'), 'utf8')).toBe(text);
      }
      expect(lstatSync(join(folder, 'two')).isSymbolicLink()).toBe(true);
      expect(readdirSync(join(folder, 'deep'))).toEqual(['target']);
      symlinkSync('loop', join(folder, 'loop'));
      await expect(writeWhole(join(folder, 'loop'), writes('x'))).rejects.toThrow(/circle/);
    },
  );

  it.runIf(posix)('writes devices and FIFOs directly', async () => {
    await writeWhole('/dev/null', writes('gone'));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const [read] = await Promise.all([readFile(fifo, 'utf8'), writeWhole(fifo, writes('through'))]);
    expect(read).toBe('through');
    expect(lstatSync(fifo).isFIFO()).toBe(true);
  });

  it.runIf(existsSync('/dev/full'))('does not wait for a full disk to drain', async () => {
    const waiting = writeWhole('/dev/full', async (stream) => {
      while (stream.write(Buffer.alloc(65536)));
      await new Promise(() => {});
    });
    await expect(waiting).rejects.toMatchObject({
      code: 'ENOSPC',
      message: 'output "/dev/full": the disk is full',
    });
  });

  it('names what is wrong with a path', async () => {
    const fails = (path: string) => writeWhole(path, writes('x'));
    writeFileSync(join(folder, 'file'), '');
    await expect(fails(folder)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: `output ${JSON.stringify(folder)}: is a folder; expected the name of a file`,
    });
    await expect(fails('')).rejects.toThrow(/expected the name of a file/);
    await expect(fails(`${folder}/new/`)).rejects.toThrow(/no such folder/);
    await expect(fails(join(folder, 'no', 'a'))).rejects.toThrow(/the folder .*no does not exist/);
    await expect(fails(join(folder, 'file', 'a'))).rejects.toThrow(/not a folder/);
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

describe.runIf(posix)('in a process', () => {
  let script: string;
  beforeEach(() => {
    const entry = join(folder, 'main.mjs');
    const source = JSON.stringify(join(process.cwd(), 'src/cli/output-file.ts'));
    writeFileSync(
      entry,
      `import { writeWhole } from ${source};
       const [path, what] = process.argv.slice(2);
       if (what === 'graceful') process.once('SIGINT', () => globalThis.finish());
       await writeWhole(path, async (stream) => {
         stream.write('some');
         if (what === 'exit') process.exit(3);
         if (what === 'pour') for (;;) {
           if (!stream.write('x'.repeat(65536))) await new Promise((next) => stream.once('drain', next));
         }
         if (what) {
           setInterval(() => {}, 1000);
           process.stderr.write('ready');
           await new Promise((done) => { globalThis.finish = done; });
         }
       }).catch((error) => { process.stderr.write(String(error.code)); process.exit(4); });
       process.stderr.write('after');
       if (path === '-') process.stdout.write(' and more');
       if (what === 'graceful') process.exit(0);`,
    );
    script = join(folder, 'bundle.mjs');
    buildSync({
      entryPoints: [entry],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
  });

  const interrupted = (what: string, signal: NodeJS.Signals) =>
    new Promise<{ code: number | null; signal: string | null }>((done) => {
      const child = spawn(process.execPath, [script, join(folder, 'out'), what]);
      child.stderr.once('data', () => child.kill(signal));
      child.on('exit', (code, by) => done({ code, signal: by }));
    });
  const parts = () => readdirSync(folder).filter((name) => name.endsWith('.part'));

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s removes the file and ends it',
    async (signal) => {
      expect(await interrupted('wait', signal)).toEqual({ code: null, signal });
      expect(parts()).toEqual([]);
      expect(existsSync(join(folder, 'out'))).toBe(false);
    },
  );

  it('a signal is left to others who listen, and the file is finished', async () => {
    expect(await interrupted('graceful', 'SIGINT')).toEqual({ code: 0, signal: null });
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('some');
    expect(parts()).toEqual([]);
  });

  it('process.exit amid writing removes the file', () => {
    expect(spawnSync(process.execPath, [script, join(folder, 'out'), 'exit']).status).toBe(3);
    expect(parts()).toEqual([]);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  it('- is standard output, which stays open', () => {
    const { stdout, status } = spawnSync(process.execPath, [script, '-']);
    expect({ text: stdout.toString(), status }).toEqual({ text: 'some and more', status: 0 });
  });

  it('a reader of standard output who leaves is an error with the code EPIPE', async () => {
    const child = spawn(process.execPath, [script, '-', 'pour']);
    child.stdout.once('data', () => child.stdout.destroy());
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    const code = await new Promise((done) => child.on('close', done));
    expect({ code, stderr }).toEqual({ code: 4, stderr: 'EPIPE' });
  });

  it('/dev/stdout is written directly even where it is a file', () => {
    const out = join(folder, 'redirected');
    execFileSync('sh', ['-c', `"$0" "$1" /dev/stdout > "$2"`, process.execPath, script, out]);
    expect(readFileSync(out, 'utf8')).toBe('some');
  });
});
