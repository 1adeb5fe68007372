/** The steps that a topology's `run` may have. */
import { nearest } from '../../bytes/nearest.js';
import type { Network } from './network.js';
import { isObject, type Shape, show } from './shape.js';
import type { Begin, StepKind } from './step.js';
import { DOWN, FLUSH, SAY, UP, WAIT } from './steps-lab.js';
import { ANNOUNCE, PING, TRACEROUTE } from './steps-probe.js';
import { HTTP, TCP } from './steps-tcp.js';
import { UDP } from './steps-udp.js';

/** All of them, by their keys. */
export const STEPS: readonly StepKind[] = [
  PING,
  TRACEROUTE,
  UDP,
  TCP,
  HTTP,
  ANNOUNCE,
  WAIT,
  DOWN,
  UP,
  FLUSH,
  SAY,
];

/** What a step is, before the network is there. */
export type StepMaker = (network: Network) => Begin | undefined;

const NAMES = STEPS.map(({ name }) => name);

/** A step: an object with one key, which says what is done. */
export const STEP: Shape<StepMaker> = {
  expected: `an object with one key: ${NAMES.join(', ')}`,
  parts: STEPS.map(({ name, about, shape }) => ({ key: name, about, required: false, shape })),
  oneKey: true,
  read(value, place) {
    const keys = isObject(value) ? Object.keys(value) : [];
    const [key] = keys;
    if (!isObject(value) || key === undefined || keys.length > 1) {
      return place.wrong(`${show(value)}: expected ${this.expected}`);
    }
    const kind = STEPS.find(({ name }) => name === key);
    if (kind === undefined) {
      return place.at(key).wrong(`there is no step ${key}${nearest(key, NAMES)}`);
    }
    return kind.read(value[key], place.at(key));
  },
};
