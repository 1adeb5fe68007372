/** tshark's `-d`: which numbers are to lead to which protocol. */

import { nearest } from '../bytes/nearest.js';
import type { Bindings, Numbers, Protocols } from '../packet/bindings.js';
import { UsageError } from './usage.js';

/** tshark's names of the tables, and our number spaces. */
const SPACES: Readonly<Record<string, keyof Numbers>> = {
  'udp.port': 'udpPort',
  'tcp.port': 'tcpPort',
  ethertype: 'ethertype',
  'ip.proto': 'ipProtocol',
};

/** tshark's names of protocols that have others here. */
const ALIASES: Readonly<Record<string, string>> = { eth: 'ethernet', vlan: 'dot1q', ip: 'ipv4' };

// tshark takes a single `=`, too.
const RULE = /^([a-z.]+)==?(0x[0-9a-f]+|\d+)(?:([-:])(0x[0-9a-f]+|\d+))?,([\w-]+)$/i;

/**
 * The bindings with rules such as `udp.port==8472,vxlan`, for a range `udp.port==8472-8475,vxlan`,
 * for so many numbers `udp.port==8472:4,vxlan`. Throws `UsageError`.
 */
export function decodeAs(
  bindings: Bindings<Protocols>,
  rules: readonly string[],
): Bindings<Protocols> {
  let result = bindings;
  for (const rule of rules) {
    const [, table = '', low = '', range, high = low, name = ''] = RULE.exec(rule) ?? [];
    if (table === '') throw new UsageError(`-d ${rule}: expected udp.port==8472,vxlan`);
    const space = SPACES[table];
    if (space === undefined) {
      const tables = Object.keys(SPACES).join(', ');
      throw new UsageError(`-d ${rule}: there is no table ${table}, there are ${tables}`);
    }
    const lower = name.toLowerCase();
    const ours = ALIASES[lower] ?? lower;
    const all = Object.values(bindings.protocols);
    // A name before a title: the start of a TCP header is titled TCP, too.
    const protocol =
      all.find((p) => p.name.toLowerCase() === ours) ??
      all.find((p) => p.short.toLowerCase() === ours);
    if (protocol === undefined) {
      const near = nearest(name, Object.keys(bindings.protocols));
      throw new UsageError(`-d ${rule}: no protocol is named ${name}${near}`);
    }
    const first = Number(low);
    const last = range === ':' ? first + Number(high) - 1 : Number(high);
    if (first > last || last > 0xffff) {
      throw new UsageError(`-d ${rule}: ${table} is 0–65535, the lower number first`);
    }
    const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    result = result.with(protocol, { [space]: numbers });
  }
  return result;
}
