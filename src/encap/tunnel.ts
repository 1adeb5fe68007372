/**
 * Encapsulation in a tunnel over UDP: the headers are made once by `build`, checked then, and
 * written in front of frame after frame with a handful of numbers patched.
 */
import { PacketError } from '../bytes/error.js';
import { BAD_NUMBER, OUTSIDE, PATCHES, TOO_LONG } from '../bytes/kernel/plan.js';
import type { Wrapper } from '../bytes/kernel.js';
import { ETHERNET_HEADER_BYTES } from '../headers/ethernet.js';
import { uint } from '../headers/values.js';
import { entropyPort, frameFlowHash, ipFlowHash } from '../packet/flow-hash.js';
import type { FrameArena } from './arena.js';
import type { WrapBatch } from './batch.js';
import { HeaderWriter, hasChecksum } from './header-writer.js';
import { copyMask, innerTraits } from './inherit.js';
import { layPlan } from './kernel-plan.js';
import { checkWords, type OuterOptions, withoutInner } from './outer.js';
import { type TunnelTemplate, tunnelNumbers, tunnelTemplate } from './template.js';
import type { TunnelMake } from './tunnel-options.js';
import { isWithin, outside, WRAP } from './wrap.js';

const NO_HEADROOM = WRAP.NO_HEADROOM;

/** A source port or VNI that is not given with the frame. */
const FROM_FLOW = -1;
const NOT_GIVEN = -1;
const MAX_PACKET = 65_535;
/** RFC 791 §3.2. */
const MIN_MTU = 68;
const MAX_VNI = 0xffffff;
const MAX_PORT = 0xffff;
/** Ethernet, IPv4, UDP, and a tunnel's header without options: what `writeWords` writes. */
const PLAIN_BYTES = 50;

/** The part that VXLAN and Geneve share. */
export abstract class TunnelEncapsulator {
  /** What it was made from. */
  readonly outer: OuterOptions;
  /** Bytes of the outer headers, from the outer frame's first byte to the frame inside. */
  readonly headerBytes: number;
  /** The most bytes of a frame that fit the MTU. */
  readonly maxLength: number;
  readonly arena: FrameArena | undefined;
  /** Bytes of option data that change with each frame. */
  readonly changingBytes: number;
  private readonly name: string;
  private readonly template: TunnelTemplate;
  private readonly vni: number;
  private readonly sourcePort: number;
  private readonly framesInside: boolean;
  /** Whether what is inside can be read. */
  private readonly readsInside: boolean;
  /** Where the plan lies in the arena. */
  private readonly plan: number;
  /** The kernel's part of it, where the kernel can do it all. */
  private readonly wrapper: Wrapper | undefined;
  /** Whether the headers are those that `writeWords` writes. */
  private readonly plain: boolean;
  private readonly writer: HeaderWriter;
  /** Mask of what is copied from inside. */
  private readonly copies: number;
  /** The words that change, and what they are between batches. */
  private readonly changing: Int32Array;
  private readonly kept: Int32Array;
  // Of the plain form: numbers that change are 0 in these.
  private readonly w0: number;
  private readonly w4: number;
  private readonly w8: number;
  private readonly w12: number;
  private readonly w16: number;
  private readonly w20: number;
  private readonly w24: number;
  private readonly w28: number;
  private readonly w32: number;
  private readonly w36: number;
  private readonly w40: number;
  private readonly w44: number;
  private readonly lengthExtra: number;
  private readonly udpLengthExtra: number;
  private readonly ipv4Sum: number;

