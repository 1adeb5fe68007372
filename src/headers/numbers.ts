/** Assigned numbers, by the names that their registries give them. */

/** EtherTypes (IEEE, and the IANA copy of the list); the number space `ethertype`. */
export const ETHERTYPE = {
  /**
   * No EtherType but the number by which Linux cooked captures lead to LLC (LINUX_SLL_P_802_2); a
   * length in the place of a type leads here too.
   */
  LLC: 0x0004,
  /** No EtherType but Cisco's protocol id of PVST+ behind SNAP. */
  PVST: 0x010b,
  IPV4: 0x0800,
  ARP: 0x0806,
  /** Transparent Ethernet bridging: what a Geneve or GRE tunnel of Ethernet frames carries. */
  ETHERNET: 0x6558,
  DOT1Q: 0x8100,
  IPV6: 0x86dd,
  /** Slow protocols: LACP and its kin (IEEE 802.3 annex 57A). */
  SLOW: 0x8809,
  /** What PPTP's GRE carries (RFC 2637 §4.1). */
  PPP: 0x880b,
  MPLS: 0x8847,
  /** Upstream-assigned labels (RFC 5332). */
  MPLS_UPSTREAM: 0x8848,
  /** 802.1ad, a provider's tag. */
  DOT1AD: 0x88a8,
  /** IEEE Std 802 local experimental EtherType 1: what is written where nothing known follows. */
  EXPERIMENTAL: 0x88b5,
  LLDP: 0x88cc,
  /** A second tag's TPID before 802.1ad gave it one. */
  QINQ_OLD: 0x9100,
} as const;

/** The smallest number that is an EtherType (IEEE 802.3 §3.2.6). */
export const MIN_ETHERTYPE = 1536;

/** IP protocol numbers (IANA); the number space `ipProtocol`. */
export const IP_PROTOCOL = {
  /** IPv6 hop-by-hop options (RFC 8200 §4.3). */
  HOP_BY_HOP: 0,
  ICMP: 1,
  IGMP: 2,
  /** IPv4 in IP (RFC 2003). */
  IPV4: 4,
  TCP: 6,
  UDP: 17,
  /** IPv6 in IP (RFC 2473, RFC 4213). */
  IPV6: 41,
  /** IPv6 routing header (RFC 8200 §4.4). */
  ROUTING: 43,
  /** IPv6 fragment header (RFC 8200 §4.5). */
  FRAGMENT: 44,
  GRE: 47,
  /** Encapsulating security payload (RFC 4303). */
  ESP: 50,
  /** Authentication header (RFC 4302). */
  AH: 51,
  ICMPV6: 58,
  /** IPv6: nothing follows (RFC 8200 §4.7). */
  NO_NEXT_HEADER: 59,
  /** IPv6 destination options (RFC 8200 §4.6). */
  DESTINATION: 60,
  OSPF: 89,
  SCTP: 132,
  /** MPLS in IP (RFC 4023). */
  MPLS: 137,
  /** For experiments and tests (RFC 3692 §2.1): what is written where nothing known follows. */
  EXPERIMENTAL: 253,
} as const;

/** UDP ports (IANA); the number space `udpPort`. */
export const UDP_PORT = {
  DNS: 53,
  VXLAN: 4789,
  VXLAN_GPE: 4790,
  MDNS: 5353,
  GENEVE: 6081,
  /** MPLS in UDP (RFC 7510). */
  MPLS: 6635,
} as const;

/** TCP ports (IANA); the number space `tcpPort`. */
export const TCP_PORT = {
  DNS: 53,
  MDNS: 5353,
} as const;

/**
 * What follows an MPLS label; the number space `mpls`. MPLS has no such numbers: the label's bottom
 * bit and the first half-byte of what follows say it, and the half-byte is the number where it is
 * IP's version (RFC 4928 §3).
 */
export const MPLS_NEXT = {
  /** The next label of the stack. */
  LABEL: 1,
  IPV4: 4,
  IPV6: 6,
  /** A pseudowire's control word (RFC 4385 §3). */
  CONTROL_WORD: 16,
  /** An Ethernet pseudowire without a control word (RFC 4448 §4.6). */
  ETHERNET: 17,
} as const;

/** Next protocols of VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe §3.2); the number space `vxlanGpe`. */
export const VXLAN_GPE_NEXT = {
  IPV4: 1,
  IPV6: 2,
  ETHERNET: 3,
  NSH: 4,
  MPLS: 5,
  GBP: 6,
  VBNG: 7,
} as const;

/** The first dynamic port (RFC 6335 §6): a source port where none is given. */
export const FIRST_DYNAMIC_PORT = 49152;

