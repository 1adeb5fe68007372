/**
 * From a tunnel's frame to what is inside: outer Ethernet, IP and UDP, then VXLAN (RFC 7348) or
 * Geneve (RFC 8926), with the checks that they demand of a receiver. Straight reads, one header
 * after the other; nothing is allocated, and nothing is thrown on what the bytes hold.
 */
import { bitField, offsetOf } from '../bytes/layout.js';
import { ETHERNET_HEADER_BYTES } from '../headers/ethernet.js';
import {
  FRAGMENT_OFFSET,
  IPV4_HEADER_BYTES,
  LENGTH,
  MORE_FRAGMENTS,
} from '../headers/ipv4-wire.js';
import { IPV6_HEADER_BYTES, PAYLOAD_LENGTH } from '../headers/ipv6-wire.js';
import { ETHERTYPE, IP_PROTOCOL, VXLAN_FLAG } from '../headers/numbers.js';
import { UDP_HEADER_BYTES, udpLayout } from '../headers/udp.js';
import { VXLAN_HEADER_BYTES, vxlanLayout } from '../headers/vxlan.js';
import { ethernetPayload, isVlanTag, payloadType } from '../packet/ethernet-payload.js';
import { checksumFault, udpBehindIpv4, udpBehindIpv6 } from './decapsulate-ip.js';
import { readGeneve, readVxlan } from './decapsulate-tunnel.js';
import { DECAPSULATION, type Decapsulation } from './decapsulation.js';
import { DecapsulationRules, GENEVE_PORT, VXLAN_PORT } from './decapsulation-rules.js';

const { IPV4, IPV6 } = ETHERTYPE;
const { UDP } = IP_PROTOCOL;
const DST_PORT = offsetOf(udpLayout, 'dstPort');
const UDP_LENGTH = offsetOf(udpLayout, 'length');
const UDP_CHECKSUM = offsetOf(udpLayout, 'checksum');

// Copies: an imported constant is read from memory at each use, one of the module's own is not.
const VXLAN = VXLAN_PORT;
const ETHERNET_BYTES = ETHERNET_HEADER_BYTES;
const UDP_BYTES = UDP_HEADER_BYTES;
const GENEVE = GENEVE_PORT;

// The usual frame: no VLAN tag, no IPv4 options, no fragment.
const USUAL_UDP = ETHERNET_BYTES + IPV4_HEADER_BYTES;
const USUAL_BYTES = USUAL_UDP + UDP_BYTES;
/** First byte of an IPv4 header without options. */
const USUAL_START = 0x45;
/** The fragment's bits of the word with TTL and protocol, and the protocol: its last byte. */
const FRAGMENT_AND_PROTOCOL =
  (((MORE_FRAGMENTS.max << MORE_FRAGMENTS.shift) | FRAGMENT_OFFSET.max) << 16) | 0xff;

// In a VXLAN header, from UDP's.
const VNI = bitField(vxlanLayout, 'vni', 32);
const VXLAN_VNI = UDP_BYTES + VNI.offset;
const VNI_SHIFT = VNI.shift;
const VXLAN_FLAGS = UDP_BYTES + offsetOf(vxlanLayout, 'flags');
const VXLAN_INNER = UDP_BYTES + VXLAN_HEADER_BYTES;
const VXLAN_I = VXLAN_FLAG.I;

const FRAGMENT_WORD = FRAGMENT_OFFSET.offset;

const DEFAULT_RULES = new DecapsulationRules();

/**
 * Reads the tunnel's frame whose Ethernet header is at `offset` and whose bytes end before `end`
 * (at most the view's). Answers 0 and fills `into` where there is something inside to forward,
 * else a code of `DECAPSULATION`. With `GENEVE_CONTROL`, `GENEVE_PROTOCOL` and `VXLAN_INNER_VLAN`
 * the record is filled too; with others its content means nothing, but for `udp` and `header` where
 * the code is one of the tunnel's header.
 *
 * `wireEnd`: where the frame ended on the wire, more than `end` where the capture was cut. The
 * record then says so (`cut`), as long as all headers of the tunnel are there.
 */
