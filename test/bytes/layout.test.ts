import { describe, expect, it } from 'vitest';
import {
  bitField,
  bits,
  bytes,
  fieldOf,
  headerLayout,
  offsetOf,
  u8,
  u16,
  u16le,
  u32,
  u32le,
} from '../../src/bytes/layout.js';

const layout = headerLayout('sample', [
  u8('first'),
  bits(8, { high: 3, low: 5 }),
  u16('half'),
  u32('word'),
  bytes('blob', 3),
  bits(32, { top: 31, last: 1 }),
]);

describe('a layout', () => {
  it('has every field in wire order, in bits', () => {
    expect(layout.span).toBe(15);
    expect(layout.fields.map((f) => [f.name, f.bit, f.bits])).toEqual([
      ['first', 0, 8],
      ['high', 8, 3],
      ['low', 11, 5],
      ['half', 16, 16],
      ['word', 32, 32],
      ['blob', 64, 24],
      ['top', 88, 31],
      ['last', 119, 1],
    ]);
  });

  it('gives byte offsets, and throws for an unknown name or a field inside a byte', () => {
    expect([offsetOf(layout, 'first'), offsetOf(layout, 'half'), offsetOf(layout, 'blob')]).toEqual(
      [0, 2, 8],
    );
    // @ts-expect-error: no such field
    expect(() => offsetOf(layout, 'nosuch')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_FIELD', layer: 'sample', field: 'nosuch' }),
    );
    // @ts-expect-error: no such field
    expect(() => fieldOf(layout, 'nosuch')).toThrow(/sample has no field nosuch/);
    expect(() => offsetOf(layout, 'low')).toThrow(expect.objectContaining({ code: 'BAD_VALUE' }));
  });

  it('gives shifts and masks, of 31 bits too', () => {
    expect(bitField(layout, 'high', 8)).toEqual({ offset: 1, shift: 5, max: 7 });
    expect(bitField(layout, 'low', 8)).toEqual({ offset: 1, shift: 0, max: 31 });
    expect(bitField(layout, 'low', 16)).toEqual({ offset: 0, shift: 0, max: 31 });
    const wide = headerLayout('wide', [bits(32, { top: 31, last: 1 })]);
    expect(bitField(wide, 'top', 32)).toEqual({ offset: 0, shift: 1, max: 0x7fffffff });
    expect(bitField(wide, 'last', 32)).toEqual({ offset: 0, shift: 0, max: 1 });
    expect(() => bitField(layout, 'word', 16)).toThrow(
      expect.objectContaining({ code: 'BAD_VALUE' }),
    );
  });

  it('refuses two fields of one name, and bit fields that do not fill their word', () => {
    expect(() => headerLayout('twice', [u8('a'), u16('a')])).toThrow(
      /twice has two fields named a/,
    );
    expect(() => headerLayout('twice', [u8('a'), bits(8, { a: 8 })])).toThrow(/two fields named a/);
    expect(() => bits(8, { a: 3, b: 4 })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
    expect(() => bits(16, { a: 8, b: 9 })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });

  it('decodes and encodes with buffer-layout itself', () => {
    const buffer = Buffer.from('11a2334455667788 99aabb 00000003'.replaceAll(' ', ''), 'hex');
    const values = layout.decode(buffer);
    expect({ ...values, blob: [...(values.blob as Uint8Array)] }).toEqual({
      first: 0x11,
      high: 5,
      low: 2,
      half: 0x3344,
      word: 0x55667788,
      blob: [0x99, 0xaa, 0xbb],
      top: 1,
      last: 1,
    });
    const again = Buffer.alloc(17, 0x5a);
    layout.encode(values, again, 1);
    expect(again.subarray(1, 16)).toEqual(buffer);
    expect([again[0], again[16]]).toEqual([0x5a, 0x5a]);
  });

  it('may be little-endian, for files', () => {
    const little = headerLayout('little', [u16le('half'), u32le('word')]);
    expect(little.decode(Buffer.from('0100ff000000', 'hex'))).toEqual({ half: 1, word: 255 });
  });
});
