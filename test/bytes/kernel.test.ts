/** The kernel in both its forms against plain loops. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { finishSum, foldSum, sumBytes } from '../../src/bytes/checksum.js';
import { PacketError } from '../../src/bytes/error.js';
import { binaryFile, compileKernel } from '../../src/bytes/kernel/embed.mjs';
import { type Kernel, kernelKind, kernelOf, newKernel } from '../../src/bytes/kernel.js';

const KINDS = ['webassembly', 'javascript'] as const;

/** RFC 1071 §1, word by word. */
function plainSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

function fill(kernel: Kernel, seed: number): void {
  let x = seed;
  for (let i = 0; i < kernel.bytes.length; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    kernel.bytes[i] = x >>> 16;
  }
}

it('is the module that the source in the repository gives', async () => {
  const embedded = readFileSync(
    new URL('../../src/bytes/kernel/binary.ts', import.meta.url),
    'utf8',
  );
  expect(binaryFile(await compileKernel())).toBe(embedded);
});

describe.each(KINDS)('the kernel in %s', (kind) => {
  const kernel = newKernel(70_000, kind);

  it('says what it is, and has the memory that was asked for', () => {
    expect(kernel.kind).toBe(kind);
    expect(kernel.bytes.length).toBe(131_072);
    expect(kernel.view.buffer).toBe(kernel.bytes.buffer);
    expect(kernelOf(kernel.bytes.buffer)).toBe(kernel);
  });

  it('copies any length from and to any offset, and touches nothing else', () => {
    fill(kernel, 1);
    for (let length = 0; length < 200; length++) {
      const before = Buffer.from(kernel.bytes);
      const target = 1000 + (length % 7);
      const source = 3000 + (length % 5);
      kernel.copy(target, source, length);
      before.copyWithin(target, source, source + length);
      expect(before.equals(kernel.bytes), `${length} bytes`).toBe(true);
    }
  });

  it('sums as RFC 1071 does, and while it copies', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 3000 }),
        fc.integer(),
        (offset, length, seed) => {
          fill(kernel, seed);
          const bytes = kernel.bytes.slice(offset, offset + length);
          const sum = plainSum(bytes);
          expect(kernel.sum(offset, length)).toBe(sum);
          expect(kernel.copySum(5001, offset, length)).toBe(sum);
          expect(Buffer.from(bytes).equals(kernel.bytes.subarray(5001, 5001 + length))).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('sums bytes of all ones without an overflow', () => {
    kernel.bytes.fill(0xff);
    expect(kernel.sum(0, 131_072)).toBe(0xffff);
    expect(kernel.sum(1, 65_535)).toBe(plainSum(new Uint8Array(65_535).fill(0xff)));
  });
});

describe('sums of any length', () => {
  const lengths = [0, 1, 2, 3, 255, 256, 257, 1401, 65_535, 65_537, 300_001];

  it.each(lengths)('of %d bytes are the same in and out of a kernel memory', (length) => {
    const kernel = newKernel(length + 8);
    fill(kernel, length);
    const bytes = kernel.bytes.slice(3, 3 + length);
    const sum = plainSum(bytes);
    const inPlace = new DataView(kernel.bytes.buffer, 2);
    expect(foldSum(sumBytes(inPlace, 1, 1 + length))).toBe(sum);
    expect(foldSum(sumBytes(new DataView(bytes.buffer), 0, length))).toBe(sum);
    expect(finishSum(sumBytes(inPlace, 1, 1 + length, 1))).toBe(~foldSum(sum + 1) & 0xffff);
  });
});

describe('a kernel that can not be had', () => {
  it.each([0, -1, Number.NaN, 2 ** 31])('refuses a memory of %d bytes', (size) => {
    for (const kind of KINDS) expect(() => newKernel(size, kind)).toThrow(PacketError);
  });

  it('is plain JavaScript where WebAssembly is missing, and says so', async () => {
    vi.resetModules();
    vi.stubGlobal('WebAssembly', undefined);
    try {
      const again = await import('../../src/bytes/kernel.js');
      expect(again.kernelKind()).toBe('javascript');
      expect(again.newKernel(1).kind).toBe('javascript');
      expect(() => again.newKernel(1, 'webassembly')).toThrow('no WebAssembly');
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('is WebAssembly here', () => {
    expect(kernelKind()).toBe('webassembly');
  });
});
