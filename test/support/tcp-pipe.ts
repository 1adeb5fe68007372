/** Two TCP connections and what is between them: a pipe that loses, doubles, delays and reorders. */
import { TCP_FLAG } from '../../src/headers/numbers.js';
import { type TcpInput, tcp } from '../../src/headers/tcp.js';
import { flagNames } from '../../src/headers/values.js';
import { Clock, Timer } from '../../src/lab/clock.js';
import { Random } from '../../src/lab/random.js';
import { segmentArrives } from '../../src/lab/tcp/arrival.js';
import { TcpConnection } from '../../src/lab/tcp/connection.js';
import type { TcpHandler } from '../../src/lab/tcp/handler.js';
import type { TcpFlow, TcpIo } from '../../src/lab/tcp/io.js';
import { SegmentIn } from '../../src/lab/tcp/segment-in.js';
import type { SegmentOut } from '../../src/lab/tcp/segment-out.js';
import { type TcpOptions, tcpSettings } from '../../src/lab/tcp/settings.js';
import { build } from '../../src/packet/build.js';

/** What the pipe does to segments; times in ns, chances 0–1. */
export interface PipeOptions {
  readonly seed?: number;
  readonly latency?: number;
  readonly loss?: number;
  readonly duplicate?: number;
  readonly reorder?: number;
  /** A late segment is at most this much later. */
  readonly reorderDelay?: number;
  readonly mtu?: number;
  /** Segments that are lost by decree. */
  lose?(segment: SentSegment): boolean;
  /** Nanoseconds that a segment comes late. */
  delay?(segment: SentSegment): number;
}

/** A segment as it was sent. */
export interface SentSegment {
  readonly time: number;
  readonly from: 'a' | 'b';
  /** `SYN, ACK`. */
  readonly flags: string;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  readonly length: number;
  readonly blocks: readonly number[];
  readonly kind: string;
}

export const MS = 1e6;

/** One end of the pipe. */
export class End implements TcpIo {
  readonly name: 'a' | 'b';
  readonly pipe: Pipe;
  readonly connection: TcpConnection;
  readonly received: Uint8Array[];
  readonly events: string[];
  readonly timer: Timer;
  readonly backgroundTimer: Timer;
  readonly noting: boolean;
  /** What a host would have learned. */
  pathMtu: number;
  private readonly segment: SegmentIn;

  constructor(pipe: Pipe, name: 'a' | 'b', options: TcpOptions, mtu: number) {
    this.pipe = pipe;
    this.name = name;
    this.received = [];
    this.events = [];
    this.timer = new Timer(() => this.connection.timerFired());
    this.backgroundTimer = new Timer(() => this.connection.timerFired(), true);
    this.noting = false;
    this.pathMtu = mtu;
    this.segment = new SegmentIn();
    const [localPort, remotePort] = name === 'a' ? [54321, 80] : [80, 54321];
    const [localAddress, remoteAddress] = name === 'a' ? [1, 2] : [2, 1];
    const flow: TcpFlow = { localAddress, localPort, remoteAddress, remotePort };
    const handler: TcpHandler = {
      connected: () => this.events.push('connected'),
      data: (bytes) => this.received.push(bytes),
      drained: () => this.events.push('drained'),
      ended: () => this.events.push('ended'),
      closed: () => this.events.push('closed'),
      failed: (reason) => this.events.push(reason),
    };
    this.connection = new TcpConnection(flow, tcpSettings(options), this, mtu, handler);
  }

  get now(): number {
    return this.pipe.clock.now;
  }

