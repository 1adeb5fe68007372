/** What a segment does to a connection, by its state: "SEGMENT ARRIVES", RFC 9293 §3.10.7. */
import { TCP_FLAG } from '../../headers/numbers.js';
import type { TcpConnection } from './connection.js';
import { establish, takeSyn } from './handshake.js';
import type { SegmentIn } from './segment-in.js';
import { isBefore, positionOf, sequenceAt } from './sequence.js';

const { ACK, FIN, RST, SYN } = TCP_FLAG;
/** A timestamp that old says nothing any more: 24 days (RFC 7323 §5.5). */
const TIMESTAMP_LIFE = 24 * 86_400e9;

/** Takes a segment for this connection, which is not in LISTEN. */
export function segmentArrives(connection: TcpConnection, segment: SegmentIn): void {
  const { state } = connection;
  if (state === 'CLOSED') return;
  connection.counters.TcpInSegs += 1;
  connection.enter();
  if (state === 'SYN-SENT') arrivesInSynSent(connection, segment);
  else arrivesSynchronized(connection, segment);
  connection.leave();
}

/** RFC 9293 §3.10.7.3. */
function arrivesInSynSent(connection: TcpConnection, segment: SegmentIn): void {
  const { sender } = connection;
  const acks = segment.has(ACK);
  const ack = acks ? positionOf(segment.ack, sender.iss, 0) : 0;
  if (acks && (ack <= 0 || ack > sender.highest)) {
    if (!segment.has(RST)) connection.transmitter.reset(segment.ack, false);
    return;
  }
  if (segment.has(RST)) {
    if (acks) connection.fail('ECONNREFUSED');
    return;
  }
  if (!segment.has(SYN)) return;
  takeSyn(connection, segment);
  if (acks) {
    connection.receiver.ackNow = true;
    sender.acknowledged(ack, segment, 0, segment.window, false);
    establish(connection);
  } else {
    // Both have opened at once: the SYN goes out again, with an acknowledgment.
    connection.state = 'SYN-RECEIVED';
    connection.transmitter.acknowledge('acknowledgment');
  }
}

/** RFC 9293 §3.10.7.4: every state but CLOSED, LISTEN and SYN-SENT. */
function arrivesSynchronized(connection: TcpConnection, segment: SegmentIn): void {
  const { receiver } = connection;
  const seq = positionOf(segment.seq, receiver.irs, receiver.queue.next);
  const opening = connection.state === 'SYN-RECEIVED' && segment.has(SYN) && seq === 0;
  if (opening && !segment.has(ACK)) {
    // The peer has not had our SYN-ACK.
    connection.transmitter.acknowledge('acknowledgment');
    return;
  }
  if (segment.has(SYN) && !segment.has(RST) && !opening) {
    // Wherever it stands, and with whatever timestamp: it may be forged, and a peer that has truly
    // begun anew answers with a reset (RFC 5961 §4).
    connection.counters.TcpExtTCPSYNChallenge += 1;
    connection.challenge();
    return;
  }
  // A SYN-ACK that crosses ours: only its acknowledgment is news (simultaneous open, figure 7).
  const start = opening ? 1 : seq;
  if (!opening && !passesTimestamps(connection, segment, seq)) return;
  if (!acceptable(connection, segment, start)) {
    if (!segment.has(RST)) answerUnacceptable(connection, segment, start);
    return;
  }
  if (segment.has(RST)) {
    arrivesReset(connection, start);
    return;
  }
  if (!segment.has(ACK) || !takeAcknowledgment(connection, segment, start)) return;
  takeText(connection, segment, start);
}

/** Protection against wrapped sequence numbers (RFC 7323 §5.3). */
function passesTimestamps(connection: TcpConnection, segment: SegmentIn, seq: number): boolean {
  const { transmitter } = connection;
  if (!transmitter.timestampsOn || segment.has(RST)) return true;
  // RFC 7323 §3.2: where timestamps were agreed on, every segment has one.
  if (!segment.hasTimestamps) return false;
  if (!isOld(connection, segment)) return true;
  if (isOvertakenAck(connection, segment, seq)) {
    connection.counters.TcpExtPAWSOldAck += 1;
    return false;
  }
  connection.counters.TcpExtPAWSEstab += 1;
  answerUnacceptable(connection, segment, seq);
  return false;
}

/** Whether a segment's timestamp is older than one that came before, and is not too long ago. */
export function isOld({ transmitter, now }: TcpConnection, { timestamp }: SegmentIn): boolean {
  if (!isBefore(timestamp, transmitter.recentTimestamp)) return false;
  return now - transmitter.recentAt <= TIMESTAMP_LIFE;
}

/** An acknowledgment that a newer one has overtaken: it needs no answer (Linux's tcp_disordered_ack_check). */
function isOvertakenAck(
  { sender, receiver }: TcpConnection,
  segment: SegmentIn,
  seq: number,
): boolean {
  if (segment.length > 0 || segment.has(FIN | SYN) || seq !== receiver.queue.next) return false;
  return positionOf(segment.ack, sender.iss, sender.unacknowledged) <= sender.unacknowledged;
}

/**
 * Whether a segment lies in the window. As in Linux (tcp_sequence), one without data may stand at the window's
 * right edge, where RFC 9293 stops before it: there a peer that has filled the window acknowledges from.
 */
