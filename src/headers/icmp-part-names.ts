/** Names for the fields of messages, from their layouts. */
import { readBits } from '../bytes/bits.js';
import { MESSAGE_START, type MessageView, readValue, type Shape } from './icmp-message.js';
import { bytesOf, type FieldName, type Form } from './protocol.js';

/** A field name for a field of the fixed part, in every message that has it (`only`: one of these). */
export function partName(
  field: string,
  name: string,
  label: string,
  form: Form = 'dec',
  only?: readonly Shape[],
): FieldName<MessageView> {
  return {
    name,
    label,
    form,
    each: ({ view, offset, shape }, _place, emit) => {
      if (shape === undefined || (only !== undefined && !only.includes(shape))) return;
      const found = shape.layout.fields.find((one) => one.name === field);
      if (found === undefined) return;
      const bit = (offset + MESSAGE_START) * 8 + found.bit;
      if (form === 'bytes') {
        emit(bytesOf(view, bit / 8, (bit + found.bits) / 8), bit, found.bits);
      } else {
        const kind = form === 'ipv4' ? undefined : shape.kinds[field];
        const value = readValue(view, bit, found.bits, kind);
        emit(
          typeof value === 'boolean' ? Number(value) : (value as number | string),
          bit,
          found.bits,
        );
      }
    },
  };
}

/** A field name for the bits from one field of the fixed part to another, in messages with both. */
export function spanName(
  first: string,
  last: string,
  name: string,
  label: string,
  form: Form,
): FieldName<MessageView> {
  return {
    name,
    label,
    form,
    each: ({ view, offset, shape }, _place, emit) => {
      const from = shape?.layout.fields.find((one) => one.name === first);
      const to = shape?.layout.fields.find((one) => one.name === last);
      if (from === undefined || to === undefined) return;
      const bit = (offset + MESSAGE_START) * 8 + from.bit;
      const bits = to.bit + to.bits - from.bit;
      emit(readBits(view, bit, bits), bit, bits);
    },
  };
}
