/** One process of `npm run fuzz`: a seed and milliseconds on the command line. */
import { fuzz } from './fuzz.js';
import { seeds } from './seeds.js';

// The traces of errors that nobody reads took a third of the time.
Error.stackTraceLimit = 0;
/** More than the noise of a heap: 20 million frames that each leak a byte. */
const MAX_GROWTH = 20_000_000;

const [seed = 1, time = 60_000] = process.argv.slice(2).map(Number);
const began = Date.now();
const {
  frames,
  failures,
  growth = 0,
  slowest,
} = fuzz(seeds(true), {
  seed,
  time,
  frames: Number.POSITIVE_INFINITY,
  perFrame: 5,
});
const lines = failures.map(({ what, victim: { data, linkType, wireLength } }) => {
  const hex = Buffer.from(data).toString('hex');
  return `FAILED (link type ${linkType}, ${wireLength} bytes on the wire): ${what}\n  ${hex}\n`;
});
const seconds = (Date.now() - began) / 1000;
lines.push(
  `seed ${seed}: ${frames} frames in ${seconds.toFixed(0)} s, ${failures.length} failures, heap ${growth >= 0 ? '+' : ''}${(growth / 1e6).toFixed(1)} MB, slowest ${slowest.toFixed(1)} ms\n`,
);
process.stdout.write(lines.join(''));
process.exitCode = failures.length > 0 || growth > MAX_GROWTH ? 1 : 0;
