import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatIpv4,
  hexByte,
  parseIpv4,
  parseMac,
  readIpv6,
  readMac,
} from '../../src/bytes/address.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { viewOf } from '../support/reference.js';

const ipv6Through = (text: string): string | undefined =>
  parse(build([ethernet(), ipv6({ src: text })])).layer('ipv6')?.src;
const macThrough = (text: string): string => readMac(viewOf(build([ethernet({ dst: text })])), 0);

describe('IPv4 addresses', () => {
  it('go to a number and back', () => {
    expect(parseIpv4('255.255.255.255')).toBe(0xffffffff);
    expect(parseIpv4('128.0.0.1')).toBe(0x80000001);
    fc.assert(
      fc.property(fc.nat(0xffffffff), (word) => {
        expect(parseIpv4(formatIpv4(word))).toBe(word);
      }),
    );
  });

  it('are what Node takes for one, and nothing else', () => {
    const near = fc.string({ unit: fc.constantFrom(...'0123456789. x-'), maxLength: 16 });
    const parts = fc
      .array(fc.oneof(fc.nat(300), fc.constantFrom('', '00', '01', '-1', '1e1', ' 1')), {
        minLength: 3,
        maxLength: 5,
      })
      .map((all) => all.join('.'));
    fc.assert(
      fc.property(fc.oneof(near, parts, fc.ipV4()), (text) => {
        expect(parseIpv4(text) >= 0).toBe(isIP(text) === 4);
      }),
      { numRuns: 3000 },
    );
    for (const text of ['1.2.3.4 ', '1.2.3.4\n', '١.2.3.4', '1.2.3.', '.1.2.3.4', '1..2.3']) {
      expect(parseIpv4(text), JSON.stringify(text)).toBe(-1);
    }
  });
});

describe('MAC addresses', () => {
  it('go to bytes and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        const text = readMac(viewOf(bytes), 0);
        expect(text).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
        expect(macThrough(text)).toBe(text);
        expect(macThrough(text.toUpperCase().replaceAll(':', '-'))).toBe(text);
      }),
    );
  });

  it.each([
    '02:00:00:00:00',
    '02:00:00:00:00:0',
    '02:00:00:00:00:001',
    '0200.0000.0001',
    '02:00:00:00:00:0g',
    '02 00 00 00 00 01',
    '02:00:00:00:00:0١',
    '0:2:00:00:00:00:01',
    ':02:00:00:00:00:1',
  ])('are refused where they are none: %s', (text) => {
    expect(() => macThrough(text)).toThrow(expect.objectContaining({ code: 'BAD_VALUE' }));
  });
});

describe('texts that come again', () => {
  // 400 addresses over 64 places: most of them put another out.
  const many = Array.from({ length: 400 }, (_, i) => 0xc0a80000 + i * 7919);
  const macOf = (i: number): string => `02:00:00:00:${hexByte(i >> 8)}:${hexByte(i)}`;

  it('stand for the same address each time, whatever came between', () => {
    for (let round = 0; round < 3; round++) {
      for (const word of many) {
        const text = formatIpv4(word);
        // Once, twice, as new text, and as a kept one.
        for (let times = 0; times < 4; times++) expect(parseIpv4(` ${text}`.slice(1))).toBe(word);
      }
      for (let i = 0; i < 400; i++) {
        for (let times = 0; times < 3; times++) expect(parseMac(macOf(i))).toBe(0x020000000000 + i);
      }
    }
  });

  it('are kept apart in one header where both have one place', () => {
    for (let i = 0; i < 400; i++) {
      const dst = macOf(i);
      const src = macOf(i * 31);
      const [link, packet] = parse(
        build([
          ethernet({ dst, src }),
          ipv4({ dst: formatIpv4(many[i] ?? 0), src: formatIpv4(i * 31) }),
        ]),
      ).layers;
      expect(link).toMatchObject({ dst, src });
      expect(packet).toMatchObject({ dst: formatIpv4(many[i] ?? 0), src: formatIpv4(i * 31) });
    }
  });

  it('are zero and all ones as well', () => {
    for (let times = 0; times < 3; times++) {
      expect(parseIpv4('0.0.0.0')).toBe(0);
      expect(parseIpv4('255.255.255.255')).toBe(0xffffffff);
      expect(parseIpv4('')).toBe(-1);
      expect(parseMac('00:00:00:00:00:00')).toBe(0);
      expect(parseMac('ff-ff-ff-ff-ff-ff')).toBe(0xffffffffffff);
      expect(parseMac('')).toBe(-1);
    }
  });
});

describe('IPv6 addresses', () => {
  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0DB8::000A', '2001:db8::a'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:0201', '::ffff:192.0.2.1'],
    ['::192.0.2.1', '::192.0.2.1'],
    ['::1:2', '::0.1.0.2'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['::ffff:0:192.0.2.1', '::ffff:0:c000:201'],
  ])('%s is written as %s (RFC 5952, tshark)', (text, wanted) => {
    expect(ipv6Through(text)).toBe(wanted);
  });

  it('go to bytes and back', () => {
    const mostlyZero = fc.array(fc.constantFrom(0, 0, 0, 1, 0xff), {
      minLength: 16,
      maxLength: 16,
    });
    const any = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(fc.oneof(any, mostlyZero), (all) => {
        const bytes = Uint8Array.from(all);
        const text = readIpv6(viewOf(bytes), 0);
        expect(isIP(text)).toBe(6);
        expect(build([ipv6({ src: text })]).slice(8, 24)).toEqual(bytes);
      }),
    );
  });

  it('are what Node takes for one, zones left out', () => {
    const near = fc.string({ unit: fc.constantFrom(...'0123456789abcdef::::..'), maxLength: 24 });
    fc.assert(
      fc.property(fc.oneof(near, fc.ipV6()), (text) => {
        const taken = ((): boolean => {
          try {
            ipv6Through(text);
            return true;
          } catch {
            return false;
          }
        })();
        expect(taken).toBe(isIP(text) === 6);
      }),
      { numRuns: 3000 },
    );
  });
});
