/** Puts IP fragments together: RFC 791 §3.2 and RFC 815 for IPv4, RFC 8200 §4.5 for IPv6. */
import { IP_PROTOCOL } from '../headers/numbers.js';
import type { Protocols } from '../packet/bindings.js';
import type { Packet } from '../packet/packet.js';
import { Datagram, type FirstFragment, firstFragment, longest, wholePacket } from './datagram.js';
import { type Fragment, fragmentOf } from './fragment.js';
import {
  type FragmentProblem,
  type FragmentProblemCode,
  fragmentProblem,
} from './fragment-problems.js';
import { choice, limit } from './limits.js';
import { PIECE_COST, Pieces } from './pieces.js';
import { scopeOf } from './scope.js';

/**
 * What becomes of IPv4 fragments that cover the same bytes: `drop` drops the datagram, as Linux has
 * done since 2018; `first` and `last` say whose bytes win. IPv6 always drops (RFC 5722).
 */
export type OverlapPolicy = 'drop' | 'first' | 'last';

/** How to put fragments together. */
export interface IpReassemblerOptions {
  /** Bytes of memory for fragments that wait (absent: 4,194,304). The oldest datagram goes first. */
  readonly maxBytes?: number;
  /** Datagrams that wait at a time (absent: 1024). The oldest goes first. */
  readonly maxDatagrams?: number;
  /** Seconds of capture time from a datagram's first piece to its last (absent: 60, RFC 8200 §4.5). */
  readonly timeout?: number;
  /** Absent: `drop`. */
  readonly overlap?: OverlapPolicy;
  /** Told whatever is wrong, as it comes to light. */
  readonly onProblem?: (problem: FragmentProblem) => void;
  /**
   * Told of each datagram whose time is over, with the frame of its first fragment where that has
   * come: what a host tells the sender of (RFC 792).
   */
  readonly onTimeout?: (first: Uint8Array | undefined) => void;
}

/** A datagram in the making. */
interface Waiting {
  readonly key: string;
  readonly about: Fragment;
  /** When its first piece came, in seconds. */
  readonly since: number;
  pieces: Pieces;
  first: FirstFragment | undefined;
  /** Bytes of the whole datagram's data, and the frame that said so; -1: not known yet. */
  end: number;
  endFrame: number;
  lastFrame: number;
  /** Whether it is given up, and whatever more comes of it is passed over (RFC 5722 §4). */
  dropped: boolean;
}

/**
 * Puts IP fragments together. Memory and time are bounded: whatever an attacker sends, no more than
 * `maxBytes` are kept. Fragments are told apart by source, destination, identification, in IPv4 the
 * protocol, and by the VLANs and tunnels in which they are.
 */
export class IpReassembler {
  private readonly maxBytes: number;
  private readonly maxDatagrams: number;
  private readonly timeout: number;
  private readonly overlap: OverlapPolicy;
  private readonly onProblem: (problem: FragmentProblem) => void;
  private readonly onTimeout: (first: Uint8Array | undefined) => void;
  /** In order of their first pieces: the oldest is the first. */
  private readonly waiting: Map<string, Waiting>;
  private held: number;
  private clock: number;
  private count: number;

  /** Throws `BAD_OPTION` for a limit that is none. */
  constructor(options: IpReassemblerOptions = {}) {
    this.maxBytes = limit('maxBytes', options.maxBytes, 4_194_304);
    this.maxDatagrams = limit('maxDatagrams', options.maxDatagrams, 1024);
    this.timeout = limit('timeout', options.timeout, 60, 0);
    this.overlap = choice('overlap', options.overlap, ['drop', 'first', 'last']);
    this.onProblem = options.onProblem ?? (() => {});
    this.onTimeout = options.onTimeout ?? (() => {});
    this.waiting = new Map();
    this.held = 0;
    this.clock = 0;
    this.count = 0;
  }

  /** Datagrams of which pieces wait. */
  get datagrams(): number {
    return this.waiting.size;
  }

  /** Bytes of memory that they take, what keeping them costs included. */
  get bytes(): number {
    return this.held;
  }

