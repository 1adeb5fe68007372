/** Wireshark's names of ICMPv6's fields; those of the options: `ndp-names.ts`. */
import { recordNames, sourcesName } from './group-record-names.js';
import { echo, extendedEcho, extendedEchoNames, extendedEchoReply } from './icmp-echo.js';
import { extensionNames } from './icmp-extension.js';
import { IPV6_ADDRESS } from './icmp-lists.js';
import { MESSAGE_START, messageStatus } from './icmp-message.js';
import { partName, spanName } from './icmp-part-names.js';
import type { Icmpv6View } from './icmpv6.js';
import {
  icmpv6Layout,
  icmpv6Pseudo,
  LENGTH,
  listener1,
  listenerQuery2,
  listenerReport2,
  neighborAdvertisement,
  neighborSolicitation,
  redirect,
  routerAdvertisement,
} from './icmpv6-wire.js';
import { numberName, valueName } from './names.js';
import { ndpNames } from './ndp-names.js';
import { bytesOf, type FieldName } from './protocol.js';

/** The bytes that must be 0, where Wireshark shows them as such. */
const reservedName: FieldName<Icmpv6View> = {
  name: 'icmpv6.reserved',
  label: 'Reserved',
  form: 'bytes',
  each: ({ view, offset, shape }, _place, emit) => {
    const found = shape?.layout.fields.find((one) => one.name === 'reserved');
    if (found === undefined) return;
    const from = offset + MESSAGE_START + found.bit / 8;
    const isLength = shape?.layout.fields[0]?.name === 'length';
    // A length of 0 is four bytes without a meaning.
    const start = isLength && view.getUint8(offset + LENGTH) === 0 ? offset + LENGTH : from;
    const end = from + found.bits / 8;
    if (found.bits % 8 === 0) emit(bytesOf(view, start, end), start * 8, (end - start) * 8);
  },
};

/** Milliseconds, for which there are codes from 32768 (RFC 3810 §5.1.3). */
function responseTime(code: number): number {
  if (code < 0x8000) return code;
  return ((code & 0xfff) | 0x1000) << (((code >>> 12) & 7) + 3);
}

const listenerNames: readonly FieldName<Icmpv6View>[] = [
  partName(
    'maxResponse',
    'icmpv6.mld.maximum_response_delay',
    'Maximum Response Delay [ms]',
    'dec',
    [listener1],
  ),
  {
    name: 'icmpv6.mld.maximum_response_code',
    label: 'Maximum Response Code',
    form: 'dec',
    each: ({ view, offset, shape }, _place, emit) => {
      if (shape !== listenerQuery2) return;
      const code = view.getUint16(offset + MESSAGE_START);
      emit(responseTime(code), (offset + MESSAGE_START) * 8, 16);
    },
  },
  partName('group', 'icmpv6.mld.multicast_address', 'Multicast Address', 'text'),
  spanName('reservedFlags', 'robustness', 'icmpv6.mld.flag', 'Flags', 'hex2'),
  partName('suppress', 'icmpv6.mld.flag.s', 'Suppress Router-Side Processing', 'bool'),
  partName('robustness', 'icmpv6.mld.flag.qrv', "QRV (Querier's Robustness Variable)"),
  partName('reservedFlags', 'icmpv6.mld.flag.reserved', 'Reserved'),
  partName('queryInterval', 'icmpv6.mld.qqi', "QQIC (Querier's Query Interval Code)"),
  partName('numSources', 'icmpv6.mld.nb_sources', 'Number of Sources'),
  sourcesName('icmpv6.mld.source_address', 'Source Address', listenerQuery2, IPV6_ADDRESS),
  partName('numRecords', 'icmpv6.mldr.nb_mcast_records', 'Number of Multicast Address Records'),
  ...recordNames(listenerReport2, IPV6_ADDRESS, {
    type: ['icmpv6.mldr.mar.record_type', 'Record Type'],
    auxWords: ['icmpv6.mldr.mar.aux_data_len', 'Aux Data Len'],
    numSources: ['icmpv6.mldr.mar.nb_sources', 'Number of Sources'],
    group: ['icmpv6.mldr.mar.multicast_address', 'Multicast Address'],
    source: ['icmpv6.mldr.mar.source_address', 'Source Address'],
    aux: ['icmpv6.mldr.mar.auxiliary_data', 'Auxiliary Data'],
  }),
];

