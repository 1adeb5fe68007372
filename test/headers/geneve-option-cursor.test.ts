import { expect, it } from 'vitest';
import { GeneveOptionCursor } from '../../src/headers/geneve-option-cursor.js';
import { viewOf } from '../support/reference.js';

// Two options, of 8 and of 0 bytes; reserved bits are set in both.
const TWO = Uint8Array.of(1, 2, 0x83, 0xe2, 1, 2, 3, 4, 5, 6, 7, 8, 0xff, 0xfe, 0x7f, 0x20);

it('goes from option to option', () => {
  const bytes = new Uint8Array(3 + TWO.length + 8).fill(0xff);
  bytes.set(TWO, 3);
  const cursor = new GeneveOptionCursor().moveTo(viewOf(bytes), 3, 3 + TWO.length);
  expect(cursor.next()).toBe(true);
  expect(cursor).toMatchObject({ class: 0x0102, type: 0x83, critical: true });
  expect(cursor).toMatchObject({ dataOffset: 7, dataBytes: 8, optionEnd: 15 });
  expect(cursor.next()).toBe(true);
  expect(cursor).toMatchObject({ class: 0xfffe, type: 0x7f, critical: false });
  expect(cursor).toMatchObject({ dataOffset: 19, dataBytes: 0, optionEnd: 19 });
  expect(cursor.next()).toBe(false);
  expect(cursor.next()).toBe(false);
});

it('stops in front of what is cut, at any byte', () => {
  for (let n = 0; n < TWO.length; n++) {
    const cursor = new GeneveOptionCursor().moveTo(viewOf(TWO.slice(0, n)), 0, n);
    let found = 0;
    while (cursor.next()) found++;
    expect(found).toBe(n < 12 ? 0 : 1);
  }
});
