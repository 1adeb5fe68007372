/**
 * Frames on one line: `ethernet(src=02:00:00:00:00:01)/ipv4(ttl=3)/udp(dstPort=53)/"hello"`.
 *
 *     line    = part { "/" part }
 *     part    = name [ "(" [ pairs ] ")" ] | quoted | bytes | file      a layer, or payload
 *     pairs   = name "=" value { "," name "=" value }
 *     value   = number | "true" | "false" | word | quoted | bytes | file | list | object | call
 *     number  = decimal, 0x…, 0b…; whatever else is like one (10.0.0.1, 02:00:…) is a word
 *     list    = "[" [ value { "," value } ] "]"
 *     object  = "{" [ pairs ] "}"
 *     call    = name "(" [ value ] [ "," pairs ] ")"    { kind: name, value, …pairs }
 *     bytes   = "hex(…)" | "zeros(…)" | "random(…)" | "text(…)"         for resolveValues
 *     file    = "@" quoted | "@" path    as a part, a bare path runs to the end of the line
 *     quoted  = "…" or '…' with \n \t \r \0 \\ \" \' \xNN
 *
 * A quoted string is a string; with a \xNN from \x80 on it is bytes; and one that resolveValues
 * would take for something else (`"@home"`) becomes `text(…)`.
 */
import { PacketError } from '../bytes/error.js';
import { isBytesForm } from './spec-values.js';

