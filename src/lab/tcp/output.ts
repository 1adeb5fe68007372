/**
 * What a sender sends next, if anything: what is lost, then what is new, as far as windows allow.
 *
 * RFC 9293 §3.7.4 (Nagle) and §3.8.6.2.1 (silly windows), RFC 6675 §5 (recovery), RFC 3042 (limited
 * transmit: the pipe of `loss-recovery.ts` lets it happen).
 */
import type { Sender } from './sender.js';

/** Sends one segment, if one may be sent now; answers whether there may be more. */
export function sendNext(sender: Sender): boolean {
  const { recovery } = sender;
  if (recovery.headDue) {
    recovery.headDue = false;
    sender.resend(sender.unacknowledged, 'fast retransmission');
    return true;
  }
  const pipe = recovery.pipe(sender);
  const room = sender.congestion.window - pipe;
  if (sender.next < sender.highest) return resendNext(sender, pipe === 0 ? sender.mss : room);
  if (sender.unacknowledged === 0) return false;
  if (recovery.phase === 'recovery' && recovery.sackOn) return sendInRecovery(sender, room);
  return sendNew(sender, room);
}

/** After a timeout: goes once more through what was sent, and leaves out what the peer has. */
function resendNext(sender: Sender, room: number): boolean {
  sender.next = Math.min(sender.highest, sender.recovery.scoreboard.skipSacked(sender.next));
  if (sender.next === sender.highest) return true;
  if (room < sender.mss) return holdBack(sender);
  sender.resend(sender.next, 'retransmission');
  return true;
}

/** RFC 6675 §5, step C, with the rules of NextSeg in their order. */
function sendInRecovery(sender: Sender, room: number): boolean {
  const { unacknowledged, mss } = sender;
  const { scoreboard } = sender.recovery;
  if (room < mss) return holdBack(sender);
  const hole = scoreboard.nextHole(unacknowledged);
  const lost = hole >= 0 && hole < scoreboard.lostBelow(mss);
  if (!lost && sendNew(sender, room)) return true;
  if (hole >= 0) {
    sender.resend(hole, 'fast retransmission');
    return true;
  }
  return rescue(sender);
}

/**
 * Sends the last segment again, once in a recovery (NextSeg, rule 4): but not before everything that
 * duplicates told of is acknowledged, or each recovery at the end of the data would do so in vain.
 */
function rescue(sender: Sender): boolean {
  const { unacknowledged, highest, mss } = sender;
  const { scoreboard } = sender.recovery;
  const { highestResent } = scoreboard;
  if (scoreboard.rescued || scoreboard.sacked.count > 0 || highestResent >= highest) return false;
  scoreboard.rescued = true;
  sender.resend(Math.max(unacknowledged, highest - mss), 'fast retransmission');
  // It does not count as sent again.
  scoreboard.highestResent = highestResent;
  return true;
}

function holdBack(sender: Sender): boolean {
  sender.congested = true;
  return false;
}

/** Sends new data, or the FIN, if window, congestion window, Nagle and silly window avoidance allow. */
function sendNew(sender: Sender, room: number): boolean {
  const { next, queue, unacknowledged: una, link } = sender;
  if (next >= sender.end) return false;
  const most = sender.mss - link.optionsNow;
  const waiting = queue.end - next;
  const usable = una + sender.window.size - next;
  const data = Math.min(waiting, most, usable);
  if (data < 0 || (data === 0 && waiting > 0)) return false;
  const fin = sender.finQueued && data === waiting && usable > data;
  if (data === 0 && !fin) return false;
  if (data < most && !worthSending(sender, data, waiting)) return false;
  if (room < data && next > una) return holdBack(sender);
  const idle = next === una && link.now - sender.lastSentAt > sender.timer.timeout;
  if (idle) sender.congestion.idle();
  sender.send(next, data + (fin ? 1 : 0), 'new');
  return true;
}

/** Whether a segment that is not full is sent now (RFC 9293 §3.7.4, §3.8.6.2.1). */
function worthSending(sender: Sender, data: number, waiting: number): boolean {
  const idle = sender.next === sender.unacknowledged;
  const { nagle } = sender.settings;
  if (data === waiting) return idle || sender.finQueued || !nagle;
  return (idle || !nagle) && data >= sender.window.largest / 2;
}
