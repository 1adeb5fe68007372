/** Where in a topology something stands, and what is wrong there. */
import { PacketError } from '../../bytes/error.js';

/** The way to a value: keys of objects, numbers of items from 0. */
export type TopologyPath = readonly (string | number)[];

/** A mistake in a topology. */
export interface TopologyProblem {
  readonly path: TopologyPath;
  /** What is wrong, and what was expected. */
  readonly message: string;
}

/** A place in a topology; all places of one share a list of problems. */
export class Place {
  readonly path: TopologyPath;
  readonly problems: TopologyProblem[];

  constructor(path: TopologyPath = [], problems: TopologyProblem[] = []) {
    this.path = path;
    this.problems = problems;
  }

  /** The place of a key's value, or of an item. */
  at(...keys: TopologyPath): Place {
    return new Place([...this.path, ...keys], this.problems);
  }

  /** Adds a problem. */
  wrong(message: string): undefined {
    this.problems.push({ path: this.path, message });
    return undefined;
  }

  /** Answers what `make` answers; what it throws about a bad value is a problem of this place. */
  try<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      return this.wrong(error.message);
    }
  }
}

/** A path as people read it: `devices.A.interfaces.eth0.address`, `links[0].ends[1]`. */
export function pathText(path: TopologyPath): string {
  const text = path.map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    return /^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  return text.join('').replace(/^\./, '');
}

/** A problem in a line: `links[0].latency: …`. */
export function problemText({ path, message }: TopologyProblem): string {
  return path.length === 0 ? message : `${pathText(path)}: ${message}`;
}
