/** Connection tracking (Linux `nf_conntrack_core.c`): which connection a packet is of, and what to it. */
import { finishSum, foldSum, sumBytes } from '../../bytes/checksum.js';
import { icmpQuotes } from '../../headers/icmp-wire.js';
import { DST, IHL, IPV4_HEADER_BYTES } from '../../headers/ipv4-wire.js';
import { IP_PROTOCOL } from '../../headers/numbers.js';
import { FLAGS } from '../../headers/tcp-wire.js';
import { type Clock, SECOND } from '../clock.js';
import type { Frame } from '../frame.js';
import { protocolOf, pseudoSum, transportOf } from '../ip/packet.js';
import { checkNumbers, numbers, type RangesOf } from '../range.js';
import { Connection, STATUS, Tracked } from './connection.js';
import { ConnectionTable } from './connection-table.js';
import { printConnection } from './conntrack-print.js';
import { isTcpHeader, TRACKED, tcpTimeout, trackTcp } from './tcp-tracker.js';
import { isQuestion, ORIGINAL, REPLY, Tuple } from './tuple.js';

const { ICMP, TCP, UDP } = IP_PROTOCOL;
const UDP_HEADER_BYTES = 8;
const UDP_LENGTH = 4;
const UDP_CHECKSUM = 6;
const ICMP_HEADER_BYTES = 8;
/** The last type of ICMP that Linux knows (`NR_ICMP_TYPES`). */
const LAST_ICMP_TYPE = 18;

/** Seconds, 1 and up, by the ends of their names in `net.netfilter.nf_conntrack_*_timeout`. */
export interface ConntrackTimeouts {
  /** Nobody has answered yet, or only for a moment (absent: 30). */
  readonly udp?: number;
  /** Both have spoken for two seconds (absent: 120). */
  readonly udpStream?: number;
  /** Absent: 30. */
  readonly icmp?: number;
  /** Of any other protocol (absent: 600). */
  readonly generic?: number;
}

/** How connections are tracked. */
export interface ConntrackOptions {
  /** Entries at most, 1 and up (absent: 262,144, `nf_conntrack_max` of a machine with 8 GB). */
  readonly max?: number;
  /** Whether checksums of what comes in are looked at (absent: true, `nf_conntrack_checksum`). */
  readonly checksum?: boolean;
  /** Whether TCP is picked up in the middle (absent: true, `nf_conntrack_tcp_loose`). */
  readonly tcpLoose?: boolean;
  readonly timeouts?: ConntrackTimeouts;
}

const RANGES: RangesOf<ConntrackOptions> = { max: numbers(1, undefined, 'entries') };
const SECONDS = numbers(1, Math.floor(Number.MAX_SAFE_INTEGER / SECOND), 'seconds');
const TIMEOUT_RANGES: RangesOf<ConntrackTimeouts> = {
  udp: SECONDS,
  udpStream: SECONDS,
  icmp: SECONDS,
  generic: SECONDS,
};

/** Nanoseconds after which an answered UDP connection counts as a stream. */
const STREAM_AFTER = 2 * SECOND;

/** The connections that one IP stack knows of. */
export class Conntrack {
  readonly table: ConnectionTable;
  /** Packets that no connection can have. */
  invalid: number;
  private readonly clock: Clock;
  private readonly checksum: boolean;
  private readonly loose: boolean;
  /** Nanoseconds. */
  private readonly timeouts: { udp: number; udpStream: number; icmp: number; generic: number };
  private readonly asked: Tuple;
  private readonly quote: Tuple;

