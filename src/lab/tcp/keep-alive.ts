/** Keep-alive (RFC 9293 §3.8.4, RFC 1122 §4.2.3.6): asks a peer that says nothing whether it is there. */
import { NEVER } from './retransmission-timer.js';
import type { TcpSettings } from './settings.js';

/** What is to be done when the timer has run out. */
export type KeepAliveStep = 'wait' | 'probe' | 'give up';

export class KeepAlive {
  /** When it runs out, ns; `NEVER`: it does not run. */
  at: number;
  /** Probes since the peer was heard last. */
  unanswered: number;
  private heardAt: number;
  private readonly settings: TcpSettings;

  constructor(settings: TcpSettings) {
    this.at = NEVER;
    this.unanswered = 0;
    this.heardAt = 0;
    this.settings = settings;
  }

  /** The connection is established: it begins, where it is asked for. */
  start(now: number): void {
    this.heardAt = now;
    if (this.settings.keepAlive) this.at = now + this.settings.keepAliveTime;
  }

  stop(): void {
    this.at = NEVER;
  }

  /** The peer has acknowledged something. The timer goes on: when it runs out it looks how long ago. */
  heard(now: number): void {
    this.heardAt = now;
    this.unanswered = 0;
  }

  /**
   * The timer has run out; it is set anew. `busy`: something waits to be sent or acknowledged, so
   * that other timers watch over the peer (Linux's tcp_keepalive_timer).
   */
  due(now: number, busy: boolean): KeepAliveStep {
    const { keepAliveTime, keepAliveInterval, keepAliveProbes } = this.settings;
    const silent = now - this.heardAt;
    if (busy || silent < keepAliveTime) {
      this.at = now + (busy ? keepAliveTime : keepAliveTime - silent);
      return 'wait';
    }
    if (this.unanswered >= keepAliveProbes) {
      this.at = NEVER;
      return 'give up';
    }
    this.unanswered += 1;
    this.at = now + keepAliveInterval;
    return 'probe';
  }
}