  constructor({ options, name, layer, inside, changing }: TunnelMake) {
    const { arena, mtu = MAX_PACKET } = options;
    if (typeof options.outer !== 'object' || options.outer === null) {
      throw new PacketError('BAD_OPTION', `${name}: outer is missing: the headers outside`);
    }
    checkWords(options.outer);
    const outer = inside === 'unknown' ? withoutInner(options.outer) : options.outer;
    if (!(Number.isInteger(mtu) && mtu >= MIN_MTU && mtu <= MAX_PACKET)) {
      throw new PacketError('BAD_OPTION', `mtu is ${mtu}: expected ${MIN_MTU}–${MAX_PACKET} bytes`);
    }
    const template = tunnelTemplate(outer, layer);
    const { bytes, view, ipv6, networkAt, tunnelAt } = template;
    this.outer = options.outer;
    this.name = name;
    this.template = template;
    this.headerBytes = bytes.length;
    this.maxLength = mtu - (bytes.length - networkAt);
    if (this.maxLength < 0) {
      throw new PacketError(
        'BAD_OPTION',
        `mtu is ${mtu}: the headers alone take ${bytes.length - networkAt} bytes`,
      );
    }
    this.arena = arena;
    this.vni = options.vni === undefined ? NOT_GIVEN : uint(options.vni, MAX_VNI, name, 'vni');
    this.framesInside = inside === 'frame';
    this.readsInside = inside !== 'unknown';
    const { srcPort = 'flow' } = outer;
    this.sourcePort = typeof srcPort === 'number' ? srcPort : FROM_FLOW;
    this.copies = copyMask(outer);
    this.changingBytes = changing.length * 4;
    this.kept = new Int32Array(changing.length);
    const places = Int32Array.from(changing, (at) => tunnelAt + at);
    const checksum = hasChecksum(outer, template);
    if (arena === undefined) {
      this.plan = 0;
      this.changing = new Int32Array(changing.length);
    } else {
      const packetAt = this.framesInside ? ETHERNET_HEADER_BYTES : 0;
      const numbers = {
        ...tunnelNumbers(template, checksum),
        maxLength: this.maxLength,
        copyMask: this.copies,
        packetAt,
        defaultVni: this.vni,
        defaultPort: this.sourcePort,
      };
      this.plan = layPlan(arena, bytes, numbers, places);
      // Where the kernel reads it.
      this.changing = new Int32Array(arena.bytes.buffer, this.plan + PATCHES, changing.length);
    }
    this.writer = new HeaderWriter(template, outer, places, this.changing);
    const planned = !this.writer.counts && !this.writer.labels;
    this.wrapper = planned ? arena?.kernel.wrapper : undefined;
    const short = bytes.length === PLAIN_BYTES && !ipv6;
    this.plain = planned && short && !checksum && this.copies === 0;
    this.w0 = view.getInt32(0);
    this.w4 = view.getInt32(4);
    this.w8 = view.getInt32(8);
    this.w12 = view.getInt32(12);
    this.w16 = view.getInt32(16);
    this.w20 = view.getInt32(20);
    this.w24 = view.getInt32(24);
    this.w28 = view.getInt32(28);
    this.w32 = view.getInt32(32);
    this.w36 = view.getInt32(36);
    this.w40 = view.getInt32(40);
    this.w44 = view.getInt32(44);
    this.lengthExtra = template.lengthExtra;
    this.udpLengthExtra = template.udpLengthExtra;
    this.ipv4Sum = template.ipv4Sum;
  }

  /** The outer headers, with 0 for lengths, checksums, source port and VNI: for people to look at. */
  get header(): Uint8Array {
    return this.template.bytes.slice();
  }

  /**
   * The data of the options that change, as it stands on the wire, in the order of the options: what
   * is written here goes into the frames that are wrapped from then on, batches excepted.
   */
  get changingData(): DataView {
    const { buffer, byteOffset, byteLength } = this.changing;
    return new DataView(buffer, byteOffset, byteLength);
  }

