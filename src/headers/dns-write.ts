/**
 * Writes questions and records of DNS anew, with the package dns-packet: DNS itself is outside of
 * what this project is for. dns-packet needs Node's Buffer, so bundles for browsers leave it out
 * (`browser` in package.json), and there only a message's own bytes can be written.
 */
import dnsPacket, { type Answer, type Question } from 'dns-packet';
import { parseIpv4, parseIpv6 } from '../bytes/address.js';
import { PacketError } from '../bytes/error.js';
import {
  DNS_CLASS,
  DNS_TYPE,
  type DnsQuestion,
  type DnsRecord,
  type DnsSoa,
  type DnsSrv,
  TOP_BIT,
} from './dns-records.js';
import { DNS_HEADER_BYTES, DNS_SECTIONS, walkEntries } from './dns-walk.js';
import { bytesOf } from './protocol.js';
import { flag, uint } from './values.js';

/** The lists of a message. */
export interface DnsLists {
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

const MAX_NAME_BYTES = 255;
const MAX_TEXT_BYTES = 255;

/** Layer and field of a path such as `dns.answers[0].ttl`. */
function placeOf(path: string): { readonly layer: string; readonly field: string } {
  const dot = path.indexOf('.');
  return { layer: path.slice(0, dot), field: path.slice(dot + 1) };
}

const bad = (path: string, why: string): PacketError =>
  new PacketError('BAD_VALUE', `${path}: ${why}`, placeOf(path));

function numberAt(value: unknown, max: number, path: string): number {
  const { layer, field } = placeOf(path);
  return uint(value, max, layer, field);
}

const utf8 = new TextEncoder();

/** A name that dns-packet writes as it is meant. */
function checkName(value: unknown, path: string): string {
  if (typeof value !== 'string') throw bad(path, `${String(value)} is not a name`);
  if (value.includes('\\')) {
    throw bad(
      path,
      `${JSON.stringify(value)} has bytes that only the message's own bytes can give`,
    );
  }
  const labels = value === '.' || value === '' ? [] : value.replace(/\.$/, '').split('.');
  let size = 1;
  for (const label of labels) {
    const { length } = utf8.encode(label);
    if (length === 0 || length > 63) {
      throw bad(path, `${JSON.stringify(label)} is no label of 1–63 bytes`);
    }
    size += 1 + length;
  }
  if (size > MAX_NAME_BYTES) throw bad(path, `a name of ${size} bytes, at most ${MAX_NAME_BYTES}`);
  return labels.length === 0 ? '.' : labels.join('.');
}

function numberOf(
  value: unknown,
  known: Readonly<Record<string, number>>,
  usual: number,
  path: string,
): number {
  if (value === undefined) return usual;
  if (typeof value === 'string' && Object.hasOwn(known, value)) return known[value] as number;
  if (typeof value === 'number') return numberAt(value, 0xffff, path);
  throw bad(
    path,
    `${String(value)} is neither a number nor one of ${Object.keys(known).join(', ')}`,
  );
}

function classNumber(value: unknown, top: unknown, path: string, topField: string): number {
  const number = numberOf(value, DNS_CLASS, DNS_CLASS.IN, `${path}.class`);
  const place = placeOf(`${path}.${topField}`);
  const bit = flag(top ?? false, place.layer, place.field) * TOP_BIT;
  return number | bit;
}

/** Bytes as dns-packet's encoder of an unknown type takes them: it asks them to copy themselves. */
function rawData(data: Uint8Array): object {
  return {
    length: data.length,
    copy: (target: Uint8Array, at: number): void => target.set(data, at),
  };
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** The data of a record as dns-packet takes it, checked; undefined: as bytes. */
function typedData(type: number, data: unknown, path: string): unknown {
  const fields = record(data);
  const number = (key: string, max: number): number => numberAt(fields[key], max, `${path}.${key}`);
  const name = (key: string): string => checkName(fields[key], `${path}.${key}`);
  switch (type) {
    case DNS_TYPE.A:
      if (typeof data === 'string' && parseIpv4(data) >= 0) return data;
      throw bad(path, 'an A record holds an IPv4 address, or bytes');
    case DNS_TYPE.AAAA:
      if (typeof data === 'string' && parseIpv6(data) !== undefined) return data;
      throw bad(path, 'an AAAA record holds an IPv6 address, or bytes');
    case DNS_TYPE.NS:
    case DNS_TYPE.CNAME:
    case DNS_TYPE.PTR:
    case DNS_TYPE.DNAME:
      return checkName(data, path);
    case DNS_TYPE.MX:
      return { preference: number('preference', 0xffff), exchange: name('exchange') };
    case DNS_TYPE.TXT:
      return texts(data, path);
    case DNS_TYPE.SRV:
      return {
        priority: number('priority', 0xffff),
        weight: number('weight', 0xffff),
        port: number('port', 0xffff),
        target: name('target'),
      } satisfies DnsSrv;
    case DNS_TYPE.SOA:
      return {
        mname: name('mname'),
        rname: name('rname'),
        serial: number('serial', 0xffffffff),
        refresh: number('refresh', 0xffffffff),
        retry: number('retry', 0xffffffff),
        expire: number('expire', 0xffffffff),
        minimum: number('minimum', 0xffffffff),
      } satisfies DnsSoa;
    default:
      throw bad(path, `a record of type ${type} holds bytes`);
  }
}

function texts(data: unknown, path: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(data) ? data : [data];
  for (const text of list) {
    if (typeof text !== 'string') throw bad(path, 'a TXT record holds texts, or bytes');
    const { length } = utf8.encode(text);
    if (length > MAX_TEXT_BYTES) throw bad(path, `a text of ${length} bytes, at most 255`);
  }
  if (list.length === 0) throw bad(path, 'a TXT record holds one text at least');
  // A copy: dns-packet puts its own buffers in the place of the texts.
  return [...(list as readonly string[])];
}

function questionOf(item: unknown, path: string): readonly [Question, number] {
  const { name, type, class: class_, unicastResponse } = record(item);
  const number = numberOf(type, DNS_TYPE, DNS_TYPE.A, `${path}.type`);
  const question = { name: checkName(name, `${path}.name`), type: `UNKNOWN_${number}` };
  const classed = classNumber(class_, unicastResponse, path, 'unicastResponse');
  return [question as Question, classed];
}

function recordOf(item: unknown, path: string): readonly [Answer, number] {
  const { name, type, class: class_, cacheFlush, ttl, data } = record(item);
  const number = numberOf(type, DNS_TYPE, DNS_TYPE.A, `${path}.type`);
  if (data instanceof Uint8Array && data.length > 0xffff) {
    throw bad(`${path}.data`, `${data.length} bytes, at most 65535`);
  }
  const written = {
    name: checkName(name, `${path}.name`),
    // dns-packet's own name where it is to write what the type holds.
    type:
      data instanceof Uint8Array
        ? `UNKNOWN_${number}`
        : Object.entries(DNS_TYPE).find(([, value]) => value === number)?.[0],
    ttl: numberAt(ttl ?? 0, 0xffffffff, `${path}.ttl`),
    data: data instanceof Uint8Array ? rawData(data) : typedData(number, data, `${path}.data`),
  };
  return [written as Answer, classNumber(class_, cacheFlush, path, 'cacheFlush')];
}

/**
 * The bytes behind a message's header for these lists; names are not compressed. Throws `BAD_VALUE`
 * or `OUT_OF_RANGE` naming the item, `BAD_OPTION` where dns-packet was left out.
 */
export function writeLists(lists: DnsLists, layer: 'dns' | 'dnsTcp'): Uint8Array {
  const classes: number[] = [];
  const checked = DNS_SECTIONS.map((section, i) => {
    const list: unknown = lists[section];
    if (!Array.isArray(list)) throw bad(`${layer}.${section}`, 'a list is expected');
    return list.map((item: unknown, k) => {
      const path = `${layer}.${section}[${k}]`;
      const [written, classed] = i === 0 ? questionOf(item, path) : recordOf(item, path);
      classes.push(classed);
      return written;
    });
  });
  const [questions, answers, authorities, additionals] = checked;
  if (classes.length === 0) return new Uint8Array(0);
  if (typeof dnsPacket.encode !== 'function') {
    throw new PacketError(
      'BAD_OPTION',
      `${layer}: questions and records can only be written anew where dns-packet runs, in Node`,
      { layer },
    );
  }
  const message = dnsPacket.encode({ questions, answers, authorities, additionals } as object);
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const counts = checked.map((list) => list.length);
  // dns-packet knows few classes by name and no others: the numbers are put in their places.
  const { entries } = walkEntries(view, DNS_HEADER_BYTES, view.byteLength, counts);
  for (const [i, entry] of entries.entries()) {
    view.setUint16(entry.nameEnd + 2, classes[i] as number);
  }
  return bytesOf(view, DNS_HEADER_BYTES, view.byteLength);
}
