/**
 * VXLAN-GPE, draft-ietf-nvo3-vxlan-gpe-12 §3: VXLAN with a field that says what follows. `flags`: two
 * reserved bits, two of version, I, P, B and O.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |res|ver| flags |           reserved            | nextProtocol  |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                      vni                      |   reserved2   |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { getBits8, setBits8 } from '../bytes/bits.js';
import { bitField, bits, headerLayout, offsetOf, u8, u16 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { numberName, rangeName } from './names.js';
import { VXLAN_GPE_FLAG, VXLAN_GPE_NEXT } from './numbers.js';
import {
  defineProtocol,
  type Extent,
  type FieldName,
  HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { flagsFrom, needRoom, nextNumber, uint } from './values.js';

export const vxlanGpeLayout = headerLayout('vxlanGpe', [
  bits(8, { reservedBits: 2, version: 2, flags: 4 }),
  u16('reserved'),
  u8('nextProtocol'),
  bits(32, { vni: 24, reserved2: 8 }),
]);

const RESERVED_BITS = bitField(vxlanGpeLayout, 'reservedBits', 8);
const VERSION = bitField(vxlanGpeLayout, 'version', 8);
const FLAGS = bitField(vxlanGpeLayout, 'flags', 8);
const RESERVED = offsetOf(vxlanGpeLayout, 'reserved');
const NEXT_PROTOCOL = offsetOf(vxlanGpeLayout, 'nextProtocol');
const VNI = bitField(vxlanGpeLayout, 'vni', 32);
const RESERVED2 = offsetOf(vxlanGpeLayout, 'reserved2');

/** Bytes of a VXLAN-GPE header. */
export const VXLAN_GPE_HEADER_BYTES = vxlanGpeLayout.span;

const DRAFT = 'draft-ietf-nvo3-vxlan-gpe-12 §3.1';
const problems: readonly ProblemKind[] = [
  {
    code: 'VXLANGPE_HEADER_CUT',
    message: 'the bytes end inside the VXLAN-GPE header',
    rfc: DRAFT,
    measure: (_view, offset, end) => ({ need: VXLAN_GPE_HEADER_BYTES, have: end - offset }),
  },
  {
    code: 'VXLANGPE_VERSION',
    message: 'the version is not 0',
    field: 'version',
    rfc: DRAFT,
  },
  {
    code: 'VXLANGPE_I_FLAG_UNSET',
    message: 'the I flag is not set, so the VNI is not valid',
    severity: 'warning',
    field: 'flags',
    rfc: DRAFT,
  },
  {
    code: 'VXLANGPE_RESERVED_BITS',
    message: 'reserved bits are set',
    severity: 'warning',
    field: 'reservedBits',
    rfc: DRAFT,
  },
  {
    code: 'VXLANGPE_NEXT_PROTOCOL_WITHOUT_P',
    message: 'a next protocol is given, and the P flag that makes it valid is not set',
    severity: 'warning',
    field: 'nextProtocol',
    rfc: DRAFT,
  },
];
const HEADER_CUT = 1;
const BAD_VERSION = 2;
const I_FLAG_UNSET = 4;
const RESERVED_SET = 8;
const NEXT_WITHOUT_P = 16;

/** Finds the end of the VXLAN-GPE header at `offset`: 0 where there is none. */
export function checkVxlanGpe(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + VXLAN_GPE_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const first = view.getUint8(offset);
  const next = view.getUint8(offset + NEXT_PROTOCOL);
  const typed = (first & VXLAN_GPE_FLAG.P) !== 0;
  if ((first >>> VERSION.shift) & VERSION.max) out.problems |= BAD_VERSION;
  if ((first & VXLAN_GPE_FLAG.I) === 0) out.problems |= I_FLAG_UNSET;
  if (!typed && next !== 0) out.problems |= NEXT_WITHOUT_P;
  const reserved =
    (first >>> RESERVED_BITS.shift) |
    view.getUint16(offset + RESERVED) |
    view.getUint8(offset + RESERVED2);
  if (reserved !== 0) out.problems |= RESERVED_SET;
  // Without the P flag it is plain VXLAN, which carries Ethernet (§3.1, RFC 7348 §5).
  out.next = headerEnd === end ? -1 : typed ? next : VXLAN_GPE_NEXT.ETHERNET;
  return headerEnd;
}

