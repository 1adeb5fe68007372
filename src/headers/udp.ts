/**
 * UDP, RFC 768.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |            srcPort            |            dstPort            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |            length             |           checksum            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { load16 } from '../bytes/bits.js';
import { finishSum, foldSum, sumBytes } from '../bytes/checksum.js';
import { headerLayout, offsetOf, u16 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { bodyName, eitherName, numberName, valueName } from './names.js';
import { FIRST_DYNAMIC_PORT, IP_PROTOCOL } from './numbers.js';
import {
  type ChecksumStatus,
  defineProtocol,
  ELSEWHERE,
  type Extent,
  type FieldName,
  HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
  refuse,
  requireHeader,
} from './protocol.js';
import { needRoom, nextNumber, uint } from './values.js';

export const udpLayout = headerLayout('udp', [
  u16('srcPort'),
  u16('dstPort'),
  u16('length'),
  u16('checksum'),
]);

const SRC_PORT = offsetOf(udpLayout, 'srcPort');
const DST_PORT = offsetOf(udpLayout, 'dstPort');
const LENGTH = offsetOf(udpLayout, 'length');
const CHECKSUM = offsetOf(udpLayout, 'checksum');

/** Bytes of a UDP header. */
export const UDP_HEADER_BYTES = udpLayout.span;
const MAX_LENGTH = 0xffff;

const problems: readonly ProblemKind[] = [
  {
    code: 'UDP_HEADER_CUT',
    message: 'the bytes end inside the UDP header',
    rfc: 'RFC 768',
    measure: (_view, offset, end) => ({ need: UDP_HEADER_BYTES, have: end - offset }),
  },
  {
    code: 'UDP_LENGTH_ZERO',
    message: 'the length is 0, which only an IPv6 jumbogram of more than 65535 bytes may have',
    field: 'length',
    rfc: 'RFC 2675 §4',
  },
  {
    code: 'UDP_LENGTH_UNDER_HEADER',
    message: 'the length is less than the 8 bytes of the header',
    field: 'length',
    rfc: 'RFC 768',
    measure: (view, offset) => ({
      need: UDP_HEADER_BYTES,
      have: view.getUint16(offset + LENGTH),
    }),
    ofField: true,
  },
  {
    code: 'UDP_LENGTH_PAST_END',
    message: 'the length says more bytes than the carrier holds',
    field: 'length',
    rfc: 'RFC 768',
    measure: (view, offset, end) => ({
      need: view.getUint16(offset + LENGTH),
      have: end - offset,
    }),
  },
  {
    code: 'UDP_DST_PORT_ZERO',
    message: 'the destination port is 0, which is reserved',
    severity: 'warning',
    field: 'dstPort',
    rfc: 'RFC 6335 §6',
    when: ({ view, offset }) => view.getUint16(offset + DST_PORT) === 0,
  },
];
const HEADER_CUT = 1;
const LENGTH_ZERO = 2;
const LENGTH_UNDER_HEADER = 4;
const LENGTH_PAST_END = 8;

// Not exported: as in `ipv4-wire.ts`.
const FIXED_BYTES = udpLayout.span;
const IN_OTHER_FRAMES = ELSEWHERE;
// Both ports are of one word: one load for two.
const PORT_BITS = 16;
const MAX_PORT = 0xffff;

/** Finds the end of the UDP header at `offset`: 0 where there is none. */
export function checkUdp(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + FIXED_BYTES;
  out.bodyEnd = end;
  if (headerEnd > end) return refuse(out, HEADER_CUT);
  const length = view.getUint16(offset + LENGTH);
  const bodyEnd = offset + length;
  if (length >= FIXED_BYTES && bodyEnd <= out.wireEnd) {
    if (bodyEnd < end) out.bodyEnd = bodyEnd;
    // In a first fragment a length that ends inside it is not to be trusted (Wireshark: unverified).
    if (out.wireEnd < IN_OTHER_FRAMES || bodyEnd > end) out.wireEnd = bodyEnd;
  } else {
    judgeLength(length, offset, out);
  }
  const ports = view.getUint32(offset + SRC_PORT);
  out.next = ports & MAX_PORT;
  out.alternative = ports >>> PORT_BITS;
  if (out.bodyEnd === headerEnd) leadNowhere(out);
  return headerEnd;
}

