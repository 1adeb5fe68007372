/** A client and a server on a cable, as the guide's walk-throughs of TCP have them. */
import { MILLISECOND } from '../lab/clock.js';
import { Host } from '../lab/host.js';
import type { Lab } from '../lab/lab.js';
import type { Link } from '../lab/link.js';
import type { TcpOptions } from '../lab/tcp/settings.js';
import { acquaint } from './acquaint.js';
import { gigabit } from './cables.js';

export const CLIENT = '192.168.1.10';
export const SERVER = '192.168.1.20';

/** The two, who know each other's MAC address already, and the cable. */
export function clientAndServer(
  lab: Lab,
  options: { latency?: number; client?: TcpOptions; server?: TcpOptions } = {},
): { client: Host; server: Host; link: Link } {
  const client = new Host(lab, 'C', {
    title: 'Client',
    interfaces: { eth0: { mac: '52:54:00:00:00:0a', address: `${CLIENT}/24` } },
    tcp: options.client ?? {},
  });
  const server = new Host(lab, 'S', {
    title: 'Server',
    interfaces: { eth0: { mac: '52:54:00:00:00:14', address: `${SERVER}/24` } },
    tcp: options.server ?? {},
  });
  const link = lab.connect(
    client.port('eth0'),
    server.port('eth0'),
    gigabit(options.latency ?? MILLISECOND),
  );
  acquaint(link.a, link.b);
  acquaint(link.b, link.a);
  return { client, server, link };
}
