/**
 * Addresses between text and bytes. MAC and IPv4 text is read by hand, because it is read for
 * every header that is built (eight addresses took a quarter of `build` through split and
 * parseInt); IPv6 text goes through ipaddr.js.
 */
import ipaddr from 'ipaddr.js';

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** Value of a hex digit by its character code, -1 for any other below 128. */
const DIGIT = new Int8Array(128).fill(-1);
for (const [i, digit] of [...'0123456789abcdef'].entries()) {
  DIGIT[digit.charCodeAt(0)] = i;
  DIGIT[digit.toUpperCase().charCodeAt(0)] = i;
}

/** Two lower-case hex digits of a byte. */
export function hexByte(value: number): string {
  return HEX[value & 255] as string;
}

/** A MAC address as text, `02:00:00:00:00:01`, from six bytes at `offset`. */
export function readMac(view: DataView, offset: number): string {
  return macText(view.getUint32(offset), view.getUint16(offset + 4));
}

/** A MAC address as text from its 48-bit number. */
export function formatMac(mac: number): string {
  return macText(Math.floor(mac / 0x10000), mac % 0x10000);
}

function macText(high: number, low: number): string {
  return `${HEX[high >>> 24]}:${HEX[(high >>> 16) & 255]}:${HEX[(high >>> 8) & 255]}:${
    HEX[high & 255]
  }:${HEX[low >>> 8]}:${HEX[low & 255]}`;
}

/**
 * The texts that were read last, by their last characters: a frame's addresses come again and again,
 * and reading eight of them by digits was a fifth of `build` (350 ns; 80 from here, Node 20).
 */
class Recent {
  private readonly texts: string[];
  private readonly values: number[];

  constructor() {
    this.texts = new Array<string>(64).fill('');
    this.values = new Array<number>(64).fill(-1);
  }

  slotOf(text: string): number {
    const { length } = text;
    // Odd factors, so that 10.0.0.2 and 192.168.0.1 do not take turns in one slot.
    const last = text.charCodeAt(length - 1) * 7 + text.charCodeAt(length - 2) * 13;
    return (last + length * 31) & 63;
  }

  /** The value of the text at its slot, or -1. */
  find(text: string, slot: number): number {
    return this.texts[slot] === text ? (this.values[slot] as number) : -1;
  }

  keep(text: string, slot: number, value: number): number {
    this.texts[slot] = text;
    this.values[slot] = value;
    return value;
  }
}

const recentMacs = new Recent();
const recentIpv4 = new Recent();

/**
 * The 48-bit number of a MAC address, `aa:bb:cc:dd:ee:ff` or with dashes, or -1 when the text is
 * none.
 */
export function parseMac(text: string): number {
  if (typeof text !== 'string' || text.length !== 17) return -1;
  const slot = recentMacs.slotOf(text);
  const before = recentMacs.find(text, slot);
  if (before >= 0) return before;
  let high = 0;
  let low = 0;
  for (let at = 0; at < 17; at += 3) {
    // A character past the table would read undefined, which `|` takes for 0.
    const one = text.charCodeAt(at);
    const two = text.charCodeAt(at + 1);
    if ((one | two) > 127) return -1;
    const byte = ((DIGIT[one] as number) << 4) | (DIGIT[two] as number);
    if (byte < 0) return -1;
    if (at < 9) high = (high << 8) | byte;
    else low = (low << 8) | byte;
    if (at < 15) {
      const separator = text.charCodeAt(at + 2);
      if (separator !== 58 && separator !== 45) return -1;
    }
  }
  return recentMacs.keep(text, slot, high * 0x1000000 + low);
}

/** Writes the MAC address of a 48-bit number at `offset`. */
export function writeMac(view: DataView, offset: number, mac: number): void {
  view.setUint16(offset, mac / 0x100000000);
  view.setUint32(offset + 2, mac);
}

/** An IPv4 address as text from its 32-bit number. */
export function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** The 32-bit number of an IPv4 address in dotted decimal, or -1 when the text is none. */
export function parseIpv4(text: string): number {
  if (typeof text !== 'string') return -1;
  const { length } = text;
  const slot = recentIpv4.slotOf(text);
  const before = recentIpv4.find(text, slot);
  if (before >= 0) return before;
  let word = 0;
  // -1: the part has no digit yet.
  let part = -1;
  let dots = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) {
      // A leading zero is refused: some programs read it as octal.
      if (part === 0) return -1;
      part = part < 0 ? digit : part * 10 + digit;
      if (part > 255) return -1;
    } else {
      if (digit !== -2 || part < 0) return -1;
      word = (word << 8) | part;
      part = -1;
      dots++;
    }
  }
  if (dots !== 3 || part < 0) return -1;
  return recentIpv4.keep(text, slot, ((word << 8) | part) >>> 0);
}

/** An IPv6 address as text (RFC 5952) from 16 bytes at `offset`. */
export function readIpv6(view: DataView, offset: number): string {
  const parts: number[] = [];
  for (let i = 0; i < 16; i += 2) parts.push(view.getUint16(offset + i));
  // An IPv4 address inside is written as one (RFC 5952 §5), as Wireshark and inet_ntop do.
  if (parts.slice(0, 5).every((part) => part === 0)) {
    const ipv4 = formatIpv4(view.getUint32(offset + 12));
    if (parts[5] === 0xffff) return `::ffff:${ipv4}`;
    if (parts[5] === 0 && parts[6] !== 0) return `::${ipv4}`;
  }
  return new ipaddr.IPv6(parts).toRFC5952String();
}

// ipaddr.js takes 2 µs for an address and a program writes few different ones: the last are kept.
const MAX_KNOWN = 256;
const known = new Map<string, readonly number[]>();

/** The eight 16-bit parts of an IPv6 address (without a zone), or undefined when the text is none. */
export function parseIpv6(text: string): readonly number[] | undefined {
  const before = known.get(text);
  if (before !== undefined) return before;
  if (typeof text !== 'string' || text.includes('%')) return undefined;
  // ipaddr.js takes ::192.0.2.1 for ::ffff:192.0.2.1, so IPv4 at the end goes to it in hex.
  const plain = text.replace(/[\d.]+$/, (tail) => {
    const word = parseIpv4(tail);
    return word < 0 ? tail : `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`;
  });
  if (!ipaddr.IPv6.isValid(plain)) return undefined;
  const { parts } = ipaddr.IPv6.parse(plain);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, parts);
  return parts;
}

/** Writes the IPv6 address of these parts at `offset`. */
export function writeIpv6(view: DataView, offset: number, parts: readonly number[]): void {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = parts;
  view.setUint32(offset, a * 0x10000 + b);
  view.setUint32(offset + 4, c * 0x10000 + d);
  view.setUint32(offset + 8, e * 0x10000 + f);
  view.setUint32(offset + 12, g * 0x10000 + h);
}
