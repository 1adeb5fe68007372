/**
 * IP authentication header, RFC 4302 §2: behind IPv6 an extension header, behind IPv4 too.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |  nextHeader   |    length     |           reserved            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                              spi                              |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                           sequence                            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { PacketError } from '../bytes/error.js';
import { headerLayout, offsetOf, u8, u16, u32 } from '../bytes/layout.js';
import { nextHeaderNumber } from './ipv6-chain.js';
import { layerMaker } from './layer-spec.js';
import { numberName, valueName } from './names.js';
import {
  bytesOf,
  defineProtocol,
  type Extent,
  type FieldName,
  HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
  requireHeader,
  samePseudo,
} from './protocol.js';
import { needRoom, uint } from './values.js';

export const ahLayout = headerLayout('ah', [
  u8('nextHeader'),
  u8('length'),
  u16('reserved'),
  u32('spi'),
  u32('sequence'),
]);

const NEXT_HEADER = offsetOf(ahLayout, 'nextHeader');
const LENGTH = offsetOf(ahLayout, 'length');
const RESERVED = offsetOf(ahLayout, 'reserved');
const SPI = offsetOf(ahLayout, 'spi');
const SEQUENCE = offsetOf(ahLayout, 'sequence');

/** Bytes of an authentication header without its integrity check value. */
export const AH_HEADER_BYTES = ahLayout.span;
/** The length counts words of four bytes, less two (RFC 4302 §2.2). */
const WORD = 4;
const LESS = 2;
/** The most that the length can count. */
const MAX_ICV = (0xff + LESS) * WORD - AH_HEADER_BYTES;

function lengthAt(view: DataView, offset: number): number {
  return (view.getUint8(offset + LENGTH) + LESS) * WORD;
}

const problems: readonly ProblemKind[] = [
  {
    code: 'AH_HEADER_CUT',
    message: 'the bytes end inside the authentication header',
    rfc: 'RFC 4302 §2',
    measure: (view, offset, end) => ({
      need: Math.max(offset + LENGTH < end ? lengthAt(view, offset) : 0, AH_HEADER_BYTES),
      have: end - offset,
    }),
  },
  {
    code: 'AH_LENGTH_UNDER_HEADER',
    message: 'the length is less than the 12 bytes of the header',
    field: 'length',
    rfc: 'RFC 4302 §2.2',
    measure: (view, offset) => ({ need: 1, have: view.getUint8(offset + LENGTH) }),
    ofField: true,
  },
  {
    code: 'AH_RESERVED',
    message: 'the reserved field is not 0',
    severity: 'warning',
    field: 'reserved',
    rfc: 'RFC 4302 §2.3',
  },
];
const HEADER_CUT = 1;
const LENGTH_UNDER_HEADER = 2;
const RESERVED_SET = 4;

/** Finds the end of the authentication header at `offset`: 0 where there is none. */
export function checkAh(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.alternative = -1;
  if (offset + AH_HEADER_BYTES > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const bytes = lengthAt(view, offset);
  if (bytes < AH_HEADER_BYTES || offset + bytes > end) {
    out.problems |= bytes < AH_HEADER_BYTES ? LENGTH_UNDER_HEADER : HEADER_CUT;
    return 0;
  }
  if (view.getUint16(offset + RESERVED) !== 0) out.problems |= RESERVED_SET;
  out.next = view.getUint8(offset + NEXT_HEADER);
  return offset + bytes;
}

/** An authentication header in place. */
export class AhView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(ahProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return ahProtocol;
  }

  /** IP protocol number of what follows. */
  get nextHeader(): number {
    return this.view.getUint8(this.offset + NEXT_HEADER);
  }

  set nextHeader(value: number) {
    this.view.setUint8(this.offset + NEXT_HEADER, uint(value, 0xff, 'ah', 'nextHeader'));
  }

  /** Header length in words of four bytes, less two. */
  get length(): number {
    return this.view.getUint8(this.offset + LENGTH);
  }

  set length(value: number) {
    this.view.setUint8(this.offset + LENGTH, uint(value, 0xff, 'ah', 'length'));
  }

  /** 16 bits, to be 0. */
  get reserved(): number {
    return this.view.getUint16(this.offset + RESERVED);
  }

  set reserved(value: number) {
    this.view.setUint16(this.offset + RESERVED, uint(value, 0xffff, 'ah', 'reserved'));
  }

  /** Security parameters index, 0–4294967295. */
  get spi(): number {
    return this.view.getUint32(this.offset + SPI);
  }

  set spi(value: number) {
    this.view.setUint32(this.offset + SPI, uint(value, 0xffffffff, 'ah', 'spi'));
  }

  /** Sequence number, 0–4294967295. */
  get sequence(): number {
    return this.view.getUint32(this.offset + SEQUENCE);
  }

  set sequence(value: number) {
    this.view.setUint32(this.offset + SEQUENCE, uint(value, 0xffffffff, 'ah', 'sequence'));
  }

  /** Integrity check value: a copy. */
  get icv(): Uint8Array {
    return bytesOf(this.view, this.fixedEnd, this.headerEnd).slice();
  }
}

