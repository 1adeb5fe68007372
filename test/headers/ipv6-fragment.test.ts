import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import {
  Ipv6FragmentView,
  ipv6Fragment,
  ipv6FragmentProtocol,
} from '../../src/headers/ipv6-fragment.js';
import { tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';
import { codesOf } from '../support/problems.js';

headerContract({
  protocol: ipv6FragmentProtocol,
  View: Ipv6FragmentView,
  fixture: 'ipv6-fragment-atomic',
  offset: 54,
  bytes: 8,
  fields: {
    nextHeader: 17,
    reserved: 3,
    fragmentOffset: 0,
    reserved2: 2,
    moreFragments: false,
    identification: 0xdeadbeef,
  },
});

headerContract({
  protocol: ipv6FragmentProtocol,
  View: Ipv6FragmentView,
  fixture: 'ipv6-fragment-later',
  offset: 54,
  bytes: 8,
  fields: {
    nextHeader: 17,
    reserved: 0,
    fragmentOffset: 150,
    reserved2: 0,
    moreFragments: false,
    identification: 0xdeadbeef,
  },
});

const stack = (name: string): string[] => parse(fixture(name)).layers.map((l) => l.layer);

describe('EDGE-CASES 10: IPv6 fragments', () => {
  it('with an offset are never decoded as a transport', () => {
    const packet = parse(fixture('ipv6-fragment-later'));
    expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv6', 'ipv6Fragment']);
    expect(packet.payload.length).toBe(8);
    expect(packet.problems).toEqual([]);
  });

  it('of the beginning are decoded, and their checksum and length are not judged', () => {
    const packet = parse(fixture('ipv6-fragment-first'));
    expect(packet.layer('udp')?.length).toBe(1208);
    expect(valuesOf(fixture('ipv6-fragment-first'), 'udp.checksum.status')).toEqual([2]);
    expect(codesOf(packet)).toEqual(['CHECKSUM_UNVERIFIED']);
    const first = ipv6Fragment({ moreFragments: true, identification: 1 });
    const frame = build([ethernet(), ipv6(), first, tcp({ checksum: 0x1234 }), 'data']);
    expect(valuesOf(frame, 'tcp.checksum.status')).toEqual([2]);
  });

  it('that are whole packets (RFC 6946) are decoded whole, their checksum too', () => {
    expect(stack('ipv6-fragment-atomic')).toEqual(['ethernet', 'ipv6', 'ipv6Fragment', 'udp']);
    expect(valuesOf(fixture('ipv6-fragment-atomic'), 'udp.checksum.status')).toEqual([1]);
    const frame = build([
      ethernet(),
      ipv6(),
      ipv6Fragment(),
      udp({ dstPort: 7, checksum: 0x1234 }),
      'x',
    ]);
    expect(parse(frame).problems.map((p) => p.code)).toEqual(['CHECKSUM_BAD']);
  });
});

describe('EDGE-CASES 11: an IPv6 fragment', () => {
  it('that ends past byte 65,535 is a problem', () => {
    expect(parse(fixture('ipv6-fragment-past-65535')).problems).toMatchObject([
      { code: 'IPV6FRAGMENT_PAST_65535', offset: 56, rfc: 'RFC 8200 §4.5' },
    ]);
    const last = ipv6Fragment({ fragmentOffset: 8191 });
    const payload = (bytes: number): Uint8Array => new Uint8Array(bytes);
    expect(parse(build([ethernet(), ipv6(), last, payload(7)])).problems).toEqual([]);
    expect(parse(build([ethernet(), ipv6(), last, payload(8)])).problems).toHaveLength(1);
  });

  it('with more behind it that is not a multiple of 8 bytes is a problem', () => {
    const odd = parse(fixture('ipv6-fragment-odd-length'));
    expect(odd.problems[0]).toMatchObject({ code: 'IPV6FRAGMENT_LENGTH', offset: 54 });
    expect(codesOf(odd)).toEqual(['IPV6FRAGMENT_LENGTH', 'CHECKSUM_UNVERIFIED']);
    const last = ipv6Fragment({ fragmentOffset: 1, moreFragments: false });
    expect(parse(build([ethernet(), ipv6(), last, 'odd'])).problems).toEqual([]);
  });

  it('is judged by its length on the wire where the capture was cut', () => {
    const frame = fixture('ipv6-fragment-first');
    const cut = parse(frame.slice(0, -3), { wireLength: frame.length });
    expect(codesOf(cut)).toEqual(['CHECKSUM_UNVERIFIED']);
  });
});
