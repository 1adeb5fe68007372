/** Frame specifications: JSON, YAML, the lines of `decode -T jsonl`, or a line in the shell. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { PacketError } from '../bytes/error.js';
import { type CaptureTime, parseTime } from '../capture/frame.js';
import { LINK_TYPE } from '../headers/numbers.js';
import type { Bindings, Protocols } from '../packet/bindings.js';
import { build } from '../packet/build.js';
import { partsFromJson } from '../packet/json.js';
import {
  CAPTURE_KEYS,
  detailsFromJson,
  interfaceFromJson,
  interfacesFromJson,
} from './capture-json.js';
import type { FrameToWrite } from './frame-writer.js';
import { inputName, readable } from './input.js';
import type { Progress } from './progress.js';
import { parseSpecLine } from './spec-line.js';
import { withOptions } from './spec-options.js';
import { resolveValues } from './spec-values.js';

/** What a frame's object may say beside its layers; the last two are what `decode` says of it. */
const FRAME_KEYS = [
  'layers',
  'payload',
  'time',
  'timeDigits',
  'length',
  'captured',
  'linkType',
  ...CAPTURE_KEYS,
  'number',
  'problems',
];

const NO_TIME: CaptureTime = { seconds: 0, nanoseconds: 0, timeDigits: 6 };

/** One frame's plain data, and where it stands, for messages. */
interface RawFrame {
  readonly value: unknown;
  readonly where: string;
}

/**
 * Reads and builds the frames of a SPEC argument, one after the other: lines of JSON are never all
 * in memory. Throws `PacketError` that names the place.
 */
export async function* framesOfSpec(
  spec: string,
  bindings: Bindings<Protocols>,
  padTo: number,
  progress?: Progress,
): AsyncGenerator<FrameToWrite> {
  const folder = spec === '-' ? '.' : dirname(spec);
  let frames = 0;
  if (progress !== undefined) progress.frames = () => frames;
  for await (const { value, where } of rawFrames(spec, bindings, progress)) {
    frames += 1;
    try {
      const resolved = await resolveValues(value, { folder });
      yield buildFrame(withOptions(resolved), bindings, padTo);
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      throw new PacketError('BAD_SPEC', `${where}: ${error.message}`, error);
    }
  }
}

function buildFrame(value: unknown, bindings: Bindings<Protocols>, padTo: number): FrameToWrite {
  const frame = Array.isArray(value) ? { layers: value } : value;
  if (typeof frame !== 'object' || frame === null || !('layers' in frame)) {
    throw new PacketError('BAD_SPEC', "a frame is a list of layers, or an object with 'layers'");
  }
  const unknown = Object.keys(frame).filter((key) => !FRAME_KEYS.includes(key));
  if (unknown.length > 0) {
    const keys = FRAME_KEYS.join(', ');
    throw new PacketError('BAD_SPEC', `a frame has no ${unknown.join(', ')}; there are ${keys}`);
  }
  const all = frame as Record<string, unknown>;
  const { layers, payload, time, timeDigits, length, captured, linkType } = all;
  const data = build(partsFromJson(layers, payload, bindings), { bindings, padTo });
  return {
    data,
    wireLength: wireLength(data.length, number(length, 'length'), number(captured, 'captured')),
    linkType: number(linkType, 'linkType') ?? LINK_TYPE.ETHERNET,
    time: timeOf(time, number(timeDigits, 'timeDigits')),
    interface:
      all['interface'] === undefined ? undefined : interfaceFromJson(all['interface'], 'interface'),
    interfaces: interfacesFromJson(all['interfaces']),
    details: detailsFromJson(all),
  };
}

/** The time of a frame; `null` says that it has none, as simple packets of pcapng. */
function timeOf(value: unknown, digits: number | undefined): CaptureTime | undefined {
  if (value === undefined) return NO_TIME;
  if (value === null) return undefined;
  const text = String(value);
  if (digits === undefined) return parseTime(text);
  // What `decode` says of a fraction of a second or more, in a damaged file: kept as it is.
  const [, seconds, fraction = ''] = /^(\d{1,10})(?:\.(\d{1,10}))?$/.exec(text) ?? [];
  if (seconds === undefined || digits > 9) return parseTime(text);
  const nanoseconds = Number(fraction.padEnd(digits, '0')) * 10 ** (9 - digits);
  return { seconds: Number(seconds), nanoseconds, timeDigits: digits };
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

async function* rawFrames(
  spec: string,
  bindings: Bindings<Protocols>,
  progress: Progress | undefined,
): AsyncGenerator<RawFrame> {
  // A file wins over a line: a line that is also the name of a file is hard to come by.
  if (spec !== '-' && !existsSync(spec) && looksLikeLine(spec, bindings)) {
    yield { value: parseSpecLine(spec), where: 'the spec' };
    return;
  }
  const name = inputName(spec);
  /** Undefined until the first line that is not blank. */
  let isLines: boolean | undefined;
  const held: string[] = [];
  let row = 0;
  try {
    for await (const lines of linesOf(readable(spec, progress))) {
      for (const line of lines) {
        row += 1;
        const blank = line.trim() === '';
        if (!blank) isLines ??= isJson(line.trim());
        if (isLines !== true) held.push(line);
        else if (!blank) yield* framesInLine(line, `${name}:${row}`);
      }
    }
  } catch (error) {
    const { code, message } = error as PacketError;
    throw code === 'BAD_CAPTURE' ? new PacketError('BAD_SPEC', message) : error;
  }
  if (isLines !== true) yield* await framesInText(held.join('\n'), name);
}

/** The lines that each chunk completes. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  // Joined only when its end has come: a line may be many chunks long.
  let begun: string[] = [];
  for await (const chunk of chunks) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    begun.push(first);
    const last = others.pop();
    if (last === undefined) continue;
    yield [begun.join(''), ...others];
    begun = [last];
  }
  yield [begun.join('') + decoder.decode()];
}

/** The frames in a line of JSON: one, or a list of them. */
function* framesInLine(line: string, where: string): Generator<RawFrame> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new PacketError('BAD_SPEC', `${where}: ${(error as Error).message}`);
  }
  if (!isFrameList(value)) yield { value, where };
  else for (const one of value) yield { value: one, where };
}

/** Whether an argument is a line of layers rather than the name of a file that is not there. */
function looksLikeLine(spec: string, bindings: Bindings<Protocols>): boolean {
  if (/\.(json|jsonl|ya?ml)$/i.test(spec)) return false;
  const [, name = '', then = ''] = /^\s*([A-Za-z_]\w*)?\s*(.?)/.exec(spec) ?? [];
  return name === '' ? /["'@]/.test(then) : then === '(' || name in bindings.protocols;
}

async function framesInText(text: string, name: string): Promise<RawFrame[]> {
  const frames = text.trim() === '' ? [] : await yamlFrames(text, name);
  if (frames.length === 0 && name !== inputName('-')) {
    throw new PacketError('BAD_SPEC', `${name}: no frames in it`);
  }
  // What `decode` prints of a capture without frames, which is to come back as one.
  if (frames.length === 0) {
    process.stderr.write(`framewright: ${name}: no frames in it, the capture has none\n`);
  }
  return frames.map(({ value, where }, i) => ({
    value,
    where: frames.length === 1 ? where : `${where}: frame ${i + 1}`,
  }));
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
