/**
 * Shapes of plain data: one table says what may stand where, checks it, and is its documentation.
 * A shape reads a value into what it means; what is wrong it tells its place, and reads on.
 */
import { nearest } from '../../bytes/nearest.js';
import type { Place } from './place.js';
import { parseQuantity, type Quantity, quantityText } from './units.js';

/** What may stand at a place. */
export interface Shape<T> {
  /** For messages and tables: `a number from 1 to 255`. */
  readonly expected: string;
  /** What stands inside. */
  readonly parts: readonly Part[];
  /** Whether only one of the parts may be there. */
  readonly oneKey?: boolean;
  /** Undefined: it is wrong, and the place knows. */
  read(value: unknown, place: Place): T | undefined;
}

/** Something inside of a shape. */
export interface Part {
  /** A key, `NAME` for any name, `[]` for an item. */
  readonly key: string;
  readonly about: string;
  readonly required: boolean;
  readonly shape: Shape<unknown>;
}

/** A key of an object. */
export interface Field<T, R extends boolean = boolean> {
  readonly shape: Shape<T>;
  readonly about: string;
  readonly required: R;
}

/** What an object of such keys is read into; keys that are not there are absent. */
export type ObjectOf<F extends Readonly<Record<string, Field<unknown>>>> = {
  readonly [K in keyof F as F[K] extends Field<unknown, true> ? K : never]: TypeOfField<F[K]>;
} & {
  readonly [K in keyof F as F[K] extends Field<unknown, true> ? never : K]?: TypeOfField<F[K]>;
};
type TypeOfField<F> = F extends Field<infer T> ? T : never;
/** What a shape reads. */
export type TypeOf<S> = S extends Shape<infer T> ? T : never;

/** A key that may be left out. */
export function optional<T>(shape: Shape<T>, about: string): Field<T, false> {
  return { shape, about, required: false };
}

/** A key that must be there. */
export function required<T>(shape: Shape<T>, about: string): Field<T, true> {
  return { shape, about, required: true };
}

/** A value that `parse` understands; undefined: it does not. */
export function scalar<T>(expected: string, parse: (value: unknown) => T | undefined): Shape<T> {
  return {
    expected,
    parts: [],
    read(value, place) {
      const result = parse(value);
      return result ?? place.wrong(`${show(value)}: expected ${expected}`);
    },
  };
}

/** A text; a number is one, too, as YAML reads `SW: 1`. */
export function text(expected = 'a text'): Shape<string> {
  return scalar(expected, (value) => {
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' && value !== '' ? value : undefined;
  });
}

/** A text of a form. */
export interface TextShape extends Shape<string> {
  isRight(text: string): boolean;
}

/** A text that is right where `isRight` says so. */
export function checkedText(expected: string, isRight: (text: string) => boolean): TextShape {
  const shape = scalar(expected, (value) =>
    typeof value === 'string' && isRight(value) ? value : undefined,
  );
  return { ...shape, isRight };
}

