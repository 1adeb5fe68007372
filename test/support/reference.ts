/** The slow and obvious way to do what src does fast: the tests' own judge. */

/** RFC 1071, byte by byte. */
export function internetChecksum(...pieces: readonly Uint8Array[]): number {
  const all = pieces.flatMap((piece) => [...piece]);
  if (all.length % 2 === 1) all.push(0);
  let sum = 0;
  for (let i = 0; i < all.length; i += 2) {
    sum += (all[i] as number) * 256 + (all[i + 1] as number);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return 0xffff - sum;
}

/** The pseudo-header of RFC 768 or RFC 8200 §8.1, by the length of the addresses. */
export function pseudoHeader(
  src: Uint8Array,
  dst: Uint8Array,
  protocol: number,
  length: number,
): Uint8Array {
  const tail =
    src.length === 4
      ? [0, protocol, length >> 8, length & 255]
      : [0, 0, length >> 8, length & 255, 0, 0, 0, protocol];
  return Uint8Array.from([...src, ...dst, ...tail]);
}

/** The unsigned number in `bits` bits from absolute bit `bit`. */
export function bitsAt(bytes: Uint8Array, bit: number, bits: number): bigint {
  let value = 0n;
  for (let i = bit; i < bit + bits; i++) {
    const byte = bytes[i >> 3];
    if (byte === undefined) throw new Error(`bit ${i} is not among ${bytes.length} bytes`);
    value = value * 2n + BigInt((byte >> (7 - (i & 7))) & 1);
  }
  return value;
}

/** A copy with `bits` bits from absolute bit `bit` set to `value`. */
export function withBits(
  bytes: Uint8Array,
  bit: number,
  bits: number,
  value: bigint,
): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  for (let i = 0; i < bits; i++) {
    const at = bit + bits - 1 - i;
    const mask = 128 >> (at & 7);
    const set = ((value >> BigInt(i)) & 1n) === 1n;
    copy[at >> 3] = set ? (copy[at >> 3] as number) | mask : (copy[at >> 3] as number) & ~mask;
  }
  return copy;
}

/** A repeatable stream of numbers below `n` (mulberry32). */
export function randomFrom(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

/** A DataView on these bytes, wherever they lie. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
