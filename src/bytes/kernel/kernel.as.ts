/**
 * The kernel: what a JavaScript engine is slow at, in AssemblyScript, compiled to WebAssembly by
 * `npm run kernel`. It copies, sums (RFC 1071) and wraps frames in a memory that it is given, 16
 * bytes a step. It has no memory, no data and no state of its own.
 *
 * `usize` is an address in that memory; numbers in frames are big-endian, so they are swapped.
 */
import {
  ADDRESS_BYTES,
  ADDRESSES_AT,
  BAD_NUMBER,
  BATCH_ARRAYS,
  COPY_MASK,
  DEFAULT_PORT,
  DEFAULT_VNI,
  HEADER_BYTES,
  IPV4_BYTES,
  IPV4_SUM,
  IPV4_SUM_AT,
  IS_IPV6,
  LENGTH_AT,
  LENGTH_EXTRA,
  MAX_LENGTH,
  NETWORK_AT,
  OUTSIDE,
  PACKET_AT,
  PATCH_PLACES,
  PATCH_WORDS,
  PATCHES,
  SOURCE_PORT_AT,
  TEMPLATE,
  TOO_LONG,
  TRANSPORT_AT,
  TRANSPORT_PROTOCOL,
  TRANSPORT_SUM_AT,
  UDP_LENGTH_AT,
  UDP_LENGTH_EXTRA,
  VNI_AT,
  ZERO_IS_ONES,
} from './plan';

// @ts-ignore: a decorator of AssemblyScript
@inline
function storeWord(at: usize, value: u32): void {
  store<u32>(at, bswap<u32>(value));
}

// @ts-ignore
@inline
function storeHalf(at: usize, value: u32): void {
  store<u16>(at, bswap<u16>(<u16>value));
}

/** A sum of up to 2 ** 63 in 16 bits. */
// @ts-ignore
@inline
function fold(sum: u64): u32 {
  let s = (sum >>> 32) + (sum & 0xffffffff);
  s = (s >>> 32) + (s & 0xffffffff);
  let w = (<u32>s >>> 16) + (<u32>s & 0xffff);
  w = (w >>> 16) + (w & 0xffff);
  return w;
}

/** Copies fewer than 16 bytes, by two steps that may lie half over each other. */
function copyShort(target: usize, source: usize, length: usize): void {
  if (length >= 8) {
    const last = load<u64>(source + length - 8);
    store<u64>(target, load<u64>(source));
    store<u64>(target + length - 8, last);
  } else if (length >= 4) {
    const last = load<u32>(source + length - 4);
    store<u32>(target, load<u32>(source));
    store<u32>(target + length - 4, last);
  } else {
    for (let i: usize = 0; i < length; i++) store<u8>(target + i, load<u8>(source + i));
  }
}

/** Copies `length` bytes; the two ranges do not overlap. */
// @ts-ignore
@inline
function copyBytes(target: usize, source: usize, length: usize): void {
  if (length < 16) {
    copyShort(target, source, length);
    return;
  }
  // The first and the last 16 bytes are copied by steps of their own, which may lie half over others:
  // so that the rest is stored at multiples of 16, and no store lies across two cache lines.
  const last = length - 16;
  v128.store(target, v128.load(source));
  let i: usize = 16 - (target & 15);
  while (i + 64 <= length) {
    const a = v128.load(source + i);
    const b = v128.load(source + i, 16);
    const c = v128.load(source + i, 32);
    const d = v128.load(source + i, 48);
    v128.store(target + i, a);
    v128.store(target + i, b, 16);
    v128.store(target + i, c, 32);
    v128.store(target + i, d, 48);
    i += 64;
  }
  while (i < last) {
    v128.store(target + i, v128.load(source + i));
    i += 16;
  }
  v128.store(target + last, v128.load(source + last));
}

/** Copies a frame of `length` bytes; the two ranges do not overlap. */
export function copy(target: usize, source: usize, length: usize): void {
  copyBytes(target, source, length);
}

/** Sum of the last bytes of a range, fewer than 16, in the machine's byte order. */
function sumTail(at: usize, end: usize): u64 {
  let sum: u64 = 0;
  let i = at;
  while (i + 4 <= end) {
    sum += load<u32>(i);
    i += 4;
  }
  if (i + 2 <= end) {
    sum += load<u16>(i);
    i += 2;
  }
  if (i < end) sum += load<u8>(i);
  return sum;
}

