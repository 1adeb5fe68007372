/** A connection between the same two ends as one that is in TIME-WAIT, and takes its place (RFC 9293 §3.6.1). */
import { TCP_FLAG } from '../../headers/numbers.js';
import type { TcpConnection } from './connection.js';
import type { SegmentIn } from './segment-in.js';
import { isBefore, positionOf, sequenceAt } from './sequence.js';
import type { TcpSettings } from './settings.js';

const { ACK, RST, SYN } = TCP_FLAG;
/** By how much its numbers lie above, as Linux has it: more than a window that is not scaled. */
const GAP = 65_535 + 2;

/**
 * Whether a segment is a SYN that is newer than all of a connection in TIME-WAIT: by its number (RFC
 * 9293 §3.6.1, MAY-2) or by its timestamp (RFC 6191).
 */
export function beginsAnew(connection: TcpConnection, segment: SegmentIn): boolean {
  if (connection.state !== 'TIME-WAIT') return false;
  if (!segment.has(SYN) || segment.has(ACK | RST)) return false;
  const { irs, queue } = connection.receiver;
  if (positionOf(segment.seq, irs, queue.next) > queue.next) return true;
  const { timestampsOn, recentTimestamp } = connection.transmitter;
  return timestampsOn && segment.hasTimestamps && isBefore(recentTimestamp, segment.timestamp);
}

/** The settings of the new connection: its numbers lie above those of the old one. */
export function successorOf({ sender }: TcpConnection, settings: TcpSettings): TcpSettings {
  const initialSequence = sequenceAt(sender.iss, sender.highest + GAP);
  return { ...settings, initialSequence: settings.initialSequence ?? initialSequence };
}
