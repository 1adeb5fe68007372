/** Where a problem is, what limits the bytes that are missing, and who is to blame. */
import { describe, expect, it } from 'vitest';
import { foldSum } from '../../src/bytes/checksum.js';
import { crc32 } from '../../src/bytes/crc.js';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { ELSEWHERE, type HeaderView, type Protocol } from '../../src/headers/protocol.js';
import { tcp } from '../../src/headers/tcp.js';
import { UdpView, udp, udpProtocol } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { bindings } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { fixture } from '../support/fixtures.js';
import { codesOf } from '../support/problems.js';

const link = ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' });
const net = ipv4({ src: '10.0.0.1', dst: '10.0.0.2' });
const viewOf = (frame: Uint8Array): DataView => new DataView(frame.buffer, frame.byteOffset);

describe('what limits a header', () => {
  const whole = fixture('vxlan');
  const frameEnd = (end: number, field = 'wireLength') => ({ layer: 'frame', field, end });

  it('is the snap length where on the wire nothing was missing, all the way in', () => {
    const cut = parse(whole.slice(0, 95), { wireLength: whole.length });
    expect(cut.problems).toEqual([
      {
        code: 'TCP_HEADER_CUT',
        severity: 'info',
        layer: 'tcpStart',
        layerIndex: 6,
        offset: 84,
        bit: 84 * 8,
        bits: 88,
        need: 20,
        have: 11,
        limitedBy: frameEnd(95, 'captured'),
        snapLength: true,
        captured: 11,
        wire: 40,
        rfc: 'RFC 9293 §3.1',
        message: 'the bytes end inside the TCP header',
      },
    ]);
  });

  it('is the innermost length that ends there, where that is too short', () => {
    const lying = whole.slice();
    viewOf(lying).setUint16(66, 31);
    expect(parse(lying.slice(0, 95), { wireLength: whole.length }).problems).toContainEqual(
      expect.objectContaining({
        code: 'TCP_HEADER_CUT',
        severity: 'error',
        limitedBy: { layer: 'ipv4', layerIndex: 5, field: 'length', offset: 66, end: 95 },
        need: 20,
        have: 11,
        wire: 11,
      }),
    );
  });

  it("is the frame's end for a length that lies, however short the capture", () => {
    const lying = whole.slice();
    viewOf(lying).setUint16(66, 61);
    for (const captured of [124, 90]) {
      const [problem] = parse(lying.slice(0, captured), { wireLength: whole.length }).problems;
      // The outer IPv4 and UDP lengths end where the frame does: UDP's is the innermost of them.
      expect(problem).toMatchObject({
        code: 'IPV4_TOTAL_LENGTH_PAST_END',
        severity: 'error',
        layerIndex: 5,
        offset: 66,
        need: 61,
        limitedBy: { layer: 'udp', layerIndex: 2, field: 'length', offset: 38, end: 124 },
        declared: 61,
        captured: captured - 64,
        wire: 60,
      });
      expect(problem).not.toHaveProperty('snapLength');
    }
    expect(parse(fixture('ipv4-length-past-end')).problems[0]?.limitedBy).toEqual(frameEnd(58));
  });

  it('is not blamed on anyone in a fragment, which goes on elsewhere', () => {
    const frame = build([link, ipv4({ moreFragments: true, protocol: 6 }), new Uint8Array(8)]);
    expect(parse(frame).problems).toMatchObject([
      {
        code: 'TCP_HEADER_CUT',
        severity: 'info',
        limitedBy: { layer: 'ipv4', field: 'length', offset: 16, end: 42 },
      },
    ]);
  });

  it('is told in bytes declared, captured and on the wire', () => {
    const cut = parse(fixture('cut-payload'), { wireLength: 58 });
    expect(cut.problems).toMatchObject([
      { code: 'CHECKSUM_UNVERIFIED', declared: 24, wire: 24, snapLength: true, offset: 40 },
    ]);
    expect(cut.problems[0]?.captured).toBeLessThan(24);
    const fragment = parse(fixture('ipv4-fragment-first')).problems[0];
    expect(fragment).toMatchObject({ code: 'CHECKSUM_UNVERIFIED', declared: 48, need: 48 });
    expect(fragment).not.toHaveProperty('snapLength');
    expect(fragment?.limitedBy).toMatchObject({ layer: 'ipv4', field: 'length' });
  });

  it('is never less than what is there, where the file says a wire length that can not be', () => {
    expect(parse(whole, { wireLength: 20 }).problems).toEqual([]);
    expect(parse(whole.slice(0, 50), { wireLength: 20 }).problems[0]).toMatchObject({
      code: 'IPV4_TOTAL_LENGTH_PAST_END',
      limitedBy: frameEnd(50),
    });
  });

  it('says nothing of a length field that is compared with a number, not with bytes', () => {
    const [problem] = parse(fixture('ipv4-ihl-4')).problems;
    expect(problem).toMatchObject({
      code: 'IPV4_IHL_UNDER_5',
      need: 5,
      have: 4,
      bit: 116,
      bits: 4,
    });
    expect(problem).not.toHaveProperty('limitedBy');
  });

  it('agrees with the ends of every layer', () => {
    for (const name of ['vxlan', 'geneve-ipv6', 'qinq', 'udp', 'tcp-ipv6']) {
      for (const layer of parse(fixture(name)).layers as readonly HeaderView[]) {
        const declared = layer.descriptor.declared(layer);
        if (layer.wireEnd < ELSEWHERE && declared !== undefined) {
          expect(layer.offset + declared, `${name} ${layer.layer}`).toBe(layer.end);
        }
      }
    }
    const llc = parse(fixture('dot1q-length')).layers[1] as HeaderView;
    expect(llc.descriptor.declared(llc)).toBe(llc.end - llc.offset);
    const stp = parse(fixture('ieee8023-stp')).layers[0] as HeaderView;
    expect(stp.descriptor.declared(stp)).toBe(stp.end);
    const none = parse(fixture('ipv4-length-0')).layers[1] as HeaderView;
    expect(none.descriptor.declared(none)).toBeUndefined();
    const jumbo = parse(fixture('ipv6-length-0')).layers[1] as HeaderView;
    expect(jumbo.descriptor.declared(jumbo)).toBeUndefined();
  });
});

