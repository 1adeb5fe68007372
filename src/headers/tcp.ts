/** TCP (RFC 9293 §3.1): view, fields and codec. Its layout, bounds and sums: `tcp-wire.ts`. */
import { getBits16, load16, load32, setBits16 } from '../bytes/bits.js';
import { finishSum } from '../bytes/checksum.js';
import { layerMaker } from './layer-spec.js';
import { FIRST_DYNAMIC_PORT, TCP_FLAG } from './numbers.js';
import {
  defineProtocol,
  ELSEWHERE,
  HeaderView,
  type Place,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { tcpNames } from './tcp-names.js';
import { type TcpOption, tcpOptions } from './tcp-options.js';
import { allTcpProblems } from './tcp-problems.js';
import { isTcpStart } from './tcp-start.js';
import * as wire from './tcp-wire.js';
import { checkTcp, tcpChecksumStatus, tcpLayout, tcpSum } from './tcp-wire.js';
import { flagNames, flagsFrom, needRoom, nextNumber, uint } from './values.js';

// Constants of this module: the compiler takes them as numbers, and loads imported ones at each use
// (Node 20: a seventh of the time of `parse` and of what reads its layers).
const {
  ACK,
  CHECKSUM,
  DATA_OFFSET,
  DST_PORT,
  FLAGS,
  RESERVED,
  SEQ,
  SRC_PORT,
  TCP_HEADER_BYTES,
  URGENT_POINTER,
  WINDOW,
} = wire;

/** Bytes of a TCP header with these options: 20–60. */
export function tcpHeaderBytes(fields: TcpInput): number {
  return TCP_HEADER_BYTES + (fields.options === undefined ? 0 : tcpOptions.size(fields.options));
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
    return load16(this.view, this.offset, SRC_PORT);
  }

  set srcPort(value: number) {
    this.view.setUint16(this.offset + SRC_PORT, uint(value, 0xffff, 'tcp', 'srcPort'));
  }

  get dstPort(): number {
    return load16(this.view, this.offset, DST_PORT);
  }

  set dstPort(value: number) {
    this.view.setUint16(this.offset + DST_PORT, uint(value, 0xffff, 'tcp', 'dstPort'));
  }

  /** Sequence number of the first byte of data, or of the SYN. */
  get seq(): number {
    return load32(this.view, this.offset, SEQ);
  }

  set seq(value: number) {
    this.view.setUint32(this.offset + SEQ, uint(value, 0xffffffff, 'tcp', 'seq'));
  }

  /** The next sequence number that the sender expects. */
  get ack(): number {
    return load32(this.view, this.offset, ACK);
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
    return load16(this.view, this.offset, WINDOW);
  }

  set window(value: number) {
    this.view.setUint16(this.offset + WINDOW, uint(value, 0xffff, 'tcp', 'window'));
  }

  get checksum(): number {
    return load16(this.view, this.offset, CHECKSUM);
  }

  set checksum(value: number) {
    this.view.setUint16(this.offset + CHECKSUM, uint(value, 0xffff, 'tcp', 'checksum'));
  }

  get urgentPointer(): number {
    return load16(this.view, this.offset, URGENT_POINTER);
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
  // A default needs no check, as in `encodeIpv4`.
  const srcPort = uint(f.srcPort ?? FIRST_DYNAMIC_PORT, 0xffff, 'tcp', 'srcPort');
  const dstPort = uint(
    f.dstPort ?? nextNumber(place, 0, 'tcp', 'dstPort'),
    0xffff,
    'tcp',
    'dstPort',
  );
  const seq = f.seq == null ? 0 : uint(f.seq, 0xffffffff, 'tcp', 'seq');
  const ack = f.ack == null ? 0 : uint(f.ack, 0xffffffff, 'tcp', 'ack');
  const dataOffset = uint(f.dataOffset ?? headerBytes >>> 2, DATA_OFFSET.max, 'tcp', 'dataOffset');
  const reserved = f.reserved == null ? 0 : uint(f.reserved, RESERVED.max, 'tcp', 'reserved');
  const flags = flagsFrom(f.flags ?? 0, TCP_FLAG, FLAGS.max, 'tcp', 'flags');
  const window = f.window == null ? 0xffff : uint(f.window, 0xffff, 'tcp', 'window');
  const { checksum } = f;
  const sum =
    checksum === undefined || checksum === 'computed'
      ? 0
      : uint(checksum, 0xffff, 'tcp', 'checksum');
  const urgentPointer =
    f.urgentPointer == null ? 0 : uint(f.urgentPointer, 0xffff, 'tcp', 'urgentPointer');
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
  problems: allTcpProblems,
  names: tcpNames,
  summary,
  check: checkTcp,
  sibling: (view, offset, end, wireEnd) =>
    isTcpStart(view, offset, end, wireEnd) ? 'tcpStart' : undefined,
  layer: (view, offset, headerEnd, end, found, reuse) =>
    reuse === undefined
      ? new TcpView(view, offset, end, headerEnd).found(found)
      : reuse.moveTo(view, offset, headerEnd, end).found(found),
  decode: decodeTcp,
  size: tcpHeaderBytes,
  encode: encodeTcp,
  seal: sealTcp,
  checksumStatus: tcpChecksumStatus,
});

/** A TCP layer to build. */
export const tcp = layerMaker(tcpProtocol);
