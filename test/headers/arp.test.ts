import { describe, expect, it } from 'vitest';
import { ArpView, arp, arpHeaderBytes, arpProtocol } from '../../src/headers/arp.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract, type OtherField } from '../support/header-contract.js';
import { namedValues, valuesOf } from '../support/names.js';
import { viewOf } from '../support/reference.js';

const BAD = ['hello', '', '1.2.3', '02:00:00:00:00', 5, {}, [], new Uint8Array(256)];
const mac: OtherField = {
  good: ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '02:00:00:00:00:99'],
  bad: BAD,
  setter: true,
};
const address: OtherField = { good: ['0.0.0.0', '255.255.255.255'], bad: BAD, setter: true };

headerContract({
  protocol: arpProtocol,
  View: ArpView,
  fixture: 'arp-request',
  offset: 14,
  bytes: 28,
  fields: {
    hardwareType: 1,
    protocolType: 0x0800,
    hardwareLength: 6,
    protocolLength: 4,
    operation: 1,
    senderHardware: '02:00:00:00:00:01',
    senderProtocol: '192.168.10.5',
    targetHardware: '00:00:00:00:00:00',
    targetProtocol: '192.168.10.6',
  },
  fixed: ['hardwareLength', 'protocolLength'],
  others: {
    senderHardware: mac,
    senderProtocol: address,
    targetHardware: mac,
    targetProtocol: address,
  },
});

const count = (length: number, from: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (from + i) & 255);

const bytes = (length: number): OtherField => ({
  good: [count(length, 1)],
  bad: BAD,
  setter: true,
});

headerContract({
  protocol: arpProtocol,
  View: ArpView,
  fixture: 'arp-hardware-20',
  offset: 14,
  bytes: 56,
  fields: {
    hardwareType: 32,
    protocolType: 0x0800,
    hardwareLength: 20,
    protocolLength: 4,
    operation: 1,
    senderHardware: count(20, 0x10),
    senderProtocol: '192.168.10.5',
    targetHardware: new Uint8Array(20),
    targetProtocol: '192.168.10.6',
  },
  fixed: ['hardwareLength', 'protocolLength'],
  others: {
    senderHardware: bytes(20),
    senderProtocol: address,
    targetHardware: bytes(20),
    targetProtocol: address,
  },
});

describe('an ARP packet', () => {
  it.each([0, 20, 255])('has hardware addresses of %i bytes', (length) => {
    const frame = fixture(`arp-hardware-${length}`);
    const layer = parse(frame).layer('arp');
    expect(layer?.hardwareLength).toBe(length);
    expect(layer?.senderHardware).toEqual(count(length, 0x10));
    expect(layer?.targetHardware).toEqual(new Uint8Array(length));
    expect(layer?.senderProtocol).toBe('192.168.10.5');
    expect(layer?.targetProtocol).toBe('192.168.10.6');
    expect(layer?.headerEnd).toBe(14 + 8 + 2 * length + 8);
    expect(parse(frame).problems).toEqual([]);
  });

  it('has protocol addresses of 16 bytes', () => {
    const layer = parse(fixture('arp-protocol-16')).layer('arp');
    expect(layer?.senderProtocol).toEqual(
      Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
    );
    expect(layer?.targetHardware).toBe('02:00:00:00:00:02');
  });

  it('is by default a request over Ethernet for IPv4', () => {
    const layer = parse(build([ethernet(), arp()])).layer('arp');
    expect(layer && arpProtocol.decode(layer)).toEqual({
      hardwareType: 1,
      protocolType: 0x0800,
      hardwareLength: 6,
      protocolLength: 4,
      operation: 1,
      senderHardware: '00:00:00:00:00:00',
      senderProtocol: '0.0.0.0',
      targetHardware: '00:00:00:00:00:00',
      targetProtocol: '0.0.0.0',
    });
  });

  it('takes its operation by name or by number', () => {
    const operation = (value: 'request' | 'reply' | number) =>
      parse(build([ethernet(), arp({ operation: value })])).layer('arp')?.operation;
    expect([operation('request'), operation('reply'), operation(9)]).toEqual([1, 2, 9]);
    expect(() => operation('constructor' as 'reply')).toThrow(/operation/);
  });

  it('has lengths from its addresses, and keeps lengths that are given', () => {
    const addresses = { senderHardware: count(3, 1), targetHardware: count(3, 9) };
    expect(arpHeaderBytes(addresses)).toBe(8 + 6 + 8);
    const computed = build([ethernet(), arp(addresses)]);
    expect(computed[18]).toBe(3);
    const given = build([ethernet(), arp({ ...addresses, hardwareLength: 77 })]);
    expect(given[18]).toBe(77);
    expect(given.slice(19)).toEqual(computed.slice(19));
  });

  it('refuses addresses of different lengths where it has to compute the length', () => {
    expect(() => build([ethernet(), arp({ senderHardware: count(3, 1) })])).toThrow(
      expect.objectContaining({ code: 'BAD_VALUE', layer: 'arp', field: 'hardwareLength' }),
    );
    const given = arp({ senderHardware: count(3, 1), hardwareLength: 6 });
    expect(build([ethernet(), given]).length).toBe(14 + 8 + 3 + 4 + 6 + 4);
  });

  it('refuses in place an address of another length than it has', () => {
    const frame = fixture('arp-request');
    const layer = new ArpView(viewOf(frame), 14);
    for (const wrong of [new Uint8Array(5), '1.2.3.4']) {
      expect(() => {
        layer.senderHardware = wrong;
      }).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE', field: 'senderHardware' }));
    }
    expect(frame).toEqual(fixture('arp-request'));
  });

  it('ends the packet: what is behind it is padding of the frame', () => {
    const packet = parse(fixture('arp-request'));
    expect(packet.payload.length).toBe(0);
    expect(packet.trailer(1)).toEqual(new Uint8Array(18));
  });
});

describe('names', () => {
  const names = (name: string): string[] =>
    namedValues(fixture(name))
      .map((one) => one.field.name)
      .filter((one) => /^arp\.(src|dst)/.test(one));

  it('give addresses as MAC and IPv4 where they are, as bytes where not, as Wireshark does', () => {
    expect(names('arp-request')).toEqual([
      'arp.src.hw_mac',
      'arp.src.proto_ipv4',
      'arp.dst.hw_mac',
      'arp.dst.proto_ipv4',
    ]);
    expect(names('arp-hardware-20')).toContain('arp.src.hw');
    expect(names('arp-hardware-0')).toEqual(['arp.src.proto_ipv4', 'arp.dst.proto_ipv4']);
    expect(names('arp-protocol-16')).toContain('arp.dst.proto');
    expect(valuesOf(fixture('arp-reply'), 'arp.src.hw_mac')).toEqual(['02:00:00:00:00:02']);
  });
});
