/** IPVS's tables, as `ipvsadm` prints them. */
import type { Table } from '../device.js';
import type { Ipvs } from './ipvs.js';
import type { RealServer, VirtualService } from './service.js';

const SERVICES = [
  'IP Virtual Server version 1.2.1 (size=4096)',
  'Prot LocalAddress:Port Scheduler Flags',
  '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
] as const;
const CONNECTIONS = [
  'IPVS connection entries',
  'pro expire state       source             virtual            destination',
] as const;
const FORWARDS = { masq: 'Masq', dr: 'Route' } as const;

/** `ipvsadm -Ln` and `ipvsadm -Lnc`. */
export function ipvsTables({ services, connections }: Ipvs): Table[] {
  return [
    { title: 'ipvsadm -Ln', lines: [...SERVICES, ...services.flatMap(printService)] },
    {
      title: 'ipvsadm -Lnc',
      lines: [...CONNECTIONS, ...connections.all.map((one) => one.print())],
    },
  ];
}

function printService(service: VirtualService): string[] {
  return [`${service.name} ${service.schedulerName}`, ...service.servers.map(printServer)];
}

function printServer({ name, forward, weight, active, inactive }: RealServer): string {
  const columns = [
    FORWARDS[forward].padEnd(7),
    String(weight).padEnd(6),
    String(active).padEnd(10),
  ];
  return `  -> ${name.padEnd(28)} ${columns.join(' ')} ${inactive}`;
}
