/** Hosts and routers of a topology. */
import { Host, type HostOptions } from '../host.js';
import { furnish, hostOptions } from './furnish.js';
import { type Kind, kindOf } from './kind.js';
import type { Network } from './network.js';
import type { Place } from './place.js';
import { STACK_FIELDS, type StackSaid } from './stack-fields.js';

/** A host. */
export const HOST: Kind = kindOf(
  'host',
  'a host with an IPv4 stack: ARP, routes, ICMP, UDP, TCP',
  STACK_FIELDS,
  (network, name, said, place) => makeHost(network, name, said, place),
);

/** A router. */
export const ROUTER: Kind = kindOf(
  'router',
  'a host that forwards packets for others',
  STACK_FIELDS,
  (network, name, said, place) => makeHost(network, name, said, place, { forwarding: true }),
);

function makeHost(
  { lab }: Network,
  name: string,
  said: StackSaid,
  place: Place,
  options: HostOptions = {},
): Host | undefined {
  const host = place.try(() => new Host(lab, name, { ...options, ...hostOptions(said) }));
  if (host !== undefined) furnish(host, said, place);
  return host;
}
