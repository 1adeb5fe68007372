/** What a scenario is: a small network and what happens in it. */
import type { Lab } from '../lab/lab.js';
import type { Crossing } from '../lab/recorder.js';

/** A walk-through of the guide, played by the lab. */
export interface Scenario {
  /** As the command knows it: `mac-learning`. */
  readonly name: string;
  /** One line: what is shown. */
  readonly title: string;
  /** The question of the guide that it answers, word for word. */
  readonly guide: string;
  /** A paragraph: what to look at, and where it differs from the guide and why. */
  readonly about: string;
  /**
   * What Wireshark remarks upon because the scenario is about it: field names such as
   * `tcp.analysis.zero_window`. Nothing else of severity warning or above may be in its captures.
   */
  readonly remarks?: readonly string[];
  /** What a frame is called in the diagram, where the usual words are not the guide's. */
  label?(crossing: Crossing): string | undefined;
  /** Builds the network in `lab`, and runs it. */
  play(lab: Lab): void;
}
