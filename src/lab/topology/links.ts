/** The links of a topology. */
import type { LinkOptions } from '../link.js';
import { Outside } from '../outside.js';
import type { Port } from '../port.js';
import { type Network, type Reference, reference } from './network.js';
import type { Place } from './place.js';
import {
  checkedText,
  isObject,
  type ObjectOf,
  object,
  optional,
  required,
  type Shape,
  show,
  whole,
} from './shape.js';
import { BANDWIDTH, DURATION, isName, MTU, NAMES, PROBABILITY } from './values.js';

/** The end of a link that leaves the lab. */
export const OUTSIDE = 'outside';

const END = reference(`a device and its port such as A:eth0, or ${OUTSIDE}`);

const ENDS: Shape<readonly [Reference, Reference]> = {
  expected: 'two ends such as [A:eth0, SW:1]',
  parts: [],
  read(value, place) {
    if (!Array.isArray(value) || value.length !== 2) {
      return place.wrong(`${show(value)}: expected ${this.expected}`);
    }
    const [a, b] = value.map((end, i) => END.read(end, place.at(i)));
    return a === undefined || b === undefined ? undefined : [a, b];
  },
};

const FIELDS = {
  ends: required(ENDS, 'what it joins; `outside` for what --attach gives'),
  name: optional(checkedText(NAMES, isName), 'as captures name it (absent: A:eth0-SW:1)'),
  latency: optional(DURATION, 'time from end to end'),
  bandwidth: optional(BANDWIDTH, 'how fast it is; frames that wait are queued'),
  queue: optional(whole(0, 1_000_000), 'frames that wait at most (absent: 1000)'),
  loss: optional(PROBABILITY, 'share of frames that are lost'),
  duplicate: optional(PROBABILITY, 'share of frames that arrive twice'),
  reorder: optional(PROBABILITY, 'share of frames that are late and overtaken'),
  reorderDelay: optional(DURATION, 'by how much (absent: twice the latency, 1ms at least)'),
  mtu: optional(MTU, "bytes of an IP packet; sets its ports'"),
};

const LINK_OBJECT = object('a link', FIELDS);

/** A link: its two ends, or an object that says more. */
export interface LinkSaid {
  readonly ends: readonly [Reference, Reference];
  readonly options: Omit<ObjectOf<typeof FIELDS>, 'ends'>;
  readonly place: Place;
}

/** What stands for a link. */
export const LINK: Shape<LinkSaid> = {
  expected: `${ENDS.expected}, or ${LINK_OBJECT.expected}`,
  parts: LINK_OBJECT.parts,
  read(value, place) {
    if (Array.isArray(value)) {
      const ends = ENDS.read(value, place);
      return ends === undefined ? undefined : { ends, options: {}, place };
    }
    if (!isObject(value)) return place.wrong(`${show(value)}: expected ${this.expected}`);
    const said = LINK_OBJECT.read(value, place);
    if (said === undefined) return undefined;
    const { ends, ...options } = said;
    return { ends, options, place };
  },
};

/** Makes a link; false: it is wrong. */
export function makeLink(network: Network, { ends, options, place }: LinkSaid): boolean {
  const [one, other] = ends;
  if (one.text === OUTSIDE && other.text === OUTSIDE) {
    place.wrong('both ends are outside');
    return false;
  }
  // Both names are looked at, so that the mistakes in both are told.
  const a = one.text === OUTSIDE ? undefined : network.port(one);
  const b = other.text === OUTSIDE ? undefined : network.port(other);
  const port = a ?? b;
  if (port === undefined) return false;
  if (one.text === OUTSIDE || other.text === OUTSIDE) {
    return makeOutside(network, port, options, place) !== undefined;
  }
  return a !== undefined && b !== undefined && join(network, a, b, options, place);
}

/** Makes a link that leaves the lab, named as the way out is. */
export function makeOutside(
  network: Network,
  port: Port,
  options: LinkOptions,
  place: Place,
): Outside | undefined {
  const { name = OUTSIDE } = options;
  if (network.devices.has(name)) {
    return place.wrong(
      `there is a device ${name}, and the way out of the lab is one, too: give the link another name`,
    );
  }
  const outside = place.try(() => new Outside(network.lab, name));
  if (outside === undefined) return undefined;
  if (!join(network, port, outside.end, { name, ...options }, place)) return undefined;
  network.outsides.set(name, outside);
  return outside;
}

function join(network: Network, a: Port, b: Port, options: LinkOptions, place: Place): boolean {
  const { name = `${a.title}-${b.title}` } = options;
  if (network.links.has(name)) {
    place.wrong(`there is a link ${name} already`);
    return false;
  }
  const link = place.try(() => network.lab.connect(a, b, options));
  if (link !== undefined) network.links.set(name, link);
  return link !== undefined;
}
