/** Which addresses a transport's checksum covers, where extension headers change them. */
import { sumBytes } from '../bytes/checksum.js';
import { endOfExtension, isExtension } from './ipv6-chain.js';
import { findIpv6Option, IPV6_OPTION } from './ipv6-options.js';
import { finalAddress } from './ipv6-route.js';
import { IPV6_HEADER_BYTES, NEXT_HEADER, SRC } from './ipv6-wire.js';
import { IP_PROTOCOL } from './numbers.js';

/** Source and destination, as they are when the packet arrives. */
const ENDS = new DataView(new ArrayBuffer(32));
const DST = 16;

/** Copies 16 bytes to `at` of the ends. */
function copyAddress(view: DataView, offset: number, at: number): void {
  for (let i = 0; i < 16; i += 4) ENDS.setUint32(at + i, view.getUint32(offset + i));
}

/**
 * Partial sum of the pseudo-header behind the extension header at `offset`: the source is the home
 * address of a destination option (RFC 6275 §6.3), the destination the last address of a routing
 * header that is not used up (RFC 8200 §8.1). `outer`: the sum so far; `network`: the IPv6 header.
 */
export function pseudoBehind(
  view: DataView,
  offset: number,
  outer: number,
  network: number,
): number {
  // Wireshark and we read these headers behind IPv4 too, whose addresses they leave alone.
  if (outer < 0 || view.getUint8(network) >>> 4 !== 6) return outer;
  copyAddress(view, network + SRC, 0);
  copyAddress(view, network + SRC + 16, DST);
  const end = view.byteLength;
  let next = view.getUint8(network + NEXT_HEADER);
  let at = network + IPV6_HEADER_BYTES;
  while (at <= offset && isExtension(next)) {
    const after = endOfExtension(view, next, at, end);
    if (after === 0) break;
    if (next === IP_PROTOCOL.DESTINATION) {
      const home = findIpv6Option(view, at, after, IPV6_OPTION.HOME_ADDRESS, 16);
      if (home >= 0) copyAddress(view, home, 0);
    } else if (next === IP_PROTOCOL.ROUTING) {
      finalAddress(view, at, after, ENDS, DST);
    }
    next = view.getUint8(at);
    at = after;
  }
  return sumBytes(ENDS, 0, 32);
}
