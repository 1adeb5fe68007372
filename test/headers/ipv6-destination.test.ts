import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import {
  Ipv6DestinationView,
  ipv6Destination,
  ipv6DestinationProtocol,
} from '../../src/headers/ipv6-destination.js';
import type { Ipv6Option } from '../../src/headers/ipv6-options.js';
import { tcp } from '../../src/headers/tcp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const home = { kind: 'homeAddress', address: '2001:db8:0:1::99' } as const;
const PAD_2: Ipv6Option = { kind: 'padN', data: bytes(0, 0) };

headerContract({
  protocol: ipv6DestinationProtocol,
  View: Ipv6DestinationView,
  fixture: 'ipv6-destination',
  offset: 54,
  bytes: 24,
  fields: {
    nextHeader: 17,
    length: 2,
    options: [
      { kind: 'tunnelEncapsulationLimit', limit: 4 },
      { kind: 0x0f, data: bytes(1, 2, 0, 3, 0, 4, 0, 5, 0, 6) },
      { kind: 0x8b, data: bytes(1, 2, 3, 4) },
      { kind: 'pad1' },
    ],
  },
  others: {
    options: {
      setter: false,
      good: [
        [PAD_2, home],
        [
          { kind: 'tunnelEncapsulationLimit', limit: 255 },
          { kind: 'padN', data: bytes(0) },
        ],
        [{ kind: 0xc9, data: bytes(1, 2, 3, 4) }],
      ],
      bad: [
        [{ kind: 'tunnelEncapsulationLimit', limit: 256 }],
        [{ kind: 'homeAddress', address: '1.2.3.4' }],
        true,
      ],
    },
  },
  computedNames: ['ipv6.dstopts.len_oct'],
});

describe('a home address option (RFC 6275)', () => {
  const ends = { src: '2001:db8::1', dst: '2001:db8::2' };

  it("is the source in the transport's checksum", () => {
    const packet = parse(fixture('ipv6-home-address'));
    expect(packet.problems).toEqual([]);
    expect(packet.layer('ipv6Destination')?.options[1]).toEqual(home);
    const plain = parse(
      build([ethernet(), ipv6({ ...ends, src: home.address }), tcp({ dstPort: 9 })]),
    );
    const mobile = parse(
      build([
        ethernet(),
        ipv6(ends),
        ipv6Destination({ options: [PAD_2, home] }),
        tcp({ dstPort: 9 }),
      ]),
    );
    expect(mobile.layer('tcp')?.checksum).toBe(plain.layer('tcp')?.checksum);
    expect(valuesOf(mobile.bytes, 'tcp.checksum.status')).toEqual([1]);
  });

  it('of another size is none, and changes no checksum', () => {
    const options: Ipv6Option[] = [{ kind: 0xc9, data: bytes(1, 2, 3, 4) }];
    const segment = { dstPort: 9, flags: ['ACK'] } as const;
    const packet = parse(
      build([ethernet(), ipv6(ends), ipv6Destination({ options }), tcp(segment)]),
    );
    const plain = parse(build([ethernet(), ipv6(ends), tcp(segment)]));
    expect(packet.layer('tcp')?.checksum).toBe(plain.layer('tcp')?.checksum);
    expect(packet.problems).toMatchObject([
      { code: 'IPV6DESTINATION_OPTION_MISALIGNED' },
      { code: 'IPV6DESTINATION_OPTION_SIZE', offset: 56 },
    ]);
  });
});

describe('padding that is not zero', () => {
  it('is kept, with a warning', () => {
    const packet = parse(fixture('ipv6-padding-not-zero'));
    expect(packet.layer('ipv6Destination')?.options).toEqual([
      { kind: 'padN', data: new TextEncoder().encode('hide') },
    ]);
    expect(packet.problems).toMatchObject([
      { code: 'IPV6DESTINATION_PADDING_NOT_ZERO', offset: 56, rfc: 'RFC 8200 §4.2' },
    ]);
  });
});
