// A check that costs no noise: encoding a million headers through views allocates nothing, nor does
// wrapping, decapsulating or dissecting a million frames, nor reading, telling apart and writing
// those of a capture (hot.mjs). To be run with --expose-gc and a young generation so large
// (--min-semi-space-size=128) that nothing is collected in between: else a collection would hide
// what had been allocated.
import { HOT } from './hot.mjs';

const HEADERS = 1_000_000;
// Under a byte a header: the smallest object takes twelve.
const ALLOWED_BYTES = HEADERS;

function run(write, headers) {
  for (let i = 0; i < headers; i++) write(i);
}

/** Bytes of heap that a million headers allocated. */
function bytesAllocated(write) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  run(write, HEADERS);
  return process.memoryUsage().heapUsed - before;
}

let failed = false;
for (const [name, write] of Object.entries(HOT)) {
  // Warm, so that the optimising compiler has done its part.
  run(write, HEADERS / 4);
  run(write, HEADERS / 4);
  const bytes = Math.min(bytesAllocated(write), bytesAllocated(write), bytesAllocated(write));
  console.log(`${name}: ${HEADERS} times allocated ${bytes} bytes`);
  if (Math.abs(bytes) > ALLOWED_BYTES) failed = true;
}
process.exitCode = failed ? 1 : 0;
