/**
 * The file header of pcap. What odd headers mean follows libpcap 1.10 and Wireshark 4.0; where the
 * two differ, the one that reads more.
 */
import { type CaptureHeader, captureError, type ReadOptions } from './parser.js';
import {
  FCS_PRESENT,
  FCS_WORDS,
  LINK,
  LINK_RESERVED,
  LINK_TYPE,
  MAGIC,
  PCAP_MAGIC,
  PCAP_MODIFIED_MAGIC,
  PCAP_MODIFIED_RECORD_HEADER_BYTES,
  PCAP_NANO_MAGIC,
  PCAP_RECORD_HEADER_BYTES,
  SNAP_LENGTH,
  VERSION_MAJOR,
  VERSION_MINOR,
} from './pcap-layout.js';

/** Which way round a record holds its two lengths. */
export type LengthOrder = 'captured-first' | 'wire-first' | 'smaller-is-captured';

/** The header of a pcap file. */
export interface PcapHeader extends CaptureHeader {
  readonly timeDigits: number;
  readonly snapLength: number;
  readonly linkType: number;
  /** Format version; every file since 1998 has 2.4. */
  readonly versionMajor: number;
  readonly versionMinor: number;
  /** Bytes of each record's header: 24 under the modified magic number, else 16. */
  readonly recordHeaderBytes: number;
  readonly lengthOrder: LengthOrder;
}

/** The byte order that the first four bytes of a file tell; undefined when it is no pcap. */
export function pcapByteOrder(view: DataView): 'big' | 'little' | undefined {
  if (isMagic(view.getUint32(MAGIC))) return 'big';
  return isMagic(view.getUint32(MAGIC, true)) ? 'little' : undefined;
}

function isMagic(magic: number): boolean {
  return magic === PCAP_MAGIC || magic === PCAP_NANO_MAGIC || magic === PCAP_MODIFIED_MAGIC;
}

/**
 * Decodes the 24 bytes of a file header.
 *
 * @throws PacketError `BAD_CAPTURE` for an unknown version and for reserved bits.
 */
export function decodePcapHeader(view: DataView, options: ReadOptions): PcapHeader {
  const little = pcapByteOrder(view) === 'little';
  const magic = view.getUint32(MAGIC, little);
  const versionMajor = view.getUint16(VERSION_MAJOR, little);
  const versionMinor = view.getUint16(VERSION_MINOR, little);
  // 2.5 and later, which nobody defined, are read as 2.4: tshark does, tcpdump refuses them. From
  // 3 on, tcpdump refuses and tshark guesses 2.4: a major version means another format, so no.
  // 543.0 is the tcpdump of DG/UX, and both read it.
  if (versionMajor !== 2 && !(versionMajor === 543 && versionMinor === 0)) {
    throw captureError(
      'BAD_CAPTURE',
      options,
      `pcap version ${versionMajor}.${versionMinor} is not known: expected 2.0 to 2.4`,
      { layer: 'pcap', field: 'versionMajor', offset: VERSION_MAJOR },
    );
  }
  const link = view.getUint32(LINK, little);
  // tshark and tcpdump refuse these too: old files held another number space here.
  if (((link >>> LINK_RESERVED.shift) & LINK_RESERVED.max) !== 0) {
    const hex = link.toString(16).padStart(8, '0');
    throw captureError(
      'BAD_CAPTURE',
      options,
      `the link type 0x${hex} has reserved bits set (0x03ff0000), so it is unknown what the frames are`,
      { layer: 'pcap', field: 'link', offset: LINK },
    );
  }
  const fcs = ((link >>> FCS_PRESENT.shift) & FCS_PRESENT.max) !== 0;
  return {
    format: 'pcap',
    byteOrder: little ? 'little' : 'big',
    timeDigits: magic === PCAP_NANO_MAGIC ? 9 : 6,
    snapLength: view.getUint32(SNAP_LENGTH, little),
    linkType: (link >>> LINK_TYPE.shift) & LINK_TYPE.max,
    // The unit is 16 bits: 0x24000001 makes tshark show an FCS of four bytes.
    fcsBytes: fcs ? ((link >>> FCS_WORDS.shift) & FCS_WORDS.max) * 2 : undefined,
    versionMajor,
    versionMinor,
    recordHeaderBytes:
      magic === PCAP_MODIFIED_MAGIC ? PCAP_MODIFIED_RECORD_HEADER_BYTES : PCAP_RECORD_HEADER_BYTES,
    lengthOrder: lengthOrder(versionMajor, versionMinor),
  };
}

/**
 * Version 2.3 turned the two lengths round to match BPF, but some programs wrote 2.3 and did not;
 * DG/UX's tcpdump, which calls its files 543.0, kept the old order. libpcap and Wireshark agree.
 */
function lengthOrder(major: number, minor: number): LengthOrder {
  if (major === 543 || minor < 3) return 'wire-first';
  return minor === 3 ? 'smaller-is-captured' : 'captured-first';
}
