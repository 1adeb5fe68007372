/** What a caller gets wrong is told as a PacketError, in words; bytes never are. */
import { describe, expect, it } from 'vitest';
import {
  build,
  ethernet,
  ipv4,
  PacketError,
  type PacketErrorCode,
  parse,
  udp,
  vxlan,
} from '../../src/index.js';

/** As JavaScript would call it, which no type stops. */
// biome-ignore lint/suspicious/noExplicitAny: the wrong types are the point
type Loose = any;

function errorOf(call: () => unknown): PacketError {
  try {
    call();
  } catch (error) {
    if (error instanceof PacketError) return error;
    throw error;
  }
  throw new Error('it did not throw');
}

const cases: readonly [string, PacketErrorCode, () => unknown][] = [
  ['parts that are no list', 'BAD_SPEC', () => build(null as Loose)],
  ['a part that is undefined', 'BAD_SPEC', () => build([ethernet(), undefined as Loose])],
  ['payload in front of a layer', 'BAD_SPEC', () => build(['hello', udp()])],
  ['padTo under 0', 'BAD_OPTION', () => build([], { padTo: -1 })],
  ['padTo that is no whole number', 'BAD_OPTION', () => build([], { padTo: 20.5 })],
  ['padTo that is no number', 'BAD_OPTION', () => build([], { padTo: Number.NaN })],
  ['padTo past all frames', 'BAD_OPTION', () => build([], { padTo: 2 ** 40 })],
  ['a misspelt field', 'UNKNOWN_FIELD', () => udp({ dstport: 53 } as Loose)],
  ['fields that are null', 'BAD_VALUE', () => udp(null as Loose)],
  ['a trailer of text', 'BAD_VALUE', () => udp({}, 'tail' as Loose)],
  ['VXLAN around bare IP', 'BAD_SPEC', () => build([udp(), vxlan(), ipv4()])],
  ['a layer that no number leads to', 'BAD_VALUE', () => build([ethernet(), udp()])],
  ['no bytes to parse', 'BAD_VALUE', () => parse(null as Loose)],
  ['a buffer instead of bytes', 'BAD_VALUE', () => parse(new ArrayBuffer(60) as Loose)],
  [
    'a depth that is no number',
    'BAD_OPTION',
    () => parse(new Uint8Array(9), { maxDepth: Number.NaN }),
  ],
  ['a depth of 0', 'BAD_OPTION', () => parse(new Uint8Array(9), { maxDepth: 0 })],
  ['a wire length under 0', 'BAD_OPTION', () => parse(new Uint8Array(9), { wireLength: -1 })],
];

describe('misuse', () => {
  it.each(cases)('%s is %s', (_what, code, call) => {
    expect(errorOf(call).code).toBe(code);
  });

  it('of a name is told whatever keys the calls before had', () => {
    const misspelt = (): unknown => udp({ srcPort: 1, dstport: 53 } as Loose);
    udp({ srcPort: 1, dstPort: 53 });
    for (let times = 0; times < 3; times++) {
      expect(errorOf(misspelt).code).toBe('UNKNOWN_FIELD');
      udp({ dstPort: 53, srcPort: 1 });
      udp({ length: 8 });
    }
    // What is a field of another layer is none of this one.
    ipv4({ src: '10.0.0.1' });
    expect(errorOf(() => udp({ src: '10.0.0.1' } as Loose)).code).toBe('UNKNOWN_FIELD');
  });

  it('of a name says which one may have been meant', () => {
    expect(errorOf(() => udp({ dstport: 53 } as Loose)).message).toBe(
      'udp has no field dstport; did you mean dstPort?',
    );
  });
});
