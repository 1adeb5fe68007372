/**
 * Ethernet II and the length form of IEEE 802.3 (§3.2.6): 1536 and more is an EtherType, 1500 and
 * less is a length, what lies between is neither.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                              dst                              |
 *    +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                               |                               |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
 *    |                              src                              |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |             type              |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { readMac, writeMac } from '../bytes/address.js';
import { readBits } from '../bytes/bits.js';
import { bytes, headerLayout, offsetOf, u16 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { eitherName, hiddenName, valueName } from './names.js';
import { ETHERTYPE } from './numbers.js';
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
import { macNumber, needRoom, nextNumber, uint } from './values.js';

export const ethernetLayout = headerLayout('ethernet', [
  bytes('dst', 6),
  bytes('src', 6),
  u16('type'),
]);

const DST = offsetOf(ethernetLayout, 'dst');
const SRC = offsetOf(ethernetLayout, 'src');
const TYPE = offsetOf(ethernetLayout, 'type');

/** Bytes of an Ethernet header. */
export const ETHERNET_HEADER_BYTES = ethernetLayout.span;
/** The largest number in the type field that is a length. */
export const MAX_LENGTH = 1500;
/** The smallest number in the type field that is an EtherType. */
export const MIN_ETHERTYPE = 1536;

/** The bit of an address's first byte that says that it is a group's (IEEE 802.3 §3.2.3). */
const GROUP_BIT = 1;

const problems: readonly ProblemKind[] = [
  {
    code: 'ETHERNET_HEADER_CUT',
    message: 'the bytes end inside the Ethernet header',
    rfc: 'IEEE 802.3 §3.1.1',
    measure: (_view, offset, end) => ({ need: ETHERNET_HEADER_BYTES, have: end - offset }),
  },
  {
    code: 'ETHERNET_TYPE_INVALID',
    message: 'the type is neither a length (up to 1500) nor an EtherType (from 1536)',
    field: 'type',
    rfc: 'IEEE 802.3 §3.2.6',
  },
  {
    code: 'ETHERNET_LENGTH_PAST_END',
    message: 'the length says more bytes than the frame holds',
    field: 'type',
    rfc: 'IEEE 802.3 §3.2.6',
    measure: (view, offset, end) => ({
      need: view.getUint16(offset + TYPE),
      have: end - offset - ETHERNET_HEADER_BYTES,
    }),
  },
  {
    code: 'ETHERNET_SRC_GROUP',
    message: 'the source is a group address',
    severity: 'warning',
    field: 'src',
    rfc: 'IEEE 802.3 §3.2.3',
    when: ({ view, offset }) => (view.getUint8(offset + SRC) & GROUP_BIT) !== 0,
  },
];
const HEADER_CUT = 1;
const TYPE_INVALID = 2;
const LENGTH_PAST_END = 4;

/** Finds the end of the Ethernet header at `offset`: 0 where there is none. */
export function checkEthernet(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + ETHERNET_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const wrong = followType(view.getUint16(offset + TYPE), headerEnd, end, out);
  if (wrong === 'invalid') out.problems |= TYPE_INVALID;
  if (wrong === 'past end') out.problems |= LENGTH_PAST_END;
  return headerEnd;
}

/**
 * What the type field of a frame or a tag leads to: an EtherType to what has its number, a length to
 * nothing known, with the body as long as it says. Answers what is wrong with it.
 */
export function followType(
  type: number,
  headerEnd: number,
  end: number,
  out: Extent,
): 'invalid' | 'past end' | undefined {
  out.next = type >= MIN_ETHERTYPE ? type : -1;
  if (type >= MIN_ETHERTYPE) return undefined;
  if (type > MAX_LENGTH) return 'invalid';
  return endBody(out, headerEnd + type, end) ? undefined : 'past end';
}

/** An Ethernet header in place. */
export class EthernetView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(ethernetProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return ethernetProtocol;
  }

  get dst(): string {
    return readMac(this.view, this.offset + DST);
  }

  set dst(value: string) {
    writeMac(this.view, this.offset + DST, macNumber(value, 'ethernet', 'dst'));
  }

  get src(): string {
    return readMac(this.view, this.offset + SRC);
  }

  set src(value: string) {
    writeMac(this.view, this.offset + SRC, macNumber(value, 'ethernet', 'src'));
  }

  /** An EtherType from 1536, a length of the body in bytes up to 1500. */
  get type(): number {
    return this.view.getUint16(this.offset + TYPE);
  }

  set type(value: number) {
    this.view.setUint16(this.offset + TYPE, uint(value, 0xffff, 'ethernet', 'type'));
  }
}

/** Every field of an Ethernet header. */
export interface EthernetFields {
  readonly dst: string;
  readonly src: string;
  /** An EtherType from 1536, a length of the body in bytes up to 1500. */
  readonly type: number;
}

/** What may be given of an Ethernet header. Absent: the type is computed, addresses are zero. */
export type EthernetInput = Partial<EthernetFields>;

export function decodeEthernet(layer: EthernetView): EthernetFields {
  return { dst: layer.dst, src: layer.src, type: layer.type };
}

