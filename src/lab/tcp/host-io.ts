/** What joins a connection to its host: segments become packets, and its time is the lab's. */
import { finishSum, sumBytes } from '../../bytes/checksum.js';
import { IPV4_HEADER_BYTES } from '../../headers/ipv4-wire.js';
import { IP_PROTOCOL } from '../../headers/numbers.js';
import { CHECKSUM } from '../../headers/tcp-wire.js';
import { Timer } from '../clock.js';
import { pseudoSumOf } from '../ip/packet.js';
import type { SendOptions, SendResult } from '../ip/send-options.js';
import type { IpStack } from '../ip/stack.js';
import type { TcpConnection } from './connection.js';
import type { TcpFlow, TcpIo } from './io.js';
import { segmentLabel } from './segment-label.js';
import type { SegmentOut } from './segment-out.js';
import type { Tcp } from './tcp.js';

/** Sends a segment. Linux sets DF on what TCP sends, and finds the path's MTU by that. */
export function sendSegment(
  stack: IpStack,
  segment: SegmentOut,
  dst: number,
  options: SendOptions & { readonly src: number },
): SendResult {
  const { src } = options;
  const frame = stack.newPacket(segment.bytes);
  const { view, bytes, network, end } = frame;
  const at = network + IPV4_HEADER_BYTES;
  segment.write(view, bytes, at);
  const pseudo = pseudoSumOf(src, dst, IP_PROTOCOL.TCP, end - at);
  view.setUint16(at + CHECKSUM, finishSum(sumBytes(view, at, end, pseudo)));
  frame.confirms = segment.confirms;
  if (stack.device.noting) frame.label = segmentLabel(segment);
  return stack.send(frame, IP_PROTOCOL.TCP, dst, options);
}

/** A connection's way to its host. */
export class HostIo implements TcpIo {
  /** Set as soon as it is made. */
  connection: TcpConnection | undefined;
  private readonly tcp: Tcp;
  private readonly stack: IpStack;
  private readonly flow: TcpFlow;
  private readonly options: { readonly src: number; dontFragment: boolean };
  private readonly timer: Timer;
  private readonly backgroundTimer: Timer;

  constructor(tcp: Tcp, stack: IpStack, flow: TcpFlow) {
    const fired = (): void => this.connection?.timerFired();
    this.connection = undefined;
    this.tcp = tcp;
    this.stack = stack;
    this.flow = flow;
    this.options = { src: flow.localAddress, dontFragment: true };
    this.timer = new Timer(fired);
    this.backgroundTimer = new Timer(fired, true);
  }

  get now(): number {
    return this.stack.lab.clock.now;
  }

  get pathMtu(): number {
    return this.stack.mtuTo(this.flow.remoteAddress);
  }

  get noting(): boolean {
    return this.stack.device.noting;
  }

  random(): number {
    return this.tcp.random.next();
  }

  note(text: string): void {
    this.stack.device.note(text, this.tcp.current);
  }

  transmit(segment: SegmentOut): void {
    const { stack, flow, connection, options } = this;
    // Linux's TCP finds the path's MTU by DF, and cuts its segments to it itself.
    options.dontFragment = !stack.isMtuLocked(flow.remoteAddress);
    const result = sendSegment(stack, segment, flow.remoteAddress, options);
    if (result === 'no route') connection?.unreachable('ENETUNREACH');
    else if (result === 'too long') this.tooLong();
  }

  /** As if a router had said so: Linux's host tells itself (`ip_fragment`). */
  private tooLong(): void {
    const { stack, flow, pathMtu } = this;
    stack.learnPathMtu(flow.remoteAddress, pathMtu);
    this.connection?.mtuReduced(pathMtu);
  }

  setTimer(at: number, background: boolean): void {
    const { clock } = this.stack.lab;
    clock.cancel(background ? this.timer : this.backgroundTimer);
    const timer = background ? this.backgroundTimer : this.timer;
    if (at === Number.POSITIVE_INFINITY) clock.cancel(timer);
    else clock.at(timer, at);
  }

  closed(): void {
    if (this.connection !== undefined) this.tcp.forget(this.connection);
  }
}