/** The four 32-bit sums of a vector in one. */
// @ts-ignore
@inline
function sumLanes(v: v128): u64 {
  return (
    <u64>v128.extract_lane<u32>(v, 0) +
    <u64>v128.extract_lane<u32>(v, 1) +
    <u64>v128.extract_lane<u32>(v, 2) +
    <u64>v128.extract_lane<u32>(v, 3)
  );
}

/** One's complement sum of up to 256 KiB in the machine's byte order: no lane overflows. */
function sumRange(at: usize, length: usize): u64 {
  const end = at + length;
  let i = at;
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  while (i + 32 <= end) {
    a = v128.add<i32>(a, v128.extadd_pairwise<u16>(v128.load(i)));
    b = v128.add<i32>(b, v128.extadd_pairwise<u16>(v128.load(i, 16)));
    i += 32;
  }
  if (i + 16 <= end) {
    a = v128.add<i32>(a, v128.extadd_pairwise<u16>(v128.load(i)));
    i += 16;
  }
  return sumLanes(v128.add<i32>(a, b)) + sumTail(i, end);
}

/** The sum of up to 256 KiB of big-endian 16-bit words, in 16 bits; a last odd byte is padded with 0. */
export function sum(at: usize, length: usize): u32 {
  return bswap<u16>(<u16>fold(sumRange(at, length)));
}

/** Copies up to 256 KiB and sums them on the way, in the machine's byte order. */
function copyRange(target: usize, source: usize, length: usize): u64 {
  const end = source + length;
  const to = target - source;
  let i = source;
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  while (i + 32 <= end) {
    const one = v128.load(i);
    const two = v128.load(i, 16);
    v128.store(to + i, one);
    v128.store(to + i, two, 16);
    a = v128.add<i32>(a, v128.extadd_pairwise<u16>(one));
    b = v128.add<i32>(b, v128.extadd_pairwise<u16>(two));
    i += 32;
  }
  const rest = sumTail(i, end) + sumLanes(v128.add<i32>(a, b));
  copyBytes(to + i, i, end - i);
  return rest;
}

/** Copies up to 256 KiB; answers their sum as `sum` does. */
export function copySum(target: usize, source: usize, length: usize): u32 {
  return bswap<u16>(<u16>fold(copyRange(target, source, length)));
}

/**
 * What the outer IP header copies from the packet in the frame at `source`: bit 16 DF, bits 8–15
 * TTL, bits 0–7 DSCP and ECN. Where there is no IP packet: DF, a TTL of 64, and 0.
 */
function copied(plan: usize, source: usize, length: u32): u32 {
  const mask = load<u32>(plan, COPY_MASK);
  const none: u32 = 0x14000;
  const end = source + length;
  let at = source + load<u32>(plan, PACKET_AT);
  if (at + 20 > end) return none & mask;
  if (at !== source) {
    let type = load<u16>(at - 2);
    // 802.1Q, 802.1ad and the old TPID of stacked tags; up to eight, as elsewhere.
    for (let tags = 0; tags < 8 && (type === 0x0081 || type === 0xa888 || type === 0x0091); tags++) {
      at += 4;
      if (at > end) break;
      type = load<u16>(at - 2);
    }
    if (type !== 0x0008 && type !== 0xdd86) return none & mask;
  }
  if (at + 20 > end) return none & mask;
  const version = load<u8>(at) >>> 4;
  if (version === 4) {
    const dontFragment: u32 = (load<u8>(at + 6) >>> 6) & 1;
    return ((dontFragment << 16) | (<u32>load<u8>(at + 8) << 8) | load<u8>(at + 1)) & mask;
  }
  if (version !== 6 || at + 40 > end) return none & mask;
  const trafficClass = (bswap<u32>(load<u32>(at)) >>> 20) & 0xff;
  return (0x10000 | (<u32>load<u8>(at + 7) << 8) | trafficClass) & mask;
}

