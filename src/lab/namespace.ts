/** Network namespaces and the veth pairs that join them, by the names a Linux user knows them by. */
import type { Bridge } from './bridge/bridge.js';
import { Host, type HostOptions, type InterfaceSpec } from './host.js';
import type { IpInterface } from './ip/interface.js';
import type { Lab } from './lab.js';
import type { Link, LinkOptions } from './link.js';
import type { Port } from './port.js';

/** How a namespace is joined to a bridge. */
export interface PlugSpec extends InterfaceSpec {
  /** The interface in the namespace (absent: `eth0`). */
  readonly name?: string;
  /** The other end of the pair, on the device that has the namespace (absent: `veth-` and its name). */
  readonly peer?: string;
}

/** A network namespace: a host of its own, with its own interfaces and routes, on another device. */
export class Namespace extends Host {
  /** Whose machine it is on. */
  readonly owner: Host;

  /** Throws as `Host` does. `name`: no other device of the lab has it. */
  constructor(owner: Host, name: string, options: HostOptions = {}) {
    const first = namespacesOf(owner).length === 0;
    super(owner.lab, name, options);
    this.owner = owner;
    if (first) owner.addTables(() => [{ title: 'ip netns list', lines: printNamespaces(owner) }]);
  }

  /**
   * Gives it an interface that a veth pair joins to a bridge of its owner, as a CNI plugin does.
   * `link`: what the pair is like (absent: it takes no time).
   */
  plugInto(bridge: Bridge, spec: PlugSpec = {}, link: LinkOptions = {}): IpInterface {
    const { name = 'eth0', peer = `veth-${this.name}` } = spec;
    const made = this.addInterface(name, spec);
    const port = this.owner.addPort(peer, spec.mtu === undefined ? {} : { mtu: spec.mtu });
    veth(this.lab, made.port, port, link);
    bridge.addPort(port);
    return made;
  }
}

/** Joins two ports by a veth pair (`ip link add … type veth peer …`): a cable without length. */
export function veth(lab: Lab, a: Port, b: Port, options: LinkOptions = {}): Link {
  const made = lab.connect(a, b, options);
  a.linked = b;
  b.linked = a;
  return made;
}

function namespacesOf(owner: Host): Namespace[] {
  return [...owner.lab.devices.values()].filter(
    (device) => device instanceof Namespace && device.owner === owner,
  ) as Namespace[];
}

function printNamespaces(owner: Host): string[] {
  return namespacesOf(owner).map(({ name }) => name);
}
