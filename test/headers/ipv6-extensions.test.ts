/** The chain of extension headers: order, jumbograms, bombs. */
import { describe, expect, it } from 'vitest';
import { ah } from '../../src/headers/ah.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6, ipv6Protocol } from '../../src/headers/ipv6.js';
import { ipv6Destination } from '../../src/headers/ipv6-destination.js';
import { ipv6Fragment } from '../../src/headers/ipv6-fragment.js';
import { ipv6HopByHop } from '../../src/headers/ipv6-hop-by-hop.js';
import { ipv6Routing } from '../../src/headers/ipv6-routing.js';
import type { Place } from '../../src/headers/protocol.js';
import { tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { protocolsOf } from '../../src/packet/frame-names.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { fixture } from '../support/fixtures.js';
import { valuesOf } from '../support/names.js';
import { describeWithTshark, tsharkFields } from '../support/tshark.js';

const codesOf = (parts: readonly SpecPart[]): string[] =>
  parse(build([ethernet(), ...parts])).problems.map((p) => p.code);
const segment = tcp({ dstPort: 7, flags: ['ACK'] });
const codes = (name: string): string[] => parse(fixture(name)).problems.map((p) => p.code);
const severity = (code: string): string =>
  ipv6Protocol.problems.find((p) => p.code === code)?.severity ?? 'error';

describe('EDGE-CASES 24: a bomb of 10,000 IPv6 extension headers', () => {
  const bomb = (): Uint8Array => {
    const frame = build([
      ethernet(),
      ipv6({ payloadLength: 0, nextHeader: 60 }),
      new Uint8Array(80_000),
    ]);
    for (let at = 54; at < frame.length; at += 8) frame.set([60, 0, 1, 4], at);
    return frame;
  };

  it('is capped, with a problem, in bounded time, and comes back to the byte', () => {
    const frame = bomb();
    const begin = performance.now();
    const packet = parse(frame);
    expect(packet.layers).toHaveLength(128);
    expect(packet.problems.map((p) => p.code)).toEqual([
      'IPV6_PAYLOAD_LENGTH_ZERO',
      'IPV6_EXTENSION_HEADER_REPEATED',
      'TOO_MANY_LAYERS',
    ]);
    expect(performance.now() - begin).toBeLessThan(200);
    const again = build(packet.toSpec());
    expect(performance.now() - begin).toBeLessThan(1000);
    expect(Buffer.compare(again, frame)).toBe(0);
  });

  it('is looked at as far as is asked for', () => {
    expect(parse(bomb(), { maxDepth: 10_100 }).layers).toHaveLength(2 + 10_000);
  });
});

describe('EDGE-CASES 27: IPv6 extension headers', () => {
  it('are all decoded, each with its own unit of length', () => {
    const packet = parse(fixture('ipv6-extensions'));
    expect(packet.layers.map((l) => `${l.layer} ${l.offset}`)).toEqual([
      'ethernet 0',
      'ipv6 14',
      'ipv6HopByHop 54',
      'ipv6Destination 62',
      'ipv6Routing 70',
      'ipv6Fragment 110',
      'ah 118',
      'ipv6Destination 142',
      'udp 150',
    ]);
    expect(packet.problems).toEqual([]);
    expect(protocolsOf(packet)).toBe(
      'eth:ethertype:ipv6:ipv6.hopopts:ipv6.dstopts:ipv6.routing:ipv6.fraghdr:ah:ipv6.dstopts:udp:data',
    );
    expect(valuesOf(fixture('ipv6-extensions'), 'udp.checksum.status')).toEqual([1]);
  });

  it('have their next headers and lengths computed', () => {
    const spec = parse(fixture('ipv6-extensions')).toSpec();
    for (const part of spec.slice(2, 8)) {
      expect(part).not.toHaveProperty('fields.nextHeader');
      expect(part).not.toHaveProperty('fields.length');
      expect(part).toHaveProperty('bytes', undefined);
    }
    expect(build(spec)).toEqual(fixture('ipv6-extensions'));
  });

  it('say 59 where nothing follows, and the number for experiments where bytes do', () => {
    const next = (...rest: SpecPart[]): number | undefined =>
      parse(build([ethernet(), ipv6(), ipv6Destination(), ...rest])).layer('ipv6Destination')
        ?.nextHeader;
    expect(next()).toBe(59);
    expect(next('bytes')).toBe(253);
    expect(next(tcp())).toBe(6);
  });

  it('end with next header 59: nothing follows, and padding is none', () => {
    const packet = parse(fixture('ipv6-no-next-header'));
    expect(packet.problems).toEqual([]);
    expect(packet.payload).toHaveLength(0);
    expect(packet.trailer(1)).toHaveLength(6);
  });

  it('end with next header 59: bytes behind it are data, and worth knowing', () => {
    const packet = parse(fixture('ipv6-no-next-header-bytes'));
    expect(packet.payload).toEqual(new TextEncoder().encode('ignore'));
    expect(packet.problems).toMatchObject([
      { code: 'IPV6_BYTES_AFTER_NO_NEXT_HEADER', layer: 'ipv6', offset: 62 },
    ]);
    expect(severity('IPV6_BYTES_AFTER_NO_NEXT_HEADER')).toBe('info');
    expect(codesOf([ipv6({ nextHeader: 59 }), 'x'])).toEqual(['IPV6_BYTES_AFTER_NO_NEXT_HEADER']);
  });

  it('end with an unknown number: the rest is payload', () => {
    const packet = parse(build([ethernet(), ipv6(), ipv6Destination({ nextHeader: 200 }), 'rest']));
    expect(packet.problems).toEqual([]);
    expect(packet.payload).toHaveLength(4);
  });

  it('have hop-by-hop options right behind the IPv6 header only', () => {
    expect(parse(fixture('ipv6-hop-by-hop-not-first')).problems).toMatchObject([
      { code: 'IPV6_HOP_BY_HOP_NOT_FIRST', offset: 62, rfc: 'RFC 8200 §4.1' },
    ]);
    expect(codesOf([ipv6(), ipv6HopByHop(), ipv6HopByHop(), segment])).toEqual([
      'IPV6_HOP_BY_HOP_NOT_FIRST',
    ]);
  });

  it('come once, and destination options twice', () => {
    expect(parse(fixture('ipv6-extension-repeated')).problems).toMatchObject([
      { code: 'IPV6_EXTENSION_HEADER_REPEATED', offset: 62 },
    ]);
    const one = ipv6Destination();
    expect(codesOf([ipv6(), one, one, segment])).toEqual([]);
    expect(codesOf([ipv6(), one, one, one, segment])).toEqual(['IPV6_EXTENSION_HEADER_REPEATED']);
    expect(severity('IPV6_EXTENSION_HEADER_REPEATED')).toBe('warning');
  });

  it('have an order that is recommended: another is worth knowing', () => {
    expect(parse(fixture('ipv6-extension-order')).problems).toMatchObject([
      { code: 'IPV6_EXTENSION_HEADER_ORDER', offset: 62 },
    ]);
    expect(severity('IPV6_EXTENSION_HEADER_ORDER')).toBe('info');
  });

  it.each([
    ['cut-ipv6-hop-by-hop', 'IPV6HOPBYHOP_HEADER_CUT', 48, 8],
    ['cut-ipv6-destination', 'IPV6DESTINATION_HEADER_CUT', 8, 1],
    ['cut-ipv6-routing', 'IPV6ROUTING_HEADER_CUT', 24, 10],
    ['cut-ipv6-fragment', 'IPV6FRAGMENT_HEADER_CUT', 8, 3],
    ['cut-ah', 'AH_HEADER_CUT', 24, 13],
  ])('that are cut short are payload, with a problem: %s', (name, code, need, have) => {
    const packet = parse(fixture(name));
    expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv6']);
    expect(packet.payload).toHaveLength(have);
    expect(packet.problems).toMatchObject([{ code, offset: 54, need, have }]);
  });

  it('are all in the first fragment, and the upper-layer header too (RFC 7112)', () => {
    const first = ipv6Fragment({ moreFragments: true });
    const CHAIN = 'IPV6_FIRST_FRAGMENT_WITHOUT_CHAIN';
    expect(parse(fixture('ipv6-fragment-without-chain')).problems[0]).toMatchObject({
      code: CHAIN,
      offset: 70,
    });
    expect(severity(CHAIN)).toBe('warning');
    const cut = [
      ipv6(),
      ipv6Fragment({ nextHeader: 60, moreFragments: true }),
      Uint8Array.of(6, 5, 0, 0, 0, 0, 0, 0),
    ];
    expect(codesOf(cut)).toContain(CHAIN);
    for (const [next, bytes, wrong] of [
      [17, 8, false],
      [17, 0, true],
      [58, 0, true],
      [6, 16, true],
      [6, 24, false],
      [200, 8, false],
    ] as const) {
      const parts = [
        ipv6(),
        ipv6Fragment({ nextHeader: next, moreFragments: true }),
        new Uint8Array(bytes),
      ];
      expect(codesOf(parts).includes(CHAIN), `${next}, ${bytes} bytes`).toBe(wrong);
    }
    // What the capture cut off may well be there.
    const frame = build([ethernet(), ipv6(), first, tcp(), '1234']);
    expect(
      parse(frame.slice(0, 66), { wireLength: frame.length }).problems.map((p) => p.code),
    ).toEqual(['TCP_HEADER_CUT']);
  });

  it('of a fragment behind the first are not looked for', () => {
    const later = ipv6Fragment({ nextHeader: 0, fragmentOffset: 9 });
    expect(codesOf([ipv6(), later, '12345678'])).toEqual([]);
  });
});

describe('EDGE-CASES 12: an IPv6 jumbogram', () => {
  const LENGTH = 70_000;
  const text = new Uint8Array(LENGTH - 8).fill(0x61);
  const ends = { src: '2001:db8::1', dst: '2001:db8::2' };
  const jumbogram = (): Uint8Array =>
    build([ethernet(), ipv6(ends), ipv6HopByHop(), udp({ dstPort: 9000 }), text]);

  it('has its length in a jumbo option, which build writes where none is given', () => {
    const packet = parse(jumbogram());
    expect(packet.problems).toEqual([]);
    expect(packet.layer('ipv6')?.payloadLength).toBe(0);
    expect(packet.layer('ipv6HopByHop')?.options).toEqual([{ kind: 'jumbo', length: LENGTH + 8 }]);
    expect(packet.layer('ipv6')?.end).toBe(54 + 8 + LENGTH);
  });

  it('has a UDP length of 0, and a checksum over all of it (RFC 2675 §4)', () => {
    const frame = jumbogram();
    expect(valuesOf(frame, 'udp.length')).toEqual([0]);
    expect(valuesOf(frame, 'udp.checksum.status')).toEqual([1]);
    frame[frame.length - 1] = 0x62;
    expect(parse(frame).problems.map((p) => p.code)).toEqual(['CHECKSUM_BAD']);
  });

  it('comes back to the byte, its lengths computed', () => {
    const frame = jumbogram();
    const spec = parse(frame).toSpec();
    expect(spec[1]).not.toHaveProperty('fields.payloadLength');
    expect(spec[3]).not.toHaveProperty('fields.length');
    expect(build(spec)).toEqual(frame);
  });

  it('ends where the option says: what follows is a trailer', () => {
    const frame = Uint8Array.from([...jumbogram(), 1, 2, 3]);
    const packet = parse(frame);
    expect(packet.trailer(1)).toEqual(Uint8Array.of(1, 2, 3));
    expect(build(packet.toSpec())).toEqual(frame);
  });

  it('carries TCP too', () => {
    const frame = build([ethernet(), ipv6(ends), ipv6HopByHop(), segment, text]);
    expect(parse(frame).problems).toEqual([]);
    expect(valuesOf(frame, 'tcp.len')).toEqual([text.length]);
  });

  it('has the option computed where it is given without a length', () => {
    const hop = ipv6HopByHop({
      options: [
        { kind: 'routerAlert', value: 0 },
        { kind: 'padN' },
        { kind: 'pad1' },
        { kind: 'pad1' },
        { kind: 'jumbo' },
      ],
    });
    const packet = parse(build([ethernet(), ipv6(), hop, udp(), text]));
    expect(packet.layer('ipv6HopByHop')?.options).toContainEqual({
      kind: 'jumbo',
      length: LENGTH + 16,
    });
  });

  it('is not built without hop-by-hop options', () => {
    expect(() => build([ethernet(), ipv6(), udp(), text])).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE', layer: 'ipv6', field: 'payloadLength' }),
    );
    expect(() => build([ethernet(), ipv6({ payloadLength: 0 }), udp(), text])).not.toThrow();
  });

  it('whose option is there with a payload length is a problem', () => {
    expect(parse(fixture('ipv6-jumbo-with-length')).problems).toMatchObject([
      { code: 'IPV6_JUMBO_WITH_PAYLOAD_LENGTH', offset: 18 },
    ]);
  });

  it('of less than 65,536 bytes is a problem, and the carrier ends it', () => {
    expect(codes('ipv6-jumbo-small')).toEqual([
      'IPV6_PAYLOAD_LENGTH_ZERO',
      'IPV6HOPBYHOP_JUMBO_UNDER_65536',
    ]);
    expect(parse(fixture('ipv6-jumbo-small')).payload).toHaveLength(3);
  });

  it('past the end of its carrier is a problem, unless the capture was cut', () => {
    const name = 'ipv6-jumbo-past-end';
    expect(parse(fixture(name)).problems).toMatchObject([
      { code: 'IPV6_JUMBO_LENGTH_PAST_END', need: 65544, have: 19 },
    ]);
    expect(parse(fixture(name), { wireLength: 54 + 65544 }).problems).toEqual([]);
  });

  it('in fragments is a problem', () => {
    expect(parse(fixture('ipv6-jumbo-fragment')).problems).toContainEqual(
      expect.objectContaining({ code: 'IPV6_JUMBO_WITH_FRAGMENT', offset: 62 }),
    );
  });

  it('without its option is what Linux captures of a packet of more than 64 KiB', () => {
    const big = build([ethernet(), ipv6({ payloadLength: 0 }), segment, text]);
    const packet = parse(big);
    expect(packet.problems.map((p) => p.code)).toEqual(['IPV6_PAYLOAD_LENGTH_ZERO']);
    expect(severity('IPV6_PAYLOAD_LENGTH_ZERO')).toBe('info');
    expect(packet.payload).toHaveLength(text.length);
    expect(build(packet.toSpec())).toEqual(big);
  });

  it('alone has a UDP length of 0', () => {
    const zero = build([ethernet(), ipv6(), udp({ length: 0 }), 'short']);
    expect(parse(zero).problems.map((p) => p.code)).toContain('UDP_LENGTH_ZERO');
    const four = (): Uint8Array => build([ethernet(), ipv4({ length: 0 }), udp(), text]);
    expect(four).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE', field: 'length' }));
  });

  it('says how long header and body are', () => {
    const declared = (frame: Uint8Array): number | undefined => {
      const layer = parse(frame).layer('ipv6');
      return layer && ipv6Protocol.declared(layer);
    };
    expect(declared(jumbogram())).toBe(40 + 8 + LENGTH);
    expect(declared(fixture('udp-ipv6'))).toBe(64);
    expect(declared(fixture('ipv6-length-0'))).toBeUndefined();
    expect(declared(fixture('ipv6-jumbo-small'))).toBeUndefined();
    expect(declared(fixture('ipv6-no-next-header'))).toBe(40);
  });

  describeWithTshark('to Wireshark', () => {
    it('is sound, in a frame of the largest size that it reads', () => {
      const [fields] = tsharkFields(
        [{ bytes: jumbogram() }],
        ['_ws.malformed', 'ipv6.opt.jumbo', 'udp.length', 'udp.checksum.status', 'data.len'],
      );
      expect(fields?.get('_ws.malformed')).toEqual([]);
      expect(fields?.get('ipv6.opt.jumbo')).toEqual([String(LENGTH + 8)]);
      expect(fields?.get('udp.length')).toEqual(['0']);
      expect(fields?.get('udp.checksum.status')).toEqual(['1']);
      expect(fields?.get('data.len')).toEqual([String(text.length)]);
    });
  });
});

