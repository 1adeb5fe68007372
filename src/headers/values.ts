/** Checks on what a caller wants written. Messages are made only when they are thrown. */
import { findIpv4, findMac, ipv4Word32, macHigh, macLow, parseIpv6 } from '../bytes/address.js';
import { PacketError } from '../bytes/error.js';
import { ETHERTYPE, MIN_ETHERTYPE } from './numbers.js';
import { NOTHING, type Place } from './protocol.js';

/**
 * The whole number 0–max that a field is to have. Throws `BAD_VALUE` or `OUT_OF_RANGE`.
 *
 * Short, so that more setters are inlined where a frame's fields are written. What is no unsigned
 * number of 32 bits takes the long way.
 */
export function uint(value: unknown, max: number, layer: string, field: string): number {
  if (typeof value === 'number' && value >>> 0 === value && value <= max) return value;
  return longUint(value, max, layer, field);
}

function longUint(value: unknown, max: number, layer: string, field: string): number {
  if (typeof value === 'number' && value >= 0 && value <= max && Math.floor(value) === value) {
    return value;
  }
  return badNumber(value, max, layer, field);
}

function badNumber(value: unknown, max: number, layer: string, field: string): never {
  const place = { layer, field };
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
    throw new PacketError('BAD_VALUE', `${layer}.${field}: ${shown} is not a whole number`, place);
  }
  throw new PacketError(
    'OUT_OF_RANGE',
    `${layer}.${field}: ${value} does not fit, it is 0–${max}`,
    place,
  );
}

/** The error for a value of the wrong kind. `expected`: such as `a MAC address`. */
export function badValue(
  layer: string,
  field: string,
  value: unknown,
  expected: string,
): PacketError {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return new PacketError('BAD_VALUE', `${layer}.${field}: ${shown} is not ${expected}`, {
    layer,
    field,
  });
}

/** A flag: true, false, 1 or 0. Throws `BAD_VALUE`. */
export function flag(value: unknown, layer: string, field: string): 0 | 1 {
  if (value === true || value === 1) return 1;
  if (value === false || value === 0) return 0;
  throw new PacketError('BAD_VALUE', `${layer}.${field}: ${String(value)} is not true or false`, {
    layer,
    field,
  });
}

/** Refuses to write a header of `bytes` bytes past the end of a buffer. Throws `NO_ROOM`. */
export function needRoom(view: DataView, offset: number, bytes: number, layer: string): void {
  if (!(offset >= 0 && offset + bytes <= view.byteLength)) {
    throw new PacketError(
      'NO_ROOM',
      `${layer}: a header of ${bytes} bytes at byte ${offset} does not fit in ${view.byteLength}`,
      { layer, offset },
    );
  }
}

/** The number of what follows; `fallback` where nothing does. Throws where no number leads there. */
export function nextNumber(place: Place, fallback: number, layer: string, field: string): number {
  if (place.next >= 0) return place.next;
  if (place.next === NOTHING) return fallback;
  throw new PacketError(
    'BAD_VALUE',
    `${layer}.${field}: no number is bound to the layer that follows; give it, or bind one`,
    { layer, field },
  );
}

/**
 * The EtherType of what follows, or LLC's number; the experimental one where nothing does. Throws
 * where only a number that is no EtherType leads there.
 */
export function nextEthertype(place: Place, layer: string, field: string): number {
  const number = nextNumber(place, ETHERTYPE.EXPERIMENTAL, layer, field);
  if (number >= MIN_ETHERTYPE || number === ETHERTYPE.LLC) return number;
  throw new PacketError(
    'BAD_VALUE',
    `${layer}.${field}: no EtherType leads to the layer that follows; give it`,
    { layer, field },
  );
}

/** Where `ipv4Word32` finds the IPv4 address that a field is to have. Throws `BAD_VALUE`. */
export function ipv4Place(value: string, layer: string, field: string): number {
  const place = findIpv4(value);
  if (place >= 0) return place;
  throw new PacketError(
    'BAD_VALUE',
    `${layer}.${field}: ${JSON.stringify(value)} is not an IPv4 address, such as 10.0.0.1`,
    { layer, field },
  );
}

/** The 32-bit number of an IPv4 address that a field is to have. Throws `BAD_VALUE`. */
export function ipv4Word(value: string, layer: string, field: string): number {
  return ipv4Word32(ipv4Place(value, layer, field)) >>> 0;
}

/** The eight 16-bit parts of an IPv6 address that a field is to have. Throws `BAD_VALUE`. */
export function ipv6Parts(value: string, layer: string, field: string): readonly number[] {
  const parts = parseIpv6(value);
  if (parts !== undefined) return parts;
  throw new PacketError(
    'BAD_VALUE',
    `${layer}.${field}: ${JSON.stringify(value)} is not an IPv6 address, such as 2001:db8::1`,
    { layer, field },
  );
}

/** Where `macHigh` and `macLow` find the MAC address that a field is to have. Throws `BAD_VALUE`. */
export function macPlace(value: string, layer: string, field: string): number {
  const place = findMac(value);
  if (place >= 0) return place;
  throw new PacketError(
    'BAD_VALUE',
    `${layer}.${field}: ${JSON.stringify(value)} is not a MAC address, such as 02:00:00:00:00:01`,
    { layer, field },
  );
}

/** The 48-bit number of a MAC address that a field is to have. Throws `BAD_VALUE`. */
export function macNumber(value: string, layer: string, field: string): number {
  const place = macPlace(value, layer, field);
  return macHigh(place) * 0x100000000 + (macLow(place) >>> 0);
}

/**
 * The number that a list of flag names, one name, or a number stands for.
 * Throws `BAD_VALUE` for an unknown name, `OUT_OF_RANGE` for a number over `max`.
 */
export function flagsFrom(
  value: unknown,
  known: Readonly<Record<string, number>>,
  max: number,
  layer: string,
  field: string,
): number {
  if (typeof value !== 'string' && !Array.isArray(value)) return uint(value, max, layer, field);
  let mask = 0;
  for (const name of typeof value === 'string' ? [value] : value) {
    if (typeof name !== 'string' || !Object.hasOwn(known, name)) {
      throw new PacketError(
        'BAD_VALUE',
        `${layer}.${field}: no flag is named ${String(name)}; there are ${Object.keys(known).join(', ')}`,
        { layer, field },
      );
    }
    mask |= known[name] as number;
  }
  return mask;
}

/** The names of the flags that are set in `value`, most significant last. */
export function flagNames(value: number, known: Readonly<Record<string, number>>): string[] {
  return Object.keys(known)
    .filter((name) => value & (known[name] as number))
    .reverse();
}
