/** The values of rules, as iptables writes them. Errors name the option and the word that is wrong. */
import { formatIpv4, parseIpv4 } from '../../bytes/address.js';
import { PacketError } from '../../bytes/error.js';
import type { NatRange } from './nat.js';

/** A value with what it is given to: `--dport`. */
export interface Given {
  readonly flag: string;
  readonly text: string;
}

/** Throws `BAD_OPTION`: what the word is not. */
export function wrong({ flag, text }: Given, expected: string): never {
  throw new PacketError('BAD_OPTION', `${flag} ${text}: expected ${expected}`);
}

/** A whole number, decimal or as 0x…, of `min` to `max`. */
export function numberOf(given: Given, max = 0xffffffff, min = 0): number {
  const { text } = given;
  const value = /^(\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : -1;
  if (value >= min && value <= max) return value;
  return wrong(given, `a number from ${min} to ${max}`);
}

/** `0x1/0xff`; the mask is all ones where there is none. */
export function maskedOf({ flag, text }: Given, max = 0xffffffff): readonly [number, number] {
  const [value = '', mask, ...rest] = text.split('/');
  if (rest.length > 0) wrong({ flag, text }, 'VALUE or VALUE/MASK');
  return [
    numberOf({ flag, text: value }, max),
    mask === undefined ? max : numberOf({ flag, text: mask }, max),
  ];
}

/** `80` or `1024:2048`, `:1023`, `1024:`. */
export function portRange(
  { flag, text }: Given,
  between = ':',
  least = 0,
): readonly [number, number] {
  const [first = '', last, ...rest] = text.split(between);
  const port = (word: string, usual: number): number => {
    if (word === '' && last !== undefined && between === ':') return usual;
    if (/^\d+$/.test(word) && Number(word) >= least && Number(word) <= 65535) return Number(word);
    return wrong({ flag, text }, `a port from ${least} to 65535, or FIRST${between}LAST`);
  };
  const from = port(first, 0);
  const to = last === undefined ? from : port(last, 65535);
  if (rest.length > 0 || to < from) wrong({ flag, text }, `FIRST${between}LAST, the lower first`);
  return [from, to];
}

/** `8080` or `40001-40999`: ports that a translation gives, which are never 0. */
export function givenPorts(given: Given): readonly [number, number] {
  return portRange(given, '-', 1);
}

/** As `portRange` reads it. */
export function portRangeText([first, last]: readonly [number, number], between = ':'): string {
  return first === last ? String(first) : `${first}${between}${last}`;
}

/** `10.244.1.5`, `10.244.1.5:8080`, `10.244.1.5-10.244.1.9:8080-8090`, `:8080`. */
export function natRange(given: Given): NatRange {
  const [addressText = '', portText, ...rest] = given.text.split(':');
  const expected = 'ADDRESS[-ADDRESS][:PORT[-PORT]]';
  if (rest.length > 0 || given.text === '') wrong(given, expected);
  const range: { -readonly [K in keyof NatRange]: NatRange[K] } = {};
  if (addressText !== '') {
    const words = addressText.split('-').map(parseIpv4);
    const [first = -1, last = first] = words;
    if (first < 0 || last < first || words.length > 2) wrong(given, expected);
    range.addresses = [first | 0, last | 0];
  }
  if (portText !== undefined) range.ports = givenPorts({ flag: given.flag, text: portText });
  return range;
}

/** As `natRange` reads it. */
export function natRangeText({ addresses, ports }: NatRange): string {
  const parts = addresses?.map((word) => formatIpv4(word >>> 0)) ?? [];
  const text = parts[0] === parts[1] ? (parts[0] ?? '') : parts.join('-');
  return ports === undefined ? text : `${text}:${portRangeText(ports, '-')}`;
}

/** `0x1/0xff`, without the mask where it is all ones. */
export function maskedText(value: number, mask: number, all = 0xffffffff): string {
  return mask === all ? hex(value) : `${hex(value)}/${hex(mask)}`;
}

/** `0x1f`. */
export function hex(value: number, digits = 1): string {
  return `0x${(value >>> 0).toString(16).padStart(digits, '0')}`;
}
