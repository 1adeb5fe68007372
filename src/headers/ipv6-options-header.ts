/**
 * What hop-by-hop and destination headers share (RFC 8200 §4.3, §4.6): a next header, a length in
 * 8 bytes beyond the first 8, options.
 */

import type { HeaderLayout } from '../bytes/layout.js';
import { headerLayout, offsetOf, u8 } from '../bytes/layout.js';
import { nextHeaderNumber } from './ipv6-chain.js';
import { ipv6OptionNames } from './ipv6-option-names.js';
import {
  checkIpv6Options,
  DESTINATION_ONLY,
  HOP_BY_HOP_ONLY,
  type Ipv6NamedOption,
  type Ipv6Option,
  JUMBO_TOO_SMALL,
  MIN_JUMBO,
  OPTION_MISALIGNED,
  OPTION_PAST_END,
  OPTION_WRONG_SIZE,
  PADDING_NOT_ZERO,
} from './ipv6-options.js';
import { endOfTlv, type TlvList } from './ipv6-tlv.js';
import { numberName, valueName } from './names.js';
import {
  bytesOf,
  type Extent,
  type FieldName,
  HeaderView,
  type Place,
  type ProblemKind,
} from './protocol.js';
import { needRoom, uint } from './values.js';

type OptionsLayout = HeaderLayout<'nextHeader' | 'length'>;

/** The layout of the header of that name. */
export function optionsHeaderLayout(name: string): OptionsLayout {
  return headerLayout(name, [u8('nextHeader'), u8('length')]);
}

const SHAPE = optionsHeaderLayout('ipv6 options');
const NEXT_HEADER = offsetOf(SHAPE, 'nextHeader');
const LENGTH = offsetOf(SHAPE, 'length');
const FIXED_BYTES = SHAPE.span;
const UNIT = 8;

/** Where the header at `offset` ends, as its length says. */
function headerEndOf(view: DataView, offset: number): number {
  return offset + (view.getUint8(offset + LENGTH) + 1) * UNIT;
}

/** Which header it is: options may belong in one of them only. */
export type OptionsHeader = 'hopByHop' | 'destination';

