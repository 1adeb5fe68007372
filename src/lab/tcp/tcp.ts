/** TCP (RFC 9293) of a host: ports, the connections behind them, and resets for what nobody wants. */
import { formatIpv4 } from '../../bytes/address.js';
import { foldSum, sumBytes } from '../../bytes/checksum.js';
import { PacketError } from '../../bytes/error.js';
import { FIRST_DYNAMIC_PORT, ICMP_TYPE, IP_PROTOCOL, TCP_FLAG } from '../../headers/numbers.js';
import type { Extent } from '../../headers/protocol.js';
import { checkTcp, DST_PORT, SEQ, SRC_PORT } from '../../headers/tcp-wire.js';
import type { Frame } from '../frame.js';
import { dstOf, pseudoSum, srcOf } from '../ip/packet.js';
import { addressOf, type IpStack } from '../ip/stack.js';
import type { IcmpError, Transport } from '../ip/transport.js';
import type { Port } from '../port.js';
import type { Random } from '../random.js';
import { checkNumber, PORT } from '../range.js';
import { printSockets } from '../socket-table.js';
import { segmentArrives } from './arrival.js';
import { TcpConnection } from './connection.js';
import { addCounters, type TcpCounters, tcpCounters } from './counters.js';
import type { TcpFailure, TcpHandler } from './handler.js';
import { HostIo, sendSegment } from './host-io.js';
import type { TcpFlow } from './io.js';
import { SegmentIn } from './segment-in.js';
import { SegmentOut } from './segment-out.js';
import { positionOf } from './sequence.js';
import { type TcpOptions, type TcpSettings, tcpSettings } from './settings.js';
import { listenerRow, socketRow } from './socket-row.js';
import { beginsAnew, successorOf } from './successor.js';

const { ACK, FIN, RST, SYN } = TCP_FLAG;
/** Linux's net.core.somaxconn was 128 for long, and programs ask for it still. */
const BACKLOG = 128;
const LAST_PORT = 65_535;

/** What takes the connections that come to a port. */
export interface TcpListener {
  /** A connection is established; what it answers hears of it from now on. */
  accept(connection: TcpConnection): TcpHandler;
}

/** How a connection is opened. */
export interface TcpConnectOptions extends TcpOptions {
  /** 1–65535; absent: a free one from 49152. */
  readonly localPort?: number;
  /** One of the host's; absent: the route's. */
  readonly localAddress?: string;
}

interface Listening {
  readonly listener: TcpListener;
  readonly settings: TcpSettings;
}

/** The TCP of an IP stack. */
export class Tcp implements Transport {
  readonly random: Random;
  /** What connections of this host are set to, where they do not say otherwise. */
  settings: TcpSettings;
  /** The frame that is being dealt with: notes are about it. */
  current: Frame | undefined;
  /** For messages: `A: TCP`. */
  private readonly name: string;
  private readonly stack: IpStack;
  private readonly listeners: Map<number, Listening>;
  /** By local end, then by remote end: an address and a port in one number. */
  private readonly connections: Map<number, Map<number, TcpConnection>>;
  /** What connections that are gone have counted, and what belongs to none. */
  private readonly counted: TcpCounters;
  private readonly segment: SegmentIn;
  private readonly answer: SegmentOut;
  private readonly extent: Extent;
  private nextPort: number;

  constructor(stack: IpStack, options: TcpOptions = {}) {
    this.random = stack.lab.random.stream(`tcp ${stack.device.name}`);
    this.name = `${stack.device.name}: TCP`;
    this.settings = tcpSettings(options, undefined, this.name);
    this.current = undefined;
    this.stack = stack;
    this.listeners = new Map();
    this.connections = new Map();
    this.counted = tcpCounters();
    this.segment = new SegmentIn();
    this.answer = new SegmentOut();
    this.extent = { wireEnd: 0, bodyEnd: 0, next: -1, alternative: -1, problems: 0 };
    this.nextPort = FIRST_DYNAMIC_PORT;
    stack.setTransport(IP_PROTOCOL.TCP, this);
  }

  /**
   * Takes connections to a port.
   *
   * @throws PacketError `OUT_OF_RANGE` for a port that is none, `BAD_VALUE` where it is taken,
   * `OUT_OF_RANGE` or `BAD_OPTION` for settings that make no sense.
   */
  listen(port: number, listener: TcpListener, options: TcpOptions = {}): void {
    this.checkPort(port);
    if (this.listeners.has(port)) throw this.taken(port);
    this.listeners.set(port, {
      listener,
      settings: tcpSettings(options, this.settings, this.name),
    });
  }

  /**
   * Takes no more connections to a port; those that are established stay. Of those that are not the
   * peer hears by a reset when it goes on (Linux's inet_csk_listen_stop).
   */
  unlisten(port: number): void {
    if (!this.listeners.delete(port)) return;
    for (const one of this.all()) {
      const { flow, state, counters } = one;
      const came = flow.localPort === port && counters.TcpPassiveOpens > 0;
      if (came && state === 'SYN-RECEIVED') one.close();
    }
  }

