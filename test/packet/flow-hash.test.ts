import { describe, expect, it } from 'vitest';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { entropyPort, flowHash, frameFlowHash, ipFlowHash } from '../../src/packet/flow-hash.js';
import { type FlowLevel, flowLevels } from '../../src/packet/flow-level.js';
import { parse } from '../../src/packet/parse.js';
import { fixture, fixtureNames } from '../support/fixtures.js';
import { randomFrom, viewOf } from '../support/reference.js';

/** MurmurHash3 x86 32, from its description, byte by byte and with big integers. */
function murmur3(bytes: readonly number[], seed: number): number {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, n: bigint): bigint => ((x << n) | (x >> (32n - n))) & mask;
  let h = BigInt(seed);
  for (let i = 0; i < bytes.length; i += 4) {
    let k = 0n;
    for (let j = 3; j >= 0; j--) k = (k << 8n) | BigInt(bytes[i + j] as number);
    k = rotate((k * 0xcc9e2d51n) & mask, 15n);
    h = rotate(h ^ ((k * 0x1b873593n) & mask), 13n);
    h = (h * 5n + 0xe6546b64n) & mask;
  }
  h ^= BigInt(bytes.length);
  h = ((h ^ (h >> 16n)) * 0x85ebca6bn) & mask;
  h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) & mask;
  return Number(h ^ (h >> 16n));
}

interface Ends {
  readonly src?: string;
  readonly dst?: string;
  readonly srcPort?: number;
  readonly dstPort?: number;
}

function frameOf({
  src = '10.0.0.1',
  dst = '10.0.0.2',
  srcPort = 1,
  dstPort = 2,
}: Ends): Uint8Array {
  const ip = src.includes(':') ? ipv6({ src, dst }) : ipv4({ src, dst });
  return build([ethernet(), ip, udp({ srcPort, dstPort }), 'some data']);
}
const levelOf = (frame: Uint8Array): FlowLevel => flowLevels(parse(frame))[0] as FlowLevel;

it('the judge of these tests is MurmurHash3', () => {
  // Published vectors of the algorithm.
  expect(murmur3([0x74, 0x65, 0x73, 0x74], 0)).toBe(0xba6bd213);
  expect(murmur3([0x74, 0x65, 0x73, 0x74], 0x9747b28c)).toBe(0x704b81dc);
  expect(murmur3([], 1)).toBe(0x514e28b7);
  expect(murmur3([0x21, 0x43, 0x65, 0x87], 0)).toBe(0xf55b516b);
});

describe('the hash', () => {
  it('is MurmurHash3 of addresses, ports and protocol', () => {
    const level = levelOf(frameOf({ srcPort: 0x1234, dstPort: 0xabcd }));
    const bytes = [10, 0, 0, 1, 10, 0, 0, 2, 0x12, 0x34, 0xab, 0xcd, 17, 0, 0, 0];
    for (const seed of [0, 1, 0x9747b28c, 0xffffffff]) {
      expect(flowHash(level, seed)).toBe(murmur3(bytes, seed));
      expect(flowHash(level, seed, 'directed')).toBe(murmur3(bytes, seed));
    }
    const v6 = frameOf({ src: '2001:db8::1', dst: '2001:db8::2' });
    expect(flowHash(levelOf(v6))).toBe(
      murmur3([...v6.subarray(22, 54), 0, 1, 0, 2, 17, 0, 0, 0], 0),
    );
  });

  it('is the same for both directions, unless it is directed', () => {
    for (const [one, other] of [
      ['10.0.0.1', '10.0.0.2'],
      ['192.0.2.1', '10.0.0.2'],
      ['10.0.0.1', '10.0.0.1'],
      ['2001:db8::1', '2001:db8::ffff:1'],
      ['2001:db8::1', '2001:db8::1'],
    ] as const) {
      const there = levelOf(frameOf({ src: one, dst: other, srcPort: 7, dstPort: 9000 }));
      const back = levelOf(frameOf({ src: other, dst: one, srcPort: 9000, dstPort: 7 }));
      expect(flowHash(there)).toBe(flowHash(back));
      expect(flowHash(there, 0, 'directed')).not.toBe(flowHash(back, 0, 'directed'));
    }
  });

  it('of ICMP is of the addresses, the same both ways', () => {
    const icmp = (src: string, dst: string, type: number) =>
      flowHash(
        levelOf(build([ethernet(), ipv4({ src, dst, protocol: 1 }), Uint8Array.of(type, 0, 0, 0)])),
      );
    const bytes = [10, 0, 0, 1, 10, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0];
    expect(icmp('10.0.0.1', '10.0.0.2', 3)).toBe(murmur3(bytes, 0));
    expect(icmp('10.0.0.2', '10.0.0.1', 3)).toBe(murmur3(bytes, 0));
    expect(icmp('10.0.0.2', '10.0.0.1', 8)).toBe(murmur3(bytes, 0));
  });

  it('keeps the fragments of a datagram together', () => {
    const fragment = (more: boolean, fragmentOffset: number) =>
      flowHash(
        levelOf(
          build([
            ethernet(),
            ipv4({ moreFragments: more, fragmentOffset, protocol: 17 }),
            Uint8Array.of(0, 1, 0, 2, 0, 8, 0, 0),
          ]),
        ),
      );
    expect(fragment(true, 0)).toBe(fragment(false, 1));
    expect(fragment(true, 0)).not.toBe(fragment(false, 0));
  });

  it('spreads flows that differ in one port evenly', () => {
    const level = levelOf(frameOf({}));
    const buckets = new Array<number>(64).fill(0);
    const ports = new Set<number>();
    for (let port = 0; port < 16_384; port++) {
      level.srcEnd = port;
      const hash = flowHash(level);
      buckets[hash >>> 26] = (buckets[hash >>> 26] as number) + 1;
      ports.add(entropyPort(hash));
    }
    // 256 in each are expected; a chi-square of 63 degrees is above 120 once in 50,000 times.
    const chi = buckets.reduce((sum, n) => sum + (n - 256) ** 2 / 256, 0);
    expect(chi).toBeLessThan(120);
    // Of balls in as many bins 63 % hit one of their own.
    expect(ports.size).toBeGreaterThan(10_000);
  });
});

