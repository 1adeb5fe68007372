import { expect, test } from 'vitest';
import { parseTime, timeText } from '../../src/capture/frame.js';
import { errorOf } from './pcap-file.js';

test.each([
  [{ seconds: 1422828273, nanoseconds: 817203000, timeDigits: 6 }, '1422828273.817203'],
  [{ seconds: 1422828273, nanoseconds: 817203001, timeDigits: 9 }, '1422828273.817203001'],
  [{ seconds: 0, nanoseconds: 0, timeDigits: 6 }, '0.000000'],
  [{ seconds: 0, nanoseconds: 1, timeDigits: 9 }, '0.000000001'],
  [{ seconds: 4294967295, nanoseconds: 999999999, timeDigits: 9 }, '4294967295.999999999'],
  [{ seconds: 4294967295, nanoseconds: 1000, timeDigits: 6 }, '4294967295.000001'],
])('the text of %j is %s, and back', (time, text) => {
  expect(timeText(time)).toBe(text);
  expect(parseTime(text)).toEqual(time);
});

test('a nonsense fraction stands in the text with all its digits, as tshark prints it', () => {
  expect(timeText({ seconds: 1, nanoseconds: 1_500_000_000, timeDigits: 6 })).toBe('1.1500000');
  expect(timeText({ seconds: 1, nanoseconds: 1_500_000_000, timeDigits: 9 })).toBe('1.1500000000');
  expect(timeText({ seconds: 1, nanoseconds: 4294967295000, timeDigits: 6 })).toBe('1.4294967295');
  expect(timeText({ seconds: 1, nanoseconds: 4294967295, timeDigits: 9 })).toBe('1.4294967295');
});

test.each([
  ['5', { seconds: 5, nanoseconds: 0, timeDigits: 6 }],
  ['5.5', { seconds: 5, nanoseconds: 500000000, timeDigits: 6 }],
  ['5.0000001', { seconds: 5, nanoseconds: 100, timeDigits: 9 }],
  ['007.1', { seconds: 7, nanoseconds: 100000000, timeDigits: 6 }],
  ['9007199254740991.1', { seconds: 9007199254740991, nanoseconds: 100000000, timeDigits: 6 }],
])('%s is read as %j', (text, time) => {
  expect(parseTime(text)).toEqual(time);
});

test.each([
  '',
  '.5',
  '5.',
  '-1',
  '1e9',
  '1,5',
  ' 1',
  '1.0000000000',
  '9007199254740992',
  'now',
  '1.5\n',
])('%j is no time', async (text) => {
  const error = await errorOf(() => parseTime(text));
  expect(error.code).toBe('BAD_VALUE');
  expect(error.message).toContain(JSON.stringify(text));
});
