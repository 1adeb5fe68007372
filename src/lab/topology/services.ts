/** What is behind the ports of a topology's hosts. */
import type { Host } from '../host.js';
import type { TcpConnection } from '../tcp/connection.js';
import type { TcpHandler } from '../tcp/handler.js';
import type { Place } from './place.js';
import { record, type Shape, word } from './shape.js';

/** What a service does: sends back what comes, takes it and says nothing, answers requests. */
const SERVICES = ['echo', 'sink', 'http'] as const;
type Service = (typeof SERVICES)[number];

/** What a host serves: `udp/7: echo`. */
export type ServicesSaid = ReadonlyMap<string, Service | undefined>;

const KEY = /^(udp|tcp)\/(\d{1,5})$/;

/** Services by protocol and port. */
export const SERVICE_SHAPE: Shape<ServicesSaid> = record(
  'PROTOCOL/PORT',
  word(...SERVICES),
  (text) => KEY.test(text) && portOf(text) >= 1 && portOf(text) <= 65535,
  'a protocol and a port such as udp/7 or tcp/80',
);

/** Opens the ports of a host. */
export function openServices(host: Host, services: ServicesSaid, place: Place): void {
  for (const [key, service] of services) {
    if (service === undefined) continue;
    const port = portOf(key);
    const at = place.at(key);
    if (key.startsWith('tcp')) at.try(() => openTcp(host, port, service));
    else if (service === 'http') at.wrong('HTTP is a service of TCP');
    else at.try(() => openUdp(host, port, service));
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

function openTcp(host: Host, port: number, service: Service): void {
  const accept = service === 'echo' ? echo : service === 'http' ? () => http(host) : sink;
  host.tcp.listen(port, { accept });
}

function echo(): TcpHandler {
  return {
    data: (bytes, connection) => {
      if (!connection.closed && !connection.write(bytes)) connection.pause();
    },
    drained: (connection) => connection.resume(),
    ended: (connection) => connection.end(),
  };
}

function sink(): TcpHandler {
  return { ended: (connection) => connection.end() };
}

/** A request is no longer than this, or it is given up. */
const MAX_REQUEST = 65_536;

/** Answers the first request with a line of text, then closes. */
function http(host: Host): TcpHandler {
  let request = '';
  let answered = false;
  return {
    data: (bytes, connection) => {
      if (answered || connection.closed) return;
      request += latin1(bytes);
      if (request.length > MAX_REQUEST) connection.abort();
      else if (request.includes('\r\n\r\n')) {
        answered = true;
        connection.write(new TextEncoder().encode(answerTo(request, host.title)));
        connection.end();
      }
    },
    ended: (connection: TcpConnection) => connection.end(),
  };
}

function answerTo(request: string, name: string): string {
  const [, method = '', path = ''] = /^(\S+) (\S+) HTTP\/1\.\d\r\n/.exec(request) ?? [];
  const status =
    method === '' ? '400 Bad Request' : method !== 'GET' ? '405 Method Not Allowed' : '200 OK';
  const body = status === '200 OK' ? `${name}: ${path}\n` : `${status}\n`;
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${new TextEncoder().encode(body).length}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** Bytes as characters, one each. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}
