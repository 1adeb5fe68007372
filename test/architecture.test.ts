/** Keeps the house in order: who may import whom, and what a module may not do. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build as bundle } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { MemoryPcapWriter } from '../src/capture/pcap-writer.js';
import { fixture } from './support/fixtures.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');

/** DESIGN.md §1: each folder and the folders that it may import, besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  headers: ['bytes'],
  packet: ['bytes', 'headers'],
  encap: ['bytes', 'headers', 'packet'],
  capture: ['bytes'],
  reassembly: ['bytes', 'headers', 'packet'],
  lab: ['bytes', 'headers', 'packet', 'encap', 'capture', 'reassembly'],
  scenarios: ['bytes', 'headers', 'packet', 'encap', 'capture', 'reassembly', 'lab'],
  cli: ['bytes', 'headers', 'packet', 'encap', 'capture', 'reassembly', 'lab', 'scenarios'],
  'index.ts': ['bytes', 'headers', 'packet', 'encap', 'capture', 'reassembly', 'lab', 'scenarios'],
  'pcap-writer.ts': ['capture'],
  'cli.ts': ['cli', 'bytes'],
};

interface Import {
  readonly from: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sourceFiles(path);
    // What ends in .as.ts is AssemblyScript.
    return /\.ts$/.test(name) && !/\.(d|as)\.ts$/.test(name) ? [path] : [];
  });
}

const nameOf = (path: string): string => relative(src, path).replaceAll('\\', '/');
const folderOf = (file: string): string => file.split('/')[0] as string;

const files = sourceFiles(src).map((path) => ({ name: nameOf(path), path }));

/** The text without comments and the contents of strings, so that words in them do not count. */
function codeOf(text: string): string {
  return text.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g,
    (found) => (found.startsWith('/') ? ' ' : "''"),
  );
}

function withoutComments(text: string): string {
  return text.replace(/^\s*(\*|\/\*|\/\/).*$/gm, '');
}

