import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, hexdump, toHex } from '../../src/bytes/hex.js';
import { fixture } from '../support/fixtures.js';

describe('hex', () => {
  it('goes to bytes and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });

  it('may have capitals, blanks and colons', () => {
    expect(fromHex('0A:0b 0C\n0d\t0e')).toEqual(Uint8Array.of(10, 11, 12, 13, 14));
    expect(fromHex('')).toEqual(new Uint8Array(0));
  });

  it.each(['0', '0g', '0x00', 'zz', '12 3', '–'])('refuses %j', (text) => {
    expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: 'BAD_VALUE' }));
  });

  it('names only the start of a long text that is none', () => {
    expect(() => fromHex('x'.repeat(10_000))).toThrow(/^.{0,100}$/);
  });

  it('is dumped 16 bytes a line with offsets and text', () => {
    const lines = hexdump(fixture('dot1q')).split('\n');
    expect(lines.length).toBe(4);
    expect(lines[0]).toBe(
      '0000  02 00 00 00 00 0b 02 00 00 00 00 0a 81 00 a0 0a   ................',
    );
    expect(lines.map((line) => line.slice(0, 4))).toEqual(['0000', '0010', '0020', '0030']);
    expect(
      lines
        .slice(2)
        .map((line) => line.slice(56).trimStart())
        .join(''),
    ).toContain('hello from Host A');
    expect(hexdump(new Uint8Array(0))).toBe('');
  });
});
