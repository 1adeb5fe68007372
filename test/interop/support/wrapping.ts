/** Frames wrapped by an encapsulator, in the two ways that do the most of the work. */
import { FrameArena } from '../../../src/encap/arena.js';
import { WrapBatch } from '../../../src/encap/batch.js';
import { TunnelFragmenter } from '../../../src/encap/fragments.js';
import type { TunnelEncapsulator } from '../../../src/encap/tunnel.js';

/** Makes an encapsulator on an arena, or on none. */
export type Make = (arena?: FrameArena) => TunnelEncapsulator;

/** A frame's room in an arena, with the outer headers: the largest packet is 65,535 bytes. */
const SLOT_BYTES = 66_048;
const HEADROOM = 512;

/** Each frame with the outer headers written in front of it, in memory of its own. */
export function wrappedInPlace(make: Make, frames: readonly Uint8Array[]): Uint8Array[] {
  const tunnel = make();
  return frames.map((frame) => {
    const bytes = new Uint8Array(HEADROOM + frame.length);
    bytes.set(frame, HEADROOM);
    const at = tunnel.wrapInPlace(new DataView(bytes.buffer), HEADROOM, bytes.length);
    return bytes.subarray(sizeOf(at));
  });
}

/** All frames wrapped in one call. `changing`: the data of the options that change with each frame. */
export function wrappedInBatch(
  make: Make,
  frames: readonly Uint8Array[],
  changing: readonly Uint8Array[] = [],
): Uint8Array[] {
  const { length } = frames;
  const arena = new FrameArena({ slots: length, slotBytes: SLOT_BYTES, headroom: HEADROOM });
  const tunnel = make(arena);
  const batch = new WrapBatch(arena, length, tunnel.changingBytes);
  for (const [i, frame] of frames.entries()) {
    const source = arena.write(frame);
    batch.sources[i] = source;
    batch.lengths[i] = frame.length;
    batch.targets[i] = source - tunnel.headerBytes;
    for (const [at, byte] of changing[i]?.entries() ?? []) {
      batch.changing.setUint8(i * tunnel.changingBytes + at, byte);
    }
  }
  tunnel.wrapBatch(batch, length);
  return frames.map((_, i) => {
    const target = batch.targets[i] as number;
    return arena.bytes.slice(target, target + sizeOf(batch.results[i] as number));
  });
}

/** The outer frames of one frame, as fragments of the outer packet. */
export function fragmented(make: Make, mtu: number, frame: Uint8Array): Uint8Array[] {
  const arena = new FrameArena({ slots: 64, slotBytes: 10_240, headroom: 0, reserve: 262_144 });
  const fragmenter = new TunnelFragmenter({ tunnel: make(arena), mtu });
  const source = arena.reserve(frame.length);
  arena.bytes.set(frame, source);
  const count = sizeOf(fragmenter.plan(frame.length));
  const targets = Int32Array.from({ length: count }, () => arena.acquire());
  const lengths = new Int32Array(count);
  fragmenter.wrap(source, frame.length, targets, lengths);
  return [...targets].map((at, i) => arena.bytes.slice(at, at + (lengths[i] as number)));
}

/** A copy with one bit turned. */
export function flipped(frame: Uint8Array, at: number): Uint8Array {
  return frame.map((byte, i) => (i === at ? byte ^ 1 : byte));
}

/** What a call of the encapsulator answered, unless it was a code of `WRAP`. */
function sizeOf(answer: number): number {
  if (answer < 0) throw new Error(`the encapsulator answered ${answer}`);
  return answer;
}