  /**
   * Writes the outer headers into the bytes in front of the frame in [offset, end), which stays
   * where it is. Answers where the outer frame begins, or a code of `WRAP`, with nothing written.
   *
   * `vni` and `sourcePort` (-1: from the flow) are those of the options where they are absent.
   * Throws `OUT_OF_RANGE` where they do not fit. That the frame ends within the view is for the
   * caller to see to: it is checked where the frame's bytes are read (else, 11 ns beside 8, Node 20).
   */
  wrapInPlace(
    view: DataView,
    offset: number,
    end: number,
    vni = this.vni,
    sourcePort = this.sourcePort,
  ): number {
    const length = end - offset;
    const at = offset - PLAIN_BYTES;
    // This and `writeWords` are short enough to be inlined where they are called (460 bytes of
    // bytecode each): there the words are loaded once for all frames, 8 ns beside 23 (Node 20).
    if (
      !this.plain ||
      ((vni >>> 24) | (sourcePort >>> 16)) !== 0 ||
      length >>> 0 > this.maxLength ||
      at < 0
    ) {
      return this.wrapAny(view, offset, end, vni, sourcePort);
    }
    this.writeWords(view, at, length, vni, sourcePort);
    return at;
  }

  /** What `wrapInPlace` does, for everything that is not plain. */
  private wrapAny(
    view: DataView,
    offset: number,
    end: number,
    vni: number,
    sourcePort: number,
  ): number {
    const { framesInside, copies, arena } = this;
    const length = end - offset;
    // As unsigned, so that a negative length is too long as well.
    if (length >>> 0 > this.maxLength) return TOO_LONG;
    const at = offset - this.headerBytes;
    if (at < 0) return NO_HEADROOM;
    if (end > view.byteLength) throw outsideView(view, offset, end);
    let port = sourcePort;
    if (((vni >>> 24) | (port >>> 16)) !== 0) port = this.portOf(view, offset, end, vni, port);
    if (view === arena?.view && this.wrapper !== undefined) {
      this.wrapper.wrap(this.plan, at, offset, length, vni, port);
      return at;
    }
    const copied = copies === 0 ? 0 : innerTraits(view, offset, end, framesInside) & copies;
    const hash = this.writer.labels ? this.hashOf(view, offset, end) : 0;
    this.writer.write(view, at, length, vni, port, copied, hash);
    return at;
  }

  /**
   * Ethernet, IPv4, UDP and eight bytes of the tunnel's header: as words from the template, with
   * what changes added.
   */
  private writeWords(view: DataView, at: number, length: number, vni: number, port: number): void {
    const total = length + this.lengthExtra;
    let sum = this.ipv4Sum + total;
    sum = (sum & 0xffff) + (sum >>> 16);
    view.setInt32(at, this.w0);
    view.setInt32(at + 4, this.w4);
    view.setInt32(at + 8, this.w8);
    view.setInt32(at + 12, this.w12);
    view.setInt32(at + 16, this.w16 | (total << 16));
    view.setInt32(at + 20, this.w20);
    view.setInt32(at + 24, this.w24 | (~(sum + (sum >>> 16)) << 16));
    view.setInt32(at + 28, this.w28);
    view.setInt32(at + 32, this.w32 | port);
    view.setInt32(at + 36, this.w36 | (length + this.udpLengthExtra));
    view.setInt32(at + 40, this.w40);
    view.setInt32(at + 44, this.w44 | (vni >>> 8));
    view.setInt16(at + 48, vni << 8);
  }

  /**
   * Copies the frame of `length` bytes at `source` to behind the outer headers, which begin at
   * `target`; both are offsets in the arena. A frame that is there already is not copied; else the
   * two do not overlap. Where the slot ends is for the caller to watch (`FrameArena.slotEnd`).
   * Answers the bytes of the outer frame, or a code of `WRAP`, with nothing written. Throws
   * `OUT_OF_RANGE` for what does not lie in the arena's slots (the source: in its memory), and as
   * `wrapInPlace`.
   */
  wrapInto(
    source: number,
    length: number,
    target: number,
    vni = this.vni,
    sourcePort = this.sourcePort,
  ): number {
    if (length >>> 0 > this.maxLength) return TOO_LONG;
    const { arena, headerBytes } = this;
    if (arena === undefined || !isWithin(arena, source, length, target, headerBytes)) {
      throw outside(arena, source, length, target, headerBytes);
    }
    const { kernel, view } = arena;
    let port = sourcePort;
    if (((vni >>> 24) | (port >>> 16)) !== 0) {
      port = this.portOf(view, source, source + length, vni, port);
    }
    const { wrapper } = this;
    if (wrapper !== undefined) return wrapper.wrap(this.plan, target, source, length, vni, port);
    const frame = target + headerBytes;
    if (frame !== source) kernel.copy(frame, source, length);
    this.wrapInPlace(view, frame, frame + length, vni, port);
    return headerBytes + length;
  }

