/**
 * IPv6, RFC 8200 §3: the fixed header, its bounds and its sums. Extension headers: `ipv6-chain.ts`.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |version| trafficClass  |               flowLabel               |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |         payloadLength         |  nextHeader   |   hopLimit    |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                              src                              |
 *    +                                                               +
 *    |                                                               |
 *    +                                                               +
 *    |                                                               |
 *    +                                                               +
 *    |                                                               |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                              dst                              |
 *    +                                                               +
 *    |                                                               |
 *    +                                                               +
 *    |                                                               |
 *    +                                                               +
 *    |                                                               |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { sumBytes } from '../bytes/checksum.js';
import { bitField, bits, bytes, headerLayout, offsetOf, u8, u16 } from '../bytes/layout.js';
import {
  AFTER_NONE,
  CHAIN_CUT,
  findInChain,
  HOP_BY_HOP_LATE,
  isExtension,
  JUMBO_FRAGMENT,
  judgeChain,
  OUT_OF_ORDER,
  REPEATED,
} from './ipv6-chain.js';
import { jumboLength, MIN_JUMBO } from './ipv6-options.js';
import { IP_PROTOCOL } from './numbers.js';
import { type ByteRange, type Extent, endBody, type ProblemKind } from './protocol.js';

export const ipv6Layout = headerLayout('ipv6', [
  bits(32, { version: 4, trafficClass: 8, flowLabel: 20 }),
  u16('payloadLength'),
  u8('nextHeader'),
  u8('hopLimit'),
  bytes('src', 16),
  bytes('dst', 16),
]);

export const VERSION = bitField(ipv6Layout, 'version', 32);
export const TRAFFIC_CLASS = bitField(ipv6Layout, 'trafficClass', 32);
export const FLOW_LABEL = bitField(ipv6Layout, 'flowLabel', 32);
export const PAYLOAD_LENGTH = offsetOf(ipv6Layout, 'payloadLength');
export const NEXT_HEADER = offsetOf(ipv6Layout, 'nextHeader');
export const HOP_LIMIT = offsetOf(ipv6Layout, 'hopLimit');
export const SRC = offsetOf(ipv6Layout, 'src');
export const DST = offsetOf(ipv6Layout, 'dst');

/** Bytes of an IPv6 header without extension headers. */
export const IPV6_HEADER_BYTES = ipv6Layout.span;

/** Finds the extension header to which one of the chain's problems belongs. */
function inChain(bit: number): NonNullable<ProblemKind['find']> {
  return (view, offset, end): ByteRange => {
    const declared = declaredIpv6(view, offset, end);
    const bodyEnd = declared === undefined ? end : Math.min(end, offset + declared);
    const next = view.getUint8(offset + NEXT_HEADER);
    return findInChain(view, offset + IPV6_HEADER_BYTES, bodyEnd, next, bit);
  };
}