  /** Throws `OUT_OF_RANGE` for a number that makes no sense. `whose`: for messages. */
  constructor(clock: Clock, options: ConntrackOptions = {}, whose = 'conntrack') {
    const { max = 262_144, checksum = true, tcpLoose = true, timeouts = {} } = options;
    checkNumbers(whose, options, RANGES);
    checkNumbers(`${whose}: timeouts`, timeouts, TIMEOUT_RANGES);
    this.table = new ConnectionTable(max);
    this.invalid = 0;
    this.clock = clock;
    this.checksum = checksum;
    this.loose = tcpLoose;
    const { udp = 30, udpStream = 120, icmp = 30, generic = 600 } = timeouts;
    this.timeouts = {
      udp: udp * SECOND,
      udpStream: udpStream * SECOND,
      icmp: icmp * SECOND,
      generic: generic * SECOND,
    };
    this.asked = new Tuple();
    this.quote = new Tuple();
  }

  /**
   * Finds the connection of the packet at `frame.network`, or begins one, and leaves in
   * `frame.connection` what it is to it; nothing where it is invalid. `incoming`: it came from
   * outside, so that its checksum is worth a look. False: the table is full, drop it.
   */
  track(frame: Frame, incoming: boolean): boolean {
    // Seen before on its way through the loopback, or not to be tracked.
    if (frame.connection !== undefined) return true;
    const protocol = protocolOf(frame);
    const at = transportOf(frame);
    if (!this.isSound(frame, protocol, at, incoming)) {
      this.invalid++;
      return true;
    }
    if (protocol === ICMP && icmpQuotes(frame.view.getUint8(at))) {
      this.relate(frame, at);
      return true;
    }
    const { asked } = this;
    if (!asked.read(frame.view, frame.network, at, frame.end)) {
      this.invalid++;
      return true;
    }
    return this.follow(frame, protocol, at);
  }

  /** Puts the connection of a packet that has made its way into the table. False: drop it. */
  confirm(frame: Frame): boolean {
    const tracked = frame.connection;
    if (!(tracked instanceof Tracked)) return true;
    const { connection, direction } = tracked;
    // What refuses a first packet is of its connection, too, which then is none.
    if (connection.has(STATUS.CONFIRMED) || direction !== ORIGINAL) return true;
    const { table, clock } = this;
    const { now } = clock;
    if (
      table.find(connection.original, now) !== undefined ||
      table.find(connection.reply, now) !== undefined
    ) {
      table.forgotten(connection);
      return false;
    }
    table.add(connection, now);
    return true;
  }

  /** Whether a connection other than `own` has the tuple in one of its directions. */
  isTaken(tuple: Tuple, own: Connection): boolean {
    const found = this.table.find(tuple, this.clock.now);
    return found !== undefined && found.connection !== own;
  }

  /** Whether a connection's time is over, though it may still be in the table. */
  isOver({ expires }: Connection): boolean {
    return expires <= this.clock.now;
  }

  /** The connections whose time is not over, in the order in which they came. */
  get live(): Connection[] {
    return this.table.live(this.clock.now);
  }

  /** As `conntrack -L` prints it. */
  print(): string[] {
    const { now } = this.clock;
    return this.live.map((connection) => printConnection(connection, now));
  }

  private follow(frame: Frame, protocol: number, at: number): boolean {
    const { table, asked } = this;
    const { now } = this.clock;
    const found = table.find(asked, now);
    if (found === undefined) return this.begin(frame, protocol, at);
    const connection = found.connection as Connection;
    const { direction } = found;
    const flags = protocol === TCP ? frame.view.getUint16(at + FLAGS.offset) & FLAGS.max : 0;
    const answer = this.advance(connection, direction, flags);
    if (answer === TRACKED.AGAIN) {
      table.remove(connection);
      return this.begin(frame, protocol, at);
    }
    if (answer === TRACKED.INVALID) {
      this.invalid++;
      return true;
    }
    if (answer === TRACKED.OVER) table.remove(connection);
    if (direction === REPLY) {
      frame.connection = connection.as('ESTABLISHED', REPLY);
      connection.status |= STATUS.SEEN_REPLY;
    } else {
      frame.connection = connection.as(
        connection.has(STATUS.SEEN_REPLY) ? 'ESTABLISHED' : 'NEW',
        ORIGINAL,
      );
    }
    return true;
  }

