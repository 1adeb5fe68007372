/** What ICMP errors say, in words. */
import { ICMP_TYPE } from '../../headers/numbers.js';
import type { IcmpError } from './transport.js';

/** An ICMP error in `ping`'s words. */
export function icmpErrorText({
  type,
  code,
  mtu,
}: Pick<IcmpError, 'type' | 'code' | 'mtu'>): string {
  if (type === ICMP_TYPE.timeExceeded) {
    return code === 1 ? 'Frag reassembly time exceeded' : 'Time to live exceeded';
  }
  if (type !== ICMP_TYPE.destinationUnreachable) return `Bad ICMP type: ${type}`;
  if (code === 4) return `Frag needed and DF set (mtu = ${mtu})`;
  const words: Readonly<Record<number, string>> = {
    0: 'Destination Net Unreachable',
    1: 'Destination Host Unreachable',
    2: 'Destination Protocol Unreachable',
    3: 'Destination Port Unreachable',
    9: 'Destination Net Prohibited',
    10: 'Destination Host Prohibited',
    13: 'Packet filtered',
  };
  return words[code] ?? `Dest Unreachable, Bad Code: ${code}`;
}
