/** What a tunnel can be told, and what its numbers may be. */
import { DURATION, MTU, numbers, type RangesOf } from '../range.js';
import type { TunnelPolicy } from './policy.js';

/** What a tunnel can be told. */
export interface TunnelOptions {
  /** 0–16777215. */
  readonly vni: number;
  /**
   * Other end points, to flood to: head-end replication (absent: none). This one's own address is
   * passed over, so that all may have the same list.
   */
  readonly remotes?: readonly string[];
  /** Or a multicast group to flood to, `239.1.1.1`, which is joined. */
  readonly group?: string;
  /** Whether addresses are learned from what comes out of the tunnel (absent: true). */
  readonly learning?: boolean;
  /** Nanoseconds that a learned address is remembered (absent: 300 s); 0: for ever. */
  readonly ageing?: number;
  /** Addresses that are learned at most (absent: 16,384); 0: no limit (`maxaddress`). */
  readonly maxLearned?: number;
  /** Which options frames get, and which ones come out (absent: none, and all). For Geneve. */
  readonly policy?: TunnelPolicy;
  /** `aa:bb:cc:dd:ee:ff` (absent: the lab gives it one). */
  readonly mac?: string;
  /**
   * Whether it is bound to the underlay's interface, `dev eth0` (absent: where its MTU lets it, or it
   * has a group). Linux lets only one that is not have a larger MTU than fits that interface.
   */
  readonly dev?: boolean;
  /** Bytes of an inner packet (absent: what the underlay's MTU leaves without options; 1500 without `dev`). */
  readonly mtu?: number;
}

/** What its numbers may be. */
export const TUNNEL_RANGES: RangesOf<TunnelOptions> = {
  vni: numbers(0, 0xff_ffff),
  ageing: DURATION,
  maxLearned: numbers(0, undefined, 'addresses'),
  mtu: MTU,
};
