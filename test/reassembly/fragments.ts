/** Cuts packets into IP fragments, for tests of putting them together. */
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import type { Ipv4Input } from '../../src/headers/ipv4-fields.js';
import { type Ipv6Input, ipv6 } from '../../src/headers/ipv6.js';
import type { LayerSpec } from '../../src/headers/layer-spec.js';
import type { Protocols } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import type { Packet } from '../../src/packet/packet.js';
import { parse } from '../../src/packet/parse.js';

export type AnyPacket = Packet<Protocols>;

/** What `add` takes: a parse of bytes of its own. */
export function parsed(bytes: Uint8Array, wireLength = bytes.length, linkType = 1): AnyPacket {
  return parse(bytes, { wireLength, linkType }) as unknown as AnyPacket;
}

const FRONT: readonly LayerSpec[] = [
  ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' }),
];
const ENDS4 = { src: '10.0.0.1', dst: '10.0.0.2' };
const ENDS6 = { src: '2001:db8::1', dst: '2001:db8::2' };

export interface Cut {
  /** In bytes. */
  readonly offset: number;
  readonly more: boolean;
  readonly data: Uint8Array;
}

/** The frame of one IPv4 fragment; UDP unless another protocol is given. */
export function frame4(
  { offset, more, data }: Cut,
  fields: Ipv4Input = {},
  front: readonly LayerSpec[] = FRONT,
): Uint8Array {
  const given = { ...ENDS4, id: 1, protocol: 17, fragmentOffset: offset / 8, moreFragments: more };
  return build([...front, ipv4({ ...given, ...fields }), data]);
}

/** The bytes of a fragment header (RFC 8200 §4.5). */
export function fragmentHeader(cut: Cut, next = 17, id = 1): Uint8Array {
  const header = new Uint8Array(8);
  const view = new DataView(header.buffer);
  view.setUint8(0, next);
  view.setUint16(2, cut.offset | (cut.more ? 1 : 0));
  view.setUint32(4, id);
  return header;
}

/** The frame of one IPv6 fragment, behind `before`: extension headers as bytes. */
export function frame6(
  cut: Cut,
  { id = 1, next = 17, before = new Uint8Array(0), first = 44, fields = {} as Ipv6Input } = {},
): Uint8Array {
  const body = joined([before, fragmentHeader(cut, next, id), cut.data]);
  return build([...FRONT, ipv6({ ...ENDS6, nextHeader: first, ...fields }), body]);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Data cut at these places, which are rounded down to multiples of 8. */
export function cuts(data: Uint8Array, places: readonly number[]): Cut[] {
  const inside = places.map((place) => place & ~7).filter((p) => p > 0 && p < data.length);
  const edges = [...new Set([0, ...inside, data.length])].sort((a, b) => a - b);
  return edges.slice(0, -1).map((offset, i) => {
    const end = edges[i + 1] as number;
    return { offset, more: end < data.length, data: data.slice(offset, end) };
  });
}

/** Bytes that differ from their neighbours. */
export function counting(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => first + i + (i >>> 8));
}
