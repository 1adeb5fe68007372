/** Questions and records of DNS as plain data: names for numbers, and what known types hold. */
import { formatIpv4, readIpv6 } from '../bytes/address.js';
import { type DnsEntry, type DnsName, readName, textOf } from './dns-walk.js';
import { bytesOf } from './protocol.js';

/** Types of records by name (IANA). Others are numbers. */
export const DNS_TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const;

/** Classes by name (IANA). Others are numbers. */
export const DNS_CLASS = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

export type DnsTypeName = keyof typeof DNS_TYPE;
export type DnsClassName = keyof typeof DNS_CLASS;

/** The top bit of a class: of a question in mDNS `unicastResponse`, of a record `cacheFlush`. */
export const TOP_BIT = 0x8000;

/** A question (RFC 1035 §4.1.2). */
export interface DnsQuestion {
  /** Labels with dots between them; the root is `.`. */
  readonly name: string;
  /** Absent: A. */
  readonly type?: DnsTypeName | number;
  /** Absent: IN. */
  readonly class?: DnsClassName | number;
  /** An answer may come by unicast (RFC 6762 §5.4). Absent: false. */
  readonly unicastResponse?: boolean;
}

/** What a record holds: by its type, or bytes. */
export type DnsData =
  | string
  | readonly string[]
  | Uint8Array
  | { readonly preference: number; readonly exchange: string }
  | DnsSrv
  | DnsSoa;

