/** Topologies in YAML or JSON files, and where in the file something stands. */
import type { Alias, Document, Node } from 'yaml';
import { PacketError } from '../bytes/error.js';
import { pathText, problemText, type TopologyPath } from '../lab/topology/place.js';
import { checkTopology, type Topology, type TopologyOptions } from '../lab/topology/topology.js';
import { inputName, readable } from './input.js';

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
  const { LineCounter, parseDocument } = await import('yaml');
  const lineCounter = new LineCounter();
  const document = parseDocument(await textOf(file), { lineCounter });
  if (document.errors.length > 0) {
    const lines = document.errors.map(({ message }) => message.split('\n')[0] as string);
    // The parser may tell one mistake twice.
    const told = new Set(lines.map((line) => `${name}: ${line}`));
    throw new PacketError('BAD_SPEC', [...told].join('\n'));
  }
  const where = (path: TopologyPath): string => {
    const offset = offsetOf(document, path);
    return offset === undefined ? name : `${name}:${lineCounter.linePos(offset).line}`;
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

function plain(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases that lead nowhere, or multiply without end.
    throw new PacketError('BAD_SPEC', `${name}: ${(error as Error).message}`);
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
