/** What the cables of the scenarios are like: a bit takes its time on each of them, as on real ones. */
import { MICROSECOND } from '../lab/clock.js';
import type { LinkOptions } from '../lab/link.js';

const GIGABIT = 1_000_000_000;

/** A cable of gigabit Ethernet; `latency`: nanoseconds from end to end. */
export function gigabit(latency: number): LinkOptions {
  return { latency, bandwidth: GIGABIT };
}

/**
 * A veth pair, or the tap of a virtual machine: no length, but a processor hands each frame over;
 * 10 Gbit/s, as `ethtool` says of a veth.
 */
export const VETH: LinkOptions = { latency: 5 * MICROSECOND, bandwidth: 10 * GIGABIT };
