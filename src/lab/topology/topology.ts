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

/** Things that may happen in a run before it counts as one that never ends. */
const MAX_EVENTS = 5_000_000;

/** A network that was written down, built and ready to run. */
export class Topology {
  readonly lab: Lab;
  readonly script: Script;
  /** When it ends, in nanoseconds; undefined: when nothing happens any more. */
  readonly until: number | undefined;

  private readonly network: Network;

  /** `loadTopology` makes them. */
  constructor(network: Network, script: Script, until: number | undefined) {
    this.lab = network.lab;
    this.script = script;
    this.until = until;
    this.network = network;
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
    const { lab, script, until = Infinity } = this;
    const { clock } = lab;
    this.limited(() => {
      clock.run(until);
      while (!script.over && clock.pending === 0 && !this.isSpent) {
        script.advance(true);
        clock.run(until);
      }
      if (until === Infinity) return;
      script.stop("the lab's time was over");
      clock.runUntil(until);
    });
  }

  /**
   * Lets it live up to a time, in nanoseconds, and takes the steps that come by then: each when the
   * one before is over. Throws `BAD_SPEC` where more happens than a machine keeps up with.
   */
  runUntil(time: number): void {
    const { lab, script } = this;
    this.limited(() => {
      do lab.clock.runUntil(time);
      while (!this.isSpent && script.advance(false));
    });
  }

  /** Runs what does not end by itself where something is wrong. */
  private limited(run: () => void): void {
    const { clock } = this.lab;
    clock.limit = clock.happened + MAX_EVENTS;
    try {
      for (const begin of this.network.starts.splice(0)) begin();
      run();
      if (!this.isSpent) return;
      throw new PacketError(
        'BAD_SPEC',
        `${MAX_EVENTS} things have happened by ${clock.now / SECOND} s and there is no end: do frames go round in circles? (\`until\` ends a lab at a time)`,
      );
    } finally {
      clock.limit = Infinity;
    }
  }

  private get isSpent(): boolean {
    const { happened, limit } = this.lab.clock;
    return happened >= limit;
  }
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
