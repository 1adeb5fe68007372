/**
 * Open vSwitch as the guide's VTEP 2, with Geneve: the bridge `phy` has the network card `v0` and
 * the addresses, whatever crosses `v1` crosses the wire; the bridge `int` has the port of VM2, `p0`,
 * whose other end is `p1`, and the tunnels to VTEP 1, which is ours.
 */
import { toHex } from '../../../src/bytes/hex.js';
import type { OuterOptions } from '../../../src/encap/outer.js';
import { OUTER4, OUTER6 } from '../../encap/wraps.js';
import { type Namespace, until } from './namespace.js';
import { OpenVswitch } from './open-vswitch.js';
import { wire } from './wire.js';

/** A tunnel between the two. */
export interface OvsTunnel {
  readonly name: string;
  /** What it looks like from us to Open vSwitch. */
  readonly outer: OuterOptions;
  /** Its port of the bridge `int`. */
  readonly port: string;
  readonly how: string;
}

export const OVER_IPV4: OvsTunnel = {
  name: 'IPv4',
  outer: OUTER4,
  port: 'geneve4',
  how: `options:remote_ip=${OUTER4.src}`,
};
/** To a third VTEP, which we are as well. */
export const SUMMED: OvsTunnel = {
  name: 'IPv4 with a UDP checksum',
  outer: { ...OUTER4, src: '10.0.0.3', checksum: 'computed' },
  port: 'geneve4sum',
  how: 'options:remote_ip=10.0.0.3 options:csum=true',
};
export const OVER_IPV6: OvsTunnel = {
  name: 'IPv6',
  outer: OUTER6,
  port: 'geneve6',
  how: `options:remote_ip=${OUTER6.src}`,
};

const TUNNELS = [OVER_IPV4, SUMMED, OVER_IPV6];

/** The options that flows can match and set, in their order. */
export const MAPPED = [
  { class: 0x0102, type: 1, length: 16 },
  { class: 0x0103, type: 2, length: 20 },
  { class: 0x0104, type: 3, length: 24 },
  // One that is critical.
  { class: 0x0102, type: 0x82, length: 4 },
] as const;

const ADDRESSES = `
ip address add ${OUTER4.dst}/24 dev phy
echo 0 >/proc/sys/net/ipv6/conf/phy/disable_ipv6
ip address add ${OUTER6.dst}/64 dev phy nodad
ip link set phy up
`;

/** Makes it, with no flow: the bridge `int` drops all. */
export async function ovsVtep(namespace: Namespace): Promise<OpenVswitch> {
  const jumbo = { mtu: 9000 };
  await namespace.script(wire('v0', 'v1', jumbo) + wire('p0', 'p1', jumbo));
  const ovs = await OpenVswitch.start(namespace);
  const bridge = (name: string, port: string): string =>
    `-- add-br ${name} -- set bridge ${name} datapath_type=netdev fail_mode=secure -- add-port ${name} ${port}`;
  const tunnels = TUNNELS.map(
    ({ port, how }) =>
      `-- add-port int ${port} -- set interface ${port} type=geneve options:key=flow ${how}`,
  );
  const words = [bridge('phy', 'v0'), bridge('int', 'p0'), ...tunnels].join(' ').split(' ');
  await ovs.configure(
    ...words,
    '--',
    'set',
    'bridge',
    'phy',
    `other_config:hwaddr=${OUTER4.dstMac}`,
  );
  await ovs.setFlows('phy', 'actions=NORMAL');
  await namespace.script(ADDRESSES);
  // It learns routes from the kernel, and neighbours from what it sees; nobody answers here.
  await until(
    'routes',
    () => ovs.tell('ovs/route/show'),
    (routes) => [OUTER4.dst, OUTER6.dst].every((address) => routes.includes(address)),
  );
  for (const { outer } of TUNNELS) {
    await ovs.tell('tnl/neigh/set', 'phy', outer.src, OUTER4.srcMac);
  }
  const map = MAPPED.map(
    ({ class: id, type, length }, i) =>
      `{class=${id},type=${type},len=${length}}->tun_metadata${i}`,
  );
  await ovs.flows('add-tlv-map', 'int', map.join(','));
  return ovs;
}

/** The data of a mapped option as a flow writes it. */
export function metadata(i: number, text: string): string {
  const bytes = new Uint8Array(MAPPED[i]?.length ?? 0);
  bytes.set(new TextEncoder().encode(text));
  return `0x${toHex(bytes)}`;
}
