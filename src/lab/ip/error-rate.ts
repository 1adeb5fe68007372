/** How many ICMP errors a host sends to another (Linux `icmpv4_xrlim_allow`, RFC 1812 §4.3.2.8). */
import { ICMP_TYPE } from '../../headers/numbers.js';
import type { Clock } from '../clock.js';

/** Errors that may go at once after a pause: Linux's XRLIM_BURST_FACTOR. */
const BURST = 6;
/** Types that are limited: `net.ipv4.icmp_ratemask`. */
const MASK =
  (1 << ICMP_TYPE.destinationUnreachable) |
  (1 << ICMP_TYPE.sourceQuench) |
  (1 << ICMP_TYPE.timeExceeded) |
  (1 << ICMP_TYPE.parameterProblem);
const FRAGMENTATION_NEEDED = 4;
/** Peers at most, so that forged sources take no memory. The oldest goes first. */
const MAX_PEERS = 4096;

/**
 * A bucket of time for each peer: an error takes `interval` out, and six fit. Linux's second limit, for
 * all peers together (`icmp_msgs_per_sec`, 1000), is left out.
 */
export class ErrorRate {
  private readonly clock: Clock;
  private readonly interval: number;
  /** By signed address. Nanoseconds: what is in the bucket, and since when. */
  private readonly peers: Map<number, { tokens: number; since: number }>;

  /** `interval`: nanoseconds; 0: no limit. */
  constructor(clock: Clock, interval: number) {
    this.clock = clock;
    this.interval = interval;
    this.peers = new Map();
  }

  /** Whether an error of that kind may go to a peer now. It then counts. */
  allows(peer: number, type: number, code: number): boolean {
    // Path MTU discovery is not held up.
    const tooLong = type === ICMP_TYPE.destinationUnreachable && code === FRAGMENTATION_NEEDED;
    const { interval } = this;
    if (interval === 0 || tooLong || ((1 << type) & MASK) === 0) return true;
    const bucket = this.bucketOf(peer);
    const { now } = this.clock;
    bucket.tokens = Math.min(BURST * interval, bucket.tokens + now - bucket.since);
    bucket.since = now;
    if (bucket.tokens < interval) return false;
    bucket.tokens -= interval;
    return true;
  }

  private bucketOf(peer: number): { tokens: number; since: number } {
    const { peers } = this;
    const known = peers.get(peer | 0);
    if (known !== undefined) return known;
    if (peers.size >= MAX_PEERS) {
      const [oldest] = peers.keys();
      if (oldest !== undefined) peers.delete(oldest);
    }
    const made = { tokens: BURST * this.interval, since: this.clock.now };
    peers.set(peer | 0, made);
    return made;
  }
}
