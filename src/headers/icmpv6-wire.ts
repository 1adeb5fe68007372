/**
 * ICMPv6, RFC 4443 §2.1: what every message begins with. The fields of each type: `icmpv6Shape`.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |     type      |     code      |           checksum            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import {
  bits,
  bytes,
  headerLayout,
  type LayoutPart,
  offsetOf,
  u8,
  u16,
  u32,
} from '../bytes/layout.js';
import { echo, extendedEcho, extendedEchoReply } from './icmp-echo.js';
import { checkExtension, extensionProblems } from './icmp-extension.js';
import { addressTail, countOf, IPV6_ADDRESS, recordsTail } from './icmp-lists.js';
import { endOfShape, type Loose, MESSAGE_START, type Shape, shapeOf } from './icmp-message.js';
import { eachNdpOption, optionsTail } from './ndp-options.js';
import { ICMPV6_TYPE, IP_PROTOCOL } from './numbers.js';
import { ELSEWHERE, type Extent, endBody, type Place, type ProblemKind } from './protocol.js';

export const icmpv6Layout = headerLayout('icmpv6', [u8('type'), u8('code'), u16('checksum')]);

const TYPE = offsetOf(icmpv6Layout, 'type');

/** Bytes of an ICMPv6 header with no more than what every message has. */
export const ICMPV6_START_BYTES = icmpv6Layout.span;

/** RFC 4443 §3.1, §3.3; the length: RFC 4884 §4.4, §4.5. */
const lengthAndReserved = shapeOf('icmpv6 error', [bits(32, { length: 8, reserved: 24 })]);
const tooBig = shapeOf('icmpv6 packet too big', [u32('mtu')]);
const parameter = shapeOf('icmpv6 parameter problem', [u32('pointer')]);

const listener: readonly LayoutPart<'maxResponse' | 'reserved' | 'group'>[] = [
  u16('maxResponse'),
  u16('reserved'),
  bytes('group', 16),
];
/** MLDv1 (RFC 2710 §3). */
export const listener1 = shapeOf('icmpv6 multicast listener', listener, {
  kinds: { group: 'ipv6' },
});
/** The query of MLDv2 (RFC 3810 §5.1). */
export const listenerQuery2 = shapeOf(
  'icmpv6 multicast listener query 2',
  [
    ...listener,
    bits(8, { reservedFlags: 4, suppress: 1, robustness: 3 }),
    u8('queryInterval'),
    u16('numSources'),
  ],
  {
    kinds: { group: 'ipv6', suppress: 'flag' },
    tail: addressTail('icmpv6', 'sources', IPV6_ADDRESS),
    computed: (fields) => ({ numSources: countOf(fields['sources']) }),
  },
);
/** RFC 3810 §5.2. */
export const listenerReport2 = shapeOf(
  'icmpv6 multicast listener report 2',
  [u16('reserved'), u16('numRecords')],
  {
    tail: recordsTail('icmpv6', 'records', IPV6_ADDRESS),
    computed: (fields) => ({ numRecords: countOf(fields['records']) }),
  },
);

const solicitation = shapeOf('icmpv6 router solicitation', [u32('reserved')], {
  tail: optionsTail,
});
/** RFC 4861 §4.2; home agent: RFC 6275 §7.1; preference: RFC 4191 §2.2; proxy: RFC 4389 §4.1.3.3. */
export const routerAdvertisement = shapeOf(
  'icmpv6 router advertisement',
  [
    u8('hopLimit'),
    bits(8, { managed: 1, other: 1, homeAgent: 1, preference: 2, proxy: 1, reserved: 2 }),
    u16('lifetime'),
    u32('reachableTime'),
    u32('retransTimer'),
  ],
  {
    kinds: { managed: 'flag', other: 'flag', homeAgent: 'flag', proxy: 'flag' },
    tail: optionsTail,
  },
);
export const neighborSolicitation = shapeOf(
  'icmpv6 neighbor solicitation',
  [u32('reserved'), bytes('target', 16)],
  { kinds: { target: 'ipv6' }, tail: optionsTail },
);
export const neighborAdvertisement = shapeOf(
  'icmpv6 neighbor advertisement',
  [bits(32, { router: 1, solicited: 1, override: 1, reserved: 29 }), bytes('target', 16)],
  {
    kinds: { target: 'ipv6', router: 'flag', solicited: 'flag', override: 'flag' },
    tail: optionsTail,
  },
);
export const redirect = shapeOf(
  'icmpv6 redirect',
  [u32('reserved'), bytes('target', 16), bytes('destination', 16)],
  { kinds: { target: 'ipv6', destination: 'ipv6' }, tail: optionsTail },
);

