/** The persist timer (RFC 9293 §3.8.6.1): when to probe a window that keeps data from being sent. */
import { NEVER, type RetransmissionTimer } from './retransmission-timer.js';

export class PersistTimer {
  /** When it runs out, ns; `NEVER`: it does not run. */
  at: number;
  /** Behind the byte that was sent as a probe: it may be acknowledged. */
  probeEnd: number;
  /** Probes since the peer was heard last. */
  unanswered: number;
  /** Probes since the window closed: each doubles the time to the next. */
  private probes: number;
  private readonly timer: RetransmissionTimer;

  /** `timer`: whose timeout it begins with. */
  constructor(timer: RetransmissionTimer) {
    this.at = NEVER;
    this.probeEnd = 0;
    this.unanswered = 0;
    this.probes = 0;
    this.timer = timer;
  }

  /** Starts it, unless it runs. */
  start(now: number): void {
    if (this.at === NEVER) this.at = now + this.timer.after(this.probes);
  }

  stop(): void {
    this.at = NEVER;
  }

  /** The window has opened. */
  opened(): void {
    this.at = NEVER;
    this.probes = 0;
  }

  /** The byte at `position` was sent as a probe. */
  probed(position: number, now: number): void {
    this.probeEnd = position + 1;
    this.probes += 1;
    this.unanswered += 1;
    this.at = now + this.timer.after(this.probes);
  }
}
