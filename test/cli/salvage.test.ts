import { readFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { expectError, run } from './command.js';
import { temporaryFolder } from './temporary-folder.js';

const TCP = fileURLToPath(new URL('../../fixtures/scenarios/tcp-close.pcapng', import.meta.url));

const { path, file } = temporaryFolder();

it.each([
  ['build', '[{ "udp": { "dstPort": 53 } }]', ['build', 'IN', '-o', 'OUT']],
  ['convert, of hex', '0000 01 02 03 04\n', ['convert', 'IN', 'OUT']],
  ['decap, of hex', '0000 01 02 03 04\n', ['decap', 'IN', '-o', 'OUT']],
  ['lab', 'devices: {}\n', ['lab', 'IN', '-o', 'OUT']],
  ['follow', readFileSync(TCP), ['follow', 'IN', '--flow', '1', '-o', 'OUT']],
])('%s does not write over what it reads', (verb, content, args) => {
  const name = file(`${verb}.in`, content);
  const alias = path(`${verb}.link`);
  symlinkSync(name, alias);
  for (const out of [name, alias]) {
    const call = args.map((one) => ({ IN: name, OUT: out })[one] ?? one);
    expectError(run(call), 2, /is what is read: give another name to write to/);
  }
  expect(readFileSync(name).equals(Buffer.from(content as string))).toBe(true);
});

it('convert may write a capture over a capture', () => {
  const name = file('same.pcapng', readFileSync(TCP));
  expect(run(['convert', name, name])).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(name).equals(readFileSync(TCP))).toBe(true);
});
