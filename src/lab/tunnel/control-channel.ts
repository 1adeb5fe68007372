/**
 * How control planes of the lab talk: JSON in UDP, a protocol of the lab's own. What is asked carries
 * an `id`, what answers has it as `re`; what is not answered is asked again, so every request must
 * bear being heard twice.
 *
 *     {"id":7,"op":"query","vni":5000,"mac":"52:54:00:00:00:02"}
 *     {"re":7,"op":"answer","vni":5000,"mac":"52:54:00:00:00:02","vtep":"10.0.0.2"}
 */
import { SECOND, type Timer } from '../clock.js';
import type { Frame } from '../frame.js';
import type { Host } from '../host.js';
import type { UdpListener, UdpSocket } from '../ip/udp.js';

/** A message: an operation and what belongs to it. */
export interface ControlMessage {
  readonly op: string;
  readonly [field: string]: string | number;
}

/** What answers requests. Undefined: they make no sense, and are not answered. */
export type Answerer = (
  message: ControlMessage,
  from: number,
  port: number,
) => ControlMessage | undefined;

/** UDP port of a central controller, in the dynamic range. */
export const CONTROLLER_PORT = 49_200;
/** UDP port of a shared database. */
export const STORE_PORT = 49_201;

/** Nanoseconds to wait for an answer, and how often to ask. */
const TIMEOUT = SECOND;
const ATTEMPTS = 3;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

interface Waiting {
  readonly done: (answer: ControlMessage | undefined) => void;
  timer: Timer | undefined;
}

/** One end of such talk. */
export class ControlChannel implements UdpListener {
  readonly host: Host;
  private readonly socket: UdpSocket;
  private readonly answer: Answerer;
  private readonly waiting: Map<number, Waiting>;
  private nextId: number;

  /** `port`: 0: a free one. */
  constructor(host: Host, port: number, answer: Answerer) {
    this.host = host;
    this.answer = answer;
    this.waiting = new Map();
    this.nextId = 1;
    this.socket = host.udp.bind(port, this);
  }

  /** Asks; `done` is called once, with the answer, or with undefined after three seconds without one. */
  ask(
    to: number,
    port: number,
    message: ControlMessage,
    done: (answer: ControlMessage | undefined) => void,
  ): void {
    const id = this.nextId++;
    const bytes = ENCODER.encode(JSON.stringify({ id, ...message }));
    const options = { label: textOf(message) };
    const entry: Waiting = { done, timer: undefined };
    this.waiting.set(id, entry);
    const attempt = (number: number): void => {
      if (number > ATTEMPTS) {
        this.waiting.delete(id);
        done(undefined);
        return;
      }
      this.socket.send(to, port, bytes, options);
      entry.timer = this.host.lab.clock.call(TIMEOUT, () => attempt(number + 1));
    };
    attempt(1);
  }

  datagram(frame: Frame, data: number, from: number, port: number): void {
    const message = read(frame.bytes.subarray(data, frame.end));
    if (message === undefined) {
      frame.release();
      return;
    }
    const { host } = this;
    if (host.noting) host.note(textOf(message), frame);
    frame.release();
    const { id, re } = message;
    if (typeof re === 'number') this.heard(re, message);
    else if (typeof id === 'number') {
      const answer = this.answer(message, from, port);
      if (answer === undefined) return;
      const bytes = ENCODER.encode(JSON.stringify({ re: id, ...answer }));
      this.socket.send(from, port, bytes, { label: textOf(answer) });
    }
  }

  private heard(id: number, message: ControlMessage): void {
    const entry = this.waiting.get(id);
    if (entry === undefined) return;
    this.waiting.delete(id);
    if (entry.timer !== undefined) this.host.lab.clock.cancel(entry.timer);
    entry.done(message);
  }
}

/** A message; undefined: the bytes are none. */
function read(bytes: Uint8Array): ControlMessage | undefined {
  try {
    const value: unknown = JSON.parse(DECODER.decode(bytes));
    const isMessage = typeof value === 'object' && value !== null && 'op' in value;
    return isMessage && typeof value.op === 'string' ? (value as ControlMessage) : undefined;
  } catch {
    return undefined;
  }
}

/** `query vni=5000 mac=52:54:00:00:00:02`: for people, without what is empty. */
function textOf({ op, id: _id, re: _re, ...fields }: ControlMessage): string {
  const told = Object.entries(fields).filter(([, value]) => value !== '');
  return [op, ...told.map(([name, value]) => `${name}=${value}`)].join(' ');
}
