import { describe, expect, it } from 'vitest';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { geneve } from '../../src/headers/geneve.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { UdpView, udp, udpProtocol } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';
import { internetChecksum, pseudoHeader } from '../support/reference.js';

headerContract({
  protocol: udpProtocol,
  View: UdpView,
  fixture: 'udp',
  offset: 34,
  bytes: 8,
  fields: { srcPort: 49152, dstPort: 7, length: 24, checksum: 0x2448 },
  computedNames: ['udp.checksum.status'],
});

headerContract({
  protocol: udpProtocol,
  View: UdpView,
  fixture: 'vxlan-padded-inner',
  offset: 34,
  bytes: 8,
  fields: { srcPort: 49152, dstPort: 4789, length: 76, checksum: 0x11ec },
  computedNames: ['udp.checksum.status'],
});

const checksum = (parts: readonly SpecPart[]): number | undefined =>
  parse(build(parts)).layer('udp')?.checksum;
const inner = [ethernet(), ipv4({ protocol: 253 })] as const;

describe('the checksum of UDP', () => {
  it('is sent as 0xffff where it comes to 0 (RFC 768)', () => {
    const payload = fixture('udp-checksum-ffff').slice(42);
    const addresses = { src: '192.0.2.1', dst: '198.51.100.2' };
    const frame = build([ethernet(), ipv4(addresses), udp({ dstPort: 7 }), payload]);
    const datagram = frame.slice(34);
    datagram.fill(0, 6, 8);
    const pseudo = pseudoHeader(frame.slice(26, 30), frame.slice(30, 34), 17, datagram.length);
    expect(internetChecksum(pseudo, datagram)).toBe(0);
    expect(checksum([ethernet(), ipv4(addresses), udp({ dstPort: 7 }), payload])).toBe(0xffff);
    expect(parse(frame).problems).toEqual([]);
  });

  it('is what a slow sum says, over IPv4 and IPv6, for odd and even payloads', () => {
    for (const text of ['', 'a', 'ab', 'abc', 'x'.repeat(999)]) {
      const four = build([ethernet(), ipv4({ src: '1.2.3.4', dst: '5.6.7.8' }), udp(), text]);
      const six = build([ethernet(), ipv6({ src: '2001:db8::1', dst: 'fe80::2' }), udp(), text]);
      for (const [frame, src, dst, at] of [
        [four, 26, 30, 34],
        [six, 22, 38, 54],
      ] as const) {
        const datagram = frame.slice(at);
        const wanted = (datagram[6] as number) * 256 + (datagram[7] as number);
        datagram.fill(0, 6, 8);
        const addressBytes = dst - src;
        const pseudo = pseudoHeader(
          frame.slice(src, dst),
          frame.slice(dst, dst + addressBytes),
          17,
          datagram.length,
        );
        expect(wanted).toBe(internetChecksum(pseudo, datagram) || 0xffff);
      }
    }
  });

  it.each([
    ['VXLAN', vxlan],
    ['Geneve', geneve],
  ])('is 0 by default where %s follows over IPv4, and computed over IPv6', (_, tunnel) => {
    expect(checksum([ethernet(), ipv4(), udp(), tunnel(), ...inner])).toBe(0);
    expect(checksum([ethernet(), dot1q(), ipv4(), udp(), tunnel(), ...inner])).toBe(0);
    expect(checksum([ethernet(), ipv6(), udp(), tunnel(), ...inner])).not.toBe(0);
    expect(checksum([ethernet(), ipv4(), udp(), 'no tunnel'])).not.toBe(0);
  });

  it('is computed, zero or the number itself where that is given', () => {
    const tunnel = [vxlan(), ...inner] as const;
    const over = (value: 'computed' | 'zero' | number, ip: SpecPart): number | undefined =>
      checksum([ethernet(), ip, udp({ checksum: value }), ...tunnel]);
    expect(over('computed', ipv4())).not.toBe(0);
    expect(over('zero', ipv6())).toBe(0);
    expect(over(0x1234, ipv4())).toBe(0x1234);
    expect(over(0, ipv6())).toBe(0);
    const computed = build([ethernet(), ipv4(), udp({ checksum: 'computed' }), ...tunnel]);
    expect(parse(computed).problems).toEqual([]);
    expect(checksum([ethernet(), ipv4(), udp({ checksum: 'zero' }), 'data'])).toBe(0);
    expect(() => over('none' as 'zero', ipv4())).toThrow(/udp\.checksum/);
  });

  it('is 0 without a carrier that has a pseudo-header', () => {
    expect(build([udp(), 'data']).slice(6, 8)).toEqual(new Uint8Array(2));
  });
});

