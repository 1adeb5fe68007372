/** Arguments as people who know tshark write them, made into what yargs reads. */

import { PacketError } from '../bytes/error.js';
import { UsageError } from './usage.js';

/** Stands for a lone `-`, which yargs takes for an option without a name. */
const DASH = '\u0001-';

/** Options with a value that tshark lets one join to the letter: `-Tfields`, `-c5`. */
const JOINED = /^-([rcTeEtdo])(.+)$/s;
/** Flags that tshark lets one join to each other: `-Vx`. */
const FLAGS = /^-([VxPl]{2,})$/;

/**
 * What yargs is to parse: joined values are split off, a lone `-` is kept for `dash` to find, and
 * behind `--` everything is a name, whatever it begins with.
 */
export function prepareArguments(args: readonly string[]): string[] {
  // What the shell asks when a person presses Tab is words in the making, `--` among them.
  if (args.includes('--get-yargs-completions')) return [...args];
  const end = args.indexOf('--');
  const before = end < 0 ? args : args.slice(0, end);
  const after = end < 0 ? [] : args.slice(end + 1);
  return [
    ...before.flatMap(split),
    ...after.map((name) => (/^-./.test(name) ? `./${name}` : stdin(name))),
  ];
}

function split(argument: string): string[] {
  const joined = JOINED.exec(argument);
  if (joined !== null) return [`-${joined[1]}`, stdin(joined[2] as string)];
  const flags = FLAGS.exec(argument);
  return flags === null ? [stdin(argument)] : [...(flags[1] as string)].map((f) => `-${f}`);
}

function stdin(argument: string): string {
  return argument === '-' ? DASH : argument;
}

/** The argument as it was written. */
export function dash(argument: string): string {
  return argument === DASH ? '-' : argument;
}

/** The argument as it was written; of an option that is there more than once, the last. */
export function lastOf(given: string | readonly string[]): string {
  return dash(typeof given === 'string' ? given : (given.at(-1) ?? ''));
}

/** A message of yargs about arguments as they were written. */
export function readableMessage(message: string): string {
  return message.replaceAll(DASH, '-');
}

/** The options of a verb that have no value, as yargs lists them. */
export interface KnownFlags {
  readonly boolean: readonly string[];
  /** Those that may be given more than once. */
  readonly count: readonly string[];
}

/** Throws `UsageError` for a value behind a flag, `--vlan=2`: yargs would pass over it. */
export function refuseValues(prepared: readonly string[], { boolean, count }: KnownFlags): void {
  for (const argument of prepared) {
    const [, name = '', value = ''] = /^--([^=]+)=(.*)$/s.exec(argument) ?? [];
    if (count.includes(name)) {
      throw new UsageError(`${argument}: --${name} has no value; for two, give it twice`);
    }
    if (boolean.includes(name) && value !== 'true' && value !== 'false') {
      throw new UsageError(`${argument}: --${name} has no value`);
    }
  }
}

/** An option that has one value; where it is there more than once, the last counts. */
export const ONE_VALUE = { type: 'string', requiresArg: true, coerce: lastOf } as const;

/** Names of files in their places. */
export const FILE_NAMES = {
  type: 'string',
  array: true,
  coerce: (names: string[]): string[] => names.map(dash),
} as const;

/** Options of every command that reads frames: what numbers lead to, and what counts as damage. */
export const FRAME_OPTIONS = {
  d: {
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as string[],
    describe: 'Decode as: udp.port==8472,vxlan',
  },
  'max-record': {
    ...ONE_VALUE,
    describe: 'Bytes of the longest record that is not taken as damage (default 262144)',
  },
} as const;

/** Of commands that print a thing for each argument. */
export const JSON_OPTION = {
  json: { type: 'boolean', default: false, describe: 'Print a JSON object a line' },
} as const;

/** What an argument means, where it is read by the library. Throws `UsageError` with its words. */
export function readArgument<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof PacketError) throw new UsageError(error.message);
    throw error;
  }
}

/** The number that an option was given, or undefined. Throws `BAD_OPTION` for any other text. */
export function wholeOption(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new PacketError('BAD_OPTION', `${option} ${text}: expected a whole number`);
}

/** What an option says, of the few words that it knows. Throws `UsageError`. */
export function oneOf<const T extends string>(
  option: string,
  text: string,
  known: readonly T[],
): T {
  const found = known.find((word) => word === text);
  if (found !== undefined) return found;
  throw new UsageError(`${option} ${text}: there are ${known.join(', ')}`);
}

/**
 * The number that an option was given, decimal or 0x…, or one of the words that stand for one;
 * undefined: the option was not given. Throws `UsageError`.
 */
export function numberOr<const W extends string>(
  option: string,
  text: string | undefined,
  min: number,
  max: number,
  words: readonly W[],
): number | W | undefined {
  if (text === undefined) return undefined;
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  const value = /^(?:\d{1,16}|0x[0-9a-f]{1,14})$/i.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const expected = [`a whole number, ${min}–${max}`, ...words].join(', or ');
  throw new UsageError(`${option} ${text}: expected ${expected}`);
}

/** The number that an option was given, decimal or 0x…. Throws `UsageError`. */
export function numberOption(
  option: string,
  text: string | undefined,
  min: number,
  max: number,
): number | undefined {
  return numberOr<never>(option, text, min, max, []);
}