  private begin(frame: Frame, protocol: number, at: number): boolean {
    const { asked, clock } = this;
    const connection = new Connection();
    connection.original.copy(asked);
    const flags = protocol === TCP ? frame.view.getUint16(at + FLAGS.offset) & FLAGS.max : 0;
    const able =
      connection.reply.invert(asked) &&
      (protocol !== ICMP || isQuestion(frame.view.getUint8(at))) &&
      this.advance(connection, ORIGINAL, flags) === TRACKED.VALID;
    if (!able) {
      this.invalid++;
      return true;
    }
    if (!this.table.makeRoom(clock.now)) return false;
    connection.streamSince = clock.now + STREAM_AFTER;
    frame.connection = connection.as('NEW', ORIGINAL);
    return true;
  }

  /** Moves a connection on, and its end. Answers one of `TRACKED`. */
  private advance(connection: Connection, direction: 0 | 1, flags: number): number {
    const { now } = this.clock;
    const { timeouts } = this;
    const { protocol } = connection;
    if (protocol === TCP) {
      const answer = trackTcp(connection, direction, flags, this.loose);
      if (answer === TRACKED.VALID && tcpTimeout.seconds >= 0) {
        connection.expires = now + tcpTimeout.seconds * SECOND;
      }
      return answer;
    }
    let time = protocol === ICMP ? timeouts.icmp : timeouts.generic;
    if (protocol === UDP) {
      time = timeouts.udp;
      if (connection.has(STATUS.SEEN_REPLY) && now > connection.streamSince) {
        time = timeouts.udpStream;
        connection.status |= STATUS.ASSURED;
      }
    }
    connection.expires = now + time;
    return TRACKED.VALID;
  }

  /** Whether lengths and checksums are those of a packet of its protocol. */
  private isSound(frame: Frame, protocol: number, at: number, incoming: boolean): boolean {
    const { view, end } = frame;
    const summed = this.checksum && incoming;
    if (protocol === TCP) {
      return isTcpHeader(view, at, end) && (!summed || isRight(frame, at, end));
    }
    if (protocol === UDP) {
      if (at + UDP_HEADER_BYTES > end) return false;
      const length = view.getUint16(at + UDP_LENGTH);
      if (length < UDP_HEADER_BYTES || at + length > end) return false;
      return !summed || view.getUint16(at + UDP_CHECKSUM) === 0 || isRight(frame, at, end);
    }
    if (protocol === ICMP) {
      if (at + ICMP_HEADER_BYTES > end || view.getUint8(at) > LAST_ICMP_TYPE) return false;
      return !summed || finishSum(sumBytes(view, at, end)) === 0;
    }
    return true;
  }

  /** An ICMP error is of the connection whose packet it quotes. */
  private relate(frame: Frame, at: number): void {
    const { asked } = this;
    const { view, network, end } = frame;
    const quoted = at + ICMP_HEADER_BYTES;
    const found = this.readQuote(view, quoted, end)
      ? this.table.find(asked, this.clock.now)
      : undefined;
    // Who is told must be who sent the packet, or else anyone could be told anything.
    if (found === undefined || view.getInt32(network + DST) !== found.dst) {
      this.invalid++;
      return;
    }
    frame.connection = (found.connection as Connection).as('RELATED', found.direction);
  }

  /** Leaves in `asked` what an answer to the quoted packet would say. */
  private readQuote(view: DataView, quoted: number, end: number): boolean {
    if (quoted + IPV4_HEADER_BYTES > end || view.getUint8(quoted) >>> 4 !== 4) return false;
    const header = (view.getUint8(quoted + IHL.offset) & IHL.max) * 4;
    const transport = quoted + header;
    if (header < IPV4_HEADER_BYTES || transport > end) return false;
    const { quote } = this;
    return quote.read(view, quoted, transport, end) && this.asked.invert(quote);
  }
}

function isRight(frame: Frame, at: number, end: number): boolean {
  return foldSum(sumBytes(frame.view, at, end, pseudoSum(frame, at))) === 0xffff;
}