function acceptable(connection: TcpConnection, segment: SegmentIn, seq: number): boolean {
  const { queue, edge } = connection.receiver;
  const { next } = queue;
  const length = segment.length + (segment.has(FIN) ? 1 : 0);
  if (length === 0) return seq >= next && seq <= Math.max(edge, next);
  // A window of zero takes no data, but what a probe acknowledges counts (§3.10.7.4).
  if (seq === next) return true;
  return seq < edge && seq + length > next;
}

function answerUnacceptable(connection: TcpConnection, segment: SegmentIn, seq: number): void {
  const { receiver } = connection;
  if (connection.state === 'TIME-WAIT' && segment.has(FIN)) connection.waitTime();
  if (segment.length === 0 && !segment.has(FIN)) {
    const asked = seq === receiver.queue.next - 1;
    connection.answerInvalid(asked ? 'keep-alive acknowledgment' : 'acknowledgment');
    return;
  }
  if (seq < receiver.queue.next)
    receiver.old(seq, Math.min(segment.length, receiver.queue.next - seq));
  else if (receiver.promised === 0) connection.counters.TcpExtTCPZeroWindowDrop += 1;
  receiver.ackNow = true;
}

/**
 * Only a reset at the very next position is believed (RFC 5961 §3). In CLOSING and LAST-ACK, too, it is a
 * failure, as in Linux (tcp_reset): what was written may wait to be sent still.
 */
function arrivesReset(connection: TcpConnection, seq: number): void {
  if (seq !== connection.receiver.queue.next) {
    connection.challenge();
    return;
  }
  const { state } = connection;
  if (state === 'SYN-RECEIVED') connection.fail('ECONNREFUSED');
  else if (state === 'TIME-WAIT') {
    connection.close();
    connection.application.finish();
  } else connection.fail('ECONNRESET');
}

/** The ACK field; false: the segment is to be dropped. */
function takeAcknowledgment(connection: TcpConnection, segment: SegmentIn, seq: number): boolean {
  const { sender } = connection;
  const ack = positionOf(segment.ack, sender.iss, sender.unacknowledged);
  const opening = connection.state === 'SYN-RECEIVED';
  if (opening && (ack <= sender.unacknowledged || ack > sender.highest)) {
    connection.transmitter.reset(segment.ack, false);
    return false;
  }
  // What acknowledges what was never sent, or long ago, may be forged (RFC 5961 §5).
  if (ack > sender.acknowledgeable || ack < sender.unacknowledged - sender.window.largest) {
    connection.challenge();
    return false;
  }
  keepTimestamp(connection, segment, seq);
  const plain = segment.length === 0 && !segment.has(FIN);
  sender.acknowledged(ack, segment, seq, windowOf(connection, segment), plain);
  connection.keepAlive.heard(connection.now);
  if (opening) establish(connection);
  if (sender.finAcknowledged) finAcknowledged(connection);
  return !connection.closed;
}

/**
 * The peer's newest timestamp (RFC 7323 §4.3). As in Linux only of a segment whose acknowledgment is right:
 * one from the future would have all that come after it taken for old.
 */
function keepTimestamp(connection: TcpConnection, segment: SegmentIn, seq: number): void {
  const { transmitter, receiver } = connection;
  if (!transmitter.timestampsOn || !segment.hasTimestamps || seq > receiver.acknowledged) return;
  if (!isOld(connection, segment)) transmitter.takeTimestamp(segment);
}

function windowOf(connection: TcpConnection, segment: SegmentIn): number {
  return segment.has(SYN) ? segment.window : segment.window * (1 << connection.peerScale);
}

function finAcknowledged(connection: TcpConnection): void {
  switch (connection.state) {
    case 'FIN-WAIT-1':
      connection.state = 'FIN-WAIT-2';
      break;
    case 'CLOSING':
      connection.waitTime();
      break;
    case 'LAST-ACK':
      connection.close();
      connection.application.finish();
      break;
    default:
  }
}

/** The data, and the FIN. */
function takeText(connection: TcpConnection, segment: SegmentIn, seq: number): void {
  const { receiver, state, now } = connection;
  if (state !== 'ESTABLISHED' && state !== 'FIN-WAIT-1' && state !== 'FIN-WAIT-2') {
    // The peer has sent its FIN before: what comes now was sent again.
    if (segment.length > 0 || segment.has(FIN)) answerUnacceptable(connection, segment, seq);
    return;
  }
  const { dataStart, dataEnd, bytes, length } = segment;
  const fin = segment.has(FIN);
  // What was cut off at the window's edge takes the FIN with it.
  if (fin && (length === 0 || seq + length <= receiver.edge)) receiver.finAt = seq + length;
  if (length > 0) {
    const early = receiver.queue.early.bytes;
    receiver.take(bytes, dataStart, dataEnd, seq, now);
    if (connection.noting && receiver.queue.early.bytes > early) {
      const missing = sequenceAt(receiver.irs, receiver.queue.next);
      connection.note(`Out of order: keep it, ask for seq=${missing}`);
    }
  }
  if (length === 0 && fin && seq !== receiver.queue.next) receiver.ackNow = true;
  const ended = receiver.takeFin();
  if (ended) finArrived(connection);
  if (length > 0 || ended) connection.application.deliver();
}

function finArrived(connection: TcpConnection): void {
  switch (connection.state) {
    case 'ESTABLISHED':
      connection.state = connection.sender.finQueued ? 'LAST-ACK' : 'CLOSE-WAIT';
      break;
    case 'FIN-WAIT-1':
      connection.state = 'CLOSING';
      break;
    case 'FIN-WAIT-2':
      connection.waitTime();
      break;
    default:
  }
}
