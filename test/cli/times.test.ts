import { afterEach, describe, expect, it } from 'vitest';
import { clockText, secondsText } from '../../src/cli/times.js';

const at = (seconds: number, nanoseconds: number, timeDigits = 9) => ({
  seconds,
  nanoseconds,
  timeDigits,
});

describe('seconds', () => {
  it.each([
    [at(5, 1), undefined, '5.000000001'],
    [at(5, 1), at(4, 2), '0.999999999'],
    [at(4, 2), at(5, 1), '-0.999999999'],
    [at(4, 0), at(5, 0), '-1.000000000'],
    [at(5, 0), at(5, 1), '-0.000000001'],
    [at(5, 7), at(5, 7), '0.000000000'],
    [at(4294967295, 999999999), at(0, 0), '4294967295.999999999'],
  ])('of %j since %j are %s', (time, since, text) => {
    expect(secondsText(time, since)).toBe(text);
  });

  it('have as many decimals as asked for', () => {
    expect(secondsText(at(1, 123456789), undefined, 6)).toBe('1.123456');
  });
});

describe('the clock', () => {
  const zone = process.env['TZ'];
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it('is that of the place where the program runs, with the digits of the file', () => {
    process.env['TZ'] = 'UTC';
    expect(clockText(at(1277840495, 135052000, 6), false)).toBe('19:41:35.135052');
    expect(clockText(at(1277840495, 135052001), true)).toBe('2010-06-29 19:41:35.135052001');
    process.env['TZ'] = 'Asia/Kolkata';
    expect(clockText(at(1277840495, 135052000, 6), true)).toBe('2010-06-30 01:11:35.135052');
  });
});
