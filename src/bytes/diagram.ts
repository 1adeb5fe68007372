/** The bit diagram of a header, as RFCs draw it: from the layout, so it can't be wrong. */
import type { HeaderLayout, LayoutField } from './layout.js';

const ROW_BITS = 32;
const TENS = ' 0                   1                   2                   3';
const ONES = ` ${Array.from({ length: ROW_BITS }, (_, i) => i % 10).join(' ')}`;

/** A diagram of 32 bits a row; a field of more rows is drawn across them. */
export function layoutDiagram(layout: HeaderLayout): string {
  const total = layout.span * 8;
  const lines = [TENS, ONES, border(layout, 0, total)];
  for (let row = 0; row < total; row += ROW_BITS) {
    const end = Math.min(row + ROW_BITS, total);
    lines.push(`|${cells(layout, row, end)}`, border(layout, end, total, row));
  }
  return lines.join('\n');
}

function cells(layout: HeaderLayout, start: number, end: number): string {
  let text = '';
  for (const field of layout.fields) {
    const from = Math.max(field.bit, start);
    const to = Math.min(field.bit + field.bits, end);
    if (from >= to) continue;
    const width = (to - from) * 2 - 1;
    // The name stands in the row that holds most of the field, the first of such.
    text += center(rowOf(field) === start ? field.name : '', width);
    text += '|';
  }
  return text;
}

function rowOf(field: LayoutField): number {
  const first = Math.floor(field.bit / ROW_BITS) * ROW_BITS;
  const inFirst = Math.min(first + ROW_BITS - field.bit, field.bits);
  const inSecond = Math.min(field.bits - inFirst, ROW_BITS);
  return inSecond > inFirst ? first + ROW_BITS : first;
}

function center(text: string, width: number): string {
  const shown = text.length > width ? text.slice(0, width) : text;
  const left = Math.floor((width - shown.length) / 2);
  return shown.padStart(shown.length + left).padEnd(width);
}

/** The line above bit `bit`: open where one field lies on both sides. */
function border(layout: HeaderLayout, bit: number, total: number, above = bit - ROW_BITS): string {
  let line = '+';
  const width = Math.min(ROW_BITS, bit === 0 ? total : total - above);
  for (let i = 0; i < width; i++) {
    const inside = layout.fields.some(
      (f) => f.bit < bit && f.bit + f.bits > bit + i && f.bit <= above + i,
    );
    line += inside ? ' ' : '-';
    line += inside && i + 1 < width && insideAt(layout, bit, above, i + 1) ? ' ' : '+';
  }
  return line;
}

function insideAt(layout: HeaderLayout, bit: number, above: number, i: number): boolean {
  return layout.fields.some((f) => f.bit < bit && f.bit + f.bits > bit + i && f.bit <= above + i);
}
