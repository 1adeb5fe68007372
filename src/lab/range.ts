/** Which numbers the lab takes where people may set one, and what is said of all others. */
import { PacketError } from '../bytes/error.js';

/** The numbers that an option takes. `numbers` and `fractions` make them. */
export interface NumberRange {
  readonly least: number;
  readonly most: number;
  /** What is counted, such as `nanoseconds`; empty: nothing. */
  readonly unit: string;
  readonly whole: boolean;
}

/** Whole numbers; `most` absent: as far as they are exact, 2 ** 53 - 1. */
export function numbers(least: number, most = Number.MAX_SAFE_INTEGER, unit = ''): NumberRange {
  return { least, most, unit, whole: true };
}

/** Nanoseconds from `least` on, as of `DURATION`. */
export function duration(least: number): NumberRange {
  return numbers(least, 2 ** 52, 'nanoseconds');
}

/** Numbers of which a part may be had. */
export function fractions(least: number, most: number, unit: string): NumberRange {
  return { least, most, unit, whole: false };
}

/** A point of time, as far as the clock can tell one from the next: 104 days. */
export const TIME: NumberRange = numbers(0, undefined, 'nanoseconds');
/** How long something takes: half of that at most, so that it can begin at any time before. */
export const DURATION: NumberRange = duration(0);
export const TTL: NumberRange = numbers(1, 255);
/** Of UDP and TCP; 0 is reserved (RFC 768, RFC 6335 §6). */
export const PORT: NumberRange = numbers(1, 65_535);
/** What every IPv4 link carries (RFC 791), and what fits the length of a packet. */
export const MTU: NumberRange = numbers(68, 65_535, 'bytes of an IP packet');
export const PROBABILITY: NumberRange = fractions(0, 1, '(a probability)');

/**
 * Answers the number where the range has it. `whose`: `A:eth0`; `what`: `a TTL`; `more`: what else is
 * to be said. Throws `OUT_OF_RANGE`. Allocates nothing, unless it throws.
 */
export function checkNumber(
  whose: string,
  what: string,
  value: number,
  range: NumberRange,
  more = '',
): number {
  const { least, most, whole } = range;
  if (typeof value === 'number' && value >= least && value <= most) {
    if (!whole || Number.isInteger(value)) return value;
  }
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  const part =
    Number.isFinite(value) && !Number.isInteger(value) && whole ? ', which is not whole' : '';
  throw new PacketError(
    'OUT_OF_RANGE',
    `${whose}: ${what} is ${rangeText(range, value)}, not ${shown}${part}${more}`,
  );
}

type NumbersOf<O> = {
  [K in keyof O]-?: NonNullable<O[K]> extends number ? K : never;
}[keyof O];

/** What each number of an object of options may be: none can be left out. */
export type RangesOf<O> = { readonly [K in NumbersOf<O>]: NumberRange };

/** Checks all numbers of an object of options that are there. Throws `OUT_OF_RANGE`. */
export function checkNumbers<O extends object>(
  whose: string,
  options: O,
  ranges: RangesOf<O>,
): void {
  for (const [what, range] of Object.entries<NumberRange>(ranges)) {
    const value = (options as Readonly<Record<string, number | undefined>>)[what];
    if (value !== undefined) checkNumber(whose, what, value, range);
  }
}

/** `1–255`, or where that is not what is wrong with `value`, `0 or more nanoseconds`. */
function rangeText({ least, most, unit }: NumberRange, value: number): string {
  const isOpen = most === Number.MAX_SAFE_INTEGER && !(value > most);
  const bounds = isOpen ? `${least} or more` : `${least}–${most}`;
  return unit === '' ? bounds : `${bounds} ${unit}`;
}
