/** Shapes of the values that networks are made of. */
import { parseIpv4, parseMac } from '../../bytes/address.js';
import { parseSubnet, type Subnet } from '../../bytes/subnet.js';
import { isMulticast } from '../ip/packet.js';
import { parsePrefix } from '../ip/routes.js';
import { checkedText, quantity, type Shape, type TextShape, whole } from './shape.js';
import { bytesUpTo, CHANCE, RATE, TIME } from './units.js';

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

/** `192.168.1.10`, of one host: no group, and not everybody. */
export const HOST_ADDRESS: TextShape = sensible(IPV4, (text) => notOfOne(parseIpv4(text)));

/**
 * `192.168.1.10/24`: an address, and how much of it is the network's. Linux takes 10.0.0.255/24 and
 * the like, too; but nobody could reach a host there, which is no lab that somebody wants.
 */
export const ADDRESS: Shape<string> = sensible(
  checkedText(
    'an IPv4 address and the length of its network such as 192.168.1.10/24',
    (text) => text.includes('/') && isPrefix(text),
  ),
  (text) => notOfOne(parsePrefix(text).address) ?? noHost(parseSubnet(text)),
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
export const PROBABILITY: Shape<number> = quantity(CHANCE);
/** Bytes, up to a limit; `mostText`: as people write it. */
export function size(most: number, mostText?: string): Shape<number> {
  return quantity(bytesUpTo(most, mostText));
}

/** What devices, links and the like may be called: a colon parts a device from its port. */
export const NAMES = 'a name without blanks and colons';

/** Whether something may be called that. */
export function isName(text: string): boolean {
  return /^[^\s:]+$/.test(text);
}

/** A text of which more is to be said where it is wrong: `why` answers that. */
function sensible(shape: TextShape, why: (text: string) => string | undefined): TextShape {
  return {
    ...shape,
    isRight: (text) => shape.isRight(text) && why(text) === undefined,
    read(value, place) {
      const text = shape.read(value, place);
      const reason = text === undefined ? undefined : why(text);
      return reason === undefined ? text : place.wrong(`${text}: ${reason}`);
    },
  };
}

/** Why an address is not that of one host (RFC 1122 §3.2.1.3); undefined: it may be. */
function notOfOne(address: number): string | undefined {
  if (address === 0) return '0.0.0.0 means no address: expected one of a host';
  if (address === 0xffffffff) return '255.255.255.255 means everybody: expected one of a host';
  if (isMulticast(address)) {
    return '224.0.0.0–239.255.255.255 are multicast groups: expected an address of a host';
  }
  return undefined;
}

/** Why a host can't have an address of its network; undefined: it can. */
function noHost(subnet: Subnet): string | undefined {
  const { address, broadcast, network, firstHost, lastHost } = subnet;
  if (broadcast === undefined || (address !== network && address !== broadcast)) return undefined;
  const what = address === network ? 'the address of the network itself' : 'the broadcast address';
  return `${what}, where ${subnet} has ${firstHost}–${lastHost} for hosts`;
}

function isPrefix(text: string): boolean {
  try {
    parsePrefix(text);
    return true;
  } catch {
    return false;
  }
}
