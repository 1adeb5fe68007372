/**
 * IPv6, RFC 8200 §3: the fixed header. Extension headers are the next header's matter.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |version| trafficClass  |               flowLabel               |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |         payloadLength         |  nextHeader   |   hopLimit    |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                              src                              |
 *    +                                                               +
 *    |                                                               |
 *    +                                                               +
 *    |                                                               |
 *    +                                                               +
 *    |                                                               |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                              dst                              |
 *    +                                                               +
 *    |                                                               |
 *    +                                                               +
 *    |                                                               |
 *    +                                                               +
 *    |                                                               |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { parseIpv6, readIpv6, writeIpv6 } from '../bytes/address.js';
import { readBits } from '../bytes/bits.js';
import { sumBytes } from '../bytes/checksum.js';
import { PacketError } from '../bytes/error.js';
import { bitField, bits, bytes, headerLayout, offsetOf, u8, u16 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { eitherName, hiddenName, numberName, valueName } from './names.js';
import { IP_PROTOCOL } from './numbers.js';
import {
  defineProtocol,
  type Extent,
  endBody,
  type FieldName,
  HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { needRoom, nextNumber, uint } from './values.js';

export const ipv6Layout = headerLayout('ipv6', [
  bits(32, { version: 4, trafficClass: 8, flowLabel: 20 }),
  u16('payloadLength'),
  u8('nextHeader'),
  u8('hopLimit'),
  bytes('src', 16),
  bytes('dst', 16),
]);

const VERSION = bitField(ipv6Layout, 'version', 32);
const TRAFFIC_CLASS = bitField(ipv6Layout, 'trafficClass', 32);
const FLOW_LABEL = bitField(ipv6Layout, 'flowLabel', 32);
const PAYLOAD_LENGTH = offsetOf(ipv6Layout, 'payloadLength');
const NEXT_HEADER = offsetOf(ipv6Layout, 'nextHeader');
const HOP_LIMIT = offsetOf(ipv6Layout, 'hopLimit');
const SRC = offsetOf(ipv6Layout, 'src');
const DST = offsetOf(ipv6Layout, 'dst');

/** Bytes of an IPv6 header without extension headers. */
export const IPV6_HEADER_BYTES = ipv6Layout.span;

const UNSPECIFIED = '::';
/** What multicast addresses begin with (RFC 4291 §2.7). */
const MULTICAST_BYTE = 0xff;

const problems: readonly ProblemKind[] = [
  {
    code: 'IPV6_HEADER_CUT',
    message: 'the bytes end inside the IPv6 header',
    rfc: 'RFC 8200 §3',
    measure: (_view, offset, end) => ({ need: IPV6_HEADER_BYTES, have: end - offset }),
  },
  {
    code: 'IPV6_VERSION',
    message: 'the version is not 6',
    field: 'version',
    rfc: 'RFC 8200 §3',
  },
  {
    code: 'IPV6_PAYLOAD_LENGTH_PAST_END',
    message: 'the payload length says more bytes than the carrier holds',
    field: 'payloadLength',
    rfc: 'RFC 8200 §3',
    measure: (view, offset, end) => ({
      need: view.getUint16(offset + PAYLOAD_LENGTH),
      have: end - offset - IPV6_HEADER_BYTES,
    }),
  },
  {
    code: 'IPV6_SRC_MULTICAST',
    message: 'the source is a multicast address',
    severity: 'warning',
    field: 'src',
    rfc: 'RFC 4291 §2.7',
    when: ({ view, offset }) => view.getUint8(offset + SRC) === MULTICAST_BYTE,
  },
];
const HEADER_CUT = 1;
const BAD_VERSION = 2;
const LENGTH_PAST_END = 4;

/** Finds the end of the IPv6 header at `offset`: 0 where there is none. */
export function checkIpv6(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + IPV6_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (offset < end && view.getUint8(offset) >>> 4 !== 6) {
    out.problems |= BAD_VERSION;
    return 0;
  }
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const length = view.getUint16(offset + PAYLOAD_LENGTH);
  out.next = view.getUint8(offset + NEXT_HEADER);
  // 0 is what a jumbogram has, and segmentation offload of more than 64 KiB.
  if (length > 0 && !endBody(out, headerEnd + length, end)) out.problems |= LENGTH_PAST_END;
  return headerEnd;
}

