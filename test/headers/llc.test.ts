import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { LlcView, llc, llcHeaderBytes, llcProtocol } from '../../src/headers/llc.js';
import { SnapView, snap, snapProtocol } from '../../src/headers/snap.js';
import { stp } from '../../src/headers/stp.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract, type OtherField } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

const control: OtherField = {
  good: [0x03, 0xff, 0x0000, 0xfffe, 0x0001, 0xfffd],
  bad: [0x103, 0x10000, -1, 1.5, '3', {}],
  setter: false,
};

headerContract({
  protocol: llcProtocol,
  View: LlcView,
  fixture: 'ieee8023-stp',
  offset: 14,
  bytes: 3,
  fields: { dsap: 0x42, ssap: 0x42, control: 3 },
  others: { control },
  computedNames: ['llc.control.u_modifier_cmd'],
});

headerContract({
  protocol: llcProtocol,
  View: LlcView,
  fixture: 'llc-information',
  offset: 14,
  bytes: 4,
  fields: { dsap: 4, ssap: 4, control: 0x552a },
  others: { control },
  computedNames: ['llc.control'],
});

headerContract({
  protocol: snapProtocol,
  View: SnapView,
  fixture: 'snap-ipv4',
  offset: 17,
  bytes: 5,
  fields: { oui: 0, pid: 0x0800 },
});

const stackOf = (frame: Uint8Array): string =>
  parse(frame)
    .layers.map((layer) => layer.layer)
    .join(' ');

describe('LLC', () => {
  it('has the access point of what follows, for both ends, and is unnumbered information', () => {
    const frame = build([ethernet(), llc(), ipv4(), udp()]);
    const packet = parse(frame);
    expect(packet.layer('llc')).toMatchObject({ dsap: 6, ssap: 6, control: 3 });
    expect(build(packet.toSpec())).toEqual(frame);
    expect(packet.toSpec()[1]).toMatchObject({ fields: { control: 3 } });
    expect(parse(build([ethernet(), llc(), 'x'])).layer('llc')).toMatchObject({ dsap: 0, ssap: 0 });
  });

  it('has a control field of one byte or of two, by its low bits', () => {
    expect(llcHeaderBytes({})).toBe(3);
    expect(llcHeaderBytes({ control: 0xbf })).toBe(3);
    expect(llcHeaderBytes({ control: 0x0101 })).toBe(4);
    expect(llcHeaderBytes({ control: 0 })).toBe(4);
  });

  it('carries a packet in UI and information frames only, by the whole access point', () => {
    const behind = (fields: Parameters<typeof llc>[0]) =>
      stackOf(build([ethernet(), llc(fields), ipv4(), udp()]));
    expect(behind({ control: 0x03 })).toBe('ethernet llc ipv4 udp');
    expect(behind({ control: 0x0000 })).toBe('ethernet llc ipv4 udp');
    expect(behind({ ssap: 0x42 })).toBe('ethernet llc ipv4 udp');
    for (const other of [{ control: 0x13 }, { control: 0xbf }, { control: 1 }, { dsap: 7 }]) {
      expect(behind(other)).toBe('ethernet llc');
    }
  });

  it('leads to SNAP where both access points say so', () => {
    expect(stackOf(fixture('snap-ipv4'))).toBe('ethernet llc snap ipv4 udp');
    const frame = build([ethernet(), llc({ ssap: 0x42 }), snap(), ipv4()]);
    expect(stackOf(frame)).toBe('ethernet llc');
  });

  it('needs as many bytes as its control field says', () => {
    expect(parse(fixture('llc-cut')).problems).toMatchObject([
      { code: 'LLC_HEADER_CUT', offset: 14, need: 3, have: 2 },
    ]);
    const frame = build([ethernet({ type: 3 }), Uint8Array.of(4, 4, 1)]);
    expect(parse(frame).problems).toMatchObject([{ need: 4, have: 3 }]);
  });

  it('has names for every kind of control field', () => {
    const of = (name: string, field: string) => valuesOf(fixture(name), `llc.control.${field}`);
    expect(of('llc-information', 'n_s')).toEqual([21]);
    expect(of('llc-information', 'n_r')).toEqual([42]);
    expect(of('llc-information', 'p')).toEqual([1]);
    expect(of('llc-supervisory', 'n_r')).toEqual([5]);
    expect(of('llc-supervisory', 's_ftype')).toEqual([0]);
    expect(of('llc-supervisory', 'f')).toEqual([1]);
    expect(of('llc-supervisory', 'p')).toEqual([]);
    expect(of('llc-test', 'u_modifier_cmd')).toEqual([0x38]);
    expect(of('llc-test', 'u_modifier_resp')).toEqual([]);
    expect(of('llc-test', 'ftype')).toEqual([3]);
  });

  it('tells of itself in a line', () => {
    const layer = parse(fixture('llc-test')).layer('llc') as LlcView;
    expect(llcProtocol.summary(layer, {} as never)).toBe('DSAP 0x00, SSAP 0x00, control 0xf3');
  });
});

