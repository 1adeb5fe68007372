import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import {
  Ipv6HopByHopView,
  ipv6HopByHop,
  ipv6HopByHopProtocol,
} from '../../src/headers/ipv6-hop-by-hop.js';
import type { Ipv6Option } from '../../src/headers/ipv6-options.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const PAD_4: Ipv6Option = { kind: 'padN', data: bytes(0, 0, 0, 0) };

headerContract({
  protocol: ipv6HopByHopProtocol,
  View: Ipv6HopByHopView,
  fixture: 'ipv6-hop-by-hop',
  offset: 54,
  bytes: 8,
  fields: {
    nextHeader: 17,
    length: 0,
    options: [
      { kind: 'routerAlert', value: 0 },
      { kind: 'padN', data: bytes() },
    ],
  },
  others: {
    options: {
      setter: false,
      good: [
        [PAD_4],
        [{ kind: 'jumbo', length: 65536 }],
        [{ kind: 'jumbo', length: 0xffffffff }],
        [{ kind: 'rpl', flags: 255, instance: 255, senderRank: 65535 }],
        [{ kind: 0x1a, data: bytes(1, 2, 3, 4) }],
        [{ kind: 255, data: new Uint8Array(252).fill(7) }],
        [{ kind: 'raw', data: bytes(5, 255, 0, 0, 0, 0) }],
        [{ kind: 'raw', data: bytes(9, 9, 9, 9, 9, 9) }],
      ],
      bad: [
        5,
        'pad1',
        {},
        [5],
        [null],
        [{}],
        [{ kind: 'none' }],
        [{ kind: 0, data: bytes() }],
        [{ kind: 256, data: bytes() }],
        [{ kind: 9 }],
        [{ kind: 9, data: new Uint8Array(256) }],
        [{ kind: 'raw', data: [1] }],
        [{ kind: 'padN', data: 'x' }],
        [{ kind: 'routerAlert' }],
        [{ kind: 'routerAlert', value: 65536 }],
        [{ kind: 'jumbo', length: 2 ** 32 }],
        [{ kind: 'rpl', instance: 256, senderRank: 0 }],
        [{ kind: 'homeAddress', address: 'here' }],
        [{ kind: 'homeAddress' }],
        [{ kind: 'raw', data: new Uint8Array(2047) }],
        new Uint8Array(2047),
        new Uint8Array(100_000),
      ],
    },
  },
  computedNames: ['ipv6.hopopts.len_oct'],
});

/** The header that these options make, behind IPv6 and in front of UDP. */
function headerOf(options: readonly Ipv6Option[] | Uint8Array | undefined): Uint8Array {
  const fields = options === undefined ? {} : { options };
  const packet = parse(build([ethernet(), ipv6(), ipv6HopByHop(fields), udp(), 'data']));
  expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv6', 'ipv6HopByHop', 'udp']);
  return packet.layer('ipv6HopByHop')?.headerBytes ?? bytes();
}

