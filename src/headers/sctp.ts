/**
 * SCTP, RFC 9260 §3.1: the common header. The chunks are the body: `sctpChunks` walks them.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |            srcPort            |            dstPort            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                        verificationTag                        |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                           checksum                            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { readBits } from '../bytes/bits.js';
import { crc32c } from '../bytes/crc.js';
import { headerLayout, offsetOf, u16, u32 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { eitherName, numberName, valueName } from './names.js';
import {
  type ByteRange,
  bytesOf,
  type ChecksumStatus,
  defineProtocol,
  type Extent,
  type FieldName,
  type Form,
  HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { needRoom, uint } from './values.js';

export const sctpLayout = headerLayout('sctp', [
  u16('srcPort'),
  u16('dstPort'),
  u32('verificationTag'),
  u32('checksum'),
]);

const SRC_PORT = offsetOf(sctpLayout, 'srcPort');
const DST_PORT = offsetOf(sctpLayout, 'dstPort');
const VERIFICATION_TAG = offsetOf(sctpLayout, 'verificationTag');
const CHECKSUM = offsetOf(sctpLayout, 'checksum');

/** Bytes of the common header. */
export const SCTP_HEADER_BYTES = sctpLayout.span;

/** Bytes of a chunk in front of its value. */
const CHUNK_BYTES = 4;

/** Chunks begin at multiples of four bytes; their lengths leave out the padding. */
const padded = (length: number): number => (length + 3) & ~3;

/** The length of the chunk at `at`, or 0 where it is none that fits. */
function chunkLength(view: DataView, at: number, end: number): number {
  if (at + CHUNK_BYTES > end) return 0;
  const length = view.getUint16(at + 2);
  return length < CHUNK_BYTES || at + length > end ? 0 : length;
}

/** Where the chunks stop: at the end, or at the first that has no right length. */
function endOfChunks(view: DataView, offset: number, end: number): number {
  let at = offset;
  while (at < end) {
    const length = chunkLength(view, at, end);
    if (length === 0) return at;
    at += padded(length);
  }
  return end;
}

function badChunk(view: DataView, offset: number, end: number): ByteRange {
  const at = endOfChunks(view, offset, end);
  return { offset: at, bytes: Math.min(CHUNK_BYTES, end - at) };
}

const problems: readonly ProblemKind[] = [
  {
    code: 'SCTP_HEADER_CUT',
    message: 'the bytes end inside the SCTP header',
    rfc: 'RFC 9260 §3.1',
    measure: (_view, offset, end) => ({ need: SCTP_HEADER_BYTES, have: end - offset }),
  },
  {
    code: 'SCTP_CHUNK_LENGTH',
    message: 'a chunk has a length of less than 4, or goes past the end',
    rfc: 'RFC 9260 §3.2',
    find: (view, offset, end) => badChunk(view, offset + SCTP_HEADER_BYTES, end),
  },
];
const HEADER_CUT = 1;
const CHUNK_LENGTH = 2;

/** Finds the end of the SCTP header at `offset`: 0 where there is none. */
export function checkSctp(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + SCTP_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  out.next = -1;
  // Of a packet that the capture cut, the last chunk is cut too.
  const whole = out.wireEnd <= end;
  if (whole && endOfChunks(view, headerEnd, end) < end) out.problems |= CHUNK_LENGTH;
  return headerEnd;
}

/** An SCTP header in place. */
export class SctpView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(sctpProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return sctpProtocol;
  }

  get srcPort(): number {
    return this.view.getUint16(this.offset + SRC_PORT);
  }

  set srcPort(value: number) {
    this.view.setUint16(this.offset + SRC_PORT, uint(value, 0xffff, 'sctp', 'srcPort'));
  }

  get dstPort(): number {
    return this.view.getUint16(this.offset + DST_PORT);
  }

  set dstPort(value: number) {
    this.view.setUint16(this.offset + DST_PORT, uint(value, 0xffff, 'sctp', 'dstPort'));
  }

  get verificationTag(): number {
    return this.view.getUint32(this.offset + VERIFICATION_TAG);
  }

  set verificationTag(value: number) {
    this.view.setUint32(
      this.offset + VERIFICATION_TAG,
      uint(value, 0xffffffff, 'sctp', 'verificationTag'),
    );
  }

  /** CRC32c (RFC 9260 appendix A), over header and chunks. */
  get checksum(): number {
    return this.view.getUint32(this.offset + CHECKSUM);
  }

  set checksum(value: number) {
    this.view.setUint32(this.offset + CHECKSUM, uint(value, 0xffffffff, 'sctp', 'checksum'));
  }
}

/** Every field of an SCTP header. */
export interface SctpFields {
  readonly srcPort: number;
  readonly dstPort: number;
  readonly verificationTag: number;
  /** CRC32c (RFC 9260 appendix A), over header and chunks. */
  readonly checksum: number;
}

/** What may be given. Absent: the checksum is computed, ports are 0. */
export interface SctpInput extends Partial<Omit<SctpFields, 'checksum'>> {
  readonly checksum?: number | 'computed';
}

export function decodeSctp(layer: SctpView): SctpFields {
  return {
    srcPort: layer.srcPort,
    dstPort: layer.dstPort,
    verificationTag: layer.verificationTag,
    checksum: layer.checksum,
  };
}

