// gen.mjs [FOLDER [FRAMES]]: all inputs and all expected outputs, written for framewright byte by byte
// with no cleverness and without framewright, so that it can judge every peer, ours included.
//   inner_<class>.pcap    1,024 Ethernet/IPv4/TCP frames (also the expected output of BUILD-TCP)
//   vxlan_<class>.pcap    the same in VXLAN (expected of ENCAP-VXLAN, input of DECODE-VXLAN)
//   geneve_<class>.pcap   the same in Geneve with three options
//   big.pcap              FRAMES (200,000) VXLAN frames, the IMIX class over and over
//   expected.tsv          the sum of each DECODE pass, and the distinct outer 5-tuples of big.pcap
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = 'data', frames = '200000'] = process.argv.slice(2);
const N = 1024;
const BIG = Number(frames);
const CLASSES = ['64', '128', '512', '1400', 'imix'];

let state = 0n;
function random() {
  state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
  return Number(state >> 32n);
}

/** The Internet checksum (RFC 1071) of the bytes, started with a sum. */
function checksum(bytes, sum = 0) {
  let total = sum;
  for (let i = 0; i + 1 < bytes.length; i += 2) total += bytes.readUInt16BE(i);
  if (bytes.length % 2 === 1) total += bytes[bytes.length - 1] << 8;
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
  return ~total & 0xffff;
}

function ipv4(bytes, length, protocol, src, dst) {
  bytes.fill(0, 0, 20);
  bytes[0] = 0x45;
  bytes.writeUInt16BE(length, 2);
  bytes.writeUInt16BE(0x4000, 6); // don't fragment
  bytes[8] = 64;
  bytes[9] = protocol;
  bytes.writeUInt32BE(src, 12);
  bytes.writeUInt32BE(dst, 16);
  bytes.writeUInt16BE(checksum(bytes.subarray(0, 20)), 10);
}

function innerFrame(i, size) {
  const frame = Buffer.alloc(size);
  const low = random();
  frame.set([2, 0x11, 0x22, 0x33, low >> 8, low, 2, 0xaa, 0xbb, 0xcc, i >> 8, i, 8, 0]);
  ipv4(frame.subarray(14), size - 14, 6, 0xc0a80000 + i, 0xac100000 + (random() & 0xffff));
  const tcp = frame.subarray(34);
  tcp.writeUInt16BE(40000 + (random() % 9000), 0);
  tcp.writeUInt16BE(30000 + (random() % 9000), 2);
  tcp.writeUInt32BE(random(), 4);
  tcp.writeUInt32BE(random(), 8);
  tcp[12] = 0x50;
  tcp[13] = 0x18; // PSH, ACK
  tcp.writeUInt16BE(29200, 14);
  for (let k = 20; k < tcp.length; k++) tcp[k] = random();
  let pseudo = 6 + tcp.length;
  for (let k = 26; k < 34; k += 2) pseudo += frame.readUInt16BE(k);
  tcp.writeUInt16BE(checksum(tcp, pseudo), 16);
  return frame;
}

function outer(i, port, tunnel, inner) {
  const frame = Buffer.alloc(42 + tunnel.length + inner.length);
  const payload = tunnel.length + inner.length;
  frame.set([2, 0, 10, 20, 0, 1, 2, 0, 10, 10, 0, 1, 8, 0]);
  ipv4(frame.subarray(14), 28 + payload, 17, 0x0a0a0001, 0x0a140001);
  frame.writeUInt16BE(49152 + (i % 16384), 34);
  frame.writeUInt16BE(port, 36);
  frame.writeUInt16BE(8 + payload, 38); // the UDP checksum stays 0
  frame.set(tunnel, 42);
  frame.set(inner, 42 + tunnel.length);
  return frame;
}

const vni = (i) => [0x13, 0x88 + (i % 16)]; // 5000 and on

function vxlanFrame(i, inner) {
  return outer(i, 4789, [8, 0, 0, 0, 0, ...vni(i), 0], inner);
}

