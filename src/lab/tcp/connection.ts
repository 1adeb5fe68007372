/**
 * A TCP connection (RFC 9293) without a network: segments come in by `segmentArrives` (`arrival.ts`,
 * which knows what they do in each state), go out by `io.transmit`, and time passes when `timerFired`
 * is called. Its two halves: `sender.ts`, `receiver.ts`; what they want said: `transmitter.ts`.
 */
import { PacketError } from '../../bytes/error.js';
import { type TcpCounters, tcpCounters } from './counters.js';
import type { TcpFailure, TcpHandler } from './handler.js';
import type { TcpFlow, TcpIo } from './io.js';
import { Receiver } from './receiver.js';
import { NEVER } from './retransmission-timer.js';
import type { SegmentIn } from './segment-in.js';
import { type SegmentKind, TIMESTAMPS_BYTES } from './segment-out.js';
import { Sender } from './sender.js';
import { DEFAULT_MSS, MIN_MSS, type TcpSettings, windowScaleFor } from './settings.js';
import { Transmitter } from './transmitter.js';

const MS = 1e6;
/** Bytes of an IPv4 and a TCP header, by which a segment is smaller than the path's MTU. */
export const HEADERS_BYTES = 40;
/** Acknowledgments that answer segments without data are this far apart (net.ipv4.tcp_invalid_ratelimit). */
const INVALID_INTERVAL = 500 * MS;

/** RFC 9293 §3.3.2. */
export type TcpState =
  | 'CLOSED'
  | 'LISTEN'
  | 'SYN-SENT'
  | 'SYN-RECEIVED'
  | 'ESTABLISHED'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'CLOSE-WAIT'
  | 'CLOSING'
  | 'LAST-ACK'
  | 'TIME-WAIT';

/** What an application holds. `Tcp.connect` makes them, and `TcpListener.accept` is given them. */
export class TcpConnection {
  readonly flow: TcpFlow;
  readonly settings: TcpSettings;
  readonly counters: TcpCounters;
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly transmitter: Transmitter;
  state: TcpState;
  handler: TcpHandler;
  /** Bits by which the peer's windows are shifted. */
  peerScale: number;
  /** When TIME-WAIT ends; `NEVER`: it has not begun. */
  timeWaitAt: number;
  readonly io: TcpIo;
  /** The path's MTU, bytes. */
  private pathMtu: number;
  /** The MSS that the peer has announced. */
  private peerMss: number;
  /** Calls that are under way: only the outermost sends. */
  private depth: number;
  private paused: boolean;
  /** `write` has answered false. */
  private full: boolean;
  /** Both sides have sent all, or the connection has failed. */
  private over: boolean;
  /** The application was told of the peer's end, and of the connection's. */
  private endTold: boolean;
  private closedTold: boolean;
  /** When a segment that can't be right was answered last. */
  private answeredAt: number;
  /** What `io.setTimer` was asked for. */
  private timerAt: number;

  constructor(flow: TcpFlow, settings: TcpSettings, io: TcpIo, mtu: number, handler: TcpHandler) {
    this.flow = flow;
    this.settings = settings;
    this.io = io;
    this.handler = handler;
    this.counters = tcpCounters();
    this.transmitter = new Transmitter(this);
    const iss = settings.initialSequence ?? io.random();
    this.sender = new Sender(this.transmitter, settings, this.counters, iss);
    this.receiver = new Receiver(settings, this.counters);
    this.state = 'CLOSED';
    this.peerScale = 0;
    this.timeWaitAt = NEVER;
    this.pathMtu = mtu;
    this.peerMss = DEFAULT_MSS;
    this.depth = 0;
    this.paused = false;
    this.full = false;
    this.endTold = false;
    this.over = false;
    this.closedTold = false;
    this.answeredAt = Number.NEGATIVE_INFINITY;
    this.timerAt = NEVER;
  }

  get now(): number {
    return this.io.now;
  }

  get noting(): boolean {
    return this.io.noting;
  }

  note(text: string): void {
    this.io.note(text);
  }

  /** Opens the connection: sends the SYN. */
  open(): void {
    this.enter();
    this.counters.TcpActiveOpens += 1;
    this.state = 'SYN-SENT';
    this.receiver.scale = this.settings.windowScaling ? windowScaleFor(this.settings) : 0;
    this.sender.start();
    this.leave();
  }

  /** Answers a SYN that has come to a listening port. */
  accept(segment: SegmentIn): void {
    this.enter();
    this.counters.TcpPassiveOpens += 1;
    this.takeSyn(segment);
    this.state = 'SYN-RECEIVED';
    this.sender.start();
    this.leave();
  }

