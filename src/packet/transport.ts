/**
 * A straight reader of the stack that most frames have: Ethernet, VLAN tags, IPv4 or IPv6, TCP or
 * UDP. It takes whole packets only; what is cut, fragmented or wrong is for `parse` to explain.
 */
import { offsetOf } from '../bytes/layout.js';
import { ETHERNET_HEADER_BYTES } from '../headers/ethernet.js';
import {
  DST as DST4,
  FRAGMENT_OFFSET,
  IHL,
  IPV4_HEADER_BYTES,
  MORE_FRAGMENTS,
  PROTOCOL,
  SRC as SRC4,
} from '../headers/ipv4-wire.js';
import { endOfExtension, isExtension } from '../headers/ipv6-chain.js';
import {
  DST as DST6,
  IPV6_HEADER_BYTES,
  NEXT_HEADER,
  PAYLOAD_LENGTH,
  SRC as SRC6,
} from '../headers/ipv6-wire.js';
import { ETHERTYPE, IP_PROTOCOL } from '../headers/numbers.js';
import { ACK, DATA_OFFSET, FLAGS, SEQ, TCP_HEADER_BYTES } from '../headers/tcp-wire.js';
import { UDP_HEADER_BYTES, udpLayout } from '../headers/udp.js';
import { ethernetPayload, payloadType } from './ethernet-payload.js';

const { IPV4, IPV6 } = ETHERTYPE;
const { FRAGMENT, TCP, UDP } = IP_PROTOCOL;
// Copies: an imported constant is read from memory at each use, one of the module's own is not.
const IPV4_BYTES = IPV4_HEADER_BYTES;
const TCP_BYTES = TCP_HEADER_BYTES;
const UDP_BYTES = UDP_HEADER_BYTES;
const PROTOCOL_BYTE = PROTOCOL;
const ETHERNET_BYTES = ETHERNET_HEADER_BYTES;
const SEQ_WORD = SEQ;
const ACK_WORD = ACK;
// TCP and UDP have their ports in the same place.
const SRC_PORT = offsetOf(udpLayout, 'srcPort');
const DST_PORT = offsetOf(udpLayout, 'dstPort');
const UDP_LENGTH = offsetOf(udpLayout, 'length');
const IHL_MASK = IHL.max;
const FRAGMENT_WORD = FRAGMENT_OFFSET.offset;
// The usual frame: no VLAN tag, no IPv4 options.
const USUAL_TRANSPORT = ETHERNET_BYTES + IPV4_BYTES;
/** First byte of an IPv4 header without options. */
const USUAL_START = 0x45;
const FRAGMENT_BITS = (MORE_FRAGMENTS.max << MORE_FRAGMENTS.shift) | FRAGMENT_OFFSET.max;
/** The fragment's bits of the word with TTL and protocol, and the protocol: its last byte. */
const FRAGMENT_AND_PROTOCOL = (FRAGMENT_BITS << 16) | 0xff;
const DATA_OFFSET_WORD = DATA_OFFSET.offset;
const DATA_OFFSET_SHIFT = DATA_OFFSET.shift;
const FLAGS_MASK = FLAGS.max;
/** Offset and M flag of an IPv6 fragment header: both 0 in an atomic fragment (RFC 6946 §4). */
const FRAGMENT6_BITS = 0xfff9;
const NO_BYTES = new DataView(new ArrayBuffer(0));

/**
 * Where the headers of a TCP or UDP packet are: filled by `readTransport`, used again and again.
 * It lies on the packet's bytes as a view does. Offsets are absolute.
 */
export class TransportPacket {
  view: DataView;
  /** The IP header. */
  ip: number;
  /** 6 for TCP, 17 for UDP. */
  protocol: number;
  /** The TCP or UDP header. */
  transport: number;
  /** What it carries: the bytes [data, end). */
  data: number;
  end: number;

  constructor() {
    this.view = NO_BYTES;
    this.ip = 0;
    this.protocol = 0;
    this.transport = 0;
    this.data = 0;
    this.end = 0;
  }

  /** The IP version: 4 or 6. */
  get version(): number {
    return this.view.getUint8(this.ip) >>> 4;
  }

  /** Bytes of an address: 4 or 16. */
  get addressBytes(): number {
    return this.version === 4 ? 4 : 16;
  }

  /** Where the source address begins. */
  get src(): number {
    return this.ip + (this.version === 4 ? SRC4 : SRC6);
  }

  /** Where the destination address begins. */
  get dst(): number {
    return this.ip + (this.version === 4 ? DST4 : DST6);
  }

  /** Source port, 0–65535. */
  get srcPort(): number {
    return this.view.getUint16(this.transport + SRC_PORT);
  }

  /** Destination port, 0–65535. */
  get dstPort(): number {
    return this.view.getUint16(this.transport + DST_PORT);
  }

  /** TCP's sequence number; of UDP it means nothing. */
  get seq(): number {
    return this.view.getUint32(this.transport + SEQ_WORD);
  }

  /** TCP's acknowledgment number; of UDP it means nothing. */
  get ack(): number {
    return this.view.getUint32(this.transport + ACK_WORD);
  }

