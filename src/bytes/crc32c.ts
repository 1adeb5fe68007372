/** CRC32c (Castagnoli), as SCTP has it: RFC 9260 appendix A. */

/** The polynomial 0x1edc6f41 with its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/** The CRC of each byte alone; made when the first sum is asked for. */
let table: Uint32Array | undefined;

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
}

/** CRC32c of the bytes [offset, end), going on from the CRC of those before (0: there are none). */
export function crc32c(view: DataView, offset: number, end: number, before = 0): number {
  table ??= makeTable();
  let crc = ~before;
  for (let at = offset; at < end; at++) {
    crc = (table[(crc ^ view.getUint8(at)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
