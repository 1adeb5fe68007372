/**
 * The TLVs of LLDP (IEEE 802.1AB §8): seven bits of type, nine of length, a value. Nothing is lost:
 * a TLV that is not in its type's form is kept as its type and bytes.
 */
import { readMac, writeMac } from '../bytes/address.js';
import { PacketError } from '../bytes/error.js';
import { bytesOf } from './protocol.js';
import { macNumber, uint } from './values.js';

export const LLDP_END = 0;
export const LLDP_CHASSIS_ID = 1;
export const LLDP_PORT_ID = 2;
export const LLDP_TTL = 3;
export const LLDP_PORT_DESCRIPTION = 4;
export const LLDP_SYSTEM_NAME = 5;
export const LLDP_SYSTEM_DESCRIPTION = 6;
export const LLDP_CAPABILITIES = 7;
export const LLDP_ORGANIZATION = 127;

/** Bytes of a TLV in front of its value. */
export const LLDP_TLV_BYTES = 2;
const MAX_VALUE = 511;

/** An id as bytes; as text where its subtype says that it is a MAC address. */
export type LldpId = string | Uint8Array;

/** One TLV. */
export type LldpTlv =
  | { readonly kind: 'chassisId' | 'portId'; readonly subtype: number; readonly id: LldpId }
  /** Seconds for which what is said holds; 0 takes it back. */
  | { readonly kind: 'ttl'; readonly seconds: number }
  | {
      readonly kind: 'portDescription' | 'systemName' | 'systemDescription';
      readonly text: string;
    }
  /** What the system can be, and what of that is enabled (§8.5.8), 16 bits each. */
  | { readonly kind: 'capabilities'; readonly system: number; readonly enabled: number }
  /** An organization's own (§8.6): its 24-bit number and subtype. */
  | {
      readonly kind: 'organization';
      readonly oui: number;
      readonly subtype: number;
      readonly data: Uint8Array;
    }
  /** A TLV of any type by number. Type 0 ends the list; it is written where the list has none. */
  | { readonly kind: number; readonly data: Uint8Array };

const TYPES: Readonly<Record<string, number>> = {
  chassisId: LLDP_CHASSIS_ID,
  portId: LLDP_PORT_ID,
  ttl: LLDP_TTL,
  portDescription: LLDP_PORT_DESCRIPTION,
  systemName: LLDP_SYSTEM_NAME,
  systemDescription: LLDP_SYSTEM_DESCRIPTION,
  capabilities: LLDP_CAPABILITIES,
  organization: LLDP_ORGANIZATION,
};

/** The subtype that says that an id is a MAC address (§8.5.2.2, §8.5.3.2). */
export function macSubtype(type: number): number {
  return type === LLDP_CHASSIS_ID ? 4 : 3;
}

/** Calls `visit` with every TLV in [offset, end), the end of the list too; answers where it stopped. */
export function eachTlv(
  view: DataView,
  offset: number,
  end: number,
  visit: (type: number, start: number, end: number) => void,
): number {
  let at = offset;
  while (at < end) {
    const next = endOfTlv(view, at, end);
    if (next === 0) return at;
    const type = view.getUint8(at) >>> 1;
    visit(type, at + LLDP_TLV_BYTES, next);
    at = next;
    if (type === LLDP_END) return at;
  }
  return at;
}

/** Where the TLV at `at` ends, or 0 where it goes past `end`. */
export function endOfTlv(view: DataView, at: number, end: number): number {
  const next = neededEnd(view, at, end);
  return next > end ? 0 : next;
}

/** Where the TLV at `at` ends, past `end` too, as far as the bytes tell. */
export function neededEnd(view: DataView, at: number, end: number): number {
  const valueAt = at + LLDP_TLV_BYTES;
  return valueAt > end ? valueAt : valueAt + (view.getUint16(at) & MAX_VALUE);
}

/** Reads the TLVs in [offset, end) without the usual end of the list, which is empty. */
export function readTlvs(view: DataView, offset: number, end: number): LldpTlv[] {
  const tlvs: LldpTlv[] = [];
  eachTlv(view, offset, end, (type, start, next) => {
    if (type === LLDP_END && start === next) return;
    const data = bytesOf(view, start, next).slice();
    const tlv = readValue(view, type, start, data);
    tlvs.push(tlv !== undefined && sameBytes(valueBytes(tlv), data) ? tlv : { kind: type, data });
  });
  return tlvs;
}

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, i) => byte === other[i]);

