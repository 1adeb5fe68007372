/** A virtual service of IPVS, and the real servers behind it. */
import { formatIpv4 } from '../../bytes/address.js';
import { PacketError } from '../../bytes/error.js';
import { addressOf } from '../ip/stack.js';
import { checkNumber, numbers } from '../range.js';
import { isScheduler, SCHEDULERS, type Scheduler, type SchedulerName } from './schedulers.js';

const WEIGHT = numbers(0, 65_535);

/** How packets get to a real server: with its address in them, or as they are to its MAC address. */
export type Forward = 'masq' | 'dr';

/** A real server, as it is asked for. */
export interface ServerOptions {
  /** 0–65535 (absent: 1); 0: it gets no new connections. */
  readonly weight?: number;
  /** Absent: `masq`. `dr`: the server has the virtual address itself, and answers the client. */
  readonly forward?: Forward;
}

/** A virtual service, as it is asked for. */
export interface ServiceOptions {
  /** Absent: `tcp`. */
  readonly protocol?: 'tcp' | 'udp';
  /** `10.96.0.100:80`. */
  readonly address: string;
  /** Absent: `rr`. */
  readonly scheduler?: SchedulerName;
}

/** A real server. */
export class RealServer {
  /** An unsigned word. */
  readonly address: number;
  readonly port: number;
  readonly forward: Forward;
  weight: number;
  /** Connections that are established (TCP), and all others. */
  active: number;
  inactive: number;
  /** Connections that it was ever given. */
  connections: number;
  /** Whether it was taken out: what still comes for it is dropped. */
  removed: boolean;

  /** `VirtualService.addServer` makes them. */
  constructor(address: number, port: number, { weight = 1, forward = 'masq' }: ServerOptions) {
    this.address = address;
    this.port = port;
    this.forward = forward;
    this.weight = weight;
    this.active = 0;
    this.inactive = 0;
    this.connections = 0;
    this.removed = false;
  }

  /** `10.244.1.5:8080`. */
  get name(): string {
    return endName(this.address, this.port);
  }
}

/** A virtual service: an address and port that real servers stand behind. */
export class VirtualService {
  readonly protocol: 'tcp' | 'udp';
  readonly address: number;
  readonly port: number;
  readonly schedulerName: SchedulerName;
  readonly servers: RealServer[];
  private readonly scheduler: Scheduler;

  /** `Ipvs.addService` makes them. */
  constructor({ protocol = 'tcp', address, scheduler = 'rr' }: ServiceOptions) {
    if (!isScheduler(scheduler)) {
      const known = Object.keys(SCHEDULERS).join(', ');
      throw new PacketError(
        'BAD_OPTION',
        `${address}: no scheduler is called ${scheduler}: ${known}`,
      );
    }
    const end = endOf(address);
    this.protocol = protocol;
    this.address = end.address;
    this.port = end.port;
    this.schedulerName = scheduler;
    this.servers = [];
    this.scheduler = SCHEDULERS[scheduler]();
  }

  /** Adds a real server, `10.244.1.5:8080`. Throws `BAD_VALUE`, `BAD_OPTION` or `OUT_OF_RANGE`. */
  addServer(address: string, options: ServerOptions = {}): RealServer {
    const end = endOf(address);
    const { weight = 1, forward = 'masq' } = options;
    checkNumber(address, 'a weight', weight, WEIGHT);
    if (forward === 'dr' && end.port !== this.port) {
      throw new PacketError(
        'BAD_OPTION',
        `${address}: direct routing changes no port, so it must be ${this.port}`,
      );
    }
    if (this.servers.some((one) => one.address === end.address && one.port === end.port)) {
      throw new PacketError('BAD_VALUE', `${address} is a server of ${this.name} already`);
    }
    const server = new RealServer(end.address, end.port, options);
    this.servers.push(server);
    this.scheduler.changed(this.servers);
    return server;
  }

  /** Gives a server another weight: 0, and it gets no new connections. Throws `OUT_OF_RANGE`. */
  setWeight(server: RealServer, weight: number): void {
    checkNumber(server.name, 'a weight', weight, WEIGHT);
    server.weight = weight;
    this.scheduler.changed(this.servers);
  }

  /** Takes a server out. What still comes for its connections is dropped. */
  removeServer(server: RealServer): void {
    const at = this.servers.indexOf(server);
    if (at < 0) throw new PacketError('BAD_VALUE', `${server.name} is no server of ${this.name}`);
    this.servers.splice(at, 1);
    server.removed = true;
    this.scheduler.changed(this.servers);
  }

  /** The server for a new connection between two addresses; undefined: none takes any. */
  schedule(src: number, dst: number): RealServer | undefined {
    return this.scheduler.pick(this.servers, src, dst);
  }

  /** `TCP  10.96.0.100:80`. */
  get name(): string {
    return `${this.protocol.toUpperCase()}  ${endName(this.address, this.port)}`;
  }
}

/** An address and a port as text. */
export function endName(address: number, port: number): string {
  return `${formatIpv4(address)}:${port}`;
}

function endOf(text: string): { address: number; port: number } {
  const [address = '', portText = '', ...rest] = text.split(':');
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65535 || rest.length > 0) {
    throw new PacketError('BAD_VALUE', `${text} is no address and port such as 10.96.0.100:80`);
  }
  return { address: addressOf(address), port };
}
