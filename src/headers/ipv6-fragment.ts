/**
 * IPv6 fragment header, RFC 8200 §4.5.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |  nextHeader   |   reserved    |     fragmentOffset      |res|m|
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                        identification                         |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { getBits16, setBits16 } from '../bytes/bits.js';
import { bitField, bits, headerLayout, offsetOf, u8, u32 } from '../bytes/layout.js';
import { nextHeaderNumber } from './ipv6-chain.js';
import { layerMaker } from './layer-spec.js';
import { numberName } from './names.js';
import {
  defineProtocol,
  ELSEWHERE,
  type Extent,
  type FieldName,
  HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
  requireHeader,
  samePseudo,
} from './protocol.js';
import { flag, needRoom, uint } from './values.js';

export const ipv6FragmentLayout = headerLayout('ipv6Fragment', [
  u8('nextHeader'),
  u8('reserved'),
  bits(16, { fragmentOffset: 13, reserved2: 2, moreFragments: 1 }),
  u32('identification'),
]);

const NEXT_HEADER = offsetOf(ipv6FragmentLayout, 'nextHeader');
const RESERVED = offsetOf(ipv6FragmentLayout, 'reserved');
const FRAGMENT_OFFSET = bitField(ipv6FragmentLayout, 'fragmentOffset', 16);
const RESERVED2 = bitField(ipv6FragmentLayout, 'reserved2', 16);
const MORE_FRAGMENTS = bitField(ipv6FragmentLayout, 'moreFragments', 16);
const IDENTIFICATION = offsetOf(ipv6FragmentLayout, 'identification');

/** Bytes of a fragment header. */
export const IPV6_FRAGMENT_BYTES = ipv6FragmentLayout.span;

const problems: readonly ProblemKind[] = [
  {
    code: 'IPV6FRAGMENT_HEADER_CUT',
    message: 'the bytes end inside the fragment header',
    rfc: 'RFC 8200 §4.5',
    measure: (_view, offset, end) => ({ need: IPV6_FRAGMENT_BYTES, have: end - offset }),
  },
  {
    code: 'IPV6FRAGMENT_PAST_65535',
    message: 'the fragment ends past byte 65,535 of its packet',
    field: 'fragmentOffset',
    rfc: 'RFC 8200 §4.5',
  },
  {
    code: 'IPV6FRAGMENT_LENGTH',
    message: 'more fragments follow, and this one is not a multiple of 8 bytes',
    rfc: 'RFC 8200 §4.5',
  },
];
const HEADER_CUT = 1;
const PAST_65535 = 2;
const ODD_LENGTH = 4;

/** Finds the end of the fragment header at `offset`: 0 where there is none. */
export function checkIpv6Fragment(
  view: DataView,
  offset: number,
  end: number,
  out: Extent,
): number {
  const headerEnd = offset + IPV6_FRAGMENT_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const fragmentOffset = getBits16(view, offset, FRAGMENT_OFFSET);
  const more = getBits16(view, offset, MORE_FRAGMENTS) === 1;
  // Quoted by an error message, the fragment goes on elsewhere itself.
  if (out.wireEnd < ELSEWHERE) {
    const length = out.wireEnd - headerEnd;
    if ((fragmentOffset > 0 || more) && fragmentOffset * 8 + length > 0xffff) {
      out.problems |= PAST_65535;
    }
    if (more && length % 8 !== 0) out.problems |= ODD_LENGTH;
  }
  // An atomic fragment is a whole packet (RFC 6946); a later one begins with no header.
  out.next = fragmentOffset === 0 ? view.getUint8(offset + NEXT_HEADER) : -1;
  if (fragmentOffset > 0 || more) out.wireEnd = ELSEWHERE;
  return headerEnd;
}

/** A fragment header in place. */
export class Ipv6FragmentView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(ipv6FragmentProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return ipv6FragmentProtocol;
  }

  /** IP protocol number of what the whole packet begins with. */
  get nextHeader(): number {
    return this.view.getUint8(this.offset + NEXT_HEADER);
  }

  set nextHeader(value: number) {
    this.view.setUint8(this.offset + NEXT_HEADER, uint(value, 0xff, 'ipv6Fragment', 'nextHeader'));
  }

  /** The second byte, to be 0. */
  get reserved(): number {
    return this.view.getUint8(this.offset + RESERVED);
  }

  set reserved(value: number) {
    this.view.setUint8(this.offset + RESERVED, uint(value, 0xff, 'ipv6Fragment', 'reserved'));
  }

  /** In units of 8 bytes, 0–8191. */
  get fragmentOffset(): number {
    return getBits16(this.view, this.offset, FRAGMENT_OFFSET);
  }

  set fragmentOffset(value: number) {
    const units = uint(value, FRAGMENT_OFFSET.max, 'ipv6Fragment', 'fragmentOffset');
    setBits16(this.view, this.offset, FRAGMENT_OFFSET, units);
  }

  /** Two bits, to be 0. */
  get reserved2(): number {
    return getBits16(this.view, this.offset, RESERVED2);
  }

  set reserved2(value: number) {
    const two = uint(value, RESERVED2.max, 'ipv6Fragment', 'reserved2');
    setBits16(this.view, this.offset, RESERVED2, two);
  }

  get moreFragments(): boolean {
    return getBits16(this.view, this.offset, MORE_FRAGMENTS) === 1;
  }

  set moreFragments(value: boolean) {
    const one = flag(value, 'ipv6Fragment', 'moreFragments');
    setBits16(this.view, this.offset, MORE_FRAGMENTS, one);
  }

  /** 0–4294967295; the same in all fragments of a packet. */
  get identification(): number {
    return this.view.getUint32(this.offset + IDENTIFICATION);
  }

  set identification(value: number) {
    const id = uint(value, 0xffffffff, 'ipv6Fragment', 'identification');
    this.view.setUint32(this.offset + IDENTIFICATION, id);
  }
}

