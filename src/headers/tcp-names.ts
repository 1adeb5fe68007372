/** Wireshark's names of TCP's fields. */
import { bodyName, eitherName, flagName, numberName, rangeName, valueName } from './names.js';
import { TCP_FLAG } from './numbers.js';
import { ELSEWHERE, type FieldName } from './protocol.js';
import type { TcpView } from './tcp.js';
import { tcpOptionNames } from './tcp-options.js';
import { FLAGS, tcpChecksumStatus, tcpLayout } from './tcp-wire.js';

const srcPort = numberName(tcpLayout, 'srcPort', 'tcp.srcport', 'Source Port');
const dstPort = numberName(tcpLayout, 'dstPort', 'tcp.dstport', 'Destination Port');

const payloadName = bodyName('tcp.payload', 'TCP payload');

/** Every name of a TCP header. */
export const tcpNames: readonly FieldName<TcpView>[] = [
  srcPort,
  dstPort,
  eitherName('tcp.port', 'Source or Destination Port', [srcPort, dstPort]),
  {
    name: 'tcp.len',
    label: 'TCP Segment Len',
    form: 'dec',
    each: (layer, place, emit) => {
      // The first of several fragments does not say how long its segment is, nor does a quote.
      if (place.quoted || place.wireEnd >= ELSEWHERE) return;
      emit(place.wireEnd - layer.headerEnd, layer.offset * 8, 0);
    },
  },
  numberName(tcpLayout, 'seq', 'tcp.seq', 'Sequence Number'),
  numberName(tcpLayout, 'seq', 'tcp.seq_raw', 'Sequence Number (raw)'),
  {
    name: 'tcp.nxtseq',
    label: 'Next Sequence Number',
    form: 'dec',
    each: (layer, place, emit) => {
      if (place.quoted || place.wireEnd >= ELSEWHERE) return;
      const ends = (layer.flags & (TCP_FLAG.SYN | TCP_FLAG.FIN)) === 0 ? 0 : 1;
      emit((layer.seq + place.wireEnd - layer.headerEnd + ends) % 2 ** 32, layer.offset * 8, 0);
    },
  },
  numberName(tcpLayout, 'ack', 'tcp.ack', 'Acknowledgment Number'),
  numberName(tcpLayout, 'ack', 'tcp.ack_raw', 'Acknowledgment number (raw)'),
  valueName(
    tcpLayout,
    'dataOffset',
    'tcp.hdr_len',
    'Header Length',
    'dec',
    (layer: TcpView) => layer.dataOffset * 4,
  ),
  rangeName(tcpLayout, 'reserved', 'flags', 'tcp.flags', 'Flags', 'hex4'),
  numberName(tcpLayout, 'reserved', 'tcp.flags.res', 'Reserved', 'bool'),
  flagName('tcp.flags.ae', 'Accurate ECN', FLAGS.offset, TCP_FLAG.AE),
  flagName('tcp.flags.cwr', 'Congestion Window Reduced', FLAGS.offset, TCP_FLAG.CWR),
  flagName('tcp.flags.ece', 'ECN-Echo', FLAGS.offset, TCP_FLAG.ECE),
  flagName('tcp.flags.urg', 'Urgent', FLAGS.offset, TCP_FLAG.URG),
  flagName('tcp.flags.ack', 'Acknowledgment', FLAGS.offset, TCP_FLAG.ACK),
  flagName('tcp.flags.push', 'Push', FLAGS.offset, TCP_FLAG.PSH),
  flagName('tcp.flags.reset', 'Reset', FLAGS.offset, TCP_FLAG.RST),
  flagName('tcp.flags.syn', 'Syn', FLAGS.offset, TCP_FLAG.SYN),
  flagName('tcp.flags.fin', 'Fin', FLAGS.offset, TCP_FLAG.FIN),
  {
    name: 'tcp.flags.str',
    label: 'TCP Flags',
    form: 'text',
    each: (layer, _place, emit) => {
      const bits = layer.view.getUint16(layer.offset + FLAGS.offset);
      const text = [...'RRRACEUAPRSF'].map((letter, i) => ((bits >>> (11 - i)) & 1 ? letter : '·'));
      emit(text.join(''), layer.offset * 8, 0);
    },
  },
  numberName(tcpLayout, 'window', 'tcp.window_size_value', 'Window'),
  numberName(tcpLayout, 'checksum', 'tcp.checksum', 'Checksum', 'hex4'),
  valueName(
    tcpLayout,
    'checksum',
    'tcp.checksum.status',
    'Checksum Status',
    'dec',
    tcpChecksumStatus,
  ),
  numberName(tcpLayout, 'urgentPointer', 'tcp.urgent_pointer', 'Urgent Pointer'),
  ...tcpOptionNames,
  {
    ...payloadName,
    // What a reset carries is no data of the stream (RFC 9293 §3.5.3), and Wireshark shows none.
    each: (layer, place, emit) => {
      if ((layer.flags & TCP_FLAG.RST) === 0) payloadName.each(layer, place, emit);
    },
  },
];
