/**
 * The sending half of a connection: what was sent and not acknowledged, and what acknowledgments and
 * timers make of it. What is sent next says `output.ts`. Positions, not sequence numbers
 * (`sequence.ts`); times are nanoseconds.
 *
 * RFC 9293 §3.8 (windows and probes), RFC 5681 and 6582 (fast retransmit and recovery), RFC 6675
 * (with SACK), RFC 6298 (the timer).
 */
import { CongestionWindow } from './congestion.js';
import type { TcpCounters } from './counters.js';
import { LossRecovery, type SendSpace } from './loss-recovery.js';
import { sendNext } from './output.js';
import { PersistTimer } from './persist-timer.js';
import { NEVER, RetransmissionTimer, RTO_RULES } from './retransmission-timer.js';
import { RoundTrip } from './round-trip.js';
import type { SegmentIn } from './segment-in.js';
import type { SegmentKind } from './segment-out.js';
import { SendQueue } from './send-queue.js';
import { SendWindow } from './send-window.js';
import { DEFAULT_MSS, type TcpSettings } from './settings.js';

/** What a sender asks of its connection. */
export interface SenderLink {
  readonly now: number;
  /** Sends [position, position + length) of the stream, SYN and FIN included. */
  emit(position: number, length: number, kind: SegmentKind): void;
  /** Bytes that the options of this moment take from a full segment, timestamps not counted. */
  readonly optionsNow: number;
  /** The round trip that a segment's timestamp tells, ns; -1: it tells none. */
  echoTime(segment: SegmentIn): number;
  /** The peer has had what was sent: the way to it is good. */
  confirm(): void;
  /** The peer does not answer any more. */
  timedOut(): void;
  /** Says what happens, only where `noting`. */
  readonly noting: boolean;
  note(text: string): void;
}

export class Sender implements SendSpace {
  readonly iss: number;
  readonly queue: SendQueue;
  readonly congestion: CongestionWindow;
  readonly timer: RetransmissionTimer;
  readonly persist: PersistTimer;
  readonly recovery: LossRecovery;
  readonly window: SendWindow;
  /** The first position that is not acknowledged (SND.UNA). */
  unacknowledged: number;
  /** What is sent next: behind `highest`, unless what was sent is sent again. */
  next: number;
  /** Behind the last position that was sent (SND.NXT of RFC 9293). */
  highest: number;
  /** Bytes of data in a full segment. */
  mss: number;
  /** The stream ends with a FIN behind the queue's last byte. */
  finQueued: boolean;
  /** When the retransmission timer runs out. */
  retransmitAt: number;
  /** Timeouts in a row. */
  retries: number;
  /** Whether the SYN had to be sent more than once. */
  synRepeated: boolean;
  readonly link: SenderLink;
  readonly settings: TcpSettings;
  private readonly counters: TcpCounters;
  private readonly roundTrip: RoundTrip;
  lastSentAt: number;
  /** The congestion window was what held back the last segment. */
  congested: boolean;

  constructor(link: SenderLink, settings: TcpSettings, counters: TcpCounters, iss: number) {
    this.link = link;
    this.settings = settings;
    this.counters = counters;
    this.iss = iss;
    this.queue = new SendQueue();
    this.congestion = new CongestionWindow(DEFAULT_MSS, settings.initialWindow);
    this.timer = new RetransmissionTimer(RTO_RULES[settings.rto]);
    this.persist = new PersistTimer(this.timer);
    this.recovery = new LossRecovery(counters);
    this.window = new SendWindow();
    this.roundTrip = new RoundTrip();
    this.unacknowledged = 0;
    this.next = 0;
    this.highest = 0;
    this.mss = DEFAULT_MSS;
    this.finQueued = false;
    this.retransmitAt = NEVER;
    this.retries = 0;
    this.synRepeated = false;
    this.lastSentAt = 0;
    this.congested = false;
  }

  /** Behind everything that there is to send. */
  get end(): number {
    return this.queue.end + (this.finQueued ? 1 : 0);
  }

  /** Whether something waits to be sent or acknowledged. */
  get busy(): boolean {
    return this.unacknowledged < this.end;
  }

