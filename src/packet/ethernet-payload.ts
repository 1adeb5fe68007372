/** What an Ethernet frame carries, behind VLAN tags. Allocates nothing, and trusts no byte. */
import { offsetOf } from '../bytes/layout.js';
import { DOT1Q_HEADER_BYTES } from '../headers/dot1q.js';
import { ETHERNET_HEADER_BYTES, ethernetLayout } from '../headers/ethernet.js';
import { IPV4_HEADER_BYTES } from '../headers/ipv4-wire.js';
import { IPV6_HEADER_BYTES } from '../headers/ipv6-wire.js';
import { ETHERTYPE } from '../headers/numbers.js';

// Copies: an imported constant is read from memory at each use, one of the module's own is not.
const HEADER_BYTES = ETHERNET_HEADER_BYTES;
const TAG_BYTES = DOT1Q_HEADER_BYTES;
const TYPE_BYTES = HEADER_BYTES - offsetOf(ethernetLayout, 'type');
const { DOT1AD, DOT1Q, IPV4, IPV6, QINQ_OLD } = ETHERTYPE;
/** More tags than that are no network, but an attack. */
const MAX_TAGS = 8;

/** Whether a VLAN tag follows this type: it is the TPID of 802.1Q, of 802.1ad, or an old one. */
export function isVlanTag(type: number): boolean {
  return type === DOT1Q || type === DOT1AD || type === QINQ_OLD;
}

/**
 * Where the payload of the Ethernet frame at `offset` begins, behind up to 8 VLAN tags that lie
 * before `end`; 0: there is no Ethernet header. What it is says `payloadType`.
 */
export function ethernetPayload(view: DataView, offset: number, end: number): number {
  let at = offset + HEADER_BYTES;
  if (at > end) return 0;
  for (let tags = 0; tags < MAX_TAGS && isVlanTag(payloadType(view, at)); tags++) {
    if (at + TAG_BYTES > end) break;
    at += TAG_BYTES;
  }
  return at;
}

/** The type field in front of the payload at `payload`: an EtherType from 1536, else a length. */
export function payloadType(view: DataView, payload: number): number {
  return view.getUint16(payload - TYPE_BYTES);
}

/** Whether a type is IP's of either version. What follows says which it is. */
export function isIpType(type: number): boolean {
  return type === IPV4 || type === IPV6;
}

/**
 * Where the IP packet in the Ethernet frame at `offset` begins, behind VLAN tags; -1: there is none
 * with all of its fixed header before `end`. Its first four bits say whether it is IPv4 or IPv6.
 */
export function networkOffset(view: DataView, offset: number, end: number): number {
  const at = ethernetPayload(view, offset, end);
  if (at === 0 || !isIpType(payloadType(view, at))) return -1;
  return isIpHeader(view, at, end) ? at : -1;
}

/** Whether an IP header of version 4 or 6 begins at `offset`, with its fixed part before `end`. */
export function isIpHeader(view: DataView, offset: number, end: number): boolean {
  if (offset + IPV4_HEADER_BYTES > end) return false;
  const version = view.getUint8(offset) >>> 4;
  return version === 4 || (version === 6 && offset + IPV6_HEADER_BYTES <= end);
}
