/** A connection through a virtual service, and where it stands. */
import { TCP_FLAG } from '../../headers/numbers.js';
import { type Clock, SECOND, Timer } from '../clock.js';
import { endName, type RealServer, type VirtualService } from './service.js';

/** Where a connection stands, as `ipvsadm -Lnc` prints it. UDP knows one state. */
export type ConnectionState =
  | 'NONE'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT'
  | 'CLOSE_WAIT'
  | 'TIME_WAIT'
  | 'CLOSE'
  | 'UDP';

/** Seconds without a packet after which a connection is forgotten (Linux's `ip_vs_proto_*.c`). */
const TIMEOUTS: Readonly<Record<ConnectionState, number>> = {
  NONE: 2,
  SYN_RECV: 60,
  ESTABLISHED: 900,
  FIN_WAIT: 120,
  CLOSE_WAIT: 60,
  TIME_WAIT: 120,
  CLOSE: 10,
  UDP: 300,
};

/** A connection: a client, the virtual service, the real server that it was given. */
export class IpvsConnection {
  readonly service: VirtualService;
  readonly server: RealServer;
  /** The client: an unsigned word, and a port. */
  readonly client: number;
  readonly clientPort: number;
  state: ConnectionState;
  /** When it is forgotten, in nanoseconds of the lab's time. */
  expires: number;
  private readonly clock: Clock;
  private readonly timer: Timer;

  constructor(
    clock: Clock,
    service: VirtualService,
    server: RealServer,
    client: number,
    clientPort: number,
    forget: (one: IpvsConnection) => void,
  ) {
    this.clock = clock;
    this.service = service;
    this.server = server;
    this.client = client;
    this.clientPort = clientPort;
    this.state = service.protocol === 'udp' ? 'UDP' : 'NONE';
    this.expires = 0;
    this.timer = new Timer(() => {
      // It is only moved when it rings: packets are many, time-outs few.
      if (this.expires > clock.now) clock.at(this.timer, this.expires);
      else forget(this);
    }, true);
    server.connections++;
    server.inactive++;
    this.touch();
  }

  /** A TCP segment with those flags passes. */
  segment(flags: number, fromClient: boolean): void {
    const next = nextState(this.state, flags, fromClient);
    if (isActive(next) !== isActive(this.state)) {
      const change = isActive(next) ? 1 : -1;
      this.server.active += change;
      this.server.inactive -= change;
    }
    this.state = next;
  }

  /** A packet passes: from now on counts its state's time-out. */
  touch(): void {
    const { clock, timer } = this;
    const before = this.expires;
    this.expires = clock.now + TIMEOUTS[this.state] * SECOND;
    if (!timer.pending || this.expires < before) clock.at(timer, this.expires);
  }

  /** It is no more: its server has one fewer. */
  end(): void {
    this.clock.cancel(this.timer);
    if (isActive(this.state)) this.server.active--;
    else this.server.inactive--;
  }

  /** As `ipvsadm -Lnc` prints it. */
  print(): string {
    const { service, server } = this;
    const left = Math.max(0, Math.floor((this.expires - this.clock.now) / SECOND));
    const two = (value: number): string => String(value).padStart(2, '0');
    const expire = `${two(Math.floor(left / 60))}:${two(left % 60)}`;
    return [
      service.protocol.toUpperCase(),
      expire.padEnd(6),
      this.state.padEnd(11),
      endName(this.client, this.clientPort).padEnd(18),
      endName(service.address, service.port).padEnd(18),
      server.name,
    ].join(' ');
  }
}

/** Linux counts connections that are being set up as active, but not those that are being closed. */
function isActive(state: ConnectionState): boolean {
  return state === 'ESTABLISHED' || state === 'SYN_RECV';
}

/**
 * What a segment makes of a state. One in the middle sees, not judges: sequence numbers are not
 * looked at. With direct routing the answers pass elsewhere, and the client's segments tell all.
 */
function nextState(state: ConnectionState, flags: number, fromClient: boolean): ConnectionState {
  if ((flags & TCP_FLAG.RST) !== 0) return 'CLOSE';
  if ((flags & TCP_FLAG.SYN) !== 0) {
    return fromClient && state !== 'ESTABLISHED' ? 'SYN_RECV' : state;
  }
  if ((flags & TCP_FLAG.FIN) !== 0) return closing(state, fromClient);
  if ((flags & TCP_FLAG.ACK) === 0) return state;
  return state === 'NONE' || state === 'SYN_RECV' ? 'ESTABLISHED' : state;
}

/** The first FIN waits for the other's; who sent it shows in the name. */
function closing(state: ConnectionState, fromClient: boolean): ConnectionState {
  switch (state) {
    case 'NONE':
    case 'SYN_RECV':
    case 'ESTABLISHED':
      return fromClient ? 'CLOSE_WAIT' : 'FIN_WAIT';
    case 'CLOSE_WAIT':
      return fromClient ? state : 'TIME_WAIT';
    case 'FIN_WAIT':
      return fromClient ? 'TIME_WAIT' : state;
    default:
      return state;
  }
}
