/** Steps of scenarios in which packets go through tunnels. */
import type { RunStep } from './steps.js';
import { frame } from './steps.js';

/** What is asked of a packet in a tunnel; absent: anything. */
export interface Tunnelled {
  readonly kind?: 'vxlan' | 'geneve';
  readonly vni?: number;
  readonly src?: string;
  readonly dst?: string;
  /** Addresses of the innermost IP packet. */
  readonly innerSrc?: string;
  readonly innerDst?: string;
  /** The innermost header. */
  readonly last?: string;
}

/** A packet in a tunnel on that way (`VTEP1 → R1`), well-formed. */
export function tunnelled(way: string, asked: Tunnelled): (step: RunStep) => boolean {
  const { kind = 'vxlan', vni = 5000 } = asked;
  return frame(way, (packet) => {
    const [outer] = packet.all('ipv4');
    const inner = packet.all('ipv4').at(-1);
    const matches = (value: unknown, wanted: unknown): boolean =>
      wanted === undefined || value === wanted;
    return (
      packet.layer(kind)?.vni === vni &&
      packet.problems.every(({ severity }) => severity !== 'error') &&
      matches(outer?.src, asked.src) &&
      matches(outer?.dst, asked.dst) &&
      matches(inner?.src, asked.innerSrc) &&
      matches(inner?.dst, asked.innerDst) &&
      matches(packet.layers.at(-1)?.descriptor.name, asked.last)
    );
  });
}

/** A frame without a tunnel, whose only IP packet has these addresses. */
export function plain(way: string, src: string, dst: string): (step: RunStep) => boolean {
  return frame(way, (packet) => {
    const ip = packet.layer('ipv4');
    const bare = packet.layer('vxlan') === undefined && packet.layer('geneve') === undefined;
    return bare && ip?.src === src && ip.dst === dst;
  });
}

/**
 * "Fragmentation needed", as a tunnel's end point tells it to a VM in the name of the one whom the packet
 * was for: 576 bytes (RFC 1812 §4.3.2.3) with DF, the packet of 1,500 in them as far as there is room.
 */
export function tooLong(way: string, vm: string, other: string, mtu: number) {
  return frame(way, (packet) => {
    const [outer, quoted] = packet.all('ipv4');
    const icmp = packet.layer('icmp');
    return (
      icmp?.type === 3 &&
      icmp.code === 4 &&
      icmp.message.mtu === mtu &&
      outer?.src === other &&
      outer.dst === vm &&
      outer.ttl === 64 &&
      outer.length === 576 &&
      outer.dontFragment &&
      quoted?.src === vm &&
      quoted.dst === other &&
      quoted.length === 1500 &&
      quoted.dontFragment &&
      packet.problems.every(({ severity }) => severity !== 'error')
    );
  });
}
