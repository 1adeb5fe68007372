/**
 * IPv6 routing header, RFC 8200 §4.4: layout, bounds and problems.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |  nextHeader   |    length     |     type      | segmentsLeft  |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { headerLayout, offsetOf, u8 } from '../bytes/layout.js';
import {
  addressCount,
  badSegmentTlv,
  ROUTE_OFFSET,
  ROUTING_TYPE,
  segmentCount,
} from './ipv6-route.js';
import type { Extent, ProblemKind } from './protocol.js';

export const ipv6RoutingLayout = headerLayout('ipv6Routing', [
  u8('nextHeader'),
  u8('length'),
  u8('type'),
  u8('segmentsLeft'),
]);

export const NEXT_HEADER = offsetOf(ipv6RoutingLayout, 'nextHeader');
export const LENGTH = offsetOf(ipv6RoutingLayout, 'length');
export const TYPE = offsetOf(ipv6RoutingLayout, 'type');
export const SEGMENTS_LEFT = offsetOf(ipv6RoutingLayout, 'segmentsLeft');
const LAST_ENTRY = ipv6RoutingLayout.span;
const UNIT = 8;

function headerEndOf(view: DataView, offset: number): number {
  return offset + (view.getUint8(offset + LENGTH) + 1) * UNIT;
}

export const ipv6RoutingProblems: readonly ProblemKind[] = [
  {
    code: 'IPV6ROUTING_HEADER_CUT',
    message: 'the bytes end inside the routing header',
    rfc: 'RFC 8200 §4.4',
    measure: (view, offset, end) => ({
      need: offset + LENGTH >= end ? UNIT : headerEndOf(view, offset) - offset,
      have: end - offset,
    }),
  },
  {
    code: 'IPV6ROUTING_TYPE_DEPRECATED',
    message: 'type 0 is deprecated: it amplifies traffic',
    severity: 'warning',
    field: 'type',
    rfc: 'RFC 5095 §3',
  },
  {
    code: 'IPV6ROUTING_TYPE_UNKNOWN',
    message: 'segments are left of a routing type that is not known: the packet is to be discarded',
    severity: 'warning',
    field: 'type',
    rfc: 'RFC 8200 §4.4',
  },
  {
    code: 'IPV6ROUTING_LENGTH',
    message: 'the length is not that of a list of addresses',
    field: 'length',
    rfc: 'RFC 8200 §4.4',
  },
  {
    code: 'IPV6ROUTING_SEGMENTS_LEFT',
    message: 'more segments are left than there are addresses',
    field: 'segmentsLeft',
    rfc: 'RFC 8200 §4.4',
    measure: (view, offset) => ({
      need: view.getUint8(offset + SEGMENTS_LEFT),
      have: mostSegments(view, offset, headerEndOf(view, offset)),
    }),
    ofField: true,
  },
  {
    code: 'IPV6ROUTING_LAST_ENTRY_PAST_END',
    message: 'the last entry is past the end of the header',
    rfc: 'RFC 8754 §2',
    find: (_view, offset) => ({ offset: offset + LAST_ENTRY, bytes: 1 }),
    measure: (view, offset) => ({
      need: view.getUint8(offset + LAST_ENTRY) + 1,
      have: segmentCount(view, offset, headerEndOf(view, offset)),
    }),
    ofField: true,
  },
  {
    code: 'IPV6ROUTING_TLV_PAST_END',
    message: 'a TLV goes past the end of the header',
    rfc: 'RFC 8754 §2.1',
    find: (view, offset) => {
      const headerEnd = headerEndOf(view, offset);
      const at = badSegmentTlv(view, offset, headerEnd);
      return { offset: at, bytes: headerEnd - at };
    },
  },
];
const HEADER_CUT = 1;
const DEPRECATED = 2;
const UNKNOWN = 4;
const BAD_LENGTH = 8;
const TOO_MANY_LEFT = 16;
const LAST_ENTRY_PAST_END = 32;
const TLV_PAST_END = 64;

function isKnown(type: number): boolean {
  return (
    type === ROUTING_TYPE.SOURCE_ROUTE ||
    type === ROUTING_TYPE.HOME_ADDRESS ||
    type === ROUTING_TYPE.RPL ||
    type === ROUTING_TYPE.SEGMENT_ROUTING
  );
}

/** How many segments can be left. */
function mostSegments(view: DataView, offset: number, headerEnd: number): number {
  // A list of segments may leave the first one out, which is then the destination (RFC 8754 §4.1.1).
  return view.getUint8(offset + TYPE) === ROUTING_TYPE.SEGMENT_ROUTING
    ? view.getUint8(offset + LAST_ENTRY) + 1
    : addressCount(view, offset, headerEnd);
}

/** Finds the end of the routing header at `offset`: 0 where there is none. */
export function checkIpv6Routing(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.alternative = -1;
  const headerEnd = offset + ROUTE_OFFSET > end ? 0 : headerEndOf(view, offset);
  if (headerEnd === 0 || headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  out.next = view.getUint8(offset + NEXT_HEADER);
  const type = view.getUint8(offset + TYPE);
  const left = view.getUint8(offset + SEGMENTS_LEFT);
  if (!isKnown(type)) {
    if (left > 0) out.problems |= UNKNOWN;
    return headerEnd;
  }
  if (type === ROUTING_TYPE.SOURCE_ROUTE) out.problems |= DEPRECATED;
  const count = addressCount(view, offset, headerEnd);
  // Mobile IPv6 has one address only (RFC 6275 §6.4.1).
  if (count < 0 || (type === ROUTING_TYPE.HOME_ADDRESS && count !== 1)) out.problems |= BAD_LENGTH;
  const most = mostSegments(view, offset, headerEnd);
  if (count >= 0 && left > most) out.problems |= TOO_MANY_LEFT;
  if (type === ROUTING_TYPE.SEGMENT_ROUTING) {
    if (most > count) out.problems |= LAST_ENTRY_PAST_END;
    if (badSegmentTlv(view, offset, headerEnd) >= 0) out.problems |= TLV_PAST_END;
  }
  return headerEnd;
}
