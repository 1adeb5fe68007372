import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { getBits8, getBits16, readBits, setBits8, setBits16 } from '../../src/bytes/bits.js';
import { bitField, bits, headerLayout } from '../../src/bytes/layout.js';
import { bitsAt, viewOf, withBits } from '../support/reference.js';

describe('bits', () => {
  it('are read at any place in any width up to 32', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 9, maxLength: 9 }),
        fc.nat(39),
        fc.integer({ min: 1, max: 32 }),
        (bytes, bit, width) => {
          expect(readBits(viewOf(bytes), bit, width)).toBe(Number(bitsAt(bytes, bit, width)));
        },
      ),
    );
  });

  it('of a word are set without a change of their neighbours', () => {
    const eight = headerLayout('eight', [bits(8, { a: 1, b: 3, c: 4 })]);
    const sixteen = headerLayout('sixteen', [bits(16, { a: 1, b: 2, c: 8, d: 5 })]);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.nat(), (bytes, random) => {
        for (const [layout, word, set, get] of [
          [eight, 8, setBits8, getBits8],
          [sixteen, 16, setBits16, getBits16],
        ] as const) {
          for (const { name, bit, bits: width } of layout.fields) {
            const value = random % 2 ** width;
            const field = bitField<string>(layout, name, word);
            const copy = bytes.slice();
            set(viewOf(copy), 1, field, value);
            expect(copy).toEqual(withBits(bytes, 8 + bit, width, BigInt(value)));
            expect(get(viewOf(copy), 1, field)).toBe(value);
          }
        }
      }),
    );
  });
});
