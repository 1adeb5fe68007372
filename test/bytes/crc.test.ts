import { crc32 as reference } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32, crc32c } from '../../src/bytes/crc.js';
import { viewOf } from '../support/reference.js';

const textView = (text: string): DataView => viewOf(new TextEncoder().encode(text));

describe('the CRC-32', () => {
  it('of the check string is the one that everybody publishes', () => {
    expect(crc32(textView('123456789'), 0, 9)).toBe(0xcbf43926);
  });

  it('is of the bytes in the range, and of none it is 0', () => {
    const view = textView('xx123456789xx');
    expect(crc32(view, 2, 11)).toBe(0xcbf43926);
    expect(crc32(view, 5, 5)).toBe(0);
  });

  // Node 20 has it from 20.15 on.
  it.runIf(typeof reference === 'function')("is zlib's for bytes of every value", () => {
    const bytes = Uint8Array.from({ length: 1518 }, (_, i) => (i * 151 + (i >>> 8)) & 0xff);
    expect(crc32(viewOf(bytes), 0, bytes.length)).toBe(reference(bytes));
  });
});

describe('the CRC32c', () => {
  it('is what RFC 3720 §B.4 says of its examples', () => {
    expect(crc32c(viewOf(new Uint8Array(32)), 0, 32)).toBe(0x8a9136aa);
    expect(crc32c(viewOf(new Uint8Array(32).fill(0xff)), 0, 32)).toBe(0x62a8ab43);
    const counting = Uint8Array.from({ length: 32 }, (_, i) => i);
    expect(crc32c(viewOf(counting), 0, 32)).toBe(0x46dd794e);
    expect(crc32c(textView('123456789'), 0, 9)).toBe(0xe3069283);
  });

  it('is of the bytes in the range, and goes on from that of the bytes in front', () => {
    const view = textView('xx123456789xx');
    expect(crc32c(view, 7, 11, crc32c(view, 2, 7))).toBe(0xe3069283);
    expect(crc32c(view, 5, 5)).toBe(0);
    expect(crc32c(view, 5, 5, 0xe3069283)).toBe(0xe3069283);
  });
});
