/** Matches on what is known of a packet, on header fields and on chance. */
import { TTL } from '../../headers/ipv4-wire.js';
import type { Port } from '../port.js';
import type { Asked, Condition, ConditionKind } from './conditions.js';
import { STATUS, Tracked, UNTRACKED } from './connection.js';
import type { Inspection } from './inspection.js';
import type { Conditions } from './rule-spec.js';
import { hex, maskedOf, maskedText, numberOf, wrong } from './values.js';

const TOS_AT = 1;
const DSCP_SHIFT = 2;
const MAX_DSCP = 63;
const MAX_COMMENT = 255;

/** The states, in the order in which iptables prints them. */
const STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'] as const;

/** Classes of RFC 2597, RFC 3246 and RFC 2474. */
const CLASSES: Readonly<Record<string, number>> = {
  BE: 0,
  EF: 46,
  ...Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].map((n) => [`CS${n}`, n * 8])),
  ...Object.fromEntries(
    [1, 2, 3, 4].flatMap((n) => [1, 2, 3].map((drop) => [`AF${n}${drop}`, n * 8 + drop * 2])),
  ),
};

const sign = (not: boolean): string => (not ? '! ' : '');

type Field = keyof Conditions;
type Options = Partial<Pick<ConditionKind, 'words' | 'negatable'>>;

function kind(
  field: Field,
  flags: readonly string[],
  module: string,
  compile: ConditionKind['compile'],
  { words = 1, negatable = true }: Options = {},
): ConditionKind {
  return { field, flags, module, words, negatable, compile };
}

/** Of a packet's connection: bits in the order of `STATES`. */
function stateOf(connection: object | undefined): number {
  if (connection === undefined) return 1;
  if (connection === UNTRACKED) return 16;
  if (!(connection instanceof Tracked)) return 1;
  const { state } = connection;
  const bit = state === 'NEW' ? 2 : state === 'RELATED' ? 4 : 8;
  const { status } = connection.connection;
  const source = (status & STATUS.SRC_NAT) !== 0 ? 32 : 0;
  return bit | source | ((status & STATUS.DST_NAT) !== 0 ? 64 : 0);
}

function state(asked: Asked): Condition {
  const { not } = asked;
  const bits = asked.text.split(',').reduce((sum, word) => {
    const place = (STATES as readonly string[]).indexOf(word);
    if (place < 0) wrong({ ...asked, text: word }, `states of ${STATES.join(', ')}`);
    return sum | (1 << place);
  }, 0);
  const text = STATES.filter((_name, place) => (bits & (1 << place)) !== 0).join(',');
  return {
    matches: ({ frame }) => ((stateOf(frame.connection) & bits) !== 0) !== not,
    saved: `${sign(not)}--ctstate ${text}`,
    listed: `${sign(not)}ctstate ${text}`,
  };
}

function marked(title: string, markOf: (packet: Inspection) => number) {
  return (asked: Asked): Condition => {
    const { not } = asked;
    const [value, mask] = maskedOf(asked);
    const text = maskedText(value, mask);
    return {
      matches: (packet) => ((markOf(packet) & mask) >>> 0 === value) !== not,
      saved: `${sign(not)}--mark ${text}`,
      listed: `${title} ${sign(not)}${text}`,
    };
  };
}

function ttl(flag: string, sense: string, is: (ttl: number, value: number) => boolean) {
  return (asked: Asked): Condition => {
    const value = numberOf(asked, 255);
    const { not } = asked;
    return {
      matches: ({ frame }) => is(frame.view.getUint8(frame.network + TTL), value) !== not,
      saved: `${sign(not)}${flag} ${value}`,
      listed: `TTL match TTL ${not ? '!=' : sense} ${value}`,
    };
  };
}

function tos(asked: Asked): Condition {
  const [value, mask] = maskedOf(asked, 0xff);
  const { not } = asked;
  const text = `${hex(value, 2)}/${hex(mask, 2)}`;
  return {
    matches: ({ frame }) =>
      ((frame.view.getUint8(frame.network + TOS_AT) & mask) === value) !== not,
    saved: `${sign(not)}--tos ${text}`,
    listed: `tos match${not ? '!' : ''}${text}`,
  };
}

/** `EF`, `CS1`, `0x2e`, `46`. Throws `BAD_OPTION`. */
export function dscpOf(asked: { readonly flag: string; readonly text: string }): number {
  return CLASSES[asked.text.toUpperCase()] ?? numberOf(asked, MAX_DSCP);
}

function dscp(asked: Asked): Condition {
  const value = dscpOf(asked);
  const { not } = asked;
  return {
    matches: ({ frame }) =>
      (frame.view.getUint8(frame.network + TOS_AT) >>> DSCP_SHIFT === value) !== not,
    saved: `${sign(not)}--dscp ${hex(value, 2)}`,
    listed: `DSCP match ${not ? '!' : ''}${hex(value, 2)}`,
  };
}

