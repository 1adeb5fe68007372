/** Every capture of the corpus comes back from `decode -T jsonl | build`, as pcapng and as pcap. */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CapturedFrame } from '../../src/capture/frame.js';
import { frameWriter } from '../../src/cli/frame-writer.js';
import { openInput } from '../../src/cli/input.js';
import { jsonLines } from '../../src/cli/json-lines.js';
import { framesOfSpec } from '../../src/cli/read-specs.js';
import { TextBuffer } from '../../src/cli/text-buffer.js';
import { bindings } from '../../src/packet/bindings.js';
import { parse } from '../../src/packet/parse.js';
import { CORPUS, corpusIsThere } from '../support/corpus.js';

vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'framewright round trip '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const captures = corpusIsThere
  ? readdirSync(CORPUS).filter((name) => /\.(pcap|pcapng)$/.test(name))
  : [];

/** Frames, or as many as there are in front of damage. */
async function read(path: string): Promise<CapturedFrame[]> {
  const frames: CapturedFrame[] = [];
  const { reader } = await openInput(path);
  try {
    for await (const frame of reader ?? []) frames.push(frame);
  } catch (error) {
    expect(error).toHaveProperty('code', expect.stringMatching(/_CAPTURE$/));
  }
  return frames;
}

/** What the lines of `decode -T jsonl` say, from the same functions in one process. */
async function toLines(path: string): Promise<string> {
  const out = new TextBuffer();
  const input = await openInput(path);
  const show = jsonLines();
  let number = 0;
  try {
    for await (const batch of input.batches) {
      for (const source of batch) {
        const { data, linkType, wireLength } = source;
        const packet = parse(data, { linkType, wireLength, bindings });
        const context = { packet, epoch: undefined, relative: undefined, delta: undefined };
        show({ number: ++number, ...context }, source, out, input);
      }
    }
  } catch (error) {
    expect(error).toHaveProperty('code', expect.stringMatching(/_CAPTURE$/));
  }
  return new TextDecoder().decode(out.filled());
}

async function fromLines(lines: string, path: string, format: 'pcap' | 'pcapng'): Promise<void> {
  const spec = join(folder, 'lines.jsonl');
  writeFileSync(spec, lines);
  const writer = frameWriter(createWriteStream(path), format, undefined);
  for await (const frame of framesOfSpec(spec, bindings, 0)) await writer.write(frame);
  await writer.close();
}

/** What a pcap file knows of a frame. */
function plain({ data, wireLength, seconds, nanoseconds, timeDigits, linkType }: CapturedFrame) {
  return { data, wireLength, seconds, nanoseconds, timeDigits, linkType };
}

/** What a pcapng file knows of a frame beside that. */
function beyond({ hasTime, interface: from, details }: CapturedFrame) {
  if (from === undefined) return { hasTime };
  const { id, name, description, snapLength, comments, fcsBytes, section } = from;
  const { number } = section;
  return {
    hasTime,
    interface: { id, name, description, snapLength, comments, fcsBytes, section: number },
    details: details === undefined ? undefined : { options: [], ...details },
  };
}

/** Arrays of a hundred thousand are dear to compare by `toEqual`, as bytes are. */
function same(found: readonly CapturedFrame[], wanted: readonly CapturedFrame[], rich: boolean) {
  expect(found.length).toBe(wanted.length);
  for (const [i, frame] of wanted.entries()) {
    const other = found[i] as CapturedFrame;
    const { data, ...rest } = plain(frame);
    const { data: bytes, ...again } = plain(other);
    expect(Buffer.compare(bytes, data), `frame ${i + 1}`).toBe(0);
    expect(again).toEqual(rest);
    if (rich) expect(beyond(other)).toEqual(beyond(frame));
  }
}

function tcpdumpReads(path: string): void {
  const { status, stderr } = spawnSync('tcpdump', ['-nr', path, '-w', '/dev/null']);
  const words = /^reading from file .*\n(?:Warning: interface names might be incorrect\n)?$/;
  expect([status, String(stderr)]).toEqual([0, expect.stringMatching(words)]);
}

/** pcapng has no fractions of a second or more: the same instant. */
function inPcapng(frame: CapturedFrame): CapturedFrame {
  const more = Math.floor(frame.nanoseconds / 1e9);
  const { seconds, nanoseconds } = frame;
  return { ...frame, seconds: seconds + more, nanoseconds: nanoseconds - more * 1e9 };
}

describe.skipIf(!corpusIsThere)('the lines of decode', () => {
  it.each(captures)('of %s make the same capture', async (name) => {
    const frames = await read(join(CORPUS, name));
    const lines = await toLines(join(CORPUS, name));
    const target = join(folder, `${name}.pcapng`);
    if (frames.length === 0) return;
    await fromLines(lines, target, 'pcapng');
    const rich = frames[0]?.interface !== undefined;
    same(await read(target), frames.map(inPcapng), rich);
    if (new Set(frames.map(({ linkType }) => linkType)).size > 1) return;
    if (frames.some(({ hasTime }) => !hasTime)) return;
    const other = join(folder, `${name}.pcap`);
    await fromLines(lines, other, 'pcap');
    same(await read(other), frames, false);
    tcpdumpReads(other);
    const kinds = new Set(frames.map((f) => `${f.linkType} ${f.interface?.snapLength}`));
    // libpcap refuses interfaces that differ.
    if (kinds.size === 1) tcpdumpReads(target);
  });

  it('are captures for others', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.pcapng'));
    const { status, stdout, stderr } = spawnSync('capinfos', ['-TcM', ...files], { cwd: folder });
    expect([status, String(stderr).replace(/Running as.*\n/, '')]).toEqual([0, '']);
    expect(String(stdout).trim().split('\n')).toHaveLength(files.length + 1);
    expect(files.length).toBeGreaterThan(120);
  });
});
