/** A network that somebody has written down, and its run. */
import { PacketError } from '../../bytes/error.js';
import { SECOND } from '../clock.js';
import { Lab } from '../lab.js';
import type { Outside } from '../outside.js';
import { TOPOLOGY } from './format.js';
import type { DeviceMaker } from './kind.js';
import { makeLink, makeOutside, OUTSIDE } from './links.js';
import { meant, Network } from './network.js';
import { Place, problemText, type TopologyProblem } from './place.js';
import { Script } from './script.js';
import { show } from './shape.js';
import type { Begin } from './step.js';

/** How to build a topology. */
export interface TopologyOptions {
  /** Of all chance in it, instead of the one that it names. */
  readonly seed?: number;
}

/** Things that happen before whoever runs it gets a word in. */
const SLICE = 1000;
/**
 * Things that may happen in a step before it counts as one that never ends; where there is an end, in
 * a moment in which no time passes. 100 MB over a chain of 20 links are 4 million.
 */
const MAX_EVENTS = 20_000_000;
/** The same where a frame was seen that goes round in circles, in a lab that ends at a time. */
const MAX_CIRCLING = 10_000;
/** Frames and timers that may wait at once: where circles meet, frames multiply at every turn. */
const MAX_PENDING = 250_000;

/** A network that was written down, built and ready to run. */
export class Topology {
  readonly lab: Lab;
  readonly script: Script;
  /** When it ends, in nanoseconds; undefined: when nothing happens any more. */
  readonly until: number | undefined;
  private readonly network: Network;
  /** How many things had happened when the step began, or in this moment the first one. */
  private mark: number;
  /** The moment, in nanoseconds. */
  private moment: number;

  /** `loadTopology` makes them. */
  constructor(network: Network, script: Script, until: number | undefined) {
    this.lab = network.lab;
    this.script = script;
    this.until = until;
    this.network = network;
    this.mark = 0;
    this.moment = 0;
  }

  /**
   * The way out of the lab of that name (a link of which one end is `outside`), or a new one at a
   * free port such as `A:eth0`. Throws `BAD_OPTION` where there is neither.
   */
  attach(name: string): Outside {
    const { network } = this;
    const known = network.outsides.get(name);
    if (known !== undefined) return known;
    const place = new Place();
    const isPort = name.includes(':');
    if (!isPort) {
      const hint = meant(name, network.outsides);
      place.wrong(`${name} is no link to the outside${hint}${network.freePort()}`);
    }
    const port = isPort ? network.port({ text: name, place }) : undefined;
    const made = port && makeOutside(network, port, { name: `${OUTSIDE}-${name}` }, place);
    if (made !== undefined) return made;
    throw new PacketError('BAD_OPTION', place.problems.map(problemText).join('\n'));
  }

  /**
   * Takes all steps, each until nothing happens any more, in virtual time. Throws `BAD_SPEC` where
   * that never comes, as in a ring of switches.
   */
  run(): void {
    while (this.runSome());
  }

  /**
   * Does some of what `run` does, so that whoever runs it can write down what has happened before more
   * does. True: there is more to do. Throws as `run`.
   */
  runSome(): boolean {
    const { script, until = Infinity } = this;
    const { clock } = this.lab;
    const isTimed = until !== Infinity;
    if (this.slice(isTimed, () => clock.run(until))) return true;
    if (!script.over && clock.pending === 0) {
      script.advance(true);
      this.begin();
      return true;
    }
    if (!isTimed) return false;
    script.stop("the lab's time was over");
    return this.slice(true, () => clock.runUntil(until));
  }

  /**
   * Lets it live up to a time, in nanoseconds, and takes the steps that come by then: each when the
   * one before is over. Throws `BAD_SPEC` where no time passes any more, as in a ring of switches
   * without latency.
   */
  runUntil(time: number): void {
    while (this.runSomeUntil(time));
  }

  /** Does some of what `runUntil` does. True: there is more to do. Throws as `runUntil`. */
  runSomeUntil(time: number): boolean {
    const { lab, script } = this;
    return this.slice(true, () => lab.clock.runUntil(time)) || script.advance(false);
  }

  /** Runs a slice, whose end may come early. True: it did. Throws where no end is to be seen. */
  private slice(isTimed: boolean, run: () => void): boolean {
    const { clock } = this.lab;
    const limit = clock.happened + SLICE;
    clock.limit = limit;
    try {
      for (const begin of this.network.starts.splice(0)) begin();
      run();
    } finally {
      clock.limit = Infinity;
    }
    if (isTimed && clock.now > this.moment) this.begin();
    this.checkEnd(isTimed);
    return clock.happened >= limit;
  }

