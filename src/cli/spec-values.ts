/**
 * Bytes in frame specifications, written as text. A string is taken for bytes only when all of it
 * has one of these forms; every other string stays as it is, for the encoders to read.
 *
 * - `hex(68 65 6c:6c6f)`: pairs of hex digits, blanks and colons between them are passed over
 * - `zeros(N)`: N bytes of zero
 * - `random(N, seed)`: N bytes of mulberry32, the same for the same seed (0–4294967295)
 * - `text(…)`: the UTF-8 bytes of what stands between the parentheses, whatever it is
 * - `@path`: the bytes of a file, the path relative to the specification's folder
 */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PacketError } from '../bytes/error.js';
import { fromHex, toHex } from '../bytes/hex.js';

/** Most bytes that one value may ask for: far more than any frame, far less than memory. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Deepest nesting: a YAML alias can contain itself. */
const MAX_DEPTH = 100;

const CALL = /^(hex|zeros|random|text)\(([\s\S]*)\)$/;
const FILE = /^@([\s\S]+)$/;

/** Whether `resolveValues` takes the string for bytes. */
export function isBytesForm(text: string): boolean {
  return CALL.test(text) || FILE.test(text);
}

/**
 * A copy of the value in which every string of a form above, in plain objects and arrays of any
 * depth, has become a Uint8Array. Throws `BAD_SPEC` with the place in the specification.
 */
export async function resolveValues(
  value: unknown,
  options: { readonly folder: string },
): Promise<unknown> {
  const files: FileValue[] = [];
  const whole: { value?: unknown } = {};
  resolveAt(value, '', 0, files, (resolved) => {
    whole.value = resolved;
  });
  // One after the other: a long specification must not open all its files at once.
  for (const { path, place, put } of files) put(await readBytes(path, options.folder, place));
  return whole.value;
}

/** A value that a file holds, and where it goes. */
interface FileValue {
  readonly path: string;
  readonly place: string;
  readonly put: (bytes: Uint8Array) => void;
}

/** Puts what a value becomes; files are left for later, so that few frames have to wait for any. */
function resolveAt(
  value: unknown,
  place: string,
  depth: number,
  files: FileValue[],
  put: (resolved: unknown) => void,
): void {
  if (depth > MAX_DEPTH) fail(place, `more than ${MAX_DEPTH} levels deep`);
  if (typeof value === 'string') {
    const [, name, inside] = CALL.exec(value) ?? [];
    const path = name === undefined ? FILE.exec(value)?.[1] : undefined;
    if (name !== undefined) put(callBytes(name, inside ?? '', place));
    else if (path !== undefined) files.push({ path, place, put });
    else put(value);
  } else if (Array.isArray(value)) {
    const items: unknown[] = value.slice();
    put(items);
    for (const [i, item] of value.entries()) {
      resolveAt(item, `${place}[${i}]`, depth + 1, files, (resolved) => {
        items[i] = resolved;
      });
    }
  } else if (isPlainObject(value)) {
    // The keys in their order; `__proto__` among them is one of its own, to be assigned like others.
    const copy: Record<string, unknown> = Object.fromEntries(Object.entries(value));
    put(copy);
    for (const [key, item] of Object.entries(value)) {
      if (typeof item === 'number' || typeof item === 'boolean') continue;
      const at = place === '' ? key : `${place}.${key}`;
      resolveAt(item, at, depth + 1, files, (resolved) => {
        copy[key] = resolved;
      });
    }
  } else put(value);
}

function callBytes(name: string, inside: string, place: string): Uint8Array {
  if (name === 'text') return new TextEncoder().encode(inside);
  if (name === 'hex') {
    try {
      return fromHex(inside);
    } catch (error) {
      if (error instanceof PacketError) fail(place, `hex(…): ${error.message}`);
      throw error;
    }
  }
  const numbers = inside.split(',').map((part) => part.trim());
  const form = name === 'zeros' ? 'zeros(N)' : 'random(N, seed)';
  if (numbers.length !== (name === 'zeros' ? 1 : 2)) {
    const why = name === 'random' ? ': with the seed the bytes are the same every time' : '';
    fail(place, `${name}(${clip(inside)}): expected ${form}${why}`);
  }
  const count = readNumber(numbers[0] as string, MAX_BYTES, `N in ${form}, bytes`, place);
  if (name === 'zeros') return new Uint8Array(count);
  return randomBytes(
    count,
    readNumber(numbers[1] as string, 0xffff_ffff, `seed in ${form}`, place),
  );
}

function readNumber(text: string, most: number, what: string, place: string): number {
  const value = /^(?:\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) fail(place, `${what}: expected 0–${most}, not ${clip(text) || 'nothing'}`);
  return value;
}

/**
 * Bytes of mulberry32 (Tommy Ettinger's 32-bit generator), each output from its low byte up. Not
 * for secrets: for payloads that look random and are the same every time.
 */
function randomBytes(count: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i += 4) {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    word ^= word >>> 14;
    for (let k = 0; k < 4 && i + k < count; k++) bytes[i + k] = word >>> (8 * k);
  }
  return bytes;
}

async function readBytes(path: string, folder: string, place: string): Promise<Uint8Array> {
  const full = resolve(folder, path);
  try {
    const { size } = await stat(full);
    if (size > MAX_BYTES) fail(place, `@${path}: ${size} bytes, expected at most ${MAX_BYTES}`);
    return new Uint8Array(await readFile(full));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof PacketError) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      fail(place, `@${path}: there is no file ${full}; text that begins with @ is text(@${path})`);
    }
    if (code === 'EISDIR') fail(place, `@${path}: ${full} is a folder, expected a file`);
    return fail(place, `@${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * The inverse: bytes become `hex(…)`, and strings that `resolveValues` would take for bytes are
 * wrapped in `text(…)`. All else stays.
 */
export function printableValues(value: unknown): unknown {
  if (value instanceof Uint8Array) return `hex(${toHex(value)})`;
  if (typeof value === 'string') return isBytesForm(value) ? `text(${value})` : value;
  if (Array.isArray(value)) return value.map(printableValues);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, printableValues(v)]));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}…` : text;
}

function fail(place: string, message: string): never {
  throw new PacketError('BAD_SPEC', place === '' ? message : `${place}: ${message}`);
}