describe('the hash on bytes', () => {
  it('is that of the level of the parsed packet', () => {
    for (const name of fixtureNames) {
      const frame = fixture(name);
      for (const level of flowLevels(parse(frame))) {
        const ip = level.addresses - (level.addressBytes === 4 ? 12 : 8);
        const carrier = parse(frame).layers.find((layer) => layer.offset === ip);
        const end = carrier?.end ?? 0;
        expect(ipFlowHash(viewOf(frame), ip, end, 5), name).toBe(flowHash(level, 5));
        expect(ipFlowHash(viewOf(frame), ip, end, 5, 'directed')).toBe(
          flowHash(level, 5, 'directed'),
        );
      }
    }
    expect(ipFlowHash(viewOf(fixture('arp-request')), 14, 42)).toBe(0);
  });

  it('of a frame is that of its IP packet, behind tags too', () => {
    const parts = [ipv4(), udp({ dstPort: 5 })] as const;
    const plain = build([ethernet(), ...parts]);
    const wanted = flowHash(levelOf(plain), 3);
    for (const tags of [[], [dot1q({ vid: 5 })], [dot1q({ vid: 5 }), dot1q({ vid: 6 })]]) {
      const frame = build([ethernet(), ...tags, ...parts]);
      expect(frameFlowHash(viewOf(frame), 0, frame.length, 3)).toBe(wanted);
    }
    const inside = fixture('vxlan');
    const [, inner] = flowLevels(parse(inside)) as [FlowLevel, FlowLevel];
    expect(frameFlowHash(viewOf(inside), 50, inside.length)).toBe(flowHash(inner));
    expect(frameFlowHash(viewOf(inside), 50, inside.length, 1, 'directed')).toBe(
      flowHash(inner, 1, 'directed'),
    );
  });

  it('of a frame without IP is of its addresses and type', () => {
    const [one, other] = ['02:00:00:00:00:01', '02:00:00:00:00:02'];
    const hash = (src: string, dst: string, type: number, symmetry?: 'directed') => {
      const frame = build([ethernet({ src, dst, type }), 'data data data data data']);
      return frameFlowHash(viewOf(frame), 0, frame.length, 7, symmetry);
    };
    expect(hash(one, other, 0x88b5)).toBe(hash(other, one, 0x88b5));
    expect(hash('03:00:00:00:00:01', other, 0x88b5)).toBe(hash(other, '03:00:00:00:00:01', 0x88b5));
    const bytes = [0, 0, 0, 2, 0, 0, 0, 2, 2, 0, 1, 0, 0xb5, 0x88, 0, 0];
    expect(hash(one, other, 0x88b5)).toBe(murmur3(bytes, 7));
    expect(hash(one, other, 0x88b5, 'directed')).not.toBe(hash(other, one, 0x88b5, 'directed'));
    expect(hash(one, other, 0x88b5)).not.toBe(hash(one, other, 0x88b6));
    // An EtherType that lies: no IP header is behind it.
    expect(hash(one, other, 0x0800)).toBe(murmur3([...bytes.slice(0, 12), 0x00, 0x08, 0, 0], 7));
    expect(frameFlowHash(new DataView(new ArrayBuffer(13)), 0, 13)).toBe(0);
  });

  it('reads nothing past the end, at every truncation of every fixture, and stops at many tags', () => {
    for (const name of fixtureNames) {
      const frame = fixture(name);
      for (let end = 0; end <= frame.length; end++) {
        const hash = frameFlowHash(viewOf(frame.slice(0, end)), 0, end);
        expect(hash).toBe(frameFlowHash(viewOf(frame), 0, end));
        expect(hash >>> 0).toBe(hash);
      }
    }
    const tags = Array.from({ length: 9 }, () => dot1q());
    const frame = build([ethernet(), ...tags, ipv4(), udp()]);
    const less = build([ethernet(), ...tags.slice(1), ipv4(), udp()]);
    const hash = flowHash(levelOf(build([ethernet(), ipv4(), udp()])));
    expect(frameFlowHash(viewOf(less), 0, less.length)).toBe(hash);
    expect(frameFlowHash(viewOf(frame), 0, frame.length)).not.toBe(hash);
  });
});

it('the source port of a tunnel is 49152–65535, from the top of the hash', () => {
  expect([entropyPort(0), entropyPort(0xffffffff), entropyPort(1 << 18)]).toEqual([
    49152, 65535, 49153,
  ]);
  const random = randomFrom(3);
  for (let i = 0; i < 1000; i++) {
    const port = entropyPort(random(2 ** 16) * 2 ** 16 + random(2 ** 16));
    expect(port >= 49152 && port <= 65535).toBe(true);
  }
});
