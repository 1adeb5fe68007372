import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectError, requireBuild, run } from './command.js';

const TCP = fileURLToPath(new URL('../../fixtures/scenarios/tcp-close.pcapng', import.meta.url));

let folder = '';
beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), 'framewright '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['build', '[{ "udp": { "dstPort": 53 } }]', ['build', 'IN', '-o', 'OUT']],
  ['convert, of hex', '0000 01 02 03 04\n', ['convert', 'IN', 'OUT']],
  ['decap, of hex', '0000 01 02 03 04\n', ['decap', 'IN', '-o', 'OUT']],
  ['lab', 'devices: {}\n', ['lab', 'IN', '-o', 'OUT']],
  ['follow', readFileSync(TCP), ['follow', 'IN', '--flow', '1', '-o', 'OUT']],
])('%s does not write over what it reads', (verb, content, args) => {
  const name = join(folder, `${verb}.in`);
  const alias = join(folder, `${verb}.link`);
  writeFileSync(name, content);
  symlinkSync(name, alias);
  for (const out of [name, alias]) {
    const call = args.map((one) => ({ IN: name, OUT: out })[one] ?? one);
    expectError(run(call), 2, /is what is read: give another name to write to/);
  }
  expect(readFileSync(name).equals(Buffer.from(content as string))).toBe(true);
});

it('convert may write a capture over a capture', () => {
  const name = join(folder, 'same.pcapng');
  writeFileSync(name, readFileSync(TCP));
  expect(run(['convert', name, name])).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(name).equals(readFileSync(TCP))).toBe(true);
});
