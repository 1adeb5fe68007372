/** What every encapsulator answers, and where it may write. */
import { PacketError } from '../bytes/error.js';
import { BAD_NUMBER, OUTSIDE, TOO_LONG } from '../bytes/kernel/plan.js';
import type { FrameArena } from './arena.js';

/** What `wrapInPlace`, `wrapInto` and a batch answer where a frame could not be wrapped. */
export const WRAP = {
  /** The frame is too long for the MTU, or its length is negative. */
  TOO_LONG,
  /** Not within the arena (batches; a single call throws). */
  OUTSIDE,
  /** A VNI or source port out of range (batches; a single call throws). */
  BAD_NUMBER,
  /** There are too few bytes in front of the frame. */
  NO_HEADROOM: -4,
  /** There is no Ethernet header to put a tag into. */
  TOO_SHORT: -5,
} as const;

/** Whether a frame lies in the arena, and all of it with its headers fits its slots. */
export function isWithin(
  arena: FrameArena,
  source: number,
  length: number,
  target: number,
  headerBytes: number,
): boolean {
  const size = arena.bytes.length;
  return (
    source >= 0 &&
    source + length <= size &&
    target >= arena.slotsAt &&
    target + headerBytes + length <= size
  );
}

/** The error where it does not. */
export function outside(
  arena: FrameArena | undefined,
  source: number,
  length: number,
  target: number,
  headerBytes: number,
): PacketError {
  if (arena === undefined) {
    return new PacketError('BAD_VALUE', 'wrapInto needs the option arena: memory to wrap to');
  }
  return new PacketError(
    'OUT_OF_RANGE',
    `${length} bytes at byte ${source}, wrapped to ${headerBytes + length} at byte ${target}: slots lie in bytes ${arena.slotsAt}–${arena.bytes.length}`,
  );
}
