import { describe, expect, it } from 'vitest';
import { AhView, ah, ahProtocol } from '../../src/headers/ah.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

const icv = new TextEncoder().encode('0123456789ab');

headerContract({
  protocol: ahProtocol,
  View: AhView,
  fixture: 'ipv6-ah',
  offset: 54,
  bytes: 24,
  fields: { nextHeader: 17, length: 4, reserved: 0, spi: 0x100, sequence: 7, icv },
  others: {
    icv: {
      setter: false,
      good: [new Uint8Array(0), new Uint8Array(4).fill(9), new Uint8Array(1016).fill(9)],
      bad: [new Uint8Array(3), new Uint8Array(1020), '0123', [1, 2, 3, 4], 5],
    },
  },
});

headerContract({
  protocol: ahProtocol,
  View: AhView,
  fixture: 'ah-reserved',
  offset: 54,
  bytes: 12,
  fields: {
    nextHeader: 17,
    length: 1,
    reserved: 0xabcd,
    spi: 0x100,
    sequence: 7,
    icv: new Uint8Array(0),
  },
  others: { icv: { setter: false, good: [], bad: [] } },
});

describe('EDGE-CASES 27: the authentication header', () => {
  it('counts its length in words of four bytes, less two', () => {
    expect(valuesOf(fixture('ipv6-ah'), 'ah.length')).toEqual([4]);
    expect(parse(fixture('ipv6-ah')).layer('udp')?.offset).toBe(54 + 24);
    const frame = build([ethernet(), ipv6(), ah({ icv: new Uint8Array(16) }), udp()]);
    expect(parse(frame).layer('ah')?.length).toBe(5);
  });

  it('lets transports keep the pseudo-header of IPv6 and of IPv4', () => {
    for (const name of ['ipv6-ah', 'ipv4-ah']) {
      expect(valuesOf(fixture(name), 'udp.checksum.status'), name).toEqual([1]);
    }
    const frame = build([
      ethernet(),
      ipv4(),
      ah({ icv }),
      udp({ dstPort: 7, checksum: 0x1234 }),
      'x',
    ]);
    expect(parse(frame).problems).toMatchObject([{ code: 'CHECKSUM_BAD', layer: 'udp' }]);
    const without = build([
      ethernet(),
      ipv6(),
      ah({ icv }),
      udp({ dstPort: 7, checksum: 'zero' }),
      'x',
    ]);
    expect(parse(without).problems).toMatchObject([{ code: 'CHECKSUM_ZERO', layer: 'udp' }]);
  });

  it('of less than 12 bytes is no header: its bytes are payload', () => {
    const packet = parse(fixture('ah-length-0'));
    expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv6']);
    expect(packet.problems).toMatchObject([
      { code: 'AH_LENGTH_UNDER_HEADER', offset: 55, need: 1, have: 0 },
    ]);
  });

  it('cut short says how many bytes it needs', () => {
    expect(parse(fixture('cut-ah')).problems).toMatchObject([
      { code: 'AH_HEADER_CUT', need: 24, have: 13 },
    ]);
    const short = build([ethernet(), ipv6({ nextHeader: 51 }), Uint8Array.of(17)]);
    expect(parse(short).problems).toMatchObject([{ code: 'AH_HEADER_CUT', need: 12, have: 1 }]);
  });

  it('with its reserved field set is decoded, with a warning', () => {
    const packet = parse(fixture('ah-reserved'));
    expect(packet.problems).toMatchObject([{ code: 'AH_RESERVED', offset: 56 }]);
    expect(packet.layer('udp')?.dstPort).toBe(9000);
  });
});