describe('SNAP', () => {
  it('has the EtherType of what follows, and the organization 0', () => {
    const packet = parse(build([ethernet(), llc(), snap(), ipv4()]));
    expect(packet.layer('llc')).toMatchObject({ dsap: 0xaa, ssap: 0xaa });
    expect(packet.layer('snap')).toMatchObject({ oui: 0, pid: 0x0800 });
    const nothing = parse(build([ethernet(), llc(), snap(), 'x'])).layer('snap');
    expect(nothing).toMatchObject({ oui: 0, pid: 0x88b5 });
  });

  it('refuses what only a number that is no EtherType leads to, but LLC', () => {
    expect(() => build([ethernet(), stp()])).toThrow(/no EtherType leads to the layer/);
    expect(() => build([snap(), udp()])).toThrow(/no number is bound/);
  });

  it("has Cisco's organization in front of the spanning tree", () => {
    const frame = build([ethernet(), llc(), snap(), stp()]);
    expect(parse(frame).layer('snap')).toMatchObject({ oui: 0x00000c, pid: 0x010b });
    expect(stackOf(frame)).toBe('ethernet llc snap stp');
    expect(stackOf(fixture('pvst'))).toBe('ethernet llc snap stp');
  });

  it('leads on by the organizations whose ids are EtherTypes, and by no small number', () => {
    expect(stackOf(fixture('snap-arp'))).toBe('ethernet llc snap arp');
    expect(stackOf(fixture('snap-unknown'))).toBe('ethernet llc snap');
    for (const pid of [4, 0x010b, 1535]) {
      expect(stackOf(build([ethernet(), llc(), snap({ oui: 0, pid }), 'hello']))).toBe(
        'ethernet llc snap',
      );
    }
    const cisco = build([ethernet(), llc(), snap({ oui: 0x00000c, pid: 0x0800 }), ipv4()]);
    expect(stackOf(cisco)).toBe('ethernet llc snap');
  });

  it('gives its id the name that the organization has in Wireshark', () => {
    const namesOf = (name: string) =>
      ['llc.type', 'llc.cisco_pid', 'llc.pid'].filter(
        (one) => valuesOf(fixture(name), one).length > 0,
      );
    expect(namesOf('snap-ipv4')).toEqual(['llc.type']);
    expect(namesOf('snap-arp')).toEqual(['llc.type']);
    expect(namesOf('pvst')).toEqual(['llc.cisco_pid']);
    expect(namesOf('snap-unknown')).toEqual(['llc.pid']);
  });

  it('is a part of LLC to Wireshark, and tells of itself in a line', () => {
    const layer = parse(fixture('snap-ipv4')).layer('snap') as SnapView;
    expect(snapProtocol.wiresharkName(layer)).toBe('');
    expect(snapProtocol.summary(layer, {} as never)).toBe('Organization 0, protocol 0x800');
  });
});
