/** Chance that is the same on every machine: whole numbers of 32 bits from a seed. */

/**
 * A stream of random numbers (Doty-Humphrey's sfc32). Links, hosts and the like have a stream each,
 * named, so that one more link does not change the luck of the others.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter: number;
  private readonly seed: number;

  /** `seed`: any whole number; `name`: which stream of that seed. */
  constructor(seed: number, name = '') {
    let hash = 0x811c9dc5;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    this.seed = seed;
    this.a = seed >>> 0;
    this.b = Math.floor(seed / 0x100000000) >>> 0;
    this.c = hash >>> 0;
    this.counter = 1;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Another stream of the same seed. */
  stream(name: string): Random {
    return new Random(this.seed, name);
  }

  /** 0–4,294,967,295. */
  next(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A whole number from 0 to `limit` - 1, `limit` up to 2 ** 32. */
  below(limit: number): number {
    return Math.floor((this.next() / 0x100000000) * limit);
  }

  /** True with that probability, 0–1. Takes no number from the stream where it is 0. */
  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability * 0x100000000;
  }
}
