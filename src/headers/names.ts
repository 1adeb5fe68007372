/** Wireshark's field names, from the layout. */
import { readBits } from '../bytes/bits.js';
import { fieldOf, type HeaderLayout } from '../bytes/layout.js';
import { bytesOf, type FieldName, type Form, type HeaderView, type Place } from './protocol.js';

/** A field name for a number that the layout has. */
export function numberName<N extends string>(
  layout: HeaderLayout<N>,
  field: N,
  name: string,
  label: string,
  form: Form = 'dec',
): FieldName {
  return rangeName(layout, field, field, name, label, form);
}

/** A field name whose value `read` gives and whose place the layout has. */
export function valueName<V extends HeaderView, N extends string>(
  layout: HeaderLayout<N>,
  field: N,
  name: string,
  label: string,
  form: Form,
  read: (layer: V, place: Place) => number | string | Uint8Array,
): FieldName<V> {
  const { bit, bits } = fieldOf(layout, field);
  return {
    name,
    label,
    form,
    each: (layer, place, emit) => emit(read(layer, place), layer.offset * 8 + bit, bits),
  };
}

/** The bytes of the body under a name of their own, where there are some. */
export function bodyName(name: string, label: string): FieldName {
  return {
    name,
    label,
    form: 'bytes',
    each: ({ view, headerEnd, end }, _place, emit) => {
      if (end > headerEnd)
        emit(bytesOf(view, headerEnd, end), headerEnd * 8, (end - headerEnd) * 8);
    },
  };
}

/** The bytes of a field under a name. */
export function bytesName<N extends string>(
  layout: HeaderLayout<N>,
  field: N,
  name: string,
  label: string,
): FieldName {
  const { bit, bits } = fieldOf(layout, field);
  return {
    name,
    label,
    form: 'bytes',
    each: ({ view, offset }, _place, emit) => {
      const start = offset + bit / 8;
      emit(bytesOf(view, start, start + bits / 8), start * 8, bits);
    },
  };
}

/** A name that a tree leaves out, because it repeats other fields. */
export function hiddenName<V extends HeaderView>(field: FieldName<V>): FieldName<V> {
  return { ...field, hidden: true };
}

/** One name for several others, such as `ip.addr` for source and destination. */
export function eitherName<V extends HeaderView>(
  name: string,
  label: string,
  of: readonly FieldName<V>[],
): FieldName<V> {
  return {
    name,
    label,
    form: of[0]?.form ?? 'dec',
    hidden: true,
    each: (layer, place, emit) => {
      for (const one of of) one.each(layer, place, emit);
    },
  };
}

/** One bit, by its mask, of the 16-bit word that begins `at` bytes into the header. */
export function flagName(name: string, label: string, at: number, mask: number): FieldName {
  return {
    name,
    label,
    form: 'bool',
    each: ({ view, offset }, _place, emit) => {
      const word = offset + at;
      emit(view.getUint16(word) & mask ? 1 : 0, word * 8 + Math.clz32(mask) - 16, 1);
    },
  };
}

/** The number in the bits from one field to another, under a name of its own. */
export function rangeName<N extends string>(
  layout: HeaderLayout<N>,
  first: N,
  last: N,
  name: string,
  label: string,
  form: Form,
): FieldName {
  const { bit } = fieldOf(layout, first);
  const end = fieldOf(layout, last);
  const bits = end.bit + end.bits - bit;
  return {
    name,
    label,
    form,
    each: (layer, _place, emit) => {
      const at = layer.offset * 8 + bit;
      emit(readBits(layer.view, at, bits), at, bits);
    },
  };
}

/** The bytes of all options under a name of their own, where there are some. */
export function allOptionsName(name: string, label: string): FieldName {
  return {
    name,
    label,
    form: 'bytes',
    each: ({ view, fixedEnd, headerEnd }, _place, emit) => {
      if (headerEnd > fixedEnd) {
        emit(bytesOf(view, fixedEnd, headerEnd), fixedEnd * 8, (headerEnd - fixedEnd) * 8);
      }
    },
  };
}
