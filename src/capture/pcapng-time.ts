/**
 * Times of pcapng: 64-bit counts of units that the interface names, a power of ten or of two of a
 * second, from an offset in whole seconds.
 */
import { PacketError } from '../bytes/error.js';

const NANO = 1_000_000_000n;
const TWO_32 = 4_294_967_296;
// Seconds that `ticksHigh` and `ticksLow` count exactly.
const SIMPLE_SECONDS = 2 ** 38;

/** How an interface counts time. */
export interface Clock {
  /** Units a second, where they are nanoseconds or a coarser power of ten; 0 for all others. */
  readonly units: number;
  /** Nanoseconds in a unit; 0 where `units` is. */
  readonly nanosecondsPerUnit: number;
  /** Units a second. */
  readonly exactUnits: bigint;
  /** Seconds to add. */
  readonly offset: number;
}

/** The clock of an interface; offsets over 2^53 seconds lose their last digits. */
export function clockOf(base: 2 | 10, exponent: number, offset: bigint): Clock {
  const simple = base === 10 && exponent <= 9;
  return {
    units: simple ? 10 ** exponent : 0,
    nanosecondsPerUnit: simple ? 10 ** (9 - exponent) : 0,
    exactUnits: BigInt(base) ** BigInt(exponent),
    offset: Number(offset),
  };
}

/** Seconds and nanoseconds; what is finer is cut off. */
function timeOfTicks(
  clock: Clock,
  high: number,
  low: number,
): { seconds: number; nanoseconds: number } {
  const ticks = (BigInt(high) << 32n) | BigInt(low);
  const seconds = ticks / clock.exactUnits;
  const rest = ticks - seconds * clock.exactUnits;
  return {
    seconds: Number(seconds) + clock.offset,
    nanoseconds: Number((rest * NANO) / clock.exactUnits),
  };
}

/**
 * Reads the times of frames, into fields: an object for each would be one a frame. Division by
 * hand, 16 bits a step, so that every number stays below 2^53, is exact, and several times faster
 * than bigints.
 */
export class TimeReader {
  seconds: number;
  nanoseconds: number;

  constructor() {
    this.seconds = 0;
    this.nanoseconds = 0;
  }

  /** Reads a time as a file holds it; what is finer than nanoseconds is cut off. */
  read(clock: Clock, high: number, low: number): void {
    const { units } = clock;
    if (units === 0 || high >= 0x4000_0000) {
      const time = timeOfTicks(clock, high, low);
      this.seconds = time.seconds;
      this.nanoseconds = time.nanoseconds;
      return;
    }
    const first = Math.floor(high / units);
    const middle = (high - first * units) * 65_536 + (low >>> 16);
    const second = Math.floor(middle / units);
    const last = (middle - second * units) * 65_536 + (low & 0xffff);
    const third = Math.floor(last / units);
    this.seconds = (first * 65_536 + second) * 65_536 + third + clock.offset;
    this.nanoseconds = (last - third * units) * clock.nanosecondsPerUnit;
  }
}

/** Writes the times of frames, into fields for the same reason. */
export class TimeWriter {
  /** The two halves of the count. */
  high: number;
  low: number;

  constructor() {
    this.high = 0;
    this.low = 0;
  }

  /**
   * Counts a time. What nanoseconds cannot say is taken from the count that a file held, where it
   * is one of the same time.
   *
   * @throws PacketError `OUT_OF_RANGE` when the count is negative or needs more than 64 bits.
   */
  write(
    clock: Clock,
    seconds: number,
    nanoseconds: number,
    heldHigh: number | undefined,
    heldLow: number | undefined,
  ): void {
    if (this.writeSimple(clock, seconds, nanoseconds)) return;
    if (heldHigh !== undefined && heldLow !== undefined) {
      const time = timeOfTicks(clock, heldHigh, heldLow);
      if (time.seconds === seconds && time.nanoseconds === nanoseconds) {
        this.high = heldHigh;
        this.low = heldLow;
        return;
      }
    }
    const ticks = ticksOf(clock, seconds, nanoseconds);
    this.high = Number(ticks >> 32n);
    this.low = Number(ticks & 0xffff_ffffn);
  }

  /** Counts without bigints; false where that cannot be exact. */
  private writeSimple(clock: Clock, seconds: number, nanoseconds: number): boolean {
    const { units } = clock;
    if (units === 0) return false;
    const since = seconds - clock.offset;
    const fraction = Math.floor(nanoseconds / clock.nanosecondsPerUnit);
    if (since < 0 || since >= SIMPLE_SECONDS || fraction < 0 || fraction >= TWO_32) return false;
    this.high = ticksHigh(units, since, fraction);
    this.low = ticksLow(units, since, fraction);
    return this.high < TWO_32;
  }
}

/** The high 32 bits of a count of simple units; for seconds below 2^38. */
function ticksHigh(units: number, seconds: number, fraction: number): number {
  // Seconds in two parts, so that every product and sum is below 2^53.
  const top = Math.floor(seconds / 65_536);
  const upper = top * units;
  const upperTop = Math.floor(upper / 65_536);
  const lower = (upper - upperTop * 65_536) * 65_536 + (seconds - top * 65_536) * units + fraction;
  return upperTop + Math.floor(lower / TWO_32);
}

/** The low 32 bits of `seconds` × `units` + `fraction`, for seconds below 2^38. */
function ticksLow(units: number, seconds: number, fraction: number): number {
  const top = Math.floor(seconds / 65_536);
  const upper = top * units;
  const lower =
    (upper - Math.floor(upper / 65_536) * 65_536) * 65_536 +
    (seconds - top * 65_536) * units +
    fraction;
  return lower - Math.floor(lower / TWO_32) * TWO_32;
}

/** The count for a time, for clocks and times of every kind; fractions of a unit are cut off. */
function ticksOf(clock: Clock, seconds: number, nanoseconds: number): bigint {
  const whole = BigInt(seconds) - BigInt(clock.offset);
  const ticks = whole * clock.exactUnits + (BigInt(nanoseconds) * clock.exactUnits) / NANO;
  if (ticks < 0n || ticks >> 64n !== 0n) {
    throw new PacketError(
      'OUT_OF_RANGE',
      `the time of ${seconds} s and ${nanoseconds} ns does not fit the 64 bits of its field`,
      { layer: 'pcapng enhanced packet', field: 'seconds' },
    );
  }
  return ticks;
}
