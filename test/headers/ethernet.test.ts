import { describe, expect, it } from 'vitest';
import {
  checkEthernet,
  EthernetView,
  ethernet,
  ethernetProtocol,
} from '../../src/headers/ethernet.js';
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
  return build([ethernet({ type }), new Uint8Array(body)]);
}

describe('the type field', () => {
  it.each([0, 1, 45, 46])('is a length where it is %i: the body ends there', (length) => {
    const packet = parse(frameOfType(length));
    expect(packet.payload.length).toBe(length);
    expect(packet.trailer(0).length).toBe(46 - length);
    expect(packet.layers[0]?.end).toBe(14 + length);
    expect(packet.problems).toEqual([]);
  });

  it('is a length up to 1500 and past the end of the frame: a problem, the body is what is there', () => {
    for (const length of [47, 1500]) {
      const packet = parse(frameOfType(length));
      expect(packet.payload.length).toBe(46);
      expect(packet.problems).toMatchObject([
        { code: 'ETHERNET_LENGTH_PAST_END', offset: 12, field: 'type', need: length, have: 46 },
      ]);
    }
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

  it('leads to nothing where it is a length, even one that is bound', () => {
    const extent = { wireEnd: 60, bodyEnd: 0, next: 5, alternative: 5, problems: 0 };
    checkEthernet(viewOf(frameOfType(46)), 0, 60, extent);
    expect([extent.next, extent.alternative]).toEqual([-1, -1]);
  });

  it('is the experimental EtherType where only payload follows and none is given', () => {
    expect(new EthernetView(viewOf(build([ethernet(), 'x']))).type).toBe(0x88b5);
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
