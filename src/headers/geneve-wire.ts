/**
 * Geneve, RFC 8926 §3.4.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |ver|optionsLeng|o|c| reserved  |           protocol            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                      vni                      |   reserved2   |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { getBits8 } from '../bytes/bits.js';
import { bitField, bits, headerLayout, offsetOf, u16 } from '../bytes/layout.js';
import {
  eachGeneveOption,
  endOfGeneveOption,
  isCritical,
  reservedBits,
} from './geneve-option-wire.js';
import type { ByteRange, Extent, HeaderView, ProblemKind } from './protocol.js';

export const geneveLayout = headerLayout('geneve', [
  bits(8, { version: 2, optionsLength: 6 }),
  bits(8, { oam: 1, critical: 1, reserved: 6 }),
  u16('protocol'),
  bits(32, { vni: 24, reserved2: 8 }),
]);

export const VERSION = bitField(geneveLayout, 'version', 8);
export const OPTIONS_LENGTH = bitField(geneveLayout, 'optionsLength', 8);
export const OAM = bitField(geneveLayout, 'oam', 8);
export const CRITICAL = bitField(geneveLayout, 'critical', 8);
export const RESERVED = bitField(geneveLayout, 'reserved', 8);
export const PROTOCOL = offsetOf(geneveLayout, 'protocol');
export const VNI = bitField(geneveLayout, 'vni', 32);
export const RESERVED2 = offsetOf(geneveLayout, 'reserved2');

/** Bytes of a Geneve header without options. */
export const GENEVE_HEADER_BYTES = geneveLayout.span;
/** The most bytes of options that a Geneve header has, 252. */
export const MAX_GENEVE_OPTIONS_BYTES = OPTIONS_LENGTH.max * 4;

function optionsEnd(view: DataView, offset: number): number {
  return offset + GENEVE_HEADER_BYTES + getBits8(view, offset, OPTIONS_LENGTH) * 4;
}

/** The first option that goes past the end of the options. */
function findWrongOption(view: DataView, offset: number): ByteRange {
  const end = optionsEnd(view, offset);
  const at = eachGeneveOption(view, offset + GENEVE_HEADER_BYTES, end, () => {});
  return { offset: at, bytes: end - at };
}

function findReserved(view: DataView, offset: number): ByteRange {
  if (getBits8(view, offset, RESERVED) !== 0) return { offset: offset + RESERVED.offset, bytes: 1 };
  return { offset: offset + RESERVED2, bytes: 1, field: 'reserved2' };
}

/** The first option with one of its three reserved bits set. */
function findReservedOption({ view, fixedEnd, headerEnd }: HeaderView): ByteRange | undefined {
  let found: ByteRange | undefined;
  eachGeneveOption(view, fixedEnd, headerEnd, (start, end) => {
    if (found === undefined && reservedBits(view, start) !== 0) {
      found = { offset: start, bytes: end - start };
    }
  });
  return found;
}

export const geneveProblems: readonly ProblemKind[] = [
  {
    code: 'GENEVE_HEADER_CUT',
    message: 'the bytes end inside the Geneve header or its options',
    rfc: 'RFC 8926 §3.4',
    measure: (view, offset, end) => ({
      need: end > offset ? 8 + getBits8(view, offset, OPTIONS_LENGTH) * 4 : 8,
      have: end - offset,
    }),
  },
  {
    code: 'GENEVE_VERSION',
    message: 'the version is not 0, so what follows is not known',
    field: 'version',
    rfc: 'RFC 8926 §3.4',
  },
  {
    code: 'GENEVE_OPTION_PAST_HEADER',
    message: 'an option goes past the end of the options',
    field: 'options',
    rfc: 'RFC 8926 §3.5',
    find: findWrongOption,
  },
  {
    code: 'GENEVE_CRITICAL_UNSET',
    message: 'the C bit is not set though an option is critical',
    severity: 'warning',
    field: 'critical',
    rfc: 'RFC 8926 §3.4',
  },
  {
    code: 'GENEVE_CRITICAL_WITHOUT_OPTION',
    message: 'the C bit is set though no option is critical',
    severity: 'warning',
    field: 'critical',
    rfc: 'RFC 8926 §3.4',
  },
  {
    code: 'GENEVE_RESERVED_BITS',
    message: 'reserved bits are set',
    severity: 'warning',
    field: 'reserved',
    rfc: 'RFC 8926 §3.4',
    find: findReserved,
  },
  {
    code: 'GENEVE_OPTION_RESERVED_BITS',
    message: 'reserved bits of an option are set',
    severity: 'warning',
    field: 'options',
    rfc: 'RFC 8926 §3.5',
    when: findReservedOption,
  },
];
const HEADER_CUT = 1;
const BAD_VERSION = 2;
const OPTION_PAST_HEADER = 4;
const CRITICAL_UNSET = 8;
const CRITICAL_WITHOUT_OPTION = 16;
const RESERVED_BITS = 32;

// Not exported: as in `ipv4-wire.ts`.
const FIXED_BYTES = geneveLayout.span;
const WORDS = bitField(geneveLayout, 'optionsLength', 8);
const C_BIT = bitField(geneveLayout, 'critical', 8);
const ZEROS = bitField(geneveLayout, 'reserved', 8);
const ZEROS2 = offsetOf(geneveLayout, 'reserved2');
const NEXT = offsetOf(geneveLayout, 'protocol');
const KNOWN = bitField(geneveLayout, 'version', 8);

/** Finds the end of the Geneve header at `offset`: 0 where there is none. */
export function checkGeneve(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.alternative = -1;
  if (offset + FIXED_BYTES > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const headerEnd = offset + FIXED_BYTES + getBits8(view, offset, WORDS) * 4;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  let critical = false;
  for (let at = offset + FIXED_BYTES; at < headerEnd; ) {
    const next = endOfGeneveOption(view, at, headerEnd);
    if (next === 0) {
      out.problems |= OPTION_PAST_HEADER;
      break;
    }
    if (isCritical(view, at)) critical = true;
    at = next;
  }
  const bit = getBits8(view, offset, C_BIT) === 1;
  if (critical && !bit) out.problems |= CRITICAL_UNSET;
  if (bit && !critical) out.problems |= CRITICAL_WITHOUT_OPTION;
  if (getBits8(view, offset, ZEROS) !== 0 || view.getUint8(offset + ZEROS2) !== 0) {
    out.problems |= RESERVED_BITS;
  }
  // A message of the tunnel's own (O bit) may well carry nothing.
  out.next = headerEnd === end ? -1 : view.getUint16(offset + NEXT);
  if (getBits8(view, offset, KNOWN) !== 0) {
    out.problems |= BAD_VERSION;
    out.next = -1;
  }
  return headerEnd;
}
