/** The tails of messages: more fields that may be there, addresses by a count, group records. */
import { formatIpv4, readIpv6, writeIpv6 } from '../bytes/address.js';
import { PacketError } from '../bytes/error.js';
import { headerLayout, type LayoutPart, offsetOf, u8, u16 } from '../bytes/layout.js';
import {
  bytesValue,
  ipv6Of,
  type Kind,
  type Loose,
  listValue,
  readValue,
  type Tail,
  writeValue,
} from './icmp-message.js';
import { bytesOf } from './protocol.js';
import { badValue, ipv4Word, uint } from './values.js';

/** How addresses of one kind are read and written. */
export interface AddressKind {
  readonly bytes: 4 | 16;
  read(view: DataView, at: number): string;
  /** Throws `BAD_VALUE`. */
  write(view: DataView, at: number, value: unknown, layer: string, field: string): void;
}

export const IPV4_ADDRESS: AddressKind = {
  bytes: 4,
  read: (view, at) => formatIpv4(view.getUint32(at)),
  write: (view, at, value, layer, field) =>
    view.setUint32(at, ipv4Word(value as string, layer, field)),
};

export const IPV6_ADDRESS: AddressKind = {
  bytes: 16,
  read: readIpv6,
  write: (view, at, value, layer, field) => writeIpv6(view, at, ipv6Of(value, layer, field)),
};

/** Fields that are there if the message is long enough for all of them, and written if one is given. */
export function optionalTail<N extends string>(
  layer: string,
  parts: readonly LayoutPart<N>[],
  kinds: Readonly<Record<string, Kind>> = {},
): Tail {
  const { span, fields } = headerLayout(layer, parts);
  const keys = fields.map((field) => field.name);
  return {
    keys,
    end: (_view, start, end) => (start + span <= end ? start + span : start),
    read: (view, start, end) => {
      if (start + span > end) return {};
      return Object.fromEntries(
        fields.map(({ name, bit, bits }) => [
          name,
          readValue(view, start * 8 + bit, bits, kinds[name]),
        ]),
      );
    },
    size: (given) => (keys.some((key) => given[key] !== undefined) ? span : 0),
    write: (view, start, given) => {
      for (const { name, bit, bits } of fields) {
        const value = given[name];
        if (value === undefined) continue;
        writeValue(view, start * 8 + bit, bits, kinds[name], value, layer, name);
      }
    },
  };
}

/** Every byte up to the end of the message under one key, where there is one. */
export function bytesTail(layer: string, key: string): Tail {
  const given = (fields: Loose): Uint8Array | undefined =>
    fields[key] === undefined ? undefined : bytesValue(fields[key], layer, key);
  return {
    keys: [key],
    end: (_view, _start, end) => end,
    read: (view, start, end) => (end > start ? { [key]: bytesOf(view, start, end).slice() } : {}),
    size: (fields) => given(fields)?.length ?? 0,
    write: (view, start, fields) => {
      const bytes = given(fields);
      if (bytes !== undefined) bytesOf(view, start, start + bytes.length).set(bytes);
    },
  };
}

/** Addresses whose number is the 16 bits in front of them. */
export function addressTail(layer: string, key: string, kind: AddressKind): Tail {
  const each = kind.bytes;
  return {
    keys: [key],
    end: (view, start, end) =>
      start + Math.min(view.getUint16(start - 2), Math.floor((end - start) / each)) * each,
    isShort: (view, start, end) => end - start < view.getUint16(start - 2) * each,
    read: (view, start, end) => ({ [key]: readAddresses(view, start, end, kind) }),
    size: (fields) => listValue(fields[key] ?? [], layer, key).length * each,
    write: (view, start, fields) =>
      writeAddresses(view, start, listValue(fields[key] ?? [], layer, key), kind, layer, key),
  };
}

function readAddresses(view: DataView, start: number, end: number, kind: AddressKind): string[] {
  const addresses: string[] = [];
  for (let at = start; at + kind.bytes <= end; at += kind.bytes)
    addresses.push(kind.read(view, at));
  return addresses;
}

function writeAddresses(
  view: DataView,
  start: number,
  addresses: readonly unknown[],
  kind: AddressKind,
  layer: string,
  field: string,
): void {
  for (const [i, address] of addresses.entries()) {
    kind.write(view, start + i * kind.bytes, address, layer, field);
  }
}

/** How many a list of a spec has; 0 where it is absent or no list. */
export const countOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

/** What a group record is about: the record types of RFC 3376 §4.2.12 and RFC 3810 §5.2.12. */
export interface GroupRecord {
  /** 1 include, 2 exclude, 3 to include, 4 to exclude, 5 allow new sources, 6 block old ones. */
  readonly type: number;
  /** The multicast address. */
  readonly group: string;
  readonly sources: readonly string[];
  /** Auxiliary data, a multiple of four bytes; no such data is defined yet. */
  readonly aux: Uint8Array;
}

