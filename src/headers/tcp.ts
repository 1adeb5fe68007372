/**
 * TCP, RFC 9293 §3.1; the AE flag: RFC 9768 (once NS, RFC 3540).
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |            srcPort            |            dstPort            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                              seq                              |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                              ack                              |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |dataOff|reser|      flags      |            window             |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |           checksum            |         urgentPointer         |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { getBits16, setBits16 } from '../bytes/bits.js';
import { finishSum, foldSum, sumBytes } from '../bytes/checksum.js';
import { bitField, bits, headerLayout, offsetOf, u16, u32 } from '../bytes/layout.js';
import { bodyName, eitherName, numberName, valueName } from './names.js';
import { FIRST_DYNAMIC_PORT, IP_PROTOCOL, TCP_FLAG } from './numbers.js';
import { BAD_OPTION_LENGTH, BYTES_AFTER_END, checkOptions } from './options.js';
import {
  type ChecksumStatus,
  defineProtocol,
  ELSEWHERE,
  type Extent,
  type FieldName,
  HeaderView,
  layerMaker,
  type Place,
  type ProblemKind,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { type TcpOption, tcpOptionNames, tcpOptions } from './tcp-options.js';
import { flagNames, flagsFrom, needRoom, nextNumber, uint } from './values.js';

export const tcpLayout = headerLayout('tcp', [
  u16('srcPort'),
  u16('dstPort'),
  u32('seq'),
  u32('ack'),
  bits(16, { dataOffset: 4, reserved: 3, flags: 9 }),
  u16('window'),
  u16('checksum'),
  u16('urgentPointer'),
]);

const SRC_PORT = offsetOf(tcpLayout, 'srcPort');
const DST_PORT = offsetOf(tcpLayout, 'dstPort');
const SEQ = offsetOf(tcpLayout, 'seq');
const ACK = offsetOf(tcpLayout, 'ack');
const DATA_OFFSET = bitField(tcpLayout, 'dataOffset', 16);
const RESERVED = bitField(tcpLayout, 'reserved', 16);
const FLAGS = bitField(tcpLayout, 'flags', 16);
const WINDOW = offsetOf(tcpLayout, 'window');
const CHECKSUM = offsetOf(tcpLayout, 'checksum');
const URGENT_POINTER = offsetOf(tcpLayout, 'urgentPointer');

/** Bytes of a TCP header without options. */
export const TCP_HEADER_BYTES = tcpLayout.span;

/** Bytes of a TCP header with these options: 20–60. */
export function tcpHeaderBytes(fields: TcpInput): number {
  return TCP_HEADER_BYTES + (fields.options === undefined ? 0 : tcpOptions.size(fields.options));
}

const problems: readonly ProblemKind[] = [
  {
    code: 'TCP_HEADER_CUT',
    message: 'the bytes end inside the TCP header',
    measure: (view, offset, end) => ({
      need: end - offset < TCP_HEADER_BYTES ? 20 : getBits16(view, offset, DATA_OFFSET) * 4,
      have: end - offset,
    }),
  },
  {
    code: 'TCP_DATA_OFFSET_UNDER_5',
    message: 'the data offset is less than 5 words',
    field: 'dataOffset',
    rfc: 'RFC 9293 §3.1',
    measure: (view, offset) => ({ need: 5, have: getBits16(view, offset, DATA_OFFSET) }),
  },
  {
    code: 'TCP_OPTION_LENGTH',
    message: 'an option has a length under 2 or past the header',
    field: 'options',
    rfc: 'RFC 9293 §3.2',
  },
  {
    code: 'TCP_BYTES_AFTER_END_OF_OPTIONS',
    message: 'bytes that are not 0 follow the end of the options',
    field: 'options',
    rfc: 'RFC 9293 §3.2',
  },
];
const HEADER_CUT = 1;
const DATA_OFFSET_UNDER_5 = 2;
const OPTION_LENGTH = 4;
const AFTER_END = 8;

