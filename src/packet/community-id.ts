/**
 * Community ID v1: a flow's name that Zeek, Suricata, Wireshark and others compute alike
 * (https://github.com/corelight/community-id-spec).
 */
import { sha1 } from '@noble/hashes/legacy.js';
import { IP_PROTOCOL } from '../headers/numbers.js';
import { uint } from '../headers/values.js';
import { type FlowLevel, isReversed } from './flow-level.js';

const { TCP, UDP, SCTP } = IP_PROTOCOL;
/** Seed, two IPv6 addresses, protocol, padding, two ports. */
const MAX_BYTES = 2 + 32 + 2 + 4;

/**
 * The Community ID of a level, such as `1:LQU9qZlK+B5F3KDmev6m5PMibrg=`: the same for both
 * directions, but for ICMP messages that nothing answers. Ports count in TCP, UDP and SCTP, the type
 * and its answer (or code) in ICMP; any other protocol, and what has no ports to read, goes by its
 * addresses alone. `seed`: 0–65535, `OUT_OF_RANGE` beyond.
 */
export function communityId(level: FlowLevel, seed = 0): string {
  const { view, addresses, addressBytes, protocol, srcEnd, dstEnd } = level;
  const turned = isReversed(level);
  const input = new Uint8Array(MAX_BYTES);
  const out = new DataView(input.buffer);
  out.setUint16(0, uint(seed, 0xffff, 'communityId', 'seed'));
  for (let i = 0; i < addressBytes; i += 4) {
    const src = view.getUint32(addresses + i);
    const dst = view.getUint32(addresses + addressBytes + i);
    out.setUint32(2 + i, turned ? dst : src);
    out.setUint32(2 + addressBytes + i, turned ? src : dst);
  }
  let end = 2 + addressBytes * 2;
  out.setUint8(end, protocol);
  end += 2;
  if (srcEnd >= 0 && (level.icmp || hasPorts(protocol))) {
    out.setUint16(end, turned ? dstEnd : srcEnd);
    out.setUint16(end + 2, turned ? srcEnd : dstEnd);
    end += 4;
  }
  const digest = sha1(input.subarray(0, end));
  return `1:${btoa(String.fromCharCode(...digest))}`;
}

function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === SCTP;
}
