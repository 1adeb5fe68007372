/** Steps in which hosts talk over TCP. */
import { formatIpv4 } from '../../bytes/address.js';
import { SECOND, Timer } from '../clock.js';
import type { Host } from '../host.js';
import type { TcpConnection } from '../tcp/connection.js';
import type { TcpHandler } from '../tcp/handler.js';
import type { Endpoint } from './network.js';
import { latin1 } from './services.js';
import { object, optional, required, text, whole, word } from './shape.js';
import { expected, type Going, type StepKind, stepOf } from './step.js';
import { FROM } from './steps-probe.js';
import { filling, TO_PORT } from './steps-udp.js';
import { DURATION, PORT, size } from './values.js';

/** The most that a step sends: it is in memory, and in the capture. */
const MAX_BYTES = 1e8;
/** A connection that is not over by then is given up, unless the file says otherwise. */
const TIMEOUT = 300 * SECOND;

const FATES = {
  delivered: 'that all was delivered',
  echoed: 'the same bytes back',
  refused: 'that it was refused',
  failed: 'that it failed',
} as const;
type Fate = keyof typeof FATES;

const COMMON = {
  from: required(FROM, 'who connects'),
  to: required(TO_PORT, 'to whom'),
  port: optional(PORT, 'the port that it comes from (absent: a free one)'),
  timeout: optional(DURATION, 'for all of it (absent: 5min)'),
};

/** Sends bytes over a connection of their own. */
export const TCP: StepKind = stepOf(
  'tcp',
  'a connection: sends bytes, then closes',
  object('tcp', {
    ...COMMON,
    bytes: optional(size(MAX_BYTES, '100MB'), 'how much (absent: nothing)'),
    data: optional(text(), 'or what'),
    expect: optional(word(...(Object.keys(FATES) as Fate[])), 'what must come of it'),
  }),
  (network, said, place) => {
    const host = network.host(said.from);
    const to = network.endpoint(said.to);
    if (said.data !== undefined && said.bytes !== undefined) {
      return place.wrong('give data or bytes, not both');
    }
    if (host === undefined || to === undefined) return undefined;
    const title = `tcp ${said.from.text} → ${network.nameOf(to.address)}:${to.port}`;
    return () => {
      const data =
        said.data === undefined ? filling(said.bytes ?? 0) : new TextEncoder().encode(said.data);
      const talk = new Talk(host, to, data, true, said);
      return talk.going(title, (): string | undefined => {
        const { expect } = said;
        if (expect === undefined) return undefined;
        const closed = talk.fate === 'closed';
        const held = {
          delivered: closed,
          echoed: closed && talk.echoes,
          refused: talk.fate === 'ECONNREFUSED',
          failed: !closed,
        };
        return expected(FATES[expect], held[expect], talk.summary);
      });
    };
  },
);

/** Asks for a page. */
export const HTTP: StepKind = stepOf(
  'http',
  'a request for a page, HTTP/1.1',
  object('http', {
    ...COMMON,
    path: optional(text(), 'absent: /'),
    expect: optional(whole(100, 599), 'the status that must come'),
  }),
  (network, said) => {
    const host = network.host(said.from);
    const to = network.endpoint(said.to);
    if (host === undefined || to === undefined) return undefined;
    const { path = '/', expect } = said;
    const title = `http ${said.from.text} → ${network.nameOf(to.address)}:${to.port}${path}`;
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: ${formatIpv4(to.address)}:${to.port}`,
      'Connection: close',
    ];
    return () => {
      const request = new TextEncoder().encode(`${lines.join('\r\n')}\r\n\r\n`);
      const talk = new Talk(host, to, request, false, said);
      return talk.going(title, () => {
        const [line = ''] = latin1(talk.received).split('\r\n');
        if (line !== '') talk.lines.push(line);
        const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(line)?.[1]);
        return expected(
          expect === undefined ? undefined : `status ${expect}`,
          status === expect,
          line || talk.summary,
        );
      });
    };
  },
);

/** A connection of a step. */
class Talk {
  /** `closed`, or why it failed; empty: it goes on. */
  fate: string;
  readonly lines: string[];
  private readonly host: Host;
  private readonly data: Uint8Array;
  private readonly begun: number;
  private readonly connection: TcpConnection;
  private readonly timer: Timer;
  private readonly parts: Uint8Array[];
  private ended: number;

  /** `closes`: says that it has sent all; else the other end is to close first. */
  constructor(
    host: Host,
    to: Endpoint,
    data: Uint8Array,
    closes: boolean,
    { port, timeout = TIMEOUT }: { readonly port?: number; readonly timeout?: number },
  ) {
    const { clock } = host.lab;
    this.fate = '';
    this.lines = [];
    this.host = host;
    this.data = data;
    this.begun = clock.now;
    this.ended = clock.now;
    this.parts = [];
    const handler: TcpHandler = {
      connected: (connection) => {
        if (data.length > 0) connection.write(data);
        if (closes) connection.end();
      },
      data: (bytes) => this.parts.push(bytes),
      ended: (connection) => connection.end(),
      closed: () => this.over('closed'),
      failed: (reason) => this.over(reason),
    };
    this.timer = new Timer(() => {
      this.over('not over in time');
      this.connection.abort();
    });
    clock.after(this.timer, timeout);
    const options = port === undefined ? {} : { localPort: port };
    this.connection = host.tcp.connect(formatIpv4(to.address), to.port, handler, options);
  }

  get received(): Uint8Array {
    const all = new Uint8Array(this.parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** Whether what came back is what was sent. */
  get echoes(): boolean {
    const { data, received } = this;
    return data.length === received.length && data.every((byte, i) => byte === received[i]);
  }

  /** In a line: how much, how fast, how well. */
  get summary(): string {
    if (this.fate !== 'closed') return `it failed: ${this.fate || 'it was not over'}`;
    const seconds = (this.ended - this.begun) / SECOND;
    const { counters } = this.connection;
    const rate =
      seconds === 0 ? '' : `, ${((this.data.length * 8) / 1e6 / seconds).toFixed(3)} Mbit/s`;
    const again = `${counters.TcpRetransSegs} segments sent again`;
    return `${this.data.length} bytes in ${seconds.toFixed(6)} s${rate}, ${again}`;
  }

  /** The step that it is. */
  going(title: string, failure: () => string | undefined): Going {
    const isOver = (): boolean => this.fate !== '';
    return {
      get over() {
        return isOver();
      },
      end: () => {
        if (!isOver()) this.connection.abort();
        this.host.lab.clock.cancel(this.timer);
        const failed = failure();
        return { title, lines: [...this.lines, this.summary], failure: failed };
      },
    };
  }

  private over(fate: string): void {
    if (this.fate !== '') return;
    const { clock } = this.host.lab;
    this.fate = fate;
    this.ended = clock.now;
    clock.cancel(this.timer);
  }
}
