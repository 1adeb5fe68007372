/** Shapes of the values that networks are made of. */
import { parseIpv4, parseMac } from '../../bytes/address.js';
import { parsePrefix } from '../ip/routes.js';
import { checkedText, quantity, type Shape, type TextShape, whole } from './shape.js';
import { BYTES, CHANCE, RATE, TIME } from './units.js';

/** `02:00:00:00:00:01`: of one device, not of a group. */
export const MAC: TextShape = checkedText(
  'a MAC address such as 02:00:00:00:00:01, its first byte even',
  (text) => {
    const mac = parseMac(text);
    return mac >= 0 && Math.floor(mac / 0x10000000000) % 2 === 0;
  },
);

/** `192.168.1.10`. */
export const IPV4: TextShape = checkedText(
  'an IPv4 address such as 192.168.1.10',
  (text) => parseIpv4(text) >= 0,
);

/** `192.168.1.10/24`: an address, and how much of it is the network's. */
export const ADDRESS: Shape<string> = checkedText(
  'an IPv4 address and the length of its network such as 192.168.1.10/24',
  (text) => text.includes('/') && isPrefix(text),
);

/** `10.0.5.0/24`, `10.0.5.7` or `default`. */
export const NETWORK: Shape<string> = checkedText(
  'a network such as 10.0.5.0/24, an address or default',
  (text) => text === 'default' || isPrefix(text),
);

/** Bytes of an IP packet (RFC 791: 68 at least). */
export const MTU: Shape<number> = whole(68, 65535);
export const TTL: Shape<number> = whole(1, 255);
export const PORT: Shape<number> = whole(1, 65535);
/** An id of a VLAN (IEEE 802.1Q). */
export const VLAN: Shape<number> = whole(1, 4094);
/** Nanoseconds. */
export const DURATION: Shape<number> = quantity(TIME);
/** Bits a second. */
export const BANDWIDTH: Shape<number> = quantity(RATE);
/** 0–1. */
export const PROBABILITY: Shape<number> = quantity(CHANCE, 1);
/** Bytes, up to a limit. */
export function size(max?: number): Shape<number> {
  return quantity(BYTES, max);
}

/** What devices, links and the like may be called: a colon parts a device from its port. */
export const NAMES = 'a name without blanks and colons';

/** Whether something may be called that. */
export function isName(text: string): boolean {
  return /^[^\s:]+$/.test(text);
}

function isPrefix(text: string): boolean {
  try {
    parsePrefix(text);
    return true;
  } catch {
    return false;
  }
}
