/**
 * What an address is for: IANA's IPv4 and IPv6 special-purpose address registries (RFC 6890, RFC
 * 8190) as of 2025, and the multicast ranges, which have registries of their own.
 */
import { parseSubnet, type Subnet, subnetOf } from './subnet.js';

/** An entry of the registry. */
export interface SpecialPurpose {
  readonly prefix: string;
  /** The registry's name: `Private-Use`. */
  readonly name: string;
  readonly rfc: string;
  /** Whether it may be reached from all of the Internet; undefined: the registry does not say. */
  readonly globallyReachable: boolean | undefined;
}

/** What an address or a prefix is for. */
export interface AddressKind {
  /** The entry's name; else `Global Unicast`, `Reserved by IETF`, or `mixed` where it is of several. */
  readonly name: string;
  /** Where it is said; undefined where it is mixed. */
  readonly rfc: string | undefined;
  readonly globallyReachable: boolean | undefined;
  /** All of it is in 10/8, in 172.16/12 or in 192.168/16. */
  readonly rfc1918: boolean;
  /** The entry that has all of it: the longest. */
  readonly within: SpecialPurpose | undefined;
  /** The entries that are smaller and have a part of it. */
  readonly parts: readonly SpecialPurpose[];
}

const PRIVATE = 'RFC 1918';
const YES = true;
const NO = false;
const UNSAID = undefined;

type Row = readonly [prefix: string, name: string, rfc: string, reachable: boolean | undefined];

const IPV4: readonly Row[] = [
  ['0.0.0.0/8', 'This network', 'RFC 791 §3.2', NO],
  ['0.0.0.0/32', 'This host on this network', 'RFC 1122 §3.2.1.3', NO],
  ['10.0.0.0/8', 'Private-Use', PRIVATE, NO],
  ['100.64.0.0/10', 'Shared Address Space', 'RFC 6598', NO],
  ['127.0.0.0/8', 'Loopback', 'RFC 1122 §3.2.1.3', NO],
  ['169.254.0.0/16', 'Link Local', 'RFC 3927', NO],
  ['172.16.0.0/12', 'Private-Use', PRIVATE, NO],
  ['192.0.0.0/24', 'IETF Protocol Assignments', 'RFC 6890 §2.1', NO],
  ['192.0.0.0/29', 'IPv4 Service Continuity Prefix', 'RFC 7335', NO],
  ['192.0.0.8/32', 'IPv4 dummy address', 'RFC 7600', NO],
  ['192.0.0.9/32', 'Port Control Protocol Anycast', 'RFC 7723', YES],
  ['192.0.0.10/32', 'Traversal Using Relays around NAT Anycast', 'RFC 8155', YES],
  ['192.0.0.170/32', 'NAT64/DNS64 Discovery', 'RFC 7050 §2.2', NO],
  ['192.0.0.171/32', 'NAT64/DNS64 Discovery', 'RFC 7050 §2.2', NO],
  ['192.0.2.0/24', 'Documentation (TEST-NET-1)', 'RFC 5737', NO],
  ['192.31.196.0/24', 'AS112-v4', 'RFC 7535', YES],
  ['192.52.193.0/24', 'AMT', 'RFC 7450', YES],
  ['192.88.99.0/24', 'Deprecated (6to4 Relay Anycast)', 'RFC 7526', UNSAID],
  ['192.88.99.2/32', '6a44-relay anycast address', 'RFC 6751', NO],
  ['192.168.0.0/16', 'Private-Use', PRIVATE, NO],
  ['192.175.48.0/24', 'Direct Delegation AS112 Service', 'RFC 7534', YES],
  ['198.18.0.0/15', 'Benchmarking', 'RFC 2544', NO],
  ['198.51.100.0/24', 'Documentation (TEST-NET-2)', 'RFC 5737', NO],
  ['203.0.113.0/24', 'Documentation (TEST-NET-3)', 'RFC 5737', NO],
  ['224.0.0.0/4', 'Multicast', 'RFC 5771', UNSAID],
  ['224.0.0.0/24', 'Multicast (Local Network Control)', 'RFC 5771 §4', NO],
  ['232.0.0.0/8', 'Multicast (Source-Specific)', 'RFC 4607', UNSAID],
  ['233.252.0.0/24', 'Multicast (Documentation, MCAST-TEST-NET)', 'RFC 6676', NO],
  ['239.0.0.0/8', 'Multicast (Administratively Scoped)', 'RFC 2365', NO],
  ['240.0.0.0/4', 'Reserved', 'RFC 1112 §4', NO],
  ['255.255.255.255/32', 'Limited Broadcast', 'RFC 919 §7', NO],
];

