import { describe, expect, it } from 'vitest';
import { EthernetView, ethernet, ethernetProtocol } from '../../src/headers/ethernet.js';
import { llc } from '../../src/headers/llc.js';
import { stp } from '../../src/headers/stp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';
import { viewOf } from '../support/reference.js';

headerContract({
  protocol: ethernetProtocol,
  View: EthernetView,
  fixture: 'vxlan',
  offset: 50,
  bytes: 14,
  fields: { dst: '02:00:00:00:00:0b', src: '02:00:00:00:00:0a', type: 0x0800 },
});

headerContract({
  protocol: ethernetProtocol,
  View: EthernetView,
  fixture: 'ieee8023-stp',
  offset: 0,
  bytes: 14,
  fields: { dst: '01:80:c2:00:00:00', src: '02:00:00:00:00:01', type: 38 },
});

function frameOfType(type: number, body = 46): Uint8Array {
  // Access points 3, unnumbered information: an LLC header that leads nowhere; then padding.
  const frame = build([ethernet({ type }), new Uint8Array(body).fill(3)]);
  return type < body ? frame.fill(0, 14 + type) : frame;
}

describe('EDGE-CASES 8: the type field', () => {
  it.each([3, 45, 46])('is a length where it is %i: LLC follows, the body ends there', (length) => {
    const packet = parse(frameOfType(length));
    expect(packet.layers.map((layer) => layer.layer)).toEqual(['ethernet', 'llc']);
    expect(packet.layers[0]?.end).toBe(14 + length);
    expect(packet.trailer(0).length).toBe(46 - length);
    expect(packet.problems).toEqual([]);
    expect(build(packet.toSpec())).toEqual(frameOfType(length));
  });

  it.each([1, 2])('is a length of %i: too short for LLC, which is a problem', (length) => {
    const packet = parse(frameOfType(length));
    expect(packet.payload.length).toBe(length);
    expect(packet.problems).toMatchObject([{ code: 'LLC_HEADER_CUT', offset: 14, have: length }]);
    expect(build(packet.toSpec())).toEqual(frameOfType(length));
  });

  it('is no length where it is 0, as in Wireshark: the body goes to the end', () => {
    const packet = parse(fixture('ieee8023-length-0'));
    expect(packet.layers.length).toBe(1);
    expect(packet.payload.length).toBe(46);
    expect(packet.problems).toEqual([]);
    expect(valuesOf(fixture('ieee8023-length-0'), 'eth.type')).toEqual([0]);
    expect(valuesOf(fixture('ieee8023-length-0'), 'eth.len')).toEqual([]);
    expect(packet.layer('ethernet')?.descriptor.wiresharkName(packet.layers[0] as never)).toBe(
      'eth:ethertype',
    );
  });

  it('leads to no LLC where two bytes of ones follow: that is IPX in raw 802.3', () => {
    const packet = parse(fixture('ieee8023-novell'));
    expect(packet.layers.map((layer) => layer.layer)).toEqual(['ethernet']);
    expect(packet.payload.length).toBe(32);
    expect(packet.problems).toEqual([]);
    // One byte alone is no such mark: it is the beginning of LLC.
    const one = parse(build([ethernet({ type: 1 }), Uint8Array.of(0xff, 0)]));
    expect(one.problems.map((p) => p.code)).toEqual(['LLC_HEADER_CUT']);
  });

  it('is neither length nor type from 1501 to 1535', () => {
    for (const type of [1501, 1535]) {
      const packet = parse(frameOfType(type));
      expect(packet.problems.map((p) => p.code)).toEqual(['ETHERNET_TYPE_INVALID']);
      expect(packet.payload.length).toBe(46);
    }
  });

  it('is an EtherType from 1536', () => {
    expect(parse(frameOfType(1536)).problems).toEqual([]);
  });

  it('is the experimental EtherType where only payload follows and none is given', () => {
    expect(new EthernetView(viewOf(build([ethernet(), 'x']))).type).toBe(0x88b5);
  });
});

describe('EDGE-CASES 9: a length past the end of the frame', () => {
  it('is a problem, and LLC is still decoded', () => {
    for (const length of [47, 1500]) {
      const packet = parse(frameOfType(length));
      expect(packet.layers.map((layer) => layer.layer)).toEqual(['ethernet', 'llc']);
      expect(packet.payload.length).toBe(43);
      expect(packet.problems).toMatchObject([
        { code: 'ETHERNET_LENGTH_PAST_END', offset: 12, field: 'type', need: length, have: 46 },
      ]);
    }
    const packet = parse(fixture('ieee8023-length-past-end'));
    expect(packet.layers.map((layer) => layer.layer)).toEqual(['ethernet', 'llc', 'stp']);
    expect(build(packet.toSpec())).toEqual(fixture('ieee8023-length-past-end'));
  });
});

