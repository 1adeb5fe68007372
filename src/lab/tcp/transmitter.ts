/** Makes a connection's segments: flags, window and options for what its sender and receiver want said. */
import { TCP_FLAG } from '../../headers/numbers.js';
import type { TcpConnection } from './connection.js';
import type { SegmentIn } from './segment-in.js';
import { type SegmentKind, SegmentOut, sackRoom, TIMESTAMPS_BYTES } from './segment-out.js';
import type { SenderLink } from './sender.js';
import { isBefore, sequenceAt } from './sequence.js';

const { ACK, FIN, PSH, RST, SYN } = TCP_FLAG;
const MS = 1e6;

export class Transmitter implements SenderLink {
  /** Timestamps were agreed on (in a SYN: are offered). */
  timestampsOn: boolean;
  /** Window scaling was agreed on (in a SYN: is offered). */
  scalingOn: boolean;
  /** The peer's newest timestamp (TS.Recent of RFC 7323 §4.3), and when it came, ns. */
  recentTimestamp: number;
  recentAt: number;
  private readonly connection: TcpConnection;
  private readonly out: SegmentOut;

  constructor(connection: TcpConnection) {
    const { settings, flow } = connection;
    this.timestampsOn = settings.timestamps;
    this.scalingOn = settings.windowScaling;
    this.recentTimestamp = 0;
    this.recentAt = 0;
    this.connection = connection;
    this.out = new SegmentOut();
    this.out.srcPort = flow.localPort;
    this.out.dstPort = flow.remotePort;
  }

  get now(): number {
    return this.connection.io.now;
  }

  get noting(): boolean {
    return this.connection.io.noting;
  }

  note(text: string): void {
    this.connection.io.note(text);
  }

  /** The next segment tells the neighbour's entry; where a SYN-ACK is acknowledged, Linux says nothing yet. */
  confirm(): void {
    if (this.connection.state !== 'SYN-RECEIVED') this.out.confirms = true;
  }

  timedOut(): void {
    this.connection.timedOut();
  }

  /** Milliseconds, as Linux's timestamps count them. */
  private get clock(): number {
    return (Math.floor(this.now / MS) + 1) >>> 0;
  }

  takeTimestamp(segment: SegmentIn): void {
    this.recentTimestamp = segment.timestamp;
    this.recentAt = this.now;
  }

  /** RFC 7323 §4.1. */
  echoTime(segment: SegmentIn): number {
    if (!this.timestampsOn || !segment.hasTimestamps || segment.timestampEcho === 0) return -1;
    const { clock } = this;
    if (isBefore(clock, segment.timestampEcho)) return -1;
    return ((clock - segment.timestampEcho) >>> 0) * MS;
  }

  /** SACK blocks. */
  get optionsNow(): number {
    const blocks = this.sackBlocks();
    return blocks === 0 ? 0 : 4 + 8 * blocks;
  }

  private sackBlocks(): number {
    const { sender, receiver } = this.connection;
    if (!sender.recovery.sackOn) return 0;
    const twice = receiver.twiceTo > receiver.twiceFrom ? 1 : 0;
    const wanted = twice + receiver.queue.early.count;
    return wanted === 0 ? 0 : Math.min(sackRoom(this.timestampsOn ? TIMESTAMPS_BYTES : 0), wanted);
  }

  /** Sends [position, position + length) of the stream: 0 is the SYN, and behind the data is the FIN. */
  emit(position: number, length: number, kind: SegmentKind): void {
    const { out } = this;
    const { sender, state, counters } = this.connection;
    const { queue } = sender;
    const syn = position === 0 && length > 0;
    const data = syn ? 0 : Math.max(0, Math.min(length, queue.end - position));
    const opening = syn && state === 'SYN-SENT';
    out.clear();
    out.kind = kind;
    out.seq = sequenceAt(sender.iss, position);
    out.flags = (syn ? SYN : 0) | (opening ? 0 : ACK);
    if (data > 0 && position + data === queue.end) out.flags |= PSH;
    if (!syn && length > data) out.flags |= FIN;
    out.queue = queue;
    out.position = position;
    out.length = data;
    if (kind !== 'retransmission' && kind !== 'fast retransmission') counters.TcpOutSegs += 1;
    this.send(syn, opening);
  }

  /** Sends an acknowledgment without data. */
  acknowledge(kind: SegmentKind): void {
    const { sender, receiver, counters, state } = this.connection;
    if (state === 'SYN-RECEIVED') {
      // It goes with the SYN, as Linux answers one that is repeated.
      counters.TcpRetransSegs += 1;
      counters.TcpExtTCPSynRetrans += 1;
      this.emit(0, 1, 'retransmission');
    } else {
      const { queue, acknowledged } = receiver;
      const again = kind === 'acknowledgment' && queue.next === acknowledged;
      this.emit(sender.highest, 0, again ? 'duplicate acknowledgment' : kind);
    }
  }

  private send(syn: boolean, opening: boolean): void {
    const { out } = this;
    const { receiver } = this.connection;
    out.window = receiver.announce(syn);
    out.ack = opening ? 0 : sequenceAt(receiver.irs, receiver.queue.next);
    if (syn) this.addSynOptions(opening);
    else this.addSackBlocks();
    if (this.timestampsOn) {
      out.hasTimestamps = true;
      out.timestamp = this.clock;
      out.timestampEcho = opening ? 0 : this.recentTimestamp;
    }
    if (!opening) receiver.acknowledgmentSent();
    this.transmit();
  }

  /** A SYN offers what is set; a SYN-ACK has what both ends have. */
  private addSynOptions(opening: boolean): void {
    const { out } = this;
    const { settings, sender, receiver, size } = this.connection;
    out.mss = size.announced;
    out.sackPermitted = opening ? settings.sack : sender.recovery.sackOn;
    out.windowScale = this.scalingOn ? receiver.scale : -1;
  }

  private addSackBlocks(): void {
    const most = this.sackBlocks();
    if (most === 0) return;
    const { blocks } = this.out;
    const { receiver } = this.connection;
    let count = 0;
    if (receiver.twiceTo > receiver.twiceFrom) {
      blocks[0] = receiver.twiceFrom;
      blocks[1] = receiver.twiceTo;
      count = 1;
    }
    count = receiver.queue.blocks(blocks, count, most);
    for (let i = 0; i < 2 * count; i++) blocks[i] = sequenceAt(receiver.irs, blocks[i] as number);
    this.out.blockCount = count;
  }

  /** Gives the connection up: a reset with the number that the peer expects (RFC 9293 §3.10.5). */
  abort(): void {
    const { sender } = this.connection;
    this.reset(sequenceAt(sender.iss, sender.highest), true);
  }

  /** A reset; without an acknowledgment where it answers one (RFC 9293 §3.5.2). */
  reset(seq: number, acks: boolean): void {
    const { out } = this;
    const { receiver, counters } = this.connection;
    out.clear();
    out.kind = 'reset';
    out.seq = seq;
    out.flags = acks ? RST | ACK : RST;
    out.ack = acks ? sequenceAt(receiver.irs, receiver.queue.next) : 0;
    out.window = 0;
    counters.TcpOutRsts += 1;
    counters.TcpOutSegs += 1;
    this.transmit();
  }

  private transmit(): void {
    this.connection.io.transmit(this.out);
    this.out.confirms = false;
  }
}