describe("a problem of a user's own protocol", () => {
  it('is at the header, or behind its fixed part, where no field says more', () => {
    const odd = { message: 'it is odd', when: () => true };
    class OddView extends UdpView {
      override get descriptor(): Protocol {
        return oddProtocol;
      }
    }
    const oddProtocol = {
      ...udpProtocol,
      layer: (view: DataView, offset: number, headerEnd: number, end: number) =>
        new OddView(view, offset, end, headerEnd),
      lengthField: 'size',
      problems: [
        ...udpProtocol.problems,
        { ...odd, code: 'UDP_ODD' },
        { ...odd, code: 'UDP_ODD_OPTIONS', field: 'options' },
      ],
    };
    const mine = bindings.with(oddProtocol);
    const frame = build([link, net, udp({ dstPort: 7, length: 12 }), 'abcd']);
    const short = build([link, net, udp({ dstPort: 4789, length: 12 }), 'abcd']);
    expect(parse(frame, { bindings: mine }).problems).toMatchObject([
      { code: 'UDP_ODD', severity: 'error', offset: 34, bits: 64 },
      { code: 'UDP_ODD_OPTIONS', field: 'options', offset: 42, bits: 0 },
    ]);
    // A length that the layout has no field for is said to be where its header is.
    expect(parse(short, { bindings: mine }).problems.at(-1)).toMatchObject({
      code: 'VXLAN_HEADER_CUT',
      limitedBy: { layer: 'udp', field: 'size', offset: 34, end: 46 },
    });
  });
});

describe('a checksum as offload leaves it', () => {
  const carriers = [
    [ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }), 20],
    [ipv6({ src: '2001:db8::1', dst: '2001:db8::2' }), 40],
  ] as const;
  const transports = [
    [tcp({ srcPort: 1, dstPort: 80, flags: ['ACK'] }), 16, 6],
    [udp({ srcPort: 1, dstPort: 7, checksum: 'computed' }), 6, 17],
  ] as const;

  it.each(
    carriers.flatMap(([carrier, bytes]) =>
      transports.flatMap((transport) =>
        [false, true].map(
          (inside) =>
            [carrier.layer, transport[0].layer, inside, carrier, bytes, transport] as const,
        ),
      ),
    ),
  )('over %s, of %s (in a tunnel: %s), is told from a wrong one', (...row) => {
    const [, name, inside, carrier, carrierBytes, [transport, at, number]] = row;
    const tunnel: SpecPart[] = inside ? [link, net, udp(), vxlan({ vni: 1 })] : [];
    const frame = build([...tunnel, link, carrier, transport, 'a payload']);
    const header = frame.length - 9 - (number === 6 ? 20 : 8);
    const view = viewOf(frame);
    // By hand: the words of the addresses, which end their header, the protocol, the length.
    let sum = number + (frame.length - header);
    for (let i = header - (carrierBytes === 20 ? 8 : 32); i < header; i += 2)
      sum += view.getUint16(i);
    expect(codesOf(parse(frame))).toEqual([]);
    view.setUint16(header + at, foldSum(sum));
    const { problems } = parse(frame);
    expect(problems).toMatchObject([
      { code: 'CHECKSUM_PARTIAL', severity: 'info', layer: name, field: 'checksum', bits: 16 },
    ]);
    expect(problems[0]?.offset).toBe(header + at);
    view.setUint16(header + at, foldSum(sum + 1));
    expect(codesOf(parse(frame))).toEqual(['CHECKSUM_BAD']);
  });

  it("is never what a network header's own checksum is", () => {
    expect(codesOf(parse(fixture('ipv4-checksum-bad')))).toEqual(['CHECKSUM_BAD']);
  });
});

