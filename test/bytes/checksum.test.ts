import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finishSum, foldSum, sumBytes, updateChecksum } from '../../src/bytes/checksum.js';
import { internetChecksum, viewOf } from '../support/reference.js';

const checksum = (bytes: Uint8Array): number => finishSum(sumBytes(viewOf(bytes), 0, bytes.length));

describe('the Internet checksum', () => {
  it('has the sum of the example in RFC 1071 §3', () => {
    const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    expect(sumBytes(viewOf(bytes), 0, 8)).toBe(0x2ddf0);
    expect(foldSum(0x2ddf0)).toBe(0xddf2);
    expect(finishSum(0x2ddf0)).toBe(0x220d);
  });

  it('is what a slow sum says, for every length and place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(9), fc.nat(9), (bytes, front, back) => {
        const from = Math.min(front, bytes.length);
        const to = Math.max(from, bytes.length - back);
        expect(finishSum(sumBytes(viewOf(bytes), from, to))).toBe(
          internetChecksum(bytes.slice(from, to)),
        );
      }),
    );
  });

  it('goes on from a partial sum', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (a, b) => {
        const even = a.length % 2 === 0 ? a : a.slice(1);
        const first = sumBytes(viewOf(even), 0, even.length);
        expect(finishSum(sumBytes(viewOf(b), 0, b.length, first))).toBe(internetChecksum(even, b));
      }),
    );
  });

  it('is right for 64 KiB of ones and for partial sums past 32 bits', () => {
    const ones = new Uint8Array(65_536).fill(0xff);
    expect(checksum(ones)).toBe(0);
    expect(checksum(ones.subarray(1))).toBe(internetChecksum(ones.subarray(1)));
    for (const sum of [0, 1, 0xffff, 0x10000, 0xffffffff, 0x100000000, 0x1ffffffff, 2 ** 40 + 5]) {
      expect(foldSum(sum), String(sum)).toBe(sum === 0 ? 0 : sum % 0xffff || 0xffff);
    }
  });

  it('of nothing is all ones', () => {
    expect(checksum(new Uint8Array(0))).toBe(0xffff);
  });
});

describe('an update of the checksum', () => {
  it('has the values of the example in RFC 1624 §4', () => {
    expect(updateChecksum(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
  });

  it('is what summing again says', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        fc.nat(9),
        fc.nat(0xffff),
        (bytes, word, after) => {
          const view = viewOf(bytes);
          // As in a header: something in it is never 0.
          bytes[0] = 0x45;
          fc.pre(word !== 0);
          const old = checksum(bytes);
          const before = view.getUint16(word * 2);
          view.setUint16(word * 2, after);
          expect(updateChecksum(old, before, after)).toBe(checksum(bytes));
        },
      ),
    );
  });
});
