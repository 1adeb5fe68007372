/** The connections of IPVS, found from either side. */

import type { IpvsConnection } from './connection.js';
import { type EndKey, type Ends, endKey } from './ends.js';

/** The table: a connection is found by what its client sends, and by what its server answers. */
export class Connections {
  /** By the service's end or the server's, then by the client's. */
  private readonly requests: Map<EndKey, Map<EndKey, IpvsConnection>>;
  private readonly replies: Map<EndKey, Map<EndKey, IpvsConnection>>;

  constructor() {
    this.requests = new Map();
    this.replies = new Map();
  }

  /** The connection of a packet from a client to a service. */
  ofRequest({ src, srcPort, dst, dstPort, udp }: Ends): IpvsConnection | undefined {
    return this.requests.get(endKey(dst, dstPort, udp))?.get(endKey(src, srcPort));
  }

  /** The connection of a packet from a server to a client. */
  ofReply({ src, srcPort, dst, dstPort, udp }: Ends): IpvsConnection | undefined {
    return this.replies.get(endKey(src, srcPort, udp))?.get(endKey(dst, dstPort));
  }

  add(connection: IpvsConnection): void {
    const { service, server, client, clientPort } = connection;
    const udp = service.protocol === 'udp';
    const key = endKey(client, clientPort);
    mapIn(this.requests, endKey(service.address, service.port, udp)).set(key, connection);
    mapIn(this.replies, endKey(server.address, server.port, udp)).set(key, connection);
  }

  /** A connection has ended. */
  remove(connection: IpvsConnection): void {
    connection.end();
    const { service, server, client, clientPort } = connection;
    const udp = service.protocol === 'udp';
    const key = endKey(client, clientPort);
    this.requests.get(endKey(service.address, service.port, udp))?.delete(key);
    const replies = this.replies.get(endKey(server.address, server.port, udp));
    if (replies?.get(key) === connection) replies.delete(key);
  }

  get all(): IpvsConnection[] {
    return [...this.requests.values()].flatMap((some) => [...some.values()]);
  }
}

function mapIn<V>(maps: Map<EndKey, Map<EndKey, V>>, key: EndKey): Map<EndKey, V> {
  const known = maps.get(key) ?? new Map<EndKey, V>();
  maps.set(key, known);
  return known;
}
