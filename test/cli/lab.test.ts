import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { openCapture } from '../../src/capture/reader.js';
import { arp } from '../../src/headers/arp.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { icmp } from '../../src/headers/icmp.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { build } from '../../src/packet/build.js';
import type { Packet } from '../../src/packet/packet.js';
import { parse } from '../../src/packet/parse.js';
import { describeWithTshark, tsharkCapture } from '../support/tshark.js';
import { expectError, run, start } from './command.js';
import { temporaryFolder } from './temporary-folder.js';

// A process a test, on machines that may be slow.
vi.setConfig({ testTimeout: 60_000 });

const LABS = fileURLToPath(new URL('../../fixtures/labs/', import.meta.url));
/** The one that waits for the outside is run by test/interop. */
const EXAMPLES = readdirSync(LABS).filter((name) => name !== 'outside.yaml');

const { path, file } = temporaryFolder();

async function framesOf(capture: string): Promise<{ link: string; packet: Packet }[]> {
  const frames: { link: string; packet: Packet }[] = [];
  for await (const frame of await openCapture(new Uint8Array(readFileSync(capture)))) {
    frames.push({ link: frame.interface?.name ?? '', packet: parse(frame.data.slice()) });
  }
  return frames;
}

const TWO = `
devices:
  A: { kind: host, interfaces: { eth0: { address: 192.168.1.10/24 } } }
  B: { kind: host, interfaces: { eth0: { address: 192.168.1.20/24 } } }
  SW: { kind: switch }
links:
  - [A:eth0, SW:1]
  - { ends: [B:eth0, SW:2], name: to B, latency: 1ms }
`.replace('to B', 'toB');

/** Each line ten times the one before. */
const BOMB = [
  'a: &a [x, x, x, x, x, x, x, x, x, x]',
  'b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]',
  'c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]',
  'd: [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]',
].join('\n');

