/**
 * IEEE's list of who was given which addresses, all three registries (MA-L of 24 bits, MA-M of 28,
 * MA-S of 36), as the package oui-data has it. It is 5.6 MB of JSON, 70 ms to read (Node 20), so it
 * is read when an address needs it, and by the command alone.
 */
import { createRequire } from 'node:module';
import type { MacVendor } from '../bytes/mac.js';

/** Digits of MA-S, MA-M and MA-L. */
const LENGTHS = [9, 7, 6] as const;
/** Has the blocks that are given out in smaller ones. */
const DIVIDED = 'IEEE Registration Authority';

let list: Readonly<Record<string, string>> | undefined;

/** Whom IEEE gave the range of an address, `00:1a:2b:3c:4d:5e`, which must be one. */
export function registeredVendor(mac: string): MacVendor | undefined {
  const digits = mac.replaceAll(/[:-]/g, '').toUpperCase();
  // The group address of a range belongs to whom the range was given.
  const first = Number.parseInt(digits.slice(0, 2), 16) & ~1;
  const key = first.toString(16).padStart(2, '0').toUpperCase() + digits.slice(2);
  // An import of JSON warns on standard error in Node 20.
  list ??= createRequire(import.meta.url)('oui-data') as Readonly<Record<string, string>>;
  for (const length of LENGTHS) {
    // The name, and the lines of a postal address.
    const [vendor] = (list[key.slice(0, length)] ?? '').split('\n');
    if (vendor === undefined || vendor === '' || vendor === DIVIDED) continue;
    return { vendor, prefix: prefixText(key.slice(0, length)), bits: length * 4 };
  }
  return undefined;
}

/** `70B3D5123` as `70:b3:d5:12:3`. */
function prefixText(digits: string): string {
  return (digits.match(/..?/g) ?? []).join(':').toLowerCase();
}