  /**
   * Opens a connection: `handler.connected` says when it is established.
   *
   * @throws PacketError `BAD_VALUE` for an address that is none, a local address that is not this
   * host's and a local port that is in use, `OUT_OF_RANGE` for a port that is none; that or `BAD_OPTION` for settings that make no sense.
   */
  connect(
    address: string,
    port: number,
    handler: TcpHandler = {},
    { localPort, localAddress, ...options }: TcpConnectOptions = {},
  ): TcpConnection {
    this.checkPort(port);
    const { stack } = this;
    const remoteAddress = addressOf(address);
    const source =
      localAddress === undefined ? stack.sourceFor(remoteAddress) : this.ownAddress(localAddress);
    const remote = { localAddress: source, remoteAddress, remotePort: port };
    if (localPort !== undefined) this.checkPort(localPort);
    const flow = { ...remote, localPort: localPort ?? this.freePort(remote) };
    if (this.find(flow) !== undefined) throw this.taken(flow.localPort);
    const made = this.make(flow, tcpSettings(options, this.settings, this.name), handler);
    made.open();
    return made;
  }

  /** As Linux's bind, which answers EADDRNOTAVAIL. */
  private ownAddress(text: string): number {
    const address = addressOf(text);
    if (this.stack.isLocal(address)) return address;
    throw new PacketError('BAD_VALUE', `${this.name}: ${text} is not an address of this host`);
  }

  private checkPort(port: number): void {
    checkNumber(this.name, 'a port', port, PORT);
  }

  private make(flow: TcpFlow, settings: TcpSettings, handler: TcpHandler): TcpConnection {
    const { stack } = this;
    const io = new HostIo(this, stack, flow);
    const mtu = stack.mtuTo(flow.remoteAddress);
    const made = new TcpConnection(flow, settings, io, mtu, handler);
    io.connection = made;
    const local = endKey(flow.localAddress, flow.localPort);
    let peers = this.connections.get(local);
    if (peers === undefined) {
      peers = new Map();
      this.connections.set(local, peers);
    }
    peers.set(endKey(flow.remoteAddress, flow.remotePort), made);
    return made;
  }

  /** A connection is closed: called by its `HostIo`. */
  forget(connection: TcpConnection): void {
    const { localAddress, localPort, remoteAddress, remotePort } = connection.flow;
    const local = endKey(localAddress, localPort);
    const peers = this.connections.get(local);
    const remote = endKey(remoteAddress, remotePort);
    if (peers?.get(remote) !== connection) return;
    peers.delete(remote);
    if (peers.size === 0) this.connections.delete(local);
    addCounters(this.counted, connection.counters);
  }

  /** The connection of these two ends; undefined: there is none. */
  find(flow: TcpFlow): TcpConnection | undefined {
    return this.connections
      .get(endKey(flow.localAddress, flow.localPort))
      ?.get(endKey(flow.remoteAddress, flow.remotePort));
  }

  /** Every connection that is not closed. */
  all(): TcpConnection[] {
    return [...this.connections.values()].flatMap((peers) => [...peers.values()]);
  }

  /** What this host has counted, by the names of `nstat`. */
  get counters(): TcpCounters {
    const sum = tcpCounters();
    addCounters(sum, this.counted);
    for (const connection of this.all()) addCounters(sum, connection.counters);
    return sum;
  }

  receive(frame: Frame, at: number, input: Port): void {
    const { view, end } = frame;
    const { extent } = this;
    extent.problems = 0;
    extent.wireEnd = end;
    const headerEnd = checkTcp(view, at, end, extent);
    if (headerEnd === 0 || foldSum(sumBytes(view, at, end, pseudoSum(frame, at))) !== 0xffff) {
      this.counted.TcpInErrs += 1;
      this.counted.TcpInSegs += 1;
      input.drop(frame);
      return;
    }
    this.current = frame;
    this.dispatch(frame, this.segment.read(view, frame.bytes, at, end));
    this.current = undefined;
    frame.release();
  }

  private dispatch(frame: Frame, segment: SegmentIn): void {
    const localAddress = dstOf(frame);
    const remoteAddress = srcOf(frame);
    // Connections are between two: what is for a group or for all is none (RFC 9293 §3.9.2.3).
    if (!this.stack.isLocal(localAddress)) return;
    const local = endKey(localAddress, segment.dstPort);
    const found = this.connections.get(local)?.get(endKey(remoteAddress, segment.srcPort));
    const listening = this.listeners.get(segment.dstPort);
    if (found !== undefined && (listening === undefined || !beginsAnew(found, segment))) {
      segmentArrives(found, segment);
      return;
    }
    found?.close();
    this.counted.TcpInSegs += 1;
    if (listening === undefined || segment.has(ACK | RST)) {
      this.refuse(segment, localAddress, remoteAddress);
      return;
    }
    // Neither a reset nor an answer for what begins nothing (RFC 9293 §3.10.7.2).
    if (!segment.has(SYN)) return;
    const { dstPort: localPort, srcPort: remotePort } = segment;
    const flow = { localAddress, localPort, remoteAddress, remotePort };
    const { settings, listener } = listening;
    this.accept(
      listener,
      found === undefined ? settings : successorOf(found, settings),
      flow,
      segment,
    );
  }

