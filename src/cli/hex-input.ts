/**
 * Hex as people paste it: xxd, hexdump -C, od, tcpdump -x and -X, tshark -x, Wireshark's copies, C
 * arrays, escaped strings, plain digits. Bytes are never dropped or made up in silence: what can't
 * be told is an error that names line and column.
 *
 * - A row of a dump is an offset and bytes. A frame begins where the offset is 0, other text between
 *   frames is passed over. Of Wireshark's data sources only `Frame (60 bytes):` is a frame.
 * - Without offsets a blank line separates frames and consecutive lines make one frame, unless each
 *   of them is, by the lengths in its own headers, a whole frame: then each line is one.
 * - `#` begins a comment: a whole line in a dump, also the rest of a line elsewhere.
 */
import { PacketError } from '../bytes/error.js';
import { DATA_SOURCE, readDump, startsDump } from './hex-dump.js';
import { fail, type HexFrame, isWholeFrame, quote, toFrame } from './hex-frame.js';

const WORDS = /^\s*0{6,8}(?: +[0-9a-f]{4})+\s*$/i;

/** Frames in hex text of any of the forms above, at least one. Throws `BAD_SPEC`. */
export function parseHexText(text: string): HexFrame[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  let frames: HexFrame[];
  if (lines.some(startsDump)) frames = readDump(lines);
  else if (/^[^'"#]*\{/m.test(text)) frames = readArrays(lines);
  else frames = readPlain(lines);
  if (frames.length === 0) {
    throw new PacketError('BAD_SPEC', 'no bytes found: expected a hexdump or pairs of hex digits');
  }
  return frames;
}

/**
 * Whether the first bytes (some KiB) of a file are text with hex in it rather than a capture file.
 */
export function looksLikeHexText(head: Uint8Array): boolean {
  // pcapng begins with line ends; every other capture format has a control character early on.
  if (head[0] === 0x0a && head[1] === 0x0d && head[2] === 0x0d && head[3] === 0x0a) return false;
  for (const b of head) {
    if (b === 0x7f || (b < 0x20 && !(b >= 0x09 && b <= 0x0d))) return false;
  }
  const lines = new TextDecoder().decode(head).split(/[\r\n]+/);
  return lines.some(
    (line, i) =>
      startsDump(line) ||
      /^Frame \d+: \d+ bytes? on wire/.test(line) ||
      /^\s*(?:[0-9a-f]{2}[\s:-]*)+(?:#.*)?$/i.test(line) ||
      // The last line may have been cut between two digits.
      (i === lines.length - 1 && /^\s*(?:[0-9a-f]{2}[\s:-]*)+[0-9a-f]$/i.test(line)) ||
      /(?:0x[0-9a-f]{1,2}\s*,\s*){2}|(?:\\x[0-9a-f]{2}){2}|^\s*0x(?:[0-9a-f]{2})+\s*$/i.test(line),
  );
}

/** Text without offsets: a blank line ends a frame. */
function readPlain(lines: readonly string[]): HexFrame[] {
  const frames: HexFrame[] = [];
  let block: { line: number; bytes: number[] }[] = [];
  const finish = () => {
    const first = block[0];
    // Frames one a line, told by their own lengths; what was wrapped to lines looks otherwise.
    if (block.length > 1 && block.every(({ bytes }) => isWholeFrame(Uint8Array.from(bytes)))) {
      for (const { line, bytes } of block) frames.push(toFrame(bytes, line, {}));
    } else if (first) {
      const bytes = block.flatMap((part) => part.bytes);
      frames.push(toFrame(bytes, first.line, {}));
    }
    block = [];
  };
  lines.forEach((text, i) => {
    if (WORDS.test(text)) {
      fail(
        i + 1,
        0,
        'words of hexdump or od, in unknown byte order; expected hexdump -C or od -tx1',
      );
    }
    const row = /^\s*(?:(?:0x)?[0-9a-f]{3,}:\s|[0-9a-f]{3,7}0(?:\s+[0-9a-f]{2}){8})/i.exec(text);
    if (row) fail(i + 1, 0, 'a row of a dump without the rows before it, from offset 0 on');
    if (text.trim() === '') finish();
    const bytes = readBytes(text, i + 1, 0, false);
    if (bytes.length > 0) block.push({ line: i + 1, bytes });
  });
  finish();
  return frames;
}

/** C arrays: every pair of braces is a frame, what stands outside is passed over. */
function readArrays(lines: readonly string[]): HexFrame[] {
  const frames: HexFrame[] = [];
  let skip = false;
  let inside = false;
  let line = 0;
  let bytes: number[] = [];
  lines.forEach((text, i) => {
    const heading = DATA_SOURCE.exec(text);
    if (heading) skip = heading[1] !== 'Frame';
    // Comments become blanks, which keeps the columns.
    const code = text.replace(/\/\*.*\*\/|\/\/.*/g, (comment) => ' '.repeat(comment.length));
    for (const { 0: part, index } of code.matchAll(/[{}]|[^{}]+/g)) {
      if (part === '{' || part === '}') {
        if (bytes.length > 0 && !skip) frames.push(toFrame(bytes, line, {}));
        bytes = [];
        inside = part === '{';
      } else if (inside) {
        const more = readBytes(part, i + 1, index, true);
        if (bytes.length === 0) line = i + 1;
        bytes = bytes.concat(more);
      }
    }
  });
  if (inside) fail(lines.length, 0, "expected '}' at the end of the array");
  return frames;
}

const TOKEN =
  /\s+|[,:;-]|\\$|#.*|\/\/.*|\/\*.*?\*\/|0x(?<hex>[0-9a-f]+)|(?<escapes>(?:\\x[0-9a-f]{2})+)|b?(?:"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>(?:[^'\\]|\\.)*)')|(?<digits>[0-9a-f]+)/iy;

/** Bytes of a line without offset: digits, 0x, `\x`, quoted strings as Python prints them. */
function readBytes(text: string, line: number, column: number, array: boolean): number[] {
  let bytes: number[] = [];
  // A declaration: `const char frame[] =`.
  let at = /^\s*[a-z_][\w\s*[\]]*=/i.exec(text)?.[0].length ?? 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const where = column + at;
    if (!match) fail(line, where, `expected pairs of hex digits, not ${quote(text.slice(at))}`);
    const { hex, escapes, double, single, digits } = match.groups ?? {};
    at = TOKEN.lastIndex;
    if (array && (digits !== undefined || (hex?.length ?? 0) > 2)) {
      fail(line, where, `expected a byte such as 0x1f, not ${quote(match[0])}`);
    }
    const pairs = hex?.length === 1 ? `0${hex}` : (hex ?? digits ?? escapes?.replace(/\\x/gi, ''));
    if (pairs !== undefined) {
      if (pairs.length % 2 !== 0) {
        fail(line, where, `${quote(match[0])} has an odd number of digits; expected pairs`);
      }
      for (let i = 0; i < pairs.length; i += 2) {
        bytes.push(Number.parseInt(pairs.slice(i, i + 2), 16));
      }
    }
    const quoted = double ?? single;
    if (quoted !== undefined) bytes = bytes.concat(readEscapes(quoted, line, where));
  }
  return bytes;
}

const ESCAPES: Record<string, number> = { n: 10, r: 13, t: 9, 0: 0, '\\': 92, '"': 34, "'": 39 };

function readEscapes(quoted: string, line: number, index: number): number[] {
  const bytes: number[] = [];
  for (const { 0: piece } of quoted.matchAll(/\\x[0-9a-f]{2}|\\.|[^\\]/gi)) {
    const simple = piece.length === 2 ? ESCAPES[piece[1] as string] : piece.charCodeAt(0);
    const value = piece.length === 4 ? Number.parseInt(piece.slice(2), 16) : simple;
    if (value === undefined || value > 255) fail(line, index, `unknown escape ${quote(piece)}`);
    bytes.push(value);
  }
  return bytes;
}
