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
import { getBits8, setBits8 } from '../bytes/bits.js';
import { bitField, bits, headerLayout, offsetOf, u16 } from '../bytes/layout.js';
import {
  eachOptionLength,
  endOfGeneveOption,
  type GeneveOption,
  type GeneveOptionRegistry,
  geneveOptionNames,
  guideOptions,
  isCritical,
} from './geneve-options.js';
import { numberName } from './names.js';
import { ETHERTYPE } from './numbers.js';
import {
  defineProtocol,
  type Extent,
  type FieldName,
  HeaderView,
  layerMaker,
  type Place,
  type ProblemKind,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { flag, needRoom, nextNumber, uint } from './values.js';

export const geneveLayout = headerLayout('geneve', [
  bits(8, { version: 2, optionsLength: 6 }),
  bits(8, { oam: 1, critical: 1, reserved: 6 }),
  u16('protocol'),
  bits(32, { vni: 24, reserved2: 8 }),
]);

const VERSION = bitField(geneveLayout, 'version', 8);
const OPTIONS_LENGTH = bitField(geneveLayout, 'optionsLength', 8);
const OAM = bitField(geneveLayout, 'oam', 8);
const CRITICAL = bitField(geneveLayout, 'critical', 8);
const RESERVED = bitField(geneveLayout, 'reserved', 8);
const PROTOCOL = offsetOf(geneveLayout, 'protocol');
const VNI = bitField(geneveLayout, 'vni', 32);
const RESERVED2 = offsetOf(geneveLayout, 'reserved2');

/** Bytes of a Geneve header without options. */
export const GENEVE_HEADER_BYTES = geneveLayout.span;

/** Bytes of a Geneve header with these options: 8–260. */
export function geneveHeaderBytes(fields: GeneveInput, registry = guideOptions): number {
  return GENEVE_HEADER_BYTES + (fields.options === undefined ? 0 : registry.size(fields.options));
}

const problems: readonly ProblemKind[] = [
  {
    code: 'GENEVE_HEADER_CUT',
    message: 'the bytes end inside the Geneve header or its options',
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
  },
  {
    code: 'GENEVE_CRITICAL_UNSET',
    message: 'the C bit is not set though an option is critical',
    field: 'critical',
    rfc: 'RFC 8926 §3.4',
  },
  {
    code: 'GENEVE_CRITICAL_WITHOUT_OPTION',
    message: 'the C bit is set though no option is critical',
    field: 'critical',
    rfc: 'RFC 8926 §3.4',
  },
  {
    code: 'GENEVE_RESERVED_BITS',
    message: 'reserved bits are set',
    field: 'reserved',
    rfc: 'RFC 8926 §3.4',
  },
];
const HEADER_CUT = 1;
const BAD_VERSION = 2;
const OPTION_PAST_HEADER = 4;
const CRITICAL_UNSET = 8;
const CRITICAL_WITHOUT_OPTION = 16;
const RESERVED_BITS = 32;

/** Finds the end of the Geneve header at `offset`: 0 where there is none. */
export function checkGeneve(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.alternative = -1;
  if (offset + GENEVE_HEADER_BYTES > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  const headerEnd = offset + GENEVE_HEADER_BYTES + getBits8(view, offset, OPTIONS_LENGTH) * 4;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  let critical = false;
  for (let at = offset + GENEVE_HEADER_BYTES; at < headerEnd; ) {
    const next = endOfGeneveOption(view, at, headerEnd);
    if (next === 0) {
      out.problems |= OPTION_PAST_HEADER;
      break;
    }
    if (isCritical(view, at)) critical = true;
    at = next;
  }
  const bit = getBits8(view, offset, CRITICAL) === 1;
  if (critical && !bit) out.problems |= CRITICAL_UNSET;
  if (bit && !critical) out.problems |= CRITICAL_WITHOUT_OPTION;
  if (getBits8(view, offset, RESERVED) !== 0 || view.getUint8(offset + RESERVED2) !== 0) {
    out.problems |= RESERVED_BITS;
  }
  // A message of the tunnel's own (O bit) may well carry nothing.
  out.next = headerEnd === end ? -1 : view.getUint16(offset + PROTOCOL);
  if (getBits8(view, offset, VERSION) !== 0) {
    out.problems |= BAD_VERSION;
    out.next = -1;
  }
  return headerEnd;
}

/** A Geneve header in place. */
export class GeneveView extends HeaderView {
  /** The names of options. */
  readonly registry: GeneveOptionRegistry;
  private readonly own: Protocol | undefined;

  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(
    view: DataView,
    offset = 0,
    end = view.byteLength,
    headerEnd = 0,
    registry = guideOptions,
    own?: Protocol,
  ) {
    super(view, offset, headerEnd || requireHeader(geneveProtocol, view, offset, end), end);
    this.registry = registry;
    this.own = own;
  }

  get descriptor(): Protocol {
    return this.own ?? geneveProtocol;
  }

  /** 0. */
  get version(): number {
    return getBits8(this.view, this.offset, VERSION);
  }

  set version(value: number) {
    setBits8(this.view, this.offset, VERSION, uint(value, VERSION.max, 'geneve', 'version'));
  }

  /** Length of the options in words of four bytes, 0–63. */
  get optionsLength(): number {
    return getBits8(this.view, this.offset, OPTIONS_LENGTH);
  }

  set optionsLength(value: number) {
    const words = uint(value, OPTIONS_LENGTH.max, 'geneve', 'optionsLength');
    setBits8(this.view, this.offset, OPTIONS_LENGTH, words);
  }

  /** The O bit: a message of the tunnel's own, not for a tenant. */
  get oam(): boolean {
    return getBits8(this.view, this.offset, OAM) === 1;
  }

  set oam(value: boolean) {
    setBits8(this.view, this.offset, OAM, flag(value, 'geneve', 'oam'));
  }

  /** The C bit: some option is critical. */
  get critical(): boolean {
    return getBits8(this.view, this.offset, CRITICAL) === 1;
  }

  set critical(value: boolean) {
    setBits8(this.view, this.offset, CRITICAL, flag(value, 'geneve', 'critical'));
  }

  /** The six bits behind the C bit, to be 0. */
  get reserved(): number {
    return getBits8(this.view, this.offset, RESERVED);
  }

  set reserved(value: number) {
    setBits8(this.view, this.offset, RESERVED, uint(value, RESERVED.max, 'geneve', 'reserved'));
  }

  /** EtherType of what follows. */
  get protocol(): number {
    return this.view.getUint16(this.offset + PROTOCOL);
  }

  set protocol(value: number) {
    this.view.setUint16(this.offset + PROTOCOL, uint(value, 0xffff, 'geneve', 'protocol'));
  }

  /** Virtual network identifier, 0–16777215. */
  get vni(): number {
    return this.view.getUint32(this.offset + VNI.offset) >>> VNI.shift;
  }

  set vni(value: number) {
    const word = uint(value, VNI.max, 'geneve', 'vni') * 256 + this.reserved2;
    this.view.setUint32(this.offset + VNI.offset, word);
  }

  /** The last eight bits, to be 0. */
  get reserved2(): number {
    return this.view.getUint8(this.offset + RESERVED2);
  }

  set reserved2(value: number) {
    this.view.setUint8(this.offset + RESERVED2, uint(value, 0xff, 'geneve', 'reserved2'));
  }

  /** Decoded anew at each call. */
  get options(): GeneveOption[] {
    return this.registry.read(this.view, this.offset + GENEVE_HEADER_BYTES, this.headerEnd);
  }
}

/** Every field of a Geneve header. */
export interface GeneveFields {
  /** 0–3; only 0 is known. */
  readonly version: number;
  /** In words of four bytes, 0–63. */
  readonly optionsLength: number;
  readonly oam: boolean;
  readonly critical: boolean;
  /** 0–63, to be 0. */
  readonly reserved: number;
  /** EtherType of what follows. */
  readonly protocol: number;
  /** 0–16777215. */
  readonly vni: number;
  /** 0–255, to be 0. */
  readonly reserved2: number;
  readonly options: readonly GeneveOption[];
}

/** What may be given of a Geneve header. Absent: computed, or 0. */
export type GeneveInput = Partial<GeneveFields>;

export function decodeGeneve(layer: GeneveView): GeneveFields {
  return {
    version: layer.version,
    optionsLength: layer.optionsLength,
    oam: layer.oam,
    critical: layer.critical,
    reserved: layer.reserved,
    protocol: layer.protocol,
    vni: layer.vni,
    reserved2: layer.reserved2,
    options: layer.options,
  };
}

/** Writes a Geneve header: all of it, or nothing where a field is wrong. */
export function encodeGeneve(
  view: DataView,
  offset: number,
  f: GeneveInput,
  place: Place,
  registry = guideOptions,
): void {
  const headerBytes = geneveHeaderBytes(f, registry);
  const version = uint(f.version ?? 0, VERSION.max, 'geneve', 'version');
  const optionsLength = uint(
    f.optionsLength ?? (headerBytes - GENEVE_HEADER_BYTES) / 4,
    OPTIONS_LENGTH.max,
    'geneve',
    'optionsLength',
  );
  const oam = flag(f.oam ?? false, 'geneve', 'oam');
  const given = f.critical === undefined ? 0 : flag(f.critical, 'geneve', 'critical');
  const reserved = uint(f.reserved ?? 0, RESERVED.max, 'geneve', 'reserved');
  const protocol = uint(
    f.protocol ?? nextNumber(place, ETHERTYPE.EXPERIMENTAL, 'geneve', 'protocol'),
    0xffff,
    'geneve',
    'protocol',
  );
  const vni = uint(f.vni ?? 0, VNI.max, 'geneve', 'vni');
  const reserved2 = uint(f.reserved2 ?? 0, 0xff, 'geneve', 'reserved2');
  needRoom(view, offset, headerBytes, 'geneve');
  const end = offset + headerBytes;
  if (f.options !== undefined) registry.write(view, offset + GENEVE_HEADER_BYTES, f.options);
  const critical = f.critical === undefined ? anyCritical(view, offset, end) : given;
  view.setUint8(offset + VERSION.offset, (version << VERSION.shift) | optionsLength);
  view.setUint8(
    offset + OAM.offset,
    (oam << OAM.shift) | (critical << CRITICAL.shift) | (reserved << RESERVED.shift),
  );
  view.setUint16(offset + PROTOCOL, protocol);
  view.setUint32(offset + VNI.offset, vni * 256 + reserved2);
}

/** The C bit that follows from the options already written (RFC 8926 §3.4). */
function anyCritical(view: DataView, offset: number, end: number): 0 | 1 {
  for (let at = offset + GENEVE_HEADER_BYTES; at < end; ) {
    const next = endOfGeneveOption(view, at, end);
    if (next === 0) return 0;
    if (isCritical(view, at)) return 1;
    at = next;
  }
  return 0;
}

const names: readonly FieldName<GeneveView>[] = [
  numberName(geneveLayout, 'version', 'geneve.version', 'Version'),
  {
    // Wireshark has one name for the length of all options and of each.
    name: 'geneve.option.length',
    label: 'Length',
    form: 'dec',
    each: (layer, _place, emit) => {
      const at = (layer.offset + OPTIONS_LENGTH.offset) * 8 + 2;
      emit(layer.optionsLength * 4, at, 6);
      eachOptionLength(layer, (bytes, bit) => emit(bytes, bit, 5));
    },
  },
  {
    name: 'geneve.flags',
    label: 'Flags',
    form: 'hex2',
    each: ({ view, offset }, _place, emit) =>
      emit(view.getUint8(offset + OAM.offset), (offset + OAM.offset) * 8, 8),
  },
  numberName(geneveLayout, 'oam', 'geneve.flags.oam', 'OAM Frame', 'bool'),
  numberName(geneveLayout, 'critical', 'geneve.flags.critical', 'Critical Options Present', 'bool'),
  numberName(geneveLayout, 'reserved', 'geneve.flags.reserved', 'Reserved', 'bool'),
  numberName(geneveLayout, 'protocol', 'geneve.proto_type', 'Protocol Type', 'hex4'),
  numberName(geneveLayout, 'vni', 'geneve.vni', 'Virtual Network Identifier (VNI)', 'hex6'),
  numberName(geneveLayout, 'reserved2', 'geneve.reserved', 'Reserved', 'hex2'),
  ...geneveOptionNames,
];

/** Geneve as a protocol whose options have the names of this registry. */
export function geneveProtocolWith(
  registry: GeneveOptionRegistry,
): Protocol<'geneve', GeneveFields, GeneveView, GeneveInput> {
  const protocol: Protocol<'geneve', GeneveFields, GeneveView, GeneveInput> = defineProtocol({
    name: 'geneve',
    title: 'Generic Network Virtualization Encapsulation',
    short: 'Geneve',
    layout: geneveLayout,
    space: 'ethertype',
    tunnel: true,
    fields: [
      'version',
      'optionsLength',
      'oam',
      'critical',
      'reserved',
      'protocol',
      'vni',
      'reserved2',
      'options',
    ],
    derived: ['version', 'optionsLength', 'critical', 'protocol'],
    problems,
    names,
    summary: (layer) => `VNI ${layer.vni}${layer.oam ? ', OAM' : ''}`,
    check: checkGeneve,
    layer: (view, offset, headerEnd, end) =>
      new GeneveView(view, offset, end, headerEnd, registry, protocol),
    decode: decodeGeneve,
    size: (fields) => geneveHeaderBytes(fields, registry),
    encode: (view, offset, fields, place) => encodeGeneve(view, offset, fields, place, registry),
  });
  return protocol;
}

/** Geneve with the options of the networking guide. */
export const geneveProtocol = geneveProtocolWith(guideOptions);

/** A Geneve layer to build. */
export const geneve = layerMaker(geneveProtocol);
