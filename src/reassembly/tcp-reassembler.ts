/** Follows TCP connections: segments in the order of the capture in, streams in order out. */
import { TCP_FLAG } from '../headers/numbers.js';
import { TcpView } from '../headers/tcp.js';
import type { Protocols } from '../packet/bindings.js';
import { flowKey } from '../packet/flow-key.js';
import { addressText, type FlowLevel, flowLevels } from '../packet/flow-level.js';
import type { Packet } from '../packet/packet.js';
import { fragmentOf } from './fragment.js';
import { choice, limit } from './limits.js';
import type { Winner } from './pieces.js';
import type { EndReason, TcpConnection, TcpEnd, TcpEvent } from './tcp-events.js';
import { type Segment, TcpStream, type Tell } from './tcp-stream.js';

/** How to follow connections. */
export interface TcpReassemblerOptions {
  /** Whose bytes win where segments that wait differ (absent: `first`). What was told stays. */
  readonly overlap?: Winner;
  /**
   * Whether connections with the same ends in other VNIs are others, as in `FlowTable`: for tenants
   * with the same addresses, where both directions have the same VNI, which they need not (absent:
   * false).
   */
  readonly byVni?: boolean;
  /** Bytes of memory for what waits in one direction (absent: 16,777,216); then a gap is given up. */
  readonly maxStreamBytes?: number;
  /** Bytes of memory in all (absent: 268,435,456); the connection that was quiet longest gives up. */
  readonly maxBytes?: number;
  /** Connections that are kept (absent: 65,536); the one that was quiet longest is ended. */
  readonly maxConnections?: number;
}

type Side = 'client' | 'server';

/** A frame and its time. */
interface At {
  readonly frame: number;
  readonly time: number;
}

interface Connection {
  readonly about: TcpConnection;
  readonly client: TcpStream;
  readonly server: TcpStream;
  /** Its last segment, and who sent it. */
  last: At;
  side: Side;
  ended: boolean;
  /** Bytes of memory that were counted for it. */
  cost: number;
}

const SIDES: readonly Side[] = ['client', 'server'];
const OTHER = { client: 'server', server: 'client' } as const;
const NOWHERE: At = { frame: 0, time: 0 };

/**
 * Follows TCP connections. The first bytes for a place win: what was told is never taken back.
 * Checksums are not asked for: captures of the sender have none yet, with offload.
 */
export class TcpReassembler {
  private readonly winner: Winner;
  private readonly byVni: boolean;
  private readonly maxStreamBytes: number;
  private readonly maxBytes: number;
  private readonly maxConnections: number;
  /** Those that were quiet longest first. */
  private readonly connections: Map<string, Connection>;
  /** Those of them that hold bytes. */
  private readonly holding: Set<Connection>;
  private held: number;
  private count: number;
  private frames: number;

  /** Throws `BAD_OPTION` for a limit that is none. */
  constructor(options: TcpReassemblerOptions = {}) {
    this.winner = choice('overlap', options.overlap, ['first', 'last']);
    this.byVni = options.byVni ?? false;
    this.maxStreamBytes = limit('maxStreamBytes', options.maxStreamBytes, 16_777_216, 0);
    this.maxBytes = limit('maxBytes', options.maxBytes, 268_435_456, 0);
    this.maxConnections = limit('maxConnections', options.maxConnections, 65_536);
    this.connections = new Map();
    this.holding = new Set();
    this.held = 0;
    this.count = 0;
    this.frames = 0;
  }

  /** Connections that are kept. */
  get size(): number {
    return this.connections.size;
  }

  /** Bytes of memory that they take, what keeping them costs included. */
  get bytes(): number {
    return this.held;
  }

  /**
   * Takes a packet and answers what happened by it. Segments in IP fragments are passed over: put
   * them together first (`IpReassembler`). `time`: seconds of capture time; `frame`: its number
   * (absent: counted from 1).
   */
  add(packet: Packet<Protocols>, time = 0, frame = this.frames + 1): TcpEvent[] {
    this.frames = frame;
    const events: TcpEvent[] = [];
    if (fragmentOf(packet) !== undefined) return events;
    for (const level of flowLevels(packet)) {
      const tcp = packet.layers.find((layer) => layer.offset === level.transport);
      if (!(tcp instanceof TcpView)) continue;
      const segment = segmentOf(tcp, { frame, time });
      this.takeSegment(this.connectionOf(level, tcp, segment, events), segment, tcp, events);
    }
    return events;
  }

  /** The capture is over: tells all that waits, and the end of every connection. */
  end(): TcpEvent[] {
    const events: TcpEvent[] = [];
    for (const connection of this.connections.values()) this.close(connection, 'capture', events);
    return events;
  }

  /** The connection of a segment, told of if it is new; then the last that will be thought quiet. */
  private connectionOf(
    level: FlowLevel,
    tcp: TcpView,
    segment: Segment,
    events: TcpEvent[],
  ): Connection {
    const { addresses, addressBytes } = level;
    const src = { address: addressText(level, addresses), port: tcp.srcPort };
    const dst = { address: addressText(level, addresses + addressBytes), port: tcp.dstPort };
    const key = connectionKey(level, this.byVni);
    const answers = (tcp.flags & TCP_FLAG.ACK) !== 0;
    let connection = this.connections.get(key);
    if (connection !== undefined) {
      connection.side = sideOf(connection, src);
      if (startsAnew(connection, segment, answers ? tcp.ack : -1)) {
        this.close(connection, 'reused', events);
        connection = undefined;
      }
    }
    if (connection === undefined) {
      // Who answers a SYN is the server.
      const [client, server] = segment.syn && answers ? [dst, src] : [src, dst];
      connection = this.open(key, client, server, events);
      connection.side = sideOf(connection, src);
      const how = segment.syn ? 'syn' : 'middle';
      const tell = tellTo(events, connection, connection.side);
      tell({ kind: 'start', how }, segment.frame, segment.time);
    }
    connection.last = segment;
    this.connections.delete(key);
    this.connections.set(key, connection);
    return connection;
  }

