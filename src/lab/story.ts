/** A run as people read it: a sequence diagram (Mermaid), and a walk-through frame by frame. */
import { parse } from '../packet/parse.js';
import { SECOND } from './clock.js';
import type { Device } from './device.js';
import { diagramText, participantIds } from './mermaid.js';
import { plainText } from './plain-text.js';
import type { Crossing, Note, Watcher } from './recorder.js';

/** One thing that happened. */
export type Step =
  | { readonly kind: 'frame'; readonly crossing: Crossing }
  | { readonly kind: 'note'; readonly note: Note };

/** Gathers what happens in a run, in order. */
export class Story implements Watcher {
  readonly steps: Step[];

  constructor() {
    this.steps = [];
  }

  crossed(crossing: Crossing): void {
    this.steps.push({ kind: 'frame', crossing });
  }

  noted(note: Note): void {
    this.steps.push({ kind: 'note', note });
  }

  /** A Mermaid sequence diagram of the run: an arrow a frame on a link, a note a remark. */
  diagram(): string[] {
    const devices = this.devices();
    const ids = participantIds(devices);
    const lines = ['sequenceDiagram', '    autonumber'];
    for (const device of devices) {
      lines.push(`    participant ${ids.get(device)} as ${diagramText(device.caption)}`);
    }
    for (const step of this.steps) {
      if (step.kind === 'note') {
        const { text } = step.note;
        lines.push(
          `    Note over ${overOf(step.note.devices, devices, ids)}: ${diagramText(text)}`,
        );
      } else {
        const { from, to, lost } = step.crossing;
        const arrow = lost === '' ? '->>' : '-x';
        const text = step.crossing.text;
        lines.push(
          `    ${ids.get(from.device)}${arrow}${ids.get(to.device)}: ${diagramText(text)}`,
        );
      }
    }
    return lines;
  }

  /** The walk-through: each frame with its time, way, headers, and what was said. */
  explain(): string[] {
    const lines: string[] = [];
    for (const step of this.steps) {
      if (step.kind === 'frame') lines.push(...this.explainFrame(step.crossing));
      else
        lines.push(
          `      ${flat(step.note.devices.map(({ title }) => title).join(', '))}: ${flat(step.note.text)}`,
        );
    }
    return lines;
  }

  private explainFrame(crossing: Crossing): string[] {
    const { number, time, from, to, bytes, lost } = crossing;
    const packet = parse(bytes);
    const headers = packet.layers.map(({ descriptor }) => descriptor.name).join(' / ');
    const way = flat(`${from.device.title} → ${to.device.title}`);
    const at = (time / SECOND).toFixed(6);
    const gone = lost === '' ? '' : ` (${lost})`;
    return [
      `${String(number).padStart(4)}  ${at}  ${way}: ${flat(crossing.text)}${gone}`,
      `      ${bytes.length} bytes on ${flat(crossing.link.name)}: ${headers}`,
    ];
  }

  /** Devices that did something, in the order in which the lab has them. */
  private devices(): Device[] {
    const seen = new Set<Device>();
    for (const step of this.steps) {
      if (step.kind === 'note') for (const device of step.note.devices) seen.add(device);
      else {
        seen.add(step.crossing.from.device);
        seen.add(step.crossing.to.device);
      }
    }
    const [first] = seen;
    const all = first === undefined ? [] : [...first.lab.devices.values()];
    return all.filter((device) => seen.has(device));
  }
}

/** Mermaid puts a note over one participant, or over all from one to another. */
function overOf(
  about: readonly Device[],
  order: readonly Device[],
  ids: ReadonlyMap<Device, string>,
): string {
  const sorted = order.filter((device) => about.includes(device));
  const ends = sorted.length > 1 ? [sorted[0], sorted.at(-1)] : sorted;
  return ends.map((device) => ids.get(device as Device)).join(',');
}

/** On one line: what ends without a stop of its own gets a comma. */
function flat(text: string): string {
  return plainText(text)
    .replace(/(?<![.,:;!?])\n */g, ', ')
    .replace(/ *\n */g, ' ');
}
