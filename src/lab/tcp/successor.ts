/** A connection between the same two ends as one that is in TIME-WAIT, and takes its place (RFC 9293 §3.6.1). */
import { TCP_FLAG } from '../../headers/numbers.js';
import { isOld } from './arrival.js';
import type { TcpConnection } from './connection.js';
import type { SegmentIn } from './segment-in.js';
import { isBefore, positionOf, sequenceAt } from './sequence.js';
import type { TcpSettings } from './settings.js';

const { ACK, RST, SYN } = TCP_FLAG;
/** By how much its numbers lie above, as Linux has it: more than a window that is not scaled. */
const GAP = 65_535 + 2;

/**
 * Whether a segment is a SYN that is newer than all of a connection in TIME-WAIT: by its number (RFC
 * 9293 §3.6.1, MAY-2) or by its timestamp (RFC 6191). Where that is older, the number does not count, as in
 * Linux (`paws_reject` in tcp_timewait_state_process).
 */
export function beginsAnew(connection: TcpConnection, segment: SegmentIn): boolean {
  if (connection.state !== 'TIME-WAIT') return false;
  if (!segment.has(SYN) || segment.has(ACK | RST)) return false;
  const { irs, queue } = connection.receiver;
  const { timestampsOn, recentTimestamp } = connection.transmitter;
  const stamped = timestampsOn && segment.hasTimestamps;
  if (stamped && isOld(connection, segment)) return false;
  if (positionOf(segment.seq, irs, queue.next) > queue.next) return true;
  return stamped && isBefore(recentTimestamp, segment.timestamp);
}

/** The settings of the new connection: its numbers lie above those of the old one. */
export function successorOf({ sender }: TcpConnection, settings: TcpSettings): TcpSettings {
  const initialSequence = sequenceAt(sender.iss, sender.highest + GAP);
  return { ...settings, initialSequence: settings.initialSequence ?? initialSequence };
}
