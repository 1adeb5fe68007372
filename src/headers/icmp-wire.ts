/**
 * ICMP, RFC 792: what every message begins with. The fields of each type, behind it: `icmpShape`.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |     type      |     code      |           checksum            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { headerLayout, offsetOf, u8, u16, u32 } from '../bytes/layout.js';
import { echo, extendedEcho, extendedEchoReply } from './icmp-echo.js';
import { checkExtension, extensionProblems } from './icmp-extension.js';
import { countOf, optionalTail } from './icmp-lists.js';
import { endOfShape, MESSAGE_START, type Shape, shapeOf } from './icmp-message.js';
import { routersTail } from './icmp-routers.js';
import { ICMP_TYPE, IP_PROTOCOL } from './numbers.js';
import { ELSEWHERE, type Extent, type ProblemKind } from './protocol.js';

export const icmpLayout = headerLayout('icmp', [u8('type'), u8('code'), u16('checksum')]);

const TYPE = offsetOf(icmpLayout, 'type');
const CODE = offsetOf(icmpLayout, 'code');

/** Bytes of an ICMP header with no more than what every message has. */
export const ICMP_START_BYTES = icmpLayout.span;

/** Destination unreachable (RFC 792); `length`: RFC 4884 §4.1; `mtu`: RFC 1191 §4. */
const unreachable = shapeOf('icmp unreachable', [u8('unused'), u8('length'), u16('mtu')]);
const timeExceeded = shapeOf('icmp time exceeded', [u8('unused'), u8('length'), u16('reserved')]);
const parameter = shapeOf('icmp parameter problem', [u8('pointer'), u8('length'), u16('reserved')]);
const quench = shapeOf('icmp source quench', [u32('unused')]);
const solicitation = shapeOf('icmp router solicitation', [u32('reserved')]);
const redirect = shapeOf('icmp redirect', [u32('gateway')], { kinds: { gateway: 'ipv4' } });
/** RFC 1256 §3. */
const advertisement = shapeOf(
  'icmp router advertisement',
  [u8('numAddresses'), u8('addressWords'), u16('lifetime')],
  {
    tail: routersTail,
    computed: (fields) => ({ numAddresses: countOf(fields['routers']), addressWords: 2 }),
  },
);
/** Timestamps in milliseconds since midnight UTC. */
export const timestamps = shapeOf('icmp timestamp', [u16('identifier'), u16('sequence')], {
  tail: optionalTail('icmp', [u32('originate'), u32('receive'), u32('transmit')]),
});
/** RFC 950 appendix I. */
export const addressMask = shapeOf('icmp address mask', [u16('identifier'), u16('sequence')], {
  tail: optionalTail('icmp', [u32('addressMask')], { addressMask: 'ipv4' }),
});
const SHAPES: Readonly<Record<number, Shape>> = {
  [ICMP_TYPE.echoReply]: echo,
  [ICMP_TYPE.destinationUnreachable]: unreachable,
  [ICMP_TYPE.sourceQuench]: quench,
  [ICMP_TYPE.redirect]: redirect,
  [ICMP_TYPE.echoRequest]: echo,
  [ICMP_TYPE.routerAdvertisement]: advertisement,
  [ICMP_TYPE.routerSolicitation]: solicitation,
  [ICMP_TYPE.timeExceeded]: timeExceeded,
  [ICMP_TYPE.parameterProblem]: parameter,
  [ICMP_TYPE.timestampRequest]: timestamps,
  [ICMP_TYPE.timestampReply]: timestamps,
  [ICMP_TYPE.informationRequest]: echo,
  [ICMP_TYPE.informationReply]: echo,
  [ICMP_TYPE.addressMaskRequest]: addressMask,
  [ICMP_TYPE.addressMaskReply]: addressMask,
  [ICMP_TYPE.extendedEchoRequest]: extendedEcho,
  [ICMP_TYPE.extendedEchoReply]: extendedEchoReply,
};

