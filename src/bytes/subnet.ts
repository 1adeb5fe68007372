/**
 * Subnets of IPv4 and IPv6 for people and their tools: what belongs to one, what is left for hosts,
 * and its parts (RFC 4632, RFC 4291 §2.3). Addresses are bigints within and text outside, so that
 * both versions are one; a router's table has `Ipv4Prefix`.
 */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6, readIpv6 } from './address.js';
import { PacketError } from './error.js';
import { parseIpv4Prefix, prefixLength, splitPrefix, wrong } from './ipv4-prefix.js';

/** An address with the length of its network. */
export class Subnet {
  readonly version: 4 | 6;
  /** Bits of the network: 0–32, for IPv6 0–128. */
  readonly length: number;
  /** The address that was written, as a number. */
  readonly value: bigint;
  /** The first address, as a number. */
  readonly first: bigint;
  /** The last address, as a number. */
  readonly last: bigint;

  /** Throws `OUT_OF_RANGE`. `parseSubnet` makes one from text. */
  constructor(version: 4 | 6, value: bigint, length: number) {
    const bits = version === 4 ? 32 : 128;
    if (!(Number.isInteger(length) && length >= 0 && length <= bits)) {
      throw new PacketError('OUT_OF_RANGE', `length ${length}: it is 0–${bits}`);
    }
    if (value < 0n || value >= 1n << BigInt(bits)) {
      throw new PacketError('OUT_OF_RANGE', `${value} is no address of IPv${version}`);
    }
    const hostMask = (1n << BigInt(bits - length)) - 1n;
    this.version = version;
    this.length = length;
    this.value = value;
    this.last = value | hostMask;
    this.first = this.last ^ hostMask;
  }

  /** Bits of an address: 32 or 128. */
  get bits(): 32 | 128 {
    return this.version === 4 ? 32 : 128;
  }

  /** The address that was written. */
  get address(): string {
    return this.textOf(this.value);
  }

  /** The network's first address: `192.168.1.0`. */
  get network(): string {
    return this.textOf(this.first);
  }

  /** The last address: `192.168.1.255`. */
  get lastAddress(): string {
    return this.textOf(this.last);
  }

  /** Ones where the network is: `255.255.255.0`. */
  get mask(): string {
    return this.textOf(this.addressMask ^ (this.last - this.first));
  }

  /** Ones where the host is: `0.0.0.255`, for IPv6 `::ffff:ffff`. */
  get wildcard(): string {
    const value = this.last - this.first;
    // It is no address, and has no IPv4 address inside.
    return this.version === 4 ? formatIpv4(Number(value)) : formatIpv6(ipv6Parts(value));
  }

  /** IPv4's broadcast address (RFC 919 §7); undefined for /31 (RFC 3021), /32 and IPv6. */
  get broadcast(): string | undefined {
    return this.version === 4 && this.setsApart ? this.lastAddress : undefined;
  }

  /** How many addresses there are. */
  get addresses(): bigint {
    return this.last - this.first + 1n;
  }

  /**
   * How many are for hosts: in IPv4 all but the network's and the broadcast address, in IPv6 all but
   * the routers' anycast address (RFC 4291 §2.6.1). /31 has 2 (RFC 3021), /127 has 2 (RFC 6164), and
   * an address alone is 1.
   */
  get hosts(): bigint {
    return this.lastHostValue - this.firstHostValue + 1n;
  }

  /** The first address for a host. */
  get firstHost(): string {
    return this.textOf(this.firstHostValue);
  }

  /** The last address for a host. */
  get lastHost(): string {
    return this.textOf(this.lastHostValue);
  }

  /** Whether an address or a whole prefix is inside. Throws `BAD_VALUE` for text that is neither. */
  contains(other: Subnet | string): boolean {
    const { version, first, last } = subnetOf(other);
    return version === this.version && first >= this.first && last <= this.last;
  }

  /** Whether some address is in both. Throws `BAD_VALUE` for text that is no address or prefix. */
  overlaps(other: Subnet | string): boolean {
    const { version, first, last } = subnetOf(other);
    return version === this.version && first <= this.last && last >= this.first;
  }

  /**
   * Its parts of a longer length (or the same), in order, each made when it is asked for: there may
   * be 2^128. Throws `OUT_OF_RANGE`.
   */
  split(length: number): Iterable<Subnet> {
    if (!(Number.isInteger(length) && length >= this.length && length <= this.bits)) {
      const range = `it is ${this.length}–${this.bits}`;
      throw new PacketError('OUT_OF_RANGE', `${this} into parts of length ${length}: ${range}`);
    }
    return parts(this, length);
  }

  /** The network and its length: `192.168.1.0/24`. */
  toString(): string {
    return `${this.network}/${this.length}`;
  }

  private get addressMask(): bigint {
    return (1n << BigInt(this.bits)) - 1n;
  }

  /** Whether it is long enough to set addresses apart from those of hosts. */
  private get setsApart(): boolean {
    return this.bits - this.length >= 2;
  }

  private get firstHostValue(): bigint {
    return this.setsApart ? this.first + 1n : this.first;
  }

  private get lastHostValue(): bigint {
    return this.version === 4 && this.setsApart ? this.last - 1n : this.last;
  }

  private textOf(value: bigint): string {
    return this.version === 4 ? formatIpv4(Number(value)) : ipv6Text(value);
  }
}

function* parts(whole: Subnet, length: number): Generator<Subnet> {
  const step = 1n << BigInt(whole.bits - length);
  for (let first = whole.first; first <= whole.last; first += step) {
    yield new Subnet(whole.version, first, length);
  }
}

/**
 * Reads `192.168.1.100/24`, `192.168.1.100/255.255.255.0` or `2001:db8::1/64`. Throws `BAD_VALUE` or
 * `OUT_OF_RANGE` with words for what is wrong.
 */
export function parseSubnet(text: string): Subnet {
  if (!String(text).includes(':')) {
    const { address, length } = parseIpv4Prefix(text);
    return new Subnet(4, BigInt(address), length);
  }
  const { address, length: lengthText } = splitPrefix(text, '64');
  const value = ipv6Value(address);
  if (value === undefined) {
    const why = address.includes('%') ? 'a prefix has no zone' : `${address} is no IPv6 address`;
    throw wrong(text, why);
  }
  const length = prefixLength(text, lengthText, 128);
  if (length === undefined) throw wrong(text, `"${lengthText}" is no length, 0–128`);
  return new Subnet(6, value, length);
}

/**
 * A prefix from its text; an address alone is the prefix that has only it (/32 or /128). Throws as
 * `parseSubnet`.
 */
export function subnetOf(prefix: Subnet | string): Subnet {
  if (prefix instanceof Subnet) return prefix;
  if (String(prefix).includes('/')) return parseSubnet(prefix);
  const ipv4 = parseIpv4(prefix);
  if (ipv4 >= 0) return new Subnet(4, BigInt(ipv4), 32);
  const ipv6 = ipv6Value(prefix);
  if (ipv6 !== undefined) return new Subnet(6, ipv6, 128);
  throw wrong(String(prefix), 'neither an IPv4 nor an IPv6 address');
}

function ipv6Value(text: string): bigint | undefined {
  return parseIpv6(text)?.reduce((value, part) => (value << 16n) | BigInt(part), 0n);
}

function ipv6Parts(value: bigint): number[] {
  return Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn));
}

function ipv6Text(value: bigint): string {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, value >> 64n);
  view.setBigUint64(8, value & 0xffffffffffffffffn);
  return readIpv6(view, 0);
}
