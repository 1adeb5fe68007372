import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { mpls } from '../../src/headers/mpls.js';
import { udp } from '../../src/headers/udp.js';
import { VxlanGpeView, vxlanGpe, vxlanGpeProtocol } from '../../src/headers/vxlan-gpe.js';
import { build } from '../../src/packet/build.js';
import { protocolsOf } from '../../src/packet/frame-names.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

headerContract({
  protocol: vxlanGpeProtocol,
  View: VxlanGpeView,
  fixture: 'vxlan-gpe',
  offset: 42,
  bytes: 8,
  fields: {
    reservedBits: 0,
    version: 0,
    flags: 0x0c,
    reserved: 0,
    nextProtocol: 3,
    vni: 5000,
    reserved2: 0,
  },
});

headerContract({
  protocol: vxlanGpeProtocol,
  View: VxlanGpeView,
  fixture: 'vxlan-gpe-reserved-bits',
  offset: 42,
  bytes: 8,
  fields: {
    reservedBits: 3,
    version: 0,
    flags: 0x0c,
    reserved: 0xffff,
    nextProtocol: 3,
    vni: 5000,
    reserved2: 0xff,
  },
});

const codes = (name: string): string[] => parse(fixture(name)).problems.map((p) => p.code);
const layersOf = (name: string): string =>
  parse(fixture(name))
    .layers.slice(4)
    .map((l) => l.layer)
    .join(' ');

describe('EDGE-CASES 20: VXLAN-GPE on port 4790', () => {
  it('EDGE-CASES 20: is followed by its next protocol, known or not', () => {
    expect(layersOf('vxlan-gpe')).toBe('ethernet ipv4 tcp');
    expect(layersOf('vxlan-gpe-ipv4')).toBe('ipv4 tcp');
    expect(layersOf('vxlan-gpe-ipv6')).toBe('ipv6 tcp');
    expect(layersOf('vxlan-gpe-mpls')).toBe('mpls ipv4 tcp');
    expect(layersOf('vxlan-gpe-nsh')).toBe('');
    expect(layersOf('vxlan-gpe-oam')).toBe('');
  });

  it('EDGE-CASES 20: is followed by Ethernet where the P flag is not set', () => {
    expect(layersOf('vxlan-gpe-no-p-flag')).toBe('ethernet ipv4 tcp');
    expect(codes('vxlan-gpe-no-p-flag')).toEqual([]);
    // Wireshark goes by the next protocol all the same.
    expect(layersOf('vxlan-gpe-next-without-p')).toBe('ethernet ipv4 tcp');
    expect(codes('vxlan-gpe-next-without-p')).toEqual(['VXLANGPE_NEXT_PROTOCOL_WITHOUT_P']);
  });

  it('EDGE-CASES 20: is decoded, with a problem, without the I flag, with reserved bits, at another version', () => {
    expect(codes('vxlan-gpe-no-i-flag')).toEqual(['VXLANGPE_I_FLAG_UNSET']);
    expect(codes('vxlan-gpe-reserved-bits')).toEqual(['VXLANGPE_RESERVED_BITS']);
    expect(codes('vxlan-gpe-version-1')).toEqual(['VXLANGPE_VERSION']);
    expect(codes('vxlan-gpe-source-port')).toEqual(['TUNNEL_BY_SOURCE_PORT']);
    for (const name of ['no-i-flag', 'reserved-bits', 'version-1', 'source-port']) {
      expect(layersOf(`vxlan-gpe-${name}`)).toBe('ethernet ipv4 tcp');
    }
  });
});

describe('what is computed of VXLAN-GPE', () => {
  it('is the port, the flags I and P, and the next protocol', () => {
    for (const [inner, next] of [
      [ipv4(), 1],
      [ipv6(), 2],
      [ethernet(), 3],
      [mpls(), 5],
    ] as const) {
      const packet = parse(build([ethernet(), ipv4(), udp(), vxlanGpe({ vni: 7 }), inner]));
      expect(packet.layer('udp')).toMatchObject({ dstPort: 4790, checksum: 0 });
      expect(packet.layer('vxlanGpe')).toMatchObject({ flags: 0x0c, nextProtocol: next, vni: 7 });
      expect(packet.toSpec()[3]).toHaveProperty('fields.nextProtocol', next);
    }
  });

  it('is no next protocol without the P flag', () => {
    const layers = [ethernet(), ipv4(), udp(), vxlanGpe({ flags: ['I'] }), ethernet()];
    expect(parse(build(layers)).layer('vxlanGpe')).toMatchObject({ flags: 8, nextProtocol: 0 });
    expect(() => build([vxlanGpe({ flags: ['G' as 'I'] })])).toThrow(/there are I, P, B, O/);
  });
});

describe('the names of VXLAN-GPE', () => {
  it("are VXLAN's", () => {
    const of = (name: string) => valuesOf(fixture('vxlan-gpe-oam'), `vxlan.${name}`)[0];
    expect(['flags', 'ver', 'i_bit', 'p_bit', 'o_bit', 'next_proto', 'vni'].map(of)).toEqual([
      0x0f, 0, 1, 1, 1, 0x42, 5000,
    ]);
    expect(protocolsOf(parse(fixture('vxlan-gpe')))).toBe(
      'eth:ethertype:ip:udp:eth:ethertype:ip:tcp',
    );
    const packet = parse(fixture('vxlan-gpe'));
    const [layer, place] = [packet.layer('vxlanGpe') as VxlanGpeView, packet.places()[3] as never];
    expect(vxlanGpeProtocol.summary(layer, place)).toBe('VNI 5000');
  });
});
