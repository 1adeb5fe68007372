/**
 * The Internet checksum: RFC 1071 to compute, RFC 1624 to update.
 *
 * A sum here is "partial": a plain number below 2 ** 32 that later calls go on adding to. A frame
 * of 64 KiB adds at most 2 ** 31 to it.
 */

/** One's complement sum of 16-bit words in [offset, end), added to `sum`; a last odd byte is padded with 0. */
export function sumBytes(view: DataView, offset: number, end: number, sum = 0): number {
  let at = offset;
  // Two words a step: adding the halves of a 32-bit word costs one load instead of two.
  let high = 0;
  let low = sum;
  for (const last = end - 3; at < last; at += 4) {
    const word = view.getUint32(at);
    high += word >>> 16;
    low += word & 0xffff;
  }
  if (at + 1 < end) {
    low += view.getUint16(at);
    at += 2;
  }
  if (at < end) low += view.getUint8(at) << 8;
  return high + low;
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