/** Adds what is copied to the outer IP header. */
function writeCopied(plan: usize, at: usize, traits: u32): void {
  const ip = at + load<u32>(plan, NETWORK_AT);
  const ttl = (traits >>> 8) & 0xff;
  if (load<u32>(plan, IS_IPV6) !== 0) {
    store<u32>(ip, load<u32>(ip) | bswap<u32>((traits & 0xff) << 20));
    store<u8>(ip + 7, load<u8>(ip + 7) | ttl);
  } else {
    store<u8>(ip + 1, load<u8>(ip + 1) | (traits & 0xff));
    store<u8>(ip + 6, load<u8>(ip + 6) | ((traits >>> 16) << 6));
    store<u8>(ip + 8, load<u8>(ip + 8) | ttl);
  }
}

/** The sum of what is copied to an IPv4 header: the bytes of TTL and of DSCP and ECN, and DF. */
// @ts-ignore
@inline
function copiedSum(traits: u32): u32 {
  return (traits & 0xffff) + ((traits >>> 16) << 14);
}

/** Writes the header of a tunnel in front of `length` bytes. */
// @ts-ignore
@inline
function writeHeader(
  plan: usize,
  at: usize,
  length: u32,
  vni: u32,
  sourcePort: u32,
  patches: usize,
  traits: u32,
): void {
  // No header is shorter than 16 bytes: the last 16 are copied by a step of their own.
  const last = load<u32>(plan, HEADER_BYTES) - 16;
  for (let i: u32 = 0; i < last; i += 16) v128.store(at + i, v128.load(plan + i, TEMPLATE));
  v128.store(at + last, v128.load(plan + last, TEMPLATE));
  const total = load<u32>(plan, LENGTH_EXTRA) + length;
  storeHalf(at + load<u32>(plan, LENGTH_AT), total);
  if (load<u32>(plan, IPV4_SUM) !== 0) {
    const s = load<u32>(plan, IPV4_SUM) + total + copiedSum(traits);
    const once = (s & 0xffff) + (s >>> 16);
    storeHalf(at + load<u32>(plan, IPV4_SUM_AT), ~(once + (once >>> 16)));
  }
  const udpLengthAt = load<u32>(plan, UDP_LENGTH_AT);
  if (udpLengthAt !== 0) storeHalf(at + udpLengthAt, load<u32>(plan, UDP_LENGTH_EXTRA) + length);
  const portAt = load<u32>(plan, SOURCE_PORT_AT);
  if (portAt !== 0) storeHalf(at + portAt, sourcePort);
  const vniAt = load<u32>(plan, VNI_AT);
  if (vniAt !== 0) storeWord(at + vniAt, vni << 8);
  if (traits !== 0) writeCopied(plan, at, traits);
  const words = load<u32>(plan, PATCH_WORDS);
  for (let i: u32 = 0; i < words; i++) {
    store<u32>(at + load<u32>(plan + (i << 2), PATCH_PLACES), load<u32>(patches + (i << 2)));
  }
}

/** The sum of a range of the template: the header that was just written is not read again. */
function templateSum(plan: usize, at: u32, length: u32): u64 {
  return sumTail(plan + TEMPLATE + at, plan + TEMPLATE + at + length);
}

/** Writes the checksum of an IPv4 header whose template may have been changed. */
function writeIpv4Sum(plan: usize, at: usize, length: u32, traits: u32): void {
  const header =
    templateSum(plan, load<u32>(plan, NETWORK_AT), load<u32>(plan, IPV4_BYTES)) +
    bswap<u16>(<u16>(load<u32>(plan, LENGTH_EXTRA) + length)) +
    bswap<u16>(<u16>traits) +
    bswap<u16>(<u16>((traits >>> 16) << 14));
  store<u16>(at + load<u32>(plan, IPV4_SUM_AT), <u16>~fold(header));
}

/**
 * Writes the transport's checksum over a packet whose header lies at `at`. `payload` is the sum of
 * what follows the header. The template has zeros where a number changes.
 */
