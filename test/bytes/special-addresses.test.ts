import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../src/bytes/address.js';
import { addressKind } from '../../src/bytes/special-addresses.js';

describe('what an address is for', () => {
  it.each([
    ['10.1.2.3', 'Private-Use', 'RFC 1918', false],
    ['172.31.255.255', 'Private-Use', 'RFC 1918', false],
    ['192.168.1.100/24', 'Private-Use', 'RFC 1918', false],
    ['172.32.0.0', 'Global Unicast', 'RFC 7249', true],
    ['93.184.216.34', 'Global Unicast', 'RFC 7249', true],
    ['100.64.0.1', 'Shared Address Space', 'RFC 6598', false],
    ['100.128.0.0', 'Global Unicast', 'RFC 7249', true],
    ['127.0.0.53', 'Loopback', 'RFC 1122 §3.2.1.3', false],
    ['169.254.169.254', 'Link Local', 'RFC 3927', false],
    ['198.19.255.255', 'Benchmarking', 'RFC 2544', false],
    ['203.0.113.50', 'Documentation (TEST-NET-3)', 'RFC 5737', false],
    ['239.1.1.1', 'Multicast (Administratively Scoped)', 'RFC 2365', false],
    ['225.1.1.1', 'Multicast', 'RFC 5771', undefined],
    ['0.0.0.0', 'This host on this network', 'RFC 1122 §3.2.1.3', false],
    ['250.0.0.1', 'Reserved', 'RFC 1112 §4', false],
    ['255.255.255.255', 'Limited Broadcast', 'RFC 919 §7', false],
    ['::', 'Unspecified Address', 'RFC 4291 §2.5.2', false],
    ['::1', 'Loopback Address', 'RFC 4291 §2.5.3', false],
    ['::ffff:10.0.0.1', 'IPv4-mapped Address', 'RFC 4291 §2.5.5.2', false],
    ['fe80::1', 'Link-Local Unicast', 'RFC 4291 §2.5.6', false],
    ['fd00::/8', 'Unique-Local', 'RFC 4193', false],
    ['ff02::1', 'Multicast', 'RFC 4291 §2.7', undefined],
    ['2001:db8::1', 'Documentation', 'RFC 3849', false],
    ['2001:2::1', 'Benchmarking', 'RFC 5180', false],
    ['2606:4700::1111', 'Global Unicast', 'RFC 4291 §2.5.4', true],
    ['4000::', 'Reserved by IETF', 'RFC 4291 §4', false],
  ])('%s: %s (%s)', (text, name, rfc, globallyReachable) => {
    expect(addressKind(text)).toMatchObject({ name, rfc, globallyReachable });
  });

  it('is the longest entry, where entries are within each other', () => {
    // Reachable, in a block that is not.
    expect(addressKind('192.0.0.9')).toMatchObject({ globallyReachable: true, rfc: 'RFC 7723' });
    expect(addressKind('192.0.0.11')).toMatchObject({ globallyReachable: false });
    expect(addressKind('2001:1::3')).toMatchObject({ globallyReachable: true, rfc: 'RFC 9665' });
    const { name, globallyReachable, parts } = addressKind('192.0.0.0/24');
    expect({ name, globallyReachable }).toEqual({
      name: 'IETF Protocol Assignments',
      globallyReachable: undefined,
    });
    expect(parts.map(({ prefix }) => prefix)).toContain('192.0.0.9/32');
  });

  it('is mixed where a prefix is larger than what is set apart in it', () => {
    expect(addressKind('10.0.0.0/7')).toMatchObject({
      name: 'mixed',
      rfc: undefined,
      globallyReachable: undefined,
      rfc1918: false,
      within: undefined,
      parts: [{ prefix: '10.0.0.0/8', name: 'Private-Use' }],
    });
    expect(addressKind('0.0.0.0/0').name).toBe('mixed');
    expect(addressKind('::/1').name).toBe('mixed');
  });

  it('is RFC 1918 in its three blocks and nowhere else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.nat(0xffffffff),
          fc.constantFrom(0x0a, 0xac1, 0xac10, 0xac1f, 0xac20, 0xc0a8, 0xc0a9).chain((start) => {
            const bits = start.toString(16).padStart(start < 0x100 ? 2 : 4, '0').length * 4;
            return fc.nat(2 ** (32 - bits) - 1).map((rest) => start * 2 ** (32 - bits) + rest);
          }),
        ),
        (word) => {
          const text = formatIpv4(word);
          // ipaddr.js has tables of its own.
          const { rfc1918 } = addressKind(text);
          expect(rfc1918, text).toBe(ipaddr.IPv4.parse(text).range() === 'private');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses what is no address', () => {
    expect(() => addressKind('10.0.0')).toThrow('10.0.0: neither an IPv4 nor an IPv6 address');
  });
});
