/** Frames to begin with: our fixtures, and the captures of other projects where they are at hand. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { framesOf } from '../../src/capture/reader.js';
import { bindings } from '../../src/packet/bindings.js';
import { CORPUS, corpusIsThere } from '../support/corpus.js';
import { fixture, fixtureNames, linkTypeOf } from '../support/fixtures.js';
import type { Seed } from './mutate.js';

const MAX_BYTES = 1600;
/** Of one capture: some have thousands of frames of one kind. */
const MAX_FRAMES = 60;

/** The seeds, those of the corpus only where they are wanted. */
export function seeds(withCorpus: boolean): Seed[] {
  const ours = fixtureNames.map((name) => ({
    name: `${name}.hex`,
    data: fixture(name),
    linkType: linkTypeOf(name),
  }));
  return withCorpus && corpusIsThere ? [...ours, ...corpusSeeds()] : ours;
}

function corpusSeeds(): Seed[] {
  const found: Seed[] = [];
  for (const file of readdirSync(CORPUS).filter((name) => /\.pcap(ng)?$/.test(name))) {
    let count = 0;
    try {
      for (const { data, linkType, number } of framesOf(readFileSync(join(CORPUS, file)))) {
        if (data.length > MAX_BYTES || bindings.start(linkType) === undefined) continue;
        found.push({ name: `${file} frame ${number}`, data: data.slice(), linkType });
        count += 1;
        if (count === MAX_FRAMES) break;
      }
    } catch {
      // A damaged capture: the frames in front of the damage are seeds.
    }
  }
  return found;
}