/** Fields about groups that the messages of IGMP and of MLD in ICMPv6 have in common. */
export interface GroupMessage {
  /** The multicast address; 0.0.0.0 or :: in a general query. */
  readonly group?: string;
  /** Query of IGMPv3 or MLDv2: the four bits in front of S. */
  readonly reservedFlags?: number;
  /** The S flag: routers are not to run their timers. */
  readonly suppress?: boolean;
  /** The querier's robustness variable, 0–7. */
  readonly robustness?: number;
  /** The querier's query interval code, seconds up to 127. */
  readonly queryInterval?: number;
  readonly numSources?: number;
  readonly sources?: readonly string[];
  /** Report of IGMPv3 or MLDv2. */
  readonly numRecords?: number;
  readonly records?: readonly GroupRecord[];
}

const recordLayout = headerLayout('record', [u8('type'), u8('auxWords'), u16('numSources')]);
export const TYPE = offsetOf(recordLayout, 'type');
export const AUX_WORDS = offsetOf(recordLayout, 'auxWords');
export const NUM_SOURCES = offsetOf(recordLayout, 'numSources');
/** The group's address, and behind it the sources. */
export const GROUP = recordLayout.span;

/** Where the record at `at` ends, or 0 where it goes past `end`. */
function endOfRecord(view: DataView, at: number, end: number, addressBytes: number): number {
  const sources = at + GROUP + addressBytes;
  if (sources > end) return 0;
  const next =
    sources + view.getUint16(at + NUM_SOURCES) * addressBytes + view.getUint8(at + AUX_WORDS) * 4;
  return next > end ? 0 : next;
}

/** Calls `visit` with every whole record in [start, end), at most `count`; answers where it stopped. */
export function eachRecord(
  view: DataView,
  start: number,
  end: number,
  addressBytes: number,
  visit?: (at: number, next: number) => void,
  count = 0xffff,
): number {
  let at = start;
  for (let i = 0; i < count; i++) {
    const next = endOfRecord(view, at, end, addressBytes);
    if (next === 0) return at;
    visit?.(at, next);
    at = next;
  }
  return at;
}

/** Group records whose number is the 16 bits in front of them. */
export function recordsTail(layer: string, key: string, kind: AddressKind): Tail {
  return {
    keys: [key],
    end: (view, start, end) =>
      eachRecord(view, start, end, kind.bytes, undefined, view.getUint16(start - 2)),
    isShort: (view, start, end) => {
      let count = 0;
      eachRecord(view, start, end, kind.bytes, () => {
        count++;
      });
      return count < view.getUint16(start - 2);
    },
    read: (view, start, end) => {
      const records: GroupRecord[] = [];
      eachRecord(view, start, end, kind.bytes, (at, next) =>
        records.push(readRecord(view, at, next, kind)),
      );
      return { [key]: records };
    },
    size: (fields) => {
      let bytes = 0;
      for (const record of listValue(fields[key] ?? [], layer, key)) {
        bytes += recordSize(record, kind, layer, key);
      }
      return bytes;
    },
    write: (view, start, fields) => {
      let at = start;
      for (const record of listValue(fields[key] ?? [], layer, key)) {
        at = writeRecord(view, at, record as GroupRecord, kind, layer, key);
      }
    },
  };
}

function readRecord(view: DataView, at: number, next: number, kind: AddressKind): GroupRecord {
  const sources = at + GROUP + kind.bytes;
  const aux = sources + view.getUint16(at + NUM_SOURCES) * kind.bytes;
  return {
    type: view.getUint8(at + TYPE),
    group: kind.read(view, at + GROUP),
    sources: readAddresses(view, sources, aux, kind),
    aux: bytesOf(view, aux, next).slice(),
  };
}

const NO_BYTES = new Uint8Array(0);

function recordSize(value: unknown, kind: AddressKind, layer: string, key: string): number {
  const { sources = [], aux = NO_BYTES } = objectValue(value, layer, key);
  const auxBytes = bytesValue(aux, layer, `${key}.aux`).length;
  if (auxBytes % 4 !== 0 || auxBytes > 255 * 4) {
    throw new PacketError(
      'OUT_OF_RANGE',
      `${layer}.${key}.aux: ${auxBytes} bytes, it is a multiple of 4 up to 1020`,
      { layer, field: `${key}.aux` },
    );
  }
  const count = listValue(sources, layer, `${key}.sources`).length;
  return GROUP + kind.bytes + uint(count, 0xffff, layer, `${key}.sources`) * kind.bytes + auxBytes;
}

function writeRecord(
  view: DataView,
  at: number,
  record: Partial<GroupRecord>,
  kind: AddressKind,
  layer: string,
  key: string,
): number {
  const { type = 1, group, sources = [], aux = NO_BYTES } = record;
  view.setUint8(at + TYPE, uint(type, 0xff, layer, `${key}.type`));
  view.setUint8(at + AUX_WORDS, aux.length / 4);
  view.setUint16(at + NUM_SOURCES, sources.length);
  if (group !== undefined) kind.write(view, at + GROUP, group, layer, `${key}.group`);
  const first = at + GROUP + kind.bytes;
  writeAddresses(view, first, sources, kind, layer, `${key}.sources`);
  const rest = first + sources.length * kind.bytes;
  bytesOf(view, rest, rest + aux.length).set(aux);
  return rest + aux.length;
}

/** The object that an entry of a list is to be. Throws `BAD_VALUE`. */
export function objectValue(value: unknown, layer: string, field: string): Loose {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Loose;
  throw badValue(layer, field, value, 'an object of fields');
}
