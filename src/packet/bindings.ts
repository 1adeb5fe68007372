/** Which number leads to which protocol: data, immutable, a user's protocols beside ours. */
import { PacketError } from '../bytes/error.js';
import { ahProtocol } from '../headers/ah.js';
import { arpProtocol } from '../headers/arp.js';
import { dnsProtocol } from '../headers/dns.js';
import { dnsTcpProtocol } from '../headers/dns-tcp.js';
import { NEXT_MESSAGE } from '../headers/dns-wire.js';
import { dot1qProtocol } from '../headers/dot1q.js';
import { espProtocol } from '../headers/esp.js';
import { ethernetProtocol } from '../headers/ethernet.js';
import { geneveProtocol } from '../headers/geneve.js';
import { greProtocol } from '../headers/gre.js';
import { icmpProtocol } from '../headers/icmp.js';
import { icmpv6Protocol } from '../headers/icmpv6.js';
import { igmpProtocol } from '../headers/igmp.js';
import { ipv4Protocol } from '../headers/ipv4.js';
import { ipv6Protocol } from '../headers/ipv6.js';
import { ipv6DestinationProtocol } from '../headers/ipv6-destination.js';
import { ipv6FragmentProtocol } from '../headers/ipv6-fragment.js';
import { ipv6HopByHopProtocol } from '../headers/ipv6-hop-by-hop.js';
import { ipv6RoutingProtocol } from '../headers/ipv6-routing.js';
import { lacpProtocol } from '../headers/lacp.js';
import { llcProtocol } from '../headers/llc.js';
import { lldpProtocol } from '../headers/lldp.js';
import { loopbackProtocol } from '../headers/loopback.js';
import { mplsProtocol } from '../headers/mpls.js';
import {
  ADDRESS_FAMILY,
  ETHERTYPE,
  IP_PROTOCOL,
  LINK_TYPE,
  LLC_SAP,
  MPLS_NEXT,
  SLOW_PROTOCOL,
  TCP_PORT,
  UDP_PORT,
  VXLAN_GPE_NEXT,
} from '../headers/numbers.js';
import { ospfProtocol } from '../headers/ospf.js';
import {
  type Found,
  type HeaderView,
  isMovable,
  type Protocol,
  UNBOUND,
} from '../headers/protocol.js';
import { pseudowireProtocol } from '../headers/pseudowire.js';
import { sctpProtocol } from '../headers/sctp.js';
import { sllProtocol } from '../headers/sll.js';
import { sll2Protocol } from '../headers/sll2.js';
import { slowProtocol } from '../headers/slow.js';
import { snapProtocol } from '../headers/snap.js';
import { stpProtocol } from '../headers/stp.js';
import { tcpProtocol } from '../headers/tcp.js';
import { tcpStartProtocol } from '../headers/tcp-start.js';
import { udpProtocol } from '../headers/udp.js';
import { uint } from '../headers/values.js';
import { vxlanProtocol } from '../headers/vxlan.js';
import { vxlanGpeProtocol } from '../headers/vxlan-gpe.js';

/** The numbers that lead to a protocol, by number space; `build` computes the first of a space. */
export interface Numbers {
  /** LINKTYPE values of capture files. */
  readonly linkType?: readonly number[];
  readonly ethertype?: readonly number[];
  readonly ipProtocol?: readonly number[];
  readonly udpPort?: readonly number[];
  readonly tcpPort?: readonly number[];
  /** A number space of a user's own protocol. */
  readonly [space: string]: readonly number[] | undefined;
}

/** Protocols by name. */
export type Protocols = Readonly<Record<string, Protocol>>;

/** The view that a protocol's headers have. */
export type ViewOf<P> = P extends Protocol<string, object, infer V, never> ? V : HeaderView;

interface Binding {
  readonly protocol: Protocol;
  readonly numbers: Numbers;
}

/** A protocol with the table of what its numbers lead to: what the parse loop walks on. */
export interface Node {
  readonly protocol: Protocol;
  /** Index into `nodes` for each number; undefined: nothing ever follows. */
  readonly table: Uint8Array | undefined;
  /** Its own place in `nodes`. */
  readonly index: number;
  /** Which of those it is whose check the loop calls by name (`KNOWN`); 0: none. */
  readonly known: number;
  /** Lays a view on a header, with all that was found: `reuse` where it is given, or a new one. */
  lay(
    view: DataView,
    offset: number,
    headerEnd: number,
    end: number,
    found: Readonly<Found>,
    reuse: HeaderView | undefined,
  ): HeaderView;
}