describe('lab', () => {
  it('runs a topology, tells what came of it, and captures each link as an interface', async () => {
    const lab = file('two.yaml', `${TWO}run: [{ ping: { from: A, to: B, expect: reply } }]`);
    const result = run(['lab', lab, '-o', path('two.pcapng')]);
    expect(result).toMatchObject({ code: 0, err: '' });
    expect(result.out).toBe(
      'ping A → B (192.168.1.20)\n  64 bytes from 192.168.1.20: icmp_seq=1 ttl=64 time=4.00 ms\n',
    );
    const frames = await framesOf(path('two.pcapng'));
    expect(new Set(frames.map(({ link }) => link))).toEqual(new Set(['A:eth0-SW:1', 'toB']));
    expect(frames.filter(({ packet }) => packet.layer('icmp')).length).toBe(4);
    expect(frames.flatMap(({ packet }) => packet.problems)).toEqual([]);
  });

  it('writes the same file of the same seed, and another of another', () => {
    const lab = file(
      'lossy.yaml',
      `${TWO.replace('1ms', '1ms, loss: 30%')}run: [{ ping: { from: A, to: B, count: 20 } }]`,
    );
    const made = ['1', '1', '2'].map((seed) => run(['lab', lab, '-o', '-', '--seed', seed]));
    expect(made.map(({ code, err }) => ({ code, err }))).toEqual(
      made.map(() => ({ code: 0, err: '' })),
    );
    const [first, again, other] = made.map(({ bytes }) => bytes);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('writes what it has where an expectation fails, and says which in which line', async () => {
    const lab = file('fails.yaml', `${TWO}run:\n  - ping: { from: A, to: B, expect: timeout }\n`);
    const result = run(['lab', lab, '-o', path('fails.pcapng')]);
    expectError(
      result,
      1,
      /fails\.yaml:10: run\[0\]: ping A → B .*: expected no answer to any request, but 64 bytes/,
    );
    expect((await framesOf(path('fails.pcapng'))).length).toBeGreaterThan(0);
  });

  it('commands no terminal with what a file says', () => {
    const text = `${TWO}run: [{ say: "a\\x1b[2Jb\\rc" }]`;
    const { out } = run(['lab', file('escape.yaml', text)]);
    expect(out).toBe('# a\ufffd[2Jb\nc\n');
  });

  it('tells every mistake in a file with its line, and writes nothing', () => {
    const lab = file(
      'wrong.yaml',
      'devices:\n  A:\n    kind: hots\n  B: { kind: host, gatway: 1.2.3.4 }\nlinks:\n  - [A:eth0,\n     C:eth0]\n',
    );
    const before = readdirSync(path());
    const result = run(['lab', lab, '-o', path('wrong.pcapng')]);
    expectError(
      result,
      1,
      /wrong\.yaml:3: devices\.A\.kind: there is no kind hots; did you mean host\?/,
    );
    expect(result.err).toMatch(/wrong\.yaml:4: devices\.B\.gatway: .*did you mean gateway\?/);
    expect(result.err).toMatch(/wrong\.yaml:7: links\[0\]\[1\]: there is no device C/);
    expect(readdirSync(path())).toEqual(before);
  });

  it.each([
    ['no YAML', 'devices: [', /lab\.yaml:1: Flow sequence .*[^:]$/m],
    ['a key twice', 'seed: 1\nseed: 2', /lab\.yaml:2: the key is there already: .*unique/],
    ['empty', '', /lab\.yaml: nothing: expected an object \(seed, devices/],
    ['null', 'null', /lab\.yaml:1: nothing: expected an object \(seed, devices/],
    ['two documents', 'seed: 1\n---\nseed: 2', /lab\.yaml:2: a second document begins/],
    ['an object for a key', 'seed: 1\n{a: b}: 1', /^framewright: .*lab\.yaml:2: a key is a text/],
    ['a merge of a number', 'seed: 1\ndevices: {A: {<<: 5}}', /lab\.yaml:2: <<: expected an obj/],
    ['full of aliases', BOMB, /lab\.yaml: its aliases .* multiply without end/],
    ['a list', '[1]', /lab\.yaml:1: \[1\]: expected an object \(seed, devices/],
    ['an alias without an anchor', 'seed: *a', /lab\.yaml:1: \*a: no &a is before it/],
  ])('refuses a file that is %s', (_what, text, words) => {
    expectError(run(['lab', file('lab.yaml', text)]), 1, words);
  });

  it('takes merge keys, and tells mistakes in what they bring where they are', () => {
    const text = `
devices:
  A: &host { kind: host, gateway: 10.0.0.9, interfaces: { eth0: { address: 10.0.0.1/24 } } }
  B: { <<: *host, interfaces: { eth0: { address: 10.0.0.2/24 } } }
links: [[A:eth0, B:eth0]]
run: [{ ping: { from: A, to: B, expect: reply } }, { say: 5 }]
`;
    const result = run(['lab', file('merged.yaml', text)]);
    expect(result).toMatchObject({ code: 0, err: '' });
    expect(result.out).toMatch(/^ping A → B \(10\.0\.0\.2\)\n.*\n# 5$/m);
    const wrong = file('merged.yaml', text.replace('kind: host', 'kind: hots'));
    expectError(run(['lab', wrong]), 1, /merged\.yaml:4: devices\.B\.kind: there is no kind hots/);
  });

  it('tells a mistake of YAML once', () => {
    const text = 'devices:\n  A: { kind: host, interfaces: { eth0: { address: 10.0.0.1/24 }\n';
    const { err } = run(['lab', file('open.yaml', text)]);
    const lines = err.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    expect(new Set(lines.map((line) => line.replace(/^framewright: /, ''))).size).toBe(
      lines.length,
    );
  });

  it('refuses calls that make no sense', () => {
    const lab = file('plain.yaml', TWO);
    expectError(run(['lab']), 2, /give a file/);
    expectError(run(['lab', path('nowhere.yaml')]), 1, /nowhere\.yaml/);
    expectError(run(['lab', lab, '--for', '10s']), 2, /--attach/);
    expectError(run(['lab', lab, '--attach', 'A:eth0=tcp:1']), 2, /expected NAME=udp:PORT/);
    expectError(run(['lab', lab, '--attach', 'A:eth0=udp:0']), 2, /expected NAME=udp:PORT/);
    expectError(run(['lab', lab, '--attach', 'A:eth9=udp:9']), 2, /A has no port eth9/);
    const twice = ['--attach', 'SW:9=udp:9', '--attach', 'SW:9=udp:10'];
    expectError(run(['lab', lab, ...twice]), 2, /SW:9=udp:10: SW:9 is attached already/);
    expectError(
      run(['lab', lab, '--attach', 'up=udp:9']),
      2,
      /up is no link to the outside; .* a new port of a switch such as SW:3 will do/,
    );
    expectError(run(['lab', lab, '--attach', 'A:eth0=udp:9']), 2, /connected already/);
    expectError(run(['lab', lab, '--attach', 'SW:9=udp:9', '--for', '9']), 2, /a time such as/);
    const long = ['--attach', 'SW:9=udp:9', '--for', '99999h'];
    expectError(run(['lab', lab, ...long]), 2, /--for 99999h: .* 1250h at most/);
  });

  it('draws, explains and prints tables', () => {
    const lab = file('two.yaml', `${TWO}run: [{ ping: { from: A, to: B } }]`);
    const { out } = run(['lab', lab, '--diagram', '--tables', '--explain']);
    expect(out).toMatch(/sequenceDiagram[\s\S]*A->>SW: /);
    expect(out).toContain('A# ip neigh\n192.168.1.20 dev eth0 lladdr');
    expect(out).not.toContain('ping A → B');
  });

  it('prints what a topology may say', () => {
    const { out, code } = run(['lab', '--format']);
    expect(code).toBe(0);
    expect(out).toMatch(/^devices +what the network is made of$/m);
    expect(out).toMatch(/^ {2}- ping +/m);
    for (const more of [
      ['o.yaml'],
      ['-o', 'x'],
      ['--seed', '1'],
      ['--attach', 'z'],
      ['--tables'],
    ]) {
      expectError(run(['lab', '--format', ...more]), 2, /--format .* takes nothing else/);
    }
  });

  it('stops at a time, with what has happened by then', async () => {
    const text = `${TWO}run:\n  - ping: { from: A, to: B, count: 10 }\n  - wait: 1s\nuntil: 2500ms\n`;
    const result = run(['lab', file('until.yaml', text), '-o', path('until.pcapng')]);
    expectError(result, 1, /run\[1\]: .*a step was not begun/);
    const requests = (await framesOf(path('until.pcapng'))).filter(
      ({ link, packet }) => link === 'toB' && packet.layer('icmp')?.type === 8,
    );
    expect(requests.length).toBe(3);
  });
});

describe('the example', () => {
  it.each(EXAMPLES)('%s runs as it says', async (name) => {
    const capture = path(`${name}.pcapng`);
    expect(run(['lab', join(LABS, name), '-o', capture])).toMatchObject({ code: 0, err: '' });
    const frames = await framesOf(capture);
    expect(frames.length).toBeGreaterThan(20);
    expect(frames.flatMap(({ packet }) => packet.problems)).toEqual([]);
  });
});

describeWithTshark('what Wireshark says of the examples', () => {
  it.each(EXAMPLES)('%s: no frame is malformed, no checksum wrong', (name) => {
    const { bytes, code } = run(['lab', join(LABS, name), '-o', '-']);
    expect(code).toBe(0);
    const checksums = ['ip', 'tcp', 'udp', 'icmp'].map((layer) => `${layer}.checksum.status`);
    const frames = tsharkCapture(bytes, ['_ws.malformed', ...checksums], { analyse: true });
    const statuses = new Set<string>();
    for (const frame of frames) {
      expect(frame.get('_ws.malformed')).toEqual([]);
      for (const field of checksums) for (const one of frame.get(field) ?? []) statuses.add(one);
    }
    // Good, and not there (a tunnel's UDP); 0 is bad, 4 illegal.
    expect([...statuses].filter((one) => !['1', '3'].includes(one))).toEqual([]);
    expect(statuses).toContain('1');
  });
});

const ME = { mac: '02:00:00:00:00:99', ip: '192.168.1.99' };
const A = { mac: 'aa:aa:aa:aa:aa:aa', ip: '192.168.1.10' };

describe('lab --pcap-per-link', () => {
  it('writes a file a link, whatever the links are called', () => {
    const lab = file(
      'alike.yaml',
      `
devices:
  A: { kind: host, interfaces: { eth0: { address: 10.0.0.1/24 }, eth1: { address: 10.0.1.1/24 } } }
  B: { kind: host, interfaces: { eth0: { address: 10.0.0.2/24 }, eth1: { address: 10.0.1.2/24 } } }
links:
  - { ends: [A:eth0, B:eth0], name: to-b }
  - { ends: [A:eth1, B:eth1], name: to_B }
run: [{ ping: { from: A, to: 10.0.0.2 } }, { ping: { from: A, to: 10.0.1.2 } }]
`,
    );
    expect(run(['lab', lab, '--pcap-per-link', path('alike')]).code).toBe(0);
    expect(readdirSync(path('alike')).sort()).toEqual(['to_B.2.pcap', 'to_b.pcap']);
  });
});

describe('lab --attach', () => {
  const children: ChildProcessWithoutNullStreams[] = [];
  const sockets: Socket[] = [];
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    for (const socket of sockets) socket.close();
  });

  async function attached(
    more: readonly string[],
    text = `devices: { A: { kind: host, interfaces: { eth0: { address: ${A.ip}/24, mac: '${A.mac}' } } } }`,
    name = 'A:eth0',
    peer = '',
  ) {
    const socket = createSocket('udp4');
    sockets.push(socket);
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    // A port that was free a moment ago.
    const other = createSocket('udp4').bind(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address();
    await new Promise<void>((done) => other.close(done));
    const lab = file(`attached-${port}.yaml`, text);
    const child = start(['lab', lab, '--attach', `${name}=udp:${port}${peer}`, ...more]);
    children.push(child);
    const ended = once(child, 'close');
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    while (!said.includes(`is udp 127.0.0.1:${port}`)) await once(child.stderr, 'data');
    const send = (frame: Uint8Array): void => socket.send(frame, port, '127.0.0.1');
    const ask = async (frame: Uint8Array): Promise<Packet> => {
      const answer = once(socket, 'message');
      send(frame);
      const [bytes] = (await answer) as [Buffer];
      return parse(new Uint8Array(bytes));
    };
    return { child, ended, send, ask, said: () => said };
  }

  const who = build([
    ethernet({ src: ME.mac, dst: 'ff:ff:ff:ff:ff:ff' }),
    arp({ senderHardware: ME.mac, senderProtocol: ME.ip, targetProtocol: A.ip }),
  ]);
  const echo = build([
    ethernet({ src: ME.mac, dst: A.mac }),
    ipv4({ src: ME.ip, dst: A.ip }),
    icmp({ type: 'echoRequest', identifier: 1, sequence: 1 }),
    new Uint8Array(100),
  ]);

  it('answers whoever asks, whatever else is sent to it, and finishes the capture on a signal', async () => {
    const capture = path('attached.pcapng');
    const { child, ended, send, ask, said } = await attached(['-o', capture]);
    expect((await ask(who)).layer('arp')).toMatchObject({ senderHardware: A.mac });
    const bytes = (length: number, seed: number) =>
      Uint8Array.from({ length }, (_, i) => (i * seed) & 0xff);
    for (const length of [0, 1, 13, 14, 20, 60, 1514, 9000, 65_000]) send(bytes(length, length));
    for (let cut = 1; cut < echo.length; cut += 7) send(echo.subarray(0, cut));
    const answer = await ask(echo);
    expect(answer.layer('icmp')).toMatchObject({ type: 0 });
    expect(answer.problems).toEqual([]);
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(said()).toMatch(/^framewright: A:eth0 is udp 127\.0\.0\.1:\d+\n$/);
    const kinds = (await framesOf(capture)).map(({ packet }) => packet.layers.at(-1)?.layer);
    expect(kinds.slice(0, 2)).toEqual(['arp', 'arp']);
    expect(kinds.slice(-2)).toEqual(['icmp', 'icmp']);
  });

  it('sends to the peer that it was given, whoever is heard', async () => {
    const peer = createSocket('udp4').bind(0, '127.0.0.1');
    sockets.push(peer);
    await once(peer, 'listening');
    const { send } = await attached([], undefined, 'A:eth0', `:127.0.0.1:${peer.address().port}`);
    const told = once(peer, 'message');
    send(who);
    const [bytes] = (await told) as [Buffer];
    expect(parse(new Uint8Array(bytes)).layer('arp')).toMatchObject({ senderHardware: A.mac });
  });

  it('takes its steps in real time, and ends with them', async () => {
    const { ended, child } = await attached(
      [],
      `devices:
  A: { kind: host, interfaces: { eth0: { address: ${A.ip}/24 } } }
links: [{ ends: [A:eth0, outside], name: up }]
run: [{ wait: 300ms }, { ping: { from: A, to: ${ME.ip}, timeout: 100ms } }]`,
      'up',
    );
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    const begun = performance.now();
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - begun).toBeGreaterThan(350);
    expect(out).toContain('wait 0.3 s\nping A → 192.168.1.99\n  no answer yet for icmp_seq=1\n');
  });

  it('ends after a time', async () => {
    const begun = performance.now();
    const { ended } = await attached(['--for', '500ms']);
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - begun).toBeGreaterThan(450);
  });

  it('writes frames as they come, to standard output too', async () => {
    const { child, ask } = await attached(['-o', '-']);
    const written = once(child.stdout, 'data');
    await ask(who);
    const [chunk] = (await written) as [Buffer];
    expect(chunk.readUInt32LE(0)).toBe(0x0a0d0d0a);
    child.kill('SIGTERM');
  });

  it.each(['nosuch.invalid', '::1'])('says that nobody knows the peer %s', async (peer) => {
    const lab = file('peer.yaml', 'devices: { A: { kind: host, interfaces: { eth0: } } }');
    const result = run(['lab', lab, '--attach', `A:eth0=udp:9051:${peer}:9`, '--for', '1s']);
    expectError(
      result,
      1,
      new RegExp(`^framewright: --attach A:eth0: the peer ${peer} has no IPv4 a`),
    );
  });

  it.runIf(process.platform !== 'win32')(
    'prints and writes under its name as it goes, and finishes when the terminal goes',
    async () => {
      const capture = path('growing.pcapng');
      const { child, ended, ask } = await attached(['-o', capture, '--explain', '--tables']);
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
      });
      await ask(who);
      while (!out.includes('A → outside-A:eth0: ARP Reply')) await once(child.stdout, 'data');
      // Printed after the frames are in the file.
      expect((await framesOf(capture)).map(({ packet }) => packet.layers.at(-1)?.layer)).toEqual([
        'arp',
        'arp',
      ]);
      await ask(echo);
      child.kill('SIGHUP');
      expect(await ended).toEqual([0, null]);
      expect((await framesOf(capture)).length).toBe(4);
      expect(out).toContain('A# ip neigh\n');
    },
  );

  const ring = (cable: string) => `
devices: { S: { kind: switch }, T: { kind: switch } }
links:
  - { ends: [S:1, T:1]${cable} }
  - { ends: [S:2, T:2]${cable} }
  - { ends: [S:3, outside], name: up }
`;

  it('ends where frames go round in circles and no time passes, with what it has seen', async () => {
    const capture = path('ring-live.pcapng');
    const { ended, send, said } = await attached(['-o', capture], ring(''), 'up');
    send(who);
    expect(await ended).toEqual([1, null]);
    expect(said()).toMatch(/go round in circles on link [ST]:\d-[ST]:\d, .* no time passes/);
    expect((await framesOf(capture)).length).toBeGreaterThan(100);
  });

  it('hears a signal in the middle of a storm', async () => {
    const capture = path('storm.pcapng');
    const { child, ended, ask } = await attached(['-o', capture], ring(', latency: 1us'), 'up');
    await ask(who);
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    expect((await framesOf(capture)).length).toBeGreaterThan(100);
  });

  it('leaves a capture alone where it can not begin', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1');
    await once(taken, 'listening');
    sockets.push(taken);
    const capture = file('before.pcapng', 'before');
    const attach = ['--attach', `A:eth0=udp:${taken.address().port}`];
    const lab = file('taken.yaml', 'devices: { A: { kind: host, interfaces: { eth0: } } }');
    expectError(run(['lab', lab, ...attach, '-o', capture]), 1, /EADDRINUSE/);
    expect(readFileSync(capture, 'utf8')).toBe('before');
    await new Promise<void>((closed) => taken.close(closed));
    sockets.splice(sockets.indexOf(taken), 1);
    const result = run(['lab', lab, ...attach, '--pcap-per-link', join(capture, 'x')]);
    expectError(result, 1, /^framewright: output ".*x": part of the path is not a folder\n$/);
  });

  it('says whose port it is where it is taken', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1');
    await once(taken, 'listening');
    sockets.push(taken);
    const { port } = taken.address();
    const lab = file('taken.yaml', 'devices: { A: { kind: host, interfaces: { eth0: } } }');
    expectError(
      run(['lab', lab, '--attach', `A:eth0=udp:${port}`]),
      1,
      /^framewright: --attach A:eth0: .*EADDRINUSE/,
    );
    // The capture is not to blame.
    const more = ['-o', path('taken.pcapng')];
    expectError(
      run(['lab', lab, '--attach', `A:eth0=udp:${port}`, ...more]),
      1,
      /^framewright: --attach A:eth0: .*EADDRINUSE/,
    );
  });
});
