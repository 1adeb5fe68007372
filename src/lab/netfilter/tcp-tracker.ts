/**
 * Where a TCP connection stands, as one in the middle sees it (Linux `nf_conntrack_proto_tcp.c`).
 * Sequence numbers and windows are not judged, as with `nf_conntrack_tcp_be_liberal` 1, and neither
 * retransmissions nor data that nobody acknowledges shorten the time; a SYN after the end begins a
 * new connection, whoever closed the old one.
 */

import { TCP_FLAG } from '../../headers/numbers.js';
import { DATA_OFFSET, FLAGS, TCP_HEADER_BYTES } from '../../headers/tcp-wire.js';
import { type Connection, STATUS } from './connection.js';
import type { Direction } from './tuple.js';

/** The states, as `conntrack -L` prints them. */
export const TCP_STATES = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
] as const;
const SYN_SENT = 1;
const SYN_RECV = 2;
const ESTABLISHED = 3;
const TIME_WAIT = 7;
/** The packet belongs to the connection but changes nothing. */
const IGNORE = -1;
/** The packet can't be of this connection. */
const INVALID = -2;

/** What a letter of the transitions below means. */
const LETTERS: Readonly<Record<string, number>> = {
  S: SYN_SENT,
  R: SYN_RECV,
  E: ESTABLISHED,
  F: 4,
  C: 5,
  L: 6,
  T: TIME_WAIT,
  X: 8,
  2: 9,
  '.': IGNORE,
  '-': INVALID,
};

/** What a packet is by its flags, the strongest first. */
const SYN = 0;
const SYN_ACK = 1;
const FIN = 2;
const ACK = 3;
const RST = 4;
const NONE = 5;

/**
 * Where packets lead: a row for what the packet is, in it a letter for each state that it may find,
 * in the order of `TCP_STATES`. Of `nf_conntrack_proto_tcp.c`; why each is so is written there.
 */
const TRANSITIONS: readonly (readonly (readonly number[])[])[] = [
  // From who spoke first:
  {
    syn: 'SS.....SS2',
    synAck: '--R------R',
    fin: '--FFLLLTX-',
    ack: 'E-EECCTTX-',
    rst: '-XXXXXXXXX',
  },
  // From the other:
  {
    syn: '-2-----S-2',
    synAck: '-R.......R',
    fin: '--FFLLLTX-',
    ack: '-.RECCTTX.',
    rst: '-XXXXXXXXX',
  },
].map(({ syn, synAck, fin, ack, rst }) =>
  [syn, synAck, fin, ack, rst, '----------'].map((row) =>
    [...row].map((letter) => LETTERS[letter] as number),
  ),
);

/** Seconds that a connection is remembered in each state (`net.netfilter.nf_conntrack_tcp_timeout_*`). */
export const TCP_TIMEOUTS: readonly number[] = [0, 120, 60, 432_000, 120, 60, 30, 120, 10, 120];
/** Seconds for one whose data nobody acknowledges (`nf_conntrack_tcp_timeout_unacknowledged`). */
const UNACKNOWLEDGED = 300;

/** What became of a packet. */
export const TRACKED = { VALID: 0, INVALID: 1, AGAIN: 2, OVER: 3 } as const;

/** Seconds that the connection is remembered from now on; written by `trackTcp`. */
export const tcpTimeout = { seconds: 0 };

/** Flags that may stand together; PSH, ECE, CWR and AE may always. */
const JUDGED = TCP_FLAG.SYN | TCP_FLAG.ACK | TCP_FLAG.FIN | TCP_FLAG.RST | TCP_FLAG.URG;
const GOOD: ReadonlySet<number> = new Set([
  TCP_FLAG.SYN,
  TCP_FLAG.SYN | TCP_FLAG.URG,
  TCP_FLAG.SYN | TCP_FLAG.ACK,
  TCP_FLAG.RST,
  TCP_FLAG.RST | TCP_FLAG.ACK,
  TCP_FLAG.FIN | TCP_FLAG.ACK,
  TCP_FLAG.FIN | TCP_FLAG.ACK | TCP_FLAG.URG,
  TCP_FLAG.ACK,
  TCP_FLAG.ACK | TCP_FLAG.URG,
]);

/** Whether the header at `at` is whole and its flags make sense. */
export function isTcpHeader(view: DataView, at: number, end: number): boolean {
  if (at + TCP_HEADER_BYTES > end) return false;
  const word = view.getUint16(at + FLAGS.offset);
  const bytes = ((word >>> DATA_OFFSET.shift) & DATA_OFFSET.max) * 4;
  return bytes >= TCP_HEADER_BYTES && at + bytes <= end && GOOD.has(word & JUDGED);
}

function kindOf(flags: number): number {
  if ((flags & TCP_FLAG.RST) !== 0) return RST;
  if ((flags & TCP_FLAG.SYN) !== 0) return (flags & TCP_FLAG.ACK) !== 0 ? SYN_ACK : SYN;
  if ((flags & TCP_FLAG.FIN) !== 0) return FIN;
  return (flags & TCP_FLAG.ACK) !== 0 ? ACK : NONE;
}

/**
 * Moves a connection on by a segment, whose header is good. `loose`: whether a connection may be
 * picked up in the middle (`nf_conntrack_tcp_loose`). Answers one of `TRACKED`.
 */
export function trackTcp(
  connection: Connection,
  direction: Direction,
  flags: number,
  loose: boolean,
): number {
  const kind = kindOf(flags);
  const before = connection.tcpState;
  const after = (
    (TRANSITIONS[direction] as readonly (readonly number[])[])[kind] as readonly number[]
  )[before] as number;
  if (after === INVALID) return TRACKED.INVALID;
  if (before === 0 && after !== SYN_SENT && !loose) return TRACKED.INVALID;
  if (after === IGNORE) {
    tcpTimeout.seconds = -1;
    return TRACKED.VALID;
  }
  // A new SYN after the end: another connection with the same ports (RFC 9293 §3.6.1).
  if (after === SYN_SENT && before >= TIME_WAIT && connection.has(STATUS.CONFIRMED)) {
    return TRACKED.AGAIN;
  }
  connection.tcpState = after;
  let seconds = kind === RST ? (TCP_TIMEOUTS[8] as number) : (TCP_TIMEOUTS[after] as number);
  if (!connection.has(STATUS.SEEN_REPLY)) {
    // Where a reset is the only answer, nothing is worth to be remembered.
    if (kind === RST && connection.has(STATUS.CONFIRMED)) return TRACKED.OVER;
    // Picked up in the middle, and heard from one side alone so far.
    if (after === ESTABLISHED) seconds = Math.min(seconds, UNACKNOWLEDGED);
  } else if ((before === SYN_RECV || before === ESTABLISHED) && after === ESTABLISHED) {
    connection.status |= STATUS.ASSURED;
  }
  tcpTimeout.seconds = seconds;
  return TRACKED.VALID;
}
