/**
 * A flow as a 32-bit number, for flow tables, load sharing and the source ports of tunnels
 * (RFC 7348 §5). Allocates nothing.
 */
import { offsetOf } from '../bytes/layout.js';
import { ethernetLayout } from '../headers/ethernet.js';
import { FIRST_DYNAMIC_PORT } from '../headers/numbers.js';
import { ethernetPayload, isIpType, payloadType } from './ethernet-payload.js';
import {
  compareAddresses,
  type FlowLevel,
  type FlowSymmetry,
  newFlowLevel,
  readFlowLevel,
} from './flow-level.js';

const DST = offsetOf(ethernetLayout, 'dst');
const SRC = offsetOf(ethernetLayout, 'src');

/**
 * MurmurHash3 (x86, 32 bits) of 16 or 40 bytes: source address, destination address, source port,
 * destination port, and the protocol with three bytes of 0.
 *
 * Ports count as 0 where there are none, and in every fragment, the first one too: the fragments
 * of a datagram stay together (as Linux does it). ICMP has none either. `symmetric` puts the lower
 * address first (the lower port where they are the same). `seed`: 0–4294967295.
 */
export function flowHash(level: FlowLevel, seed = 0, symmetry: FlowSymmetry = 'symmetric'): number {
  const { view, addresses, addressBytes, protocol } = level;
  const ports = level.srcEnd >= 0 && !level.fragment && !level.icmp;
  const src = ports ? level.srcEnd : 0;
  const dst = ports ? level.dstEnd : 0;
  let turned = false;
  if (symmetry === 'symmetric') {
    const order = compareAddresses(level);
    turned = order > 0 || (order === 0 && src > dst);
  }
  const first = turned ? addresses + addressBytes : addresses;
  const second = turned ? addresses : addresses + addressBytes;
  let hash = seed;
  for (let i = 0; i < addressBytes; i += 4) hash = mix(hash, view.getUint32(first + i, true));
  for (let i = 0; i < addressBytes; i += 4) hash = mix(hash, view.getUint32(second + i, true));
  hash = mix(hash, turned ? swapped(dst, src) : swapped(src, dst));
  hash = mix(hash, protocol);
  return finish(hash ^ (addressBytes * 2 + 8));
}

/** Two ports in the order of the wire as a little-endian word: MurmurHash3 reads such. */
function swapped(one: number, other: number): number {
  return (one >>> 8) | ((one & 255) << 8) | ((other >>> 8) << 16) | ((other & 255) << 24);
}

function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const scratch = newFlowLevel();

/** `flowHash` of the IP packet at `offset`, which ends before `end`; 0 where there is none. */
export function ipFlowHash(
  view: DataView,
  offset: number,
  end: number,
  seed = 0,
  symmetry: FlowSymmetry = 'symmetric',
): number {
  return readFlowLevel(view, offset, end, scratch) ? flowHash(scratch, seed, symmetry) : 0;
}

/**
 * A hash of the headers of the Ethernet frame at `offset`, which ends before `end`: `flowHash` of
 * the IP packet in it, behind VLAN tags too; else of the addresses and the EtherType, so that what
 * is no IP has its flows as well. 0 for less than an Ethernet header.
 */
export function frameFlowHash(
  view: DataView,
  offset: number,
  end: number,
  seed = 0,
  symmetry: FlowSymmetry = 'symmetric',
): number {
  const payload = ethernetPayload(view, offset, end);
  if (payload === 0) return 0;
  const type = payloadType(view, payload);
  if (isIpType(type) && readFlowLevel(view, payload, end, scratch)) {
    return flowHash(scratch, seed, symmetry);
  }
  return ethernetHash(view, offset, type, seed, symmetry);
}

function ethernetHash(
  view: DataView,
  offset: number,
  type: number,
  seed: number,
  symmetry: FlowSymmetry,
): number {
  const dst = view.getUint32(offset + DST);
  const dstLow = view.getUint16(offset + DST + 4);
  const src = view.getUint32(offset + SRC);
  const srcLow = view.getUint16(offset + SRC + 4);
  const turned = symmetry === 'symmetric' && (src > dst || (src === dst && srcLow > dstLow));
  let hash = mix(seed, turned ? dst : src);
  hash = mix(hash, turned ? src : dst);
  hash = mix(hash, turned ? (dstLow << 16) | srcLow : (srcLow << 16) | dstLow);
  return finish(mix(hash, type) ^ 16);
}

/**
 * The UDP source port that tells a tunnelled flow's entropy to the network: 49152–65535, the range
 * that RFC 7348 §5 recommends, from the top 14 bits of a hash.
 */
export function entropyPort(hash: number): number {
  return FIRST_DYNAMIC_PORT | (hash >>> 18);
}
