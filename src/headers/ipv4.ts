/**
 * IPv4, RFC 791 §3.1; DSCP: RFC 2474, ECN: RFC 3168.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |version|  ihl  |   dscp    |ecn|            length             |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |              id               |r|d|m|     fragmentOffset      |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |      ttl      |   protocol    |           checksum            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                              src                              |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                              dst                              |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { formatIpv4 } from '../bytes/address.js';
import { getBits8, getBits16, setBits8, setBits16 } from '../bytes/bits.js';
import { finishSum, foldSum, sumBytes, updateChecksum } from '../bytes/checksum.js';
import { bitField, bits, headerLayout, offsetOf, u8, u16, u32 } from '../bytes/layout.js';
import { finalDestination, type Ipv4Option, ipv4OptionNames, ipv4Options } from './ipv4-options.js';
import { eitherName, numberName, valueName } from './names.js';
import { IP_PROTOCOL } from './numbers.js';
import { BAD_OPTION_LENGTH, BYTES_AFTER_END, checkOptions } from './options.js';
import {
  type ChecksumStatus,
  defineProtocol,
  ELSEWHERE,
  type Extent,
  type FieldName,
  HeaderView,
  layerMaker,
  type Place,
  type ProblemKind,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { flag, ipv4Word, needRoom, nextNumber, uint } from './values.js';

export const ipv4Layout = headerLayout('ipv4', [
  bits(8, { version: 4, ihl: 4 }),
  bits(8, { dscp: 6, ecn: 2 }),
  u16('length'),
  u16('id'),
  bits(16, { reserved: 1, dontFragment: 1, moreFragments: 1, fragmentOffset: 13 }),
  u8('ttl'),
  u8('protocol'),
  u16('checksum'),
  u32('src'),
  u32('dst'),
]);

const VERSION = bitField(ipv4Layout, 'version', 8);
const IHL = bitField(ipv4Layout, 'ihl', 8);
const DSCP = bitField(ipv4Layout, 'dscp', 8);
const ECN = bitField(ipv4Layout, 'ecn', 8);
const LENGTH = offsetOf(ipv4Layout, 'length');
const ID = offsetOf(ipv4Layout, 'id');
const RESERVED = bitField(ipv4Layout, 'reserved', 16);
const DONT_FRAGMENT = bitField(ipv4Layout, 'dontFragment', 16);
const MORE_FRAGMENTS = bitField(ipv4Layout, 'moreFragments', 16);
const FRAGMENT_OFFSET = bitField(ipv4Layout, 'fragmentOffset', 16);
const TTL = offsetOf(ipv4Layout, 'ttl');
const PROTOCOL = offsetOf(ipv4Layout, 'protocol');
const CHECKSUM = offsetOf(ipv4Layout, 'checksum');
const SRC = offsetOf(ipv4Layout, 'src');
const DST = offsetOf(ipv4Layout, 'dst');

/** Bytes of an IPv4 header without options. */
export const IPV4_HEADER_BYTES = ipv4Layout.span;

/** Bytes of an IPv4 header with these options: 20–60. */
export function ipv4HeaderBytes(fields: Ipv4Input): number {
  return IPV4_HEADER_BYTES + (fields.options === undefined ? 0 : ipv4Options.size(fields.options));
}

