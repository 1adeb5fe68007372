import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { MplsView, mpls, mplsProtocol } from '../../src/headers/mpls.js';
import { PseudowireView, pseudowire, pseudowireProtocol } from '../../src/headers/pseudowire.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { protocolsOf } from '../../src/packet/frame-names.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

headerContract({
  protocol: mplsProtocol,
  View: MplsView,
  fixture: 'mpls',
  offset: 14,
  bytes: 4,
  fields: { label: 100, trafficClass: 5, bottomOfStack: true, ttl: 63 },
});

headerContract({
  protocol: mplsProtocol,
  View: MplsView,
  fixture: 'mpls-stack',
  offset: 22,
  bytes: 4,
  fields: { label: 0xfffff, trafficClass: 7, bottomOfStack: true, ttl: 255 },
});

headerContract({
  protocol: pseudowireProtocol,
  View: PseudowireView,
  fixture: 'mpls-control-word-reserved',
  offset: 18,
  bytes: 4,
  fields: { nibble: 0, reserved: 0x123, sequence: 7 },
});

const layersOf = (frame: Uint8Array): string =>
  parse(frame)
    .layers.map((l) => l.layer)
    .join(' ');
const protocols = (name: string): string => protocolsOf(parse(fixture(name)));

describe('a label stack', () => {
  it('has its bottom where no label follows, unless it says otherwise', () => {
    const frame = build([ethernet(), mpls({ label: 20 }), mpls({ label: 30 }), ipv4()]);
    expect(parse(frame).all('mpls')).toMatchObject([
      { label: 20, bottomOfStack: false, ttl: 64 },
      { label: 30, bottomOfStack: true },
    ]);
    expect(parse(frame).toSpec()[1]).toMatchObject({ fields: { label: 20, trafficClass: 0 } });
    expect(parse(frame).toSpec()[1]).not.toHaveProperty('fields.bottomOfStack');
    const early = build([ethernet(), mpls({ bottomOfStack: true }), mpls(), ipv4()]);
    expect(parse(early).all('mpls').length).toBe(1);
    expect(build(parse(early).toSpec())).toEqual(early);
  });

  it('leads to either version of IP by the first half-byte', () => {
    expect(layersOf(build([ethernet(), mpls(), ipv4()]))).toBe('ethernet mpls ipv4');
    expect(layersOf(build([ethernet(), mpls(), ipv6()]))).toBe('ethernet mpls ipv6');
    expect(parse(build([ethernet(), mpls(), ipv6()])).problems).toEqual([]);
  });

  it('leads to Ethernet behind a control word, and without one where only that makes sense', () => {
    const inner = ethernet({ src: '52:54:00:00:00:01', dst: '52:54:00:00:00:02' });
    const word = build([ethernet(), mpls(), pseudowire({ sequence: 3 }), inner, ipv4()]);
    expect(layersOf(word)).toBe('ethernet mpls pseudowire ethernet ipv4');
    expect(parse(word).layer('pseudowire')?.sequence).toBe(3);
    const plain = build([ethernet(), mpls(), ethernet({ dst: '00:00:5e:00:53:01' }), ipv4()]);
    expect(layersOf(plain)).toBe('ethernet mpls ethernet ipv4');
    // An address that begins with a 4 is taken for IPv4, by every receiver (RFC 4928).
    const four = build([ethernet(), mpls(), ethernet({ dst: '42:00:5e:00:53:01' }), ipv4()]);
    expect(layersOf(four)).toBe('ethernet mpls');
    expect(build(parse(four).toSpec())).toEqual(four);
    // Neither reading has a known type: the standard's form is taken.
    const neither = build([ethernet(), mpls(), new Uint8Array(30)]);
    expect(layersOf(neither)).toBe('ethernet mpls pseudowire ethernet');
  });

  it('is data behind a channel label, another half-byte, and less than a control word', () => {
    for (const name of ['mpls-associated-channel', 'mpls-other', 'cut-control-word']) {
      expect(parse(fixture(name)).layers.at(-1)?.layer, name).toBe('mpls');
      expect(parse(fixture(name)).problems, name).toEqual([]);
    }
  });

  it('is named once', () => {
    expect(protocols('mpls-stack')).toBe('eth:ethertype:mpls:ipv6:tcp');
    expect(protocols('mpls-ethernet')).toBe(
      'eth:ethertype:mpls:pwethheuristic:pwethnocw:eth:ethertype:ip:tcp',
    );
    expect(protocols('mpls-control-word')).toBe(
      'eth:ethertype:mpls:pwethheuristic:pwethcw:eth:ethertype:ip:tcp',
    );
    expect(valuesOf(fixture('mpls-stack'), 'mpls.label')).toEqual([1000, 200, 0xfffff]);
    expect(valuesOf(fixture('mpls-control-word'), 'pweth.cw.sequence_number')).toEqual([7]);
  });

  it('that ends without a bottom, or inside a label, is cut', () => {
    for (const name of ['mpls-no-bottom', 'cut-mpls']) {
      expect(parse(fixture(name)).problems, name).toMatchObject([{ code: 'MPLS_HEADER_CUT' }]);
    }
  });

  it('of 1,000 labels is cut off at the cap', () => {
    const frame = build([ethernet(), ...Array.from({ length: 1000 }, () => mpls()), ipv4()]);
    const packet = parse(frame);
    expect(packet.layers.length).toBe(128);
    expect(packet.problems.map((p) => p.code)).toEqual(['TOO_MANY_LAYERS']);
    expect(build(packet.toSpec())).toEqual(frame);
    expect(parse(frame, { maxDepth: 2000 }).layers.length).toBe(1002);
  });

  it('has labels with meanings of their own, and says where they are wrong', () => {
    const codes = (label: number, bottom: boolean) =>
      parse(build([ethernet(), mpls({ label }), ...(bottom ? [] : [mpls()]), ipv4()])).problems.map(
        (p) => p.code,
      );
    expect(codes(0, true)).toEqual([]);
    expect(codes(0, false)).toEqual(['MPLS_EXPLICIT_NULL_NOT_AT_BOTTOM']);
    expect(codes(1, true)).toEqual(['MPLS_ROUTER_ALERT_AT_BOTTOM']);
    expect(codes(1, false)).toEqual([]);
    expect(codes(2, true)).toEqual(['MPLS_EXPLICIT_NULL_OTHER_VERSION']);
    expect(codes(3, false)).toEqual(['MPLS_IMPLICIT_NULL']);
    expect(codes(7, true)).toEqual(['MPLS_LABEL_MISSING']);
    expect(codes(15, false)).toEqual([]);
    for (const label of [4, 5, 6, 8, 12])
      expect(codes(label, false)).toEqual(['MPLS_LABEL_RESERVED']);
    expect(codes(13, true)).toEqual([]);
    expect(codes(14, true)).toEqual([]);
    expect(codes(16, true)).toEqual([]);
  });
});

