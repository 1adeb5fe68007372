/**
 * A program: a lab in real time whose host A serves TCP to a peer behind a UDP socket. It runs inside
 * the namespace, bundled. Prints a line of JSON for what happened; each line of its input has A
 * connect to a port of the peer, send so many bytes and end: `PORT BYTES`.
 */
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';
import { Host } from '../../../src/lab/host.js';
import { Lab } from '../../../src/lab/lab.js';
import { Outside } from '../../../src/lab/outside.js';
import type { TcpConnection } from '../../../src/lab/tcp/connection.js';
import type { TcpHandler } from '../../../src/lab/tcp/handler.js';

const NS_PER_MS = 1_000_000;
/** The guide's Host A, and the kernel. */
const ADDRESS = '192.168.1.10/24';
const KERNEL = '192.168.1.20';

const lab = new Lab();
const host = new Host(lab, 'A', { interfaces: { eth0: { address: ADDRESS } } });
const outside = new Outside(lab, 'outside');
lab.connect(host.port('eth0'), outside.end, JSON.parse(process.argv[2] ?? '{}'));

const say = (what: object): void => {
  process.stdout.write(`${JSON.stringify(what)}\n`);
};

/** Tells of a connection's end, and what it has counted. */
function told(name: string, received: () => number): TcpHandler {
  const tell = (how: string, { counters }: TcpConnection): void => {
    say({ name, how, received: received(), counters });
  };
  return {
    closed: (connection) => tell('closed', connection),
    failed: (reason, connection) => tell(reason, connection),
  };
}

host.tcp.listen(7, {
  accept: () => {
    let received = 0;
    return {
      ...told('echo', () => received),
      data: (bytes, connection) => {
        received += bytes.length;
        if (!connection.write(bytes)) connection.pause();
      },
      drained: (connection) => connection.resume(),
      ended: (connection) => connection.end(),
    };
  },
});

// It takes what comes, but only a while after the window is full: on a machine that is busy the sender
// may be late to fill it.
host.tcp.listen(
  9,
  {
    accept: (connection) => {
      let received = 0;
      connection.pause();
      const look = (): void => {
        const full = connection.counters.TcpExtTCPToZeroWindowAdv > 0;
        if (full) lab.clock.call(1500 * NS_PER_MS, () => connection.resume());
        else lab.clock.call(50 * NS_PER_MS, look);
      };
      look();
      return {
        ...told('slow', () => received),
        data: (bytes) => {
          received += bytes.length;
        },
        ended: () => connection.end(),
      };
    },
  },
  { receiveBuffer: 8000 },
);

// It says nothing for a while after the peer has ended, and asks whether the peer is there.
host.tcp.listen(
  11,
  {
    accept: () => ({
      ...told('asks', () => 0),
      ended: (connection) => lab.clock.call(2500 * NS_PER_MS, () => connection.end()),
    }),
  },
  {
    keepAlive: true,
    // Linux answers one in 500 ms (net.ipv4.tcp_invalid_ratelimit).
    keepAliveTime: 600 * NS_PER_MS,
    keepAliveInterval: 600 * NS_PER_MS,
    keepAliveProbes: 3,
  },
);

// It answers the first byte with a reset.
host.tcp.listen(13, { accept: () => ({ data: (_, connection) => connection.abort() }) });

/** Bytes that a peer can check: each is its place in the stream, modulo 251. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i % 251);
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const [port = 0, bytes = 0] = line.split(' ').map(Number);
  catchUp();
  let received = 0;
  const connection = host.tcp.connect(KERNEL, port, {
    ...told('client', () => received),
    connected: () => {
      connection.write(pattern(bytes));
      connection.end();
    },
    data: (part) => {
      received += part.length;
    },
  });
  pace();
});

const began = performance.now();
let sleeping: NodeJS.Timeout | undefined;

function catchUp(): void {
  const now = Math.floor((performance.now() - began) * NS_PER_MS);
  lab.clock.runUntil(Math.max(now, lab.clock.now));
}

/** Runs what is due, and sleeps until the next thing is. */
function pace(): void {
  catchUp();
  clearTimeout(sleeping);
  const { next = Number.POSITIVE_INFINITY, now } = lab.clock;
  sleeping = setTimeout(pace, Math.min(1000, Math.max(0, (next - now) / NS_PER_MS)));
}

const socket = createSocket('udp4');
let peer = 0;
socket.on('message', (frame, { port }) => {
  peer = port;
  catchUp();
  outside.inject(frame);
  pace();
});
outside.sink = (frame) => {
  if (peer > 0) socket.send(frame.slice(), peer, '127.0.0.1');
};
socket.bind(9001, '127.0.0.1', () => say({ name: 'lab', how: 'ready' }));