function importsOf(file: { name: string; path: string }): Import[] {
  const text = withoutComments(readFileSync(file.path, 'utf8'));
  const statements = text.matchAll(
    /^(?:import(?<taken>\s[^;'"]*?\bfrom)?|export(?<given>\s[^;'"]*?\bfrom))\s*['"](?<target>[^'"]+)['"]/gm,
  );
  const found = [...statements].map(({ groups }) => {
    const what = groups?.['taken'] ?? groups?.['given'] ?? '';
    const named = /^\s*\{([^}]*)\}/.exec(what)?.[1]?.split(',');
    const allTypes = named?.every((one) => one.trim() === '' || /^\s*type\s/.test(one)) ?? false;
    return {
      from: file.name,
      target: groups?.['target'] ?? '',
      typeOnly: /^\s*type\s/.test(what) || allTypes,
    };
  });
  const dynamic = [...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)];
  for (const [, target] of dynamic) {
    found.push({ from: file.name, target: target as string, typeOnly: false });
  }
  return found;
}

/** The file of ours that an import means, or undefined for a package. */
function resolve({ from, target }: Import): string | undefined {
  if (!target.startsWith('.')) return undefined;
  return nameOf(join(dirname(join(src, from)), target)).replace(/\.js$/, '.ts');
}

const imports = files.flatMap(importsOf);

describe('imports', () => {
  it('are seen by this test', () => {
    expect(files.length).toBeGreaterThan(30);
    expect(imports.length).toBeGreaterThan(100);
    expect(imports).toContainEqual({
      from: 'headers/udp.ts',
      target: '../bytes/checksum.js',
      typeOnly: false,
    });
    expect(imports).toContainEqual({
      from: 'packet/to-spec.ts',
      target: './bindings.js',
      typeOnly: true,
    });
    for (const one of imports) {
      const file = resolve(one);
      if (file !== undefined)
        expect(existsSync(join(src, file)), `${one.from}: ${file}`).toBe(true);
    }
  });

  it.each(files.map((file) => file.name))('of %s are allowed by the table', (name) => {
    const folder = folderOf(name);
    const allowed = MAY_IMPORT[folder];
    expect(allowed, `${folder} is not in the table of DESIGN.md §1`).toBeDefined();
    for (const one of imports.filter((i) => i.from === name)) {
      const target = resolve(one);
      if (target === undefined) continue;
      const to = folderOf(target);
      expect(to === folder || allowed?.includes(to), `${name} imports ${target}`).toBe(true);
    }
  });

  it('of values make no cycle, and those of types only within a folder', () => {
    const cycleIn = (edges: readonly (readonly [string, string])[]): string[] | undefined => {
      const next = new Map<string, string[]>();
      for (const [from, to] of edges) next.set(from, [...(next.get(from) ?? []), to]);
      const done = new Set<string>();
      const walk = (at: string, path: string[]): string[] | undefined => {
        const seen = path.indexOf(at);
        if (seen >= 0) return [...path.slice(seen), at];
        if (done.has(at)) return undefined;
        for (const to of next.get(at) ?? []) {
          const cycle = walk(to, [...path, at]);
          if (cycle) return cycle;
        }
        done.add(at);
        return undefined;
      };
      for (const from of next.keys()) {
        const cycle = walk(from, []);
        if (cycle) return cycle;
      }
      return undefined;
    };
    expect(
      cycleIn([
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'b'],
      ]),
    ).toEqual(['b', 'c', 'b']);
    const edge = (one: Import): [string, string][] => {
      const to = resolve(one);
      return to === undefined ? [] : [[one.from, to]];
    };
    expect(cycleIn(imports.filter((i) => !i.typeOnly).flatMap(edge))).toBeUndefined();
    const folders = imports
      .flatMap(edge)
      .map(([from, to]) => [folderOf(from), folderOf(to)] as const)
      .filter(([from, to]) => from !== to);
    expect(cycleIn(folders)).toBeUndefined();
  });

  it('of Node are only made by the command', () => {
    const node = imports.filter((i) => /^node:/.test(i.target));
    expect(node.filter((i) => !/^cli[./]/.test(i.from))).toEqual([]);
  });

  it('of packages are in package.json, which has at most nine', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      sideEffects: boolean;
    };
    const packages = Object.keys(manifest.dependencies);
    expect(packages.length).toBeLessThanOrEqual(9);
    expect(manifest.sideEffects).toBe(false);
    const used = imports
      .map((i) => i.target)
      .filter((target) => !/^(\.|node:)/.test(target))
      .map((target) => /^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? '');
    expect([...new Set(used)].filter((name) => !packages.includes(name))).toEqual([]);
  });
});

