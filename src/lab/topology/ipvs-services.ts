/** Virtual services of a topology's hosts: IPVS. */
import { parseIpv4 } from '../../bytes/address.js';
import type { Host } from '../host.js';
import { Ipvs } from '../ipvs/ipvs.js';
import { SCHEDULERS, type SchedulerName } from '../ipvs/schedulers.js';
import type { Place } from './place.js';
import {
  object,
  optional,
  record,
  required,
  type Shape,
  type TypeOf,
  whole,
  word,
} from './shape.js';

const END = 'an address and a port such as 10.244.1.5:8080';

const SERVER = object('a server', {
  weight: optional(whole(0, 65_535), 'absent: 1; 0: it gets no new connections'),
  forward: optional(
    word('masq', 'dr'),
    'whether addresses are translated, or packets go on as they are (absent: masq)',
  ),
});

const SERVICE = object('a virtual service', {
  scheduler: optional(word(...(Object.keys(SCHEDULERS) as SchedulerName[])), 'absent: rr'),
  servers: required(record('ADDRESS:PORT', SERVER, isEnd, END), 'who is behind it'),
});

const KEY = /^(tcp|udp)\/(.+)$/;

/** Virtual services by protocol, address and port: `tcp/10.96.0.100:80`. */
export const IPVS_SHAPE: Shape<ReadonlyMap<string, TypeOf<typeof SERVICE> | undefined>> = record(
  'PROTOCOL/ADDRESS:PORT',
  SERVICE,
  (text) => isEnd(KEY.exec(text)?.[2] ?? ''),
  'a protocol, an address and a port such as tcp/10.96.0.100:80',
);

/** Opens them. */
export function openIpvs(host: Host, services: TypeOf<typeof IPVS_SHAPE>, place: Place): void {
  const ipvs = new Ipvs(host);
  for (const [key, said] of services) {
    const [, protocol, address = ''] = KEY.exec(key) ?? [];
    if (said === undefined) continue;
    const { scheduler = 'rr', servers } = said;
    const service = place
      .at(key)
      .try(() =>
        ipvs.addService({ protocol: protocol === 'udp' ? 'udp' : 'tcp', address, scheduler }),
      );
    for (const [server, options = {}] of servers) {
      place.at(key, 'servers', server).try(() => service?.addServer(server, options));
    }
  }
}

function isEnd(text: string): boolean {
  const [, address = '', port = ''] = /^([\d.]+):(\d{1,5})$/.exec(text) ?? [];
  return parseIpv4(address) >= 0 && Number(port) >= 1 && Number(port) <= 65_535;
}
