/**
 * The Linux kernel as the guide's VTEP 2, on one end of a veth pair: `v0` is its network card, and
 * whatever crosses `v1` crosses the wire. VTEP 1 is ours.
 */
import type { OuterOptions } from '../../../src/encap/outer.js';
import { OUTER4, OUTER6 } from '../../encap/wraps.js';
import { Namespace, type Needs } from './namespace.js';
import { VM2 } from './vms.js';
import { wire } from './wire.js';

export const NEEDS: Needs = { devices: ['vxlan'], tools: ['tcpreplay', 'tcpdump', 'ethtool'] };

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

const TO_VTEP1 = `remote ${OUTER4.src} dstport 4789`;
const TO_VTEP1_6 = `remote ${OUTER6.src}`;

export const UNICAST: KernelTunnel = {
  name: 'IPv4',
  outer: OUTER4,
  vni: 5000,
  device: 'vx',
  how: TO_VTEP1,
};
export const SUMMED: KernelTunnel = {
  ...UNICAST,
  name: 'IPv4 with a UDP checksum',
  outer: { ...OUTER4, checksum: 'computed' },
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
  outer: { ...OUTER4, dstMac: '01:00:5e:01:01:01', dst: '239.1.1.1' },
  vni: 5001,
  device: 'vxgroup',
  how: 'group 239.1.1.1 dstport 4789',
};
/** With the Group Policy extension. */
export const POLICY: KernelTunnel = {
  name: 'IPv4 with group policies',
  outer: { ...OUTER4, dstPort: OLD_PORT },
  vni: 5002,
  device: 'vxpolicy',
  how: `remote ${OUTER4.src} dstport ${OLD_PORT} gbp`,
};

/** The kernel's addresses, and who is at the other end: nobody answers there. */
const ADDRESSES = `
ip address add ${OUTER4.dst}/24 dev v0
ip neighbour add ${OUTER4.src} lladdr ${OUTER4.srcMac} dev v0 nud permanent
echo 0 >/proc/sys/net/ipv6/conf/v0/disable_ipv6
ip address add ${OUTER6.dst}/64 dev v0 nodad
ip neighbour add ${OUTER6.src} lladdr ${OUTER6.srcMac} dev v0 nud permanent
`;

/**
 * A tunnel's device. Segments that come in are not to be merged: every frame is looked at as it
 * came.
 */
function deviceOf({ device, vni, outer, how }: KernelTunnel): string {
  const local = outer.src === OUTER6.src ? OUTER6.dst : OUTER4.dst;
  return `
ip link add ${device} address ${VM2.mac} type vxlan id ${vni} local ${local} dev v0 ${how}
ethtool -K ${device} gro off
ip link set ${device} up
`;
}

/** Makes it, over a wire of that MTU, in bytes. */
export async function kernelVtep(mtu: number): Promise<Namespace> {
  const devices = [UNICAST, OVER_IPV6, UNSUMMED_IPV6, GROUP, POLICY].map(deviceOf);
  const v = wire('v0', 'v1', { mtu, macs: [OUTER4.dstMac, OUTER4.srcMac] });
  const namespace = await Namespace.open();
  try {
    await namespace.script([v, ADDRESSES, ...devices].join(''));
  } catch (error) {
    await namespace.close();
    throw error;
  }
  return namespace;
}
