/** IPv4 (RFC 791 §3.1): view, fields and codec. Its layout, bounds and sums: `ipv4-wire.ts`. */
import { formatIpv4 } from '../bytes/address.js';
import { getBits8, getBits16, setBits8, setBits16 } from '../bytes/bits.js';
import { finishSum, sumBytes, updateChecksum } from '../bytes/checksum.js';
import { ipv4Names } from './ipv4-names.js';
import { type Ipv4Option, ipv4Options } from './ipv4-options.js';
import { allIpv4Problems } from './ipv4-problems.js';
import {
  CHECKSUM,
  checkIpv4,
  DONT_FRAGMENT,
  DSCP,
  DST,
  ECN,
  FRAGMENT_OFFSET,
  ID,
  IHL,
  IPV4_HEADER_BYTES,
  ipv4ChecksumStatus,
  ipv4Layout,
  LENGTH,
  MORE_FRAGMENTS,
  PROTOCOL,
  pseudoIpv4,
  RESERVED,
  SRC,
  TTL,
  VERSION,
} from './ipv4-wire.js';
import { layerMaker } from './layer-spec.js';
import { IP_PROTOCOL } from './numbers.js';
import {
  defineProtocol,
  HeaderView,
  type Place,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { flag, ipv4Word, needRoom, nextNumber, uint } from './values.js';

/** Bytes of an IPv4 header with these options: 20–60. */
export function ipv4HeaderBytes(fields: Ipv4Input): number {
  return IPV4_HEADER_BYTES + (fields.options === undefined ? 0 : ipv4Options.size(fields.options));
}

/** An IPv4 header in place. */
export class Ipv4View extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(ipv4Protocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return ipv4Protocol;
  }

  /** 4. */
  get version(): number {
    return getBits8(this.view, this.offset, VERSION);
  }

  set version(value: number) {
    setBits8(this.view, this.offset, VERSION, uint(value, VERSION.max, 'ipv4', 'version'));
  }

  /** Header length in words of four bytes, 5–15. */
  get ihl(): number {
    return getBits8(this.view, this.offset, IHL);
  }

  set ihl(value: number) {
    setBits8(this.view, this.offset, IHL, uint(value, IHL.max, 'ipv4', 'ihl'));
  }

  /** Differentiated services codepoint, 0–63 (RFC 2474). */
  get dscp(): number {
    return getBits8(this.view, this.offset, DSCP);
  }

  set dscp(value: number) {
    setBits8(this.view, this.offset, DSCP, uint(value, DSCP.max, 'ipv4', 'dscp'));
  }

  /** Explicit congestion notification, 0–3 (RFC 3168). */
  get ecn(): number {
    return getBits8(this.view, this.offset, ECN);
  }

  set ecn(value: number) {
    setBits8(this.view, this.offset, ECN, uint(value, ECN.max, 'ipv4', 'ecn'));
  }

  /** Total length: bytes of header and data, 20–65535; 0 where segmentation is offloaded. */
  get length(): number {
    return this.view.getUint16(this.offset + LENGTH);
  }

  set length(value: number) {
    this.view.setUint16(this.offset + LENGTH, uint(value, 0xffff, 'ipv4', 'length'));
  }

  get id(): number {
    return this.view.getUint16(this.offset + ID);
  }

  set id(value: number) {
    this.view.setUint16(this.offset + ID, uint(value, 0xffff, 'ipv4', 'id'));
  }

  /** The flag that must be zero. */
  get reserved(): boolean {
    return getBits16(this.view, this.offset, RESERVED) === 1;
  }

  set reserved(value: boolean) {
    setBits16(this.view, this.offset, RESERVED, flag(value, 'ipv4', 'reserved'));
  }

  get dontFragment(): boolean {
    return getBits16(this.view, this.offset, DONT_FRAGMENT) === 1;
  }

  set dontFragment(value: boolean) {
    setBits16(this.view, this.offset, DONT_FRAGMENT, flag(value, 'ipv4', 'dontFragment'));
  }

  get moreFragments(): boolean {
    return getBits16(this.view, this.offset, MORE_FRAGMENTS) === 1;
  }

  set moreFragments(value: boolean) {
    setBits16(this.view, this.offset, MORE_FRAGMENTS, flag(value, 'ipv4', 'moreFragments'));
  }

  /** In units of 8 bytes, 0–8191. */
  get fragmentOffset(): number {
    return getBits16(this.view, this.offset, FRAGMENT_OFFSET);
  }

  set fragmentOffset(value: number) {
    const units = uint(value, FRAGMENT_OFFSET.max, 'ipv4', 'fragmentOffset');
    setBits16(this.view, this.offset, FRAGMENT_OFFSET, units);
  }

  get ttl(): number {
    return this.view.getUint8(this.offset + TTL);
  }

  set ttl(value: number) {
    this.view.setUint8(this.offset + TTL, uint(value, 0xff, 'ipv4', 'ttl'));
  }

  /** IP protocol number of what follows. */
  get protocol(): number {
    return this.view.getUint8(this.offset + PROTOCOL);
  }

  set protocol(value: number) {
    this.view.setUint8(this.offset + PROTOCOL, uint(value, 0xff, 'ipv4', 'protocol'));
  }

  get checksum(): number {
    return this.view.getUint16(this.offset + CHECKSUM);
  }

  set checksum(value: number) {
    this.view.setUint16(this.offset + CHECKSUM, uint(value, 0xffff, 'ipv4', 'checksum'));
  }

  get src(): string {
    return formatIpv4(this.srcWord);
  }

  set src(value: string) {
    this.view.setUint32(this.offset + SRC, ipv4Word(value, 'ipv4', 'src'));
  }

  get dst(): string {
    return formatIpv4(this.dstWord);
  }

  set dst(value: string) {
    this.view.setUint32(this.offset + DST, ipv4Word(value, 'ipv4', 'dst'));
  }

  /** The source address as a 32-bit number. */
  get srcWord(): number {
    return this.view.getUint32(this.offset + SRC);
  }

  /** The destination address as a 32-bit number. */
  get dstWord(): number {
    return this.view.getUint32(this.offset + DST);
  }

  /** Decoded anew at each call. */
  get options(): Ipv4Option[] {
    return ipv4Options.read(this.view, this.offset + IPV4_HEADER_BYTES, this.headerEnd);
  }

  /**
   * Corrects the checksum after the 16-bit word at byte `at` of the header has changed from
   * `before` to what it is now, without summing the header (RFC 1624).
   */
  patchChecksum(at: number, before: number): void {
    const after = this.view.getUint16(this.offset + at);
    this.checksum = updateChecksum(this.checksum, before, after);
  }
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
  const version = uint(f.version ?? 4, VERSION.max, 'ipv4', 'version');
  const ihl = uint(f.ihl ?? headerBytes >>> 2, IHL.max, 'ipv4', 'ihl');
  const dscp = uint(f.dscp ?? 0, DSCP.max, 'ipv4', 'dscp');
  const ecn = uint(f.ecn ?? 0, ECN.max, 'ipv4', 'ecn');
  const length = uint(f.length ?? place.end - offset, 0xffff, 'ipv4', 'length');
  const id = uint(f.id ?? 0, 0xffff, 'ipv4', 'id');
  const fragment =
    (flag(f.reserved ?? false, 'ipv4', 'reserved') << RESERVED.shift) |
    (flag(f.dontFragment ?? false, 'ipv4', 'dontFragment') << DONT_FRAGMENT.shift) |
    (flag(f.moreFragments ?? false, 'ipv4', 'moreFragments') << MORE_FRAGMENTS.shift) |
    uint(f.fragmentOffset ?? 0, FRAGMENT_OFFSET.max, 'ipv4', 'fragmentOffset');
  const ttl = uint(f.ttl ?? 64, 0xff, 'ipv4', 'ttl');
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
  const src = f.src === undefined ? 0 : ipv4Word(f.src, 'ipv4', 'src');
  const dst = f.dst === undefined ? 0 : ipv4Word(f.dst, 'ipv4', 'dst');
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
  view.setUint32(offset + SRC, src);
  view.setUint32(offset + DST, dst);
}

