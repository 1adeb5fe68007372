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

/** One frame found in hex text. */
export interface HexFrame {
  readonly data: Uint8Array;
  /** Line of its first byte, from 1. */
  readonly line: number;
  /**
   * 1 (Ethernet) or 101 (bare IP), guessed from the bytes, as hex has no link type: tcpdump's -x
   * leaves the link layer out, its -xx does not. Other values only where `tshark -V` names them.
   */
  readonly linkType: number;
  /** Whole seconds of the Unix time and the rest, where the text has them (`tcpdump -tt`, `tshark -V`). */
  readonly seconds?: number | undefined;
  readonly nanoseconds?: number | undefined;
  /** Bytes on the wire, where the text says (`tshark -V`). */
  readonly wireLength?: number | undefined;
  /** A warning for people: what is odd about this frame. */
  readonly note?: string | undefined;
}

type Meta = { -readonly [K in 'seconds' | 'nanoseconds' | 'wireLength']?: HexFrame[K] } & {
  linkType?: number;
};

/** A line of a dump; `at` is the index where its bytes start, -1 for a lone offset, `*` repeats. */
type Row = { line: number; text: string; offset: number; at: number; repeat: boolean };
type Block = {
  rows: Row[];
  style: string;
  digits: number;
  indent: number;
  /** The bytes may be grouped, in wire order: xxd and tcpdump, told by their colon or 0x. */
  grouped: boolean;
  closed: boolean;
  /** Nothing stands between it and the dump before. */
  adjacent: boolean;
  skip: boolean;
  declared: number | undefined;
  meta: Meta;
};

const ROW = /^(\s*)(0x)?([0-9a-f]{3,16})(:?)(?:(\s+)(.*))?$/i;
const DATA_SOURCE = /^\s*(?:\/\*\s*)?(\S.*?) \((\d+) bytes?\)(?::|\s*\*\/)\s*$/;
const PURE_HEX = /^\s*(?:[0-9a-f]{2}[\s:]*){6,}$/i;
/** What is left of a row whose offset or line was broken: right after other rows, or anywhere. */
const BROKEN =
  /^\s*(?:(?:\S{1,12}\s+){0,2}(?:(?:[0-9a-f]{2})+\s+){4}|(?:0x)?[0-9a-f]+\s*(?:$|(?<=\s)(?:\s|(?:[0-9a-f]{2})+\s)))/i;
const PAIRS = /^\s*(?:\S{1,12}\s+){0,2}(?:[0-9a-f]{2}\s+){6}/i;
const WORDS = /^\s*0{6,8}(?: +[0-9a-f]{4})+\s*$/i;

function fail(line: number, index: number, message: string): never {
  throw new PacketError('BAD_SPEC', `line ${line}, column ${index + 1}: ${message}`);
}

function beginsWithByte(text: string, grouped: boolean): boolean {
  return grouped ? /^(?:[0-9a-f]{2})+(?:\s|$)/i.test(text) : /^[0-9a-f]{2}(?:\s|$)/i.test(text);
}

function startsDump(text: string): boolean {
  const [, , prefix, digits = '', colon, , rest = ''] = ROW.exec(text) ?? [];
  const grouped = colon === ':' || prefix !== undefined;
  if (!/^0+$/.test(digits) || (!grouped && digits.length < 4)) return false;
  return beginsWithByte(rest, grouped);
}

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

