import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GeneveEncapsulator } from '../../src/encap/geneve-encapsulator.js';
import {
  innerMtu,
  type TunnelShape,
  tunnelOverhead,
  underlayMtuFor,
} from '../../src/encap/overhead.js';
import { VxlanEncapsulator } from '../../src/encap/vxlan-encapsulator.js';
import { OUTER4, OUTER6 } from './wraps.js';

const anyShape: fc.Arbitrary<TunnelShape> = fc.record({
  tunnel: fc.constantFrom('geneve'),
  options: fc.nat(63).map((words) => words * 4),
  ipv6: fc.boolean(),
  outerTags: fc.nat(1),
  innerTags: fc.nat(2),
});

describe('what a tunnel adds', () => {
  it.each<[TunnelShape, number, number]>([
    [{ tunnel: 'vxlan' }, 50, 50],
    [{ tunnel: 'vxlan', innerTags: 1 }, 54, 50],
    [{ tunnel: 'vxlan', outerTags: 1 }, 50, 54],
    [{ tunnel: 'vxlan', ipv6: true }, 70, 70],
    [{ tunnel: 'vxlan', ipv6: true, innerTags: 2, outerTags: 1 }, 78, 74],
    [{ tunnel: 'geneve' }, 50, 50],
    [{ tunnel: 'geneve', options: 100 }, 150, 150],
    [{ tunnel: 'geneve', options: 252 }, 302, 302],
  ])("%j: %i bytes against the underlay's MTU, %i on the wire", (shape, againstMtu, onWire) => {
    expect(tunnelOverhead(shape)).toMatchObject({ againstMtu, onWire });
  });

  it('is told part by part', () => {
    const shape = { tunnel: 'geneve', options: 8, ipv6: true, outerTags: 2, innerTags: 1 } as const;
    expect(tunnelOverhead(shape)).toEqual({
      outerEthernet: 14,
      outerTags: 8,
      outerIp: 40,
      udp: 8,
      tunnel: 8,
      options: 8,
      innerEthernet: 14,
      innerTags: 4,
      againstMtu: 82,
      onWire: 86,
    });
  });

  it('is what the encapsulators add, and what they let through', () => {
    fc.assert(
      fc.property(anyShape, fc.integer({ min: 600, max: 9000 }), (shape, mtu) => {
        const { options = 0, ipv6 = false, outerTags = 0, innerTags = 0 } = shape;
        fc.pre(!ipv6 || mtu >= 1280);
        const vlan = outerTags === 1 ? { vlan: { vid: 10 } } : {};
        const outer = { ...(ipv6 ? OUTER6 : OUTER4), ...vlan };
        // Options of four bytes, which are their headers.
        const list = Array.from({ length: options / 4 }, () => {
          return { class: 0x103, type: 1, data: new Uint8Array(0) };
        });
        const geneve = new GeneveEncapsulator({ outer, vni: 7, mtu, options: list });
        expect(geneve.headerBytes).toBe(tunnelOverhead(shape).onWire);
        const packet = innerMtu(mtu, shape);
        expect(packet + 14 + 4 * innerTags).toBe(geneve.maxLength);
        const vxlan = new VxlanEncapsulator({ outer, vni: 7, mtu });
        const plain = { tunnel: 'vxlan', ipv6, outerTags } as const;
        expect(vxlan.headerBytes).toBe(tunnelOverhead(plain).onWire);
        expect(innerMtu(mtu, plain) + 14).toBe(vxlan.maxLength);
      }),
    );
  });

  it.each<[object, string]>([
    [{ tunnel: 'gre' }, 'tunnel is "gre": there are vxlan and geneve'],
    [{ tunnel: 'vxlan', options: 4 }, 'options is 4: VXLAN has none'],
    [{ tunnel: 'geneve', options: 6 }, 'options is 6: it is 0–252 bytes in steps of four'],
    [{ tunnel: 'geneve', options: 256 }, 'options is 256: it is 0–252'],
    [{ tunnel: 'geneve', options: -4 }, 'options is -4: it is 0–252'],
    [{ tunnel: 'vxlan', innerTags: -1 }, 'innerTags is -1: expected how many tags there are'],
    [{ tunnel: 'vxlan', outerTags: 0.5 }, 'outerTags is 0.5: expected how many tags there are'],
  ])('%j is refused', (shape, words) => {
    expect(() => tunnelOverhead(shape as TunnelShape)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining(words) }),
    );
  });
});

describe('MTUs', () => {
  it("are the guide's for VXLAN, and 1650 where it says 1600 for Geneve", () => {
    expect(innerMtu(1500, { tunnel: 'vxlan' })).toBe(1450);
    expect(underlayMtuFor(1500, { tunnel: 'vxlan' })).toBe(1550);
    expect(innerMtu(1500, { tunnel: 'geneve', options: 100 })).toBe(1350);
    expect(underlayMtuFor(1500, { tunnel: 'geneve', options: 100 })).toBe(1650);
  });

  it('are not those of outer tags, which are no part of the packet', () => {
    expect(innerMtu(1500, { tunnel: 'vxlan', outerTags: 1 })).toBe(1450);
    expect(innerMtu(1500, { tunnel: 'vxlan', innerTags: 1 })).toBe(1446);
  });

  it('go back and forth', () => {
    fc.assert(
      fc.property(anyShape, fc.integer({ min: 1280, max: 65_000 }), (shape, mtu) => {
        expect(innerMtu(underlayMtuFor(mtu, shape), shape)).toBe(mtu);
      }),
    );
  });

  it('over IPv6 are those of IPv6: 1280 at least, and the header not counted in the length', () => {
    const shape = { tunnel: 'vxlan', ipv6: true } as const;
    expect(innerMtu(1280, shape)).toBe(1210);
    expect(() => innerMtu(1279, shape)).toThrow('underlay MTU 1279: it is 1280–65575 bytes');
    expect(underlayMtuFor(68, shape)).toBe(1280);
    expect(underlayMtuFor(1211, shape)).toBe(1281);
    // 8 + 8 + 14 + 65505 is 65535, the most that the length of IPv6 says.
    expect(underlayMtuFor(65_505, shape)).toBe(65_575);
    expect(innerMtu(65_575, shape)).toBe(65_505);
    expect(() => underlayMtuFor(65_506, shape)).toThrow(/past the 65575 of an IP packet/);
  });

  it('are refused where there is none', () => {
    const vxlan = { tunnel: 'vxlan' } as const;
    expect(innerMtu(118, vxlan)).toBe(68);
    expect(() => innerMtu(117, vxlan)).toThrow(/117: 50 bytes of headers leave less than the 68/);
    expect(underlayMtuFor(65_485, vxlan)).toBe(65_535);
    expect(() => underlayMtuFor(65_486, vxlan)).toThrow(/past the 65535 of an IP packet/);
    expect(() => innerMtu(67, vxlan)).toThrow('underlay MTU 67: it is 68–65535 bytes');
    expect(() => underlayMtuFor(1500.5, vxlan)).toThrow('inner MTU 1500.5: it is 68–65535 bytes');
  });
});
