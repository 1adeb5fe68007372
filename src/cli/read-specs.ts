/** Frame specifications: JSON, YAML, the lines of `decode -T jsonl`, or a line in the shell. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PacketError } from '../bytes/error.js';
import { type CaptureTime, parseTime } from '../capture/frame.js';
import { LINK_TYPE } from '../headers/numbers.js';
import type { Bindings, Protocols } from '../packet/bindings.js';
import { build } from '../packet/build.js';
import { partsFromJson } from '../packet/json.js';
import { inWords } from './input.js';
import { parseSpecLine } from './spec-line.js';
import { withOptions } from './spec-options.js';
import { resolveValues } from './spec-values.js';

/** A frame that a specification gave. */
export interface BuiltFrame {
  readonly data: Uint8Array;
  readonly wireLength: number;
  readonly linkType: number;
  readonly time: CaptureTime;
}

/** What a frame's object may say beside its layers; the last two are what `decode` says of it. */
const FRAME_KEYS = [
  'layers',
  'payload',
  'time',
  'length',
  'captured',
  'linkType',
  'number',
  'problems',
];

const NO_TIME: CaptureTime = { seconds: 0, nanoseconds: 0, timeDigits: 6 };

/** One frame's plain data, and where it stands, for messages. */
interface RawFrame {
  readonly value: unknown;
  readonly where: string;
}

/** Reads and builds every frame of a SPEC argument. Throws `PacketError` that names the place. */
export async function framesOfSpec(
  spec: string,
  bindings: Bindings<Protocols>,
  padTo: number,
): Promise<BuiltFrame[]> {
  const { frames, folder } = await rawFrames(spec, bindings);
  const built: BuiltFrame[] = [];
  for (const { value, where } of frames) {
    try {
      const resolved = await resolveValues(value, { folder });
      built.push(buildFrame(withOptions(resolved), bindings, padTo));
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      throw new PacketError('BAD_SPEC', `${where}: ${error.message}`, error);
    }
  }
  return built;
}

function buildFrame(value: unknown, bindings: Bindings<Protocols>, padTo: number): BuiltFrame {
  const frame = Array.isArray(value) ? { layers: value } : value;
  if (typeof frame !== 'object' || frame === null || !('layers' in frame)) {
    throw new PacketError('BAD_SPEC', "a frame is a list of layers, or an object with 'layers'");
  }
  const unknown = Object.keys(frame).filter((key) => !FRAME_KEYS.includes(key));
  if (unknown.length > 0) {
    const keys = FRAME_KEYS.join(', ');
    throw new PacketError('BAD_SPEC', `a frame has no ${unknown.join(', ')}; there are ${keys}`);
  }
  const { layers, payload, time, length, captured, linkType } = frame as Record<string, unknown>;
  const data = build(partsFromJson(layers, payload, bindings), { bindings, padTo });
  return {
    data,
    wireLength: wireLength(data.length, number(length, 'length'), number(captured, 'captured')),
    linkType: number(linkType, 'linkType') ?? LINK_TYPE.ETHERNET,
    time: time === undefined || time === null ? NO_TIME : timeOf(String(time)),
  };
}

function timeOf(text: string): CaptureTime {
  // What `decode` says of a damaged nanosecond file: a fraction of a second or more, kept as it is.
  const [, seconds, fraction] = /^(\d{1,10})\.(\d{10})$/.exec(text) ?? [];
  if (seconds === undefined) return parseTime(text);
  return { seconds: Number(seconds), nanoseconds: Number(fraction), timeDigits: 9 };
}

/** What the capture had cut off stays cut off; a frame that was edited longer is longer. */
function wireLength(
  built: number,
  length: number | undefined,
  captured: number | undefined,
): number {
  if (length === undefined) return built;
  return captured === undefined ? length : built + length - captured;
}

function number(value: unknown, key: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new PacketError('BAD_SPEC', `${key} is ${JSON.stringify(value)}, expected a whole number`);
}

