/** The version of this package. */
import { existsSync, readFileSync } from 'node:fs';

/** As package.json has it. */
export function version(): string {
  // Built, this may be a part of dist/cli.js; else it lies one folder deeper.
  const [file] = ['../package.json', '../../package.json']
    .map((path) => new URL(path, import.meta.url))
    .filter((url) => existsSync(url));
  return (JSON.parse(readFileSync(file as URL, 'utf8')) as { version: string }).version;
}
