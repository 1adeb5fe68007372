/** UDP (RFC 768) of a host: ports, and the sockets behind them. */
import { formatIpv4 } from '../../bytes/address.js';
import { finishSum, foldSum, sumBytes } from '../../bytes/checksum.js';
import { PacketError } from '../../bytes/error.js';
import { offsetOf } from '../../bytes/layout.js';
import { IPV4_HEADER_BYTES } from '../../headers/ipv4-wire.js';
import { FIRST_DYNAMIC_PORT, ICMP_TYPE, IP_PROTOCOL } from '../../headers/numbers.js';
import { UDP_HEADER_BYTES, udpLayout } from '../../headers/udp.js';
import type { Frame } from '../frame.js';
import type { Port } from '../port.js';
import { checkNumber, numbers, PORT } from '../range.js';
import { printSockets } from '../socket-table.js';
import { pseudoSum, pseudoSumOf, srcOf } from './packet.js';
import type { SendOptions, SendResult } from './send-options.js';
import type { IpStack } from './stack.js';
import type { IcmpError, Transport } from './transport.js';

const SRC_PORT = offsetOf(udpLayout, 'srcPort');
const DST_PORT = offsetOf(udpLayout, 'dstPort');
const LENGTH = offsetOf(udpLayout, 'length');
const CHECKSUM = offsetOf(udpLayout, 'checksum');
const PORT_UNREACHABLE = 3;
/** What is left of the longest IPv4 packet. */
const MAX_DATA_BYTES = 0xffff - IPV4_HEADER_BYTES - UDP_HEADER_BYTES;

const ANY_PORT = numbers(0, 65_535);

/** What is behind a UDP port. */
export interface UdpListener {
  /**
   * Takes over a datagram's frame: its IP header is at `frame.network`, its data from `data` to
   * `frame.end`. `from`, `port`: who sent it.
   */
  datagram(frame: Frame, data: number, from: number, port: number): void;
  /** An ICMP error about a datagram that was sent to `to`, `port`. */
  failed?(to: number, port: number, error: IcmpError): void;
}

/** For ports from which is only sent. */
const DEAF: UdpListener = { datagram: (frame) => frame.release() };

/** A UDP port of a host that somebody holds. */
export class UdpSocket {
  /** The host's port, 1–65535. */
  readonly port: number;
  /** Datagrams that were read and sent. */
  received: number;
  sent: number;
  private readonly udp: Udp;

  /** `Udp.bind` makes them. */
  constructor(udp: Udp, port: number) {
    this.udp = udp;
    this.port = port;
    this.received = 0;
    this.sent = 0;
  }

  /**
   * Sends a datagram. `dst`: an address as a word; `port`: 0–65535, as whoever is answered may have
   * said 0. Throws `OUT_OF_RANGE`.
   */
  send(dst: number, port: number, data: Uint8Array, options?: SendOptions): SendResult {
    this.sent++;
    return this.udp.send(this.port, dst, port, data, options);
  }

  close(): void {
    this.udp.unbind(this.port);
  }
}

/** The UDP of an IP stack. */
export class Udp implements Transport {
  private readonly stack: IpStack;
  private readonly listeners: Map<number, { socket: UdpSocket; listener: UdpListener }>;
  private nextPort: number;

  constructor(stack: IpStack) {
    this.stack = stack;
    this.listeners = new Map();
    this.nextPort = FIRST_DYNAMIC_PORT;
    stack.setTransport(IP_PROTOCOL.UDP, this);
  }

  /**
   * Takes a port, 1–65535; 0: a free one from 49152. Without a listener what comes is let go. Throws
   * `OUT_OF_RANGE` for what is no port, `BAD_VALUE` where it is taken.
   */
  bind(port: number, listener: UdpListener = DEAF): UdpSocket {
    const { name } = this.stack.device;
    const free = port === 0 ? this.freePort() : checkNumber(name, 'a UDP port', port, PORT);
    if (this.listeners.has(free)) {
      throw new PacketError('BAD_VALUE', `${name}: UDP port ${free} is taken`);
    }
    const socket = new UdpSocket(this, free);
    this.listeners.set(free, { socket, listener });
    return socket;
  }

