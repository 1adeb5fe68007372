/** What a router does with a packet for another: route, TTL, MTU, and then the hook (Linux `ip_forward`). */
import { formatIpv4 } from '../../bytes/address.js';
import { ICMP_TYPE } from '../../headers/numbers.js';
import type { Frame } from '../frame.js';
import { HOOK } from './hooks.js';
import type { IpInterface } from './interface.js';
import { dontFragment, dstOf, setTtl, ttlOf } from './packet.js';
import type { Route } from './routes.js';
import type { IpStack } from './stack.js';

/** Sends a packet on that came in at `input`, or tells its sender why it gets no further. */
export function forward(stack: IpStack, frame: Frame, input: IpInterface): void {
  const { counters, device } = stack;
  const dst = dstOf(frame);
  const route = stack.routes.lookup(dst);
  if (route === undefined) {
    counters.inNoRoutes++;
    if (device.noting) device.note(`No route to ${formatIpv4(dst)}`, frame);
    stack.icmp.error(frame, ICMP_TYPE.destinationUnreachable, 0);
    return;
  }
  const ttl = ttlOf(frame);
  if (ttl <= 1) {
    counters.inHdrErrors++;
    if (device.noting) device.note(`TTL=${ttl} reached 0: drop, tell the sender`, frame);
    stack.icmp.error(frame, ICMP_TYPE.timeExceeded, 0);
    return;
  }
  const { mtu } = route.out.port;
  if (frame.end - frame.network > mtu && dontFragment(frame)) {
    refuseTooLong(stack, frame, mtu);
    return;
  }
  if (device.noting) noteHop(stack, frame, route, ttl);
  setTtl(frame, ttl - 1);
  frame.hops = 0;
  if (!stack.passes(HOOK.FORWARD, frame, input.port, route.out.port)) return;
  counters.forwDatagrams++;
  // A router goes by its links: what it has heard of the path is the sender's business
  // (`ip_forward_use_pmtu` 0).
  stack.finish(frame, route, mtu);
}

function refuseTooLong({ counters, device, icmp }: IpStack, frame: Frame, mtu: number): void {
  counters.fragFails++;
  if (device.noting) {
    const bytes = frame.end - frame.network;
    device.note(`${bytes} bytes do not fit the MTU of ${mtu}, and DF is set`, frame);
  }
  icmp.error(frame, ICMP_TYPE.destinationUnreachable, 4, mtu);
}

function noteHop({ device }: IpStack, frame: Frame, { gateway }: Route, ttl: number): void {
  const hop = gateway === 0 ? 'Directly connected' : `Next hop: ${formatIpv4(gateway)}`;
  device.note(`Strip frame, lookup route\n${hop}`, frame);
  device.note(`TTL ${ttl} → ${ttl - 1}`, frame);
}