/** What an SRV record holds (RFC 2782). */
export interface DnsSrv {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** What a SOA record holds; times in seconds (RFC 1035 §3.3.13). */
export interface DnsSoa {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** A record (RFC 1035 §4.1.3). */
export interface DnsRecord {
  readonly name: string;
  readonly type: DnsTypeName | number;
  /** Absent: IN. Of an OPT record: the UDP payload size (RFC 6891 §6.1.2). */
  readonly class?: DnsClassName | number;
  /** Replaces what is cached (RFC 6762 §10.2). Absent: false. */
  readonly cacheFlush?: boolean;
  /** Seconds, 0–4294967295; absent: 0. Of an OPT record: more of the reply code, and flags. */
  readonly ttl?: number;
  /**
   * A and AAAA: an address; NS, CNAME, PTR, DNAME: a name; TXT: texts; MX, SRV, SOA: an object;
   * every other type, and data that is no such thing: bytes.
   */
  readonly data: DnsData;
}

const nameOf = (known: Readonly<Record<string, number>>) => {
  const names = new Map(Object.entries(known).map(([name, value]) => [value, name]));
  return (value: number): string | number => names.get(value) ?? value;
};
const typeName = nameOf(DNS_TYPE) as (value: number) => DnsTypeName | number;
const className = nameOf(DNS_CLASS) as (value: number) => DnsClassName | number;

/** The type of an entry. */
export const typeOf = (view: DataView, entry: DnsEntry): number => view.getUint16(entry.nameEnd);
/** The class of an entry, with its top bit. */
export const classOf = (view: DataView, entry: DnsEntry): number =>
  view.getUint16(entry.nameEnd + 2);
/** The time to live of a record in seconds. */
export const ttlOf = (view: DataView, entry: DnsEntry): number => view.getUint32(entry.nameEnd + 4);

/** The class as data, and whether its top bit is set, where it has one of the names without it. */
function classParts(view: DataView, entry: DnsEntry): readonly [DnsClassName | number, boolean] {
  const value = classOf(view, entry);
  const low = className(value & ~TOP_BIT);
  if (typeOf(view, entry) === DNS_TYPE.OPT || typeof low === 'number') return [value, false];
  return [low, (value & TOP_BIT) !== 0];
}

/** A question as data; undefined: its name is none. */
export function readQuestion(
  view: DataView,
  start: number,
  end: number,
  entry: DnsEntry,
): DnsQuestion | undefined {
  const name = readName(view, start, entry.at, end);
  if (name === undefined) return undefined;
  const [class_, unicastResponse] = classParts(view, entry);
  return {
    name: name.text,
    type: typeName(typeOf(view, entry)),
    class: class_,
    ...(unicastResponse ? { unicastResponse } : {}),
  };
}

/** A record as data; undefined: its name is none. */
export function readRecord(
  view: DataView,
  start: number,
  end: number,
  entry: DnsEntry,
): DnsRecord | undefined {
  const name = readName(view, start, entry.at, end);
  if (name === undefined) return undefined;
  const [class_, cacheFlush] = classParts(view, entry);
  const data = readData(view, start, end, entry);
  return {
    name: name.text,
    type: typeName(typeOf(view, entry)),
    class: class_,
    ...(cacheFlush ? { cacheFlush } : {}),
    ttl: ttlOf(view, entry),
    data: data ?? bytesOf(view, entry.dataAt, entry.end).slice(),
  };
}

const TYPED: readonly number[] = [
  DNS_TYPE.A,
  DNS_TYPE.NS,
  DNS_TYPE.CNAME,
  DNS_TYPE.SOA,
  DNS_TYPE.PTR,
  DNS_TYPE.MX,
  DNS_TYPE.TXT,
  DNS_TYPE.AAAA,
  DNS_TYPE.SRV,
  DNS_TYPE.DNAME,
];

/** Whether the data of a record has a form by its type, and is not of it. */
export function isDataWrong(view: DataView, start: number, end: number, entry: DnsEntry): boolean {
  if (entry.end === entry.dataAt || !TYPED.includes(typeOf(view, entry))) return false;
  return readData(view, start, end, entry) === undefined;
}

/** The data of a record in the form of its type; undefined: it has none, or is not of it. */
function readData(
  view: DataView,
  start: number,
  end: number,
  entry: DnsEntry,
): DnsData | undefined {
  const { dataAt, end: dataEnd } = entry;
  const length = dataEnd - dataAt;
  const name = (at: number): DnsName | undefined => readName(view, start, at, end);
  const lastName = (at: number): string | undefined => {
    const found = at < dataEnd ? name(at) : undefined;
    return found?.end === dataEnd ? found.text : undefined;
  };
  switch (typeOf(view, entry)) {
    case DNS_TYPE.A:
      return length === 4 ? formatIpv4(view.getUint32(dataAt)) : undefined;
    case DNS_TYPE.AAAA:
      return length === 16 ? readIpv6(view, dataAt) : undefined;
    case DNS_TYPE.NS:
    case DNS_TYPE.CNAME:
    case DNS_TYPE.PTR:
    case DNS_TYPE.DNAME:
      return lastName(dataAt);
    case DNS_TYPE.MX: {
      const exchange = lastName(dataAt + 2);
      return exchange === undefined ? undefined : { preference: view.getUint16(dataAt), exchange };
    }
    case DNS_TYPE.SRV: {
      const target = lastName(dataAt + 6);
      if (target === undefined) return undefined;
      const [priority, weight] = [view.getUint16(dataAt), view.getUint16(dataAt + 2)];
      return { priority, weight, port: view.getUint16(dataAt + 4), target };
    }
    case DNS_TYPE.TXT:
      return readTexts(view, dataAt, dataEnd);
    case DNS_TYPE.SOA: {
      const mname = name(dataAt);
      const rname = mname === undefined ? undefined : name(mname.end);
      if (mname === undefined || rname === undefined || rname.end + 20 !== dataEnd) {
        return undefined;
      }
      return {
        mname: mname.text,
        rname: rname.text,
        serial: view.getUint32(rname.end),
        refresh: view.getUint32(rname.end + 4),
        retry: view.getUint32(rname.end + 8),
        expire: view.getUint32(rname.end + 12),
        minimum: view.getUint32(rname.end + 16),
      };
    }
    default:
      return undefined;
  }
}

function readTexts(view: DataView, at: number, end: number): string[] | undefined {
  const texts: string[] = [];
  for (let next = at; next < end; ) {
    const last = next + 1 + view.getUint8(next);
    const text = last > end ? undefined : textOf(view, next + 1, last);
    if (text === undefined) return undefined;
    texts.push(text);
    next = last;
  }
  return texts.length === 0 ? undefined : texts;
}
