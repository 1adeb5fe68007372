/** The fields of IPv4 headers, read and written. The view: `ipv4.ts`. */
import { ipv4Word32 } from '../bytes/address.js';
import { finishSum, sumBytes } from '../bytes/checksum.js';
import type { Ipv4View } from './ipv4.js';
import { type Ipv4Option, ipv4Options } from './ipv4-options.js';
import * as wire from './ipv4-wire.js';
import { IP_PROTOCOL } from './numbers.js';
import type { Place } from './protocol.js';
import { flag, ipv4Place, needRoom, nextNumber, uint } from './values.js';

// Constants of this module, as in `ipv4.ts`.
const {
  CHECKSUM,
  DONT_FRAGMENT,
  DSCP,
  DST,
  ECN,
  FRAGMENT_OFFSET,
  ID,
  IHL,
  IPV4_HEADER_BYTES,
  LENGTH,
  MORE_FRAGMENTS,
  PROTOCOL,
  RESERVED,
  SRC,
  TTL,
  VERSION,
} = wire;

/** Bytes of an IPv4 header with these options: 20–60. */
export function ipv4HeaderBytes(fields: Ipv4Input): number {
  return IPV4_HEADER_BYTES + (fields.options === undefined ? 0 : ipv4Options.size(fields.options));
}

/** Every field of an IPv4 header. */
export interface Ipv4Fields {
  /** 4. */
  readonly version: number;
  /** Header length in words of four bytes, 5–15. */
  readonly ihl: number;
  /** 0–63 (RFC 2474). */
  readonly dscp: number;
  /** 0–3 (RFC 3168). */
  readonly ecn: number;
  /** Bytes of header and data, 20–65535. */
  readonly length: number;
  readonly id: number;
  readonly reserved: boolean;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In units of 8 bytes, 0–8191. */
  readonly fragmentOffset: number;
  /** Hops left, 0–255. */
  readonly ttl: number;
  /** IP protocol number of what follows (IANA). */
  readonly protocol: number;
  readonly checksum: number;
  readonly src: string;
  readonly dst: string;
  readonly options: readonly Ipv4Option[];
}

/** What may be given of an IPv4 header. Absent: computed, or the default named here. */
export interface Ipv4Input
  extends Partial<Omit<Ipv4Fields, 'checksum' | 'options' | 'src' | 'dst' | 'ttl'>> {
  /** Absent: 64. */
  readonly ttl?: number;
  readonly checksum?: number | 'computed';
  /** Absent: 0.0.0.0. */
  readonly src?: string;
  /** Absent: 0.0.0.0. */
  readonly dst?: string;
  /** Zeros fill them up to four bytes; a Uint8Array is taken as it is. */
  readonly options?: readonly Ipv4Option[] | Uint8Array;
}

export function decodeIpv4(layer: Ipv4View): Ipv4Fields {
  return {
    version: layer.version,
    ihl: layer.ihl,
    dscp: layer.dscp,
    ecn: layer.ecn,
    length: layer.length,
    id: layer.id,
    reserved: layer.reserved,
    dontFragment: layer.dontFragment,
    moreFragments: layer.moreFragments,
    fragmentOffset: layer.fragmentOffset,
    ttl: layer.ttl,
    protocol: layer.protocol,
    checksum: layer.checksum,
    src: layer.src,
    dst: layer.dst,
    options: layer.options,
  };
}

/** Writes an IPv4 header: all of it, or nothing where a field is wrong. The checksum: `sealIpv4`. */
export function encodeIpv4(view: DataView, offset: number, f: Ipv4Input, place: Place): void {
  const headerBytes = ipv4HeaderBytes(f);
  // A default needs no check (null is absent, too): no calls for absent fields saved 100 ns of VXLAN to TCP (Node 20).
  const version = f.version == null ? 4 : uint(f.version, VERSION.max, 'ipv4', 'version');
  const ihl = uint(f.ihl ?? headerBytes >>> 2, IHL.max, 'ipv4', 'ihl');
  const dscp = f.dscp == null ? 0 : uint(f.dscp, DSCP.max, 'ipv4', 'dscp');
  const ecn = f.ecn == null ? 0 : uint(f.ecn, ECN.max, 'ipv4', 'ecn');
  const length = uint(f.length ?? place.end - offset, 0xffff, 'ipv4', 'length');
  const id = f.id == null ? 0 : uint(f.id, 0xffff, 'ipv4', 'id');
  const fragment =
    ((f.reserved == null ? 0 : flag(f.reserved, 'ipv4', 'reserved')) << RESERVED.shift) |
    ((f.dontFragment == null ? 0 : flag(f.dontFragment, 'ipv4', 'dontFragment')) <<
      DONT_FRAGMENT.shift) |
    ((f.moreFragments == null ? 0 : flag(f.moreFragments, 'ipv4', 'moreFragments')) <<
      MORE_FRAGMENTS.shift) |
    (f.fragmentOffset == null
      ? 0
      : uint(f.fragmentOffset, FRAGMENT_OFFSET.max, 'ipv4', 'fragmentOffset'));
  const ttl = f.ttl == null ? 64 : uint(f.ttl, 0xff, 'ipv4', 'ttl');
  const protocol = uint(
    f.protocol ?? nextNumber(place, IP_PROTOCOL.EXPERIMENTAL, 'ipv4', 'protocol'),
    0xff,
    'ipv4',
    'protocol',
  );
  const { checksum } = f;
  const sum =
    checksum === undefined || checksum === 'computed'
      ? 0
      : uint(checksum, 0xffff, 'ipv4', 'checksum');
  const src = f.src === undefined ? 0 : ipv4Word32(ipv4Place(f.src, 'ipv4', 'src'));
  const dst = f.dst === undefined ? 0 : ipv4Word32(ipv4Place(f.dst, 'ipv4', 'dst'));
  needRoom(view, offset, headerBytes, 'ipv4');
  if (f.options !== undefined) {
    ipv4Options.write(view, offset + IPV4_HEADER_BYTES, offset + headerBytes, f.options);
  }
  view.setUint8(offset + VERSION.offset, (version << VERSION.shift) | ihl);
  view.setUint8(offset + DSCP.offset, (dscp << DSCP.shift) | ecn);
  view.setUint16(offset + LENGTH, length);
  view.setUint16(offset + ID, id);
  view.setUint16(offset + FRAGMENT_OFFSET.offset, fragment);
  view.setUint8(offset + TTL, ttl);
  view.setUint8(offset + PROTOCOL, protocol);
  view.setUint16(offset + CHECKSUM, sum);
  view.setInt32(offset + SRC, src);
  view.setInt32(offset + DST, dst);
}

/** Writes the header checksum (RFC 791 §3.1), where it is to be computed. */
export function sealIpv4(view: DataView, offset: number, fields: Ipv4Input, place: Place): void {
  if (typeof fields.checksum === 'number') return;
  view.setUint16(offset + CHECKSUM, 0);
  view.setUint16(offset + CHECKSUM, finishSum(sumBytes(view, offset, place.headerEnd)));
}
