import { describe, expect, it } from 'vitest';
import { ethernet } from '../../../src/headers/ethernet.js';
import { icmp } from '../../../src/headers/icmp.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { udp } from '../../../src/headers/udp.js';
import { FramePool } from '../../../src/lab/frame.js';
import { tooBig } from '../../../src/lab/tunnel/too-big.js';
import { build } from '../../../src/packet/build.js';
import { parse } from '../../../src/packet/parse.js';
import { VM1, VM2 } from './support.js';

type Ip = NonNullable<Parameters<typeof ipv4>[0]>;
const frames = new FramePool();
const layers = (ip: Partial<Ip> = {}) => [
  ethernet({ src: VM1, dst: VM2 }),
  ipv4({ src: '192.168.10.5', dst: '192.168.10.6', dontFragment: true, ...ip }),
];
const answerTo = (bytes: Uint8Array, mtu = 1450) => {
  const frame = frames.of(bytes);
  const { start, end } = frame;
  const answer = tooBig(frames, frame, mtu);
  // What is not answered goes on, and is to be as it was.
  expect([frame.start, frame.end]).toEqual([start, end]);
  expect(frame.data).toEqual(bytes);
  return answer === undefined ? undefined : parse(answer.data.slice());
};

describe('"fragmentation needed" for a packet that does not fit a tunnel', () => {
  it('quotes it, says the MTU, and comes from whom the packet was for', () => {
    const answer = answerTo(build([...layers(), udp(), new Uint8Array(1472)]));
    expect(answer?.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(answer?.layer('ethernet')).toMatchObject({ src: VM2, dst: VM1 });
    const [ip, quoted] = answer?.all('ipv4') ?? [];
    expect(ip).toMatchObject({ src: '192.168.10.6', dst: '192.168.10.5', length: 576, ttl: 64 });
    expect(ip).toMatchObject({ id: 0, dontFragment: true });
    expect(quoted).toMatchObject({ src: '192.168.10.5', dst: '192.168.10.6', length: 1500 });
    expect(answer?.layer('icmp')).toMatchObject({ type: 3, code: 4 });
    expect(answer?.layer('icmp')?.message.mtu).toBe(1450);
  });

  it('quotes no padding', () => {
    const bytes = new Uint8Array(200);
    bytes.set(build([...layers(), udp(), 'hello']));
    const answer = answerTo(bytes);
    expect(answer?.layer('ipv4')?.length).toBe(20 + 8 + 33);
  });

  it('is for echo requests, but not for errors', () => {
    const echo = icmp({ type: 'echoRequest', identifier: 1, sequence: 1 });
    expect(answerTo(build([...layers(), echo]))).toBeDefined();
    const error = icmp({ type: 'timeExceeded' });
    expect(answerTo(build([...layers(), error, new Uint8Array(28)]))).toBeUndefined();
    expect(answerTo(build(layers({ protocol: 1 })))).toBeUndefined();
  });

  it.each<[string, Partial<Ip>]>([
    ['may be cut', { dontFragment: false }],
    ['is a fragment', { moreFragments: true }],
    ['is for several', { dst: '239.1.1.1' }],
    ['is for all', { dst: '255.255.255.255' }],
    ['is from nobody', { src: '0.0.0.0' }],
    ['is from a loopback', { src: '127.0.0.1' }],
    ['has a wrong checksum', { checksum: 1 }],
    ['is longer than its frame', { length: 1500 }],
  ])('is not for a packet that %s', (_what, ip) => {
    expect(answerTo(build([...layers(ip), udp(), new Uint8Array(100)]))).toBeUndefined();
  });

  it('is not for what is no IPv4, nor for an MTU below 576', () => {
    expect(answerTo(build([ethernet({ src: VM1, dst: VM2, type: 0x86dd }), 'x']))).toBeUndefined();
    expect(answerTo(new Uint8Array(13))).toBeUndefined();
    const packet = build([...layers(), udp(), new Uint8Array(600)]);
    expect(answerTo(packet, 576)).toBeDefined();
    expect(answerTo(packet, 575)).toBeUndefined();
  });
});
