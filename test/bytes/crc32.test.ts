import { crc32 as reference } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/bytes/crc32.js';

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

describe('the CRC-32', () => {
  it('of the check string is the one that everybody publishes', () => {
    expect(crc32(viewOf(new TextEncoder().encode('123456789')), 0, 9)).toBe(0xcbf43926);
  });

  it('is of the bytes in the range, and of none it is 0', () => {
    const bytes = new TextEncoder().encode('xx123456789xx');
    expect(crc32(viewOf(bytes), 2, 11)).toBe(0xcbf43926);
    expect(crc32(viewOf(bytes), 5, 5)).toBe(0);
  });

  // Node 20 has it from 20.15 on.
  it.runIf(typeof reference === 'function')("is zlib's for bytes of every value", () => {
    const bytes = Uint8Array.from({ length: 1518 }, (_, i) => (i * 151 + (i >>> 8)) & 0xff);
    expect(crc32(viewOf(bytes), 0, bytes.length)).toBe(reference(bytes));
  });
});