function geneveFrame(i, inner) {
  const first = [0x01, 0x02, 1, 2, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18];
  const second = [0x01, 0x03, 2, 1, 0x21, 0x22, 0x23, 0x24];
  const count = [i >>> 24, i >> 16, i >> 8, i];
  const third = [0x01, 0x04, 3, 3, ...count, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38];
  const header = [9, 0, 0x65, 0x58, 0, ...vni(i), 0]; // nine words of options
  return outer(i, 6081, [...header, ...first, ...second, ...third], inner);
}

function pcapOf(list) {
  const file = Buffer.alloc(24 + list.reduce((sum, frame) => sum + 16 + frame.length, 0));
  [0xa1b2c3d4, 2 | (4 << 16), 0, 0, 65535, 1].forEach((word, k) => {
    file.writeUInt32LE(word, 4 * k);
  });
  let at = 24;
  list.forEach((frame, i) => {
    file.writeUInt32LE(1700000000 + Math.floor(i / 100000), at);
    file.writeUInt32LE((i % 100000) * 10, at + 4);
    file.writeUInt32LE(frame.length, at + 8);
    file.writeUInt32LE(frame.length, at + 12);
    file.set(frame, at + 16);
    at += 16 + frame.length;
  });
  return file;
}

/** What a DECODE pass adds up of one frame whose inner frame starts at `inner`. */
function decodeSum(frame, inner) {
  const tcp = inner + 34;
  return (
    frame.readUInt32BE(26) + // the outer source address
    (frame.readUInt32BE(46) >>> 8) + // the VNI
    frame.readUInt16BE(inner + 4) + // the end of the inner destination address
    frame.readUInt16BE(tcp) + // the source port
    frame.readUInt32BE(tcp + 4) + // the sequence number
    (frame.readUInt16BE(inner + 16) - 40) // the bytes of TCP payload
  );
}

/** Types of the three options, and the first byte of their data. */
const optionSum = (i) => 1 + 0x11 + (2 + 0x21) + (3 + (i >>> 24));

/** Frame sizes of a class; IMIX is 64, 570 and 1,400 bytes at 7:4:1, shuffled. */
function sizes(cls) {
  if (cls !== 'imix') return new Array(N).fill(Number(cls));
  const list = Array.from({ length: N }, (_, i) => {
    const twelfth = Math.floor((i * 12) / N);
    return twelfth < 7 ? 64 : twelfth < 11 ? 570 : 1400;
  });
  for (let i = N - 1; i > 0; i--) {
    const j = random() % (i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

mkdirSync(folder, { recursive: true });
const expected = [];
const sum = (list) => list.reduce((total, value) => total + value, 0);
let inner = [];
CLASSES.forEach((cls, c) => {
  state = BigInt(12345 + c);
  inner = sizes(cls).map((size, i) => innerFrame(i, size));
  const vxlan = inner.map((frame, i) => vxlanFrame(i, frame));
  const geneve = inner.map((frame, i) => geneveFrame(i, frame));
  for (const [kind, list] of Object.entries({ inner, vxlan, geneve })) {
    writeFileSync(join(folder, `${kind}_${cls}.pcap`), pcapOf(list));
  }
  const sums = geneve.map((frame, i) => decodeSum(frame, 86) + optionSum(i));
  expected.push(`vxlan\t${cls}\t${sum(vxlan.map((frame) => decodeSum(frame, 50)))}`);
  expected.push(`geneve\t${cls}\t${sum(sums)}`);
});
const big = Array.from({ length: BIG }, (_, i) => vxlanFrame(i, inner[i % N]));
writeFileSync(join(folder, 'big.pcap'), pcapOf(big));
// Of an outer 5-tuple only the source port differs. Slow peers read the first 20,000 frames.
expected.push(`tuples\tall\t${Math.min(BIG, 16384)}`, `tuples\t20000\t${Math.min(BIG, 16384)}`);
writeFileSync(join(folder, 'expected.tsv'), `${expected.join('\n')}\n`);
