/** A datagram that has been put together from its fragments. */
import { finishSum, sumBytes } from '../bytes/checksum.js';
import { PacketError } from '../bytes/error.js';
import { Ipv4View } from '../headers/ipv4.js';
import { Ipv6View } from '../headers/ipv6.js';
import { IPV6_HEADER_BYTES } from '../headers/ipv6-wire.js';
import { LayerSpec } from '../headers/layer-spec.js';
import { LINK_TYPE } from '../headers/numbers.js';
import type { Bindings, Protocols } from '../packet/bindings.js';
import { build } from '../packet/build.js';
import type { Packet } from '../packet/packet.js';
import { parse } from '../packet/parse.js';
import type { SpecPart } from '../packet/to-spec.js';
import type { Fragment } from './fragment.js';
import type { Piece } from './pieces.js';

/** The first fragment: its headers are those of the whole (RFC 791 §3.2, RFC 8200 §4.5). */
export interface FirstFragment {
  /** The frame that it came in, in memory of its own. */
  readonly bytes: Uint8Array;
  readonly fragment: Fragment;
  readonly linkType: number;
  readonly bindings: Bindings<Protocols>;
  readonly frame: number;
}

/** Keeps what a datagram needs of its first fragment: a copy, or the whole capture would stay. */
export function firstFragment(
  packet: Packet<Protocols>,
  fragment: Fragment,
  frame: number,
): FirstFragment {
  const { linkType, bindings } = packet;
  return { bytes: packet.bytes.slice(0, fragment.dataEnd), fragment, linkType, bindings, frame };
}

/** A frame of its own, to be parsed or written with its link type. */
export interface WholeFrame {
  readonly bytes: Uint8Array;
  readonly linkType: number;
}

/** A datagram that has been put together from its fragments. */
export class Datagram {
  /** The IP packet with its header made whole: nothing in it tells of fragments. */
  readonly bytes: Uint8Array;
  readonly version: 4 | 6;
  readonly src: string;
  readonly dst: string;
  /** IP protocol number of what it carries. */
  readonly protocol: number;
  readonly id: number;
  /** The frames whose bytes it has, in ascending order. */
  readonly frames: readonly number[];
  /** Capture time of the fragment that made it whole, in seconds. */
  readonly time: number;
  private readonly first: FirstFragment;

  constructor(
    bytes: Uint8Array,
    first: FirstFragment,
    protocol: number,
    frames: readonly number[],
    time: number,
  ) {
    const { version, src, dst, id } = first.fragment;
    this.bytes = bytes;
    this.version = version;
    this.src = src;
    this.dst = dst;
    this.protocol = protocol;
    this.id = id;
    this.frames = frames;
    this.time = time;
    this.first = first;
  }

  /** LINKTYPE value of `bytes` by themselves. */
  get linkType(): number {
    return this.version === 4 ? LINK_TYPE.IPV4 : LINK_TYPE.IPV6;
  }

  /**
   * The datagram behind the layers that stood in front of its first fragment (Ethernet, tags, a
   * tunnel), as one frame. Lengths and right checksums of a tunnel in front are made to fit. Where
   * its headers can't hold so much, it is the IP packet alone.
   */
  toFrame(): WholeFrame {
    const { bytes, linkType, bindings, fragment } = this.first;
    if (fragment.index === 0) return { bytes: this.bytes, linkType };
    const front = parse(bytes, { linkType, bindings }).toSpec().slice(0, fragment.index);
    const whole = parse(this.bytes, { linkType: this.linkType, bindings }).toSpec();
    try {
      return { bytes: build([...front.map(fitted), ...whole], { bindings }), linkType };
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      return { bytes: this.bytes, linkType: this.linkType };
    }
  }
}

/** Fields that say how long the layer of a fragment was. */
const LENGTHS: readonly string[] = ['length', 'payloadLength'];

/** A layer in front, without the lengths that it had and what was behind it. */
function fitted(layer: SpecPart): SpecPart {
  const { protocol, fields, bytes } = layer as LayerSpec;
  const kept = Object.entries(fields).filter(([key]) => !LENGTHS.includes(key));
  return new LayerSpec(protocol, Object.fromEntries(kept), undefined, bytes);
}

/**
 * The IP packet of these pieces, which leave no gap up to `end`, behind the first fragment's header. Undefined:
 * it would be longer than its length field can say.
 */
export function wholePacket(
  { bytes, fragment }: FirstFragment,
  pieces: readonly Piece[],
  end: number,
): Uint8Array | undefined {
  const { version, headerStart, headerEnd, nextAt, protocol } = fragment;
  const headerBytes = headerEnd - headerStart;
  const total = headerBytes + end;
  if (total > longest(version)) return undefined;
  const whole = new Uint8Array(total);
  whole.set(bytes.subarray(headerStart, headerEnd));
  for (const piece of pieces) {
    if (piece.bytes !== undefined) whole.set(piece.bytes, headerBytes + piece.start);
  }
  const view = new DataView(whole.buffer);
  if (version === 4) {
    const ip = new Ipv4View(view, 0, total, headerBytes);
    ip.length = total;
    ip.moreFragments = false;
    ip.fragmentOffset = 0;
    ip.checksum = 0;
    ip.checksum = finishSum(sumBytes(view, 0, headerBytes));
  } else {
    const ip = new Ipv6View(view, 0, total, IPV6_HEADER_BYTES);
    ip.payloadLength = total - IPV6_HEADER_BYTES;
    view.setUint8(nextAt - headerStart, protocol);
  }
  return whole;
}

/** Bytes of the longest packet whose length field can say it. */
export function longest(version: 4 | 6): number {
  return version === 4 ? 0xffff : IPV6_HEADER_BYTES + 0xffff;
}