/** The fields that a message of this type and of so many bytes has; undefined: only `rest`. */
export function icmpShape(type: number, bytes = MESSAGE_START + 4): Shape | undefined {
  const shape = SHAPES[type];
  return shape !== undefined && MESSAGE_START + shape.layout.span <= bytes ? shape : undefined;
}

/** Whether a message of this type quotes the packet that caused it (RFC 792). */
export function icmpQuotes(type: number): boolean {
  return (
    type === ICMP_TYPE.destinationUnreachable ||
    type === ICMP_TYPE.sourceQuench ||
    type === ICMP_TYPE.redirect ||
    icmpHasLength(type)
  );
}

/** Whether a message of this type can say how long its quote is (RFC 4884 §4). */
export function icmpHasLength(type: number): boolean {
  return (
    type === ICMP_TYPE.destinationUnreachable ||
    type === ICMP_TYPE.timeExceeded ||
    type === ICMP_TYPE.parameterProblem
  );
}

/** Byte of the length of the quote, in words of four bytes. */
export const LENGTH = MESSAGE_START + offsetOf(unreachable.layout, 'length');
const MTU = MESSAGE_START + offsetOf(unreachable.layout, 'mtu');
const ADDRESS_WORDS = MESSAGE_START + offsetOf(advertisement.layout, 'addressWords');
const NUM_ADDRESSES = MESSAGE_START + offsetOf(advertisement.layout, 'numAddresses');
const FRAGMENTATION_NEEDED = 4;

export const icmpProblems: readonly ProblemKind[] = [
  {
    code: 'ICMP_HEADER_CUT',
    message: 'the bytes end inside type, code and checksum',
    rfc: 'RFC 792',
    measure: (_view, offset, end) => ({ need: ICMP_START_BYTES, have: end - offset }),
  },
  {
    code: 'ICMP_MESSAGE_CUT',
    message: 'the message ends inside the fields of its type',
    rfc: 'RFC 792',
    measure: (view, offset, end) => ({
      need: MESSAGE_START + (SHAPES[view.getUint8(offset)]?.layout.span ?? 0),
      have: end - offset,
    }),
  },
  {
    code: 'ICMP_LENGTH_PAST_END',
    message: 'the length of the quoted packet goes past the end of the message',
    field: 'length',
    rfc: 'RFC 4884 §4',
    find: (_view, offset) => ({ offset: offset + LENGTH, bytes: 1 }),
    measure: (view, offset, end) => ({
      need: view.getUint8(offset + LENGTH) * 4,
      have: end - offset - MESSAGE_START - 4,
    }),
  },
  {
    code: 'ICMP_MTU_ZERO',
    message: 'the next-hop MTU is 0, as routers wrote it that did not know RFC 1191',
    severity: 'info',
    field: 'mtu',
    rfc: 'RFC 1191 §5',
    find: (_view, offset) => ({ offset: offset + MTU, bytes: 2 }),
  },
  {
    code: 'ICMP_RESERVED_BITS',
    message: 'bytes that must be 0 are not',
    severity: 'warning',
    rfc: 'RFC 792',
    find: (_view, offset) => ({ offset: offset + MESSAGE_START, bytes: 4 }),
  },
  {
    code: 'ICMP_ADDRESSES_PAST_END',
    message: 'the message has fewer router addresses than it counts',
    field: 'numAddresses',
    rfc: 'RFC 1256 §3',
    find: (_view, offset) => ({ offset: offset + NUM_ADDRESSES, bytes: 1 }),
  },
  ...extensionProblems('ICMP'),
];
const HEADER_CUT = 1;
const MESSAGE_CUT = 2;
const LENGTH_PAST_END = 4;
const MTU_ZERO = 8;
const RESERVED_BITS = 16;
const ADDRESSES_PAST_END = 32;
/** The bits that `checkExtension` sets, moved to their place. */
const EXTENSION_SHIFT = 6;

/** The shortest quote in front of an extension structure (RFC 4884 §4). */
const LEAST_BYTES_BEFORE_EXTENSION = 128;

