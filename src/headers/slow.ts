/**
 * Slow protocols (IEEE 802.3 annex 57A): one byte that says which.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+
 *    |    subtype    |
 *    +-+-+-+-+-+-+-+-+
 */
import { headerLayout, offsetOf, u8 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { numberName } from './names.js';
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
import { needRoom, nextNumber, uint } from './values.js';

export const slowLayout = headerLayout('slow', [u8('subtype')]);

const SUBTYPE = offsetOf(slowLayout, 'subtype');

/** Bytes of the header. */
export const SLOW_HEADER_BYTES = slowLayout.span;

const problems: readonly ProblemKind[] = [
  {
    code: 'SLOW_HEADER_CUT',
    message: 'the bytes end inside the header',
    rfc: 'IEEE 802.3 §57A.4',
    measure: (_view, offset, end) => ({ need: SLOW_HEADER_BYTES, have: end - offset }),
  },
];
const HEADER_CUT = 1;

/** Finds the end of the slow protocol's header at `offset`: 0 where there is none. */
export function checkSlow(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + SLOW_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  out.next = view.getUint8(offset + SUBTYPE);
  return headerEnd;
}

/** The header of a slow protocol in place. */
export class SlowView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(slowProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return slowProtocol;
  }

  /** 1: LACP, 2: marker, 3: OAM, 10: organization specific. */
  get subtype(): number {
    return this.view.getUint8(this.offset + SUBTYPE);
  }

  set subtype(value: number) {
    this.view.setUint8(this.offset + SUBTYPE, uint(value, 0xff, 'slow', 'subtype'));
  }
}

/** Every field of a slow protocol's header. */
export interface SlowFields {
  /** 1: LACP, 2: marker, 3: OAM, 10: organization specific. */
  readonly subtype: number;
}

/** What may be given. Absent: the subtype is computed. */
export type SlowInput = Partial<SlowFields>;

export function decodeSlow(layer: SlowView): SlowFields {
  return {
    subtype: layer.subtype,
  };
}

/** Writes a slow protocol's header: all of it, or nothing where a field is wrong. */
export function encodeSlow(view: DataView, offset: number, fields: SlowInput, place: Place): void {
  const subtype = uint(
    fields.subtype ?? nextNumber(place, 0, 'slow', 'subtype'),
    0xff,
    'slow',
    'subtype',
  );
  needRoom(view, offset, SLOW_HEADER_BYTES, 'slow');
  view.setUint8(offset + SUBTYPE, subtype);
}

const names: readonly FieldName<SlowView>[] = [
  numberName(slowLayout, 'subtype', 'slow.subtype', 'Slow Protocols subtype', 'hex2'),
];

export const slowProtocol: Protocol<'slow', SlowFields, SlowView, SlowInput> = defineProtocol({
  name: 'slow',
  title: 'Slow Protocols',
  space: 'slowProtocol',
  fields: ['subtype'],
  derived: ['subtype'],
  summary: (layer) => `Subtype ${layer.subtype}`,
  layout: slowLayout,
  problems,
  names,
  check: checkSlow,
  layer: (view, offset, headerEnd, end) => new SlowView(view, offset, end, headerEnd),
  decode: decodeSlow,
  size: () => SLOW_HEADER_BYTES,
  encode: encodeSlow,
});

/** The header of a slow protocol to build. */
export const slow = layerMaker(slowProtocol);
