/** The handshake: what a SYN says is agreed on, and then the connection is established. */
import type { TcpConnection } from './connection.js';
import type { SegmentIn } from './segment-in.js';
import { windowScaleFor } from './settings.js';

/** Takes what a SYN says (RFC 9293 §3.10.7.2 and 3.10.7.3): the options that both ends have are on. */
export function takeSyn(connection: TcpConnection, segment: SegmentIn): void {
  const { settings, receiver, sender, transmitter, size } = connection;
  receiver.start(segment.seq);
  size.takeSyn(segment);
  const scaling = settings.windowScaling && segment.windowScale >= 0;
  connection.peerScale = scaling ? segment.windowScale : 0;
  receiver.scale = scaling ? windowScaleFor(settings) : 0;
  transmitter.timestampsOn = settings.timestamps && segment.hasTimestamps;
  transmitter.scalingOn = scaling;
  if (transmitter.timestampsOn) transmitter.takeTimestamp(segment);
  sender.recovery.sackOn = settings.sack && segment.sackPermitted;
  sender.mss = size.effective(transmitter.timestampsOn);
}

/** The handshake is done. */
export function establish(connection: TcpConnection): void {
  const { sender, receiver, transmitter } = connection;
  connection.state = 'ESTABLISHED';
  sender.establish();
  connection.keepAlive.start(connection.now);
  if (connection.noting) connection.note('Connection established!');
  // The third segment of the handshake goes by itself, unless data waits for it already.
  if (receiver.ackNow && sender.queue.bytes === 0) transmitter.acknowledge('acknowledgment');
  connection.handler.connected?.(connection);
  // What was written and ended before the handshake was done.
  if (connection.state === 'ESTABLISHED' && sender.finQueued) connection.state = 'FIN-WAIT-1';
}
