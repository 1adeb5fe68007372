/** Network address translation on tracked connections (Linux `nf_nat_core.c`). */
import { finishSum, sumBytes } from '../../bytes/checksum.js';
import { icmpQuotes } from '../../headers/icmp-wire.js';
import { ICMP_TYPE, IP_PROTOCOL } from '../../headers/numbers.js';
import type { Frame } from '../frame.js';
import { HOOK, type Hook } from '../ip/hooks.js';
import { protocolOf, transportOf } from '../ip/packet.js';
import type { Random } from '../random.js';
import { type Connection, NAT_MASK, STATUS, type Tracked } from './connection.js';
import type { Conntrack } from './conntrack.js';
import { DESTINATION, type End, patch, SOURCE, translate } from './translate.js';
import { hasPorts, REPLY, Tuple } from './tuple.js';

const { ICMP } = IP_PROTOCOL;
const ICMP_HEADER_BYTES = 8;
const ICMP_CHECKSUM = 2;
/** Of ports below this, others are chosen below it too (Linux `nf_nat_l4proto_unique_tuple`). */
const PRIVILEGED = 1024;

/** What a translation may choose from. */
export interface NatRange {
  /** Signed words, first and last; absent: the address stays. */
  readonly addresses?: readonly [number, number];
  /** First and last; absent: the port stays where it is free. */
  readonly ports?: readonly [number, number];
  /** Whether ports are drawn by chance rather than in order. */
  readonly random?: boolean;
  /** Whether a source gets the same address whatever it talks to. */
  readonly persistent?: boolean;
}

/** The port that was given last of a range: a rule's own, so that ports are given in order. */
export interface Rover {
  last: number;
}

/** Translates packets by what their connections say, and decides what these say. */
export class Nat {
  private readonly conntrack: Conntrack;
  private readonly random: Random;
  /** Confirmed or not, by source address and port before translation. */
  private readonly bySource: Map<number, Connection[]>;
  private readonly wanted: Tuple;
  private readonly inverted: Tuple;
  private readonly answer: Tuple;

  constructor(conntrack: Conntrack, random: Random) {
    this.conntrack = conntrack;
    this.random = random;
    this.bySource = new Map();
    this.wanted = new Tuple();
    this.inverted = new Tuple();
    this.answer = new Tuple();
    conntrack.table.forgotten = (connection) => this.forget(connection);
  }

  /** Whether it is decided what becomes of that end of the connection. */
  isDone(connection: Connection, end: End): boolean {
    return connection.has(end === SOURCE ? STATUS.SRC_NAT_DONE : STATUS.DST_NAT_DONE);
  }

  /**
   * Decides what an end of a new connection becomes. False: nothing in the range is free, drop the
   * packet.
   */
  setUp(connection: Connection, end: End, range: NatRange, rover?: Rover): boolean {
    const { wanted, inverted } = this;
    // What the packet says now: source and destination may have been decided apart.
    inverted.invert(connection.reply);
    wanted.copy(inverted);
    if (!this.choose(wanted, connection, end, range, rover)) return false;
    if (!wanted.equals(inverted)) {
      connection.reply.invert(wanted);
      connection.status |= end === SOURCE ? STATUS.SRC_NAT : STATUS.DST_NAT;
    }
    connection.status |= end === SOURCE ? STATUS.SRC_NAT_DONE : STATUS.DST_NAT_DONE;
    if (end === SOURCE) this.remember(connection);
    return true;
  }

  /** Lets an end stay as it is, but for a port that another connection has. */
  setUpNothing(connection: Connection, end: End): boolean {
    const { reply } = connection;
    const address = end === SOURCE ? reply.dst : reply.src;
    return this.setUp(connection, end, { addresses: [address, address] });
  }

  /** Rewrites a packet as its connection says. False: it can't be, drop it. */
  apply(frame: Frame, { connection, state, direction }: Tracked, hook: Hook): boolean {
    if (!connection.has(NAT_MASK)) return true;
    const end: End = endOf(hook);
    // Answers are translated back: their source is what the destination was, and so on.
    const own = direction === REPLY ? 1 - end : end;
    if (state === 'RELATED' && protocolOf(frame) === ICMP) {
      return this.applyToError(frame, connection, own, end, direction);
    }
    if (!connection.has(own === SOURCE ? STATUS.SRC_NAT : STATUS.DST_NAT)) return true;
    const other = connection.tuple(direction === REPLY ? 0 : 1);
    const { view, network, end: frameEnd } = frame;
    const address = end === SOURCE ? other.dst : other.src;
    return translate(view, network, frameEnd, end, address, portFor(other, end)) >= 0;
  }

  /** An ICMP error: its own address, and what it quotes, which went the other way. */
  private applyToError(
    frame: Frame,
    connection: Connection,
    own: number,
    end: End,
    direction: number,
  ): boolean {
    const { view, network, end: frameEnd } = frame;
    const at = transportOf(frame);
    const type = view.getUint8(at);
    if (!icmpQuotes(type)) return true;
    if (finishSum(sumBytes(view, at, frameEnd)) !== 0) return false;
    // A redirect says nothing that would hold for the addresses that its reader knows.
    if (type === ICMP_TYPE.redirect) return false;
    if (!connection.has(own === SOURCE ? STATUS.SRC_NAT : STATUS.DST_NAT)) return true;
    const other = connection.tuple(direction === REPLY ? 0 : 1);
    const quotedEnd: End = end === SOURCE ? DESTINATION : SOURCE;
    const address = end === SOURCE ? other.dst : other.src;
    const quoted = at + ICMP_HEADER_BYTES;
    const change = translate(view, quoted, frameEnd, quotedEnd, address, portFor(other, end));
    if (change < 0) return false;
    patch(view, at + ICMP_CHECKSUM, change);
    // Outside, only the address: an error has no port, and no identifier.
    return translate(view, network, frameEnd, end, address, 0) >= 0;
  }

