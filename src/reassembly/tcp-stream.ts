/** One direction of a TCP connection: segments in, bytes in order out (RFC 9293 §3.4, §3.10). */
import { type Piece, Pieces, part, type Winner } from './pieces.js';
import type { GapReason, TcpHappening } from './tcp-events.js';

/** A segment, as far as its stream needs it. */
export interface Segment {
  /** Sequence number of its first byte of data: of a SYN the one behind it. */
  readonly seq: number;
  /** Its data, in memory of its own; fewer than `length` where the capture was cut. */
  readonly bytes: Uint8Array;
  /** Bytes of data on the wire. */
  readonly length: number;
  readonly syn: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  readonly frame: number;
  readonly time: number;
}

/** Takes what happened, and the frame and time of the bytes that it is about. */
export type Tell = (happening: TcpHappening, frame: number, time: number) => void;

const SEQUENCE_NUMBERS = 2 ** 32;
/** Memory for bytes that were told, with which retransmissions are compared. */
const MEMORY_BYTES = 65_536;
/** Seconds for which bytes that were acknowledged may still come: captures mix up the order. */
const GRACE = 1;

/** The bytes of one direction. */
export class TcpStream {
  /** Position of the next byte to tell. */
  next: number;
  /** Whether its FIN, and all before it, has been told. */
  finished: boolean;
  /** Whether the other end has acknowledged the SYN: its sequence number is the right one. */
  accepted: boolean;
  /** Sequence number of position 0; -1: nothing was seen. */
  private base: number;
  private finAt: number;
  private readonly waiting: Pieces;
  /** What was told last, gaps included. */
  private told: Pieces;
  /** Since when the bytes that are missing now are known to be acknowledged; -1: they are not. */
  private acknowledgedSince: number;
  private readonly winner: Winner;

  constructor(winner: Winner) {
    this.winner = winner;
    this.next = 0;
    this.finished = false;
    this.accepted = false;
    this.base = -1;
    this.finAt = -1;
    this.waiting = new Pieces();
    this.told = new Pieces();
    this.acknowledgedSince = -1;
  }

  get begun(): boolean {
    return this.base >= 0;
  }

  /** Whether data or a gap was told, or waits. */
  get hasData(): boolean {
    return this.next > 0 || this.waiting.first !== undefined;
  }

  /** Bytes of memory for what waits. */
  get waitingCost(): number {
    return this.waiting.cost;
  }

  /** Bytes of memory in all. */
  get cost(): number {
    return this.waiting.cost + this.told.cost;
  }

  /** Whether position 0 is at this sequence number. */
  beginsAt(seq: number): boolean {
    return this.base === seq;
  }

  begin(seq: number): void {
    this.base = seq;
  }

  /** Takes a segment and tells what becomes of it. */
  take(segment: Segment, tell: Tell): void {
    const { seq, length, frame, time } = segment;
    const start = this.positionOf(seq);
    const end = start + length;
    if (this.isKeepAlive(segment, start)) {
      tell({ kind: 'keepAlive', ...this.at(start, length) }, frame, time);
      return;
    }
    if (segment.syn && length > 0) {
      tell({ kind: 'fastOpen', ...this.at(start, length) }, frame, time);
    }
    if (segment.fin && this.finAt < 0) this.finAt = end;
    if (length > 0) this.takeData(segment, start, end, tell);
    this.drain(tell, frame, time);
  }

  /** The other end says that it has everything before this sequence number. */
  acknowledge(seq: number, time: number): void {
    if (seq === this.base) this.accepted = true;
    const first = this.waiting.first;
    if (first === undefined || this.acknowledgedSince >= 0) return;
    if (this.positionOf(seq) >= first.start) this.acknowledgedSince = time;
  }

  /** Gives up bytes that were acknowledged and did not come for a while. */
  settle(time: number, tell: Tell): void {
    if (this.acknowledgedSince >= 0 && time >= this.acknowledgedSince + GRACE) {
      this.giveUp('acknowledged', tell);
    }
  }

  /** Gives up the bytes that are missing before what waits, and tells what follows them. */
  giveUp(reason: GapReason, tell: Tell): void {
    const first = this.waiting.first;
    if (first === undefined) return;
    this.lose(first.start, reason, first.frame, first.time, tell);
    this.drain(tell, first.frame, first.time);
  }

