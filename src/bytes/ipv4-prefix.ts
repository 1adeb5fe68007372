/**
 * IPv4 prefixes as routes and interfaces have them: RFC 4632 §3.1 (CIDR). All numbers are unsigned
 * and of 32 bits, so that a look-up is `((word & mask) >>> 0) === network`.
 */
import { formatIpv4, parseIpv4, parseIpv6 } from './address.js';
import { PacketError } from './error.js';

/** An address and the length of its network. */
export interface Ipv4Prefix {
  /** The network's first address, 0–4294967295. */
  readonly network: number;
  /** The address that was written, 0–4294967295. */
  readonly address: number;
  /** Bits of the network, 0–32. */
  readonly length: number;
  /** Ones where the network is, 0–4294967295. */
  readonly mask: number;
}

/** The mask of a length, 0–32: 24 gives 0xffffff00. */
export function ipv4Mask(length: number): number {
  // A shift by 32 would be one by 0.
  return length === 0 ? 0 : (-1 << (32 - length)) >>> 0;
}

/**
 * Reads `192.168.1.100/24` or `192.168.1.100/255.255.255.0`. Throws `BAD_VALUE` or `OUT_OF_RANGE`
 * with words for what is wrong; an address alone is refused, as its length is anybody's guess.
 */
export function parseIpv4Prefix(text: string): Ipv4Prefix {
  const { address: addressText, length: lengthText } = splitPrefix(text, '24');
  const address = parseIpv4(addressText);
  if (address < 0) throw wrong(text, `${addressText} is no IPv4 address`);
  const length = prefixLength(text, lengthText, 32) ?? maskLength(text, lengthText);
  const mask = ipv4Mask(length);
  return { network: (address & mask) >>> 0, address, length, mask };
}

/** What is before and behind the slash. `example` is a length for the words of the error. */
export function splitPrefix(text: string, example: string): { address: string; length: string } {
  if (typeof text !== 'string') throw wrong(String(text), 'a prefix is text: 192.168.1.0/24');
  const [address = '', length, ...more] = text.split('/');
  if (length === undefined) {
    const isAddress = parseIpv4(address) >= 0 || parseIpv6(address) !== undefined;
    const why = isAddress ? 'no length behind the address: ' : '';
    const prefix = isAddress ? `${address}/${example}` : EXAMPLES;
    throw wrong(text, `${why}expected ${prefix}`);
  }
  if (more.length > 0) throw wrong(text, 'expected one slash');
  if (address === '') throw wrong(text, `no address before the slash: expected ${EXAMPLES}`);
  return { address, length };
}

/** The length, or undefined where it is no number. Throws `OUT_OF_RANGE` past `most`. */
export function prefixLength(text: string, length: string, most: number): number | undefined {
  // Without leading zeros, as in an address.
  if (!/^(?:0|[1-9]\d*)$/.test(length)) return undefined;
  if (Number(length) <= most) return Number(length);
  throw new PacketError(
    'OUT_OF_RANGE',
    `${text}: the length ${length} does not fit, it is 0–${most}`,
  );
}

/** The length that a mask means: ones at the left, zeros behind them. */
function maskLength(text: string, maskText: string): number {
  const mask = parseIpv4(maskText);
  if (mask < 0) {
    throw wrong(text, `"${maskText}" is neither a length, 0–32, nor a mask such as 255.255.255.0`);
  }
  const length = Math.clz32(~mask);
  if (ipv4Mask(length) === mask) return length;
  const inverse = ~mask >>> 0;
  const isWildcard = ipv4Mask(Math.clz32(mask)) === inverse;
  const why = isWildcard
    ? `is a wildcard: the mask is ${formatIpv4(inverse)}`
    : 'is no mask: its ones are not all at the left';
  throw wrong(text, `${maskText} ${why}`);
}

const EXAMPLES = 'an address and the length of its network such as 192.168.1.0/24 or 2001:db8::/64';

/** `BAD_VALUE`, which begins with the text that is wrong. */
export function wrong(text: string, why: string): PacketError {
  return new PacketError('BAD_VALUE', `${text === '' ? '""' : text}: ${why}`);
}
