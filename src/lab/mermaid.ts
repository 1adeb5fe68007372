/** What Mermaid's sequence diagrams take for names and texts (the grammar of Mermaid 11). */
import type { Device } from './device.js';
import { plainText } from './plain-text.js';

/** Words that Mermaid reads as its own, in whatever case. `endpoint` and `A_end` are none. */
const WORDS: ReadonlySet<string> = new Set([
  'acctitle',
  'accdescr',
  'activate',
  'actor',
  'alt',
  'and',
  'as',
  'autonumber',
  'box',
  'break',
  'create',
  'critical',
  'deactivate',
  'destroy',
  'details',
  'else',
  'end',
  'left',
  'link',
  'links',
  'loop',
  'note',
  'off',
  'opt',
  'option',
  'over',
  'par',
  'participant',
  'properties',
  'rect',
  'right',
  'sequencediagram',
  'title',
]);

/** Names for participants that Mermaid takes: letters and digits, no two the same, none of its words. */
export function participantIds(devices: readonly Device[]): Map<Device, string> {
  const ids = new Map<Device, string>();
  const taken = new Set<string>();
  for (const device of devices) {
    const plain = device.name.replace(/[^A-Za-z0-9]/g, '') || 'D';
    const free = WORDS.has(plain.toLowerCase()) ? `${plain}1` : plain;
    let id = free;
    for (let n = 2; taken.has(id); n++) id = `${free}_${n}`;
    taken.add(id);
    ids.set(device, id);
  }
  return ids;
}

/**
 * A text as a diagram has it: a line of the file, whatever it says. `;` and `#` mean something to
 * Mermaid; `%%` begins its directives, wherever it stands.
 */
export function diagramText(text: string): string {
  return plainText(text)
    .replace(/[#;]|%(?=%)/g, (found) => `#${found.charCodeAt(0)};`)
    .replaceAll('\n', '<br/>');
}
