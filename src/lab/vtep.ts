/** A host with virtual machines: a bridge for each VNI, and tunnels to other such hosts. */

import { PacketError } from '../bytes/error.js';
import { Bridge } from './bridge/bridge.js';
import { Host, type HostOptions } from './host.js';
import type { Lab } from './lab.js';
import type { LinkOptions } from './link.js';
import type { Port } from './port.js';
import { type EndPointOptions, TunnelEndPoint } from './tunnel/end-point.js';
import type { Tunnel } from './tunnel/tunnel.js';
import type { TunnelOptions } from './tunnel/tunnel-options.js';

/** What such a host can be told. */
export interface VtepOptions extends HostOptions {
  /** Of its tunnels. */
  readonly tunnel: EndPointOptions;
}

/** A VNI on a host: its tunnel, and the bridge between that and the VMs. */
export interface Segment {
  readonly bridge: Bridge;
  readonly tunnel: Tunnel;
}

/**
 * A tunnel end point as a whole device: `br5000` with the ports `vxlan5000` and `vnet1`, `vnet2` …,
 * the cables of its VMs. The tunnels' control plane, where there is one, is `endPoint.control`.
 */
export class Vtep extends Host {
  readonly endPoint: TunnelEndPoint;
  readonly segments: Map<number, Segment>;
  private vms: number;

  /** Throws `PacketError` for an option that makes no sense. */
  constructor(lab: Lab, name: string, options: VtepOptions) {
    super(lab, name, options);
    this.endPoint = new TunnelEndPoint(this, options.tunnel);
    this.segments = new Map();
    this.vms = 0;
  }

  /** Adds a VNI. Throws `BAD_VALUE` where it is there already. */
  addSegment(vni: number, options: Omit<TunnelOptions, 'vni'> = {}): Segment {
    const tunnel = this.endPoint.addTunnel(`${this.endPoint.kind}${vni}`, { ...options, vni });
    const bridge = new Bridge(this, `br${vni}`);
    bridge.addPort(tunnel.port);
    const made = { bridge, tunnel };
    this.segments.set(vni, made);
    return made;
  }

  /**
   * Adds a port to the bridge of that VNI, for a VM: `vnet1` and up. Throws `BAD_VALUE` for a VNI that
   * this host does not have.
   */
  addVmPort(vni: number, mtu?: number): Port {
    const { bridge } = this.segment(vni);
    this.vms++;
    const port = this.addPort(`vnet${this.vms}`, mtu === undefined ? {} : { mtu });
    bridge.addPort(port);
    return port;
  }

  /**
   * Plugs a VM in: joins its port to the bridge of that VNI, and tells the control plane that it is
   * here. Throws `BAD_VALUE` for a VNI that this host does not have.
   */
  plug(vni: number, vm: Port, options: LinkOptions = {}): Port {
    const port = this.addVmPort(vni, vm.mtu);
    this.lab.connect(vm, port, options);
    this.announce(vni, vm);
    return port;
  }

  /** Tells the control plane, where there is one, that a VM is here: its port, and what is on it. */
  announce(vni: number, vm: Port): void {
    const { tunnel } = this.segment(vni);
    const { device } = vm;
    const address =
      device instanceof Host
        ? device.ip.interfaces.find((one) => one.port === vm)?.addresses[0]?.address
        : undefined;
    tunnel.forget(vm.mac);
    this.endPoint.control?.announce(tunnel, vm.mac, address ?? 0);
  }

  /**
   * Pulls a VM's cable out, and tells the control plane that it is gone. Throws `BAD_VALUE` for a VM
   * that is not plugged in here.
   */
  unplug(vm: Port): void {
    const link = this.lab.links.find(({ a, b }) => a === vm && b.device === this);
    const found = [...this.segments.values()].find(({ bridge }) =>
      bridge.members.some(({ port }) => port === link?.b),
    );
    if (link === undefined || found === undefined) {
      throw new PacketError('BAD_VALUE', `${vm.title} is not plugged into ${this.name}`);
    }
    found.bridge.removePort(link.b);
    this.lab.disconnect(link);
    this.endPoint.control?.withdraw(found.tunnel, vm.mac);
  }

  /** The VNI's bridge and tunnel. Throws `BAD_VALUE` where there is none. */
  segment(vni: number): Segment {
    const found = this.segments.get(vni);
    if (found !== undefined) return found;
    const known = [...this.segments.keys()].join(', ') || 'none';
    throw new PacketError('BAD_VALUE', `${this.name} has no VNI ${vni}; it has ${known}`);
  }
}
