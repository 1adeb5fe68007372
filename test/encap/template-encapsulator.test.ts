/** Templates of any stack against `build`, with the kernel, without it, and without an arena. */
import { describe, expect, it } from 'vitest';
import { FrameArena } from '../../src/encap/arena.js';
import { WrapBatch } from '../../src/encap/batch.js';
import { TemplateEncapsulator } from '../../src/encap/template-encapsulator.js';
import { WRAP } from '../../src/encap/wrap.js';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { geneve } from '../../src/headers/geneve.js';
import { gre } from '../../src/headers/gre.js';
import { icmp } from '../../src/headers/icmp.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { ipv6Destination } from '../../src/headers/ipv6-destination.js';
import type { LayerSpec } from '../../src/headers/layer-spec.js';
import { llc } from '../../src/headers/llc.js';
import { mpls } from '../../src/headers/mpls.js';
import { sctp } from '../../src/headers/sctp.js';
import { tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { build } from '../../src/packet/build.js';

const eth = ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' });
const ip = ipv4({ src: '10.0.0.1', dst: '10.0.0.2', id: 7 });
const ip6 = ipv6({ src: '2001:db8::1', dst: '2001:db8::2' });

const STACKS: Readonly<Record<string, readonly LayerSpec[]>> = {
  'Ethernet alone': [eth],
  'a tag': [eth, dot1q({ vid: 10 })],
  'TCP over IPv4': [eth, ip, tcp({ dstPort: 80, flags: ['ACK'] })],
  'TCP with options over IPv6': [eth, ip6, tcp({ options: [{ kind: 'mss', value: 1460 }] })],
  'UDP over tagged IPv4': [eth, dot1q({ vid: 5 }), ip, udp({ dstPort: 53 })],
  'UDP over IPv6': [eth, ip6, udp({ dstPort: 53 })],
  'UDP without a checksum': [eth, ip, udp({ dstPort: 53, checksum: 'zero' })],
  'UDP with a checksum that is given': [eth, ip, udp({ dstPort: 53, checksum: 0x1234 })],
  VXLAN: [eth, ip, udp(), vxlan({ vni: 5000 })],
  'VXLAN with a checksum': [eth, ip, udp({ checksum: 'computed' }), vxlan({ vni: 5000 })],
  'Geneve over IPv6': [
    eth,
    ip6,
    udp(),
    geneve({ vni: 1, options: [{ class: 1, type: 2, data: new Uint8Array(8).fill(3) }] }),
  ],
  'VXLAN in VXLAN': [eth, ip, udp(), vxlan(), eth, ip, udp(), vxlan({ vni: 2 })],
  GRE: [eth, ip, gre({ protocol: 0x6558 })],
  'GRE with a checksum': [eth, ip, gre({ protocol: 0x6558, checksum: 'computed' })],
  MPLS: [eth, mpls({ label: 16 }), mpls({ label: 17, bottomOfStack: true })],
  'IP in IP': [eth, ip, ipv4({ src: '192.0.2.1', dst: '192.0.2.2' }), udp({ dstPort: 9 })],
  'an extension header': [eth, ip6, ipv6Destination(), udp({ dstPort: 9 })],
  SCTP: [eth, ip, sctp()],
  ICMP: [eth, ip, icmp({ type: 8 })],
  'a length in the place of a type': [eth, llc({ dsap: 0x42, ssap: 0x42, control: 3 })],
  'a length that is given': [eth, ipv4({ length: 99 }), udp({ dstPort: 9 })],
  'an IPv4 checksum that is given': [eth, ipv4({ checksum: 99 }), udp({ dstPort: 9 })],
  'no frame': [ip, udp({ dstPort: 4 })],
};

const bodyOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff);
const LENGTHS = [0, 1, 2, 15, 16, 17, 33, 60, 255, 400, 1400];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe.each(Object.entries(STACKS))('a template of %s', (_name, layers) => {
  it.each(['webassembly', 'javascript'] as const)('gives what build gives, in %s', (kernel) => {
    const arena = new FrameArena({ slots: 4, kernel });
    const template = new TemplateEncapsulator(layers, { arena });
    const batch = new WrapBatch(arena, LENGTHS.length);
    const target = arena.acquire();
    const source = arena.reserve(2048);
    for (const length of LENGTHS) {
      const want = hex(build([...layers, bodyOf(length)]));
      arena.bytes.fill(0xee, target);
      arena.bytes.set(bodyOf(length), source);
      const written = template.wrapInto(source, length, target);
      expect(hex(arena.bytes.subarray(target, target + written))).toBe(want);
      expect(arena.bytes[target - 1]).toBe(0);
      expect(arena.bytes[target + written]).toBe(0xee);
      const frame = target + 300;
      arena.bytes.set(bodyOf(length), frame);
      const at = template.wrapInPlace(arena.view, frame, frame + length);
      expect(hex(arena.bytes.subarray(at, frame + length))).toBe(want);
      batch.sources[0] = source;
      batch.lengths[0] = length;
      batch.targets[0] = target + 100;
      template.wrapBatch(batch, 1);
      const end = target + 100 + (batch.results[0] as number);
      expect(hex(arena.bytes.subarray(target + 100, end))).toBe(want);
    }
  });

  it('gives it on any memory', () => {
    const template = new TemplateEncapsulator(layers);
    const view = new DataView(new ArrayBuffer(2000));
    for (const length of LENGTHS) {
      new Uint8Array(view.buffer).set(bodyOf(length), 301);
      const at = template.wrapInPlace(view, 301, 301 + length);
      expect(at).toBe(301 - template.headerBytes);
      const bytes = new Uint8Array(view.buffer, at, template.headerBytes + length);
      expect(hex(bytes)).toBe(hex(build([...layers, bodyOf(length)])));
    }
  });
});

