import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { LacpView, lacp, lacpProtocol } from '../../src/headers/lacp.js';
import { LACP_STATE } from '../../src/headers/lacp-wire.js';
import { SlowView, slow, slowProtocol } from '../../src/headers/slow.js';
import { build } from '../../src/packet/build.js';
import { protocolsOf } from '../../src/packet/frame-names.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

headerContract({
  protocol: slowProtocol,
  View: SlowView,
  fixture: 'lacp',
  offset: 14,
  bytes: 1,
  fields: { subtype: 1 },
});

headerContract({
  protocol: lacpProtocol,
  View: LacpView,
  fixture: 'lacp',
  offset: 15,
  bytes: 45,
  fields: {
    version: 1,
    actorType: 1,
    actorLength: 20,
    actorSystemPriority: 32768,
    actorSystem: '02:00:00:00:00:01',
    actorKey: 13,
    actorPortPriority: 255,
    actorPort: 22,
    actorState: 0x3d,
    actorReserved: 0,
    partnerType: 2,
    partnerLength: 20,
    partnerSystemPriority: 4096,
    partnerSystem: '02:00:00:00:00:02',
    partnerKey: 14,
    partnerPortPriority: 128,
    partnerPort: 25,
    partnerState: 0x45,
    partnerReserved: 0,
    collectorType: 3,
    collectorLength: 16,
    maxDelay: 5,
  },
});

describe('LACP', () => {
  it('is built with its types and lengths, behind the subtype that leads to it', () => {
    const state = LACP_STATE.activity | LACP_STATE.aggregation;
    const frame = build([ethernet(), slow(), lacp({ actorState: state }), new Uint8Array(64)]);
    expect(frame.length).toBe(124);
    const packet = parse(frame);
    expect(packet.layer('ethernet')?.type).toBe(0x8809);
    expect(packet.layer('slow')?.subtype).toBe(1);
    expect(packet.layer('lacp')).toMatchObject({
      version: 1,
      actorType: 1,
      actorLength: 20,
      partnerType: 2,
      partnerLength: 20,
      collectorType: 3,
      collectorLength: 16,
    });
    expect(build(packet.toSpec())).toEqual(frame);
  });

  it('keeps types and lengths that are wrong', () => {
    const frame = fixture('lacp');
    frame[16] = 9;
    frame[17] = 7;
    const packet = parse(frame);
    expect(packet.layer('lacp')).toMatchObject({ actorType: 9, actorLength: 7 });
    expect(build(packet.toSpec())).toEqual(frame);
    expect(packet.toSpec()[2]).toMatchObject({ fields: { actorType: 9, actorLength: 7 } });
  });

  it('is its own down to the padding, and only one of the slow protocols', () => {
    expect(protocolsOf(parse(fixture('lacp')))).toBe('eth:ethertype:slow:lacp');
    expect(parse(fixture('slow-marker')).layers.map((l) => l.layer)).toEqual(['ethernet', 'slow']);
    expect(parse(build([ethernet(), slow(), 'x'])).layer('slow')?.subtype).toBe(0);
  });

  it('has names for state and for the terminator, where it is there', () => {
    expect(valuesOf(fixture('lacp'), 'lacp.actor.state.synchronization')).toEqual([1]);
    expect(valuesOf(fixture('lacp'), 'lacp.actor.state.timeout')).toEqual([0]);
    expect(valuesOf(fixture('lacp'), 'lacp.partner.state.defaulted')).toEqual([1]);
    expect(valuesOf(fixture('lacp'), 'lacp.tlv_type')).toEqual([1, 2, 3, 0]);
    expect(valuesOf(fixture('lacp').slice(0, 60), 'lacp.tlv_type')).toEqual([1, 2, 3]);
  });

  it('tells of itself in a line', () => {
    const packet = parse(fixture('lacp'));
    const line = (i: number) => {
      const layer = packet.layers[i];
      return layer?.descriptor.summary(layer, {} as never);
    };
    expect(line(1)).toBe('Subtype 1');
    expect(line(2)).toBe('Actor 02:00:00:00:00:01, partner 02:00:00:00:00:02');
  });
});
