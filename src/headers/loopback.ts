/**
 * BSD loopback (LINKTYPE_NULL and LINKTYPE_LOOP): an address family, in the byte order of the
 * capturing host in the one, in network byte order in the other. Either order is read in both.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                            family                             |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { headerLayout, offsetOf, u32 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { valueName } from './names.js';
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
import { flag, needRoom, nextNumber, uint } from './values.js';

export const loopbackLayout = headerLayout('loopback', [u32('family')]);

const FAMILY = offsetOf(loopbackLayout, 'family');

/** Bytes of a loopback header. */
export const LOOPBACK_HEADER_BYTES = loopbackLayout.span;

/** The largest number that is a family: larger ones are EtherTypes to Wireshark. */
const MAX_FAMILY = 1500;
const MAX_NUMBER = 0xffff;

const problems: readonly ProblemKind[] = [
  {
    code: 'LOOPBACK_HEADER_CUT',
    message: 'the bytes end inside the loopback header',
    rfc: 'LINKTYPE_NULL',
    measure: (_view, offset, end) => ({ need: LOOPBACK_HEADER_BYTES, have: end - offset }),
  },
];
const HEADER_CUT = 1;

/** Whether the family's bytes come least significant first: then the number is a small one. */
function isLittleEndian(view: DataView, offset: number): boolean {
  const family = view.getUint32(offset + FAMILY, true);
  return family > 0 && family <= MAX_NUMBER;
}

/** Finds the end of the loopback header at `offset`: 0 where there is none. */
export function checkLoopback(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + LOOPBACK_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const family = view.getUint32(offset + FAMILY, isLittleEndian(view, offset));
  out.next = family <= MAX_NUMBER ? family : -1;
  return headerEnd;
}

/** A loopback header in place. */
export class LoopbackView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(loopbackProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return loopbackProtocol;
  }

  /** Address family, `ADDRESS_FAMILY`. A new one is written in the byte order that is there. */
  get family(): number {
    return this.view.getUint32(this.offset + FAMILY, this.littleEndian);
  }

  set family(value: number) {
    const family = uint(value, 0xffffffff, 'loopback', 'family');
    this.view.setUint32(this.offset + FAMILY, family, this.littleEndian);
  }

  /** Whether the least significant byte comes first. */
  get littleEndian(): boolean {
    return isLittleEndian(this.view, this.offset);
  }
}

/** Every field of a loopback header. */
export interface LoopbackFields {
  /** Address family, `ADDRESS_FAMILY`; numbers over 1500 are EtherTypes. */
  readonly family: number;
  /** Whether the least significant byte comes first. */
  readonly littleEndian: boolean;
}

/** What may be given. Absent: the family of what follows, the most significant byte first. */
export type LoopbackInput = Partial<LoopbackFields>;

export function decodeLoopback(layer: LoopbackView): LoopbackFields {
  return { family: layer.family, littleEndian: layer.littleEndian };
}

/** Writes a loopback header: all of it, or nothing where a field is wrong. */
export function encodeLoopback(
  view: DataView,
  offset: number,
  fields: LoopbackInput,
  place: Place,
): void {
  const family = fields.family ?? nextNumber(place, 0, 'loopback', 'family');
  uint(family, 0xffffffff, 'loopback', 'family');
  const littleEndian = flag(fields.littleEndian ?? false, 'loopback', 'littleEndian') === 1;
  needRoom(view, offset, LOOPBACK_HEADER_BYTES, 'loopback');
  view.setUint32(offset + FAMILY, family, littleEndian);
}

function familyName(
  name: string,
  label: string,
  form: 'dec' | 'hex4',
  ethertype: boolean,
): FieldName<LoopbackView> {
  const every = valueName(
    loopbackLayout,
    'family',
    name,
    label,
    form,
    (l: LoopbackView) => l.family,
  );
  return {
    ...every,
    each: (layer, place, emit) => {
      const { family } = layer;
      const isType = family > MAX_FAMILY && family <= MAX_NUMBER;
      if (isType === ethertype) every.each(layer, place, emit);
    },
  };
}

const names: readonly FieldName<LoopbackView>[] = [
  familyName('null.family', 'Family', 'dec', false),
  familyName('null.type', 'Type', 'hex4', true),
];

export const loopbackProtocol: Protocol<'loopback', LoopbackFields, LoopbackView, LoopbackInput> =
  defineProtocol({
    name: 'loopback',
    title: 'Null/Loopback',
    short: 'Loopback',
    layout: loopbackLayout,
    space: 'addressFamily',
    fields: ['family', 'littleEndian'],
    derived: ['family'],
    problems,
    names,
    wireshark: 'null',
    summary: (layer) => `Family ${layer.family}`,
    check: checkLoopback,
    layer: (view, offset, headerEnd, end) => new LoopbackView(view, offset, end, headerEnd),
    decode: decodeLoopback,
    size: () => LOOPBACK_HEADER_BYTES,
    encode: encodeLoopback,
  });

/** A loopback header to build. */
export const loopback = layerMaker(loopbackProtocol);
