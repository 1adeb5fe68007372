/** A table of flows: who talked with whom, how much and when. */

import { getBits16 } from '../bytes/bits.js';
import { PacketError } from '../bytes/error.js';
import { IP_PROTOCOL, TCP_FLAG } from '../headers/numbers.js';
import { FLAGS } from '../headers/tcp-wire.js';
import type { Protocols } from './bindings.js';
import { type FiveTuple, flowKey, flowTuple } from './flow-key.js';
import {
  chosenLevels,
  type FlowLevel,
  type FlowSymmetry,
  isReversed,
  type LevelChoice,
  ownLevel,
} from './flow-level.js';
import type { Packet } from './packet.js';

/** A time of a capture: seconds since the epoch and nanoseconds. */
export interface FlowTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Packets and bytes of one direction. */
export interface FlowCount {
  readonly packets: number;
  /** Bytes of the frames on the wire, link-layer headers and outer levels included. */
  readonly bytes: number;
}

/** A flow of a table. Its counts grow as packets are added. */
export interface Flow extends FlowCount {
  /** From 1, in order of first appearance. */
  readonly number: number;
  /** As its first packet has it: `src` is who was seen first. */
  readonly tuple: FiveTuple;
  /**
   * Its first packet's level, on bytes of its own: `level.depth`, `level.vni`, and what
   * `communityId`, `flowHash` and `Toeplitz` take.
   */
  readonly level: FlowLevel;
  /** From `tuple.src`. */
  readonly forward: FlowCount;
  /** From `tuple.dst`; nothing in a directed table. */
  readonly backward: FlowCount;
  /** The earliest time of its packets, and the latest; undefined where none was told. */
  readonly first: FlowTime | undefined;
  readonly last: FlowTime | undefined;
  /**
   * How a TCP connection ended: both sides (in a directed table this one) have sent FIN, or one has
   * sent RST (RFC 9293 §3.6).
   */
  readonly ended: 'fin' | 'reset' | undefined;
}

/** How a table tells flows apart. */
export interface FlowTableOptions {
  /** Absent: `all`. */
  readonly levels?: LevelChoice;
  /** Absent: `symmetric`. */
  readonly symmetry?: FlowSymmetry;
  /**
   * Whether each VNI has flows of its own: for tenants with the same addresses, where both
   * directions of a conversation have the same VNI, which they need not (absent: false).
   */
  readonly byVni?: boolean;
  /** The most flows that are kept, 1 and more (absent: 262144; each takes about 1 KiB). */
  readonly maxFlows?: number;
}

const MAX_FLOWS = 262_144;
const { FIN, SYN, RST, ACK } = TCP_FLAG;

const FORWARD = 1;
const BACKWARD = 2;

interface Count {
  packets: number;
  bytes: number;
}

type Growing = { -readonly [K in keyof Flow]: Flow[K] } & {
  readonly forward: Count;
  readonly backward: Count;
};

/** A flow, and what the table remembers of it. */
interface Entry {
  readonly flow: Growing;
  /** Whether the first packet went from the higher end to the lower. */
  readonly reversed: boolean;
  /** Directions in which a FIN was seen: `FORWARD`, `BACKWARD`. */
  finished: number;
}

/**
 * Gathers packets into flows. A flow is a level, protocol, addresses and ports, or the type of ICMP
 * messages; with `byVni` the VNI, too. A SYN behind the end of a TCP connection begins another flow.
 * Fragments that are not the first have no ports, and so are a flow of their own.
 */
export class FlowTable {
  /** Packets of flows for which there was no room, once a level; 0: the table tells all. */
  missed: number;
  private readonly levels: LevelChoice;
  private readonly symmetry: FlowSymmetry;
  private readonly byVni: boolean;
  private readonly maxFlows: number;
  private readonly list: Flow[];
  private readonly entries: Map<string, Entry>;