  /** Something has been achieved: a step, or time has passed. */
  private begin(): void {
    const { lab } = this;
    this.mark = lab.clock.happened;
    this.moment = lab.clock.now;
    lab.circle = undefined;
  }

  private checkEnd(isTimed: boolean): void {
    const { clock, circle } = this.lab;
    const happened = clock.happened - this.mark;
    const by = `by ${clock.now / SECOND} s`;
    const cure = isTimed ? 'and no time passes' : '(`until` ends a lab at a time)';
    if (circle !== undefined && (!isTimed || happened > MAX_CIRCLING)) {
      throw endless(
        `${by} frames go round in circles on link ${circle.name}, and there is no end ${cure}`,
      );
    }
    if (clock.pending > MAX_PENDING) {
      throw endless(
        `${by} ${clock.pending} frames and timers wait: do frames multiply in circles?`,
      );
    }
    if (happened > MAX_EVENTS) {
      throw endless(`${happened} things have happened ${by} and there is no end ${cure}`);
    }
  }
}

function endless(message: string): PacketError {
  return new PacketError('BAD_SPEC', message);
}

/** A topology that was read, or what is wrong with it: all of it. */
export type TopologyCheck =
  | { readonly topology: Topology; readonly problems: readonly [] }
  | { readonly topology: undefined; readonly problems: readonly TopologyProblem[] };

/**
 * Builds the network that plain data (of YAML or JSON) describes; `topologyFormat` prints what it may
 * say. Answers every mistake, with its path; throws only `OUT_OF_RANGE`, for a seed in `options` that
 * is none.
 */
export function checkTopology(value: unknown, options: TopologyOptions = {}): TopologyCheck {
  const root = new Place();
  if (value === undefined || value === null) {
    root.wrong(`${show(value)}: expected ${TOPOLOGY.expected}`);
    return { topology: undefined, problems: root.problems };
  }
  const said = TOPOLOGY.readWhatIsRight(value, root);
  const { problems } = root;
  const seed = options.seed ?? said.seed;
  const network = new Network(new Lab(seed === undefined ? {} : { seed }));
  const begins = build(network, said, root);
  if (problems.length > 0) return { topology: undefined, problems };
  const script = new Script(begins);
  const topology = new Topology(network, script, said.until);
  return { topology, problems: [] };
}

type Said = ReturnType<typeof TOPOLOGY.readWhatIsRight>;

/** Builds what is right, so that the mistakes in one part do not hide those in the next. */
function build(network: Network, said: Said, root: Place): Begin[] {
  const { devices = new Map<string, undefined>(), links = [], taps, run = [] } = said;
  // All names are known before anything leads to them.
  for (const name of devices.keys()) network.devices.set(name, undefined);
  makeDevices(network, devices, root);
  for (const link of links) {
    if (link === undefined || !makeLink(network, link)) network.linksMissing = true;
  }
  if (taps !== undefined) {
    const tapped = taps.map((one) => one && network.link(one));
    for (const link of network.links.values()) link.tapped = tapped.includes(link);
  }
  return run.flatMap((prepare) => prepare?.(network) ?? []);
}

/** Makes all devices: one that is on another after that one, in whatever order they stand. */
function makeDevices(
  network: Network,
  devices: ReadonlyMap<string, DeviceMaker | undefined>,
  root: Place,
): void {
  const { problems } = root;
  let waiting = [...devices].sort(
    ([, one], [, other]) => Number(one?.late ?? false) - Number(other?.late ?? false),
  );
  for (let before = Infinity; waiting.length < before; ) {
    before = waiting.length;
    waiting = waiting.filter(([name, maker]) => {
      const known = problems.length;
      const device = maker?.make(network, name);
      if (problems.length === known) network.devices.set(name, device);
      return maker !== undefined && device === undefined && problems.length === known;
    });
  }
  // Where something is wrong, they may wait for just that.
  if (problems.length > 0) return;
  for (const [name] of waiting) {
    root.at('devices', name, 'on').wrong(`${name} is in the end on itself, or on one that is`);
  }
}

/**
 * Builds the network that plain data (of YAML or JSON) describes. Throws `BAD_SPEC`, with all
 * mistakes, a line each.
 */
export function loadTopology(value: unknown, options: TopologyOptions = {}): Topology {
  const { topology, problems } = checkTopology(value, options);
  if (topology !== undefined) return topology;
  throw new PacketError('BAD_SPEC', problems.map(problemText).join('\n'));
}
