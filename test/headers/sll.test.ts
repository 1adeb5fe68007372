import { describe, expect, it } from 'vitest';
import { arp } from '../../src/headers/arp.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { llc } from '../../src/headers/llc.js';
import { SllView, sll, sllProtocol } from '../../src/headers/sll.js';
import { Sll2View, sll2, sll2Protocol } from '../../src/headers/sll2.js';
import { stp } from '../../src/headers/stp.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { fixture, linkTypeOf } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

headerContract({
  protocol: sllProtocol,
  View: SllView,
  fixture: 'sll',
  offset: 0,
  bytes: 16,
  fields: {
    packetType: 0,
    hardwareType: 1,
    addressLength: 6,
    address: '02:00:00:00:00:01',
    addressRest: 0,
    protocol: 0x0800,
  },
});

headerContract({
  protocol: sll2Protocol,
  View: Sll2View,
  fixture: 'sll2',
  offset: 0,
  bytes: 20,
  fields: {
    protocol: 0x0800,
    reserved: 0,
    interfaceIndex: 3,
    hardwareType: 1,
    packetType: 0,
    addressLength: 6,
    address: '02:00:00:00:00:01',
    addressRest: 0,
  },
});

const found = (name: string) => parse(fixture(name), { linkType: linkTypeOf(name) });
const valuesIn = (name: string, field: string) =>
  valuesOf(fixture(name), field, { linkType: linkTypeOf(name) });

describe.each([
  ['sll', 113, sll],
  ['sll2', 276, sll2],
] as const)('a cooked header %s', (name, linkType, make) => {
  const stackOf = (parts: SpecPart[]): string =>
    parse(build(parts), { linkType })
      .layers.map((layer) => layer.layer)
      .join(' ');

  it('has the EtherType of what follows, and 4 in front of LLC', () => {
    const protocolOf = (...above: SpecPart[]) =>
      parse(build([make(), ...above]), { linkType }).layer(name)?.protocol;
    expect(protocolOf(ipv4(), udp())).toBe(0x0800);
    expect(protocolOf(arp())).toBe(0x0806);
    expect(protocolOf(llc(), stp())).toBe(4);
    expect(protocolOf('x')).toBe(0x88b5);
    expect(() => build([make(), stp()])).toThrow(
      expect.objectContaining({ code: 'BAD_VALUE', layer: name, field: 'protocol' }),
    );
  });

  it("follows EtherTypes and the numbers of Linux's that are known", () => {
    expect(stackOf([make(), ipv4(), udp()])).toBe(`${name} ipv4 udp`);
    expect(stackOf([make({ protocol: 4 }), llc({ dsap: 0 })])).toBe(`${name} llc`);
    expect(stackOf([make({ protocol: 3 }), ethernet()])).toBe(`${name} ethernet`);
    for (const protocol of [1, 2, 0x010b, 1536]) {
      expect(stackOf([make({ protocol }), ipv4()])).toBe(name);
    }
    // Netlink's messages are no packets.
    expect(stackOf([make({ hardwareType: 824 }), ipv4()])).toBe(name);
  });

  it('is an address of six bytes by default', () => {
    const layer = parse(build([make(), ipv4()]), { linkType }).layer(name);
    expect(layer).toMatchObject({ hardwareType: 1, addressLength: 6, addressRest: 0 });
  });

  it('tells of itself in a line', () => {
    const packet = parse(build([make({ packetType: 4 }), ipv4()]), { linkType });
    const layer = packet.layers[0] as never;
    expect(packet.layers[0]?.descriptor.summary(layer, {} as never)).toBe(
      'Packet type 4, protocol 0x800',
    );
  });
});

describe('names of a cooked capture', () => {
  it('have the address by its length, and the bytes that it leaves', () => {
    expect(valuesIn('sll', 'sll.src.eth')).toEqual(['02:00:00:00:00:01']);
    expect(valuesIn('sll', 'sll.unused')).toEqual([Uint8Array.of(0, 0)]);
    expect(valuesIn('sll-ipv6', 'sll.src.ipv4')).toEqual(['10.0.0.1']);
    expect(valuesIn('sll-ipv6', 'sll.unused')).toEqual([new Uint8Array(4)]);
    expect(valuesIn('sll-gre', 'sll.src.other')).toEqual([Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)]);
    expect(valuesIn('sll-gre', 'sll.unused')).toEqual([]);
    expect(valuesIn('sll-unknown', 'sll.src.other')).toEqual([]);
    expect(valuesIn('sll-unknown', 'sll.unused')).toEqual([new Uint8Array(8)]);
    expect(valuesIn('sll2', 'sll.ifindex')).toEqual([3]);
  });

  it('have the protocol by what it is', () => {
    const of = (name: string) =>
      ['sll.etype', 'sll.ltype', 'sll.gretype'].flatMap((one) =>
        valuesIn(name, one).map((value) => `${one} ${value}`),
      );
    expect(of('sll')).toEqual(['sll.etype 2048']);
    expect(of('sll-llc')).toEqual(['sll.ltype 4']);
    expect(of('sll-gre')).toEqual(['sll.gretype 2048']);
    expect(of('sll2-arp')).toEqual(['sll.etype 2054']);
  });

  it("stand for a layer that Wireshark has with the EtherType's, where it is one", () => {
    const of = (name: string) => {
      const layer = found(name).layers[0];
      return layer?.descriptor.wiresharkName(layer);
    };
    expect([of('sll'), of('sll-llc'), of('sll-gre'), of('sll2')]).toEqual([
      'sll:ethertype',
      'sll',
      'sll',
      'sll:ethertype',
    ]);
  });

  it('keep what is behind the packet as its trailer', () => {
    const packet = found('sll-ipv6');
    expect(packet.trailer(1)).toEqual(Uint8Array.of(1, 2, 3));
    expect(build(packet.toSpec())).toEqual(fixture('sll-ipv6'));
  });
});