const SHAPES: Readonly<Record<number, Shape>> = {
  [ICMPV6_TYPE.destinationUnreachable]: lengthAndReserved,
  [ICMPV6_TYPE.packetTooBig]: tooBig,
  [ICMPV6_TYPE.timeExceeded]: lengthAndReserved,
  [ICMPV6_TYPE.parameterProblem]: parameter,
  [ICMPV6_TYPE.echoRequest]: echo,
  [ICMPV6_TYPE.echoReply]: echo,
  [ICMPV6_TYPE.multicastListenerQuery]: listener1,
  [ICMPV6_TYPE.multicastListenerReport]: listener1,
  [ICMPV6_TYPE.multicastListenerDone]: listener1,
  [ICMPV6_TYPE.routerSolicitation]: solicitation,
  [ICMPV6_TYPE.routerAdvertisement]: routerAdvertisement,
  [ICMPV6_TYPE.neighborSolicitation]: neighborSolicitation,
  [ICMPV6_TYPE.neighborAdvertisement]: neighborAdvertisement,
  [ICMPV6_TYPE.redirect]: redirect,
  [ICMPV6_TYPE.multicastListenerReport2]: listenerReport2,
  [ICMPV6_TYPE.extendedEchoRequest]: extendedEcho,
  [ICMPV6_TYPE.extendedEchoReply]: extendedEchoReply,
};

/** From so many bytes a query is one of MLDv2 (RFC 3810 §8.1). */
const QUERY_2_BYTES = MESSAGE_START + listenerQuery2.layout.span;

/** The fields that a message of this type and of so many bytes has; undefined: only `rest`. */
export function icmpv6Shape(type: number, messageBytes: number): Shape | undefined {
  if (type === ICMPV6_TYPE.multicastListenerQuery && messageBytes >= QUERY_2_BYTES) {
    return listenerQuery2;
  }
  const shape = SHAPES[type];
  const fits = shape !== undefined && MESSAGE_START + shape.layout.span <= messageBytes;
  return fits ? shape : undefined;
}

/** Fields that only a query of MLDv2 has. */
const ONLY_QUERY_2 = listenerQuery2.keys.filter((key) => !listener1.keys.includes(key));

/** The fields of a message that is to be written. */
export function icmpv6ShapeFor(type: number, fields: Loose): Shape | undefined {
  const isQuery2 = ONLY_QUERY_2.some((key) => fields[key] !== undefined);
  return icmpv6Shape(type, isQuery2 ? Number.POSITIVE_INFINITY : QUERY_2_BYTES - 1) ?? SHAPES[type];
}

/** Whether a message of this type quotes the packet that caused it (RFC 4443 §2.1): types 1 to 4. */
export function icmpv6Quotes(type: number): boolean {
  return type >= ICMPV6_TYPE.destinationUnreachable && type <= ICMPV6_TYPE.parameterProblem;
}

/** Byte of the length of the quote, in words of eight bytes. */
export const LENGTH = MESSAGE_START + offsetOf(lengthAndReserved.layout, 'length');
const MTU = MESSAGE_START + offsetOf(tooBig.layout, 'mtu');
/** RFC 8200 §5. */
const LEAST_MTU = 1280;

