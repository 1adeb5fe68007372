/** `ping` and `traceroute`, as a user of the lab calls them. */
import { formatIpv4 } from '../../bytes/address.js';
import { ICMP_TYPE } from '../../headers/numbers.js';
import { MILLISECOND, SECOND, Timer } from '../clock.js';
import type { Frame } from '../frame.js';
import { checkNumber, checkNumbers, DURATION, numbers, type RangesOf, TTL } from '../range.js';
import { icmpErrorText } from './error-text.js';
import type { EchoListener } from './icmp.js';
import { srcOf, ttlOf } from './packet.js';
import type { SendOptions } from './send-options.js';
import { addressOf, type IpStack } from './stack.js';
import type { IcmpError } from './transport.js';
import type { Udp } from './udp.js';

/** The most requests of one ping: what comes of each is kept. */
export const MAX_PINGS = 100_000;
/** How many numbers requests have (RFC 792: 16 bits). */
const SEQUENCES = 0x10000;

/** How to ping. */
export interface PingOptions {
  /** Requests, 1–100000 (absent: 1). Their numbers begin at 1, and again at 0 behind 65535. */
  readonly count?: number;
  /** Bytes of data, 0–65507 (absent: 56): `-s`. */
  readonly size?: number;
  /** Nanoseconds between requests, 0 and up (absent: 1 s): `-i`. */
  readonly interval?: number;
  /** Nanoseconds to wait for an answer, 0 and up (absent: 1 s): `-W`. */
  readonly timeout?: number;
  /** TTL, 1–255: `-t`. */
  readonly ttl?: number;
  /**
   * True: nobody may cut the request, `-M do`. False: everybody, `-M dont`. Absent: no router what fits
   * the path, `-M want`.
   */
  readonly dontFragment?: boolean;
}

const RANGES: RangesOf<PingOptions> = {
  count: numbers(1, MAX_PINGS, 'requests'),
  // A packet of 65,535 bytes less the headers of IPv4 and ICMP.
  size: numbers(0, 65_507, 'bytes'),
  interval: DURATION,
  timeout: DURATION,
  ttl: TTL,
};

/** What became of one request. */
export type PingAnswer =
  | { readonly kind: 'reply'; readonly from: string; readonly ttl: number; readonly time: number }
  | { readonly kind: 'error'; readonly error: IcmpError; readonly time: number }
  | { readonly kind: 'too long'; readonly mtu: number }
  | { readonly kind: 'no route' }
  | { readonly kind: 'timeout' };

/** A request of which nothing is known yet. */
interface Request {
  /** The number that it has on the wire, 0–65535. */
  readonly sequence: number;
  readonly time: number;
  readonly timer: Timer;
}

/** A ping that runs while the lab does. */
export class Ping implements EchoListener {
  /** One entry a request that is over, in the order of their ends. */
  readonly answers: PingAnswer[];
  private readonly stack: IpStack;
  private readonly dst: number;
  private readonly options: PingOptions;
  private readonly identifier: number;
  /** By their numbers. One that waits longer than the numbers last gets no answer, as nobody could tell. */
  private readonly sent: Map<number, Request>;
  /** The number of the request that each of `answers` is about. */
  private readonly sequences: number[];
  private count: number;

  /**
   * Starts at once. `dst`: an address such as `192.168.1.20`. Throws `BAD_VALUE` for what is none,
   * `OUT_OF_RANGE` for an option that makes no sense.
   */
  constructor(stack: IpStack, dst: string, options: PingOptions = {}) {
    checkNumbers(`ping from ${stack.device.name}`, options, RANGES);
    this.answers = [];
    this.sequences = [];
    this.stack = stack;
    this.dst = addressOf(dst);
    this.options = options;
    this.identifier = stack.icmp.listen(this);
    this.sent = new Map();
    this.count = 0;
    this.request();
  }

  /** Whether every request was answered by a reply, so far. */
  get ok(): boolean {
    return this.answers.length > 0 && this.answers.every(({ kind }) => kind === 'reply');
  }

  echoReply(frame: Frame, sequence: number): void {
    const from = formatIpv4(srcOf(frame));
    this.over(this.sent.get(sequence), (time) => ({
      kind: 'reply',
      from,
      ttl: ttlOf(frame),
      time,
    }));
  }

  echoFailed(sequence: number, error: IcmpError): void {
    this.over(this.sent.get(sequence), (time) => ({ kind: 'error', error, time }));
  }

  private request(): void {
    const { stack, options, dst } = this;
    const { count = 1, size = 56, interval = SECOND, timeout = SECOND, ttl } = options;
    this.count++;
    const sequence = this.count % SEQUENCES;
    const { clock } = stack.lab;
    const timer = new Timer(() => this.over(made, () => ({ kind: 'timeout' })));
    const made: Request = { sequence, time: clock.now, timer };
    this.over(this.sent.get(sequence), () => ({ kind: 'timeout' }));
    this.sent.set(sequence, made);
    clock.after(timer, timeout);
    const how: SendOptions = {
      ...(ttl === undefined ? {} : { ttl }),
      dontFragment: options.dontFragment ?? 'want',
    };
    const result = stack.icmp.echo(dst, this.identifier, sequence, size, how);
    if (result === 'too long') this.over(made, () => ({ kind: result, mtu: stack.mtuTo(dst) }));
    if (result === 'no route') this.over(made, () => ({ kind: result }));
    if (this.count < count) clock.call(interval, () => this.request());
  }

