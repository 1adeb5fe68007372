/** The fields of DNS messages, read and written. The view: `dns.ts`. */
import { PacketError } from '../bytes/error.js';
import type { DnsView } from './dns.js';
import { type DnsQuestion, type DnsRecord, readQuestion, readRecord } from './dns-records.js';
import { DNS_HEADER_BYTES, DNS_SECTIONS, walkEntries } from './dns-walk.js';
import {
  AUTHENTIC_DATA,
  AUTHORITATIVE,
  CHECKING_DISABLED,
  OPCODE,
  RCODE,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  RESPONSE,
  TRUNCATED,
  Z,
} from './dns-wire.js';
import { type DnsLists, writeLists } from './dns-write.js';
import { bytesOf } from './protocol.js';
import { flag, needRoom, uint } from './values.js';

/** Every field of a DNS message. */
export interface DnsFields extends DnsLists {
  /** 0–65535. */
  readonly id: number;
  readonly response: boolean;
  /** 0: a query; 0–15. */
  readonly opcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  /** To be false. */
  readonly z: boolean;
  readonly authenticData: boolean;
  readonly checkingDisabled: boolean;
  /** 0: no error; 0–15. */
  readonly rcode: number;
  /** 0–65535 each. */
  readonly questionCount: number;
  readonly answerCount: number;
  readonly authorityCount: number;
  readonly additionalCount: number;
  /** Every byte behind the header, as it is on the wire. */
  readonly wire: Uint8Array;
}

/**
 * What may be given of a DNS message. Absent: counts are those of the lists, lists are empty, the rest
 * is 0. `wire` is written where the lists say what is in it, or none is given; else the lists are
 * written anew, which keeps no compression.
 */
export type DnsInput = Partial<DnsFields>;

/** The lists of the message at `start`, up to the first entry that is none; `counts`: of each. */
export function readLists(
  view: DataView,
  start: number,
  end: number,
  counts: readonly number[],
): DnsLists {
  const questions: DnsQuestion[] = [];
  const records: [DnsRecord[], DnsRecord[], DnsRecord[]] = [[], [], []];
  for (const entry of walkEntries(view, start + DNS_HEADER_BYTES, end, counts).entries) {
    if (entry.section === 0) {
      const question = readQuestion(view, start, end, entry);
      if (question === undefined) break;
      questions.push(question);
    } else {
      const record = readRecord(view, start, end, entry);
      if (record === undefined) break;
      records[entry.section - 1]?.push(record);
    }
  }
  const [answers, authorities, additionals] = records;
  return { questions, answers, authorities, additionals };
}

export function decodeDns(layer: DnsView): DnsFields {
  return {
    id: layer.id,
    response: layer.response,
    opcode: layer.opcode,
    authoritative: layer.authoritative,
    truncated: layer.truncated,
    recursionDesired: layer.recursionDesired,
    recursionAvailable: layer.recursionAvailable,
    z: layer.z,
    authenticData: layer.authenticData,
    checkingDisabled: layer.checkingDisabled,
    rcode: layer.rcode,
    questionCount: layer.questionCount,
    answerCount: layer.answerCount,
    authorityCount: layer.authorityCount,
    additionalCount: layer.additionalCount,
    ...layer.lists,
    wire: layer.wire.slice(),
  };
}

/** The protocol whose message it is: what errors name. */
type DnsLayerName = 'dns' | 'dnsTcp';

const NONE: readonly never[] = [];

function countsOf(f: DnsInput): number[] {
  return [
    f.questionCount ?? f.questions?.length ?? 0,
    f.answerCount ?? f.answers?.length ?? 0,
    f.authorityCount ?? f.authorities?.length ?? 0,
    f.additionalCount ?? f.additionals?.length ?? 0,
  ];
}

