/** How an IP stack is set. */
import { checkNumber, checkNumbers, DURATION, TTL } from '../range.js';
import { NEIGHBOUR_RANGES, type NeighbourOptions } from './neighbours.js';

/** What an IP stack can be told. */
export interface IpStackOptions {
  /** Whether it forwards packets that are not its own: `net.ipv4.ip_forward` (absent: false). */
  readonly forwarding?: boolean;
  /** TTL of what it sends, 1–255 (absent: 64, `net.ipv4.ip_default_ttl`). */
  readonly ttl?: number;
  /**
   * Nanoseconds between ICMP errors to one peer, after six that may go at once; 0: no limit (absent:
   * 1 s, `net.ipv4.icmp_ratelimit`). "Fragmentation needed" and what a host tells itself always go.
   */
  readonly icmpRateLimit?: number;
  readonly neighbours?: NeighbourOptions;
}

/** Checks the numbers of a device's options. Throws `OUT_OF_RANGE`. */
export function checkStackOptions(name: string, options: IpStackOptions): void {
  const { ttl, icmpRateLimit, neighbours } = options;
  if (ttl !== undefined) checkNumber(name, 'a TTL', ttl, TTL);
  if (icmpRateLimit !== undefined) checkNumber(name, 'icmpRateLimit', icmpRateLimit, DURATION);
  if (neighbours === undefined) return;
  checkNumbers(`${name}: neighbours`, neighbours, NEIGHBOUR_RANGES);
}
