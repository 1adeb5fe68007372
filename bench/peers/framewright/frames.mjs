// Frames as the hot calls take them: one view, and where each frame is.

/** Frames of one file (`harness.mjs` reads it whole): the view of its memory, starts and ends. */
export function inOneView(frames) {
  const { buffer } = frames[0];
  const starts = Int32Array.from(frames, (frame) => frame.byteOffset);
  const ends = Int32Array.from(frames, (frame) => frame.byteOffset + frame.length);
  return { view: new DataView(buffer), starts, ends };
}