const IPV6: readonly Row[] = [
  ['::/128', 'Unspecified Address', 'RFC 4291 §2.5.2', NO],
  ['::1/128', 'Loopback Address', 'RFC 4291 §2.5.3', NO],
  ['::ffff:0:0/96', 'IPv4-mapped Address', 'RFC 4291 §2.5.5.2', NO],
  ['64:ff9b::/96', 'IPv4-IPv6 Translation', 'RFC 6052', YES],
  ['64:ff9b:1::/48', 'IPv4-IPv6 Translation (Local-Use)', 'RFC 8215', NO],
  ['100::/64', 'Discard-Only Address Block', 'RFC 6666', NO],
  ['100:0:0:1::/64', 'Dummy IPv6 Prefix', 'RFC 9780', NO],
  ['2001::/23', 'IETF Protocol Assignments', 'RFC 2928', NO],
  ['2001::/32', 'TEREDO', 'RFC 4380', UNSAID],
  ['2001:1::1/128', 'Port Control Protocol Anycast', 'RFC 7723', YES],
  ['2001:1::2/128', 'Traversal Using Relays around NAT Anycast', 'RFC 8155', YES],
  ['2001:1::3/128', 'DNS-SD Service Registration Protocol Anycast', 'RFC 9665', YES],
  ['2001:2::/48', 'Benchmarking', 'RFC 5180', NO],
  ['2001:3::/32', 'AMT', 'RFC 7450', YES],
  ['2001:4:112::/48', 'AS112-v6', 'RFC 7535', YES],
  ['2001:10::/28', 'Deprecated (previously ORCHID)', 'RFC 4843', UNSAID],
  ['2001:20::/28', 'ORCHIDv2', 'RFC 7343', YES],
  ['2001:30::/28', 'Drone Remote ID Protocol Entity Tags Prefix', 'RFC 9374', YES],
  ['2001:db8::/32', 'Documentation', 'RFC 3849', NO],
  ['2002::/16', '6to4', 'RFC 3056', UNSAID],
  ['2620:4f:8000::/48', 'Direct Delegation AS112 Service', 'RFC 7534', YES],
  ['3fff::/20', 'Documentation', 'RFC 9637', NO],
  ['5f00::/16', 'Segment Routing (SRv6) SIDs', 'RFC 9602', NO],
  ['fc00::/7', 'Unique-Local', 'RFC 4193', NO],
  ['fe80::/10', 'Link-Local Unicast', 'RFC 4291 §2.5.6', NO],
  ['fec0::/10', 'Deprecated (Site-Local Unicast)', 'RFC 3879', NO],
  ['ff00::/8', 'Multicast', 'RFC 4291 §2.7', UNSAID],
];

interface Entry {
  readonly subnet: Subnet;
  readonly purpose: SpecialPurpose;
}

// Read when first asked for: most programs never ask.
let entries: readonly Entry[] | undefined;
let globalUnicast: Subnet | undefined;

function registry(): readonly Entry[] {
  entries ??= [...IPV4, ...IPV6].map(([prefix, name, rfc, globallyReachable]) => ({
    subnet: parseSubnet(prefix),
    purpose: { prefix, name, rfc, globallyReachable },
  }));
  return entries;
}

/**
 * What an address, a prefix or a `Subnet` is for. Throws `BAD_VALUE` for text that is neither an
 * address nor a prefix.
 */
export function addressKind(prefix: Subnet | string): AddressKind {
  const subnet = subnetOf(prefix);
  const touched = registry().filter((entry) => entry.subnet.overlaps(subnet));
  const holders = touched.filter((entry) => entry.subnet.contains(subnet));
  const inside = touched.filter((entry) => !holders.includes(entry));
  const within = holders.reduce<Entry | undefined>((best, entry) => {
    return best === undefined || entry.subnet.length > best.subnet.length ? entry : best;
  }, undefined)?.purpose;
  const parts = inside.map(({ purpose }) => purpose);
  return { ...said(subnet, within, parts), rfc1918: within?.rfc === PRIVATE, within, parts };
}

function said(
  subnet: Subnet,
  within: SpecialPurpose | undefined,
  parts: readonly SpecialPurpose[],
): Pick<AddressKind, 'name' | 'rfc' | 'globallyReachable'> {
  if (within !== undefined) {
    const { name, rfc } = within;
    // A part may differ from the whole: 192.0.0.9 is reachable, the rest of 192.0.0.0/24 is not.
    const alike = parts.every((part) => part.globallyReachable === within.globallyReachable);
    return { name, rfc, globallyReachable: alike ? within.globallyReachable : undefined };
  }
  if (parts.length > 0) return { name: 'mixed', rfc: undefined, globallyReachable: undefined };
  if (subnet.version === 4) {
    return { name: 'Global Unicast', rfc: 'RFC 7249', globallyReachable: true };
  }
  // IANA gives out of 2000::/3 alone; the rest of IPv6 is kept (RFC 4291 §4).
  globalUnicast ??= parseSubnet('2000::/3');
  if (globalUnicast.contains(subnet)) {
    return { name: 'Global Unicast', rfc: 'RFC 4291 §2.5.4', globallyReachable: true };
  }
  if (subnet.contains(globalUnicast)) {
    return { name: 'mixed', rfc: undefined, globallyReachable: undefined };
  }
  return { name: 'Reserved by IETF', rfc: 'RFC 4291 §4', globallyReachable: false };
}
