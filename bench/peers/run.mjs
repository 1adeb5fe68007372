// npm run bench:peers: parse and build of the 114-byte VXLAN frame beside the npm package pcap 3.1.0,
// which decodes Ethernet, IPv4 and UDP; the VXLAN header is read by hand, then Ethernet, IPv4, TCP.

import decode from 'pcap/decode/index.js';
import { build, parse } from '../../dist/index.js';
import { vxlanLayers } from '../frames.mjs';

const { EthernetPacket } = decode;
const frame = build(vxlanLayers());
const buffer = Buffer.from(frame);

function pcap() {
  const outer = new EthernetPacket().decode(buffer, 0);
  const inner = new EthernetPacket().decode(outer.payload.payload.data, 8);
  return inner.payload.payload.dport;
}

const layers = vxlanLayers();
const ways = {
  'pcap 3.1.0 decode': pcap,
  'framewright parse': () => parse(frame).layers.length,
  'framewright build, layers made anew': () => build(vxlanLayers()).length,
  'framewright build, layers kept': () => build(layers).length,
};

if (pcap() !== 80 || parse(frame).layer('tcp')?.dstPort !== 80)
  throw new Error('not the same frame');

const CALLS = 200_000;
function once(fn) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < CALLS; i++) fn();
  return Number(process.hrtime.bigint() - start) / CALLS;
}

const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round < 9; round++) {
  for (const [name, fn] of Object.entries(ways)) times[name].push(once(fn));
}
// The first rounds are the compiler's.
const median = (list) => [...list.slice(2)].sort((a, b) => a - b)[3];
const base = median(times['pcap 3.1.0 decode']);
console.log(`${frame.length}-byte VXLAN frame, Node ${process.version}, median of seven rounds`);
for (const [name, list] of Object.entries(times)) {
  const ns = median(list);
  console.log(`${name.padEnd(36)} ${ns.toFixed(0).padStart(6)} ns  ${(ns / base).toFixed(2)}`);
}
