/** What is wrong with a TCP header though its bounds are right: looked for when it is asked for. */
import { TCP_FLAG } from './numbers.js';
import { findOption } from './options.js';
import type { ByteRange, ProblemKind } from './protocol.js';
import type { TcpView } from './tcp.js';
import { MSS, SACK, SACK_PERMITTED, TIMESTAMPS, WINDOW_SCALE } from './tcp-options.js';
import { tcpProblems } from './tcp-wire.js';

const { ACK, FIN, PSH, RST, SYN, URG } = TCP_FLAG;
const CONTROL = FIN | SYN | RST | PSH | ACK | URG;
/** RFC 7323 §2.3. */
const MAX_WINDOW_SHIFT = 14;
/** Options that only a segment with SYN may carry (RFC 9293 §3.7.1, RFC 7323 §2.2, RFC 2018 §2). */
const ONLY_IN_SYN: readonly number[] = [MSS, WINDOW_SCALE, SACK_PERMITTED];
/** Bytes of the options that have one size, with kind and length. */
const SIZES: ReadonlyMap<number, number> = new Map([
  [MSS, 4],
  [WINDOW_SCALE, 3],
  [SACK_PERMITTED, 2],
  [TIMESTAMPS, 10],
]);

function wrongSize(kind: number, bytes: number): boolean {
  // One block or more, of eight bytes each (RFC 2018 §3).
  if (kind === SACK) return bytes < 10 || bytes % 8 !== 2;
  const size = SIZES.get(kind);
  return size !== undefined && size !== bytes;
}

const has = ({ flags }: TcpView, mask: number): boolean => (flags & mask) === mask;

/** The window scale option, where it shifts too far. */
const wideScale = (layer: TcpView): ByteRange | undefined =>
  findOption(
    layer,
    (kind, start, end) =>
      kind === WINDOW_SCALE &&
      end - start === 3 &&
      layer.view.getUint8(start + 2) > MAX_WINDOW_SHIFT,
  );

const zeroMss = (layer: TcpView): ByteRange | undefined =>
  findOption(
    layer,
    (kind, start, end) =>
      kind === MSS && end - start === 4 && layer.view.getUint16(start + 2) === 0,
  );

/** Every problem of a TCP header: first those that its check finds. */
export const allTcpProblems: readonly ProblemKind<TcpView>[] = [
  ...tcpProblems,
  {
    code: 'TCP_SRC_PORT_ZERO',
    message: 'the source port is 0, which is reserved',
    severity: 'warning',
    field: 'srcPort',
    rfc: 'RFC 6335 §6',
    when: (layer) => layer.srcPort === 0,
  },
  {
    code: 'TCP_DST_PORT_ZERO',
    message: 'the destination port is 0, which is reserved',
    severity: 'warning',
    field: 'dstPort',
    rfc: 'RFC 6335 §6',
    when: (layer) => layer.dstPort === 0,
  },
  {
    code: 'TCP_FLAGS_NONE',
    message: 'no control flag is set',
    severity: 'warning',
    field: 'flags',
    rfc: 'RFC 9293 §3.1',
    when: ({ flags }) => (flags & CONTROL) === 0,
  },
  {
    code: 'TCP_ACK_UNSET',
    message: 'ACK is not set, which only a segment with SYN or RST may leave out',
    severity: 'warning',
    field: 'flags',
    mask: ACK,
    rfc: 'RFC 9293 §3.1',
    when: ({ flags }) => (flags & (ACK | SYN | RST)) === 0 && (flags & CONTROL) !== 0,
  },
  {
    code: 'TCP_FLAGS_SYN_FIN',
    message: 'SYN and FIN are both set: a connection begins and ends at once',
    severity: 'warning',
    field: 'flags',
    mask: SYN | FIN,
    rfc: 'RFC 9293 §3.5',
    when: (layer) => has(layer, SYN | FIN),
  },
  {
    code: 'TCP_FLAGS_SYN_RST',
    message: 'SYN and RST are both set: a connection begins and is refused at once',
    severity: 'warning',
    field: 'flags',
    mask: SYN | RST,
    rfc: 'RFC 9293 §3.5',
    when: (layer) => has(layer, SYN | RST),
  },
  {
    code: 'TCP_RESERVED_BITS',
    message: 'reserved bits are set',
    severity: 'warning',
    field: 'reserved',
    rfc: 'RFC 9293 §3.1',
    when: (layer) => layer.reserved !== 0,
  },
  {
    code: 'TCP_ACK_NUMBER_WITHOUT_FLAG',
    message: 'the acknowledgment number is not 0 though ACK is not set',
    severity: 'info',
    field: 'ack',
    rfc: 'RFC 9293 §3.1',
    when: (layer) => layer.ack !== 0 && !has(layer, ACK),
  },
  {
    code: 'TCP_URGENT_POINTER_WITHOUT_FLAG',
    message: 'the urgent pointer is not 0 though URG is not set',
    severity: 'info',
    field: 'urgentPointer',
    rfc: 'RFC 9293 §3.1',
    when: (layer) => layer.urgentPointer !== 0 && !has(layer, URG),
  },
  {
    code: 'TCP_OPTION_SIZE',
    message: 'an option has a length that its kind does not have',
    severity: 'warning',
    field: 'options',
    rfc: 'RFC 9293 §3.2, RFC 7323 §2.2, RFC 2018 §2',
    when: (layer) => findOption(layer, (kind, start, end) => wrongSize(kind, end - start)),
  },
  {
    code: 'TCP_OPTION_ONLY_IN_SYN',
    message: 'an option that only a SYN may carry is in a segment without SYN',
    severity: 'warning',
    field: 'options',
    rfc: 'RFC 9293 §3.7.1, RFC 7323 §2.2, RFC 2018 §2',
    when: (layer) =>
      has(layer, SYN) ? undefined : findOption(layer, (kind) => ONLY_IN_SYN.includes(kind)),
  },
  {
    code: 'TCP_MSS_ZERO',
    message: 'the maximum segment size is 0, so nothing could be sent',
    severity: 'warning',
    field: 'options',
    rfc: 'RFC 9293 §3.7.1',
    when: zeroMss,
  },
  {
    code: 'TCP_WINDOW_SCALE_OVER_14',
    message: 'the window scale is over 14; it counts as 14',
    severity: 'warning',
    field: 'options',
    rfc: 'RFC 7323 §2.3',
    when: wideScale,
  },
];
