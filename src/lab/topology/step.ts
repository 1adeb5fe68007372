/** What a step of a topology's `run` is. */
import type { Network } from './network.js';
import type { Place } from './place.js';
import type { Shape } from './shape.js';

/** A step that goes on while the lab runs. */
export interface Going {
  /** Whether it is over; else it is over when nothing happens in the lab any more. */
  readonly over: boolean;
  /** What came of it. */
  end(): Outcome;
}

/** What came of a step. */
export interface Outcome {
  /** What was done: `ping A → 192.168.1.20`. */
  readonly title: string;
  /** What it has to say, as the command prints it. */
  readonly lines: readonly string[];
  /** What was expected and did not happen. */
  readonly failure?: string | undefined;
}

/** Begins a step. */
export type Begin = () => Going;

/** A kind of step. */
export interface StepKind {
  /** Its key: `ping`. */
  readonly name: string;
  readonly about: string;
  readonly shape: Shape<unknown>;
  /** What the file says of it; then, when the network is built, how it begins. */
  read(value: unknown, place: Place): ((network: Network) => Begin | undefined) | undefined;
}

/** A kind of step, of what its shape says. */
export function stepOf<T>(
  name: string,
  about: string,
  shape: Shape<T>,
  prepare: (network: Network, said: T, place: Place) => Begin | undefined,
): StepKind {
  return {
    name,
    about,
    shape,
    read(value, place) {
      const said = shape.read(value, place);
      return said === undefined ? undefined : (network) => prepare(network, said, place);
    },
  };
}

/** A step that is over at once. */
export function done(title: string, failure?: string): Going {
  return { over: true, end: () => ({ title, lines: [], failure }) };
}

/** Whether what was expected has happened; else the words for it. */
export function expected(
  wanted: string | undefined,
  holds: boolean,
  happened: string,
): string | undefined {
  return wanted === undefined || holds ? undefined : `expected ${wanted}, but ${happened}`;
}
