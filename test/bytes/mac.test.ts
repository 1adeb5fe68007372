import { describe, expect, it } from 'vitest';
import { macTraits, macVendor, parseMacNotation } from '../../src/bytes/mac.js';

describe('what a MAC address says of itself', () => {
  it.each([
    ['00:50:56:01:02:03', false, false],
    ['02:42:ac:11:00:02', false, true],
    ['BB:BB:BB:BB:BB:BB', true, true],
    ['ba-bb-bb-bb-bb-bb', false, true],
    ['01:00:5e:00:00:01', true, false],
    ['ff:ff:ff:ff:ff:ff', true, true],
  ])('%s: group %s, local %s', (text, group, local) => {
    expect(macTraits(text)).toMatchObject({ group, local });
  });

  it.each([
    ['ff:ff:ff:ff:ff:ff', /broadcast/],
    ['01:00:5e:01:02:03', /multicast of IPv4/],
    ['01:00:5e:7f:ff:ff', /multicast of IPv4/],
    ['01:00:5e:80:00:01', /multicast of MPLS \(RFC 5332\)/],
    ['01:00:5e:8f:ff:ff', /multicast of MPLS/],
    ['01:00:5e:90:00:01', /group address of IANA/],
    ['01:00:5e:90:10:03', /documentation/],
    ['33:33:00:00:00:01', /multicast of IPv6/],
    ['01:80:c2:00:00:00', /spanning tree/],
    ['00:00:5e:00:01:0a', /VRRP over IPv4/],
    ['00:00:5e:00:53:01', /documentation/],
  ])('%s has a known use', (text, use) => {
    expect(macTraits(text).use).toMatch(use);
  });

  it('is no known use for the rest', () => {
    expect(macTraits('bb:bb:bb:bb:bb:bb').use).toBeUndefined();
    expect(macTraits('01:80:c2:00:00:10').use).toBeUndefined();
  });

  it('is refused where the text is none', () => {
    const refusal = expect.objectContaining({ name: 'PacketError', code: 'BAD_VALUE' });
    expect(() => macTraits('00:50:56')).toThrow(refusal);
    expect(() => macVendor('hello')).toThrow('hello: expected a MAC address such as');
  });
});

describe('a MAC address in the notations of people', () => {
  it.each([
    '00:50:56:0a:02:0f',
    '00-50-56-0A-02-0F',
    '0:50:56:a:2:f',
    '0050.560a.020f',
    '0050-560A-020F',
    '0050560a020f',
  ])('%s is one', (text) => {
    expect(parseMacNotation(text)).toBe(0x0050560a020f);
  });

  it.each([
    '00:50-56:0a:02:0f',
    '0050.560a-020f',
    '00:50:56:0a:02',
    '00:50:56:0a:02:0f:01',
    '00:50:56:0a:02:0ff',
    '050.560a.020f',
    '0050560a020',
    '0x50560a020f',
    ' 0050560a020f',
    '',
  ])('%j is none, or could be two', (text) => {
    expect(parseMacNotation(text)).toBe(-1);
  });
});

describe("the guide's vendors", () => {
  it.each([
    ['00:50:56:01:02:03', { vendor: 'VMware', prefix: '00:50:56', bits: 24 }],
    ['02:42:AC:11:00:02', { vendor: 'Docker', prefix: '02:42', bits: 16 }],
    ['52-54-00-12-34-56', { vendor: 'QEMU/KVM', prefix: '52:54:00', bits: 24 }],
    ['00:1a:2b:3c:4d:5e', undefined],
    ['52:54:01:12:34:56', undefined],
  ])('%s: %j', (text, vendor) => {
    expect(macVendor(text)).toEqual(vendor);
  });
});