  /** Whether the peer has acknowledged the FIN. */
  get finAcknowledged(): boolean {
    return this.finQueued && this.unacknowledged > this.queue.end;
  }

  /** The highest position that an acknowledgment may have. */
  get acknowledgeable(): number {
    return Math.max(this.highest, this.persist.probeEnd);
  }

  /** Sends the SYN. */
  start(): void {
    this.send(0, 1, 'new');
  }

  /** The handshake is done. */
  establish(): void {
    this.congestion.open(this.mss, this.synRepeated);
    if (this.synRepeated) this.timer.fallBack();
  }

  /** Sends all that may be sent now. */
  output(): void {
    this.congested = false;
    while (sendNext(this));
    this.watchWindow();
  }

  /** Sends what was sent again, from a position to the next that the peer has: a segment at most. */
  resend(position: number, kind: SegmentKind): void {
    const most = position === 0 ? 1 : this.mss - this.link.optionsNow;
    const length = Math.min(
      most,
      this.recovery.scoreboard.holeEnd(position, this.highest) - position,
    );
    this.send(position, length, kind);
  }

  /** Sends [position, position + length) of the stream, SYN and FIN included. */
  send(position: number, length: number, kind: SegmentKind): void {
    const { link } = this;
    const end = position + length;
    if (end <= this.highest) {
      this.countResent(position);
      this.roundTrip.cancel();
      this.recovery.resent(end);
    } else {
      this.roundTrip.start(end, link.now);
    }
    // Fast recovery goes on behind what was sent; after a timeout all is gone through again.
    if (this.recovery.phase !== 'recovery' || end > this.highest) this.next = end;
    if (end > this.highest) this.highest = end;
    this.lastSentAt = link.now;
    if (this.retransmitAt === NEVER) this.retransmitAt = link.now + this.timer.timeout;
    this.persist.stop();
    link.emit(position, length, kind);
  }

  private countResent(position: number): void {
    const { counters } = this;
    counters.TcpRetransSegs += 1;
    if (position === 0) counters.TcpExtTCPSynRetrans += 1;
    else if (this.recovery.phase === 'recovery') counters.TcpExtTCPFastRetrans += 1;
    else counters.TcpExtTCPSlowStartRetrans += 1;
  }

  /**
   * An acknowledgment, 0 to `acknowledgeable`, of a segment at the peer's position `seq` with a window
   * in bytes; `plain`: without data, SYN and FIN.
   */
  acknowledged(ack: number, segment: SegmentIn, seq: number, window: number, plain: boolean): void {
    this.persist.unanswered = 0;
    const { recovery } = this;
    const told = recovery.takeBlocks(segment, ack, this.iss, this);
    const sameWindow = window === this.window.size;
    const progress = ack > this.unacknowledged || told > 0 || (plain && sameWindow);
    // As Linux's tcp_ack: duplicates tell so, too, but not what comes while nothing is on its way.
    if (progress && ack >= this.unacknowledged && this.highest > this.unacknowledged) {
      this.link.confirm();
    }
    if (ack >= this.unacknowledged) this.takeWindow(window, seq, ack);
    // A peer that has taken its window back and answers is there (RFC 9293 §3.8.6.1): it is not given up.
    if (this.window.size === 0) this.retries = 0;
    if (ack > this.unacknowledged) {
      this.advance(ack, segment);
    } else if (ack === this.unacknowledged && this.highest > ack) {
      const duplicate = recovery.sackOn ? told > 0 : plain && sameWindow;
      if (duplicate && recovery.duplicate(this)) this.recoverFast();
    }
  }

  private recoverFast(): void {
    this.congestion.reduce(this.highest - this.unacknowledged);
    // The timer begins anew with what is sent again.
    this.retransmitAt = NEVER;
    if (this.link.noting) {
      this.link.note(`Duplicate ACKs: a segment is lost, send it again, cwnd ${this.cwnd}`);
    }
  }

  /** The congestion window for notes: `5 segments`. */
  private get cwnd(): string {
    const segments = Math.floor(this.congestion.window / this.mss);
    return segments === 1 ? '1 segment' : `${segments} segments`;
  }

