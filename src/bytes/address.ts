/**
 * Addresses between text and bytes. MAC and IPv4 text is read by hand, because it is read for
 * every header that is built (eight addresses took a quarter of `build` through split and
 * parseInt); IPv6 text goes through ipaddr.js.
 */
import ipaddr from 'ipaddr.js';
import { PacketError } from './error.js';

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** Value of a hex digit's character code, or -1. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Two lower-case hex digits of a byte. */
export function hexByte(value: number): string {
  return HEX[value & 255] as string;
}

/** A MAC address as text, `02:00:00:00:00:01`, from six bytes at `offset`. */
export function readMac(view: DataView, offset: number): string {
  const high = view.getUint32(offset);
  const low = view.getUint16(offset + 4);
  return `${HEX[high >>> 24]}:${HEX[(high >>> 16) & 255]}:${HEX[(high >>> 8) & 255]}:${
    HEX[high & 255]
  }:${HEX[low >>> 8]}:${HEX[low & 255]}`;
}

/** The first 32 and last 16 bits of the MAC address that was last read by `parseMac`. */
let macHigh = 0;
let macLow = 0;

/** Reads `aa:bb:cc:dd:ee:ff` (or with `-`) into macHigh and macLow; false when it is none. */
function parseMac(text: string): boolean {
  if (text.length !== 17) return false;
  let high = 0;
  let low = 0;
  for (let i = 0; i < 6; i++) {
    const at = i * 3;
    const a = hexDigit(text.charCodeAt(at));
    const b = hexDigit(text.charCodeAt(at + 1));
    if (a < 0 || b < 0) return false;
    if (i < 5) {
      const separator = text.charCodeAt(at + 2);
      if (separator !== 58 && separator !== 45) return false;
    }
    if (i < 4) high = (high << 8) | (a << 4) | b;
    else low = (low << 8) | (a << 4) | b;
  }
  macHigh = high;
  macLow = low;
  return true;
}

/** Whether the text is a MAC address: `aa:bb:cc:dd:ee:ff`, or with dashes. */
export function isMac(text: string): boolean {
  return typeof text === 'string' && parseMac(text);
}

/** Writes a MAC address at `offset`. Throws `BAD_VALUE` when the text is none. */
export function writeMac(view: DataView, offset: number, text: string): void {
  if (!isMac(text)) throw new PacketError('BAD_VALUE', `${String(text)} is not a MAC address`);
  view.setUint32(offset, macHigh);
  view.setUint16(offset + 4, macLow);
}

/** An IPv4 address as text from its 32-bit number. */
export function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** The 32-bit number of an IPv4 address in dotted decimal, or -1 when the text is none. */
export function parseIpv4(text: string): number {
  if (typeof text !== 'string') return -1;
  let word = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (digits === 0) return -1;
      word = word * 256 + part;
      part = 0;
      digits = 0;
      dots++;
    } else {
      // A leading zero is refused: some programs read it as octal.
      if (code < 48 || code > 57 || (digits > 0 && part === 0)) return -1;
      part = part * 10 + code - 48;
      digits++;
      if (part > 255) return -1;
    }
  }
  return dots === 3 && digits > 0 ? word * 256 + part : -1;
}

/** An IPv6 address as text (RFC 5952) from 16 bytes at `offset`. */
export function readIpv6(view: DataView, offset: number): string {
  const parts: number[] = [];
  for (let i = 0; i < 16; i += 2) parts.push(view.getUint16(offset + i));
  return new ipaddr.IPv6(parts).toRFC5952String();
}

/** Whether the text is an IPv6 address (without a zone). */
export function isIpv6(text: string): boolean {
  return typeof text === 'string' && !text.includes('%') && ipaddr.IPv6.isValid(text);
}

/** Writes an IPv6 address at `offset`. Throws `BAD_VALUE` when the text is none. */
export function writeIpv6(view: DataView, offset: number, text: string): void {
  if (!isIpv6(text)) throw new PacketError('BAD_VALUE', `${String(text)} is not an IPv6 address`);
  const { parts } = ipaddr.IPv6.parse(text);
  for (let i = 0; i < 8; i++) view.setUint16(offset + i * 2, parts[i] as number);
}