function writeTransportSum(
  plan: usize,
  at: usize,
  length: u32,
  vni: u32,
  sourcePort: u32,
  patches: usize,
  payload: u64,
): void {
  const transport = load<u32>(plan, TRANSPORT_AT);
  const headerBytes = load<u32>(plan, HEADER_BYTES) - transport;
  const segment = headerBytes + length;
  let s = payload + templateSum(plan, transport, headerBytes);
  s += templateSum(plan, load<u32>(plan, ADDRESSES_AT), load<u32>(plan, ADDRESS_BYTES));
  s += bswap<u16>(<u16>load<u32>(plan, TRANSPORT_PROTOCOL));
  s += bswap<u16>(<u16>segment);
  if (load<u32>(plan, UDP_LENGTH_AT) !== 0) s += bswap<u16>(<u16>segment);
  if (load<u32>(plan, SOURCE_PORT_AT) !== 0) s += bswap<u16>(<u16>sourcePort);
  if (load<u32>(plan, VNI_AT) !== 0) s += bswap<u32>(vni << 8);
  const words = load<u32>(plan, PATCH_WORDS);
  for (let i: u32 = 0; i < words; i++) s += load<u32>(patches + (i << 2));
  let checksum = ~fold(s) & 0xffff;
  if (checksum === 0 && load<u32>(plan, ZERO_IS_ONES) !== 0) checksum = 0xffff;
  store<u16>(at + load<u32>(plan, TRANSPORT_SUM_AT), <u16>checksum);
}

/** One frame: the header at `target`, and behind it `length` bytes from `source`. */
// @ts-ignore
@inline
function wrapOne(
  plan: usize,
  target: usize,
  source: usize,
  length: u32,
  vni: u32,
  sourcePort: u32,
  patches: usize,
): u32 {
  const headerBytes = load<u32>(plan, HEADER_BYTES);
  const traits = load<u32>(plan, COPY_MASK) === 0 ? 0 : copied(plan, source, length);
  writeHeader(plan, target, length, vni, sourcePort, patches, traits);
  const frame = target + headerBytes;
  // A frame that lies behind its headers already stays there.
  if (load<u32>(plan, IPV4_BYTES) !== 0) writeIpv4Sum(plan, target, length, traits);
  if (load<u32>(plan, TRANSPORT_SUM_AT) === 0) {
    if (frame !== source) copyBytes(frame, source, length);
  } else {
    const payload = frame === source ? sumRange(source, length) : copyRange(frame, source, length);
    writeTransportSum(plan, target, length, vni, sourcePort, patches, payload);
  }
  return headerBytes + length;
}

/**
 * Wraps a frame of `length` bytes at `source` in the plan's header, both to `target`. The caller
 * has seen to it that all of it lies in memory. Answers the bytes written, or `TOO_LONG`.
 */
export function wrap(
  plan: usize,
  target: usize,
  source: usize,
  length: u32,
  vni: u32,
  sourcePort: u32,
): i32 {
  // As unsigned: a negative length is too long as well.
  if (length > load<u32>(plan, MAX_LENGTH)) return TOO_LONG;
  return wrapOne(plan, target, source, length, vni, sourcePort, plan + PATCHES);
}

/**
 * Wraps the first `count` frames of a batch with room for `capacity`. A frame that is too long, or
 * whose bytes or target do not lie within [floor, ceiling), is left out and answered by a code.
 */
export function wrapBatch(
  plan: usize,
  batch: usize,
  capacity: u32,
  count: u32,
  floor: u32,
  ceiling: u32,
): void {
  const step = capacity << 2;
  const headerBytes = load<u32>(plan, HEADER_BYTES);
  const maxLength = load<u32>(plan, MAX_LENGTH);
  const patchBytes = load<u32>(plan, PATCH_WORDS) << 2;
  let patches = batch + step * BATCH_ARRAYS;
  const end = batch + (count << 2);
  for (let at = batch; at < end; at += 4) {
    let column = at;
    const source = load<u32>(column);
    column += step;
    const length = load<u32>(column);
    column += step;
    const target = load<u32>(column);
    column += step;
    let vni = load<u32>(column);
    column += step;
    let sourcePort = load<u32>(column);
    column += step;
    if (vni === 0xffffffff) vni = load<u32>(plan, DEFAULT_VNI);
    if (sourcePort === 0xffffffff) sourcePort = load<u32>(plan, DEFAULT_PORT);
    if (length > maxLength) {
      store<i32>(column, TOO_LONG);
    } else if (
      // In 64 bits: a negative offset is a large number to which a length must not be added in 32.
      target < floor ||
      <u64>target + headerBytes + length > ceiling ||
      <u64>source + length > ceiling
    ) {
      store<i32>(column, OUTSIDE);
    } else if ((vni >>> 24) | (sourcePort >>> 16)) {
      store<i32>(column, BAD_NUMBER);
    } else {
      store<u32>(column, wrapOne(plan, target, source, length, vni, sourcePort, patches));
    }
    patches += patchBytes;
  }
}