describe('MPLS in UDP', () => {
  it('has its port, and over IPv4 no checksum', () => {
    const packet = parse(build([ethernet(), ipv4(), udp(), mpls(), ipv4()]));
    expect(packet.layer('udp')).toMatchObject({ dstPort: 6635, checksum: 0 });
    const over6 = parse(build([ethernet(), ipv6(), udp(), mpls(), ipv4()]));
    expect(over6.layer('udp')?.checksum).not.toBe(0);
    // A zero checksum is allowed there, under conditions (RFC 7510 §3.1).
    expect(parse(fixture('mpls-in-udp-ipv6')).problems).toMatchObject([
      { code: 'CHECKSUM_ABSENT', severity: 'info', layer: 'udp' },
    ]);
  });
});

describe('a control word', () => {
  it('is none where its first half-byte is not 0', () => {
    const view = new DataView(Uint8Array.of(0x10, 0, 0, 0).buffer);
    expect(() => new PseudowireView(view)).toThrow(/four bits of 0/);
  });

  it('and a label are summed up', () => {
    const packet = parse(fixture('mpls-control-word'));
    const [, label, word] = packet.layers;
    const place = packet.places()[1] as never;
    expect(mplsProtocol.summary(label as MplsView, place)).toBe('Label 100, TTL 64');
    expect(pseudowireProtocol.summary(word as PseudowireView, place)).toBe('Sequence 7');
  });
});
