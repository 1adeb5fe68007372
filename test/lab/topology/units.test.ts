import { describe, expect, it } from 'vitest';
import {
  bytesUpTo,
  CHANCE,
  parseQuantity,
  quantityText,
  RATE,
  TIME,
} from '../../../src/lab/topology/units.js';

const BYTES = bytesUpTo(1e9, '1GB');

describe('a quantity', () => {
  it.each([
    [TIME, '1250h', '1250.1h'],
    [RATE, '1000Tbit', '1001Tbit'],
    [CHANCE, '100%', '101%'],
    [BYTES, '1GB', 1_000_000_001],
    [bytesUpTo(65_507), 65_507, '10MB'],
  ])('is read as far as its words say: %#', (quantity, most, more) => {
    expect(parseQuantity(most, quantity)).toBe(quantity.most);
    expect(parseQuantity(quantity.mostText, quantity)).toBe(quantity.most);
    expect(parseQuantity(more, quantity)).toBeUndefined();
    expect(quantityText(quantity)).toContain(`, ${quantity.mostText} at most`);
  });

  it('has no example that it refuses', () => {
    expect(quantityText(bytesUpTo(65_507))).toBe(
      'a number of bytes such as 1500 or 10kB (B, kB, MB, GB, KiB, MiB, GiB), 65507 at most',
    );
    expect(parseQuantity('10kB', bytesUpTo(65_507))).toBe(10_000);
    expect(quantityText(BYTES)).toContain('or 10MB (');
  });

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
