/** What an encapsulator refuses, when it is made and when it is called. */
import { describe, expect, it } from 'vitest';
import { FrameArena } from '../../src/encap/arena.js';
import {
  GeneveEncapsulator,
  type GeneveEncapsulatorOptions,
} from '../../src/encap/geneve-encapsulator.js';
import type { OuterOptions } from '../../src/encap/outer.js';
import {
  VxlanEncapsulator,
  type VxlanEncapsulatorOptions,
} from '../../src/encap/vxlan-encapsulator.js';
import { WRAP } from '../../src/encap/wrap.js';
import { OUTER4, OUTER6 } from './wraps.js';

const refused = (action: () => unknown, code: string, message: string): void => {
  expect(action).toThrow(expect.objectContaining({ name: 'PacketError', code, message }));
};

describe('options', () => {
  const words = (name: string, shown: string, wanted: string): string =>
    `outer: ${name} is ${shown}: expected ${wanted}`;
  it.each<[object, object, string, string]>([
    [OUTER4, { ttl: 'outer' }, 'BAD_OPTION', words('ttl', '"outer"', 'inner or a number')],
    [OUTER4, { dscp: 'ef' }, 'BAD_OPTION', words('dscp', '"ef"', 'inner or a number')],
    [
      OUTER4,
      { ecn: null },
      'BAD_OPTION',
      words('ecn', 'null', 'normal, compatibility or a number'),
    ],
    [OUTER4, { dontFragment: 1 }, 'BAD_OPTION', words('dontFragment', '1', 'inner, true, false')],
    [OUTER4, { id: 'random' }, 'BAD_OPTION', words('id', '"random"', 'count or a number')],
    [OUTER4, { srcPort: 'any' }, 'BAD_OPTION', words('srcPort', '"any"', 'flow or a number')],
    [OUTER4, { checksum: 0 }, 'BAD_OPTION', words('checksum', '0', 'zero, computed')],
    [OUTER4, { flowLabel: 1 }, 'BAD_OPTION', 'outer: flowLabel is for the other IP version'],
    [OUTER6, { id: 1 }, 'BAD_OPTION', 'outer: id is for the other IP version'],
    [
      OUTER6,
      { dontFragment: true },
      'BAD_OPTION',
      'outer: dontFragment is for the other IP version',
    ],
    [
      OUTER4,
      { dst: '2001:db8::1' },
      'BAD_OPTION',
      'outer: 10.0.0.1 and 2001:db8::1 are of two IP versions',
    ],
    [OUTER4, { ttl: 256 }, 'OUT_OF_RANGE', 'ipv4.ttl: 256 does not fit, it is 0–255'],
    [OUTER6, { ttl: -1 }, 'OUT_OF_RANGE', 'ipv6.hopLimit: -1 does not fit, it is 0–255'],
    [OUTER4, { dscp: 64 }, 'OUT_OF_RANGE', 'ipv4.dscp: 64 does not fit, it is 0–63'],
    [OUTER6, { dscp: 64 }, 'OUT_OF_RANGE', 'ipv6.dscp: 64 does not fit, it is 0–63'],
    [OUTER6, { dscp: 0.5 }, 'BAD_VALUE', 'ipv6.dscp: 0.5 is not a whole number'],
    [OUTER4, { ecn: 4 }, 'OUT_OF_RANGE', 'ipv4.ecn: 4 does not fit, it is 0–3'],
    [OUTER6, { ecn: 4 }, 'OUT_OF_RANGE', 'ipv6.ecn: 4 does not fit, it is 0–3'],
    [OUTER4, { id: 65_536 }, 'OUT_OF_RANGE', 'ipv4.id: 65536 does not fit, it is 0–65535'],
    [OUTER4, { srcPort: -1 }, 'OUT_OF_RANGE', 'udp.srcPort: -1 does not fit, it is 0–65535'],
    [OUTER4, { dstPort: 65_536 }, 'OUT_OF_RANGE', 'udp.dstPort: 65536 does not fit, it is 0–65535'],
    [
      OUTER6,
      { flowLabel: 2 ** 20 },
      'OUT_OF_RANGE',
      'ipv6.flowLabel: 1048576 does not fit, it is 0–1048575',
    ],
    [OUTER4, { vlan: { vid: 4096 } }, 'OUT_OF_RANGE', 'dot1q.vid: 4096 does not fit, it is 0–4095'],
  ])('%j with %j', (outer, wrong, code, message) => {
    const options = { outer: { ...outer, ...wrong } as OuterOptions };
    refused(() => new VxlanEncapsulator(options), code, message);
    refused(() => new GeneveEncapsulator(options), code, message);
  });

  it.each<[object, string, string]>([
    [{ outer: undefined }, 'BAD_OPTION', 'vxlan: outer is missing: the headers outside'],
    [{ mtu: 67 }, 'BAD_OPTION', 'mtu is 67: expected 68–65535 bytes'],
    [{ mtu: 65_536 }, 'BAD_OPTION', 'mtu is 65536: expected 68–65535 bytes'],
    [{ mtu: 1500.5 }, 'BAD_OPTION', 'mtu is 1500.5: expected 68–65535 bytes'],
    [{ vni: -1 }, 'OUT_OF_RANGE', 'vxlan.vni: -1 does not fit, it is 0–16777215'],
    [{ vni: 2 ** 24 }, 'OUT_OF_RANGE', 'vxlan.vni: 16777216 does not fit, it is 0–16777215'],
    [{ vni: 1.5 }, 'BAD_VALUE', 'vxlan.vni: 1.5 is not a whole number'],
    [
      { groupPolicyId: 65_536 },
      'OUT_OF_RANGE',
      'vxlan.groupPolicyId: 65536 does not fit, it is 0–65535',
    ],
  ])('of VXLAN: %j', (wrong, code, message) => {
    const options = { outer: OUTER4, ...wrong } as VxlanEncapsulatorOptions;
    refused(() => new VxlanEncapsulator(options), code, message);
  });

  it.each<[object, string]>([
    [{ protocol: 65_536 }, 'OUT_OF_RANGE'],
    [{ oam: 'yes' }, 'BAD_VALUE'],
    [{ options: [{ class: 1, type: 256, data: new Uint8Array(4) }] }, 'OUT_OF_RANGE'],
    [{ options: [{ class: 1, type: 2, data: new Uint8Array(128) }] }, 'BAD_VALUE'],
    [
      { options: [1, 2, 3].map((type) => ({ class: 1, type, data: new Uint8Array(84) })) },
      'OUT_OF_RANGE',
    ],
    [{ options: [{ class: 1, type: 2, data: new Uint8Array(6), changes: true }] }, 'BAD_VALUE'],
    [{ options: [{ class: 1, type: 2, data: 'text', changes: true }] }, 'BAD_VALUE'],
  ])('of Geneve: %j', (wrong, code) => {
    const options = { outer: OUTER4, ...wrong } as unknown as GeneveEncapsulatorOptions;
    expect(() => new GeneveEncapsulator(options)).toThrow(
      expect.objectContaining({ name: 'PacketError', code }),
    );
  });

  it('an arena with too little reserved memory for the plan', () => {
    const arena = new FrameArena({ slots: 1, reserve: 64 });
    expect(() => new VxlanEncapsulator({ outer: OUTER4, arena })).toThrow(
      expect.objectContaining({ code: 'NO_ROOM' }),
    );
  });
});

