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
    const diagram = new Diagram();
    for (const step of this.steps) diagram.add(step);
    return [...diagram.lines()];
  }

  /** The walk-through: each frame with its time, way, headers, and what was said. */
  explain(): string[] {
    return this.steps.flatMap(explained);
  }
}

/** Hands on what happens while the run goes on, so that nothing need be kept. */
export class Storyteller implements Watcher {
  private readonly tell: (step: Step) => void;
  /** The frame that has left its sender: the link may yet lose it. */
  private last: Crossing | undefined;

  constructor(tell: (step: Step) => void) {
    this.tell = tell;
    this.last = undefined;
  }

  crossed(crossing: Crossing): void {
    this.catchUp();
    this.last = crossing;
  }

  noted(note: Note): void {
    this.catchUp();
    this.tell({ kind: 'note', note });
  }

  /** Hands on the last frame, too: for whoever comes between two things that happen. */
  catchUp(): void {
    const { last } = this;
    this.last = undefined;
    if (last !== undefined) this.tell({ kind: 'frame', crossing: last });
  }
}

/** Lines of a diagram that are kept as one text: one by one they take three times the memory. */
const GATHER = 1000;

/** A Mermaid sequence diagram that grows: of a long run, its text is all that is kept. */
export class Diagram {
  private readonly seen: Set<Device>;
  private order: readonly Device[];
  private ids: ReadonlyMap<Device, string>;
  private readonly texts: string[];
  private recent: string[];

  constructor() {
    this.seen = new Set();
    this.order = [];
    this.ids = new Map();
    this.texts = [];
    this.recent = [];
  }

  add(step: Step): void {
    this.recent.push(step.kind === 'note' ? this.note(step.note) : this.arrow(step.crossing));
    if (this.recent.length < GATHER) return;
    this.texts.push(this.recent.join('\n'));
    this.recent = [];
  }

  /** The diagram so far: devices that did something, in the order in which the lab has them; then what they did. */
  *lines(): Generator<string> {
    yield 'sequenceDiagram';
    yield '    autonumber';
    for (const device of this.order) {
      if (!this.seen.has(device)) continue;
      yield `    participant ${this.ids.get(device)} as ${diagramText(device.caption)}`;
    }
    for (const text of this.texts) yield* text.split('\n');
    yield* this.recent;
  }

  private note({ devices, text }: Note): string {
    for (const device of devices) this.see(device);
    return `    Note over ${overOf(devices, this.order, this.ids)}: ${diagramText(text)}`;
  }

  private arrow({ from, to, lost, text }: Crossing): string {
    const ends = `${this.see(from.device)}${lost === '' ? '->>' : '-x'}${this.see(to.device)}`;
    return `    ${ends}: ${diagramText(text)}`;
  }

  /** Its name in the diagram. Devices that are made later change no name. */
  private see(device: Device): string {
    this.seen.add(device);
    if (!this.ids.has(device)) {
      this.order = [...device.lab.devices.values()];
      this.ids = participantIds(this.order);
    }
    return this.ids.get(device) as string;
  }
}

/** What happened, in lines. */
export function explained(step: Step): string[] {
  if (step.kind === 'note') {
    const { devices, text } = step.note;
    return [`      ${flat(devices.map(({ title }) => title).join(', '))}: ${flat(text)}`];
  }
  const { number, time, from, to, bytes, lost, link, text } = step.crossing;
  const headers = parse(bytes)
    .layers.map(({ descriptor }) => descriptor.name)
    .join(' / ');
  const way = flat(`${from.device.title} → ${to.device.title}`);
  const at = (time / SECOND).toFixed(6);
  const gone = lost === '' ? '' : ` (${lost})`;
  return [
    `${String(number).padStart(4)}  ${at}  ${way}: ${flat(text)}${gone}`,
    `      ${bytes.length} bytes on ${flat(link.name)}: ${headers}`,
  ];
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
