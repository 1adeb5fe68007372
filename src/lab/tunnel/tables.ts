/** A tunnel's tables, as iproute2 prints them. */
import { formatIpv4, formatMac } from '../../bytes/address.js';
import { BridgePort } from '../bridge/port.js';
import { bridgeSlave, printFdbOf } from '../bridge/tables.js';
import { SECOND } from '../clock.js';
import type { Table } from '../device.js';
import { linkFlags, linkName, linkState } from '../net-device.js';
import type { TunnelEndPoint } from './end-point.js';
import type { Tunnel } from './tunnel.js';

/** `ip -d link show`, `bridge fdb show`, and where it answers ARP `ip neigh show`; its policy. */
export function tunnelTables(tunnel: Tunnel): Table[] {
  const { port, table, neighbours, endPoint, policy } = tunnel;
  const { name } = port;
  const known = port.handler instanceof BridgePort ? printFdbOf(port.handler) : [];
  const tables: Table[] = [
    { title: `ip -d link show dev ${name}`, lines: printLink(tunnel) },
    {
      title: `bridge fdb show dev ${name}`,
      lines: [...known, ...table.print(endPoint.underlay.port.name)],
    },
  ];
  if (neighbours.size > 0) {
    const lines = [...neighbours].map(
      ([address, mac]) => `${formatIpv4(address)} lladdr ${formatMac(mac)} PERMANENT`,
    );
    tables.push({ title: `ip neigh show dev ${name}`, lines });
  }
  if (policy !== undefined) tables.push({ title: `policy of ${name}`, lines: policy.print() });
  return tables;
}

/** Linux's sizes of batches of packets, which the lab does not have. `tso`: the underlay's. */
const QUEUES = (tso: number): string =>
  `addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535 tso_max_size ${tso} tso_max_segs 65535 gro_max_size 65536`;
const VETH_TSO = 524_280;
const NO_TSO = 65_536;

function printLink(tunnel: Tunnel): string[] {
  const { port, dev } = tunnel;
  const { index, mtu, macText } = port;
  const member = port.handler instanceof BridgePort ? port.handler : undefined;
  const master = member === undefined ? '' : ` master ${member.bridge.name}`;
  // A bridge listens to all that comes to its ports.
  const all = member === undefined ? 0 : 1;
  const kind = tunnel.endPoint.kind === 'vxlan' ? vxlanWords(tunnel) : geneveWords(tunnel);
  const queues = QUEUES(dev ? VETH_TSO : NO_TSO);
  return [
    `${index}: ${linkName(port)}: <${linkFlags(port)}> mtu ${mtu} qdisc noqueue${master} state ${linkState(port)} mode DEFAULT group default qlen 1000`,
    `    link/ether ${macText} brd ff:ff:ff:ff:ff:ff promiscuity ${all}  allmulti ${all} minmtu 68 maxmtu 65535`,
    ...(member === undefined
      ? [`    ${kind} ${queues}`]
      : [`    ${kind}`, `    ${bridgeSlave(member)} ${queues}`]),
  ];
}

function vxlanWords({ vni, group, dev, learning, neighbours, table, endPoint }: Tunnel): string {
  const { local, underlay, port, checksum } = endPoint;
  return [
    `vxlan id ${vni}`,
    ...(group === 0 ? [] : [`group ${formatIpv4(group)}`]),
    `local ${formatIpv4(local)}`,
    ...(dev ? [`dev ${underlay.port.name}`] : []),
    `srcport 0 0 dstport ${port}`,
    ...(learning ? [] : ['nolearning']),
    ...(neighbours.size > 0 ? ['proxy'] : []),
    ...outerWords(endPoint),
    `ageing ${table.ageing === 0 ? 'none' : table.ageing / SECOND}`,
    `${checksum === 'computed' ? 'udpcsum' : 'noudpcsum'} noudp6zerocsumtx noudp6zerocsumrx`,
  ].join(' ');
}

/** Linux's device leads to one other end; the lab's may have several, of which none is named here. */
function geneveWords({ vni, table, endPoint }: Tunnel): string {
  const [remote, ...others] = table.flood;
  return [
    `geneve id ${vni}`,
    ...(remote === undefined || others.length > 0 ? [] : [`remote ${remote.text}`]),
    ...outerWords(endPoint),
    `dstport ${endPoint.port} ${endPoint.checksum === 'computed' ? 'udpcsum' : 'noudpcsum'} udp6zerocsumrx`,
  ].join(' ');
}

function outerWords({ ttl, df }: TunnelEndPoint): string[] {
  return [`ttl ${ttl ?? 'auto'}`, ...(df === 'unset' ? [] : [`df ${df}`])];
}
