/** How a packet is refused: an ICMP error or a TCP reset to its sender (Linux `nf_reject_ipv4.c`). */
import { finishSum, sumBytes } from '../../bytes/checksum.js';
import { IPV4_HEADER_BYTES } from '../../headers/ipv4-wire.js';
import { ICMP_TYPE, IP_PROTOCOL, TCP_FLAG } from '../../headers/numbers.js';
import {
  ACK,
  CHECKSUM,
  DATA_OFFSET,
  DST_PORT,
  FLAGS,
  SEQ,
  SRC_PORT,
  TCP_HEADER_BYTES,
} from '../../headers/tcp-wire.js';
import type { Frame } from '../frame.js';
import {
  dstOf,
  isFragment,
  protocolOf,
  pseudoSumOf,
  srcOf,
  transportOf,
  writePacket,
} from '../ip/packet.js';
import type { IpStack } from '../ip/stack.js';
import { Tracked } from './connection.js';
import { ORIGINAL, REPLY } from './tuple.js';

/** `--reject-with`, by iptables' names: the code of "destination unreachable", or a TCP reset. */
export const REJECT_CODES = {
  'icmp-net-unreachable': 0,
  'icmp-host-unreachable': 1,
  'icmp-proto-unreachable': 2,
  'icmp-port-unreachable': 3,
  'icmp-net-prohibited': 9,
  'icmp-host-prohibited': 10,
  'icmp-admin-prohibited': 13,
} as const;

/** How to refuse. */
export type RejectKind = keyof typeof REJECT_CODES | 'tcp-reset';

/** Refuses the packet at `frame.network`, and releases its frame. */
export function refuse(stack: IpStack, frame: Frame, kind: RejectKind): void {
  if (kind === 'tcp-reset') {
    reset(stack, frame);
    frame.release();
  } else {
    stack.icmp.error(frame, ICMP_TYPE.destinationUnreachable, REJECT_CODES[kind]);
  }
}

/** RFC 9293 §3.5.2: a reset that its receiver takes for the other end's. */
function reset(stack: IpStack, frame: Frame): void {
  if (isFragment(frame) || protocolOf(frame) !== IP_PROTOCOL.TCP) return;
  const { view, end } = frame;
  const at = transportOf(frame);
  if (at + TCP_HEADER_BYTES > end) return;
  const flags = view.getUint16(at + FLAGS.offset) & FLAGS.max;
  if ((flags & TCP_FLAG.RST) !== 0) return;
  const header = ((view.getUint16(at + DATA_OFFSET.offset) >>> DATA_OFFSET.shift) & 15) * 4;
  const acks = (flags & TCP_FLAG.ACK) !== 0;
  const syn = (flags & TCP_FLAG.SYN) === 0 ? 0 : 1;
  const fin = (flags & TCP_FLAG.FIN) === 0 ? 0 : 1;
  const answer = stack.newPacket(TCP_HEADER_BYTES);
  const to = answer.network + IPV4_HEADER_BYTES;
  const out = answer.view;
  for (let i = 0; i < TCP_HEADER_BYTES; i += 4) out.setUint32(to + i, 0);
  out.setUint16(to + SRC_PORT, view.getUint16(at + DST_PORT));
  out.setUint16(to + DST_PORT, view.getUint16(at + SRC_PORT));
  if (acks) out.setUint32(to + SEQ, view.getUint32(at + ACK));
  else out.setUint32(to + ACK, view.getUint32(at + SEQ) + syn + fin + (end - at - header));
  const bits = TCP_FLAG.RST | (acks ? 0 : TCP_FLAG.ACK);
  out.setUint16(to + FLAGS.offset, (5 << DATA_OFFSET.shift) | bits);
  const src = dstOf(frame);
  const dst = srcOf(frame);
  out.setUint16(to + CHECKSUM, resetSum(answer, to, src, dst));
  // It is of the connection that it ends, so that it is translated as the connection is.
  const tracked = frame.connection;
  if (tracked instanceof Tracked) {
    const back = tracked.direction === ORIGINAL ? REPLY : ORIGINAL;
    answer.connection = tracked.connection.as('RELATED', back);
  }
  writePacket(answer, {
    src,
    dst,
    protocol: IP_PROTOCOL.TCP,
    ttl: stack.ttl,
    tos: 0,
    id: 0,
    dontFragment: true,
  });
  stack.sendPacket(answer);
}

function resetSum({ view, end }: Frame, at: number, src: number, dst: number): number {
  const pseudo = pseudoSumOf(src, dst, IP_PROTOCOL.TCP, TCP_HEADER_BYTES);
  return finishSum(sumBytes(view, at, end, pseudo));
}
