/**
 * The layout, bounds and problems of DNS messages (RFC 1035 §4.1.1; AD and CD: RFC 4035 §3).
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |              id               |r|opcode |a|t|r|r|z|a|c| rcode |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |         questionCount         |          answerCount          |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |        authorityCount         |        additionalCount        |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bitField, bits, headerLayout, offsetOf, u16 } from '../bytes/layout.js';
import { isDataWrong } from './dns-records.js';
import { DNS_HEADER_BYTES, type DnsEntry, readName, walkDns } from './dns-walk.js';
import type { ByteRange, Extent, ProblemKind } from './protocol.js';

const parts = [
  u16('id'),
  bits(16, {
    response: 1,
    opcode: 4,
    authoritative: 1,
    truncated: 1,
    recursionDesired: 1,
    recursionAvailable: 1,
    z: 1,
    authenticData: 1,
    checkingDisabled: 1,
    rcode: 4,
  }),
  u16('questionCount'),
  u16('answerCount'),
  u16('authorityCount'),
  u16('additionalCount'),
] as const;

export const dnsLayout = headerLayout('dns', parts);
/** The same behind the two bytes of length that TCP has in front (RFC 1035 §4.2.2). */
export const dnsTcpLayout = headerLayout('dnsTcp', [u16('length'), ...parts]);

export const ID = offsetOf(dnsLayout, 'id');
export const RESPONSE = bitField(dnsLayout, 'response', 16);
export const OPCODE = bitField(dnsLayout, 'opcode', 16);
export const AUTHORITATIVE = bitField(dnsLayout, 'authoritative', 16);
export const TRUNCATED = bitField(dnsLayout, 'truncated', 16);
export const RECURSION_DESIRED = bitField(dnsLayout, 'recursionDesired', 16);
export const RECURSION_AVAILABLE = bitField(dnsLayout, 'recursionAvailable', 16);
export const Z = bitField(dnsLayout, 'z', 16);
export const AUTHENTIC_DATA = bitField(dnsLayout, 'authenticData', 16);
export const CHECKING_DISABLED = bitField(dnsLayout, 'checkingDisabled', 16);
export const RCODE = bitField(dnsLayout, 'rcode', 16);
export const FLAGS = RESPONSE.offset;
export const QUESTION_COUNT = offsetOf(dnsLayout, 'questionCount');
export const ANSWER_COUNT = offsetOf(dnsLayout, 'answerCount');
export const AUTHORITY_COUNT = offsetOf(dnsLayout, 'authorityCount');
export const ADDITIONAL_COUNT = offsetOf(dnsLayout, 'additionalCount');

/** Bytes of the length in front of a message in TCP. */
export const DNS_LENGTH_BYTES = dnsTcpLayout.span - dnsLayout.span;
/** The number in the space `dnsTcp` by which one message in a segment leads to the next. */
export const NEXT_MESSAGE = 1;

const HEADER_CUT = 1;

/** What can be wrong inside a message: a count, a record, a label, a name, data, bytes left over. */
type Wrong = 'count' | 'record' | 'label' | 'name' | 'data' | 'rest';

interface Finding {
  readonly kind: Wrong;
  readonly place: ByteRange;
}

/** Everything that is wrong with a message, and where the first of each kind is. */
function findings(view: DataView, start: number, end: number): Finding[] {
  const { entries, stop, place } = walkDns(view, start, end);
  const found: Finding[] = [];
  const add = (kind: Wrong, at: ByteRange): void => {
    if (!found.some((one) => one.kind === kind)) found.push({ kind, place: at });
  };
  for (const entry of entries) {
    const name = readName(view, start, entry.at, end);
    if (name === undefined) {
      add('name', { offset: entry.at, bytes: entry.nameEnd - entry.at });
    } else if (entry.section > 0 && isDataWrong(view, start, end, entry)) {
      add('data', dataOf(entry));
    }
  }
  if (stop !== undefined) add(stop, place);
  else if (place.bytes > 0) add('rest', place);
  return found;
}

const dataOf = ({ dataAt, end }: DnsEntry): ByteRange => ({ offset: dataAt, bytes: end - dataAt });

/** Looks for one kind of problem; `prefix`: bytes in front of the message. */
function finder(kind: Wrong, prefix: number): NonNullable<ProblemKind['when']> {
  const atEnd = kind === 'count' || kind === 'record';
  return ({ view, offset, headerEnd }, { wireEnd }) => {
    // Where the capture was cut, or in a fragment, the message goes on.
    if (atEnd && prefix === 0 && wireEnd > headerEnd) return undefined;
    return findings(view, offset + prefix, headerEnd).find((one) => one.kind === kind)?.place;
  };
}

/** The problems of a message that has `prefix` bytes in front. */
function problemsBehind(prefix: number): readonly ProblemKind[] {
  return [
    {
      code: prefix === 0 ? 'DNS_HEADER_CUT' : 'DNS_MESSAGE_CUT',
      message:
        prefix === 0
          ? 'the bytes end inside the DNS header'
          : 'the segment holds no whole DNS message here',
      ...(prefix === 0 ? {} : { severity: 'info' as const }),
      rfc: 'RFC 1035 §4.1.1',
      measure: (view, offset, end) => {
        const there = end - offset;
        if (prefix === 0 || there < prefix) return { need: prefix + DNS_HEADER_BYTES, have: there };
        const told = prefix + view.getUint16(offset);
        const need = Math.max(told, prefix + DNS_HEADER_BYTES);
        return { need, have: told < need ? told : there };
      },
    },
    {
      code: 'DNS_COUNT_PAST_END',
      message: 'a count says more records than the message holds',
      rfc: 'RFC 1035 §4.1.1',
      when: finder('count', prefix),
    },
    {
      code: 'DNS_RECORD_CUT',
      message: 'the message ends inside a question or record',
      rfc: 'RFC 1035 §4.1',
      when: finder('record', prefix),
    },
    {
      code: 'DNS_LABEL_TYPE',
      message: 'a label is of a reserved type',
      rfc: 'RFC 1035 §4.1.4',
      when: finder('label', prefix),
    },
    {
      code: 'DNS_NAME',
      message: 'a name is longer than 255 bytes, leaves the message, or its pointers lead round',
      rfc: 'RFC 1035 §4.1.4',
      when: finder('name', prefix),
    },
    {
      code: 'DNS_DATA',
      message: 'the data of a record has not the form of its type',
      severity: 'warning',
      rfc: 'RFC 1035 §3.3',
      when: finder('data', prefix),
    },
    {
      code: 'DNS_BYTES_AFTER_END',
      message: 'there are bytes behind the last record',
      severity: 'info',
      rfc: 'RFC 1035 §4.1',
      when: finder('rest', prefix),
    },
  ];
}

export const dnsProblems = problemsBehind(0);
export const dnsTcpProblems = problemsBehind(DNS_LENGTH_BYTES);

/** Finds the end of the DNS message at `offset`, which is that of its carrier: 0 where it is none. */
export function checkDns(_view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.next = -1;
  out.alternative = -1;
  if (offset + DNS_HEADER_BYTES > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  return end;
}

/** Finds the end of the message in a TCP segment: 0 where it is not whole. */
export function checkDnsTcp(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.alternative = -1;
  const start = offset + DNS_LENGTH_BYTES;
  const length = start <= end ? view.getUint16(offset) : 0;
  if (length < DNS_HEADER_BYTES || start + length > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const headerEnd = start + length;
  out.next = headerEnd < end ? NEXT_MESSAGE : -1;
  return headerEnd;
}
