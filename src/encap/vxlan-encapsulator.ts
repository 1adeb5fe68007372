/** Encapsulation in VXLAN, RFC 7348. */
import { type VxlanFlag, vxlan } from '../headers/vxlan.js';
import { TunnelEncapsulator } from './tunnel.js';
import type { TunnelOptions } from './tunnel-options.js';

/** How to wrap frames in VXLAN. */
export interface VxlanEncapsulatorOptions extends TunnelOptions {
  /** 0–65535, of the Group Policy extension (absent: none). */
  readonly groupPolicyId?: number;
  /** Flags as names or a number of 16 bits (absent: I, and G where a group policy id is given). */
  readonly flags?: number | readonly VxlanFlag[];
}

/** Wraps Ethernet frames in VXLAN, from options that are read and checked once. */
export class VxlanEncapsulator extends TunnelEncapsulator {
  /** Throws `PacketError` for an option that does not fit, naming it. */
  constructor(options: VxlanEncapsulatorOptions) {
    const { groupPolicyId, flags } = options;
    super({
      options,
      name: 'vxlan',
      layer: vxlan({
        ...(groupPolicyId === undefined ? {} : { groupPolicyId }),
        ...(flags === undefined ? {} : { flags }),
      }),
      inside: 'frame',
      changing: [],
    });
  }
}
