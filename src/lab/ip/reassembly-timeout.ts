/** What a host does when fragments are still missing after 30 s (Linux `ip_expire`, RFC 1122 §3.3.2). */
import { ICMP_TYPE } from '../../headers/numbers.js';
import type { Frame } from '../frame.js';
import { dstOf, srcOf } from './packet.js';
import type { IpStack } from './stack.js';

const REASSEMBLY_TIME = 1;

/**
 * Counts it, and tells the sender "fragment reassembly time exceeded", where the first fragment has
 * come: the others have nothing in them by which the sender would know what they are of. Takes that
 * fragment over.
 */
export function reassemblyTimedOut(stack: IpStack, first: Frame | undefined): void {
  const { device } = stack;
  stack.counters.reasmTimeout++;
  if (first === undefined) {
    if (device.noting) device.note('Fragments, but not the first, after 30 s: drop');
    return;
  }
  if (stack.isLocal(srcOf(first))) {
    // A martian, which connection tracking sees before anybody looks at its source.
    first.release();
    return;
  }
  if (device.noting) device.note('Fragments are missing after 30 s: drop, tell the sender');
  stack.icmp.error(first, ICMP_TYPE.timeExceeded, REASSEMBLY_TIME);
}

/**
 * The same for connection tracking, which puts together what is forwarded, too: only the host that a
 * packet was for tells its sender (Linux `frag_expire_skip_icmp`).
 */
export function trackedTimedOut(stack: IpStack, first: Frame | undefined): void {
  if (first === undefined || stack.isLocal(dstOf(first))) {
    reassemblyTimedOut(stack, first);
    return;
  }
  stack.counters.reasmTimeout++;
  first.release();
}