/** An IPv6 header in place. */
export class Ipv6View extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(ipv6Protocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return ipv6Protocol;
  }

  private get word(): number {
    return this.view.getUint32(this.offset);
  }

  /** 6. */
  get version(): number {
    return this.word >>> VERSION.shift;
  }

  set version(value: number) {
    const version = uint(value, VERSION.max, 'ipv6', 'version');
    this.view.setUint32(this.offset, ((this.word & 0x0fffffff) | (version << VERSION.shift)) >>> 0);
  }

  /** 0–255: six bits of DSCP, two of ECN. */
  get trafficClass(): number {
    return (this.word >>> TRAFFIC_CLASS.shift) & TRAFFIC_CLASS.max;
  }

  set trafficClass(value: number) {
    const bitsOf = uint(value, TRAFFIC_CLASS.max, 'ipv6', 'trafficClass') << TRAFFIC_CLASS.shift;
    this.view.setUint32(this.offset, ((this.word & 0xf00fffff) | bitsOf) >>> 0);
  }

  /** 0–1048575 (RFC 6437). */
  get flowLabel(): number {
    return this.word & FLOW_LABEL.max;
  }

  set flowLabel(value: number) {
    const label = uint(value, FLOW_LABEL.max, 'ipv6', 'flowLabel');
    this.view.setUint32(this.offset, ((this.word & 0xfff00000) | label) >>> 0);
  }

  /** Bytes behind this header, 0–65535; 0 in a jumbogram (RFC 2675). */
  get payloadLength(): number {
    return this.view.getUint16(this.offset + PAYLOAD_LENGTH);
  }

  set payloadLength(value: number) {
    this.view.setUint16(this.offset + PAYLOAD_LENGTH, uint(value, 0xffff, 'ipv6', 'payloadLength'));
  }

  /** IP protocol number of what follows. */
  get nextHeader(): number {
    return this.view.getUint8(this.offset + NEXT_HEADER);
  }

  set nextHeader(value: number) {
    this.view.setUint8(this.offset + NEXT_HEADER, uint(value, 0xff, 'ipv6', 'nextHeader'));
  }

  get hopLimit(): number {
    return this.view.getUint8(this.offset + HOP_LIMIT);
  }

  set hopLimit(value: number) {
    this.view.setUint8(this.offset + HOP_LIMIT, uint(value, 0xff, 'ipv6', 'hopLimit'));
  }

  get src(): string {
    return readIpv6(this.view, this.offset + SRC);
  }

  set src(value: string) {
    writeIpv6(this.view, this.offset + SRC, ipv6Parts(value, 'src'));
  }

  get dst(): string {
    return readIpv6(this.view, this.offset + DST);
  }

  set dst(value: string) {
    writeIpv6(this.view, this.offset + DST, ipv6Parts(value, 'dst'));
  }
}

function ipv6Parts(value: string, field: string): readonly number[] {
  const parts = parseIpv6(value);
  if (parts !== undefined) return parts;
  throw new PacketError(
    'BAD_VALUE',
    `ipv6.${field}: ${JSON.stringify(value)} is not an IPv6 address, such as 2001:db8::1`,
    { layer: 'ipv6', field },
  );
}

/** Every field of an IPv6 header. */
export interface Ipv6Fields {
  /** 6. */
  readonly version: number;
  /** 0–255. */
  readonly trafficClass: number;
  /** 0–1048575. */
  readonly flowLabel: number;
  /** Bytes behind the header, 0–65535. */
  readonly payloadLength: number;
  /** IP protocol number of what follows (IANA). */
  readonly nextHeader: number;
  /** Hops left, 0–255. */
  readonly hopLimit: number;
  readonly src: string;
  readonly dst: string;
}

/** What may be given of an IPv6 header. Absent: computed; hop limit 64, addresses `::`, else 0. */
export type Ipv6Input = Partial<Ipv6Fields>;

export function decodeIpv6(layer: Ipv6View): Ipv6Fields {
  return {
    version: layer.version,
    trafficClass: layer.trafficClass,
    flowLabel: layer.flowLabel,
    payloadLength: layer.payloadLength,
    nextHeader: layer.nextHeader,
    hopLimit: layer.hopLimit,
    src: layer.src,
    dst: layer.dst,
  };
}