/** Finds the end of the TCP header at `offset`: 0 where there is none. */
export function checkTcp(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  if (offset + TCP_HEADER_BYTES > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const headerBytes = getBits16(view, offset, DATA_OFFSET) * 4;
  const headerEnd = offset + headerBytes;
  if (headerBytes < TCP_HEADER_BYTES) {
    out.problems |= DATA_OFFSET_UNDER_5;
    return 0;
  }
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  if (headerBytes > TCP_HEADER_BYTES) {
    const wrong = checkOptions(view, offset + TCP_HEADER_BYTES, headerEnd);
    if (wrong === BAD_OPTION_LENGTH) out.problems |= OPTION_LENGTH;
    if (wrong === BYTES_AFTER_END) out.problems |= AFTER_END;
  }
  const empty = end === headerEnd;
  out.next = empty ? -1 : view.getUint16(offset + DST_PORT);
  out.alternative = empty ? -1 : view.getUint16(offset + SRC_PORT);
  return headerEnd;
}

/** A TCP header in place. */
export class TcpView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(tcpProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return tcpProtocol;
  }

  get srcPort(): number {
    return this.view.getUint16(this.offset + SRC_PORT);
  }

  set srcPort(value: number) {
    this.view.setUint16(this.offset + SRC_PORT, uint(value, 0xffff, 'tcp', 'srcPort'));
  }

  get dstPort(): number {
    return this.view.getUint16(this.offset + DST_PORT);
  }

  set dstPort(value: number) {
    this.view.setUint16(this.offset + DST_PORT, uint(value, 0xffff, 'tcp', 'dstPort'));
  }

  /** Sequence number of the first byte of data, or of the SYN. */
  get seq(): number {
    return this.view.getUint32(this.offset + SEQ);
  }

  set seq(value: number) {
    this.view.setUint32(this.offset + SEQ, uint(value, 0xffffffff, 'tcp', 'seq'));
  }

  /** The next sequence number that the sender expects. */
  get ack(): number {
    return this.view.getUint32(this.offset + ACK);
  }

  set ack(value: number) {
    this.view.setUint32(this.offset + ACK, uint(value, 0xffffffff, 'tcp', 'ack'));
  }

  /** Header length in words of four bytes, 5–15. */
  get dataOffset(): number {
    return getBits16(this.view, this.offset, DATA_OFFSET);
  }

  set dataOffset(value: number) {
    const words = uint(value, DATA_OFFSET.max, 'tcp', 'dataOffset');
    setBits16(this.view, this.offset, DATA_OFFSET, words);
  }

  /** Three bits that must be zero. */
  get reserved(): number {
    return getBits16(this.view, this.offset, RESERVED);
  }

  set reserved(value: number) {
    setBits16(this.view, this.offset, RESERVED, uint(value, RESERVED.max, 'tcp', 'reserved'));
  }

  /** AE CWR ECE URG ACK PSH RST SYN FIN, from the most significant of nine bits: `TCP_FLAG`. */
  get flags(): number {
    return getBits16(this.view, this.offset, FLAGS);
  }

  set flags(value: number) {
    setBits16(this.view, this.offset, FLAGS, uint(value, FLAGS.max, 'tcp', 'flags'));
  }

  /** Bytes that the sender has room for, before scaling. */
  get window(): number {
    return this.view.getUint16(this.offset + WINDOW);
  }

  set window(value: number) {
    this.view.setUint16(this.offset + WINDOW, uint(value, 0xffff, 'tcp', 'window'));
  }

  get checksum(): number {
    return this.view.getUint16(this.offset + CHECKSUM);
  }

  set checksum(value: number) {
    this.view.setUint16(this.offset + CHECKSUM, uint(value, 0xffff, 'tcp', 'checksum'));
  }

  get urgentPointer(): number {
    return this.view.getUint16(this.offset + URGENT_POINTER);
  }

  set urgentPointer(value: number) {
    const bytes = uint(value, 0xffff, 'tcp', 'urgentPointer');
    this.view.setUint16(this.offset + URGENT_POINTER, bytes);
  }

  /** Decoded anew at each call. */
  get options(): TcpOption[] {
    return tcpOptions.read(this.view, this.offset + TCP_HEADER_BYTES, this.headerEnd);
  }
}

/** Every field of a TCP header. */
export interface TcpFields {
  readonly srcPort: number;
  readonly dstPort: number;
  readonly seq: number;
  readonly ack: number;
  /** Header length in words of four bytes, 5–15. */
  readonly dataOffset: number;
  /** 0–7. */
  readonly reserved: number;
  /** Nine bits: `TCP_FLAG`. */
  readonly flags: number;
  /** Bytes, before scaling. */
  readonly window: number;
  readonly checksum: number;
  readonly urgentPointer: number;
  readonly options: readonly TcpOption[];
}

/** The name of a TCP flag. */
export type TcpFlag = keyof typeof TCP_FLAG;

/** What may be given of a TCP header. Absent: computed, or the default named here. */
export interface TcpInput extends Partial<Omit<TcpFields, 'checksum' | 'flags' | 'options'>> {
  /** Names or a number of nine bits. Absent: none. */
  readonly flags?: number | readonly TcpFlag[];
  /** Absent: 65535. */
  readonly window?: number;
  readonly checksum?: number | 'computed';
  /** Zeros fill them up to four bytes; a Uint8Array is taken as it is. */
  readonly options?: readonly TcpOption[] | Uint8Array;
}

