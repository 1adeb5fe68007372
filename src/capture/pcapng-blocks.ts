/**
 * Decodes the blocks of pcapng that hold no frame, and the options of those that do. Each function
 * takes a view of exactly one block, whose length is known to be right; a block that contradicts
 * itself makes them throw `BlockDamage`.
 */
import {
  BLOCK,
  BLOCK_LENGTH,
  BLOCK_TYPE,
  BYTE_ORDER,
  BYTE_ORDER_MAGIC,
  blockLayout,
  CUSTOM_ENTERPRISE,
  customLayout,
  INTERFACE_LINK_TYPE,
  INTERFACE_SNAP_LENGTH,
  interfaceLayout,
  MIN_BLOCK_BYTES,
  OPTION,
  OPTION_HEADER_BYTES,
  padded,
  SECRETS_LENGTH,
  SECRETS_TYPE,
  SECTION_LENGTH,
  SECTION_MAJOR,
  SECTION_MINOR,
  STATISTICS_INTERFACE,
  secretsLayout,
  sectionLayout,
  statisticsLayout,
  TRAILER_BYTES,
  UNKNOWN_LENGTH,
} from './pcapng-layout.js';
import type {
  CaptureInterface,
  CaptureItem,
  CaptureOption,
  CaptureSection,
  CustomBlock,
  DecryptionSecrets,
  FrameDetails,
  InterfaceStatistics,
  NameResolution,
  RawBlock,
  ResolvedName,
} from './pcapng-model.js';
import {
  bytesAt,
  decodeOptions,
  optionNumber,
  optionText,
  optionTexts,
  textOf,
  viewOf,
} from './pcapng-options.js';