/** A whole number. */
export function whole(min: number, max: number): Shape<number> {
  return scalar(`a whole number from ${min} to ${max}`, (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : undefined,
  );
}

/** Yes or no. */
export const FLAG: Shape<boolean> = scalar('true or false', (value) =>
  typeof value === 'boolean' ? value : undefined,
);

/** One of a few words. */
export function word<const W extends string>(...words: readonly W[]): Shape<W> {
  return {
    expected: words.join(', '),
    parts: [],
    read(value, place) {
      const found = words.find((one) => one === value);
      if (found !== undefined) return found;
      const hint =
        typeof value === 'string' ? nearest(value, words) : `; there are ${words.join(', ')}`;
      return place.wrong(`${show(value)} is not known${hint}`);
    },
  };
}

/** A quantity with a unit; in its smallest unit. */
export function quantity(what: Quantity): Shape<number> {
  return scalar(quantityText(what), (value) => parseQuantity(value, what));
}

/** Several of the same. What is wrong is left out, and `undefined` stands in its place. */
export function each<T>(item: Shape<T>): Shape<(T | undefined)[]> {
  return {
    expected: `a list, each item ${item.expected}`,
    parts: [{ key: '[]', about: '', required: false, shape: item }],
    read(value, place) {
      if (!Array.isArray(value)) return place.wrong(`${show(value)}: expected ${this.expected}`);
      return value.map((one, i) => item.read(one, place.at(i)));
    },
  };
}

/** Several of the same, all of them right. */
export function list<T>(item: Shape<T>): Shape<T[]> {
  const { expected, parts, read } = each(item);
  return {
    expected,
    parts,
    read(value, place) {
      const items = read.call(this, value, place);
      return items?.some((one) => one === undefined) ? undefined : (items as T[] | undefined);
    },
  };
}

/** One, or a list of them. */
export function oneOrMore<T>(item: Shape<T>): Shape<T[]> {
  const many = list(item);
  return {
    expected: `${item.expected}, or a list of them`,
    parts: item.parts,
    read(value, place) {
      if (Array.isArray(value)) return many.read(value, place);
      const one = item.read(value, place);
      return one === undefined ? undefined : [one];
    },
  };
}

/** Things by their names. What is wrong is left out, and `undefined` stands in its place. */
export function record<T>(
  key: string,
  item: Shape<T>,
  isName: (name: string) => boolean = () => true,
  names = 'a name',
): Shape<ReadonlyMap<string, T | undefined>> {
  return {
    expected: `an object, ${key}: ${item.expected}`,
    parts: [{ key, about: '', required: false, shape: item }],
    read(value, place) {
      if (!isObject(value)) return place.wrong(`${show(value)}: expected ${this.expected}`);
      const all = new Map<string, T | undefined>();
      for (const [name, one] of Object.entries(value)) {
        if (isName(name)) all.set(name, item.read(one, place.at(name)));
        else place.at(name).wrong(`expected ${names}`);
      }
      return all;
    },
  };
}

/** An object with these keys and no others. */
export interface ObjectShape<F extends Readonly<Record<string, Field<unknown>>>>
  extends Shape<ObjectOf<F>> {
  /** What is right of it, though other things are wrong. */
  readWhatIsRight(value: unknown, place: Place): Partial<ObjectOf<F>>;
}

/** An object with these keys and no others. Nothing at all, as YAML's `eth0:`, is one without keys. */
export function object<F extends Readonly<Record<string, Field<unknown>>>>(
  what: string,
  fields: F,
): ObjectShape<F> {
  const parts = Object.entries(fields).map(([key, field]) => ({ key, ...field }));
  const keys = Object.keys(fields);
  return {
    expected: `an object (${keys.join(', ')})`,
    parts,
    read(value, place) {
      const before = place.problems.length;
      const result = this.readWhatIsRight(value, place);
      return place.problems.length > before ? undefined : (result as ObjectOf<F>);
    },
    readWhatIsRight(given, place) {
      const result: Record<string, unknown> = {};
      const value = given ?? {};
      if (!isObject(value)) {
        place.wrong(`${show(value)}: expected ${this.expected}`);
        return {};
      }
      for (const key of Object.keys(value)) {
        if (!Object.hasOwn(fields, key)) {
          place.at(key).wrong(`${what} has no ${key}${nearest(key, keys)}`);
        }
      }
      for (const { key, required, shape } of parts) {
        const one = Object.hasOwn(value, key) ? value[key] : undefined;
        if (one === undefined) {
          if (required) place.wrong(`${key} is missing: expected ${shape.expected}`);
          continue;
        }
        const read = shape.read(one, place.at(key));
        if (read !== undefined) result[key] = read;
      }
      return result as Partial<ObjectOf<F>>;
    },
  };
}

/** Whether a value is an object with keys. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as messages quote it. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string' && /^[\w.:/%-]+$/.test(value)) return value;
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}
