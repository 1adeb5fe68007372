/** What a routing header holds behind its segments left, by its type. */
import { readIpv6, writeIpv6 } from '../bytes/address.js';
import { readBits } from '../bytes/bits.js';
import { PacketError } from '../bytes/error.js';
import { endOfTlv, type Tlv, type TlvCodec, TlvList } from './ipv6-tlv.js';
import { bytesOf } from './protocol.js';
import { ipv6Parts, uint } from './values.js';

/** Routing types (IANA). */
export const ROUTING_TYPE = {
  /** Deprecated (RFC 5095). */
  SOURCE_ROUTE: 0,
  /** Mobile IPv6 (RFC 6275 §6.4). */
  HOME_ADDRESS: 2,
  /** RPL source route (RFC 6554). */
  RPL: 3,
  /** Segment routing (RFC 8754). */
  SEGMENT_ROUTING: 4,
  /** For experiments (RFC 4727 §5). */
  EXPERIMENTAL: 253,
} as const;

/** The keyed hash of a segment routing header (RFC 8754 §2.1.2). */
export interface SegmentHmac {
  readonly kind: 'hmac';
  /** The D bit (32768) and 15 reserved ones. Absent: 0. */
  readonly flags?: number;
  /** 0–4294967295. */
  readonly keyId: number;
  /** A multiple of 8 bytes, at most 32. */
  readonly hmac: Uint8Array;
}

/** A TLV of a segment routing header. */
export type SegmentTlv = Tlv<SegmentHmac>;

/** Types 0 (RFC 2460 §4.4) and 2 (RFC 6275 §6.4). */
export interface AddressRoute {
  /** 32 bits, to be 0. */
  readonly reserved?: number;
  /** Those still to visit, in order. */
  readonly addresses: readonly string[];
}

/** Type 3 (RFC 6554 §3): addresses without the first bytes, which the destination gives. */
export interface RplRoute {
  /** Bytes that all addresses but the last leave out, 0–15. Absent: by the first suffix. */
  readonly cmprI?: number;
  /** Bytes that the last leaves out, 0–15. Absent: by the last suffix. */
  readonly cmprE?: number;
  /** 20 bits, to be 0. */
  readonly reserved?: number;
  readonly suffixes: readonly Uint8Array[];
}

/** Type 4 (RFC 8754 §2). */
export interface SegmentRoute {
  /** Index of the last segment; absent: computed. */
  readonly lastEntry?: number;
  /** 8 bits, to be 0. */
  readonly flags?: number;
  /** 0–65535: packets of one class. */
  readonly tag?: number;
  /** The last to visit first. */
  readonly segments: readonly string[];
  readonly tlvs?: readonly SegmentTlv[];
}

/** What a routing header holds; of other types and of a wrong length, bytes. */
export type Ipv6Route = AddressRoute | RplRoute | SegmentRoute | { readonly data: Uint8Array };

const LAYER = 'ipv6Routing';
/** Bytes of next header, length, type and segments left. */
export const ROUTING_FIXED_BYTES = 4;
/** Bytes in front of the addresses in types 0, 2, 3 and 4. */
export const ROUTE_OFFSET = 8;
/** The most bytes behind segments left that the header's length can count. */
const LIMIT = 256 * 8 - ROUTING_FIXED_BYTES;

const number = (value: unknown, max: number, field: string): number =>
  uint(value, max, LAYER, `route.${field}`);

const hmac: TlvCodec<SegmentHmac> = {
  kind: 5,
  name: 'hmac',
  read: (view, at, end) => ({
    kind: 'hmac',
    flags: view.getUint16(at),
    keyId: view.getUint32(at + 2),
    hmac: bytesOf(view, at + 6, end).slice(),
  }),
  write: (o) => {
    const value = new Uint8Array(6 + o.hmac.length);
    const view = new DataView(value.buffer);
    view.setUint16(0, number(o.flags ?? 0, 0xffff, 'tlvs.hmac.flags'));
    view.setUint32(2, number(o.keyId, 0xffffffff, 'tlvs.hmac.keyId'));
    value.set(o.hmac, 6);
    return value;
  },
};

const segmentTlvs = new TlvList<SegmentHmac>(
  { layer: LAYER, field: 'route.tlvs', padN: 4, before: 0, limit: LIMIT },
  [hmac],
);

/** How many segments a segment routing header at `offset` has: no more than it has room for. */
export function segmentCount(view: DataView, offset: number, headerEnd: number): number {
  const room = (headerEnd - offset - ROUTE_OFFSET) >>> 4;
  return Math.min(view.getUint8(offset + 4) + 1, room);
}

/**
 * How many addresses an RPL source route at `offset` has; -1 where its length is not that of
 * a list (RFC 6554 §3).
 */
