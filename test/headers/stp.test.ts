import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { llc } from '../../src/headers/llc.js';
import { StpView, stp, stpHeaderBytes, stpProtocol } from '../../src/headers/stp.js';
import { build } from '../../src/packet/build.js';
import { protocolsOf } from '../../src/packet/frame-names.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { namedValues, valuesOf } from '../support/names.js';

headerContract({
  protocol: stpProtocol,
  View: StpView,
  fixture: 'pvst',
  offset: 22,
  bytes: 35,
  fields: {
    protocol: 0,
    version: 2,
    type: 2,
    flags: 0x3c,
    rootPriority: 8,
    rootExtension: 0,
    rootMac: '02:00:00:00:00:01',
    rootCost: 4,
    bridgePriority: 8,
    bridgeExtension: 10,
    bridgeMac: '02:00:00:00:00:02',
    port: 0x8001,
    messageAge: 256,
    maxAge: 0x1400,
    helloTime: 0x0200,
    forwardDelay: 0x0f00,
  },
  computedNames: [
    'stp.root.prio',
    'stp.bridge.prio',
    'stp.msg_age',
    'stp.max_age',
    'stp.hello',
    'stp.forward',
  ],
});

describe('a BPDU', () => {
  it('is one of configuration by default, with the usual priority and times', () => {
    const frame = build([ethernet(), llc(), stp({ rootMac: '02:00:00:00:00:01' })]);
    expect(parse(frame).layer('stp')).toMatchObject({
      type: 0,
      rootPriority: 8,
      maxAge: 20 * 256,
      helloTime: 2 * 256,
      forwardDelay: 15 * 256,
    });
    expect(parse(frame).layer('llc')).toMatchObject({ dsap: 0x42, ssap: 0x42 });
  });

  it('has four bytes where it is of another type, or of GARP', () => {
    expect(stpHeaderBytes({ type: 0x80 })).toBe(4);
    expect(stpHeaderBytes({ protocol: 1 })).toBe(4);
    expect(stpHeaderBytes({ type: 2 })).toBe(35);
    const packet = parse(fixture('stp-topology-change'));
    const layer = packet.layer('stp') as StpView;
    expect(layer.isConfiguration).toBe(false);
    expect(stpProtocol.decode(layer)).toEqual({ protocol: 0, version: 0, type: 0x80 });
    expect(build(packet.toSpec())).toEqual(fixture('stp-topology-change'));
    expect(protocolsOf(packet)).toBe('eth:llc:stp');
  });

  it('writes fields of a configuration that are given, whatever its type', () => {
    expect(stpHeaderBytes({ type: 0x80, flags: 0 })).toBe(35);
    expect(build([stp({ type: 0x80, port: 7 })]).length).toBe(35);
  });

  it('is none where it is cut, short or long', () => {
    expect(parse(fixture('cut-stp')).problems).toMatchObject([
      { code: 'STP_HEADER_CUT', offset: 17, need: 35, have: 20 },
    ]);
    const three = build([ethernet(), llc({ dsap: 0x42 }), new Uint8Array(3)]);
    expect(parse(three).problems).toMatchObject([{ need: 4, have: 3 }]);
  });

  it('keeps what a version adds as its body', () => {
    for (const name of ['stp-rapid', 'stp-multiple', 'pvst']) {
      const packet = parse(fixture(name));
      expect(packet.payload.length).toBeGreaterThan(0);
      expect(protocolsOf(packet)).toBe('eth:llc:stp');
      expect(build(packet.toSpec())).toEqual(fixture(name));
    }
  });

  it('tells of itself in a line', () => {
    const line = (name: string) => {
      const layer = parse(fixture(name)).layer('stp') as StpView;
      return stpProtocol.summary(layer, {} as never);
    };
    expect(line('stp-topology-change')).toBe('Topology Change');
    expect(line('ieee8023-stp')).toBe('Root 32768/0/02:00:00:00:00:01, cost 0');
    const garp = parse(build([ethernet(), llc({ dsap: 0x42 }), stp({ protocol: 1 })]));
    expect(stpProtocol.summary(garp.layer('stp') as StpView, {} as never)).toBe('BPDU');
  });
});

describe('names', () => {
  it('are of a configuration only where it is one, and of none in GARP', () => {
    const of = (frame: Uint8Array) =>
      namedValues(frame)
        .map((one) => one.field.name)
        .filter((one) => one.startsWith('stp.'));
    expect(of(fixture('stp-topology-change'))).toEqual(['stp.protocol', 'stp.version', 'stp.type']);
    const garp = build([ethernet(), llc({ dsap: 0x42 }), stp({ protocol: 1 }), new Uint8Array(9)]);
    expect(of(garp)).toEqual([]);
    expect(of(fixture('ieee8023-stp'))).not.toContain('stp.flags.proposal');
    expect(of(fixture('stp-rapid'))).toContain('stp.flags.proposal');
  });

  it('count priorities in steps of 4096 and times in seconds', () => {
    expect(valuesOf(fixture('stp-rapid'), 'stp.root.prio')).toEqual([32768]);
    expect(valuesOf(fixture('stp-rapid'), 'stp.msg_age')).toEqual([1]);
    expect(valuesOf(fixture('stp-rapid'), 'stp.forward')).toEqual([15]);
  });

  it('have no version 1 length where nothing is behind a rapid BPDU', () => {
    const frame = build([ethernet(), llc(), stp({ version: 2, type: 2 })]);
    expect(valuesOf(frame, 'stp.version_1_length')).toEqual([]);
  });

  it('give the flags of every tree of MSTP', () => {
    expect(valuesOf(fixture('stp-multiple'), 'stp.flags.port_role')).toEqual([3, 3]);
    expect(valuesOf(fixture('stp-multiple'), 'stp.flags.agreement')).toEqual([0, 1]);
    // The length that the trees are counted by is cut, or lies.
    const frame = fixture('stp-multiple');
    frame[17 + 36] = 0xff;
    expect(valuesOf(frame, 'stp.flags.port_role')).toEqual([3, 3]);
    const cut = parse(frame.slice(0, 60)).layer('stp') as StpView;
    const role = stpProtocol.names.find((one) => one.name === 'stp.flags.port_role');
    const values: unknown[] = [];
    role?.each(cut, {} as never, (value) => values.push(value));
    expect(values).toEqual([3]);
  });
});
