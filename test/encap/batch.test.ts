/** Batches: bad entries among good ones, ports and data by frame, and what a batch must not be. */
import { describe, expect, it } from 'vitest';
import { FrameArena } from '../../src/encap/arena.js';
import { WrapBatch } from '../../src/encap/batch.js';
import { GeneveEncapsulator } from '../../src/encap/geneve-encapsulator.js';
import type { OuterOptions } from '../../src/encap/outer.js';
import { VxlanEncapsulator } from '../../src/encap/vxlan-encapsulator.js';
import { WRAP } from '../../src/encap/wrap.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { geneve } from '../../src/headers/geneve.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { build } from '../../src/packet/build.js';
import { entropyPort, frameFlowHash } from '../../src/packet/flow-hash.js';
import { parse } from '../../src/packet/parse.js';
import { expected, OUTER4, OUTER6 } from './wraps.js';

const KERNELS = ['webassembly', 'javascript'] as const;
const frameOf = (i: number): Uint8Array =>
  build([
    ethernet({}),
    ipv4({ src: `192.0.2.${i}`, ecn: i & 3 }),
    udp({ dstPort: 53 }),
    new Uint8Array(i * 7),
  ]);

const OUTERS: Readonly<Record<string, OuterOptions>> = {
  IPv4: OUTER4,
  'IPv4 that copies nothing': { ...OUTER4, ecn: 0 },
  'IPv4 that counts': { ...OUTER4, id: 'count' },
  IPv6: OUTER6,
  'IPv6 with labels': { ...OUTER6, flowLabel: 'flow' },
};

/** Eight frames in the reserved memory, and a slot for each. */
function filled(kernel: (typeof KERNELS)[number], changingBytes = 0) {
  const arena = new FrameArena({ kernel, slots: 8, slotBytes: 512 });
  const batch = new WrapBatch(arena, 8, changingBytes);
  const frames = Array.from({ length: 8 }, (_, i) => frameOf(i));
  for (const [i, frame] of frames.entries()) {
    const at = arena.reserve(frame.length);
    arena.bytes.set(frame, at);
    batch.sources[i] = at;
    batch.lengths[i] = frame.length;
    batch.targets[i] = arena.acquire();
    batch.vnis[i] = 0xffffff - i;
    batch.sourcePorts[i] = i % 2 === 0 ? -1 : 50_000 + i;
  }
  const out = (i: number): Uint8Array => {
    const at = batch.targets[i] as number;
    return arena.bytes.slice(at, at + (batch.results[i] as number));
  };
  return { arena, batch, frames, out };
}

