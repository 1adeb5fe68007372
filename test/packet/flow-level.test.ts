import { describe, expect, it } from 'vitest';
import { headerLayout, u16 } from '../../src/bytes/layout.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4, ipv4Protocol } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { defineProtocol, HeaderView, type Protocol } from '../../src/headers/protocol.js';
import { tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { bindings } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import { flowTuple } from '../../src/packet/flow-key.js';
import {
  chosenLevels,
  type FlowLevel,
  flowLevels,
  newFlowLevel,
  readFlowLevel,
} from '../../src/packet/flow-level.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { fixture, fixtureNames } from '../support/fixtures.js';
import { viewOf } from '../support/reference.js';

const levelsOf = (frame: Uint8Array): FlowLevel[] => flowLevels(parse(frame));
const said = ({ protocol, srcEnd, dstEnd }: FlowLevel): number[] => [protocol, srcEnd, dstEnd];

/** The only level of an IP packet in an Ethernet frame. */
function levelOf(...parts: SpecPart[]): FlowLevel {
  const levels = levelsOf(build([ethernet(), ...parts]));
  expect(levels).toHaveLength(1);
  return levels[0] as FlowLevel;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const PORTS = [0x12, 0x34, 0x00, 0x50];
const UDP_HEADER = [...PORTS, 0, 8, 0, 0];

describe('the levels of a packet', () => {
  it('are its IP headers, outermost first, each with the ports behind it', () => {
    const levels = levelsOf(fixture('vxlan'));
    expect(levels.map(said)).toEqual([
      [17, 49152, 4789],
      [6, 49153, 80],
    ]);
    expect(levels.map(({ depth, vni }) => [depth, vni])).toEqual([
      [1, -1],
      [2, 5000],
    ]);
    expect(levels.map((level) => flowTuple(level, 'directed').src)).toEqual([
      '10.0.0.1',
      '192.168.10.5',
    ]);
  });

  it('are none without IP', () => {
    expect(levelsOf(fixture('arp-request'))).toEqual([]);
    expect(levelsOf(new Uint8Array(0))).toEqual([]);
    expect(levelsOf(fixture('vxlan-arp')).map(said)).toEqual([[17, 49152, 4789]]);
  });

  it('of IP in IP are two, and the outer one has no ports', () => {
    const levels = levelsOf(
      build([ethernet(), ipv4({ src: '1.1.1.1' }), ipv6({ src: '::1' }), udp({ dstPort: 53 })]),
    );
    expect(levels.map(said)).toEqual([
      [41, -1, -1],
      [17, 49152, 53],
    ]);
  });

  it('keep the VNI of a tunnel around IP in IP', () => {
    const frame = build([ethernet(), ipv4(), udp(), vxlan({ vni: 7 }), ethernet(), ipv4(), ipv4()]);
    expect(levelsOf(frame).map(({ vni }) => vni)).toEqual([-1, 7, 7]);
  });

  it('can be chosen: outermost, innermost, all', () => {
    const packet = parse(fixture('vxlan-in-geneve'));
    const depths = (choice: 'outer' | 'inner' | 'all') =>
      chosenLevels(packet, choice).map(({ depth }) => depth);
    expect([depths('outer'), depths('inner'), depths('all')]).toEqual([[1], [3], [1, 2, 3]]);
    expect(chosenLevels(parse(fixture('udp')), 'inner').map(({ depth }) => depth)).toEqual([1]);
    expect(chosenLevels(parse(fixture('arp-reply')), 'outer')).toEqual([]);
  });

  it('take the ports of a transport that is not ours', () => {
    class MineView extends HeaderView {
      get descriptor(): Protocol {
        return mine as unknown as Protocol;
      }
      get srcPort(): number {
        return this.view.getUint16(this.offset + 2);
      }
      get dstPort(): number {
        return this.view.getUint16(this.offset);
      }
    }
    const mine = defineProtocol({
      name: 'mine',
      title: 'Mine',
      layout: headerLayout('mine', [u16('dstPort'), u16('srcPort')]),
      fields: ['dstPort', 'srcPort'],
      check: (_view, offset, end, out) => {
        out.bodyEnd = end;
        out.next = -1;
        return offset + 4 > end ? 0 : offset + 4;
      },
      layer: (view, offset, headerEnd, end) => new MineView(view, offset, headerEnd, end),
      decode: ({ srcPort, dstPort }: MineView) => ({ dstPort, srcPort }),
      size: () => 4,
      encode: () => {},
    });
    const with200 = bindings.with(mine, { ipProtocol: [200] });
    const frame = build([ethernet(), ipv4({ protocol: 200 }), bytes(0, 1, 0, 2)]);
    expect(flowLevels(parse(frame, { bindings: with200 })).map(said)).toEqual([[200, 2, 1]]);
    expect(levelsOf(frame).map(said)).toEqual([[200, -1, -1]]);
  });

  it('leave out a layer whose bytes are no IP header any more', () => {
    const view = new DataView(new ArrayBuffer(40));
    expect(flowLevels({ layers: [ipv4Protocol.layer(view, 0, 20, 40)] })).toEqual([]);
  });

  it('are none behind an ICMP message, whose quotation is of another flow', () => {
    const icmp = { descriptor: { ...ipv4Protocol, name: 'icmp' } } as unknown as HeaderView;
    const { layers } = parse(fixture('vxlan'));
    const quoting = [...layers.slice(0, 2), icmp, ...layers.slice(4)];
    expect(flowLevels({ layers: quoting })).toHaveLength(1);
  });
});

describe('the transport of a level', () => {
  it('has ports in TCP, UDP, SCTP, DCCP and UDP-Lite, and in nothing else', () => {
    for (const protocol of Array.from({ length: 256 }, (_, i) => i)) {
      if ([0, 1, 4, 41, 43, 44, 51, 60].includes(protocol)) continue;
      const ports = [6, 17, 33, 132, 136].includes(protocol);
      const level = levelOf(ipv4({ protocol }), bytes(...UDP_HEADER));
      expect(said(level), String(protocol)).toEqual(
        ports ? [protocol, 0x1234, 80] : [protocol, -1, -1],
      );
    }
  });

  it('has its ports where the header was cut behind them, and none where they are cut', () => {
    expect(said(levelOf(ipv4({ protocol: 6 }), bytes(...PORTS)))).toEqual([6, 0x1234, 80]);
    expect(said(levelOf(ipv4({ protocol: 6 }), bytes(...PORTS.slice(1))))).toEqual([6, -1, -1]);
    // The total length ends the packet, not the frame.
    expect(said(levelOf(ipv4({ protocol: 6, length: 23 }), bytes(...PORTS)))).toEqual([6, -1, -1]);
    const under = levelOf(ipv4({ protocol: 6, length: 19 }), bytes(...PORTS));
    expect([said(under), under.transport]).toEqual([[6, -1, -1], -1]);
    expect(said(levelOf(ipv4({ protocol: 6, length: 0 }), bytes(...PORTS)))).toEqual([
      6, 0x1234, 80,
    ]);
    expect(said(levelOf(ipv6({ nextHeader: 17, payloadLength: 3 }), bytes(...PORTS)))).toEqual([
      17, -1, -1,
    ]);
    expect(said(levelOf(ipv6({ nextHeader: 17, payloadLength: 0 }), bytes(...PORTS)))).toEqual([
      17, 0x1234, 80,
    ]);
  });

  it('has ports in a first fragment only, whatever the data of a later one looks like', () => {
    const [first] = levelsOf(fixture('ipv4-fragment-first')) as [FlowLevel];
    expect([first.fragment, first.srcEnd >= 0]).toEqual([true, true]);
    const later = levelOf(ipv4({ protocol: 17, fragmentOffset: 1 }), bytes(...UDP_HEADER));
    expect([later.fragment, later.transport, ...said(later)]).toEqual([true, -1, 17, -1, -1]);
    expect(levelOf(ipv4(), udp()).fragment).toBe(false);
  });

  it('is behind all extension headers of IPv6', () => {
    const hopByHop = [43, 0, 0, 0, 0, 0, 0, 0];
    const routing = [60, 2, ...new Array<number>(22).fill(0)];
    const destination = [51, 0, 0, 0, 0, 0, 0, 0];
    const authentication = [17, 4, ...new Array<number>(22).fill(0)];
    const chain = [...hopByHop, ...routing, ...destination, ...authentication, ...UDP_HEADER];
    const level = levelOf(ipv6({ nextHeader: 0 }), bytes(...chain));
    expect(said(level)).toEqual([17, 0x1234, 80]);
    expect(level.transport).toBe(14 + 40 + chain.length - 8);
    expect(level.fragment).toBe(false);
  });

  it('is behind an authentication header of IPv4, too', () => {
    const chain = [17, 1, ...new Array<number>(10).fill(0), ...UDP_HEADER];
    expect(said(levelOf(ipv4({ protocol: 51 }), bytes(...chain)))).toEqual([17, 0x1234, 80]);
  });

  it('is behind a fragment header of a first fragment, not of a later one', () => {
    const fragment = (word: number) =>
      levelOf(
        ipv6({ nextHeader: 44 }),
        bytes(17, 0, word >> 8, word & 255, 0, 0, 0, 1, ...UDP_HEADER),
      );
    expect([fragment(1).fragment, ...said(fragment(1))]).toEqual([true, 17, 0x1234, 80]);
    expect([fragment(9).fragment, ...said(fragment(9))]).toEqual([true, 17, -1, -1]);
    expect([fragment(8).fragment, fragment(8).transport]).toEqual([true, -1]);
    // Atomic (RFC 6946): no fragment of anything; two bits are reserved.
    expect([fragment(0).fragment, ...said(fragment(0))]).toEqual([false, 17, 0x1234, 80]);
    expect([fragment(6).fragment, ...said(fragment(6))]).toEqual([false, 17, 0x1234, 80]);
  });

  it('is what an extension header that is cut or too long says, without ports', () => {
    expect(said(levelOf(ipv6({ nextHeader: 0 }), bytes(17, 0, 0, 0)))).toEqual([0, -1, -1]);
    const long = bytes(17, 255, 0, 0, 0, 0, 0, 0, ...UDP_HEADER);
    expect(said(levelOf(ipv6({ nextHeader: 0 }), long))).toEqual([17, -1, -1]);
    expect(said(levelOf(ipv6({ nextHeader: 59 }), bytes(...UDP_HEADER)))).toEqual([59, -1, -1]);
    expect(said(levelOf(ipv6({ nextHeader: 50 }), bytes(...UDP_HEADER)))).toEqual([50, -1, -1]);
  });

  it('is found behind 8,000 extension headers', () => {
    const chain = Uint8Array.from({ length: 64_000 }, (_, i) =>
      i % 8 === 0 && i < 63_992 ? 60 : 0,
    );
    chain[63_992] = 59;
    expect(said(levelOf(ipv6({ nextHeader: 60 }), chain))).toEqual([59, -1, -1]);
  });

  it('of ICMP has a type, and the type that answers it or a code', () => {
    const icmp = (type: number, code: number) => {
      const level = levelOf(ipv4({ protocol: 1 }), bytes(type, code, 0, 0));
      return [level.icmp, level.oneWay, level.srcEnd, level.dstEnd];
    };
    const icmpv6 = (type: number, code: number) => {
      const level = levelOf(ipv6({ nextHeader: 58 }), bytes(type, code, 0, 0));
      return [level.icmp, level.oneWay, level.srcEnd, level.dstEnd];
    };
    expect(icmp(8, 5)).toEqual([true, false, 8, 0]);
    expect(icmp(0, 0)).toEqual([true, false, 0, 8]);
    expect(icmp(3, 1)).toEqual([true, true, 3, 1]);
    expect(icmpv6(135, 0)).toEqual([true, false, 135, 136]);
    expect(icmpv6(1, 4)).toEqual([true, true, 1, 4]);
    // Each in its own version of IP; cut before the code it has neither.
    expect(said(levelOf(ipv4({ protocol: 58 }), bytes(128, 0, 0, 0)))).toEqual([58, -1, -1]);
    expect(said(levelOf(ipv6({ nextHeader: 1 }), bytes(8, 0, 0, 0)))).toEqual([1, -1, -1]);
    expect(said(levelOf(ipv4({ protocol: 1 }), bytes(8)))).toEqual([1, -1, -1]);
  });
});

describe('readFlowLevel', () => {
  it('reads on bytes what flowLevels reads of a packet', () => {
    const frame = fixture('vxlan');
    const record = newFlowLevel();
    expect(readFlowLevel(viewOf(frame), 14, frame.length, record)).toBe(true);
    expect(record).toEqual({ ...levelsOf(frame)[0], view: record.view });
    expect(readFlowLevel(viewOf(frame), 64, frame.length, record)).toBe(true);
    expect(said(record)).toEqual([6, 49153, 80]);
  });

  it('leaves nothing of the packet before in its record', () => {
    const record = newFlowLevel();
    readFlowLevel(viewOf(bytes(...v4(1), 3, 1, 0, 0)), 0, 24, record);
    expect(record.oneWay).toBe(true);
    readFlowLevel(viewOf(bytes(...v4(47), 0, 0, 0, 0)), 0, 24, record);
    const fresh = newFlowLevel();
    readFlowLevel(record.view, 0, 24, fresh);
    expect(record).toEqual(fresh);
  });

  it('answers false for what is no IP header, at any end', () => {
    const record = newFlowLevel();
    const no = (offset: number, ...values: number[]) =>
      expect(readFlowLevel(viewOf(bytes(...values)), offset, values.length, record)).toBe(false);
    no(0);
    no(5, 0x45);
    no(0, 0x55, ...new Array<number>(60).fill(0));
    no(0, 0x44, ...new Array<number>(60).fill(0));
    no(0, 0x46, ...new Array<number>(20).fill(0));
    no(0, 0x45, ...new Array<number>(18).fill(0));
    no(0, 0x60, ...new Array<number>(38).fill(0));
  });

  it('reads nothing past the end, at every truncation of every fixture', () => {
    const record = newFlowLevel();
    for (const name of fixtureNames) {
      const frame = fixture(name);
      for (let end = 14; end <= frame.length; end++) {
        // A view that ends there throws where anything behind it is read.
        const cut = viewOf(frame.slice(0, end));
        const found = readFlowLevel(cut, 14, end, record);
        const whole = newFlowLevel();
        expect(readFlowLevel(viewOf(frame), 14, end, whole)).toBe(found);
        if (found) expect({ ...whole, view: cut }).toEqual(record);
      }
    }
  });
});

/** An IPv4 header of 24 bytes of packet, with this protocol. */
function v4(protocol: number): number[] {
  return [0x45, 0, 0, 24, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
}

it('a TCP level says where its header is', () => {
  const level = levelOf(ipv4(), tcp({ dstPort: 1 }));
  expect([level.transport, level.end]).toEqual([34, 54]);
});
