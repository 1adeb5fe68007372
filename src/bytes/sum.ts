/** One's complement sum of 16-bit words in [offset, end), added to `sum`; a last odd byte is padded with 0. */
export function sumWords(view: DataView, offset: number, end: number, sum: number): number {
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