const problems: readonly ProblemKind[] = [
  {
    code: 'IPV4_HEADER_CUT',
    message: 'the bytes end inside the IPv4 header',
    measure: (view, offset, end) => ({
      need: end > offset ? Math.max(20, getBits8(view, offset, IHL) * 4) : 20,
      have: end - offset,
    }),
  },
  {
    code: 'IPV4_VERSION',
    message: 'the version is not 4',
    field: 'version',
    rfc: 'RFC 791 §3.1',
  },
  {
    code: 'IPV4_IHL_UNDER_5',
    message: 'the header length is less than 5 words',
    field: 'ihl',
    rfc: 'RFC 791 §3.1',
    measure: (view, offset) => ({ need: 5, have: getBits8(view, offset, IHL) }),
  },
  {
    code: 'IPV4_TOTAL_LENGTH_ZERO',
    message: 'the total length is 0, as segmentation offload leaves it; the frame ends the packet',
    field: 'length',
  },
  {
    code: 'IPV4_TOTAL_LENGTH_UNDER_HEADER',
    message: 'the total length is less than the header',
    field: 'length',
    rfc: 'RFC 791 §3.1',
    measure: (view, offset) => ({
      need: getBits8(view, offset, IHL) * 4,
      have: view.getUint16(offset + LENGTH),
    }),
  },
  {
    code: 'IPV4_TOTAL_LENGTH_PAST_END',
    message: 'the total length says more bytes than the carrier holds',
    field: 'length',
    rfc: 'RFC 791 §3.1',
    measure: (view, offset, end) => ({
      need: view.getUint16(offset + LENGTH),
      have: end - offset,
    }),
  },
  {
    code: 'IPV4_FRAGMENT_PAST_65535',
    message: 'the fragment ends past byte 65,535 of its datagram',
    field: 'fragmentOffset',
    rfc: 'RFC 791 §3.2',
  },
  {
    code: 'IPV4_OPTION_LENGTH',
    message: 'an option has a length under 2 or past the header',
    field: 'options',
    rfc: 'RFC 791 §3.1',
  },
  {
    code: 'IPV4_BYTES_AFTER_END_OF_OPTIONS',
    message: 'bytes that are not 0 follow the end of the options',
    field: 'options',
    rfc: 'RFC 791 §3.1',
  },
];
const HEADER_CUT = 1;
const BAD_VERSION = 2;
const IHL_UNDER_5 = 4;
const LENGTH_ZERO = 8;
const LENGTH_UNDER_HEADER = 16;
const LENGTH_PAST_END = 32;
const FRAGMENT_PAST_65535 = 64;
const OPTION_LENGTH = 128;
const AFTER_END = 256;

