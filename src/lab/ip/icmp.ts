/** ICMP (RFC 792) of a host or router: answers to echo, and errors about packets that got no further. */
import { formatIpv4 } from '../../bytes/address.js';
import { finishSum, sumBytes } from '../../bytes/checksum.js';
import { icmpQuotes } from '../../headers/icmp-wire.js';
import { DST, IPV4_HEADER_BYTES, PROTOCOL, SRC } from '../../headers/ipv4-wire.js';
import { ICMP_TYPE, IP_PROTOCOL } from '../../headers/numbers.js';
import type { Frame } from '../frame.js';
import type { Port } from '../port.js';
import { ErrorRate } from './error-rate.js';
import { mayTell } from './may-tell.js';
import { dstOf, srcOf, tosOf } from './packet.js';
import { MIN_PATH_MTU } from './path-mtu.js';
import type { SendOptions, SendResult } from './send-options.js';
import type { IpStack } from './stack.js';
import type { IcmpError, Transport } from './transport.js';

/** What waits for the answers to its echo requests. */
export interface EchoListener {
  /** An answer; its data lies from `data` to `frame.end`. The frame stays the caller's. */
  echoReply(frame: Frame, sequence: number, data: number): void;
  /** An error about a request. */
  echoFailed(sequence: number, error: IcmpError): void;
}

/** Type, code, checksum, and four bytes whose meaning depends on the type. */
const HEADER_BYTES = 8;
const CHECKSUM_AT = 2;
const IDENTIFIER_AT = 4;
const SEQUENCE_AT = 6;
/** RFC 1812 §4.3.2.3: an error is no longer than this, its IP header included. */
const MAX_ERROR_BYTES = 576;
const FRAGMENTATION_NEEDED = 4;

/** The ICMP of an IP stack. */
export class Icmp implements Transport {
  private readonly stack: IpStack;
  private readonly listeners: Map<number, EchoListener>;
  private nextIdentifier: number;
  private readonly rate: ErrorRate;

  /** `rateLimit`: nanoseconds between errors to one peer; 0: no limit. */
  constructor(stack: IpStack, rateLimit: number) {
    this.stack = stack;
    this.rate = new ErrorRate(stack.lab.clock, rateLimit);
    this.listeners = new Map();
    this.nextIdentifier = 1;
  }

  /** Answers an identifier for echo requests of which `listener` hears. */
  listen(listener: EchoListener): number {
    const identifier = this.nextIdentifier;
    this.nextIdentifier = (identifier % 0xffff) + 1;
    this.listeners.set(identifier, listener);
    return identifier;
  }

  forget(identifier: number): void {
    this.listeners.delete(identifier);
  }

  /** Sends an echo request with `bytes` of data, counted up from 0 as `ping` does it. */
  echo(
    dst: number,
    identifier: number,
    sequence: number,
    bytes: number,
    options?: SendOptions,
  ): SendResult {
    const frame = this.stack.newPacket(HEADER_BYTES + bytes);
    const { view, network } = frame;
    const at = network + IPV4_HEADER_BYTES;
    view.setUint16(at, ICMP_TYPE.echoRequest << 8);
    view.setUint16(at + IDENTIFIER_AT, identifier);
    view.setUint16(at + SEQUENCE_AT, sequence);
    for (let i = 0; i < bytes; i++) view.setUint8(at + HEADER_BYTES + i, i);
    sealIcmp(frame.view, at, frame.end);
    return this.stack.send(frame, IP_PROTOCOL.ICMP, dst, options);
  }

  receive(frame: Frame, at: number, input: Port): void {
    const { view, end } = frame;
    if (end - at < HEADER_BYTES || finishSum(sumBytes(view, at, end)) !== 0) {
      input.drop(frame);
      return;
    }
    const type = view.getUint8(at);
    if (type === ICMP_TYPE.echoRequest) {
      this.answer(frame, at);
      return;
    }
    if (type === ICMP_TYPE.echoReply) {
      const identifier = view.getUint16(at + IDENTIFIER_AT);
      const listener = this.listeners.get(identifier);
      listener?.echoReply(frame, view.getUint16(at + SEQUENCE_AT), at + HEADER_BYTES);
    } else if (icmpQuotes(type)) this.heard(frame, at);
    frame.release();
  }

  failed(frame: Frame, _quoted: number, transport: number, error: IcmpError): void {
    const { view } = frame;
    if (view.getUint8(transport) !== ICMP_TYPE.echoRequest) return;
    const identifier = view.getUint16(transport + IDENTIFIER_AT);
    const sequence = view.getUint16(transport + SEQUENCE_AT);
    this.listeners.get(identifier)?.echoFailed(sequence, error);
  }

