/** The values of field names as text, in the form of tshark 4.0. */
import { formatIpv4, formatMac } from '../bytes/address.js';
import { toHex } from '../bytes/hex.js';
import type { Form } from '../headers/protocol.js';

/** A value as `tshark -T fields` prints it: `0x0800`, `1`, `00:11:22:33:44:55`, `0a0b`. */
export function fieldText(value: number | string | Uint8Array, form: Form): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return value.length === 0 ? '<MISSING>' : toHex(value);
  switch (form) {
    case 'hex2':
      return hex(value, 2);
    case 'hex4':
      return hex(value, 4);
    case 'hex6':
      return hex(value, 6);
    case 'hex8':
      return hex(value, 8);
    case 'ipv4':
      return formatIpv4(value);
    case 'mac':
      return formatMac(value);
    case 'bool':
      return value === 0 ? '0' : '1';
    default:
      return String(value);
  }
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
