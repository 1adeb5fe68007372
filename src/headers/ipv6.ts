/** IPv6 (RFC 8200 §3): view, fields and codec. Its layout, bounds and sums: `ipv6-wire.ts`. */
import { readIpv6, writeIpv6 } from '../bytes/address.js';
import { PacketError } from '../bytes/error.js';
import { ipv6Names } from './ipv6-names.js';
import * as wire from './ipv6-wire.js';
import { checkIpv6, declaredIpv6, ipv6Layout, ipv6Problems, pseudoIpv6 } from './ipv6-wire.js';
import { layerMaker } from './layer-spec.js';
import { IP_PROTOCOL } from './numbers.js';
import {
  defineProtocol,
  HeaderView,
  type Place,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { ipv6Parts, needRoom, nextNumber, uint } from './values.js';

// Constants of this module: the compiler takes them as numbers, and loads imported ones at each use
// (Node 20: a seventh of the time of `parse` and of what reads its layers).
const {
  DST,
  FLOW_LABEL,
  HOP_LIMIT,
  IPV6_HEADER_BYTES,
  NEXT_HEADER,
  PAYLOAD_LENGTH,
  SRC,
  TRAFFIC_CLASS,
  VERSION,
} = wire;

const UNSPECIFIED = '::';
// Powers of imported numbers are worked out anew at each call: half of the time of `encode`.
const VERSION_UNIT = 2 ** VERSION.shift;
const CLASS_UNIT = 2 ** TRAFFIC_CLASS.shift;
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
    writeIpv6(this.view, this.offset + SRC, ipv6Parts(value, 'ipv6', 'src'));
  }

  get dst(): string {
    return readIpv6(this.view, this.offset + DST);
  }

  set dst(value: string) {
    writeIpv6(this.view, this.offset + DST, ipv6Parts(value, 'ipv6', 'dst'));
  }
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

/** The payload length; 0 of a jumbogram, whose length is in the hop-by-hop header (RFC 2675 §3). */
function lengthOf({ headerEnd, end, next }: Place): number {
  const length = end - headerEnd;
  if (length <= 0xffff || next === IP_PROTOCOL.HOP_BY_HOP) return length <= 0xffff ? length : 0;
  throw new PacketError(
    'OUT_OF_RANGE',
    `ipv6.payloadLength: ${length} bytes are more than 65535: a jumbogram needs an ipv6HopByHop layer`,
    { layer: 'ipv6', field: 'payloadLength' },
  );
}

/** Writes an IPv6 header: all of it, or nothing where a field is wrong. */
export function encodeIpv6(view: DataView, offset: number, f: Ipv6Input, place: Place): void {
  const word =
    uint(f.version ?? 6, VERSION.max, 'ipv6', 'version') * VERSION_UNIT +
    uint(f.trafficClass ?? 0, TRAFFIC_CLASS.max, 'ipv6', 'trafficClass') * CLASS_UNIT +
    uint(f.flowLabel ?? 0, FLOW_LABEL.max, 'ipv6', 'flowLabel');
  const payloadLength = uint(f.payloadLength ?? lengthOf(place), 0xffff, 'ipv6', 'payloadLength');
  const nextHeader = uint(
    f.nextHeader ?? nextNumber(place, IP_PROTOCOL.EXPERIMENTAL, 'ipv6', 'nextHeader'),
    0xff,
    'ipv6',
    'nextHeader',
  );
  const hopLimit = uint(f.hopLimit ?? 64, 0xff, 'ipv6', 'hopLimit');
  const src = ipv6Parts(f.src ?? UNSPECIFIED, 'ipv6', 'src');
  const dst = ipv6Parts(f.dst ?? UNSPECIFIED, 'ipv6', 'dst');
  needRoom(view, offset, IPV6_HEADER_BYTES, 'ipv6');
  view.setUint32(offset, word);
  view.setUint16(offset + PAYLOAD_LENGTH, payloadLength);
  view.setUint8(offset + NEXT_HEADER, nextHeader);
  view.setUint8(offset + HOP_LIMIT, hopLimit);
  writeIpv6(view, offset + SRC, src);
  writeIpv6(view, offset + DST, dst);
}

export const ipv6Protocol: Protocol<'ipv6', Ipv6Fields, Ipv6View, Ipv6Input> = defineProtocol({
  name: 'ipv6',
  title: 'Internet Protocol Version 6',
  short: 'IPv6',
  layout: ipv6Layout,
  space: 'ipProtocol',
  checksumRequired: true,
  lengthField: 'payloadLength',
  declared: (layer) => declaredIpv6(layer.view, layer.offset, layer.end),
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
  problems: ipv6Problems,
  names: ipv6Names,
  summary: (layer) => `Next header ${layer.nextHeader}`,
  check: checkIpv6,
  layer: (view, offset, headerEnd, end, found, reuse) =>
    reuse === undefined
      ? new Ipv6View(view, offset, end, headerEnd).found(found)
      : reuse.moveTo(view, offset, headerEnd, end).found(found),
  decode: decodeIpv6,
  size: () => IPV6_HEADER_BYTES,
  encode: encodeIpv6,
  pseudo: pseudoIpv6,
  ends: (layer) => ({ src: layer.src, dst: layer.dst }),
});

/** An IPv6 layer to build. */
export const ipv6 = layerMaker(ipv6Protocol);
