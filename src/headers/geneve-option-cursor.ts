/** Walks over Geneve options (RFC 8926 §3.5) without allocation. */
import { bitField } from '../bytes/layout.js';
import { CRITICAL, GENEVE_OPTION_HEADER_BYTES, geneveOptionLayout } from './geneve-option-wire.js';

// Copies: an imported constant is read from memory at each use, one of the module's own is not.
const HEADER_BYTES = GENEVE_OPTION_HEADER_BYTES;
// An option's header is one word.
const CLASS_SHIFT = bitField(geneveOptionLayout, 'class', 32).shift;
const TYPE = bitField(geneveOptionLayout, 'type', 32);
const TYPE_SHIFT = TYPE.shift;
const TYPE_MASK = TYPE.max;
const LENGTH_MASK = bitField(geneveOptionLayout, 'length', 32).max;
const NO_BYTES = new DataView(new ArrayBuffer(0));

/**
 * A cursor on one option after the other: `moveTo` a header's options, then `next` to each. One
 * cursor serves any number of frames. What it tells is valid after `next` answered true.
 */
export class GeneveOptionCursor {
  view: DataView;
  /** Option class, 0–65535. */
  class: number;
  /** Type, 0–255, the critical bit (128) included. */
  type: number;
  /** Where the option's data begins, an absolute byte offset; its header is in front. */
  dataOffset: number;
  /** Where its data ends, and the next option begins. */
  optionEnd: number;
  /** Where the options end. */
  end: number;

  constructor() {
    this.view = NO_BYTES;
    this.class = 0;
    this.type = 0;
    this.dataOffset = 0;
    this.optionEnd = 0;
    this.end = 0;
  }

  /** Goes in front of the first of the options in [start, end), at most the view's end. */
  moveTo(view: DataView, start: number, end: number): this {
    if (this.view !== view) this.view = view;
    this.optionEnd = start;
    this.end = end;
    return this;
  }

  /** Goes on to the next option; false: there is none, or it goes past the end. */
  next(): boolean {
    const dataOffset = this.optionEnd + HEADER_BYTES;
    if (dataOffset > this.end) return false;
    const word = this.view.getUint32(this.optionEnd);
    const optionEnd = dataOffset + (word & LENGTH_MASK) * 4;
    if (optionEnd > this.end) return false;
    this.class = word >>> CLASS_SHIFT;
    this.type = (word >>> TYPE_SHIFT) & TYPE_MASK;
    this.dataOffset = dataOffset;
    this.optionEnd = optionEnd;
    return true;
  }

  /** Bytes of data, 0–124, a multiple of four. */
  get dataBytes(): number {
    return this.optionEnd - this.dataOffset;
  }

  /** Whether a receiver that does not know the option must drop the packet. */
  get critical(): boolean {
    return (this.type & CRITICAL) !== 0;
  }
}
