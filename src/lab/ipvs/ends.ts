/** Who to whom: the two ends of a packet, its own or one that an ICMP error quotes. */
import { DST, FRAGMENT_OFFSET, IHL, PROTOCOL, SRC } from '../../headers/ipv4-wire.js';
import { IP_PROTOCOL } from '../../headers/numbers.js';

const { TCP, UDP } = IP_PROTOCOL;
/** Bytes of a transport header that an ICMP error quotes at least (RFC 792). */
const PORT_BYTES = 8;
const PORTS = 0x10000;
const ADDRESSES = 0x100000000;

/** An address and a port in a number of 48 bits; of a service or server, bit 48 says that it is UDP. */
export type EndKey = number;

/** What `readEnds` finds: one object for all packets. */
export interface Ends {
  src: number;
  srcPort: number;
  dst: number;
  dstPort: number;
  udp: boolean;
  /** Where the transport header begins. */
  transport: number;
}

/** The key of an end. */
export function endKey(address: number, port: number, udp = false): EndKey {
  return (udp ? PORTS * ADDRESSES : 0) + address * PORTS + port;
}

/** Reads a packet's ends. False: it is neither TCP nor UDP, a later fragment, or cut. */
export function readEnds(view: DataView, ip: number, end: number, ends: Ends): boolean {
  const protocol = view.getUint8(ip + PROTOCOL);
  if (protocol !== TCP && protocol !== UDP) return false;
  if ((view.getUint16(ip + FRAGMENT_OFFSET.offset) & FRAGMENT_OFFSET.max) !== 0) return false;
  const at = ip + (view.getUint8(ip + IHL.offset) & IHL.max) * 4;
  if (at + PORT_BYTES > end) return false;
  ends.src = view.getUint32(ip + SRC);
  ends.dst = view.getUint32(ip + DST);
  ends.srcPort = view.getUint16(at);
  ends.dstPort = view.getUint16(at + 2);
  ends.udp = protocol === UDP;
  ends.transport = at;
  return true;
}