  /** When the time of the oldest of them is over; undefined: none waits. */
  get deadline(): number | undefined {
    for (const { since } of this.waiting.values()) return since + this.timeout;
    return undefined;
  }

  /** Gives up the datagrams whose time is over at `time`; `add` does so where it is past. */
  expire(time: number): void {
    this.clock = Math.max(this.clock, time);
    this.giveUpOld(true);
  }

  /**
   * Takes a packet; answers the datagram that it makes whole. A packet that is no fragment is
   * passed over. `time`: seconds of capture time; `frame`: its number (absent: counted from 1).
   */
  add(packet: Packet<Protocols>, time = 0, frame = this.count + 1): Datagram | undefined {
    this.count = frame;
    // A clock that is set back does not make datagrams live longer.
    this.clock = Math.max(this.clock, time);
    this.giveUpOld(false);
    const fragment = fragmentOf(packet);
    if (fragment === undefined) return undefined;
    const { version, offset, more, length } = fragment;
    const wrong = this.refused(fragment);
    if (wrong !== undefined) return this.tell(wrong, fragment, frame);
    const first = offset === 0 ? firstFragment(packet, fragment, frame) : undefined;
    const { dataStart, dataEnd } = fragment;
    const bytes = packet.bytes.slice(dataStart, dataEnd);
    const piece = { start: offset, end: offset + length, bytes, frame, time };
    if (version === 6 && first !== undefined && !more) {
      this.tell('ATOMIC', fragment, frame);
      const whole = wholePacket(first, [piece], length);
      return whole && new Datagram(whole, first, fragment.protocol, [frame], time);
    }
    if (splitsTcpHeader(fragment)) this.tell('TINY', fragment, frame);
    const entry = this.entryOf(packet, fragment);
    entry.lastFrame = frame;
    if (entry.dropped) return undefined;
    const before = costOf(entry);
    const accepted = this.accept(entry, fragment, piece, first);
    this.held += costOf(entry) - before;
    const done = accepted ? this.finished(entry, time) : undefined;
    if (done === undefined) this.makeRoom();
    return done;
  }

  /** The capture is over: tells of what never became whole, and forgets it. */
  end(): void {
    for (const entry of this.waiting.values()) this.forget(entry, 'INCOMPLETE');
  }

  /** Why a fragment is left out before it is looked at among others. */
  private refused(fragment: Fragment): FragmentProblemCode | undefined {
    const { version, offset, more, length, headerStart, headerEnd } = fragment;
    if (length < 0) return 'BAD_LENGTH';
    if (fragment.dataEnd - fragment.dataStart < length) return 'CUT';
    if (more && length === 0) return 'EMPTY';
    if (more && length % 8 !== 0) return 'MIDDLE_LENGTH';
    const total = headerEnd - headerStart + offset + length;
    return total > longest(version) ? 'TOO_LONG' : undefined;
  }

  private entryOf(packet: Packet<Protocols>, about: Fragment): Waiting {
    const { version, src, dst, id, protocol } = about;
    // IPv6 leaves the protocol out: only the first fragment's counts (RFC 8200 §4.5).
    const which = version === 4 ? `${id}/${protocol}` : `${id}`;
    const key = `${scopeOf(packet.layers, about.index)}${src}>${dst}/${which}`;
    const known = this.waiting.get(key);
    if (known !== undefined) return known;
    if (this.waiting.size >= this.maxDatagrams) this.forgetOldest('TOO_MANY');
    const entry: Waiting = {
      key,
      about,
      since: this.clock,
      pieces: new Pieces(),
      first: undefined,
      end: -1,
      endFrame: 0,
      lastFrame: 0,
      dropped: false,
    };
    this.waiting.set(key, entry);
    this.held += costOf(entry);
    return entry;
  }

