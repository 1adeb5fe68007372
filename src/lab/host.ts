/** A host, a router, a network namespace: a device with an IP stack. */
import { formatIpv4 } from '../bytes/address.js';
import { Device, type DeviceOptions, type PortSpec, type Table } from './device.js';
import type { IpInterface } from './ip/interface.js';
import { Ping, type PingOptions, Traceroute } from './ip/ping.js';
import { IpStack } from './ip/stack.js';
import type { IpStackOptions } from './ip/stack-options.js';
import { Udp } from './ip/udp.js';
import type { Lab } from './lab.js';
import { briefLine, linkName, linkState } from './net-device.js';
import type { Port } from './port.js';
import type { TcpOptions } from './tcp/settings.js';
import { Tcp } from './tcp/tcp.js';

/** What a host can be told. */
export interface HostOptions extends DeviceOptions, IpStackOptions {
  /** Interfaces by name, `eth0` and the like. */
  readonly interfaces?: Readonly<Record<string, InterfaceSpec>>;
  /** The default router, `192.168.1.1`. */
  readonly gateway?: string;
  /** What its TCP is set to, as `sysctl net.ipv4.tcp_…` would. */
  readonly tcp?: TcpOptions;
}

/** An interface of a host. */
export interface InterfaceSpec extends PortSpec {
  /** `192.168.1.10/24`, or several. */
  readonly address?: string | readonly string[];
}

/**
 * A host. With `forwarding` it is a router; beside others that name it as theirs it is what Linux
 * calls a network namespace: an isolated stack with interfaces, routes and rules of its own.
 */
export class Host extends Device {
  readonly ip: IpStack;
  readonly udp: Udp;
  readonly tcp: Tcp;

  /** Throws `PacketError` for an option that makes no sense, naming the host and the interface. */
  constructor(lab: Lab, name: string, options: HostOptions = {}) {
    super(lab, name, options);
    this.ip = new IpStack(this, options);
    this.udp = new Udp(this.ip);
    this.tcp = new Tcp(this.ip, options.tcp);
    for (const [port, spec] of Object.entries(options.interfaces ?? {})) {
      this.addInterface(port, spec);
    }
    if (options.gateway !== undefined) this.ip.addRoute('default', { via: options.gateway });
  }

  /** Adds a port with an IP stack above it. */
  addInterface(name: string, spec: InterfaceSpec = {}): IpInterface {
    return this.addAddresses(this.addPort(name, spec), spec.address ?? []);
  }

  /** Gives a port, such as a bridge's own, to the IP stack, with addresses such as `10.0.0.1/24`. */
  addAddresses(port: Port, addresses: string | readonly string[]): IpInterface {
    const made = this.ip.attach(port);
    for (const address of typeof addresses === 'string' ? [addresses] : addresses) {
      made.addAddress(address);
    }
    return made;
  }

  /** Starts a ping, which runs while the lab does. */
  ping(dst: string, options?: PingOptions): Ping {
    return new Ping(this.ip, dst, options);
  }

  /** Starts a traceroute of 1–255 hops at most (absent: 30), which runs while the lab does. */
  traceroute(dst: string, maxHops?: number): Traceroute {
    return new Traceroute(this.ip, this.udp, dst, maxHops);
  }

  /** A host with one address is known by it. */
  override get caption(): string {
    const addresses = this.ip.interfaces.flatMap((one) => one.addresses);
    const [only, ...others] = addresses;
    if (only === undefined || others.length > 0) return this.title;
    return `${this.title}\n${formatIpv4(only.address)}`;
  }

  override tables(): Table[] {
    const { interfaces, routes } = this.ip;
    const sockets = this.tcp.print();
    const datagrams = this.udp.print();
    return [
      { title: 'ip -br address', lines: this.printAddresses() },
      { title: 'ip route', lines: routes.print() },
      { title: 'ip neigh', lines: interfaces.flatMap(({ neighbours }) => neighbours.print()) },
      ...(sockets.length > 1 ? [{ title: 'ss -tain', lines: sockets }] : []),
      ...(datagrams.length > 1 ? [{ title: 'ss -uan', lines: datagrams }] : []),
      ...super.tables(),
    ];
  }

  private printAddresses(): string[] {
    return [...this.ports.values()].map((port) => {
      const own = this.ip.interfaces.filter((one) => one.port === port);
      const addresses = own.flatMap((one) => one.print());
      if (port.name === 'lo') addresses.unshift('127.0.0.1/8');
      return briefLine(linkName(port), linkState(port), addresses);
    });
  }
}

/** A host that forwards packets for others. */
export class Router extends Host {
  constructor(lab: Lab, name: string, options: HostOptions = {}) {
    super(lab, name, { forwarding: true, ...options });
  }
}
