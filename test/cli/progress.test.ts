import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PcapWriter } from '../../src/capture/pcap-writer.js';
import { allowProgress, bytesText, Progress, progressOf } from '../../src/cli/progress.js';
import { requireBuild, shell } from './command.js';

vi.setConfig({ testTimeout: 60_000 });

let folder = '';
let path = '';
beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), 'framewright progress '));
  path = join(folder, 'a.pcap');
  // Eight million frames without bytes, which takes some seconds.
  writeFileSync(path, PcapWriter.toMemory().bytes());
  truncateSync(path, 24 + 16 * 8_000_000);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Both streams as terminals or not, while a test runs. */
function terminals(stderr: boolean, stdout: boolean): void {
  vi.spyOn(process.stderr, 'isTTY', 'get').mockReturnValue(stderr);
  vi.spyOn(process.stdout, 'isTTY', 'get').mockReturnValue(stdout);
  vi.stubEnv('TERM', 'xterm');
}

describe('progress', () => {
  beforeAll(() => {
    for (const stream of [process.stderr, process.stdout]) {
      Object.defineProperty(stream, 'isTTY', { configurable: true, get: () => false });
    }
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    allowProgress(true);
  });

  it('is there for a file that is read for somebody at a terminal', async () => {
    terminals(true, false);
    expect(await progressOf(path, false)).toBeInstanceOf(Progress);
    terminals(true, true);
    expect(await progressOf(path, true)).toBeInstanceOf(Progress);
  });

  it('is not there without a terminal, in one with text, for pipes, and where it is not wanted', async () => {
    terminals(true, true);
    expect(await progressOf(path, false)).toBeUndefined();
    for (const other of ['-', '/dev/null', folder, join(folder, 'none')]) {
      expect(await progressOf(other, true), other).toBeUndefined();
    }
    terminals(false, false);
    expect(await progressOf(path, true)).toBeUndefined();
    terminals(true, false);
    vi.stubEnv('TERM', 'dumb');
    expect(await progressOf(path, true)).toBeUndefined();
    terminals(true, false);
    allowProgress(false);
    expect(await progressOf(path, true)).toBeUndefined();
  });

  it('shows a bar after a second, and takes it away', async () => {
    terminals(true, false);
    let written = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written += text;
      return true;
    });
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const progress = new Progress(4_000_000);
    progress.frames = () => 5000;
    progress.chunk(1_000_000);
    now = 2000;
    progress.chunk(1_000_000);
    await vi.waitFor(() => expect(written).toContain('50%'));
    expect(written).toMatch(/50% {2}2\.0 MB of 4\.0 MB {2}2,500 frames\/s {2}\S+ left/);
    // A file that grew is not more than all of it.
    progress.chunk(9_000_000);
    progress.end();
    expect(written).toMatch(/100% {2}11\.0 MB/);
    expect(written.endsWith('\u001b[2K') || written.endsWith('\u001b[K')).toBe(true);
    // Neither wrapping nor the cursor is turned off: a signal would leave it so.
    expect(written).not.toContain('\u001b[?');
    progress.end();
  });

  it('shows none where the work has ended meanwhile', async () => {
    terminals(true, false);
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const progress = new Progress(100);
    now = 2000;
    progress.chunk(50);
    progress.end();
    await new Promise((next) => setTimeout(next, 100));
    expect(write).not.toHaveBeenCalled();
  });

  it('names bytes as people do', () => {
    const text = [0, 999, 1000, 999_949, 999_950, 12_345_678, 5e12, 5e15].map(bytesText);
    expect(text).toEqual('0 B,999 B,1.0 kB,999.9 kB,1.0 MB,12.3 MB,5.0 TB,5000.0 TB'.split(','));
  });
});

describe('the command at a terminal', () => {
  const there = spawnSync('script', ['--version']).status === 0;
  if (!there) {
    process.stderr.write('\n!!! SKIPPED: no util-linux script, so no terminal to test !!!\n');
  }
  /** What the terminal shows. */
  const terminal = (line: string, prefix = '') =>
    shell(
      `export -f framewright; SHELL=/bin/bash TERM=xterm ${prefix} script -qec '${line}' /dev/null`,
      folder,
    ).out;
  const bar = /\[=+ *\]\s+\d+% {2}[\d.]+ MB of 128\.0 MB {2}[\d,]+ frames\/s {2}\d+s left/;

  // Tried again: on a busy machine `script` was seen to end without what the terminal had shown.
  const busy = { retry: 2 };
  it.skipIf(!there)('shows how far long work is, and leaves nothing behind', busy, () => {
    const shown = terminal('framewright convert a.pcap b.pcapng && echo done');
    expect(shown).toMatch(bar);
    expect(shown.endsWith('\u001b[2Kdone\r\n')).toBe(true);
    expect(terminal('framewright decode -T fields -e frame.len a.pcap -c 2500000 > text')).toMatch(
      bar,
    );
  });

  it.skipIf(!there)('shows none where it would garble text, is not wanted, or has no end', () => {
    for (const line of [
      'framewright decode a.pcap -T fields -e frame.len -c 300000',
      'framewright convert a.pcap b.pcapng --no-progress',
      'cat a.pcap | framewright convert - b.pcapng',
      'framewright convert a.pcap b.pcapng 2>&1 | cat',
    ]) {
      expect(terminal(line), line).not.toContain('%');
    }
  });
});