/** A VXLAN-GPE header in place. */
export class VxlanGpeView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(vxlanGpeProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return vxlanGpeProtocol;
  }

  /** The first two bits, 0–3, to be 0. */
  get reservedBits(): number {
    return getBits8(this.view, this.offset, RESERVED_BITS);
  }

  set reservedBits(value: number) {
    const reserved = uint(value, RESERVED_BITS.max, 'vxlanGpe', 'reservedBits');
    setBits8(this.view, this.offset, RESERVED_BITS, reserved);
  }

  /** 0; 0–3. */
  get version(): number {
    return getBits8(this.view, this.offset, VERSION);
  }

  set version(value: number) {
    setBits8(this.view, this.offset, VERSION, uint(value, VERSION.max, 'vxlanGpe', 'version'));
  }

  /** Four bits: `VXLAN_GPE_FLAG`. */
  get flags(): number {
    return getBits8(this.view, this.offset, FLAGS);
  }

  set flags(value: number) {
    setBits8(this.view, this.offset, FLAGS, uint(value, FLAGS.max, 'vxlanGpe', 'flags'));
  }

  /** 16 bits, to be 0. */
  get reserved(): number {
    return this.view.getUint16(this.offset + RESERVED);
  }

  set reserved(value: number) {
    this.view.setUint16(this.offset + RESERVED, uint(value, 0xffff, 'vxlanGpe', 'reserved'));
  }

  /** What follows where the P flag is set: `VXLAN_GPE_NEXT`; 0–255. */
  get nextProtocol(): number {
    return this.view.getUint8(this.offset + NEXT_PROTOCOL);
  }

  set nextProtocol(value: number) {
    const next = uint(value, 0xff, 'vxlanGpe', 'nextProtocol');
    this.view.setUint8(this.offset + NEXT_PROTOCOL, next);
  }

  /** VXLAN network identifier, 0–16777215. */
  get vni(): number {
    return this.view.getUint32(this.offset + VNI.offset) >>> VNI.shift;
  }

  set vni(value: number) {
    const word = uint(value, VNI.max, 'vxlanGpe', 'vni') * 256 + this.reserved2;
    this.view.setUint32(this.offset + VNI.offset, word);
  }

  /** The last 8 bits, to be 0. */
  get reserved2(): number {
    return this.view.getUint8(this.offset + RESERVED2);
  }

  set reserved2(value: number) {
    this.view.setUint8(this.offset + RESERVED2, uint(value, 0xff, 'vxlanGpe', 'reserved2'));
  }
}

/** Every field of a VXLAN-GPE header. */
export interface VxlanGpeFields {
  /** 0–3, to be 0. */
  readonly reservedBits: number;
  /** 0–3; only 0 is known. */
  readonly version: number;
  /** Four bits: `VXLAN_GPE_FLAG`. */
  readonly flags: number;
  /** 0–65535, to be 0. */
  readonly reserved: number;
  /** `VXLAN_GPE_NEXT`; 0–255. */
  readonly nextProtocol: number;
  /** 0–16777215. */
  readonly vni: number;
  /** 0–255, to be 0. */
  readonly reserved2: number;
}

/** The name of a VXLAN-GPE flag. */
export type VxlanGpeFlag = keyof typeof VXLAN_GPE_FLAG;

/** What may be given of a VXLAN-GPE header. Absent: 0, or the default named here. */
export interface VxlanGpeInput extends Partial<Omit<VxlanGpeFields, 'flags'>> {
  /** Names or a number of four bits. Absent: I and P. */
  readonly flags?: number | readonly VxlanGpeFlag[];
  /** Absent: that of the layer that follows; without the P flag, 0. */
  readonly nextProtocol?: number;
}

export function decodeVxlanGpe(layer: VxlanGpeView): VxlanGpeFields {
  return {
    reservedBits: layer.reservedBits,
    version: layer.version,
    flags: layer.flags,
    reserved: layer.reserved,
    nextProtocol: layer.nextProtocol,
    vni: layer.vni,
    reserved2: layer.reserved2,
  };
}

