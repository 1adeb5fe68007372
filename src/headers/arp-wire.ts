/**
 * ARP, RFC 826: for any kind of hardware and protocol, by the lengths that it carries. Sender and
 * target addresses follow the fixed part.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |         hardwareType          |         protocolType          |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |hardwareLength |protocolLength |           operation           |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { headerLayout, offsetOf, u8, u16 } from '../bytes/layout.js';
import { ETHERTYPE } from './numbers.js';
import type { Extent, ProblemKind } from './protocol.js';

export const arpLayout = headerLayout('arp', [
  u16('hardwareType'),
  u16('protocolType'),
  u8('hardwareLength'),
  u8('protocolLength'),
  u16('operation'),
]);

export const HARDWARE_TYPE = offsetOf(arpLayout, 'hardwareType');
export const PROTOCOL_TYPE = offsetOf(arpLayout, 'protocolType');
export const HARDWARE_LENGTH = offsetOf(arpLayout, 'hardwareLength');
export const PROTOCOL_LENGTH = offsetOf(arpLayout, 'protocolLength');
export const OPERATION = offsetOf(arpLayout, 'operation');

/** Bytes of an ARP packet in front of its addresses. */
export const ARP_FIXED_BYTES = arpLayout.span;

/** The hardware type of Ethernet (IANA's ARP parameters). */
const ETHERNET = 1;
const MAC_BYTES = 6;

function hasMacs(view: DataView, offset: number): boolean {
  return view.getUint8(offset + HARDWARE_LENGTH) === MAC_BYTES;
}

export const arpProblems: readonly ProblemKind[] = [
  {
    code: 'ARP_HEADER_CUT',
    message: 'the bytes end inside the ARP packet',
    rfc: 'RFC 826',
    measure: (view, offset, end) => ({
      need: offset + ARP_FIXED_BYTES > end ? ARP_FIXED_BYTES : arpBytesAt(view, offset),
      have: end - offset,
    }),
  },
  {
    code: 'ARP_HARDWARE_LENGTH',
    message: 'hardware addresses of Ethernet do not have six bytes',
    severity: 'warning',
    field: 'hardwareLength',
    rfc: 'RFC 826',
    when: ({ view, offset }) =>
      view.getUint16(offset + HARDWARE_TYPE) === ETHERNET && !hasMacs(view, offset),
  },
  {
    code: 'ARP_PROTOCOL_LENGTH',
    message: 'protocol addresses of IPv4 do not have four bytes',
    severity: 'warning',
    field: 'protocolLength',
    rfc: 'RFC 826',
    when: ({ view, offset }) =>
      view.getUint16(offset + PROTOCOL_TYPE) === ETHERTYPE.IPV4 &&
      view.getUint8(offset + PROTOCOL_LENGTH) !== 4,
  },
  {
    code: 'ARP_SENDER_GROUP',
    message: 'the sender says that its hardware address is a group address',
    severity: 'warning',
    field: 'senderHardware',
    rfc: 'RFC 1812 §3.3.2',
    when: ({ view, offset }) => {
      const sender = offset + ARP_FIXED_BYTES;
      const group = hasMacs(view, offset) && (view.getUint8(sender) & 1) === 1;
      return group ? { offset: sender, bytes: MAC_BYTES } : undefined;
    },
  },
];
const HEADER_CUT = 1;

function arpBytesAt(view: DataView, offset: number): number {
  const addresses =
    view.getUint8(offset + HARDWARE_LENGTH) + view.getUint8(offset + PROTOCOL_LENGTH);
  return ARP_FIXED_BYTES + 2 * addresses;
}

/** Finds the end of the ARP packet at `offset`: 0 where there is none. */
export function checkArp(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.next = -1;
  out.alternative = -1;
  if (offset + ARP_FIXED_BYTES > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const headerEnd = offset + arpBytesAt(view, offset);
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  // Nothing follows: what is left is the carrier's padding.
  out.bodyEnd = headerEnd;
  out.wireEnd = headerEnd;
  return headerEnd;
}
