import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/bytes/error.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { tcp } from '../../src/headers/tcp.js';
import {
  endOfOptions,
  mss,
  nop,
  sack,
  sackPermitted,
  type TcpOption,
  timestamps,
  windowScale,
} from '../../src/headers/tcp-options.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { valuesOf } from '../support/names.js';
import { codesOf } from '../support/problems.js';

const optionsOf = (name: string): TcpOption[] | undefined =>
  parse(fixture(name)).layer('tcp')?.options;
const codes = (name: string): string[] => parse(fixture(name)).problems.map((p) => p.code);
const block = (i: number) => ({ left: 1000 * i, right: 1000 * i + 500 });

const bytesOf = (options: readonly TcpOption[] | Uint8Array): number[] => {
  const frame = build([ethernet(), ipv4(), tcp({ options })]);
  return [...frame.slice(54)];
};

describe('TCP options', () => {
  it.each<[string, TcpOption[]]>([
    ['tcp-syn', [mss(1460), sackPermitted, timestamps(1, 0), nop, windowScale(7)]],
    ['tcp-sack-1', [nop, nop, sack(block(1))]],
    ['tcp-sack-2', [nop, nop, sack(block(1), block(2))]],
    ['tcp-sack-3', [nop, nop, sack(block(1), block(2), block(3))]],
    ['tcp-sack-4', [nop, nop, sack(block(1), block(2), block(3), block(4))]],
    [
      'tcp-fast-open',
      [{ kind: 34, data: Uint8Array.of(0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77) }, nop, nop],
    ],
    ['tcp-unknown-option', [{ kind: 254, data: Uint8Array.of(0xf9, 0x89, 1, 2) }, endOfOptions]],
  ])('of %s.hex are read, without a problem, and written as they were', (name, options) => {
    expect(optionsOf(name)).toEqual(options);
    expect(codes(name)).toEqual([]);
    const header = parse(fixture(name)).layer('tcp')?.headerBytes ?? new Uint8Array();
    expect(bytesOf(options)).toEqual([...header.slice(20)]);
  });

  it('of a known kind that are not in its form are kept as kind and bytes', () => {
    expect(optionsOf('tcp-option-wrong-size')).toEqual([
      { kind: 2, data: Uint8Array.of(5) },
      { kind: 3, data: Uint8Array.of(7, 7) },
      { kind: 4, data: Uint8Array.of(0) },
      { kind: 5, data: Uint8Array.of(1, 2, 3) },
      { kind: 8, data: Uint8Array.of(0, 1) },
      nop,
    ]);
    const names = ['mss_val', 'wscale.shift', 'sack_le', 'sack_re', 'timestamp.tsval'];
    for (const name of names) {
      expect(valuesOf(fixture('tcp-option-wrong-size'), `tcp.options.${name}`)).toEqual([]);
    }
  });

  it.each([
    ['tcp-option-length-0', [8, 0, 0, 0]],
    ['tcp-option-length-1', [8, 1, 0, 0]],
    ['tcp-option-past-end', [8, 10, 0, 0]],
  ])('of %s.hex stop at the wrong length: those before are kept, and the payload', (name, rest) => {
    expect(optionsOf(name)).toEqual([mss(1460), { kind: 'raw', data: Uint8Array.from(rest) }]);
    expect(parse(fixture(name)).problems[0]).toMatchObject({
      code: 'TCP_OPTION_LENGTH',
      offset: 58,
      bits: 32,
      field: 'options',
    });
    expect(new TextDecoder().decode(parse(fixture(name)).payload)).toBe('data');
  });

  it('behind the end are kept as bytes; a problem where they are not 0', () => {
    expect(optionsOf('tcp-bytes-after-end')?.at(-1)).toEqual({
      kind: 'raw',
      data: Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff),
    });
    expect(codes('tcp-bytes-after-end')).toEqual(['TCP_BYTES_AFTER_END_OF_OPTIONS']);
  });

  it('are padded with zeros to four bytes, given as a list or as bytes', () => {
    expect(bytesOf([windowScale(7)])).toEqual([3, 3, 7, 0]);
    expect(bytesOf(Uint8Array.of(2, 4, 5, 180, 1))).toEqual([2, 4, 5, 180, 1, 0, 0, 0]);
    expect(bytesOf([])).toEqual([]);
  });

  it('of more than 40 bytes are refused', () => {
    expect(() => bytesOf([sack(...[1, 2, 3, 4, 5].map(block))])).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE', layer: 'tcp', field: 'options' }),
    );
  });

  it('keep zeros behind the end that are more than padding', () => {
    const eight = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0);
    const frame = build([ethernet(), ipv4(), tcp({ options: eight })]);
    expect(codesOf(parse(frame), 'error')).toEqual([]);
    expect(build(parse(frame).toSpec())).toEqual(frame);
  });

  it.each<[string, unknown]>([
    ['a number for the list', 5],
    ['null for the list', null],
    ['null for an option', [null]],
    ['a SACK without blocks', [{ kind: 'sack' }]],
    ['a SACK with a null block', [{ kind: 'sack', blocks: [null] }]],
    ['timestamps without values', [{ kind: 'timestamps' }]],
  ])('refuse %s as misuse, with a PacketError', (_, options) => {
    expect(() => bytesOf(options as TcpOption[])).toThrow(PacketError);
  });

  it('give names for kinds, lengths and values', () => {
    const frame = fixture('tcp-syn');
    expect(valuesOf(frame, 'tcp.option_kind')).toEqual([2, 4, 8, 1, 3]);
    expect(valuesOf(frame, 'tcp.option_len')).toEqual([4, 2, 10, 3]);
    expect(valuesOf(frame, 'tcp.options.mss_val')).toEqual([1460]);
    expect(valuesOf(frame, 'tcp.options.wscale.shift')).toEqual([7]);
    expect(valuesOf(frame, 'tcp.options.timestamp.tsval')).toEqual([1]);
    expect(valuesOf(frame, 'tcp.options.timestamp.tsecr')).toEqual([0]);
    expect(valuesOf(frame, 'tcp.options')).toEqual([frame.slice(54)]);
    expect(valuesOf(fixture('tcp-flags'), 'tcp.options')).toEqual([]);
    const four = fixture('tcp-sack-4');
    expect(valuesOf(four, 'tcp.options.sack_le')).toEqual([1000, 2000, 3000, 4000]);
    expect(valuesOf(four, 'tcp.options.sack_re')).toEqual([1500, 2500, 3500, 4500]);
  });
});
