/** A connection as `conntrack -L` prints it. */
import { formatIpv4 } from '../../bytes/address.js';
import { IP_PROTOCOL } from '../../headers/numbers.js';
import { SECOND } from '../clock.js';
import { type Connection, STATUS } from './connection.js';
import { TCP_STATES } from './tcp-tracker.js';
import { hasPorts, type Tuple } from './tuple.js';

const { ICMP, TCP } = IP_PROTOCOL;
const NAMES: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  47: 'gre',
  132: 'sctp',
};

/** `now`: nanoseconds. */
export function printConnection(connection: Connection, now: number): string {
  const { original, reply, protocol } = connection;
  const parts = [
    `${(NAMES[protocol] ?? 'unknown').padEnd(8)} ${protocol}`,
    String(Math.floor(Math.max(0, connection.expires - now) / SECOND)),
  ];
  if (protocol === TCP) parts.push(TCP_STATES[connection.tcpState] ?? 'NONE');
  parts.push(printTuple(original));
  if (!connection.has(STATUS.SEEN_REPLY)) parts.push('[UNREPLIED]');
  parts.push(printTuple(reply));
  if (connection.has(STATUS.ASSURED)) parts.push('[ASSURED]');
  parts.push(`mark=${connection.mark >>> 0}`, 'use=1');
  return parts.join(' ');
}

/** An address with a port, as people write it: `192.168.1.10:54321`. */
export function endText(address: number, port: number): string {
  return `${formatIpv4(address >>> 0)}:${port}`;
}

function printTuple(tuple: Tuple): string {
  const { src, dst, srcPort, dstPort, protocol } = tuple;
  const addresses = `src=${formatIpv4(src >>> 0)} dst=${formatIpv4(dst >>> 0)}`;
  if (protocol === ICMP) {
    return `${addresses} type=${dstPort >>> 8} code=${dstPort & 0xff} id=${srcPort}`;
  }
  return hasPorts(protocol) ? `${addresses} sport=${srcPort} dport=${dstPort}` : addresses;
}