/** An empty datagram leads nowhere, whatever its ports. */
function leadNowhere(out: Extent): void {
  out.next = -1;
  out.alternative = -1;
}

/** What is wrong with a length that is under the header's or past the carrier's. */
function judgeLength(length: number, offset: number, out: Extent): void {
  // RFC 2675 §4: the carrier says how long a datagram is that its own length can't count.
  const jumbo = out.wireEnd < IN_OTHER_FRAMES && out.wireEnd - offset > MAX_LENGTH;
  if (length >= FIXED_BYTES) out.problems |= LENGTH_PAST_END;
  else if (length !== 0) out.problems |= LENGTH_UNDER_HEADER;
  else if (!jumbo) out.problems |= LENGTH_ZERO;
}

/** A UDP header in place. */
export class UdpView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(udpProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return udpProtocol;
  }

  get srcPort(): number {
    return load16(this.view, this.offset, SRC_PORT);
  }

  set srcPort(value: number) {
    this.view.setUint16(this.offset + SRC_PORT, uint(value, 0xffff, 'udp', 'srcPort'));
  }

  get dstPort(): number {
    return load16(this.view, this.offset, DST_PORT);
  }

  set dstPort(value: number) {
    this.view.setUint16(this.offset + DST_PORT, uint(value, 0xffff, 'udp', 'dstPort'));
  }

  /** Bytes of header and data, 8–65535; 0 in an IPv6 jumbogram. */
  get length(): number {
    return load16(this.view, this.offset, LENGTH);
  }

  set length(value: number) {
    this.view.setUint16(this.offset + LENGTH, uint(value, 0xffff, 'udp', 'length'));
  }

  /** 0: the sender computed none. */
  get checksum(): number {
    return load16(this.view, this.offset, CHECKSUM);
  }

  set checksum(value: number) {
    this.view.setUint16(this.offset + CHECKSUM, uint(value, 0xffff, 'udp', 'checksum'));
  }
}

/** Every field of a UDP header. */
export interface UdpFields {
  /** 0–65535. */
  readonly srcPort: number;
  /** 0–65535. */
  readonly dstPort: number;
  /** Bytes of header and data, 8–65535 (RFC 768). */
  readonly length: number;
  /** 0–65535; 0 is "none" (RFC 768). */
  readonly checksum: number;
}

/** What may be given of a UDP header. Absent: computed. */
export interface UdpInput {
  /** Absent: 49152, the first dynamic port. */
  readonly srcPort?: number;
  /** Absent: the port bound to the layer that follows, else 0. */
  readonly dstPort?: number;
  readonly length?: number;
  /**
   * `computed`, `zero`, or the number itself. Absent: zero where a tunnel follows over IPv4
   * (RFC 7348 §5, RFC 8926 §3.3), else computed.
   */
  readonly checksum?: number | 'computed' | 'zero';
}

export function decodeUdp(layer: UdpView): UdpFields {
  return {
    srcPort: layer.srcPort,
    dstPort: layer.dstPort,
    length: layer.length,
    checksum: layer.checksum,
  };
}

/** The length, or 0 of what only an IPv6 jumbogram can carry (RFC 2675 §4). */
function lengthOf(offset: number, { end, checksumRequired }: Place): number {
  const length = end - offset;
  return length > MAX_LENGTH && checksumRequired ? 0 : length;
}

