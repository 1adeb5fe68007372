/**
 * A TCP connection (RFC 9293) without a network: segments come in by `segmentArrived`, go out by
 * `io.transmit`, and time passes when `timerFired` says so. What a segment does in each state:
 * `arrival.ts`; the two halves: `sender.ts`, `receiver.ts`.
 */
import { PacketError } from '../../bytes/error.js';
import { type TcpCounters, tcpCounters } from './counters.js';
import { Receiver } from './receiver.js';
import { NEVER } from './retransmission-timer.js';
import type { SegmentIn } from './segment-in.js';
import { type SegmentKind, type SegmentOut, TIMESTAMPS_BYTES } from './segment-out.js';
import { Sender, type SenderLink } from './sender.js';
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

/** Why a connection failed, by the names of Linux's errors. */
export type TcpFailure =
  | 'ECONNREFUSED' // a reset answered the SYN
  | 'ECONNRESET' // a reset came
  | 'ECONNABORTED' // this end gave it up
  | 'ETIMEDOUT' // nothing came back
  | 'EHOSTUNREACH' // the network says that the peer can't be reached
  | 'ENETUNREACH';

/** The addresses and ports of a connection's two ends; addresses as 32-bit numbers. */
export interface TcpFlow {
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
}

/** What a connection needs of the world; each has its own. */
export interface TcpIo {
  /** Virtual time, ns. */
  readonly now: number;
  /** A random 32-bit number. */
  random(): number;
  /** Sends a segment, which is valid during the call. */
  transmit(segment: SegmentOut): void;
  /**
   * `timerFired` is to be called at `at` (ns), and not at what was asked before; `Infinity`: not at
   * all. `background`: nobody waits for it (TIME-WAIT).
   */
  setTimer(at: number, background: boolean): void;
  /** Whether anybody wants to hear what happens; otherwise nothing is said. */
  readonly noting: boolean;
  note(text: string): void;
  /** The connection is in CLOSED: nothing comes of it any more. */
  closed(): void;
}

/** What an application wants to know. Bytes of `data` are its own to keep. */
export interface TcpHandler {
  /** The handshake is done. */
  connected?(connection: TcpConnection): void;
  /** The next bytes of the stream. */
  data?(bytes: Uint8Array, connection: TcpConnection): void;
  /** `write` has answered false, and there is room again. */
  drained?(connection: TcpConnection): void;
  /** The peer has sent all that it had to send. */
  ended?(connection: TcpConnection): void;
  /** Both sides have sent all, and know it. */
  closed?(connection: TcpConnection): void;
  /** The connection is gone, instead of `closed`. */
  failed?(reason: TcpFailure, connection: TcpConnection): void;
}

export class TcpConnection implements SenderLink {
  readonly flow: TcpFlow;
  readonly settings: TcpSettings;
  readonly counters: TcpCounters;
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly transmitter: Transmitter;
  state: TcpState;
  handler: TcpHandler;
  /** The other end has asked for it: it goes back to listening where it fails (RFC 9293 §3.10.7.4). */
  passive: boolean;
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
  private endTold: boolean;
  private over: boolean;
  private closedTold: boolean;
  private answeredAt: number;
  private timerAt: number;

  constructor(flow: TcpFlow, settings: TcpSettings, io: TcpIo, mtu: number, handler: TcpHandler) {
    this.flow = flow;
    this.settings = settings;
    this.io = io;
    this.handler = handler;
    this.counters = tcpCounters();
    this.sender = new Sender(
      this,
      settings,
      this.counters,
      settings.initialSequence ?? io.random(),
    );
    this.receiver = new Receiver(settings, this.counters);
    this.state = 'CLOSED';
    this.passive = false;
    this.peerScale = 0;
    this.timeWaitAt = NEVER;
    this.transmitter = new Transmitter(this);
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
    this.passive = true;
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
    this.sender.output();
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
    const { receiver, handler } = this;
    const { queue } = receiver;
    let bytes: Uint8Array | undefined;
    // Also when the connection is over: what has come is still to be read.
    while (!this.paused) {
      bytes = queue.read();
      if (bytes === undefined) break;
      handler.data?.(bytes, this);
    }
    if (this.state !== 'CLOSED') {
      receiver.measureReader(this.now, this.sender.timer.smoothed);
      // What is due anyway tells it, too.
      if (!receiver.ackNow && receiver.roomMade()) this.transmitter.acknowledge('window update');
    }
    if (receiver.finAt < queue.next && queue.waiting === 0 && !this.endTold && !this.paused) {
      this.endTold = true;
      handler.ended?.(this);
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

  fail(reason: TcpFailure): void {
    const told = this.over;
    this.over = true;
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

  // What the sender asks for.

  /** `SenderLink`. */
  get optionsNow(): number {
    return this.transmitter.optionsNow;
  }

  /** `SenderLink`. */
  echoTime(segment: SegmentIn): number {
    return this.transmitter.echoTime(segment);
  }

  /** `SenderLink`. */
  emit(position: number, length: number, kind: SegmentKind): void {
    this.transmitter.emit(position, length, kind);
  }

  /** `SenderLink`: nothing came back for too long. */
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
