import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes/hex.js';
import { isBytesForm, printableValues, resolveValues } from '../../src/cli/spec-values.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framewright-values-'));
  await writeFile(join(folder, 'päy load.bin'), Uint8Array.of(1, 2, 255));
});
afterAll(() => rm(folder, { recursive: true }));

const resolved = (value: unknown) => resolveValues(value, { folder });
const utf8 = (text: string) => Uint8Array.from(new TextEncoder().encode(text));

describe('resolveValues', () => {
  it('reads bytes in each of the forms', async () => {
    expect(await resolved('hex(68 65 6c:6C6f)')).toEqual(utf8('hello'));
    expect(await resolved('hex()')).toEqual(new Uint8Array(0));
    expect(await resolved('zeros(3)')).toEqual(new Uint8Array(3));
    expect(await resolved('@päy load.bin')).toEqual(Uint8Array.of(1, 2, 255));
    expect(await resolved('text(@home)')).toEqual(utf8('@home'));
    expect(await resolved('text(hex(00))')).toEqual(utf8('hex(00)'));
    expect(await resolved('text(ä\n)')).toEqual(utf8('ä\n'));
  });

  it('gives the same random bytes for the same seed, a longer run beginning with the shorter', async () => {
    const ten = (await resolved('random(10, 42)')) as Uint8Array;
    const six = (await resolved('random(6,42)')) as Uint8Array;
    const other = (await resolved('random(10, 43)')) as Uint8Array;
    // mulberry32 with seed 42 begins with 0.6011037519201636: 2581720956 of 2 to the 32nd.
    expect(new DataView(ten.buffer).getUint32(0, true)).toBe(2581720956);
    expect(toHex(ten).startsWith(toHex(six))).toBe(true);
    expect(other).not.toEqual(ten);
  });

  it('walks objects and arrays and leaves everything else as it is', async () => {
    const bytes = Uint8Array.of(9);
    const spec = [
      { layer: 'ipv4', src: '10.0.0.1', ttl: 3, options: [{ data: 'hex(00ff)' }], none: null },
      'see hex(00)',
      'zeros(3',
      '@',
      bytes,
      undefined,
    ];
    const result = (await resolved(spec)) as unknown[];
    expect(result).toEqual([
      {
        layer: 'ipv4',
        src: '10.0.0.1',
        ttl: 3,
        options: [{ data: Uint8Array.of(0, 255) }],
        none: null,
      },
      'see hex(00)',
      'zeros(3',
      '@',
      bytes,
      undefined,
    ]);
    expect(result[4]).toBe(bytes);
    expect(spec[0]).toHaveProperty('options', [{ data: 'hex(00ff)' }]);
  });

  it.each([
    [[{ data: 'hex(0g)' }], /^\[0\]\.data: hex\(…\): "0g" is not pairs of hex digits/],
    [
      { a: { b: 'zeros(16777217)' } },
      /^a\.b: N in zeros\(N\), bytes: expected 0–16777216, not 16777217/,
    ],
    ['zeros(-1)', /expected 0–16777216, not -1/],
    ['zeros()', /not nothing/],
    ['zeros(1e3)', /not 1e3/],
    ['random(4)', /expected random\(N, seed\): with the seed/],
    ['random(4, 4294967296)', /seed in random/],
    [
      '@nowhere.bin',
      /there is no file .*nowhere\.bin; text that begins with @ is text\(@nowhere\.bin\)/,
    ],
    ['@.', /is a folder, expected a file/],
  ])('says where and why %j is wrong', async (value, message) => {
    await expect(resolved(value)).rejects.toMatchObject({
      code: 'BAD_SPEC',
      message: expect.stringMatching(message),
    });
  });

  it('refuses a value that contains itself', async () => {
    const loop: unknown[] = [];
    loop.push(loop);
    await expect(resolved(loop)).rejects.toMatchObject({ code: 'BAD_SPEC' });
  });

  it('keeps a key named __proto__ a key', async () => {
    const result = await resolved(JSON.parse('{"__proto__": {"ttl": 1}}'));
    expect(Object.keys(result as object)).toEqual(['__proto__']);
  });
});

describe('printableValues', () => {
  it('turns bytes into hex and protects strings that would be taken for bytes', () => {
    const value = [
      { layer: 'raw', bytes: Uint8Array.of(0, 255), n: 1 },
      '@x',
      'hex(00)',
      'plain',
      null,
    ];
    expect(printableValues(value)).toEqual([
      { layer: 'raw', bytes: 'hex(00ff)', n: 1 },
      'text(@x)',
      'text(hex(00))',
      'plain',
      null,
    ]);
  });

  it('is undone by resolveValues', async () => {
    const printed = printableValues(['text(a)', 'zeros(zz)', Uint8Array.of(7)]);
    expect(await resolved(printed)).toEqual([utf8('text(a)'), utf8('zeros(zz)'), Uint8Array.of(7)]);
  });
});

it('isBytesForm tells the forms by the whole string', () => {
  expect(['hex(zz)', 'text()', '@a'].every(isBytesForm)).toBe(true);
  expect(['hex (00)', ' hex(00)', 'hex(00) ', '@', 'HEX(00)', 'mss(1)'].some(isBytesForm)).toBe(
    false,
  );
});
