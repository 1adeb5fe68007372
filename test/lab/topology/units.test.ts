import { describe, expect, it } from 'vitest';
import { BYTES, CHANCE, parseQuantity, RATE, TIME } from '../../../src/lab/topology/units.js';

describe('a quantity', () => {
  it.each([
    [TIME, '1ms', 1_000_000],
    [TIME, '0.29 s', 290_000_000],
    [TIME, '10us', 10_000],
    [TIME, '5min', 300_000_000_000],
    [TIME, '7ns', 7],
    [TIME, 0, 0],
    [TIME, '0', 0],
    [RATE, '1Gbit', 1e9],
    [RATE, '1.5mbit', 1.5e6],
    [RATE, '56 kbit', 56_000],
    [CHANCE, '1%', 0.01],
    [CHANCE, '0.5%', 0.005],
    [CHANCE, 0.25, 0.25],
    [CHANCE, '100%', 1],
    [BYTES, '10MB', 1e7],
    [BYTES, '1KiB', 1024],
    [BYTES, '1.5 kB', 1500],
    [BYTES, 1500, 1500],
  ])('is read: %#', (quantity, value, result) => {
    expect(parseQuantity(value, quantity)).toBe(result);
  });

  it.each([
    [TIME, 5],
    [TIME, '5'],
    [TIME, '5 m'],
    [TIME, '-5ms'],
    [TIME, '1e3ms'],
    [TIME, '0.5ns'],
    [TIME, '300000h'],
    [TIME, ''],
    [TIME, 'ms'],
    [TIME, '1.ms'],
    [TIME, Number.NaN],
    [TIME, null],
    [RATE, 1000],
    [RATE, '1Gbyte'],
    [RATE, '1 constructor'],
    [BYTES, 1.5],
    [BYTES, -1],
    [CHANCE, true],
  ])('is refused: %#', (quantity, value) => {
    expect(parseQuantity(value, quantity)).toBeUndefined();
  });
});
