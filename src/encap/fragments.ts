/**
 * Tunnel packets that are larger than the MTU, sent as fragments of the outer packet: RFC 791 §3.2
 * over IPv4, RFC 8200 §4.5 over IPv6.
 *
 * RFC 7348 §4.3 forbids it to those who send VXLAN, and lets those who receive it drop fragments;
 * RFC 8926 §4.4.1 asks for path MTU discovery in its place. But routers on the way do it over IPv4,
 * and what receives tunnels must be tested with it.
 */
import { finishSum, sumBytes } from '../bytes/checksum.js';
import { PacketError } from '../bytes/error.js';
import { bitField } from '../bytes/layout.js';
import { DOT1Q_HEADER_BYTES } from '../headers/dot1q.js';
import { ETHERNET_HEADER_BYTES } from '../headers/ethernet.js';
import {
  FRAGMENT_OFFSET,
  CHECKSUM as IPV4_CHECKSUM,
  IPV4_HEADER_BYTES,
  LENGTH as IPV4_LENGTH,
  MORE_FRAGMENTS,
} from '../headers/ipv4-wire.js';
import { IPV6_FRAGMENT_BYTES, ipv6FragmentLayout } from '../headers/ipv6-fragment.js';
import { IPV6_HEADER_BYTES, NEXT_HEADER, PAYLOAD_LENGTH } from '../headers/ipv6-wire.js';
import { IP_PROTOCOL } from '../headers/numbers.js';
import type { FrameArena } from './arena.js';
import { isIpv6 } from './outer.js';
import type { TunnelEncapsulator } from './tunnel.js';
import { outside, WRAP } from './wrap.js';

const UNITS6 = bitField(ipv6FragmentLayout, 'fragmentOffset', 16);
const MORE6 = bitField(ipv6FragmentLayout, 'moreFragments', 16);
const IDENTIFICATION = IPV6_FRAGMENT_BYTES - 4;
/** Fragments but the last have a multiple of this many bytes, which their offsets count. */
const UNIT = 8;
const MAX_PACKET = 65_535;
/** RFC 791 §3.2; RFC 8200 §5. */
const MIN_MTU_IPV4 = 68;
const MIN_MTU_IPV6 = 1280;

/** How to send what is too large. */
export interface TunnelFragmenterOptions {
  /**
   * Wraps the frames, and is made without an MTU, or with that of what is put together again. It has
   * an arena; over IPv4 its `dontFragment` is false and its `id` is `count`: fragments belong
   * together by their ID.
   */
  readonly tunnel: TunnelEncapsulator;
  /** Bytes of the largest packet sent, its IP header included: 68–65535, over IPv6 1280–65535. */
  readonly mtu: number;
}

/** Wraps frames of any length, in as many outer frames as it takes. Allocates nothing per frame. */
export class TunnelFragmenter {
  readonly tunnel: TunnelEncapsulator;
  readonly mtu: number;
  /** The most bytes of a frame: those that fit one outer packet that is put together again. */
  readonly maxLength: number;
  /** The plan of `plan`: where in the outer packet's payload each fragment begins, bytes. */
  readonly offsets: Int32Array;
  /** Of that plan: the bytes of payload in each fragment. All but the last say that more follow. */
  readonly sizes: Int32Array;
  private readonly arena: FrameArena;
  private readonly ipv6: boolean;
  /** Bytes in front of the IP header, and of it and what stands in front of each fragment. */
  private readonly linkBytes: number;
  private readonly ipBytes: number;
  private readonly fragmentHeaderBytes: number;
  /** Bytes of payload of each fragment but the last. */
  private readonly room: number;
  /** Where outer frames are made before they are cut. */
  private readonly whole: number;
  private identification: number;

  /** Throws `BAD_OPTION` for what does not fit, and `NO_ROOM` for an arena that lacks 64 KiB. */
  constructor({ tunnel, mtu }: TunnelFragmenterOptions) {
    const { arena, outer, maxLength, headerBytes } = tunnel;
    const ipv6 = isIpv6(outer);
    const least = ipv6 ? MIN_MTU_IPV6 : MIN_MTU_IPV4;
    if (arena === undefined) throw bad('the tunnel has no arena: memory for fragments');
    if (!(Number.isInteger(mtu) && mtu >= least && mtu <= MAX_PACKET)) {
      throw bad(`mtu is ${mtu}: expected ${least}–${MAX_PACKET} bytes`);
    }
    if (!ipv6 && (outer.dontFragment !== false || outer.id !== 'count')) {
      throw bad('outer: fragments need dontFragment: false, and an id that is count');
    }
    this.tunnel = tunnel;
    this.mtu = mtu;
    this.maxLength = maxLength;
    this.arena = arena;
    this.ipv6 = ipv6;
    this.linkBytes = ETHERNET_HEADER_BYTES + (outer.vlan === undefined ? 0 : DOT1Q_HEADER_BYTES);
    this.ipBytes = ipv6 ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES;
    this.fragmentHeaderBytes = this.ipBytes + (ipv6 ? IPV6_FRAGMENT_BYTES : 0);
    this.room = Math.floor((mtu - this.fragmentHeaderBytes) / UNIT) * UNIT;
    const most = Math.ceil(MAX_PACKET / this.room);
    this.offsets = new Int32Array(most);
    this.sizes = new Int32Array(most);
    this.whole = arena.reserve(headerBytes + maxLength);
    this.identification = 0;
  }