describe('a checksum that can not be judged', () => {
  it('is passed over where no pseudo-header could say', () => {
    const bound = bindings.with(udpProtocol, { linkType: [147] });
    const frame = build([udp({ dstPort: 7, checksum: 5 }), 'x'], { bindings: bound });
    const packet = parse(frame, { bindings: bound, linkType: 147 });
    expect(packet.layers).toHaveLength(1);
    expect(codesOf(packet)).toEqual([]);
  });

  it('of 0 is told where it is there for no tunnel, and where IPv6 allows it for one', () => {
    expect(codesOf(parse(fixture('vxlan')))).toEqual([]);
    expect(codesOf(parse(fixture('vxlan-ipv6-checksum-zero')))).toEqual(['CHECKSUM_ABSENT']);
    expect(codesOf(parse(fixture('udp-checksum-none')))).toEqual(['CHECKSUM_ABSENT']);
    expect(codesOf(parse(fixture('udp-ipv6-checksum-zero')))).toEqual(['CHECKSUM_ZERO']);
  });
});

describe('what is behind the packet of a frame', () => {
  const small = (...tail: number[]): Uint8Array =>
    Uint8Array.from([...build([link, net, udp({ dstPort: 7 }), 'abc']), ...tail]);
  const withFcs = (frame: Uint8Array): Uint8Array => {
    const sum = crc32(viewOf(frame), 0, frame.length);
    return Uint8Array.from([...frame, sum, sum >>> 8, sum >>> 16, sum >>> 24]);
  };

  it('is padding where it is zeros, whatever its length', () => {
    for (const length of [1, 15, 40]) {
      expect(parse(small(...new Uint8Array(length))).problems).toEqual([]);
    }
  });

  it('is a trailer where the frame would be too short, or long enough without it', () => {
    expect(parse(small(1, 2)).problems).toMatchObject([
      { code: 'ETHERNET_TRAILER', layer: 'ethernet', layerIndex: 0, offset: 45, bits: 16 },
    ]);
    expect(parse(small(...new Uint8Array(15), 9)).problems).toMatchObject([
      { code: 'ETHERNET_TRAILER', offset: 60, bits: 8 },
    ]);
  });

  it('is a frame check sequence where it is right, with padding judged for itself', () => {
    const zeros = new Uint8Array(15);
    expect(parse(withFcs(small(...zeros))).problems).toMatchObject([
      { code: 'ETHERNET_FCS', severity: 'info', offset: 60, bits: 32 },
    ]);
    expect(codesOf(parse(withFcs(small(...zeros.fill(1)))))).toEqual([
      'ETHERNET_FCS',
      'ETHERNET_PADDING_NOT_ZERO',
    ]);
    const wrong = withFcs(small(...new Uint8Array(15)));
    wrong[63] = (wrong[63] as number) ^ 1;
    expect(codesOf(parse(wrong))).toEqual(['ETHERNET_TRAILER']);
    // Half of it was captured: nobody knows.
    const half = withFcs(small(...new Uint8Array(15))).slice(0, 62);
    expect(codesOf(parse(half, { wireLength: 64 }))).toEqual(['ETHERNET_TRAILER']);
  });

  it('is judged behind tags, behind a length, behind what is not known, and in tunnels', () => {
    const tagged = build([link, dot1q({ vid: 1 }), net, udp({ dstPort: 7 }), new Uint8Array(30)]);
    expect(codesOf(parse(withFcs(tagged)))).toEqual(['ETHERNET_FCS']);
    expect(codesOf(parse(withFcs(fixture('ieee8023-stp'))))).toContain('ETHERNET_FCS');
    expect(codesOf(parse(build([ethernet({ type: 0x88b5 }), 'all of it is payload'])))).toEqual([]);
    const inner = withFcs(build([link, net, udp({ dstPort: 7 }), new Uint8Array(30)]));
    const outer = build([link, net, udp(), vxlan({ vni: 1 }), inner]);
    expect(parse(outer).problems).toMatchObject([{ code: 'ETHERNET_FCS', layerIndex: 4 }]);
  });
});
