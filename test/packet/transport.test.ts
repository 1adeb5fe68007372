import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { ipv6Destination } from '../../src/headers/ipv6-destination.js';
import { ipv6Fragment } from '../../src/headers/ipv6-fragment.js';
import type { HeaderView } from '../../src/headers/protocol.js';
import { type TcpView, tcp } from '../../src/headers/tcp.js';
import { mss } from '../../src/headers/tcp-options.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { readIpTransport, readTransport, TransportPacket } from '../../src/packet/transport.js';
import { fixture, fixtureNames, linkTypeOf } from '../support/fixtures.js';
import { oddFrames, sensibleFrames } from '../support/random-frames.js';
import { randomFrom, viewOf } from '../support/reference.js';

/** Reads the frame amid other bytes; undefined: it holds no whole segment or datagram. */
function read(frame: Uint8Array): TransportPacket | undefined {
  const shift = 5;
  const bytes = new Uint8Array(shift + frame.length + 40).fill(0x60);
  bytes.set(frame, shift);
  const moved = new TransportPacket();
  const there = readTransport(viewOf(bytes), shift, shift + frame.length, moved);
  const into = new TransportPacket();
  const here = readTransport(viewOf(frame), 0, frame.length, into);
  expect(there).toBe(here);
  if (!here) return undefined;
  for (const key of ['ip', 'transport', 'data', 'end', 'src', 'dst'] as const) {
    expect(moved[key] - shift, key).toBe(into[key]);
  }
  const again = new TransportPacket();
  expect(readIpTransport(viewOf(frame), into.ip, frame.length, again)).toBe(true);
  expect(again).toEqual(into);
  return into;
}

const isIp = (layer: HeaderView): boolean => layer.layer === 'ipv4' || layer.layer === 'ipv6';

/** What is read is what parse finds as the outermost transport. */
function agreesWithParse(frame: Uint8Array): boolean {
  const into = read(frame);
  if (into === undefined) return false;
  const { layers } = parse(frame);
  const ip = layers.find(isIp);
  const transport = layers.find((l) => l.offset === into.transport && /^(tcp|udp)$/.test(l.layer));
  if (ip === undefined || transport === undefined) throw new Error('parse finds no transport');
  expect(into.ip).toBe(ip.offset);
  expect(into.version).toBe(ip.layer === 'ipv4' ? 4 : 6);
  expect(into.protocol).toBe(transport.layer === 'tcp' ? 6 : 17);
  expect([into.data, into.end]).toEqual([transport.headerEnd, transport.end]);
  expect(into.dataBytes).toBe(transport.body.length);
  const { srcPort, dstPort, seq, ack, flags } = transport as TcpView;
  expect([into.srcPort, into.dstPort]).toEqual([srcPort, dstPort]);
  if (into.protocol === 6) expect([into.seq, into.ack, into.flags]).toEqual([seq, ack, flags]);
  return true;
}

describe('a whole packet is read', () => {
  const segment: SpecPart[] = [
    tcp({ srcPort: 1, dstPort: 80, seq: 0xfffffffe, ack: 0x80000001, options: [mss(1460)] }),
    'hello',
  ];
  it.each([
    ['TCP over IPv4', build([ethernet(), ipv4({}), ...segment])],
    ['UDP over IPv4', build([ethernet(), ipv4({}), udp({ dstPort: 9 }), 'hello'])],
    ['TCP over IPv6', build([ethernet(), ipv6({}), ...segment])],
    ['options of IPv4', build([ethernet(), ipv4({ options: new Uint8Array(8) }), ...segment])],
    ['VLAN tags', build([ethernet(), dot1q({}), dot1q({}), ipv4({}), ...segment])],
    [
      'extension headers, an atomic fragment among them',
      build([ethernet(), ipv6({}), ipv6Destination({}), ipv6Fragment({}), ...segment]),
    ],
    ['padding', build([ethernet({}, new Uint8Array(9)), ipv4({}), ...segment])],
  ])('%s', (_what, frame) => {
    expect(agreesWithParse(frame)).toBe(true);
    for (let n = 0; n < frame.length; n++) agreesWithParse(frame.slice(0, n));
  });
});

describe('what is not whole is refused', () => {
  const udpOver = (fields: object, more: object = {}): Uint8Array =>
    build([ethernet(), ipv4(fields), udp({ dstPort: 9, ...more }), 'hello']);
  it.each([
    ['a fragment', udpOver({ moreFragments: true })],
    ['a later fragment', udpOver({ fragmentOffset: 8, protocol: 17 })],
    [
      'a fragment of IPv6',
      build([ethernet(), ipv6({}), ipv6Fragment({ moreFragments: true }), udp({}), 'x']),
    ],
    ['an IP length past the end', udpOver({ length: 34 })],
    ['an IP length under the header', udpOver({ length: 19 })],
    ['a header length under 5', udpOver({ ihl: 4 })],
    ['a UDP length past the end', udpOver({}, { length: 14 })],
    ['a UDP length under the header', udpOver({}, { length: 7 })],
    ['a data offset under 5', build([ethernet(), ipv4({}), tcp({ dataOffset: 4 })])],
    ['a data offset past the end', build([ethernet(), ipv4({}), tcp({ dataOffset: 6 })])],
    ['another protocol', fixture('icmp-echo')],
    ['another network', fixture('arp-request')],
  ])('%s', (_what, frame) => {
    expect(read(frame)).toBeUndefined();
  });

  it('no byte at all', () => {
    const into = new TransportPacket();
    const view = new DataView(new ArrayBuffer(0));
    expect(readTransport(view, 0, 0, into)).toBe(false);
    expect(readIpTransport(view, 0, 0, into)).toBe(false);
  });
});

describe('agrees with parse', () => {
  const frames = fixtureNames.filter((name) => linkTypeOf(name) === 1);

  it.each(frames)('on %s', (name) => {
    agreesWithParse(fixture(name));
  });

  it('on mutated frames', () => {
    const random = randomFrom(77);
    let read = 0;
    for (let i = 0; i < 10_000; i++) {
      const frame = fixture(frames[random(frames.length)] as string).slice();
      for (let k = random(3); k > 0; k--) frame[random(Math.min(60, frame.length))] = random(256);
      if (agreesWithParse(frame)) read++;
    }
    expect(read).toBeGreaterThan(1000);
  });

  it('on frames of any layers', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(sensibleFrames, oddFrames), (layers) => {
        if (agreesWithParse(build(layers))) read++;
      }),
      { numRuns: 1000 },
    );
    expect(read).toBeGreaterThan(100);
  });
});
