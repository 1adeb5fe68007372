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
import { macHigh, macLow, readMac, writeMac } from '../bytes/address.js';
import { load16, readBits } from '../bytes/bits.js';
import { PacketError } from '../bytes/error.js';
import { bytes, headerLayout, offsetOf, u16 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { eitherName, hiddenName, numberName } from './names.js';
import { ETHERTYPE, MIN_ETHERTYPE } from './numbers.js';
import {
  defineProtocol,
  type Extent,
  endBody,
  type FieldName,
  HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
  refuse,
  requireHeader,
} from './protocol.js';
import { macNumber, macPlace, needRoom, nextEthertype, uint } from './values.js';

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

/** The largest address as a number. */
const MAX_MAC = 2 ** 48 - 1;
const WORD = 2 ** 32;

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

// Not exported: as in `ipv4-wire.ts`.
const FIXED_BYTES = ethernetLayout.span;
const FIRST_ETHERTYPE = MIN_ETHERTYPE;

/** Finds the end of the Ethernet header at `offset`: 0 where there is none. */
export function checkEthernet(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + FIXED_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) return refuse(out, HEADER_CUT);
  const type = view.getUint16(offset + TYPE);
  out.next = type;
  if (type < FIRST_ETHERTYPE) followLength(view, type, headerEnd, end, out);
  return headerEnd;
}

function followLength(
  view: DataView,
  type: number,
  headerEnd: number,
  end: number,
  out: Extent,
): void {
  // To Wireshark a type of 0 is no length: nothing known follows, to the end of the frame.
  const wrong = type === 0 ? undefined : followType(view, type, headerEnd, end, out);
  if (type === 0) out.next = -1;
  if (wrong === 'invalid') out.problems |= TYPE_INVALID;
  if (wrong === 'past end') out.problems |= LENGTH_PAST_END;
}

/**
 * What the type field of a frame or a tag leads to: an EtherType to what has its number, a length to
 * LLC, with the body as long as it says. Answers what is wrong with it.
 */
export function followType(
  view: DataView,
  type: number,
  headerEnd: number,
  end: number,
  out: Extent,
): 'invalid' | 'past end' | undefined {
  out.next = type >= MIN_ETHERTYPE ? type : -1;
  if (type >= MIN_ETHERTYPE) return undefined;
  if (type > MAX_LENGTH) return 'invalid';
  const fits = endBody(out, headerEnd + type, end);
  // Novell's raw 802.3 has IPX in the place of LLC: it begins with a checksum of all ones.
  const raw = headerEnd + 2 <= out.bodyEnd && view.getUint16(headerEnd) === 0xffff;
  if (!raw) out.next = ETHERTYPE.LLC;
  return fits ? undefined : 'past end';
}

/** What a frame or a tag has in its type field where none is given: in front of LLC a length. */
export function computedType(place: Place, layer: string): number {
  const type = nextEthertype(place, layer, 'type');
  if (type !== ETHERTYPE.LLC) return type;
  const length = place.end - place.headerEnd;
  if (length <= MAX_LENGTH) return length;
  throw new PacketError(
    'OUT_OF_RANGE',
    `${layer}.type: in front of LLC it is a length of up to ${MAX_LENGTH}, and ${length} bytes follow`,
    { layer, field: 'type' },
  );
}

function writeMacNumber(view: DataView, offset: number, mac: number, field: string): void {
  const high = Math.floor(mac / WORD);
  const low = mac - high * WORD;
  // What is no unsigned number of 48 bits is refused by one of the two.
  if (high >>> 16 !== 0 || low >>> 0 !== low) uint(mac, MAX_MAC, 'ethernet', field);
  view.setUint16(offset, high);
  view.setUint32(offset + 2, low);
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

  /** The destination as a number of 48 bits: no text is made. */
  get dstNumber(): number {
    return readBits(this.view, (this.offset + DST) * 8, 48);
  }

  set dstNumber(value: number) {
    writeMacNumber(this.view, this.offset + DST, value, 'dst');
  }

  /** The source as a number of 48 bits: no text is made. */
  get srcNumber(): number {
    return readBits(this.view, (this.offset + SRC) * 8, 48);
  }

  set srcNumber(value: number) {
    writeMacNumber(this.view, this.offset + SRC, value, 'src');
  }

  /** An EtherType from 1536, a length of the body in bytes up to 1500. */
  get type(): number {
    return load16(this.view, this.offset, TYPE);
  }

  set type(value: number) {
    this.view.setUint16(this.offset + TYPE, uint(value, 0xffff, 'ethernet', 'type'));
  }
}