function physical(flag: string, portOf: (packet: Inspection) => Port | undefined) {
  return (asked: Asked): Condition => {
    const is = nameTest(asked.text);
    const { not } = asked;
    const saved = `${sign(not)}${flag} ${asked.text}`;
    return {
      matches(packet) {
        const port = portOf(packet);
        return (port !== undefined && is(port.name)) !== not;
      },
      saved,
      listed: saved,
    };
  };
}

/** A test for a name, or with `+` for all names that begin so. */
export function nameTest(text: string): (name: string) => boolean {
  if (!text.endsWith('+')) return (name) => name === text;
  const start = text.slice(0, -1);
  return (name) => name.startsWith(start);
}

function bridged({ not }: Asked): Condition {
  const saved = `${sign(not)}--physdev-is-bridged`;
  return { matches: (packet) => packet.bridged !== not, saved, listed: saved };
}

function probability(asked: Asked): Condition {
  const value = Number(asked.text);
  // With an exponent, too, as JavaScript writes small numbers.
  if (!/^(\d+\.?\d*|\.\d+)(e-\d+)?$/.test(asked.text) || value > 1)
    wrong(asked, 'a probability from 0 to 1');
  // As the kernel keeps it: in 2 ** 31 parts.
  const parts = Math.round(value * 0x80000000);
  const { not } = asked;
  const text = `${sign(not)}--probability ${(parts / 0x80000000).toFixed(11)}`;
  return {
    matches: ({ services }) => services.random.next() >>> 1 < parts !== not,
    saved: `--mode random ${text}`,
    listed: `statistic mode random ${text.replace('--', '')}`,
  };
}

function every(asked: Asked, { packet }: Conditions): Condition {
  const count = numberOf(asked, 0xffffffff, 1);
  const which = numberOf({ flag: '--packet', text: String(packet ?? 0) }, count - 1);
  const { not } = asked;
  let next = which;
  return {
    matches() {
      const is = next === 0;
      next = is ? count - 1 : next - 1;
      return is !== not;
    },
    saved: `--mode nth ${sign(not)}--every ${count} --packet ${which}`,
    listed: `statistic mode nth ${sign(not)}every ${count}${which > 0 ? ` packet ${which}` : ''}`,
  };
}

function packet(asked: Asked, { every: count }: Conditions): Condition {
  if (count === undefined) wrong(asked, '--every with it');
  return ALREADY;
}

function comment(asked: Asked): Condition {
  if (asked.text.length > MAX_COMMENT) wrong(asked, `at most ${MAX_COMMENT} characters`);
  return {
    matches: () => true,
    saved: `--comment ${quoted(asked.text)}`,
    listed: `/* ${asked.text} */`,
  };
}

/** As `iptables-save` quotes: only where it must. */
export function quoted(text: string): string {
  return /^[\w.,:/-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** What another option of the same rule asks with it. */
const ALREADY: Condition = { matches: () => true, saved: '', listed: '' };

const NEVER = { negatable: false } as const;

/** In the order in which they are asked. */
export const META_CONDITIONS: readonly ConditionKind[] = [
  kind('state', ['--ctstate', '--state'], 'conntrack', state),
  kind(
    'mark',
    ['--mark'],
    'mark',
    marked('mark match', ({ frame }) => frame.mark),
  ),
  kind('connectionMark', ['--mark'], 'connmark', marked('connmark match ', connectionMark)),
  kind(
    'ttl',
    ['--ttl-eq', '--ttl'],
    'ttl',
    ttl('--ttl-eq', '==', (a, b) => a === b),
  ),
  kind(
    'ttlBelow',
    ['--ttl-lt'],
    'ttl',
    ttl('--ttl-lt', '<', (a, b) => a < b),
    NEVER,
  ),
  kind(
    'ttlAbove',
    ['--ttl-gt'],
    'ttl',
    ttl('--ttl-gt', '>', (a, b) => a > b),
    NEVER,
  ),
  kind('tos', ['--tos'], 'tos', tos),
  kind('dscp', ['--dscp', '--dscp-class'], 'dscp', dscp),
  kind(
    'physicalIn',
    ['--physdev-in'],
    'physdev',
    physical('--physdev-in', (p) => p.physicalInput),
  ),
  kind(
    'physicalOut',
    ['--physdev-out'],
    'physdev',
    physical('--physdev-out', (p) => p.physicalOutput),
  ),
  kind('bridged', ['--physdev-is-bridged'], 'physdev', bridged, { words: 0 }),
  kind('probability', ['--probability'], 'statistic', probability),
  kind('every', ['--every'], 'statistic', every),
  kind('packet', ['--packet'], 'statistic', packet, NEVER),
  kind('comment', ['--comment'], 'comment', comment, NEVER),
];

function connectionMark({ frame }: Inspection): number {
  return frame.connection instanceof Tracked ? frame.connection.connection.mark : 0;
}