describe('hop-by-hop options', () => {
  it('are padded to 8 bytes: by one byte with Pad1, by more with PadN', () => {
    expect([...headerOf(undefined)]).toEqual([17, 0, 1, 4, 0, 0, 0, 0]);
    expect([...headerOf([{ kind: 9, data: bytes(1, 2, 3) }])]).toEqual([17, 0, 9, 3, 1, 2, 3, 0]);
    expect([...headerOf([{ kind: 9, data: bytes(1, 2) }])]).toEqual([17, 0, 9, 2, 1, 2, 1, 0]);
    expect([...headerOf([{ kind: 'pad1' }])]).toEqual([17, 0, 0, 1, 3, 0, 0, 0]);
    expect(headerOf([{ kind: 9, data: bytes(1, 2, 3, 4, 5) }]).length).toBe(16);
    expect([...headerOf(bytes(9, 0))]).toEqual([17, 0, 9, 0, 1, 2, 0, 0]);
  });

  it('take PadN without data as two bytes', () => {
    expect([...headerOf([{ kind: 'padN' }, { kind: 'padN' }, { kind: 'padN' }])]).toEqual([
      17, 0, 1, 0, 1, 0, 1, 0,
    ]);
  });

  it('are at most what a length of 255 counts', () => {
    expect(headerOf(new Uint8Array(2046)).length).toBe(2048);
    expect(() => headerOf(new Uint8Array(2047))).toThrow(/there is room for 2046/);
  });

  it('are kept in their order, however often they come', () => {
    const options = parse(fixture('ipv6-options-many')).layer('ipv6HopByHop')?.options ?? [];
    expect(options.slice(0, 9)).toEqual([
      { kind: 'pad1' },
      { kind: 'pad1' },
      { kind: 'routerAlert', value: 0 },
      { kind: 'routerAlert', value: 0 },
      { kind: 0x1a, data: bytes(1, 2, 3) },
      { kind: 'pad1' },
      { kind: 'rpl', flags: 0xa0, instance: 0x1e, senderRank: 0x100 },
      { kind: 0x3e, data: bytes(7) },
      { kind: 0x1a, data: bytes() },
    ]);
  });

  it('name the action and the change bit of every type', () => {
    const frame = fixture('ipv6-options-many');
    expect(valuesOf(frame, 'ipv6.opt.type').slice(0, 7)).toEqual([0, 0, 5, 5, 0x1a, 0, 0x63]);
    expect(valuesOf(frame, 'ipv6.opt.type.action').slice(0, 4)).toEqual([0, 0, 0, 1]);
    expect(valuesOf(frame, 'ipv6.opt.type.change').slice(0, 4)).toEqual([0, 0, 0, 1]);
    expect(valuesOf(frame, 'ipv6.opt.type.rest').slice(0, 4)).toEqual([5, 5, 0x1a, 3]);
  });

  it('are kept as bytes where an option has not the form of its type', () => {
    const packet = parse(fixture('ipv6-option-size'));
    expect(packet.layer('ipv6HopByHop')?.options[0]).toEqual({ kind: 5, data: bytes(0) });
    expect(packet.problems).toMatchObject([{ code: 'IPV6HOPBYHOP_OPTION_SIZE', offset: 56 }]);
  });

  it.each([
    ['ipv6-option-misaligned', 'IPV6HOPBYHOP_OPTION_MISALIGNED', 57],
    ['ipv6-option-misplaced', 'IPV6HOPBYHOP_OPTION_MISPLACED', 56],
    ['ipv6-jumbo-small', 'IPV6HOPBYHOP_JUMBO_UNDER_65536', 56],
  ])('of %s have a problem at the option, and the payload is decoded', (name, code, offset) => {
    const packet = parse(fixture(name));
    expect(packet.problems).toContainEqual(
      expect.objectContaining({ code, offset, layer: 'ipv6HopByHop', field: 'options' }),
    );
    expect(packet.layer('udp')?.dstPort).toBe(9000);
  });
});

describe('EDGE-CASES 16: an IPv6 option past the end of its header', () => {
  it('is a problem: the options before it are kept, the rest is bytes, the payload is decoded', () => {
    const packet = parse(fixture('ipv6-option-past-end'));
    expect(packet.problems).toMatchObject([{ code: 'IPV6HOPBYHOP_OPTION_PAST_END', offset: 60 }]);
    expect(packet.layer('ipv6HopByHop')?.options).toEqual([
      { kind: 'routerAlert', value: 0 },
      { kind: 'raw', data: bytes(0xc2, 4) },
    ]);
    expect(packet.layer('udp')?.dstPort).toBe(9000);
  });

  it('is one too where its length would be behind the header', () => {
    const packet = parse(fixture('ipv6-option-without-length'));
    expect(packet.problems).toMatchObject([
      { code: 'IPV6DESTINATION_OPTION_PAST_END', offset: 61 },
    ]);
    expect(packet.layer('ipv6Destination')?.options.at(-1)).toEqual({
      kind: 'raw',
      data: bytes(0x1e),
    });
    expect(packet.layer('udp')?.dstPort).toBe(9000);
  });
});
