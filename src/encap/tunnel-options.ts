/** What tunnels over UDP are made from. */
import type { LayerSpec } from '../headers/layer-spec.js';
import type { FrameArena } from './arena.js';
import type { OuterOptions } from './outer.js';

/** What every tunnel over UDP can be told. */
export interface TunnelOptions {
  readonly outer: OuterOptions;
  /** 0–16777215; absent: it is given with each frame. */
  readonly vni?: number;
  /**
   * Bytes of the largest outer packet, its IP header included, 68–65535 (absent: 65,535). A frame
   * that does not fit is answered by `TOO_LONG`; `TunnelFragmenter` sends it in pieces.
   */
  readonly mtu?: number;
  /** Where to wrap frames to; without it only `wrapInPlace` works. */
  readonly arena?: FrameArena;
}

/** `TunnelOptions`, and what a subclass says of its header. */
export interface TunnelMake {
  readonly options: TunnelOptions;
  readonly name: string;
  readonly layer: LayerSpec;
  /** An Ethernet frame, a packet of IP, or something whose flow and traits nobody reads. */
  readonly inside: 'frame' | 'packet' | 'unknown';
  /** Offset, from the tunnel's header, of each word that changes with each frame. */
  readonly changing: readonly number[];
}