describe('EDGE-CASES 14: a zero UDP checksum behind extension headers', () => {
  it('is forbidden as it is right behind IPv6', () => {
    const parts = [
      ipv6(),
      ipv6Destination(),
      ipv6Routing(),
      udp({ dstPort: 7, checksum: 'zero' }),
      'x',
    ];
    expect(codesOf(parts)).toEqual(['CHECKSUM_ZERO']);
  });
});

describe('the line about a packet that ends in an extension header', () => {
  const line = (name: string): string | undefined => {
    const packet = parse(fixture(name));
    const layer = packet.layers.at(-1);
    return layer?.descriptor.summary(layer, packet.places().at(-1) as Place);
  };

  it('says what it is, in words like those of Wireshark', () => {
    expect(line('ipv6-fragment-later')).toBe(
      'IPv6 fragment (off=1200 more=n ident=0xdeadbeef nxt=17)',
    );
    expect(line('esp')).toBe('ESP (SPI=0x00000200)');
    const first = build([ethernet(), ipv6(), ipv6Fragment({ moreFragments: true }), '12345678']);
    const layer = parse(first).layers.at(-1);
    expect(layer?.descriptor.summary(layer, parse(first).places().at(-1) as Place)).toContain(
      'more=y',
    );
    for (const [part, wanted] of [
      [ah({ spi: 5 }), 'AH (SPI=0x00000005)'],
      [ipv6Routing(), 'Routing type 253, 0 segments left'],
      [ipv6Destination(), 'IPv6 Destination Options'],
      [ipv6HopByHop(), 'IPv6 Hop-by-Hop Options'],
    ] as const) {
      const packet = parse(build([ethernet(), ipv6(), part]));
      const last = packet.layers.at(-1);
      expect(last?.descriptor.summary(last, packet.places().at(-1) as Place)).toBe(wanted);
    }
  });
});

describe('a chain that a spec writes wrong', () => {
  it('gets the checksum of the ends that the chain leads to', () => {
    const ends = { src: '2001:db8::1', dst: '2001:db8::2' };
    const held = { addresses: ['2001:db8::7'] };
    // A length past the frame: what stands behind it can't be found from the IPv6 header.
    const long = ipv6Destination({ length: 255 });
    const frame = build([ethernet(), ipv6(ends), long, ipv6Routing({ route: held }), tcp()]);
    const plain = parse(build([ethernet(), ipv6(ends), tcp()])).layer('tcp')?.checksum as number;
    expect(new DataView(frame.buffer).getUint16(frame.length - 4)).toBe(plain);
    expect(parse(frame).problems.map((p) => p.code)).toContain('IPV6DESTINATION_HEADER_CUT');
  });

  it('has no checksum where no network header is in front', () => {
    expect(() => build([ipv6Routing({ route: { addresses: [] } }), tcp()])).not.toThrow();
  });
});
