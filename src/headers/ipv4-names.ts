/** Wireshark's names of IPv4's fields. */
import type { Ipv4View } from './ipv4.js';
import { ipv4OptionNames } from './ipv4-options.js';
import { ipv4ChecksumStatus, ipv4Layout } from './ipv4-wire.js';
import { eitherName, numberName, rangeName, valueName } from './names.js';
import type { FieldName } from './protocol.js';

const src = numberName(ipv4Layout, 'src', 'ip.src', 'Source Address', 'ipv4');
// With a source route, Wireshark shows the route's end as the destination; here it is the header's.
const dst = numberName(ipv4Layout, 'dst', 'ip.dst', 'Destination Address', 'ipv4');

/** Every name of an IPv4 header, those of its options last. */
export const ipv4Names: readonly FieldName<Ipv4View>[] = [
  numberName(ipv4Layout, 'version', 'ip.version', 'Version'),
  valueName(
    ipv4Layout,
    'ihl',
    'ip.hdr_len',
    'Header Length',
    'dec',
    (layer: Ipv4View) => layer.ihl * 4,
  ),
  rangeName(ipv4Layout, 'dscp', 'ecn', 'ip.dsfield', 'Differentiated Services Field', 'hex2'),
  numberName(ipv4Layout, 'dscp', 'ip.dsfield.dscp', 'Differentiated Services Codepoint'),
  numberName(ipv4Layout, 'ecn', 'ip.dsfield.ecn', 'Explicit Congestion Notification'),
  valueName(
    ipv4Layout,
    'length',
    'ip.len',
    'Total Length',
    'dec',
    // As Wireshark does where segmentation offload has left 0.
    (layer: Ipv4View) => layer.length || layer.wireEnd - layer.offset,
  ),
  numberName(ipv4Layout, 'id', 'ip.id', 'Identification', 'hex4'),
  rangeName(ipv4Layout, 'reserved', 'moreFragments', 'ip.flags', 'Flags', 'hex2'),
  numberName(ipv4Layout, 'reserved', 'ip.flags.rb', 'Reserved bit', 'bool'),
  numberName(ipv4Layout, 'dontFragment', 'ip.flags.df', "Don't fragment", 'bool'),
  numberName(ipv4Layout, 'moreFragments', 'ip.flags.mf', 'More fragments', 'bool'),
  numberName(ipv4Layout, 'fragmentOffset', 'ip.frag_offset', 'Fragment Offset, in 8 bytes'),
  numberName(ipv4Layout, 'ttl', 'ip.ttl', 'Time to Live'),
  numberName(ipv4Layout, 'protocol', 'ip.proto', 'Protocol'),
  numberName(ipv4Layout, 'checksum', 'ip.checksum', 'Header Checksum', 'hex4'),
  valueName(
    ipv4Layout,
    'checksum',
    'ip.checksum.status',
    'Header checksum status',
    'dec',
    ipv4ChecksumStatus,
  ),
  src,
  dst,
  eitherName('ip.addr', 'Source or Destination Address', [src, dst]),
  ...ipv4OptionNames,
];