/** Deepest nesting of lists, objects and calls. */
const MAX_DEPTH = 32;
const NAME = /[A-Za-z_][\w-]*/y;
/** Inside parentheses a word may hold a slash: 10.0.0.0/8. */
const WORD = /[^\s,()[\]{}="'@][^\s,()[\]{}="']*/y;
const BYTES = /(?:hex|zeros|random|text)(?=\()/y;
const SPACE = /\s*/y;

/**
 * The elements of a frame, outermost first: `{ layer: 'udp', dstPort: 53 }` for a layer, a string or
 * Uint8Array for payload. Throws `BAD_SPEC` with the column and a caret under the place.
 */
export function parseSpecLine(text: string): unknown[] {
  const reader = new Reader(text);
  const parts: unknown[] = [];
  do parts.push(readPart(reader));
  while (reader.takes('/'));
  if (!reader.atEnd()) reader.fail(`expected '/' or the end of the line, not ${reader.seen()}`);
  return parts;
}

function readPart(reader: Reader): unknown {
  if (reader.sees('"') || reader.sees("'")) return asValue(reader.quoted());
  if (reader.takes('@'))
    return `@${reader.sees('"') || reader.sees("'") ? reader.path() : reader.restOfLine()}`;
  const bytes = reader.bytesCall();
  if (bytes !== undefined) return bytes;
  const layer = reader.match(NAME);
  if (layer === undefined) {
    reader.fail(
      `expected a layer such as ipv4(ttl=3), or payload such as "text", hex(00ff) or @file, not ${reader.seen()}`,
    );
  }
  const entries: [string, unknown][] = [['layer', layer]];
  if (reader.takes('(')) readPairs(reader, entries, ')', 0);
  return Object.fromEntries(entries);
}

/** `name=value, …` up to and with the closing character. */
function readPairs(
  reader: Reader,
  entries: [string, unknown][],
  close: string,
  depth: number,
): void {
  const start = entries.length;
  while (!reader.takes(close)) {
    if (entries.length > start) reader.expect(',', close);
    readPair(reader, entries, close, depth);
  }
}

function readPair(
  reader: Reader,
  entries: [string, unknown][],
  close: string,
  depth: number,
): void {
  reader.space();
  const at = reader.at;
  const name = reader.match(NAME);
  if (name === undefined) {
    const end = /,\s*$/.test(reader.text.slice(0, at)) ? '' : ` or '${close}'`;
    reader.fail(`expected name=value${end}, not ${reader.seen()}`);
  }
  if (entries.some(([key]) => key === name)) reader.fail(`'${name}' is there already`, at);
  if (!reader.takes('=')) reader.fail(`expected '=' after '${name}', not ${reader.seen()}`);
  entries.push([name, readValue(reader, depth)]);
}

function readValue(reader: Reader, depth: number): unknown {
  if (depth > MAX_DEPTH) reader.fail(`expected at most ${MAX_DEPTH} levels of lists and objects`);
  if (reader.takes('[')) {
    const items: unknown[] = [];
    while (!reader.takes(']')) {
      if (items.length > 0) reader.expect(',', ']');
      items.push(readValue(reader, depth + 1));
    }
    return items;
  }
  if (reader.takes('{')) {
    const entries: [string, unknown][] = [];
    readPairs(reader, entries, '}', depth + 1);
    return Object.fromEntries(entries);
  }
  if (reader.sees('"') || reader.sees("'")) return asValue(reader.quoted());
  if (reader.takes('@')) return `@${reader.path()}`;
  const bytes = reader.bytesCall();
  if (bytes !== undefined) return bytes;
  reader.space();
  const at = reader.at;
  const word = reader.match(WORD);
  if (word === undefined) {
    reader.fail(`expected a value (number, word, "text", [list], {object}), not ${reader.seen()}`);
  }
  if (reader.takes('(')) return readCall(reader, word, at, depth + 1);
  return wordValue(reader, word, at);
}

function readCall(reader: Reader, kind: string, at: number, depth: number): unknown {
  if (!/^[A-Za-z_][\w-]*$/.test(kind)) reader.fail(`expected a name before '(', not ${kind}`, at);
  const entries: [string, unknown][] = [['kind', kind]];
  if (!reader.sees(')') && !reader.seesPair()) {
    entries.push(['value', readValue(reader, depth)]);
    if (!reader.sees(')')) {
      reader.expect(',', ')');
      if (!reader.seesPair()) reader.fail('expected name=value: only the first has no name');
    }
  }
  const named: [string, unknown][] = [];
  readPairs(reader, named, ')', depth);
  for (const pair of named) {
    if (entries.some(([key]) => key === pair[0])) reader.fail(`'${pair[0]}' is there already`);
    entries.push(pair);
  }
  return Object.fromEntries(entries);
}

function wordValue(reader: Reader, word: string, at: number): unknown {
  if (word === 'true' || word === 'false') return word === 'true';
  if (!/^(?:[+-]?\d+|0x[0-9a-f]+|0b[01]+)$/i.test(word)) return word;
  const value = Number(word);
  if (!Number.isSafeInteger(value)) reader.fail(`${word} is too large for a number`, at);
  return value;
}

function asValue(quoted: string | Uint8Array): string | Uint8Array {
  return typeof quoted === 'string' && isBytesForm(quoted) ? `text(${quoted})` : quoted;
}

const ESCAPES = new Map(Object.entries({ n: '\n', t: '\t', r: '\r', '0': '\0' }));

class Reader {
  readonly text: string;
  at: number;

  constructor(text: string) {
    this.text = text;
    this.at = 0;
  }

  space(): void {
    this.match(SPACE, false);
  }

  /** Text of the pattern here, after blanks; undefined when there is none. */
  match(pattern: RegExp, blanks = true): string | undefined {
    if (blanks) this.space();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  sees(character: string): boolean {
    this.space();
    return this.text[this.at] === character;
  }

  takes(character: string): boolean {
    const there = this.sees(character);
    if (there) this.at++;
    return there;
  }

  expect(character: string, other: string): void {
    if (this.takes(character)) return;
    this.fail(`expected '${character}' or '${other}', not ${this.seen()}`);
  }

  seesPair(): boolean {
    this.space();
    return /^[A-Za-z_][\w-]*\s*=/.test(this.text.slice(this.at, this.at + 200));
  }

  atEnd(): boolean {
    this.space();
    return this.at === this.text.length;
  }

  /** What stands here, for a message. */
  seen(): string {
    return this.atEnd() ? 'the end of the line' : `'${this.text[this.at]}'`;
  }

  /** `hex(…)` and its like as they stand; parentheses inside must pair. */
  bytesCall(): string | undefined {
    const name = this.match(BYTES);
    if (name === undefined) return undefined;
    const start = this.at;
    let open = 0;
    for (let i = start; i < this.text.length; i++) {
      if (this.text[i] === '(') open++;
      else if (this.text[i] === ')' && --open === 0) {
        this.at = i + 1;
        return name + this.text.slice(start, this.at);
      }
    }
    return this.fail(`expected ')' at the end of ${name}(…)`, this.text.length);
  }

  restOfLine(): string {
    const path = this.match(/[^\n]*/y)?.trimEnd() ?? '';
    if (path === '') this.fail('expected a path after @');
    return path;
  }

  path(): string {
    const at = this.at;
    if (this.sees('"') || this.sees("'")) {
      const path = this.quoted();
      if (typeof path === 'string' && path !== '') return path;
      this.fail('expected a path of text after @', at);
    }
    const path = this.match(WORD, false);
    return path ?? this.fail(`expected a path after @, not ${this.seen()}`, at);
  }

  quoted(): string | Uint8Array {
    this.space();
    const start = this.at;
    const quote = this.text[start] as string;
    const pieces: (string | number)[] = [];
    let high = false;
    for (this.at++; this.text[this.at] !== quote; ) {
      if (this.at >= this.text.length) this.fail(`expected ${quote} at the end of the text`, start);
      const piece = this.match(/\\x[0-9a-f]{2}|\\?./isy, false) ?? this.fail("a lone '\\'");
      const escaped = piece.length > 1 && piece[0] === '\\' ? (piece[1] as string) : undefined;
      if (escaped === undefined) pieces.push(piece);
      else if (piece.length === 4) {
        const code = Number.parseInt(piece.slice(2), 16);
        high ||= code > 0x7f;
        pieces.push(code);
      } else if (/[\\"']/.test(escaped)) pieces.push(escaped);
      else {
        const known = ESCAPES.get(escaped);
        const message = 'expected one of \\n \\t \\r \\0 \\\\ \\" \\\' \\xNN';
        pieces.push(known ?? this.fail(message, this.at - 2));
      }
    }
    this.at++;
    if (!high) {
      return pieces.map((p) => (typeof p === 'number' ? String.fromCharCode(p) : p)).join('');
    }
    return bytesOf(pieces);
  }

  fail(message: string, index: number = this.at): never {
    // Column and caret within the line of a text that may have several.
    const start = this.text.lastIndexOf('\n', index - 1) + 1;
    const end = this.text.indexOf('\n', index);
    const column = index - start;
    const line = this.text.slice(start, end < 0 ? undefined : end);
    // Enough around the place to find it in a long line.
    const from = column > 70 ? column - 60 : 0;
    const shown = line.slice(from, from + 100);
    const pad = line.slice(from, column).replace(/[^\t]/g, ' ');
    const row = start > 0 ? `line ${this.text.slice(0, start).split('\n').length}, ` : '';
    throw new PacketError(
      'BAD_SPEC',
      `${row}column ${column + 1}: ${message}\n  ${shown}\n  ${pad}^`,
    );
  }
}

/** UTF-8 of the text, and the bytes that were written as such. */
function bytesOf(pieces: readonly (string | number)[]): Uint8Array {
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  let run = '';
  for (const piece of [...pieces, -1]) {
    if (typeof piece === 'string') run += piece;
    else {
      for (const byte of encoder.encode(run)) bytes.push(byte);
      run = '';
      if (piece >= 0) bytes.push(piece);
    }
  }
  return Uint8Array.from(bytes);
}