  /** Tells the sender of a packet that it got no further, where it may; releases the packet. */
  error(frame: Frame, type: number, code: number, mtu = 0): void {
    if (mayTell(this.stack, frame)) this.tell(frame, type, code, mtu);
    frame.release();
  }

  private tell(frame: Frame, type: number, code: number, mtu: number): void {
    const { stack } = this;
    const { network } = frame;
    const src = srcOf(frame);
    if (!stack.isLocal(src) && !this.rate.allows(src, type, code)) {
      stack.counters.icmpLimited++;
      return;
    }
    // As Linux: an error is not cut itself.
    const room = Math.min(MAX_ERROR_BYTES, stack.mtuTo(src)) - IPV4_HEADER_BYTES - HEADER_BYTES;
    const quoted = Math.min(frame.end - network, room);
    const answer = stack.newPacket(HEADER_BYTES + quoted);
    const at = answer.network + IPV4_HEADER_BYTES;
    answer.view.setUint16(at, (type << 8) | code);
    answer.view.setUint32(at + IDENTIFIER_AT, mtu);
    const bytes = frame.bytes.subarray(network, network + quoted);
    answer.bytes.set(bytes, at + HEADER_BYTES);
    sealIcmp(answer.view, at, answer.end);
    // Where the packet was for us, the answer comes from the address that it was for.
    const dst = dstOf(frame);
    const options = stack.isLocal(dst) ? { src: dst } : {};
    stack.send(answer, IP_PROTOCOL.ICMP, src, { ...options, tos: 0xc0, dontFragment: false });
  }

  private answer(frame: Frame, at: number): void {
    const { stack } = this;
    const src = srcOf(frame);
    const dst = dstOf(frame);
    // As `icmp_echo_ignore_broadcasts` 1.
    if (!stack.isLocal(dst)) {
      frame.release();
      return;
    }
    const { bytes, end } = frame;
    const answer = stack.newPacket(end - at);
    const to = answer.network + IPV4_HEADER_BYTES;
    answer.bytes.set(bytes.subarray(at, end), to);
    answer.view.setUint8(to, ICMP_TYPE.echoReply);
    sealIcmp(answer.view, to, answer.end);
    if (stack.device.noting) stack.device.note("That's me! Answer", frame);
    // RFC 1812 §4.3.2.5: the answer is as urgent as the question.
    const tos = tosOf(frame);
    frame.release();
    stack.send(answer, IP_PROTOCOL.ICMP, src, { src: dst, tos, dontFragment: false });
  }

  /** An error about a packet of ours: for the transport that sent it. */
  private heard(frame: Frame, at: number): void {
    const { stack } = this;
    const { view, end } = frame;
    const quoted = at + HEADER_BYTES;
    if (quoted + IPV4_HEADER_BYTES > end || view.getUint8(quoted) >>> 4 !== 4) return;
    const transport = quoted + (view.getUint8(quoted) & 15) * 4;
    if (transport + 8 > end) return;
    // Whoever quotes what this host has not sent knows nothing of its packets (RFC 5927).
    if (!stack.isLocal(view.getUint32(quoted + SRC))) return;
    const type = view.getUint8(at);
    const code = view.getUint8(at + 1);
    const tooLong = type === ICMP_TYPE.destinationUnreachable && code === FRAGMENTATION_NEEDED;
    const mtu = tooLong ? view.getUint16(at + SEQUENCE_AT) : 0;
    const dst = view.getUint32(quoted + DST);
    if (tooLong) this.learn(frame, dst, mtu);
    // RFC 1122 §3.2.2.4 wants "time exceeded" handed on whatever its code; Linux keeps code 1, missing
    // fragments, from all but raw sockets, such as ping's.
    const error = { type, code, mtu, from: srcOf(frame) };
    stack.delivery.report(frame, quoted, transport, view.getUint8(quoted + PROTOCOL), error);
  }

  private learn(frame: Frame, dst: number, mtu: number): void {
    const { stack } = this;
    stack.learnPathMtu(dst, mtu);
    if (!stack.device.noting) return;
    const cut = mtu < MIN_PATH_MTU ? `\nThat is little: send ${stack.mtuTo(dst)} without DF` : '';
    stack.device.note(`Path MTU to ${formatIpv4(dst)}: ${mtu} bytes${cut}`, frame);
  }
}

/** Writes the checksum of the ICMP message from `at` to `end` anew. */
export function sealIcmp(view: DataView, at: number, end: number): void {
  view.setUint16(at + CHECKSUM_AT, 0);
  view.setUint16(at + CHECKSUM_AT, finishSum(sumBytes(view, at, end)));
}
