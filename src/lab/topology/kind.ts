/** What a kind of device is to a topology. */
import type { Device } from '../device.js';
import type { Network } from './network.js';
import type { Place } from './place.js';
import { type Field, type ObjectOf, object, optional, type Shape, text, word } from './shape.js';

/** What makes a device that a topology describes. */
export interface DeviceMaker {
  /** Whether it is made after the others, as it is on one of them. */
  readonly late: boolean;
  make(network: Network, name: string): Device | undefined;
}

/** A kind of device: what may be said of one, and how it is made. */
export interface Kind {
  readonly name: string;
  readonly about: string;
  readonly shape: Shape<unknown>;
  read(value: unknown, place: Place): DeviceMaker | undefined;
}

/** What every device can be told. */
const COMMON = {
  title: optional(text(), 'as people call it, such as Host A (absent: its name)'),
};

type Fields = Readonly<Record<string, Field<unknown>>>;
/** What is said of a device of those fields. */
export type Said<F extends Fields> = ObjectOf<F & typeof COMMON>;

/** A kind whose devices have these fields, beside `kind` and `title`. */
export function kindOf<F extends Fields>(
  name: string,
  about: string,
  fields: F,
  make: (network: Network, name: string, said: Said<F>, place: Place) => Device | undefined,
  late = false,
): Kind {
  const kind = optional(word(name), 'what it is');
  const shape = object(`a ${name}`, { kind, ...COMMON, ...fields });
  return {
    name,
    about,
    // Its kind is what it is listed by.
    shape: { ...shape, parts: shape.parts.filter(({ key }) => key !== 'kind') },
    read(value, place) {
      const said = shape.read(value, place) as Said<F> | undefined;
      if (said === undefined) return undefined;
      return { late, make: (network, device) => make(network, device, said, place) };
    },
  };
}
