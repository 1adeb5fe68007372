/**
 * A host of a running lab, and the Linux kernel: `framewright lab --attach` on one end of a veth pair,
 * with socat between the pair and the lab's UDP port.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCapture } from '../../src/capture/reader.js';
import { parse } from '../../src/packet/parse.js';
import { attachLab } from './support/attached-lab.js';
import { describeInNamespace, Namespace } from './support/namespace.js';
import { wire } from './support/wire.js';

const MAC = 'aa:aa:aa:aa:aa:aa';
/** The guide's Host A; the kernel is 192.168.1.20. */
const HOST = '192.168.1.10';

const LAB = fileURLToPath(new URL('../../fixtures/labs/outside.yaml', import.meta.url));

const WIRE = `
${wire('v0', 'v1')}
ip link set lo up
ip address add 192.168.1.20/24 dev v0
`;

/** Of fragments alone it is no mistake that a checksum can't be told. */
const isWrong = ({ severity }: { severity: string }): boolean => severity !== 'info';

/** Sends a megabyte over TCP and waits for all of it to come back; says how much is as it was. */
const STREAM = `
const sent = Buffer.alloc(1_000_000);
for (let i = 0; i < sent.length; i++) sent[i] = (i * 31 + (i >> 8)) & 255;
const parts = [];
const socket = require('node:net').connect(Number(process.argv[1]), '${HOST}', () => socket.end(sent));
socket.on('error', (error) => console.log(error.code));
socket.on('data', (part) => parts.push(part));
socket.on('end', () => {
  const back = Buffer.concat(parts);
  console.log(back.length, back.equals(sent));
});
`;

const PAGE = `
const response = await fetch('http://${HOST}/index.html');
console.log(response.status, await response.text());
`;

/** Sends a datagram to the host's port, and prints what comes back. */
const DATAGRAM = `
const socket = require('node:dgram').createSocket('udp4');
const tell = (text) => { console.log(text); socket.close(); };
socket.on('message', (data) => tell(String(data)));
socket.on('error', (error) => tell(error.code));
socket.connect(Number(process.argv[1]), '${HOST}', () => socket.send('hello'));
`;

describeInNamespace({ devices: ['veth'], tools: ['socat', 'ping', 'ethtool'] })(
  'a lab host and the Linux kernel',
  () => {
    let namespace: Namespace;
    let lab: ChildProcessWithoutNullStreams;
    let ended: Promise<unknown>;

    beforeAll(async () => {
      namespace = await Namespace.open();
      await namespace.script(WIRE);
      ({ lab, ended } = await attachLab(namespace, LAB, HOST));
    });
    afterAll(() => namespace?.close());

    it('is a neighbour that can be reached', async () => {
      const neighbours = await namespace.script('ip neigh show dev v0');
      expect(neighbours).toMatch(new RegExp(`^${HOST} lladdr ${MAC} (ref \\d+ )?.*REACHABLE`, 'm'));
    });

    it('answers every ping, whole or in fragments', async () => {
      expect(await namespace.script(`ping -c 20 -i 0.01 ${HOST}`)).toContain(
        '20 packets transmitted, 20 received, 0% packet loss',
      );
      expect(await namespace.script(`ping -c 3 -i 0.01 -s 10000 ${HOST}`)).toMatch(
        /10008 bytes from[\s\S]*3 received, 0% packet loss/,
      );
    });

    it('echoes a datagram, and says where nobody listens', async () => {
      const send = (port: string) => namespace.run([process.execPath, '-e', DATAGRAM, port]);
      expect(await send('7')).toBe('hello\n');
      expect(await send('9')).toBe('ECONNREFUSED\n');
    });

    it('gives back a megabyte over TCP, and refuses a port where nobody listens', async () => {
      const stream = (port: string) => namespace.run([process.execPath, '-e', STREAM, port]);
      expect(await stream('7')).toBe('1000000 true\n');
      expect(await stream('8')).toBe('ECONNREFUSED\n');
    });

    it('serves a page', async () => {
      const command = [process.execPath, '--input-type=module', '-e', PAGE];
      expect(await namespace.run(command)).toBe('200 Host A: /index.html\n\n');
    });

    it('leaves a whole capture of all of it when it is told to end', async () => {
      lab.kill('SIGINT');
      expect(await ended).toEqual([0, null]);
      expect(readdirSync(namespace.folder)).toEqual(['lab.pcapng']);
      const counts = { uplink: 0, problems: 0 };
      const bytes = new Uint8Array(readFileSync(join(namespace.folder, 'lab.pcapng')));
      for await (const frame of await openCapture(bytes)) {
        if (frame.interface?.name === 'uplink') counts.uplink++;
        counts.problems += parse(frame.data).problems.filter(isWrong).length;
      }
      expect(counts.uplink).toBeGreaterThan(2 * 24);
      expect(counts.problems).toBe(0);
    });
  },
);
