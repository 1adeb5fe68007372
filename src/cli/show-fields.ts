/** `-T fields`: the values of named fields, in the form of tshark 4.0. */
import { PacketError } from '../bytes/error.js';
import { nearest } from '../bytes/nearest.js';
import type { FieldName, Place } from '../headers/protocol.js';
import type { Bindings, Protocols } from '../packet/bindings.js';
import { fieldText } from '../packet/field-text.js';
import { type FrameContext, type FrameName, frameNames } from '../packet/frame-names.js';

/** tshark's `-E`. */
export interface FieldOptions {
  /** Whether the text begins with a byte order mark. */
  readonly bom: boolean;
  readonly header: boolean;
  readonly separator: string;
  readonly occurrence: 'f' | 'l' | 'a';
  readonly aggregator: string;
  readonly quote: '' | '"' | "'";
}

const DEFAULTS: FieldOptions = {
  bom: false,
  header: false,
  separator: '\t',
  occurrence: 'a',
  aggregator: ',',
  quote: '',
};

/** Reads `header=y`, `separator=/t`, …. Throws `BAD_OPTION`. */
export function parseFieldOptions(texts: readonly string[]): FieldOptions {
  let options = DEFAULTS;
  for (const text of texts) {
    const [key = '', ...rest] = text.split('=');
    options = { ...options, ...fieldOption(key, rest.join('='), text) };
  }
  return options;
}

function fieldOption(key: string, value: string, text: string): Partial<FieldOptions> {
  const wrong = (expected: string): PacketError =>
    new PacketError('BAD_OPTION', `-E ${text}: expected ${expected}`);
  switch (key) {
    case 'header':
      if (value === 'y' || value === 'n') return { header: value === 'y' };
      throw wrong('header=y or header=n');
    case 'bom':
      if (value === 'y' || value === 'n') return { bom: value === 'y' };
      throw wrong('bom=y or bom=n');
    case 'occurrence':
      if (value === 'f' || value === 'l' || value === 'a') return { occurrence: value };
      throw wrong('occurrence=f (first), l (last) or a (all)');
    case 'quote':
      if (value === 'd') return { quote: '"' };
      if (value === 's') return { quote: "'" };
      if (value === 'n') return { quote: '' };
      throw wrong('quote=d (double), s (single) or n (none)');
    case 'separator':
      return { separator: character(value, wrong) };
    case 'aggregator':
      return { aggregator: character(value, wrong) };
    default:
      throw wrong('header, separator, occurrence, aggregator, quote or bom');
  }
}

function character(value: string, wrong: (expected: string) => PacketError): string {
  if (value === '/t') return '\t';
  if (value === '/s') return ' ';
  if ([...value].length === 1) return value;
  throw wrong('one character, /t (tab) or /s (space)');
}

/** A name that can be asked for, with the header it belongs to. */
export interface KnownField {
  readonly header: string;
  readonly name: string;
  readonly label: string;
}

/** Every field name, those of frames first. */
export function knownFields(bindings: Bindings<Protocols>): KnownField[] {
  const fields = frameNames.map(({ name, label }) => ({ header: 'frame', name, label }));
  for (const protocol of Object.values(bindings.protocols)) {
    for (const { name, label } of protocol.names)
      fields.push({ header: protocol.name, name, label });
  }
  return fields;
}

interface Column {
  readonly index: number;
  readonly field: FieldName;
}

/** Prints the values of some fields, a line a frame. */
export class FieldPrinter {
  private readonly names: readonly string[];
  private readonly options: FieldOptions;
  private readonly ofFrames: readonly { index: number; field: FrameName }[];
  private readonly ofProtocol: ReadonlyMap<string, readonly Column[]>;

  /** Throws `BAD_OPTION` for names that are not known, unless they are allowed and left empty. */
  constructor(
    names: readonly string[],
    options: FieldOptions,
    bindings: Bindings<Protocols>,
    allowUnknown: boolean,
  ) {
    this.names = names;
    this.options = options;
    // Of a name that is there more than once, only the last column has values: as in tshark.
    const columns = [...new Map(names.map((name, index) => [name, index]))];
    this.ofFrames = columns.flatMap(([name, index]) => {
      const field = frameNames.find((f) => f.name === name);
      return field === undefined ? [] : [{ index, field }];
    });
    const ofProtocol = new Map<string, Column[]>();
    for (const protocol of Object.values(bindings.protocols)) {
      const own = columns.flatMap(([name, index]) =>
        protocol.names.filter((f) => f.name === name).map((field) => ({ index, field })),
      );
      if (own.length > 0) ofProtocol.set(protocol.name, own);
    }
    this.ofProtocol = ofProtocol;
    if (!allowUnknown) refuseUnknown(names, bindings);
  }

  /** What stands before the first frame: the byte order mark, the line of names. */
  header(): string {
    const { bom, header, separator } = this.options;
    return `${bom ? '\uFEFF' : ''}${header ? `${this.names.join(separator)}\n` : ''}`;
  }

  line(frame: FrameContext): string {
    const cells: string[][] = this.names.map(() => []);
    const put = (index: number, text: string): void => {
      cells[index]?.push(text);
    };
    for (const { index, field } of this.ofFrames) {
      field.each(frame, (value) => put(index, fieldText(value, field.form)));
    }
    const { layers } = frame.packet;
    let places: Place[] | undefined;
    for (const [i, layer] of layers.entries()) {
      const columns = this.ofProtocol.get(layer.layer);
      if (columns === undefined) continue;
      places ??= frame.packet.places();
      for (const { index, field } of columns) {
        field.each(layer, places[i] as Place, (value) => put(index, fieldText(value, field.form)));
      }
    }
    return `${cells.map((values) => this.cell(values)).join(this.options.separator)}\n`;
  }

  private cell(values: readonly string[]): string {
    const { occurrence, aggregator, quote } = this.options;
    if (values.length === 0) return '';
    if (occurrence === 'f') return `${quote}${values[0]}${quote}`;
    if (occurrence === 'l') return `${quote}${values.at(-1)}${quote}`;
    return `${quote}${values.join(aggregator)}${quote}`;
  }
}

function refuseUnknown(names: readonly string[], bindings: Bindings<Protocols>): void {
  const known = knownFields(bindings).map((field) => field.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const hints = unknown.map((name) => {
    const hint = nearest(name, known);
    return `${name}${hint.startsWith('; did') ? hint : ''}`;
  });
  throw new PacketError(
    'BAD_OPTION',
    `no field is named ${hints.join(', ')} (framewright fields lists all; --allow-unknown-fields leaves them empty)`,
  );
}
