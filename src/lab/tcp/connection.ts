/**
 * A TCP connection (RFC 9293) without a network: segments come in by `segmentArrives` (`arrival.ts`,
 * which knows what they do in each state), go out by `io.transmit`, and time passes when `timerFired`
 * is called. Its two halves: `sender.ts`, `receiver.ts`; what they want said: `transmitter.ts`.
 */
import { PacketError } from '../../bytes/error.js';
import { Application } from './application.js';
import { type TcpCounters, tcpCounters } from './counters.js';
import type { TcpFailure, TcpHandler } from './handler.js';
import { takeSyn } from './handshake.js';
import type { TcpFlow, TcpIo } from './io.js';
import { KeepAlive } from './keep-alive.js';
import { Receiver } from './receiver.js';
import { NEVER } from './retransmission-timer.js';
import type { SegmentIn } from './segment-in.js';
import type { SegmentKind } from './segment-out.js';
import { SegmentSize } from './segment-size.js';
import { Sender } from './sender.js';
import { type TcpSettings, windowScaleFor } from './settings.js';
import { Transmitter } from './transmitter.js';

const MS = 1e6;
/** Acknowledgments that answer segments without data are this far apart (net.ipv4.tcp_invalid_ratelimit). */
const INVALID_INTERVAL = 500 * MS;
/** How often a connection looks what its path takes. Linux (tcp_current_mss) does so for each segment. */
const PATH_INTERVAL = 1000 * MS;

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
  readonly application: Application;
  readonly size: SegmentSize;
  readonly keepAlive: KeepAlive;
  state: TcpState;
  handler: TcpHandler;
  /** Bits by which the peer's windows are shifted. */
  peerScale: number;
  /** When TIME-WAIT ends; `NEVER`: it has not begun. */
  timeWaitAt: number;
  readonly io: TcpIo;
  /** Calls that are under way: only the outermost sends. */
  private depth: number;
  /** When a segment that can't be right was answered last. */
  private answeredAt: number;
  /** What `io.setTimer` was asked for. */
  private timerAt: number;
  private timerInBackground: boolean;

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
    this.application = new Application(this);
    this.size = new SegmentSize(mtu, settings.mss);
    this.keepAlive = new KeepAlive(settings);
    this.state = 'CLOSED';
    this.peerScale = 0;
    this.timeWaitAt = NEVER;
    this.depth = 0;
    this.answeredAt = Number.NEGATIVE_INFINITY;
    this.timerAt = NEVER;
    this.timerInBackground = true;
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
    takeSyn(this, segment);
    this.state = 'SYN-RECEIVED';
    this.sender.start();
    this.leave();
  }

  // What the application calls.

  /**
   * Sends bytes, which must not change until the peer has them. False: more waits than the send
   * buffer holds, and `drained` will be called when there is room again.
   *
   * @throws PacketError `BAD_VALUE` after `end`, and where the connection is closed.
   */
  write(bytes: Uint8Array): boolean {
    if (this.ended) {
      throw new PacketError('BAD_VALUE', 'write after the connection was ended or closed', {
        layer: 'tcp',
      });
    }
    this.enter();
    this.sender.queue.push(bytes);
    this.leave();
    return this.application.hasRoom();
  }

  /** Sends a FIN behind what was written; the peer may go on sending (RFC 9293 §3.10.4). */
  end(): void {
    if (this.ended) return;
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
    this.application.paused = true;
  }

  /** The reader goes on reading. */
  resume(): void {
    const { application } = this;
    if (!application.paused) return;
    application.paused = false;
    this.enter();
    application.deliver();
    this.leave();
  }

  /** Whether this end has ended, or the connection: nothing more can be written. */
  private get ended(): boolean {
    return this.sender.finQueued || this.application.over || this.closed;
  }

  // What the network calls, or `arrival.ts` for it.

  /** The path takes packets of so many bytes at most (RFC 1191 §6.4; RFC 8201 for the idea). */
  mtuReduced(mtu: number): void {
    const { size, transmitter } = this;
    if (mtu >= size.pathMtu || this.closed) return;
    this.enter();
    size.pathMtu = mtu;
    this.sender.shrink(size.effective(transmitter.timestampsOn));
    this.leave();
  }

  /** What was learned of the path is forgotten in time: takes larger segments again (RFC 1191 §6.3). */
  private followPath(): void {
    const { size, sender, io, now } = this;
    if (now < size.lookAt) return;
    size.lookAt = now + PATH_INTERVAL;
    const { pathMtu } = io;
    if (pathMtu <= size.pathMtu) return;
    size.pathMtu = pathMtu;
    sender.grow(size.effective(this.transmitter.timestampsOn));
  }

  get closed(): boolean {
    return this.state === 'CLOSED';
  }

  /** The network can't reach the peer: that ends only what is not established (RFC 9293 §3.9.2.2). */
  unreachable(reason: TcpFailure): void {
    if (this.state === 'SYN-SENT' || this.state === 'SYN-RECEIVED') this.fail(reason);
  }

  /** The time that `setTimer` was given has come. */
  timerFired(): void {
    this.timerAt = NEVER;
    this.enter();
    const { now, sender, receiver, keepAlive } = this;
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
    if (keepAlive.at <= now) this.askPeer();
    this.leave();
  }

  /** The peer has been silent for long. */
  private askPeer(): void {
    const { sender, keepAlive, transmitter, counters } = this;
    const step = keepAlive.due(this.now, sender.busy);
    if (step === 'probe') {
      if (this.noting) this.note('Nothing heard for long: is the peer still there?');
      counters.TcpExtTCPKeepAlive += 1;
      transmitter.emit(sender.unacknowledged - 1, 0, 'keep-alive');
    } else if (step === 'give up') {
      // As Linux does: should the peer be there after all, it will know.
      transmitter.abort();
      this.timedOut();
    }
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
      this.followPath();
      this.sender.output();
      if (this.receiver.ackNow) this.transmitter.acknowledge('acknowledgment');
      // It may have written more.
      if (this.application.tellDrained() && !this.closed) this.sender.output();
      this.depth = 0;
    }
    this.setTimer();
  }

  private setTimer(): void {
    const { sender, receiver } = this;
    const soon = Math.min(sender.retransmitAt, sender.persist.at, receiver.ackAt);
    const soonest = Math.min(soon, this.timeWaitAt, this.keepAlive.at);
    const background = soon === NEVER;
    if (background === this.timerInBackground) {
      // A timer that comes too soon does no harm, and most acknowledgments only put it off.
      if (background ? soonest === this.timerAt : soonest >= this.timerAt) return;
    }
    this.timerAt = soonest;
    this.timerInBackground = background;
    this.io.setTimer(soonest, background);
  }

  /** Goes to TIME-WAIT, or begins its time anew. */
  waitTime(): void {
    this.sender.stop();
    this.keepAlive.stop();
    this.timeWaitAt = this.now + this.settings.timeWait;
    if (this.state === 'TIME-WAIT') return;
    this.state = 'TIME-WAIT';
    this.application.finish();
  }

  /** The connection is gone. */
  fail(reason: TcpFailure): void {
    if (this.state === 'SYN-SENT' || this.state === 'SYN-RECEIVED') {
      this.counters.TcpAttemptFails += 1;
    } else if (this.state === 'ESTABLISHED' || this.state === 'CLOSE-WAIT') {
      this.counters.TcpEstabResets += 1;
    }
    this.receiver.stop();
    this.close();
    this.application.fail(reason);
  }

  /** Goes to CLOSED. */
  close(): void {
    this.state = 'CLOSED';
    this.sender.stop();
    this.keepAlive.stop();
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