describe('a frame with LLC', () => {
  const layers = [ethernet(), llc({ dsap: 0 })];

  it('has its length computed, of up to 1500 bytes', () => {
    const frame = build([...layers, new Uint8Array(1497)]);
    expect(new EthernetView(viewOf(frame)).type).toBe(1500);
    expect(() => build([...layers, new Uint8Array(1498)])).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE', layer: 'ethernet', field: 'type' }),
    );
  });

  it('keeps a length that is given, right or wrong', () => {
    const frame = build([ethernet({ type: 77 }), llc({ dsap: 0 }), 'x']);
    expect(new EthernetView(viewOf(frame)).type).toBe(77);
  });

  it('is padded behind what the length counts', () => {
    const frame = build([...layers, 'hello'], { padTo: 60 });
    expect(frame.length).toBe(60);
    expect(new EthernetView(viewOf(frame)).type).toBe(8);
    const packet = parse(frame);
    expect(packet.payload).toEqual(new TextEncoder().encode('hello'));
    expect(packet.trailer(0)).toEqual(new Uint8Array(38));
    expect(build(packet.toSpec())).toEqual(frame);
  });

  it('is needed in front of the spanning tree, which has no EtherType', () => {
    expect(() => build([ethernet(), stp()])).toThrow(
      expect.objectContaining({ code: 'BAD_VALUE', layer: 'ethernet', field: 'type' }),
    );
  });
});

describe('a line about a frame', () => {
  it('tells the EtherType or the length', () => {
    const of = (name: string) => {
      const layer = parse(fixture(name)).layer('ethernet') as EthernetView;
      return [ethernetProtocol.summary(layer, {} as never), ethernetProtocol.wiresharkName(layer)];
    };
    expect(of('udp')).toEqual(['EtherType 0x0800', 'eth:ethertype']);
    expect(of('ieee8023-stp')).toEqual(['802.3, length 38', 'eth']);
  });

  it('has both ends', () => {
    const layer = parse(fixture('ieee8023-stp')).layer('ethernet') as EthernetView;
    expect(ethernetProtocol.ends(layer)).toEqual({
      src: '02:00:00:00:00:01',
      dst: '01:80:c2:00:00:00',
    });
  });
});

describe('addresses', () => {
  it('may be written with dashes and capitals', () => {
    const frame = build([ethernet({ dst: 'AB-CD-EF-01-23-45', src: 'aB:cD:eF:01:23:45' })]);
    expect(parse(frame).layer('ethernet')).toMatchObject({
      dst: 'ab:cd:ef:01:23:45',
      src: 'ab:cd:ef:01:23:45',
    });
  });

  it('are zeros where they are not given', () => {
    expect(build([ethernet()]).slice(0, 12)).toEqual(new Uint8Array(12));
  });
});

describe('names', () => {
  it('say length or type, never both, and neither in between', () => {
    const typeNames = ['eth.type', 'eth.len', 'eth.invalid_lentype'];
    const present = (name: string) =>
      typeNames.filter((one) => valuesOf(fixture(name), one).length > 0);
    expect(present('vxlan')).toEqual(['eth.type']);
    expect(present('ieee8023-stp')).toEqual(['eth.len']);
    expect(present('ethernet-type-invalid')).toEqual(['eth.invalid_lentype']);
  });

  it('give the group and locally administered bits', () => {
    expect(valuesOf(fixture('ieee8023-stp'), 'eth.dst.ig')).toEqual([1]);
    expect(valuesOf(fixture('ieee8023-stp'), 'eth.dst.lg')).toEqual([0]);
    expect(valuesOf(fixture('ieee8023-stp'), 'eth.src.ig')).toEqual([0]);
    expect(valuesOf(fixture('ieee8023-stp'), 'eth.src.lg')).toEqual([1]);
  });

  it('give both addresses under eth.addr', () => {
    expect(valuesOf(fixture('ieee8023-stp'), 'eth.addr')).toEqual([
      '01:80:c2:00:00:00',
      '02:00:00:00:00:01',
    ]);
  });
});