/** Writes a VXLAN-GPE header: all of it, or nothing where a field is wrong. */
export function encodeVxlanGpe(
  view: DataView,
  offset: number,
  f: VxlanGpeInput,
  place: Place,
): void {
  const usual = VXLAN_GPE_FLAG.I | VXLAN_GPE_FLAG.P;
  const flags = flagsFrom(f.flags ?? usual, VXLAN_GPE_FLAG, FLAGS.max, 'vxlanGpe', 'flags');
  const first =
    (uint(f.reservedBits ?? 0, RESERVED_BITS.max, 'vxlanGpe', 'reservedBits') <<
      RESERVED_BITS.shift) |
    (uint(f.version ?? 0, VERSION.max, 'vxlanGpe', 'version') << VERSION.shift) |
    flags;
  const reserved = uint(f.reserved ?? 0, 0xffff, 'vxlanGpe', 'reserved');
  const typed = (flags & VXLAN_GPE_FLAG.P) !== 0;
  const next = f.nextProtocol ?? (typed ? nextNumber(place, 0, 'vxlanGpe', 'nextProtocol') : 0);
  uint(next, 0xff, 'vxlanGpe', 'nextProtocol');
  const vni = uint(f.vni ?? 0, VNI.max, 'vxlanGpe', 'vni');
  const reserved2 = uint(f.reserved2 ?? 0, 0xff, 'vxlanGpe', 'reserved2');
  needRoom(view, offset, VXLAN_GPE_HEADER_BYTES, 'vxlanGpe');
  view.setUint8(offset, first);
  view.setUint16(offset + RESERVED, reserved);
  view.setUint8(offset + NEXT_PROTOCOL, next);
  view.setUint32(offset + VNI.offset, vni * 256 + reserved2);
}

/** One flag as a number, as Wireshark has it here. */
function bitName(name: string, label: string, mask: number): FieldName<VxlanGpeView> {
  return {
    name,
    label,
    form: 'dec',
    each: (layer, _place, emit) =>
      emit(layer.flags & mask ? 1 : 0, layer.offset * 8 + Math.clz32(mask) - 24, 1),
  };
}

const WIRESHARK_RESERVED = 0xc2;

// Wireshark has no names of its own for VXLAN-GPE: they are VXLAN's, some in another form.
const names: readonly FieldName<VxlanGpeView>[] = [
  rangeName(vxlanGpeLayout, 'reservedBits', 'flags', 'vxlan.flags', 'Flags', 'hex2'),
  {
    // Wireshark takes the B flag for reserved here, and leaves the mask's last bit out.
    name: 'vxlan.flags_reserved',
    label: 'Reserved(R)',
    form: 'dec',
    each: ({ view, offset }, _place, emit) =>
      emit((view.getUint8(offset) & WIRESHARK_RESERVED) >>> 1, offset * 8, 0),
  },
  numberName(vxlanGpeLayout, 'version', 'vxlan.ver', 'Version'),
  bitName('vxlan.i_bit', 'Instance', VXLAN_GPE_FLAG.I),
  bitName('vxlan.p_bit', 'Next Protocol Bit', VXLAN_GPE_FLAG.P),
  bitName('vxlan.o_bit', 'OAM bit', VXLAN_GPE_FLAG.O),
  numberName(vxlanGpeLayout, 'reserved', 'vxlan.reserved_16', 'Reserved'),
  numberName(vxlanGpeLayout, 'nextProtocol', 'vxlan.next_proto', 'Next Protocol'),
  numberName(vxlanGpeLayout, 'vni', 'vxlan.vni', 'VXLAN Network Identifier (VNI)'),
  numberName(vxlanGpeLayout, 'reserved2', 'vxlan.reserved8', 'Reserved'),
];

export const vxlanGpeProtocol: Protocol<'vxlanGpe', VxlanGpeFields, VxlanGpeView, VxlanGpeInput> =
  defineProtocol({
    name: 'vxlanGpe',
    title: 'VXLAN Generic Protocol Extension',
    short: 'VXLAN-GPE',
    layout: vxlanGpeLayout,
    space: 'vxlanGpe',
    tunnel: true,
    fields: ['reservedBits', 'version', 'flags', 'reserved', 'nextProtocol', 'vni', 'reserved2'],
    // Not the next protocol: an edit of the P flag would change it.
    derived: ['version'],
    problems,
    names,
    wireshark: 'vxlan',
    // Wireshark's list of protocols leaves it out.
    wiresharkName: () => '',
    summary: (layer) => `VNI ${layer.vni}`,
    check: checkVxlanGpe,
    layer: (view, offset, headerEnd, end, found, reuse) =>
      reuse === undefined
        ? new VxlanGpeView(view, offset, end, headerEnd).found(found)
        : reuse.moveTo(view, offset, headerEnd, end).found(found),
    decode: decodeVxlanGpe,
    size: () => VXLAN_GPE_HEADER_BYTES,
    encode: encodeVxlanGpe,
  });

/** A VXLAN-GPE layer to build. */
export const vxlanGpe = layerMaker(vxlanGpeProtocol);
