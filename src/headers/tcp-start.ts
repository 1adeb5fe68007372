/**
 * The start of a TCP header (RFC 9293 §3.1), of which the rest is not there: what an ICMP error
 * quotes, eight bytes and more (RFC 792), or what a snap length leaves.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |            srcPort            |            dstPort            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Behind the ports come the fields of TCP as far as whole ones are there, and then `rest`.
 */
import { readBits, writeBits } from '../bytes/bits.js';
import { fieldOf, headerLayout, u16 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import {
  bytesOf,
  defineProtocol,
  ELSEWHERE,
  type Extent,
  type FieldName,
  HeaderView,
  type ProblemKind,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { tcpNames } from './tcp-names.js';
import { DATA_OFFSET, DST_PORT, SRC_PORT, TCP_HEADER_BYTES, tcpLayout } from './tcp-wire.js';
import { badValue, needRoom, uint } from './values.js';

export const tcpStartLayout = headerLayout('tcpStart', [u16('srcPort'), u16('dstPort')]);

/** Bytes of the ports, the least that is a start. */
export const TCP_START_BYTES = tcpStartLayout.span;

/** Fields that may be there, in wire order. */
const LATER = [
  'seq',
  'ack',
  'dataOffset',
  'reserved',
  'flags',
  'window',
  'checksum',
  'urgentPointer',
] as const;
type Later = (typeof LATER)[number];
const later = LATER.map((name) => ({ ...fieldOf(tcpLayout, name), name }));

/** Where a field ends, in bytes: data offset, reserved bits and flags come together. */
function endOf(bit: number, bits: number): number {
  const end = bit + bits;
  return (end % 16 === 0 ? end : end + 16 - (end % 16)) / 8;
}

const problems: readonly ProblemKind[] = [
  {
    code: 'TCP_HEADER_CUT',
    message: 'the bytes end inside the TCP header',
    severity: 'info',
    rfc: 'RFC 9293 §3.1',
    measure: (view, offset, end) => ({ need: headerBytes(view, offset, end), have: end - offset }),
  },
];
const HEADER_CUT = 1;

/** Bytes that the whole header has, as far as its start tells. */
function headerBytes(view: DataView, offset: number, end: number): number {
  if (end - offset < TCP_HEADER_BYTES) return TCP_HEADER_BYTES;
  return (view.getUint16(offset + DATA_OFFSET.offset) >>> DATA_OFFSET.shift) * 4;
}

/**
 * Whether the bytes are the start of a TCP header of which the rest was cut away. `wireEnd`: where
 * the carrier's body ends on the wire.
 */
export function isTcpStart(view: DataView, offset: number, end: number, wireEnd: number): boolean {
  if (wireEnd <= end || offset + TCP_START_BYTES > end) return false;
  return headerBytes(view, offset, end) > end - offset;
}

/** Finds the end of the start of a TCP header: all the bytes that are there; 0 where there is none. */
export function checkTcpStart(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.next = -1;
  out.alternative = -1;
  out.problems |= HEADER_CUT;
  const isStart = offset + TCP_START_BYTES <= end && headerBytes(view, offset, end) > end - offset;
  return isStart ? end : 0;
}

/** The start of a TCP header in place. */
export class TcpStartView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(tcpStartProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return tcpStartProtocol;
  }

  get srcPort(): number {
    return this.view.getUint16(this.offset + SRC_PORT);
  }

  set srcPort(value: number) {
    this.view.setUint16(this.offset + SRC_PORT, uint(value, 0xffff, 'tcpStart', 'srcPort'));
  }

  get dstPort(): number {
    return this.view.getUint16(this.offset + DST_PORT);
  }

  set dstPort(value: number) {
    this.view.setUint16(this.offset + DST_PORT, uint(value, 0xffff, 'tcpStart', 'dstPort'));
  }

  /** The fields behind the ports that are there, and the bytes behind them. */
  get others(): Omit<TcpStartFields, 'srcPort' | 'dstPort'> {
    const { view, offset, headerEnd } = this;
    const fields: { -readonly [K in Later]?: number } = {};
    let at = offset + TCP_START_BYTES;
    for (const { name, bit, bits } of later) {
      const next = offset + endOf(bit, bits);
      if (next > headerEnd) break;
      fields[name] = readBits(view, offset * 8 + bit, bits);
      at = next;
    }
    return at < headerEnd ? { ...fields, rest: bytesOf(view, at, headerEnd).slice() } : fields;
  }
}

/** Every field of the start of a TCP header: those of TCP that are there. */
export interface TcpStartFields extends Partial<Readonly<Record<Later, number>>> {
  readonly srcPort: number;
  readonly dstPort: number;
  /** The bytes behind the last whole field; of a header without `urgentPointer`, fewer than four. */
  readonly rest?: Uint8Array;
}

/** What may be given of it. The header ends with the last field that is given; one absent before it is 0. */
export type TcpStartInput = Partial<TcpStartFields>;

export function decodeTcpStart(layer: TcpStartView): TcpStartFields {
  return { srcPort: layer.srcPort, dstPort: layer.dstPort, ...layer.others };
}

/** Where the last field of TCP that is given ends. */
function fixedBytes(fields: TcpStartInput): number {
  let bytes = TCP_START_BYTES;
  for (const { name, bit, bits } of later) {
    if (fields[name] !== undefined) bytes = endOf(bit, bits);
  }
  return bytes;
}

function restOf({ rest }: TcpStartInput): Uint8Array | undefined {
  if (rest === undefined || rest instanceof Uint8Array) return rest;
  throw badValue('tcpStart', 'rest', rest, 'bytes');
}

/** Bytes of the start of a TCP header with these fields: 4–59. */
export function tcpStartBytes(fields: TcpStartInput): number {
  return fixedBytes(fields) + (restOf(fields)?.length ?? 0);
}

/** Writes the start of a TCP header: all of it, or nothing where a field is wrong. */
export function encodeTcpStart(view: DataView, offset: number, fields: TcpStartInput): void {
  const srcPort = uint(fields.srcPort ?? 0, 0xffff, 'tcpStart', 'srcPort');
  const dstPort = uint(fields.dstPort ?? 0, 0xffff, 'tcpStart', 'dstPort');
  for (const { name, bits } of later) uint(fields[name] ?? 0, 2 ** bits - 1, 'tcpStart', name);
  const rest = restOf(fields);
  const size = tcpStartBytes(fields);
  needRoom(view, offset, size, 'tcpStart');
  bytesOf(view, offset, offset + size).fill(0);
  view.setUint16(offset + SRC_PORT, srcPort);
  view.setUint16(offset + DST_PORT, dstPort);
  for (const { name, bit, bits } of later) {
    const value = fields[name];
    if (value !== undefined) writeBits(view, offset * 8 + bit, bits, value);
  }
  if (rest !== undefined) bytesOf(view, offset + size - rest.length, offset + size).set(rest);
}

/** From so many bytes Wireshark shows acknowledgment, flags and window. */
const WINDOW_END = 16;

/** How many bytes a name of TCP needs, where the start of a header can have it. */
const NEEDED: Readonly<Record<string, number>> = {
  'tcp.srcport': 4,
  'tcp.dstport': 4,
  'tcp.port': 4,
  'tcp.seq': 8,
  'tcp.seq_raw': 8,
  'tcp.ack': WINDOW_END,
  'tcp.ack_raw': WINDOW_END,
  'tcp.flags': WINDOW_END,
  'tcp.flags.res': WINDOW_END,
  'tcp.flags.ae': WINDOW_END,
  'tcp.flags.cwr': WINDOW_END,
  'tcp.flags.ece': WINDOW_END,
  'tcp.flags.urg': WINDOW_END,
  'tcp.flags.ack': WINDOW_END,
  'tcp.flags.push': WINDOW_END,
  'tcp.flags.reset': WINDOW_END,
  'tcp.flags.syn': WINDOW_END,
  'tcp.flags.fin': WINDOW_END,
  'tcp.flags.str': WINDOW_END,
  'tcp.window_size_value': WINDOW_END,
  'tcp.checksum': 18,
  'tcp.urgent_pointer': 20,
};

/** The names of TCP that read nothing but bits, where those are there. */
const shared = (tcpNames as readonly FieldName<HeaderView>[])
  .filter(({ name }) => NEEDED[name] !== undefined)
  .map((one): FieldName<TcpStartView> => {
    const needed = NEEDED[one.name] as number;
    return {
      ...one,
      each: (layer, place, emit) => {
        if (layer.headerEnd - layer.offset >= needed) one.each(layer, place, emit);
      },
    };
  });

const names: readonly FieldName<TcpStartView>[] = [
  ...shared,
  {
    name: 'tcp.hdr_len',
    label: 'Header Length',
    form: 'dec',
    each: ({ view, offset, headerEnd }, _place, emit) => {
      if (headerEnd - offset < WINDOW_END) return;
      const { bit, bits } = fieldOf(tcpLayout, 'dataOffset');
      const at = offset * 8 + bit;
      emit(readBits(view, at, bits) * 4, at, bits);
    },
  },
  {
    name: 'tcp.len',
    label: 'TCP Segment Len',
    form: 'dec',
    each: ({ view, offset, headerEnd }, place, emit) => {
      // In a quote, and in the first of several fragments, it can't be told.
      if (place.quoted || headerEnd - offset < WINDOW_END || place.wireEnd >= ELSEWHERE) return;
      const { bit, bits } = fieldOf(tcpLayout, 'dataOffset');
      const bytes = place.wireEnd - offset - readBits(view, offset * 8 + bit, bits) * 4;
      if (bytes >= 0) emit(bytes, offset * 8, 0);
    },
  },
  {
    name: 'tcp.checksum.status',
    label: 'Checksum Status',
    form: 'dec',
    each: ({ offset, headerEnd }, _place, emit) => {
      // The segment is not there to be summed.
      if (headerEnd - offset >= 18) emit(2, (offset + 16) * 8, 16);
    },
  },
  {
    name: 'tcp.options',
    label: 'TCP Options',
    form: 'bytes',
    each: ({ view, offset, headerEnd }, _place, emit) => {
      const at = offset + TCP_HEADER_BYTES;
      if (headerEnd > at) emit(bytesOf(view, at, headerEnd), at * 8, (headerEnd - at) * 8);
    },
  },
];

function summary(layer: TcpStartView): string {
  const { seq } = layer.others;
  return `${layer.srcPort} → ${layer.dstPort}${seq === undefined ? '' : ` Seq=${seq}`} [cut]`;
}

export const tcpStartProtocol: Protocol<'tcpStart', TcpStartFields, TcpStartView, TcpStartInput> =
  defineProtocol<'tcpStart', TcpStartFields, TcpStartView, TcpStartInput>({
    name: 'tcpStart',
    title: 'Transmission Control Protocol, the start of a header',
    short: 'TCP',
    layout: tcpStartLayout,
    fields: ['srcPort', 'dstPort', ...LATER, 'rest'],
    problems,
    names,
    wireshark: 'tcp',
    summary,
    check: checkTcpStart,
    layer: (view, offset, headerEnd, end) => new TcpStartView(view, offset, end, headerEnd),
    decode: decodeTcpStart,
    size: tcpStartBytes,
    encode: encodeTcpStart,
  });

/** The start of a TCP header to build, where the rest was cut away. */
export const tcpStart = layerMaker(tcpStartProtocol);
