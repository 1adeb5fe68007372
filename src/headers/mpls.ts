/**
 * One entry of an MPLS label stack, RFC 3032 §2.1. A label does not say what it carries: behind the
 * bottom of the stack the first half-byte does, as receivers have it (RFC 4928 §3, RFC 4385 §3).
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                 label                 |traff|b|      ttl      |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bitField, bits, headerLayout } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { numberName } from './names.js';
import { ETHERTYPE, MPLS_NEXT } from './numbers.js';
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

export const mplsLayout = headerLayout('mpls', [
  bits(32, { label: 20, trafficClass: 3, bottomOfStack: 1, ttl: 8 }),
]);

const LABEL = bitField(mplsLayout, 'label', 32);
const TRAFFIC_CLASS = bitField(mplsLayout, 'trafficClass', 32);
const BOTTOM = bitField(mplsLayout, 'bottomOfStack', 32);
const TTL = bitField(mplsLayout, 'ttl', 32);

/** Bytes of an entry of the label stack. */
export const MPLS_HEADER_BYTES = mplsLayout.span;

/** Labels with a meaning of their own (RFC 3032 §2.1, RFC 5586, RFC 6790, RFC 7274). */
const IPV4_EXPLICIT_NULL = 0;
const ROUTER_ALERT = 1;
const IPV6_EXPLICIT_NULL = 2;
const IMPLICIT_NULL = 3;
const ENTROPY_INDICATOR = 7;
const ASSOCIATED_CHANNEL = 13;
const OAM_ALERT = 14;
const EXTENSION = 15;
/** The first label that is not reserved: what is written where none is given. */
const FIRST_LABEL = 16;

const problems: readonly ProblemKind[] = [
  {
    code: 'MPLS_HEADER_CUT',
    message: 'the bytes end inside the label stack',
    rfc: 'RFC 3032 §2.1',
    measure: (_view, offset, end) => ({ need: MPLS_HEADER_BYTES, have: end - offset }),
  },
  {
    code: 'MPLS_EXPLICIT_NULL_NOT_AT_BOTTOM',
    message: 'an explicit null label is not at the bottom of the stack',
    severity: 'info',
    field: 'label',
    rfc: 'RFC 3032 §2.1, RFC 4182',
  },
  {
    code: 'MPLS_EXPLICIT_NULL_OTHER_VERSION',
    message: 'behind the explicit null label is the other version of IP',
    severity: 'warning',
    field: 'label',
    rfc: 'RFC 3032 §2.1',
  },
  {
    code: 'MPLS_ROUTER_ALERT_AT_BOTTOM',
    message: 'the router alert label is at the bottom of the stack',
    severity: 'warning',
    field: 'label',
    rfc: 'RFC 3032 §2.1',
  },
  {
    code: 'MPLS_IMPLICIT_NULL',
    message: 'the implicit null label is never sent',
    severity: 'warning',
    field: 'label',
    rfc: 'RFC 3032 §2.1',
  },
  {
    code: 'MPLS_LABEL_MISSING',
    message: 'the label announces another one, and is at the bottom of the stack',
    severity: 'warning',
    field: 'label',
    rfc: 'RFC 6790 §3, RFC 7274 §3.1',
  },
  {
    code: 'MPLS_LABEL_RESERVED',
    message: 'the label is reserved, and has no meaning',
    severity: 'warning',
    field: 'label',
    rfc: 'RFC 7274 §5',
  },
];
const HEADER_CUT = 1;
const NULL_NOT_AT_BOTTOM = 2;
const NULL_OTHER_VERSION = 4;
const ALERT_AT_BOTTOM = 8;
const IMPLICIT = 16;
const LABEL_MISSING = 32;
const LABEL_RESERVED = 64;

/** Finds the end of the label at `offset`: 0 where there is none. */
export function checkMpls(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + MPLS_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const word = view.getUint32(offset);
  const label = word >>> LABEL.shift;
  const bottom = ((word >>> BOTTOM.shift) & 1) === 1;
  out.next = bottom ? behindBottom(view, label, headerEnd, end) : MPLS_NEXT.LABEL;
  if (label < FIRST_LABEL) out.problems |= reservedProblems(label, bottom, out.next);
  return headerEnd;
}