/** Every field of an authentication header. */
export interface AhFields {
  /** IP protocol number of what follows (IANA). */
  readonly nextHeader: number;
  /** Header length in words of four bytes, less two: 1–255. */
  readonly length: number;
  /** 0–65535, to be 0. */
  readonly reserved: number;
  /** Security parameters index, 0–4294967295. */
  readonly spi: number;
  /** Sequence number, 0–4294967295. */
  readonly sequence: number;
  /** Integrity check value: a multiple of four bytes, 0–1016. */
  readonly icv: Uint8Array;
}

/** What may be given of an authentication header. Absent: computed, else 0 or empty. */
export type AhInput = Partial<AhFields>;

const NO_ICV = new Uint8Array(0);

export function decodeAh(layer: AhView): AhFields {
  return {
    nextHeader: layer.nextHeader,
    length: layer.length,
    reserved: layer.reserved,
    spi: layer.spi,
    sequence: layer.sequence,
    icv: layer.icv,
  };
}

/** Bytes of an authentication header with this check value. Throws `BAD_VALUE`. */
export function ahHeaderBytes({ icv = NO_ICV }: AhInput): number {
  if (icv instanceof Uint8Array && icv.length % WORD === 0 && icv.length <= MAX_ICV) {
    return AH_HEADER_BYTES + icv.length;
  }
  throw new PacketError(
    'BAD_VALUE',
    `ah.icv: expected a multiple of four bytes, at most ${MAX_ICV}`,
    { layer: 'ah', field: 'icv' },
  );
}

/** Writes an authentication header: all of it, or nothing where a field is wrong. */
export function encodeAh(view: DataView, offset: number, f: AhInput, place: Place): void {
  const { icv = NO_ICV } = f;
  const bytes = ahHeaderBytes(f);
  const nextHeader = nextHeaderNumber(f.nextHeader, place, 'ah');
  const length = uint(f.length ?? bytes / WORD - LESS, 0xff, 'ah', 'length');
  const reserved = uint(f.reserved ?? 0, 0xffff, 'ah', 'reserved');
  const spi = uint(f.spi ?? 0, 0xffffffff, 'ah', 'spi');
  const sequence = uint(f.sequence ?? 0, 0xffffffff, 'ah', 'sequence');
  needRoom(view, offset, bytes, 'ah');
  view.setUint8(offset + NEXT_HEADER, nextHeader);
  view.setUint8(offset + LENGTH, length);
  view.setUint16(offset + RESERVED, reserved);
  view.setUint32(offset + SPI, spi);
  view.setUint32(offset + SEQUENCE, sequence);
  bytesOf(view, offset + AH_HEADER_BYTES, offset + bytes).set(icv);
}

const names: readonly FieldName<AhView>[] = [
  numberName(ahLayout, 'nextHeader', 'ah.next_header', 'Next header'),
  numberName(ahLayout, 'length', 'ah.length', 'Length'),
  valueName(ahLayout, 'reserved', 'ah.reserved', 'Reserved', 'bytes', ({ view, offset }: AhView) =>
    bytesOf(view, offset + RESERVED, offset + SPI),
  ),
  numberName(ahLayout, 'spi', 'ah.spi', 'AH SPI', 'hex8'),
  numberName(ahLayout, 'sequence', 'ah.sequence', 'AH Sequence'),
  {
    name: 'ah.icv',
    label: 'AH ICV',
    form: 'bytes',
    // Wireshark shows one of no bytes too.
    each: ({ view, fixedEnd, headerEnd }, _place, emit) =>
      emit(bytesOf(view, fixedEnd, headerEnd), fixedEnd * 8, (headerEnd - fixedEnd) * 8),
  },
];

export const ahProtocol: Protocol<'ah', AhFields, AhView, AhInput> = defineProtocol({
  name: 'ah',
  title: 'Authentication Header',
  layout: ahLayout,
  space: 'ipProtocol',
  extension: true,
  fields: ['nextHeader', 'length', 'reserved', 'spi', 'sequence', 'icv'],
  derived: ['nextHeader', 'length'],
  problems,
  names,
  summary: (layer) => `AH (SPI=0x${layer.spi.toString(16).padStart(8, '0')})`,
  check: checkAh,
  layer: (view, offset, headerEnd, end) => new AhView(view, offset, end, headerEnd),
  decode: decodeAh,
  size: ahHeaderBytes,
  encode: encodeAh,
  pseudo: samePseudo,
});

/** An authentication header to build. */
export const ah = layerMaker(ahProtocol);
