/** A connection that is tracked (Linux `nf_conn`), and what a packet is to it (`ip_conntrack_info`). */
import { type Direction, ORIGINAL, REPLY, Tuple } from './tuple.js';

/** What is known of a connection: bits of `Connection.status` (Linux `ip_conntrack_status`). */
export const STATUS = {
  SEEN_REPLY: 0x02,
  /** Not to be given up early. */
  ASSURED: 0x04,
  /** It is in the table. */
  CONFIRMED: 0x08,
  SRC_NAT: 0x10,
  DST_NAT: 0x20,
  /** Whether it has been decided what becomes of source and destination. */
  SRC_NAT_DONE: 0x80,
  DST_NAT_DONE: 0x100,
} as const;

/** Both kinds of translation. */
export const NAT_MASK = STATUS.SRC_NAT | STATUS.DST_NAT;

/** What a packet is to its connection. */
export type PacketState = 'NEW' | 'ESTABLISHED' | 'RELATED';

/** What a frame carries of its connection: made once, handed on with every packet. */
export class Tracked {
  readonly connection: Connection;
  readonly state: PacketState;
  readonly direction: Direction;

  constructor(connection: Connection, state: PacketState, direction: Direction) {
    this.connection = connection;
    this.state = state;
    this.direction = direction;
  }
}

/** What a frame carries that is not to be tracked: state UNTRACKED. */
export const UNTRACKED = { untracked: true } as const;

/** A connection. */
export class Connection {
  readonly original: Tuple;
  readonly reply: Tuple;
  /** Bits of `STATUS`. */
  status: number;
  /** When it is forgotten, in nanoseconds of virtual time. */
  expires: number;
  /** Netfilter's mark of the connection (CONNMARK), 32 bits. */
  mark: number;
  /** Of TCP: a place in `TCP_STATES`. */
  tcpState: number;
  /** Of UDP: from when on it counts as a stream, nanoseconds. */
  streamSince: number;
  private readonly seen: (Tracked | undefined)[];

  constructor() {
    this.original = new Tuple(this, ORIGINAL);
    this.reply = new Tuple(this, REPLY);
    this.status = 0;
    this.expires = 0;
    this.mark = 0;
    this.tcpState = 0;
    this.streamSince = 0;
    this.seen = [undefined, undefined, undefined, undefined, undefined, undefined];
  }

  tuple(direction: Direction): Tuple {
    return direction === ORIGINAL ? this.original : this.reply;
  }

  has(bit: number): boolean {
    return (this.status & bit) !== 0;
  }

  get protocol(): number {
    return this.original.protocol;
  }

  /** What a packet of that state and direction carries. */
  as(state: PacketState, direction: Direction): Tracked {
    const place = (state === 'NEW' ? 0 : state === 'ESTABLISHED' ? 2 : 4) + direction;
    const known = this.seen[place];
    if (known !== undefined) return known;
    const made = new Tracked(this, state, direction);
    this.seen[place] = made;
    return made;
  }
}
