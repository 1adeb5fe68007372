/** What can be said of whatever has an IP stack. */
import { IPVS_SHAPE } from './ipvs-services.js';
import type { Said } from './kind.js';
import { SWITCH_PORT } from './kind-switch.js';
import { SERVICE_SHAPE } from './services.js';
import { FLAG, list, object, oneOrMore, optional, record, required, text, whole } from './shape.js';
import {
  ADDRESS,
  DURATION,
  HOST_ADDRESS,
  isName,
  MAC,
  MTU,
  NAMES,
  NETWORK,
  size,
  TTL,
} from './values.js';

/** An interface. */
export const INTERFACE = object('an interface', {
  address: optional(oneOrMore(ADDRESS), 'its addresses'),
  mac: optional(MAC, 'absent: 02:00:00:00:00:01 and up'),
  mtu: optional(MTU, "bytes of an IP packet (absent: 1500, or its link's)"),
});

const ROUTE = object('a route', {
  to: required(NETWORK, 'where it leads'),
  via: optional(HOST_ADDRESS, 'the next router'),
  dev: optional(text(), 'the interface'),
  src: optional(HOST_ADDRESS, 'the address that packets come from'),
  metric: optional(whole(0, 0xffffffff), 'the lower, the better'),
});

/** What a window can announce at most (RFC 7323 §2.3). */
const MAX_BUFFER = 0xffff * 2 ** 14;

/** A bridge. */
export const BRIDGE = object('a bridge', {
  ports: optional(record('NAME', SWITCH_PORT, isName, NAMES), 'its ports, as those of a switch'),
  address: optional(oneOrMore(ADDRESS), "addresses of the bridge's own interface"),
  mac: optional(MAC, 'absent: 02:00:00:00:00:01 and up'),
  mtu: optional(MTU, 'bytes of an IP packet (absent: 1500)'),
  ageing: optional(DURATION, 'after which an address is forgotten (absent: 5min)'),
  netfilter: optional(FLAG, 'whether iptables sees what it forwards, br_netfilter (absent: false)'),
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
  keepAlive: optional(FLAG, 'whether a silent peer is asked if it is there (absent: false)'),
  keepAliveTime: optional(DURATION, 'of silence before the first question (absent: 2h)'),
  keepAliveInterval: optional(DURATION, 'between questions without answer (absent: 75s)'),
  keepAliveProbes: optional(whole(1, 127), 'questions before it is given up (absent: 9)'),
});

/** What can be said of whatever has an IP stack. */
export const STACK_FIELDS = {
  interfaces: optional(
    record('NAME', INTERFACE, isName, NAMES),
    'its interfaces: eth0, and eth0.10 for VLAN 10 on it',
  ),
  gateway: optional(HOST_ADDRESS, 'the default router'),
  routes: optional(list(ROUTE), 'further routes, as `ip route add` takes them'),
  ttl: optional(TTL, 'TTL of what it sends (absent: 64)'),
  icmpRateLimit: optional(
    DURATION,
    'between ICMP errors to one peer, after six at once (absent: 1s; 0: no limit)',
  ),
  tcp: optional(TCP, 'how its TCP is set'),
  bridges: optional(record('NAME', BRIDGE, isName, NAMES), 'bridges in it, br0 and the like'),
  iptables: optional(
    list(text('a line of iptables, such as -A FORWARD -p tcp --dport 23 -j DROP')),
    'netfilter, line by line; it is listed by --tables, not by -L or -S',
  ),
  ipvs: optional(IPVS_SHAPE, 'virtual services at its addresses, and who is behind them'),
  controller: optional(FLAG, 'whether it is the controller of overlays'),
  database: optional(FLAG, 'whether it is their shared database'),
  services: optional(SERVICE_SHAPE, 'what is behind its ports, such as udp/7: echo'),
};

/** What is said of it. */
export type StackSaid = Said<typeof STACK_FIELDS>;
