/** Wireshark's names of IGMP's fields. */
import { recordNames, sourcesName } from './group-record-names.js';
import { IPV4_ADDRESS } from './icmp-lists.js';
import { MESSAGE_START, messageStatus } from './icmp-message.js';
import { partName } from './icmp-part-names.js';
import type { IgmpView } from './igmp.js';
import { igmpLayout, MAX_RESPONSE, query3, report3 } from './igmp-wire.js';
import { numberName, valueName } from './names.js';
import { bytesOf, type FieldName } from './protocol.js';

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
  ...recordNames(report3, IPV4_ADDRESS, {
    type: ['igmp.record_type', 'Record Type'],
    auxWords: ['igmp.aux_data_len', 'Aux Data Len'],
    numSources: ['igmp.num_src', 'Num Src', partName('numSources', 'igmp.num_src', 'Num Src')],
    group: [
      'igmp.maddr',
      'Multicast Address',
      partName('group', 'igmp.maddr', 'Multicast Address', 'ipv4'),
    ],
    source: [
      'igmp.saddr',
      'Source Address',
      sourcesName('igmp.saddr', 'Source Address', query3, IPV4_ADDRESS),
    ],
    aux: ['igmp.aux_data', 'Aux Data'],
  }),
];
