/** What is known of the ways to destinations: how long a packet may be (RFC 1191, Linux `route.c`). */
import type { Clock } from '../clock.js';

/** Nanoseconds that a path MTU is believed: `net.ipv4.route.mtu_expires`, RFC 1191 §6.3's ten minutes. */
const AGE = 600_000_000_000;
/** Bytes: `net.ipv4.route.min_pmtu`. What a router says below this is not taken at its word. */
export const MIN_PATH_MTU = 552;
/** Paths at most, so that forged errors take no memory. What was learned the longest ago goes first. */
const MAX_PATHS = 4096;

interface PathMtu {
  /** Bytes. */
  readonly mtu: number;
  /** Whether routers are to cut what is sent this way, since some link carries less than `mtu`. */
  readonly locked: boolean;
  /** Nanoseconds. */
  readonly since: number;
}

/** The path MTUs that a host has learned. */
export class PathMtus {
  private readonly clock: Clock;
  // By signed address: a Map allocates for a key that is no small integer (Node 20).
  private readonly known: Map<number, PathMtu>;

  constructor(clock: Clock) {
    this.clock = clock;
    this.known = new Map();
  }

  /** Bytes of the largest packet to `dst`: `mtu`, or what is known of the path where that is less. */
  to(dst: number, mtu: number): number {
    const found = this.find(dst);
    return found === undefined ? mtu : Math.min(mtu, found.mtu);
  }

  /**
   * Whether a router has said less than 552 bytes: then packets to `dst` go without DF (Linux
   * `rt_mtu_locked`).
   */
  isLocked(dst: number): boolean {
    return this.find(dst)?.locked ?? false;
  }

  /**
   * A router says that packets to `dst` may have so many bytes; `before`: what was known. As Linux
   * (`__ip_rt_update_pmtu`): more than was known is passed over, however long the packet was that the
   * router speaks of. Below 552 the path counts as one of 552 bytes on which packets are cut, so that
   * nobody makes a host send tiny ones. That is so for 0, too, what routers say that do not know of
   * RFC 1191: Linux guesses no more by the packet's length since 3.6.
   */
  learn(dst: number, mtu: number, before: number): void {
    const found = this.find(dst);
    if (mtu > before || found?.locked === true) return;
    const { now } = this.clock;
    const locked = mtu < MIN_PATH_MTU;
    // What is known already is believed for longer only where half its time is over.
    if (!locked && found?.mtu === mtu && now < found.since + AGE / 2) return;
    const bytes = locked ? Math.min(before, MIN_PATH_MTU) : mtu;
    const { known } = this;
    known.delete(dst | 0);
    if (known.size >= MAX_PATHS) {
      const [oldest] = known.keys();
      if (oldest !== undefined) known.delete(oldest);
    }
    known.set(dst | 0, { mtu: bytes, locked, since: now });
  }

  private find(dst: number): PathMtu | undefined {
    const { known } = this;
    if (known.size === 0) return undefined;
    const found = known.get(dst | 0);
    if (found === undefined || this.clock.now - found.since <= AGE) return found;
    known.delete(dst | 0);
    return undefined;
  }
}
