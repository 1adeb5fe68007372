/** Wireshark's names of IPv6's fields. */
import { readBits } from '../bytes/bits.js';
import type { Ipv6View } from './ipv6.js';
import { ipv6Layout } from './ipv6-wire.js';
import { eitherName, hiddenName, numberName, valueName } from './names.js';
import type { FieldName } from './protocol.js';

const src = valueName(
  ipv6Layout,
  'src',
  'ipv6.src',
  'Source Address',
  'text',
  (l: Ipv6View) => l.src,
);
const dst = valueName(
  ipv6Layout,
  'dst',
  'ipv6.dst',
  'Destination Address',
  'text',
  (l: Ipv6View) => l.dst,
);

/** A part of the traffic class (RFC 2474 §3, RFC 3168 §5). */
function className(name: string, label: string, bit: number, bits: number): FieldName {
  return {
    name,
    label,
    form: 'dec',
    each: ({ view, offset }, _place, emit) => {
      // The class begins in the middle of the first byte.
      const at = offset * 8 + 4 + bit;
      emit(readBits(view, at, bits), at, bits);
    },
  };
}

/** Every name of an IPv6 header. */
export const ipv6Names: readonly FieldName<Ipv6View>[] = [
  numberName(ipv6Layout, 'version', 'ipv6.version', 'Version'),
  hiddenName(numberName(ipv6Layout, 'version', 'ip.version', 'Version')),
  numberName(ipv6Layout, 'trafficClass', 'ipv6.tclass', 'Traffic Class', 'hex8'),
  className('ipv6.tclass.dscp', 'Differentiated Services Codepoint', 0, 6),
  className('ipv6.tclass.ecn', 'Explicit Congestion Notification', 6, 2),
  numberName(ipv6Layout, 'flowLabel', 'ipv6.flow', 'Flow Label', 'hex6'),
  numberName(ipv6Layout, 'payloadLength', 'ipv6.plen', 'Payload Length'),
  numberName(ipv6Layout, 'nextHeader', 'ipv6.nxt', 'Next Header'),
  numberName(ipv6Layout, 'hopLimit', 'ipv6.hlim', 'Hop Limit'),
  src,
  dst,
  eitherName('ipv6.addr', 'Source or Destination Address', [src, dst]),
];
