/** Pods on two nodes: each node has a subnet, and a tunnel leads to the other's. */
import { formatIpv4, parseIpv4 } from '../bytes/address.js';
import { Bridge } from '../lab/bridge/bridge.js';
import { Host } from '../lab/host.js';
import type { Lab } from '../lab/lab.js';
import { veth } from '../lab/namespace.js';
import type { Crossing } from '../lab/recorder.js';
import { nameOfAddress } from '../lab/tunnel/addresses.js';
import type { Tunnel } from '../lab/tunnel/tunnel.js';
import type { Vtep } from '../lab/vtep.js';
import { parse } from '../packet/parse.js';
import { acquaint } from './acquaint.js';
import { VETH } from './cables.js';
import { LATENCY, overlay } from './overlay.js';
import type { Scenario } from './scenario.js';

const POD1 = '10.244.1.5';
const POD2 = '10.244.2.10';

export const crossNodePods: Scenario = {
  name: 'cross-node-pods',
  title: 'Pods on two nodes: routed into VXLAN from one subnet of pods to the other',
  guide: 'How do pods on different nodes communicate?',
  about:
    'Each node has a subnet for its pods, 10.244.1.0/24 and 10.244.2.0/24, on a bridge cni0. The other ' +
    "node's subnet is a route into the tunnel, as Flannel sets it up: the tunnel device has an " +
    'address of its own (10.244.1.0), and entries for the other node, one for ARP and one for the ' +
    'forwarding table, are written by the agent; nothing is learned or flooded. So the packet is ' +
    'routed twice, and TTL says so; no frame of a pod crosses. The pods have an MTU of 1450. Flannel has ' +
    'VNI 1 and UDP port 8472; here it is 5000 and 4789, as elsewhere in the guide.',
  label: nameHop,
  play(lab) {
    const pod1 = newPod(lab, 'Pod1', POD1, '10.244.1.1');
    const { vtep1: node1, vtep2: node2, r1, r2 } = overlay(lab, { kind: 'vxlan', name: 'Node' });
    const pod2 = newPod(lab, 'Pod2', POD2, '10.244.2.1');
    addPods(node1, '10.244.1.1', pod1);
    addPods(node2, '10.244.2.1', pod2);
    const tunnels = [addTunnel(node1, 1), addTunnel(node2, 2)] as const;
    lead(node1, tunnels[0], tunnels[1], 2);
    lead(node2, tunnels[1], tunnels[0], 1);

    pod1.note(`ping ${POD2}`);
    const ping = pod1.ping(POD2);
    lab.runFor(3 * LATENCY);
    lab.remark([r1, r2], 'Overlay: routed as any packet\nof Node1 to Node2');
    lab.run();
    pod1.note(ping.print().join('\n'));
    lab.remark([pod1, pod2], 'Pods on same network');
  },
};

/** The tunnel device of a node, with an address of the node's subnet. */
function addTunnel(node: Vtep, n: number): Tunnel {
  const tunnel = node.endPoint.addTunnel('vxlan5000', { vni: 5000, learning: false });
  node.addAddresses(tunnel.port, `10.244.${n}.0/32`);
  return tunnel;
}

/** What Flannel's agent writes for the other node: a route, a neighbour, an entry of the table. */
function lead(node: Vtep, from: Tunnel, to: Tunnel, other: number): void {
  const { port } = from;
  node.ip.addRoute(`10.244.${other}.0/24`, { via: `10.244.${other}.0`, dev: port.name });
  const { neighbours } = node.ip.interfaceOf(port);
  neighbours.setPermanent(parseIpv4(`10.244.${other}.0`), to.port.mac);
  from.addEntry(to.port.macText, formatIpv4(to.endPoint.local));
}

/** A pod, with the node's bridge as its gateway. It is made before its node, as the diagram has it. */
function newPod(lab: Lab, name: string, address: string, gateway: string): Host {
  return new Host(lab, name, {
    interfaces: { eth0: { address: `${address}/24`, mtu: 1450 } },
    gateway,
  });
}

/** The bridge of a node's pods, and a veth pair to it. */
function addPods(node: Vtep, gateway: string, pod: Host): void {
  const bridge = new Bridge(node, 'cni0', { self: { mtu: 1450 } });
  node.addAddresses(bridge.self, `${gateway}/24`);
  const [end, port] = [node.addPort(`veth${pod.name}`, { mtu: 1450 }), pod.port('eth0')];
  veth(node.lab, port, end, VETH);
  bridge.addPort(end);
  bridge.addStatic(port.macText, end);
  acquaint(port, bridge.self);
  acquaint(bridge.self, port);
}

/** A packet from pod to pod as the guide names it, where it has one inside or is one. */
function nameHop({ bytes, from }: Crossing): string | undefined {
  const packet = parse(bytes);
  const [outer, inner] = packet.all('ipv4');
  if (outer === undefined) return undefined;
  const way = ({ src, dst }: { src: string; dst: string }): string =>
    [src, dst].map((one) => nameOfAddress(from.device.lab, parseIpv4(one))).join(' → ');
  if (packet.layer('vxlan') === undefined || inner === undefined) return `Packet: ${way(outer)}`;
  return `Outer: ${way(outer)}\nInner: ${way(inner)}`;
}