const neighborNames: readonly FieldName<Icmpv6View>[] = [
  partName('hopLimit', 'icmpv6.nd.ra.cur_hop_limit', 'Cur hop limit'),
  spanName('managed', 'reserved', 'icmpv6.nd.ra.flag', 'Flags', 'hex2'),
  partName('managed', 'icmpv6.nd.ra.flag.m', 'Managed address configuration', 'bool'),
  partName('other', 'icmpv6.nd.ra.flag.o', 'Other configuration', 'bool'),
  partName('homeAgent', 'icmpv6.nd.ra.flag.h', 'Home Agent', 'bool'),
  partName('preference', 'icmpv6.nd.ra.flag.prf', 'Prf (Default Router Preference)'),
  partName('proxy', 'icmpv6.nd.ra.flag.p', 'Proxy', 'bool'),
  partName('reserved', 'icmpv6.nd.ra.flag.rsv', 'Reserved', 'dec', [routerAdvertisement]),
  partName('lifetime', 'icmpv6.nd.ra.router_lifetime', 'Router lifetime (s)'),
  partName('reachableTime', 'icmpv6.nd.ra.reachable_time', 'Reachable time (ms)'),
  partName('retransTimer', 'icmpv6.nd.ra.retrans_timer', 'Retrans timer (ms)'),
  partName('target', 'icmpv6.nd.ns.target_address', 'Target Address', 'text', [
    neighborSolicitation,
  ]),
  spanName('router', 'reserved', 'icmpv6.nd.na.flag', 'Flags', 'hex8'),
  partName('router', 'icmpv6.nd.na.flag.r', 'Router', 'bool'),
  partName('solicited', 'icmpv6.nd.na.flag.s', 'Solicited', 'bool'),
  partName('override', 'icmpv6.nd.na.flag.o', 'Override', 'bool'),
  partName('reserved', 'icmpv6.nd.na.flag.rsv', 'Reserved', 'dec', [neighborAdvertisement]),
  partName('target', 'icmpv6.nd.na.target_address', 'Target Address', 'text', [
    neighborAdvertisement,
  ]),
  partName('target', 'icmpv6.nd.rd.target_address', 'Target Address', 'text', [redirect]),
  partName('destination', 'icmpv6.rd.na.destination_address', 'Destination Address', 'text'),
];

/** Every name of an ICMPv6 message. */
export const icmpv6Names: readonly FieldName<Icmpv6View>[] = [
  numberName(icmpv6Layout, 'type', 'icmpv6.type', 'Type'),
  numberName(icmpv6Layout, 'code', 'icmpv6.code', 'Code'),
  numberName(icmpv6Layout, 'checksum', 'icmpv6.checksum', 'Checksum', 'hex4'),
  valueName(
    icmpv6Layout,
    'checksum',
    'icmpv6.checksum.status',
    'Checksum Status',
    'dec',
    (layer: Icmpv6View, place) =>
      place.pseudo < 0 ? 2 : messageStatus(layer, place, icmpv6Pseudo(layer.offset, place)),
  ),
  {
    name: 'icmpv6.length',
    label: 'Length of original datagram',
    form: 'dec',
    each: ({ view, offset, shape }, _place, emit) => {
      if (shape?.keys[0] !== 'length') return;
      const length = view.getUint8(offset + LENGTH);
      if (length > 0) emit(length, (offset + LENGTH) * 8, 8);
    },
  },
  reservedName,
  partName('mtu', 'icmpv6.mtu', 'MTU'),
  partName('pointer', 'icmpv6.pointer', 'Pointer'),
  partName('identifier', 'icmpv6.echo.identifier', 'Identifier', 'hex4', [
    echo,
    extendedEcho,
    extendedEchoReply,
  ]),
  partName('sequence', 'icmpv6.echo.sequence_number', 'Sequence', 'dec', [echo]),
  ...extendedEchoNames('icmpv6'),
  ...listenerNames,
  ...neighborNames,
  ...ndpNames,
  ...extensionNames,
];
