import { describe, expect, it } from 'vitest';
import { type FrameContext, type FrameOrigin, frameNames } from '../../src/packet/frame-names.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';

/** The values of all names of a frame, by name. */
function valuesOf(name: string, more: Partial<FrameContext> = {}, linkType = 1) {
  const packet = parse(fixture(name), { linkType });
  const frame = { number: 7, packet, epoch: '5.0', relative: '1.0', delta: '0.5', ...more };
  const values = new Map<string, unknown[]>();
  for (const one of frameNames) {
    one.each(frame, (value) => values.set(one.name, [...(values.get(one.name) ?? []), value]));
  }
  return (key: string) => values.get(key);
}

const interfaceOf = (name?: string, description?: string): FrameOrigin['interface'] => ({
  id: 2,
  name,
  description,
  section: { number: 3 },
});

describe('the names of frames', () => {
  it('tell number, lengths, times, protocols and what is data', () => {
    const of = valuesOf('udp');
    expect(of('frame.number')).toEqual([7]);
    expect(of('frame.len')).toEqual(of('frame.cap_len'));
    expect([of('frame.time_epoch'), of('frame.time_relative'), of('frame.time_delta')]).toEqual([
      ['5.0'],
      ['1.0'],
      ['0.5'],
    ]);
    expect(of('frame.protocols')).toEqual(['eth:ethertype:ip:udp:data']);
    expect(of('data.data')?.[0]).toBeInstanceOf(Uint8Array);
    expect(of('frame.encap_type')).toEqual([1]);
  });

  it('have no values where nothing is known', () => {
    const of = valuesOf('arp-request', { epoch: undefined });
    expect(of('frame.time_epoch')).toBe(undefined);
    expect(of('data.data')).toBe(undefined);
    expect(of('data.len')).toBe(undefined);
    expect(of('frame.interface_id')).toBe(undefined);
    expect(of('frame.comment')).toBe(undefined);
  });

  it('name the protocol whose header was begun, and the nothing in front of raw IP', () => {
    expect(valuesOf('cut-udp')('frame.protocols')).toEqual(['eth:ethertype:ip:udp']);
    expect(valuesOf('udp', {}, 147)('frame.protocols')).toEqual(['data']);
    expect(valuesOf('udp', {}, 147)('frame.encap_type')?.[0]).not.toBe(1);
    expect(valuesOf('udp', {}, 60_000)('frame.encap_type')).toEqual([0]);
  });

  it('tell what pcapng says: interface, comments, flags and counts', () => {
    const details = {
      comments: ['one', 'two\nlines\u0007'],
      flags: 0x0000_0001,
      dropCount: 12n,
      packetId: 2n ** 60n,
      queue: 4,
    };
    const of = valuesOf('udp', { origin: { interface: interfaceOf('eth0', 'uplink'), details } });
    expect(of('frame.interface_id')).toEqual([2]);
    expect(of('frame.interface_name')).toEqual(['eth0']);
    expect(of('frame.interface_description')).toEqual(['uplink']);
    expect(of('frame.section_number')).toEqual([3]);
    expect(of('frame.comment')).toEqual(['one', 'two\\nlines\\x07']);
    expect(of('frame.packet_flags')).toEqual([1]);
    expect(of('frame.packet_flags_direction')).toEqual([1]);
    expect(of('frame.drop_count')).toEqual(['12']);
    expect(of('frame.packet_id')).toEqual([String(2n ** 60n)]);
  });

  it('tell of pcapng only what it says', () => {
    const bare = valuesOf('udp', { origin: { interface: interfaceOf(), details: undefined } });
    expect(bare('frame.interface_id')).toEqual([2]);
    expect(bare('frame.interface_description')).toBe(undefined);
    expect(bare('frame.packet_flags')).toBe(undefined);
    const none = valuesOf('udp', { origin: { interface: undefined, details: {} } });
    expect(none('frame.interface_id')).toBe(undefined);
    expect(none('frame.comment')).toBe(undefined);
    expect(none('frame.packet_flags_fcs_length')).toBe(undefined);
    expect(none('frame.drop_count')).toBe(undefined);
  });
});