  /** TCP's nine flags (`TCP_FLAG`); of UDP they mean nothing. */
  get flags(): number {
    return this.view.getUint16(this.transport + DATA_OFFSET_WORD) & FLAGS_MASK;
  }

  /** Bytes of payload. */
  get dataBytes(): number {
    return this.end - this.data;
  }
}

/**
 * Fills `into` from the Ethernet frame at `offset` that ends before `end`, behind its VLAN tags.
 * Answers whether it holds a whole TCP segment or UDP datagram: no fragment, and no length of a
 * header past the bytes around it. Checksums and the values of options are not looked at.
 */
export function readTransport(
  view: DataView,
  offset: number,
  end: number,
  into: TransportPacket,
): boolean {
  // The usual frame, TCP over IPv4 without tags, options and fragments, is told by few comparisons
  // in one function. Whatever fails one takes the way of all others.
  const at = offset + USUAL_TRANSPORT;
  if (at + TCP_BYTES <= end) {
    const ip = offset + ETHERNET_BYTES;
    const first = view.getUint32(ip);
    const ipEnd = ip + (first & 0xffff);
    if (
      payloadType(view, ip) === IPV4 &&
      first >>> 24 === USUAL_START &&
      (view.getUint32(ip + FRAGMENT_WORD) & FRAGMENT_AND_PROTOCOL) === TCP &&
      ipEnd <= end
    ) {
      const data = at + (view.getUint16(at + DATA_OFFSET_WORD) >>> DATA_OFFSET_SHIFT) * 4;
      if (data < at + TCP_BYTES || data > ipEnd) return false;
      if (into.view !== view) into.view = view;
      into.ip = ip;
      into.protocol = TCP;
      into.transport = at;
      into.data = data;
      into.end = ipEnd;
      return true;
    }
  }
  return readAny(view, offset, end, into);
}

function readAny(view: DataView, offset: number, end: number, into: TransportPacket): boolean {
  const ip = ethernetPayload(view, offset, end);
  if (ip === 0) return false;
  const type = payloadType(view, ip);
  if (type === IPV4) return readIpv4(view, ip, end, into);
  return type === IPV6 && readIpv6(view, ip, end, into);
}

/** The same of the IP packet at `offset`. */
export function readIpTransport(
  view: DataView,
  offset: number,
  end: number,
  into: TransportPacket,
): boolean {
  if (offset >= end) return false;
  const version = view.getUint8(offset) >>> 4;
  if (version === 4) return readIpv4(view, offset, end, into);
  return version === 6 && readIpv6(view, offset, end, into);
}

function readIpv4(view: DataView, ip: number, end: number, into: TransportPacket): boolean {
  if (ip + IPV4_BYTES > end) return false;
  // Version, header length, TOS and total length are the first word.
  const first = view.getUint32(ip);
  const headerBytes = ((first >>> 24) & IHL_MASK) * 4;
  const length = first & 0xffff;
  if (first >>> 28 !== 4 || headerBytes < IPV4_BYTES || length < headerBytes) return false;
  const ipEnd = ip + length;
  if (ipEnd > end || (view.getUint16(ip + FRAGMENT_WORD) & FRAGMENT_BITS) !== 0) return false;
  return readEnds(view, ip, ip + headerBytes, ipEnd, view.getUint8(ip + PROTOCOL_BYTE), into);
}

function readIpv6(view: DataView, ip: number, end: number, into: TransportPacket): boolean {
  const headerEnd = ip + IPV6_HEADER_BYTES;
  if (headerEnd > end || view.getUint8(ip) >>> 4 !== 6) return false;
  const ipEnd = headerEnd + view.getUint16(ip + PAYLOAD_LENGTH);
  if (ipEnd > end) return false;
  let at = headerEnd;
  let next = view.getUint8(ip + NEXT_HEADER);
  // Each header takes 8 bytes or more: the packet's end bounds the walk.
  while (isExtension(next)) {
    const after = endOfExtension(view, next, at, ipEnd);
    if (after === 0) return false;
    if (next === FRAGMENT && (view.getUint16(at + 2) & FRAGMENT6_BITS) !== 0) return false;
    next = view.getUint8(at);
    at = after;
  }
  return readEnds(view, ip, at, ipEnd, next, into);
}

/** The TCP or UDP header at `at`, in a packet that ends at `ipEnd`. */
function readEnds(
  view: DataView,
  ip: number,
  at: number,
  ipEnd: number,
  protocol: number,
  into: TransportPacket,
): boolean {
  let end = ipEnd;
  let data = at + UDP_BYTES;
  if (protocol === TCP) {
    if (at + TCP_BYTES > ipEnd) return false;
    data = at + (view.getUint16(at + DATA_OFFSET_WORD) >>> DATA_OFFSET_SHIFT) * 4;
    if (data < at + TCP_BYTES) return false;
  } else {
    if (protocol !== UDP || data > ipEnd) return false;
    end = at + view.getUint16(at + UDP_LENGTH);
  }
  if (data > end || end > ipEnd) return false;
  if (into.view !== view) into.view = view;
  into.ip = ip;
  into.protocol = protocol;
  into.transport = at;
  into.data = data;
  into.end = end;
  return true;
}
