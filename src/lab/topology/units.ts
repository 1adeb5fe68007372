/** Quantities as people write them, as `tc` and `iperf` do: `1ms`, `1Gbit`, `1%`, `10MB`. */
import { MICROSECOND, MILLISECOND, SECOND } from '../clock.js';

/** A quantity: what its units are worth, and examples of it for messages. */
export interface Quantity {
  readonly units: Readonly<Record<string, number>>;
  /** Whether it can be a number without a unit. */
  readonly bare: boolean;
  /** Whether it comes in whole numbers of the smallest unit only. */
  readonly whole: boolean;
  readonly expected: string;
  /** The most that there may be of it, in its smallest unit; and as people write that. */
  readonly most: number;
  readonly mostText: string;
}

/** What messages and tables say of a quantity: what it is, and its range. Each begins with 0. */
export function quantityText({ expected, mostText }: Quantity): string {
  return `${expected}, ${mostText} at most`;
}

/** Time, in nanoseconds. A bare 0 is one. */
export const TIME: Quantity = {
  units: { ns: 1, us: MICROSECOND, ms: MILLISECOND, s: SECOND, min: 60 * SECOND, h: 3600 * SECOND },
  bare: false,
  whole: true,
  expected: 'a time such as 10ms (ns, us, ms, s, min, h)',
  // In whole hours what the clock takes: 2 ** 52 ns.
  most: 1250 * 3600 * SECOND,
  mostText: '1250h',
};

/** Bits a second; `tc` writes them so. */
export const RATE: Quantity = {
  units: { bit: 1, kbit: 1e3, Mbit: 1e6, Gbit: 1e9, Tbit: 1e12 },
  bare: false,
  whole: false,
  expected: 'a rate such as 100Mbit a second (bit, kbit, Mbit, Gbit, Tbit)',
  most: 1e15,
  mostText: '1000Tbit',
};

/** A probability, 0–1. */
export const CHANCE: Quantity = {
  units: { '%': 0.01 },
  bare: true,
  whole: false,
  expected: 'a share such as 1% or 0.01',
  most: 1,
  mostText: '100%',
};

/** Bytes, up to so many; `mostText`: as people write that. */
export function bytesUpTo(most: number, mostText = String(most)): Quantity {
  const example = most < 1e7 ? '10kB' : '10MB';
  return {
    units: { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 },
    bare: true,
    whole: true,
    expected: `a number of bytes such as 1500 or ${example} (B, kB, MB, GB, KiB, MiB, GiB)`,
    most,
    mostText,
  };
}

/**
 * What a text or a number says in a quantity's smallest unit; undefined: nothing, or too much. Units
 * may be written in any case where no two differ by it alone. Zero needs no unit.
 */
export function parseQuantity(
  value: unknown,
  { units, bare, whole, most }: Quantity,
): number | undefined {
  const text = typeof value === 'number' ? plain(value) : value;
  if (typeof text !== 'string') return undefined;
  const [, digits = '', fraction = '', unit = ''] =
    /^(\d{1,15})(?:\.(\d{1,12}))?\s*([a-z%]*)$/i.exec(text.trim()) ?? [];
  if (digits === '') return undefined;
  const worth = unit === '' ? (bare || Number(digits) === 0 ? 1 : undefined) : worthOf(unit, units);
  if (worth === undefined) return undefined;
  // Digits first, the point at the end, so that 0.29 s is 290,000,000 ns and no fraction.
  const result = (Number(digits + fraction) * worth) / 10 ** fraction.length;
  if (whole && !Number.isSafeInteger(result)) return undefined;
  return result <= most ? result : undefined;
}

/** A number as digits; what has an exponent is no quantity that anybody means. */
function plain(value: number): string {
  return Number.isFinite(value) && value >= 0 ? String(value) : '';
}

function worthOf(unit: string, units: Readonly<Record<string, number>>): number | undefined {
  if (Object.hasOwn(units, unit)) return units[unit];
  const lower = unit.toLowerCase();
  return Object.entries(units).find(([name]) => name.toLowerCase() === lower)?.[1];
}