describe.each([
  ['IPv4', OUTER4],
  ['plain IPv4', { ...OUTER4, ecn: 0 }],
  ['IPv6', OUTER6],
] as const)('calls over %s', (_name, outer) => {
  it.each(['webassembly', 'javascript', undefined] as const)('in %s', (kernel) => {
    const arena = kernel === undefined ? undefined : new FrameArena({ slots: 2, kernel });
    const tunnel = new VxlanEncapsulator({ outer, ...(arena === undefined ? {} : { arena }) });
    const view = arena?.view ?? new DataView(new ArrayBuffer(300));
    const at = arena?.acquire() ?? 100;
    const bytes = new Uint8Array(view.buffer);
    const before = bytes.slice();
    const vni = (value?: number) => () => tunnel.wrapInPlace(view, at, at + 60, value);
    refused(vni(), 'BAD_VALUE', 'vxlan: no VNI is given');
    refused(vni(2 ** 24), 'OUT_OF_RANGE', 'vxlan.vni: 16777216 does not fit, it is 0–16777215');
    refused(vni(-2), 'OUT_OF_RANGE', 'vxlan.vni: -2 does not fit, it is 0–16777215');
    const port = (value: number) => () => tunnel.wrapInPlace(view, at, at + 60, 1, value);
    refused(port(65_536), 'OUT_OF_RANGE', 'udp.srcPort: 65536 does not fit, it is 0–65535');
    refused(port(-2), 'OUT_OF_RANGE', 'udp.srcPort: -2 does not fit, it is 0–65535');
    const end = view.byteLength;
    refused(
      () => tunnel.wrapInPlace(view, end - 10, end + 1, 1),
      'OUT_OF_RANGE',
      `a frame in bytes ${end - 10}–${end + 1}: the view has ${end}`,
    );
    expect(Buffer.compare(bytes, before)).toBe(0);
    if (arena === undefined) {
      const message = 'wrapInto needs the option arena: memory to wrap to';
      refused(() => tunnel.wrapInto(0, 60, 100, 1), 'BAD_VALUE', message);
      return;
    }
    const { headerBytes } = tunnel;
    for (const [source, target] of [
      [-1, at],
      [end - 59, at],
      [at, arena.slotsAt - 1],
      [at, end - headerBytes - 59],
      [Number.NaN, at],
      [at, Number.NaN],
    ] as const) {
      refused(
        () => tunnel.wrapInto(source, 60, target, 1),
        'OUT_OF_RANGE',
        `60 bytes at byte ${source}, wrapped to ${60 + headerBytes} at byte ${target}: slots lie in bytes ${arena.slotsAt}–${end}`,
      );
    }
    refused(() => tunnel.wrapInto(at, 60, at + 200), 'BAD_VALUE', 'vxlan: no VNI is given');
    expect(tunnel.wrapInto(at, -1, at, 1)).toBe(WRAP.TOO_LONG);
    expect(Buffer.compare(bytes, before)).toBe(0);
  });
});
