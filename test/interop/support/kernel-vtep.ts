/**
 * The Linux kernel as the guide's VTEP 2, on one end of a veth pair: `v0` is its network card, and
 * whatever crosses `v1` crosses the wire. VTEP 1 is ours.
 */
import type { OuterOptions } from '../../../src/encap/outer.js';
import { Namespace, type Needs } from './namespace.js';
import { VM2 } from './vms.js';

export const NEEDS: Needs = { devices: ['vxlan'], tools: ['tcpreplay', 'tcpdump', 'ethtool'] };

/** From VTEP 1 to VTEP 2. */
const OUTER: OuterOptions = {
  srcMac: '02:00:00:00:00:01',
  dstMac: '02:00:00:00:00:02',
  src: '10.0.0.1',
  dst: '10.0.0.2',
};
const OUTER6: OuterOptions = { ...OUTER, src: 'fd00::1', dst: 'fd00::2' };
/** Linux's port of VXLAN before it had one: here of the devices that take more than others. */
export const OLD_PORT = 8472;

/** A tunnel between the two. */
export interface KernelTunnel {
  readonly name: string;
  /** What it looks like from us to the kernel. */
  readonly outer: OuterOptions;
  readonly vni: number;
  /** The kernel's device. */
  readonly device: string;
  /** How it is made, beside its VNI and the kernel's address. */
  readonly how: string;
}

const TO_VTEP1 = `remote ${OUTER.src} dstport 4789`;
const TO_VTEP1_6 = `remote ${OUTER6.src}`;

export const UNICAST: KernelTunnel = {
  name: 'IPv4',
  outer: OUTER,
  vni: 5000,
  device: 'vx',
  how: TO_VTEP1,
};
export const SUMMED: KernelTunnel = {
  ...UNICAST,
  name: 'IPv4 with a UDP checksum',
  outer: { ...OUTER, checksum: 'computed' },
};
export const OVER_IPV6: KernelTunnel = {
  name: 'IPv6',
  outer: OUTER6,
  vni: 5006,
  device: 'vx6',
  how: `${TO_VTEP1_6} dstport 4789`,
};
export const UNSUMMED_IPV6: KernelTunnel = {
  name: 'IPv6 without a UDP checksum',
  outer: { ...OUTER6, checksum: 'zero', dstPort: OLD_PORT },
  vni: 5007,
  device: 'vx6zero',
  how: `${TO_VTEP1_6} dstport ${OLD_PORT} udp6zerocsumrx udp6zerocsumtx`,
};
/** Frames that are flooded go to the multicast group of the VNI (RFC 7348 §4.2). */
export const GROUP: KernelTunnel = {
  name: 'a multicast group',
  outer: { ...OUTER, dstMac: '01:00:5e:01:01:01', dst: '239.1.1.1' },
  vni: 5001,
  device: 'vxgroup',
  how: 'group 239.1.1.1 dstport 4789',
};
/** With the Group Policy extension. */
export const POLICY: KernelTunnel = {
  name: 'IPv4 with group policies',
  outer: { ...OUTER, dstPort: OLD_PORT },
  vni: 5002,
  device: 'vxpolicy',
  how: `remote ${OUTER.src} dstport ${OLD_PORT} gbp`,
};

/**
 * A veth pair without offloads: with them, the kernel leaves checksums for a network card to fill
 * in, and `v1` sees frames without them. IPv6 is there where a test turns it on: it would talk.
 */
const WIRE = `
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
ip link add v0 mtu $mtu address ${OUTER.dstMac} type veth peer name v1 mtu $mtu address ${OUTER.srcMac}
ethtool -K v0 tx off gro off
ethtool -K v1 tx off gro off
ip address add ${OUTER.dst}/24 dev v0
ip link set v0 up
ip link set v1 up
ip neighbour add ${OUTER.src} lladdr ${OUTER.srcMac} dev v0 nud permanent
echo 0 >/proc/sys/net/ipv6/conf/v0/disable_ipv6
ip address add ${OUTER6.dst}/64 dev v0 nodad
ip neighbour add ${OUTER6.src} lladdr ${OUTER.srcMac} dev v0 nud permanent
`;

/**
 * A tunnel's device. Segments that come in are not to be merged: every frame is looked at as it
 * came.
 */
function deviceOf({ device, vni, outer, how }: KernelTunnel): string {
  const local = outer.src === OUTER6.src ? OUTER6.dst : OUTER.dst;
  return `
ip link add ${device} address ${VM2.mac} type vxlan id ${vni} local ${local} dev v0 ${how}
ethtool -K ${device} gro off
ip link set ${device} up
`;
}

/** Makes it, over a wire of that MTU, in bytes. */
export async function kernelVtep(mtu: number): Promise<Namespace> {
  const devices = [UNICAST, OVER_IPV6, UNSUMMED_IPV6, GROUP, POLICY].map(deviceOf);
  const namespace = await Namespace.open();
  try {
    await namespace.script(`mtu=${mtu}\n${WIRE}${devices.join('')}`);
  } catch (error) {
    await namespace.close();
    throw error;
  }
  return namespace;
}
