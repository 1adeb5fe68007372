/** A tunnel's tables, as iproute2 prints them. */
import { formatIpv4, formatMac } from '../../bytes/address.js';
import { SECOND } from '../clock.js';
import type { Table } from '../device.js';
import type { Tunnel } from './tunnel.js';

/** `ip -d link show`, `bridge fdb show`, and where it answers ARP `ip neigh show`; its policy. */
export function tunnelTables(tunnel: Tunnel): Table[] {
  const { port, table, neighbours, endPoint, policy } = tunnel;
  const { name } = port;
  const tables: Table[] = [
    { title: `ip -d link show dev ${name}`, lines: printLink(tunnel) },
    { title: `bridge fdb show dev ${name}`, lines: table.print(endPoint.underlay.port.name) },
  ];
  if (neighbours.size > 0) {
    const lines = [...neighbours].map(
      ([address, mac]) => `${formatIpv4(address)} dev ${name} lladdr ${formatMac(mac)} PERMANENT`,
    );
    tables.push({ title: `ip neigh show dev ${name}`, lines });
  }
  if (policy !== undefined) tables.push({ title: `policy of ${name}`, lines: policy.print() });
  return tables;
}

function printLink({ port, vni, group, dev, learning, table, endPoint }: Tunnel): string[] {
  const { kind, local, underlay, df } = endPoint;
  const device = dev ? ` dev ${underlay.port.name}` : '';
  const flags = port.up ? 'BROADCAST,MULTICAST,UP,LOWER_UP' : 'BROADCAST,MULTICAST';
  const words = [
    `${kind} id ${vni}`,
    ...(group === 0 ? [] : [`group ${formatIpv4(group)}`]),
    `local ${formatIpv4(local)}${device} dstport ${endPoint.port}`,
    ...(learning ? [] : ['nolearning']),
    `df ${df} ageing ${table.ageing / SECOND}`,
  ];
  return [`${port.name}: <${flags}> mtu ${port.mtu}`, `    ${words.join(' ')}`];
}
