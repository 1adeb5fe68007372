/** What a tunnel's packets look like from outside, as options that a person writes. */
import { PacketError } from '../bytes/error.js';
import { dot1q } from '../headers/dot1q.js';
import { ethernet } from '../headers/ethernet.js';
import { ipv4 } from '../headers/ipv4.js';
import { ipv6 } from '../headers/ipv6.js';
import type { LayerSpec } from '../headers/layer-spec.js';
import { ETHERTYPE } from '../headers/numbers.js';
import { udp } from '../headers/udp.js';
import { uint } from '../headers/values.js';

/** RFC 6040 §4.1. */
export type EcnMode = 'normal' | 'compatibility';

/** The VLAN tag of the outer frame. */
export interface OuterVlan {
  /** 0–4095. */
  readonly vid: number;
  /** 0–7 (absent: 0). */
  readonly priority?: number;
  /** Drop eligible (absent: false). */
  readonly dei?: boolean;
  /** The tag's EtherType (absent: 0x8100). */
  readonly tpid?: number;
}

/** The headers outside a tunnel's own. Both addresses are IPv4, or both IPv6. */
export interface OuterOptions {
  readonly srcMac: string;
  readonly dstMac: string;
  readonly vlan?: OuterVlan;
  readonly src: string;
  readonly dst: string;
  /** TTL or hop limit, 0–255; `inner`: that of the packet inside (absent: 64). */
  readonly ttl?: number | 'inner';
  /** 0–63; `inner`: that of the packet inside, RFC 2983's uniform model (absent: 0). */
  readonly dscp?: number | 'inner';
  /**
   * RFC 6040 §4.1: `normal` copies the inner ECN field, `compatibility` sends Not-ECT; a number
   * 0–3 is sent as it is (absent: `normal`).
   */
  readonly ecn?: EcnMode | number;
  /** IPv4: `inner` copies the bit of an IPv4 packet inside, and is set for others (absent: true). */
  readonly dontFragment?: boolean | 'inner';
  /** IPv4: 0–65535; `count`: one more in each packet, from 0 (absent: 0, RFC 6864 §4.1). */
  readonly id?: number | 'count';
  /** IPv6: 0–1048575; `flow`: from the hash of the inner flow, RFC 6438 (absent: 0). */
  readonly flowLabel?: number | 'flow';
  /** 0–65535; `flow`: 49152–65535 by the inner flow's hash, RFC 7348 §5 (absent: `flow`). */
  readonly srcPort?: number | 'flow';
  /** Absent: the tunnel's own, 4789 (VXLAN) or 6081 (Geneve). */
  readonly dstPort?: number;
  /**
   * The UDP checksum. Absent: `zero` over IPv4 (RFC 7348 §4.1), `computed` over IPv6, which allows
   * zero only where both ends have agreed on it (RFC 6935, RFC 6936).
   */
  readonly checksum?: 'zero' | 'computed';
}

/** Whether the outer packet is IPv6. Throws `BAD_OPTION` where the addresses disagree. */
export function isIpv6({ src, dst }: OuterOptions): boolean {
  // What looks like neither is for the codec to refuse.
  const [one, other] = [src, dst].map((text) => String(text).includes(':'));
  if (one === other) return one === true;
  throw new PacketError('BAD_OPTION', `outer: ${src} and ${dst} are of two IP versions`);
}

/**
 * The outer layers for `build`, with 0 where a number is written for each frame. The codecs check
 * every value.
 */
export function outerLayers(outer: OuterOptions): LayerSpec[] {
  const { vlan, src, dst } = outer;
  const macs = { src: outer.srcMac, dst: outer.dstMac };
  const ecn = numberOr(outer.ecn, 0);
  const dscp = numberOr(outer.dscp, 0);
  const ttl = numberOr(outer.ttl, outer.ttl === 'inner' ? 0 : 64);
  const dstPort = outer.dstPort === undefined ? {} : { dstPort: outer.dstPort };
  const datagram = udp({ srcPort: numberOr(outer.srcPort, 0), checksum: 'zero', ...dstPort });
  const frame =
    vlan === undefined
      ? [ethernet(macs)]
      : [
          ethernet({ ...macs, type: vlan.tpid ?? ETHERTYPE.DOT1Q }),
          dot1q({ vid: vlan.vid, priority: vlan.priority ?? 0, dei: vlan.dei ?? false }),
        ];
  if (isIpv6(outer)) {
    refuse(outer, 'dontFragment', 'id');
    const flowLabel = numberOr(outer.flowLabel, 0);
    const trafficClass = uint(dscp, 63, 'ipv6', 'dscp') * 4 + uint(ecn, 3, 'ipv6', 'ecn');
    return [...frame, ipv6({ src, dst, hopLimit: ttl, trafficClass, flowLabel }), datagram];
  }
  refuse(outer, 'flowLabel');
  const dontFragment = outer.dontFragment !== false && outer.dontFragment !== 'inner';
  const id = numberOr(outer.id, 0);
  return [...frame, ipv4({ src, dst, ttl, dscp, ecn, id, dontFragment }), datagram];
}

/** These options where the packet inside can't be read: what they are for a frame without IP. */
export function withoutInner(outer: OuterOptions): OuterOptions {
  const { ttl, dscp, ecn = 'normal', dontFragment } = outer;
  return {
    ...outer,
    ...(ttl === 'inner' ? { ttl: 64 } : {}),
    ...(dscp === 'inner' ? { dscp: 0 } : {}),
    ...(ecn === 'normal' ? { ecn: 0 } : {}),
    ...(dontFragment === 'inner' ? { dontFragment: true } : {}),
  };
}

/** The number, or another where it is a word that says how it is found for each frame. */
function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function refuse(outer: OuterOptions, ...names: readonly (keyof OuterOptions)[]): void {
  for (const name of names) {
    if (outer[name] === undefined) continue;
    throw new PacketError('BAD_OPTION', `outer: ${name} is for the other IP version`);
  }
}

const WORDS: Readonly<Partial<Record<keyof OuterOptions, readonly unknown[]>>> = {
  ttl: ['inner'],
  dscp: ['inner'],
  ecn: ['normal', 'compatibility'],
  dontFragment: ['inner', true, false],
  id: ['count'],
  flowLabel: ['flow'],
  srcPort: ['flow'],
  checksum: ['zero', 'computed'],
};

/** Refuses a word that an option does not know. Numbers are for the codecs to check. */
export function checkWords(outer: OuterOptions): void {
  for (const [name, words] of Object.entries(WORDS)) {
    const value = outer[name as keyof OuterOptions];
    if (value === undefined || words.includes(value)) continue;
    const numbers = name !== 'checksum' && name !== 'dontFragment';
    if (typeof value === 'number' && numbers) continue;
    throw new PacketError(
      'BAD_OPTION',
      `outer: ${name} is ${JSON.stringify(value)}: expected ${words.join(', ')}${numbers ? ' or a number' : ''}`,
    );
  }
}