  private takeSegment(
    connection: Connection,
    segment: Segment,
    { flags, ack }: TcpView,
    events: TcpEvent[],
  ): void {
    const { side } = connection;
    const { syn, rst, seq, frame, time } = segment;
    const stream = connection[side];
    const other = connection[OTHER[side]];
    const tell = tellTo(events, connection, side);
    const open = !stream.hasData && !stream.accepted;
    if (!stream.begun || (syn && open)) stream.begin(seq);
    if ((flags & TCP_FLAG.ACK) !== 0 && other.begun && !rst) other.acknowledge(ack, time);
    stream.take(segment, tell);
    stream.settle(time, tell);
    other.settle(time, tellTo(events, connection, OTHER[side]));
    while (stream.waitingCost > this.maxStreamBytes) stream.giveUp('limit', tell);
    if (rst) {
      tell({ kind: 'reset' }, frame, time);
      this.finish(connection, 'reset', tell);
    } else if (stream.finished && other.finished) {
      this.finish(connection, 'fin', tell);
    }
    this.account(connection);
    this.makeRoom(events);
  }

  private open(key: string, client: TcpEnd, server: TcpEnd, events: TcpEvent[]): Connection {
    if (this.connections.size >= this.maxConnections) {
      const [quiet] = this.connections.values();
      if (quiet !== undefined) this.close(quiet, 'evicted', events);
    }
    this.count += 1;
    return {
      about: { id: this.count, key, client, server },
      client: new TcpStream(this.winner),
      server: new TcpStream(this.winner),
      last: NOWHERE,
      side: 'client',
      ended: false,
      cost: 0,
    };
  }

  /** Tells the end of a connection, once. */
  private finish(connection: Connection, reason: EndReason, tell: Tell): void {
    if (connection.ended) return;
    connection.ended = true;
    tell({ kind: 'end', reason }, connection.last.frame, connection.last.time);
  }

  private close(connection: Connection, reason: EndReason, events: TcpEvent[]): void {
    const { frame, time } = connection.last;
    for (const side of SIDES) {
      connection[side].end(tellTo(events, connection, side), frame, time);
      connection[side].forget();
    }
    this.finish(connection, reason, tellTo(events, connection, 'client'));
    this.account(connection);
    this.connections.delete(connection.about.key);
  }

  private account(connection: Connection): void {
    const cost = connection.client.cost + connection.server.cost;
    this.held += cost - connection.cost;
    connection.cost = cost;
    this.holding.delete(connection);
    if (cost > 0) this.holding.add(connection);
  }

  private makeRoom(events: TcpEvent[]): void {
    for (const connection of this.holding) {
      if (this.held <= this.maxBytes) return;
      for (const side of SIDES) {
        const tell = tellTo(events, connection, side);
        while (connection[side].waitingCost > 0) connection[side].giveUp('limit', tell);
        connection[side].forget();
      }
      this.account(connection);
    }
  }
}

/** The key of the connection that a level belongs to, the same for both directions: `TcpConnection.key`. */
export function connectionKey(level: FlowLevel, byVni: boolean): string {
  return `${level.depth} ${byVni ? level.vni : -1} ${flowKey(level)}`;
}

function segmentOf(tcp: TcpView, { frame, time }: At): Segment {
  const { flags, headerEnd, wireEnd } = tcp;
  const syn = (flags & TCP_FLAG.SYN) !== 0;
  return {
    seq: (tcp.seq + (syn ? 1 : 0)) >>> 0,
    // A copy: what waits must not keep the frame's memory, and what was told stays valid.
    bytes: tcp.body.slice(),
    length: wireEnd - headerEnd,
    syn,
    fin: (flags & TCP_FLAG.FIN) !== 0,
    rst: (flags & TCP_FLAG.RST) !== 0,
    frame,
    time,
  };
}

/**
 * Whether a SYN begins another connection between the same ports (RFC 9293 §3.6.1, RFC 6191).
 * `ack`: what it acknowledges, -1 where it is no answer.
 */
function startsAnew(connection: Connection, { syn, seq }: Segment, ack: number): boolean {
  if (!syn) return false;
  const stream = connection[connection.side];
  const other = connection[OTHER[connection.side]];
  // The capture may have the answer to a SYN before the SYN.
  if (!stream.begun) return ack < 0 && other.hasData;
  if (stream.beginsAt(seq)) return false;
  if (ack < 0) return true;
  // A server that forgot its first answer may give another one to the same SYN.
  return stream.hasData && !other.beginsAt(ack);
}

function sideOf({ about }: Connection, { address, port }: TcpEnd): Side {
  return port === about.client.port && address === about.client.address ? 'client' : 'server';
}

function tellTo(events: TcpEvent[], { about }: Connection, from: Side): Tell {
  return (happening, frame, time) => {
    events.push({ ...happening, connection: about, from, frame, time });
  };
}
