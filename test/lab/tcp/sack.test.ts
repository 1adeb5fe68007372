/** The scoreboard against RFC 6675 §4. */
import { describe, expect, it } from 'vitest';
import { Scoreboard } from '../../../src/lab/tcp/sack.js';

const MSS = 1000;

function board(...sacked: readonly (readonly [number, number])[]): Scoreboard {
  const scoreboard = new Scoreboard();
  for (const [start, end] of sacked) scoreboard.sacked.add(start, end);
  scoreboard.begin(1);
  return scoreboard;
}

describe('a segment counts as lost', () => {
  it('when three ranges lie above it', () => {
    expect(board([1001, 1101], [1201, 1301]).lostBelow(MSS)).toBe(0);
    expect(board([1001, 1101], [1201, 1301], [1401, 1501]).lostBelow(MSS)).toBe(1001);
    expect(board([11, 12], [21, 22], [31, 32], [41, 42]).lostBelow(MSS)).toBe(21);
  });

  it('when more than two segments of bytes lie above it', () => {
    expect(board([1001, 3001]).lostBelow(MSS)).toBe(0);
    expect(board([1001, 3002]).lostBelow(MSS)).toBe(1001);
    expect(board([1001, 2001], [5001, 7002]).lostBelow(MSS)).toBe(5001);
  });
});

describe('the pipe', () => {
  it('is all that was sent where nothing is known', () => {
    expect(board().pipe(1, 5001, MSS)).toBe(5000);
  });

  it('leaves out what arrived, and what is lost until it is sent again', () => {
    const scoreboard = board([1001, 4001]);
    // [1, 1001) is lost, [4001, 6001) on its way.
    expect(scoreboard.pipe(1, 6001, MSS)).toBe(2000);
    scoreboard.highestResent = 1001;
    expect(scoreboard.pipe(1, 6001, MSS)).toBe(3000);
  });

  it('counts what is sent again though it is not lost twice', () => {
    const scoreboard = board([1001, 2001]);
    expect(scoreboard.pipe(1, 3001, MSS)).toBe(2000);
    scoreboard.highestResent = 1001;
    expect(scoreboard.pipe(1, 3001, MSS)).toBe(3000);
  });
});

describe('the next hole', () => {
  it('lies above what was sent again and below what arrived', () => {
    const scoreboard = board([1001, 2001], [3001, 4001]);
    expect(scoreboard.nextHole(1)).toBe(1);
    expect(scoreboard.holeEnd(1, 9001)).toBe(1001);
    scoreboard.highestResent = 1001;
    expect(scoreboard.nextHole(1)).toBe(2001);
    expect(scoreboard.holeEnd(2001, 9001)).toBe(3001);
    scoreboard.highestResent = 3001;
    expect(scoreboard.nextHole(1)).toBe(-1);
    expect(scoreboard.holeEnd(4001, 9001)).toBe(9001);
  });

  it('is skipped to after a timeout', () => {
    const scoreboard = board([1001, 2001]);
    expect(scoreboard.skipSacked(1)).toBe(1);
    expect(scoreboard.skipSacked(1001)).toBe(2001);
    expect(scoreboard.skipSacked(1500)).toBe(2001);
    expect(scoreboard.skipSacked(2001)).toBe(2001);
  });
});

it('forgets what has been acknowledged', () => {
  const scoreboard = board([1001, 2001], [3001, 4001]);
  scoreboard.acknowledged(2501);
  expect(scoreboard.sacked.bytes).toBe(1000);
  expect(scoreboard.highestResent).toBe(2501);
  expect(scoreboard.nextHole(2501)).toBe(2501);
});
