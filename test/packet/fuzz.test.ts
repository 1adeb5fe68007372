import { expect, it } from 'vitest';
import { LayerSpec } from '../../src/headers/layer-spec.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture, fixtureNames } from '../support/fixtures.js';
import { randomFrom } from '../support/reference.js';

const { FUZZ_SEED, FUZZ_RUNS } = process.env;
const seed = Number(FUZZ_SEED ?? 20260728);
const runs = Number(FUZZ_RUNS ?? 4000);
/** CPU milliseconds that all of it may take for one frame. */
const LIMIT = 5;

const frames = fixtureNames.map((name) => fixture(name));
const INTERESTING = [0, 1, 4, 5, 6, 15, 0x3f, 0x40, 0x45, 0x60, 0x7f, 0x80, 0xf0, 0xff];

/** A fixture with bytes changed, cut, copied over others, put in or taken out. */
function mutate(random: (n: number) => number): Uint8Array {
  let frame = Array.from(frames[random(frames.length)] as Uint8Array);
  for (let changes = 1 + random(6); changes > 0; changes--) {
    const at = random(frame.length + 1);
    switch (random(7)) {
      case 0:
        frame[at] = INTERESTING[random(INTERESTING.length)] as number;
        break;
      case 1:
        frame[at] = (frame[at] ?? 0) ^ (1 << random(8));
        break;
      case 2:
        frame = frame.slice(0, at);
        break;
      case 3:
        frame.splice(at, random(8));
        break;
      case 4:
        frame.splice(at, 0, ...Array.from({ length: random(8) }, () => random(256)));
        break;
      case 5: {
        // One frame behind a part of another: headers where others were.
        const other = frames[random(frames.length)] as Uint8Array;
        frame = [...frame.slice(0, at), ...other.slice(random(other.length))];
        break;
      }
      default:
        frame.splice(at, 2, random(256), random(256));
    }
  }
  return Uint8Array.from(frame, (byte) => byte ?? 0);
}

/** Everything that can be asked of a frame's bytes. */
function ask(frame: Uint8Array, wireLength: number): void {
  const packet = parse(frame, { wireLength });
  for (const problem of packet.problems) {
    if (problem.offset > frame.length) throw new Error(`${problem.code} is past the frame`);
  }
  const places = packet.places();
  for (const [i, layer] of packet.layers.entries()) {
    const { descriptor } = layer;
    const place = places[i];
    if (place === undefined) throw new Error('a layer without a place');
    for (const name of descriptor.names) {
      name.each(layer, place, (_, bit, bits) => {
        if (bit < 0 || bit + bits > frame.length * 8)
          throw new Error(`${name.name} is past the frame`);
      });
    }
    descriptor.summary(layer, place);
    descriptor.wiresharkName(layer);
    descriptor.ends(layer);
  }
  const spec = packet.toSpec();
  if (spec.some((part) => part instanceof LayerSpec && part.bytes)) throw new Error('a raw layer');
  const again = build(spec);
  if (Buffer.compare(again, frame) !== 0) throw new Error('build(toSpec()) is another frame');
}

function cpuMilliseconds(action: () => void): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

it(`keeps its promises for ${runs} mutated frames (seed ${seed})`, { timeout: 120_000 }, () => {
  const random = randomFrom(seed);
  for (const frame of frames) ask(frame, frame.length);
  for (let run = 0; run < runs; run++) {
    const frame = mutate(random);
    const wireLength = random(4) === 0 ? frame.length + random(100) : frame.length;
    const shown = `FUZZ_SEED=${seed}, run ${run}: ${Buffer.from(frame).toString('hex')}`;
    let took = Number.POSITIVE_INFINITY;
    // Garbage is collected and code compiled in the same process: the best of ten tries counts.
    for (let tries = 0; tries < 10 && took > LIMIT; tries++) {
      took = cpuMilliseconds(() => {
        expect(() => ask(frame, wireLength), shown).not.toThrow();
      });
    }
    expect(took, shown).toBeLessThan(LIMIT);
  }
});