  unbind(port: number): void {
    this.listeners.delete(port);
  }

  /** Sends `data`: more than 65,507 bytes are too long. `UdpSocket.send` is the way to it. */
  send(
    from: number,
    dst: number,
    port: number,
    data: Uint8Array,
    options?: SendOptions,
  ): SendResult {
    const { stack } = this;
    checkNumber(stack.device.name, 'a UDP port', port, ANY_PORT);
    if (data.length > MAX_DATA_BYTES) return 'too long';
    const src = options?.src ?? stack.sourceFor(dst);
    const frame = stack.newPacket(UDP_HEADER_BYTES + data.length);
    const { view, end } = frame;
    const at = frame.network + IPV4_HEADER_BYTES;
    frame.bytes.set(data, at + UDP_HEADER_BYTES);
    view.setUint16(at + SRC_PORT, from);
    view.setUint16(at + DST_PORT, port);
    view.setUint16(at + LENGTH, end - at);
    view.setUint16(at + CHECKSUM, 0);
    const pseudo = pseudoSumOf(src, dst, IP_PROTOCOL.UDP, end - at);
    const sum = finishSum(sumBytes(view, at, end, pseudo));
    // RFC 768: a computed 0 is sent as all ones.
    view.setUint16(at + CHECKSUM, sum === 0 ? 0xffff : sum);
    return stack.send(frame, IP_PROTOCOL.UDP, dst, options, src);
  }

  receive(frame: Frame, at: number, input: Port): void {
    const { view, end } = frame;
    const length = at + UDP_HEADER_BYTES <= end ? view.getUint16(at + LENGTH) : 0;
    if (length < UDP_HEADER_BYTES || at + length > end) {
      input.drop(frame);
      return;
    }
    frame.end = at + length;
    const checksum = view.getUint16(at + CHECKSUM);
    if (checksum !== 0 && !this.isRight(frame, at)) {
      input.drop(frame);
      return;
    }
    const found = this.listeners.get(view.getUint16(at + DST_PORT));
    if (found === undefined) {
      this.stack.icmp.error(frame, ICMP_TYPE.destinationUnreachable, PORT_UNREACHABLE);
      return;
    }
    found.socket.received++;
    const port = view.getUint16(at + SRC_PORT);
    found.listener.datagram(frame, at + UDP_HEADER_BYTES, srcOf(frame), port);
  }

  failed(frame: Frame, quoted: number, transport: number, error: IcmpError): void {
    const { view } = frame;
    const found = this.listeners.get(view.getUint16(transport + SRC_PORT));
    const to = view.getUint32(quoted + 16);
    found?.listener.failed?.(to, view.getUint16(transport + DST_PORT), error);
  }

  /** As `ss -uan` prints it. */
  print(): string[] {
    const any = formatIpv4(0);
    return printSockets(
      [...this.listeners.keys()].map((port) => ({
        ...{ state: 'UNCONN', receive: 0, send: 0 },
        local: [any, String(port)],
        peer: [any, '*'],
      })),
    );
  }

  private isRight(frame: Frame, at: number): boolean {
    return foldSum(sumBytes(frame.view, at, frame.end, pseudoSum(frame, at))) === 0xffff;
  }

  private freePort(): number {
    const { listeners } = this;
    for (let tries = FIRST_DYNAMIC_PORT; tries <= 65535; tries++) {
      const port = this.nextPort;
      this.nextPort = port === 65535 ? FIRST_DYNAMIC_PORT : port + 1;
      if (!listeners.has(port)) return port;
    }
    throw new PacketError('BAD_VALUE', `${this.stack.device.name}: no UDP port is free`);
  }
}
