/** Receive-side scaling's Toeplitz hash, as network cards compute it (Microsoft, RSS). */
import { PacketError } from '../bytes/error.js';
import type { FlowLevel } from './flow-level.js';

/** Bytes of an RSS key: 36 bytes of input (two IPv6 addresses, two ports) and a word. */
export const RSS_KEY_BYTES = 40;
const INPUT_BYTES = RSS_KEY_BYTES - 4;

/** The key of Microsoft's verification suite, which drivers have as their default. */
export const RSS_KEY: readonly number[] = [
  0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0,
  0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c,
  0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
];

/**
 * 0x6d5a again and again: a key that gives both directions of a flow the same hash (Woo and Park,
 * "Scalable TCP Session Monitoring with Symmetric Receive-side Scaling", 2012).
 */
export const SYMMETRIC_RSS_KEY: readonly number[] = Array.from({ length: RSS_KEY_BYTES }, (_, i) =>
  i % 2 === 0 ? 0x6d : 0x5a,
);

/** The Toeplitz hash with one key. Made once: its table takes 36 KiB and some 50 µs. */
export class Toeplitz {
  /** By input byte and its value: what it adds to the hash. */
  private readonly table: Uint32Array;

  /** `key`: 40 bytes or more (only 40 matter). Throws `BAD_VALUE` for less, and for no bytes. */
  constructor(key: ArrayLike<number> = RSS_KEY) {
    const bytes = Array.from(key).slice(0, RSS_KEY_BYTES);
    if (bytes.length < RSS_KEY_BYTES || bytes.some((b) => !(b >= 0 && b <= 255 && b % 1 === 0))) {
      throw new PacketError('BAD_VALUE', `an RSS key is ${RSS_KEY_BYTES} bytes or more`);
    }
    this.table = tableOf(bytes);
  }

  /**
   * The hash of a level: source and destination address, and source and destination port where it
   * has ports and is no fragment (of a fragment cards hash the addresses alone). `ports` false:
   * the addresses alone, as cards do unless told to for UDP.
   */
  hash(level: FlowLevel, ports = true): number {
    const { view, addresses, addressBytes, srcEnd, dstEnd } = level;
    const { table } = this;
    const bytes = addressBytes * 2;
    let hash = 0;
    for (let i = 0; i < bytes; i++) {
      hash ^= table[(i << 8) | view.getUint8(addresses + i)] as number;
    }
    if (!ports || srcEnd < 0 || level.icmp || level.fragment) return hash >>> 0;
    const at = bytes << 8;
    hash ^= table[at | (srcEnd >>> 8)] as number;
    hash ^= table[(at + 0x100) | (srcEnd & 255)] as number;
    hash ^= table[(at + 0x200) | (dstEnd >>> 8)] as number;
    hash ^= table[(at + 0x300) | (dstEnd & 255)] as number;
    return hash >>> 0;
  }
}

/** For each input byte, the sum of the key's windows at its set bits. */
function tableOf(key: readonly number[]): Uint32Array {
  const table = new Uint32Array(INPUT_BYTES * 256);
  for (let i = 0; i < INPUT_BYTES; i++) {
    const [a, b, c, d, e] = key.slice(i, i + 5) as [number, number, number, number, number];
    const word = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    for (let value = 1; value < 256; value++) {
      let sum = 0;
      for (let bit = 0; bit < 8; bit++) {
        const set = (value >>> (7 - bit)) & 1;
        if (set === 1) sum ^= bit === 0 ? word : (word << bit) | (e >>> (8 - bit));
      }
      table[(i << 8) | value] = sum;
    }
  }
  return table;
}
