/** The IP fragment in a packet, of either version. */
import { Ipv4View } from '../headers/ipv4.js';
import { Ipv6View } from '../headers/ipv6.js';
import { IP_PROTOCOL } from '../headers/numbers.js';
import type { HeaderView } from '../headers/protocol.js';
import type { Protocols } from '../packet/bindings.js';
import type { Packet } from '../packet/packet.js';

/** A fragment, as its headers tell of it. */
export interface Fragment {
  readonly version: 4 | 6;
  /** Index of the IP header among the packet's layers. */
  readonly index: number;
  readonly src: string;
  readonly dst: string;
  /** IP protocol number of what the datagram carries. */
  readonly protocol: number;
  /** 16 bits in IPv4, 32 in IPv6. */
  readonly id: number;
  /** Place of its data in the datagram's, in bytes. */
  readonly offset: number;
  readonly more: boolean;
  /** The IP header, and in IPv6 the headers before the fragment header: byte offsets. */
  readonly headerStart: number;
  readonly headerEnd: number;
  /** Offset of the byte that says what follows the header. */
  readonly nextAt: number;
  /** Where its data lies in the packet; `dataEnd` is no more than was captured. */
  readonly dataStart: number;
  readonly dataEnd: number;
  /** Bytes of data that its length field says; negative where that says nothing. */
  readonly length: number;
}

/** IPv6 headers that may stand before the fragment header (RFC 8200 §4.1). */
const BEFORE: readonly number[] = [
  IP_PROTOCOL.HOP_BY_HOP,
  IP_PROTOCOL.ROUTING,
  IP_PROTOCOL.DESTINATION,
];
const FRAGMENT_HEADER_BYTES = 8;
const IPV4_PROTOCOL_AT = 9;
const IPV6_NEXT_HEADER_AT = 6;

/**
 * The outermost fragment of a packet; undefined: it has none. What is inside a fragment is only a
 * part of a packet, and what an ICMP error quotes was never sent to be put together.
 */
export function fragmentOf(packet: Packet<Protocols>): Fragment | undefined {
  const { layers } = packet;
  for (let i = 0; i < layers.length; i++) {
    const layer = layers[i] as HeaderView;
    const found =
      layer instanceof Ipv4View
        ? ofIpv4(layer, i)
        : layer instanceof Ipv6View
          ? ofIpv6(layer, i)
          : undefined;
    if (found !== undefined) return found;
    if (isIcmp(layer)) return undefined;
  }
  return undefined;
}

/** Whether what follows this header may be a quotation of another packet. */
export function isIcmp(layer: HeaderView): boolean {
  return layer.layer.startsWith('icmp');
}

function ofIpv4(ip: Ipv4View, index: number): Fragment | undefined {
  const { fragmentOffset, moreFragments, offset, headerEnd } = ip;
  if (fragmentOffset === 0 && !moreFragments) return undefined;
  return {
    version: 4,
    index,
    src: ip.src,
    dst: ip.dst,
    protocol: ip.protocol,
    id: ip.id,
    offset: fragmentOffset * 8,
    more: moreFragments,
    headerStart: offset,
    headerEnd,
    nextAt: offset + IPV4_PROTOCOL_AT,
    dataStart: headerEnd,
    dataEnd: ip.end,
    length: ip.length - (headerEnd - offset),
  };
}

/**
 * Walks the extension headers up to the fragment header (RFC 8200 §4.5). It reads the bytes behind
 * the fixed header, so that it does not matter which of them are layers to `parse`.
 */
function ofIpv6(ip: Ipv6View, index: number): Fragment | undefined {
  const { view, end } = ip;
  let nextAt = ip.offset + IPV6_NEXT_HEADER_AT;
  let at = ip.headerEnd;
  while (at + FRAGMENT_HEADER_BYTES <= end) {
    const next = view.getUint8(nextAt);
    if (next === IP_PROTOCOL.FRAGMENT) {
      const word = view.getUint16(at + 2);
      const { payloadLength } = ip;
      return {
        version: 6,
        index,
        src: ip.src,
        dst: ip.dst,
        protocol: view.getUint8(at),
        id: view.getUint32(at + 4),
        // 13 bits of offset in units of 8, then two reserved bits and M.
        offset: word & 0xfff8,
        more: (word & 1) === 1,
        headerStart: ip.offset,
        headerEnd: at,
        nextAt,
        dataStart: at + FRAGMENT_HEADER_BYTES,
        dataEnd: end,
        length: ip.headerEnd + payloadLength - at - FRAGMENT_HEADER_BYTES,
      };
    }
    if (!BEFORE.includes(next)) return undefined;
    nextAt = at;
    at += 8 + view.getUint8(at + 1) * 8;
  }
  return undefined;
}