/** The TLV in its type's form; undefined: it has none, or other bytes than it needs. */
function readValue(
  view: DataView,
  type: number,
  at: number,
  data: Uint8Array,
): LldpTlv | undefined {
  const { length } = data;
  switch (type) {
    case LLDP_CHASSIS_ID:
    case LLDP_PORT_ID: {
      const subtype = data[0];
      if (subtype === undefined) return undefined;
      const id =
        subtype === macSubtype(type) && length === 7 ? readMac(view, at + 1) : data.slice(1);
      return { kind: type === LLDP_CHASSIS_ID ? 'chassisId' : 'portId', subtype, id };
    }
    case LLDP_TTL:
      return length === 2 ? { kind: 'ttl', seconds: view.getUint16(at) } : undefined;
    case LLDP_PORT_DESCRIPTION:
      return { kind: 'portDescription', text: textOf(data) };
    case LLDP_SYSTEM_NAME:
      return { kind: 'systemName', text: textOf(data) };
    case LLDP_SYSTEM_DESCRIPTION:
      return { kind: 'systemDescription', text: textOf(data) };
    case LLDP_CAPABILITIES:
      if (length !== 4) return undefined;
      return {
        kind: 'capabilities',
        system: view.getUint16(at),
        enabled: view.getUint16(at + 2),
      };
    case LLDP_ORGANIZATION: {
      if (length < 4) return undefined;
      const word = view.getUint32(at);
      return {
        kind: 'organization',
        oui: word >>> 8,
        subtype: word & 0xff,
        data: data.slice(4),
      };
    }
    default:
      return undefined;
  }
}

export function textOf(data: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(data);
}

/** Bytes of these TLVs and the end of the list. Throws `BAD_VALUE` or `OUT_OF_RANGE`. */
export function tlvBytes(tlvs: readonly LldpTlv[]): Uint8Array {
  if (!Array.isArray(tlvs)) throw bad('a list of TLVs');
  const bytes: number[] = [];
  for (const tlv of tlvs) {
    if (typeof tlv !== 'object' || tlv === null) throw bad('a TLV is an object');
    const type = typeof tlv.kind === 'number' ? tlv.kind : TYPES[tlv.kind];
    if (type === undefined) {
      const known = Object.keys(TYPES).join(', ');
      throw bad(`no TLV is named ${JSON.stringify(tlv.kind)}; there are ${known}, and numbers`);
    }
    uint(type, 127, 'lldp', 'tlvs.kind');
    const value = valueBytes(tlv);
    uint(value.length, MAX_VALUE, 'lldp', 'tlvs (length)');
    bytes.push((type << 1) | (value.length >>> 8), value.length & 0xff, ...value);
  }
  if (tlvs.at(-1)?.kind !== LLDP_END) bytes.push(0, 0);
  return Uint8Array.from(bytes);
}

function valueBytes(tlv: LldpTlv): Uint8Array {
  if (typeof tlv.kind === 'number') return dataOf(tlv as { data: unknown });
  const number = (value: unknown, max: number, field: string): number =>
    uint(value, max, 'lldp', `tlvs.${tlv.kind}.${field}`);
  switch (tlv.kind) {
    case 'chassisId':
    case 'portId':
      return Uint8Array.of(number(tlv.subtype, 0xff, 'subtype'), ...idBytes(tlv.id));
    case 'ttl':
      return wordBytes(number(tlv.seconds, 0xffff, 'seconds'));
    case 'capabilities':
      return Uint8Array.of(
        ...wordBytes(number(tlv.system, 0xffff, 'system')),
        ...wordBytes(number(tlv.enabled, 0xffff, 'enabled')),
      );
    case 'organization': {
      const oui = number(tlv.oui, 0xffffff, 'oui');
      const subtype = number(tlv.subtype, 0xff, 'subtype');
      return Uint8Array.of(oui >>> 16, ...wordBytes(oui & 0xffff), subtype, ...dataOf(tlv));
    }
    default: {
      if (typeof tlv.text !== 'string') throw bad(`${tlv.kind} takes a text`);
      return new TextEncoder().encode(tlv.text);
    }
  }
}

const wordBytes = (word: number): Uint8Array => Uint8Array.of(word >>> 8, word & 0xff);

function idBytes(id: LldpId): Uint8Array {
  if (id instanceof Uint8Array) return id;
  const bytes = new Uint8Array(6);
  writeMac(new DataView(bytes.buffer), 0, macNumber(id, 'lldp', 'tlvs.id'));
  return bytes;
}

function dataOf({ data }: { data: unknown }): Uint8Array {
  if (data instanceof Uint8Array) return data;
  throw bad('data of a TLV is bytes');
}

function bad(message: string): PacketError {
  return new PacketError('BAD_VALUE', `lldp.tlvs: ${message}`, { layer: 'lldp', field: 'tlvs' });
}
