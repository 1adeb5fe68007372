/** Steps in which hosts send datagrams to each other. */
import { formatIpv4 } from '../../bytes/address.js';
import { SECOND, Timer } from '../clock.js';
import type { Host } from '../host.js';
import { icmpErrorText } from '../ip/error-text.js';
import { type Endpoint, type Reference, reference } from './network.js';
import { object, optional, required, type Shape, text, whole, word } from './shape.js';
import { expected, type Going, type StepKind, stepOf } from './step.js';
import { FROM } from './steps-probe.js';
import { DURATION, PORT, size } from './values.js';

/** The end that it is about. */
export const TO_PORT: Shape<Reference> = reference(
  'an address and a port such as 192.168.1.20:53, or B:53',
);

/** The most that a datagram carries over IPv4. */
const MAX_DATAGRAM = 65_507;

const UDP_ANSWERS = {
  answer: 'an answer to each datagram',
  silence: 'no answer',
  unreachable: 'an ICMP error',
} as const;

interface UdpSend {
  readonly count: number;
  readonly data: Uint8Array;
  readonly port: number;
  readonly timeout: number;
  readonly expect: keyof typeof UDP_ANSWERS | undefined;
}

/** Sends datagrams. */
export const UDP: StepKind = stepOf(
  'udp',
  'datagrams, one after the other',
  object('udp', {
    from: required(FROM, 'who sends'),
    to: required(TO_PORT, 'to whom'),
    data: optional(text(), 'what is in each'),
    bytes: optional(size(MAX_DATAGRAM), 'or how much is in each'),
    count: optional(whole(1, 100_000), 'how many (absent: 1)'),
    port: optional(PORT, 'the port that they come from (absent: a free one)'),
    timeout: optional(DURATION, 'for answers (absent: 1s)'),
    expect: optional(
      word(...(Object.keys(UDP_ANSWERS) as (keyof typeof UDP_ANSWERS)[])),
      'what must come back',
    ),
  }),
  (network, said, place) => {
    const host = network.host(said.from);
    const to = network.endpoint(said.to);
    if (said.data !== undefined && said.bytes !== undefined) {
      return place.wrong('give data or bytes, not both');
    }
    if (host === undefined || to === undefined) return undefined;
    const data =
      said.data === undefined ? filling(said.bytes ?? 0) : new TextEncoder().encode(said.data);
    const { count = 1, port = 0, timeout = SECOND, expect } = said;
    const title = `udp ${said.from.text} → ${network.nameOf(to.address)}:${to.port}`;
    return () => sendDatagrams(host, to, { count, data, port, timeout, expect }, title);
  },
);

function sendDatagrams(host: Host, to: Endpoint, send: UdpSend, title: string): Going {
  const { count, data, port, timeout, expect } = send;
  const lines: string[] = [];
  const came = { answer: 0, unreachable: 0, refused: 0 };
  const timer = new Timer(() => {});
  const socket = host.udp.bind(port, {
    datagram: (frame, at, from, fromPort) => {
      came.answer++;
      lines.push(`${frame.end - at} bytes from ${formatIpv4(from)}:${fromPort}`);
      frame.release();
    },
    failed: (_to, _port, error) => {
      came.unreachable++;
      lines.push(`From ${formatIpv4(error.from)} ${icmpErrorText(error)}`);
    },
  });
  host.lab.clock.after(timer, timeout);
  for (let i = 0; i < count; i++) {
    const result = socket.send(to.address, to.port, data);
    if (result === 'sent') continue;
    came.refused++;
    lines.push(`not sent: ${result}`);
  }
  return {
    get over() {
      return !timer.pending || came.answer + came.unreachable + came.refused >= count;
    },
    end: () => {
      host.lab.clock.cancel(timer);
      socket.close();
      const held = {
        answer: came.answer >= count,
        silence: came.answer + came.unreachable === 0,
        unreachable: came.unreachable > 0,
      };
      const happened = lines.at(-1) ?? 'nothing came back';
      const failure = expect && expected(UDP_ANSWERS[expect], held[expect], happened);
      return { title, lines, failure };
    },
  };
}

/** Bytes that are told apart, counted up from 0. */
export function filling(bytes: number): Uint8Array {
  const data = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) data[i] = i;
  return data;
}
