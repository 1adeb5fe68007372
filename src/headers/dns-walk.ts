/**
 * Where names and records lie in a DNS message, RFC 1035 §4.1. Whatever the counts and
 * pointers say, the work is bounded by the bytes that are there: a record takes eleven at least, and
 * a name is followed through at most as many pointers as it may have labels.
 */
import type { ByteRange } from './protocol.js';

/** The four lists of a message, in wire order. */
export const DNS_SECTIONS = ['questions', 'answers', 'authorities', 'additionals'] as const;

/** Bytes of a message's header (RFC 1035 §4.1.1). */
export const DNS_HEADER_BYTES = 12;
/** Byte offset of the four counts in a message. */
const COUNTS = 4;
/** Most bytes of a name on the wire (RFC 1035 §3.1); more than half as many labels don't fit. */
const MAX_NAME_BYTES = 255;
const MAX_POINTERS = 127;
const POINTER = 0xc0;

/** A question or a record; `dataAt` and `end` are the same in a question. All offsets absolute. */
export interface DnsEntry {
  /** Index into `DNS_SECTIONS`. */
  readonly section: number;
  readonly at: number;
  /** Where the name ends, and type and class begin. */
  readonly nameEnd: number;
  readonly dataAt: number;
  readonly end: number;
}

/** Why a walk stopped before the counts were reached. */
export type DnsStop = 'count' | 'record' | 'label';

/** Every whole entry of a message, up to the first that is none. */
export interface DnsWalk {
  readonly entries: readonly DnsEntry[];
  /** Where the last whole entry ends. */
  readonly end: number;
  /** What is wrong behind it; undefined: all that the counts say is there. */
  readonly stop: DnsStop | undefined;
  /** Where that is. */
  readonly place: ByteRange;
}

/** Finds the entries of the message in [start, end), of which at least the header is there. */
export function walkDns(view: DataView, start: number, end: number): DnsWalk {
  const counts = [0, 1, 2, 3].map((i) => view.getUint16(start + COUNTS + i * 2));
  return walkEntries(view, start + DNS_HEADER_BYTES, end, counts);
}

/** The same where the counts are given, and the entries begin at `first`. */
export function walkEntries(
  view: DataView,
  first: number,
  end: number,
  counts: readonly number[],
): DnsWalk {
  const entries: DnsEntry[] = [];
  let at = first;
  const stopped = (stop: DnsStop, offset: number, bytes: number): DnsWalk => ({
    entries,
    end: at,
    stop,
    place: { offset, bytes },
  });
  for (const [section, count] of counts.entries()) {
    for (let i = 0; i < count; i++) {
      if (at >= end) return stopped('count', first - DNS_HEADER_BYTES + COUNTS + section * 2, 2);
      const nameEnd = skipName(view, at, end);
      if (nameEnd < 0) return stopped('label', -nameEnd, 1);
      const fixed = nameEnd + (section === 0 ? 4 : 10);
      if (nameEnd === 0 || fixed > end) return stopped('record', at, end - at);
      const next = section === 0 ? fixed : fixed + view.getUint16(fixed - 2);
      if (next > end) return stopped('record', at, end - at);
      entries.push({ section, at, nameEnd, dataAt: fixed, end: next });
      at = next;
    }
  }
  return { entries, end: at, stop: undefined, place: { offset: at, bytes: end - at } };
}

/**
 * Where the name at `at` ends among its neighbours, pointers not followed; 0: it is cut; negative:
 * minus the offset of a label of a reserved type (RFC 1035 §4.1.4).
 */
function skipName(view: DataView, at: number, end: number): number {
  let label = at;
  while (label < end) {
    const length = view.getUint8(label);
    if (length === 0) return label + 1;
    if (length >= POINTER) return label + 2 <= end ? label + 2 : 0;
    if (length > 63) return -label;
    label += 1 + length;
  }
  return 0;
}

/** A name: as text, and where it ends among its neighbours. */
export interface DnsName {
  readonly text: string;
  readonly end: number;
}

/**
 * Reads the name at `at` of the message that begins at `start`; undefined: it is cut, has a label of
 * a reserved type, is longer than 255 bytes, or its pointers lead round. The root is `.`; a byte of a
 * label that is no UTF-8 text, or a control, is `\DDD` in decimal, and a dot or a backslash in it
 * has a backslash in front (RFC 4343 §2.1).
 */
export function readName(
  view: DataView,
  start: number,
  at: number,
  end: number,
): DnsName | undefined {
  let label = at;
  let after = 0;
  let pointers = 0;
  let size = 1;
  const labels: number[] = [];
  while (label < end) {
    const length = view.getUint8(label);
    // Only now: the text of a name that leads round was 4 ms of work.
    if (length === 0) return { text: nameText(view, labels), end: after || label + 1 };
    if (length >= POINTER) {
      if (label + 2 > end || pointers === MAX_POINTERS) return undefined;
      after ||= label + 2;
      pointers += 1;
      label = start + (view.getUint16(label) & 0x3fff);
      continue;
    }
    size += 1 + length;
    const next = label + 1 + length;
    if (length > 63 || next > end || size > MAX_NAME_BYTES) return undefined;
    labels.push(label);
    label = next;
  }
  return undefined;
}

/** The labels, given by where they begin, with dots between them. */
function nameText(view: DataView, labels: readonly number[]): string {
  if (labels.length === 0) return '.';
  return labels.map((at) => labelText(view, at + 1, at + 1 + view.getUint8(at))).join('.');
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
/** What the decoder writes for bytes that are no text. To let it throw took 20 µs each time. */
const NO_TEXT = '\ufffd';

function labelText(view: DataView, at: number, end: number): string {
  let text = '';
  let ascii = true;
  for (let i = at; i < end; i++) {
    const byte = view.getUint8(i);
    if (byte >= 0x80) ascii = false;
    text += charText(byte);
  }
  if (ascii) return text;
  const whole = textOf(view, at, end);
  return whole === undefined ? text : [...whole].map(escaped).join('');
}

const escaped = (char: string): string => {
  const code = char.codePointAt(0) as number;
  return code < 0x80 ? charText(code) : char;
};

function charText(byte: number): string {
  if (byte === 0x2e || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
  if (byte > 0x20 && byte < 0x7f) return String.fromCharCode(byte);
  return byte === 0x20 ? ' ' : `\\${String(byte).padStart(3, '0')}`;
}

/** The bytes [at, end) as UTF-8 text; undefined: they are none. */
export function textOf(view: DataView, at: number, end: number): string | undefined {
  const text = UTF8.decode(new Uint8Array(view.buffer, view.byteOffset + at, end - at));
  return text.includes(NO_TEXT) ? undefined : text;
}