  /** Nothing more will come: tells all that waits. */
  end(tell: Tell, frame: number, time: number): void {
    while (this.waiting.first !== undefined) this.giveUp('end', tell);
    if (this.finAt > this.next) {
      this.lose(this.finAt, 'end', frame, time, tell);
      this.drain(tell, frame, time);
    }
  }

  /** Forgets what was told: retransmissions of it are no longer compared. */
  forget(): void {
    this.told = new Pieces();
  }

  private isKeepAlive({ length, syn, fin, rst }: Segment, start: number): boolean {
    return length <= 1 && start === this.next - 1 && !syn && !fin && !rst;
  }

  private takeData(segment: Segment, start: number, end: number, tell: Tell): void {
    const { bytes, frame, time } = segment;
    const captured: Piece = { start, end: start + bytes.length, bytes, frame, time };
    if (start < this.next) this.tellOld(captured, Math.min(end, this.next), tell);
    if (end <= this.next) return;
    if (start > this.next) {
      tell({ kind: 'outOfOrder', ...this.at(start, end - start) }, frame, time);
    }
    const met = this.waiting.meet(Math.max(start, this.next), end, this.newPart(captured)?.bytes);
    if (met.bytes > 0) {
      const kind = 'retransmission';
      tell({ kind, differs: met.differs, ...this.at(start, end - start) }, frame, time);
    }
    const piece = this.newPart(captured);
    if (piece !== undefined) this.waiting.add(piece, this.winner);
    const cutFrom = Math.max(captured.end, this.next);
    this.waiting.add({ start: cutFrom, end, bytes: undefined, frame, time }, 'first');
  }

  /** The part of a piece that has not been told yet. */
  private newPart(piece: Piece): Piece | undefined {
    if (piece.start >= this.next) return piece;
    return piece.end > this.next ? part(piece, this.next, piece.end) : undefined;
  }

  /** Tells of bytes whose place has passed: they are there already, or come too late. */
  private tellOld(piece: Piece, end: number, tell: Tell): void {
    const { start, bytes, frame, time } = piece;
    const met = this.told.meet(start, end, bytes?.subarray(0, end - start));
    const at = this.at(start, end - start);
    if (met.lost > 0 || start < 0) {
      const late = part(piece, start, Math.min(end, piece.end)).bytes as Uint8Array;
      tell({ kind: 'late', bytes: late, ...at }, frame, time);
    } else {
      tell({ kind: 'retransmission', differs: met.differs, ...at }, frame, time);
    }
  }

  private drain(tell: Tell, frame: number, time: number): void {
    for (const piece of this.waiting.take(this.next)) {
      const { start, end, bytes } = piece;
      if (bytes === undefined) {
        this.lose(end, 'cut', piece.frame, piece.time, tell);
        continue;
      }
      const at = this.at(start, end - start);
      this.advance(end, piece, tell);
      tell({ kind: 'data', bytes, ...at }, piece.frame, piece.time);
    }
    if (this.next === this.finAt && !this.finished) {
      this.finished = true;
      tell({ kind: 'fin' }, frame, time);
    }
  }

  private lose(end: number, reason: GapReason, frame: number, time: number, tell: Tell): void {
    const start = this.next;
    const at = this.at(start, end - start);
    this.advance(end, { start, end, bytes: undefined, frame, time }, tell);
    tell({ kind: 'gap', reason, ...at }, frame, time);
  }

  private advance(end: number, piece: Piece, tell: Tell): void {
    const round = Math.floor((this.base + this.next) / SEQUENCE_NUMBERS);
    if (Math.floor((this.base + end) / SEQUENCE_NUMBERS) > round) {
      tell({ kind: 'wrap' }, piece.frame, piece.time);
    }
    this.next = end;
    this.acknowledgedSince = -1;
    this.told.add(piece, 'first');
    while (this.told.cost > MEMORY_BYTES) this.told.drop();
  }

  /** Where a sequence number is in the stream: within 2^31 of the next byte (RFC 9293 §3.4). */
  private positionOf(seq: number): number {
    return this.next + ((seq - (this.base + this.next)) | 0);
  }

  private at(position: number, length: number): { position: number; seq: number; length: number } {
    const seq = (this.base + position + SEQUENCE_NUMBERS) % SEQUENCE_NUMBERS;
    return { position, seq, length };
  }
}
