/** One direction of a connection, as its packets say it (Linux `nf_conntrack_tuple`). */
import { DST, FRAGMENT_OFFSET, PROTOCOL, SRC } from '../../headers/ipv4-wire.js';
import { ICMP_TYPE, IP_PROTOCOL } from '../../headers/numbers.js';
import type { Connection } from './connection.js';

const { ICMP, TCP, UDP } = IP_PROTOCOL;

/** Bytes of a transport header that an ICMP error quotes at least (RFC 792). */
const QUOTED_BYTES = 8;
/** Behind type, code and checksum. */
export const ICMP_IDENTIFIER = 4;

/** The direction of who spoke first, and that of the answers. */
export const ORIGINAL = 0;
export const REPLY = 1;
/** A direction: 0, 1. */
export type Direction = typeof ORIGINAL | typeof REPLY;

/**
 * Who to whom. Addresses are signed words: V8 keeps those in an object's field without allocating.
 * Of ICMP the identifier stands in `srcPort`, in both directions, and type and code in `dstPort`.
 */
export class Tuple {
  src: number;
  dst: number;
  protocol: number;
  srcPort: number;
  dstPort: number;
  /** Whose it is; undefined: nobody's, it serves to ask for one. */
  readonly connection: Connection | undefined;
  readonly direction: Direction;
  /** The next in its bucket of the table. */
  next: Tuple | undefined;

  constructor(connection?: Connection, direction: Direction = ORIGINAL) {
    this.src = 0;
    this.dst = 0;
    this.protocol = 0;
    this.srcPort = 0;
    this.dstPort = 0;
    this.connection = connection;
    this.direction = direction;
    this.next = undefined;
  }

  equals(other: Tuple): boolean {
    return (
      this.src === other.src &&
      this.dst === other.dst &&
      this.srcPort === other.srcPort &&
      this.dstPort === other.dstPort &&
      this.protocol === other.protocol
    );
  }

  copy(other: Tuple): void {
    this.src = other.src;
    this.dst = other.dst;
    this.protocol = other.protocol;
    this.srcPort = other.srcPort;
    this.dstPort = other.dstPort;
  }

  /** Becomes what the answers to `other` say. False: nothing answers it. */
  invert(other: Tuple): boolean {
    const { src, dst, srcPort, dstPort, protocol } = other;
    this.src = dst;
    this.dst = src;
    this.protocol = protocol;
    if (protocol !== ICMP) {
      this.srcPort = dstPort;
      this.dstPort = srcPort;
      return true;
    }
    const answer = ANSWERS[dstPort >>> 8] ?? -1;
    if (answer < 0) return false;
    this.srcPort = srcPort;
    this.dstPort = (answer << 8) | (dstPort & 0xff);
    return true;
  }

  /** 32 bits. */
  get hash(): number {
    let hash = Math.imul(this.src, 0x9e3779b1) ^ Math.imul(this.dst, 0x85ebca77);
    hash = Math.imul(hash ^ (hash >>> 15) ^ (this.srcPort << 16) ^ this.dstPort, 0xc2b2ae3d);
    hash = Math.imul(hash ^ (hash >>> 13) ^ this.protocol, 0x27d4eb2f);
    return hash ^ (hash >>> 16);
  }

  /**
   * Reads the packet whose IPv4 header is at `ip`, its payload at `transport`. False: it is a later
   * fragment, or too short to say which connection it is of.
   */
  read(view: DataView, ip: number, transport: number, end: number): boolean {
    if ((view.getUint16(ip + FRAGMENT_OFFSET.offset) & FRAGMENT_OFFSET.max) !== 0) return false;
    this.src = view.getInt32(ip + SRC);
    this.dst = view.getInt32(ip + DST);
    const protocol = view.getUint8(ip + PROTOCOL);
    this.protocol = protocol;
    this.srcPort = 0;
    this.dstPort = 0;
    if (!hasPorts(protocol)) return true;
    if (transport + QUOTED_BYTES > end) return false;
    if (protocol === ICMP) {
      this.srcPort = view.getUint16(transport + ICMP_IDENTIFIER);
      this.dstPort = view.getUint16(transport);
    } else {
      // TCP and UDP begin alike.
      this.srcPort = view.getUint16(transport);
      this.dstPort = view.getUint16(transport + 2);
    }
    return true;
  }
}

/** Whether packets of a protocol have ports, or as ICMP something in their place. */
export function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === ICMP;
}

/** Which type of ICMP answers which. */
const ANSWERS = new Array<number>(256).fill(-1);
/** Types that begin a connection of their own (Linux `icmp_packet`). */
const QUESTIONS = [
  [ICMP_TYPE.echoRequest, ICMP_TYPE.echoReply],
  [ICMP_TYPE.timestampRequest, ICMP_TYPE.timestampReply],
  [ICMP_TYPE.informationRequest, ICMP_TYPE.informationReply],
  [ICMP_TYPE.addressMaskRequest, ICMP_TYPE.addressMaskReply],
] as const;
for (const [question, answer] of QUESTIONS) {
  ANSWERS[question] = answer;
  ANSWERS[answer] = question;
}

/** Whether an ICMP message asks something: only such begin a connection. */
export function isQuestion(type: number): boolean {
  return QUESTIONS.some(([question]) => question === type);
}

/** Whether an ICMP message has an identifier by which its connection is known. */
export function hasIdentifier(type: number): boolean {
  return (ANSWERS[type] as number) >= 0;
}