export function rplCount(view: DataView, offset: number, headerEnd: number): number {
  const inner = 16 - (view.getUint8(offset + 4) >>> 4);
  const last = 16 - (view.getUint8(offset + 4) & 15);
  const rest = headerEnd - offset - ROUTE_OFFSET - (view.getUint8(offset + 5) >>> 4) - last;
  return rest >= 0 && rest % inner === 0 ? rest / inner + 1 : -1;
}

/** How many addresses a routing header has; -1: its type has none, or its length is no list's. */
export function addressCount(view: DataView, offset: number, headerEnd: number): number {
  const type = view.getUint8(offset + 2);
  const room = headerEnd - offset - ROUTE_OFFSET;
  if (type === ROUTING_TYPE.SOURCE_ROUTE || type === ROUTING_TYPE.HOME_ADDRESS) {
    return room % 16 === 0 ? room / 16 : -1;
  }
  if (type === ROUTING_TYPE.RPL) return rplCount(view, offset, headerEnd);
  if (type === ROUTING_TYPE.SEGMENT_ROUTING) return segmentCount(view, offset, headerEnd);
  return -1;
}

/**
 * Writes the final destination of the routing header in [offset, headerEnd) over the 16 bytes at
 * `at` of `out`, where segments are left: the last address, and the first of a segment list.
 */
export function finalAddress(
  view: DataView,
  offset: number,
  headerEnd: number,
  out: DataView,
  at: number,
): void {
  const type = view.getUint8(offset + 2);
  const left = view.getUint8(offset + 3);
  const count = addressCount(view, offset, headerEnd);
  if (left === 0 || count < 1) return;
  if (type === ROUTING_TYPE.RPL) {
    const skip = view.getUint8(offset + 4) & 15;
    const from = headerEnd - (view.getUint8(offset + 5) >>> 4) - 16;
    for (let i = skip; i < 16; i++) out.setUint8(at + i, view.getUint8(from + i));
    return;
  }
  const last = type === ROUTING_TYPE.SEGMENT_ROUTING ? 0 : count - 1;
  const from = offset + ROUTE_OFFSET + last * 16;
  for (let i = 0; i < 16; i += 4) out.setUint32(at + i, view.getUint32(from + i));
}

/** Where the first TLV that goes past the end of a segment routing header is; -1: nowhere. */
export function badSegmentTlv(view: DataView, offset: number, headerEnd: number): number {
  let at = offset + ROUTE_OFFSET + segmentCount(view, offset, headerEnd) * 16;
  while (at < headerEnd) {
    const next = endOfTlv(view, at, headerEnd);
    if (next === 0) return at;
    at = next;
  }
  return -1;
}

function addressesIn(view: DataView, offset: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => readIpv6(view, offset + i * 16));
}

function typedRoute(view: DataView, offset: number, headerEnd: number): Ipv6Route | undefined {
  const count = addressCount(view, offset, headerEnd);
  const at = offset + ROUTE_OFFSET;
  if (count < 0) return undefined;
  switch (view.getUint8(offset + 2)) {
    case ROUTING_TYPE.RPL: {
      const cmprI = view.getUint8(offset + 4) >>> 4;
      const cmprE = view.getUint8(offset + 4) & 15;
      const suffixes = Array.from({ length: count }, (_, i) => {
        const from = at + i * (16 - cmprI);
        return bytesOf(view, from, from + 16 - (i === count - 1 ? cmprE : cmprI)).slice();
      });
      return { cmprI, cmprE, reserved: readBits(view, (offset + 5) * 8 + 4, 20), suffixes };
    }
    case ROUTING_TYPE.SEGMENT_ROUTING:
      return {
        lastEntry: view.getUint8(offset + 4),
        flags: view.getUint8(offset + 5),
        tag: view.getUint16(offset + 6),
        segments: addressesIn(view, at, count),
        tlvs: segmentTlvs.read(view, at + count * 16, headerEnd),
      };
    default:
      return { reserved: view.getUint32(offset + 4), addresses: addressesIn(view, at, count) };
  }
}

/** What the routing header in [offset, headerEnd) holds; as bytes where no other form gives them. */
export function decodeRoute(view: DataView, offset: number, headerEnd: number): Ipv6Route {
  const data = bytesOf(view, offset + ROUTING_FIXED_BYTES, headerEnd).slice();
  const route = typedRoute(view, offset, headerEnd);
  if (route === undefined) return { data };
  const again = encodeRoute(route);
  return again.length === data.length && again.every((byte, i) => byte === data[i])
    ? route
    : { data };
}

