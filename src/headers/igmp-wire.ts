/**
 * IGMP, RFC 3376 §4: what every message begins with. The fields of each type: `igmpShape`.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |     type      |  maxResponse  |           checksum            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, headerLayout, offsetOf, u8, u16, u32 } from '../bytes/layout.js';
import { addressTail, countOf, IPV4_ADDRESS, recordsTail } from './icmp-lists.js';
import { endOfShape, type Loose, MESSAGE_START, type Shape, shapeOf } from './icmp-message.js';
import { IGMP_TYPE } from './numbers.js';
import type { Extent, ProblemKind } from './protocol.js';

export const igmpLayout = headerLayout('igmp', [u8('type'), u8('maxResponse'), u16('checksum')]);

const TYPE = offsetOf(igmpLayout, 'type');
export const MAX_RESPONSE = offsetOf(igmpLayout, 'maxResponse');

/** Bytes of an IGMP header with no more than what every message has. */
export const IGMP_START_BYTES = igmpLayout.span;

/** Queries, reports and leaves of versions 1 and 2 (RFC 1112 appendix I, RFC 2236 §2). */
export const membership = shapeOf('igmp membership', [u32('group')], { kinds: { group: 'ipv4' } });
/** RFC 3376 §4.1. */
export const query3 = shapeOf(
  'igmp query 3',
  [
    u32('group'),
    bits(8, { reservedFlags: 4, suppress: 1, robustness: 3 }),
    u8('queryInterval'),
    u16('numSources'),
  ],
  {
    kinds: { group: 'ipv4', suppress: 'flag' },
    tail: addressTail('igmp', 'sources', IPV4_ADDRESS),
    computed: (fields) => ({ numSources: countOf(fields['sources']) }),
  },
);
/** RFC 3376 §4.2. */
export const report3 = shapeOf('igmp report 3', [u16('reserved'), u16('numRecords')], {
  tail: recordsTail('igmp', 'records', IPV4_ADDRESS),
  computed: (fields) => ({ numRecords: countOf(fields['records']) }),
});

const SHAPES: Readonly<Record<number, Shape>> = {
  [IGMP_TYPE.query]: membership,
  [IGMP_TYPE.reportV1]: membership,
  [IGMP_TYPE.reportV2]: membership,
  [IGMP_TYPE.leave]: membership,
  [IGMP_TYPE.reportV3]: report3,
};

/** From so many bytes a query is one of version 3 (RFC 3376 §7.1). */
const QUERY_3_BYTES = MESSAGE_START + query3.layout.span;

/** The fields that a message of this type and of so many bytes has; undefined: only `rest`. */
export function igmpShape(type: number, messageBytes: number): Shape | undefined {
  if (type === IGMP_TYPE.query && messageBytes >= QUERY_3_BYTES) return query3;
  const shape = SHAPES[type];
  const fits = shape !== undefined && MESSAGE_START + shape.layout.span <= messageBytes;
  return fits ? shape : undefined;
}

/** Fields that only a query of version 3 has. */
const ONLY_QUERY_3 = query3.keys.filter((key) => !membership.keys.includes(key));

/** The fields of a message that is to be written. */
export function igmpShapeFor(type: number, fields: Loose): Shape | undefined {
  const isQuery3 =
    type === IGMP_TYPE.query && ONLY_QUERY_3.some((key) => fields[key] !== undefined);
  return isQuery3 ? query3 : SHAPES[type];
}

export const igmpProblems: readonly ProblemKind[] = [
  {
    code: 'IGMP_HEADER_CUT',
    message: 'the bytes end inside type, response time and checksum',
    rfc: 'RFC 3376 §4',
    measure: (_view, offset, end) => ({ need: IGMP_START_BYTES, have: end - offset }),
  },
  {
    code: 'IGMP_MESSAGE_CUT',
    message: 'the message ends inside the fields of its type',
    rfc: 'RFC 3376 §4',
    measure: (_view, offset, end) => ({ need: 8, have: end - offset }),
  },
  {
    code: 'IGMP_COUNT_PAST_END',
    message: 'the message has fewer addresses or records than it counts',
    rfc: 'RFC 3376 §4',
  },
  {
    code: 'IGMP_RESERVED_BITS',
    message: 'the byte behind the type must be 0 in a message of this type',
    severity: 'warning',
    field: 'maxResponse',
    rfc: 'RFC 3376 §4.2.1',
  },
];
const HEADER_CUT = 1;
const MESSAGE_CUT = 2;
const COUNT_PAST_END = 4;
const RESERVED_BITS = 8;

/** Finds the end of the IGMP header at `offset`: 0 where there is none. */
export function checkIgmp(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.next = -1;
  out.alternative = -1;
  if (offset + IGMP_START_BYTES > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const type = view.getUint8(offset + TYPE);
  const shape = igmpShape(type, end - offset);
  const whole = out.wireEnd <= end;
  if (shape === undefined) {
    if (SHAPES[type] !== undefined && whole) out.problems |= MESSAGE_CUT;
    return end;
  }
  const headerEnd = endOfShape(view, offset, end, shape);
  const tailStart = offset + MESSAGE_START + shape.layout.span;
  if (whole && shape.tail?.isShort?.(view, tailStart, headerEnd)) out.problems |= COUNT_PAST_END;
  const silent = type === IGMP_TYPE.reportV3 || type === IGMP_TYPE.reportV1;
  if (silent && view.getUint8(offset + MAX_RESPONSE) !== 0) out.problems |= RESERVED_BITS;
  return headerEnd;
}

/** The version of a message as its type and length tell it (RFC 3376 §7.1); 0: of no known type. */
export function igmpVersion(type: number, maxResponse: number, shape: Shape | undefined): number {
  if (shape === undefined) return 0;
  if (shape !== membership) return 3;
  const first = type === IGMP_TYPE.reportV1 || (type === IGMP_TYPE.query && maxResponse === 0);
  return first ? 1 : 2;
}
