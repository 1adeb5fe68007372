/**
 * The structures of a pcapng file (draft-ietf-opsawg-pcapng): blocks, each with its type and length
 * in front and its length again at the end. They exist in either byte order, section by section;
 * the layouts are those of big-endian sections, and the offsets serve both.
 */
import { headerLayout, offsetOf, u16, u32 } from '../bytes/layout.js';

/** Block types. */
export const BLOCK = {
  section: 0x0a0d0d0a,
  interface: 1,
  obsoletePacket: 2,
  simplePacket: 3,
  names: 4,
  statistics: 5,
  enhancedPacket: 6,
  secrets: 10,
  custom: 0x0bad,
  customNoCopy: 0x4000_0bad,
} as const;

/** Option codes; each block type numbers its own from 2 on. */
export const OPTION = {
  end: 0,
  comment: 1,
  customText: 2988,
  customBytes: 2989,
  customTextNoCopy: 19_372,
  customBytesNoCopy: 19_373,
  sectionHardware: 2,
  sectionOs: 3,
  sectionApplication: 4,
  interfaceName: 2,
  interfaceDescription: 3,
  interfaceSpeed: 8,
  interfaceResolution: 9,
  interfaceFilter: 11,
  interfaceOs: 12,
  interfaceFcs: 13,
  interfaceOffset: 14,
  interfaceHardware: 15,
  frameFlags: 2,
  frameHash: 3,
  frameDrops: 4,
  framePacketId: 5,
  frameQueue: 6,
  frameVerdict: 7,
  statisticsStart: 2,
  statisticsEnd: 3,
  statisticsReceived: 4,
  statisticsDropped: 5,
  statisticsAccepted: 6,
  statisticsOsDropped: 7,
  statisticsDelivered: 8,
} as const;

/** What a section header holds in its third word: the byte order is the one that reads it so. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** A section length that is not given, both halves. */
export const UNKNOWN_LENGTH = 0xffff_ffff;
/** Bytes of the longest block that Wireshark reads; a longer one is taken as damage. */
export const MAX_BLOCK_BYTES = 16_777_216;

/** What every block starts with. */
export const blockLayout = headerLayout('pcapng block', [u32('blockType'), u32('blockLength')]);

/** Section Header Block, before its options. */
export const sectionLayout = headerLayout('pcapng section', [
  u32('blockType'),
  u32('blockLength'),
  u32('byteOrderMagic'),
  u16('versionMajor'),
  u16('versionMinor'),
  u32('sectionLengthHigh'), // a 64-bit number: the halves change places in little-endian sections
  u32('sectionLengthLow'),
]);

/** Interface Description Block, before its options. */
export const interfaceLayout = headerLayout('pcapng interface', [
  u32('blockType'),
  u32('blockLength'),
  u16('linkType'),
  u16('reserved'),
  u32('snapLength'),
]);

/** Enhanced Packet Block, before the bytes captured. */
export const enhancedPacketLayout = headerLayout('pcapng enhanced packet', [
  u32('blockType'),
  u32('blockLength'),
  u32('interfaceId'),
  u32('timestampHigh'),
  u32('timestampLow'),
  u32('capturedLength'),
  u32('wireLength'),
]);

/** Packet Block, which is obsolete; it differs from the enhanced one in its first word. */
export const obsoletePacketLayout = headerLayout('pcapng packet', [
  u32('blockType'),
  u32('blockLength'),
  u16('interfaceId'),
  u16('dropCount'),
  u32('timestampHigh'),
  u32('timestampLow'),
  u32('capturedLength'),
  u32('wireLength'),
]);

/** Simple Packet Block, before the bytes captured. */
export const simplePacketLayout = headerLayout('pcapng simple packet', [
  u32('blockType'),
  u32('blockLength'),
  u32('wireLength'),
]);

/** Interface Statistics Block, before its options. */
export const statisticsLayout = headerLayout('pcapng statistics', [
  u32('blockType'),
  u32('blockLength'),
  u32('interfaceId'),
  u32('timestampHigh'),
  u32('timestampLow'),
]);

/** Decryption Secrets Block, before the secrets. */
export const secretsLayout = headerLayout('pcapng secrets', [
  u32('blockType'),
  u32('blockLength'),
  u32('secretsType'),
  u32('secretsLength'),
]);

/** Custom Block, before its data. */
export const customLayout = headerLayout('pcapng custom', [
  u32('blockType'),
  u32('blockLength'),
  u32('enterprise'),
]);

/** Option, before its value; a record of a Name Resolution Block has the same form. */
export const optionLayout = headerLayout('pcapng option', [u16('code'), u16('valueLength')]);

export const BLOCK_TYPE = offsetOf(blockLayout, 'blockType');
export const BLOCK_LENGTH = offsetOf(blockLayout, 'blockLength');
export const BYTE_ORDER = offsetOf(sectionLayout, 'byteOrderMagic');
export const SECTION_MAJOR = offsetOf(sectionLayout, 'versionMajor');
export const SECTION_MINOR = offsetOf(sectionLayout, 'versionMinor');
export const SECTION_LENGTH = offsetOf(sectionLayout, 'sectionLengthHigh');
export const INTERFACE_LINK_TYPE = offsetOf(interfaceLayout, 'linkType');
export const INTERFACE_SNAP_LENGTH = offsetOf(interfaceLayout, 'snapLength');
export const PACKET_INTERFACE = offsetOf(enhancedPacketLayout, 'interfaceId');
export const PACKET_HIGH = offsetOf(enhancedPacketLayout, 'timestampHigh');
export const PACKET_LOW = offsetOf(enhancedPacketLayout, 'timestampLow');
export const PACKET_CAPTURED = offsetOf(enhancedPacketLayout, 'capturedLength');
export const PACKET_WIRE = offsetOf(enhancedPacketLayout, 'wireLength');
export const OBSOLETE_DROPS = offsetOf(obsoletePacketLayout, 'dropCount');
export const SIMPLE_WIRE = offsetOf(simplePacketLayout, 'wireLength');
export const STATISTICS_INTERFACE = offsetOf(statisticsLayout, 'interfaceId');
export const SECRETS_TYPE = offsetOf(secretsLayout, 'secretsType');
export const SECRETS_LENGTH = offsetOf(secretsLayout, 'secretsLength');
export const CUSTOM_ENTERPRISE = offsetOf(customLayout, 'enterprise');

/** Bytes. */
export const OPTION_HEADER_BYTES = optionLayout.span;
/** Bytes of the length at a block's end. */
export const TRAILER_BYTES = 4;
/** Bytes of the shortest block. */
export const MIN_BLOCK_BYTES = blockLayout.span + TRAILER_BYTES;
/** Bytes of a block that tell its type, length and, of a section header, the byte order. */
export const BLOCK_HEAD_BYTES = BYTE_ORDER + 4;

/** The next multiple of four. */
export function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
