import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../src/bytes/address.js';
import { ipv4Mask, parseIpv4Prefix } from '../../src/bytes/ipv4-prefix.js';

describe('an IPv4 prefix', () => {
  it('is read with its length, as unsigned numbers', () => {
    expect(parseIpv4Prefix('192.168.1.100/24')).toEqual({
      network: 0xc0a80100,
      address: 0xc0a80164,
      length: 24,
      mask: 0xffffff00,
    });
    expect(parseIpv4Prefix('255.255.255.255/0')).toMatchObject({ network: 0, mask: 0 });
    expect(parseIpv4Prefix('255.1.2.3/32')).toMatchObject({
      network: 0xff010203,
      mask: 0xffffffff,
    });
  });

  it('is the same with the mask for the length, whatever the length', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(32), (address, length) => {
        const text = formatIpv4(address);
        const prefix = parseIpv4Prefix(`${text}/${length}`);
        expect(prefix).toEqual(parseIpv4Prefix(`${text}/${formatIpv4(ipv4Mask(length))}`));
        expect(prefix.length).toBe(length);
        // The mask is the length's ones, written without a shift.
        expect(prefix.mask).toBe(2 ** 32 - 2 ** (32 - length));
        expect(prefix.network).toBe(address - (address % 2 ** (32 - length)));
        expect((prefix.address & prefix.mask) >>> 0).toBe(prefix.network);
      }),
    );
  });

  it.each([
    ['192.168.1.1', 'BAD_VALUE', 'no length behind the address: expected 192.168.1.1/24'],
    ['192.168.1/24', 'BAD_VALUE', '192.168.1 is no IPv4 address'],
    ['192.168.1.256/24', 'BAD_VALUE', '192.168.1.256 is no IPv4 address'],
    ['2001:db8::/32', 'BAD_VALUE', '2001:db8:: is no IPv4 address'],
    ['10.0.0.0/33', 'OUT_OF_RANGE', 'the length 33 does not fit, it is 0–32'],
    ['10.0.0.0/99999999999999999999', 'OUT_OF_RANGE', 'does not fit, it is 0–32'],
    ['10.0.0.0/08', 'BAD_VALUE', '"08" is neither a length, 0–32, nor a mask'],
    ['10.0.0.0/-1', 'BAD_VALUE', '"-1" is neither a length'],
    ['10.0.0.0/', 'BAD_VALUE', '"" is neither a length'],
    ['10.0.0.0/ 8', 'BAD_VALUE', '" 8" is neither a length'],
    ['10.0.0.0/8/8', 'BAD_VALUE', 'expected one slash'],
    ['10.0.0.0/0.0.0.255', 'BAD_VALUE', '0.0.0.255 is a wildcard: the mask is 255.255.255.0'],
    ['10.0.0.0/255.0.255.0', 'BAD_VALUE', '255.0.255.0 is no mask: its ones are not all at'],
  ])('%s is refused with the words for it', (text, code, words) => {
    expect(() => parseIpv4Prefix(text)).toThrow(
      expect.objectContaining({
        name: 'PacketError',
        code,
        message: expect.stringContaining(words),
      }),
    );
    expect(() => parseIpv4Prefix(text)).toThrow(`${text}: `);
  });

  it('is text', () => {
    expect(() => parseIpv4Prefix(24 as unknown as string)).toThrow('24: a prefix is text');
  });
});
