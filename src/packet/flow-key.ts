/** A level's flow as a 5-tuple for people and as a string for maps. */
import { addressText, type FlowLevel, type FlowSymmetry, isReversed } from './flow-level.js';

/** The 5-tuple of a flow, and what tells the flows of ICMP apart. */
export interface FiveTuple {
  /** Source address as text. */
  readonly src: string;
  readonly dst: string;
  /** IP protocol number of the transport, 0–255. */
  readonly protocol: number;
  /** 0–65535; undefined where there are no ports, as in a fragment that is not the first. */
  readonly srcPort: number | undefined;
  readonly dstPort: number | undefined;
  /** Of ICMP and ICMPv6; an echo request and its reply are one flow, as Community ID has it. */
  readonly icmpType?: number;
  /** Of ICMP messages that nothing answers; of others the code is no part of the flow. */
  readonly icmpCode?: number;
}

/**
 * The 5-tuple of a level. `symmetric` puts the lower address first (the lower port where they are
 * the same), so that both directions have the same; `directed` gives it as the packet says it.
 */
export function flowTuple(level: FlowLevel, symmetry: FlowSymmetry = 'symmetric'): FiveTuple {
  const { addresses, addressBytes, protocol, srcEnd, dstEnd, icmp, oneWay } = level;
  const turned = symmetry === 'symmetric' && isReversed(level);
  const one = addressText(level, addresses);
  const other = addressText(level, addresses + addressBytes);
  const ports = srcEnd >= 0 && !icmp;
  const tuple = {
    src: turned ? other : one,
    dst: turned ? one : other,
    protocol,
    srcPort: ports ? (turned ? dstEnd : srcEnd) : undefined,
    dstPort: ports ? (turned ? srcEnd : dstEnd) : undefined,
  };
  if (!icmp) return tuple;
  const icmpType = turned ? dstEnd : srcEnd;
  return oneWay ? { ...tuple, icmpType, icmpCode: dstEnd } : { ...tuple, icmpType };
}

/**
 * The flow as a string for maps: 9 to 37 characters, each a byte (U+0000 to U+00FF), so that it
 * survives JSON and UTF-8. Protocol, addresses and, where there are any, ports; of ICMP the type
 * with the type that answers it, or with the code. It does not say which level or tunnel it is of.
 */
export function flowKey(level: FlowLevel, symmetry: FlowSymmetry = 'symmetric'): string {
  const { view, addresses, addressBytes, protocol, srcEnd, dstEnd } = level;
  const turned = symmetry === 'symmetric' && isReversed(level);
  const first = turned ? addresses + addressBytes : addresses;
  const second = turned ? addresses : addresses + addressBytes;
  let key = String.fromCharCode(protocol);
  for (let i = 0; i < addressBytes; i += 4) key += fourBytes(view.getUint32(first + i));
  for (let i = 0; i < addressBytes; i += 4) key += fourBytes(view.getUint32(second + i));
  if (srcEnd < 0) return key;
  const ends = turned ? dstEnd * 0x10000 + srcEnd : srcEnd * 0x10000 + dstEnd;
  return key + fourBytes(ends);
}

function fourBytes(word: number): string {
  return String.fromCharCode(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);
}
