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

const SLOTS = 64;

/**
 * The texts that were read last, by their last characters: a frame's addresses come again and again.
 * Node 20: 6 ns where reading an address digit by digit takes 30.
 *
 * A text is kept when it comes a second time. So those that come once put out none that come often,
 * and cost no store of a new string into an old array (7 ns). A value has a place below SLOTS where
 * its text is kept, and one SLOTS above where it came once. It is read there as two integers: a
 * number past 31 bits would be allocated wherever it is handed on.
 */
class Recent {
  readonly high: Int32Array;
  readonly low: Int32Array;
  private readonly texts: string[];

  constructor() {
    this.texts = new Array<string>(SLOTS).fill('');
    this.high = new Int32Array(2 * SLOTS);
    this.low = new Int32Array(2 * SLOTS);
  }

  slotOf(text: string): number {
    const { length } = text;
    // Odd factors, so that 10.0.0.2 and 192.168.0.1 do not take turns in one slot.
    const last = text.charCodeAt(length - 1) * 7 + text.charCodeAt(length - 2) * 13;
    return (last + length * 31) & (SLOTS - 1);
  }

  has(text: string, slot: number): boolean {
    return this.texts[slot] === text;
  }

  /** Answers the place of the value. */
  keep(text: string, slot: number, high: number, low: number): number {
    const place = slot + SLOTS;
    const { high: highs, low: lows } = this;
    if (highs[place] === high && lows[place] === low) {
      this.texts[slot] = text;
      highs[slot] = high;
      lows[slot] = low;
    }
    highs[place] = high;
    lows[place] = low;
    return place;
  }
}

const recentMacs = new Recent();
const recentIpv4 = new Recent();

/**
 * Reads a MAC address, `aa:bb:cc:dd:ee:ff` or with dashes. Answers where `macHigh` and `macLow` find
 * it until the next one is read, or -1 when the text is none.
 */
export function findMac(text: string): number {
  if (typeof text !== 'string' || text.length !== 17) return -1;
  const slot = recentMacs.slotOf(text);
  if (recentMacs.has(text, slot)) return slot;
  let high = 0;
  let low = 0;
  for (let at = 0; at < 17; at += 3) {
    // A character past the table would read undefined, which `|` takes for 0.
    const one = text.charCodeAt(at);
    const two = text.charCodeAt(at + 1);
    if ((one | two) > 127) return -1;
    const byte = ((DIGIT[one] as number) << 4) | (DIGIT[two] as number);
    if (byte < 0) return -1;
    high = (high << 8) | (low >>> 24);
    low = (low << 8) | byte;
    if (at < 15) {
      const separator = text.charCodeAt(at + 2);
      if (separator !== 58 && separator !== 45) return -1;
    }
  }
  return recentMacs.keep(text, slot, high, low);
}

/** The first 16 bits of the MAC address that was found there. */
export function macHigh(place: number): number {
  return recentMacs.high[place] as number;
}

/** The last 32 bits of the MAC address that was found there, signed. */
export function macLow(place: number): number {
  return recentMacs.low[place] as number;
}

/**
 * The 48-bit number of a MAC address, `aa:bb:cc:dd:ee:ff` or with dashes, or -1 when the text is
 * none.
 */
export function parseMac(text: string): number {
  const place = findMac(text);
  return place < 0 ? -1 : macHigh(place) * 0x100000000 + (macLow(place) >>> 0);
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

/**
 * Reads an IPv4 address in dotted decimal. Answers where `ipv4Word32` finds it until the next one is
 * read, or -1 when the text is none.
 */
export function findIpv4(text: string): number {
  if (typeof text !== 'string' || text.length < 7) return -1;
  const { length } = text;
  const slot = recentIpv4.slotOf(text);
  if (recentIpv4.has(text, slot)) return slot;
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
  return recentIpv4.keep(text, slot, 0, (word << 8) | part);
}

/** The IPv4 address that was found there, as a signed 32-bit number. */
export function ipv4Word32(place: number): number {
  return recentIpv4.low[place] as number;
}

/** The 32-bit number of an IPv4 address in dotted decimal, or -1 when the text is none. */
export function parseIpv4(text: string): number {
  const place = findIpv4(text);
  return place < 0 ? -1 : ipv4Word32(place) >>> 0;
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
  return formatIpv6(parts);
}

/** An IPv6 address as text (RFC 5952) from its eight 16-bit parts, whatever they are: no IPv4 inside. */
export function formatIpv6(parts: readonly number[]): string {
  return new ipaddr.IPv6([...parts]).toRFC5952String();
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
