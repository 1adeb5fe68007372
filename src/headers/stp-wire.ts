/**
 * STP, the spanning tree protocol (IEEE 802.1D §9.3), with the rapid one's (802.1D-2004 §9.3.3). The
 * first four bytes are in every BPDU, the others in configuration ones alone; what a version adds
 * (the version 1 length, MSTP's part, the VLAN of PVST+) is the body.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |           protocol            |    version    |     type      |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |     flags     |rootPri|     rootExtension     |               |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+               +
 *    |                            rootMac                            |
 *    +               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |                   rootCost                    |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |bridgeP|    bridgeExtension    |               |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+               +
 *    |                           bridgeMac                           |
 *    +               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |             port              |  messageAge   |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |            maxAge             |   helloTime   |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |         forwardDelay          |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, bytes, headerLayout, offsetOf, u8, u16, u32 } from '../bytes/layout.js';
import type { Extent, ProblemKind } from './protocol.js';

export const stpLayout = headerLayout('stp', [
  u16('protocol'),
  u8('version'),
  u8('type'),
  u8('flags'),
  bits(16, { rootPriority: 4, rootExtension: 12 }),
  bytes('rootMac', 6),
  u32('rootCost'),
  bits(16, { bridgePriority: 4, bridgeExtension: 12 }),
  bytes('bridgeMac', 6),
  u16('port'),
  u16('messageAge'),
  u16('maxAge'),
  u16('helloTime'),
  u16('forwardDelay'),
]);

export const PROTOCOL = offsetOf(stpLayout, 'protocol');
export const VERSION = offsetOf(stpLayout, 'version');
export const TYPE = offsetOf(stpLayout, 'type');
export const FLAGS = offsetOf(stpLayout, 'flags');
/** The 16 bits of priority and extension. */
export const ROOT_ID = offsetOf(stpLayout, 'rootPriority');
export const ROOT_MAC = offsetOf(stpLayout, 'rootMac');
export const ROOT_COST = offsetOf(stpLayout, 'rootCost');
/** The 16 bits of priority and extension. */
export const BRIDGE_ID = offsetOf(stpLayout, 'bridgePriority');
export const BRIDGE_MAC = offsetOf(stpLayout, 'bridgeMac');
export const PORT = offsetOf(stpLayout, 'port');
export const MESSAGE_AGE = offsetOf(stpLayout, 'messageAge');
export const MAX_AGE = offsetOf(stpLayout, 'maxAge');
export const HELLO_TIME = offsetOf(stpLayout, 'helloTime');
export const FORWARD_DELAY = offsetOf(stpLayout, 'forwardDelay');

/** Bytes of a configuration BPDU. */
export const STP_HEADER_BYTES = stpLayout.span;

/** Bytes that every BPDU has, and all that one of a topology change has. */
export const STP_SHORT_BYTES = FLAGS;

export const EXTENSION_BITS = 12;
export const MAX_EXTENSION = 0xfff;
export const MAX_PRIORITY = 0xf;

/** Types. */
export const CONFIGURATION = 0;
export const RAPID = 2;
export const TOPOLOGY_CHANGE = 0x80;
/** What one more in a priority's four bits counts. */
export const PRIORITY_STEP = 4096;

/** Whether a BPDU goes on behind its type. */
export function isLong(protocol: number, type: number): boolean {
  return protocol === 0 && (type === CONFIGURATION || type === RAPID);
}

export const stpProblems: readonly ProblemKind[] = [
  {
    code: 'STP_HEADER_CUT',
    message: 'the bytes end inside the BPDU',
    rfc: 'IEEE 802.1D §9.3',
    measure: (_view, offset, end) => ({
      need: end - offset < STP_SHORT_BYTES ? STP_SHORT_BYTES : STP_HEADER_BYTES,
      have: end - offset,
    }),
  },
];
const HEADER_CUT = 1;

/** Finds the end of the BPDU's header at `offset`: 0 where there is none. */
export function checkStp(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.next = -1;
  out.alternative = -1;
  let headerEnd = offset + STP_SHORT_BYTES;
  if (headerEnd <= end && isLong(view.getUint16(offset + PROTOCOL), view.getUint8(offset + TYPE))) {
    headerEnd = offset + STP_HEADER_BYTES;
  }
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  return headerEnd;
}
