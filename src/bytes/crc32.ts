/** The CRC-32 of Ethernet's frame check sequence (IEEE 802.3 §3.2.9). */

const TABLE = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? 0xedb88320 : 0);
  TABLE[byte] = crc;
}

/** The CRC-32 of the bytes in [offset, end), 0–4294967295. A frame carries it little-endian. */
export function crc32(view: DataView, offset: number, end: number): number {
  let crc = 0xffffffff;
  for (let at = offset; at < end; at++) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ view.getUint8(at)) & 0xff] as number);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
