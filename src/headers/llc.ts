/**
 * LLC, the logical link control (IEEE 802.2 §3.2): behind a length in the place of an EtherType.
 * The control field follows: one byte of an unnumbered frame (its two low bits are set), two of any
 * other, least significant first.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |     dsap      |     ssap      |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { headerLayout, offsetOf, u8 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { llcNames } from './llc-names.js';
import { LLC_SAP } from './numbers.js';
import {
  defineProtocol,
  type Extent,
  HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { needRoom, nextNumber, uint } from './values.js';

export const llcLayout = headerLayout('llc', [u8('dsap'), u8('ssap')]);

const DSAP = offsetOf(llcLayout, 'dsap');
const SSAP = offsetOf(llcLayout, 'ssap');
const CONTROL = llcLayout.span;

/** Unnumbered information: a datagram, which is what nearly every frame is. */
const UI = 0x03;

/** Bytes of an LLC header, by its control field: 3 or 4. */
export function llcHeaderBytes(fields: LlcInput): number {
  return CONTROL + controlBytes(fields.control ?? UI);
}

function controlBytes(control: number): number {
  return (control & 3) === 3 ? 1 : 2;
}

const problems: readonly ProblemKind[] = [
  {
    code: 'LLC_HEADER_CUT',
    message: 'the bytes end inside the LLC header',
    rfc: 'IEEE 802.2 §3.2',
    measure: (view, offset, end) => {
      const there = offset + CONTROL < end;
      const need = CONTROL + (there ? controlBytes(view.getUint8(offset + CONTROL)) : 1);
      return { need, have: end - offset };
    },
  },
];
const HEADER_CUT = 1;

/** Finds the end of the LLC header at `offset`: 0 where there is none. */
export function checkLlc(view: DataView, offset: number, end: number, out: Extent): number {
  const at = offset + CONTROL;
  out.bodyEnd = end;
  out.alternative = -1;
  const control = at < end ? view.getUint8(at) : 0;
  const headerEnd = at + controlBytes(control);
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  // Only UI and information frames carry a packet; SNAP needs both access points.
  const dsap = view.getUint8(offset + DSAP);
  const carries = control === UI || (control & 1) === 0;
  const other = dsap === LLC_SAP.SNAP && view.getUint8(offset + SSAP) !== LLC_SAP.SNAP;
  out.next = carries && !other ? dsap : -1;
  return headerEnd;
}

/** An LLC header in place. */
export class LlcView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(llcProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return llcProtocol;
  }

  /** Destination service access point; its lowest bit says that it is a group. */
  get dsap(): number {
    return this.view.getUint8(this.offset + DSAP);
  }

  set dsap(value: number) {
    this.view.setUint8(this.offset + DSAP, uint(value, 0xff, 'llc', 'dsap'));
  }

  /** Source service access point; its lowest bit says that the frame is a response. */
  get ssap(): number {
    return this.view.getUint8(this.offset + SSAP);
  }

  set ssap(value: number) {
    this.view.setUint8(this.offset + SSAP, uint(value, 0xff, 'llc', 'ssap'));
  }

  /**
   * 0–255 of an unnumbered frame, 0–65535 of another. It has no setter: it says where the header
   * ends.
   */
  get control(): number {
    const at = this.offset + CONTROL;
    return this.headerEnd - at === 1 ? this.view.getUint8(at) : this.view.getUint16(at, true);
  }
}

/** Every field of an LLC header. */
export interface LlcFields {
  /** Destination service access point, 0–255. */
  readonly dsap: number;
  /** Source service access point, 0–255. */
  readonly ssap: number;
  /** 0–255 where its two low bits are set (unnumbered), else 0–65535 (Wireshark's number). */
  readonly control: number;
}

/**
 * What may be given of an LLC header. Absent: the access point of what follows, for the source the
 * same as for the destination, and unnumbered information.
 */
export type LlcInput = Partial<LlcFields>;

export function decodeLlc(layer: LlcView): LlcFields {
  return { dsap: layer.dsap, ssap: layer.ssap, control: layer.control };
}

/** Writes an LLC header: all of it, or nothing where a field is wrong. */
export function encodeLlc(view: DataView, offset: number, fields: LlcInput, place: Place): void {
  const dsap = uint(fields.dsap ?? nextNumber(place, 0, 'llc', 'dsap'), 0xff, 'llc', 'dsap');
  const ssap = uint(fields.ssap ?? dsap, 0xff, 'llc', 'ssap');
  const control = uint(fields.control ?? UI, 0xffff, 'llc', 'control');
  const short = controlBytes(control) === 1;
  if (short) uint(control, 0xff, 'llc', 'control');
  needRoom(view, offset, llcHeaderBytes(fields), 'llc');
  view.setUint8(offset + DSAP, dsap);
  view.setUint8(offset + SSAP, ssap);
  if (short) view.setUint8(offset + CONTROL, control);
  else view.setUint16(offset + CONTROL, control, true);
}

export const llcProtocol: Protocol<'llc', LlcFields, LlcView, LlcInput> = defineProtocol({
  name: 'llc',
  title: 'Logical-Link Control',
  layout: llcLayout,
  space: 'llcSap',
  fields: ['dsap', 'ssap', 'control'],
  derived: ['dsap', 'ssap'],
  problems,
  names: llcNames,
  summary: (layer) => {
    const [dsap, ssap] = [layer.dsap, layer.ssap].map((sap) => sap.toString(16).padStart(2, '0'));
    return `DSAP 0x${dsap}, SSAP 0x${ssap}, control 0x${layer.control.toString(16)}`;
  },
  check: checkLlc,
  layer: (view, offset, headerEnd, end) => new LlcView(view, offset, end, headerEnd),
  decode: decodeLlc,
  size: llcHeaderBytes,
  encode: encodeLlc,
});

/** An LLC header to build. */
export const llc = layerMaker(llcProtocol);