describe('the state of the checksum', () => {
  it.each([
    ['udp', 1],
    ['udp-checksum-bad', 0],
    ['udp-checksum-none', 3],
    ['udp-checksum-ffff', 1],
    ['udp-ipv6', 1],
    ['udp-ipv6-checksum-zero', 4],
    ['vxlan-ipv6-checksum-zero', 4],
    ['vxlan', 3],
    ['vxlan-checksum', 1],
    ['ipv4-fragment-first', 2],
    ['ipv4-loose-source-route', 1],
    ['ipv4-source-route-used', 1],
    ['ipv4-length-0', 1],
    ['udp-surplus', 1],
    ['udp-length-past-end', 2],
    ['cut-payload', 2],
  ])('in %s.hex is %i', (name, status) => {
    expect(valuesOf(fixture(name), 'udp.checksum.status')[0]).toBe(status);
  });

  it('is unverified where the capture was cut', () => {
    const frame = fixture('udp');
    expect(
      valuesOf(frame.slice(0, -1), 'udp.checksum.status', { wireLength: frame.length }),
    ).toEqual([2]);
  });

  it('can not be judged in a first fragment, whatever its length field says (edge case 10)', () => {
    const packet = parse(fixture('ipv4-fragment-first-short-udp'));
    expect(packet.problems.map((p) => p.code)).not.toContain('CHECKSUM_BAD');
  });

  it('is a problem where it is wrong, and where it is 0 over IPv6 outside tunnels', () => {
    expect(parse(fixture('udp-checksum-bad')).problems).toMatchObject([
      { code: 'CHECKSUM_BAD', layer: 'udp', field: 'checksum', offset: 40 },
    ]);
    expect(parse(fixture('udp-ipv6-checksum-zero')).problems).toMatchObject([
      { code: 'CHECKSUM_ZERO', layer: 'udp', field: 'checksum', offset: 60 },
    ]);
    const absent = { code: 'CHECKSUM_ABSENT', severity: 'info', layer: 'udp' };
    expect(parse(fixture('vxlan-ipv6-checksum-zero')).problems).toMatchObject([absent]);
    expect(parse(fixture('udp-checksum-none')).problems).toMatchObject([absent]);
    expect(parse(fixture('vxlan')).problems).toEqual([]);
  });
});

describe('the length of UDP', () => {
  it('is of its own code where it is 0, under 8, or past its carrier; the rest is decoded', () => {
    const codes = (name: string) => parse(fixture(name)).problems.map((p) => p.code);
    expect(codes('udp-length-0')).toContain('UDP_LENGTH_ZERO');
    expect(codes('udp-length-7')).toContain('UDP_LENGTH_UNDER_HEADER');
    expect(codes('udp-length-past-end')).toContain('UDP_LENGTH_PAST_END');
    expect(parse(fixture('udp-length-past-end')).problems).toContainEqual(
      expect.objectContaining({ code: 'UDP_LENGTH_PAST_END', offset: 38, need: 100, have: 24 }),
    );
    for (const name of ['udp-length-0', 'udp-length-7', 'udp-length-past-end']) {
      expect(new TextDecoder().decode(parse(fixture(name)).payload)).toBe('0123456789abcdef');
    }
  });

  it('that ends before its carrier leaves a surplus area, which is kept', () => {
    const packet = parse(fixture('udp-surplus'));
    expect(new TextDecoder().decode(packet.payload)).toBe('01234567');
    expect(new TextDecoder().decode(packet.trailer(2))).toBe('89abcdef');
    expect(packet.problems).toMatchObject([
      { code: 'UDP_SURPLUS', severity: 'info', offset: 50, bits: 64 },
    ]);
  });
});

describe('ports', () => {
  it('are by default 49152 and the port bound to what follows', () => {
    const ports = (parts: readonly SpecPart[]) => {
      const layer = parse(build([ethernet(), ipv4(), ...parts])).layer('udp');
      return [layer?.srcPort, layer?.dstPort];
    };
    expect(ports([udp(), vxlan(), ...inner])).toEqual([49152, 4789]);
    expect(ports([udp(), geneve(), ...inner])).toEqual([49152, 6081]);
    expect(ports([udp(), 'data'])).toEqual([49152, 0]);
    expect(ports([udp({ srcPort: 0, dstPort: 9 }), vxlan(), ...inner])).toEqual([0, 9]);
  });

  it('are refused as absent where no port is bound to what follows', () => {
    expect(() => build([ethernet(), ipv4(), udp(), ipv4()])).toThrow(
      expect.objectContaining({ code: 'BAD_VALUE', layer: 'udp', field: 'dstPort' }),
    );
  });
});
