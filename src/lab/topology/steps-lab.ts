/** Steps that the one who runs the lab takes: waiting, cutting cables, saying something. */
import { SECOND, Timer } from '../clock.js';
import type { Device } from '../device.js';
import { reference } from './network.js';
import { isObject, object, oneOrMore, optional, required, text } from './shape.js';
import { done, type StepKind, stepOf } from './step.js';
import { DURATION } from './values.js';

/** Waits. */
export const WAIT: StepKind = stepOf(
  'wait',
  'lets time pass: 5s',
  DURATION,
  ({ lab }, time) =>
    () => {
      const timer = new Timer(() => {});
      lab.clock.after(timer, time);
      return {
        get over() {
          return !timer.pending;
        },
        end: () => ({ title: `wait ${time / SECOND} s`, lines: [] }),
      };
    },
);

const LINK_NAME = reference('the name of a link, or a port such as A:eth0');

/** Cuts a cable. */
export const DOWN: StepKind = cable('down', 'cuts a link, named by itself or by a port', false);
/** Mends it. */
export const UP: StepKind = cable('up', 'mends it', true);

function cable(name: string, about: string, up: boolean): StepKind {
  return stepOf(name, about, LINK_NAME, (network, said) => {
    const link = network.link(said);
    if (link === undefined) return undefined;
    return () => {
      link.up = up;
      return done(`${name} ${link.name}`);
    };
  });
}

const SAY_OBJECT = object('say', {
  text: required(text(), 'the words'),
  over: optional(oneOrMore(reference('the name of a device')), 'the devices (absent: all)'),
});
const WORDS = text(`a text, or ${SAY_OBJECT.expected}`);
const SAY_SHAPE: typeof SAY_OBJECT = {
  ...SAY_OBJECT,
  expected: WORDS.expected,
  read(value, place) {
    if (isObject(value)) return SAY_OBJECT.read(value, place);
    const text = WORDS.read(value, place);
    return text === undefined ? undefined : { text };
  },
};

/** Says something, as a narrator does. */
export const SAY: StepKind = stepOf(
  'say',
  'a note in the diagram: a text, or an object',
  SAY_SHAPE,
  (network, said) => {
    const named = said.over?.map((one) => network.device(one));
    const chosen = named ?? [...network.devices.values()];
    const devices = chosen.filter((one): one is Device => one !== undefined);
    return () => {
      network.lab.remark(devices, said.text);
      return done(`# ${said.text}`);
    };
  },
);

/** Forgets neighbours. */
export const FLUSH: StepKind = stepOf(
  'flush',
  'a host forgets its neighbours, as by `ip neigh flush all`',
  reference('the name of a host'),
  (network, said) => {
    const host = network.host(said);
    if (host === undefined) return undefined;
    return () => {
      for (const { neighbours } of host.ip.interfaces) neighbours.flush();
      return done(`flush ${said.text}`);
    };
  },
);