  /** Throws `BAD_OPTION` for a `maxFlows` below 1. */
  constructor(options: FlowTableOptions = {}) {
    this.levels = options.levels ?? 'all';
    this.symmetry = options.symmetry ?? 'symmetric';
    this.byVni = options.byVni ?? false;
    this.maxFlows = options.maxFlows ?? MAX_FLOWS;
    // Not `<`: NaN is to be refused too.
    if (!(this.maxFlows >= 1)) {
      throw new PacketError('BAD_OPTION', `maxFlows is ${this.maxFlows}: expected 1 or more`);
    }
    this.missed = 0;
    this.list = [];
    this.entries = new Map();
  }

  /** In order of first appearance: flow `n` is at `n - 1`. */
  get flows(): readonly Flow[] {
    return this.list;
  }

  /**
   * Counts a packet; answers its flows, outermost first. `length`: bytes on the wire (absent: the
   * packet's own).
   */
  add<M extends Protocols>(
    packet: Packet<M>,
    time?: FlowTime | undefined,
    length: number = packet.wireLength,
  ): Flow[] {
    const flows: Flow[] = [];
    for (const level of chosenLevels(packet, this.levels)) {
      const reversed = isReversed(level);
      const flags = tcpFlags(level);
      const entry = this.find(level, reversed, flags);
      if (entry === undefined) {
        this.missed += 1;
        continue;
      }
      const { flow } = entry;
      const backward = entry.reversed !== reversed;
      const way = backward ? flow.backward : flow.forward;
      way.packets += 1;
      way.bytes += length;
      flow.packets += 1;
      flow.bytes += length;
      if (time !== undefined) widen(flow, time);
      if ((flags & (FIN | RST)) !== 0) this.end(entry, flags, backward ? BACKWARD : FORWARD);
      flows.push(flow);
    }
    return flows;
  }

  private find(level: FlowLevel, reversed: boolean, flags: number): Entry | undefined {
    const vni = this.byVni ? level.vni : -1;
    const key = `${level.depth} ${vni} ${flowKey(level, this.symmetry)}`;
    const known = this.entries.get(key);
    const again = known?.flow.ended !== undefined && (flags & (SYN | ACK)) === SYN;
    if (known !== undefined && !again) return known;
    if (this.list.length >= this.maxFlows) return undefined;
    const flow: Growing = {
      number: this.list.length + 1,
      tuple: flowTuple(level, 'directed'),
      level: ownLevel(level),
      packets: 0,
      bytes: 0,
      forward: { packets: 0, bytes: 0 },
      backward: { packets: 0, bytes: 0 },
      first: undefined,
      last: undefined,
      ended: undefined,
    };
    const entry: Entry = { flow, reversed, finished: 0 };
    this.list.push(flow);
    this.entries.set(key, entry);
    return entry;
  }

  private end(entry: Entry, flags: number, side: number): void {
    if ((flags & FIN) !== 0) entry.finished |= side;
    const sides = this.symmetry === 'directed' ? FORWARD : FORWARD | BACKWARD;
    if ((flags & RST) !== 0) entry.flow.ended ??= 'reset';
    else if (entry.finished === sides) entry.flow.ended ??= 'fin';
  }
}

/** The flags of a TCP header that is there, else 0. */
function tcpFlags({ view, protocol, transport, end }: FlowLevel): number {
  const at = transport + FLAGS.offset;
  if (protocol !== IP_PROTOCOL.TCP || transport < 0 || at + 2 > end) return 0;
  return getBits16(view, transport, FLAGS);
}

function widen(flow: Growing, time: FlowTime): void {
  const { seconds, nanoseconds } = time;
  if (flow.first === undefined || isBefore(time, flow.first)) flow.first = { seconds, nanoseconds };
  if (flow.last === undefined || isBefore(flow.last, time)) flow.last = { seconds, nanoseconds };
}

function isBefore(one: FlowTime, other: FlowTime): boolean {
  if (one.seconds !== other.seconds) return one.seconds < other.seconds;
  return one.nanoseconds < other.nanoseconds;
}
