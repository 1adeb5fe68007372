/**
 * The structures of a pcap file (draft-ietf-opsawg-pcap): a file header of 24 bytes, then records,
 * each a header of 16 bytes and the bytes captured. Both exist in either byte order; the magic
 * number tells which, and whether times are in microseconds or nanoseconds.
 */
import {
  type BitField,
  bitField,
  bits,
  headerLayout,
  offsetOf,
  u8,
  u16,
  u16le,
  u32,
  u32le,
} from '../bytes/layout.js';

/** Magic number of a file with microseconds. */
export const PCAP_MAGIC = 0xa1b2c3d4;
/** Magic number of a file with nanoseconds. */
export const PCAP_NANO_MAGIC = 0xa1b23c4d;
/** Magic number of the Linux libpcap of 1999 by A. Kuznetsov: records with headers of 24 bytes. */
export const PCAP_MODIFIED_MAGIC = 0xa1b2cd34;

/** File header, big-endian. */
export const pcapHeaderLayout = headerLayout('pcap', [
  u32('magic'),
  u16('versionMajor'),
  u16('versionMinor'),
  u32('timeZone'), // always 0, ignored by every reader
  u32('significantDigits'), // always 0, ignored by every reader
  u32('snapLength'),
  u32('link'),
]);

/** File header, little-endian. */
export const pcapHeaderLittleLayout = headerLayout('pcap', [
  u32le('magic'),
  u16le('versionMajor'),
  u16le('versionMinor'),
  u32le('timeZone'),
  u32le('significantDigits'),
  u32le('snapLength'),
  u32le('link'),
]);

/** The file header's last word, from its most significant bit, whatever the byte order. */
export const pcapLinkLayout = headerLayout('pcap link', [
  bits(32, { fcsWords: 4, ignored: 1, fcsPresent: 1, reserved: 10, linkType: 16 }),
]);

/** Record header, big-endian. */
export const pcapRecordLayout = headerLayout('pcap record', [
  u32('seconds'),
  u32('fraction'),
  u32('capturedLength'),
  u32('wireLength'),
]);

/** Record header, little-endian. */
export const pcapRecordLittleLayout = headerLayout('pcap record', [
  u32le('seconds'),
  u32le('fraction'),
  u32le('capturedLength'),
  u32le('wireLength'),
]);

/** Record header under the modified magic number; the first four fields are the common ones. */
export const pcapModifiedRecordLayout = headerLayout('pcap record', [
  u32('seconds'),
  u32('fraction'),
  u32('capturedLength'),
  u32('wireLength'),
  u32('interfaceIndex'),
  u16('protocol'),
  u8('packetType'),
  u8('padding'),
]);

// One set of offsets serves both byte orders: the layouts differ in nothing else (tested).
export const MAGIC = offsetOf(pcapHeaderLayout, 'magic');
export const VERSION_MAJOR = offsetOf(pcapHeaderLayout, 'versionMajor');
export const VERSION_MINOR = offsetOf(pcapHeaderLayout, 'versionMinor');
export const SNAP_LENGTH = offsetOf(pcapHeaderLayout, 'snapLength');
export const LINK = offsetOf(pcapHeaderLayout, 'link');
export const SECONDS = offsetOf(pcapRecordLayout, 'seconds');
export const FRACTION = offsetOf(pcapRecordLayout, 'fraction');
export const CAPTURED_LENGTH = offsetOf(pcapRecordLayout, 'capturedLength');
export const WIRE_LENGTH = offsetOf(pcapRecordLayout, 'wireLength');

/** Length of the FCS that ends each frame, in 16-bit words; counts only with `FCS_PRESENT`. */
export const FCS_WORDS: BitField = bitField(pcapLinkLayout, 'fcsWords', 32);
export const FCS_PRESENT: BitField = bitField(pcapLinkLayout, 'fcsPresent', 32);
export const LINK_RESERVED: BitField = bitField(pcapLinkLayout, 'reserved', 32);
export const LINK_TYPE: BitField = bitField(pcapLinkLayout, 'linkType', 32);

/** Bytes. */
export const PCAP_HEADER_BYTES = pcapHeaderLayout.span;
/** Bytes. */
export const PCAP_RECORD_HEADER_BYTES = pcapRecordLayout.span;
/** Bytes. */
export const PCAP_MODIFIED_RECORD_HEADER_BYTES = pcapModifiedRecordLayout.span;