export function decodeTcp(layer: TcpView): TcpFields {
  return {
    srcPort: layer.srcPort,
    dstPort: layer.dstPort,
    seq: layer.seq,
    ack: layer.ack,
    dataOffset: layer.dataOffset,
    reserved: layer.reserved,
    flags: layer.flags,
    window: layer.window,
    checksum: layer.checksum,
    urgentPointer: layer.urgentPointer,
    options: layer.options,
  };
}

/** Writes a TCP header: all of it, or nothing where a field is wrong. The checksum: `sealTcp`. */
export function encodeTcp(view: DataView, offset: number, f: TcpInput, place: Place): void {
  const headerBytes = tcpHeaderBytes(f);
  const srcPort = uint(f.srcPort ?? FIRST_DYNAMIC_PORT, 0xffff, 'tcp', 'srcPort');
  const dstPort = uint(
    f.dstPort ?? nextNumber(place, 0, 'tcp', 'dstPort'),
    0xffff,
    'tcp',
    'dstPort',
  );
  const seq = uint(f.seq ?? 0, 0xffffffff, 'tcp', 'seq');
  const ack = uint(f.ack ?? 0, 0xffffffff, 'tcp', 'ack');
  const dataOffset = uint(f.dataOffset ?? headerBytes >>> 2, DATA_OFFSET.max, 'tcp', 'dataOffset');
  const reserved = uint(f.reserved ?? 0, RESERVED.max, 'tcp', 'reserved');
  const flags = flagsFrom(f.flags ?? 0, TCP_FLAG, FLAGS.max, 'tcp', 'flags');
  const window = uint(f.window ?? 0xffff, 0xffff, 'tcp', 'window');
  const { checksum } = f;
  const sum =
    checksum === undefined || checksum === 'computed'
      ? 0
      : uint(checksum, 0xffff, 'tcp', 'checksum');
  const urgentPointer = uint(f.urgentPointer ?? 0, 0xffff, 'tcp', 'urgentPointer');
  needRoom(view, offset, headerBytes, 'tcp');
  if (f.options !== undefined) {
    tcpOptions.write(view, offset + TCP_HEADER_BYTES, offset + headerBytes, f.options);
  }
  view.setUint16(offset + SRC_PORT, srcPort);
  view.setUint16(offset + DST_PORT, dstPort);
  view.setUint32(offset + SEQ, seq);
  view.setUint32(offset + ACK, ack);
  view.setUint16(
    offset + FLAGS.offset,
    (dataOffset << DATA_OFFSET.shift) | (reserved << RESERVED.shift) | flags,
  );
  view.setUint16(offset + WINDOW, window);
  view.setUint16(offset + CHECKSUM, sum);
  view.setUint16(offset + URGENT_POINTER, urgentPointer);
}

/** Writes the checksum over pseudo-header, header and data, where it is to be computed. */
export function sealTcp(view: DataView, offset: number, fields: TcpInput, place: Place): void {
  // Without a pseudo-header (TCP straight on a link) there is nothing that a receiver could check.
  if (typeof fields.checksum === 'number' || place.pseudo < 0) return;
  view.setUint16(offset + CHECKSUM, 0);
  view.setUint16(offset + CHECKSUM, finishSum(tcpSum(view, offset, place)));
}

function tcpSum(view: DataView, offset: number, place: Place): number {
  return sumBytes(view, offset, place.end, place.pseudo + IP_PROTOCOL.TCP + (place.end - offset));
}

function checksumStatus(layer: TcpView, place: Place): ChecksumStatus {
  if (place.wireEnd > place.end || place.pseudo < 0) return 2;
  return foldSum(tcpSum(layer.view, layer.offset, place)) === 0xffff ? 1 : 0;
}

const srcPort = numberName(tcpLayout, 'srcPort', 'tcp.srcport', 'Source Port');
const dstPort = numberName(tcpLayout, 'dstPort', 'tcp.dstport', 'Destination Port');

/** One flag under its own name; `bit` counts from the least significant of the twelve. */
function flagName(name: string, label: string, mask: number): FieldName<TcpView> {
  return {
    name,
    label,
    form: 'bool',
    each: (layer, _place, emit) => {
      const at = layer.offset + FLAGS.offset;
      const set = (layer.view.getUint16(at) & mask) === 0 ? 0 : 1;
      emit(set, at * 8 + Math.clz32(mask) - 16, 1);
    },
  };
}

