/**
 * What a tunnel over UDP adds to a frame, and the MTUs that follow (RFC 7348 §4.3, RFC 8926 §4.1.2).
 *
 * Two sums that are easily taken for each other:
 *
 *     against the underlay's MTU:                 outer IP, UDP, tunnel [, inner Ethernet, its tags]
 *     on the wire:  outer Ethernet and its tags, outer IP, UDP, tunnel
 *
 * The first is by how much the inner MTU, which counts from the inner IP header, is smaller. The
 * second is by how much a frame is longer than it was. Both are 50 bytes for VXLAN and for Geneve
 * without options, over IPv4 and without tags, for an Ethernet header is in each: one time the inner,
 * one time the outer. Geneve's options are up to 252 bytes, so it adds up to 302, not the 38 to 290
 * that is often read.
 */
import { PacketError } from '../bytes/error.js';
import { DOT1Q_HEADER_BYTES } from '../headers/dot1q.js';
import { ETHERNET_HEADER_BYTES } from '../headers/ethernet.js';
import { GENEVE_HEADER_BYTES, MAX_GENEVE_OPTIONS_BYTES } from '../headers/geneve-wire.js';
import { IPV4_HEADER_BYTES } from '../headers/ipv4-wire.js';
import { IPV6_HEADER_BYTES } from '../headers/ipv6-wire.js';
import { UDP_HEADER_BYTES } from '../headers/udp.js';
import { VXLAN_HEADER_BYTES } from '../headers/vxlan.js';

/** Bytes of the smallest MTU that IP may have (RFC 791 §3.2). */
const MIN_MTU = 68;
/** Bytes of the smallest MTU that a link with IPv6 may have (RFC 8200 §5). */
const MIN_MTU_IPV6 = 1280;
/** Bytes of the largest packet of IPv4, its header included (RFC 791 §3.1). */
const MAX_MTU = 65_535;
/** Bytes of the largest packet of IPv6 that is no jumbogram: its length counts from behind the header (RFC 8200 §3). */
const MAX_MTU_IPV6 = IPV6_HEADER_BYTES + 65_535;

/** A tunnel, as far as its size goes. */
export interface TunnelShape {
  readonly tunnel: 'vxlan' | 'geneve';
  /** Bytes of Geneve's options, their headers included: 0–252 in steps of four (absent: 0). */
  readonly options?: number;
  /** Whether the outer packet is IPv6 (absent: false). */
  readonly ipv6?: boolean;
  /** How many VLAN tags the outer frame has (absent: 0). They count on the wire alone. */
  readonly outerTags?: number;
  /** How many VLAN tags the inner frame keeps (absent: 0). They count against the underlay's MTU. */
  readonly innerTags?: number;
}

/** Bytes of each part, in the order of the wire, and the two sums. */
export interface TunnelOverhead {
  readonly outerEthernet: number;
  readonly outerTags: number;
  readonly outerIp: number;
  readonly udp: number;
  readonly tunnel: number;
  readonly options: number;
  readonly innerEthernet: number;
  readonly innerTags: number;
  /** What counts against the underlay's MTU. */
  readonly againstMtu: number;
  /** What is added to each frame on the wire. */
  readonly onWire: number;
}

/** What a tunnel adds. Throws `BAD_OPTION` for a shape that no tunnel has. */
export function tunnelOverhead(shape: TunnelShape): TunnelOverhead {
  const { tunnel, options = 0, ipv6 = false, outerTags = 0, innerTags = 0 } = shape;
  if (tunnel !== 'vxlan' && tunnel !== 'geneve') {
    throw bad(`tunnel is ${JSON.stringify(tunnel)}: there are vxlan and geneve`);
  }
  checkOptions(tunnel, options);
  checkTags('outerTags', outerTags);
  checkTags('innerTags', innerTags);
  const parts = {
    outerEthernet: ETHERNET_HEADER_BYTES,
    outerTags: outerTags * DOT1Q_HEADER_BYTES,
    outerIp: ipv6 ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES,
    udp: UDP_HEADER_BYTES,
    tunnel: tunnel === 'vxlan' ? VXLAN_HEADER_BYTES : GENEVE_HEADER_BYTES,
    options,
    innerEthernet: ETHERNET_HEADER_BYTES,
    innerTags: innerTags * DOT1Q_HEADER_BYTES,
  };
  const inBoth = parts.outerIp + parts.udp + parts.tunnel + parts.options;
  return {
    ...parts,
    againstMtu: inBoth + parts.innerEthernet + parts.innerTags,
    onWire: inBoth + parts.outerEthernet + parts.outerTags,
  };
}

/**
 * Bytes of the largest inner packet of IP that fits an underlay's MTU: 1450 for VXLAN and 1500.
 * Throws `OUT_OF_RANGE` for an MTU that is not 68–65535 (over IPv6: 1280–65575), or leaves less than
 * 68.
 */
export function innerMtu(underlayMtu: number, shape: TunnelShape): number {
  const { againstMtu } = tunnelOverhead(shape);
  const [least, most] = underlayMtus(shape);
  checkMtu('underlay MTU', underlayMtu, least, most);
  const left = underlayMtu - againstMtu;
  if (left >= MIN_MTU) return left;
  throw new PacketError(
    'OUT_OF_RANGE',
    `underlay MTU ${underlayMtu}: ${againstMtu} bytes of headers leave less than the ${MIN_MTU} that IP needs`,
  );
}

/**
 * Bytes of the MTU that an underlay needs, at least, to carry inner packets of this size whole: 1550
 * for VXLAN and 1500; over IPv6 1280 for the smallest. Throws `OUT_OF_RANGE` for an MTU that is not 68–65535, or where none is enough.
 */
export function underlayMtuFor(innerPacket: number, shape: TunnelShape): number {
  const { againstMtu } = tunnelOverhead(shape);
  checkMtu('inner MTU', innerPacket, MIN_MTU, MAX_MTU);
  const [least, most] = underlayMtus(shape);
  const needed = Math.max(least, innerPacket + againstMtu);
  if (needed <= most) return needed;
  throw new PacketError(
    'OUT_OF_RANGE',
    `inner MTU ${innerPacket}: with ${againstMtu} bytes of headers it is past the ${most} of an IP packet`,
  );
}

function checkOptions(tunnel: string, options: number): void {
  if (tunnel === 'vxlan' && options !== 0) throw bad(`options is ${options}: VXLAN has none`);
  const fits = Number.isInteger(options) && options >= 0 && options <= MAX_GENEVE_OPTIONS_BYTES;
  if (fits && options % 4 === 0) return;
  throw bad(`options is ${options}: it is 0–${MAX_GENEVE_OPTIONS_BYTES} bytes in steps of four`);
}

function checkTags(name: string, tags: number): void {
  if (Number.isSafeInteger(tags) && tags >= 0) return;
  throw bad(`${name} is ${tags}: expected how many tags there are`);
}

/** The MTUs that links of the outer packet have: the smallest, the largest of use. */
export function underlayMtus({ ipv6 = false }: Pick<TunnelShape, 'ipv6'>): [number, number] {
  return ipv6 ? [MIN_MTU_IPV6, MAX_MTU_IPV6] : [MIN_MTU, MAX_MTU];
}

function checkMtu(name: string, mtu: number, least: number, most: number): void {
  if (Number.isInteger(mtu) && mtu >= least && mtu <= most) return;
  throw new PacketError('OUT_OF_RANGE', `${name} ${mtu}: it is ${least}–${most} bytes`);
}

function bad(message: string): PacketError {
  return new PacketError('BAD_OPTION', message);
}
