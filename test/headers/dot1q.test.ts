import { describe, expect, it } from 'vitest';
import { Dot1qView, dot1q, dot1qProtocol } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { llc } from '../../src/headers/llc.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { namedValues, valuesOf } from '../support/names.js';

headerContract({
  protocol: dot1qProtocol,
  View: Dot1qView,
  fixture: 'dot1q',
  offset: 14,
  bytes: 4,
  fields: { priority: 5, dei: false, vid: 10, type: 0x0800 },
});

headerContract({
  protocol: dot1qProtocol,
  View: Dot1qView,
  fixture: 'qinq',
  offset: 14,
  bytes: 4,
  fields: { priority: 3, dei: false, vid: 100, type: 0x8100 },
});

function tagNames(name: string): string[] {
  const names = namedValues(fixture(name)).map((one) => one.field.name);
  return [...new Set(names.filter((one) => /^(vlan|ieee8021ad)\./.test(one)))].sort();
}

describe('an 802.1Q tag', () => {
  it('has its TPID in the layer in front, which build computes', () => {
    const frame = build([ethernet(), dot1q({ vid: 1 }), dot1q({ vid: 2 }), ipv4()]);
    expect(parse(frame).layer('ethernet')?.type).toBe(0x8100);
    expect(parse(frame).all('dot1q')).toMatchObject([
      { vid: 1, type: 0x8100, via: 0x8100 },
      { vid: 2, type: 0x0800, via: 0x8100 },
    ]);
  });

  it.each([0x8100, 0x88a8, 0x9100])('keeps the TPID 0x%s that is given', (tpid) => {
    const frame = build([ethernet({ type: tpid }), dot1q({ vid: 7 }), ipv4()]);
    const packet = parse(frame);
    expect(packet.layer('ethernet')?.type).toBe(tpid);
    expect(packet.layer('dot1q')).toMatchObject({ vid: 7, via: tpid });
    expect(build(packet.toSpec())).toEqual(frame);
  });

  it('is not led to by 0x9200, as in Wireshark', () => {
    const frame = build([ethernet({ type: 0x9200 }), dot1q(), ipv4()]);
    expect(parse(frame).layers.map((l) => l.layer)).toEqual(['ethernet']);
  });

  it('has the reserved VLAN id as a problem, and the priority tag as none', () => {
    expect(parse(fixture('dot1q-reserved-vid')).problems).toMatchObject([
      { code: 'DOT1Q_VID_RESERVED', offset: 14 },
    ]);
    expect(parse(fixture('dot1q-priority-tag')).problems).toEqual([]);
  });
});

describe('EDGE-CASES 19: a length inside a tag', () => {
  it('means LLC, and the rest is padding of its carrier', () => {
    const packet = parse(fixture('dot1q-length'));
    expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'dot1q', 'llc']);
    expect(packet.payload.length).toBe(0);
    expect(packet.trailer(1).length).toBe(39);
    const tree = parse(fixture('dot1q-llc'));
    expect(tree.layers.map((l) => l.layer)).toEqual(['ethernet', 'dot1q', 'llc', 'stp']);
    expect(build(tree.toSpec())).toEqual(fixture('dot1q-llc'));
  });

  it('is computed, and padding is behind what it counts', () => {
    const frame = build([ethernet(), dot1q({ vid: 1 }), llc({ dsap: 0 }), 'x'], { padTo: 64 });
    const packet = parse(frame);
    expect(packet.layer('dot1q')?.type).toBe(4);
    expect(packet.payload.length).toBe(1);
    expect(frame.length).toBe(64);
    expect(build(packet.toSpec())).toEqual(frame);
  });

  it('of 0 leaves nothing of LLC', () => {
    const packet = parse(build([ethernet(), dot1q({ type: 0 }), new Uint8Array(40)]));
    expect(packet.problems.map((p) => p.code)).toEqual(['LLC_HEADER_CUT']);
    expect(packet.trailer(1).length).toBe(40);
  });

  it('past the end is a problem, and LLC is still decoded', () => {
    const packet = parse(fixture('dot1q-length-past-end'));
    expect(packet.problems.map((p) => p.code)).toEqual(['DOT1Q_LENGTH_PAST_END']);
    expect(packet.layer('llc')).toBeDefined();
  });
});

describe('a line about a tag', () => {
  it('tells VLAN and priority, and its Wireshark name whether a type follows', () => {
    const of = (name: string) => {
      const layer = parse(fixture(name)).layer('dot1q') as Dot1qView;
      return [dot1qProtocol.summary(layer, {} as never), dot1qProtocol.wiresharkName(layer)];
    };
    expect(of('dot1q')).toEqual(['VLAN 10, priority 5', 'vlan:ethertype']);
    expect(of('dot1q-llc')).toEqual(['VLAN 10, priority 0', 'vlan']);
    expect(of('qinq')).toEqual(['VLAN 100, priority 3', 'ieee8021ad:ethertype']);
  });
});

describe('names', () => {
  it("are vlan.* behind 0x8100 and 0x9100, ieee8021ad.* behind 0x88a8, as Wireshark's", () => {
    expect(tagNames('dot1q')).toEqual(['vlan.dei', 'vlan.etype', 'vlan.id', 'vlan.priority']);
    expect(valuesOf(fixture('qinq'), 'ieee8021ad.id')).toEqual([100]);
    expect(valuesOf(fixture('qinq'), 'vlan.id')).toEqual([10]);
    expect(valuesOf(fixture('qinq-9100'), 'vlan.id')).toEqual([200, 20]);
    expect(valuesOf(fixture('qinq-9100'), 'ieee8021ad.id')).toEqual([]);
  });

  it('say length or type by the number', () => {
    expect(valuesOf(fixture('dot1q-length'), 'vlan.len')).toEqual([3]);
    expect(valuesOf(fixture('dot1q-length'), 'vlan.etype')).toEqual([]);
    expect(valuesOf(fixture('dot1q-type-invalid'), 'vlan.len')).toEqual([]);
    // What is neither counts as a type, in Wireshark too.
    expect(valuesOf(fixture('dot1q-type-invalid'), 'vlan.etype')).toEqual([1520]);
  });
});