export const icmpv6Problems: readonly ProblemKind[] = [
  {
    code: 'ICMPV6_HEADER_CUT',
    message: 'the bytes end inside type, code and checksum',
    rfc: 'RFC 4443 §2.1',
    measure: (_view, offset, end) => ({ need: ICMPV6_START_BYTES, have: end - offset }),
  },
  {
    code: 'ICMPV6_MESSAGE_CUT',
    message: 'the message ends inside the fields of its type',
    rfc: 'RFC 4443 §2.1',
    measure: (view, offset, end) => ({
      need: MESSAGE_START + (SHAPES[view.getUint8(offset)]?.layout.span ?? 0),
      have: end - offset,
    }),
  },
  {
    code: 'ICMPV6_LENGTH_PAST_END',
    message: 'the length of the quoted packet goes past the end of the message',
    field: 'length',
    rfc: 'RFC 4884 §4',
    find: (_view, offset) => ({ offset: offset + LENGTH, bytes: 1 }),
    measure: (view, offset, end) => ({
      need: view.getUint8(offset + LENGTH) * 8,
      have: end - offset - MESSAGE_START - 4,
    }),
  },
  {
    code: 'ICMPV6_MTU_UNDER_1280',
    message: 'the MTU is less than every IPv6 link has',
    severity: 'warning',
    field: 'mtu',
    rfc: 'RFC 8200 §5',
    find: (_view, offset) => ({ offset: offset + MTU, bytes: 4 }),
    measure: (view, offset) => ({ need: LEAST_MTU, have: view.getUint32(offset + MTU) }),
    ofField: true,
  },
  {
    code: 'ICMPV6_OPTION_LENGTH',
    message: 'an option has a length of 0 or past the end of the message',
    field: 'options',
    rfc: 'RFC 4861 §4.6',
    find: findBadOption,
  },
  {
    code: 'ICMPV6_COUNT_PAST_END',
    message: 'the message has fewer addresses or records than it counts',
    rfc: 'RFC 3810 §5',
  },
  ...extensionProblems('ICMPV6'),
];
const HEADER_CUT = 1;
const MESSAGE_CUT = 2;
const LENGTH_PAST_END = 4;
const MTU_UNDER_1280 = 8;
const OPTION_LENGTH = 16;
const COUNT_PAST_END = 32;
/** The bits that `checkExtension` sets, moved to their place. */
const EXTENSION_SHIFT = 6;

/** Where the list of options stops because of a length. */
function findBadOption(
  view: DataView,
  offset: number,
  end: number,
): { offset: number; bytes: number } {
  const shape = icmpv6Shape(view.getUint8(offset + TYPE), end - offset);
  const start = offset + MESSAGE_START + (shape?.layout.span ?? 0);
  const at = eachNdpOption(view, start, end);
  return { offset: at, bytes: end - at };
}

/** Finds the end of the ICMPv6 header at `offset`: 0 where there is none. */
export function checkIcmpv6(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.next = -1;
  out.alternative = -1;
  if (offset + ICMPV6_START_BYTES > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const type = view.getUint8(offset + TYPE);
  const shape = icmpv6Shape(type, end - offset);
  const whole = out.wireEnd <= end;
  if (shape === undefined) {
    // Where the capture or a quote was cut, the message may have been whole.
    if (SHAPES[type] !== undefined && whole) out.problems |= MESSAGE_CUT;
    return end;
  }
  const headerEnd = endOfShape(view, offset, end, shape);
  if (whole) out.problems |= tailProblems(view, offset, headerEnd, shape);
  if (type === ICMPV6_TYPE.packetTooBig && view.getUint32(offset + MTU) < LEAST_MTU) {
    out.problems |= MTU_UNDER_1280;
  }
  if (icmpv6Quotes(type)) checkQuote(view, offset, headerEnd, end, out, shape);
  return headerEnd;
}

function tailProblems(view: DataView, offset: number, headerEnd: number, shape: Shape): number {
  const { tail } = shape;
  const start = offset + MESSAGE_START + shape.layout.span;
  if (tail === optionsTail)
    return eachNdpOption(view, start, headerEnd) < headerEnd ? OPTION_LENGTH : 0;
  return tail?.isShort?.(view, start, headerEnd) ? COUNT_PAST_END : 0;
}

/** Ends the body where the quoted packet does, and looks at the extension structure behind it. */
function checkQuote(
  view: DataView,
  offset: number,
  headerEnd: number,
  end: number,
  out: Extent,
  shape: Shape,
): void {
  const whole = out.wireEnd <= end;
  if (headerEnd < end) out.next = IP_PROTOCOL.IPV6;
  const quoted = shape === lengthAndReserved ? view.getUint8(offset + LENGTH) * 8 : 0;
  if (quoted > 0) {
    if (!endBody(out, headerEnd + quoted, end)) out.problems |= LENGTH_PAST_END;
    else if (whole && out.bodyEnd < end) {
      out.problems |= checkExtension(view, out.bodyEnd, end) << EXTENSION_SHIFT;
    }
  }
  // The quoted packet was cut by its sender: its own lengths are of another time.
  out.wireEnd = ELSEWHERE;
}

/** Partial sum of the pseudo-header (RFC 4443 §2.3): the addresses, the length, the number 58. */
export function icmpv6Pseudo(offset: number, place: Place): number {
  return place.pseudo + IP_PROTOCOL.ICMPV6 + (place.carrierEnd - offset);
}
