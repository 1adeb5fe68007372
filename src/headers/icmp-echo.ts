/** The echoes that ICMP and ICMPv6 have in common (RFC 792, RFC 4443 §4, RFC 8335). */
import { bits, u8, u16 } from '../bytes/layout.js';
import { bytesTail } from './icmp-lists.js';
import { type MessageView, type Shape, shapeOf } from './icmp-message.js';
import { partName } from './icmp-part-names.js';
import type { FieldName } from './protocol.js';

/** Fields that only the extended echoes of ICMP and ICMPv6 have (RFC 8335). */
export interface ExtendedEchoMessage {
  /** Request: whether the interface is one of the asked node. */
  readonly local?: boolean;
  /** Reply: the state of the neighbour cache's entry for the interface, 0–7. */
  readonly state?: number;
  /** Reply: whether the interface is up. */
  readonly active?: boolean;
  /** Reply: whether IPv4 runs on the interface. */
  readonly ipv4?: boolean;
  /** Reply: whether IPv6 runs on the interface. */
  readonly ipv6?: boolean;
  /** Request: the extension structure that names the interface. */
  readonly extension?: Uint8Array;
}

/** Identifier and sequence number; the data behind them is payload. */
export const echo = shapeOf('echo', [u16('identifier'), u16('sequence')]);

/** RFC 8335 §2; the extension structure names the interface that is asked about. */
export const extendedEcho = shapeOf(
  'extended echo request',
  [u16('identifier'), u8('sequence'), bits(8, { reserved: 7, local: 1 })],
  { kinds: { local: 'flag' }, tail: bytesTail('icmp', 'extension') },
);

/** RFC 8335 §3. */
export const extendedEchoReply = shapeOf(
  'extended echo reply',
  [
    u16('identifier'),
    u8('sequence'),
    bits(8, { state: 3, reserved: 2, active: 1, ipv4: 1, ipv6: 1 }),
  ],
  { kinds: { active: 'flag', ipv4: 'flag', ipv6: 'flag' } },
);

const REQUEST: readonly Shape[] = [extendedEcho];
const REPLY: readonly Shape[] = [extendedEchoReply];

/** Wireshark's names of the extended echoes, which begin with the protocol's. */
export function extendedEchoNames(protocol: string): readonly FieldName<MessageView>[] {
  const start = `${protocol}.ext.echo`;
  return [
    partName('sequence', `${start}.seq`, 'Sequence Number', 'dec', [...REQUEST, ...REPLY]),
    partName('reserved', `${start}.req.res`, 'Reserved', 'hex2', REQUEST),
    partName('local', `${start}.req.local`, 'Local bit', 'bool', REQUEST),
    partName('state', `${start}.rsp.state`, 'State', 'dec', REPLY),
    partName('reserved', `${start}.rsp.res`, 'Reserved', 'hex2', REPLY),
    partName('active', `${start}.rsp.active`, 'Active bit', 'bool', REPLY),
    partName('ipv4', `${start}.rsp.ipv4`, 'IPv4 bit', 'bool', REPLY),
    partName('ipv6', `${start}.rsp.ipv6`, 'IPv6 bit', 'bool', REPLY),
  ];
}
