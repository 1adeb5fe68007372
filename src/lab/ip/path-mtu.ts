/** What is known of the ways to destinations: how long a packet may be (RFC 1191). */
import type { Clock } from '../clock.js';

/** Nanoseconds that a path MTU is believed (RFC 1191 §6.3: ten minutes). */
const AGE = 600_000_000_000;
/** RFC 791: every link carries this much. */
const LEAST = 68;

/** The path MTUs that a host has learned. */
export class PathMtus {
  private readonly clock: Clock;
  // By signed address: a Map allocates for a key that is no small integer (Node 20).
  private readonly known: Map<number, { readonly mtu: number; readonly since: number }>;

  constructor(clock: Clock) {
    this.clock = clock;
    this.known = new Map();
  }

  /** Bytes of the largest packet to `dst`: `mtu`, or what is known of the path where that is less. */
  to(dst: number, mtu: number): number {
    const { known } = this;
    if (known.size === 0) return mtu;
    const found = known.get(dst | 0);
    if (found === undefined) return mtu;
    if (this.clock.now - found.since <= AGE) return Math.min(mtu, found.mtu);
    known.delete(dst | 0);
    return mtu;
  }

  /** A router says so. What no link may say is passed over. */
  learn(dst: number, mtu: number): void {
    if (mtu >= LEAST) this.known.set(dst | 0, { mtu, since: this.clock.now });
  }
}
