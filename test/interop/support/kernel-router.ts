/**
 * The Linux kernel as a router with netfilter between two wires, and the lab's router beside it: both
 * get the same rules and the same frames.
 */
import { parseMac } from '../../../src/bytes/address.js';
import { Bridge } from '../../../src/lab/bridge/bridge.js';
import { Router } from '../../../src/lab/host.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import { Lab } from '../../../src/lab/lab.js';
import { BrNetfilter } from '../../../src/lab/netfilter/br-netfilter.js';
import { Netfilter } from '../../../src/lab/netfilter/netfilter.js';
import { Station } from '../../support/station.js';
import { Namespace, type Needs } from './namespace.js';
import { send, Tap } from './wire.js';

export const NEEDS: Needs = {
  devices: [],
  tools: ['tcpreplay', 'tcpdump', 'ethtool', 'iptables-legacy', 'conntrack'],
};

/** A side of the router: its own address, and the stations behind its wire. */
export interface Side {
  readonly device: 'in' | 'out';
  readonly mac: string;
  readonly address: string;
  /** The MAC address of all stations. */
  readonly station: string;
  readonly neighbours: readonly string[];
}

export const IN: Side = {
  device: 'in',
  mac: '02:00:00:00:00:01',
  address: '192.168.1.1',
  station: '02:00:00:00:00:0a',
  neighbours: ['192.168.1.10', '192.168.1.11'],
};
export const OUT: Side = {
  device: 'out',
  mac: '02:00:00:00:00:02',
  address: '203.0.113.50',
  station: '02:00:00:00:00:0b',
  neighbours: ['203.0.113.1', '203.0.113.9'],
};
const SIDES = [IN, OUT];
/** Everything else is behind the provider's router. */
const GATEWAY = '203.0.113.1';

/** The far end has another address than the stations: the kernel leaves alone what is for them. */
const WIRE = ({ device, mac, address, station, neighbours }: Side): string => `
ip link add ${device} address ${mac} type veth peer name ${device}-wire
ethtool -K ${device} tx off gro off
ethtool -K ${device}-wire tx off gro off
ip address add ${address}/24 dev ${device}
ip link set ${device} up
ip link set ${device}-wire up
${neighbours.map((one) => `ip neighbour add ${one} lladdr ${station} dev ${device} nud permanent`).join('\n')}
`;

const SCRIPT = `
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal
ip link set lo up
${SIDES.map(WIRE).join('')}
ip route add default via ${GATEWAY}
`;

/** The bridge that the two wires are ports of, in place of the router. */
export const BRIDGE = { mac: '02:00:00:00:00:03', address: '10.244.1.1' } as const;
/** The stations behind the inner wire and the outer. */
export const BRIDGED = { in: '10.244.1.5', out: '10.244.1.6' } as const;

const BRIDGE_SCRIPT = `
ip link add br0 address ${BRIDGE.mac} type bridge mcast_snooping 0
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
for port in in out; do
  ip address flush dev $port
  ip link set $port master br0
done
ip address add ${BRIDGE.address}/24 dev br0
ip link set br0 up
ip neighbour add ${BRIDGED.in} lladdr ${IN.station} dev br0 nud permanent
ip neighbour add ${BRIDGED.out} lladdr ${OUT.station} dev br0 nud permanent
`;

/** A frame that comes in on a side. */
export interface Incoming {
  readonly side: Side;
  readonly bytes: Uint8Array;
}

/** What left by each side, in its order. */
export type Outgoing = Readonly<Record<Side['device'], readonly Uint8Array[]>>;

/** The kernel's. */
export class KernelRouter {
  readonly namespace: Namespace;

  private constructor(namespace: Namespace) {
    this.namespace = namespace;
  }

  /** `bridged`: with a bridge between the wires. */
  static async open(bridged = false): Promise<KernelRouter> {
    const namespace = await Namespace.open();
    try {
      await namespace.script(bridged ? SCRIPT + BRIDGE_SCRIPT : SCRIPT);
    } catch (error) {
      await namespace.close();
      throw error;
    }
    return new KernelRouter(namespace);
  }

  async iptables(rule: string): Promise<string> {
    return this.namespace.script(`iptables-legacy ${rule}`);
  }

  /** Sends frames in their order; answers what left, of which as much is wanted as in `wanted`. */
  async route(frames: readonly Incoming[], wanted: Outgoing): Promise<Outgoing> {
    const { namespace } = this;
    const taps = {
      in: await Tap.on(namespace, 'in-wire', 'ip'),
      out: await Tap.on(namespace, 'out-wire', 'ip'),
    };
    try {
      for (let at = 0; at < frames.length; ) {
        const { side } = frames[at] as Incoming;
        let end = at;
        while (end < frames.length && frames[end]?.side === side) end++;
        const batch = frames.slice(at, end).map(({ bytes }) => bytes);
        await send(namespace, `${side.device}-wire`, batch);
        at = end;
      }
      return {
        in: await taps.in.take(wanted.in.length),
        out: await taps.out.take(wanted.out.length),
      };
    } finally {
      taps.in.stop();
      taps.out.stop();
    }
  }
}

/** The lab's, with the same addresses. */
export class LabRouter {
  readonly lab: Lab;
  readonly netfilter: Netfilter;
  private readonly stations: Readonly<Record<Side['device'], Station>>;

  constructor(bridged = false) {
    this.lab = new Lab();
    this.stations = { in: new Station(this.lab, 'in'), out: new Station(this.lab, 'out') };
    const { router, bridge } = bridged
      ? bridgeIn(this.lab)
      : { router: routerIn(this.lab), bridge: undefined };
    this.netfilter = new Netfilter(router.ip);
    if (bridge !== undefined) new BrNetfilter(this.netfilter).attach(bridge);
    for (const { device } of SIDES) {
      this.lab.connect(router.port(device), this.stations[device].port('eth0'));
    }
  }

  route(frames: readonly Incoming[]): Outgoing {
    const before = { in: this.stations.in.received.length, out: this.stations.out.received.length };
    for (const { side, bytes } of frames) {
      this.stations[side.device].port('eth0').send(this.lab.frames.of(bytes));
      this.lab.run();
    }
    return {
      in: this.stations.in.received.slice(before.in),
      out: this.stations.out.received.slice(before.out),
    };
  }
}

function routerIn(lab: Lab): Router {
  const interfaces = Object.fromEntries(
    SIDES.map(({ device, mac, address }) => [device, { mac, address: `${address}/24` }]),
  );
  const router = new Router(lab, 'R', { interfaces, gateway: GATEWAY });
  for (const { device, station, neighbours } of SIDES) {
    const { neighbours: table } = router.ip.interfaceOf(router.port(device));
    for (const one of neighbours) table.setPermanent(addressOf(one), parseMac(station));
  }
  return router;
}

function bridgeIn(lab: Lab): { router: Router; bridge: Bridge } {
  const router = new Router(lab, 'R');
  const bridge = new Bridge(router, 'br0', { self: { mac: BRIDGE.mac } });
  for (const { device, mac } of SIDES) bridge.addPort(router.addPort(device, { mac }));
  const { neighbours } = router.addAddresses(bridge.self, `${BRIDGE.address}/24`);
  for (const { device, station } of SIDES) {
    neighbours.setPermanent(addressOf(BRIDGED[device]), parseMac(station));
  }
  return { router, bridge };
}