export function decapsulate(
  view: DataView,
  offset: number,
  end: number,
  into: Decapsulation,
  rules: DecapsulationRules = DEFAULT_RULES,
  wireEnd = end,
): number {
  // The usual frame is told by few comparisons in one function: 26 ns became 15 (Node 20), since
  // its parts were too many to be inlined. Whatever fails one takes the way of all others.
  if (!rules.verifyChecksums && offset + USUAL_BYTES <= end) {
    const ip = offset + ETHERNET_BYTES;
    const udp = offset + USUAL_UDP;
    const first = view.getUint32(ip);
    const length = view.getUint16(udp + UDP_LENGTH);
    const udpEnd = udp + length;
    const ipEnd = ip + (first & 0xffff);
    if (
      payloadType(view, ip) === IPV4 &&
      first >>> 24 === USUAL_START &&
      (view.getUint32(ip + FRAGMENT_WORD) & FRAGMENT_AND_PROTOCOL) === UDP &&
      length >= UDP_BYTES &&
      udpEnd <= ipEnd &&
      ipEnd <= end
    ) {
      const tunnel = rules.ports[view.getUint16(udp + DST_PORT)];
      if (into.view !== view) into.view = view;
      into.outerStart = offset;
      into.outerIp = ip;
      into.udp = udp;
      into.innerEnd = udpEnd;
      if (tunnel === GENEVE) return readGeneve(view, udp + UDP_BYTES, udpEnd, into, rules);
      const inner = udp + VXLAN_INNER;
      const payload = inner + ETHERNET_BYTES;
      if (
        tunnel === VXLAN &&
        payload <= udpEnd &&
        (view.getUint16(udp + VXLAN_FLAGS) & VXLAN_I) !== 0 &&
        (rules.innerVlan || !isVlanTag(payloadType(view, payload)))
      ) {
        into.geneve = false;
        into.vni = view.getUint32(udp + VXLAN_VNI) >>> VNI_SHIFT;
        into.innerStart = inner;
        return 0;
      }
    }
  }
  return decapsulateAny(view, offset, end, into, rules, wireEnd);
}

/** The same of any frame. */
function decapsulateAny(
  view: DataView,
  offset: number,
  end: number,
  into: Decapsulation,
  rules: DecapsulationRules,
  wireEnd: number,
): number {
  const ip = ethernetPayload(view, offset, end);
  if (ip === 0) return DECAPSULATION.FRAME_CUT;
  const type = payloadType(view, ip);
  if (type !== IPV4 && type !== IPV6) return DECAPSULATION.NOT_IP;
  const udp =
    type === IPV4
      ? udpBehindIpv4(view, ip, end, wireEnd, rules)
      : udpBehindIpv6(view, ip, end, wireEnd);
  if (udp < 0) return -udp;
  const ipEnd =
    type === IPV4
      ? ip + view.getUint16(ip + LENGTH)
      : ip + IPV6_HEADER_BYTES + view.getUint16(ip + PAYLOAD_LENGTH);
  const header = udp + UDP_BYTES;
  if (header > end || header > ipEnd) return DECAPSULATION.UDP_CUT;
  const tunnel = rules.ports[view.getUint16(udp + DST_PORT)];
  if (tunnel === 0) return DECAPSULATION.NOT_A_TUNNEL;
  const length = view.getUint16(udp + UDP_LENGTH);
  if (length < UDP_BYTES) return DECAPSULATION.UDP_LENGTH;
  const udpEnd = udp + length;
  if (udpEnd > ipEnd) return DECAPSULATION.UDP_LENGTH_PAST_END;
  if (tunnel === GENEVE && type === IPV6 && !rules.zeroChecksumIpv6) {
    if (view.getUint16(udp + UDP_CHECKSUM) === 0) return DECAPSULATION.UDP_CHECKSUM_ZERO;
  }
  if (rules.verifyChecksums && udpEnd <= end) {
    const fault = checksumFault(view, ip, udp, udpEnd);
    if (fault !== 0) return fault;
  }
  const innerEnd = Math.min(udpEnd, end);
  into.view = view;
  into.outerStart = offset;
  into.outerIp = ip;
  into.udp = udp;
  into.innerEnd = innerEnd;
  return tunnel === VXLAN
    ? readVxlan(view, header, innerEnd, into, rules)
    : readGeneve(view, header, innerEnd, into, rules);
}
