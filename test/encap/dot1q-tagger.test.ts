/** Tags put into frames and taken out, against `build`. */
import { describe, expect, it } from 'vitest';
import { FrameArena } from '../../src/encap/arena.js';
import { WrapBatch } from '../../src/encap/batch.js';
import { Dot1qTagger, untagInPlace } from '../../src/encap/dot1q-tagger.js';
import { WRAP } from '../../src/encap/wrap.js';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';

const MACS = { src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' };
const inside = [
  ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }),
  udp({ dstPort: 9 }),
  'a payload',
] as const;
const plain = build([ethernet(MACS), ...inside]);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A frame behind `headroom` bytes. */
function behind(frame: Uint8Array, headroom: number): DataView {
  const bytes = new Uint8Array(headroom + frame.length);
  bytes.set(frame, headroom);
  return new DataView(bytes.buffer);
}

const tagged = (tag: object, tpid = 0x8100): Uint8Array =>
  build([ethernet({ ...MACS, type: tpid }), dot1q(tag), ...inside]);

describe('a tagger', () => {
  it.each([
    [{ vid: 10 }, 0x8100],
    [{ vid: 0, priority: 7 }, 0x8100],
    [{ vid: 4095, priority: 3, dei: true }, 0x88a8],
    [{ vid: 1, dei: true }, 0x9100],
  ])('writes the tag %o behind TPID %i', (tag, tpid) => {
    const view = behind(plain, 9);
    const tagger = new Dot1qTagger({ ...tag, tpid });
    expect(tagger.wrapInPlace(view, 9, view.byteLength)).toBe(5);
    expect(hex(new Uint8Array(view.buffer, 5))).toBe(hex(tagged(tag, tpid)));
    expect(hex(new Uint8Array(view.buffer, 0, 5))).toBe('0000000000');
    expect(untagInPlace(view, 5, view.byteLength)).toBe(9);
    expect(hex(new Uint8Array(view.buffer, 9))).toBe(hex(plain));
  });

  it('stacks tags, the last outermost', () => {
    const view = behind(plain, 8);
    const inner = new Dot1qTagger({ vid: 10 }).wrapInPlace(view, 8, view.byteLength);
    const outer = new Dot1qTagger({ tpid: 0x88a8 }).wrapInPlace(view, inner, view.byteLength, 20);
    const want = build([
      ethernet({ ...MACS, type: 0x88a8 }),
      dot1q({ vid: 20 }),
      dot1q({ vid: 10 }),
      ...inside,
    ]);
    expect(outer).toBe(0);
    expect(hex(new Uint8Array(view.buffer))).toBe(hex(want));
  });

  it.each(['webassembly', 'javascript'] as const)(
    'copies into slots and batches, in %s',
    (kernel) => {
      const arena = new FrameArena({ slots: 4, kernel });
      const tagger = new Dot1qTagger({ arena, priority: 1 });
      const source = arena.reserve(256);
      const target = arena.acquire();
      arena.bytes.set(plain, source);
      const written = tagger.wrapInto(source, plain.length, target, 77);
      expect(written).toBe(plain.length + 4);
      const want = hex(tagged({ vid: 77, priority: 1 }));
      expect(hex(arena.bytes.subarray(target, target + written))).toBe(want);

      const batch = new WrapBatch(arena, 5);
      batch.sources.fill(source);
      batch.lengths.fill(plain.length);
      batch.targets.fill(target);
      batch.vnis.set([77, 78, 4096, 1, 1]);
      batch.targets[1] = arena.acquire();
      batch.targets[3] = arena.slotsAt - 1;
      batch.lengths[4] = 13;
      tagger.wrapBatch(batch, 5);
      expect([...batch.results]).toEqual([
        written,
        written,
        WRAP.BAD_NUMBER,
        WRAP.OUTSIDE,
        WRAP.TOO_SHORT,
      ]);
      const second = batch.targets[1] as number;
      expect(hex(arena.bytes.subarray(second, second + written))).toBe(
        hex(tagged({ vid: 78, priority: 1 })),
      );
      new Dot1qTagger({ arena, vid: 5 }).wrapBatch(batch, 1);
      expect(hex(arena.bytes.subarray(target, target + written))).toBe(hex(tagged({ vid: 5 })));
      arena.bytes.set(plain, target + 4);
      expect(tagger.wrapInto(target + 4, plain.length, target, 77)).toBe(written);
      expect(hex(arena.bytes.subarray(target, target + written))).toBe(want);
    },
  );

  it('refuses what is no frame, has no room or no tag', () => {
    const tagger = new Dot1qTagger();
    const view = behind(plain, 4);
    expect(tagger.wrapInPlace(view, 3, 60, 1)).toBe(WRAP.NO_HEADROOM);
    expect(tagger.wrapInPlace(view, 4, 17, 1)).toBe(WRAP.TOO_SHORT);
    expect(() => tagger.wrapInPlace(view, 4, 60)).toThrow('no VLAN id is given');
    expect(() => tagger.wrapInPlace(view, 4, 60, 4096)).toThrow('4096 does not fit, it is 0–4095');
    expect(() => tagger.wrapInto(0, 60, 0, 1)).toThrow('needs the option arena');
    expect(() => tagger.wrapBatch(new WrapBatch(new FrameArena({ slots: 1 }), 1), 1)).toThrow(
      'arena',
    );
    expect(hex(new Uint8Array(view.buffer, 4))).toBe(hex(plain));
    expect(() => new Dot1qTagger({ tpid: 0x0800 })).toThrow('tpid is 2048');
    expect(() => new Dot1qTagger({ vid: 4096 })).toThrow('vid');
    expect(() => new Dot1qTagger({ priority: 8 })).toThrow('priority');
    const arena = new FrameArena({ slots: 1 });
    const into = new Dot1qTagger({ arena, vid: 1 });
    expect(into.wrapInto(0, 13, arena.slotsAt)).toBe(WRAP.TOO_SHORT);
    expect(() => into.wrapInto(0, 60, 0)).toThrow('slots lie in bytes');
    expect(() => into.wrapInto(0, 60, arena.slotsAt, -1)).toThrow('no VLAN id is given');
  });

  it('leaves a frame without a tag, or a cut one, where it is', () => {
    const view = behind(plain, 4);
    expect(untagInPlace(view, 4, view.byteLength)).toBe(4);
    const cut = behind(tagged({ vid: 1 }).subarray(0, 17), 0);
    expect(untagInPlace(cut, 0, 17)).toBe(0);
  });
});
