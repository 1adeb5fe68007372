/**
 * SNAP, the subnetwork access protocol (IEEE Std 802 §10.4), behind LLC: whose number says what
 * follows, and the number.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                      oui                      |      pid      |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |
 *    +-+-+-+-+-+-+-+-+
 */
import { readBits, setUint24 } from '../bytes/bits.js';
import { headerLayout, offsetOf, u16, u24 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { numberName } from './names.js';
import { ETHERTYPE, MIN_ETHERTYPE, SNAP_OUI } from './numbers.js';
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
import { needRoom, nextEthertype, uint } from './values.js';

export const snapLayout = headerLayout('snap', [u24('oui'), u16('pid')]);

const OUI = offsetOf(snapLayout, 'oui');
const PID = offsetOf(snapLayout, 'pid');

/** Bytes of a SNAP header. */
export const SNAP_HEADER_BYTES = snapLayout.span;

const problems: readonly ProblemKind[] = [
  {
    code: 'SNAP_HEADER_CUT',
    message: 'the bytes end inside the SNAP header',
    rfc: 'RFC 1042',
    measure: (_view, offset, end) => ({ need: SNAP_HEADER_BYTES, have: end - offset }),
  },
];
const HEADER_CUT = 1;

/** Finds the end of the SNAP header at `offset`: 0 where there is none. */
export function checkSnap(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + SNAP_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  out.next = follows(readBits(view, (offset + OUI) * 8, 24), view.getUint16(offset + PID));
  return headerEnd;
}

/** The number of the space `ethertype` that an organization's protocol id stands for; -1: none. */
function follows(oui: number, pid: number): number {
  switch (oui) {
    case SNAP_OUI.ETHERTYPE:
    case SNAP_OUI.BRIDGE_TUNNEL:
      return pid >= MIN_ETHERTYPE ? pid : -1;
    case SNAP_OUI.CISCO:
      return pid === ETHERTYPE.PVST ? pid : -1;
    default:
      return -1;
  }
}

/** A SNAP header in place. */
export class SnapView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(snapProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return snapProtocol;
  }

  /** The organization whose number the protocol id is: `SNAP_OUI`. 0: the id is an EtherType. */
  get oui(): number {
    return readBits(this.view, (this.offset + OUI) * 8, 24);
  }

  set oui(value: number) {
    setUint24(this.view, this.offset + OUI, uint(value, 0xffffff, 'snap', 'oui'));
  }

  /** Protocol id: an EtherType where the organization is 0. */
  get pid(): number {
    return this.view.getUint16(this.offset + PID);
  }

  set pid(value: number) {
    this.view.setUint16(this.offset + PID, uint(value, 0xffff, 'snap', 'pid'));
  }
}

/** Every field of a SNAP header. */
export interface SnapFields {
  /** The organization whose number the protocol id is: `SNAP_OUI`. 0: the id is an EtherType. */
  readonly oui: number;
  /** Protocol id: an EtherType where the organization is 0. */
  readonly pid: number;
}

/** IEEE organizations whose ids have names of their own in Wireshark. */
const NAMED: readonly number[] = [
  0x000000, 0x00000c, 0x00005e, 0x000081, 0x0000f8, 0x0001e8, 0x001090, 0x0017f2, 0x001958,
  0x004096, 0x00805f, 0x00e02b, 0x00e052, 0x080007,
];

/** The id under a name that it has for some organizations only. */
function pidName(name: string, label: string, has: (oui: number) => boolean): FieldName<SnapView> {
  const every = numberName(snapLayout, 'pid', name, label, 'hex4');
  return {
    ...every,
    each: (layer, place, emit) => {
      if (has(layer.oui)) every.each(layer, place, emit);
    },
  };
}

/** Both fields where neither has to be computed. */
const NOT_ASKED: SnapFields = { oui: 0, pid: 0 };

/** What leads to the layer that follows. */
function computed(place: Place): SnapFields {
  if (place.next === ETHERTYPE.PVST) return { oui: SNAP_OUI.CISCO, pid: ETHERTYPE.PVST };
  const pid = nextEthertype(place, 'snap', 'pid');
  return { oui: SNAP_OUI.ETHERTYPE, pid };
}

/** What may be given of a SNAP header. Absent: from what follows; Cisco's organization in front of
 * the spanning tree, else 0. */
export type SnapInput = Partial<SnapFields>;

export function decodeSnap(layer: SnapView): SnapFields {
  return {
    oui: layer.oui,
    pid: layer.pid,
  };
}

/** Writes a SNAP header: all of it, or nothing where a field is wrong. */
export function encodeSnap(view: DataView, offset: number, fields: SnapInput, place: Place): void {
  const usual = fields.oui === undefined || fields.pid === undefined ? computed(place) : NOT_ASKED;
  const oui = uint(fields.oui ?? usual.oui, 0xffffff, 'snap', 'oui');
  const pid = uint(fields.pid ?? usual.pid, 0xffff, 'snap', 'pid');
  needRoom(view, offset, SNAP_HEADER_BYTES, 'snap');
  setUint24(view, offset + OUI, oui);
  view.setUint16(offset + PID, pid);
}

const names: readonly FieldName<SnapView>[] = [
  numberName(snapLayout, 'oui', 'llc.oui', 'Organization Code'),
  pidName('llc.type', 'Type', (oui) => follows(oui, MIN_ETHERTYPE) === MIN_ETHERTYPE),
  pidName('llc.cisco_pid', 'PID', (oui) => oui === SNAP_OUI.CISCO),
  pidName('llc.pid', 'Protocol ID', (oui) => !NAMED.includes(oui)),
];

export const snapProtocol: Protocol<'snap', SnapFields, SnapView, SnapInput> = defineProtocol({
  name: 'snap',
  title: 'Subnetwork Access Protocol',
  space: 'ethertype',
  fields: ['oui', 'pid'],
  derived: ['oui', 'pid'],
  // To Wireshark it is a part of LLC.
  wireshark: 'llc',
  wiresharkName: () => '',
  summary: (layer) => `Organization ${layer.oui}, protocol 0x${layer.pid.toString(16)}`,
  layout: snapLayout,
  problems,
  names,
  check: checkSnap,
  layer: (view, offset, headerEnd, end) => new SnapView(view, offset, end, headerEnd),
  decode: decodeSnap,
  size: () => SNAP_HEADER_BYTES,
  encode: encodeSnap,
});

/** A SNAP header to build. */
export const snap = layerMaker(snapProtocol);