/** Writes a UDP header: all of it, or nothing where a field is wrong. The checksum: `sealUdp`. */
export function encodeUdp(view: DataView, offset: number, fields: UdpInput, place: Place): void {
  const { srcPort = FIRST_DYNAMIC_PORT, checksum } = fields;
  const length = fields.length ?? lengthOf(offset, place);
  const dstPort = fields.dstPort ?? nextNumber(place, 0, 'udp', 'dstPort');
  uint(srcPort, 0xffff, 'udp', 'srcPort');
  uint(dstPort, 0xffff, 'udp', 'dstPort');
  uint(length, 0xffff, 'udp', 'length');
  let sum = 0;
  if (checksum !== undefined && checksum !== 'computed' && checksum !== 'zero') {
    sum = uint(checksum, 0xffff, 'udp', 'checksum');
  }
  needRoom(view, offset, UDP_HEADER_BYTES, 'udp');
  view.setUint16(offset + SRC_PORT, srcPort);
  view.setUint16(offset + DST_PORT, dstPort);
  view.setUint16(offset + LENGTH, length);
  view.setUint16(offset + CHECKSUM, sum);
}

/** Writes the checksum over pseudo-header, header and data, where it is to be computed. */
export function sealUdp(view: DataView, offset: number, fields: UdpInput, place: Place): void {
  const { checksum } = fields;
  if (checksum === 'zero' || typeof checksum === 'number') return;
  if (checksum === undefined && place.tunnelAbove && !place.checksumRequired) return;
  // Without a pseudo-header (UDP straight on a link) there is nothing that a receiver could check.
  if (place.pseudo < 0) return;
  view.setUint16(offset + CHECKSUM, 0);
  const sum = finishSum(udpSum(view, offset, place));
  // RFC 768: a computed 0 is sent as all ones, since 0 says that there is none.
  view.setUint16(offset + CHECKSUM, sum === 0 ? 0xffff : sum);
}

function udpSum(view: DataView, offset: number, place: Place): number {
  return sumBytes(view, offset, place.end, place.pseudo + IP_PROTOCOL.UDP + (place.end - offset));
}

function checksumStatus(layer: UdpView, place: Place): ChecksumStatus {
  if (layer.checksum === 0) return place.checksumRequired ? 4 : 3;
  if (place.wireEnd > place.end || place.pseudo < 0) return 2;
  // Bytes that the length counts are not there, cut or never sent (Wireshark: unverified).
  if (layer.offset + layer.length > place.end) return 2;
  return foldSum(udpSum(layer.view, layer.offset, place)) === 0xffff ? 1 : 0;
}

const srcPortName = numberName(udpLayout, 'srcPort', 'udp.srcport', 'Source Port');
const dstPortName = numberName(udpLayout, 'dstPort', 'udp.dstport', 'Destination Port');
const names: readonly FieldName<UdpView>[] = [
  srcPortName,
  dstPortName,
  eitherName('udp.port', 'Source or Destination Port', [srcPortName, dstPortName]),
  numberName(udpLayout, 'length', 'udp.length', 'Length'),
  numberName(udpLayout, 'checksum', 'udp.checksum', 'Checksum', 'hex4'),
  valueName(udpLayout, 'checksum', 'udp.checksum.status', 'Checksum Status', 'dec', checksumStatus),
  bodyName('udp.payload', 'Payload'),
];

export const udpProtocol: Protocol<'udp', UdpFields, UdpView, UdpInput> = defineProtocol({
  name: 'udp',
  title: 'User Datagram Protocol',
  layout: udpLayout,
  space: 'udpPort',
  lengthField: 'length',
  declared: ({ length }) => (length === 0 ? undefined : length),
  fields: ['srcPort', 'dstPort', 'length', 'checksum'],
  derived: ['length', 'checksum'],
  problems,
  names,
  summary: (layer) => {
    const end = layer.wireEnd < ELSEWHERE ? layer.wireEnd : layer.end;
    return `${layer.srcPort} → ${layer.dstPort} Len=${end - layer.headerEnd}`;
  },
  check: checkUdp,
  layer: (view, offset, headerEnd, end, found, reuse) =>
    reuse === undefined
      ? new UdpView(view, offset, end, headerEnd).found(found)
      : reuse.moveTo(view, offset, headerEnd, end).found(found),
  decode: decodeUdp,
  size: () => UDP_HEADER_BYTES,
  encode: encodeUdp,
  seal: sealUdp,
  checksumStatus,
});

/** A UDP layer to build. */
export const udp = layerMaker(udpProtocol);
