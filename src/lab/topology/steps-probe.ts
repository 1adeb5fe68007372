/** Steps that ask whether somebody is there: ping, traceroute, ARP. */
import { formatIpv4 } from '../../bytes/address.js';
import { ICMP_TYPE } from '../../headers/numbers.js';
import { MAX_PINGS, type Ping, type PingAnswer, type PingOptions } from '../ip/ping.js';
import { type Reference, reference } from './network.js';
import {
  FLAG,
  list,
  object,
  optional,
  required,
  type Shape,
  show,
  text,
  whole,
  word,
} from './shape.js';
import { expected, type StepKind, stepOf } from './step.js';
import { DURATION, IPV4, size, TTL } from './values.js';

/** The host that does it. */
export const FROM: Shape<Reference> = reference('the name of a host');
/** The one that it is about. */
const TO: Shape<Reference> = reference('an address such as 192.168.1.20, or the name of a host');

const ANSWERS = {
  reply: 'a reply to each request',
  unreachable: '"destination unreachable" for each request',
  'too long': '"fragmentation needed" or "message too long" for each request',
  'ttl exceeded': '"time to live exceeded" for each request',
  timeout: 'no answer to any request',
  'no route': 'no route to the destination',
} as const;
type Answer = keyof typeof ANSWERS;

/** `ping`. */
export const PING: StepKind = stepOf(
  'ping',
  'echo requests, as `ping` sends them',
  object('ping', {
    from: required(FROM, 'who pings'),
    to: required(TO, 'whom'),
    count: optional(whole(1, MAX_PINGS), 'requests (absent: 1)'),
    size: optional(size(65_507), 'bytes of data (absent: 56)'),
    interval: optional(DURATION, 'between requests (absent: 1s)'),
    timeout: optional(DURATION, 'for an answer (absent: 1s)'),
    ttl: optional(TTL, "absent: the host's"),
    dontFragment: optional(FLAG, 'true: `ping -M do`, false: `-M dont` (absent: `-M want`)'),
    expect: optional(word(...(Object.keys(ANSWERS) as Answer[])), 'what each must get'),
  }),
  (network, { from, to, expect, ...options }) => {
    const host = network.host(from);
    const dst = network.address(to);
    if (host === undefined || dst === undefined) return undefined;
    const title = `ping ${from.text} → ${network.nameOf(dst)}`;
    return () => {
      const ping = host.ping(formatIpv4(dst), options);
      return {
        get over() {
          return ping.answers.length >= (options.count ?? 1);
        },
        end: () => {
          const lines = ping.print();
          const failure = missed(ping, options, expect, lines);
          return { title, lines, failure };
        },
      };
    };
  },
);

function missed(
  { answers }: Ping,
  { count = 1 }: PingOptions,
  wanted: Answer | undefined,
  lines: readonly string[],
): string | undefined {
  if (wanted === undefined) return undefined;
  const odd = answers.findIndex((answer) => kindOf(answer) !== wanted);
  const holds = odd < 0 && answers.length === count;
  return expected(
    ANSWERS[wanted],
    holds,
    lines[odd] ?? `${answers.length} of ${count} were answered`,
  );
}

function kindOf(answer: PingAnswer): Answer {
  if (answer.kind !== 'error') return answer.kind;
  if (answer.error.type === ICMP_TYPE.timeExceeded) return 'ttl exceeded';
  return answer.error.type === ICMP_TYPE.destinationUnreachable && answer.error.code === 4
    ? 'too long'
    : 'unreachable';
}

const HOPS: Shape<'arrived' | 'lost' | string[]> = {
  expected: 'arrived, lost, or a list of the addresses of all hops (* for none)',
  parts: [],
  read(value, place) {
    if (value === 'arrived' || value === 'lost') return value;
    if (Array.isArray(value)) return list(HOP).read(value, place);
    return place.wrong(`${show(value)}: expected ${this.expected}`);
  },
};
const HOP: Shape<string> = {
  ...IPV4,
  read: (value, place) => (value === '*' ? '*' : IPV4.read(value, place)),
};

/** `traceroute`. */
export const TRACEROUTE: StepKind = stepOf(
  'traceroute',
  'datagrams with rising TTLs, as `traceroute` sends them',
  object('traceroute', {
    from: required(FROM, 'who asks'),
    to: required(TO, 'for the way to whom'),
    hops: optional(whole(1, 255), 'at most (absent: 30)'),
    expect: optional(HOPS, 'what must come of it'),
  }),
  (network, { from, to, hops = 30, expect }) => {
    const host = network.host(from);
    const dst = network.address(to);
    if (host === undefined || dst === undefined) return undefined;
    const title = `traceroute ${from.text} → ${network.nameOf(dst)}`;
    return () => {
      const trace = host.traceroute(formatIpv4(dst), hops);
      return {
        get over() {
          return trace.arrived || trace.hops.length >= hops;
        },
        end: () => {
          const way = trace.hops.map((hop) => hop.from ?? '*');
          const how = trace.arrived ? 'arrived' : 'lost';
          const happened = `the way was ${way.join(', ') || 'nothing'} and ${how === 'lost' ? 'did not arrive' : 'arrived'}`;
          const holds = Array.isArray(expect) ? expect.join() === way.join() : expect === how;
          const words = Array.isArray(expect) ? `the hops ${expect.join(', ')}` : expect;
          const failure = expected(words, holds, happened);
          return { title, lines: trace.print(), failure };
        },
      };
    };
  },
);

/** Gratuitous ARP. */
export const ANNOUNCE: StepKind = stepOf(
  'announce',
  'gratuitous ARP: a host tells all neighbours of its addresses',
  object('announce', {
    from: required(FROM, 'who'),
    interface: optional(text(), 'on which interface (absent: on all)'),
  }),
  (network, { from, interface: name }, place) => {
    const host = network.host(from);
    if (host === undefined) return undefined;
    const all = host.ip.interfaces.filter(({ addresses }) => addresses.length > 0);
    const chosen = name === undefined ? all : all.filter(({ port }) => port.name === name);
    if (chosen.length === 0) {
      const names = all.map(({ port }) => port.name).join(', ') || 'none';
      return place.wrong(`${from.text} has no such interface with an address; it has ${names}`);
    }
    return () => {
      for (const one of chosen) {
        for (const { address } of one.addresses) one.neighbours.announce(address);
      }
      return { over: true, end: () => ({ title: `announce ${from.text}`, lines: [] }) };
    };
  },
);