/** Finds the end of the header at `offset`: 0 where there is none. */
export function checkOptionsHeader(
  view: DataView,
  offset: number,
  end: number,
  out: Extent,
  header: OptionsHeader,
): number {
  out.bodyEnd = end;
  out.alternative = -1;
  const headerEnd = offset + FIXED_BYTES > end ? 0 : headerEndOf(view, offset);
  if (headerEnd === 0 || headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const wrong = checkIpv6Options(view, offset, headerEnd);
  if (wrong !== 0) {
    // The last two bits say in which header an option belongs.
    out.problems |= (wrong & ALWAYS_WRONG) << 1;
    const misplaced = header === 'hopByHop' ? DESTINATION_ONLY : HOP_BY_HOP_ONLY;
    if (wrong & misplaced) out.problems |= MISPLACED;
  }
  out.next = view.getUint8(offset + NEXT_HEADER);
  return headerEnd;
}
const HEADER_CUT = 1;
const ALWAYS_WRONG = 31;
const MISPLACED = 64;

/** The table of problems of one of the headers; `code`: what their codes begin with. */
export function optionsHeaderProblems(code: string, header: OptionsHeader): readonly ProblemKind[] {
  /** The place of the first option with that problem. */
  const at = (bit: number): Pick<ProblemKind, 'field' | 'find'> => ({
    field: 'options',
    find: (view, offset) => {
      const end = headerEndOf(view, offset);
      const start = checkIpv6Options(view, offset, end, bit);
      return { offset: start, bytes: (endOfTlv(view, start, end) || end) - start };
    },
  });
  const misplaced = header === 'hopByHop' ? DESTINATION_ONLY : HOP_BY_HOP_ONLY;
  const other = header === 'hopByHop' ? 'destination' : 'hop-by-hop';
  return [
    {
      code: `${code}_HEADER_CUT`,
      message: 'the bytes end inside the header or its options',
      rfc: header === 'hopByHop' ? 'RFC 8200 §4.3' : 'RFC 8200 §4.6',
      measure: (view, offset, end) => ({
        need: offset + FIXED_BYTES > end ? UNIT : headerEndOf(view, offset) - offset,
        have: end - offset,
      }),
    },
    {
      code: `${code}_OPTION_PAST_END`,
      message: 'an option goes past the end of the header',
      ...at(OPTION_PAST_END),
      rfc: 'RFC 8200 §4.2',
    },
    {
      code: `${code}_PADDING_NOT_ZERO`,
      message: 'padding holds bytes that are not 0',
      severity: 'warning',
      ...at(PADDING_NOT_ZERO),
      rfc: 'RFC 8200 §4.2',
    },
    {
      code: `${code}_OPTION_MISALIGNED`,
      message: 'an option is not where its alignment demands',
      severity: 'warning',
      ...at(OPTION_MISALIGNED),
      rfc: 'RFC 8200 §4.2',
    },
    {
      code: `${code}_OPTION_SIZE`,
      message: 'an option has not the length of its type',
      ...at(OPTION_WRONG_SIZE),
      rfc: 'RFC 8200 §4.2',
    },
    {
      code: `${code}_JUMBO_UNDER_65536`,
      message: 'a jumbo option says less than 65536 bytes',
      ...at(JUMBO_TOO_SMALL),
      rfc: 'RFC 2675 §3',
    },
    {
      code: `${code}_OPTION_MISPLACED`,
      message: `an option belongs in a ${other} header`,
      rfc: header === 'hopByHop' ? 'RFC 8200 §4.6' : 'RFC 8200 §4.3',
      severity: 'warning',
      ...at(misplaced),
    },
  ];
}

/** Every field of a hop-by-hop or destination header. */
export interface Ipv6OptionsFields {
  /** IP protocol number of what follows (IANA). */
  readonly nextHeader: number;
  /** Units of 8 bytes beyond the first 8, 0–255. */
  readonly length: number;
  readonly options: readonly Ipv6Option[];
}

/** What may be given of such a header. Absent: computed. */
export interface Ipv6OptionsInput extends Partial<Omit<Ipv6OptionsFields, 'options'>> {
  /**
   * Padding fills the header up to 8 bytes behind them; a Uint8Array is taken as it is. Absent:
   * padding alone, or in a hop-by-hop header the jumbo option that more than 65535 bytes need.
   */
  readonly options?: readonly Ipv6Option[] | Uint8Array;
}

/** Such a header in place. */
export abstract class Ipv6OptionsView extends HeaderView {
  /** IP protocol number of what follows. */
  get nextHeader(): number {
    return this.view.getUint8(this.offset + NEXT_HEADER);
  }

  set nextHeader(value: number) {
    this.view.setUint8(this.offset + NEXT_HEADER, uint(value, 0xff, this.layer, 'nextHeader'));
  }

  /** Units of 8 bytes beyond the first 8. */
  get length(): number {
    return this.view.getUint8(this.offset + LENGTH);
  }

  set length(value: number) {
    this.view.setUint8(this.offset + LENGTH, uint(value, 0xff, this.layer, 'length'));
  }

  /** Decoded anew at each call. */
  abstract get options(): Ipv6Option[];
}

export function decodeOptionsHeader(layer: Ipv6OptionsView): Ipv6OptionsFields {
  return { nextHeader: layer.nextHeader, length: layer.length, options: layer.options };
}

type List = TlvList<Ipv6NamedOption>;
const NO_OPTIONS: readonly Ipv6Option[] = [];

/** Bytes of a header with these options, a multiple of 8. */
export function optionsHeaderBytes(f: Ipv6OptionsInput, list: List): number {
  return FIXED_BYTES + list.encode(f.options ?? NO_OPTIONS).length;
}

/** The options to write: a jumbo option without a length gets the length of the packet. */
function withJumbo(
  options: Ipv6OptionsInput['options'],
  length: number,
  header: OptionsHeader,
): readonly Ipv6Option[] | Uint8Array {
  if (options === undefined) {
    const needed = header === 'hopByHop' && length >= MIN_JUMBO;
    return needed ? [{ kind: 'jumbo', length }] : NO_OPTIONS;
  }
  if (!Array.isArray(options)) return options;
  return options.map((one: Ipv6Option) =>
    one?.kind === 'jumbo' && !('length' in one) ? { kind: 'jumbo', length } : one,
  );
}

/** Writes such a header: all of it, or nothing where a field is wrong. */
export function encodeOptionsHeader(
  view: DataView,
  offset: number,
  f: Ipv6OptionsInput,
  place: Place,
  list: List,
  layer: string,
  header: OptionsHeader,
): void {
  const options = list.encode(withJumbo(f.options, place.end - offset, header));
  const bytes = FIXED_BYTES + options.length;
  const nextHeader = nextHeaderNumber(f.nextHeader, place, layer);
  const length = uint(f.length ?? bytes / UNIT - 1, 0xff, layer, 'length');
  needRoom(view, offset, bytes, layer);
  view.setUint8(offset + NEXT_HEADER, nextHeader);
  view.setUint8(offset + LENGTH, length);
  bytesOf(view, offset + FIXED_BYTES, offset + bytes).set(options);
}

/** Names of such a header; `prefix`: what Wireshark calls it. */
export function optionsHeaderNames(
  layout: OptionsLayout,
  prefix: string,
): readonly FieldName<Ipv6OptionsView>[] {
  return [
    numberName(layout, 'nextHeader', `${prefix}.nxt`, 'Next Header'),
    numberName(layout, 'length', `${prefix}.len`, 'Length'),
    valueName(
      layout,
      'length',
      `${prefix}.len_oct`,
      'Length, in bytes',
      'dec',
      (layer: Ipv6OptionsView) => (layer.length + 1) * UNIT,
    ),
    ...ipv6OptionNames,
  ];
}
