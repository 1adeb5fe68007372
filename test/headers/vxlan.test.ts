import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { udp } from '../../src/headers/udp.js';
import { VxlanView, vxlan, vxlanProtocol } from '../../src/headers/vxlan.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';
import { codesOf } from '../support/problems.js';

headerContract({
  protocol: vxlanProtocol,
  View: VxlanView,
  fixture: 'vxlan',
  offset: 42,
  bytes: 8,
  fields: { flags: 0x0800, groupPolicyId: 0, vni: 5000, reserved: 0 },
});

headerContract({
  protocol: vxlanProtocol,
  View: VxlanView,
  fixture: 'vxlan-reserved-bits',
  offset: 42,
  bytes: 8,
  fields: { flags: 0x0801, groupPolicyId: 2, vni: 5000, reserved: 0xff },
});

const flagsOf = (fields: Parameters<typeof vxlan>[0]): number | undefined =>
  parse(build([ethernet(), ipv4(), udp(), vxlan(fields), ethernet()])).layer('vxlan')?.flags;

describe('the flags of VXLAN', () => {
  it('are I by default, and G too where a group policy id is given', () => {
    expect(flagsOf({ vni: 1 })).toBe(0x0800);
    expect(flagsOf({ vni: 1, groupPolicyId: 7 })).toBe(0x8800);
  });

  it('are taken by name or number, and refused by any other name', () => {
    expect(flagsOf({ flags: ['G', 'I', 'D', 'A'] })).toBe(0x8848);
    expect(flagsOf({ flags: [] })).toBe(0);
    expect(flagsOf({ flags: 0xffff })).toBe(0xffff);
    expect(() => flagsOf({ flags: ['X' as 'G'] })).toThrow(/no flag is named X; there are G, I/);
  });

  it('have problems where I is not set and where reserved bits are: the frame is decoded', () => {
    const codes = (name: string) => parse(fixture(name)).problems.map((p) => p.code);
    expect(codes('vxlan-no-i-flag')).toEqual(['VXLAN_I_FLAG_UNSET']);
    expect(codes('vxlan-reserved-bits')).toEqual(['VXLAN_RESERVED_BITS']);
    expect(codes('vxlan-gbp')).toEqual([]);
    for (const name of ['vxlan-no-i-flag', 'vxlan-reserved-bits']) {
      expect(parse(fixture(name)).all('tcp').length).toBe(1);
    }
  });

  it('have their own names', () => {
    const flags = ['vxlan.flag_g', 'vxlan.flag_i', 'vxlan.flag_d', 'vxlan.flag_a'];
    const of = (name: string) => flags.map((flag) => valuesOf(fixture(name), flag)[0]);
    expect(of('vxlan-gbp')).toEqual([1, 1, 1, 1]);
    expect(of('vxlan')).toEqual([0, 1, 0, 0]);
    expect(valuesOf(fixture('vxlan-gbp'), 'vxlan.gbp')).toEqual([0x1234]);
    expect(valuesOf(fixture('vxlan-gbp'), 'vxlan.vni')).toEqual([0xffffff]);
  });
});

describe('VXLAN by ports', () => {
  it('is opened by a source port too, with a problem, unless that is turned off', () => {
    const frame = fixture('vxlan-source-port');
    expect(parse(frame).layer('vxlan')?.vni).toBe(5000);
    expect(parse(frame).problems).toMatchObject([
      { code: 'TUNNEL_BY_SOURCE_PORT', layer: 'vxlan', offset: 42 },
    ]);
    const byDestination = parse(frame, { sourcePorts: false });
    expect(byDestination.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv4', 'udp']);
    expect(codesOf(byDestination)).toEqual(['CHECKSUM_ABSENT']);
  });
});