/** Writes the header checksum (RFC 791 §3.1), where it is to be computed. */
export function sealIpv4(view: DataView, offset: number, fields: Ipv4Input, place: Place): void {
  if (typeof fields.checksum === 'number') return;
  view.setUint16(offset + CHECKSUM, 0);
  view.setUint16(offset + CHECKSUM, finishSum(sumBytes(view, offset, place.headerEnd)));
}

export const ipv4Protocol: Protocol<'ipv4', Ipv4Fields, Ipv4View, Ipv4Input> = defineProtocol({
  name: 'ipv4',
  title: 'Internet Protocol Version 4',
  short: 'IPv4',
  layout: ipv4Layout,
  space: 'ipProtocol',
  lengthField: 'length',
  declared: ({ length }) => (length === 0 ? undefined : length),
  fields: [
    'version',
    'ihl',
    'dscp',
    'ecn',
    'length',
    'id',
    'reserved',
    'dontFragment',
    'moreFragments',
    'fragmentOffset',
    'ttl',
    'protocol',
    'checksum',
    'src',
    'dst',
    'options',
  ],
  derived: ['version', 'ihl', 'length', 'protocol', 'checksum'],
  problems: allIpv4Problems,
  names: ipv4Names,
  wireshark: 'ip',
  summary: (layer) =>
    layer.fragmentOffset === 0 && !layer.moreFragments
      ? `IP protocol ${layer.protocol}`
      : `Fragment (proto=${layer.protocol}, off=${layer.fragmentOffset * 8}, ID=${layer.id
          .toString(16)
          .padStart(4, '0')})`,
  check: checkIpv4,
  // As Wireshark does: version 6 behind EtherType 0x0800 is IPv6.
  sibling: (view, offset, end) =>
    offset < end && getBits8(view, offset, VERSION) === 6 ? 'ipv6' : undefined,
  layer: (view, offset, headerEnd, end) => new Ipv4View(view, offset, end, headerEnd),
  decode: decodeIpv4,
  size: ipv4HeaderBytes,
  encode: encodeIpv4,
  seal: sealIpv4,
  pseudo: pseudoIpv4,
  checksumStatus: ipv4ChecksumStatus,
  ends: (layer) => ({ src: layer.src, dst: layer.dst }),
});

/** An IPv4 layer to build. */
export const ipv4 = layerMaker(ipv4Protocol);