  private over(known: Request | undefined, answer: (time: number) => PingAnswer): void {
    if (known === undefined || this.sent.get(known.sequence) !== known) return;
    const { sequence } = known;
    this.sent.delete(sequence);
    const { clock } = this.stack.lab;
    clock.cancel(known.timer);
    this.answers.push(answer(clock.now - known.time));
    this.sequences.push(sequence);
    if (this.answers.length === (this.options.count ?? 1)) this.stack.icmp.forget(this.identifier);
  }

  /** As `ping` prints it. */
  print(): string[] {
    return this.answers.map((answer, i) => {
      const about = `icmp_seq=${this.sequences[i]}`;
      if (answer.kind === 'reply') {
        const { from, ttl, time } = answer;
        return `${(this.options.size ?? 56) + 8} bytes from ${from}: ${about} ttl=${ttl} time=${timeText(time)} ms`;
      }
      if (answer.kind === 'too long')
        return `ping: local error: message too long, mtu=${answer.mtu}`;
      if (answer.kind === 'no route') return 'ping: connect: Network is unreachable';
      if (answer.kind === 'timeout') return `no answer yet for ${about}`;
      return `From ${formatIpv4(answer.error.from)} ${about} ${icmpErrorText(answer.error)}`;
    });
  }
}

/** Milliseconds to three digits, as iputils prints them: `0.500`, `1.00`, `12.3`, `123`. */
function timeText(nanoseconds: number): string {
  const micros = Math.floor(nanoseconds / 1000);
  const digits = micros >= 99_950 ? 0 : micros >= 9_995 ? 1 : micros >= 1000 ? 2 : 3;
  const unit = 10 ** (3 - digits);
  const text = String(Math.floor((micros + unit / 2) / unit)).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** One step of a traceroute. */
export interface Hop {
  readonly ttl: number;
  /** Who answered; undefined: nobody. */
  readonly from: string | undefined;
  /** Nanoseconds. */
  readonly time: number;
}

/** The first port that `traceroute` asks. */
const FIRST_PORT = 33434;

/** A traceroute that runs while the lab does: one UDP datagram a TTL, as Linux's `traceroute -q 1`. */
export class Traceroute {
  readonly hops: Hop[];
  /** Whether the destination itself has answered: nobody listens at that port. */
  arrived: boolean;
  /** Whether there was no route, so that nothing was sent. */
  noRoute: boolean;
  private readonly stack: IpStack;
  private readonly udp: Udp;
  private readonly dst: number;
  private readonly maxHops: number;

  /**
   * Starts at once. `dst`: an address; `maxHops`: 1–255. Throws `BAD_VALUE` for an address that is
   * none, `OUT_OF_RANGE` for so many hops.
   */
  constructor(stack: IpStack, udp: Udp, dst: string, maxHops = 30) {
    checkNumber(`traceroute from ${stack.device.name}`, 'maxHops', maxHops, TTL);
    this.hops = [];
    this.arrived = false;
    this.noRoute = false;
    this.stack = stack;
    this.udp = udp;
    this.dst = addressOf(dst);
    this.maxHops = maxHops;
    this.probe(1);
  }

  private probe(ttl: number): void {
    const { stack, udp, dst } = this;
    const { clock } = stack.lab;
    const sent = clock.now;
    let over = false;
    const next = (from: number | undefined, last: boolean): void => {
      if (over) return;
      over = true;
      clock.cancel(timer);
      socket.close();
      const text = from === undefined ? undefined : formatIpv4(from);
      this.hops.push({ ttl, from: text, time: clock.now - sent });
      this.arrived = last && from === dst;
      if (!last && ttl < this.maxHops) this.probe(ttl + 1);
    };
    const socket = udp.bind(0, {
      datagram: (frame) => frame.release(),
      failed: (_to, _port, { type, from }) => next(from, type === ICMP_TYPE.destinationUnreachable),
    });
    const timer = clock.call(5 * SECOND, () => next(undefined, false));
    const result = socket.send(dst, FIRST_PORT + ttl - 1, new Uint8Array(32), {
      ttl,
      dontFragment: false, // as the command without -F
    });
    if (result !== 'no route') return;
    clock.cancel(timer);
    socket.close();
    this.noRoute = true;
  }

  /** As `traceroute -n` prints it. */
  print(): string[] {
    if (this.noRoute) return ['traceroute: connect: Network is unreachable'];
    return this.hops.map(({ ttl, from, time }) => {
      const what = from === undefined ? '*' : `${from}  ${(time / MILLISECOND).toFixed(3)} ms`;
      return `${String(ttl).padStart(2)}  ${what}`;
    });
  }
}
