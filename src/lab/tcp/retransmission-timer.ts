/** The retransmission timeout, RFC 6298. All times are nanoseconds. */

/** A time that does not come: no timer runs. */
export const NEVER = Number.POSITIVE_INFINITY;

const MS = 1e6;
const SECOND = 1e9;

/** How the timeout is bounded. */
export interface RtoRule {
  /** The timeout is at least this. */
  readonly minimum: number;
  /** What is added to the smoothed time is at least this: G of RFC 6298 §2. */
  readonly granularity: number;
  /** And at most this. */
  readonly maximum: number;
}

/**
 * As Linux has it (net.ipv4.tcp_rto_min_us, TCP_RTO_MAX): 200 ms more than the smoothed round trip at
 * least, so that a delayed acknowledgment never comes too late. As RFC 6298 §2.4 has it: 1 s at least.
 */
export const RTO_RULES = {
  linux: { minimum: 200 * MS, granularity: 200 * MS, maximum: 120 * SECOND },
  rfc6298: { minimum: SECOND, granularity: MS, maximum: 60 * SECOND },
} as const satisfies Readonly<Record<string, RtoRule>>;

/** Before the first round trip is measured (RFC 6298 §2.1). */
const INITIAL = SECOND;
/** After a handshake whose SYN had to be repeated (RFC 6298 §5.7). */
const FALLBACK = 3 * SECOND;

/** The smoothed round trip and the timeout that follows of it. */
export class RetransmissionTimer {
  readonly rule: RtoRule;
  /** Smoothed round trip; 0: none was measured yet. */
  smoothed: number;
  /** Its mean deviation. */
  variation: number;
  /** Doublings since the last measurement. */
  backoffs: number;
  private base: number;

  constructor(rule: RtoRule) {
    this.rule = rule;
    this.smoothed = 0;
    this.variation = 0;
    this.backoffs = 0;
    this.base = INITIAL;
  }

  /** The timeout, doublings included. */
  get timeout(): number {
    return this.after(this.backoffs);
  }

  /** The timeout after so many doublings from the measured one. */
  after(backoffs: number): number {
    let timeout = this.base;
    for (let i = 0; i < backoffs && timeout < this.rule.maximum; i++) timeout *= 2;
    return Math.min(this.rule.maximum, timeout);
  }

  /**
   * A measured round trip (RFC 6298 §2.2, §2.3). Of a segment that was sent twice only a timestamp tells
   * which one was answered (Karn, §3).
   */
  measured(roundTrip: number): void {
    if (this.smoothed === 0) {
      this.smoothed = Math.max(1, roundTrip);
      this.variation = roundTrip / 2;
    } else {
      const error = Math.abs(this.smoothed - roundTrip);
      this.variation += (error - this.variation) / 4;
      this.smoothed += (roundTrip - this.smoothed) / 8;
    }
    const { minimum, granularity, maximum } = this.rule;
    const wanted = this.smoothed + Math.max(granularity, 4 * this.variation);
    this.base = Math.ceil(Math.min(maximum, Math.max(minimum, wanted)));
    this.backoffs = 0;
  }

  /** The timer has run out: the next takes twice as long (RFC 6298 §5.5). */
  backOff(): void {
    this.backoffs += 1;
  }

  /** The handshake is done, but its SYN had to be repeated and nothing could be measured (RFC 6298 §5.7). */
  fallBack(): void {
    if (this.smoothed !== 0) return;
    this.base = Math.max(FALLBACK, this.rule.minimum);
    this.backoffs = 0;
  }
}
