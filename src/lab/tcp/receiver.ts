/**
 * The receiving half of a connection: the window that is announced, and when an acknowledgment is
 * due. Positions, not sequence numbers (`sequence.ts`); times are nanoseconds.
 *
 * RFC 9293 §3.8.6 (window, silly windows, delayed acknowledgments), RFC 5681 §4.2, RFC 2018, RFC 2883.
 */
import type { TcpCounters } from './counters.js';
import { ReceiveQueue } from './receive-queue.js';
import { NEVER } from './retransmission-timer.js';
import { DEFAULT_MSS, receiveBufferOf, type TcpSettings } from './settings.js';

/** Linux's TCP_DELACK_MIN. */
const DELAY = 40e6;
/** The largest number that a header's window field holds. */
const MAX_FIELD = 0xffff;

export class Receiver {
  /** The peer's initial sequence number. */
  irs: number;
  readonly queue: ReceiveQueue;
  /** Bits by which the window is shifted to fit its field. */
  scale: number;
  /** The peer may send positions below this one: what it has been told cannot be taken back. */
  edge: number;
  /** The position that was acknowledged last. */
  acknowledged: number;
  /** An acknowledgment is to be sent at once. */
  ackNow: boolean;
  /** When a delayed acknowledgment is sent; `NEVER`: none waits. */
  ackAt: number;
  /** The position of the peer's FIN; `NEVER`: it has not come. */
  finAt: number;
  /** A range that has come twice, and has not been told of (RFC 2883); none where `from` is `to`. */
  twiceFrom: number;
  twiceTo: number;
  private readonly settings: TcpSettings;
  private readonly counters: TcpCounters;
  /** Bytes that the buffer holds, and to how many it may grow. */
  private buffer: number;
  private readonly largestBuffer: number;
  /** The largest segment that has come, bytes of data. */
  largestSegment: number;
  /** Since when the reader's speed is measured, and the position then. */
  private measuredSince: number;
  private measuredFrom: number;
  private closed: boolean;

  constructor(settings: TcpSettings, counters: TcpCounters) {
    const { size, largest } = receiveBufferOf(settings);
    this.irs = 0;
    this.queue = new ReceiveQueue();
    this.scale = 0;
    this.edge = 0;
    this.acknowledged = 0;
    this.ackNow = false;
    this.ackAt = NEVER;
    this.finAt = NEVER;
    this.twiceFrom = 0;
    this.twiceTo = 0;
    this.settings = settings;
    this.counters = counters;
    this.buffer = size;
    this.largestBuffer = largest;
    this.largestSegment = DEFAULT_MSS;
    this.measuredSince = 0;
    this.measuredFrom = 1;
    this.closed = false;
  }

  /** The peer's SYN, whose number is given, has been taken. */
  start(irs: number): void {
    this.irs = irs;
    this.queue.next = 1;
    this.edge += 1;
  }

  /** Bytes that the buffer holds. */
  get bufferBytes(): number {
    return this.buffer;
  }

  /** Bytes that the peer may send from `queue.next` on (RCV.WND). */
  get promised(): number {
    return Math.max(0, this.edge - this.queue.next);
  }

  /** What goes into the window field; `syn`: it is not scaled there (RFC 7323 §2.2). */
  announce(syn: boolean): number {
    const { next } = this.queue;
    const unit = syn ? 1 : 1 << this.scale;
    const promised = this.promised;
    const room = this.buffer - this.queue.waiting;
    let field = this.growth(room) ? Math.floor(room / unit) : 0;
    // Never less than was promised: with a scale, that is rounded up.
    if (field * unit < promised) field = Math.ceil(promised / unit);
    field = Math.min(MAX_FIELD, field);
    this.edge = Math.max(this.edge, next + field * unit);
    if ((field === 0) !== this.closed && !syn) {
      this.closed = field === 0;
      if (this.closed) this.counters.TcpExtTCPToZeroWindowAdv += 1;
      else this.counters.TcpExtTCPFromZeroWindowAdv += 1;
    }
    return field;
  }

  /** Whether there is room enough to tell of (RFC 9293 §3.8.6.2.2). */
  private growth(room: number): boolean {
    return room - this.promised >= Math.min(this.buffer / 2, this.largestSegment);
  }