/** The number in the space `mpls` of what follows the bottom label; -1: nobody knows. */
function behindBottom(view: DataView, label: number, at: number, end: number): number {
  // Behind the generic associated channel's label is a channel header, and OAM has its own.
  if (at >= end || label === ASSOCIATED_CHANNEL || label === OAM_ALERT) return -1;
  switch (view.getUint8(at) >>> 4) {
    case 4:
      return MPLS_NEXT.IPV4;
    case 6:
      return MPLS_NEXT.IPV6;
    case 0:
      return behindZero(view, at, end);
    default:
      return -1;
  }
}

const CONTROL_WORD_BYTES = 4;
const TYPE_AT = 12;

/**
 * A control word begins with a half-byte of 0, and so do the addresses of many makers: it is an
 * Ethernet frame without one where only that reading has a known type. (Wireshark asks its table of
 * makers instead.)
 */
function behindZero(view: DataView, at: number, end: number): number {
  if (end - at < CONTROL_WORD_BYTES) return -1;
  const behindWord = looksLikeFrame(view, at + CONTROL_WORD_BYTES, end);
  return !behindWord && looksLikeFrame(view, at, end) ? MPLS_NEXT.ETHERNET : MPLS_NEXT.CONTROL_WORD;
}

function looksLikeFrame(view: DataView, at: number, end: number): boolean {
  if (at + TYPE_AT + 2 > end) return false;
  switch (view.getUint16(at + TYPE_AT)) {
    case ETHERTYPE.IPV4:
    case ETHERTYPE.ARP:
    case ETHERTYPE.IPV6:
    case ETHERTYPE.DOT1Q:
    case ETHERTYPE.DOT1AD:
    case ETHERTYPE.MPLS:
    case ETHERTYPE.MPLS_UPSTREAM:
    case ETHERTYPE.SLOW:
    case ETHERTYPE.LLDP:
      return true;
    default:
      return false;
  }
}

function reservedProblems(label: number, bottom: boolean, next: number): number {
  switch (label) {
    case IPV4_EXPLICIT_NULL:
    case IPV6_EXPLICIT_NULL:
      if (!bottom) return NULL_NOT_AT_BOTTOM;
      return next === (label === IPV4_EXPLICIT_NULL ? MPLS_NEXT.IPV6 : MPLS_NEXT.IPV4)
        ? NULL_OTHER_VERSION
        : 0;
    case ROUTER_ALERT:
      return bottom ? ALERT_AT_BOTTOM : 0;
    case IMPLICIT_NULL:
      return IMPLICIT;
    case ENTROPY_INDICATOR:
    case EXTENSION:
      return bottom ? LABEL_MISSING : 0;
    case ASSOCIATED_CHANNEL:
    case OAM_ALERT:
      return 0;
    default:
      return LABEL_RESERVED;
  }
}

/** A label in place. */
export class MplsView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(mplsProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return mplsProtocol;
  }

  private get word(): number {
    return this.view.getUint32(this.offset);
  }

  private set word(value: number) {
    this.view.setUint32(this.offset, value);
  }

  /** 0–1048575; 0–15 have meanings of their own. */
  get label(): number {
    return this.word >>> LABEL.shift;
  }

  set label(value: number) {
    const label = uint(value, LABEL.max, 'mpls', 'label');
    this.word = label * 2 ** LABEL.shift + (this.word & 0xfff);
  }

  /** 0–7; once the experimental bits (RFC 5462). */
  get trafficClass(): number {
    return (this.word >>> TRAFFIC_CLASS.shift) & TRAFFIC_CLASS.max;
  }

  set trafficClass(value: number) {
    const code = uint(value, TRAFFIC_CLASS.max, 'mpls', 'trafficClass') << TRAFFIC_CLASS.shift;
    this.word = (this.word & ~(TRAFFIC_CLASS.max << TRAFFIC_CLASS.shift)) | code;
  }

  /** Whether this is the last label of the stack. */
  get bottomOfStack(): boolean {
    return ((this.word >>> BOTTOM.shift) & 1) === 1;
  }

  set bottomOfStack(value: boolean) {
    const bottom = flag(value, 'mpls', 'bottomOfStack') << BOTTOM.shift;
    this.word = (this.word & ~(1 << BOTTOM.shift)) | bottom;
  }

  /** 0–255. */
  get ttl(): number {
    return this.word & TTL.max;
  }

  set ttl(value: number) {
    this.word = (this.word & ~TTL.max) | uint(value, TTL.max, 'mpls', 'ttl');
  }
}

