/**
 * The extension structure behind the packet that an ICMP or ICMPv6 error quotes (RFC 4884 §7):
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |version|       reserved        |           checksum            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * and behind it objects: a length of header and data, a class and its type. Here they are read
 * and named; they are written as they are, being the trailer of the layer.
 */
import { readBits } from '../bytes/bits.js';
import { foldSum, sumBytes } from '../bytes/checksum.js';
import { bitField, bits, fieldOf, headerLayout, offsetOf, u8, u16 } from '../bytes/layout.js';
import type { MessageView } from './icmp-message.js';
import {
  bytesOf,
  type Emit,
  type FieldName,
  type Form,
  type Place,
  type ProblemKind,
} from './protocol.js';

const layout = headerLayout('icmp extension', [
  bits(16, { version: 4, reserved: 12 }),
  u16('checksum'),
]);
const VERSION = bitField(layout, 'version', 16);
const CHECKSUM = offsetOf(layout, 'checksum');
const VERSION_2 = 2;

const objectLayout = headerLayout('icmp object', [u16('length'), u8('class'), u8('type')]);
const LENGTH = offsetOf(objectLayout, 'length');
const CLASS = offsetOf(objectLayout, 'class');
const TYPE = offsetOf(objectLayout, 'type');
const OBJECT_BYTES = objectLayout.span;

/** MPLS label stack, incoming (RFC 4950 §3). */
const MPLS = 1;
/** An entry of a label stack (RFC 3032 §2.1). */
const label = headerLayout('label', [bits(32, { label: 20, exp: 3, bottom: 1, ttl: 8 })]);

/** Problems that `checkExtension` finds, as bits; `extensionProblems` says what they mean. */
const BAD_STRUCTURE = 1;
const BAD_CHECKSUM = 2;

/** The kinds of problems that `checkExtension` finds, in the order of their bits. */
export function extensionProblems(protocol: 'ICMP' | 'ICMPV6'): readonly ProblemKind[] {
  return [
    {
      code: `${protocol}_EXTENSION`,
      message: 'the extension structure has a version other than 2, or objects that do not fit',
      rfc: 'RFC 4884 §7',
    },
    {
      code: `${protocol}_EXTENSION_CHECKSUM`,
      message: 'the checksum of the extension structure is wrong',
      rfc: 'RFC 4884 §7',
    },
  ];
}

/** Calls `visit` with every object in [start, end); answers where the list stopped. */
function eachObject(
  view: DataView,
  start: number,
  end: number,
  visit: (at: number, next: number) => void,
): number {
  let at = start;
  while (at + OBJECT_BYTES <= end) {
    const next = at + view.getUint16(at + LENGTH);
    if (next < at + OBJECT_BYTES || next > end) return at;
    visit(at, next);
    at = next;
  }
  return at;
}

const noVisit = (): void => {};

/** Looks at the structure in [start, end); answers a mask of problems. */
export function checkExtension(view: DataView, start: number, end: number): number {
  if (start + layout.span > end) return BAD_STRUCTURE;
  if (view.getUint16(start) >>> VERSION.shift !== VERSION_2) return BAD_STRUCTURE;
  const stop = eachObject(view, start + layout.span, end, noVisit);
  const wrong = stop === end ? 0 : BAD_STRUCTURE;
  return wrong | (extensionStatus(view, start, end) === 0 ? BAD_CHECKSUM : 0);
}

/** Wireshark's number of its checksum's state: 0 bad, 1 good, 3 none. */
function extensionStatus(view: DataView, start: number, end: number): 0 | 1 | 3 {
  if (view.getUint16(start + CHECKSUM) === 0) return 3;
  return foldSum(sumBytes(view, start, end)) === 0xffff ? 1 : 0;
}

type Find = (layer: MessageView, place: Place, visit: (start: number, end: number) => void) => void;