/** The type of a header that holds this, where none is given. */
export function typeOfRoute(route: Ipv6Route): number {
  if ('segments' in route) return ROUTING_TYPE.SEGMENT_ROUTING;
  if ('suffixes' in route) return ROUTING_TYPE.RPL;
  return 'addresses' in route ? ROUTING_TYPE.SOURCE_ROUTE : ROUTING_TYPE.EXPERIMENTAL;
}

/** How many segments are left where none has been visited. */
export function segmentsOfRoute(route: Ipv6Route): number {
  // The first segment is the destination that the IPv6 header already has.
  if ('segments' in route) return Math.max(route.segments.length - 1, 0);
  if ('suffixes' in route) return route.suffixes.length;
  return 'addresses' in route ? route.addresses.length : 0;
}

function bad(message: string): PacketError {
  const place = { layer: LAYER, field: 'route' };
  return new PacketError('BAD_VALUE', `${LAYER}.route: ${message}`, place);
}

/** Writes addresses behind the first `ROUTE_OFFSET - ROUTING_FIXED_BYTES` bytes of `value`. */
function writeAddresses(value: Uint8Array, addresses: readonly string[], field: string): DataView {
  const view = new DataView(value.buffer);
  for (const [i, address] of addresses.entries()) {
    writeIpv6(view, 4 + i * 16, ipv6Parts(address, LAYER, `route.${field}`));
  }
  return view;
}

function encodeRpl(route: RplRoute): Uint8Array {
  const { suffixes } = route;
  const first = suffixes.length > 1 ? suffixes[0] : undefined;
  const last = suffixes.at(-1);
  const cmprE = number(route.cmprE ?? 16 - (last?.length ?? 16), 15, 'cmprE');
  const cmprI = number(
    route.cmprI ?? (first === undefined ? cmprE : 16 - first.length),
    15,
    'cmprI',
  );
  for (const [i, one] of suffixes.entries()) {
    const wanted = 16 - (i === suffixes.length - 1 ? cmprE : cmprI);
    if (one instanceof Uint8Array && one.length === wanted) continue;
    throw bad(`suffix ${i + 1} of ${suffixes.length} is to be ${wanted} bytes`);
  }
  const length = suffixes.reduce((sum, one) => sum + one.length, 0);
  const pad = -length & 7;
  const value = new Uint8Array(4 + length + pad);
  new DataView(value.buffer).setUint32(
    0,
    cmprI * 2 ** 28 +
      cmprE * 2 ** 24 +
      pad * 2 ** 20 +
      number(route.reserved ?? 0, 0xfffff, 'reserved'),
  );
  let at = 4;
  for (const one of suffixes) {
    value.set(one, at);
    at += one.length;
  }
  return value;
}

function encodeSegments(route: SegmentRoute): Uint8Array {
  const { segments, tlvs = [] } = route;
  const tail = segmentTlvs.encode(tlvs);
  const value = new Uint8Array(4 + segments.length * 16 + tail.length);
  const view = writeAddresses(value, segments, 'segments');
  view.setUint8(0, number(route.lastEntry ?? Math.max(segments.length - 1, 0), 255, 'lastEntry'));
  view.setUint8(1, number(route.flags ?? 0, 255, 'flags'));
  view.setUint16(2, number(route.tag ?? 0, 0xffff, 'tag'));
  value.set(tail, 4 + segments.length * 16);
  return value;
}

function encodeData(data: unknown): Uint8Array {
  if (!(data instanceof Uint8Array)) throw bad('data is bytes');
  // Four bytes of the header stand in front of it.
  const value = new Uint8Array(data.length + (-(data.length + ROUTING_FIXED_BYTES) & 7));
  value.set(data);
  return value;
}

function encodeAny(route: Ipv6Route): Uint8Array {
  if ('segments' in route) return encodeSegments(route);
  if ('suffixes' in route) return encodeRpl(route);
  if (!('addresses' in route)) return encodeData(route.data);
  const value = new Uint8Array(4 + route.addresses.length * 16);
  const view = writeAddresses(value, route.addresses, 'addresses');
  view.setUint32(0, number(route.reserved ?? 0, 0xffffffff, 'reserved'));
  return value;
}

/** The bytes behind segments left. Throws `BAD_VALUE` or `OUT_OF_RANGE`. */
export function encodeRoute(route: Ipv6Route): Uint8Array {
  if (typeof route !== 'object' || route === null) throw bad('it is an object');
  let value: Uint8Array;
  try {
    value = encodeAny(route);
  } catch (error) {
    if (error instanceof PacketError) throw error;
    throw bad('its lists are to be lists');
  }
  if (value.length <= LIMIT) return value;
  throw new PacketError(
    'OUT_OF_RANGE',
    `${LAYER}.route: ${value.length} bytes, there is room for ${LIMIT}`,
    { layer: LAYER, field: 'route' },
  );
}
