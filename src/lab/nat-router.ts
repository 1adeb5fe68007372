/** A home router: hosts with private addresses behind one public one. */
import type { Table } from './device.js';
import { type HostOptions, Router } from './host.js';
import type { Lab } from './lab.js';
import { Netfilter, type NetfilterOptions, natTable } from './netfilter/netfilter.js';
import { masquerade } from './netfilter/target-specs.js';

/** What a home router can be told. */
export interface NatRouterOptions extends HostOptions {
  /** The interface with the public address, behind which all others hide. */
  readonly outside: string;
  /** Ports that are given to the hosts inside, in order: `40001-40999` (absent: their own). */
  readonly ports?: string;
  readonly netfilter?: NetfilterOptions;
}

/** A router whose netfilter masquerades what leaves by its outer interface. */
export class NatRouter extends Router {
  readonly netfilter: Netfilter;

  /** Throws `PacketError` for an option that makes no sense. */
  constructor(lab: Lab, name: string, options: NatRouterOptions) {
    super(lab, name, options);
    const { outside: out, ports } = options;
    this.port(out);
    this.netfilter = new Netfilter(this.ip, options.netfilter);
    for (const protocol of ports === undefined ? [] : ['tcp', 'udp']) {
      const target = masquerade(ports === undefined ? {} : { ports });
      this.netfilter.append('nat', 'POSTROUTING', { protocol, out, target });
    }
    this.netfilter.append('nat', 'POSTROUTING', { out, target: masquerade() });
  }

  override tables(): Table[] {
    const table = { title: 'NAT Table', lines: natTable(this.netfilter.conntrack) };
    return [...super.tables(), table];
  }
}
