/** Writes another address and port into a packet, and mends its checksums (RFC 1624). */
import { finishSum } from '../../bytes/checksum.js';
import { CHECKSUM, DST, FRAGMENT_OFFSET, IHL, PROTOCOL, SRC } from '../../headers/ipv4-wire.js';
import { IP_PROTOCOL } from '../../headers/numbers.js';
import { CHECKSUM as TCP_CHECKSUM, TCP_HEADER_BYTES } from '../../headers/tcp-wire.js';

const { TCP, UDP } = IP_PROTOCOL;
const UDP_CHECKSUM = 6;
const ONES = 0xffff;

/** Which end of a packet is translated. */
export const SOURCE = 0;
export const DESTINATION = 1;

/**
 * Gives the packet whose IPv4 header is at `ip` another source or destination. Only what lies before
 * `end` is written: of a packet that an ICMP error quotes not all may be there.
 */
export function translate(
  view: DataView,
  ip: number,
  end: number,
  which: typeof SOURCE | typeof DESTINATION,
  address: number,
  port: number,
): void {
  const addressAt = ip + (which === SOURCE ? SRC : DST);
  const moved =
    replace(view, addressAt, address >>> 16) + replace(view, addressAt + 2, address & ONES);
  patch(view, ip + CHECKSUM, moved);
  if ((view.getUint16(ip + FRAGMENT_OFFSET.offset) & FRAGMENT_OFFSET.max) !== 0) return;
  const protocol = view.getUint8(ip + PROTOCOL);
  const at = ip + (view.getUint8(ip + IHL.offset) & IHL.max) * 4;
  if (protocol !== TCP && protocol !== UDP) return;
  const change = moved + replace(view, which === SOURCE ? at : at + 2, port);
  if (protocol === TCP) {
    if (at + TCP_HEADER_BYTES <= end) patch(view, at + TCP_CHECKSUM, change);
  } else if (view.getUint16(at + UDP_CHECKSUM) !== 0) {
    patch(view, at + UDP_CHECKSUM, change);
    // RFC 768: a computed 0 is sent as all ones.
    if (view.getUint16(at + UDP_CHECKSUM) === 0) view.setUint16(at + UDP_CHECKSUM, ONES);
  }
}

function patch(view: DataView, at: number, change: number): void {
  view.setUint16(at, finishSum((~view.getUint16(at) & ONES) + change));
}

/** Writes a word of 16 bits; answers what that changes in a sum. */
function replace(view: DataView, at: number, value: number): number {
  const before = view.getUint16(at);
  view.setUint16(at, value);
  return (~before & ONES) + value;
}