  /** Bytes that the application was given. */
  get data(): Uint8Array {
    const whole = new Uint8Array(this.received.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.received) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  random(): number {
    return this.pipe.random.next();
  }

  note(): void {}

  closed(): void {}

  setTimer(at: number, background: boolean): void {
    const { clock } = this.pipe;
    clock.cancel(this.timer);
    clock.cancel(this.backgroundTimer);
    if (at !== Number.POSITIVE_INFINITY) {
      clock.at(background ? this.backgroundTimer : this.timer, at);
    }
  }

  transmit(segment: SegmentOut): void {
    this.pipe.carry(this, segment);
  }

  /** A segment has come through the pipe; a listening end takes a SYN. */
  arrive(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const segment = this.segment.read(view, bytes, 0, bytes.length);
    const { connection } = this;
    if (connection.state === 'LISTEN') {
      if (segment.has(TCP_FLAG.SYN) && !segment.has(TCP_FLAG.ACK)) connection.accept(segment);
      return;
    }
    segmentArrives(connection, segment);
  }
}

export class Pipe {
  readonly clock: Clock;
  readonly random: Random;
  readonly a: End;
  readonly b: End;
  readonly sent: SentSegment[];
  readonly options: PipeOptions;
  lost: number;

  constructor(options: PipeOptions = {}, a: TcpOptions = {}, b: TcpOptions = {}) {
    this.options = options;
    this.clock = new Clock();
    this.random = new Random(options.seed ?? 1);
    this.sent = [];
    this.lost = 0;
    const { mtu = 1500 } = options;
    this.a = new End(this, 'a', { initialSequence: 100, ...a }, mtu);
    this.b = new End(this, 'b', { initialSequence: 300, ...b }, mtu);
  }

  /** B listens, A connects. */
  open(): this {
    this.b.connection.state = 'LISTEN';
    this.a.connection.open();
    return this;
  }

  /** Opens, and runs until the handshake is done. */
  established(): this {
    this.open();
    this.clock.run();
    return this;
  }

  /** What was sent, as in a sequence diagram: `a SYN seq=100`. */
  get lines(): string[] {
    return this.sent.map(({ from, flags, seq, ack, length }) => {
      const acks = flags.includes('ACK') ? ` ack=${ack}` : '';
      return `${from} ${flags} seq=${seq}${acks}${length > 0 ? ` len=${length}` : ''}`;
    });
  }

  carry(from: End, segment: SegmentOut): void {
    const { options, random, clock } = this;
    const bytes = new Uint8Array(segment.bytes);
    segment.write(new DataView(bytes.buffer), bytes, 0);
    const sent: SentSegment = {
      time: clock.now,
      from: from.name,
      flags: flagNames(segment.flags, TCP_FLAG).join(', '),
      seq: segment.seq,
      ack: segment.ack,
      window: segment.window,
      length: segment.length,
      blocks: segment.blocks.slice(0, 2 * segment.blockCount),
      kind: segment.kind,
    };
    this.sent.push(sent);
    if (bytes.length + 20 > (options.mtu ?? 1500)) throw new Error('longer than the MTU');
    if (options.lose?.(sent) === true || random.chance(options.loss ?? 0)) {
      this.lost++;
      return;
    }
    const to = from === this.a ? this.b : this.a;
    const copies = random.chance(options.duplicate ?? 0) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const late = random.chance(options.reorder ?? 0)
        ? random.below(options.reorderDelay ?? 5 * MS)
        : 0;
      const wait = (options.latency ?? MS) + late + (options.delay?.(sent) ?? 0);
      clock.call(wait, () => to.arrive(bytes));
    }
  }
}

/** Bytes that repeat only after long. */
export function patterned(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  const random = new Random(seed, 'bytes');
  const view = new DataView(bytes.buffer);
  for (let i = 0; i + 4 <= length; i += 4) view.setUint32(i, random.next());
  return bytes;
}

/** Hands an end a segment that its peer never sent, with these bytes, or so many zeros. */
export function inject(end: End, fields: TcpInput, data: number | Uint8Array = 0): void {
  const header = tcp({ srcPort: end.connection.flow.remotePort, ...fields });
  end.arrive(build([header, typeof data === 'number' ? new Uint8Array(data) : data]));
}
