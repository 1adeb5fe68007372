/** The timer against RFC 6298, by its formulas worked by hand. */
import { describe, expect, it } from 'vitest';
import { RetransmissionTimer, RTO_RULES } from '../../../src/lab/tcp/retransmission-timer.js';

const MS = 1e6;

describe('the retransmission timeout of RFC 6298', () => {
  it('is a second before anything is measured', () => {
    expect(new RetransmissionTimer(RTO_RULES.rfc6298).timeout).toBe(1000 * MS);
  });

  it('is three times the first round trip, but a second at least', () => {
    const timer = new RetransmissionTimer(RTO_RULES.rfc6298);
    timer.measured(500 * MS);
    expect(timer.smoothed).toBe(500 * MS);
    expect(timer.variation).toBe(250 * MS);
    expect(timer.timeout).toBe(1500 * MS);
    const quick = new RetransmissionTimer(RTO_RULES.rfc6298);
    quick.measured(10 * MS);
    expect(quick.timeout).toBe(1000 * MS);
  });

  it('follows later ones by an eighth, and their deviation by a quarter', () => {
    const timer = new RetransmissionTimer(RTO_RULES.rfc6298);
    timer.measured(800 * MS);
    timer.measured(1600 * MS);
    // RTTVAR = 3/4 · 400 + 1/4 · |800 - 1600|, SRTT = 7/8 · 800 + 1/8 · 1600
    expect(timer.variation).toBe(500 * MS);
    expect(timer.smoothed).toBe(900 * MS);
    expect(timer.timeout).toBe(2900 * MS);
  });

  it('doubles up to a minute, and a measurement ends that', () => {
    const timer = new RetransmissionTimer(RTO_RULES.rfc6298);
    timer.measured(1000 * MS);
    const seen: number[] = [];
    for (let i = 0; i < 7; i++) {
      seen.push(timer.timeout / MS);
      timer.backOff();
    }
    expect(seen).toEqual([3000, 6000, 12_000, 24_000, 48_000, 60_000, 60_000]);
    timer.measured(1000 * MS);
    // RTTVAR has shrunk to 375 ms.
    expect(timer.timeout).toBe(2500 * MS);
  });

  it('falls back to three seconds where the SYN was repeated and nothing measured', () => {
    const timer = new RetransmissionTimer(RTO_RULES.rfc6298);
    timer.backOff();
    timer.fallBack();
    expect(timer.timeout).toBe(3000 * MS);
    const measured = new RetransmissionTimer(RTO_RULES.rfc6298);
    measured.measured(1000 * MS);
    measured.fallBack();
    expect(measured.timeout).toBe(3000 * MS);
    measured.measured(1000 * MS);
    measured.fallBack();
    expect(measured.timeout).toBe(2500 * MS);
  });
});

it("Linux's is 200 ms more than the round trip at least", () => {
  const timer = new RetransmissionTimer(RTO_RULES.linux);
  for (let i = 0; i < 50; i++) timer.measured(4 * MS);
  expect(timer.timeout).toBe(204 * MS);
  for (let i = 0; i < 30; i++) timer.backOff();
  expect(timer.timeout).toBe(120_000 * MS);
});
