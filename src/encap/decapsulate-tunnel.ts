/** The header of a tunnel and the beginning of what is inside, as a receiver judges them. */
import { type BitField, bitField, offsetOf } from '../bytes/layout.js';
import { ETHERNET_HEADER_BYTES } from '../headers/ethernet.js';
import {
  CRITICAL as CRITICAL_TYPE,
  GENEVE_OPTION_HEADER_BYTES,
  LENGTH,
  TYPE,
} from '../headers/geneve-option-wire.js';
import { GENEVE_HEADER_BYTES, geneveLayout } from '../headers/geneve-wire.js';
import { IPV4_HEADER_BYTES } from '../headers/ipv4-wire.js';
import { IPV6_HEADER_BYTES } from '../headers/ipv6-wire.js';
import { ETHERTYPE, VXLAN_FLAG } from '../headers/numbers.js';
import { VXLAN_HEADER_BYTES, vxlanLayout } from '../headers/vxlan.js';
import { isVlanTag, payloadType } from '../packet/ethernet-payload.js';
import { DECAPSULATION, type Decapsulation } from './decapsulation.js';
import type { DecapsulationRules } from './decapsulation-rules.js';

const { ETHERNET, IPV4, IPV6 } = ETHERTYPE;
const VXLAN_FLAGS = offsetOf(vxlanLayout, 'flags');
// VXLAN and Geneve have the VNI in the same place.
const VNI = bitField(vxlanLayout, 'vni', 32);
const VNI_WORD = VNI.offset;
const VNI_SHIFT = VNI.shift;
const VXLAN_I = VXLAN_FLAG.I;
// Copies: an imported constant is read from memory at each use, one of the module's own is not.
const VXLAN_BYTES = VXLAN_HEADER_BYTES;
const GENEVE_BYTES = GENEVE_HEADER_BYTES;
const OPTION_BYTES = GENEVE_OPTION_HEADER_BYTES;
const ETHERNET_BYTES = ETHERNET_HEADER_BYTES;
const { GENEVE_CONTROL, GENEVE_CRITICAL_OPTION, GENEVE_OPTION_PAST_HEADER, GENEVE_PROTOCOL } =
  DECAPSULATION;
const { GENEVE_VERSION, GOOD, INNER_CUT, TUNNEL_CUT } = DECAPSULATION;
const { VXLAN_I_FLAG_UNSET, VXLAN_INNER_VLAN } = DECAPSULATION;

// Geneve's first word: version, options length, O, C, reserved, protocol.
const word = (field: 'version' | 'optionsLength' | 'oam'): BitField =>
  bitField(geneveLayout, field, 32);
const VERSION_SHIFT = word('version').shift;
const OPTIONS_SHIFT = word('optionsLength').shift;
const OPTIONS_MASK = word('optionsLength').max;
const OAM_BIT = 1 << word('oam').shift;
/** The protocol is its last two bytes. */
const PROTOCOL_MASK = 0xffff;

// An option's first word: class, type, reserved, length.
const TYPE_SHIFT = (3 - TYPE) * 8;
const CRITICAL_BIT = CRITICAL_TYPE << TYPE_SHIFT;
const LENGTH_MASK = LENGTH.max;

/** VXLAN (RFC 7348 §5): the I flag must be set, reserved bits are ignored. */
export function readVxlan(
  view: DataView,
  header: number,
  end: number,
  into: Decapsulation,
  rules: DecapsulationRules,
): number {
  const inner = header + VXLAN_BYTES;
  if (inner > end) return TUNNEL_CUT;
  if ((view.getUint16(header + VXLAN_FLAGS) & VXLAN_I) === 0) {
    return VXLAN_I_FLAG_UNSET;
  }
  into.geneve = false;
  into.vni = view.getUint32(header + VNI_WORD) >>> VNI_SHIFT;
  into.innerStart = inner;
  const payload = inner + ETHERNET_BYTES;
  if (payload > end) return INNER_CUT;
  if (!rules.innerVlan && isVlanTag(payloadType(view, payload))) {
    return VXLAN_INNER_VLAN;
  }
  return GOOD;
}

/**
 * Geneve (RFC 8926 §3.4, §3.5): the version must be 0, reserved bits are ignored. Options are
 * walked whether or not the C bit is set: a sender that forgot it is no reason to skip a critical
 * option.
 */
export function readGeneve(
  view: DataView,
  header: number,
  end: number,
  into: Decapsulation,
  rules: DecapsulationRules,
): number {
  const options = header + GENEVE_BYTES;
  if (options > end) return TUNNEL_CUT;
  const first = view.getUint32(header);
  if (first >>> VERSION_SHIFT !== 0) return GENEVE_VERSION;
  const inner = options + ((first >>> OPTIONS_SHIFT) & OPTIONS_MASK) * 4;
  if (inner > end) return TUNNEL_CUT;
  // Options take whole words, so that one of four bytes is always there to be read.
  for (let at = options; at < inner; ) {
    const word = view.getUint32(at);
    at += OPTION_BYTES + (word & LENGTH_MASK) * 4;
    if (at > inner) return GENEVE_OPTION_PAST_HEADER;
    if ((word & CRITICAL_BIT) !== 0 && !rules.knows(word >>> TYPE_SHIFT)) {
      return GENEVE_CRITICAL_OPTION;
    }
  }
  const protocol = first & PROTOCOL_MASK;
  into.geneve = true;
  into.vni = view.getUint32(header + VNI_WORD) >>> VNI_SHIFT;
  into.innerStart = inner;
  if ((first & OAM_BIT) !== 0) return GENEVE_CONTROL;
  const need = leastBytes(protocol);
  if (need === 0) return GENEVE_PROTOCOL;
  return inner + need > end ? INNER_CUT : GOOD;
}

/** Bytes of the smallest packet of that protocol; 0: it is not known. */
function leastBytes(protocol: number): number {
  if (protocol === ETHERNET) return ETHERNET_BYTES;
  if (protocol === IPV4) return IPV4_HEADER_BYTES;
  return protocol === IPV6 ? IPV6_HEADER_BYTES : 0;
}
