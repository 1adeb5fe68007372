/**
 * The Internet checksum: RFC 1071 to compute, RFC 1624 to update.
 *
 * A sum here is "partial": a plain number below 2 ** 32 that later calls go on adding to. A frame
 * of 64 KiB adds at most 2 ** 31 to it.
 */

import { type Kernel, kernelOf, MAX_SUM_BYTES, newKernel } from './kernel.js';
import { sumWords } from './sum.js';

// From here on the kernel is faster even where the bytes must be copied to it first (Node 20): 63 ns
// beside 108 at 256 bytes, 106 beside 589 at 1,400; where they lie in its memory, 58 at 1,400.
const LARGE = 256;
const SCRATCH_BYTES = 65_536;
// Made when first needed.
let scratch: Kernel | undefined;

/** One's complement sum of 16-bit words in [offset, end), added to `sum`; a last odd byte is padded with 0. */
export function sumBytes(view: DataView, offset: number, end: number, sum = 0): number {
  if (end - offset < LARGE) return sumWords(view, offset, end, sum);
  return sumLarge(view, offset, end, sum);
}

function sumLarge(view: DataView, offset: number, end: number, sum: number): number {
  const kernel = kernelOf(view.buffer);
  let total = sum;
  if (kernel !== undefined) {
    for (let at = offset; at < end; at += MAX_SUM_BYTES) {
      total += kernel.sum(view.byteOffset + at, Math.min(MAX_SUM_BYTES, end - at));
    }
    return total;
  }
  scratch ??= newKernel(SCRATCH_BYTES);
  for (let at = offset; at < end; at += SCRATCH_BYTES) {
    const length = Math.min(SCRATCH_BYTES, end - at);
    scratch.bytes.set(new Uint8Array(view.buffer, view.byteOffset + at, length));
    total += scratch.sum(0, length);
  }
  return total;
}

/** Folds a partial sum to 16 bits. */
export function foldSum(sum: number): number {
  // A sum of up to 2 ** 53 folds by division first: bit operators see only 32 bits.
  let folded = sum > 0xffffffff ? (sum % 0x10000) + Math.floor(sum / 0x10000) : sum;
  folded = (folded & 0xffff) + (folded >>> 16);
  return (folded & 0xffff) + (folded >>> 16);
}

/** The checksum of a partial sum: its complement, 0–65535. */
export function finishSum(sum: number): number {
  return ~foldSum(sum) & 0xffff;
}

/** RFC 1624 equation 3: the checksum after a 16-bit word changes from `before` to `after`. */
export function updateChecksum(checksum: number, before: number, after: number): number {
  return finishSum((~checksum & 0xffff) + (~before & 0xffff) + after);
}
