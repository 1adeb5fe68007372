/** Packets that cannot have come by the way they came (RFC 1812 §5.3.7, Linux's "martians"). */
import type { IpInterface } from './interface.js';
import { isMulticast } from './packet.js';
import type { IpStack } from './stack.js';

const LIMITED_BROADCAST = 0xffffffff;
const LOOPBACK_NET = 127;

/**
 * Whether a packet that came in at `input`, which is not `lo`, is to be dropped for its addresses:
 * from nobody, from several, from this host itself, from or to 127.0.0.0/8. As Linux has it
 * (`ip_route_input_slow`), with `accept_local` and `route_localnet` 0.
 */
export function isMartian(stack: IpStack, input: IpInterface, src: number, dst: number): boolean {
  if (dst >>> 24 === LOOPBACK_NET || isMulticast(src) || stack.isLocal(src)) return true;
  // Who has no address yet may ask all (DHCP).
  if (src === 0) return dst !== LIMITED_BROADCAST && !isMulticast(dst);
  return input.isBroadcast(src);
}
