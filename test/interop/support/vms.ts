/** The guide's two virtual machines, and frames between them: what tunnels carry in these tests. */
import { arp } from '../../../src/headers/arp.js';
import { dot1q } from '../../../src/headers/dot1q.js';
import { ethernet } from '../../../src/headers/ethernet.js';
import { icmpv6 } from '../../../src/headers/icmpv6.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { ipv6 } from '../../../src/headers/ipv6.js';
import type { LayerSpec } from '../../../src/headers/layer-spec.js';
import { tcp } from '../../../src/headers/tcp.js';
import { mss, sackPermitted, windowScale } from '../../../src/headers/tcp-options.js';
import { udp } from '../../../src/headers/udp.js';
import { build } from '../../../src/packet/build.js';

/** Where VM1 is. */
export const VM1 = { mac: 'aa:aa:aa:aa:aa:aa', ip: '192.168.10.5', ip6: 'fd00:10::5' } as const;
/** Where VM2 is. The guide has bb:bb:bb:bb:bb:bb, which is a group's address. */
export const VM2 = { mac: 'ba:bb:bb:bb:bb:bb', ip: '192.168.10.6', ip6: 'fd00:10::6' } as const;

const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** A machine. */
export type Vm = typeof VM1 | typeof VM2;

/** The Ethernet header from one machine to the other. */
export function between(from: Vm, to: Vm, type?: number): LayerSpec {
  return ethernet({ src: from.mac, dst: to.mac, ...(type === undefined ? {} : { type }) });
}

/** Bytes of which no two words are the same, so that whatever is moved or cut is seen. */
export function filling(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i & 1 ? i >> 1 : i >> 9) & 0xff);
}

/** A datagram in a frame whose IPv4 packet has that many bytes. */
export function datagramOf(
  packetBytes: number,
  from: Vm = VM1,
  to: Vm = VM2,
  srcPort = 40_001,
): Uint8Array {
  const ends = { src: from.ip, dst: to.ip, dontFragment: true };
  return build([
    between(from, to),
    ipv4(ends),
    udp({ srcPort, dstPort: 9 }),
    filling(packetBytes - 28),
  ]);
}

/** The question of one machine where the other is. */
export function arpRequest(from: Vm, to: Vm): Uint8Array {
  return build([
    ethernet({ src: from.mac, dst: BROADCAST }),
    arp({ senderHardware: from.mac, senderProtocol: from.ip, targetProtocol: to.ip }),
  ]);
}

/** Frames of every kind from one machine to the other, by name. None has more than 1,450 bytes of packet. */
export function framesBetween(from: Vm, to: Vm): Readonly<Record<string, Uint8Array>> {
  const six = { src: from.ip6, dst: to.ip6 };
  const four = { src: from.ip, dst: to.ip };
  const syn = tcp({
    srcPort: 54_321,
    dstPort: 80,
    seq: 100,
    flags: ['SYN'],
    options: [mss(1410), sackPermitted, windowScale(7)],
  });
  return {
    'a TCP SYN': build([between(from, to), ipv4(four), syn]),
    'a datagram with an odd number of bytes': datagramOf(77, from, to),
    'a packet with ECN set': build([between(from, to), ipv4({ ...four, ecn: 1, dscp: 46 }), syn]),
    'IPv6, TCP': build([between(from, to), ipv6({ ...six, trafficClass: 2 }), syn]),
    'IPv6, neighbour solicitation': build([
      ethernet({ src: from.mac, dst: '33:33:ff:00:00:06' }),
      ipv6({ src: from.ip6, dst: 'ff02::1:ff00:6', hopLimit: 255 }),
      icmpv6({
        type: 'neighborSolicitation',
        target: to.ip6,
        options: [{ kind: 'sourceLinkLayerAddress', value: from.mac }],
      }),
    ]),
    'a flooded ARP request': arpRequest(from, to),
    'an ARP request with padding': Uint8Array.from([
      ...arpRequest(from, to),
      ...new Uint8Array(18),
    ]),
    'a VLAN tag': build([between(from, to), dot1q({ vid: 10, priority: 5 }), ipv4(four), syn]),
    'two VLAN tags': build([
      between(from, to, 0x88a8),
      dot1q({ vid: 100 }),
      dot1q({ vid: 20 }),
      ipv4(four),
      syn,
    ]),
    'a type that nobody knows': build([between(from, to, 0x88b5), filling(100)]),
    'a header and no more': build([between(from, to, 0x88b5)]),
    'a packet of 1,450 bytes': datagramOf(1450, from, to),
  };
}
