/**
 * LACP, link aggregation control (IEEE 802.1AX §6.4.2.3), behind the slow protocols' subtype. What
 * follows is reserved: twelve bytes, an empty terminator and padding up to 110 bytes in all.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |    version    |   actorType   |  actorLength  |actorSystemPrio|
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |                  actorSystem                  |
 *    +-+-+-+-+-+-+-+-+                               +-+-+-+-+-+-+-+-+
 *    |                                               |   actorKey    |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |       actorPortPriority       |   actorPort   |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |  actorState   |         actorReserved         |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |  partnerType  | partnerLength |partnerSystemPr|
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |                 partnerSystem                 |
 *    +-+-+-+-+-+-+-+-+                               +-+-+-+-+-+-+-+-+
 *    |                                               |  partnerKey   |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |      partnerPortPriority      |  partnerPort  |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               | partnerState  |        partnerReserved        |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               | collectorType |collectorLength|   maxDelay    |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |
 *    +-+-+-+-+-+-+-+-+
 */
import { bytes, headerLayout, offsetOf, u8, u16, u24 } from '../bytes/layout.js';
import type { Extent, ProblemKind } from './protocol.js';

export const lacpLayout = headerLayout('lacp', [
  u8('version'),
  u8('actorType'),
  u8('actorLength'),
  u16('actorSystemPriority'),
  bytes('actorSystem', 6),
  u16('actorKey'),
  u16('actorPortPriority'),
  u16('actorPort'),
  u8('actorState'),
  u24('actorReserved'),
  u8('partnerType'),
  u8('partnerLength'),
  u16('partnerSystemPriority'),
  bytes('partnerSystem', 6),
  u16('partnerKey'),
  u16('partnerPortPriority'),
  u16('partnerPort'),
  u8('partnerState'),
  u24('partnerReserved'),
  u8('collectorType'),
  u8('collectorLength'),
  u16('maxDelay'),
]);

export const VERSION = offsetOf(lacpLayout, 'version');
export const ACTOR_TYPE = offsetOf(lacpLayout, 'actorType');
export const ACTOR_LENGTH = offsetOf(lacpLayout, 'actorLength');
export const ACTOR_SYSTEM_PRIORITY = offsetOf(lacpLayout, 'actorSystemPriority');
export const ACTOR_SYSTEM = offsetOf(lacpLayout, 'actorSystem');
export const ACTOR_KEY = offsetOf(lacpLayout, 'actorKey');
export const ACTOR_PORT_PRIORITY = offsetOf(lacpLayout, 'actorPortPriority');
export const ACTOR_PORT = offsetOf(lacpLayout, 'actorPort');
export const ACTOR_STATE = offsetOf(lacpLayout, 'actorState');
export const ACTOR_RESERVED = offsetOf(lacpLayout, 'actorReserved');
export const PARTNER_TYPE = offsetOf(lacpLayout, 'partnerType');
export const PARTNER_LENGTH = offsetOf(lacpLayout, 'partnerLength');
export const PARTNER_SYSTEM_PRIORITY = offsetOf(lacpLayout, 'partnerSystemPriority');
export const PARTNER_SYSTEM = offsetOf(lacpLayout, 'partnerSystem');
export const PARTNER_KEY = offsetOf(lacpLayout, 'partnerKey');
export const PARTNER_PORT_PRIORITY = offsetOf(lacpLayout, 'partnerPortPriority');
export const PARTNER_PORT = offsetOf(lacpLayout, 'partnerPort');
export const PARTNER_STATE = offsetOf(lacpLayout, 'partnerState');
export const PARTNER_RESERVED = offsetOf(lacpLayout, 'partnerReserved');
export const COLLECTOR_TYPE = offsetOf(lacpLayout, 'collectorType');
export const COLLECTOR_LENGTH = offsetOf(lacpLayout, 'collectorLength');
export const MAX_DELAY = offsetOf(lacpLayout, 'maxDelay');

/** Bytes of the part of a LACP packet that has a meaning. */
export const LACP_HEADER_BYTES = lacpLayout.span;

/** Bits of the actor's and the partner's state, as the standard names them. */
export const LACP_STATE = {
  activity: 0x01,
  timeout: 0x02,
  aggregation: 0x04,
  synchronization: 0x08,
  collecting: 0x10,
  distributing: 0x20,
  defaulted: 0x40,
  expired: 0x80,
} as const;

export const lacpProblems: readonly ProblemKind[] = [
  {
    code: 'LACP_HEADER_CUT',
    message: 'the bytes end inside the LACP packet',
    rfc: 'IEEE 802.1AX §6.4.2',
    measure: (_view, offset, end) => ({ need: LACP_HEADER_BYTES, have: end - offset }),
  },
];
const HEADER_CUT = 1;

/** Finds the end of the LACP packet at `offset`: 0 where there is none. */
export function checkLacp(_view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + LACP_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  out.next = -1;
  return headerEnd;
}