  /**
   * Plans how a frame of `length` bytes is sent, in `offsets` and `sizes`; answers how many outer
   * frames it takes (1: the packet fits as it is), or `WRAP.TOO_LONG`.
   */
  plan(length: number): number {
    if (length >>> 0 > this.maxLength) return WRAP.TOO_LONG;
    const payload = this.tunnel.headerBytes - this.linkBytes - this.ipBytes + length;
    const { room, offsets, sizes } = this;
    if (this.ipBytes + payload <= this.mtu) {
      offsets[0] = 0;
      sizes[0] = payload;
      return 1;
    }
    const count = Math.ceil(payload / room);
    for (let i = 0; i < count; i++) {
      offsets[i] = i * room;
      sizes[i] = Math.min(room, payload - i * room);
    }
    return count;
  }

  /**
   * Wraps the frame of `length` bytes at `source` in the arena, and writes outer frame `i` of it to
   * `targets[i]`, its bytes to `lengths[i]`. Answers how many there are, or `WRAP.TOO_LONG`, with
   * nothing written.
   *
   * `vni` and `sourcePort`: as for the tunnel. Throws what its `wrapInto` throws, and `BAD_VALUE`
   * for too few targets or lengths, before anything is written.
   */
  wrap(
    source: number,
    length: number,
    targets: Int32Array,
    lengths: Int32Array,
    vni?: number,
    sourcePort?: number,
  ): number {
    const { arena, tunnel, whole, sizes } = this;
    const count = this.plan(length);
    if (count < 0) return count;
    const { headerBytes } = tunnel;
    if (!(source >= 0 && source + length <= arena.bytes.length)) {
      throw outside(arena, source, length, targets[0] ?? 0, headerBytes);
    }
    if (targets.length < count || lengths.length < count) {
      throw new PacketError(
        'BAD_VALUE',
        `${count} fragments: there are ${targets.length} targets and ${lengths.length} lengths`,
      );
    }
    const front = this.linkBytes + (count === 1 ? this.ipBytes : this.fragmentHeaderBytes);
    for (let i = 0; i < count; i++) {
      const target = targets[i] as number;
      const bytes = front + (sizes[i] as number);
      if (!(target >= arena.slotsAt && target + bytes <= arena.bytes.length)) {
        throw outside(arena, source, length, target, bytes - length);
      }
    }
    const frame = whole + headerBytes;
    arena.kernel.copy(frame, source, length);
    tunnel.wrapInPlace(arena.view, frame, frame + length, vni, sourcePort);
    if (count === 1) {
      lengths[0] = headerBytes + length;
      arena.kernel.copy(targets[0] as number, whole, headerBytes + length);
      return 1;
    }
    for (let i = 0; i < count; i++) {
      this.writeFragment(targets[i] as number, i, i + 1 < count);
      lengths[i] = front + (sizes[i] as number);
    }
    this.identification = (this.identification + 1) >>> 0;
    return count;
  }

  private writeFragment(target: number, i: number, more: boolean): void {
    const { arena, whole, linkBytes, ipBytes } = this;
    const { kernel, view } = arena;
    const offset = this.offsets[i] as number;
    const size = this.sizes[i] as number;
    const headers = linkBytes + ipBytes;
    kernel.copy(target, whole, headers);
    const ip = target + linkBytes;
    if (this.ipv6) this.writeIpv6(ip, offset, size, more);
    else {
      view.setUint16(ip + IPV4_LENGTH, ipBytes + size);
      // DF and the reserved bit are 0.
      const units = (offset / UNIT) << FRAGMENT_OFFSET.shift;
      view.setUint16(ip + FRAGMENT_OFFSET.offset, units | (more ? 1 << MORE_FRAGMENTS.shift : 0));
      view.setUint16(ip + IPV4_CHECKSUM, 0);
      view.setUint16(ip + IPV4_CHECKSUM, finishSum(sumBytes(view, ip, ip + ipBytes)));
    }
    kernel.copy(target + linkBytes + this.fragmentHeaderBytes, whole + headers + offset, size);
  }

  private writeIpv6(ip: number, offset: number, size: number, more: boolean): void {
    const { view } = this.arena;
    const header = ip + IPV6_HEADER_BYTES;
    view.setUint16(ip + PAYLOAD_LENGTH, IPV6_FRAGMENT_BYTES + size);
    view.setUint8(ip + NEXT_HEADER, IP_PROTOCOL.FRAGMENT);
    view.setUint16(header, IP_PROTOCOL.UDP << 8);
    const units = (offset / UNIT) << UNITS6.shift;
    view.setUint16(header + UNITS6.offset, units | (more ? 1 << MORE6.shift : 0));
    view.setUint32(header + IDENTIFICATION, this.identification);
  }
}

function bad(message: string): PacketError {
  return new PacketError('BAD_OPTION', message);
}
