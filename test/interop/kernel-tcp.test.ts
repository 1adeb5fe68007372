/** TCP of a lab's host and of the Linux kernel: each is the other's client and server. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LinkOptions } from '../../src/lab/link.js';
import type { TcpCounters } from '../../src/lab/tcp/counters.js';
import { describeInNamespace, Namespace, until, untilSaid } from './support/namespace.js';
import { wire } from './support/wire.js';

/** The guide's Host A is the lab's; the kernel is 192.168.1.20. */
const HOST = '192.168.1.10';
const WIRE = `
${wire('v0', 'v1')}
ip link set lo up
ip address add 192.168.1.20/24 dev v0
`;
const MIB = 2 ** 20;

/** Sends bytes to a port of the host and ends: prints how many came back, and whether they are the same. */
const CLIENT = `
const [port, length] = process.argv.slice(1).map(Number);
const bytes = Buffer.alloc(length).map((_, i) => (i * 7 + (i >> 8)) & 255);
const parts = [];
const socket = require('node:net').connect({ port, host: '${HOST}', allowHalfOpen: true });
socket.on('connect', () => socket.end(bytes));
socket.on('data', (part) => parts.push(part));
socket.on('error', (error) => { console.log(error.code); process.exit(0); });
socket.on('end', () => {
  const back = Buffer.concat(parts);
  console.log(back.length, back.equals(bytes) ? 'same' : 'other');
});
`;
/** Takes one connection: prints how many bytes came, and whether they are those of the lab's client. */
const SERVER = `
const server = require('node:net').createServer((socket) => {
  let at = 0;
  let right = true;
  socket.on('data', (part) => { for (const byte of part) right &&= byte === at++ % 251; });
  socket.on('end', () => { console.log(at, right ? 'right' : 'wrong'); server.close(); });
});
server.listen(Number(process.argv[1]), () => console.log('listening'));
`;

interface Told {
  readonly name: string;
  readonly how: string;
  readonly received: number;
  readonly counters: TcpCounters;
}

/** The lab's program, in a namespace whose kernel is its neighbour. */
class Peers {
  readonly namespace: Namespace;
  readonly told: Told[];
  private readonly lab: ChildProcessWithoutNullStreams;

  private constructor(namespace: Namespace, lab: ChildProcessWithoutNullStreams) {
    this.namespace = namespace;
    this.lab = lab;
    this.told = [];
    let rest = '';
    lab.stdout.on('data', (chunk: Buffer) => {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.told.push(JSON.parse(line));
    });
  }

  static async meet(link: LinkOptions): Promise<Peers> {
    const namespace = await Namespace.open();
    await namespace.script(WIRE);
    const outfile = join(namespace.folder, 'tcp-lab.cjs');
    const program = fileURLToPath(new URL('support/tcp-lab.ts', import.meta.url));
    await bundle({ entryPoints: [program], bundle: true, platform: 'node', outfile });
    const lab = namespace.start([process.execPath, outfile, JSON.stringify(link)]);
    const peers = new Peers(namespace, lab);
    await untilSaid(lab, 'stdout', 'ready');
    const relay = ['socat', '-b', '65536', 'INTERFACE:v1', 'UDP4:127.0.0.1:9001'];
    namespace.start(relay);
    await until(
      'a first answer',
      () => namespace.script(`ping -c 1 -W 1 ${HOST} || true`),
      (text) => text.includes('1 received'),
    );
    return peers;
  }

  /** What the kernel's client says of a connection to a port of the host. */
  async client(port: number, bytes: number): Promise<string> {
    const said = await this.namespace.run([
      process.execPath,
      '-e',
      CLIENT,
      String(port),
      String(bytes),
    ]);
    return said.trim();
  }

