/** What is behind the ports of a topology's hosts. */
import type { Host } from '../host.js';
import type { Place } from './place.js';
import { record, type Shape, word } from './shape.js';

/** What a service does. */
const SERVICES = ['echo', 'sink'] as const;
type Service = (typeof SERVICES)[number];

/** What a host serves: `udp/7: echo`. */
export type ServicesSaid = ReadonlyMap<string, Service | undefined>;

const KEY = /^(udp)\/(\d{1,5})$/;

/** Services by protocol and port. */
export const SERVICE_SHAPE: Shape<ServicesSaid> = record(
  'PROTOCOL/PORT',
  word(...SERVICES),
  (text) => KEY.test(text) && portOf(text) >= 1 && portOf(text) <= 65535,
  'a protocol and a port such as udp/7',
);

/** Opens the ports of a host. */
export function openServices(host: Host, services: ServicesSaid, place: Place): void {
  for (const [key, service] of services) {
    if (service !== undefined) place.at(key).try(() => openUdp(host, portOf(key), service));
  }
}

function portOf(key: string): number {
  return Number(KEY.exec(key)?.[2]);
}

function openUdp({ udp }: Host, port: number, service: Service): void {
  const socket = udp.bind(port, {
    datagram: (frame, data, from, fromPort) => {
      if (service === 'echo') socket.send(from, fromPort, frame.bytes.slice(data, frame.end));
      frame.release();
    },
  });
}
