/** Wireshark's names of a GRE header. */
import {
  ackAt,
  checksumAt,
  greChecksumStatus,
  greLayout,
  keyAt,
  ROUTING_ENTRY_BYTES,
  routingAt,
  sequenceAt,
} from './gre-wire.js';
import { numberName, rangeName } from './names.js';
import { ETHERTYPE } from './numbers.js';
import { bytesOf, type FieldName, type Form, type HeaderView } from './protocol.js';

/** The members of a `GreView` that its names ask for (the view itself imports this file). */
interface GreLayer extends HeaderView {
  readonly protocol: number;
  readonly keyPresent: boolean;
  readonly sequencePresent: boolean;
  readonly routingPresent: boolean;
}

type Name = FieldName<GreLayer>;

/** PPTP's header has another reading of some bits, and Wireshark knows it by the PPP in it. */
const isPptp = (layer: GreLayer): boolean => layer.protocol === ETHERTYPE.PPP;

function only(when: (layer: GreLayer) => boolean, field: FieldName): Name {
  return {
    ...field,
    each: (layer, place, emit) => {
      if (when(layer)) field.each(layer, place, emit);
    },
  };
}

/** A number of `bytes` bytes that lies where `at` says, where the header has it. */
function partName(
  name: string,
  label: string,
  form: Form,
  bytes: 2 | 4,
  when: (layer: GreLayer) => boolean,
  at: (view: DataView, offset: number) => number,
): Name {
  return {
    name,
    label,
    form,
    each: (layer, _place, emit) => {
      if (!when(layer)) return;
      const { view } = layer;
      const start = at(view, layer.offset);
      emit(bytes === 2 ? view.getUint16(start) : view.getUint32(start), start * 8, bytes * 8);
    },
  };
}

const hasSum = ({ view, offset }: GreLayer): boolean => keyAt(view, offset) > checksumAt(offset);
const hasAck = ({ view, offset }: GreLayer): boolean =>
  routingAt(view, offset) > ackAt(view, offset);

/** A part of each routing entry (RFC 1701): `at` bytes into it. */
function entryName(
  name: string,
  label: string,
  form: Form,
  read: (view: DataView, entry: number) => number | Uint8Array,
  at: number,
  bytes: (length: number) => number,
): Name {
  return {
    name,
    label,
    form,
    each: (layer, _place, emit) => {
      if (!layer.routingPresent) return;
      const { view, headerEnd } = layer;
      let entry = routingAt(view, layer.offset);
      while (entry < headerEnd) {
        const length = view.getUint8(entry + 3);
        const size = bytes(length);
        if (size > 0) emit(read(view, entry), (entry + at) * 8, size * 8);
        entry += ROUTING_ENTRY_BYTES + length;
      }
    },
  };
}

const status: Name = {
  name: 'gre.checksum.status',
  label: 'Checksum Status',
  form: 'dec',
  each: (layer, place, emit) => {
    const value = greChecksumStatus(layer, place);
    if (value !== undefined) emit(value, checksumAt(layer.offset) * 8, 0);
  },
};

const reservedBits = reservedName('reserved');
const reservedWithAck = reservedName('ackPresent');

function reservedName(first: 'reserved' | 'ackPresent'): FieldName {
  return rangeName(greLayout, first, 'reserved', 'gre.flags.reserved', 'Flags (Reserved)', 'dec');
}

export const greNames: readonly Name[] = [
  rangeName(
    greLayout,
    'checksumPresent',
    'version',
    'gre.flags_and_version',
    'Flags and Version',
    'hex4',
  ),
  numberName(greLayout, 'checksumPresent', 'gre.flags.checksum', 'Checksum Bit', 'bool'),
  numberName(greLayout, 'routingPresent', 'gre.flags.routing', 'Routing Bit', 'bool'),
  numberName(greLayout, 'keyPresent', 'gre.flags.key', 'Key Bit', 'bool'),
  numberName(
    greLayout,
    'sequencePresent',
    'gre.flags.sequence_number',
    'Sequence Number Bit',
    'bool',
  ),
  numberName(
    greLayout,
    'strictSourceRoute',
    'gre.flags.strict_source_route',
    'Strict Source Route Bit',
    'bool',
  ),
  numberName(greLayout, 'recursion', 'gre.flags.recursion_control', 'Recursion control'),
  only(isPptp, numberName(greLayout, 'ackPresent', 'gre.flags.ack', 'Acknowledgment', 'bool')),
  {
    ...reservedBits,
    each: (layer, place, emit) =>
      (isPptp(layer) ? reservedBits : reservedWithAck).each(layer, place, emit),
  },
  numberName(greLayout, 'version', 'gre.flags.version', 'Version'),
  numberName(greLayout, 'protocol', 'gre.proto', 'Protocol Type', 'hex4'),
  partName('gre.checksum', 'Checksum', 'hex4', 2, hasSum, (_view, offset) => checksumAt(offset)),
  status,
  partName('gre.offset', 'Offset', 'dec', 2, hasSum, (_view, offset) => checksumAt(offset) + 2),
  partName('gre.key', 'Key', 'hex8', 4, (l) => l.keyPresent && !isPptp(l), keyAt),
  partName(
    'gre.key.payload_length',
    'Payload Length',
    'dec',
    2,
    (l) => l.keyPresent && isPptp(l),
    keyAt,
  ),
  partName(
    'gre.key.call_id',
    'Call ID',
    'dec',
    2,
    (l) => l.keyPresent && isPptp(l),
    (view, offset) => keyAt(view, offset) + 2,
  ),
  partName(
    'gre.sequence_number',
    'Sequence Number',
    'dec',
    4,
    (l) => l.sequencePresent,
    sequenceAt,
  ),
  partName('gre.ack_number', 'Acknowledgment Number', 'dec', 4, hasAck, ackAt),
  entryName(
    'gre.routing.address_family',
    'Address Family',
    'dec',
    (view, entry) => view.getUint16(entry),
    0,
    () => 2,
  ),
  entryName(
    'gre.routing.sre_offset',
    'SRE Offset',
    'dec',
    (view, entry) => view.getUint8(entry + 2),
    2,
    () => 1,
  ),
  entryName(
    'gre.routing.src_length',
    'SRE Length',
    'dec',
    (view, entry) => view.getUint8(entry + 3),
    3,
    () => 1,
  ),
  entryName(
    'gre.routing.information',
    'Routing Information',
    'bytes',
    (view, entry) =>
      bytesOf(
        view,
        entry + ROUTING_ENTRY_BYTES,
        entry + ROUTING_ENTRY_BYTES + view.getUint8(entry + 3),
      ),
    ROUTING_ENTRY_BYTES,
    (length) => length,
  ),
];
