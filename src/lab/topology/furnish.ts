/** Makes of a host what the file says of it, piece by piece, so that each mistake is told where it stands. */
import { PacketError } from '../../bytes/error.js';
import { Bridge } from '../bridge/bridge.js';
import type { Host, HostOptions, InterfaceSpec } from '../host.js';
import { NatRouter } from '../nat-router.js';
import { BrNetfilter } from '../netfilter/br-netfilter.js';
import { Netfilter } from '../netfilter/netfilter.js';
import { memberOptions } from '../switch.js';
import { Controller } from '../tunnel/controller.js';
import { KeyValueStore } from '../tunnel/store.js';
import { addVlanPort } from '../vlan-port.js';
import { openIpvs } from './ipvs-services.js';
import type { Place } from './place.js';
import { openServices } from './services.js';
import type { TypeOf } from './shape.js';
import type { BRIDGE, INTERFACE, StackSaid } from './stack-fields.js';

/** What of it `Host` is told when it is made. */
export function hostOptions({ title, ttl, icmpRateLimit, tcp }: StackSaid): HostOptions {
  return {
    ...(title === undefined ? {} : { title }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(icmpRateLimit === undefined ? {} : { icmpRateLimit }),
    ...(tcp === undefined ? {} : { tcp }),
  };
}

/** Interfaces that a device must have from its beginning: those that are no VLAN of another. */
export function firstInterfaces({
  interfaces = new Map(),
}: StackSaid): Record<string, InterfaceSpec> {
  const own = [...interfaces].filter(([name]) => !interfaces.has(VLAN_NAME.exec(name)?.[1] ?? ''));
  return Object.fromEntries(own.map(([name, spec]) => [name, spec ?? {}]));
}

/**
 * Adds all that can be said of a host, each thing at its place. `made`: interfaces that are there
 * already.
 */
export function furnish(
  host: Host,
  said: StackSaid,
  place: Place,
  made: Readonly<Record<string, InterfaceSpec>> = {},
): void {
  const { interfaces = new Map(), bridges = new Map(), gateway, routes = [], services } = said;
  for (const [port, spec] of interfaces) {
    if (!Object.hasOwn(made, port))
      place.at('interfaces', port).try(() => addInterface(host, port, spec ?? {}));
  }
  for (const [bridge, spec] of bridges) {
    place.at('bridges', bridge).try(() => addBridge(host, bridge, spec ?? {}));
  }
  if (gateway !== undefined) {
    place.at('gateway').try(() => host.ip.addRoute('default', { via: gateway }));
  }
  for (const [i, route] of routes.entries()) {
    place.at('routes', i).try(() => host.ip.addRoute(route.to, route));
  }
  addRules(host, said, place);
  if (said.ipvs !== undefined) openIpvs(host, said.ipvs, place.at('ipvs'));
  if (said.controller === true) place.at('controller').try(() => new Controller(host));
  if (said.database === true) place.at('database').try(() => new KeyValueStore(host));
  if (services !== undefined) openServices(host, services, place.at('services'));
}

function addRules(
  host: Host,
  { iptables = [], bridges = new Map() }: StackSaid,
  place: Place,
): void {
  const seen = [...bridges].filter(([, spec]) => spec?.netfilter === true).map(([name]) => name);
  if (iptables.length === 0 && seen.length === 0) return;
  const netfilter = host instanceof NatRouter ? host.netfilter : new Netfilter(host.ip);
  const module = new BrNetfilter(netfilter);
  for (const name of seen) {
    const bridge = host.ports.get(name)?.wire;
    if (bridge instanceof Bridge) module.attach(bridge);
  }
  for (const [i, line] of iptables.entries()) {
    place.at('iptables', i).try(() => putIn(netfilter, line));
  }
}

/** Rules are put in before anything happens: what prints them (`-L`, `-S`) would print to nobody. */
function putIn(netfilter: Netfilter, line: string): void {
  if (netfilter.iptables(line).length === 0) return;
  throw new PacketError(
    'BAD_OPTION',
    `${line}: a file puts rules in and prints none; \`framewright lab --tables\` prints them, with their counters, when the lab is over`,
  );
}

/** Linux's names for VLANs on an interface. */
const VLAN_NAME = /^(.+)\.(\d+)$/;

/** `eth0.10` is a VLAN of `eth0`, where there is one; else a name like any other. */
function addInterface(host: Host, name: string, spec: TypeOf<typeof INTERFACE>): void {
  const [, below = '', vid = ''] = VLAN_NAME.exec(name) ?? [];
  const { address = [], ...port } = spec;
  if (!host.ports.has(below)) host.addInterface(name, spec);
  else host.addAddresses(addVlanPort(host.port(below), Number(vid), port), address);
}

function addBridge(host: Host, name: string, spec: TypeOf<typeof BRIDGE>): void {
  const { ports = new Map(), address, mac, mtu, ageing } = spec;
  const specs = [...ports.values()];
  const bridge = new Bridge(host, name, {
    self: { ...(mac === undefined ? {} : { mac }), ...(mtu === undefined ? {} : { mtu }) },
    vlanFiltering: specs.some((one) => one?.access !== undefined || one?.trunk !== undefined),
    ...(ageing === undefined ? {} : { ageing }),
  });
  for (const [port, one = {}] of ports) {
    bridge.addPort(host.addPort(port, one), memberOptions(`${host.name}:${port}`, one));
  }
  if (address !== undefined) host.addAddresses(bridge.self, address);
}