/** What is wrong with a block, in words that follow "the … block at byte N". */
export class BlockDamage extends Error {
  /** Field of the block. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** Whether bytes are a block of a type, by its type and lengths and, of a section, its byte order. */
export function isBlock(view: DataView, type: number, little: boolean): boolean {
  const size = view.byteLength;
  return (
    size >= MIN_BLOCK_BYTES &&
    size % 4 === 0 &&
    view.getUint32(BLOCK_TYPE, little) === type &&
    view.getUint32(BLOCK_LENGTH, little) === size &&
    view.getUint32(size - TRAILER_BYTES, little) === size &&
    (type !== BLOCK.section ||
      (size > BYTE_ORDER + 4 && view.getUint32(BYTE_ORDER, little) === BYTE_ORDER_MAGIC))
  );
}

/** The options of a block from an offset on. Throws `BlockDamage`. */
export function optionsFrom(view: DataView, from: number, little: boolean): CaptureOption[] {
  const end = view.byteLength - TRAILER_BYTES;
  const options = decodeOptions(view, from, end, little);
  if (typeof options !== 'number') return options;
  const code = view.getUint16(options, little);
  const length = view.getUint16(options + 2, little);
  throw new BlockDamage(
    'options',
    `has an option ${code} of ${length} bytes where ${end - options - OPTION_HEADER_BYTES} are left`,
  );
}

/** A block must have the bytes that its kind starts with. Throws `BlockDamage`. */
export function needBytes(size: number, fixed: number): void {
  const need = fixed + TRAILER_BYTES;
  if (size >= need) return;
  throw new BlockDamage('blockLength', `has ${size} bytes: expected at least ${need}`);
}

/** Section Header Block. Throws `BlockDamage`, also for an unknown version. */
export function decodeSection(view: DataView, little: boolean, number: number): CaptureSection {
  needBytes(view.byteLength, sectionLayout.span);
  const versionMajor = view.getUint16(SECTION_MAJOR, little);
  const versionMinor = view.getUint16(SECTION_MINOR, little);
  // Wireshark reads 1.0 and 1.2, which some programs write and which means the same. Later minor
  // versions would be compatible by the draft, so they are read.
  if (versionMajor !== 1) {
    throw new BlockDamage(
      'versionMajor',
      `has version ${versionMajor}.${versionMinor}, which is not known: expected 1.0`,
    );
  }
  const options = optionsFrom(view, sectionLayout.span, little);
  const unknown =
    view.getUint32(SECTION_LENGTH) === UNKNOWN_LENGTH &&
    view.getUint32(SECTION_LENGTH + 4) === UNKNOWN_LENGTH;
  return {
    number,
    byteOrder: little ? 'little' : 'big',
    versionMajor,
    versionMinor,
    length: unknown ? undefined : view.getBigUint64(SECTION_LENGTH, little),
    hardware: optionText(options, OPTION.sectionHardware),
    os: optionText(options, OPTION.sectionOs),
    application: optionText(options, OPTION.sectionApplication),
    comments: optionTexts(options, OPTION.comment),
    options,
  };
}

/** Interface Description Block. Throws `BlockDamage`. */
export function decodeInterface(
  view: DataView,
  little: boolean,
  id: number,
  section: CaptureSection,
): CaptureInterface {
  needBytes(view.byteLength, interfaceLayout.span);
  const options = optionsFrom(view, interfaceLayout.span, little);
  const resolution = byteOf(options, OPTION.interfaceResolution) ?? 6;
  const timeExponent = resolution & 0x7f;
  const timeBase = resolution > 0x7f ? 2 : 10;
  const filter = options.find((option) => option.code === OPTION.interfaceFilter)?.data;
  return {
    id,
    section,
    linkType: view.getUint16(INTERFACE_LINK_TYPE, little),
    snapLength: view.getUint32(INTERFACE_SNAP_LENGTH, little),
    name: optionText(options, OPTION.interfaceName),
    description: optionText(options, OPTION.interfaceDescription),
    // The first byte says what the rest is: 0 is text, 1 is BPF byte code.
    filter: filter?.[0] === 0 ? textOf(filter.subarray(1)) : undefined,
    os: optionText(options, OPTION.interfaceOs),
    hardware: optionText(options, OPTION.interfaceHardware),
    speed: optionNumber(options, OPTION.interfaceSpeed, little),
    timeBase,
    timeExponent,
    timeDigits: timeBase === 2 ? 9 : Math.min(timeExponent, 9),
    timeOffset: BigInt.asIntN(64, optionNumber(options, OPTION.interfaceOffset, little) ?? 0n),
    fcsBytes: byteOf(options, OPTION.interfaceFcs),
    comments: optionTexts(options, OPTION.comment),
    options,
  };
}

function byteOf(options: readonly CaptureOption[], code: number): number | undefined {
  return options.find((option) => option.code === code)?.data[0];
}

/** Interface Statistics Block. Throws `BlockDamage`. */
function decodeStatistics(
  view: DataView,
  little: boolean,
  interfaces: readonly CaptureInterface[],
): InterfaceStatistics {
  needBytes(view.byteLength, statisticsLayout.span);
  const interfaceId = view.getUint32(STATISTICS_INTERFACE, little);
  const options = optionsFrom(view, statisticsLayout.span, little);
  return {
    interfaceId,
    interface: interfaces[interfaceId],
    received: optionNumber(options, OPTION.statisticsReceived, little),
    dropped: optionNumber(options, OPTION.statisticsDropped, little),
    accepted: optionNumber(options, OPTION.statisticsAccepted, little),
    osDropped: optionNumber(options, OPTION.statisticsOsDropped, little),
    delivered: optionNumber(options, OPTION.statisticsDelivered, little),
    comments: optionTexts(options, OPTION.comment),
    options,
  };
}

// Bytes of the addresses of each type of record.
const ADDRESS_BYTES: readonly number[] = [0, 4, 16, 6, 8];

/** Name Resolution Block. Throws `BlockDamage`. */
function decodeNames(view: DataView, little: boolean): NameResolution {
  const end = view.byteLength - TRAILER_BYTES;
  const records: ResolvedName[] = [];
  let at = blockLayout.span;
  while (at + OPTION_HEADER_BYTES <= end) {
    const type = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    at += OPTION_HEADER_BYTES;
    if (type === 0) break;
    if (at + length > end) {
      throw new BlockDamage(
        'records',
        `has a record of ${length} bytes where ${end - at} are left`,
      );
    }
    const data = bytesAt(view, at, length);
    const address = data.subarray(0, ADDRESS_BYTES[type] ?? 0);
    records.push({ type, address, names: namesIn(data.subarray(address.length)), data });
    at += padded(length);
  }
  const options = optionsFrom(view, at, little);
  return { records, comments: optionTexts(options, OPTION.comment), options };
}

/** Names that each end with a NUL. */
function namesIn(data: Uint8Array): string[] {
  const names = new TextDecoder().decode(data).split('\0');
  if (names[names.length - 1] === '') names.pop();
  return names;
}

/** Decryption Secrets Block. Throws `BlockDamage`. */
function decodeSecrets(view: DataView, little: boolean): DecryptionSecrets {
  needBytes(view.byteLength, secretsLayout.span);
  const length = view.getUint32(SECRETS_LENGTH, little);
  const room = view.byteLength - TRAILER_BYTES - secretsLayout.span;
  if (length > room) {
    throw new BlockDamage('secretsLength', `claims ${length} bytes of secrets and has ${room}`);
  }
  return {
    type: view.getUint32(SECRETS_TYPE, little),
    data: bytesAt(view, secretsLayout.span, length),
    options: optionsFrom(view, secretsLayout.span + padded(length), little),
  };
}

/** Custom Block. Throws `BlockDamage`. */
function decodeCustom(view: DataView, little: boolean, mayCopy: boolean): CustomBlock {
  needBytes(view.byteLength, customLayout.span);
  const { span } = customLayout;
  return {
    enterprise: view.getUint32(CUSTOM_ENTERPRISE, little),
    mayCopy,
    data: bytesAt(view, span, view.byteLength - TRAILER_BYTES - span),
  };
}

/**
 * A block that changes nothing about those behind it: names, statistics, secrets and whatever is
 * custom or unknown. Throws `BlockDamage`.
 */
export function decodeOther(
  view: DataView,
  raw: RawBlock,
  interfaces: readonly CaptureInterface[],
): CaptureItem {
  const little = raw.byteOrder === 'little';
  switch (raw.type) {
    case BLOCK.names:
      return { kind: 'names', names: decodeNames(view, little), raw };
    case BLOCK.statistics:
      return { kind: 'statistics', statistics: decodeStatistics(view, little, interfaces), raw };
    case BLOCK.secrets:
      return { kind: 'secrets', secrets: decodeSecrets(view, little), raw };
    case BLOCK.custom:
    case BLOCK.customNoCopy:
      return { kind: 'custom', custom: decodeCustom(view, little, raw.type === BLOCK.custom), raw };
    default:
      return { kind: 'unknown', raw };
  }
}

/** The options of a packet block. */
export function detailsOf(options: readonly CaptureOption[], little: boolean): FrameDetails {
  const known = {
    comments: optionTexts(options, OPTION.comment),
    flags: wordOf(options, OPTION.frameFlags, little),
    dropCount: optionNumber(options, OPTION.frameDrops, little),
    packetId: optionNumber(options, OPTION.framePacketId, little),
    queue: wordOf(options, OPTION.frameQueue, little),
  };
  const named: number[] = [OPTION.comment];
  if (known.flags !== undefined) named.push(OPTION.frameFlags);
  if (known.dropCount !== undefined) named.push(OPTION.frameDrops);
  if (known.packetId !== undefined) named.push(OPTION.framePacketId);
  if (known.queue !== undefined) named.push(OPTION.frameQueue);
  return { ...known, options: options.filter((option) => !named.includes(option.code)) };
}

function wordOf(
  options: readonly CaptureOption[],
  code: number,
  little: boolean,
): number | undefined {
  const data = options.find((option) => option.code === code)?.data;
  return data?.length === 4 ? viewOf(data).getUint32(0, little) : undefined;
}