describe.each(KERNELS)('a batch in %s', (kernel) => {
  it.each(Object.entries(OUTERS))('is build, frame after frame, over %s', (_name, outer) => {
    const { arena, batch, frames, out } = filled(kernel);
    new VxlanEncapsulator({ outer, arena }).wrapBatch(batch, 7);
    for (let i = 0; i < 7; i++) {
      const port = i % 2 === 0 ? undefined : 50_000 + i;
      const asked = { outer, tunnel: (vni: number) => vxlan({ vni }) };
      const truth = expected(asked, frames[i] as Uint8Array, 0xffffff - i, port, i);
      expect(out(i)).toEqual(truth);
    }
    // The one behind was not asked for.
    expect(batch.results[7]).toBe(0);
  });

  it.each(Object.entries(OUTERS))('leaves bad entries out, over %s', (_name, outer) => {
    const { arena, batch, frames, out } = filled(kernel);
    const tunnel = new VxlanEncapsulator({ outer, arena });
    const end = arena.bytes.length;
    const asked = { outer: { ...outer, id: 0 as const }, tunnel: (vni: number) => vxlan({ vni }) };
    const bad: [
      keyof WrapBatch & ('sources' | 'lengths' | 'targets' | 'vnis' | 'sourcePorts'),
      number,
      number,
    ][] = [
      ['lengths', -1, WRAP.TOO_LONG],
      ['lengths', tunnel.maxLength + 1, WRAP.TOO_LONG],
      ['lengths', -0x80000000, WRAP.TOO_LONG],
      ['sources', -1, WRAP.OUTSIDE],
      ['sources', -0x80000000, WRAP.OUTSIDE],
      ['sources', 0x7fffffff, WRAP.OUTSIDE],
      ['sources', end - (frames[3] as Uint8Array).length + 1, WRAP.OUTSIDE],
      ['targets', -1, WRAP.OUTSIDE],
      ['targets', -50, WRAP.OUTSIDE],
      ['targets', -0x80000000, WRAP.OUTSIDE],
      ['targets', 0x7fffffff, WRAP.OUTSIDE],
      ['targets', arena.slotsAt - 1, WRAP.OUTSIDE],
      ['targets', end - tunnel.headerBytes - (frames[3] as Uint8Array).length + 1, WRAP.OUTSIDE],
      ['vnis', -1, WRAP.BAD_NUMBER],
      ['vnis', 0x1000000, WRAP.BAD_NUMBER],
      ['sourcePorts', -2, WRAP.BAD_NUMBER],
      ['sourcePorts', 65_536, WRAP.BAD_NUMBER],
    ];
    for (const [name, value, code] of bad) {
      const good = batch[name][3] as number;
      batch[name][3] = value;
      const before = arena.bytes.slice(arena.slotsAt + 3 * 512, arena.slotsAt + 4 * 512);
      tunnel.wrapBatch(batch, 5);
      expect(batch.results[3], `${name} ${value}`).toBe(code);
      expect(arena.bytes.slice(arena.slotsAt + 3 * 512, arena.slotsAt + 4 * 512)).toEqual(before);
      batch[name][3] = good;
      if (outer.id !== 'count') {
        const truth = expected({ ...asked, outer }, frames[4] as Uint8Array, 0xffffff - 4);
        expect(out(4)).toEqual(truth);
      }
    }
    // The last places that there are.
    batch.sources[3] = end - (frames[3] as Uint8Array).length;
    batch.sourcePorts[3] = 65_535;
    tunnel.wrapBatch(batch, 4);
    expect(batch.results[3]).toBe(tunnel.headerBytes + (frames[3] as Uint8Array).length);
  });

  it('has data of options of each frame, and leaves that of single calls as it is', () => {
    const { arena, batch, frames, out } = filled(kernel, 8);
    const data = Uint8Array.of(1, 2, 3, 4);
    const options = [1, 2].map((type) => ({ class: 1, type, data, changes: true as const }));
    const tunnel = new GeneveEncapsulator({
      outer: { ...OUTER4, checksum: 'computed' },
      options,
      arena,
    });
    for (let i = 0; i < 16; i++) batch.changing.setUint32(i * 4, i);
    tunnel.wrapBatch(batch, 8);
    const word = (value: number) => Uint8Array.of(0, 0, 0, value);
    for (const [i, frame] of frames.entries()) {
      const asked = {
        outer: { ...OUTER4, checksum: 'computed' as const },
        tunnel: (vni: number) =>
          geneve({
            vni,
            protocol: 0x6558,
            options: [1, 2].map((type) => ({ class: 1, type, data: word(i * 2 + type - 1) })),
          }),
      };
      const port = i % 2 === 0 ? undefined : 50_000 + i;
      expect(out(i)).toEqual(expected(asked, frame, 0xffffff - i, port));
    }
    expect(tunnel.changingData.getUint32(0)).toBe(0x01020304);
    expect(tunnel.changingData.getUint32(4)).toBe(0x01020304);
  });

  it('is refused where it is not the arena’s, not of that width, or smaller', () => {
    const { arena, batch } = filled(kernel);
    const tunnel = new VxlanEncapsulator({ outer: OUTER4, arena });
    const refused = (action: () => void, message: string): void => {
      expect(action).toThrow(expect.objectContaining({ code: 'BAD_VALUE', message }));
    };
    const other = 'the batch is of another arena, or has other bytes that change';
    refused(() => tunnel.wrapBatch(filled(kernel).batch, 1), other);
    refused(() => tunnel.wrapBatch(new WrapBatch(arena, 1, 4), 1), other);
    refused(() => tunnel.wrapBatch(batch, 9), 'a batch of 8 has no 9 frames');
    refused(() => tunnel.wrapBatch(batch, -1), 'a batch of 8 has no -1 frames');
    refused(() => tunnel.wrapBatch(batch, 1.5), 'a batch of 8 has no 1.5 frames');
    refused(() => tunnel.wrapBatch(batch, Number.NaN), 'a batch of 8 has no NaN frames');
    refused(
      () => new VxlanEncapsulator({ outer: OUTER4 }).wrapBatch(batch, 1),
      'wrapInto needs the option arena: memory to wrap to',
    );
  });
});

it.each([0, -1, 1.5, Number.NaN, 1_048_577])('has no room for %s frames', (capacity) => {
  expect(() => new WrapBatch(new FrameArena({ slots: 1 }), capacity)).toThrow(
    expect.objectContaining({
      code: 'BAD_OPTION',
      message: `a batch of ${capacity} frames: expected a whole number, 1–1048576`,
    }),
  );
});

it('needs memory that is reserved', () => {
  expect(() => new WrapBatch(new FrameArena({ slots: 1, reserve: 64 }), 3)).toThrow(
    expect.objectContaining({ code: 'NO_ROOM' }),
  );
});

describe.each(KERNELS)('-1 in a batch, in %s', (kernel) => {
  const frame = frameOf(5);

  /** The header of the one frame of a batch that says nothing of VNI and port. */
  function wrapped(options: object): { vni: number; port: number; batch: WrapBatch } {
    const arena = new FrameArena({ slots: 1, kernel });
    const tunnel = new VxlanEncapsulator({ arena, outer: OUTER4, vni: 77, ...options });
    const batch = new WrapBatch(arena, 1);
    const source = arena.reserve(frame.length);
    arena.bytes.set(frame, source);
    batch.sources[0] = source;
    batch.lengths[0] = frame.length;
    batch.targets[0] = arena.acquire();
    tunnel.wrapBatch(batch, 1);
    const at = batch.targets[0] as number;
    const packet = parse(arena.bytes.subarray(at, at + (batch.results[0] as number)));
    return {
      vni: packet.layer('vxlan')?.vni ?? -1,
      port: packet.layer('udp')?.srcPort ?? -1,
      batch,
    };
  }

  it('is the VNI and the port of the options', () => {
    const { vni, port, batch } = wrapped({ outer: { ...OUTER4, srcPort: 50_000 } });
    expect([vni, port]).toEqual([77, 50_000]);
    expect([batch.vnis[0], batch.sourcePorts[0]]).toEqual([-1, -1]);
  });

  it('is the port of the flow, and stays -1 for the next frame', () => {
    const { port, batch } = wrapped({ outer: { ...OUTER4, srcPort: 'flow' } });
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    expect(port).toBe(entropyPort(frameFlowHash(view, 0, frame.length)));
    expect(batch.sourcePorts[0]).toBe(-1);
  });

  it('is refused where the options have no VNI', () => {
    const { batch } = wrapped({ vni: undefined });
    expect(batch.results[0]).toBe(WRAP.BAD_NUMBER);
  });
});
