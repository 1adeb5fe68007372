/** Names for the source lists and group records of IGMP (RFC 3376 §4) and MLD (RFC 3810 §5). */
import { type AddressKind, AUX_WORDS, eachRecord, GROUP, NUM_SOURCES, TYPE } from './icmp-lists.js';
import type { MessageView, Shape } from './icmp-message.js';
import { bytesOf, type Emit, type FieldName, type Form } from './protocol.js';

/** Name and label of a part, and what else has that name, in other messages. */
type Label = readonly [name: string, label: string, elsewhere?: FieldName<MessageView>];

/** What the parts of a record are called. */
export interface RecordLabels {
  readonly type: Label;
  readonly auxWords: Label;
  readonly numSources: Label;
  readonly group: Label;
  readonly source: Label;
  readonly aux: Label;
}

const formOf = ({ bytes }: AddressKind): Form => (bytes === 4 ? 'ipv4' : 'text');

function emitAddress(view: DataView, at: number, kind: AddressKind, emit: Emit): void {
  const value = kind.bytes === 4 ? view.getUint32(at) : kind.read(view, at);
  emit(value, at * 8, kind.bytes * 8);
}

/** A name for every address behind the fixed part of messages of one shape. */
export function sourcesName(
  name: string,
  label: string,
  only: Shape,
  kind: AddressKind,
): FieldName<MessageView> {
  return {
    name,
    label,
    form: formOf(kind),
    each: ({ view, shape, fixedEnd, headerEnd }, _place, emit) => {
      if (shape !== only) return;
      const start = fixedEnd + shape.layout.span;
      for (let at = start; at + kind.bytes <= headerEnd; at += kind.bytes) {
        emitAddress(view, at, kind, emit);
      }
    },
  };
}

/** Names for the parts of each record in reports of one shape. */
export function recordNames(
  report: Shape,
  kind: AddressKind,
  labels: RecordLabels,
): readonly FieldName<MessageView>[] {
  const named = (
    [name, label, elsewhere]: Label,
    form: Form,
    tell: (view: DataView, at: number, next: number, emit: Emit) => void,
  ): FieldName<MessageView> => ({
    name,
    label,
    form,
    each: (layer, place, emit) => {
      elsewhere?.each(layer, place, emit);
      const { view, shape, fixedEnd, headerEnd } = layer;
      if (shape !== report) return;
      const start = fixedEnd + shape.layout.span;
      eachRecord(view, start, headerEnd, kind.bytes, (at, next) => tell(view, at, next, emit));
    },
  });
  const byte = (label: Label, from: number): FieldName<MessageView> =>
    named(label, 'dec', (view, at, _next, emit) =>
      emit(view.getUint8(at + from), (at + from) * 8, 8),
    );
  const sources = GROUP + kind.bytes;
  return [
    byte(labels.type, TYPE),
    byte(labels.auxWords, AUX_WORDS),
    named(labels.numSources, 'dec', (view, at, _next, emit) =>
      emit(view.getUint16(at + NUM_SOURCES), (at + NUM_SOURCES) * 8, 16),
    ),
    named(labels.group, formOf(kind), (view, at, _next, emit) =>
      emitAddress(view, at + GROUP, kind, emit),
    ),
    named(labels.source, formOf(kind), (view, at, _next, emit) => {
      for (let i = 0; i < view.getUint16(at + NUM_SOURCES); i++) {
        emitAddress(view, at + sources + i * kind.bytes, kind, emit);
      }
    }),
    named(labels.aux, 'bytes', (view, at, next, emit) => {
      const aux = at + sources + view.getUint16(at + NUM_SOURCES) * kind.bytes;
      if (aux < next) emit(bytesOf(view, aux, next), aux * 8, (next - aux) * 8);
    }),
  ];
}