  private accept(
    listener: TcpListener,
    settings: TcpSettings,
    flow: TcpFlow,
    segment: SegmentIn,
  ): void {
    const peers = this.connections.get(endKey(flow.localAddress, flow.localPort));
    if (peers !== undefined && peers.size >= BACKLOG && this.opening(peers) >= BACKLOG) {
      this.counted.TcpExtListenDrops += 1;
      return;
    }
    const handler: TcpHandler = {
      connected: (connection) => {
        connection.handler = listener.accept(connection);
        connection.handler.connected?.(connection);
      },
    };
    this.make(flow, settings, handler).accept(segment);
  }

  /** Connections whose handshake is not done. */
  private opening(peers: ReadonlyMap<number, TcpConnection>): number {
    let count = 0;
    for (const { state } of peers.values()) if (state === 'SYN-RECEIVED') count++;
    return count;
  }

  /** A reset for a segment that belongs to nothing (RFC 9293 §3.10.7.1). */
  private refuse(segment: SegmentIn, src: number, dst: number): void {
    if (segment.has(RST)) return;
    const { answer, stack } = this;
    const acks = segment.has(ACK);
    const length = segment.length + (segment.has(SYN) ? 1 : 0) + (segment.has(FIN) ? 1 : 0);
    answer.srcPort = segment.dstPort;
    answer.dstPort = segment.srcPort;
    answer.kind = 'reset';
    answer.flags = acks ? RST : RST | ACK;
    answer.seq = acks ? segment.ack : 0;
    answer.ack = acks ? 0 : (segment.seq + length) >>> 0;
    if (stack.device.noting && segment.has(SYN)) {
      stack.device.note(`Nobody listens at port ${segment.dstPort}: refuse`, this.current);
    }
    this.counted.TcpOutSegs += 1;
    this.counted.TcpOutRsts += 1;
    sendSegment(stack, answer, dst, { src, dontFragment: true });
  }

  /** ICMP about a segment of ours; it counts if it quotes what is on its way (RFC 5927 §4.1). */
  failed(frame: Frame, quoted: number, transport: number, error: IcmpError): void {
    const { view } = frame;
    const localAddress = view.getUint32(quoted + 12);
    const remoteAddress = view.getUint32(quoted + 16);
    const localPort = view.getUint16(transport + SRC_PORT);
    const remotePort = view.getUint16(transport + DST_PORT);
    const found = this.find({ localAddress, localPort, remoteAddress, remotePort });
    if (found === undefined || error.type !== ICMP_TYPE.destinationUnreachable) return;
    const { sender } = found;
    const seq = view.getUint32(transport + SEQ);
    const position = positionOf(seq, sender.iss, sender.unacknowledged);
    if (position < sender.unacknowledged || position > sender.highest) return;
    if (error.code === 4) found.mtuReduced(this.stack.mtuTo(remoteAddress));
    else found.unreachable(FAILURES[error.code] ?? 'EHOSTUNREACH');
  }

  /** As `ss -tain` prints it, listening ports first. */
  print(): string[] {
    const listening = [...this.listeners.keys()].map((port) => listenerRow(port, BACKLOG));
    return printSockets([...listening, ...this.all().map(socketRow)]);
  }

  private taken(port: number): PacketError {
    return new PacketError('BAD_VALUE', `${this.stack.device.name}: TCP port ${port} is taken`);
  }

  /** A port from 49152 on from which nothing leads to the same remote end. */
  private freePort(to: Omit<TcpFlow, 'localPort'>): number {
    for (let tries = FIRST_DYNAMIC_PORT; tries <= LAST_PORT; tries++) {
      const localPort = this.nextPort;
      this.nextPort = localPort === LAST_PORT ? FIRST_DYNAMIC_PORT : localPort + 1;
      if (!this.listeners.has(localPort) && this.find({ ...to, localPort }) === undefined) {
        return localPort;
      }
    }
    const { remoteAddress, remotePort } = to;
    throw new PacketError(
      'BAD_VALUE',
      `${this.stack.device.name}: no port is free to ${formatIpv4(remoteAddress)}:${remotePort}`,
    );
  }
}

/** Linux's icmp_err_convert, by the code of "destination unreachable". */
const FAILURES: readonly TcpFailure[] = [
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ECONNREFUSED',
  'ECONNREFUSED',
];

/** An address and a port as one number, 48 bits. */
function endKey(address: number, port: number): number {
  return address * 65_536 + port;
}
