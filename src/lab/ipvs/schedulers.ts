/** Which real server gets a new connection: IPVS's schedulers. */

/** What a scheduler sees of a server. */
export interface Candidate {
  readonly weight: number;
  readonly active: number;
  readonly inactive: number;
}

/** Chooses servers for one virtual service. Servers of weight 0 get nothing. */
export interface Scheduler {
  /** The servers or their weights are others now. */
  changed(servers: readonly Candidate[]): void;
  /** The server for a connection between two addresses; undefined: there is none. */
  pick<S extends Candidate>(servers: readonly S[], src: number, dst: number): S | undefined;
}

/** Slots of the tables of `sh` and `dh`: Linux's `IP_VS_SH_TAB_BITS` 8. */
const SLOTS = 256;
/** Knuth's multiplicative hash. */
const GOLDEN = 2654435761;

/** One after the other. */
function roundRobin(): Scheduler {
  let last = -1;
  return {
    changed: () => {
      last = -1;
    },
    pick: (servers) => {
      for (let i = 1; i <= servers.length; i++) {
        const at = (last + i) % servers.length;
        const server = servers[at];
        if (server === undefined || server.weight === 0) continue;
        last = at;
        return server;
      }
      return undefined;
    },
  };
}

/**
 * One after the other, as often in a round as its weight says: a round begins with those of the
 * highest weight, and each turn lowers the bar by the weights' greatest common divisor.
 */
function weightedRoundRobin(): Scheduler {
  let last = -1;
  let bar = 0;
  let step = 0;
  let highest = 0;
  return {
    changed: (servers) => {
      const weights = servers.map(({ weight }) => weight);
      step = weights.reduce(greatestCommonDivisor, 0);
      highest = Math.max(0, ...weights);
      last = -1;
      bar = 0;
    },
    pick: (servers) => {
      if (highest === 0) return undefined;
      for (;;) {
        last = (last + 1) % servers.length;
        if (last === 0) bar = bar > step ? bar - step : highest;
        const server = servers[last];
        if (server !== undefined && server.weight >= bar) return server;
      }
    },
  };
}

/** The one with the fewest connections, of which an established one counts 256 others. */
function leastConnections(): Scheduler {
  return {
    changed: () => {},
    pick: (servers) => {
      const load = ({ active, inactive }: Candidate): number => active * 256 + inactive;
      let best: (typeof servers)[number] | undefined;
      for (const server of servers) {
        if (server.weight === 0) continue;
        if (best === undefined || load(server) < load(best)) best = server;
      }
      return best;
    },
  };
}

/** The same server for the same address, while the servers stay: by a table that they share. */
function hashing(which: 'src' | 'dst'): Scheduler {
  const slots: number[] = [];
  return {
    changed: (servers) => {
      slots.length = 0;
      // Each in turn, as often as its weight says; a slot's server is a place in the list.
      const turns = servers.flatMap(({ weight }, i) =>
        new Array<number>(Math.min(weight, SLOTS)).fill(i),
      );
      for (let i = 0; i < SLOTS && turns.length > 0; i++) {
        slots.push(turns[i % turns.length] as number);
      }
    },
    pick: (servers, src, dst) => {
      const key = Math.imul(which === 'src' ? src : dst, GOLDEN) & (SLOTS - 1);
      const at = slots[key];
      return at === undefined ? undefined : servers[at];
    },
  };
}

/** The schedulers, by the names that `ipvsadm -s` knows. */
export const SCHEDULERS = {
  /** Round robin. */
  rr: roundRobin,
  /** Weighted round robin. */
  wrr: weightedRoundRobin,
  /** Least connections. */
  lc: leastConnections,
  /** Source hashing. */
  sh: () => hashing('src'),
  /** Destination hashing. */
  dh: () => hashing('dst'),
} as const satisfies Readonly<Record<string, () => Scheduler>>;

/** `rr`, `wrr`, `lc`, `sh`, `dh`. */
export type SchedulerName = keyof typeof SCHEDULERS;

/** Whether a scheduler is called that. */
export function isScheduler(name: string): name is SchedulerName {
  return Object.hasOwn(SCHEDULERS, name);
}

function greatestCommonDivisor(one: number, other: number): number {
  let [a, b] = [one, other];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