/** Where a message has its structure: behind its quote, or in the request that it makes. */
const find: Find = (layer, place, visit) => {
  const { shape, end, view } = layer;
  if (shape?.tail?.keys[0] === 'extension') {
    const start = layer.fixedEnd + shape.layout.span;
    if (start + layout.span <= layer.headerEnd) visit(start, layer.headerEnd);
  } else if (layer.quotesPacket && end + layout.span <= place.carrierEnd) {
    if (view.getUint16(end) >>> VERSION.shift === VERSION_2) visit(end, place.carrierEnd);
  }
};

function headName(
  name: string,
  label: string,
  form: Form,
  field: 'version' | 'reserved' | 'checksum',
) {
  const { bit, bits: width } = fieldOf(layout, field);
  return nameOf(name, label, form, ({ view }, start, _end, emit) =>
    emit(readBits(view, start * 8 + bit, width), start * 8 + bit, width),
  );
}

function nameOf(
  name: string,
  label: string,
  form: Form,
  tell: (layer: MessageView, start: number, end: number, emit: Emit) => void,
): FieldName<MessageView> {
  return {
    name,
    label,
    form,
    each: (layer, place, emit) => find(layer, place, (start, end) => tell(layer, start, end, emit)),
  };
}

/** A name for each object, `tell` with where it begins and ends. */
function objectName(
  name: string,
  label: string,
  form: Form,
  tell: (view: DataView, at: number, next: number, emit: Emit) => void,
): FieldName<MessageView> {
  return nameOf(name, label, form, ({ view }, start, end, emit) => {
    eachObject(view, start + layout.span, end, (at, next) => tell(view, at, next, emit));
  });
}

function labelName(
  name: string,
  text: string,
  form: Form,
  field: 'label' | 'exp' | 'bottom' | 'ttl',
): FieldName<MessageView> {
  const { bit, bits: width } = fieldOf(label, field);
  return objectName(name, text, form, (view, at, next, emit) => {
    if (view.getUint8(at + CLASS) !== MPLS) return;
    for (let entry = at + OBJECT_BYTES; entry + label.span <= next; entry += label.span) {
      emit(readBits(view, entry * 8 + bit, width), entry * 8 + bit, width);
    }
  });
}

/** Classes of which Wireshark names what is in their data: labels, interfaces (RFC 5837, RFC 8335). */
const LAST_NAMED_CLASS = 3;

/** Wireshark's names of the structure, the same in ICMP and ICMPv6. */
export const extensionNames: readonly FieldName<MessageView>[] = [
  headName('icmp.ext.version', 'Version', 'dec', 'version'),
  headName('icmp.ext.res', 'Reserved', 'hex4', 'reserved'),
  headName('icmp.ext.checksum', 'Checksum', 'hex4', 'checksum'),
  nameOf('icmp.ext.checksum.status', 'Checksum Status', 'dec', ({ view }, start, end, emit) =>
    emit(extensionStatus(view, start, end), (start + CHECKSUM) * 8, 0),
  ),
  objectName('icmp.ext.length', 'Length', 'dec', (view, at, _next, emit) =>
    emit(view.getUint16(at + LENGTH), (at + LENGTH) * 8, 16),
  ),
  objectName('icmp.ext.class', 'Class', 'dec', (view, at, _next, emit) =>
    emit(view.getUint8(at + CLASS), (at + CLASS) * 8, 8),
  ),
  objectName('icmp.ext.ctype', 'C-Type', 'dec', (view, at, _next, emit) =>
    emit(view.getUint8(at + TYPE), (at + TYPE) * 8, 8),
  ),
  objectName('icmp.ext.data', 'Data', 'bytes', (view, at, next, emit) => {
    const data = at + OBJECT_BYTES;
    if (view.getUint8(at + CLASS) <= LAST_NAMED_CLASS || data === next) return;
    emit(bytesOf(view, data, next), data * 8, (next - data) * 8);
  }),
  labelName('icmp.mpls.label', 'Label', 'dec', 'label'),
  labelName('icmp.mpls.exp', 'Experimental', 'dec', 'exp'),
  labelName('icmp.mpls.s', 'Stack bit', 'bool', 'bottom'),
  labelName('icmp.mpls.ttl', 'Time to live', 'dec', 'ttl'),
];
