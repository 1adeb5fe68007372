/** Values of Wireshark's names in a frame, as our tables give them. */
import type { FieldName } from '../../src/headers/protocol.js';
import { fieldText } from '../../src/packet/field-text.js';
import { type ParseOptions, parse } from '../../src/packet/parse.js';

export type Value = number | string | Uint8Array;

export interface NamedValue {
  readonly field: FieldName;
  readonly value: Value;
  readonly bit: number;
  readonly bits: number;
}

/** Every value under every name, layer by layer. */
export function namedValues(frame: Uint8Array, options: ParseOptions = {}): NamedValue[] {
  const packet = parse(frame, options);
  const places = packet.places();
  const values: NamedValue[] = [];
  for (const [i, layer] of packet.layers.entries()) {
    for (const field of layer.descriptor.names) {
      const place = places[i];
      if (place === undefined) throw new Error(`layer ${i} has no place`);
      field.each(layer, place, (value, bit, bits) => values.push({ field, value, bit, bits }));
    }
  }
  return values;
}

/** The values under one name; addresses as text. */
export function valuesOf(frame: Uint8Array, name: string, options: ParseOptions = {}): Value[] {
  return namedValues(frame, options)
    .filter((one) => one.field.name === name)
    .map(({ field, value }) =>
      field.form === 'ipv4' || field.form === 'mac' ? fieldText(value, field.form) : value,
    );
}
