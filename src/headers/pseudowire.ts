/**
 * The control word of an Ethernet pseudowire over MPLS, RFC 4385 §3 and RFC 4448 §4.6.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |nibble |       reserved        |           sequence            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { getBits16, setBits16 } from '../bytes/bits.js';
import { bitField, bits, headerLayout, offsetOf, u16 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { numberName } from './names.js';
import { ETHERTYPE } from './numbers.js';
import {
  defineProtocol,
  type Extent,
  type FieldName,
  HeaderView,
  type ProblemKind,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { needRoom, uint } from './values.js';

export const pseudowireLayout = headerLayout('pseudowire', [
  bits(16, { nibble: 4, reserved: 12 }),
  u16('sequence'),
]);

const NIBBLE = bitField(pseudowireLayout, 'nibble', 16);
const RESERVED = bitField(pseudowireLayout, 'reserved', 16);
const SEQUENCE = offsetOf(pseudowireLayout, 'sequence');

/** Bytes of a control word. */
export const PSEUDOWIRE_HEADER_BYTES = pseudowireLayout.span;

const problems: readonly ProblemKind[] = [
  {
    code: 'PSEUDOWIRE_HEADER_CUT',
    message: 'the bytes end inside the control word',
    rfc: 'RFC 4385 §3',
    measure: (_view, offset, end) => ({ need: PSEUDOWIRE_HEADER_BYTES, have: end - offset }),
  },
  {
    code: 'PSEUDOWIRE_NIBBLE',
    message: 'a control word begins with four bits of 0',
    field: 'nibble',
    rfc: 'RFC 4385 §3',
  },
  {
    code: 'PSEUDOWIRE_RESERVED_BITS',
    message: 'reserved bits are set',
    severity: 'warning',
    field: 'reserved',
    rfc: 'RFC 4448 §4.6',
  },
];
const HEADER_CUT = 1;
const BAD_NIBBLE = 2;
const RESERVED_BITS = 4;

/** Finds the end of the control word at `offset`: 0 where there is none. */
export function checkPseudowire(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + PSEUDOWIRE_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const word = view.getUint16(offset);
  if (word >>> NIBBLE.shift !== 0) {
    out.problems |= BAD_NIBBLE;
    return 0;
  }
  if (word !== 0) out.problems |= RESERVED_BITS;
  out.next = ETHERTYPE.ETHERNET;
  return headerEnd;
}

/** A control word in place. */
export class PseudowireView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(pseudowireProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return pseudowireProtocol;
  }

  /** 0, which tells a control word from an IP packet; 0–15. */
  get nibble(): number {
    return getBits16(this.view, this.offset, NIBBLE);
  }

  set nibble(value: number) {
    const nibble = uint(value, NIBBLE.max, 'pseudowire', 'nibble');
    setBits16(this.view, this.offset, NIBBLE, nibble);
  }

  /** 0–4095, to be 0. */
  get reserved(): number {
    return getBits16(this.view, this.offset, RESERVED);
  }

  set reserved(value: number) {
    const reserved = uint(value, RESERVED.max, 'pseudowire', 'reserved');
    setBits16(this.view, this.offset, RESERVED, reserved);
  }

  /** 0–65535; 0: frames are not numbered. */
  get sequence(): number {
    return this.view.getUint16(this.offset + SEQUENCE);
  }

  set sequence(value: number) {
    const sequence = uint(value, 0xffff, 'pseudowire', 'sequence');
    this.view.setUint16(this.offset + SEQUENCE, sequence);
  }
}

/** Every field of a control word. */
export interface PseudowireFields {
  /** 0–15, to be 0. */
  readonly nibble: number;
  /** 0–4095, to be 0. */
  readonly reserved: number;
  /** 0–65535; 0: frames are not numbered. */
  readonly sequence: number;
}

/** What may be given of a control word. Absent: 0. */
export type PseudowireInput = Partial<PseudowireFields>;

export function decodePseudowire(layer: PseudowireView): PseudowireFields {
  return { nibble: layer.nibble, reserved: layer.reserved, sequence: layer.sequence };
}

/** Writes a control word: all of it, or nothing where a field is wrong. */
export function encodePseudowire(view: DataView, offset: number, fields: PseudowireInput): void {
  const word =
    (uint(fields.nibble ?? 0, NIBBLE.max, 'pseudowire', 'nibble') << NIBBLE.shift) |
    uint(fields.reserved ?? 0, RESERVED.max, 'pseudowire', 'reserved');
  const sequence = uint(fields.sequence ?? 0, 0xffff, 'pseudowire', 'sequence');
  needRoom(view, offset, PSEUDOWIRE_HEADER_BYTES, 'pseudowire');
  view.setUint16(offset + NIBBLE.offset, word);
  view.setUint16(offset + SEQUENCE, sequence);
}

const names: readonly FieldName<PseudowireView>[] = [
  numberName(
    pseudowireLayout,
    'sequence',
    'pweth.cw.sequence_number',
    'PW sequence number (ethernet)',
  ),
];

export const pseudowireProtocol: Protocol<
  'pseudowire',
  PseudowireFields,
  PseudowireView,
  PseudowireInput
> = defineProtocol({
  name: 'pseudowire',
  title: 'PW Ethernet Control Word',
  short: 'PW',
  layout: pseudowireLayout,
  // An Ethernet pseudowire carries Ethernet frames, and nothing says so.
  space: 'ethertype',
  tunnel: true,
  fields: ['nibble', 'reserved', 'sequence'],
  problems,
  names,
  wireshark: 'pwethheuristic:pwethcw',
  summary: (layer) => `Sequence ${layer.sequence}`,
  check: checkPseudowire,
  layer: (view, offset, headerEnd, end) => new PseudowireView(view, offset, end, headerEnd),
  decode: decodePseudowire,
  size: () => PSEUDOWIRE_HEADER_BYTES,
  encode: encodePseudowire,
});

/** A pseudowire's control word to build. */
export const pseudowire = layerMaker(pseudowireProtocol);