  /** What the kernel's server says of the host's connection. */
  async server(port: number, bytes: number): Promise<string> {
    const server = this.namespace.start([process.execPath, '-e', SERVER, String(port)]);
    await untilSaid(server, 'stdout', 'listening');
    let said = '';
    server.stdout.on('data', (chunk) => {
      said += chunk;
    });
    this.lab.stdin.write(`${port} ${bytes}\n`);
    await until(
      'the server',
      async () => said,
      (text) => text.endsWith('\n'),
    );
    return said.trim();
  }

  /** What the lab told of the next connection of that name. */
  async next(name: string): Promise<Told> {
    const found = await until(
      name,
      async () => this.told.findIndex((one) => one.name === name),
      (index) => index >= 0,
    );
    return this.told.splice(found, 1)[0] as Told;
  }
}

describeInNamespace({ devices: ['veth'], tools: ['socat', 'ping', 'ethtool', 'ss'] })(
  'TCP with the Linux kernel',
  () => {
    describe.each([
      ['over a good wire', {}],
      ['over loss and reordering', { loss: 0.01, reorder: 0.02, reorderDelay: 3_000_000 }],
    ] as const)('%s', (_, link) => {
      let peers: Peers;
      beforeAll(async () => {
        peers = await Peers.meet({ latency: 1_000_000, ...link });
      });
      afterAll(() => peers?.namespace.close());

      it('echoes what the kernel sends, and both close', async () => {
        const bytes = 2 * MIB;
        expect(await peers.client(7, bytes)).toBe(`${bytes} same`);
        const { how, received } = await peers.next('echo');
        expect([how, received]).toEqual(['closed', bytes]);
      });

      it('sends to the kernel, which closes as well', async () => {
        const bytes = 2 * MIB;
        expect(await peers.server(5001, bytes)).toBe(`${bytes} right`);
        const { how, counters } = await peers.next('client');
        expect(how).toBe('closed');
        if ('loss' in link) expect(counters.TcpExtTCPSackRecovery).toBeGreaterThan(0);
      });

      it('makes the kernel wait and probe while its reader does not read', async () => {
        const client = peers.client(9, 100_000);
        // Linux has agreed on timestamps, SACK and both scales, and its persist timer runs.
        const row = await until(
          'the persist timer',
          () => peers.namespace.script(`ss -tinoH dst ${HOST} dport 9`),
          (text) => text.includes('timer:(persist'),
        );
        expect(row).toMatch(/\bts sack .*\bwscale:0,\d+ .*\bmss:1448 .*\badvmss:1448 /);
        expect(await client).toBe('0 other');
        const { how, received, counters } = await peers.next('slow');
        expect([how, received]).toEqual(['closed', 100_000]);
        expect(counters.TcpExtTCPToZeroWindowAdv).toBeGreaterThan(0);
      });

      it('asks whether the kernel is there, which answers', async () => {
        expect(await peers.client(11, 10)).toBe('0 other');
        const { how, counters } = await peers.next('asks');
        expect(how).toBe('closed');
        expect(counters.TcpExtTCPKeepAlive).toBeGreaterThanOrEqual(3);
      });

      it("answers the kernel's questions whether it is there", async () => {
        const address = `TCP:${HOST}:7,keepalive,keepidle=1,keepintvl=1,keepcnt=3`;
        const idle = peers.namespace.start(['socat', 'PIPE', address]);
        const shown = 'ss -tnoH dst 192.168.1.10 dport 7';
        await until(
          'the keep-alive timer',
          () => peers.namespace.script(shown),
          (text) => text.includes('timer:(keepalive'),
        );
        // Without an answer it would be gone after four seconds.
        await new Promise((resolve) => setTimeout(resolve, 5000));
        expect(await peers.namespace.script(shown)).toMatch(/^ESTAB/);
        idle.kill();
        expect((await peers.next('echo')).how).toMatch(/closed|ECONNRESET/);
      });

      it('refuses where nobody listens, and resets what it gives up', async () => {
        expect(await peers.client(99, 10)).toBe('ECONNREFUSED');
        expect(await peers.client(13, 10)).toBe('ECONNRESET');
        await peers.server(5002, 0);
        await peers.next('client');
      });
    });
  },
);
