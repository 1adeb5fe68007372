/**
 * DNS messages (RFC 1035 §4.1) in UDP: view, fields and codec. The whole message is the header; mDNS
 * (RFC 6762) is the same on another port. Layout and bounds: `dns-wire.ts`; in TCP: `dns-tcp.ts`.
 */
import { getBits16, setBits16 } from '../bytes/bits.js';
import { PacketError } from '../bytes/error.js';
import type { BitField } from '../bytes/layout.js';
import { dnsNames } from './dns-names.js';
import { type DnsQuestion, type DnsRecord, readQuestion, readRecord } from './dns-records.js';
import { dnsSummary } from './dns-summary.js';
import { DNS_HEADER_BYTES, DNS_SECTIONS, walkEntries } from './dns-walk.js';
import {
  ADDITIONAL_COUNT,
  ANSWER_COUNT,
  AUTHENTIC_DATA,
  AUTHORITATIVE,
  AUTHORITY_COUNT,
  CHECKING_DISABLED,
  checkDns,
  dnsLayout,
  dnsProblems,
  FLAGS,
  ID,
  OPCODE,
  QUESTION_COUNT,
  RCODE,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  RESPONSE,
  TRUNCATED,
  Z,
} from './dns-wire.js';
import { type DnsLists, writeLists } from './dns-write.js';
import { layerMaker } from './layer-spec.js';
import { UDP_PORT } from './numbers.js';
import { bytesOf, defineProtocol, HeaderView, type Protocol, requireHeader } from './protocol.js';
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