const MAX_NUMBER = 0xffff;

/** Which number leads to which protocol. `with` makes a larger one and leaves this as it is. */
export class Bindings<M extends Protocols = Protocols> {
  /** Protocols by name. */
  readonly protocols: M;
  private readonly list: readonly Binding[];
  private readonly spaces: Map<string, Uint8Array>;
  /** By number space and protocol name: the number that `build` computes. */
  private readonly firsts: Map<string, Map<string, number>>;
  private graph: readonly (Node | undefined)[] | undefined;
  private readonly byName: Map<string, Node>;
  private starts: Uint8Array | undefined;

  constructor(list: readonly Binding[]) {
    // The parse loop's tables hold a protocol in a byte.
    if (list.length > 255) throw new PacketError('OUT_OF_RANGE', 'more than 255 protocols');
    this.list = list;
    this.protocols = Object.fromEntries(list.map((b) => [b.protocol.name, b.protocol])) as M;
    this.spaces = new Map();
    this.firsts = new Map();
    this.graph = undefined;
    this.byName = new Map();
    this.starts = undefined;
    for (const { protocol, numbers } of list) {
      for (const [space, values] of Object.entries(numbers)) {
        for (const value of values ?? []) uint(value, MAX_NUMBER, protocol.name, space);
        const first = values?.[0];
        if (first === undefined) continue;
        const names = this.firsts.get(space) ?? new Map<string, number>();
        this.firsts.set(space, names.set(protocol.name, first));
      }
    }
  }

  /**
   * These bindings and a protocol to which some more numbers lead. One of the same name is
   * replaced and keeps its numbers; a number that led elsewhere leads to this protocol.
   */
  with<N extends string, F extends object, V extends HeaderView, I extends object>(
    protocol: Protocol<N, F, V, I>,
    numbers: Numbers = {},
  ): Bindings<Omit<M, N> & Readonly<Record<N, Protocol<N, F, V, I>>>> {
    const old = this.list.find((b) => b.protocol.name === protocol.name)?.numbers ?? {};
    const joined: Record<string, readonly number[]> = {};
    for (const space of new Set([...Object.keys(old), ...Object.keys(numbers)])) {
      joined[space] = [...new Set([...(old[space] ?? []), ...(numbers[space] ?? [])])];
    }
    const rest = this.list
      .filter((b) => b.protocol.name !== protocol.name)
      .map((b) => ({ protocol: b.protocol, numbers: without(b.numbers, numbers) }));
    return new Bindings([...rest, { protocol: protocol, numbers: joined }]);
  }

  /** The number of `carrier`'s space that leads to the protocol of that name, or `UNBOUND`. */
  numberFor(carrier: Protocol, name: string): number {
    if (carrier.space === undefined) return UNBOUND;
    return this.firsts.get(carrier.space)?.get(name) ?? UNBOUND;
  }

  /** Where parsing of a link type begins; undefined: nothing is bound to it. */
  start(linkType: number): Node | undefined {
    const nodes = this.nodes();
    return nodes[this.starts?.[linkType] ?? 0];
  }

  /** The node of the protocol of that name. */
  nodeOf(name: string): Node | undefined {
    this.nodes();
    return this.byName.get(name);
  }

  /** All protocols as nodes; the first is "nothing". */
  nodes(): readonly (Node | undefined)[] {
    this.graph ??= this.makeGraph();
    return this.graph;
  }

  // Tables of a byte a number: a packet of seven layers looks up five numbers, which took 38 ns
  // in Maps and 13 in tables (Node 20).
  private makeGraph(): readonly (Node | undefined)[] {
    for (const [i, { protocol, numbers }] of this.list.entries()) {
      for (const [space, values] of Object.entries(numbers)) {
        const table = this.spaceTable(space);
        for (const value of values ?? []) table[value] = i + 1;
      }
      if (protocol.space !== undefined) this.spaceTable(protocol.space);
    }
    const nodes = this.list.map(({ protocol }, i) => ({
      protocol,
      table: protocol.space === undefined ? undefined : this.spaces.get(protocol.space),
      index: i + 1,
      lay: layOf(protocol),
      known: known.indexOf(protocol) + 1,
    }));
    this.starts = this.spaces.get('linkType');
    for (const node of nodes) this.byName.set(node.protocol.name, node);
    return [undefined, ...nodes];
  }

