/** Links of a lab whose other end is a UDP socket of this machine. */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { PacketError } from '../bytes/error.js';
import type { Outside } from '../lab/outside.js';
import { UsageError } from './usage.js';

/** What `--attach` says: `A:eth0=udp:9001`, or with a peer that stays the same. */
export interface Attachment {
  /** A free port, or a link that the topology has to the outside. */
  readonly name: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Where frames go; undefined: to whoever was heard last. */
  readonly peer: { readonly host: string; readonly port: number } | undefined;
}

const EXPECTED =
  'expected NAME=udp:PORT or NAME=udp:PORT:HOST:PORT, such as A:eth0=udp:9001; PORT is 1–65535';

/** Reads `--attach`. Throws `UsageError`. */
export function parseAttachment(text: string): Attachment {
  const [, name = '', port = '', host = '', peerPort = ''] =
    /^(.+?)=udp:(\d{1,5})(?::(.+):(\d{1,5}))?$/.exec(text) ?? [];
  const ports = [port, ...(host === '' ? [] : [peerPort])].map(Number);
  if (name === '' || ports.some((one) => one < 1 || one > 65535)) {
    throw new UsageError(`--attach ${text}: ${EXPECTED}`);
  }
  const peer = host === '' ? undefined : { host, port: Number(peerPort) };
  return { name, port: Number(port), peer };
}

/** A socket that a link of the lab leads to: a datagram a frame, both ways. */
export class Attached {
  private readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
  }

  /**
   * Opens the socket. `received` gets each frame from outside: bytes that nobody vouches for. Rejects
   * with `BAD_VALUE` where the port is taken or nobody knows the peer's address.
   */
  static async open(
    { name, port, peer }: Attachment,
    outside: Outside,
    received: (frame: Uint8Array) => void,
  ): Promise<Attached> {
    // Once: else each frame would ask, and get lost without a word.
    let to = peer && { host: await ipv4Of(peer.host, name), port: peer.port };
    const socket = createSocket('udp4');
    socket.on('message', (frame, { address, port: from }) => {
      if (peer === undefined) to = { host: address, port: from };
      received(frame);
    });
    socket.bind(port, '127.0.0.1');
    try {
      await once(socket, 'listening');
    } catch (error) {
      socket.close();
      const { message } = error as Error;
      throw new PacketError(
        'BAD_VALUE',
        `--attach ${name}: 127.0.0.1:${port} can't be opened: ${message}`,
      );
    }
    // A peer that has gone, a network that is down: frames get lost, as on any cable.
    socket.on('error', () => {});
    outside.sink = (frame) => {
      if (to === undefined) return;
      // The lab uses the frame's memory again before the system has taken the datagram.
      socket.send(frame.slice(), to.port, to.host, () => {});
    };
    return new Attached(socket);
  }

  close(): void {
    this.socket.close();
  }
}

/** The IPv4 address of a host. Throws `BAD_VALUE`. */
async function ipv4Of(host: string, name: string): Promise<string> {
  const found = await lookup(host, { family: 4 }).catch((error: NodeJS.ErrnoException) => error);
  if (!(found instanceof Error) && found.family === 4) return found.address;
  const why = found instanceof Error ? ` (${found.code ?? found.message})` : '';
  throw new PacketError(
    'BAD_VALUE',
    `--attach ${name}: the peer ${host} has no IPv4 address that is known here${why}`,
  );
}
