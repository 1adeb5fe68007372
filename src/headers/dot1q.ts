/**
 * An IEEE 802.1Q tag (§9.6), and 802.1ad's: the TPID that says which stands in the type field in
 * front of it, so the tag itself begins with its TCI.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |prior|d|          vid          |             type              |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { getBits16, setBits16 } from '../bytes/bits.js';
import { bitField, bits, headerLayout, offsetOf, u16 } from '../bytes/layout.js';
import { computedType, followType, MAX_LENGTH } from './ethernet.js';
import { layerMaker } from './layer-spec.js';
import { numberName } from './names.js';
import { ETHERTYPE } from './numbers.js';
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
import { flag, needRoom, uint } from './values.js';

export const dot1qLayout = headerLayout('dot1q', [
  bits(16, { priority: 3, dei: 1, vid: 12 }),
  u16('type'),
]);

const PRIORITY = bitField(dot1qLayout, 'priority', 16);
const DEI = bitField(dot1qLayout, 'dei', 16);
const VID = bitField(dot1qLayout, 'vid', 16);
const TYPE = offsetOf(dot1qLayout, 'type');

/** Bytes of a tag behind its TPID. */
export const DOT1Q_HEADER_BYTES = dot1qLayout.span;

const RESERVED_VID = 4095;

const problems: readonly ProblemKind[] = [
  {
    code: 'DOT1Q_HEADER_CUT',
    message: 'the bytes end inside the 802.1Q tag',
    rfc: 'IEEE 802.1Q §9.5',
    measure: (_view, offset, end) => ({ need: DOT1Q_HEADER_BYTES, have: end - offset }),
  },
  {
    code: 'DOT1Q_VID_RESERVED',
    message: 'VLAN id 4095 is reserved',
    severity: 'warning',
    field: 'vid',
    rfc: 'IEEE 802.1Q §9.6',
  },
  {
    code: 'DOT1Q_TYPE_INVALID',
    message: 'the type is neither a length (up to 1500) nor an EtherType (from 1536)',
    field: 'type',
    rfc: 'IEEE 802.3 §3.2.6',
  },
  {
    code: 'DOT1Q_LENGTH_PAST_END',
    message: 'the length says more bytes than the frame holds',
    field: 'type',
    rfc: 'IEEE 802.3 §3.2.6',
    measure: (view, offset, end) => ({
      need: view.getUint16(offset + TYPE),
      have: end - offset - DOT1Q_HEADER_BYTES,
    }),
  },
];
const HEADER_CUT = 1;
const VID_RESERVED = 2;
const TYPE_INVALID = 4;
const LENGTH_PAST_END = 8;

/** Finds the end of the tag at `offset`: 0 where there is none. */
export function checkDot1q(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + DOT1Q_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  if (getBits16(view, offset, VID) === RESERVED_VID) out.problems |= VID_RESERVED;
  const wrong = followType(view, view.getUint16(offset + TYPE), headerEnd, end, out);
  if (wrong === 'invalid') out.problems |= TYPE_INVALID;
  if (wrong === 'past end') out.problems |= LENGTH_PAST_END;
  return headerEnd;
}

/** A tag in place. */
export class Dot1qView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(dot1qProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return dot1qProtocol;
  }

  /** Priority code point, 0–7. */
  get priority(): number {
    return getBits16(this.view, this.offset, PRIORITY);
  }

  set priority(value: number) {
    const code = uint(value, PRIORITY.max, 'dot1q', 'priority');
    setBits16(this.view, this.offset, PRIORITY, code);
  }

  /** Drop eligible indicator. */
  get dei(): boolean {
    return getBits16(this.view, this.offset, DEI) === 1;
  }

  set dei(value: boolean) {
    setBits16(this.view, this.offset, DEI, flag(value, 'dot1q', 'dei'));
  }

  /** VLAN id, 0–4095: 0 is a priority tag, 4095 is reserved. */
  get vid(): number {
    return getBits16(this.view, this.offset, VID);
  }

  set vid(value: number) {
    setBits16(this.view, this.offset, VID, uint(value, VID.max, 'dot1q', 'vid'));
  }

  /** What follows: an EtherType from 1536, a length up to 1500. */
  get type(): number {
    return this.view.getUint16(this.offset + TYPE);
  }

  set type(value: number) {
    this.view.setUint16(this.offset + TYPE, uint(value, 0xffff, 'dot1q', 'type'));
  }
}

