/** The IP fragment in a packet, of either version. */
import { Ipv4View } from '../headers/ipv4.js';
import { Ipv6View } from '../headers/ipv6.js';
import { Ipv6FragmentView } from '../headers/ipv6-fragment.js';
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
const BEFORE: readonly string[] = ['ipv6HopByHop', 'ipv6Routing', 'ipv6Destination'];
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
          ? ofIpv6(layer, i, layers)
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

/** The fragment header behind the extension headers in front of it (RFC 8200 §4.5). */
function ofIpv6(ip: Ipv6View, index: number, layers: readonly HeaderView[]): Fragment | undefined {
  let at = index + 1;
  while (BEFORE.includes(layers[at]?.layer ?? '')) at++;
  const header = layers[at];
  if (!(header instanceof Ipv6FragmentView)) return undefined;
  const { offset, headerEnd, end } = header;
  return {
    version: 6,
    index,
    src: ip.src,
    dst: ip.dst,
    protocol: header.nextHeader,
    id: header.identification,
    offset: header.fragmentOffset * 8,
    more: header.moreFragments,
    headerStart: ip.offset,
    headerEnd: offset,
    // An extension header begins with it.
    nextAt: at === index + 1 ? ip.offset + IPV6_NEXT_HEADER_AT : (layers[at - 1]?.offset ?? 0),
    dataStart: headerEnd,
    dataEnd: end,
    length: ip.headerEnd + ip.payloadLength - headerEnd,
  };
}
