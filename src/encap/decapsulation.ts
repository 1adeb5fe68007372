/** What decapsulation answers: a code, and a record of where everything in the frame is. */
import { bitField, offsetOf } from '../bytes/layout.js';
import { dot1qLayout } from '../headers/dot1q.js';
import { ETHERNET_HEADER_BYTES } from '../headers/ethernet.js';
import {
  CRITICAL,
  GENEVE_HEADER_BYTES,
  geneveLayout,
  OAM,
  PROTOCOL,
} from '../headers/geneve-wire.js';
import { DST as DST4, SRC as SRC4, TTL } from '../headers/ipv4-wire.js';
import { HOP_LIMIT, SRC as SRC6 } from '../headers/ipv6-wire.js';
import { ETHERTYPE, VXLAN_FLAG } from '../headers/numbers.js';
import { UDP_HEADER_BYTES, udpLayout } from '../headers/udp.js';
import { vxlanLayout } from '../headers/vxlan.js';
import { isIpHeader, networkOffset } from '../packet/ethernet-payload.js';
import { trafficClass } from './ecn.js';

/** What `decapsulate` answers. 0 is good; what a code is about says `decapsulationProblem`. */
export const DECAPSULATION = {
  GOOD: 0,
  FRAME_CUT: 1,
  NOT_IP: 2,
  NOT_UDP: 3,
  NOT_A_TUNNEL: 4,
  IP_CUT: 5,
  IP_VERSION: 6,
  IP_HEADER_LENGTH: 7,
  IP_LENGTH: 8,
  IP_LENGTH_PAST_END: 9,
  IP_OPTION: 10,
  IP_ROUTED_ON: 11,
  IP_CHECKSUM: 12,
  IP_FRAGMENT: 13,
  UDP_CUT: 14,
  UDP_LENGTH: 15,
  UDP_LENGTH_PAST_END: 16,
  UDP_CHECKSUM: 17,
  UDP_CHECKSUM_ZERO: 18,
  TUNNEL_CUT: 19,
  VXLAN_I_FLAG_UNSET: 20,
  GENEVE_VERSION: 21,
  GENEVE_OPTION_PAST_HEADER: 22,
  GENEVE_CRITICAL_OPTION: 23,
  INNER_CUT: 24,
  GENEVE_CONTROL: 25,
  GENEVE_PROTOCOL: 26,
  VXLAN_INNER_VLAN: 27,
} as const;

/** The name of a code. */
export type DecapsulationCode = keyof typeof DECAPSULATION;

/** What a code says. */
export interface DecapsulationProblem {
  /** Stable: the key in `DECAPSULATION`. */
  readonly code: DecapsulationCode;
  /** The sentence for people. */
  readonly message: string;
  /** Where that is demanded, such as `RFC 7348 §5`. */
  readonly rfc: string;
}