/** The bytes behind the header: its own where the lists are what is in them, else new ones. */
function bodyOf(f: DnsInput, layer: DnsLayerName): Uint8Array {
  const { wire } = f;
  if (wire !== undefined && !(wire instanceof Uint8Array)) {
    const where = { layer, field: 'wire' };
    throw new PacketError('BAD_VALUE', `${layer}.wire: bytes are expected`, where);
  }
  if (wire !== undefined && DNS_SECTIONS.every((section) => f[section] === undefined)) return wire;
  const { questions = NONE, answers = NONE, authorities = NONE, additionals = NONE } = f;
  const lists = { questions, answers, authorities, additionals };
  if (wire !== undefined) {
    const message = new Uint8Array(DNS_HEADER_BYTES + wire.length);
    message.set(wire, DNS_HEADER_BYTES);
    const view = new DataView(message.buffer);
    // The header too: a pointer of a broken message may lead into it.
    writeHeader(view, 0, headerOf(f, layer));
    if (isSame(readLists(view, 0, message.length, countsOf(f)), lists)) return wire;
  }
  return writeLists(lists, layer);
}

/** Whether two values of plain data, with bytes in them, are the same. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  // As plain objects, bytes have a key each: that was most of the time of `toSpec`.
  if (a instanceof Uint8Array) return b instanceof Uint8Array && sameBytes(a, b);
  const keys = Object.keys(a);
  const same = (key: string): boolean =>
    Object.hasOwn(b, key) && isSame(Reflect.get(a, key), Reflect.get(b, key));
  return keys.length === Object.keys(b).length && keys.every(same);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Bytes of the message that `encodeDns` writes. Throws as it does. */
export function dnsMessageBytes(f: DnsInput, layer: DnsLayerName = 'dns'): number {
  return DNS_HEADER_BYTES + bodyOf(f, layer).length;
}

/** The six words of the header, checked. */
function headerOf(f: DnsInput, layer: DnsLayerName): number[] {
  const bit = (value: boolean | undefined, field: string): number =>
    flag(value ?? false, layer, field);
  const id = uint(f.id ?? 0, 0xffff, layer, 'id');
  const flags =
    (bit(f.response, 'response') << RESPONSE.shift) |
    (uint(f.opcode ?? 0, OPCODE.max, layer, 'opcode') << OPCODE.shift) |
    (bit(f.authoritative, 'authoritative') << AUTHORITATIVE.shift) |
    (bit(f.truncated, 'truncated') << TRUNCATED.shift) |
    (bit(f.recursionDesired, 'recursionDesired') << RECURSION_DESIRED.shift) |
    (bit(f.recursionAvailable, 'recursionAvailable') << RECURSION_AVAILABLE.shift) |
    (bit(f.z, 'z') << Z.shift) |
    (bit(f.authenticData, 'authenticData') << AUTHENTIC_DATA.shift) |
    (bit(f.checkingDisabled, 'checkingDisabled') << CHECKING_DISABLED.shift) |
    uint(f.rcode ?? 0, RCODE.max, layer, 'rcode');
  const counts = countsOf(f);
  for (const [i, count] of counts.entries()) uint(count, 0xffff, layer, COUNT_FIELDS[i] as string);
  return [id, flags, ...counts];
}

function writeHeader(view: DataView, offset: number, words: readonly number[]): void {
  for (const [i, word] of words.entries()) view.setUint16(offset + i * 2, word);
}

/** Writes a DNS message: all of it, or nothing where a field is wrong. `layer`: what errors name. */
export function encodeDns(
  view: DataView,
  offset: number,
  f: DnsInput,
  layer: DnsLayerName = 'dns',
): void {
  const words = headerOf(f, layer);
  const body = bodyOf(f, layer);
  needRoom(view, offset, DNS_HEADER_BYTES + body.length, layer);
  writeHeader(view, offset, words);
  bytesOf(view, offset + DNS_HEADER_BYTES, offset + DNS_HEADER_BYTES + body.length).set(body);
}

const COUNT_FIELDS = ['questionCount', 'answerCount', 'authorityCount', 'additionalCount'] as const;

/** Every key of a message's fields, in wire order. */
export const DNS_FIELDS = [
  'id',
  'response',
  'opcode',
  'authoritative',
  'truncated',
  'recursionDesired',
  'recursionAvailable',
  'z',
  'authenticData',
  'checkingDisabled',
  'rcode',
  ...COUNT_FIELDS,
  ...DNS_SECTIONS,
  'wire',
] as const;
/** What is computed: the message's own bytes too, where writing the lists anew gives the same. */
export const DNS_DERIVED = [...COUNT_FIELDS, 'wire'] as const;
