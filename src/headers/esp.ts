/**
 * IP encapsulating security payload, RFC 4303 §2: what follows is encrypted, its own next header
 * too.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                              spi                              |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                           sequence                            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { PacketError } from '../bytes/error.js';
import { headerLayout, offsetOf, u32 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { numberName } from './names.js';
import {
  defineProtocol,
  type Extent,
  type FieldName,
  HeaderView,
  NOTHING,
  type Place,
  type ProblemKind,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { needRoom, uint } from './values.js';

export const espLayout = headerLayout('esp', [u32('spi'), u32('sequence')]);

const SPI = offsetOf(espLayout, 'spi');
const SEQUENCE = offsetOf(espLayout, 'sequence');

/** Bytes of an ESP header. */
export const ESP_HEADER_BYTES = espLayout.span;

const problems: readonly ProblemKind[] = [
  {
    code: 'ESP_HEADER_CUT',
    message: 'the bytes end inside the ESP header',
    rfc: 'RFC 4303 §2',
    measure: (_view, offset, end) => ({ need: ESP_HEADER_BYTES, have: end - offset }),
  },
];
const HEADER_CUT = 1;

/** Finds the end of the ESP header at `offset`: 0 where there is none. */
export function checkEsp(_view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.alternative = -1;
  out.next = -1;
  if (offset + ESP_HEADER_BYTES > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  return offset + ESP_HEADER_BYTES;
}

/** An ESP header in place. */
export class EspView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(espProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return espProtocol;
  }

  /** Security parameters index, 0–4294967295. */
  get spi(): number {
    return this.view.getUint32(this.offset + SPI);
  }

  set spi(value: number) {
    this.view.setUint32(this.offset + SPI, uint(value, 0xffffffff, 'esp', 'spi'));
  }

  /** Sequence number, 0–4294967295. */
  get sequence(): number {
    return this.view.getUint32(this.offset + SEQUENCE);
  }

  set sequence(value: number) {
    this.view.setUint32(this.offset + SEQUENCE, uint(value, 0xffffffff, 'esp', 'sequence'));
  }
}

/** Every field of an ESP header; what it encrypts is payload. */
export interface EspFields {
  /** Security parameters index, 0–4294967295. */
  readonly spi: number;
  /** Sequence number, 0–4294967295. */
  readonly sequence: number;
}

/** What may be given of an ESP header. Absent: 0. */
export type EspInput = Partial<EspFields>;

export function decodeEsp(layer: EspView): EspFields {
  return { spi: layer.spi, sequence: layer.sequence };
}

/** Writes an ESP header: all of it, or nothing where a field is wrong. */
export function encodeEsp(view: DataView, offset: number, f: EspInput, place: Place): void {
  if (place.next !== NOTHING) {
    throw new PacketError('BAD_SPEC', 'esp: only encrypted bytes can follow, no layer', {
      layer: 'esp',
    });
  }
  const spi = uint(f.spi ?? 0, 0xffffffff, 'esp', 'spi');
  const sequence = uint(f.sequence ?? 0, 0xffffffff, 'esp', 'sequence');
  needRoom(view, offset, ESP_HEADER_BYTES, 'esp');
  view.setUint32(offset + SPI, spi);
  view.setUint32(offset + SEQUENCE, sequence);
}

const names: readonly FieldName<EspView>[] = [
  numberName(espLayout, 'spi', 'esp.spi', 'ESP SPI', 'hex8'),
  numberName(espLayout, 'sequence', 'esp.sequence', 'ESP Sequence'),
];

export const espProtocol: Protocol<'esp', EspFields, EspView, EspInput> = defineProtocol({
  name: 'esp',
  title: 'Encapsulating Security Payload',
  layout: espLayout,
  ownBody: true,
  fields: ['spi', 'sequence'],
  problems,
  names,
  summary: (layer) => `ESP (SPI=0x${layer.spi.toString(16).padStart(8, '0')})`,
  check: checkEsp,
  layer: (view, offset, headerEnd, end) => new EspView(view, offset, end, headerEnd),
  decode: decodeEsp,
  size: () => ESP_HEADER_BYTES,
  encode: encodeEsp,
});

/** An ESP header to build. */
export const esp = layerMaker(espProtocol);