/** Writes an Ethernet header: all of it, or nothing where a field is wrong. */
export function encodeEthernet(
  view: DataView,
  offset: number,
  fields: EthernetInput,
  place: Place,
): void {
  const dst = fields.dst === undefined ? 0 : macNumber(fields.dst, 'ethernet', 'dst');
  const src = fields.src === undefined ? 0 : macNumber(fields.src, 'ethernet', 'src');
  const type = fields.type ?? nextNumber(place, ETHERTYPE.EXPERIMENTAL, 'ethernet', 'type');
  uint(type, 0xffff, 'ethernet', 'type');
  needRoom(view, offset, ETHERNET_HEADER_BYTES, 'ethernet');
  writeMac(view, offset + DST, dst);
  writeMac(view, offset + SRC, src);
  view.setUint16(offset + TYPE, type);
}

const dst = valueName(
  ethernetLayout,
  'dst',
  'eth.dst',
  'Destination',
  'text',
  (layer: EthernetView) => layer.dst,
);
const src = valueName(
  ethernetLayout,
  'src',
  'eth.src',
  'Source',
  'text',
  (layer: EthernetView) => layer.src,
);

/** One of the two low bits of an address's first byte. */
function addressBit(name: string, label: string, at: number, bit: number): FieldName {
  return {
    name,
    label,
    form: 'bool',
    each: ({ view, offset }, _place, emit) =>
      emit((view.getUint8(offset + at) >>> bit) & 1, (offset + at) * 8 + 7 - bit, 1),
  };
}

/** The first three bytes of an address, which say whose it is. */
function ouiName(name: string, label: string, at: number): FieldName {
  return {
    name,
    label,
    form: 'dec',
    each: ({ view, offset }, _place, emit) => {
      const bit = (offset + at) * 8;
      emit(readBits(view, bit, 24), bit, 24);
    },
  };
}

const dstLocal = addressBit('eth.dst.lg', 'Destination is locally administered', DST, 1);
const dstGroup = addressBit('eth.dst.ig', 'Destination is a group', DST, 0);
const dstOui = ouiName('eth.dst.oui', 'Destination OUI', DST);
const srcLocal = addressBit('eth.src.lg', 'Source is locally administered', SRC, 1);
const srcGroup = addressBit('eth.src.ig', 'Source is a group', SRC, 0);
const srcOui = ouiName('eth.src.oui', 'Source OUI', SRC);

/** The type field under a name that it has only where its number is in [low, high]. */
function typeName(
  name: string,
  label: string,
  form: 'dec' | 'hex4',
  low: number,
  high: number,
): FieldName<EthernetView> {
  return {
    name,
    label,
    form,
    each: ({ type, offset }, _place, emit) => {
      if (type >= low && type <= high) emit(type, (offset + TYPE) * 8, 16);
    },
  };
}

const names: readonly FieldName<EthernetView>[] = [
  dst,
  dstLocal,
  dstGroup,
  hiddenName(dstOui),
  src,
  srcLocal,
  srcGroup,
  hiddenName(srcOui),
  eitherName('eth.addr', 'Source or Destination Address', [dst, src]),
  eitherName('eth.lg', 'Source or Destination is locally administered', [dstLocal, srcLocal]),
  eitherName('eth.ig', 'Source or Destination is a group', [dstGroup, srcGroup]),
  eitherName('eth.addr.oui', 'Source or Destination OUI', [dstOui, srcOui]),
  typeName('eth.type', 'Type', 'hex4', MIN_ETHERTYPE, 0xffff),
  typeName('eth.len', 'Length', 'dec', 0, MAX_LENGTH),
  typeName('eth.invalid_lentype', 'Invalid length/type', 'hex4', MAX_LENGTH + 1, MIN_ETHERTYPE - 1),
];

export const ethernetProtocol: Protocol<'ethernet', EthernetFields, EthernetView, EthernetInput> =
  defineProtocol({
    name: 'ethernet',
    title: 'Ethernet',
    short: 'Ethernet',
    layout: ethernetLayout,
    space: 'ethertype',
    lengthField: 'type',
    declared: ({ type }) => (type > MAX_LENGTH ? undefined : ETHERNET_HEADER_BYTES + type),
    fields: ['dst', 'src', 'type'],
    derived: ['type'],
    problems,
    names,
    wireshark: 'eth',
    wiresharkName: (layer) => (layer.type >= MIN_ETHERTYPE ? 'eth:ethertype' : 'eth'),
    summary: (layer) =>
      layer.type >= MIN_ETHERTYPE
        ? `EtherType 0x${layer.type.toString(16).padStart(4, '0')}`
        : `802.3, length ${layer.type}`,
    check: checkEthernet,
    layer: (view, offset, headerEnd, end) => new EthernetView(view, offset, end, headerEnd),
    decode: decodeEthernet,
    size: () => ETHERNET_HEADER_BYTES,
    encode: encodeEthernet,
    ends: (layer) => ({ src: layer.src, dst: layer.dst }),
  });

/** An Ethernet layer to build. */
export const ethernet = layerMaker(ethernetProtocol);
