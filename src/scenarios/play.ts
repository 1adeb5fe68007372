/** Plays a scenario, for those who want its capture and nothing else. */
import { LabCapture, newCapture } from '../lab/capture.js';
import { Lab } from '../lab/lab.js';
import type { Watcher } from '../lab/recorder.js';
import type { Scenario } from './scenario.js';

/** How to play a scenario. */
export interface PlayOptions {
  /** Of all chance in it: a whole number, 0 to 2 ** 53 - 1 (absent: 1). */
  readonly seed?: number;
  /** Who else watches. */
  readonly watchers?: readonly Watcher[];
}

/** Plays a scenario in a lab, to its end: its own words for frames are those of the lab. */
export function performScenario(scenario: Scenario, lab: Lab): void {
  lab.recorder.labeller = scenario.label;
  lab.recorder.patient = true;
  scenario.play(lab);
  lab.recorder.end();
}

/**
 * Plays a scenario; answers its capture, a pcapng with an interface a link and comments on the
 * frames. The same seed gives the same bytes.
 */
export function playScenario(scenario: Scenario, options: PlayOptions = {}): Uint8Array {
  const { seed = 1, watchers = [] } = options;
  const lab = new Lab({ seed });
  const writer = newCapture();
  lab.watch(new LabCapture(writer));
  for (const watcher of watchers) lab.watch(watcher);
  performScenario(scenario, lab);
  return writer.bytes();
}
