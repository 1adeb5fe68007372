/**
 * Writes another address and port into a packet, and mends its checksums (RFC 1624): Linux's
 * `nf_nat_proto.c`.
 */
import { finishSum } from '../../bytes/checksum.js';
import { CHECKSUM, DST, FRAGMENT_OFFSET, IHL, PROTOCOL, SRC } from '../../headers/ipv4-wire.js';
import { IP_PROTOCOL } from '../../headers/numbers.js';
import { CHECKSUM as TCP_CHECKSUM, TCP_HEADER_BYTES } from '../../headers/tcp-wire.js';
import { hasIdentifier, ICMP_IDENTIFIER } from './tuple.js';

const { ICMP, TCP, UDP } = IP_PROTOCOL;
const UDP_CHECKSUM = 6;
const ICMP_CHECKSUM = 2;
const ONES = 0xffff;
/** Bytes of a transport header that must be there. */
const PORT_BYTES = 8;

/** Which end of a packet is translated. */
export const SOURCE = 0;
export const DESTINATION = 1;
/** An end: 0, 1. */
export type End = typeof SOURCE | typeof DESTINATION;

/**
 * Gives the packet whose IPv4 header is at `ip` another source or destination: an address as a word,
 * and a port (of ICMP its identifier). Only what lies before `end` is written: of the packet that an
 * ICMP error quotes not all may be there. Answers what that changes in a sum over the packet, to be
 * added to one that covers it; -1 where the ports are cut off.
 */
export function translate(
  view: DataView,
  ip: number,
  end: number,
  which: End,
  address: number,
  port: number,
): number {
  const addressAt = ip + (which === SOURCE ? SRC : DST);
  const moved =
    replace(view, addressAt, address >>> 16) + replace(view, addressAt + 2, address & ONES);
  const mended = patch(view, ip + CHECKSUM, moved);
  const change = moved + mended;
  if ((view.getUint16(ip + FRAGMENT_OFFSET.offset) & FRAGMENT_OFFSET.max) !== 0) return change;
  const protocol = view.getUint8(ip + PROTOCOL);
  const at = ip + (view.getUint8(ip + IHL.offset) & IHL.max) * 4;
  if (protocol === TCP || protocol === UDP) {
    if (at + PORT_BYTES > end) return -1;
    const portChange = replace(view, which === SOURCE ? at : at + 2, port);
    return change + portChange + patchTransport(view, at, end, protocol, moved + portChange);
  }
  if (protocol === ICMP) {
    if (at + PORT_BYTES > end) return -1;
    if (!hasIdentifier(view.getUint8(at))) return change;
    const idChange = replace(view, at + ICMP_IDENTIFIER, port);
    return change + idChange + patch(view, at + ICMP_CHECKSUM, idChange);
  }
  return change;
}

/** Mends the checksum at `at` by what has changed in what it covers; answers its own change. */
export function patch(view: DataView, at: number, change: number): number {
  const before = view.getUint16(at);
  const after = finishSum((~before & ONES) + change);
  view.setUint16(at, after);
  return (~before & ONES) + after;
}

function patchTransport(
  view: DataView,
  at: number,
  end: number,
  protocol: number,
  change: number,
): number {
  if (protocol === TCP) {
    // A quote may end before it.
    return at + TCP_HEADER_BYTES > end ? 0 : patch(view, at + TCP_CHECKSUM, change);
  }
  const before = view.getUint16(at + UDP_CHECKSUM);
  // RFC 768: 0 says that there is none; a computed 0 is sent as all ones.
  if (before === 0) return 0;
  const after = finishSum((~before & ONES) + change) || ONES;
  view.setUint16(at + UDP_CHECKSUM, after);
  return (~before & ONES) + after;
}

/** Writes a word of 16 bits; answers what that changes in a sum. */
function replace(view: DataView, at: number, value: number): number {
  const before = view.getUint16(at);
  view.setUint16(at, value);
  return (~before & ONES) + value;
}