/** Every field of a label. */
export interface MplsFields {
  /** 0–1048575; 0–15 have meanings of their own. */
  readonly label: number;
  /** 0–7 (RFC 5462). */
  readonly trafficClass: number;
  readonly bottomOfStack: boolean;
  /** 0–255. */
  readonly ttl: number;
}

/**
 * What may be given of a label. Absent: label 16, the first that is not reserved; TTL 64; the bottom
 * of the stack unless a label follows.
 */
export type MplsInput = Partial<MplsFields>;

export function decodeMpls(layer: MplsView): MplsFields {
  return {
    label: layer.label,
    trafficClass: layer.trafficClass,
    bottomOfStack: layer.bottomOfStack,
    ttl: layer.ttl,
  };
}

/** Writes a label: all of it, or nothing where a field is wrong. */
export function encodeMpls(view: DataView, offset: number, f: MplsInput, place: Place): void {
  const bottom = f.bottomOfStack ?? place.next !== MPLS_NEXT.LABEL;
  const word =
    uint(f.label ?? FIRST_LABEL, LABEL.max, 'mpls', 'label') * 2 ** LABEL.shift +
    (uint(f.trafficClass ?? 0, TRAFFIC_CLASS.max, 'mpls', 'trafficClass') << TRAFFIC_CLASS.shift) +
    (flag(bottom, 'mpls', 'bottomOfStack') << BOTTOM.shift) +
    uint(f.ttl ?? 64, TTL.max, 'mpls', 'ttl');
  needRoom(view, offset, MPLS_HEADER_BYTES, 'mpls');
  view.setUint32(offset, word);
}

const names: readonly FieldName<MplsView>[] = [
  numberName(mplsLayout, 'label', 'mpls.label', 'MPLS Label'),
  numberName(mplsLayout, 'trafficClass', 'mpls.exp', 'MPLS Experimental Bits'),
  numberName(mplsLayout, 'bottomOfStack', 'mpls.bottom', 'MPLS Bottom Of Label Stack'),
  numberName(mplsLayout, 'ttl', 'mpls.ttl', 'MPLS TTL'),
];

/** Wireshark names a stack once, and between label and frame its guess at a pseudowire. */
function wiresharkName(layer: MplsView): string {
  const stack = layer.via === MPLS_NEXT.LABEL ? [] : ['mpls'];
  const { view, headerEnd, end, label } = layer;
  if (layer.bottomOfStack && behindBottom(view, label, headerEnd, end) === MPLS_NEXT.ETHERNET) {
    stack.push('pwethheuristic:pwethnocw');
  }
  return stack.join(':');
}

export const mplsProtocol: Protocol<'mpls', MplsFields, MplsView, MplsInput> = defineProtocol({
  name: 'mpls',
  title: 'MultiProtocol Label Switching Header',
  layout: mplsLayout,
  space: 'mpls',
  tunnel: true,
  fields: ['label', 'trafficClass', 'bottomOfStack', 'ttl'],
  derived: ['bottomOfStack'],
  problems,
  names,
  wiresharkName,
  summary: (layer) => `Label ${layer.label}, TTL ${layer.ttl}`,
  check: checkMpls,
  layer: (view, offset, headerEnd, end, found, reuse) =>
    reuse === undefined
      ? new MplsView(view, offset, end, headerEnd).found(found)
      : reuse.moveTo(view, offset, headerEnd, end).found(found),
  decode: decodeMpls,
  size: () => MPLS_HEADER_BYTES,
  encode: encodeMpls,
});

/** An MPLS label to build; a stack is several, outermost first. */
export const mpls = layerMaker(mplsProtocol);
