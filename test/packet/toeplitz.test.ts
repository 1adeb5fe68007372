import { expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { type FlowLevel, flowLevels } from '../../src/packet/flow-level.js';
import { parse } from '../../src/packet/parse.js';
import { RSS_KEY, SYMMETRIC_RSS_KEY, Toeplitz } from '../../src/packet/toeplitz.js';
import { fixture } from '../support/fixtures.js';

/** Microsoft, "Verifying the RSS Hash Calculation": destination, source, hash without and with ports. */
const VECTORS = [
  ['161.142.100.80', 1766, '66.9.149.187', 2794, 0x323e8fc2, 0x51ccc178],
  ['65.69.140.83', 4739, '199.92.111.2', 14230, 0xd718262a, 0xc626b0ea],
  ['12.22.207.184', 38024, '24.19.198.95', 12898, 0xd2d0a5de, 0x5c2b394a],
  ['209.142.163.6', 2217, '38.27.205.30', 48228, 0x82989176, 0xafc7327f],
  ['202.188.127.2', 1303, '153.39.163.191', 44251, 0x5d1809c5, 0x10e828a2],
  ['3ffe:2501:200:3::1', 1766, '3ffe:2501:200:1fff::7', 2794, 0x2cc18cd5, 0x40207d3d],
  ['ff02::1', 4739, '3ffe:501:8::260:97ff:fe40:efab', 14230, 0x0f0c461c, 0xdde51bbf],
  [
    'fe80::200:f8ff:fe21:67cf',
    38024,
    '3ffe:1900:4545:3:200:f8ff:fe21:67cf',
    44251,
    0x4b61e985,
    0x02d1feef,
  ],
] as const;

function level(src: string, srcPort: number, dst: string, dstPort: number): FlowLevel {
  const ip = src.includes(':') ? ipv6({ src, dst }) : ipv4({ src, dst });
  const frame = build([ethernet(), ip, tcp({ srcPort, dstPort })]);
  return flowLevels(parse(frame))[0] as FlowLevel;
}

it.each(VECTORS)(
  'hashes to %s:%i from %s:%i as Microsoft verifies it',
  (dst, dstPort, src, srcPort, alone, withPorts) => {
    const toeplitz = new Toeplitz();
    const one = level(src, srcPort, dst, dstPort);
    expect(toeplitz.hash(one)).toBe(withPorts);
    expect(toeplitz.hash(one, false)).toBe(alone);
  },
);

it('is symmetric with the symmetric key, and only with it', () => {
  const symmetric = new Toeplitz(SYMMETRIC_RSS_KEY);
  const usual = new Toeplitz(Uint8Array.from(RSS_KEY));
  for (const [dst, dstPort, src, srcPort] of VECTORS) {
    const there = level(src, srcPort, dst, dstPort);
    const back = level(dst, dstPort, src, srcPort);
    expect(symmetric.hash(there)).toBe(symmetric.hash(back));
    expect(symmetric.hash(there, false)).toBe(symmetric.hash(back, false));
    expect(usual.hash(there)).not.toBe(usual.hash(back));
  }
});

it('is of the addresses alone in fragments, in ICMP, and where there are no ports', () => {
  const toeplitz = new Toeplitz();
  const [first] = flowLevels(parse(fixture('ipv4-fragment-first'))) as [FlowLevel];
  expect(first.srcEnd).toBeGreaterThan(0);
  expect(toeplitz.hash(first)).toBe(toeplitz.hash(first, false));
  for (const protocol of [1, 47]) {
    const frame = build([
      ethernet(),
      ipv4({ protocol, src: '66.9.149.187', dst: '161.142.100.80' }),
      Uint8Array.of(8, 0, 0, 0),
    ]);
    expect(toeplitz.hash(flowLevels(parse(frame))[0] as FlowLevel)).toBe(0x323e8fc2);
  }
  const all = build([
    ethernet(),
    ipv4({ src: '66.9.149.187', dst: '161.142.100.80' }),
    udp({ srcPort: 2794, dstPort: 1766 }),
  ]);
  expect(toeplitz.hash(flowLevels(parse(all))[0] as FlowLevel)).toBe(0x51ccc178);
});

it('takes a longer key, of which 40 bytes matter, and refuses what is no key', () => {
  const vector = level('66.9.149.187', 2794, '161.142.100.80', 1766);
  expect(new Toeplitz([...RSS_KEY, 1, 2, 3]).hash(vector)).toBe(0x51ccc178);
  for (const bad of [
    RSS_KEY.slice(1),
    [...RSS_KEY.slice(1), 256],
    [...RSS_KEY.slice(1), 0.5],
    [...RSS_KEY.slice(1), -1],
  ]) {
    expect(() => new Toeplitz(bad)).toThrow(
      expect.objectContaining({ code: 'BAD_VALUE', message: 'an RSS key is 40 bytes or more' }),
    );
  }
});