type Text = readonly [message: string, rfc: string];
const TEXTS: Readonly<Record<Exclude<DecapsulationCode, 'GOOD'>, Text>> = {
  FRAME_CUT: ['the bytes end inside the outer Ethernet header', 'IEEE 802.3 §3.1.1'],
  NOT_IP: ['the outer frame carries no IP packet', 'RFC 894'],
  NOT_UDP: ['the outer IP packet carries no UDP datagram', 'RFC 768'],
  NOT_A_TUNNEL: ['the destination port is not one of a tunnel', 'RFC 7348 §5'],
  IP_CUT: ['the bytes end inside the outer IP header or its extension headers', 'RFC 791 §3.1'],
  IP_VERSION: ['the version of the outer IP header is not that of its EtherType', 'RFC 791 §3.1'],
  IP_HEADER_LENGTH: ['the outer IPv4 header length is less than 5 words', 'RFC 791 §3.1'],
  IP_LENGTH: ['the outer IP length is 0 or less than the header', 'RFC 791 §3.1'],
  IP_LENGTH_PAST_END: ['the outer IP length says more bytes than the frame has', 'RFC 791 §3.1'],
  IP_OPTION: [
    'an option of the outer IP header is malformed, or unknown and not to be skipped',
    'RFC 8200 §4.2',
  ],
  IP_ROUTED_ON: [
    'the source route of the outer IP packet leads on: this is not its destination',
    'RFC 8200 §4.4',
  ],
  IP_CHECKSUM: ['the checksum of the outer IPv4 header is wrong', 'RFC 1122 §3.2.1.2'],
  IP_FRAGMENT: ['the outer IP packet is a fragment', 'RFC 7348 §4.3'],
  UDP_CUT: ['the outer IP packet ends inside the UDP header', 'RFC 768'],
  UDP_LENGTH: ['the outer UDP length is less than the 8 bytes of the header', 'RFC 768'],
  UDP_LENGTH_PAST_END: ['the outer UDP length says more bytes than the IP packet has', 'RFC 768'],
  UDP_CHECKSUM: ['the outer UDP checksum is wrong', 'RFC 7348 §5'],
  UDP_CHECKSUM_ZERO: ['the outer UDP checksum is 0 over IPv6, which is not allowed', 'RFC 6935 §5'],
  TUNNEL_CUT: ['the UDP datagram ends inside the tunnel header', 'RFC 8926 §3.4'],
  VXLAN_I_FLAG_UNSET: ['the I flag is not set, so the VNI is not valid', 'RFC 7348 §5'],
  GENEVE_VERSION: ['the Geneve version is not 0', 'RFC 8926 §3.4'],
  GENEVE_OPTION_PAST_HEADER: ['a Geneve option goes past the end of the options', 'RFC 8926 §3.5'],
  GENEVE_CRITICAL_OPTION: ['a critical Geneve option is not known', 'RFC 8926 §3.5'],
  INNER_CUT: ['the bytes end inside the first header of the inner packet', 'RFC 7348 §5'],
  GENEVE_CONTROL: [
    'the O bit says that it is a control message, which is not to be forwarded',
    'RFC 8926 §3.4',
  ],
  GENEVE_PROTOCOL: ['Geneve carries neither Ethernet nor IP', 'RFC 8926 §3.4'],
  VXLAN_INNER_VLAN: ['the inner frame has a VLAN tag', 'RFC 7348 §6.1'],
};
const PROBLEMS = new Map<number, DecapsulationProblem>(
  Object.entries(TEXTS).map(([name, [message, rfc]]) => {
    const code = name as DecapsulationCode;
    return [DECAPSULATION[code], { code, message, rfc }];
  }),
);

/** What that answer of `decapsulate` says; undefined for 0 and for what is no code. */
export function decapsulationProblem(code: number): DecapsulationProblem | undefined {
  return PROBLEMS.get(code);
}

// Copies: an imported constant is read from memory at each use, one of the module's own is not.
const UDP_BYTES = UDP_HEADER_BYTES;
const SRC_WORD = SRC4;
const DST_WORD = DST4;
const SRC_PORT = offsetOf(udpLayout, 'srcPort');
const UDP_LENGTH = offsetOf(udpLayout, 'length');
const VXLAN_FLAGS = offsetOf(vxlanLayout, 'flags');
const GROUP_POLICY_ID = offsetOf(vxlanLayout, 'groupPolicyId');
const VID = bitField(dot1qLayout, 'vid', 16);
const TAG_BYTES = dot1qLayout.span;
const GENEVE_OPTIONS = GENEVE_HEADER_BYTES;
const FLAG_BYTE = offsetOf(geneveLayout, 'oam');
const OAM_BIT = 1 << OAM.shift;
const CRITICAL_BIT = 1 << CRITICAL.shift;
const NO_BYTES = new DataView(new ArrayBuffer(0));

/**
 * Where everything in a tunnel's frame is: filled by `decapsulate`, used again and again. Offsets
 * are absolute. It lies on the frame's bytes as a view does: what it tells beside offsets and the
 * VNI is read when asked for.
 */
export class Decapsulation {
  view: DataView;
  /** Where the frame begins: its outer Ethernet header. */
  outerStart: number;
  /** The outer IP header. */
  outerIp: number;
  /** The outer UDP header. */
  udp: number;
  /** Whether the tunnel is Geneve; else it is VXLAN. */
  geneve: boolean;
  /** VXLAN network identifier or Geneve's virtual network identifier, 0–16777215. */
  vni: number;
  /** What is inside: the bytes [innerStart, innerEnd). */
  innerStart: number;
  innerEnd: number;

  constructor() {
    this.view = NO_BYTES;
    this.outerStart = 0;
    this.outerIp = 0;
    this.udp = 0;
    this.geneve = false;
    this.vni = 0;
    this.innerStart = 0;
    this.innerEnd = 0;
  }

  /** The tunnel's header: `VxlanView` and `GeneveView` can be laid on it. */
  get header(): number {
    return this.udp + UDP_BYTES;
  }

  /** EtherType of what is inside: 0x6558 for an Ethernet frame, as in VXLAN always. */
  get innerProtocol(): number {
    return this.geneve ? this.view.getUint16(this.header + PROTOCOL) : ETHERTYPE.ETHERNET;
  }

