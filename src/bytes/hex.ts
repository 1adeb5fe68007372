/** Bytes as hex text, for people. */
import { hexByte } from './address.js';
import { PacketError } from './error.js';

/** Lower-case hex digits without separators. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hexByte(byte);
  return text;
}

/** Bytes from pairs of hex digits; blanks and colons between the pairs are passed over. Throws `BAD_VALUE`. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/[\s:]+/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new PacketError('BAD_VALUE', `${JSON.stringify(clip(text))} is not pairs of hex digits`);
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}…` : text;
}

/**
 * A hexdump, 16 bytes a line, in the form of `tshark -x`: offset, bytes, text. `paint` may put each
 * byte's digits in a colour.
 */
export function hexdump(bytes: Uint8Array, paint?: (at: number, text: string) => string): string {
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const end = Math.min(start + 16, bytes.length);
    let hex = '';
    let text = '';
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      const digits = hexByte(byte);
      hex += ` ${paint === undefined ? digits : paint(at, digits)}`;
      text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
    }
    // Colours have no width: the text column is placed by the number of bytes.
    const gap = ' '.repeat((start + 16 - end) * 3 + 3);
    lines.push(`${start.toString(16).padStart(4, '0')} ${hex}${gap}${text}`);
  }
  return lines.join('\n');
}
