import { describe, expect, it } from 'vitest';
import { CongestionWindow } from '../../../src/lab/tcp/congestion.js';

const MSS = 1000;

function opened(mss = MSS, segments = 10): CongestionWindow {
  const congestion = new CongestionWindow(mss, segments);
  congestion.open(mss, false);
  return congestion;
}

describe('the initial window', () => {
  it('is that of RFC 6928', () => {
    expect(opened(1460).window).toBe(14_600);
    expect(opened(536).window).toBe(5360);
    expect(opened(9000).window).toBe(18_000);
    expect(opened(2000).window).toBe(14_600);
    expect(opened(1460, 2).window).toBe(2920);
  });

  it('is one segment where the SYN was lost (RFC 5681 §3.1)', () => {
    const congestion = new CongestionWindow(MSS, 10);
    congestion.open(MSS, true);
    expect(congestion.window).toBe(MSS);
  });
});

describe('the congestion window', () => {
  it('doubles a round trip in slow start, two segments an acknowledgment at most', () => {
    const congestion = opened();
    congestion.acknowledged(2000);
    expect(congestion.window).toBe(12_000);
    congestion.acknowledged(10_000);
    expect(congestion.window).toBe(14_000);
  });

  it('grows by a segment a round trip in congestion avoidance', () => {
    const congestion = opened();
    congestion.reduce(20_000);
    expect(congestion.window).toBe(10_000);
    for (let i = 0; i < 9; i++) congestion.acknowledged(1000);
    expect(congestion.window).toBe(10_000);
    congestion.acknowledged(1000);
    expect(congestion.window).toBe(11_000);
  });

  it('halves with fast recovery, two segments at least', () => {
    const congestion = opened();
    congestion.reduce(10_001);
    expect([congestion.window, congestion.threshold]).toEqual([5000, 5000]);
    congestion.reduce(1000);
    expect(congestion.window).toBe(2000);
  });

  it('is one segment after a timeout, and slow start ends at half of what was on its way', () => {
    const congestion = opened();
    congestion.timedOut(10_000, false);
    expect([congestion.window, congestion.threshold]).toEqual([1000, 5000]);
    // The same bytes again: the threshold stays (RFC 5681 §3.1).
    congestion.timedOut(1000, true);
    expect(congestion.threshold).toBe(5000);
    // An acknowledgment that jumps counts as one segment (RFC 3465 §2.3).
    congestion.acknowledged(9000);
    expect(congestion.window).toBe(2000);
    for (let i = 0; i < 3; i++) congestion.acknowledged(1000);
    expect(congestion.window).toBe(5000);
    expect(congestion.inSlowStart).toBe(false);
  });

  it('lets no burst out after recovery', () => {
    const congestion = opened();
    congestion.reduce(20_000);
    congestion.recovered(3000);
    expect(congestion.window).toBe(4000);
  });

  it('falls back to the initial one when idle', () => {
    const congestion = opened();
    for (let i = 0; i < 20; i++) congestion.acknowledged(2000);
    expect(congestion.window).toBe(50_000);
    congestion.idle();
    expect(congestion.window).toBe(10_000);
  });
});