  private spaceTable(space: string): Uint8Array {
    let table = this.spaces.get(space);
    if (table === undefined) {
      table = new Uint8Array(MAX_NUMBER + 1);
      this.spaces.set(space, table);
    }
    return table;
  }
}

/**
 * The protocols of most frames. The loop has a case of its own for each: there the compiler knows
 * whom it calls and which view moves. A user's protocol of the same name is none of them.
 */
const known: readonly Protocol[] = [
  ethernetProtocol,
  ipv4Protocol,
  udpProtocol,
  tcpProtocol,
  vxlanProtocol,
  geneveProtocol,
];
/** The places in that list, from 1. */
export const KNOWN = { ETHERNET: 1, IPV4: 2, UDP: 3, TCP: 4, VXLAN: 5, GENEVE: 6 } as const;

/** `layer` of a protocol with its last two arguments, which it need not know. */
function layOf({ layer }: Protocol): Node['lay'] {
  if (layer.length === 6) return layer;
  let movable = true;
  return (view, offset, headerEnd, end, found, reuse) => {
    if (reuse !== undefined && movable) {
      return reuse.moveTo(view, offset, headerEnd, end).found(found);
    }
    const made = layer(view, offset, headerEnd, end);
    movable = isMovable(made);
    return made.found(found);
  };
}

function without(numbers: Numbers, taken: Numbers): Numbers {
  return Object.fromEntries(
    Object.entries(numbers).map(([space, values]) => [
      space,
      values?.filter((value) => !taken[space]?.includes(value)) ?? [],
    ]),
  );
}

const ours = {
  ethernet: ethernetProtocol,
  dot1q: dot1qProtocol,
  arp: arpProtocol,
  ipv4: ipv4Protocol,
  ipv6: ipv6Protocol,
  udp: udpProtocol,
  // In front of TCP, which takes its number: only what TCP refuses is a start of a header.
  tcpStart: tcpStartProtocol,
  tcp: tcpProtocol,
  icmp: icmpProtocol,
  icmpv6: icmpv6Protocol,
  igmp: igmpProtocol,
  vxlan: vxlanProtocol,
  geneve: geneveProtocol,
  ipv6HopByHop: ipv6HopByHopProtocol,
  ipv6Routing: ipv6RoutingProtocol,
  ipv6Fragment: ipv6FragmentProtocol,
  ipv6Destination: ipv6DestinationProtocol,
  ah: ahProtocol,
  esp: espProtocol,
  vxlanGpe: vxlanGpeProtocol,
  gre: greProtocol,
  mpls: mplsProtocol,
  pseudowire: pseudowireProtocol,
  dns: dnsProtocol,
  dnsTcp: dnsTcpProtocol,
  llc: llcProtocol,
  snap: snapProtocol,
  sll: sllProtocol,
  sll2: sll2Protocol,
  loopback: loopbackProtocol,
  stp: stpProtocol,
  slow: slowProtocol,
  lacp: lacpProtocol,
  lldp: lldpProtocol,
  ospf: ospfProtocol,
  sctp: sctpProtocol,
} as const;

