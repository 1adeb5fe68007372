/** The network of the guide's overlay: end points 10.0.0.1 and 10.0.0.2, two routers between them. */

import { formatIpv4, parseMac } from '../bytes/address.js';
import { MICROSECOND } from '../lab/clock.js';
import { Host, Router } from '../lab/host.js';
import { addressOf } from '../lab/ip/stack.js';
import type { Lab } from '../lab/lab.js';
import type { Port } from '../lab/port.js';
import type { Crossing } from '../lab/recorder.js';
import { whoHasMac } from '../lab/tunnel/addresses.js';
import type { EndPointOptions } from '../lab/tunnel/end-point.js';
import { Vtep } from '../lab/vtep.js';
import { frameText } from '../lab/words.js';
import { parse } from '../packet/parse.js';
import { acquaint } from './acquaint.js';
import { gigabit, VETH } from './cables.js';

/** Of every cable of the physical network, in nanoseconds. */
export const LATENCY = 50 * MICROSECOND;

/** The addresses of the guide's VMs (`an apartment 192.168.10.6`). */
export const VM1_ADDRESS = '192.168.10.5';
export const VM2_ADDRESS = '192.168.10.6';

/** Two end points, and the physical network between them. */
export interface Overlay {
  readonly vtep1: Vtep;
  readonly vtep2: Vtep;
  readonly r1: Router;
  readonly r2: Router;
  /** Ports of the physical network, whose MTU is the underlay's. */
  readonly underlay: readonly Port[];
}

/** What differs from scenario to scenario. */
export interface OverlayOptions extends Omit<EndPointOptions, 'local'> {
  /** Bytes (absent: 1500). */
  readonly mtu?: number;
  /** `VTEP`, or `Node`. */
  readonly name?: string;
}

/**
 * VTEP1 – Router 1 – Router 2 – VTEP2. An end point's address is a host's, /32, that the routers have
 * routes to, as in data centres; the cables have networks of their own. All know their neighbours,
 * so that only what a scenario is about is to be seen.
 */
export function overlay(lab: Lab, options: OverlayOptions): Overlay {
  const { mtu = 1500, name = 'VTEP', ...tunnel } = options;
  const vtep = (n: number): Vtep =>
    new Vtep(lab, `${name}${n}`, {
      interfaces: { eth0: { address: [`172.16.${n}.2/30`, `10.0.0.${n}/32`], mtu } },
      gateway: `172.16.${n}.1`,
      forwarding: name === 'Node',
      tunnel: { ...tunnel, local: `10.0.0.${n}` },
    });
  const router = (n: number): Router =>
    new Router(lab, `R${n}`, {
      title: `Router ${n}`,
      interfaces: {
        eth0: { address: `172.16.${n}.1/30`, mtu },
        eth1: { address: `172.16.0.${n}/30`, mtu },
      },
    });
  const [vtep1, r1, r2, vtep2] = [vtep(1), router(1), router(2), vtep(2)];
  join(lab, vtep1.port('eth0'), r1.port('eth0'));
  join(lab, r1.port('eth1'), r2.port('eth1'));
  join(lab, r2.port('eth0'), vtep2.port('eth0'));
  r1.ip.addRoute('10.0.0.1/32', { via: '172.16.1.2' });
  r1.ip.addRoute('10.0.0.2/32', { via: '172.16.0.2' });
  r2.ip.addRoute('10.0.0.2/32', { via: '172.16.2.2' });
  r2.ip.addRoute('10.0.0.1/32', { via: '172.16.0.1' });
  const underlay = [vtep1, r1, r2, vtep2].flatMap(({ ports }) =>
    [...ports.values()].filter(({ name: port }) => port.startsWith('eth')),
  );
  return { vtep1, vtep2, r1, r2, underlay };
}

/** Joins two ports of hosts that know each other already. */
export function join(lab: Lab, a: Port, b: Port): void {
  lab.connect(a, b, gigabit(LATENCY));
  acquaint(a, b);
  acquaint(b, a);
}

/** A VM with that address. Diagrams have devices in the order in which they are made. */
export function newVm(
  lab: Lab,
  name: string,
  address: string,
  { mac, mtu = 1450 }: { mac?: string; mtu?: number } = {},
): Host {
  return new Host(lab, name, {
    interfaces: { eth0: { address: `${address}/24`, mtu, ...(mac === undefined ? {} : { mac }) } },
  });
}

/** Plugs VMs into an end point, which has the VNI already. */
export function plug(vtep: Vtep, vni: number, ...vms: readonly Host[]): void {
  for (const vm of vms) vtep.plug(vni, vm.port('eth0'), VETH);
}

/** Has both ends of a tunnel know where the VMs are, and the VMs each other: nothing is flooded. */
export function introduce(vni: number, [one, vm1]: [Vtep, Host], [other, vm2]: [Vtep, Host]): void {
  const [first, second] = [vm1.port('eth0'), vm2.port('eth0')];
  place(one, vni, second, other);
  place(other, vni, first, one);
  acquaint(first, second);
  acquaint(second, first);
}

/** Has an end point know that a VM's port is behind another, and its bridge where that is. */
function place(vtep: Vtep, vni: number, vm: Port, other: Vtep): void {
  const { bridge, tunnel } = vtep.segment(vni);
  tunnel.addEntry(vm.macText, formatIpv4(other.endPoint.local));
  bridge.addStatic(vm.macText, tunnel.port);
  const cableOf = vtep.lab.links.find(({ a }) => a === vm);
  if (cableOf !== undefined) other.segment(vni).bridge.addStatic(vm.macText, cableOf.b);
}

/**
 * A frame as the guide names it: an IP packet's on a VM's cable `L2 Frame to VM2`, a tunnel's that a
 * router passes on `Routed packet`, with what its end point says of it otherwise.
 */
export function nameInner(crossing: Crossing, what = 'L2 Frame'): string | undefined {
  const { bytes, from, to } = crossing;
  const isVm = ({ device }: Port): boolean => device.name.startsWith('VM');
  if (!isVm(from) && !isVm(to)) return nameTunnelled(crossing);
  const packet = parse(bytes);
  const mac = packet.layer('ethernet')?.dst;
  // An ICMP error, which quotes another packet, says itself what it is.
  if (mac === undefined || packet.all('ipv4').length !== 1) return undefined;
  return `${what} to ${whoHasMac(from.device.lab, parseMac(mac))}`;
}

/** A tunnel's packet of which its sender says nothing: a router, or the IP stack that cut it. */
function nameTunnelled({ bytes, from, label }: Crossing): string | undefined {
  const inner = parse(bytes).layer('geneve') === undefined ? 'L2 Frame' : 'packet';
  const [kind = '', ...lines] = frameText(bytes, inner).split('\n');
  if (label !== '' || !['UDP Packet', 'Geneve packet'].includes(kind)) return undefined;
  return [from.device instanceof Router ? 'Routed packet' : kind, ...lines].join('\n');
}

/** Has a host take datagrams on that port, and say of each what the guide says. */
export function listen(host: Host, port: number, says: string): void {
  host.udp.bind(port, {
    datagram: (frame) => {
      host.note(says, frame);
      frame.release();
    },
  });
}

/** Sends a text to that address and port. */
export function say(host: Host, to: string, port: number, text: string): void {
  const socket = host.udp.bind(0);
  socket.send(addressOf(to), port, new TextEncoder().encode(text));
}
