/**
 * VXLAN, RFC 7348 §5, with the bits of the Group Policy extension (draft-smith-vxlan-group-policy).
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |             flags             |         groupPolicyId         |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                      vni                      |   reserved    |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { load8, load16 } from '../bytes/bits.js';
import { PacketError } from '../bytes/error.js';
import { bitField, bits, headerLayout, offsetOf, u16 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { flagName, numberName } from './names.js';
import { ETHERTYPE, VXLAN_FLAG } from './numbers.js';
import {
  type ByteRange,
  defineProtocol,
  type Extent,
  type FieldName,
  HeaderView,
  NOTHING,
  type Place,
  type ProblemKind,
  type Protocol,
  refuse,
  requireHeader,
} from './protocol.js';
import { flagsFrom, needRoom, uint } from './values.js';

export const vxlanLayout = headerLayout('vxlan', [
  u16('flags'),
  u16('groupPolicyId'),
  bits(32, { vni: 24, reserved: 8 }),
]);

const FLAGS = offsetOf(vxlanLayout, 'flags');
const GROUP_POLICY_ID = offsetOf(vxlanLayout, 'groupPolicyId');
const VNI = bitField(vxlanLayout, 'vni', 32);
const RESERVED = offsetOf(vxlanLayout, 'reserved');

/** Bytes of a VXLAN header. */
export const VXLAN_HEADER_BYTES = vxlanLayout.span;

// Not exported: as in `ipv4-wire.ts`.
const FIXED_BYTES = vxlanLayout.span;
const { G, I } = VXLAN_FLAG;
const FRAME = ETHERTYPE.ETHERNET;
/** The first word of nearly all headers: the I flag, and no group policy. */
const ONLY_I = VXLAN_FLAG.I * 0x10000;

/** Flag bits that have no meaning, with the Group Policy extension and without it. */
const RESERVED_FLAGS = 0xffff & ~(G | I | VXLAN_FLAG.D | VXLAN_FLAG.A);
const RESERVED_FLAGS_WITHOUT_G = 0xffff & ~I;

/** Flag bits that this header's flags leave without a meaning. */
const reservedFlags = (flags: number): number =>
  flags & ((flags & G) !== 0 ? RESERVED_FLAGS : RESERVED_FLAGS_WITHOUT_G);

function findReserved(view: DataView, offset: number): ByteRange {
  const flags = view.getUint16(offset + FLAGS);
  if (reservedFlags(flags) !== 0) return { offset: offset + FLAGS, bytes: 2 };
  if ((flags & VXLAN_FLAG.G) === 0 && view.getUint16(offset + GROUP_POLICY_ID) !== 0) {
    return { offset: offset + GROUP_POLICY_ID, bytes: 2, field: 'groupPolicyId' };
  }
  return { offset: offset + RESERVED, bytes: 1, field: 'reserved' };
}

const problems: readonly ProblemKind[] = [
  {
    code: 'VXLAN_HEADER_CUT',
    message: 'the bytes end inside the VXLAN header',
    rfc: 'RFC 7348 §5',
    measure: (_view, offset, end) => ({ need: VXLAN_HEADER_BYTES, have: end - offset }),
  },
  {
    code: 'VXLAN_I_FLAG_UNSET',
    message: 'the I flag is not set, so the VNI is not valid',
    severity: 'warning',
    field: 'flags',
    rfc: 'RFC 7348 §5',
    mask: VXLAN_FLAG.I,
  },
  {
    code: 'VXLAN_RESERVED_BITS',
    message: 'reserved bits are set',
    severity: 'warning',
    field: 'flags',
    rfc: 'RFC 7348 §5',
    find: findReserved,
  },
];
const HEADER_CUT = 1;
const I_FLAG_UNSET = 2;
const RESERVED_BITS = 4;

/** Finds the end of the VXLAN header at `offset`: 0 where there is none. */
export function checkVxlan(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + FIXED_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  out.next = FRAME;
  if (headerEnd > end) return refuse(out, HEADER_CUT);
  const usual = view.getUint32(offset + FLAGS) === ONLY_I && view.getUint8(offset + RESERVED) === 0;
  if (!usual) judgeFlags(view, offset, out);
  return headerEnd;
}

function judgeFlags(view: DataView, offset: number, out: Extent): void {
  const flags = view.getUint16(offset + FLAGS);
  if ((flags & I) === 0) out.problems |= I_FLAG_UNSET;
  const policy = (flags & G) !== 0;
  const reserved =
    reservedFlags(flags) |
    (policy ? 0 : view.getUint16(offset + GROUP_POLICY_ID)) |
    view.getUint8(offset + RESERVED);
  if (reserved !== 0) out.problems |= RESERVED_BITS;
}

