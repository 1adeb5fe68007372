/** The connections by their tuples: a hash table that allocates nothing when it is asked. */
import { type Connection, STATUS } from './connection.js';
import type { Tuple } from './tuple.js';

const FIRST_BUCKETS = 256;
/** How many old entries each new one has looked at, so that forgotten ones do not pile up. */
const SWEEP = 4;
/** How many entries are looked at for one to give up where the table is full. */
const EARLY_DROP = 16;

/** The confirmed connections. Those whose time is over are gone for whoever asks. */
export class ConnectionTable {
  /** Entries at most (`net.netfilter.nf_conntrack_max`). */
  readonly max: number;
  /** Packets dropped because the table was full. */
  dropped: number;
  /** Called when an entry goes. */
  forgotten: (connection: Connection) => void;
  private buckets: (Tuple | undefined)[];
  private readonly entries: Set<Connection>;
  private sweeper: Iterator<Connection>;

  constructor(max: number) {
    this.max = max;
    this.dropped = 0;
    this.forgotten = () => {};
    this.buckets = new Array<Tuple | undefined>(FIRST_BUCKETS).fill(undefined);
    this.entries = new Set();
    this.sweeper = this.entries.values();
  }

  /** How many there are, those whose time is over but nobody noticed included. */
  get size(): number {
    return this.entries.size;
  }

  /** The entry with that tuple in one of its directions. `now`: nanoseconds. */
  find(tuple: Tuple, now: number): Tuple | undefined {
    let found = this.buckets[tuple.hash & (this.buckets.length - 1)];
    while (found !== undefined && !found.equals(tuple)) found = found.next;
    if (found === undefined) return undefined;
    const connection = found.connection as Connection;
    if (connection.expires > now) return found;
    this.remove(connection);
    return undefined;
  }

  /** Whether there is room for one more; gives up one that is not assured if need be. */
  makeRoom(now: number): boolean {
    if (this.entries.size < this.max) return true;
    if (this.sweep(now, EARLY_DROP, true)) return true;
    this.dropped++;
    return false;
  }

  /** Puts a connection in. Neither of its tuples may be there. */
  add(connection: Connection, now: number): void {
    this.sweep(now, SWEEP, false);
    if (this.entries.size >= this.buckets.length) this.grow();
    this.entries.add(connection);
    this.link(connection.original);
    this.link(connection.reply);
    connection.status |= STATUS.CONFIRMED;
  }

  /** Takes a connection out: `conntrack -D`. */
  remove(connection: Connection): void {
    if (!this.entries.delete(connection)) return;
    this.unlink(connection.original);
    this.unlink(connection.reply);
    this.forgotten(connection);
  }

  /** Forgets all: `conntrack -F`. */
  flush(): void {
    for (const connection of this.entries) this.remove(connection);
  }

  /** Those whose time is not over, in the order in which they came. */
  live(now: number): Connection[] {
    return [...this.entries].filter(({ expires }) => expires > now);
  }

  /** Looks at some entries in turn; whether one has gone. */
  private sweep(now: number, count: number, early: boolean): boolean {
    for (let i = 0; i < count; i++) {
      let { value, done } = this.sweeper.next();
      if (done === true) {
        this.sweeper = this.entries.values();
        ({ value, done } = this.sweeper.next());
        if (done === true) return false;
      }
      const connection = value as Connection;
      if (connection.expires > now && (!early || connection.has(STATUS.ASSURED))) continue;
      this.remove(connection);
      if (early) return true;
    }
    return false;
  }

  private link(tuple: Tuple): void {
    const bucket = tuple.hash & (this.buckets.length - 1);
    tuple.next = this.buckets[bucket];
    this.buckets[bucket] = tuple;
  }

  private unlink(tuple: Tuple): void {
    const bucket = tuple.hash & (this.buckets.length - 1);
    let at = this.buckets[bucket];
    if (at === tuple) this.buckets[bucket] = tuple.next;
    else {
      while (at !== undefined && at.next !== tuple) at = at.next;
      if (at !== undefined) at.next = tuple.next;
    }
    tuple.next = undefined;
  }

  private grow(): void {
    this.buckets = new Array<Tuple | undefined>(this.buckets.length * 4).fill(undefined);
    for (const connection of this.entries) {
      this.link(connection.original);
      this.link(connection.reply);
    }
  }
}
