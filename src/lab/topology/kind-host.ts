/** Hosts and routers of a topology. */
import { Bridge } from '../bridge/bridge.js';
import { Host, type HostOptions, type InterfaceSpec } from '../host.js';
import { NatRouter } from '../nat-router.js';
import { Netfilter } from '../netfilter/netfilter.js';
import { memberOptions } from '../switch.js';
import { addVlanPort } from '../vlan-port.js';
import { type Kind, kindOf, type Said } from './kind.js';
import { SWITCH_PORT } from './kind-switch.js';
import type { Network } from './network.js';
import type { Place } from './place.js';
import { openServices, SERVICE_SHAPE } from './services.js';
import {
  FLAG,
  list,
  object,
  oneOrMore,
  optional,
  record,
  required,
  type TypeOf,
  text,
  whole,
} from './shape.js';
import { ADDRESS, DURATION, IPV4, isName, MAC, MTU, NAMES, NETWORK, size, TTL } from './values.js';

const INTERFACE = object('an interface', {
  address: optional(oneOrMore(ADDRESS), 'its addresses'),
  mac: optional(MAC, 'absent: 02:00:00:00:00:01 and up'),
  mtu: optional(MTU, "bytes of an IP packet (absent: 1500, or its link's)"),
});

const ROUTE = object('a route', {
  to: required(NETWORK, 'where it leads'),
  via: optional(IPV4, 'the next router'),
  dev: optional(text(), 'the interface'),
  src: optional(IPV4, 'the address that packets come from'),
  metric: optional(whole(0, 0xffffffff), 'the lower, the better'),
});

/** What a window can announce at most (RFC 7323 §2.3). */
const MAX_BUFFER = 0xffff * 2 ** 14;

/** Linux's names for VLANs on an interface. */
const VLAN_NAME = /^(.+)\.(\d+)$/;

const BRIDGE = object('a bridge', {
  ports: optional(record('NAME', SWITCH_PORT, isName, NAMES), 'its ports, as those of a switch'),
  address: optional(oneOrMore(ADDRESS), "addresses of the bridge's own interface"),
  mac: optional(MAC, 'absent: 02:00:00:00:00:01 and up'),
  mtu: optional(MTU, 'bytes of an IP packet (absent: 1500)'),
  ageing: optional(DURATION, 'after which an address is forgotten (absent: 5min)'),
});

const TCP = object('TCP', {
  mss: optional(whole(48, 65_495), 'the largest segment that it announces'),
  windowScaling: optional(FLAG, 'RFC 7323 (absent: true)'),
  timestamps: optional(FLAG, 'RFC 7323 (absent: true)'),
  sack: optional(FLAG, 'RFC 2018 (absent: true)'),
  nagle: optional(FLAG, 'absent: true'),
  delayedAck: optional(FLAG, 'absent: true'),
  initialWindow: optional(whole(1, 1000), 'segments of the first congestion window (absent: 10)'),
  receiveBuffer: optional(size(MAX_BUFFER), 'bytes of the window (absent: it grows)'),
});

/** What can be said of whatever has an IP stack. */
export const STACK_FIELDS = {
  interfaces: optional(
    record('NAME', INTERFACE, isName, NAMES),
    'its interfaces, eth0 and the like',
  ),
  gateway: optional(IPV4, 'the default router'),
  routes: optional(list(ROUTE), 'further routes, as `ip route add` takes them'),
  ttl: optional(TTL, 'TTL of what it sends (absent: 64)'),
  tcp: optional(TCP, 'how its TCP is set'),
  bridges: optional(record('NAME', BRIDGE, isName, NAMES), 'bridges in it, br0 and the like'),
  iptables: optional(
    list(text('a line of iptables, such as -A FORWARD -p tcp --dport 23 -j DROP')),
    'netfilter, line by line',
  ),
  services: optional(SERVICE_SHAPE, 'what is behind its ports, such as udp/7: echo'),
};

/** What is said of it. */
export type StackSaid = Said<typeof STACK_FIELDS>;

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

/** Makes a host, piece by piece, so that each mistake is told where it stands. */
export function makeHost(
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

/** What of it `Host` is told when it is made. */
export function hostOptions({ title, ttl, tcp }: StackSaid): HostOptions {
  return {
    ...(title === undefined ? {} : { title }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(tcp === undefined ? {} : { tcp }),
  };
}

/** Interfaces that a device must have from its beginning: those that are no VLAN of another. */
export function firstInterfaces({
  interfaces = new Map(),
}: StackSaid): Record<string, InterfaceSpec> {
  const own = [...interfaces].filter(([name]) => !interfaces.has(VLAN_NAME.exec(name)?.[1] ?? ''));
  return Object.fromEntries(own.map(([name, spec]) => [name, spec ?? {}]));
}

/**
 * Adds all that can be said of a host, each thing at its place. `made`: interfaces that are there
 * already.
 */
export function furnish(
  host: Host,
  said: StackSaid,
  place: Place,
  made: Readonly<Record<string, InterfaceSpec>> = {},
): void {
  const {
    interfaces = new Map(),
    bridges = new Map(),
    gateway,
    routes = [],
    services,
    iptables = [],
  } = said;
  for (const [port, spec] of interfaces) {
    if (!Object.hasOwn(made, port))
      place.at('interfaces', port).try(() => addInterface(host, port, spec ?? {}));
  }
  for (const [bridge, spec] of bridges) {
    place.at('bridges', bridge).try(() => addBridge(host, bridge, spec ?? {}));
  }
  if (gateway !== undefined) {
    place.at('gateway').try(() => host.ip.addRoute('default', { via: gateway }));
  }
  for (const [i, route] of routes.entries()) {
    place.at('routes', i).try(() => host.ip.addRoute(route.to, route));
  }
  if (iptables.length > 0) addRules(host, iptables, place.at('iptables'));
  if (services !== undefined) openServices(host, services, place.at('services'));
}

function addRules(host: Host, lines: readonly string[], place: Place): void {
  const netfilter = host instanceof NatRouter ? host.netfilter : new Netfilter(host.ip);
  for (const [i, line] of lines.entries()) {
    place.at(i).try(() => netfilter.iptables(line.replace(/^iptables\s+/, '')));
  }
}

/** `eth0.10` is a VLAN of `eth0`, where there is one; else a name like any other. */
function addInterface(host: Host, name: string, spec: TypeOf<typeof INTERFACE>): void {
  const [, below = '', vid = ''] = VLAN_NAME.exec(name) ?? [];
  const { address = [], ...port } = spec;
  if (!host.ports.has(below)) host.addInterface(name, spec);
  else host.addAddresses(addVlanPort(host.port(below), Number(vid), port), address);
}

function addBridge(host: Host, name: string, spec: TypeOf<typeof BRIDGE>): void {
  const { ports = new Map(), address, mac, mtu, ageing } = spec;
  const specs = [...ports.values()];
  const bridge = new Bridge(host, name, {
    self: { ...(mac === undefined ? {} : { mac }), ...(mtu === undefined ? {} : { mtu }) },
    vlanFiltering: specs.some((one) => one?.access !== undefined || one?.trunk !== undefined),
    ...(ageing === undefined ? {} : { ageing }),
  });
  for (const [port, one = {}] of ports) {
    bridge.addPort(host.addPort(port, one), memberOptions(`${host.name}:${port}`, one));
  }
  if (address !== undefined) host.addAddresses(bridge.self, address);
}
