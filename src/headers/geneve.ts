/** Geneve (RFC 8926 §3.4): view, fields, codec and names. Its layout and bounds: `geneve-wire.ts`. */
import { getBits8, setBits8 } from '../bytes/bits.js';
import { geneveOptionNames } from './geneve-option-names.js';
import { eachOptionLength, endOfGeneveOption, isCritical } from './geneve-option-wire.js';
import { type GeneveOption, type GeneveOptionRegistry, guideOptions } from './geneve-options.js';
import * as wire from './geneve-wire.js';
import { checkGeneve, geneveLayout, geneveProblems } from './geneve-wire.js';
import { layerMaker } from './layer-spec.js';
import { numberName, rangeName } from './names.js';
import { ETHERTYPE } from './numbers.js';
import {
  defineProtocol,
  type FieldName,
  HeaderView,
  type Place,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { flag, needRoom, nextNumber, uint } from './values.js';

// Constants of this module: the compiler takes them as numbers, and loads imported ones at each use
// (Node 20: a seventh of the time of `parse` and of what reads its layers).
const {
  CRITICAL,
  GENEVE_HEADER_BYTES,
  OAM,
  OPTIONS_LENGTH,
  PROTOCOL,
  RESERVED,
  RESERVED2,
  VERSION,
  VNI,
} = wire;

/** Bytes of a Geneve header with these options: 8–260. */
export function geneveHeaderBytes(fields: GeneveInput, registry = guideOptions): number {
  return GENEVE_HEADER_BYTES + (fields.options === undefined ? 0 : registry.size(fields.options));
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

  /** Decoded anew at each call; a `GeneveOptionCursor` walks them without allocation. */
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
  rangeName(geneveLayout, 'oam', 'reserved', 'geneve.flags', 'Flags', 'hex2'),
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
    problems: geneveProblems,
    names,
    summary: (layer) => `VNI ${layer.vni}${layer.oam ? ', OAM' : ''}`,
    check: checkGeneve,
    layer: (view, offset, headerEnd, end, found, reuse) =>
      reuse === undefined
        ? new GeneveView(view, offset, end, headerEnd, registry, protocol).found(found)
        : reuse.moveTo(view, offset, headerEnd, end).found(found),
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