/** Finds the end of the ICMP header at `offset`: 0 where there is none. */
export function checkIcmp(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.next = -1;
  out.alternative = -1;
  if (offset + ICMP_START_BYTES > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const type = view.getUint8(offset + TYPE);
  const shape = icmpShape(type, end - offset);
  if (shape === undefined) {
    // Where the capture or a quote was cut, the message may have been whole.
    if (SHAPES[type] !== undefined && out.wireEnd <= end) out.problems |= MESSAGE_CUT;
    return end;
  }
  const headerEnd = endOfShape(view, offset, end, shape);
  out.problems |= fieldProblems(view, offset, type, headerEnd, out.wireEnd);
  if (icmpQuotes(type)) checkQuote(view, offset, headerEnd, end, out, type);
  return headerEnd;
}

function fieldProblems(
  view: DataView,
  offset: number,
  type: number,
  headerEnd: number,
  wireEnd: number,
): number {
  const word = view.getUint32(offset + MESSAGE_START);
  switch (type) {
    case ICMP_TYPE.destinationUnreachable: {
      const needed = view.getUint8(offset + CODE) === FRAGMENTATION_NEEDED;
      if (needed && (word & 0xffff) === 0) return MTU_ZERO;
      return (word & (needed ? 0xff000000 : 0xff00ffff)) === 0 ? 0 : RESERVED_BITS;
    }
    case ICMP_TYPE.timeExceeded:
      return (word & 0xff00ffff) === 0 ? 0 : RESERVED_BITS;
    case ICMP_TYPE.parameterProblem:
      return (word & 0xffff) === 0 ? 0 : RESERVED_BITS;
    case ICMP_TYPE.sourceQuench:
    case ICMP_TYPE.routerSolicitation:
      return word === 0 ? 0 : RESERVED_BITS;
    case ICMP_TYPE.routerAdvertisement: {
      const words = view.getUint8(offset + ADDRESS_WORDS);
      const bytes = view.getUint8(offset + NUM_ADDRESSES) * words * 4;
      const first = offset + MESSAGE_START + advertisement.layout.span;
      // Entries of another size are not read, and not judged.
      const past = words === 2 && headerEnd < first + bytes && wireEnd < first + bytes;
      return past ? ADDRESSES_PAST_END : 0;
    }
    default:
      return 0;
  }
}

/** Ends the body where the quoted packet does, and looks at the extension structure behind it. */
function checkQuote(
  view: DataView,
  offset: number,
  headerEnd: number,
  end: number,
  out: Extent,
  type: number,
): void {
  const { wireEnd } = out;
  if (headerEnd < end) out.next = IP_PROTOCOL.IPV4;
  // The quoted packet was cut by its sender: its own lengths are of another time.
  out.wireEnd = ELSEWHERE;
  if (!icmpHasLength(type)) return;
  const bytes = view.getUint8(offset + LENGTH) * 4;
  if (headerEnd + bytes > wireEnd) {
    out.problems |= LENGTH_PAST_END;
    return;
  }
  const quoteEnd = headerEnd + (bytes === 0 ? silentLength(view, headerEnd, end) : bytes);
  if (quoteEnd === headerEnd || quoteEnd >= end) return;
  out.bodyEnd = quoteEnd;
  if (wireEnd <= end) out.problems |= checkExtension(view, quoteEnd, end) << EXTENSION_SHIFT;
}

/**
 * Bytes of the quote in a message without a length that may have an extension all the same, as
 * routers wrote it before RFC 4884 (§5.5): 128, where the quoted packet is no longer; else 0.
 */
function silentLength(view: DataView, headerEnd: number, end: number): number {
  if (end - headerEnd <= LEAST_BYTES_BEFORE_EXTENSION) return 0;
  // The total length of an IPv4 packet.
  return view.getUint16(headerEnd + 2) <= LEAST_BYTES_BEFORE_EXTENSION
    ? LEAST_BYTES_BEFORE_EXTENSION
    : 0;
}