  /** An acknowledgment has been sent, alone or with data. */
  acknowledgmentSent(): void {
    this.acknowledged = this.queue.next;
    this.ackNow = false;
    this.ackAt = NEVER;
    this.twiceFrom = 0;
    this.twiceTo = 0;
  }

  /** Whether the reader has made so much room that the peer is to be told at once. */
  roomMade(): boolean {
    // A window that is still wide needs no word of its own: the next acknowledgment has it.
    if (this.promised >= Math.min(2 * this.largestSegment, this.buffer / 2)) return false;
    return this.growth(this.buffer - this.queue.waiting);
  }

  /**
   * Takes the data [from, to) of a frame, the first byte of which has the position `start`. What is
   * not within the window is left out. Answers whether anything was new.
   */
  take(frame: Uint8Array, from: number, to: number, start: number, now: number): boolean {
    const { queue, counters } = this;
    const size = to - from;
    if (size > this.largestSegment) this.largestSegment = size;
    const skip = Math.max(0, queue.next - start);
    if (skip > 0) this.cameTwice(start, Math.min(start + size, queue.next));
    const first = start + skip;
    const last = Math.min(start + size, this.edge);
    if (last < start + size) counters.TcpExtTCPZeroWindowDrop += this.promised === 0 ? 1 : 0;
    if (last <= first) {
      if (skip > 0) counters.TcpExtTCPDSACKOldSent += 1;
      this.ackNow = true;
      return false;
    }
    const inOrder = first === queue.next;
    const gaps = queue.early.count > 0;
    const added = queue.take(frame, from + skip, from + last - start, first);
    if (!inOrder) this.tookEarly(first, last, added);
    if (!inOrder || gaps || skip > 0 || last < start + size) this.ackNow = true;
    else this.delayAck(now);
    return added > 0;
  }

  private tookEarly(first: number, last: number, added: number): void {
    if (added > 0) {
      this.counters.TcpExtTCPOFOQueue += 1;
    } else {
      this.counters.TcpExtTCPDSACKOfoSent += 1;
      this.cameTwice(first, last);
    }
  }

  /** Remembers a range to tell of as a duplicate (RFC 2883 §4). */
  private cameTwice(from: number, to: number): void {
    if (!this.settings.duplicateSack) return;
    this.twiceFrom = from;
    this.twiceTo = to;
  }

  /** A segment that lies below the window altogether. */
  old(start: number, size: number): void {
    if (size === 0) return;
    this.counters.TcpExtTCPDSACKOldSent += 1;
    this.cameTwice(start, start + size);
  }

  /** Every second full segment at once, others after 40 ms (RFC 9293 §3.8.6.3). */
  private delayAck(now: number): void {
    const waiting = this.queue.next - this.acknowledged;
    if (!this.settings.delayedAck || waiting >= 2 * this.largestSegment) this.ackNow = true;
    else if (this.ackAt === NEVER) this.ackAt = now + DELAY;
  }

  /** The FIN is next: takes it. Answers whether it was. */
  takeFin(): boolean {
    // Data has gone past it: that FIN was none.
    if (this.queue.next > this.finAt) this.finAt = NEVER;
    if (this.queue.next !== this.finAt) return false;
    this.queue.next += 1;
    this.queue.dropEarly();
    this.edge = Math.max(this.edge, this.queue.next);
    this.ackNow = true;
    return true;
  }

  /**
   * Lets the buffer grow to twice what the reader takes in a round trip (Linux's
   * tcp_rcv_space_adjust, net.ipv4.tcp_moderate_rcvbuf). `roundTrip`: ns, 0 where it is not known.
   */
  measureReader(now: number, roundTrip: number): void {
    if (roundTrip === 0 || now - this.measuredSince < roundTrip) return;
    const read = this.queue.next - this.queue.waiting - this.measuredFrom;
    if (this.measuredSince > 0) {
      const wanted = 2 * read + 16 * this.largestSegment;
      this.buffer = Math.max(this.buffer, Math.min(wanted, this.largestBuffer));
    }
    this.measuredSince = now;
    this.measuredFrom += read;
  }

  /** Nothing is acknowledged any more. */
  stop(): void {
    this.ackNow = false;
    this.ackAt = NEVER;
    this.queue.clear();
  }
}
