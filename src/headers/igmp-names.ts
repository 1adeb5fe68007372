/** Wireshark's names of IGMP's fields. */
import { eachRecord, IPV4_ADDRESS } from './icmp-lists.js';
import { MESSAGE_START, type MessageView, messageStatus } from './icmp-message.js';
import { partName } from './icmp-part-names.js';
import type { IgmpView } from './igmp.js';
import { igmpLayout, MAX_RESPONSE, query3, report3 } from './igmp-wire.js';
import { numberName, valueName } from './names.js';
import { bytesOf, type Emit, type FieldName, type Form } from './protocol.js';

/** A name for each record of a report, and for the same field of other messages. */
function listName(
  name: string,
  label: string,
  form: Form,
  of: FieldName<MessageView> | undefined,
  tell: (view: DataView, at: number, next: number, emit: Emit) => void,
): FieldName<IgmpView> {
  return {
    name,
    label,
    form,
    each: (layer, place, emit) => {
      of?.each(layer, place, emit);
      const { view, shape, fixedEnd, headerEnd } = layer;
      if (shape !== report3) return;
      const start = fixedEnd + shape.layout.span;
      eachRecord(view, start, headerEnd, IPV4_ADDRESS.bytes, (at, next) =>
        tell(view, at, next, emit),
      );
    },
  };
}

const SOURCES = 8;

/** The time in tenths of a second, for which version 3 has codes from 128 (RFC 3376 §4.1.1). */
function responseTime({ maxResponse: code, version }: IgmpView): number {
  if (version < 3 || code < 128) return code;
  return ((code & 15) | 16) << (((code >>> 4) & 7) + 3);
}

/** A part of the code of the response time, where it is one. */
function codeName(name: string, label: string, bit: number, bits: number): FieldName<IgmpView> {
  return {
    name,
    label,
    form: 'hex2',
    each: ({ offset, shape, maxResponse }, _place, emit) => {
      if (shape !== query3 || maxResponse < 128) return;
      const value = (maxResponse >>> (8 - bit - bits)) & (2 ** bits - 1);
      emit(value, (offset + MAX_RESPONSE) * 8 + bit, bits);
    },
  };
}

const sourceName: FieldName<MessageView> = {
  name: 'igmp.saddr',
  label: 'Source Address',
  form: 'ipv4',
  each: ({ view, shape, fixedEnd, headerEnd }, _place, emit) => {
    if (shape !== query3) return;
    for (let at = fixedEnd + shape.layout.span; at + 4 <= headerEnd; at += 4) {
      emit(view.getUint32(at), at * 8, 32);
    }
  },
};

/** A name that Wireshark has only in messages whose type it knows. */
function ofKnownType(one: FieldName<IgmpView>): FieldName<IgmpView> {
  return {
    ...one,
    each: (layer, place, emit) => {
      if (layer.version > 0) one.each(layer, place, emit);
    },
  };
}

/** Every name of an IGMP message. */
export const igmpNames: readonly FieldName<IgmpView>[] = [
  {
    name: 'igmp.version',
    label: 'IGMP Version',
    form: 'dec',
    each: ({ offset, version }, _place, emit) => {
      if (version > 0) emit(version, offset * 8, 0);
    },
  },
  numberName(igmpLayout, 'type', 'igmp.type', 'Type', 'hex2'),
  {
    name: 'igmp.max_resp',
    label: 'Max Resp Time',
    form: 'dec',
    each: (layer, _place, emit) => {
      const { version, shape, offset } = layer;
      if (version < 2 || shape === report3) return;
      emit(responseTime(layer), (offset + MAX_RESPONSE) * 8, 8);
    },
  },
  codeName('igmp.max_resp.exp', 'Exponent', 1, 3),
  codeName('igmp.max_resp.mant', 'Mantissa', 4, 4),
  {
    name: 'igmp.reserved',
    label: 'Reserved',
    form: 'bytes',
    each: ({ view, offset, shape, version }, _place, emit) => {
      const tell = (at: number, bytes: number): void =>
        emit(bytesOf(view, at, at + bytes), at * 8, bytes * 8);
      if (version === 1 || shape === report3) tell(offset + MAX_RESPONSE, 1);
      if (shape === report3) tell(offset + MESSAGE_START, 2);
    },
  },
  ofKnownType(numberName(igmpLayout, 'checksum', 'igmp.checksum', 'Checksum', 'hex4')),
  ofKnownType(
    valueName(
      igmpLayout,
      'checksum',
      'igmp.checksum.status',
      'Checksum Status',
      'dec',
      (layer: IgmpView, place) => messageStatus(layer, place, 0),
    ),
  ),
  partName('suppress', 'igmp.s', 'S', 'bool'),
  partName('robustness', 'igmp.qrv', 'QRV'),
  partName('queryInterval', 'igmp.qqic', 'QQIC'),
  partName('numRecords', 'igmp.num_grp_recs', 'Num Group Records'),
  listName('igmp.record_type', 'Record Type', 'dec', undefined, (view, at, _next, emit) =>
    emit(view.getUint8(at), at * 8, 8),
  ),
  listName('igmp.aux_data_len', 'Aux Data Len', 'dec', undefined, (view, at, _next, emit) =>
    emit(view.getUint8(at + 1), (at + 1) * 8, 8),
  ),
  listName(
    'igmp.num_src',
    'Num Src',
    'dec',
    partName('numSources', 'igmp.num_src', 'Num Src'),
    (view, at, _next, emit) => emit(view.getUint16(at + 2), (at + 2) * 8, 16),
  ),
  listName(
    'igmp.maddr',
    'Multicast Address',
    'ipv4',
    partName('group', 'igmp.maddr', 'Multicast Address', 'ipv4'),
    (view, at, _next, emit) => emit(view.getUint32(at + 4), (at + 4) * 8, 32),
  ),
  listName('igmp.saddr', 'Source Address', 'ipv4', sourceName, (view, at, _next, emit) => {
    for (let i = 0; i < view.getUint16(at + 2); i++) {
      const source = at + SOURCES + i * 4;
      emit(view.getUint32(source), source * 8, 32);
    }
  }),
  listName('igmp.aux_data', 'Aux Data', 'bytes', undefined, (view, at, next, emit) => {
    const aux = at + SOURCES + view.getUint16(at + 2) * 4;
    if (aux < next) emit(bytesOf(view, aux, next), aux * 8, (next - aux) * 8);
  }),
];
