/** The IPv4 header of a frame on its way, as the devices read and change it. Allocates nothing. */
import { finishSum, sumBytes, updateChecksum } from '../../bytes/checksum.js';
import { bitField } from '../../bytes/layout.js';
import {
  CHECKSUM,
  checkIpv4,
  DONT_FRAGMENT,
  DSCP,
  DST,
  FRAGMENT_OFFSET,
  ID,
  IPV4_HEADER_BYTES,
  ipv4Layout,
  LENGTH,
  MORE_FRAGMENTS,
  PROTOCOL,
  SRC,
  TTL,
} from '../../headers/ipv4-wire.js';
import type { Extent } from '../../headers/protocol.js';
import type { Frame } from '../frame.js';

const IHL_FIELD = bitField(ipv4Layout, 'ihl', 8);
const ALL_ONES = 0xffff;
/** The first four bits of a multicast address (RFC 1112 §4). */
const MULTICAST = 14;
const VERSION_AND_LENGTH = 0x45;

const extent: Extent = { wireEnd: 0, bodyEnd: 0, next: -1, alternative: -1, problems: 0 };

/**
 * Finds the IPv4 packet at `at` and cuts padding off behind it. False: there is none that a host
 * would take: a header that is cut or wrong, fewer bytes than its length says, a bad checksum
 * (RFC 1122 §3.2.1).
 */
export function findPacket(frame: Frame, at: number): boolean {
  const { view, end } = frame;
  extent.wireEnd = end;
  extent.problems = 0;
  const headerEnd = checkIpv4(view, at, end, extent);
  if (headerEnd === 0) return false;
  const total = view.getUint16(at + LENGTH);
  if (at + total > end || at + total < headerEnd) return false;
  if (finishSum(sumBytes(view, at, headerEnd)) !== 0) return false;
  frame.network = at;
  frame.end = at + total;
  return true;
}

/** Where the packet's payload begins: its transport header, where it is no later fragment. */
export function transportOf({ view, network }: Frame): number {
  return network + ((view.getUint8(network + IHL_FIELD.offset) >>> IHL_FIELD.shift) & 15) * 4;
}

/** The source address, an unsigned word. */
export function srcOf({ view, network }: Frame): number {
  return view.getUint32(network + SRC);
}

/** The destination address, an unsigned word. */
export function dstOf({ view, network }: Frame): number {
  return view.getUint32(network + DST);
}

/** The protocol that it carries, 0–255. */
export function protocolOf({ view, network }: Frame): number {
  return view.getUint8(network + PROTOCOL);
}

/** DSCP and ECN, 0–255. */
export function tosOf({ view, network }: Frame): number {
  return view.getUint8(network + DSCP.offset);
}

export function ttlOf({ view, network }: Frame): number {
  return view.getUint8(network + TTL);
}

/** Sets the TTL, 0–255, and mends the checksum (RFC 1624). */
export function setTtl({ view, network }: Frame, ttl: number): void {
  // TTL and protocol are one word of the checksum.
  const before = view.getUint16(network + TTL);
  view.setUint8(network + TTL, ttl);
  const checksum = view.getUint16(network + CHECKSUM);
  const after = view.getUint16(network + TTL);
  view.setUint16(network + CHECKSUM, updateChecksum(checksum, before, after));
}

export function dontFragment({ view, network }: Frame): boolean {
  return (view.getUint16(network + DONT_FRAGMENT.offset) & (1 << DONT_FRAGMENT.shift)) !== 0;
}

/** Takes DF off, and keeps the checksum right (RFC 1624). */
export function allowFragments({ view, network }: Frame): void {
  const before = view.getUint16(network + DONT_FRAGMENT.offset);
  const after = before & ~(1 << DONT_FRAGMENT.shift);
  view.setUint16(network + DONT_FRAGMENT.offset, after);
  const checksum = view.getUint16(network + CHECKSUM);
  view.setUint16(network + CHECKSUM, updateChecksum(checksum, before, after));
}

/** Whether it is a piece of a larger packet. */
export function isFragment({ view, network }: Frame): boolean {
  const word = view.getUint16(network + FRAGMENT_OFFSET.offset);
  return (word & ((1 << MORE_FRAGMENTS.shift) | FRAGMENT_OFFSET.max)) !== 0;
}

/** Whether it is a piece other than the first, without a transport header. */
export function isLaterFragment({ view, network }: Frame): boolean {
  return (view.getUint16(network + FRAGMENT_OFFSET.offset) & FRAGMENT_OFFSET.max) !== 0;
}

/** The sum that TCP and UDP begin with: addresses, protocol and the payload's length. */
export function pseudoSum(frame: Frame, transport: number): number {
  return pseudoSumOf(srcOf(frame), dstOf(frame), protocolOf(frame), frame.end - transport);
}

/** The same where there is no IPv4 header yet; `bytes`: of the payload. */
export function pseudoSumOf(src: number, dst: number, protocol: number, bytes: number): number {
  const addresses = (src >>> 16) + (src & ALL_ONES) + (dst >>> 16) + (dst & ALL_ONES);
  return addresses + protocol + bytes;
}

/** Whether an address is a multicast group's, 224.0.0.0/4. */
export function isMulticast(address: number): boolean {
  return address >>> 28 === MULTICAST;
}

/** What a host writes into an IPv4 header. */
export interface PacketFields {
  /** Unsigned words. */
  src: number;
  dst: number;
  protocol: number;
  ttl: number;
  /** DSCP and ECN, 0–255. */
  tos: number;
  id: number;
  dontFragment: boolean;
}

/** Writes a header without options in front of what lies from `network` + 20 to the frame's end. */
export function writePacket(frame: Frame, fields: PacketFields): void {
  const { view, network, end } = frame;
  view.setUint16(network, (VERSION_AND_LENGTH << 8) | fields.tos);
  view.setUint16(network + LENGTH, end - network);
  view.setUint16(network + ID, fields.id);
  view.setUint16(
    network + DONT_FRAGMENT.offset,
    fields.dontFragment ? 1 << DONT_FRAGMENT.shift : 0,
  );
  view.setUint8(network + TTL, fields.ttl);
  view.setUint8(network + PROTOCOL, fields.protocol);
  view.setUint16(network + CHECKSUM, 0);
  view.setUint32(network + SRC, fields.src);
  view.setUint32(network + DST, fields.dst);
  sealPacket(frame, IPV4_HEADER_BYTES);
}

/** Writes the header's checksum anew. `headerBytes`: 20–60. */
export function sealPacket({ view, network }: Frame, headerBytes: number): void {
  view.setUint16(network + CHECKSUM, 0);
  view.setUint16(network + CHECKSUM, finishSum(sumBytes(view, network, network + headerBytes)));
}