export const ipv6Problems: readonly ProblemKind[] = [
  {
    code: 'IPV6_HEADER_CUT',
    message: 'the bytes end inside the IPv6 header',
    rfc: 'RFC 8200 §3',
    measure: (_view, offset, end) => ({ need: IPV6_HEADER_BYTES, have: end - offset }),
  },
  {
    code: 'IPV6_VERSION',
    message: 'the version is not 6',
    field: 'version',
    rfc: 'RFC 8200 §3',
  },
  {
    code: 'IPV6_PAYLOAD_LENGTH_PAST_END',
    message: 'the payload length says more bytes than the carrier holds',
    field: 'payloadLength',
    rfc: 'RFC 8200 §3',
    measure: (view, offset, end) => ({
      need: view.getUint16(offset + PAYLOAD_LENGTH),
      have: end - offset - IPV6_HEADER_BYTES,
    }),
  },
  {
    code: 'IPV6_PAYLOAD_LENGTH_ZERO',
    message:
      'the payload length is 0 without a jumbo option, as segmentation offload leaves it; the carrier ends the packet',
    severity: 'info',
    field: 'payloadLength',
    rfc: 'RFC 2675 §3',
  },
  {
    code: 'IPV6_JUMBO_WITH_PAYLOAD_LENGTH',
    message: 'there is a jumbo option though the payload length is not 0',
    field: 'payloadLength',
    rfc: 'RFC 2675 §3',
  },
  {
    code: 'IPV6_JUMBO_LENGTH_PAST_END',
    message: 'the jumbo option says more bytes than the carrier holds',
    rfc: 'RFC 2675 §3',
    measure: (view, offset, end) => ({
      need: jumboLength(view, offset + IPV6_HEADER_BYTES, end),
      have: end - offset - IPV6_HEADER_BYTES,
    }),
  },
  {
    code: 'IPV6_JUMBO_WITH_FRAGMENT',
    message: 'a jumbogram has a fragment header',
    rfc: 'RFC 2675 §3',
    find: inChain(JUMBO_FRAGMENT),
  },
  {
    code: 'IPV6_HOP_BY_HOP_NOT_FIRST',
    message: 'a hop-by-hop header is not right behind the IPv6 header',
    rfc: 'RFC 8200 §4.1',
    find: inChain(HOP_BY_HOP_LATE),
  },
  {
    code: 'IPV6_EXTENSION_HEADER_REPEATED',
    message: 'an extension header comes again, or destination options a third time',
    severity: 'warning',
    rfc: 'RFC 8200 §4.1',
    find: inChain(REPEATED),
  },
  {
    code: 'IPV6_EXTENSION_HEADER_ORDER',
    message: 'the extension headers are not in the recommended order',
    severity: 'info',
    rfc: 'RFC 8200 §4.1',
    find: inChain(OUT_OF_ORDER),
  },
  {
    code: 'IPV6_FIRST_FRAGMENT_WITHOUT_CHAIN',
    message: 'the first fragment ends before the upper-layer header does',
    severity: 'warning',
    rfc: 'RFC 7112 §5',
    find: inChain(CHAIN_CUT),
  },
  {
    code: 'IPV6_BYTES_AFTER_NO_NEXT_HEADER',
    message: 'bytes follow though a header says that nothing does; they are to be ignored',
    severity: 'info',
    rfc: 'RFC 8200 §4.7',
    find: inChain(AFTER_NONE),
  },
  {
    code: 'IPV6_SRC_MULTICAST',
    message: 'the source is a multicast address',
    severity: 'warning',
    field: 'src',
    rfc: 'RFC 4291 §2.7',
    when: ({ view, offset }) => view.getUint8(offset + SRC) === MULTICAST_BYTE,
  },
];
/** What multicast addresses begin with (RFC 4291 §2.7). */
const MULTICAST_BYTE = 0xff;
const HEADER_CUT = 1;
const BAD_VERSION = 2;
const LENGTH_PAST_END = 4;
const LENGTH_ZERO = 8;
const JUMBO_WITH_LENGTH = 16;
const JUMBO_PAST_END = 32;
/** The chain's own bits begin here. */
const CHAIN_SHIFT = 6;

/** Finds the end of the IPv6 header at `offset`: 0 where there is none. */
export function checkIpv6(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + IPV6_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (offset < end && view.getUint8(offset) >>> 4 !== 6) {
    out.problems |= BAD_VERSION;
    return 0;
  }
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const length = view.getUint16(offset + PAYLOAD_LENGTH);
  const next = view.getUint8(offset + NEXT_HEADER);
  out.next = next;
  if (length > 0) {
    if (!endBody(out, headerEnd + length, end)) out.problems |= LENGTH_PAST_END;
  } else if (next === IP_PROTOCOL.NO_NEXT_HEADER) {
    // Nothing follows and 0 says so: what is there pads the frame.
    endBody(out, headerEnd, end);
  } else if (next !== IP_PROTOCOL.HOP_BY_HOP) {
    if (headerEnd < out.wireEnd) out.problems |= LENGTH_ZERO;
  }
  if (next === IP_PROTOCOL.HOP_BY_HOP) {
    const jumbo = jumboLength(view, headerEnd, end);
    if (length > 0 && jumbo >= 0) out.problems |= JUMBO_WITH_LENGTH;
    else if (length === 0 && jumbo < MIN_JUMBO) out.problems |= LENGTH_ZERO;
    else if (length === 0 && !endBody(out, headerEnd + jumbo, end)) out.problems |= JUMBO_PAST_END;
  }
  if (isExtension(next) || next === IP_PROTOCOL.NO_NEXT_HEADER) {
    out.problems |= judgeChain(view, headerEnd, out.bodyEnd, out.wireEnd, next) << CHAIN_SHIFT;
  }
  return headerEnd;
}

/** Bytes of header and body as the header says; undefined: it does not. */
export function declaredIpv6(view: DataView, offset: number, end: number): number | undefined {
  const length = view.getUint16(offset + PAYLOAD_LENGTH);
  const next = view.getUint8(offset + NEXT_HEADER);
  if (length > 0 || next === IP_PROTOCOL.NO_NEXT_HEADER) return IPV6_HEADER_BYTES + length;
  if (next !== IP_PROTOCOL.HOP_BY_HOP) return undefined;
  const jumbo = jumboLength(view, offset + IPV6_HEADER_BYTES, end);
  return jumbo < MIN_JUMBO ? undefined : IPV6_HEADER_BYTES + jumbo;
}

/** Partial sum of the addresses for transports' pseudo-header (RFC 8200 §8.1). */
export function pseudoIpv6(view: DataView, offset: number): number {
  return sumBytes(view, offset + SRC, offset + IPV6_HEADER_BYTES);
}
