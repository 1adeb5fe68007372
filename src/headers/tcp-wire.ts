/**
 * TCP, RFC 9293 §3.1; the AE flag: RFC 9768 (once NS, RFC 3540).
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |            srcPort            |            dstPort            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                              seq                              |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                              ack                              |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |dataOff|reser|      flags      |            window             |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |           checksum            |         urgentPointer         |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { getBits16 } from '../bytes/bits.js';
import { foldSum, sumBytes } from '../bytes/checksum.js';
import { bitField, bits, headerLayout, offsetOf, u16, u32 } from '../bytes/layout.js';
import { IP_PROTOCOL } from './numbers.js';
import { BAD_OPTION_LENGTH, BYTES_AFTER_END, checkOptions, findWrongOption } from './options.js';
import {
  type ByteRange,
  type ChecksumStatus,
  type Extent,
  type Place,
  type ProblemKind,
  refuse,
} from './protocol.js';
import type { TcpView } from './tcp.js';

export const tcpLayout = headerLayout('tcp', [
  u16('srcPort'),
  u16('dstPort'),
  u32('seq'),
  u32('ack'),
  bits(16, { dataOffset: 4, reserved: 3, flags: 9 }),
  u16('window'),
  u16('checksum'),
  u16('urgentPointer'),
]);

export const SRC_PORT = offsetOf(tcpLayout, 'srcPort');
export const DST_PORT = offsetOf(tcpLayout, 'dstPort');
export const SEQ = offsetOf(tcpLayout, 'seq');
export const ACK = offsetOf(tcpLayout, 'ack');
export const DATA_OFFSET = bitField(tcpLayout, 'dataOffset', 16);
export const RESERVED = bitField(tcpLayout, 'reserved', 16);
export const FLAGS = bitField(tcpLayout, 'flags', 16);
export const WINDOW = offsetOf(tcpLayout, 'window');
export const CHECKSUM = offsetOf(tcpLayout, 'checksum');
export const URGENT_POINTER = offsetOf(tcpLayout, 'urgentPointer');

/** Bytes of a TCP header without options. */
export const TCP_HEADER_BYTES = tcpLayout.span;

/** The option that is wrong, or the bytes behind the last one. */
const findOptions = (view: DataView, offset: number): ByteRange =>
  findWrongOption(
    view,
    offset + TCP_HEADER_BYTES,
    offset + getBits16(view, offset, DATA_OFFSET) * 4,
  );

export const tcpProblems: readonly ProblemKind[] = [
  {
    code: 'TCP_HEADER_CUT',
    message: 'the bytes end inside the TCP header',
    rfc: 'RFC 9293 §3.1',
    measure: (view, offset, end) => ({
      need: end - offset < TCP_HEADER_BYTES ? 20 : getBits16(view, offset, DATA_OFFSET) * 4,
      have: end - offset,
    }),
  },
  {
    code: 'TCP_DATA_OFFSET_UNDER_5',
    message: 'the data offset is less than 5 words',
    field: 'dataOffset',
    rfc: 'RFC 9293 §3.1',
    measure: (view, offset) => ({ need: 5, have: getBits16(view, offset, DATA_OFFSET) }),
    ofField: true,
  },
  {
    code: 'TCP_OPTION_LENGTH',
    message: 'an option has a length under 2 or past the header',
    field: 'options',
    rfc: 'RFC 9293 §3.2',
    find: findOptions,
  },
  {
    code: 'TCP_BYTES_AFTER_END_OF_OPTIONS',
    message: 'bytes that are not 0 follow the end of the options',
    severity: 'warning',
    field: 'options',
    rfc: 'RFC 9293 §3.2',
    find: findOptions,
  },
];
const HEADER_CUT = 1;
const DATA_OFFSET_UNDER_5 = 2;
const OPTION_LENGTH = 4;
const AFTER_END = 8;

// Not exported: as in `ipv4-wire.ts`.
const FIXED_BYTES = tcpLayout.span;
const { offset: WORDS, shift: WORDS_SHIFT } = bitField(tcpLayout, 'dataOffset', 16);
const SRC = offsetOf(tcpLayout, 'srcPort');
// Both ports are of one word: one load for two.
const PORT_BITS = 16;
const MAX_PORT = 0xffff;

/** Finds the end of the TCP header at `offset`: 0 where there is none. */
export function checkTcp(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  if (offset + FIXED_BYTES > end) return refuse(out, HEADER_CUT);
  const headerBytes = (view.getUint16(offset + WORDS) >>> WORDS_SHIFT) * 4;
  const headerEnd = offset + headerBytes;
  if (headerBytes !== FIXED_BYTES && !checkLength(view, offset, headerEnd, end, out)) return 0;
  const empty = end === headerEnd;
  const ports = view.getUint32(offset + SRC);
  out.next = empty ? -1 : ports & MAX_PORT;
  out.alternative = empty ? -1 : ports >>> PORT_BITS;
  return headerEnd;
}

/** Whether a header of another length than most have can be one. */
function checkLength(
  view: DataView,
  offset: number,
  headerEnd: number,
  end: number,
  out: Extent,
): boolean {
  const optionsStart = offset + FIXED_BYTES;
  if (headerEnd < optionsStart) out.problems |= DATA_OFFSET_UNDER_5;
  else if (headerEnd > end) out.problems |= HEADER_CUT;
  if (headerEnd < optionsStart || headerEnd > end) return false;
  const wrong = checkOptions(view, optionsStart, headerEnd);
  if (wrong === BAD_OPTION_LENGTH) out.problems |= OPTION_LENGTH;
  if (wrong === BYTES_AFTER_END) out.problems |= AFTER_END;
  return true;
}

/** Partial sum over pseudo-header, header and data (RFC 9293 §3.1). */
export function tcpSum(view: DataView, offset: number, place: Place): number {
  return sumBytes(view, offset, place.end, place.pseudo + IP_PROTOCOL.TCP + (place.end - offset));
}

/** Judges the checksum. */
export function tcpChecksumStatus(layer: TcpView, place: Place): ChecksumStatus {
  if (place.wireEnd > place.end || place.pseudo < 0) return 2;
  return foldSum(tcpSum(layer.view, layer.offset, place)) === 0xffff ? 1 : 0;
}