  /** Adds a fragment to its datagram; false where that can't be, or is the datagram's end. */
  private accept(
    entry: Waiting,
    fragment: Fragment,
    piece: { start: number; end: number; bytes: Uint8Array; frame: number; time: number },
    first: FirstFragment | undefined,
  ): boolean {
    const { pieces } = entry;
    const policy = fragment.version === 6 ? 'drop' : this.overlap;
    const wrong = endProblem(entry, piece.end, fragment.more);
    if (wrong !== undefined) {
      this.tell(wrong, fragment, piece.frame, policy === 'drop' ? entry : undefined);
      if (policy === 'drop') drop(entry);
      return false;
    }
    if (!fragment.more) {
      entry.end = piece.end;
      entry.endFrame = piece.frame;
    }
    const met = pieces.meet(piece.start, piece.end, piece.bytes);
    if (met.bytes > 0) {
      if (met.exact && !met.differs) {
        this.tell('DUPLICATE', fragment, piece.frame);
        return true;
      }
      this.tell('OVERLAP', fragment, piece.frame, policy === 'drop' ? entry : undefined);
      if (policy === 'drop') {
        drop(entry);
        return false;
      }
    }
    pieces.add(piece, policy === 'last' ? 'last' : 'first');
    if (policy === 'last' || entry.first === undefined) entry.first = first ?? entry.first;
    return true;
  }

  private finished(entry: Waiting, time: number): Datagram | undefined {
    const { pieces, first, end } = entry;
    if (first === undefined || end < 0 || pieces.covered !== end) return undefined;
    const frames = framesOf(entry);
    const whole = wholePacket(first, pieces.all, end);
    this.forget(entry, whole === undefined ? 'TOO_LONG' : undefined);
    return whole && new Datagram(whole, first, first.fragment.protocol, frames, time);
  }

  /** `due`: also those whose last moment this is. */
  private giveUpOld(due: boolean): void {
    for (const entry of this.waiting.values()) {
      const left = entry.since + this.timeout - this.clock;
      if (left > 0 || (left === 0 && !due)) return;
      this.forget(entry, 'TIMEOUT');
      if (!entry.dropped) this.onTimeout(entry.first?.bytes);
    }
  }

  private makeRoom(): void {
    while (this.held > this.maxBytes && this.waiting.size > 0) this.forgetOldest('TOO_MUCH');
  }

  private forgetOldest(code: FragmentProblemCode): void {
    for (const entry of this.waiting.values()) {
      this.forget(entry, code);
      return;
    }
  }

  private forget(entry: Waiting, code: FragmentProblemCode | undefined): void {
    this.waiting.delete(entry.key);
    this.held -= costOf(entry);
    // Why a datagram was dropped has been told.
    if (code !== undefined && !entry.dropped) {
      this.tell(code, entry.about, entry.lastFrame, entry);
    }
  }

  private tell(
    code: FragmentProblemCode,
    about: Fragment,
    frame: number,
    entry?: Waiting,
  ): undefined {
    // Only where a datagram is given up: to list its frames for each duplicate would be quadratic.
    const frames = entry === undefined ? [frame] : framesOf(entry);
    this.onProblem(fragmentProblem(code, about, frame, frames));
  }
}

/** RFC 1858 §3: a first fragment with less than the flags, or a second one that overwrites them. */
function splitsTcpHeader({ protocol, offset, more, length }: Fragment): boolean {
  return protocol === IP_PROTOCOL.TCP && (offset === 8 || (offset === 0 && more && length < 16));
}

function endProblem(entry: Waiting, end: number, more: boolean): FragmentProblemCode | undefined {
  if (entry.end >= 0) {
    if (!more && end !== entry.end) return 'LAST_DIFFERS';
    return end > entry.end ? 'PAST_LAST' : undefined;
  }
  return !more && entry.pieces.end > end ? 'PAST_LAST' : undefined;
}

function drop(entry: Waiting): void {
  entry.dropped = true;
  entry.pieces = new Pieces();
  entry.first = undefined;
}

function costOf({ pieces, first }: Waiting): number {
  return PIECE_COST + pieces.cost + (first?.bytes.length ?? 0);
}

function framesOf({ pieces, first, endFrame }: Waiting): number[] {
  const frames = new Set(pieces.all.map((piece) => piece.frame));
  if (first !== undefined) frames.add(first.frame);
  if (endFrame > 0) frames.add(endFrame);
  return [...frames].sort((a, b) => a - b);
}
