/**
 * What a topology may say. The table below checks it and prints it; in short:
 *
 * ```yaml
 * seed: 1                          # of all chance in it
 * devices:                         # by their names
 *   A:
 *     kind: host                   # or router, nat, switch, namespace, vtep
 *     title: Host A
 *     interfaces: { eth0: { address: 192.168.1.10/24 } }
 *     gateway: 192.168.1.1
 *   R:
 *     kind: router
 *     interfaces: { eth0: { address: 192.168.1.1/24 }, eth1: { address: 203.0.113.50/24 } }
 * links:
 *   - [A:eth0, R:eth0]             # a cable; or with what it is like:
 *   - { ends: [R:eth1, outside], name: uplink, latency: 1ms, bandwidth: 1Gbit, loss: 1% }
 * run:                             # one step after the other
 *   - ping: { from: A, to: R, count: 3, expect: reply }
 *   - wait: 5s
 *   - down: A:eth0
 *   - ping: { from: A, to: R, expect: timeout }
 * taps: [A:eth0]                   # the links that are captured (absent: all)
 * until: 1min                      # when it ends (absent: when nothing happens any more)
 * ```
 */
import { DEVICE } from './kinds.js';
import { LINK } from './links.js';
import { reference } from './network.js';
import { each, object, optional, record, type Shape, whole } from './shape.js';
import { STEP } from './steps.js';
import { DURATION, isName, NAMES } from './values.js';

/** All that a topology may say. */
export const TOPOLOGY = object('a topology', {
  seed: optional(whole(0, Number.MAX_SAFE_INTEGER), 'of all chance in it (absent: 1)'),
  devices: optional(record('NAME', DEVICE, isName, NAMES), 'what the network is made of'),
  links: optional(each(LINK), 'what joins their ports'),
  run: optional(each(STEP), 'what happens, one step after the other'),
  taps: optional(
    each(reference('the name of a link, or a port such as A:eth0')),
    'the links that are captured (absent: all)',
  ),
  until: optional(
    DURATION,
    'when the lab ends, counted from its beginning (absent: when nothing happens any more)',
  ),
});

/** The whole format as a table: a line a key, indented as the keys are. */
export function topologyFormat(): string[] {
  return linesOf(TOPOLOGY, '', '', new Set());
}

const COLUMN = 34;

/**
 * `bullet`: what stands in front of the first key, or of each where only one of them may be there.
 * `seen`: what stands further up already.
 */
function linesOf(
  shape: Shape<unknown>,
  indent: string,
  bullet: string,
  seen: Set<Shape<unknown>>,
): string[] {
  return shape.parts.flatMap((part, i) => {
    const { key, about, required, shape: inner } = part;
    const isItem = key === '[]';
    const isParent = inner.parts.length > 0;
    const known = isParent && seen.has(inner);
    if (isParent) seen.add(inner);
    if (isItem && isParent && !known) return linesOf(inner, indent, '- ', seen);
    const isFirst = i === 0 || shape.oneKey === true;
    const mark = isFirst ? bullet : ' '.repeat(bullet.length);
    const name = `${indent}${mark}${isItem ? '-' : key}${required ? ' (needed)' : ''}`;
    const what = known ? 'as above' : isParent ? '' : inner.expected;
    const words = [about, what].filter((one) => one !== '');
    const line = `${name.padEnd(COLUMN)} ${words.join(': ')}`.trimEnd();
    if (known) return [line];
    return [line, ...linesOf(inner, `${indent}${' '.repeat(bullet.length)}  `, '', seen)];
  });
}
