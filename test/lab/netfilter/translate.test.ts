import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../../src/bytes/address.js';
import { icmp } from '../../../src/headers/icmp.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { tcp } from '../../../src/headers/tcp.js';
import { udp } from '../../../src/headers/udp.js';
import {
  DESTINATION,
  type End,
  patch,
  SOURCE,
  translate,
} from '../../../src/lab/netfilter/translate.js';
import { build } from '../../../src/packet/build.js';
import { viewOf } from '../../support/reference.js';

const address = fc.nat(0xffffffff);
const port = fc.nat(0xffff);
const data = fc.uint8Array({ maxLength: 40 });
const which = fc.constantFrom<End>(SOURCE, DESTINATION);
const sides = fc.record({ src: address, dst: address, srcPort: port, dstPort: port, data });
type Sides = typeof sides extends fc.Arbitrary<infer T> ? T : never;

const ip = ({ src, dst }: Sides) =>
  ipv4({ src: formatIpv4(src), dst: formatIpv4(dst), id: 7, ttl: 9 });
const tcpPacket = (s: Sides) =>
  build([
    ip(s),
    tcp({ srcPort: s.srcPort, dstPort: s.dstPort, seq: 1, ack: 2, flags: ['ACK'] }),
    s.data,
  ]);
const udpPacket = (s: Sides) =>
  build([ip(s), udp({ srcPort: s.srcPort, dstPort: s.dstPort }), s.data]);
const unsummed = (s: Sides) =>
  build([ip(s), udp({ srcPort: s.srcPort, dstPort: s.dstPort, checksum: 0 }), s.data]);
const echo = (s: Sides) =>
  build([ip(s), icmp({ type: 8, identifier: s.srcPort, sequence: 3 }), s.data]);

/** The same packet as it would have been made with the other end. */
function changed(s: Sides, end: End, to: number, toPort: number): Sides {
  return end === SOURCE ? { ...s, src: to, srcPort: toPort } : { ...s, dst: to, dstPort: toPort };
}

describe('a translation', () => {
  for (const [name, make] of [
    ['TCP', tcpPacket],
    ['UDP', udpPacket],
    ['UDP without a checksum', unsummed],
  ] as const) {
    it(`of ${name} gives what building it anew gives`, () => {
      fc.assert(
        fc.property(sides, which, address, port, (s, end, to, toPort) => {
          const bytes = make(s);
          translate(viewOf(bytes), 0, bytes.length, end, to | 0, toPort);
          expect(bytes).toEqual(make(changed(s, end, to, toPort)));
        }),
        { numRuns: 2000 },
      );
    });
  }

  it('of an echo changes its identifier, whichever end it is of', () => {
    fc.assert(
      fc.property(sides, which, address, port, (s, end, to, id) => {
        const bytes = echo(s);
        translate(viewOf(bytes), 0, bytes.length, end, to | 0, id);
        const wanted = end === SOURCE ? { ...s, src: to } : { ...s, dst: to };
        expect(bytes).toEqual(echo({ ...wanted, srcPort: id }));
      }),
    );
  });

  it('writes a UDP checksum that comes out as 0 as all ones (RFC 768)', () => {
    const s = { src: 0x0a000001, dst: 0x0a000002, srcPort: 0, dstPort: 53, data: new Uint8Array() };
    let met = 0;
    for (let from = 0; from <= 0xffff; from++) {
      const bytes = udpPacket(s);
      translate(viewOf(bytes), 0, bytes.length, SOURCE, s.src, from);
      const checksum = viewOf(bytes).getUint16(26);
      expect(checksum).not.toBe(0);
      if (checksum === 0xffff) met++;
    }
    expect(met).toBe(1);
  });

  it('of a quoted packet keeps its own checksums right, and those of the error around it', () => {
    const quotes = fc.constantFrom(tcpPacket, udpPacket, unsummed, echo);
    fc.assert(
      fc.property(sides, quotes, which, address, port, (s, make, end, to, toPort) => {
        const other =
          make === echo
            ? { ...changed(s, end, to, 0), srcPort: toPort, dstPort: 0 }
            : changed(s, end, to, toPort);
        const error = (quoted: Uint8Array) =>
          build([ipv4({ src: '1.2.3.4', dst: '5.6.7.8' }), icmp({ type: 3, code: 1 }), quoted]);
        const bytes = error(make(s));
        const change = translate(viewOf(bytes), 28, bytes.length, end, to | 0, toPort);
        patch(viewOf(bytes), 22, change);
        expect(bytes).toEqual(error(make(other)));
      }),
      { numRuns: 2000 },
    );
  });

  it('of a quote of eight bytes leaves alone what is not there', () => {
    fc.assert(
      fc.property(sides, which, address, port, (s, end, to, toPort) => {
        const error = (quoted: Uint8Array) =>
          build([
            ipv4({ src: '1.2.3.4', dst: '5.6.7.8' }),
            icmp({ type: 11, code: 0 }),
            quoted.subarray(0, 28),
          ]);
        const bytes = error(tcpPacket(s));
        const change = translate(viewOf(bytes), 28, bytes.length, end, to | 0, toPort);
        patch(viewOf(bytes), 22, change);
        expect(bytes).toEqual(error(tcpPacket(changed(s, end, to, toPort))));
      }),
    );
  });

  it('of a packet whose ports are cut off is refused', () => {
    const s = { src: 1, dst: 2, srcPort: 3, dstPort: 4, data: new Uint8Array() };
    const bytes = udpPacket(s).subarray(0, 26);
    expect(translate(viewOf(bytes), 0, bytes.length, SOURCE, 5, 6)).toBe(-1);
  });
});