describe('the fields of a template', () => {
  it.each(['webassembly', 'javascript'] as const)('change from frame to frame, in %s', (kernel) => {
    const arena = new FrameArena({ slots: 2, kernel });
    const template = new TemplateEncapsulator([eth, ip, tcp()], { arena });
    const target = arena.acquire();
    const source = arena.reserve(64);
    const frame = template.layer('ethernet');
    const packet = template.layer('ipv4');
    const segment = template.layer('tcp');
    if (frame === undefined || packet === undefined || segment === undefined) throw new Error();
    for (let i = 0; i < 300; i++) {
      arena.bytes.set(bodyOf(i % 60), source);
      frame.dstNumber = 0xfedcba987654 + i;
      frame.srcNumber = i;
      packet.srcWord = 0xc0a80000 + i;
      packet.dstWord = 0xfffffff0;
      segment.seq = 0xffffff00 + (i & 0xff);
      segment.srcPort = 65_535 - i;
      segment.flags = 0x18;
      const written = template.wrapInto(source, i % 60, target);
      const want = build([
        ethernet({ dst: frame.dst, src: frame.src }),
        ipv4({ src: packet.src, dst: '255.255.255.240', id: 7 }),
        tcp({ seq: segment.seq, srcPort: segment.srcPort, flags: 0x18 }),
        bodyOf(i % 60),
      ]);
      expect(hex(arena.bytes.subarray(target, target + written))).toBe(hex(want));
    }
    expect(template.layer('udp')).toBeUndefined();
    expect(template.layers.map(({ layer }) => layer)).toEqual(['ethernet', 'ipv4', 'tcp']);
  });
});

describe('what a template refuses', () => {
  const arena = new FrameArena({ slots: 2 });
  const vxlanStack = [eth, ip, udp(), vxlan()];

  it('bodies over its MTU, without writing', () => {
    const template = new TemplateEncapsulator(vxlanStack, { mtu: 1500, arena });
    expect(template.maxLength).toBe(1500 - 36);
    const source = arena.reserve(2000);
    const target = arena.acquire();
    const before = arena.bytes.slice(target, target + 64);
    expect(template.wrapInto(source, 1465, target)).toBe(WRAP.TOO_LONG);
    expect(template.wrapInPlace(arena.view, target, target + 1465)).toBe(WRAP.TOO_LONG);
    expect(template.wrapInPlace(arena.view, target, target - 1)).toBe(WRAP.TOO_LONG);
    expect(template.wrapInPlace(new DataView(new ArrayBuffer(99)), 49, 60)).toBe(WRAP.NO_HEADROOM);
    expect(arena.bytes.slice(target, target + 64)).toEqual(before);
    expect(template.wrapInto(source, 1464, target)).toBe(1514);
    arena.release(target);
  });

  it('places outside the arena', () => {
    const template = new TemplateEncapsulator(vxlanStack, { arena });
    const end = arena.bytes.length;
    const wrong = [
      [-1, 10, arena.slotsAt],
      [end - 9, 10, arena.slotsAt],
      [0, 10, arena.slotsAt - 1],
      [0, 10, end - 59],
    ] as const;
    const batch = new WrapBatch(arena, 4);
    wrong.forEach(([source, length, target], i) => {
      expect(() => template.wrapInto(source, length, target)).toThrow('slots lie in bytes');
      batch.sources[i] = source;
      batch.lengths[i] = length;
      batch.targets[i] = target;
    });
    template.wrapBatch(batch, 4);
    expect([...batch.results]).toEqual([-2, -2, -2, -2]);
    const alone = new TemplateEncapsulator(vxlanStack);
    expect(() => alone.wrapInto(0, 1, arena.slotsAt)).toThrow('needs the option arena');
    expect(() => alone.wrapBatch(batch, 1)).toThrow('needs the option arena');
    expect(() => template.wrapBatch(batch, 5)).toThrow('has no 5 frames');
    const other = new TemplateEncapsulator(vxlanStack, { arena: new FrameArena({ slots: 1 }) });
    expect(() => other.wrapBatch(batch, 1)).toThrow('of another arena');
  });

  it('stacks that are none', () => {
    expect(() => new TemplateEncapsulator([])).toThrow('a template needs a layer');
    const trailing = ethernet({}, new Uint8Array(4));
    expect(() => new TemplateEncapsulator([trailing])).toThrow('a template has no trailer');
    expect(() => new TemplateEncapsulator(vxlanStack, { mtu: 30 })).toThrow('mtu is 30');
    expect(() => new TemplateEncapsulator(vxlanStack, { mtu: 70_000 })).toThrow('mtu is 70000');
  });
});
