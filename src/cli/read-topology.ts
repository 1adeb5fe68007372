/** Topologies in YAML or JSON files, and where in the file something stands. */
import type { Alias, Document, ErrorCode, Node, Scalar } from 'yaml';
import { PacketError } from '../bytes/error.js';
import { pathText, problemText, type TopologyPath } from '../lab/topology/place.js';
import { checkTopology, type Topology, type TopologyOptions } from '../lab/topology/topology.js';
import { inputName, readable } from './input.js';

type Yaml = typeof import('yaml');

/** A topology, and the file that it is from. */
export interface TopologyFile {
  readonly topology: Topology;
  /** Where something stands: `office.yaml:12`. */
  where(path: TopologyPath): string;
}

/**
 * Reads a topology; `-` is standard input. Throws `BAD_SPEC` with every mistake in it, each on a line
 * with the file's name and line.
 */
export async function readTopology(
  file: string,
  options: TopologyOptions = {},
): Promise<TopologyFile> {
  const name = inputName(file);
  const yaml = await import('yaml');
  const lineCounter = new yaml.LineCounter();
  const place = (offset: number): string => `${name}:${lineCounter.linePos(offset).line}`;
  const document = yaml.parseDocument(await textOf(file), {
    lineCounter,
    // `<<: *x`, which many know from YAML 1.1.
    merge: true,
    prettyErrors: false,
    logLevel: 'error',
  });
  const mistakes = mistakesIn(document, yaml).map(([offset, text]) => `${place(offset)}: ${text}`);
  // The parser may tell one mistake twice.
  if (mistakes.length > 0) throw new PacketError('BAD_SPEC', [...new Set(mistakes)].join('\n'));
  const where = (path: TopologyPath): string => {
    const offset = offsetOf(document, path);
    return offset === undefined ? name : place(offset);
  };
  const { topology, problems } = checkTopology(plain(document, name), options);
  if (topology !== undefined) return { topology, where };
  const lines = problems.map((problem) => `${where(problem.path)}: ${problemText(problem)}`);
  throw new PacketError('BAD_SPEC', lines.join('\n'));
}

/** What a step or the like is called in a message: `office.yaml:12: run[0]`. */
export function placeText(file: TopologyFile, path: TopologyPath): string {
  return `${file.where(path)}: ${pathText(path)}`;
}

async function textOf(file: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of readable(file, undefined)) {
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** What is no YAML that a topology can be made of, each with where it stands. */
function mistakesIn(document: Document.Parsed, { isMap, isSeq, visit }: Yaml): [number, string][] {
  const found = document.errors.map(({ code, message, pos: [offset] }): [number, string] => {
    return [offset, WORDS[code] ?? message];
  });
  const add = (node: unknown, text: string): void => {
    found.push([(node as Node).range?.[0] ?? 0, text]);
  };
  visit(document, {
    Pair(_key, { key, value }) {
      if (isMap(key) || isSeq(key)) add(key, 'a key is a text, and this is a list or an object');
      // Which stands for `<<`, unless that is quoted.
      if (typeof (key as Partial<Scalar> | null)?.value !== 'symbol') return;
      const given = resolved(document, value as Node | null);
      const sources = isSeq(given) ? given.items : [given];
      if (sources.every((one) => isMap(resolved(document, one as Node | null)))) return;
      add(key, '<<: expected an object, *NAME of one, or a list of these');
    },
    Alias(_key, alias) {
      const { source } = alias;
      if (alias.resolve(document) === undefined)
        add(alias, `*${source}: no &${source} is before it`);
    },
  });
  return found;
}

/** Where the parser's own words are for programmers. */
const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  DUPLICATE_KEY: 'the key is there already: keys must be unique',
  MULTIPLE_DOCS: 'a second document begins: a file is one topology',
};

function plain(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch {
    throw new PacketError('BAD_SPEC', `${name}: its aliases (*NAME) multiply without end`);
  }
}

/** Where the value at a path begins, or its key; or as far along the path as there is something. */
function offsetOf(document: Document, path: TopologyPath): number | undefined {
  let node: Node | null = document.contents as Node | null;
  let offset = node?.range?.[0];
  for (const key of path) {
    const inside = resolved(document, node);
    const items = (inside as { items?: readonly unknown[] } | null)?.items ?? [];
    if (typeof key === 'number') node = (items[key] as Node | undefined) ?? null;
    else {
      const pairs = items as readonly { key?: { value?: unknown } & Node; value?: Node | null }[];
      const pair = pairs.find((one) => String(one.key?.value) === key);
      if (pair === undefined) break;
      offset = pair.key?.range?.[0] ?? offset;
      node = pair.value ?? null;
      continue;
    }
    if (node === null) break;
    offset = node.range?.[0] ?? offset;
  }
  return offset;
}

function resolved(document: Document, node: Node | null): Node | null {
  const alias = node as Partial<Alias> | null;
  return typeof alias?.resolve === 'function' ? (alias.resolve(document) ?? null) : node;
}