/** Every field of a fragment header. */
export interface Ipv6FragmentFields {
  /** IP protocol number of what the whole packet begins with (IANA). */
  readonly nextHeader: number;
  /** 0–255, to be 0. */
  readonly reserved: number;
  /** In units of 8 bytes, 0–8191. */
  readonly fragmentOffset: number;
  /** 0–3, to be 0. */
  readonly reserved2: number;
  readonly moreFragments: boolean;
  /** 0–4294967295. */
  readonly identification: number;
}

/** What may be given of a fragment header. Absent: the next header computed, else 0 or false. */
export type Ipv6FragmentInput = Partial<Ipv6FragmentFields>;

export function decodeIpv6Fragment(layer: Ipv6FragmentView): Ipv6FragmentFields {
  return {
    nextHeader: layer.nextHeader,
    reserved: layer.reserved,
    fragmentOffset: layer.fragmentOffset,
    reserved2: layer.reserved2,
    moreFragments: layer.moreFragments,
    identification: layer.identification,
  };
}

/** Writes a fragment header: all of it, or nothing where a field is wrong. */
export function encodeIpv6Fragment(
  view: DataView,
  offset: number,
  f: Ipv6FragmentInput,
  place: Place,
): void {
  const nextHeader = nextHeaderNumber(f.nextHeader, place, 'ipv6Fragment');
  const reserved = uint(f.reserved ?? 0, 0xff, 'ipv6Fragment', 'reserved');
  const units = f.fragmentOffset ?? 0;
  const word =
    (uint(units, FRAGMENT_OFFSET.max, 'ipv6Fragment', 'fragmentOffset') << FRAGMENT_OFFSET.shift) |
    (uint(f.reserved2 ?? 0, RESERVED2.max, 'ipv6Fragment', 'reserved2') << RESERVED2.shift) |
    (flag(f.moreFragments ?? false, 'ipv6Fragment', 'moreFragments') << MORE_FRAGMENTS.shift);
  const id = uint(f.identification ?? 0, 0xffffffff, 'ipv6Fragment', 'identification');
  needRoom(view, offset, IPV6_FRAGMENT_BYTES, 'ipv6Fragment');
  view.setUint8(offset + NEXT_HEADER, nextHeader);
  view.setUint8(offset + RESERVED, reserved);
  view.setUint16(offset + FRAGMENT_OFFSET.offset, word);
  view.setUint32(offset + IDENTIFICATION, id);
}

const names: readonly FieldName<Ipv6FragmentView>[] = [
  numberName(ipv6FragmentLayout, 'nextHeader', 'ipv6.fraghdr.nxt', 'Next header'),
  numberName(
    ipv6FragmentLayout,
    'reserved',
    'ipv6.fraghdr.reserved_octet',
    'Reserved octet',
    'hex2',
  ),
  numberName(ipv6FragmentLayout, 'fragmentOffset', 'ipv6.fraghdr.offset', 'Offset, in 8 bytes'),
  numberName(ipv6FragmentLayout, 'reserved2', 'ipv6.fraghdr.reserved_bits', 'Reserved bits'),
  numberName(ipv6FragmentLayout, 'moreFragments', 'ipv6.fraghdr.more', 'More Fragments', 'bool'),
  numberName(ipv6FragmentLayout, 'identification', 'ipv6.fraghdr.ident', 'Identification', 'hex8'),
];

export const ipv6FragmentProtocol: Protocol<
  'ipv6Fragment',
  Ipv6FragmentFields,
  Ipv6FragmentView,
  Ipv6FragmentInput
> = defineProtocol({
  name: 'ipv6Fragment',
  title: 'IPv6 Fragment Header',
  short: 'IPv6',
  layout: ipv6FragmentLayout,
  space: 'ipProtocol',
  extension: true,
  fields: [
    'nextHeader',
    'reserved',
    'fragmentOffset',
    'reserved2',
    'moreFragments',
    'identification',
  ],
  derived: ['nextHeader'],
  problems,
  names,
  wireshark: 'ipv6.fraghdr',
  summary: (layer) =>
    `IPv6 fragment (off=${layer.fragmentOffset * 8} more=${layer.moreFragments ? 'y' : 'n'} ident=0x${layer.identification
      .toString(16)
      .padStart(8, '0')} nxt=${layer.nextHeader})`,
  check: checkIpv6Fragment,
  layer: (view, offset, headerEnd, end) => new Ipv6FragmentView(view, offset, end, headerEnd),
  decode: decodeIpv6Fragment,
  size: () => IPV6_FRAGMENT_BYTES,
  encode: encodeIpv6Fragment,
  pseudo: samePseudo,
});

/** A fragment header to build. */
export const ipv6Fragment = layerMaker(ipv6FragmentProtocol);