  /** Takes what a SYN says (RFC 9293 §3.10.7.2 and 3.10.7.3): the options that both ends have are on. */
  takeSyn(segment: SegmentIn): void {
    const { settings, receiver, sender, transmitter } = this;
    receiver.start(segment.seq);
    this.peerMss = Math.max(MIN_MSS, segment.mss === 0 ? DEFAULT_MSS : segment.mss);
    const scaling = settings.windowScaling && segment.windowScale >= 0;
    this.peerScale = scaling ? segment.windowScale : 0;
    receiver.scale = scaling ? windowScaleFor(settings) : 0;
    transmitter.timestampsOn = settings.timestamps && segment.hasTimestamps;
    transmitter.scalingOn = scaling;
    if (transmitter.timestampsOn) transmitter.takeTimestamp(segment);
    sender.recovery.sackOn = settings.sack && segment.sackPermitted;
    sender.mss = this.effectiveMss();
  }

  /** Bytes of data in a full segment (RFC 9293 §3.7.1, RFC 6691). */
  private effectiveMss(): number {
    const most = Math.min(this.peerMss, Math.max(MIN_MSS, this.pathMtu - HEADERS_BYTES));
    return most - (this.transmitter.timestampsOn ? TIMESTAMPS_BYTES : 0);
  }

  /** The MSS that this end announces: what the path's MTU leaves. */
  get announcedMss(): number {
    return Math.min(this.settings.mss, this.pathMtu - HEADERS_BYTES);
  }

  /** The handshake is done. */
  establish(): void {
    this.state = 'ESTABLISHED';
    this.sender.establish();
    if (this.noting) this.note('Connection established!');
    // The third segment of the handshake goes by itself, unless data waits for it already.
    const { queue } = this.sender;
    if (this.receiver.ackNow && queue.bytes === 0) this.transmitter.acknowledge('acknowledgment');
    this.handler.connected?.(this);
    // What was written and ended before the handshake was done.
    if (this.state === 'ESTABLISHED' && this.sender.finQueued) this.state = 'FIN-WAIT-1';
  }

  // What the application calls.

  /**
   * Sends bytes, which must not change until the peer has them. False: more waits than the send
   * buffer holds, and `drained` will be called when there is room again.
   *
   * @throws PacketError `BAD_VALUE` after `end`, and where the connection is closed.
   */
  write(bytes: Uint8Array): boolean {
    if (this.sender.finQueued || this.over || this.state === 'CLOSED') {
      throw new PacketError('BAD_VALUE', 'write after the connection was ended or closed', {
        layer: 'tcp',
      });
    }
    this.enter();
    this.sender.queue.push(bytes);
    this.leave();
    if (this.sender.queue.bytes < this.sendBuffer) return true;
    this.full = true;
    return false;
  }

  /** Sends a FIN behind what was written; the peer may go on sending (RFC 9293 §3.10.4). */
  end(): void {
    if (this.sender.finQueued || this.over || this.state === 'CLOSED') return;
    this.enter();
    this.sender.finQueued = true;
    if (this.state === 'ESTABLISHED') this.state = 'FIN-WAIT-1';
    else if (this.state === 'CLOSE-WAIT') this.state = 'LAST-ACK';
    this.leave();
  }

  /** Gives the connection up: sends a reset (RFC 9293 §3.10.5). */
  abort(): void {
    if (this.state === 'CLOSED') return;
    if (this.state !== 'SYN-SENT' && this.state !== 'TIME-WAIT') this.transmitter.abort();
    this.fail('ECONNABORTED');
  }

  /** The reader stops reading: the window fills up. */
  pause(): void {
    this.paused = true;
  }

