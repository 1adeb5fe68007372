/** A plan for the kernel, laid in an arena. */
import {
  ADDRESS_BYTES,
  ADDRESSES_AT,
  COPY_MASK,
  HEADER_BYTES,
  IPV4_BYTES,
  IPV4_SUM,
  IPV4_SUM_AT,
  IS_IPV6,
  LENGTH_AT,
  LENGTH_EXTRA,
  MAX_LENGTH,
  NETWORK_AT,
  PACKET_AT,
  PATCH_PLACES,
  PATCH_WORDS,
  PLAN_BYTES,
  SOURCE_PORT_AT,
  TEMPLATE,
  TRANSPORT_AT,
  TRANSPORT_PROTOCOL,
  TRANSPORT_SUM_AT,
  UDP_LENGTH_AT,
  UDP_LENGTH_EXTRA,
  VNI_AT,
  ZERO_IS_ONES,
} from '../bytes/kernel/plan.js';
import { ETHERNET_HEADER_BYTES } from '../headers/ethernet.js';
import { IPV4_HEADER_BYTES } from '../headers/ipv4-wire.js';
import { IP_PROTOCOL } from '../headers/numbers.js';
import type { FrameArena } from './arena.js';
import type { TunnelTemplate } from './template.js';

/** What the plan must know beside the headers' bytes. */
export interface Planned {
  readonly maxLength: number;
  /** Offset of each word that changes with each frame. */
  readonly places: Int32Array;
  /** Whether the UDP checksum is computed. */
  readonly checksum: boolean;
  /** Mask of what is copied from inside. */
  readonly copies: number;
  /** Whether an Ethernet frame is inside. */
  readonly framesInside: boolean;
}

/** Writes the plan of a tunnel into memory of the arena; answers where it lies. Throws `NO_ROOM`. */
export function layPlan(arena: FrameArena, template: TunnelTemplate, planned: Planned): number {
  const { maxLength, places, checksum, copies, framesInside } = planned;
  const plan = arena.reserve(PLAN_BYTES);
  const set = (at: number, value: number): void => arena.view.setUint32(plan + at, value, true);
  set(HEADER_BYTES, template.bytes.length);
  set(MAX_LENGTH, maxLength);
  set(LENGTH_AT, template.lengthAt);
  set(LENGTH_EXTRA, template.lengthExtra);
  set(IPV4_SUM_AT, template.ipv4SumAt);
  set(IPV4_SUM, template.ipv4Sum);
  set(UDP_LENGTH_AT, template.udpLengthAt);
  set(UDP_LENGTH_EXTRA, template.udpLengthExtra);
  set(SOURCE_PORT_AT, template.sourcePortAt);
  set(VNI_AT, template.vniAt);
  set(PATCH_WORDS, places.length);
  places.forEach((at, i) => {
    set(PATCH_PLACES + i * 4, at);
  });
  set(NETWORK_AT, template.networkAt);
  set(IS_IPV6, template.ipv6 ? 1 : 0);
  set(COPY_MASK, copies);
  set(PACKET_AT, framesInside ? ETHERNET_HEADER_BYTES : 0);
  if (checksum) {
    set(TRANSPORT_SUM_AT, template.udpSumAt);
    set(TRANSPORT_AT, template.udpAt);
    set(TRANSPORT_PROTOCOL, IP_PROTOCOL.UDP);
    set(ADDRESSES_AT, template.addressesAt);
    set(ADDRESS_BYTES, template.addressBytes);
    set(ZERO_IS_ONES, 1);
    set(IPV4_BYTES, template.ipv6 ? 0 : IPV4_HEADER_BYTES);
  }
  arena.bytes.set(template.bytes, plan + TEMPLATE);
  return plan;
}