/** Writes an IPv6 header: all of it, or nothing where a field is wrong. */
export function encodeIpv6(view: DataView, offset: number, f: Ipv6Input, place: Place): void {
  const word =
    uint(f.version ?? 6, VERSION.max, 'ipv6', 'version') * 2 ** VERSION.shift +
    uint(f.trafficClass ?? 0, TRAFFIC_CLASS.max, 'ipv6', 'trafficClass') *
      2 ** TRAFFIC_CLASS.shift +
    uint(f.flowLabel ?? 0, FLOW_LABEL.max, 'ipv6', 'flowLabel');
  const payloadLength = uint(
    f.payloadLength ?? place.end - place.headerEnd,
    0xffff,
    'ipv6',
    'payloadLength',
  );
  const nextHeader = uint(
    f.nextHeader ?? nextNumber(place, IP_PROTOCOL.EXPERIMENTAL, 'ipv6', 'nextHeader'),
    0xff,
    'ipv6',
    'nextHeader',
  );
  const hopLimit = uint(f.hopLimit ?? 64, 0xff, 'ipv6', 'hopLimit');
  const src = ipv6Parts(f.src ?? UNSPECIFIED, 'src');
  const dst = ipv6Parts(f.dst ?? UNSPECIFIED, 'dst');
  needRoom(view, offset, IPV6_HEADER_BYTES, 'ipv6');
  view.setUint32(offset, word);
  view.setUint16(offset + PAYLOAD_LENGTH, payloadLength);
  view.setUint8(offset + NEXT_HEADER, nextHeader);
  view.setUint8(offset + HOP_LIMIT, hopLimit);
  writeIpv6(view, offset + SRC, src);
  writeIpv6(view, offset + DST, dst);
}

/** Partial sum of the addresses for transports' pseudo-header (RFC 8200 §8.1). */
export function pseudoIpv6(view: DataView, offset: number): number {
  return sumBytes(view, offset + SRC, offset + IPV6_HEADER_BYTES);
}

const src = valueName(
  ipv6Layout,
  'src',
  'ipv6.src',
  'Source Address',
  'text',
  (l: Ipv6View) => l.src,
);
const dst = valueName(
  ipv6Layout,
  'dst',
  'ipv6.dst',
  'Destination Address',
  'text',
  (l: Ipv6View) => l.dst,
);

/** A part of the traffic class (RFC 2474 §3, RFC 3168 §5). */
function className(name: string, label: string, bit: number, bits: number): FieldName {
  return {
    name,
    label,
    form: 'dec',
    each: ({ view, offset }, _place, emit) => {
      // The class begins in the middle of the first byte.
      const at = offset * 8 + 4 + bit;
      emit(readBits(view, at, bits), at, bits);
    },
  };
}

const names: readonly FieldName<Ipv6View>[] = [
  numberName(ipv6Layout, 'version', 'ipv6.version', 'Version'),
  hiddenName(numberName(ipv6Layout, 'version', 'ip.version', 'Version')),
  numberName(ipv6Layout, 'trafficClass', 'ipv6.tclass', 'Traffic Class', 'hex8'),
  className('ipv6.tclass.dscp', 'Differentiated Services Codepoint', 0, 6),
  className('ipv6.tclass.ecn', 'Explicit Congestion Notification', 6, 2),
  numberName(ipv6Layout, 'flowLabel', 'ipv6.flow', 'Flow Label', 'hex6'),
  numberName(ipv6Layout, 'payloadLength', 'ipv6.plen', 'Payload Length'),
  numberName(ipv6Layout, 'nextHeader', 'ipv6.nxt', 'Next Header'),
  numberName(ipv6Layout, 'hopLimit', 'ipv6.hlim', 'Hop Limit'),
  src,
  dst,
  eitherName('ipv6.addr', 'Source or Destination Address', [src, dst]),
];

export const ipv6Protocol: Protocol<'ipv6', Ipv6Fields, Ipv6View, Ipv6Input> = defineProtocol({
  name: 'ipv6',
  title: 'Internet Protocol Version 6',
  short: 'IPv6',
  layout: ipv6Layout,
  space: 'ipProtocol',
  checksumRequired: true,
  lengthField: 'payloadLength',
  // 0: a jumbogram, or segmentation offload.
  declared: ({ payloadLength }) =>
    payloadLength === 0 ? undefined : IPV6_HEADER_BYTES + payloadLength,
  fields: [
    'version',
    'trafficClass',
    'flowLabel',
    'payloadLength',
    'nextHeader',
    'hopLimit',
    'src',
    'dst',
  ],
  derived: ['version', 'payloadLength', 'nextHeader'],
  problems,
  names,
  summary: (layer) => `Next header ${layer.nextHeader}`,
  check: checkIpv6,
  layer: (view, offset, headerEnd, end) => new Ipv6View(view, offset, end, headerEnd),
  decode: decodeIpv6,
  size: () => IPV6_HEADER_BYTES,
  encode: encodeIpv6,
  pseudo: pseudoIpv6,
  ends: (layer) => ({ src: layer.src, dst: layer.dst }),
});

/** An IPv6 layer to build. */
export const ipv6 = layerMaker(ipv6Protocol);