const payloadName = bodyName('tcp.payload', 'TCP payload');

const names: readonly FieldName<TcpView>[] = [
  srcPort,
  dstPort,
  eitherName('tcp.port', 'Source or Destination Port', [srcPort, dstPort]),
  {
    name: 'tcp.len',
    label: 'TCP Segment Len',
    form: 'dec',
    each: (layer, place, emit) => {
      // The first of several fragments does not say how long its segment is.
      if (place.wireEnd < ELSEWHERE) emit(place.wireEnd - layer.headerEnd, layer.offset * 8, 0);
    },
  },
  numberName(tcpLayout, 'seq', 'tcp.seq', 'Sequence Number'),
  numberName(tcpLayout, 'seq', 'tcp.seq_raw', 'Sequence Number (raw)'),
  {
    name: 'tcp.nxtseq',
    label: 'Next Sequence Number',
    form: 'dec',
    each: (layer, place, emit) => {
      if (place.wireEnd >= ELSEWHERE) return;
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
  {
    name: 'tcp.flags',
    label: 'Flags',
    form: 'hex4',
    each: (layer, _place, emit) => {
      const at = layer.offset + FLAGS.offset;
      emit(layer.view.getUint16(at) & 0xfff, at * 8 + 4, 12);
    },
  },
  {
    name: 'tcp.flags.res',
    label: 'Reserved',
    form: 'bool',
    each: (layer, _place, emit) =>
      emit(layer.reserved === 0 ? 0 : 1, (layer.offset + RESERVED.offset) * 8 + 4, 3),
  },
  flagName('tcp.flags.ae', 'Accurate ECN', TCP_FLAG.AE),
  flagName('tcp.flags.cwr', 'Congestion Window Reduced', TCP_FLAG.CWR),
  flagName('tcp.flags.ece', 'ECN-Echo', TCP_FLAG.ECE),
  flagName('tcp.flags.urg', 'Urgent', TCP_FLAG.URG),
  flagName('tcp.flags.ack', 'Acknowledgment', TCP_FLAG.ACK),
  flagName('tcp.flags.push', 'Push', TCP_FLAG.PSH),
  flagName('tcp.flags.reset', 'Reset', TCP_FLAG.RST),
  flagName('tcp.flags.syn', 'Syn', TCP_FLAG.SYN),
  flagName('tcp.flags.fin', 'Fin', TCP_FLAG.FIN),
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
  valueName(tcpLayout, 'checksum', 'tcp.checksum.status', 'Checksum Status', 'dec', checksumStatus),
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

function summary(layer: TcpView, place: Place): string {
  const flags = flagNames(layer.flags, TCP_FLAG).join(', ');
  const ack = layer.flags & TCP_FLAG.ACK ? ` Ack=${layer.ack}` : '';
  const length = (place.wireEnd < ELSEWHERE ? place.wireEnd : layer.end) - layer.headerEnd;
  let info = `${layer.srcPort} → ${layer.dstPort} [${flags}] Seq=${layer.seq}${ack}`;
  info += ` Win=${layer.window} Len=${length}`;
  for (const option of layer.options) {
    if (option.kind === 'mss') info += ` MSS=${option.value}`;
    if (option.kind === 'windowScale') info += ` WS=${2 ** Math.min(option.value, 14)}`;
    if (option.kind === 'sackPermitted') info += ' SACK_PERM';
    if (option.kind === 'sack') {
      for (const { left, right } of option.blocks) info += ` SLE=${left} SRE=${right}`;
    }
    if (option.kind === 'timestamps') info += ` TSval=${option.value} TSecr=${option.echo}`;
  }
  return info;
}

export const tcpProtocol: Protocol<'tcp', TcpFields, TcpView, TcpInput> = defineProtocol({
  name: 'tcp',
  title: 'Transmission Control Protocol',
  layout: tcpLayout,
  space: 'tcpPort',
  fields: [
    'srcPort',
    'dstPort',
    'seq',
    'ack',
    'dataOffset',
    'reserved',
    'flags',
    'window',
    'checksum',
    'urgentPointer',
    'options',
  ],
  derived: ['dataOffset', 'checksum'],
  problems,
  names,
  summary,
  check: checkTcp,
  layer: (view, offset, headerEnd, end) => new TcpView(view, offset, end, headerEnd),
  decode: decodeTcp,
  size: tcpHeaderBytes,
  encode: encodeTcp,
  seal: sealTcp,
  checksumStatus,
});

/** A TCP layer to build. */
export const tcp = layerMaker(tcpProtocol);