/** Link types of captures (the pcap registry's LINKTYPE values); the number space `linkType`. */
export const LINK_TYPE = {
  /** BSD loopback: an address family in the byte order of the capturing host. */
  NULL: 0,
  ETHERNET: 1,
  /** Numbers that some systems once gave to raw IP in files. */
  RAW_OLD: 12,
  RAW_OPENBSD: 14,
  RAW: 101,
  /** OpenBSD loopback: an address family in network byte order. */
  LOOP: 108,
  /** Linux cooked capture v1. */
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  /** Linux cooked capture v2. */
  LINUX_SLL2: 276,
} as const;

/** LLC service access points (IEEE 802.2); the number space `llcSap`. */
export const LLC_SAP = {
  IPV4: 0x06,
  /** The bridges' protocols: the spanning tree. */
  BPDU: 0x42,
  /** SNAP says what follows (IEEE Std 802 §10.4). */
  SNAP: 0xaa,
} as const;

/** Organizations whose numbers SNAP carries. */
export const SNAP_OUI = {
  /** What follows is an EtherType (RFC 1042). */
  ETHERTYPE: 0x000000,
  CISCO: 0x00000c,
  /** Bridge tunnels (IEEE Std 802.1H): EtherTypes too. */
  BRIDGE_TUNNEL: 0x0000f8,
} as const;

/** Address families of BSD loopback captures; the number space `addressFamily`. */
export const ADDRESS_FAMILY = {
  IPV4: 2,
  IPV6_OPENBSD: 24,
  IPV6_FREEBSD: 28,
  IPV6_DARWIN: 30,
} as const;

/** Subtypes of the slow protocols (IEEE 802.3 annex 57A); the number space `slowProtocol`. */
export const SLOW_PROTOCOL = {
  LACP: 1,
} as const;

/** Geneve option classes of the networking guide's examples. */
export const GENEVE_CLASS = {
  SECURITY_POLICY: 0x0102,
  TELEMETRY: 0x0103,
  SOURCE_IDENTITY: 0x0104,
} as const;

/** ARP operations (RFC 826; RFC 903 for 3 and 4). */
export const ARP_OPERATION = {
  request: 1,
  reply: 2,
} as const;

/** TCP flags by name, in the order of the wire (RFC 9293 §3.1; AE: RFC 9768, once NS). */
export const TCP_FLAG = {
  AE: 0x100,
  CWR: 0x080,
  ECE: 0x040,
  URG: 0x020,
  ACK: 0x010,
  PSH: 0x008,
  RST: 0x004,
  SYN: 0x002,
  FIN: 0x001,
} as const;

/** VXLAN-GPE flags by name, in the order of the wire (draft-ietf-nvo3-vxlan-gpe §3.1). */
export const VXLAN_GPE_FLAG = {
  /** The VNI is valid. */
  I: 0x08,
  /** The next protocol says what follows; else it is an Ethernet frame. */
  P: 0x04,
  /** Ingress-replicated broadcast, unknown unicast or multicast. */
  B: 0x02,
  /** A message of the tunnel's own. */
  O: 0x01,
} as const;

/** VXLAN flags by name, in the order of the wire: I of RFC 7348 §5, the others of the Group Policy draft. */
export const VXLAN_FLAG = {
  /** A group policy id is present. */
  G: 0x8000,
  /** The VNI is valid. */
  I: 0x0800,
  /** The egress VTEP is not to learn the inner source. */
  D: 0x0040,
  /** The group policy has been applied. */
  A: 0x0008,
} as const;

/** ICMP types by name (RFC 792, RFC 950, RFC 1256, RFC 8335). */
export const ICMP_TYPE = {
  echoReply: 0,
  destinationUnreachable: 3,
  sourceQuench: 4,
  redirect: 5,
  echoRequest: 8,
  routerAdvertisement: 9,
  routerSolicitation: 10,
  timeExceeded: 11,
  parameterProblem: 12,
  timestampRequest: 13,
  timestampReply: 14,
  informationRequest: 15,
  informationReply: 16,
  addressMaskRequest: 17,
  addressMaskReply: 18,
  extendedEchoRequest: 42,
  extendedEchoReply: 43,
} as const;

/** ICMPv6 types by name (RFC 4443, RFC 2710, RFC 3810, RFC 4861, RFC 8335). */
export const ICMPV6_TYPE = {
  destinationUnreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
  multicastListenerQuery: 130,
  multicastListenerReport: 131,
  multicastListenerDone: 132,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighborSolicitation: 135,
  neighborAdvertisement: 136,
  redirect: 137,
  multicastListenerReport2: 143,
  extendedEchoRequest: 160,
  extendedEchoReply: 161,
} as const;

/** IGMP types by name (RFC 1112, RFC 2236, RFC 3376). */
export const IGMP_TYPE = {
  query: 0x11,
  reportV1: 0x12,
  dvmrp: 0x13,
  pim: 0x14,
  reportV2: 0x16,
  leave: 0x17,
  reportV3: 0x22,
} as const;
