/** Rows of a hexdump: an offset, bytes, and perhaps a column of text. */
import { fail, type HexFrame, type Meta, quote, toFrame } from './hex-frame.js';

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
/** The heading of one of Wireshark's data sources: `Frame (60 bytes):`. */
export const DATA_SOURCE = /^\s*(?:\/\*\s*)?(\S.*?) \((\d+) bytes?\)(?::|\s*\*\/)\s*$/;
const PURE_HEX = /^\s*(?:[0-9a-f]{2}[\s:]*){6,}$/i;
/** What is left of a row whose offset or line was broken: right after other rows, or anywhere. */
const BROKEN =
  /^\s*(?:(?:\S{1,12}\s+){0,2}(?:(?:[0-9a-f]{2})+\s+){4}|(?:0x)?[0-9a-f]+\s*(?:$|(?<=\s)(?:\s|(?:[0-9a-f]{2})+\s)))/i;
const PAIRS = /^\s*(?:\S{1,12}\s+){0,2}(?:[0-9a-f]{2}\s+){6}/i;
function beginsWithByte(text: string, grouped: boolean): boolean {
  return grouped ? /^(?:[0-9a-f]{2})+(?:\s|$)/i.test(text) : /^[0-9a-f]{2}(?:\s|$)/i.test(text);
}

/** Whether a line is the first row of a dump. */
export function startsDump(text: string): boolean {
  const [, , prefix, digits = '', colon, , rest = ''] = ROW.exec(text) ?? [];
  const grouped = colon === ':' || prefix !== undefined;
  if (!/^0+$/.test(digits) || (!grouped && digits.length < 4)) return false;
  return beginsWithByte(rest, grouped);
}

/** Frames in the dumps among these lines. */
export function readDump(lines: readonly string[]): HexFrame[] {
  // Payloads that tcpdump -v dumps amid its summary stand further right than the frames.
  const starts = lines.filter((text) => startsDump(text));
  const margin = starts.reduce(
    (least, text) => Math.min(least, text.search(/\S/)),
    Number.POSITIVE_INFINITY,
  );
  const reader = new DumpReader(margin);
  for (const [i, text] of lines.entries()) reader.read(text, i + 1);
  return reader.end();
}

/** The parts of a line that may be a row. */
interface Parts {
  readonly row: Row;
  readonly indent: number;
  /** What stands around the offset: `0x`, `:`, both or nothing. */
  readonly style: string;
  readonly digits: string;
  readonly grouped: boolean;
  readonly bytes: boolean;
  /** Blanks between the offset and what follows. */
  readonly gap: number;
}

function partsOf(text: string, line: number): Parts {
  const [, indent = '', prefix = '', digits = '', colon = '', space = '', rest = ''] =
    ROW.exec(text) ?? [];
  const grouped = colon !== '' || prefix !== '';
  const at = rest === '' ? -1 : text.length - rest.length;
  return {
    row: { line, text, offset: Number.parseInt(digits, 16), at, repeat: false },
    indent: indent.length,
    style: prefix + colon,
    digits,
    grouped,
    bytes: beginsWithByte(rest, grouped),
    gap: space.length,
  };
}

/** Gathers rows to frames, line by line. */
class DumpReader {
  private readonly margin: number;
  private readonly frames: HexFrame[];
  private block: Block | undefined;
  private meta: Meta;
  private source: { readonly skip: boolean; readonly declared: number | undefined };

  constructor(margin: number) {
    this.margin = margin;
    this.frames = [];
    this.block = undefined;
    this.meta = {};
    this.source = NO_SOURCE;
  }

  read(text: string, line: number): void {
    if (/^\s*#/.test(text)) return;
    const { block } = this;
    if (text.trim() === '') {
      if (block) block.closed = true;
      this.source = NO_SOURCE;
    } else if (block && !block.closed && text.trim() === '*') {
      block.rows.push({ line, text, offset: 0, at: -1, repeat: true });
    } else if (startsDump(text)) {
      this.begin(partsOf(text, line));
    } else if (!this.goOn(partsOf(text, line))) {
      this.pass(text);
    }
  }

  end(): HexFrame[] {
    this.finish();
    return this.frames;
  }

  private begin({ row, style, digits, indent, grouped }: Parts): void {
    const { block, source, meta } = this;
    const adjacent = block?.style === '0x:' && style === '0x:' && !block.closed && !block.skip;
    this.finish();
    const skip = source.skip || (style === '0x:' && indent > this.margin);
    const { declared } = source;
    const common = { style, digits: digits.length, indent, grouped, closed: false };
    this.block = { rows: [row], ...common, adjacent, skip, declared, meta };
    if (!skip) this.meta = {};
  }

  /** Whether a line is one more row of the frame; throws where it is what is left of one. */
  private goOn({ row, style, digits, indent, grouped, bytes, gap }: Parts): boolean {
    const { block } = this;
    const { line, text } = row;
    const alike = block?.style === style && digits !== '' && digits.length >= block.digits;
    // After a blank line only an unmistakable row goes on with the frame: tshark's summary lines
    // begin with a number, too.
    if (block && alike && (!block.closed || (bytes && indent === block.indent))) {
      block.rows.push(row);
      return true;
    }
    if (!block && bytes && (grouped || gap > 1)) {
      fail(line, indent, `offset 0x${digits} without the rows before it, from offset 0 on`);
    }
    const lost = block && !block.closed ? BROKEN : PAIRS;
    if (lost.test(text) || PURE_HEX.test(text)) {
      fail(line, text.search(/\S/), 'bytes without an offset; expected an offset as in other rows');
    }
    return false;
  }

  /** Text between frames, which may say something of the next. */
  private pass(text: string): void {
    this.finish();
    const heading = DATA_SOURCE.exec(text);
    if (heading) {
      const frame = heading[1] === 'Frame';
      this.source = { skip: !frame, declared: frame ? Number(heading[2]) : undefined };
    }
    this.meta = { ...(/^Frame \d+:/.test(text) ? {} : this.meta), ...readMeta(text) };
  }

  private finish(): void {
    const { block, frames } = this;
    this.block = undefined;
    if (block === undefined || block.skip) return;
    const frame = decodeBlock(block);
    const before = frames.at(-1);
    // tcpdump -v dumps a payload that it does not know, and then the frame.
    const echo = block.adjacent && before && Buffer.from(frame.data).indexOf(before.data) > 0;
    if (echo) frames.pop();
    frames.push(echo ? { ...before, ...frame } : frame);
  }
}

const NO_SOURCE = { skip: false, declared: undefined };

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