  /**
   * Wraps the first `count` frames of a batch as `wrapInto` does; `results` has the answers. A VNI
   * or source port of -1 in the batch is that of the options; from the flow, it takes 20 ns more a
   * frame. Throws `BAD_VALUE` for a batch of another arena or size.
   */
  wrapBatch(batch: WrapBatch, count: number): void {
    const { arena, wrapper, headerBytes } = this;
    if (arena === undefined) throw outside(arena, 0, 0, 0, headerBytes);
    batch.check(arena, this.changingBytes, count);
    if (wrapper === undefined) {
      this.kept.set(this.changing);
      for (let i = 0; i < count; i++) batch.results[i] = this.wrapOneOf(arena, batch, i);
      this.changing.set(this.kept);
      return;
    }
    const byFlow = this.sourcePort === FROM_FLOW;
    if (byFlow) this.fillPorts(arena, batch, count);
    const ceiling = arena.bytes.length;
    wrapper.wrapBatch(this.plan, batch.offset, batch.capacity, count, arena.slotsAt, ceiling);
    if (byFlow) batch.takeBackPorts(count);
  }

  /** Frame `i` of a batch without the kernel. */
  private wrapOneOf(arena: FrameArena, batch: WrapBatch, i: number): number {
    const source = batch.sources[i] as number;
    const length = batch.lengths[i] as number;
    const target = batch.targets[i] as number;
    const givenVni = batch.vnis[i] as number;
    const port = batch.sourcePorts[i] as number;
    const vni = givenVni === NOT_GIVEN ? this.vni : givenVni;
    if (length >>> 0 > this.maxLength) return TOO_LONG;
    if (!isWithin(arena, source, length, target, this.headerBytes)) return OUTSIDE;
    if (vni >>> 24 !== 0 || (port !== FROM_FLOW && port >>> 16 !== 0)) return BAD_NUMBER;
    const { changing } = this;
    for (let w = 0; w < changing.length; w++) {
      changing[w] = batch.changing.getInt32((i * changing.length + w) * 4, true);
    }
    return this.wrapInto(source, length, target, vni, port === FROM_FLOW ? this.sourcePort : port);
  }

  private fillPorts(arena: FrameArena, batch: WrapBatch, count: number): void {
    const { view } = arena;
    const { sources, lengths, sourcePorts } = batch;
    for (let i = 0; i < count; i++) {
      if (sourcePorts[i] !== FROM_FLOW) continue;
      const source = sources[i] as number;
      const end = source + (lengths[i] as number);
      // What is not in the arena, the kernel answers by a code.
      const inside = source >= 0 && end <= view.byteLength;
      batch.lendPort(i, inside ? entropyPort(this.hashOf(view, source, end)) : 0);
    }
  }

  /** The source port, where it or the VNI is not a plain number that fits. */
  private portOf(
    view: DataView,
    offset: number,
    end: number,
    vni: number,
    sourcePort: number,
  ): number {
    const { name } = this;
    if (vni === NOT_GIVEN) throw new PacketError('BAD_VALUE', `${name}: no VNI is given`);
    uint(vni, MAX_VNI, name, 'vni');
    if (sourcePort === FROM_FLOW) return entropyPort(this.hashOf(view, offset, end));
    return uint(sourcePort, MAX_PORT, 'udp', 'srcPort');
  }

  private hashOf(view: DataView, offset: number, end: number): number {
    if (this.framesInside) return frameFlowHash(view, offset, end);
    return this.readsInside ? ipFlowHash(view, offset, end) : 0;
  }
}

function outsideView(view: DataView, offset: number, end: number): PacketError {
  return new PacketError(
    'OUT_OF_RANGE',
    `a frame in bytes ${offset}–${end}: the view has ${view.byteLength}`,
  );
}
