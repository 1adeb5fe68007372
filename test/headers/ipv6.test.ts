import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { Ipv6View, ipv6, ipv6Protocol } from '../../src/headers/ipv6.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';

headerContract({
  protocol: ipv6Protocol,
  View: Ipv6View,
  fixture: 'udp-ipv6',
  offset: 14,
  bytes: 40,
  fields: {
    version: 6,
    trafficClass: 0xb9,
    flowLabel: 0xabcde,
    payloadLength: 24,
    nextHeader: 17,
    hopLimit: 1,
    src: '2001:db8::1',
    dst: '2001:db8::2',
  },
});

describe('IPv6', () => {
  it('computes version, payload length and next header', () => {
    const layer = parse(build([ethernet(), ipv6(), udp(), 'data'])).layer('ipv6');
    expect(layer && ipv6Protocol.decode(layer)).toEqual({
      version: 6,
      trafficClass: 0,
      flowLabel: 0,
      payloadLength: 12,
      nextHeader: 17,
      hopLimit: 64,
      src: '::',
      dst: '::',
    });
  });

  it('takes a payload length of 0 as "to the end of the frame"', () => {
    const packet = parse(fixture('ipv6-length-0'));
    expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv6', 'udp']);
    expect(packet.payload.length).toBe(16);
  });

  it('has a problem where the payload length is past the end', () => {
    expect(parse(fixture('ipv6-length-past-end')).problems).toMatchObject([
      { code: 'IPV6_PAYLOAD_LENGTH_PAST_END', offset: 18, need: 999, have: 24 },
    ]);
  });

  it('takes addresses in every form of RFC 4291, and refuses zones and prefixes', () => {
    const src = (text: string) =>
      parse(build([ethernet(), ipv6({ src: text })])).layer('ipv6')?.src;
    expect(src('2001:0DB8:0:0:0:0:0:1')).toBe('2001:db8::1');
    expect(src('2001:db8:0:0:1:0:0:1')).toBe('2001:db8::1:0:0:1');
    expect(src('2001:db8:0:1:1:1:1:1')).toBe('2001:db8:0:1:1:1:1:1');
    for (const bad of [
      'fe80::1%eth0',
      '2001:db8::/32',
      '1::2::3',
      '1:2:3',
      ':::',
      '::1::',
      'g::',
    ]) {
      expect(() => src(bad), bad).toThrow(
        expect.objectContaining({ code: 'BAD_VALUE', layer: 'ipv6', field: 'src' }),
      );
    }
  });
});
