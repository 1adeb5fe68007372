/** Gathers what the ends of one flow said: fragments put together, segments in order. */
import type { CaptureTime } from '../capture/frame.js';
import { IP_PROTOCOL } from '../headers/numbers.js';
import { UdpView } from '../headers/udp.js';
import type { Protocols } from '../packet/bindings.js';
import { addressText, type FlowLevel, flowLevels } from '../packet/flow-level.js';
import type { Flow } from '../packet/flow-table.js';
import type { Packet } from '../packet/packet.js';
import { parse } from '../packet/parse.js';
import { fragmentOf } from '../reassembly/fragment.js';
import type { FragmentProblem } from '../reassembly/fragment-problems.js';
import { IpReassembler } from '../reassembly/ip-reassembler.js';
import type { GapReason, TcpConnection, TcpEnd, TcpEvent } from '../reassembly/tcp-events.js';
import { connectionKey, TcpReassembler } from '../reassembly/tcp-reassembler.js';
import type { FlowFrame } from './flow-frames.js';

export type Way = 'client' | 'server';

/** A piece of what one end said, or a gap in it. */
export interface Said {
  readonly from: Way;
  readonly frame: number;
  readonly time: CaptureTime | undefined;
  /** Bytes that were said, or are missing. */
  readonly length: number;
  /** Undefined: they are missing. */
  readonly bytes: Uint8Array | undefined;
  /** Why they are missing. */
  readonly missing: GapReason | undefined;
  /** 1, 2, …: connections follow each other where a flow's ports were used again; 0: UDP. */
  readonly connection: number;
}

/** What the ends of a flow said. */
export interface Transcript {
  readonly flow: Flow;
  readonly said: readonly Said[];
  readonly client: TcpEnd;
  readonly server: TcpEnd;
  /** What a person ought to know, in sentences. */
  readonly notes: readonly string[];
}

/** Takes every frame of a capture; keeps what belongs to the flow of that number. */
export class Follower {
  private readonly number: number;
  private readonly byVni: boolean;
  private readonly ip: IpReassembler;
  private readonly tcp: TcpReassembler;
  private readonly said: Said[];
  private readonly notes: Set<string>;
  private readonly times: Map<number, CaptureTime | undefined>;
  /** Fragments that belong to the flow and wait for others. */
  private readonly fragments: Set<number>;
  private flow: Flow | undefined;
  private key: string;
  private connection: TcpConnection | undefined;
  private connections: number;

  /** `byVni`: as the table has it that numbers the flows. */
  constructor(number: number, byVni: boolean) {
    this.byVni = byVni;
    this.number = number;
    this.ip = new IpReassembler({ onProblem: (problem) => this.noteFragment(problem) });
    this.tcp = new TcpReassembler({ byVni });
    this.said = [];
    this.notes = new Set();
    this.times = new Map();
    this.fragments = new Set();
    this.flow = undefined;
    this.key = '';
    this.connection = undefined;
    this.connections = 0;
  }

  take({ number, frame, packet, flows }: FlowFrame): void {
    const { time } = frame;
    const flow = flows.find((one) => one.number === this.number);
    if (this.flow === undefined && flow !== undefined) {
      this.flow = flow;
      this.key = connectionKey(flow.level, this.byVni);
    }
    let mine = flow !== undefined;
    let whole: Packet<Protocols> = packet;
    const seconds = time === undefined ? 0 : time.seconds + time.nanoseconds / 1e9;
    // What is whole may be a fragment again: in a tunnel, or of a datagram that was cut twice.
    while (fragmentOf(whole) !== undefined) {
      if (mine) this.fragments.add(number);
      const done = this.ip.add(whole, seconds, number);
      if (done === undefined) return;
      mine = done.frames.filter((one) => this.fragments.delete(one)).length > 0;
      const { bytes, linkType } = done.toFrame();
      whole = parse(bytes, { linkType, bindings: packet.bindings });
    }
    const level = mine ? this.levelIn(whole) : undefined;
    if (level === undefined) return;
    this.times.set(number, time);
    if (level.protocol === IP_PROTOCOL.TCP) this.hear(this.tcp.add(whole, seconds, number));
    else this.hearDatagram(whole, level, number);
  }

  /** All frames were seen. Undefined: the flow was not among them. */
  end(): Transcript | undefined {
    this.hear(this.tcp.end());
    this.ip.end();
    if (this.flow === undefined) return undefined;
    const { src, dst, srcPort = 0, dstPort = 0 } = this.flow.tuple;
    const { client, server } = this.connection ?? {
      client: { address: src, port: srcPort },
      server: { address: dst, port: dstPort },
    };
    const { flow, said, notes } = this;
    return { flow, said, client, server, notes: [...notes] };
  }

  /** The level of a packet that is the flow's. */
  private levelIn(packet: Packet<Protocols>): FlowLevel | undefined {
    return flowLevels(packet).find((level) => connectionKey(level, this.byVni) === this.key);
  }

  private hear(events: readonly TcpEvent[]): void {
    for (const event of events) {
      // A packet may hold segments of other levels, which are other flows.
      if (event.connection.key === this.key) this.hearOne(event);
    }
  }

  private hearOne(event: TcpEvent): void {
    const { connection, frame } = event;
    if (event.kind === 'start') {
      this.connection ??= connection;
      this.connections += 1;
    } else if (event.kind === 'data') {
      this.say(event, event.length, event.bytes, undefined);
    } else if (event.kind === 'gap') {
      this.say(event, event.length, undefined, event.reason);
    } else if (event.kind === 'retransmission' && event.differs) {
      this.notes.add(
        `frame ${frame} repeats bytes of the ${event.from} with others: the first count`,
      );
    } else if (event.kind === 'late') {
      this.notes.add(`frame ${frame} brings ${event.length} bytes of the ${event.from} too late`);
    }
  }

  private hearDatagram(packet: Packet<Protocols>, level: FlowLevel, frame: number): void {
    const udp = packet.layers.find((layer) => layer.offset === level.transport);
    const src = this.flow?.tuple;
    if (!(udp instanceof UdpView) || src === undefined) return;
    const isClient = udp.srcPort === src.srcPort && addressText(level, level.addresses) === src.src;
    const about: About = { from: isClient ? 'client' : 'server', frame };
    const { body, wireEnd, end } = udp;
    this.say(about, body.length, body.slice(), undefined);
    if (wireEnd > end) this.say(about, wireEnd - end, undefined, 'cut');
  }

  private say(
    { from, frame }: About,
    length: number,
    bytes: Uint8Array | undefined,
    missing: GapReason | undefined,
  ): void {
    const time = this.times.get(frame);
    this.said.push({ from, frame, time, length, bytes, missing, connection: this.connections });
  }

  private noteFragment({ code, message, frame, frames }: FragmentProblem): void {
    // A duplicate loses nothing, and the only fragment of a datagram is whole.
    if (code === 'DUPLICATE' || code === 'ATOMIC') return;
    const mine = this.fragments.has(frame) || frames.some((one) => this.fragments.has(one));
    if (mine) this.notes.add(`frame ${frame}: ${message}`);
  }
}

type About = Pick<Said, 'from' | 'frame'>;
