/** The layout of a Geneve option (RFC 8926 §3.5), and the way from one to the next. */
import { getBits8 } from '../bytes/bits.js';
import { bitField, bits, headerLayout, offsetOf, u8, u16 } from '../bytes/layout.js';
import type { HeaderView } from './protocol.js';

export const geneveOptionLayout = headerLayout('geneve option', [
  u16('class'),
  u8('type'),
  bits(8, { reserved: 3, length: 5 }),
]);

export const CLASS = offsetOf(geneveOptionLayout, 'class');
export const TYPE = offsetOf(geneveOptionLayout, 'type');
export const RESERVED = bitField(geneveOptionLayout, 'reserved', 8);
export const LENGTH = bitField(geneveOptionLayout, 'length', 8);

/** Bytes of an option without its data. */
export const GENEVE_OPTION_HEADER_BYTES = geneveOptionLayout.span;
/** The most data of one option, bytes. */
export const MAX_GENEVE_OPTION_DATA = LENGTH.max * 4;
/** The bit of an option's type that says a receiver must understand it or drop the packet. */
export const CRITICAL = 0x80;

// Not exported: as in `ipv4-wire.ts`.
const FIXED_BYTES = geneveOptionLayout.span;
const WORDS = bitField(geneveOptionLayout, 'length', 8);
const TYPE_AT = offsetOf(geneveOptionLayout, 'type');
const CRITICAL_BIT = CRITICAL;

/** Calls `visit` with the bounds of every option in [offset, end); answers where the list stopped. */
export function eachGeneveOption(
  view: DataView,
  offset: number,
  end: number,
  visit: (start: number, end: number) => void,
): number {
  let at = offset;
  while (at < end) {
    const next = endOfGeneveOption(view, at, end);
    if (next === 0) return at;
    visit(at, next);
    at = next;
  }
  return at;
}

/** Where the option at `offset` ends, or 0 where it goes past `end`. */
export function endOfGeneveOption(view: DataView, offset: number, end: number): number {
  if (offset + FIXED_BYTES > end) return 0;
  const next = offset + FIXED_BYTES + getBits8(view, offset, WORDS) * 4;
  return next > end ? 0 : next;
}

/** Whether the type of the option at `offset` has the critical bit. */
export function isCritical(view: DataView, offset: number): boolean {
  return (view.getUint8(offset + TYPE_AT) & CRITICAL_BIT) !== 0;
}

/** The three reserved bits of the option at `offset`. */
export function reservedBits(view: DataView, offset: number): number {
  return getBits8(view, offset, RESERVED);
}

/** The lengths of all options: each with its own four bytes. */
export function eachOptionLength(
  { view, fixedEnd, headerEnd }: HeaderView,
  tell: (bytes: number, at: number) => void,
): void {
  eachGeneveOption(view, fixedEnd, headerEnd, (start, end) =>
    tell(end - start, (start + LENGTH.offset) * 8 + 3),
  );
}
