/**
 * DNS messages (RFC 1035 §4.1) in UDP: the view. The whole message is the header; mDNS (RFC 6762)
 * is the same on another port. Fields: `dns-fields.ts`; layout and bounds: `dns-wire.ts`; in TCP:
 * `dns-tcp.ts`.
 */
import { getBits16, setBits16 } from '../bytes/bits.js';
import type { BitField } from '../bytes/layout.js';
import {
  DNS_DERIVED,
  DNS_FIELDS,
  type DnsFields,
  type DnsInput,
  decodeDns,
  dnsMessageBytes,
  encodeDns,
  readLists,
} from './dns-fields.js';
import { dnsNames } from './dns-names.js';
import type { DnsQuestion, DnsRecord } from './dns-records.js';
import { dnsSummary } from './dns-summary.js';
import { DNS_HEADER_BYTES } from './dns-walk.js';
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
import type { DnsLists } from './dns-write.js';
import { layerMaker } from './layer-spec.js';
import { UDP_PORT } from './numbers.js';
import { bytesOf, defineProtocol, HeaderView, type Protocol, requireHeader } from './protocol.js';
import { flag, uint } from './values.js';

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
