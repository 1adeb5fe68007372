/** What is wrong with an IPv4 header though its bounds are right: looked for when it is asked for. */
import type { Ipv4View } from './ipv4.js';
import { ipv4Problems } from './ipv4-wire.js';
import type { ProblemKind } from './protocol.js';

/** What the addresses 224.0.0.0–239.255.255.255 have in front (RFC 1112 §4). */
const MULTICAST = 0xe;
const BROADCAST = 0xffffffff;

/** Every problem of an IPv4 header: first those that its check finds. */
export const allIpv4Problems: readonly ProblemKind<Ipv4View>[] = [
  ...ipv4Problems,
  {
    code: 'IPV4_RESERVED_FLAG',
    message: 'the reserved flag is set',
    severity: 'warning',
    field: 'reserved',
    rfc: 'RFC 791 §3.1',
    when: (layer) => layer.reserved,
  },
  {
    code: 'IPV4_DONT_FRAGMENT_ON_FRAGMENT',
    message: "a fragment is marked don't fragment",
    severity: 'warning',
    field: 'dontFragment',
    rfc: 'RFC 791 §3.1',
    when: (layer) => layer.dontFragment && (layer.fragmentOffset > 0 || layer.moreFragments),
  },
  {
    code: 'IPV4_FRAGMENT_NOT_EIGHTS',
    message: 'a fragment that is not the last has a body of no multiple of eight bytes',
    severity: 'warning',
    field: 'length',
    rfc: 'RFC 791 §3.2',
    when: (layer) => layer.moreFragments && (layer.length - layer.ihl * 4) % 8 !== 0,
  },
  {
    code: 'IPV4_TTL_ZERO',
    message: 'the time to live is 0: nobody may send such a packet',
    severity: 'warning',
    field: 'ttl',
    rfc: 'RFC 1122 §3.2.1.7',
    when: (layer) => layer.ttl === 0,
  },
  {
    code: 'IPV4_SRC_MULTICAST',
    message: 'the source is a multicast address',
    severity: 'warning',
    field: 'src',
    rfc: 'RFC 1112 §7.2',
    when: (layer) => layer.srcWord >>> 28 === MULTICAST,
  },
  {
    code: 'IPV4_SRC_BROADCAST',
    message: 'the source is the broadcast address',
    severity: 'warning',
    field: 'src',
    rfc: 'RFC 1122 §3.2.1.3',
    when: (layer) => layer.srcWord === BROADCAST,
  },
];
