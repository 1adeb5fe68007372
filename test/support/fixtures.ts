/** Frames of fixtures/frames: hex with comments, so that the bytes exist once. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../../fixtures/frames/', import.meta.url);

/** The names of all fixtures, without `.hex`. */
export const fixtureNames: readonly string[] = readdirSync(fileURLToPath(folder))
  .filter((file) => file.endsWith('.hex'))
  .map((file) => file.slice(0, -'.hex'.length))
  .sort();

/** Bytes from hex text: what follows a `#` in a line is a comment, blanks are passed over. */
export function bytesOfHexText(text: string): Uint8Array {
  const digits = text.replace(/#.*$/gm, '').replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new Error('not pairs of lower-case hex digits');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** The link type of that frame: Ethernet, unless a comment says another. */
export function linkTypeOf(name: string): number {
  const text = readFileSync(new URL(`${name}.hex`, folder), 'utf8');
  return Number(/^# Link type (\d+)/m.exec(text)?.[1] ?? 1);
}

/** The frame of that name, in memory of its own. */
export function fixture(name: string): Uint8Array {
  return bytesOfHexText(readFileSync(new URL(`${name}.hex`, folder), 'utf8'));
}