function readDump(lines: readonly string[]): HexFrame[] {
  const frames: HexFrame[] = [];
  let block: Block | undefined;
  let meta: Meta = {};
  let source: { skip: boolean; declared: number | undefined } = {
    skip: false,
    declared: undefined,
  };
  const finish = () => {
    if (block && !block.skip) {
      const frame = decodeBlock(block);
      const before = frames.at(-1);
      // tcpdump -v dumps a payload that it does not know, and then the frame.
      const echo = block.adjacent && before && Buffer.from(frame.data).indexOf(before.data) > 0;
      if (echo) frames.pop();
      frames.push(echo ? { ...before, ...frame } : frame);
    }
    block = undefined;
  };
  // Payloads that tcpdump -v dumps amid its summary stand further right than the frames.
  const indents = lines.map((text) => (startsDump(text) ? text.search(/\S/) : Infinity));
  const margin = indents.reduce((least, indent) => Math.min(least, indent), Infinity);
  lines.forEach((text, i) => {
    const line = i + 1;
    if (/^\s*#/.test(text)) return;
    if (text.trim() === '') {
      if (block) block.closed = true;
      source = { skip: false, declared: undefined };
      return;
    }
    if (block && !block.closed && text.trim() === '*') {
      block.rows.push({ line, text, offset: 0, at: -1, repeat: true });
      return;
    }
    const [, indent = '', prefix = '', digits = '', colon = '', space, rest = ''] =
      ROW.exec(text) ?? [];
    const grouped = colon !== '' || prefix !== '';
    const bytes = beginsWithByte(rest, grouped);
    const at = rest === '' ? -1 : text.length - rest.length;
    const row: Row = { line, text, offset: Number.parseInt(digits, 16), at, repeat: false };
    if (indents[i] !== Infinity) {
      const style = prefix + colon;
      const adjacent = block?.style === '0x:' && style === '0x:' && !block.closed && !block.skip;
      finish();
      const skip = source.skip || (style === '0x:' && indent.length > margin);
      const common = {
        style,
        digits: digits.length,
        indent: indent.length,
        grouped,
        closed: false,
      };
      block = { rows: [row], ...common, adjacent, skip, declared: source.declared, meta };
      if (!skip) meta = {};
      return;
    }
    const alike = block?.style === prefix + colon && digits !== '' && digits.length >= block.digits;
    // After a blank line only an unmistakable row goes on with the frame: tshark's summary lines
    // begin with a number, too.
    if (block && alike && (!block.closed || (bytes && indent.length === block.indent))) {
      block.rows.push(row);
      return;
    }
    if (!block && bytes && (grouped || (space?.length ?? 0) > 1)) {
      fail(line, indent.length, `offset 0x${digits} without the rows before it, from offset 0 on`);
    }
    const lost = block && !block.closed ? BROKEN : PAIRS;
    if (lost.test(text) || PURE_HEX.test(text)) {
      fail(line, text.search(/\S/), 'bytes without an offset; expected an offset as in other rows');
    }
    finish();
    const heading = DATA_SOURCE.exec(text);
    if (heading) {
      const frame = heading[1] === 'Frame';
      source = { skip: !frame, declared: frame ? Number(heading[2]) : undefined };
    }
    meta = { ...(/^Frame \d+:/.test(text) ? {} : meta), ...readMeta(text) };
  });
  finish();
  return frames;
}

/** Wireshark's encapsulation numbers, as it prints them, to link types. */
const ENCAPSULATIONS = new Map([
  [1, 1],
  [7, 101],
  [15, 0],
  [25, 113],
  [129, 101],
  [130, 101],
  [210, 276],
]);

function readMeta(text: string): Meta {
  const meta: Meta = {};
  const time =
    /^(\d{9,11})\.(\d{1,9}) /.exec(text) ??
    /^\s+Epoch (?:Arrival )?Time: (\d+)\.(\d{1,9})/.exec(text);
  if (time) {
    meta.seconds = Number(time[1]);
    meta.nanoseconds = Number((time[2] as string).padEnd(9, '0'));
  }
  const wire = /^Frame \d+: (\d+) bytes? on wire/.exec(text);
  if (wire) meta.wireLength = Number(wire[1]);
  const encapsulation = /^\s+Encapsulation type: .*\((\d+)\)/.exec(text);
  const linkType = ENCAPSULATIONS.get(Number(encapsulation?.[1]));
  if (linkType !== undefined) meta.linkType = linkType;
  return meta;
}

function decodeBlock(block: Block): HexFrame {
  const { rows } = block;
  const bytes: number[] = [];
  const layout: Layout = { grouped: block.grouped, gaps: undefined, collapsed: false };
  let width = 0;
  rows.forEach((row, k) => {
    const next = rows[k + 1];
    if (row.repeat) {
      if (!next || next.repeat || width === 0) {
        fail(row.line, 0, "'*' stands for repeated rows; expected a row with bytes on both sides");
      }
      const last = bytes.slice(-width);
      while (bytes.length + width <= next.offset && bytes.length < 0x40_0000) bytes.push(...last);
      return;
    }
    if (row.offset !== bytes.length) failOffset(row, bytes.length);
    if (row.at < 0) {
      if (next) fail(next.line, 0, 'a row after the end of the dump; expected offset 0');
      return;
    }
    const want = next && !next.repeat ? next.offset - row.offset : undefined;
    const taken = takeRow(row, want, layout);
    if (want !== undefined && want !== taken.length && next) {
      failOffset(next, bytes.length + taken.length);
    }
    width = taken.length;
    for (const byte of taken) bytes.push(byte);
  });
  const line = (rows[0] as Row).line;
  if (block.declared !== undefined && block.declared !== bytes.length) {
    fail(line, 0, `${bytes.length} bytes, but the heading above says ${block.declared}`);
  }
  return toFrame(bytes, line, block.meta);
}

function failOffset(row: Row, bytes: number): never {
  const digits = row.offset.toString(16);
  const other = [8, 10].some((radix) => Number.parseInt(digits, radix) === bytes);
  const index = row.text.search(/\S/);
  const hint = other ? '; offsets must be hexadecimal (od -Ax)' : '';
  const was = `offset 0x${digits}, but ${bytes} (0x${bytes.toString(16)}) bytes came before it`;
  return fail(row.line, index, `${was}; expected offset 0x${bytes.toString(16)}, or 0${hint}`);
}

/** What the rows of a frame showed of their columns. */
type Layout = {
  grouped: boolean;
  /** After how many bytes a row goes on behind a wide gap. */
  gaps: Set<number> | undefined;
  /** Blanks were lost in pasting: the text column is one blank away. */
  collapsed: boolean;
};

/**
 * The bytes of a row without its text column, which may look like hex. `want` is how many there
 * are by the next row's offset. Without that, a wide gap ends the bytes, unless the rows before go
 * on after the same gap (hexdump -C and Wireshark leave one after eight bytes).
 */
function takeRow(row: Row, want: number | undefined, layout: Layout): number[] {
  const { text, line } = row;
  const bytes: number[] = [];
  // Ends of groups: bytes so far, and where the text after them begins.
  const ends: { count: number; index: number }[] = [];
  const group = /([0-9a-f]+)(?=\s|$)(\s*)/iy;
  group.lastIndex = row.at;
  let gap = '';
  for (let match = group.exec(text); match; match = group.exec(text)) {
    const digits = match[1] as string;
    if (digits.length % 2 !== 0 || (!layout.grouped && digits.length !== 2)) break;
    if (gap.length > 1 || gap === '\t') {
      if (layout.grouped || gap !== '  ') break;
      const known = layout.gaps?.has(bytes.length) ?? bytes.length === 8;
      if (want === undefined ? !known : bytes.length >= want) break;
      layout.gaps ??= new Set();
      layout.gaps.add(bytes.length);
    }
    for (let i = 0; i < digits.length; i += 2) {
      bytes.push(Number.parseInt(digits.slice(i, i + 2), 16));
    }
    gap = match[2] as string;
    ends.push({ count: bytes.length, index: group.lastIndex });
  }
  if (want !== undefined) layout.gaps ??= new Set();
  const end = ends.at(-1)?.index ?? row.at;
  const rest = text.slice(end).trimEnd();
  const near = rest !== '' && gap.length < 2 && gap !== '\t';
  if (near || layout.collapsed || (want !== undefined && bytes.length > want)) {
    // One blank and then no byte, or too many bytes: only a text column one blank away, which says
    // the same as the bytes before it, explains that.
    const split = ends.find(
      (e) =>
        (want === undefined || e.count === want) &&
        isTextOf(text.slice(e.index), bytes.slice(0, e.count)),
    );
    if (split) {
      layout.collapsed = true;
      return bytes.slice(0, split.count);
    }
    if (near) fail(line, end, `expected two hex digits, not ${quote(rest)}`);
    if (layout.collapsed) fail(line, row.at, "blanks were lost: can't tell bytes from text");
  }
  // Blanks that begin the text were taken for a part of the gap.
  const isText =
    rest === '' || bytes.slice(0, 256).some((_, k) => isTextOf(' '.repeat(k) + rest, bytes));
  if (/(?:^|\s)(?:0x)?[0-9a-f]{4,8}:?\s+[0-9a-f]{2}/i.test(rest.slice(bytes.length))) {
    fail(line, end + bytes.length, 'more than the text of these bytes; expected a new line');
  }
  if (want === undefined && !isText && /^[0-9a-f]+(?:$|\s+(?:[0-9a-f]{2})+(?:\s|$))/i.test(rest)) {
    fail(line, end, `can't tell whether ${quote(rest)} after the gap is a byte or text`);
  }
  const reversed = ends.flatMap((e, i) => bytes.slice(ends[i - 1]?.count ?? 0, e.count).reverse());
  if (layout.grouped && !isText && isTextOf(rest, reversed)) {
    fail(line, row.at, 'the text shows words in little-endian order (xxd -e); expected plain xxd');
  }
  return bytes;
}

function quote(text: string): string {
  return JSON.stringify(text.split(/\s/)[0]?.slice(0, 20));
}

/** Whether the text is what a dump shows for these bytes; tcpdump shows a dot for a blank, too. */
function isTextOf(column: string, bytes: readonly number[]): boolean {
  const text = column.trimEnd().replace(/^([|>])(.*)[|<]$/, '$2');
  if (text.length > bytes.length) return false;
  return bytes.every((byte, i) => {
    const shown = text[i] ?? ' ';
    if (shown === '.') return byte <= 0x20 || byte === 0x2e || byte > 0x7e;
    return shown.charCodeAt(0) === byte;
  });
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

function toFrame(bytes: readonly number[], line: number, meta: Meta): HexFrame {
  const data = Uint8Array.from(bytes);
  const linkType = meta.linkType ?? guessLinkType(data);
  const bareArp =
    linkType === 1 &&
    data.length >= 28 &&
    word(data, 0) === 1 &&
    word(data, 2) === 0x0800 &&
    word(data, 4) === 0x0604;
  const note = bareArp
    ? 'ARP without its Ethernet header (tcpdump -x and -X leave it out, -xx and -XX keep it)'
    : undefined;
  return { data, line, ...meta, linkType, note };
}

function word(data: Uint8Array, at: number): number {
  return ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
}

/** Length of the IP packet at `at` by its own header, 0 when there is none. */
function ipLength(data: Uint8Array, at: number): number {
  const version = (data[at] ?? 0) >> 4;
  const header = ((data[at] ?? 0) & 15) * 4;
  if (version === 6 && at + 40 <= data.length) return 40 + word(data, at + 4);
  const length = word(data, at + 2);
  return version === 4 && header >= 20 && at + header <= data.length && length >= header
    ? length
    : 0;
}

/** Where an Ethernet frame ends by its headers, 0 when its EtherType is not a usual one. */
function ethernetEnd(data: Uint8Array): number {
  let at = 12;
  while ([0x8100, 0x88a8, 0x9100].includes(word(data, at))) at += 4;
  const type = word(data, at);
  at += 2;
  if (type === 0x0800 || type === 0x86dd) {
    const length = (data[at] ?? 0) >> 4 === (type === 0x0800 ? 4 : 6) ? ipLength(data, at) : 0;
    return length === 0 ? 0 : at + length;
  }
  if (type === 0x0806) return at + 28;
  return [0x8847, 0x8848, 0x8863, 0x8864, 0x88cc].includes(type) ? data.length : 0;
}

/** Whether a line is a frame of its own: its headers end with it, but for padding or a checksum. */
function isWholeFrame(data: Uint8Array): boolean {
  if (ipLength(data, 0) === data.length) return true;
  const end = ethernetEnd(data);
  return end > 0 && end <= data.length && (data.length <= 64 || data.length - end <= 4);
}

function guessLinkType(data: Uint8Array): number {
  if (ipLength(data, 0) === data.length) return 101;
  if (ethernetEnd(data) > 0) return 1;
  return ipLength(data, 0) > 0 ? 101 : 1;
}