async function rawFrames(
  spec: string,
  bindings: Bindings<Protocols>,
): Promise<{ frames: RawFrame[]; folder: string }> {
  if (spec === '-') {
    const text = new TextDecoder().decode(await readAll(process.stdin));
    return { frames: await framesInText(text, 'standard input'), folder: '.' };
  }
  // A file wins over a line: a line that is also the name of a file is hard to come by.
  if (!existsSync(spec) && looksLikeLine(spec, bindings)) {
    return { frames: [{ value: parseSpecLine(spec), where: 'the spec' }], folder: '.' };
  }
  let text: string;
  try {
    text = await readFile(spec, 'utf8');
  } catch (error) {
    throw new PacketError('BAD_SPEC', `${spec}: ${inWords(error)}`);
  }
  return { frames: await framesInText(text, spec), folder: dirname(spec) };
}

/** Whether an argument is a line of layers rather than the name of a file that is not there. */
function looksLikeLine(spec: string, bindings: Bindings<Protocols>): boolean {
  if (/\.(json|jsonl|ya?ml)$/i.test(spec)) return false;
  const [, name = '', then = ''] = /^\s*([A-Za-z_]\w*)?\s*(.?)/.exec(spec) ?? [];
  return name === '' ? /["'@]/.test(then) : then === '(' || name in bindings.protocols;
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function framesInText(text: string, name: string): Promise<RawFrame[]> {
  const lines = jsonLines(text, name);
  if (lines !== undefined) return lines;
  const frames = text.trim() === '' ? [] : await yamlFrames(text, name);
  if (frames.length === 0) throw new PacketError('BAD_SPEC', `${name}: no frames in it`);
  return frames.map(({ value, where }, i) => ({
    value,
    where: frames.length === 1 ? where : `${where}: frame ${i + 1}`,
  }));
}

/** The objects of a JSON-lines text; undefined where the text is something else. */
function jsonLines(text: string, name: string): RawFrame[] | undefined {
  const lines = text.split('\n');
  const first = lines.find((line) => line.trim() !== '')?.trim();
  if (first === undefined || !isJson(first)) return undefined;
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const where = `${name}:${i + 1}`;
    try {
      const value: unknown = JSON.parse(line);
      return isFrameList(value) ? value.map((one) => ({ value: one, where })) : [{ value, where }];
    } catch (error) {
      throw new PacketError('BAD_SPEC', `${where}: ${(error as Error).message}`);
    }
  });
}

function isJson(text: string): boolean {
  if (!/^[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A list whose items are frames, rather than the layers of one. */
function isFrameList(value: unknown): value is unknown[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => Array.isArray(item) || (isObject(item) && 'layers' in item))
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * Frames in YAML 1.2, of which JSON is a part: each document is a frame or a list of frames. The
 * package is loaded only for this.
 */
async function yamlFrames(text: string, name: string): Promise<RawFrame[]> {
  const { isSeq, LineCounter, parseAllDocuments } = await import('yaml');
  const lineCounter = new LineCounter();
  const frames: RawFrame[] = [];
  for (const document of parseAllDocuments(text, { lineCounter })) {
    const [error] = document.errors;
    if (error !== undefined) {
      const [line] = error.message.split('\n');
      throw new PacketError('BAD_SPEC', `${name}: ${line}`);
    }
    const { contents } = document;
    const value = plainValue(document, name);
    const lineOf = (node: unknown): number => {
      const range = (node as { range?: readonly number[] | null } | null)?.range;
      return lineCounter.linePos(range?.[0] ?? 0).line;
    };
    const items = isFrameList(value) ? value : [value];
    const nodes = isFrameList(value) && isSeq(contents) ? contents.items : [contents];
    for (const [i, item] of items.entries()) {
      frames.push({ value: item, where: `${name}:${lineOf(nodes[i])}` });
    }
  }
  return frames;
}

function plainValue(document: { toJS(): unknown }, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases that lead nowhere, or multiply without end.
    throw new PacketError('BAD_SPEC', `${name}: ${(error as Error).message}`);
  }
}