const numbers: Readonly<Record<keyof typeof ours, Numbers>> = {
  ethernet: {
    linkType: [LINK_TYPE.ETHERNET],
    ethertype: [ETHERTYPE.ETHERNET],
    mpls: [MPLS_NEXT.ETHERNET],
    vxlanGpe: [VXLAN_GPE_NEXT.ETHERNET],
  },
  dot1q: { ethertype: [ETHERTYPE.DOT1Q, ETHERTYPE.DOT1AD, ETHERTYPE.QINQ_OLD] },
  arp: { ethertype: [ETHERTYPE.ARP], addressFamily: [ETHERTYPE.ARP] },
  ipv4: {
    linkType: [LINK_TYPE.IPV4, LINK_TYPE.RAW, LINK_TYPE.RAW_OLD, LINK_TYPE.RAW_OPENBSD],
    ethertype: [ETHERTYPE.IPV4],
    llcSap: [LLC_SAP.IPV4],
    addressFamily: [ADDRESS_FAMILY.IPV4, ETHERTYPE.IPV4],
    ipProtocol: [IP_PROTOCOL.IPV4],
    mpls: [MPLS_NEXT.IPV4],
    vxlanGpe: [VXLAN_GPE_NEXT.IPV4],
  },
  ipv6: {
    linkType: [LINK_TYPE.IPV6],
    ethertype: [ETHERTYPE.IPV6],
    addressFamily: [
      ADDRESS_FAMILY.IPV6_DARWIN,
      ADDRESS_FAMILY.IPV6_FREEBSD,
      ADDRESS_FAMILY.IPV6_OPENBSD,
      ETHERTYPE.IPV6,
    ],
    ipProtocol: [IP_PROTOCOL.IPV6],
    mpls: [MPLS_NEXT.IPV6],
    vxlanGpe: [VXLAN_GPE_NEXT.IPV6],
  },
  udp: { ipProtocol: [IP_PROTOCOL.UDP] },
  tcpStart: { ipProtocol: [IP_PROTOCOL.TCP] },
  tcp: { ipProtocol: [IP_PROTOCOL.TCP] },
  icmp: { ipProtocol: [IP_PROTOCOL.ICMP] },
  icmpv6: { ipProtocol: [IP_PROTOCOL.ICMPV6] },
  igmp: { ipProtocol: [IP_PROTOCOL.IGMP] },
  vxlan: { udpPort: [UDP_PORT.VXLAN] },
  geneve: { udpPort: [UDP_PORT.GENEVE] },
  ipv6HopByHop: { ipProtocol: [IP_PROTOCOL.HOP_BY_HOP] },
  ipv6Routing: { ipProtocol: [IP_PROTOCOL.ROUTING] },
  ipv6Fragment: { ipProtocol: [IP_PROTOCOL.FRAGMENT] },
  ipv6Destination: { ipProtocol: [IP_PROTOCOL.DESTINATION] },
  ah: { ipProtocol: [IP_PROTOCOL.AH] },
  esp: { ipProtocol: [IP_PROTOCOL.ESP] },
  vxlanGpe: { udpPort: [UDP_PORT.VXLAN_GPE] },
  gre: { ipProtocol: [IP_PROTOCOL.GRE] },
  mpls: {
    ethertype: [ETHERTYPE.MPLS, ETHERTYPE.MPLS_UPSTREAM],
    ipProtocol: [IP_PROTOCOL.MPLS],
    udpPort: [UDP_PORT.MPLS],
    mpls: [MPLS_NEXT.LABEL],
    vxlanGpe: [VXLAN_GPE_NEXT.MPLS],
  },
  pseudowire: { mpls: [MPLS_NEXT.CONTROL_WORD] },
  dns: { udpPort: [UDP_PORT.DNS, UDP_PORT.MDNS] },
  dnsTcp: { tcpPort: [TCP_PORT.DNS, TCP_PORT.MDNS], dnsTcp: [NEXT_MESSAGE] },
  llc: { ethertype: [ETHERTYPE.LLC] },
  snap: { llcSap: [LLC_SAP.SNAP] },
  sll: { linkType: [LINK_TYPE.LINUX_SLL] },
  sll2: { linkType: [LINK_TYPE.LINUX_SLL2] },
  loopback: { linkType: [LINK_TYPE.NULL, LINK_TYPE.LOOP] },
  stp: { llcSap: [LLC_SAP.BPDU], ethertype: [ETHERTYPE.PVST] },
  slow: { ethertype: [ETHERTYPE.SLOW] },
  lacp: { slowProtocol: [SLOW_PROTOCOL.LACP] },
  lldp: { ethertype: [ETHERTYPE.LLDP] },
  ospf: { ipProtocol: [IP_PROTOCOL.OSPF] },
  sctp: { ipProtocol: [IP_PROTOCOL.SCTP] },
};

/** Our protocols by name: what `packet.layer('tcp')` is typed by. */
export type OurProtocols = typeof ours;

/** The bindings that parse and build use where none are given. */
export const bindings: Bindings<OurProtocols> = new Bindings<OurProtocols>(
  Object.entries(ours).map(([name, protocol]) => ({
    protocol,
    numbers: numbers[name as keyof typeof ours],
  })),
);