/** Every field of an Ethernet header. */
export interface EthernetFields {
  readonly dst: string;
  readonly src: string;
  /** An EtherType from 1536 (and 0), a length of the body in bytes up to 1500. */
  readonly type: number;
}

/**
 * What may be given of an Ethernet header. Absent: the type is computed (a length where LLC
 * follows), addresses are zero.
 */
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
  let dstHigh = 0;
  let dstLow = 0;
  let srcHigh = 0;
  let srcLow = 0;
  if (fields.dst !== undefined) {
    const at = macPlace(fields.dst, 'ethernet', 'dst');
    dstHigh = macHigh(at);
    dstLow = macLow(at);
  }
  if (fields.src !== undefined) {
    const at = macPlace(fields.src, 'ethernet', 'src');
    srcHigh = macHigh(at);
    srcLow = macLow(at);
  }
  const type = fields.type ?? computedType(place, 'ethernet');
  uint(type, 0xffff, 'ethernet', 'type');
  needRoom(view, offset, FIXED_BYTES, 'ethernet');
  view.setUint16(offset + DST, dstHigh);
  view.setInt32(offset + DST + 2, dstLow);
  view.setUint16(offset + SRC, srcHigh);
  view.setInt32(offset + SRC + 2, srcLow);
  view.setUint16(offset + TYPE, type);
}

const dst = numberName(ethernetLayout, 'dst', 'eth.dst', 'Destination', 'mac');
const src = numberName(ethernetLayout, 'src', 'eth.src', 'Source', 'mac');

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

const isEtherType = (type: number): boolean => type >= MIN_ETHERTYPE || type === 0;
const isLength = (type: number): boolean => type > 0 && type <= MAX_LENGTH;
const isNeither = (type: number): boolean => type > MAX_LENGTH && type < MIN_ETHERTYPE;

/** The type field under a name that it has only where its number is of one kind. */
function typeName(
  name: string,
  label: string,
  form: 'dec' | 'hex4',
  has: (type: number) => boolean,
): FieldName<EthernetView> {
  return {
    name,
    label,
    form,
    each: ({ type, offset }, _place, emit) => {
      if (has(type)) emit(type, (offset + TYPE) * 8, 16);
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
  typeName('eth.type', 'Type', 'hex4', isEtherType),
  typeName('eth.len', 'Length', 'dec', isLength),
  typeName('eth.invalid_lentype', 'Invalid length/type', 'hex4', isNeither),
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
    wiresharkName: (layer) => (isEtherType(layer.type) ? 'eth:ethertype' : 'eth'),
    summary: (layer) =>
      isEtherType(layer.type)
        ? `EtherType 0x${layer.type.toString(16).padStart(4, '0')}`
        : `802.3, length ${layer.type}`,
    check: checkEthernet,
    layer: (view, offset, headerEnd, end, found, reuse) =>
      reuse === undefined
        ? new EthernetView(view, offset, end, headerEnd).found(found)
        : reuse.moveTo(view, offset, headerEnd, end).found(found),
    decode: decodeEthernet,
    size: () => ETHERNET_HEADER_BYTES,
    encode: encodeEthernet,
    ends: (layer) => ({ src: layer.src, dst: layer.dst }),
  });

/** An Ethernet layer to build. */
export const ethernet = layerMaker(ethernetProtocol);
