/** SARIF 2.1.0, the format that code scanners take, written piece by piece. */
import { isAbsolute, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Severity } from '../headers/protocol.js';
import type { ProblemEntry } from '../packet/problems.js';
import type { Finding, Report } from './findings.js';
import { problemWords } from './show-problem.js';
import { version } from './version.js';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<
  Severity,
  string
>;

/** The text of a report: `begin`, a `result` for each finding, `end`. */
export class SarifReport implements Report {
  private readonly rules: readonly ProblemEntry[];
  private readonly indexes: ReadonlyMap<string, number>;
  private results: number;

  /** `rules`: every code that there can be. */
  constructor(rules: readonly ProblemEntry[]) {
    this.rules = rules;
    this.indexes = new Map(rules.map(({ code }, i) => [code, i]));
    this.results = 0;
  }

  /** What stands before the first result. */
  begin(): string {
    const driver = { name: 'framewright', version: version(), rules: this.rules.map(ruleOf) };
    const tool = JSON.stringify({ driver });
    return `{"$schema":"${SCHEMA}","version":"2.1.0","runs":[{"tool":${tool},"columnKind":"utf16CodeUnits","results":[`;
  }

  result(finding: Finding): string {
    const { code, severity } = finding;
    const result = {
      ruleId: code,
      ruleIndex: this.indexes.get(code),
      level: LEVELS[severity],
      message: { text: problemWords(finding) },
      locations: [locationOf(finding)],
      properties: propertiesOf(finding),
    };
    this.results += 1;
    return `${this.results === 1 ? '' : ','}\n${JSON.stringify(result)}`;
  }

  /** What stands behind the last result. `complete`: whether every file could be read. */
  end(complete: boolean): string {
    return `\n],"invocations":[{"executionSuccessful":${complete}}]}]}\n`;
  }
}

function ruleOf({ code, severity, layer, rfc, message }: ProblemEntry): object {
  const link = /RFC (\d+)(?: §([\d.]+))?/.exec(rfc ?? '');
  const section = link?.[2] === undefined ? '' : `#section-${link[2]}`;
  return {
    id: code,
    shortDescription: { text: message },
    help: { text: `${layer}: ${problemWords({ message, ...(rfc === undefined ? {} : { rfc }) })}` },
    ...(link === null ? {} : { helpUri: `https://www.rfc-editor.org/rfc/rfc${link[1]}${section}` }),
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { layer, ...(rfc === undefined ? {} : { rfc }) },
  };
}

function locationOf({ file, frame, layer, field, offset, bits }: Finding): object {
  const artifactLocation = { uri: uriOf(file) };
  if (frame === undefined) return { physicalLocation: { artifactLocation } };
  const name = `frame ${frame}`;
  const parts = [name, layer, field].filter((part) => part !== undefined);
  // A frame's bytes lie at no place of the file that a reader of compressed files could know: the
  // address is that in the frame.
  const address = {
    name,
    kind: 'data',
    ...(offset === undefined ? {} : { relativeAddress: offset }),
    ...(bits === undefined || bits === 0 ? {} : { length: Math.ceil(bits / 8) }),
  };
  return {
    physicalLocation: { artifactLocation, address },
    logicalLocations: [{ name: parts.at(-1), fullyQualifiedName: parts.join('/'), kind: 'member' }],
  };
}

/** What SARIF has no place for. */
function propertiesOf(finding: Finding): object {
  const { file: _file, code: _code, severity: _severity, message: _message, ...rest } = finding;
  return rest;
}

function uriOf(file: string): string {
  if (file === '-') return 'file:///dev/stdin';
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.split(sep).map(encodeURIComponent).join('/');
}