describe.each(files)('$name', ({ name, path }) => {
  const text = readFileSync(path, 'utf8');
  const code = codeOf(text);

  it('has no export * and no default export', () => {
    expect(code).not.toMatch(/^export\s+\*/m);
    expect(code).not.toMatch(/^export\s+default\b|\bas\s+default\b/m);
  });

  if (!/^cli[./]/.test(name)) {
    it('uses neither process, console nor the globals of Node', () => {
      expect(code).not.toMatch(/(?<![.\w])(process|console|Buffer|require|__dirname)\s*[.([]/);
    });
  }

  if (/^(headers|packet)\//.test(name)) {
    it('has no class field initialisers: they made parse ten times slower', () => {
      const classes = code.split(/^(?:export )?(?:abstract )?class /m).slice(1);
      for (const body of classes) {
        const own = body.slice(0, body.search(/^}/m));
        // A member at the depth of the class body that is given a value there.
        const fields = own.match(
          /^ {2}(?:(?:private|readonly|static|protected|public) )*[#\w]+(?:: [^=\n(]+)? = /gm,
        );
        expect(fields, name).toBeNull();
      }
    });
  }
});

describe('a bundle for browsers', () => {
  /** The module's exports, from a context that has nothing of Node. */
  async function inBrowser(entry: string, extra: object = {}): Promise<Record<string, unknown>> {
    const result = await bundle({
      entryPoints: [join(src, entry)],
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'iife',
      globalName: 'framewright',
      logLevel: 'silent',
    });
    expect(result.warnings).toEqual([]);
    const code = result.outputFiles[0]?.text ?? '';
    const context = createContext({ TextEncoder, TextDecoder, ...extra });
    for (const missing of ['process', 'Buffer', 'require', 'console']) {
      if (missing !== 'console')
        expect(runInContext(`typeof ${missing}`, context)).toBe('undefined');
    }
    return runInContext(`${code}\nframewright`, context) as Record<string, unknown>;
  }

  it('of index.ts builds and parses the VXLAN frame without Buffer and process', async () => {
    const wanted = fixture('vxlan');
    const library = await inBrowser('index.ts', { wanted: [...wanted] });
    const context = createContext({ library, wanted: [...wanted] });
    const script = `
      const { build, parse, ethernet, ipv4, udp, vxlan, tcp, mss, sackPermitted, timestamps, nop,
        windowScale } = library;
      const frame = build([
        ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' }),
        ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }),
        udp({ srcPort: 49152 }),
        vxlan({ vni: 5000 }),
        ethernet({ src: '02:00:00:00:00:0a', dst: '02:00:00:00:00:0b' }),
        ipv4({ src: '192.168.10.5', dst: '192.168.10.6', id: 0x1234, dontFragment: true }),
        tcp({ srcPort: 49153, dstPort: 80, seq: 1000, flags: ['SYN'],
          options: [mss(1460), sackPermitted, timestamps(1, 0), nop, windowScale(7)] }),
      ]);
      const packet = parse(frame);
      JSON.stringify({
        frame: [...frame],
        again: [...build(packet.toSpec())],
        layers: packet.layers.map((layer) => layer.layer),
        vni: packet.layer('vxlan').vni,
        problems: packet.problems,
      })`;
    expect(JSON.parse(runInContext(script, context) as string)).toEqual({
      frame: [...wanted],
      again: [...wanted],
      layers: ['ethernet', 'ipv4', 'udp', 'vxlan', 'ethernet', 'ipv4', 'tcp'],
      vni: 5000,
      problems: [],
    });
  });

  it('of index.ts reads and keeps DNS without dns-packet, which needs Buffer, and says so', async () => {
    const wanted = [...fixture('dns-response')];
    const library = await inBrowser('index.ts');
    const context = createContext({ library, wanted });
    const script = `
      const { build, parse, dns } = library;
      const packet = parse(Uint8Array.from(wanted));
      let refusal = '';
      try {
        build([dns({ questions: [{ name: 'example.com' }] })]);
      } catch (error) {
        refusal = error.message;
      }
      JSON.stringify({
        again: [...build(packet.toSpec())],
        name: packet.layer('dns').answers[0].data,
        refusal,
      })`;
    const result = JSON.parse(runInContext(script, context) as string) as { refusal: string };
    expect(result).toMatchObject({ again: wanted, name: 'web.example.com' });
    expect(result.refusal).toContain('dns-packet');
  });

  it('of index.ts reads a capture in gzip without Buffer and process', async () => {
    const { openCapture } = (await inBrowser('index.ts')) as {
      openCapture(source: Uint8Array): Promise<AsyncIterable<{ data: Uint8Array }>>;
    };
    const writer = new MemoryPcapWriter();
    writer.write(fixture('vxlan'));
    const file = gzipSync(writer.bytes());
    const frames: number[][] = [];
    for await (const { data } of await openCapture(file)) frames.push([...data]);
    expect(frames).toEqual([[...fixture('vxlan')]]);
  });

  it('of pcap-writer.ts writes a pcap file without Buffer and process', async () => {
    const library = await inBrowser('pcap-writer.ts');
    const { MemoryPcapWriter } = library as {
      MemoryPcapWriter: new () => {
        write(frame: Uint8Array, stamp?: object): void;
        bytes(): Uint8Array;
      };
    };
    expect(MemoryPcapWriter).toBeTypeOf('function');
    const writer = new MemoryPcapWriter();
    writer.write(fixture('vxlan'));
    const file = writer.bytes();
    expect(file.length).toBe(24 + 16 + 124);
    expect([...file.slice(40)]).toEqual([...fixture('vxlan')]);
  });
});
