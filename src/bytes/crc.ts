/** The 32-bit CRCs that go through bytes with their least significant bits first. */

/** The CRC of each byte alone, by the polynomial with its bits reversed. */
function crcTable(polynomial: number): Uint32Array {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    table[byte] = crc;
  }
  return table;
}

/** IEEE 802.3 §3.2.9: 0x04c11db7. */
const ETHERNET = crcTable(0xedb88320);
/** Castagnoli: 0x1edc6f41. */
const CASTAGNOLI = crcTable(0x82f63b78);

/** The CRC of the bytes in [offset, end), going on from that of those in front (0: there are none). */
function crcOf(
  table: Uint32Array,
  view: DataView,
  offset: number,
  end: number,
  before: number,
): number {
  let crc = ~before;
  for (let at = offset; at < end; at++) {
    crc = (crc >>> 8) ^ (table[(crc ^ view.getUint8(at)) & 0xff] as number);
  }
  return ~crc >>> 0;
}

/**
 * The CRC-32 of the bytes in [offset, end), 0–4294967295: Ethernet's frame check sequence (IEEE
 * 802.3 §3.2.9). A frame carries it little-endian.
 */
export function crc32(view: DataView, offset: number, end: number): number {
  return crcOf(ETHERNET, view, offset, end, 0);
}

/**
 * The CRC32c (Castagnoli) of the bytes in [offset, end), 0–4294967295, as SCTP has it (RFC 9260
 * appendix A).
 *
 * @param before the CRC of the bytes in front of these, default 0: there are none
 */
export function crc32c(view: DataView, offset: number, end: number, before = 0): number {
  return crcOf(CASTAGNOLI, view, offset, end, before);
}
