/** `-T fields`: the values of named fields, in the form of tshark 4.0. */
import { PacketError } from '../bytes/error.js';
import { nearest } from '../bytes/nearest.js';
import type { Emit, FieldName, Form, HeaderView, Protocol } from '../headers/protocol.js';
import type { Bindings, Protocols } from '../packet/bindings.js';
import { fieldText } from '../packet/field-text.js';
import { type FrameContext, type FrameName, frameNames } from '../packet/frame-names.js';
import type { TextBuffer } from './text-buffer.js';

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
  readonly cell: Cell;
  readonly field: FieldName;
}

type Value = number | string | Uint8Array;

/** The values of one column in one frame. Kept for all frames: arrays of each frame's own took half of the time of a line. */
interface Cell {
  form: Form;
  readonly values: Value[];
  count: number;
}

/** Prints the values of some fields, a line a frame. */
export class FieldPrinter {
  private readonly names: readonly string[];
  private readonly options: FieldOptions;
  private readonly ofFrames: readonly { cell: Cell; field: FrameName }[];
  private readonly ofProtocol: ReadonlyMap<Protocol, readonly Column[]>;
  private readonly cells: readonly Cell[];
  private readonly put: Emit;
  private cell: Cell | undefined;

  /** Throws `BAD_OPTION` for names that are not known, unless they are allowed and left empty. */
  constructor(
    names: readonly string[],
    options: FieldOptions,
    bindings: Bindings<Protocols>,
    allowUnknown: boolean,
  ) {
    this.names = names;
    this.options = options;
    this.cells = names.map(() => ({ form: 'dec', values: [], count: 0 }));
    // Of a name that is there more than once, only the last column has values: as in tshark.
    const columns = [...new Map(names.map((name, i) => [name, this.cells[i] as Cell]))];
    this.ofFrames = columns.flatMap(([name, cell]) => {
      const field = frameNames.find((f) => f.name === name);
      return field === undefined ? [] : [{ cell, field }];
    });
    const ofProtocol = new Map<Protocol, Column[]>();
    for (const protocol of Object.values(bindings.protocols)) {
      const own = columns.flatMap(([name, cell]) =>
        protocol.names.filter((f) => f.name === name).map((field) => ({ cell, field })),
      );
      if (own.length > 0) ofProtocol.set(protocol, own);
    }
    this.ofProtocol = ofProtocol;
    if (!allowUnknown) refuseUnknown(names, bindings);
    this.cell = undefined;
    this.put = (value) => {
      const cell = this.cell as Cell;
      cell.values[cell.count] = value;
      cell.count += 1;
    };
  }

  /** What stands before the first frame: the byte order mark, the line of names. */
  header(): string {
    const { bom, header, separator } = this.options;
    return `${bom ? '\uFEFF' : ''}${header ? `${this.names.join(separator)}\n` : ''}`;
  }

  /** Writes the line of one frame. */
  line(frame: FrameContext, out: TextBuffer): void {
    const { cells, options, put } = this;
    for (const cell of cells) cell.count = 0;
    for (const { cell, field } of this.ofFrames) {
      this.cell = cell;
      cell.form = field.form;
      field.each(frame, put);
    }
    const { packet } = frame;
    const { layers } = packet;
    for (let i = 0; i < layers.length; i++) {
      const layer = layers[i] as HeaderView;
      const columns = this.ofProtocol.get(layer.descriptor);
      if (columns === undefined) continue;
      const place = packet.place(i);
      for (const { cell, field } of columns) {
        this.cell = cell;
        cell.form = field.form;
        field.each(layer, place, put);
      }
    }
    for (let i = 0; i < cells.length; i++) {
      if (i > 0) out.text(options.separator);
      putCell(cells[i] as Cell, options, out);
    }
    out.text('\n');
  }
}

function putCell({ form, values, count }: Cell, options: FieldOptions, out: TextBuffer): void {
  if (count === 0) return;
  const { occurrence, aggregator, quote } = options;
  const first = occurrence === 'l' ? count - 1 : 0;
  const end = occurrence === 'f' ? 1 : count;
  out.text(quote);
  for (let i = first; i < end; i++) {
    if (i > first) out.text(aggregator);
    const value = values[i] as Value;
    if (form === 'dec' && typeof value === 'number') out.number(value);
    else if (form === 'ipv4') out.ipv4(value as number);
    else out.text(fieldText(value, form));
  }
  out.text(quote);
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
