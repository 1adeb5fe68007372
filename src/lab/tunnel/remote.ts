/** Another tunnel end point, and the headers in front of what is sent to it. */

import { formatIpv4 } from '../../bytes/address.js';
import { GeneveEncapsulator } from '../../encap/geneve-encapsulator.js';
import type { OuterOptions } from '../../encap/outer.js';
import type { TunnelEncapsulator } from '../../encap/tunnel.js';
import { VxlanEncapsulator } from '../../encap/vxlan-encapsulator.js';
import type { GeneveOption } from '../../headers/geneve-options.js';
import { isMulticast } from '../ip/packet.js';

/** The tunnel protocols: RFC 7348 and RFC 8926. */
export type TunnelKind = 'vxlan' | 'geneve';

/** What is the same for all frames to one end point. */
export interface RemoteSpec {
  readonly kind: TunnelKind;
  /** Unsigned words. A group is an end point too: those that have joined it. */
  readonly local: number;
  readonly address: number;
  readonly port: number;
  readonly ttl: number;
  readonly dontFragment: boolean | 'inner';
  readonly checksum: 'zero' | 'computed';
}

/** The IP stack writes the outer Ethernet header over the template's. */
const NO_MAC = '00:00:00:00:00:00';

/** A tunnel end point that frames are sent to. */
export class Remote {
  /** An unsigned word. */
  readonly address: number;
  /** For frames without options. */
  readonly plain: TunnelEncapsulator;
  private readonly outer: OuterOptions;
  private readonly byOptions: Map<readonly GeneveOption[], TunnelEncapsulator>;

  constructor(spec: RemoteSpec) {
    const { kind, address, port, ttl, dontFragment, checksum } = spec;
    this.address = address;
    this.outer = {
      srcMac: NO_MAC,
      dstMac: NO_MAC,
      src: formatIpv4(spec.local),
      dst: formatIpv4(address),
      dstPort: port,
      ...{ ttl, dontFragment, checksum },
    };
    this.plain =
      kind === 'vxlan'
        ? new VxlanEncapsulator({ outer: this.outer })
        : new GeneveEncapsulator({ outer: this.outer });
    this.byOptions = new Map();
  }

  /** Whether it is a multicast group. */
  get isGroup(): boolean {
    return isMulticast(this.address);
  }

  /** The headers with these Geneve options: made once a list, which is told by its identity. */
  with(options: readonly GeneveOption[]): TunnelEncapsulator {
    const known = this.byOptions.get(options);
    if (known !== undefined) return known;
    const made = new GeneveEncapsulator({ outer: this.outer, options });
    this.byOptions.set(options, made);
    return made;
  }

  get text(): string {
    return formatIpv4(this.address);
  }
}