/** Finds the end of the IPv4 header at `offset`: 0 where there is none. */
export function checkIpv4(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.alternative = -1;
  if (offset < end && getBits8(view, offset, VERSION) !== 4) {
    out.problems |= BAD_VERSION;
    return 0;
  }
  if (offset + IPV4_HEADER_BYTES > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const headerBytes = getBits8(view, offset, IHL) * 4;
  const headerEnd = offset + headerBytes;
  if (headerBytes < IPV4_HEADER_BYTES) {
    out.problems |= IHL_UNDER_5;
    return 0;
  }
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  if (headerBytes > IPV4_HEADER_BYTES) {
    const wrong = checkOptions(view, offset + IPV4_HEADER_BYTES, headerEnd);
    if (wrong === BAD_OPTION_LENGTH) out.problems |= OPTION_LENGTH;
    if (wrong === BYTES_AFTER_END) out.problems |= AFTER_END;
  }
  const length = view.getUint16(offset + LENGTH);
  const fragment = view.getUint16(offset + FRAGMENT_OFFSET.offset);
  const fragmentOffset = fragment & FRAGMENT_OFFSET.max;
  out.next = fragmentOffset === 0 ? view.getUint8(offset + PROTOCOL) : -1;
  if (length < headerBytes) {
    if (length === 0) {
      out.problems |= LENGTH_ZERO;
    } else {
      out.problems |= LENGTH_UNDER_HEADER;
      out.next = -1;
    }
  } else if (offset + length > out.wireEnd) {
    out.problems |= LENGTH_PAST_END;
  } else {
    out.wireEnd = offset + length;
    if (out.wireEnd < end) out.bodyEnd = out.wireEnd;
  }
  if (fragmentOffset * 8 + length - headerBytes > 0xffff) out.problems |= FRAGMENT_PAST_65535;
  // What a first fragment carries goes on in other frames.
  if (((fragment >>> MORE_FRAGMENTS.shift) & 1) === 1) out.wireEnd = ELSEWHERE;
  return headerEnd;
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

/**
 * Partial sum of the addresses for transports' pseudo-header (RFC 768, RFC 9293 §3.1): with a
 * source route the destination is the route's last address (RFC 1122 §3.2.1.8).
 */
export function pseudoIpv4(view: DataView, offset: number): number {
  const headerBytes = getBits8(view, offset, IHL) * 4;
  let dst = offset + DST;
  if (headerBytes > IPV4_HEADER_BYTES) {
    // A header length that build was given may be past the frame.
    const end = Math.min(offset + headerBytes, view.byteLength);
    const last = finalDestination(view, offset + IPV4_HEADER_BYTES, end);
    if (last >= 0) dst = last;
  }
  return (
    view.getUint16(offset + SRC) +
    view.getUint16(offset + SRC + 2) +
    view.getUint16(dst) +
    view.getUint16(dst + 2)
  );
}

function checksumStatus(layer: Ipv4View): ChecksumStatus {
  return foldSum(sumBytes(layer.view, layer.offset, layer.headerEnd)) === 0xffff ? 1 : 0;
}

const src = valueName(
  ipv4Layout,
  'src',
  'ip.src',
  'Source Address',
  'text',
  (layer: Ipv4View) => layer.src,
);
// With a source route, Wireshark shows the route's end as the destination; here it is the header's.
const dst = valueName(
  ipv4Layout,
  'dst',
  'ip.dst',
  'Destination Address',
  'text',
  (layer: Ipv4View) => layer.dst,
);

const names: readonly FieldName<Ipv4View>[] = [
  numberName(ipv4Layout, 'version', 'ip.version', 'Version'),
  valueName(
    ipv4Layout,
    'ihl',
    'ip.hdr_len',
    'Header Length',
    'dec',
    (layer: Ipv4View) => layer.ihl * 4,
  ),
  {
    name: 'ip.dsfield',
    label: 'Differentiated Services Field',
    form: 'hex2',
    each: (layer, _place, emit) => {
      const at = layer.offset + DSCP.offset;
      emit(layer.view.getUint8(at), at * 8, 8);
    },
  },
  numberName(ipv4Layout, 'dscp', 'ip.dsfield.dscp', 'Differentiated Services Codepoint'),
  numberName(ipv4Layout, 'ecn', 'ip.dsfield.ecn', 'Explicit Congestion Notification'),
  valueName(
    ipv4Layout,
    'length',
    'ip.len',
    'Total Length',
    'dec',
    // As Wireshark does where segmentation offload has left 0.
    (layer: Ipv4View) => layer.length || layer.wireEnd - layer.offset,
  ),
  numberName(ipv4Layout, 'id', 'ip.id', 'Identification', 'hex4'),
  {
    name: 'ip.flags',
    label: 'Flags',
    form: 'hex2',
    each: (layer, _place, emit) => {
      const at = layer.offset + RESERVED.offset;
      emit(layer.view.getUint8(at) >>> 5, at * 8, 3);
    },
  },
  numberName(ipv4Layout, 'reserved', 'ip.flags.rb', 'Reserved bit', 'bool'),
  numberName(ipv4Layout, 'dontFragment', 'ip.flags.df', "Don't fragment", 'bool'),
  numberName(ipv4Layout, 'moreFragments', 'ip.flags.mf', 'More fragments', 'bool'),
  numberName(ipv4Layout, 'fragmentOffset', 'ip.frag_offset', 'Fragment Offset, in 8 bytes'),
  numberName(ipv4Layout, 'ttl', 'ip.ttl', 'Time to Live'),
  numberName(ipv4Layout, 'protocol', 'ip.proto', 'Protocol'),
  numberName(ipv4Layout, 'checksum', 'ip.checksum', 'Header Checksum', 'hex4'),
  valueName(
    ipv4Layout,
    'checksum',
    'ip.checksum.status',
    'Header checksum status',
    'dec',
    checksumStatus,
  ),
  src,
  dst,
  eitherName('ip.addr', 'Source or Destination Address', [src, dst]),
  ...ipv4OptionNames,
];

export const ipv4Protocol: Protocol<'ipv4', Ipv4Fields, Ipv4View, Ipv4Input> = defineProtocol({
  name: 'ipv4',
  title: 'Internet Protocol Version 4',
  short: 'IPv4',
  layout: ipv4Layout,
  space: 'ipProtocol',
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
  problems,
  names,
  wiresharkName: () => 'ip',
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
  checksumStatus,
  ends: (layer) => ({ src: layer.src, dst: layer.dst }),
});

/** An IPv4 layer to build. */
export const ipv4 = layerMaker(ipv4Protocol);