/** Every field of a tag. Its TPID is the type of the layer in front. */
export interface Dot1qFields {
  /** 0–7. */
  readonly priority: number;
  readonly dei: boolean;
  /** 0–4095. */
  readonly vid: number;
  /** What follows: an EtherType from 1536, a length up to 1500. */
  readonly type: number;
}

/** What may be given of a tag. Absent: the type is computed, the rest is 0. */
export type Dot1qInput = Partial<Dot1qFields>;

export function decodeDot1q(layer: Dot1qView): Dot1qFields {
  return { priority: layer.priority, dei: layer.dei, vid: layer.vid, type: layer.type };
}

/** Writes a tag: all of it, or nothing where a field is wrong. */
export function encodeDot1q(
  view: DataView,
  offset: number,
  fields: Dot1qInput,
  place: Place,
): void {
  const tci =
    (uint(fields.priority ?? 0, PRIORITY.max, 'dot1q', 'priority') << PRIORITY.shift) |
    (flag(fields.dei ?? false, 'dot1q', 'dei') << DEI.shift) |
    uint(fields.vid ?? 0, VID.max, 'dot1q', 'vid');
  const type = fields.type ?? computedType(place, 'dot1q');
  uint(type, 0xffff, 'dot1q', 'type');
  needRoom(view, offset, DOT1Q_HEADER_BYTES, 'dot1q');
  view.setUint16(offset + VID.offset, tci);
  view.setUint16(offset + TYPE, type);
}

/** A name of Wireshark's that a tag has only behind some TPIDs. */
function behind(provider: boolean, field: FieldName, low = 0, high = 0xffff): FieldName<Dot1qView> {
  return {
    ...field,
    each: (layer, place, emit) => {
      if ((layer.via === ETHERTYPE.DOT1AD) !== provider) return;
      if (layer.type >= low && layer.type <= high) field.each(layer, place, emit);
    },
  };
}

// Wireshark has two dissectors: 802.1ad's for TPID 0x88a8, 802.1Q's for all others.
const names: readonly FieldName<Dot1qView>[] = [
  behind(false, numberName(dot1qLayout, 'priority', 'vlan.priority', 'Priority')),
  behind(false, numberName(dot1qLayout, 'dei', 'vlan.dei', 'DEI', 'bool')),
  behind(false, numberName(dot1qLayout, 'vid', 'vlan.id', 'ID')),
  behind(false, numberName(dot1qLayout, 'type', 'vlan.etype', 'Type', 'hex4'), MAX_LENGTH + 1),
  behind(false, numberName(dot1qLayout, 'type', 'vlan.len', 'Length'), 0, MAX_LENGTH),
  behind(true, numberName(dot1qLayout, 'priority', 'ieee8021ad.priority', 'Priority')),
  behind(true, numberName(dot1qLayout, 'dei', 'ieee8021ad.dei', 'DEI')),
  behind(true, numberName(dot1qLayout, 'vid', 'ieee8021ad.id', 'ID')),
];

export const dot1qProtocol: Protocol<'dot1q', Dot1qFields, Dot1qView, Dot1qInput> = defineProtocol({
  name: 'dot1q',
  title: '802.1Q Virtual LAN',
  short: '802.1Q',
  layout: dot1qLayout,
  space: 'ethertype',
  lengthField: 'type',
  declared: ({ type }) => (type > MAX_LENGTH ? undefined : DOT1Q_HEADER_BYTES + type),
  fields: ['priority', 'dei', 'vid', 'type'],
  derived: ['type'],
  problems,
  names,
  wireshark: 'vlan',
  wiresharkName: (layer) => {
    // To Wireshark every type behind an 802.1ad tag is an EtherType.
    if (layer.via === ETHERTYPE.DOT1AD) return 'ieee8021ad:ethertype';
    return layer.type > MAX_LENGTH ? 'vlan:ethertype' : 'vlan';
  },
  summary: (layer) => `VLAN ${layer.vid}, priority ${layer.priority}`,
  check: checkDot1q,
  layer: (view, offset, headerEnd, end, found, reuse) =>
    reuse === undefined
      ? new Dot1qView(view, offset, end, headerEnd).found(found)
      : reuse.moveTo(view, offset, headerEnd, end).found(found),
  decode: decodeDot1q,
  size: () => DOT1Q_HEADER_BYTES,
  encode: encodeDot1q,
});

/** An 802.1Q tag to build. */
export const dot1q = layerMaker(dot1qProtocol);