/** Writes an SCTP header: all of it, or nothing where a field is wrong. */
export function encodeSctp(view: DataView, offset: number, fields: SctpInput): void {
  const given = fields.checksum === 'computed' ? 0 : (fields.checksum ?? 0);
  const srcPort = uint(fields.srcPort ?? 0, 0xffff, 'sctp', 'srcPort');
  const dstPort = uint(fields.dstPort ?? 0, 0xffff, 'sctp', 'dstPort');
  const verificationTag = uint(fields.verificationTag ?? 0, 0xffffffff, 'sctp', 'verificationTag');
  const checksum = uint(given, 0xffffffff, 'sctp', 'checksum');
  needRoom(view, offset, SCTP_HEADER_BYTES, 'sctp');
  view.setUint16(offset + SRC_PORT, srcPort);
  view.setUint16(offset + DST_PORT, dstPort);
  view.setUint32(offset + VERIFICATION_TAG, verificationTag);
  view.setUint32(offset + CHECKSUM, checksum);
}

/** Writes the checksum, where it is to be computed. */
export function sealSctp(view: DataView, offset: number, fields: SctpInput, place: Place): void {
  const { checksum } = fields;
  if (checksum !== undefined && checksum !== 'computed') return;
  // Least significant byte first (RFC 9260 appendix A).
  view.setUint32(offset + CHECKSUM, sctpSum(view, offset, place.end), true);
}

/** CRC32c of the packet with zeros in the place of its checksum. */
function sctpSum(view: DataView, offset: number, end: number): number {
  const before = crc32c(view, offset, offset + CHECKSUM, 0);
  const zeros = crc32c(FOUR_ZEROS, 0, FOUR_ZEROS.byteLength, before);
  return crc32c(view, offset + SCTP_HEADER_BYTES, end, zeros);
}

const FOUR_ZEROS = new DataView(new ArrayBuffer(4));

function checksumStatus(layer: SctpView, place: Place): ChecksumStatus {
  const { view, offset, end } = layer;
  if (place.wireEnd > end) return 2;
  return view.getUint32(offset + CHECKSUM, true) === sctpSum(view, offset, end) ? 1 : 0;
}

/** One chunk: a kind of message or a piece of one (RFC 9260 §3.2). */
export interface SctpChunk {
  /** 0: DATA, 1: INIT, 2: INIT ACK, 3: SACK, … */
  readonly type: number;
  readonly flags: number;
  /** Bytes of type, flags, length and value. */
  readonly length: number;
  /** What is in it; shared, not copied. */
  readonly value: Uint8Array;
}

/** The chunks of a packet, up to the first that has no right length. */
export function sctpChunks(layer: SctpView): SctpChunk[] {
  const chunks: SctpChunk[] = [];
  const { view } = layer;
  eachChunk(layer, (start, end) => {
    chunks.push({
      type: view.getUint8(start),
      flags: view.getUint8(start + 1),
      length: end - start,
      value: bytesOf(view, start + CHUNK_BYTES, end),
    });
  });
  return chunks;
}

function eachChunk(layer: SctpView, visit: (start: number, end: number) => void): void {
  const { view, end } = layer;
  for (let at = layer.headerEnd; at < end; ) {
    const length = chunkLength(view, at, end);
    if (length === 0) return;
    visit(at, at + length);
    at += padded(length);
  }
}

/** A number `at` bytes into each chunk. */
function chunkName(
  name: string,
  label: string,
  form: Form,
  at: number,
  bytes: number,
): FieldName<SctpView> {
  return {
    name,
    label,
    form,
    each: (layer, _place, emit) =>
      eachChunk(layer, (start) => {
        const bit = (start + at) * 8;
        emit(readBits(layer.view, bit, bytes * 8), bit, bytes * 8);
      }),
  };
}

const srcPortName = numberName(sctpLayout, 'srcPort', 'sctp.srcport', 'Source port');
const dstPortName = numberName(sctpLayout, 'dstPort', 'sctp.dstport', 'Destination port');

const names: readonly FieldName<SctpView>[] = [
  srcPortName,
  dstPortName,
  eitherName('sctp.port', 'Port', [srcPortName, dstPortName]),
  numberName(sctpLayout, 'verificationTag', 'sctp.verification_tag', 'Verification tag', 'hex8'),
  numberName(sctpLayout, 'checksum', 'sctp.checksum', 'Checksum', 'hex8'),
  valueName(
    sctpLayout,
    'checksum',
    'sctp.checksum.status',
    'Checksum Status',
    'dec',
    checksumStatus,
  ),
  chunkName('sctp.chunk_type', 'Chunk type', 'dec', 0, 1),
  chunkName('sctp.chunk_flags', 'Chunk flags', 'hex2', 1, 1),
  chunkName('sctp.chunk_length', 'Chunk length', 'dec', 2, 2),
];

export const sctpProtocol: Protocol<'sctp', SctpFields, SctpView, SctpInput> = defineProtocol({
  name: 'sctp',
  title: 'Stream Control Transmission Protocol',
  ownBody: true,
  fields: ['srcPort', 'dstPort', 'verificationTag', 'checksum'],
  derived: ['checksum'],
  seal: sealSctp,
  checksumStatus,
  summary: (layer) => `${layer.srcPort} → ${layer.dstPort}`,
  layout: sctpLayout,
  problems,
  names,
  check: checkSctp,
  layer: (view, offset, headerEnd, end) => new SctpView(view, offset, end, headerEnd),
  decode: decodeSctp,
  size: () => SCTP_HEADER_BYTES,
  encode: encodeSctp,
});

/** An SCTP header to build; its chunks are the payload. */
export const sctp = layerMaker(sctpProtocol);