  private takeWindow(size: number, seq: number, ack: number): void {
    const { link, window } = this;
    const wasOpen = window.size > 0;
    if (window.take(size, seq, ack)) this.persist.opened();
    if (wasOpen && window.size === 0 && link.noting) {
      link.note('Zero window: stop sending, probe now and then');
    }
  }

  private advance(ack: number, segment: SegmentIn): void {
    const { congestion, recovery } = this;
    const flight = this.highest - this.unacknowledged;
    const bytes = ack - this.unacknowledged;
    const busy = this.congested || (congestion.inSlowStart && flight * 2 >= congestion.window);
    // Neither the SYN makes the window grow, nor what comes in fast recovery.
    const grows = busy && this.unacknowledged > 0 && recovery.phase !== 'recovery';
    this.takeTime(ack, segment);
    this.queue.release(ack);
    this.unacknowledged = ack;
    if (this.next < ack) this.next = ack;
    if (this.highest < ack) this.highest = ack;
    this.retries = 0;
    const recovered = recovery.advanced(bytes, this);
    if (recovered && !recovery.sackOn) congestion.recovered(this.highest - ack);
    if (grows) congestion.acknowledged(bytes);
    this.retransmitAt = ack < this.highest ? this.link.now + this.timer.timeout : NEVER;
  }

  private takeTime(ack: number, segment: SegmentIn): void {
    const { roundTrip, link } = this;
    const time = roundTrip.running ? roundTrip.take(ack, link.now) : link.echoTime(segment);
    if (time >= 0) this.timer.measured(time);
  }

  /** The retransmission timer has run out (RFC 6298 §5.4 to §5.6). */
  timeout(): void {
    const { settings, unacknowledged: una, highest } = this;
    this.retransmitAt = NEVER;
    if (una === highest) return;
    const limit = una === 0 ? settings.synRetries : settings.retries;
    if (this.retries >= limit) {
      this.link.timedOut();
      return;
    }
    this.counters.TcpExtTCPTimeouts += 1;
    if (una === 0) this.synRepeated = true;
    this.congestion.timedOut(highest - una, this.retries > 0);
    this.retries += 1;
    if (this.link.noting) {
      const waited = Math.round(this.timer.timeout / 1e6);
      this.link.note(`No ACK for ${waited} ms: send again, cwnd ${this.cwnd}`);
    }
    this.timer.backOff();
    this.sendAgain();
    this.output();
  }

  /** A path takes only segments of so many bytes: what was sent is sent again in such (RFC 1191 §6.4). */
  shrink(mss: number): void {
    if (mss >= this.mss) return;
    this.mss = mss;
    this.congestion.setSegment(mss);
    if (this.unacknowledged > 0 && this.unacknowledged < this.highest) this.sendAgain();
  }

  /** A path takes segments of so many bytes again. */
  grow(mss: number): void {
    if (mss <= this.mss) return;
    this.mss = mss;
    this.congestion.setSegment(mss);
  }

  private sendAgain(): void {
    this.recovery.sendAgain(this);
    this.next = this.unacknowledged;
    this.roundTrip.cancel();
  }

  /** Starts the persist timer if only the peer's window keeps anything from being sent. */
  private watchWindow(): void {
    const { unacknowledged: una } = this;
    if (una === 0 || una !== this.highest || this.next >= this.end) this.persist.stop();
    else this.persist.start(this.link.now);
  }

  /** The persist timer has run out: sends what fits, however little, or a byte that does not. */
  probe(): void {
    const { link, next, persist } = this;
    persist.stop();
    if (persist.unanswered >= this.settings.retries) {
      link.timedOut();
      return;
    }
    const usable = Math.min(this.unacknowledged + this.window.size, this.queue.end) - next;
    if (usable > 0) {
      this.send(next, Math.min(usable, this.mss - link.optionsNow), 'new');
      return;
    }
    this.counters.TcpExtTCPWinProbe += 1;
    link.emit(next, 1, 'window probe');
    persist.probed(next, link.now);
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.retransmitAt = NEVER;
    this.persist.stop();
  }
}
