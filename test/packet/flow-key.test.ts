import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { flowKey, flowTuple } from '../../src/packet/flow-key.js';
import { type FlowLevel, flowLevels } from '../../src/packet/flow-level.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';

function level(...parts: SpecPart[]): FlowLevel {
  return flowLevels(parse(build([ethernet(), ...parts])))[0] as FlowLevel;
}

const A = '10.0.0.1';
const B = '10.0.0.2';
const there = level(ipv4({ src: B, dst: A }), udp({ srcPort: 5000, dstPort: 53 }));
const back = level(ipv4({ src: A, dst: B }), udp({ srcPort: 53, dstPort: 5000 }));
const icmp = (src: string, dst: string, ...bytes: number[]): FlowLevel =>
  level(ipv4({ src, dst, protocol: 1 }), Uint8Array.of(...bytes, 0, 0));

describe('the 5-tuple', () => {
  it('is as the packet says it, or with the lower address first', () => {
    expect(flowTuple(there, 'directed')).toEqual({
      src: B,
      dst: A,
      protocol: 17,
      srcPort: 5000,
      dstPort: 53,
    });
    const symmetric = { src: A, dst: B, protocol: 17, srcPort: 53, dstPort: 5000 };
    expect(flowTuple(there)).toEqual(symmetric);
    expect(flowTuple(back)).toEqual(symmetric);
    expect(flowTuple(back, 'directed')).toEqual(symmetric);
  });

  it('lets the ports decide between the same addresses', () => {
    const self = (srcPort: number, dstPort: number) =>
      flowTuple(level(ipv4({ src: A, dst: A }), udp({ srcPort, dstPort })));
    expect(self(9, 8)).toEqual({ src: A, dst: A, protocol: 17, srcPort: 8, dstPort: 9 });
    expect(self(8, 9)).toEqual(self(9, 8));
  });

  it('has no ports where there are none', () => {
    const none = { src: A, dst: B, protocol: 17, srcPort: undefined, dstPort: undefined };
    const later = level(ipv4({ src: A, dst: B, protocol: 17, fragmentOffset: 185 }), 'data data');
    expect(flowTuple(later)).toEqual(none);
    const gre = level(ipv4({ src: B, dst: A, protocol: 47 }), 'data data');
    expect(flowTuple(gre)).toEqual({ ...none, protocol: 47 });
  });

  it('of ICMP has the type, the same for question and answer, and the code of what has none', () => {
    const tuple = { src: A, dst: B, protocol: 1, srcPort: undefined, dstPort: undefined };
    expect(flowTuple(icmp(A, B, 8, 0))).toEqual({ ...tuple, icmpType: 8 });
    expect(flowTuple(icmp(B, A, 0, 0))).toEqual({ ...tuple, icmpType: 8 });
    expect(flowTuple(icmp(B, A, 0, 0), 'directed')).toEqual({
      ...tuple,
      src: B,
      dst: A,
      icmpType: 0,
    });
    const unreachable = { ...tuple, icmpType: 3, icmpCode: 1 };
    expect(flowTuple(icmp(A, B, 3, 1))).toEqual(unreachable);
    // Nothing answers it: the other way is another flow.
    expect(flowTuple(icmp(B, A, 3, 1))).toEqual({ ...unreachable, src: B, dst: A });
  });

  it('of IPv6 has its addresses as text', () => {
    const v6 = level(ipv6({ src: '2001:db8::2', dst: '2001:db8::1' }), tcp({ dstPort: 80 }));
    const { src, dst, protocol } = flowTuple(v6);
    expect([src, dst, protocol]).toEqual(['2001:db8::1', '2001:db8::2', 6]);
  });
});

describe('the key', () => {
  it('is the bytes of the tuple, a character each', () => {
    const bytes = [17, 10, 0, 0, 2, 10, 0, 0, 1, 5000 >> 8, 5000 & 255, 0, 53];
    expect(flowKey(there, 'directed')).toBe(String.fromCharCode(...bytes));
    const v6 = level(ipv6({ src: '2001:db8::2', dst: '2001:db8::1' }), tcp());
    expect(flowKey(v6)).toHaveLength(37);
    expect(flowKey(v6).slice(0, 5)).toBe('\x06\x20\x01\x0d\xb8');
    expect(flowKey(level(ipv4({ protocol: 47 }), 'abcd'))).toHaveLength(9);
  });

  it('is the same for both directions, unless it is directed', () => {
    expect(flowKey(there)).toBe(flowKey(back));
    expect(flowKey(there)).toBe(flowKey(back, 'directed'));
    expect(flowKey(there, 'directed')).not.toBe(flowKey(back, 'directed'));
    expect(flowKey(icmp(A, B, 8, 0))).toBe(flowKey(icmp(B, A, 0, 0)));
    expect(flowKey(icmp(A, B, 3, 0))).not.toBe(flowKey(icmp(B, A, 3, 0)));
  });

  it('differs wherever a part of the flow does', () => {
    const base = { src: A, dst: B };
    const levels = [
      level(ipv4(base), udp({ srcPort: 1, dstPort: 2 })),
      level(ipv4(base), udp({ srcPort: 2, dstPort: 1 })),
      level(ipv4(base), tcp({ srcPort: 1, dstPort: 2 })),
      level(ipv4({ ...base, src: '10.0.0.3' }), udp({ srcPort: 1, dstPort: 2 })),
      level(ipv4({ ...base, protocol: 17, fragmentOffset: 1 }), '12345678'),
      level(ipv4(base), udp({ srcPort: 0, dstPort: 0 })),
      icmp(A, B, 8, 0),
      icmp(A, B, 13, 0),
      icmp(A, B, 3, 0),
      icmp(A, B, 3, 1),
    ];
    expect(new Set(levels.map((one) => flowKey(one))).size).toBe(levels.length);
    expect(new Set(levels.map((one) => flowKey(one, 'directed'))).size).toBe(levels.length);
  });
});
