/** The kinds of devices that a topology may have. */
import { nearest } from '../../bytes/nearest.js';
import type { DeviceMaker, Kind } from './kind.js';
import { HOST, ROUTER } from './kind-host.js';
import { NAMESPACE } from './kind-namespace.js';
import { NAT } from './kind-nat.js';
import { SWITCH } from './kind-switch.js';
import { VTEP } from './kind-vtep.js';
import { isObject, type Shape, show } from './shape.js';

/** All kinds, by their names. */
export const KINDS: readonly Kind[] = [HOST, ROUTER, NAT, SWITCH, NAMESPACE, VTEP];

/** A device of whatever kind it says. */
export const DEVICE: Shape<DeviceMaker> = {
  expected: `an object with kind: ${KINDS.map(({ name }) => name).join(', ')}`,
  parts: KINDS.map(({ name, about, shape }) => ({
    key: `kind: ${name}`,
    about,
    required: false,
    shape,
  })),
  read(value, place) {
    if (!isObject(value)) return place.wrong(`${show(value)}: expected ${this.expected}`);
    const names = KINDS.map(({ name }) => name);
    const { kind: wanted } = value;
    if (wanted === undefined) {
      return place.wrong(`kind is missing: expected one of ${names.join(', ')}`);
    }
    const kind = KINDS.find(({ name }) => name === wanted);
    if (kind !== undefined) return kind.read(value, place);
    const hint = typeof wanted === 'string' ? nearest(wanted, names) : '';
    return place.at('kind').wrong(`there is no kind ${show(wanted)}${hint}`);
  },
};
