import { describe, expect, it } from 'vitest';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { build } from '../../src/packet/build.js';
import { ethernetPayload, networkOffset, payloadType } from '../../src/packet/ethernet-payload.js';
import { viewOf } from '../support/reference.js';

const tags = (n: number) => Array.from({ length: n }, (_, i) => dot1q({ vid: i + 1 }));

describe('the payload of a frame', () => {
  it.each([0, 1, 2, 8])('is found behind %i tags', (n) => {
    const frame = build([ethernet(), ...tags(n), ipv4({}), 'data']);
    const view = viewOf(frame);
    expect(ethernetPayload(view, 0, frame.length)).toBe(14 + n * 4);
    expect(payloadType(view, 14 + n * 4)).toBe(0x0800);
    expect(networkOffset(view, 0, frame.length)).toBe(14 + n * 4);
  });

  it('is what the eighth tag leads to where there are more', () => {
    const frame = build([ethernet(), ...tags(9), ipv4({}), 'data']);
    expect(ethernetPayload(viewOf(frame), 0, frame.length)).toBe(14 + 8 * 4);
    expect(networkOffset(viewOf(frame), 0, frame.length)).toBe(-1);
  });

  it('begins with the tag that is cut', () => {
    const frame = build([ethernet(), ...tags(2), ipv4({}), 'data']);
    expect(ethernetPayload(viewOf(frame), 0, 17)).toBe(14);
    expect(ethernetPayload(viewOf(frame), 0, 18)).toBe(18);
    expect(ethernetPayload(viewOf(frame), 0, 13)).toBe(0);
  });
});

describe('the IP packet of a frame', () => {
  it('is one only with its whole fixed header', () => {
    for (const [ip, bytes] of [
      [ipv4({}), 20],
      [ipv6({}), 40],
    ] as const) {
      const frame = build([ethernet(), ip]);
      expect(networkOffset(viewOf(frame), 0, 14 + bytes)).toBe(14);
      expect(networkOffset(viewOf(frame), 0, 14 + bytes - 1)).toBe(-1);
    }
  });

  it('is not what has another EtherType or version', () => {
    const arp = build([ethernet({ type: 0x0806 }), ipv4({})]);
    expect(networkOffset(viewOf(arp), 0, arp.length)).toBe(-1);
    const five = build([ethernet(), ipv4({ version: 5 })]);
    expect(networkOffset(viewOf(five), 0, five.length)).toBe(-1);
    // The version decides, as it does in parse.
    const other = build([ethernet({ type: 0x86dd }), ipv4({})]);
    expect(networkOffset(viewOf(other), 0, other.length)).toBe(14);
  });
});