/** A DNS message in place. */
export class DnsView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(dnsProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return dnsProtocol;
  }

  /** Absolute byte offset of the message itself. */
  get start(): number {
    return this.fixedEnd - DNS_HEADER_BYTES;
  }

  /** Pairs a reply with its query, 0–65535. */
  get id(): number {
    return this.view.getUint16(this.start + ID);
  }

  set id(value: number) {
    this.view.setUint16(this.start + ID, uint(value, 0xffff, this.layer, 'id'));
  }

  /** The 16 bits from `response` to `rcode`. */
  get flags(): number {
    return this.view.getUint16(this.start + FLAGS);
  }

  get response(): boolean {
    return this.getFlag(RESPONSE);
  }

  set response(value: boolean) {
    this.setFlag(RESPONSE, value, 'response');
  }

  /** 0: a query; 0–15. */
  get opcode(): number {
    return getBits16(this.view, this.start, OPCODE);
  }

  set opcode(value: number) {
    const opcode = uint(value, OPCODE.max, this.layer, 'opcode');
    setBits16(this.view, this.start, OPCODE, opcode);
  }

  get authoritative(): boolean {
    return this.getFlag(AUTHORITATIVE);
  }

  set authoritative(value: boolean) {
    this.setFlag(AUTHORITATIVE, value, 'authoritative');
  }

  get truncated(): boolean {
    return this.getFlag(TRUNCATED);
  }

  set truncated(value: boolean) {
    this.setFlag(TRUNCATED, value, 'truncated');
  }

  get recursionDesired(): boolean {
    return this.getFlag(RECURSION_DESIRED);
  }

  set recursionDesired(value: boolean) {
    this.setFlag(RECURSION_DESIRED, value, 'recursionDesired');
  }

  get recursionAvailable(): boolean {
    return this.getFlag(RECURSION_AVAILABLE);
  }

  set recursionAvailable(value: boolean) {
    this.setFlag(RECURSION_AVAILABLE, value, 'recursionAvailable');
  }

  /** The reserved bit. */
  get z(): boolean {
    return this.getFlag(Z);
  }

  set z(value: boolean) {
    this.setFlag(Z, value, 'z');
  }

  get authenticData(): boolean {
    return this.getFlag(AUTHENTIC_DATA);
  }

  set authenticData(value: boolean) {
    this.setFlag(AUTHENTIC_DATA, value, 'authenticData');
  }

  get checkingDisabled(): boolean {
    return this.getFlag(CHECKING_DISABLED);
  }

  set checkingDisabled(value: boolean) {
    this.setFlag(CHECKING_DISABLED, value, 'checkingDisabled');
  }

  /** 0: no error; 0–15. */
  get rcode(): number {
    return getBits16(this.view, this.start, RCODE);
  }

  set rcode(value: number) {
    setBits16(this.view, this.start, RCODE, uint(value, RCODE.max, this.layer, 'rcode'));
  }

  get questionCount(): number {
    return this.view.getUint16(this.start + QUESTION_COUNT);
  }

  set questionCount(value: number) {
    this.setCount(QUESTION_COUNT, value, 'questionCount');
  }

  get answerCount(): number {
    return this.view.getUint16(this.start + ANSWER_COUNT);
  }

  set answerCount(value: number) {
    this.setCount(ANSWER_COUNT, value, 'answerCount');
  }

  get authorityCount(): number {
    return this.view.getUint16(this.start + AUTHORITY_COUNT);
  }

  set authorityCount(value: number) {
    this.setCount(AUTHORITY_COUNT, value, 'authorityCount');
  }

  get additionalCount(): number {
    return this.view.getUint16(this.start + ADDITIONAL_COUNT);
  }

  set additionalCount(value: number) {
    this.setCount(ADDITIONAL_COUNT, value, 'additionalCount');
  }

  /** All four lists, decoded anew at each call, up to the first entry that is none. */
  get lists(): DnsLists {
    const { view, start, headerEnd } = this;
    const counts = [
      this.questionCount,
      this.answerCount,
      this.authorityCount,
      this.additionalCount,
    ];
    return readLists(view, start, headerEnd, counts);
  }

  get questions(): readonly DnsQuestion[] {
    return this.lists.questions;
  }

  get answers(): readonly DnsRecord[] {
    return this.lists.answers;
  }

  get authorities(): readonly DnsRecord[] {
    return this.lists.authorities;
  }

  get additionals(): readonly DnsRecord[] {
    return this.lists.additionals;
  }

  /** Every byte behind the header; shared, not copied. */
  get wire(): Uint8Array {
    return bytesOf(this.view, this.fixedEnd, this.headerEnd);
  }

  private getFlag(field: BitField): boolean {
    return getBits16(this.view, this.start, field) === 1;
  }

  private setFlag(field: BitField, value: boolean, name: string): void {
    setBits16(this.view, this.start, field, flag(value, this.layer, name));
  }

  private setCount(at: number, value: number, name: string): void {
    this.view.setUint16(this.start + at, uint(value, 0xffff, this.layer, name));
  }
}

function readLists(
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
  const keys = Object.keys(a);
  const same = (key: string): boolean =>
    Object.hasOwn(b, key) && isSame(Reflect.get(a, key), Reflect.get(b, key));
  return keys.length === Object.keys(b).length && keys.every(same);
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

export const dnsProtocol: Protocol<'dns', DnsFields, DnsView, DnsInput> = defineProtocol<
  'dns',
  DnsFields,
  DnsView,
  DnsInput
>({
  name: 'dns',
  title: 'Domain Name System',
  layout: dnsLayout,
  fields: DNS_FIELDS,
  derived: DNS_DERIVED,
  problems: dnsProblems,
  names: dnsNames,
  wiresharkName: (layer) => (layer.via === UDP_PORT.MDNS ? 'mdns' : 'dns'),
  summary: dnsSummary,
  check: checkDns,
  layer: (view, offset, headerEnd, end) => new DnsView(view, offset, end, headerEnd),
  decode: decodeDns,
  size: (fields) => dnsMessageBytes(fields),
  encode: (view, offset, fields) => encodeDns(view, offset, fields),
});

/** A DNS message to build. */
export const dns = layerMaker(dnsProtocol);
