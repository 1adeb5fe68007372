/**
 * Flow levels: an IP header of a packet with what it says of the flow that it belongs to. A VXLAN
 * frame has two, IP in IP too; an ARP frame has none.
 */
import { formatIpv4, readIpv6 } from '../bytes/address.js';
import { offsetOf } from '../bytes/layout.js';
import {
  FRAGMENT_OFFSET,
  IHL,
  IPV4_HEADER_BYTES,
  ipv4Layout,
  MORE_FRAGMENTS,
  VERSION,
} from '../headers/ipv4-wire.js';
import { IPV6_HEADER_BYTES, ipv6Layout } from '../headers/ipv6-wire.js';
import { IP_PROTOCOL } from '../headers/numbers.js';
import type { HeaderView } from '../headers/protocol.js';
import { ethernetPayload, isIpType, payloadType } from './ethernet-payload.js';

/** An IP header and its transport, in place. One record can be used again and again. */
export interface FlowLevel {
  view: DataView;
  /** Which IP header of its packet, from 1 (the outermost). */
  depth: number;
  /** Absolute byte offset of the source address; the destination's follows it. */
  addresses: number;
  /** Bytes of an address: 4 or 16. */
  addressBytes: number;
  /** IP protocol number of the transport, behind all extension headers that are there. */
  protocol: number;
  /** Absolute byte offset of the transport's header; -1: it is not here (a later fragment). */
  transport: number;
  /** Where the bytes of the packet end, exclusive. */
  end: number;
  /** Source port, or an ICMP message's type; -1: there is none. */
  srcEnd: number;
  /** Destination port, or the type that answers an ICMP message, or its code; -1: there is none. */
  dstEnd: number;
  /** Whether the ends are those of ICMP. */
  icmp: boolean;
  /** Whether no type answers this ICMP message: the other direction is another flow. */
  oneWay: boolean;
  /** Whether it is a fragment, the first one too. */
  fragment: boolean;
  /** VNI of the innermost tunnel around it that has one (VXLAN, Geneve); -1: none has. */
  vni: number;
}

/** `symmetric`: both directions of a conversation are one flow. `directed`: they are two. */
export type FlowSymmetry = 'symmetric' | 'directed';

const { HOP_BY_HOP, ICMP, TCP, UDP, ROUTING, FRAGMENT, AH, ICMPV6, DESTINATION, SCTP } =
  IP_PROTOCOL;
const DCCP = 33;
const UDP_LITE = 136;

/** By protocol number: begins with ports, or leads to another header and says where (0: neither). */
const PORTS = 1;
const LENGTH_IN_8 = 2;
const LENGTH_IN_4 = 3;
const ONE_FRAGMENT = 4;
const KIND = new Uint8Array(256);
for (const number of [TCP, UDP, DCCP, SCTP, UDP_LITE]) KIND[number] = PORTS;
for (const number of [HOP_BY_HOP, ROUTING, DESTINATION]) KIND[number] = LENGTH_IN_8;
KIND[AH] = LENGTH_IN_4;
KIND[FRAGMENT] = ONE_FRAGMENT;

/** Pairs of ICMP types that answer each other (Community ID v1, after Zeek). */
const answers = (pairs: readonly (readonly [number, number])[]): Int16Array => {
  const table = new Int16Array(256).fill(-1);
  for (const [one, other] of pairs) {
    table[one] = other;
    table[other] = one;
  }
  return table;
};
const ICMP_ANSWER = answers([
  [8, 0], // echo
  [10, 9], // router solicitation
  [13, 14], // timestamp
  [15, 16], // information
  [17, 18], // address mask
]);
const ICMPV6_ANSWER = answers([
  [128, 129], // echo
  [130, 131], // multicast listener
  [133, 134], // router solicitation
  [135, 136], // neighbour solicitation
  [139, 140], // node information
  [144, 145], // home agent address discovery
]);

// Constants of this module, not of another: reading IPv4 took 43 ns with imported ones and `getBits`
// of imported fields, and takes 11 with these (Node 20).
const VERSION_SHIFT = VERSION.shift;
const IPV4_MIN = IPV4_HEADER_BYTES;
const IPV4_WORDS = IHL.max;
const IPV4_LENGTH = offsetOf(ipv4Layout, 'length');
const IPV4_FRAGMENT = FRAGMENT_OFFSET.offset;
const LATER_MASK = FRAGMENT_OFFSET.max << FRAGMENT_OFFSET.shift;
const FRAGMENT_MASK = LATER_MASK | (MORE_FRAGMENTS.max << MORE_FRAGMENTS.shift);
const IPV6_MIN = IPV6_HEADER_BYTES;
const IPV4_PROTOCOL = offsetOf(ipv4Layout, 'protocol');
const IPV4_SRC = offsetOf(ipv4Layout, 'src');
const IPV6_LENGTH = offsetOf(ipv6Layout, 'payloadLength');
const IPV6_NEXT = offsetOf(ipv6Layout, 'nextHeader');
const IPV6_SRC = offsetOf(ipv6Layout, 'src');

