import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/bytes/error.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import type { Ipv4Option } from '../../src/headers/ipv4-options.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { valuesOf } from '../support/names.js';

const optionsOf = (name: string): Ipv4Option[] | undefined =>
  parse(fixture(name)).layer('ipv4')?.options;
const codes = (name: string): string[] => parse(fixture(name)).problems.map((p) => p.code);

const bytesOf = (options: readonly Ipv4Option[] | Uint8Array): number[] => {
  const frame = build([ethernet(), ipv4({ options })]);
  return [...frame.slice(34, 14 + ((frame[14] as number) & 15) * 4)];
};

describe('IPv4 options', () => {
  it.each<[string, Ipv4Option[]]>([
    [
      'ipv4-record-route',
      [
        { kind: 'recordRoute', pointer: 8, addresses: ['10.1.0.1', '0.0.0.0', '0.0.0.0'] },
        { kind: 'end' },
      ],
    ],
    [
      'ipv4-timestamp-0',
      [
        {
          kind: 'timestamp',
          pointer: 13,
          overflow: 2,
          flag: 0,
          entries: [{ time: 1000 }, { time: 2000 }],
        },
      ],
    ],
    [
      'ipv4-timestamp-1',
      [
        {
          kind: 'timestamp',
          pointer: 13,
          overflow: 0,
          flag: 1,
          entries: [
            { address: '10.1.0.1', time: 1000 },
            { address: '0.0.0.0', time: 0 },
          ],
        },
      ],
    ],
    [
      'ipv4-timestamp-3',
      [
        {
          kind: 'timestamp',
          pointer: 13,
          overflow: 0,
          flag: 3,
          entries: [
            { address: '10.1.0.1', time: 1000 },
            { address: '10.2.0.1', time: 0 },
          ],
        },
      ],
    ],
    ['ipv4-router-alert', [{ kind: 'routerAlert', value: 0 }]],
    [
      'ipv4-loose-source-route',
      [
        { kind: 'looseSourceRoute', pointer: 4, addresses: ['10.1.0.1', '203.0.113.9'] },
        { kind: 'end' },
      ],
    ],
    [
      'ipv4-strict-source-route',
      [
        { kind: 'nop' },
        { kind: 'strictSourceRoute', pointer: 8, addresses: ['10.1.0.1', '203.0.113.9'] },
      ],
    ],
    [
      'ipv4-unknown-option',
      [{ kind: 222, data: Uint8Array.of(1, 2, 3, 4) }, { kind: 'nop' }, { kind: 'end' }],
    ],
    ['ipv4-nop-end', [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'nop' }, { kind: 'end' }]],
  ])('of %s.hex are read, without a problem, and written as they were', (name, options) => {
    expect(optionsOf(name)).toEqual(options);
    expect(codes(name)).toEqual([]);
    const header = parse(fixture(name)).layer('ipv4')?.headerBytes ?? new Uint8Array();
    expect(bytesOf(options)).toEqual([...header.slice(20)]);
  });

  it('behind the end are kept as bytes; a problem where they are not 0', () => {
    expect(optionsOf('ipv4-bytes-after-end')).toEqual([
      { kind: 'nop' },
      { kind: 'end' },
      { kind: 'raw', data: Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff) },
    ]);
    expect(parse(fixture('ipv4-bytes-after-end')).problems).toMatchObject([
      { code: 'IPV4_BYTES_AFTER_END_OF_OPTIONS', offset: 36, bits: 48, field: 'options' },
    ]);
  });

  it.each([
    ['ipv4-option-length-0', [7, 0, 0, 0]],
    ['ipv4-option-length-1', [7, 1, 0, 0]],
    ['ipv4-option-past-end', [7, 11, 4, 0]],
  ])(
    'of %s.hex stop at the wrong length: those before are kept, the packet goes on',
    (name, rest) => {
      expect(optionsOf(name)).toEqual([
        { kind: 'routerAlert', value: 0 },
        { kind: 'raw', data: Uint8Array.from(rest) },
      ]);
      expect(codes(name)).toEqual(['IPV4_OPTION_LENGTH']);
      expect(new TextDecoder().decode(parse(fixture(name)).payload)).toBe('options');
    },
  );

  it('fill up to 40 bytes and no more', () => {
    expect(optionsOf('ipv4-options-full')?.[0]).toMatchObject({ kind: 'recordRoute', pointer: 40 });
    expect(bytesOf(new Uint8Array(40).fill(1)).length).toBe(40);
    expect(() => bytesOf(new Uint8Array(41))).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE', layer: 'ipv4', field: 'options' }),
    );
  });

  it('are padded with zeros to four bytes, given as a list or as bytes', () => {
    expect(bytesOf([{ kind: 'nop' }])).toEqual([1, 0, 0, 0]);
    expect(bytesOf(Uint8Array.of(1, 2, 3, 4, 5))).toEqual([1, 2, 3, 4, 5, 0, 0, 0]);
    expect(bytesOf([])).toEqual([]);
  });

  it('of a known kind that are not in its form are kept as bytes', () => {
    const router = Uint8Array.of(148, 3, 9, 0);
    const frame = build([ethernet(), ipv4({ options: router }), 'data']);
    expect(parse(frame).layer('ipv4')?.options).toEqual([
      { kind: 148, data: Uint8Array.of(9) },
      { kind: 'end' },
    ]);
    const timestamp = Uint8Array.of(68, 6, 5, 0, 1, 2, 1, 0);
    const other = build([ethernet(), ipv4({ options: timestamp }), 'data']);
    expect(parse(other).layer('ipv4')?.options[0]).toMatchObject({ kind: 68 });
    expect(build(parse(other).toSpec())).toEqual(other);
  });

  it('have a pointer at the first free slot where none is given', () => {
    expect(bytesOf([{ kind: 'recordRoute', addresses: ['0.0.0.0'] }]).slice(0, 3)).toEqual([
      7, 7, 4,
    ]);
    const times: Ipv4Option = { kind: 'timestamp', entries: [{ time: 1 }] };
    expect(bytesOf([times])).toEqual([68, 8, 5, 0, 0, 0, 0, 1]);
    const stamps: Ipv4Option = { kind: 'timestamp', entries: [{ address: '1.2.3.4', time: 1 }] };
    expect(bytesOf([stamps])).toEqual([68, 12, 5, 1, 1, 2, 3, 4, 0, 0, 0, 1]);
  });

  it.each<[string, unknown]>([
    ['a number for the list', 5],
    ['null for the list', null],
    ['null for an option', [null]],
    ['a route without addresses', [{ kind: 'recordRoute' }]],
    ['a timestamp without entries', [{ kind: 'timestamp' }]],
    ['a null entry', [{ kind: 'timestamp', entries: [null] }]],
    ['a router alert without a value', [{ kind: 'routerAlert' }]],
  ])('refuse %s as misuse, with a PacketError', (_, options) => {
    expect(() => bytesOf(options as Ipv4Option[])).toThrow(PacketError);
  });

  it('give names for kind, length, pointer and router alert', () => {
    expect(valuesOf(fixture('ipv4-strict-source-route'), 'ip.opt.type')).toEqual([1, 137]);
    expect(valuesOf(fixture('ipv4-strict-source-route'), 'ip.opt.len')).toEqual([11]);
    expect(valuesOf(fixture('ipv4-strict-source-route'), 'ip.opt.ptr')).toEqual([8]);
    expect(valuesOf(fixture('ipv4-router-alert'), 'ip.opt.ra')).toEqual([0]);
  });
});
