import { describe, expect, it } from 'vitest';
import { pathText } from '../../../src/lab/topology/place.js';
import { loadTopology } from '../../../src/lab/topology/topology.js';
import { parse } from '../../../src/packet/parse.js';

const TWO = {
  devices: {
    A: { kind: 'host', interfaces: { eth0: { address: '192.168.1.10/24' } } },
    B: { kind: 'host', interfaces: { eth0: { address: '192.168.1.20/24' } } },
  },
  links: [{ ends: ['A:eth0', 'B:eth0'], name: 'cable', latency: '1ms' }],
};

describe('the steps of a topology', () => {
  const served = (run: unknown[], services: object) => {
    const { A, B } = TWO.devices;
    const topology = loadTopology({ ...TWO, devices: { A, B: { ...B, services } }, run });
    topology.run();
    return topology.script;
  };

  it('send datagrams, and see what comes back', () => {
    const { failures, outcomes } = served(
      [
        { udp: { from: 'A', to: 'B:7', data: 'hello', count: 2, expect: 'answer' } },
        { udp: { from: 'A', to: 'B:9', bytes: '1kB', expect: 'silence' } },
        { udp: { from: 'A', to: 'B:10', expect: 'unreachable' } },
        { udp: { from: 'A', to: 'B:9', expect: 'answer' } },
      ],
      { 'udp/7': 'echo', 'udp/9': 'sink' },
    );
    expect(outcomes.map(({ lines }) => lines)).toEqual([
      ['5 bytes from 192.168.1.20:7', '5 bytes from 192.168.1.20:7'],
      [],
      ['From 192.168.1.20 Destination Port Unreachable'],
      [],
    ]);
    expect(failures.map(({ failure }) => failure)).toEqual([
      'expected an answer to each datagram, but nothing came back',
    ]);
  });

  it('move bytes over TCP, and say how it went', () => {
    const { failures, outcomes } = served(
      [
        { tcp: { from: 'A', to: 'B:9', bytes: '100kB', expect: 'delivered' } },
        { tcp: { from: 'A', to: 'B:7', bytes: '300kB', expect: 'echoed' } },
        { tcp: { from: 'A', to: 'B:9', data: 'hello', port: 54321, expect: 'echoed' } },
        { tcp: { from: 'A', to: 'B:8', expect: 'refused' } },
        { down: 'cable' },
        { tcp: { from: 'A', to: 'B:9', timeout: '2s', expect: 'failed' } },
      ],
      { 'tcp/7': 'echo', 'tcp/9': 'sink' },
    );
    expect(outcomes[0]?.lines[0]).toMatch(/^100000 bytes in 0\.\d+ s, .* 0 segments sent again$/);
    expect(failures.map(({ path, failure }) => [pathText(path), failure])).toEqual([
      ['run[2]', expect.stringMatching(/^expected the same bytes back, but 5 bytes in/)],
    ]);
    expect(outcomes[5]?.lines).toEqual(['it failed: not over in time']);
  });

  it('ask for pages', () => {
    const { failures, outcomes } = served(
      [
        { http: { from: 'A', to: 'B:80', path: '/guide', expect: 200 } },
        { http: { from: 'A', to: 'B:80', path: '/ ', expect: 200 } },
        { http: { from: 'A', to: 'B:81', expect: 200 } },
      ],
      { 'tcp/80': 'http' },
    );
    expect(outcomes[0]?.lines[0]).toBe('HTTP/1.1 200 OK');
    expect(failures.map(({ failure }) => failure)).toEqual([
      'expected status 200, but HTTP/1.1 400 Bad Request',
      'expected status 200, but it failed: ECONNREFUSED',
    ]);
  });

  it('announce addresses, forget neighbours, and say what the narrator says', () => {
    const topology = loadTopology({
      ...TWO,
      run: [
        { ping: { from: 'A', to: 'B' } },
        { say: 'A forgets' },
        { say: { text: 'B tells', over: ['B'] } },
        { flush: 'A' },
        { announce: { from: 'B' } },
      ],
    });
    const said: string[] = [];
    const frames: Uint8Array[] = [];
    topology.lab.watch({
      noted: ({ text, devices }) => said.push(`${devices.map(({ name }) => name)}: ${text}`),
      settled: ({ bytes }) => frames.push(bytes),
    });
    topology.run();
    expect(said).toEqual(expect.arrayContaining(['A,B: A forgets', 'B: B tells']));
    const last = parse(frames.at(-1) as Uint8Array).layer('arp');
    expect(last).toMatchObject({ senderProtocol: '192.168.1.20', targetProtocol: '192.168.1.20' });
    const { lines } = topology.lab.tables().find(({ title }) => title === 'A# ip neigh') ?? {};
    expect(lines).toEqual([]);
  });

  it('that can not be begun have failed, and the others go on', () => {
    const { outcomes } = served(
      [
        { udp: { from: 'B', to: 'A:7', port: 7 } },
        { ping: { from: 'A', to: 'B', expect: 'reply' } },
      ],
      { 'udp/7': 'echo' },
    );
    expect(outcomes.map(({ failure }) => failure)).toEqual(['B: UDP port 7 is taken', undefined]);
  });
});