/** A record for `readFlowLevel` to fill. */
export function newFlowLevel(): FlowLevel {
  return {
    view: EMPTY,
    depth: 1,
    addresses: 0,
    addressBytes: 4,
    protocol: 0,
    transport: -1,
    end: 0,
    srcEnd: -1,
    dstEnd: -1,
    icmp: false,
    oneWay: false,
    fragment: false,
    vni: -1,
  };
}
const EMPTY = new DataView(new ArrayBuffer(0));

/**
 * Fills `out` from the IPv4 or IPv6 header at `offset`, whose packet ends before `end`; answers
 * false where there is no such header. Allocates nothing, and trusts no length in the bytes.
 */
export function readFlowLevel(
  view: DataView,
  offset: number,
  end: number,
  out: FlowLevel,
): boolean {
  out.view = view;
  out.depth = 1;
  out.vni = -1;
  out.transport = -1;
  out.srcEnd = -1;
  out.dstEnd = -1;
  out.icmp = false;
  out.oneWay = false;
  out.fragment = false;
  if (offset >= end) return false;
  const version = view.getUint8(offset) >>> VERSION_SHIFT;
  if (version === 4) return readIpv4(view, offset, end, out);
  return version === 6 && readIpv6Level(view, offset, end, out);
}

function readIpv4(view: DataView, offset: number, end: number, out: FlowLevel): boolean {
  if (offset + IPV4_MIN > end) return false;
  const headerBytes = (view.getUint8(offset) & IPV4_WORDS) * 4;
  const headerEnd = offset + headerBytes;
  if (headerBytes < IPV4_MIN || headerEnd > end) return false;
  const length = view.getUint16(offset + IPV4_LENGTH);
  const fragment = view.getUint16(offset + IPV4_FRAGMENT);
  const later = (fragment & LATER_MASK) !== 0;
  out.fragment = (fragment & FRAGMENT_MASK) !== 0;
  out.addresses = offset + IPV4_SRC;
  out.addressBytes = 4;
  out.protocol = view.getUint8(offset + IPV4_PROTOCOL);
  // 0 is what segmentation offload leaves.
  out.end = length === 0 ? end : Math.min(end, offset + length);
  if (!later && out.end >= headerEnd) readTransport(view, headerEnd, out);
  return true;
}

function readIpv6Level(view: DataView, offset: number, end: number, out: FlowLevel): boolean {
  const headerEnd = offset + IPV6_MIN;
  if (headerEnd > end) return false;
  const length = view.getUint16(offset + IPV6_LENGTH);
  out.addresses = offset + IPV6_SRC;
  out.addressBytes = 16;
  out.protocol = view.getUint8(offset + IPV6_NEXT);
  // 0 is what a jumbogram has.
  out.end = length === 0 ? end : Math.min(end, headerEnd + length);
  readTransport(view, headerEnd, out);
  return true;
}

/** Walks over extension headers to the transport, and reads what tells its flow. */
function readTransport(view: DataView, offset: number, out: FlowLevel): void {
  let at = offset;
  // Each header takes 8 bytes or more: the packet's end bounds the walk.
  while (at + 8 <= out.end) {
    const kind = KIND[out.protocol] as number;
    if (kind <= PORTS) break;
    out.protocol = view.getUint8(at);
    if (kind === ONE_FRAGMENT) {
      const word = view.getUint16(at + 2);
      if ((word & 0xfff9) !== 0) out.fragment = true;
      // Behind it is data, whatever it looks like.
      if (word > 7) return;
      at += 8;
    } else {
      const units = view.getUint8(at + 1);
      at += kind === LENGTH_IN_8 ? units * 8 + 8 : units * 4 + 8;
    }
  }
  out.transport = at;
  if (KIND[out.protocol] === PORTS) {
    if (at + 4 > out.end) return;
    out.srcEnd = view.getUint16(at);
    out.dstEnd = view.getUint16(at + 2);
    return;
  }
  const table = out.addressBytes === 4 ? ICMP_ANSWER : ICMPV6_ANSWER;
  if (out.protocol !== (out.addressBytes === 4 ? ICMP : ICMPV6) || at + 2 > out.end) return;
  const type = view.getUint8(at);
  const answer = table[type] as number;
  out.icmp = true;
  out.oneWay = answer < 0;
  out.srcEnd = type;
  out.dstEnd = answer < 0 ? view.getUint8(at + 1) : answer;
}

