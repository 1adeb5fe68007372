/**
 * The headers of a tunnel over UDP as bytes, with zeros where a number is written for each frame,
 * and where these numbers stand. Offsets count from the first byte of the headers.
 */
import { offsetOf } from '../bytes/layout.js';
import { sumWords } from '../bytes/sum.js';
import {
  CHECKSUM as IPV4_CHECKSUM,
  IPV4_HEADER_BYTES,
  LENGTH as IPV4_LENGTH,
  SRC as IPV4_SRC,
} from '../headers/ipv4-wire.js';
import { IPV6_HEADER_BYTES, SRC as IPV6_SRC, PAYLOAD_LENGTH } from '../headers/ipv6-wire.js';
import type { LayerSpec } from '../headers/layer-spec.js';
import { IP_PROTOCOL } from '../headers/numbers.js';
import { UDP_HEADER_BYTES, udpLayout } from '../headers/udp.js';
import { build } from '../packet/build.js';
import type { PlanNumbers } from './kernel-plan.js';
import { isIpv6, type OuterOptions, outerLayers } from './outer.js';

const UDP_SRC_PORT = offsetOf(udpLayout, 'srcPort');
const UDP_LENGTH = offsetOf(udpLayout, 'length');
const UDP_CHECKSUM = offsetOf(udpLayout, 'checksum');

/** Bytes of headers, and what in them changes. */
export interface TunnelTemplate {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly ipv6: boolean;
  /** Where the IP header begins. */
  readonly networkAt: number;
  readonly udpAt: number;
  readonly tunnelAt: number;
  /** Where the length of the packet stands, and what it is for an empty frame. */
  readonly lengthAt: number;
  readonly lengthExtra: number;
  /** Where the IPv4 checksum stands (0: IPv6), and the sum of its header without the length. */
  readonly ipv4SumAt: number;
  readonly ipv4Sum: number;
  readonly udpLengthExtra: number;
  readonly udpLengthAt: number;
  readonly udpSumAt: number;
  readonly sourcePortAt: number;
  readonly vniAt: number;
  readonly addressesAt: number;
  readonly addressBytes: number;
}

/** The headers that `build` makes of these options and the tunnel's own layer. */
export function tunnelTemplate(outer: OuterOptions, tunnel: LayerSpec): TunnelTemplate {
  const bytes = build([...outerLayers(outer), tunnel]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const ipv6 = isIpv6(outer);
  const tunnelAt = bytes.length - tunnel.protocol.size(tunnel.fields);
  const udpAt = tunnelAt - UDP_HEADER_BYTES;
  const networkAt = udpAt - (ipv6 ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES);
  const lengthAt = networkAt + (ipv6 ? PAYLOAD_LENGTH : IPV4_LENGTH);
  const ipv4SumAt = ipv6 ? 0 : networkAt + IPV4_CHECKSUM;
  const lengthExtra = view.getUint16(lengthAt);
  view.setUint16(lengthAt, 0);
  if (!ipv6) view.setUint16(ipv4SumAt, 0);
  const udpLengthAt = udpAt + UDP_LENGTH;
  const udpLengthExtra = view.getUint16(udpLengthAt);
  view.setUint16(udpLengthAt, 0);
  view.setUint16(udpAt + UDP_SRC_PORT, 0);
  return {
    bytes,
    view,
    ipv6,
    networkAt,
    udpAt,
    tunnelAt,
    lengthAt,
    lengthExtra,
    ipv4SumAt,
    ipv4Sum: ipv6 ? 0 : sumWords(view, networkAt, udpAt, 0),
    udpLengthAt,
    udpLengthExtra,
    udpSumAt: udpAt + UDP_CHECKSUM,
    sourcePortAt: udpAt + UDP_SRC_PORT,
    // VXLAN and Geneve agree: the second word is the VNI and 8 bits that are 0.
    vniAt: tunnelAt + 4,
    addressesAt: networkAt + (ipv6 ? IPV6_SRC : IPV4_SRC),
    addressBytes: ipv6 ? 32 : 8,
  };
}

/** What the kernel's plan says of a tunnel's headers. `checksum`: whether that of UDP is computed. */
export function tunnelNumbers(template: TunnelTemplate, checksum: boolean): PlanNumbers {
  const { lengthAt, lengthExtra, networkAt, ipv4SumAt, ipv4Sum, udpLengthAt } = template;
  const { udpLengthExtra, sourcePortAt, vniAt, ipv6 } = template;
  const ends = { addressesAt: template.addressesAt, addressBytes: template.addressBytes };
  const sums = {
    transportSumAt: template.udpSumAt,
    transportAt: template.udpAt,
    transportProtocol: IP_PROTOCOL.UDP,
    zeroIsOnes: 1,
  };
  return {
    ...{ lengthAt, lengthExtra, networkAt, ipv4SumAt, ipv4Sum, udpLengthAt, udpLengthExtra },
    ...{ sourcePortAt, vniAt, isIpv6: ipv6 ? 1 : 0 },
    ...(checksum ? { ...ends, ...sums } : {}),
  };
}