  private choose(
    wanted: Tuple,
    connection: Connection,
    end: End,
    range: NatRange,
    rover: Rover | undefined,
  ): boolean {
    if (end === SOURCE && range.random !== true) {
      // Nothing at all, else what was chosen for the same source before: fewest surprises.
      if (isWithin(wanted, range) && this.isFree(wanted, connection)) return true;
      if (this.chooseAsBefore(wanted, connection, range)) return true;
    }
    this.chooseAddress(wanted, connection, end, range);
    const { ports } = range;
    if (range.random !== true) {
      const port = end === SOURCE || wanted.protocol === ICMP ? wanted.srcPort : wanted.dstPort;
      const fits = ports === undefined || (port >= ports[0] && port <= ports[1]);
      const only = ports !== undefined && ports[0] === ports[1];
      if (fits && (only || this.isFree(wanted, connection))) return true;
    }
    return this.choosePort(wanted, connection, end, range, rover);
  }

  /** The source that another connection of the same source was given, where it is free. */
  private chooseAsBefore(wanted: Tuple, connection: Connection, range: NatRange): boolean {
    const { src, srcPort } = wanted;
    for (const known of this.bySource.get(sourceKey(connection.original)) ?? []) {
      if (known.protocol !== wanted.protocol || this.conntrack.isOver(known)) continue;
      wanted.src = known.reply.dst;
      wanted.srcPort = portFor(known.reply, SOURCE);
      if (isWithin(wanted, range) && this.isFree(wanted, connection)) return true;
    }
    wanted.src = src;
    wanted.srcPort = srcPort;
    return false;
  }

  private chooseAddress(wanted: Tuple, connection: Connection, end: End, range: NatRange): void {
    const { addresses } = range;
    if (addresses === undefined) return;
    const first = addresses[0] >>> 0;
    const count = (addresses[1] >>> 0) - first + 1;
    const { original } = connection;
    // As Linux: by the source, and unless it is to be the same for all by the destination too.
    let hash = Math.imul(original.src, 0x9e3779b1);
    if (range.persistent !== true) hash ^= Math.imul(original.dst, 0x85ebca77);
    hash = (hash ^ (hash >>> 16)) >>> 0;
    const address = (first + (count === 1 ? 0 : hash % count)) | 0;
    if (end === SOURCE) wanted.src = address;
    else wanted.dst = address;
  }

  private choosePort(
    wanted: Tuple,
    connection: Connection,
    end: End,
    { ports, random }: NatRange,
    rover: Rover | undefined,
  ): boolean {
    const { protocol } = wanted;
    if (!hasPorts(protocol) || (protocol === ICMP && end === DESTINATION)) {
      return this.isFree(wanted, connection);
    }
    // Another port of a destination is another service: only a rule may choose it.
    if (end === DESTINATION && ports === undefined) return true;
    const now = end === SOURCE ? wanted.srcPort : wanted.dstPort;
    const [first, final] = ports ?? usualPorts(protocol, now);
    const count = final - first + 1;
    // Linux begins anywhere; the lab counts up, so that who reads along can tell what comes next.
    const last = ports === undefined ? now : (rover?.last ?? -1);
    const start = random === true ? this.random.below(count) : last - first + 1;
    for (let i = 0; i < count; i++) {
      const port = first + ((Math.max(0, start) + i) % count);
      if (end === SOURCE) wanted.srcPort = port;
      else wanted.dstPort = port;
      if (!this.isFree(wanted, connection)) continue;
      if (rover !== undefined) rover.last = port;
      return true;
    }
    return false;
  }

  private isFree(wanted: Tuple, connection: Connection): boolean {
    const { answer } = this;
    answer.invert(wanted);
    return !this.conntrack.isTaken(answer, connection);
  }

  private remember(connection: Connection): void {
    const key = sourceKey(connection.original);
    const known = this.bySource.get(key);
    if (known === undefined) this.bySource.set(key, [connection]);
    else known.push(connection);
  }

  private forget(connection: Connection): void {
    const key = sourceKey(connection.original);
    const known = this.bySource.get(key);
    const at = known?.indexOf(connection) ?? -1;
    if (known === undefined || at < 0) return;
    known.splice(at, 1);
    if (known.length === 0) this.bySource.delete(key);
  }
}

/** Which end a hook translates: destinations before it is decided where to, sources after. */
export function endOf(hook: Hook): End {
  return hook === HOOK.POSTROUTING || hook === HOOK.INPUT ? SOURCE : DESTINATION;
}

/** The port, or of ICMP the identifier, that an end gets where the other direction is `other`. */
function portFor(other: Tuple, end: End): number {
  return end === SOURCE && other.protocol !== ICMP ? other.dstPort : other.srcPort;
}

/** Of sources. */
function isWithin({ src, srcPort, protocol }: Tuple, { addresses, ports }: NatRange): boolean {
  const address = src >>> 0;
  if (addresses !== undefined && (address < addresses[0] >>> 0 || address > addresses[1] >>> 0)) {
    return false;
  }
  return ports === undefined || !hasPorts(protocol) || (srcPort >= ports[0] && srcPort <= ports[1]);
}

/** Ports that may take another's place where no rule says which. */
function usualPorts(protocol: number, now: number): readonly [number, number] {
  if (protocol === ICMP) return [0, 65535];
  if (now >= PRIVILEGED) return [PRIVILEGED, 65535];
  return now < 512 ? [1, 511] : [600, PRIVILEGED - 1];
}

function sourceKey({ src, srcPort }: Tuple): number {
  return (src >>> 0) * 0x10000 + srcPort;
}