/**
 * `readFlowLevel` of the IP packet in the Ethernet frame at `offset`, which ends before `end`, behind
 * VLAN tags too; false where there is none.
 */
export function readFrameFlowLevel(
  view: DataView,
  offset: number,
  end: number,
  out: FlowLevel,
): boolean {
  const at = ethernetPayload(view, offset, end);
  return at > 0 && isIpType(payloadType(view, at)) && readFlowLevel(view, at, end, out);
}

/** The layers of a packet: all that is asked of it. */
export interface Layered {
  readonly layers: readonly HeaderView[];
}

/** A layer that may have ports, or be a tunnel with an identifier. */
type Telling = HeaderView & {
  readonly srcPort?: unknown;
  readonly dstPort?: unknown;
  readonly vni?: unknown;
};

/**
 * Every level of a packet, outermost first. What an ICMP error quotes is none: it belongs to the
 * level of the ICMP message.
 */
export function flowLevels(packet: Layered): FlowLevel[] {
  const levels: FlowLevel[] = [];
  let current: FlowLevel | undefined;
  let vni = -1;
  for (const layer of packet.layers) {
    const { name, tunnel } = layer.descriptor;
    if (name === 'icmp' || name === 'icmpv6') break;
    if (name === 'ipv4' || name === 'ipv6') {
      const found = newFlowLevel();
      if (!readFlowLevel(layer.view, layer.offset, layer.end, found)) continue;
      found.depth = levels.length + 1;
      found.vni = vni;
      levels.push(found);
      current = found;
    } else if (tunnel) {
      const id = (layer as Telling).vni;
      if (typeof id === 'number') vni = id;
      current = undefined;
    } else if (current !== undefined && current.srcEnd < 0) {
      readPorts(layer, current);
    }
  }
  return levels;
}

/** Ports at a place of their own: a user's transport, or one that a rule put behind a number. */
function readPorts(layer: HeaderView, level: FlowLevel): void {
  const { srcPort, dstPort } = layer as Telling;
  if (typeof srcPort !== 'number' || typeof dstPort !== 'number') return;
  level.srcEnd = srcPort;
  level.dstEnd = dstPort;
  level.transport = layer.offset;
}

/** The outermost level of a packet, the innermost, or all of them. */
export type LevelChoice = 'outer' | 'inner' | 'all';

/** The levels of a packet that are wanted: none, one or more. */
export function chosenLevels(packet: Layered, choice: LevelChoice): FlowLevel[] {
  const levels = flowLevels(packet);
  if (choice === 'all' || levels.length < 2) return levels;
  return choice === 'outer' ? levels.slice(0, 1) : levels.slice(-1);
}

/** A copy with its addresses on bytes of its own, so that it keeps no frame in memory. */
export function ownLevel(level: FlowLevel): FlowLevel {
  const { view, addresses, addressBytes } = level;
  const from = view.byteOffset + addresses;
  const bytes = view.buffer.slice(from, from + addressBytes * 2);
  return {
    ...level,
    view: new DataView(bytes),
    addresses: 0,
    transport: -1,
    end: addressBytes * 2,
  };
}

/** The address at `offset` as text. */
export function addressText(level: FlowLevel, offset: number): string {
  const { view, addressBytes } = level;
  return addressBytes === 4 ? formatIpv4(view.getUint32(offset)) : readIpv6(view, offset);
}

/** Negative, zero or positive as the source address is lower than, equal to or above the other. */
export function compareAddresses({ view, addresses, addressBytes }: FlowLevel): number {
  for (let at = addresses; at < addresses + addressBytes; at += 4) {
    const difference = view.getUint32(at) - view.getUint32(at + addressBytes);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Whether the packet goes from the higher end to the lower: the address decides, then the port.
 * Symmetric keys turn such a packet around. Of one-way ICMP messages none is turned.
 */
export function isReversed(level: FlowLevel): boolean {
  if (level.oneWay) return false;
  const order = compareAddresses(level);
  return order > 0 || (order === 0 && level.srcEnd > level.dstEnd);
}
