/** An arena: slots that are taken and given back, memory that is reserved, and sizes that are none. */
import { describe, expect, it } from 'vitest';
import { FrameArena, type FrameArenaOptions, NO_SLOT } from '../../src/encap/arena.js';

describe.each(['webassembly', 'javascript'] as const)('an arena in %s', (kernel) => {
  const sizes = { slots: 3, slotBytes: 200, headroom: 64, reserve: 100, kernel };

  it('has slots of whole cache lines behind what is reserved', () => {
    const arena = new FrameArena(sizes);
    expect(arena.kernel.kind).toBe(kernel);
    expect([arena.slots, arena.slotBytes, arena.slotsAt, arena.freeSlots]).toEqual([
      3, 256, 128, 3,
    ]);
    expect(arena.view.buffer).toBe(arena.bytes.buffer);
    expect(arena.bytes.length).toBeGreaterThanOrEqual(128 + 3 * 256);
    expect(arena.slotEnd(128)).toBe(384);
    expect(arena.slotEnd(383)).toBe(384);
    expect(arena.slotEnd(384)).toBe(640);
  });

  it('gives slots in the order in which they lie, and none where none is left', () => {
    const arena = new FrameArena(sizes);
    expect([0, 1, 2].map(() => arena.acquire())).toEqual([192, 448, 704]);
    expect(arena.freeSlots).toBe(0);
    expect(arena.acquire()).toBe(NO_SLOT);
    expect(arena.write(new Uint8Array(1))).toBe(NO_SLOT);
    // Any byte of the slot tells which it is: a header may have been written in front.
    arena.release(448 - 64);
    expect(arena.freeSlots).toBe(1);
    expect(arena.acquire()).toBe(448);
  });

  it('writes a frame behind the headroom, up to the end of the slot', () => {
    const arena = new FrameArena(sizes);
    const frame = Uint8Array.from({ length: 192 }, (_, i) => i + 1);
    const at = arena.write(frame);
    expect(at).toBe(192);
    expect(arena.bytes.slice(at, arena.slotEnd(at))).toEqual(frame);
    expect(arena.bytes[arena.slotEnd(at)]).toBe(0);
    expect(() => arena.write(new Uint8Array(193))).toThrow(
      expect.objectContaining({
        code: 'OUT_OF_RANGE',
        message: 'a frame of 193 bytes: a slot has room for 192',
      }),
    );
    expect(arena.freeSlots).toBe(2);
  });

  it('refuses to take back what is not taken', () => {
    const arena = new FrameArena(sizes);
    const at = arena.acquire();
    arena.release(at);
    const bad = (offset: number, message: string): void => {
      expect(() => arena.release(offset)).toThrow(
        expect.objectContaining({ code: 'BAD_VALUE', message }),
      );
    };
    bad(at, 'the slot at byte 192 is not taken');
    bad(127, 'no slot lies at byte 127');
    bad(128 + 3 * 256, 'no slot lies at byte 896');
    bad(NO_SLOT, 'no slot lies at byte -1');
    bad(Number.NaN, 'no slot lies at byte NaN');
    expect(() => arena.slotEnd(0)).toThrow('no slot lies at byte 0');
    expect(arena.freeSlots).toBe(3);
  });

  it('reserves memory at cache lines until it is used up', () => {
    const arena = new FrameArena(sizes);
    expect(arena.reserve(1)).toBe(0);
    expect(arena.reserve(64)).toBe(64);
    expect(arena.reserve(0)).toBe(128);
    expect(() => arena.reserve(1)).toThrow(
      expect.objectContaining({
        code: 'NO_ROOM',
        message:
          "1 bytes can't be reserved: 0 of 128 are left; ask for more with the option reserve",
      }),
    );
    expect(() => arena.reserve(-1)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });

  it('refuses sizes that can not be had', () => {
    const most = { slots: 1_048_576, slotBytes: 1_048_576 };
    expect(() => new FrameArena({ ...most, kernel })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
  });
});

it.each([
  [{ slots: 0 }, 'slots is 0: expected a whole number, 1–1048576'],
  [{ slots: 1.5 }, 'slots is 1.5: expected a whole number, 1–1048576'],
  [{ slotBytes: 63 }, 'slotBytes is 63: expected a whole number, 64–1048576'],
  [{ slotBytes: 128, headroom: 128 }, 'headroom is 128: expected a whole number, 0–127'],
  [{ reserve: -1 }, 'reserve is -1: expected a whole number, 0–2147418112'],
  [{ kernel: 'gpu' }, 'kernel is "gpu": expected webassembly or javascript'],
])('refuses %j', (options, message) => {
  expect(() => new FrameArena(options as FrameArenaOptions)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message }),
  );
});