/** A VXLAN header in place. */
export class VxlanView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(vxlanProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return vxlanProtocol;
  }

  /** The first 16 bits: `VXLAN_FLAG`, and reserved ones. */
  get flags(): number {
    return load16(this.view, this.offset, FLAGS);
  }

  set flags(value: number) {
    this.view.setUint16(this.offset + FLAGS, uint(value, 0xffff, 'vxlan', 'flags'));
  }

  /** Group policy id where the G flag is set; reserved, and to be 0, where not. */
  get groupPolicyId(): number {
    return load16(this.view, this.offset, GROUP_POLICY_ID);
  }

  set groupPolicyId(value: number) {
    const id = uint(value, 0xffff, 'vxlan', 'groupPolicyId');
    this.view.setUint16(this.offset + GROUP_POLICY_ID, id);
  }

  /** VXLAN network identifier, 0–16777215. */
  get vni(): number {
    return this.view.getUint32(this.offset + VNI.offset) >>> VNI.shift;
  }

  set vni(value: number) {
    const word = uint(value, VNI.max, 'vxlan', 'vni') * 256 + this.reserved;
    this.view.setUint32(this.offset + VNI.offset, word);
  }

  /** The last 8 bits, to be 0. */
  get reserved(): number {
    return load8(this.view, this.offset, RESERVED);
  }

  set reserved(value: number) {
    this.view.setUint8(this.offset + RESERVED, uint(value, 0xff, 'vxlan', 'reserved'));
  }
}

/** Every field of a VXLAN header. */
export interface VxlanFields {
  /** 16 bits: `VXLAN_FLAG`, and reserved ones. */
  readonly flags: number;
  /** 0–65535. */
  readonly groupPolicyId: number;
  /** 0–16777215. */
  readonly vni: number;
  /** 0–255, to be 0. */
  readonly reserved: number;
}

/** The name of a VXLAN flag. */
export type VxlanFlag = keyof typeof VXLAN_FLAG;

/** What may be given of a VXLAN header. Absent: 0, or the default named here. */
export interface VxlanInput extends Partial<Omit<VxlanFields, 'flags'>> {
  /** Names or a number of 16 bits. Absent: I, and G where a group policy id is given. */
  readonly flags?: number | readonly VxlanFlag[];
}

export function decodeVxlan(layer: VxlanView): VxlanFields {
  return {
    flags: layer.flags,
    groupPolicyId: layer.groupPolicyId,
    vni: layer.vni,
    reserved: layer.reserved,
  };
}

/** Writes a VXLAN header: all of it, or nothing where a field is wrong. */
export function encodeVxlan(
  view: DataView,
  offset: number,
  fields: VxlanInput,
  place: Place,
): void {
  if (place.next !== NOTHING && place.next !== ETHERTYPE.ETHERNET) {
    throw new PacketError('BAD_SPEC', 'vxlan: only an Ethernet frame can follow', {
      layer: 'vxlan',
    });
  }
  const { groupPolicyId = 0, vni = 0, reserved = 0 } = fields;
  const usual = VXLAN_FLAG.I | (groupPolicyId === 0 ? 0 : VXLAN_FLAG.G);
  const flags = flagsFrom(fields.flags ?? usual, VXLAN_FLAG, 0xffff, 'vxlan', 'flags');
  uint(groupPolicyId, 0xffff, 'vxlan', 'groupPolicyId');
  uint(vni, VNI.max, 'vxlan', 'vni');
  uint(reserved, 0xff, 'vxlan', 'reserved');
  needRoom(view, offset, VXLAN_HEADER_BYTES, 'vxlan');
  view.setUint16(offset + FLAGS, flags);
  view.setUint16(offset + GROUP_POLICY_ID, groupPolicyId);
  view.setUint32(offset + VNI.offset, vni * 256 + reserved);
}

const names: readonly FieldName<VxlanView>[] = [
  numberName(vxlanLayout, 'flags', 'vxlan.flags', 'Flags', 'hex4'),
  flagName('vxlan.flag_g', 'GBP Extension', FLAGS, VXLAN_FLAG.G),
  flagName('vxlan.flag_i', 'VXLAN Network ID (VNI)', FLAGS, VXLAN_FLAG.I),
  flagName('vxlan.flag_d', "Don't Learn", FLAGS, VXLAN_FLAG.D),
  flagName('vxlan.flag_a', 'Policy Applied', FLAGS, VXLAN_FLAG.A),
  {
    name: 'vxlan.flags_reserved',
    label: 'Reserved(R)',
    form: 'hex4',
    each: (layer, _place, emit) =>
      emit(layer.flags & RESERVED_FLAGS, (layer.offset + FLAGS) * 8, 0),
  },
  numberName(vxlanLayout, 'groupPolicyId', 'vxlan.gbp', 'Group Policy ID'),
  numberName(vxlanLayout, 'vni', 'vxlan.vni', 'VXLAN Network Identifier (VNI)'),
  numberName(vxlanLayout, 'reserved', 'vxlan.reserved8', 'Reserved'),
];

export const vxlanProtocol: Protocol<'vxlan', VxlanFields, VxlanView, VxlanInput> = defineProtocol({
  name: 'vxlan',
  title: 'Virtual eXtensible Local Area Network',
  layout: vxlanLayout,
  // A VXLAN header does not say what follows: it is always an Ethernet frame.
  space: 'ethertype',
  tunnel: true,
  fields: ['flags', 'groupPolicyId', 'vni', 'reserved'],
  problems,
  names,
  summary: (layer) => `VNI ${layer.vni}`,
  check: checkVxlan,
  layer: (view, offset, headerEnd, end, found, reuse) =>
    reuse === undefined
      ? new VxlanView(view, offset, end, headerEnd).found(found)
      : reuse.moveTo(view, offset, headerEnd, end).found(found),
  decode: decodeVxlan,
  size: () => VXLAN_HEADER_BYTES,
  encode: encodeVxlan,
});

/** A VXLAN layer to build. */
export const vxlan = layerMaker(vxlanProtocol);
