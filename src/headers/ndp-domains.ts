/** Domain names as the DNS search list option writes them (RFC 8106 §5.2): labels, not compressed. */
import { bytesOf } from './protocol.js';
import { badValue } from './values.js';

const MAX_LABEL = 63;

/** Calls `visit` with each name in [start, end); false where the bytes are none. Zeros may follow. */
export function eachDomain(
  view: DataView,
  start: number,
  end: number,
  visit: (name: string, at: number, next: number) => void,
): boolean {
  let at = start;
  while (at < end && view.getUint8(at) !== 0) {
    const labels: string[] = [];
    let label = at;
    for (;;) {
      const length = label < end ? view.getUint8(label) : MAX_LABEL + 1;
      if (length > MAX_LABEL || label + 1 + length > end) return false;
      if (length === 0) break;
      labels.push(String.fromCharCode(...bytesOf(view, label + 1, label + 1 + length)));
      label += 1 + length;
    }
    visit(labels.join('.'), at, label + 1);
    at = label + 1;
  }
  return true;
}

/** The names in [start, end), or undefined where the bytes are none. */
export function readDomains(view: DataView, start: number, end: number): string[] | undefined {
  const names: string[] = [];
  return eachDomain(view, start, end, (name) => names.push(name)) ? names : undefined;
}

/** The bytes of a name. Throws `BAD_VALUE` where it is none. */
export function domainBytes(name: unknown, layer: string, field: string): number[] {
  const labels = typeof name === 'string' ? name.split('.') : [];
  const bytes: number[] = [];
  for (const label of labels) {
    const codes = [...label].map((letter) => letter.charCodeAt(0));
    const fits = codes.length > 0 && codes.length <= MAX_LABEL && codes.every((code) => code < 256);
    if (!fits) throw badValue(layer, field, name, 'a domain name, such as example.com');
    bytes.push(codes.length, ...codes);
  }
  if (bytes.length === 0) throw badValue(layer, field, name, 'a domain name, such as example.com');
  return [...bytes, 0];
}
