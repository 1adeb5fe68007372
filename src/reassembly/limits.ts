/** Limits of what reassembly keeps, checked where they are given. */
import { PacketError } from '../bytes/error.js';

/** A limit that was given, or its default. Throws `BAD_OPTION` for anything but a number from `least`. */
export function limit(name: string, given: number | undefined, usual: number, least = 1): number {
  const value = given ?? usual;
  // Not `<`: NaN is to be refused too.
  if (typeof value === 'number' && value >= least) return value;
  throw new PacketError(
    'BAD_OPTION',
    `${name} is ${String(value)}: expected a number from ${least}`,
  );
}

/** One of some words that was given, or the first. Throws `BAD_OPTION` for any other. */
export function choice<T extends string>(name: string, given: T | undefined, of: readonly T[]): T {
  const value = given ?? (of[0] as T);
  if (of.includes(value)) return value;
  throw new PacketError('BAD_OPTION', `${name} is ${String(value)}: expected ${of.join(', ')}`);
}