  /** The reader goes on reading. */
  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.enter();
    this.deliver();
    this.leave();
  }

  /** Bytes above which `write` answers false. */
  private get sendBuffer(): number {
    const { sendBuffer, wmem } = this.settings;
    if (sendBuffer !== undefined) return sendBuffer;
    return Math.min(wmem[2], Math.max(wmem[1], 2 * this.sender.congestion.window));
  }

  // What the network calls, or `arrival.ts` for it.

  /** The path takes packets of so many bytes at most (RFC 1191 §6.4; RFC 8201 for the idea). */
  mtuReduced(mtu: number): void {
    if (mtu >= this.pathMtu || this.state === 'CLOSED') return;
    this.enter();
    this.pathMtu = mtu;
    this.sender.shrink(this.effectiveMss());
    this.leave();
  }

  get closed(): boolean {
    return this.state === 'CLOSED';
  }

  /** The path's MTU, as far as it is known, bytes. */
  get mtu(): number {
    return this.pathMtu;
  }

  /** The network can't reach the peer: that ends only what is not established (RFC 9293 §3.9.2.2). */
  unreachable(reason: TcpFailure): void {
    if (this.state === 'SYN-SENT' || this.state === 'SYN-RECEIVED') this.fail(reason);
  }

  /** The time that `setTimer` was given has come. */
  timerFired(): void {
    this.timerAt = NEVER;
    this.enter();
    const { now, sender, receiver } = this;
    if (this.timeWaitAt <= now) {
      this.counters.TcpExtTW += 1;
      this.close();
    }
    if (receiver.ackAt <= now) {
      this.counters.TcpExtDelayedACKs += 1;
      receiver.ackNow = true;
    }
    if (sender.retransmitAt <= now) sender.timeout();
    if (sender.persist.at <= now) sender.probe();
    this.leave();
  }

  /** A call begins that may make something to send: `leave` ends it. */
  enter(): void {
    this.depth += 1;
  }

  /** At the end of the outermost call: sends what is due, and sets the timer. */
  leave(): void {
    this.depth -= 1;
    if (this.depth > 0) return;
    if (this.state !== 'CLOSED') {
      this.depth = 1;
      this.sender.output();
      if (this.receiver.ackNow) this.transmitter.acknowledge('acknowledgment');
      this.tellDrained();
      this.depth = 0;
    }
    this.setTimer();
  }

  private tellDrained(): void {
    const { queue } = this.sender;
    if (!this.full || queue.bytes > this.sendBuffer / 2) return;
    this.full = false;
    this.handler.drained?.(this);
    if (this.state !== 'CLOSED') this.sender.output();
  }

  private setTimer(): void {
    const { sender, receiver, timeWaitAt } = this;
    const soonest = Math.min(sender.retransmitAt, sender.persist.at, receiver.ackAt, timeWaitAt);
    // A timer that comes too soon does no harm, and most acknowledgments only put it off.
    if (soonest >= this.timerAt && soonest !== NEVER && timeWaitAt === NEVER) return;
    if (soonest === this.timerAt) return;
    this.timerAt = soonest;
    this.io.setTimer(soonest, timeWaitAt !== NEVER);
  }

  /** Gives the reader what it has not read, and then the end. */
  deliver(): void {
    const { receiver } = this;
    const { queue } = receiver;
    let bytes: Uint8Array | undefined;
    // Also when the connection is over: what has come is still to be read.
    while (!this.paused) {
      bytes = queue.read();
      if (bytes === undefined) break;
      this.handler.data?.(bytes, this);
    }
    if (this.state !== 'CLOSED') {
      receiver.measureReader(this.now, this.sender.timer.smoothed);
      // What is due anyway tells it, too.
      if (!receiver.ackNow && receiver.roomMade()) this.transmitter.acknowledge('window update');
    }
    if (receiver.finAt < queue.next && queue.waiting === 0 && !this.endTold && !this.paused) {
      this.endTold = true;
      this.handler.ended?.(this);
      this.tellClosed();
    }
  }

  /** Both sides have sent all: the application is told once, after it has read all. */
  finish(): void {
    this.over = true;
    this.tellClosed();
  }

  private tellClosed(): void {
    if (!this.over || !this.endTold || this.closedTold) return;
    this.closedTold = true;
    this.handler.closed?.(this);
  }

  /** Goes to TIME-WAIT, or begins its time anew. */
  waitTime(): void {
    this.sender.stop();
    this.timeWaitAt = this.now + this.settings.timeWait;
    if (this.state === 'TIME-WAIT') return;
    this.state = 'TIME-WAIT';
    this.finish();
  }

  /** The connection is gone. */
  fail(reason: TcpFailure): void {
    const told = this.closedTold;
    this.over = true;
    this.endTold = true;
    this.closedTold = true;
    if (this.state === 'SYN-SENT' || this.state === 'SYN-RECEIVED') {
      this.counters.TcpAttemptFails += 1;
    } else if (this.state === 'ESTABLISHED' || this.state === 'CLOSE-WAIT') {
      this.counters.TcpEstabResets += 1;
    }
    this.receiver.stop();
    this.close();
    if (!told) this.handler.failed?.(reason, this);
  }

  /** Goes to CLOSED. */
  close(): void {
    this.state = 'CLOSED';
    this.sender.stop();
    this.receiver.ackNow = false;
    this.receiver.ackAt = NEVER;
    this.timeWaitAt = NEVER;
    this.setTimer();
    this.io.closed();
  }

  /** Nothing came back for too long. */
  timedOut(): void {
    this.counters.TcpExtTCPAbortOnTimeout += 1;
    this.fail('ETIMEDOUT');
  }

  /** Answers what may be forged with an acknowledgment (RFC 5961). */
  challenge(): void {
    if (!this.answerInvalid('challenge')) return;
    this.counters.TcpExtTCPChallengeACK += 1;
  }

  /** Answers a segment that can't be right, but not too often: two ends could answer each other for ever. */
  answerInvalid(kind: SegmentKind): boolean {
    if (this.now - this.answeredAt < INVALID_INTERVAL) return false;
    this.answeredAt = this.now;
    this.transmitter.acknowledge(kind);
    return true;
  }
}