  /** Where what is inside ended on the wire: more than `innerEnd` where the capture was cut. */
  get innerWireEnd(): number {
    return this.udp + this.view.getUint16(this.udp + UDP_LENGTH);
  }

  /** Whether the capture ends before what is inside does. */
  get cut(): boolean {
    return this.innerWireEnd > this.innerEnd;
  }

  /** Number of VLAN tags of the outer frame. */
  get outerTags(): number {
    return (this.outerIp - this.outerStart - ETHERNET_HEADER_BYTES) / TAG_BYTES;
  }

  /** VLAN id in the first tag of the outer frame, 0–4095; -1: it has none. */
  get outerVlan(): number {
    return this.outerTags > 0 ? this.vlanAt(0) : -1;
  }

  /** VLAN id in the second tag of the outer frame; -1: it has none. */
  get outerSecondVlan(): number {
    return this.outerTags > 1 ? this.vlanAt(1) : -1;
  }

  private vlanAt(tag: number): number {
    const at = this.outerStart + ETHERNET_HEADER_BYTES + tag * TAG_BYTES;
    return this.view.getUint16(at + VID.offset) & VID.max;
  }

  /** IP version of the outer packet: 4 or 6. */
  get outerVersion(): number {
    return this.view.getUint8(this.outerIp) >>> 4;
  }

  /** Bytes of an outer address: 4 or 16. */
  get outerAddressBytes(): number {
    return this.outerVersion === 4 ? 4 : 16;
  }

  /** Where the outer source address begins; the destination address follows it. */
  get outerSrc(): number {
    return this.outerIp + (this.outerVersion === 4 ? SRC4 : SRC6);
  }

  /** Where the outer destination address begins. */
  get outerDst(): number {
    return this.outerSrc + this.outerAddressBytes;
  }

  /** The outer IPv4 source address as a number; over IPv6 it means nothing. */
  get outerSrcWord(): number {
    return this.view.getUint32(this.outerIp + SRC_WORD);
  }

  /** The outer IPv4 destination address as a number; over IPv6 it means nothing. */
  get outerDstWord(): number {
    return this.view.getUint32(this.outerIp + DST_WORD);
  }

  /** The outer UDP source port, 0–65535: it tells flows apart (RFC 7348 §5). */
  get outerSrcPort(): number {
    return this.view.getUint16(this.udp + SRC_PORT);
  }

  /** The outer differentiated services code point, 0–63 (RFC 2474 §3). */
  get outerDscp(): number {
    return trafficClass(this.view, this.outerIp) >>> 2;
  }

  /** The outer ECN field, 0–3 (RFC 3168 §5). */
  get outerEcn(): number {
    return trafficClass(this.view, this.outerIp) & 3;
  }

  /** The outer TTL or hop limit, 0–255. */
  get outerTtl(): number {
    return this.view.getUint8(this.outerIp + (this.outerVersion === 4 ? TTL : HOP_LIMIT));
  }

  /** The first 16 bits of a VXLAN header: `VXLAN_FLAG` and reserved bits; 0 for Geneve. */
  get vxlanFlags(): number {
    return this.geneve ? 0 : this.view.getUint16(this.header + VXLAN_FLAGS);
  }

  /** The group policy id of VXLAN, 0–65535; -1: the G flag is not set. */
  get groupPolicyId(): number {
    const given = (this.vxlanFlags & VXLAN_FLAG.G) !== 0;
    return given ? this.view.getUint16(this.header + GROUP_POLICY_ID) : -1;
  }

  /** Geneve's O bit: a message of the tunnel's own. */
  get oam(): boolean {
    return this.geneve && (this.view.getUint8(this.header + FLAG_BYTE) & OAM_BIT) !== 0;
  }

  /** Geneve's C bit: some option is critical. */
  get critical(): boolean {
    return this.geneve && (this.view.getUint8(this.header + FLAG_BYTE) & CRITICAL_BIT) !== 0;
  }

  /** Where Geneve's options begin, for a `GeneveOptionCursor`. */
  get optionsStart(): number {
    return this.geneve ? this.header + GENEVE_OPTIONS : this.innerStart;
  }

  /** Where they end; VXLAN has none. */
  get optionsEnd(): number {
    return this.innerStart;
  }

  /**
   * Where the inner IP packet begins, in an Ethernet frame behind its VLAN tags; -1: there is none
   * with all of its fixed header among the bytes.
   */
  get innerIp(): number {
    const { view, innerStart, innerEnd } = this;
    if (this.innerProtocol === ETHERTYPE.ETHERNET) return networkOffset(view, innerStart, innerEnd);
    return isIpHeader(view, innerStart, innerEnd) ? innerStart : -1;
  }
}
