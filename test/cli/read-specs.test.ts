import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes/hex.js';
import type { FrameToWrite } from '../../src/cli/frame-writer.js';
import { framesOfSpec } from '../../src/cli/read-specs.js';
import { ours } from './frames.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'framewright spec ü '));
});
afterAll(() => rmSync(folder, { recursive: true }));

const ETHERNET = '00'.repeat(12);

async function framesOf(spec: string): Promise<FrameToWrite[]> {
  const frames: FrameToWrite[] = [];
  for await (const frame of framesOfSpec(spec, ours, 0)) frames.push(frame);
  return frames;
}

async function framesIn(name: string, text: string) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return framesOf(path);
}

async function errorIn(name: string, text: string): Promise<string> {
  const error = await framesIn(name, text).catch((thrown: unknown) => thrown);
  expect(error).toHaveProperty('code', 'BAD_SPEC');
  return (error as Error).message.replace(folder, '');
}

describe('a specification', () => {
  it('is a line, a list of layers, an object, or a list of those, in JSON or YAML', async () => {
    const layers = [{ layer: 'ethernet' }, 'ab'];
    const yaml = '- layer: ethernet\n- ab\n';
    const forms = [
      ['a.json', JSON.stringify(layers)],
      ['b.json', JSON.stringify({ layers }, null, 2)],
      ['c.json', JSON.stringify([{ layers }])],
      ['d.jsonl', `${JSON.stringify({ layers })}\n\n`],
      ['e.yaml', yaml],
      ['f.yml', `layers:\n${yaml}`],
      ['g.yaml', '- [layer: ethernet, ab]\n'],
      ['h', `layers:\n- layer: ethernet\npayload: ab\n`],
    ] as const;
    const line = await framesOf('ethernet/"ab"');
    expect(toHex(line[0]?.data as Uint8Array)).toBe(`${ETHERNET}88b56162`);
    for (const [name, text] of forms) expect(await framesIn(name, text), name).toEqual(line);
  });

  it('may hold many frames: lines, lists, documents', async () => {
    expect(await framesIn('m.jsonl', '["a"]\n["b"]\n{"layers":["c"]}\n')).toHaveLength(3);
    expect(await framesIn('m.yaml', '- [a]\n- [b]\n---\nlayers: [c]\n')).toHaveLength(3);
  });

  it('keeps times, lengths and link types of decode’s lines', async () => {
    const line = { layers: ['abcd'], time: '5.000000001', length: 90, captured: 4, linkType: 101 };
    const [frame] = await framesIn('t.jsonl', JSON.stringify({ number: 1, problems: [], ...line }));
    expect(frame).toMatchObject({
      wireLength: 90,
      linkType: 101,
      time: { seconds: 5, nanoseconds: 1, timeDigits: 9 },
    });
    // A frame that was edited is as much longer on the wire.
    const [longer] = await framesIn('t2.jsonl', JSON.stringify({ ...line, layers: ['abcdef'] }));
    expect(longer?.wireLength).toBe(92);
    const [odd] = await framesIn(
      't3.jsonl',
      '{"layers":["a"],"time":"5.1000000000","timeDigits":9}',
    );
    expect(odd?.time).toEqual({ seconds: 5, nanoseconds: 1_000_000_000, timeDigits: 9 });
    const coarse = '{"layers":["a"],"time":"5.1500000","timeDigits":6}';
    const [other] = await framesIn('t5.jsonl', coarse);
    expect(other?.time).toEqual({ seconds: 5, nanoseconds: 1_500_000_000, timeDigits: 6 });
    const [half] = await framesIn('t6.jsonl', coarse.replace('5.1500000', '5.5'));
    expect(half?.time).toEqual({ seconds: 5, nanoseconds: 500_000_000, timeDigits: 6 });
    const [none] = await framesIn('t4.jsonl', '{"layers":["a"],"time":null}');
    expect(none?.time).toBeUndefined();
    const [absent] = await framesIn('t7.jsonl', '{"layers":["a"]}');
    expect(absent?.time).toEqual({ seconds: 0, nanoseconds: 0, timeDigits: 6 });
  });

  it('reads payload from files in its own folder', async () => {
    writeFileSync(join(folder, 'pay load.bin'), 'hello');
    const [frame] = await framesIn('p.yaml', '["@pay load.bin"]');
    expect(new TextDecoder().decode(frame?.data)).toBe('hello');
  });
});

describe('an error in a specification', () => {
  it.each([
    [
      'x.json',
      '[\n {"layers":[]},\n {"layers":[{"layer":"udp","dstport":1}]}]',
      /^\/x\.json:3: frame 2: layers\[0\]: udp has no field dstport; did you mean dstPort\?/,
    ],
    ['x.jsonl', '["a"]\n["a"', /^\/x\.jsonl:2: /],
    ['x.yaml', 'layers:\n  - layer: ipv4\n    ttl: [\n', /^\/x\.yaml: .*line 4, column 1/],
    [
      'y.yaml',
      '- - layer: ethernet\n- - layer: ipv5\n',
      /^\/y\.yaml:2: frame 2: layers\[0\]: no layer is named ipv5; did you mean ipv4/,
    ],
    [
      'z.yaml',
      'layers: [{layer: ipv4, ttl: 256}]',
      /^\/z\.yaml:1: ipv4\.ttl: 256 does not fit, it is 0–255/,
    ],
    ['e.yaml', '', /no frames in it/],
    ['n.yaml', '3', /a frame is a list of layers/],
    ['k.yaml', 'layers: []\nfoo: 1', /a frame has no foo; there are layers/],
    ['l.yaml', 'layers: []\nlength: -1', /length is -1, expected a whole number/],
    ['a.yaml', 'layers: *nowhere', /nowhere/],
    ['t.yaml', 'layers: []\ntime: noon', /"noon" is not a time/],
    ['f.yaml', '["@nofile"]', /there is no file/],
  ])('in %s names the place', async (name, text, message) => {
    expect(await errorIn(name, text)).toMatch(message);
  });

  it('that is not there names the file', async () => {
    for (const spec of ['nosuch.yaml', 'folder/nosuch', 'nosuch']) {
      await expect(framesOf(spec)).rejects.toThrow(`${spec}: there is no such file`);
    }
  });
});
