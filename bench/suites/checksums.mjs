// The Internet checksum beside the loop of 16-bit words that RFC 1071 §4.1 shows.
import { sumBytes } from '../../dist/bytes/checksum.js';
import { newKernel } from '../../dist/bytes/kernel.js';

const BYTES = [20, 64, 512, 1400, 9000];

function plainSum(view, end) {
  let sum = 0;
  for (let at = 0; at + 1 < end; at += 2) sum += view.getUint16(at);
  return sum;
}

function casesOf(bytes) {
  const kernel = newKernel(bytes);
  kernel.bytes.forEach((_, i) => {
    kernel.bytes[i] = i * 37;
  });
  const own = new DataView(kernel.bytes.slice(0, bytes).buffer);
  const naive = () => plainSum(own, bytes);
  return [
    { name: `checksum of ${bytes} bytes`, ours: () => sumBytes(own, 0, bytes), naive },
    {
      name: `checksum of ${bytes} bytes in an arena`,
      ours: () => sumBytes(kernel.view, 0, bytes),
      naive,
    },
  ];
}

export const checksumCases = BYTES.flatMap(casesOf);
