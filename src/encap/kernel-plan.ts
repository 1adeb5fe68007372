/** A plan for the kernel (`../bytes/kernel/plan.ts`), laid in an arena. */
import {
  ADDRESS_BYTES,
  ADDRESSES_AT,
  COPY_MASK,
  DEFAULT_PORT,
  DEFAULT_VNI,
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
import type { FrameArena } from './arena.js';

const WORDS = {
  maxLength: MAX_LENGTH,
  lengthAt: LENGTH_AT,
  lengthExtra: LENGTH_EXTRA,
  networkAt: NETWORK_AT,
  isIpv6: IS_IPV6,
  ipv4SumAt: IPV4_SUM_AT,
  ipv4Sum: IPV4_SUM,
  ipv4Bytes: IPV4_BYTES,
  udpLengthAt: UDP_LENGTH_AT,
  udpLengthExtra: UDP_LENGTH_EXTRA,
  sourcePortAt: SOURCE_PORT_AT,
  vniAt: VNI_AT,
  transportAt: TRANSPORT_AT,
  transportProtocol: TRANSPORT_PROTOCOL,
  transportSumAt: TRANSPORT_SUM_AT,
  zeroIsOnes: ZERO_IS_ONES,
  addressesAt: ADDRESSES_AT,
  addressBytes: ADDRESS_BYTES,
  defaultVni: DEFAULT_VNI,
  defaultPort: DEFAULT_PORT,
  copyMask: COPY_MASK,
  packetAt: PACKET_AT,
} as const;

/** The numbers of a plan; those that are left out are 0. Offsets count from the header's first byte. */
export type PlanNumbers = Partial<Record<keyof typeof WORDS, number>>;

/**
 * Writes a plan into memory of the arena; answers where it lies. `places`: of the words that change
 * with each frame. Throws `NO_ROOM`.
 */
export function layPlan(
  arena: FrameArena,
  header: Uint8Array,
  numbers: PlanNumbers,
  places: readonly number[] | Int32Array = [],
): number {
  const plan = arena.reserve(PLAN_BYTES);
  // What was reserved may have been written to before.
  arena.bytes.fill(0, plan, plan + PLAN_BYTES);
  const set = (at: number, value: number): void => arena.view.setUint32(plan + at, value, true);
  set(HEADER_BYTES, header.length);
  for (const [name, value] of Object.entries(numbers)) {
    set(WORDS[name as keyof typeof WORDS], value);
  }
  set(PATCH_WORDS, places.length);
  places.forEach((at, i) => {
    set(PATCH_PLACES + i * 4, at);
  });
  arena.bytes.set(header, plan + TEMPLATE);
  return plan;
}
