/** What a MAC address says of itself: IEEE 802-2014 §8.2, RFC 9542. */
import { PacketError } from './error.js';

/** What is known of a MAC address. */
export interface MacTraits {
  /** The lowest bit of the first byte: it means many, so no station sends from it. */
  readonly group: boolean;
  /** The next bit: somebody chose it, and no registry knows it. */
  readonly local: boolean;
  /** A known use of the address or its range, in words; undefined: none is known. */
  readonly use: string | undefined;
}

/** Who makes interfaces with addresses of a prefix. */
export interface MacVendor {
  readonly vendor: string;
  /** `00:50:56`, in lower case. */
  readonly prefix: string;
  /** Bits of the prefix. */
  readonly bits: number;
}

interface Range<T> {
  readonly prefix: string;
  readonly value: number;
  readonly bits: number;
  readonly what: T;
}

/** A table by prefixes as people write them: whole digits, or `/` and a number of bits. */
function ranges(table: Readonly<Record<string, string>>): readonly Range<string>[] {
  return Object.entries(table).map(([text, what]) => {
    const [prefix = '', length] = text.split('/');
    const digits = prefix.replaceAll(':', '');
    const bits = length === undefined ? digits.length * 4 : Number(length);
    const value = Math.floor(Number.parseInt(digits, 16) / 2 ** (digits.length * 4 - bits));
    return { prefix, value, bits, what };
  });
}

/** 02:42 and 52:54:00 are local: their makers chose them, and they are in no registry. */
const VENDORS: Readonly<Record<string, string>> = {
  '00:50:56': 'VMware',
  '02:42': 'Docker',
  '52:54:00': 'QEMU/KVM',
};

/** Of two that fit an address, the longer counts. */
const USES: Readonly<Record<string, string>> = {
  'ff:ff:ff:ff:ff:ff': 'broadcast: every station takes it',
  '00:00:00:00:00:00': 'no address: ARP and Linux write it where none is known',
  '01:80:c2:00:00:00': 'spanning tree: bridges take it and do not forward it (IEEE 802.1D)',
  '01:80:c2:00:00:01': 'pause: not forwarded by bridges (IEEE 802.3x)',
  '01:80:c2:00:00:02': 'slow protocols such as LACP: not forwarded by bridges (IEEE 802.3)',
  '01:80:c2:00:00:03': 'port authentication: not forwarded by bridges (IEEE 802.1X)',
  '01:80:c2:00:00:0e': 'LLDP: not forwarded by bridges (IEEE 802.1AB)',
  '01:00:5e': "group address of IANA's block (RFC 9542)",
  '01:00:5e:00/25': 'multicast of IPv4 (RFC 1112 §6.4)',
  '01:00:5e:8': 'multicast of MPLS (RFC 5332)',
  '33:33': 'multicast of IPv6 (RFC 2464 §7)',
  '00:00:5e:00:01': 'virtual router of VRRP over IPv4 (RFC 9568 §7.3)',
  '00:00:5e:00:02': 'virtual router of VRRP over IPv6 (RFC 9568 §7.3)',
  '00:00:5e:00:53': 'documentation (RFC 9542)',
  '01:00:5e:90:10': 'documentation (RFC 9542)',
};

const GROUP_BIT = 0x01;
const LOCAL_BIT = 0x02;

let vendors: readonly Range<string>[] | undefined;
let uses: readonly Range<string>[] | undefined;

/** What a MAC address, in any notation, says of itself. Throws `BAD_VALUE` where the text is none. */
export function macTraits(text: string): MacTraits {
  const mac = macNumber(text);
  const first = Math.floor(mac / 2 ** 40);
  uses ??= ranges(USES);
  return {
    group: (first & GROUP_BIT) !== 0,
    local: (first & LOCAL_BIT) !== 0,
    use: longest(uses, mac)?.what,
  };
}

/**
 * VMware, Docker or QEMU/KVM by the prefix that they use; undefined for all others, whom IEEE's list
 * may know: it is too large for a library. Throws `BAD_VALUE` where the text is no MAC address.
 */
export function macVendor(text: string): MacVendor | undefined {
  vendors ??= ranges(VENDORS);
  const found = longest(vendors, macNumber(text));
  return found && { vendor: found.what, prefix: found.prefix, bits: found.bits };
}

/**
 * The 48-bit number of a MAC address in any notation that can mean only one: with colons or dashes,
 * where a byte below 16 may have one digit (as BSD prints it); in groups of four digits with dots
 * (Cisco) or dashes; or the twelve digits alone. -1: the text is none.
 */
export function parseMacNotation(text: string): number {
  if (typeof text !== 'string') return -1;
  const bytes = /^[0-9a-f]{1,2}([:-])[0-9a-f]{1,2}(?:\1[0-9a-f]{1,2}){4}$/i.test(text);
  const groups = /^[0-9a-f]{4}([.-])[0-9a-f]{4}\1[0-9a-f]{4}$|^[0-9a-f]{12}$/i.test(text);
  if (!bytes && !groups) return -1;
  const parts = text.split(/[:.-]/);
  return Number.parseInt(parts.map((part) => part.padStart(bytes ? 2 : 4, '0')).join(''), 16);
}

function macNumber(text: string): number {
  const mac = parseMacNotation(text);
  if (mac >= 0) return mac;
  throw new PacketError(
    'BAD_VALUE',
    `${text === '' ? '""' : text}: expected a MAC address such as 02:00:00:00:00:01, 02-00-00-00-00-01, 0200.0000.0001 or 020000000001`,
  );
}

function longest(table: readonly Range<string>[], mac: number): Range<string> | undefined {
  return table
    .filter(({ value, bits }) => Math.floor(mac / 2 ** (48 - bits)) === value)
    .reduce<Range<string> | undefined>((best, one) => {
      return best === undefined || one.bits > best.bits ? one : best;
    }, undefined);
}
