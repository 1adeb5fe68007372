/** A connection as `ss -tain` prints it: iproute2's names and order, with Linux's words for states. */
import { formatIpv4 } from '../../bytes/address.js';
import type { SocketRow } from '../socket-table.js';
import { INFINITE_THRESHOLD } from './congestion.js';
import type { TcpConnection, TcpState } from './connection.js';
import { TIMESTAMPS_BYTES } from './segment-out.js';

const STATES: Readonly<Record<TcpState, string>> = {
  CLOSED: 'UNCONN',
  LISTEN: 'LISTEN',
  'SYN-SENT': 'SYN-SENT',
  'SYN-RECEIVED': 'SYN-RECV',
  ESTABLISHED: 'ESTAB',
  'FIN-WAIT-1': 'FIN-WAIT-1',
  'FIN-WAIT-2': 'FIN-WAIT-2',
  'CLOSE-WAIT': 'CLOSE-WAIT',
  CLOSING: 'CLOSING',
  'LAST-ACK': 'LAST-ACK',
  'TIME-WAIT': 'TIME-WAIT',
};

/** Segments that may go out at first (RFC 6928), which `ss` says of listeners too. */
const INITIAL_WINDOW = 10;

/** A listening port. */
export function listenerRow(port: number, backlog: number): SocketRow {
  return {
    ...{ state: 'LISTEN', receive: 0, send: backlog },
    local: [formatIpv4(0), String(port)],
    peer: [formatIpv4(0), '*'],
    details: `reno cwnd:${INITIAL_WINDOW}`,
  };
}

/** A connection: its row, and the line of details below it. */
export function socketRow(connection: TcpConnection): SocketRow {
  const { flow, state, sender, receiver } = connection;
  const waiting = sender.end - Math.max(1, sender.unacknowledged);
  const row = {
    state: STATES[state],
    receive: receiver.queue.waiting,
    send: Math.max(0, waiting),
    local: [formatIpv4(flow.localAddress), String(flow.localPort)],
    peer: [formatIpv4(flow.remoteAddress), String(flow.remotePort)],
  } as const;
  return state === 'TIME-WAIT' ? row : { ...row, details: detailsOf(connection).join(' ') };
}

/** In the order of `ss -i` (tcp_stats_print). */
function detailsOf(connection: TcpConnection): string[] {
  const { sender, receiver, transmitter, counters } = connection;
  const { timer, congestion, mss, recovery } = sender;
  const segments = (bytes: number): number => Math.ceil(bytes / mss);
  const parts: string[] = [];
  // Linux's tp->advmss is what is left of the MSS by the options of every segment.
  const announced = connection.size.announced - (transmitter.timestampsOn ? TIMESTAMPS_BYTES : 0);
  if (transmitter.timestampsOn) parts.push('ts');
  if (recovery.sackOn) parts.push('sack');
  parts.push('reno');
  if (transmitter.scalingOn) parts.push(`wscale:${connection.peerScale},${receiver.scale}`);
  parts.push(`rto:${milliseconds(timer.timeout)}`);
  if (timer.backoffs > 0) parts.push(`backoff:${timer.backoffs}`);
  if (timer.smoothed > 0) {
    parts.push(`rtt:${milliseconds(timer.smoothed)}/${milliseconds(timer.variation)}`);
  }
  parts.push(`mss:${mss}`, `pmtu:${connection.size.pathMtu}`, `rcvmss:${receiver.largestSegment}`);
  parts.push(`advmss:${announced}`, `cwnd:${segments(congestion.window)}`);
  if (congestion.threshold < INFINITE_THRESHOLD) {
    parts.push(`ssthresh:${segments(congestion.threshold)}`);
  }
  parts.push(`bytes_acked:${Math.max(0, sender.unacknowledged - 1)}`);
  parts.push(`bytes_received:${Math.max(0, receiver.queue.next - 1)}`);
  parts.push(`segs_out:${counters.TcpOutSegs + counters.TcpRetransSegs}`);
  parts.push(`segs_in:${counters.TcpInSegs}`);
  const unacknowledged = sender.highest - sender.unacknowledged;
  if (unacknowledged > 0) parts.push(`unacked:${segments(unacknowledged)}`);
  if (counters.TcpRetransSegs > 0)
    parts.push(`retrans:${sender.retries}/${counters.TcpRetransSegs}`);
  if (recovery.scoreboard.sacked.bytes > 0) {
    parts.push(`sacked:${segments(recovery.scoreboard.sacked.bytes)}`);
  }
  parts.push(`rcv_space:${receiver.bufferBytes}`);
  parts.push(`snd_wnd:${sender.window.size}`, `rcv_wnd:${receiver.promised}`);
  return parts;
}

/** `204`, `3.917`: as printf's %g would. */
function milliseconds(nanoseconds: number): string {
  return String(Math.round(nanoseconds / 1000) / 1000);
}
