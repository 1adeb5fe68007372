/** VLAN tags, IEEE 802.1Q §9.6, put into frames and taken out of them where they lie. */
import { PacketError } from '../bytes/error.js';
import { offsetOf } from '../bytes/layout.js';
import { DOT1Q_HEADER_BYTES, dot1q } from '../headers/dot1q.js';
import { ETHERNET_HEADER_BYTES, ethernet, ethernetLayout } from '../headers/ethernet.js';
import { ETHERTYPE } from '../headers/numbers.js';
import { uint } from '../headers/values.js';
import { build } from '../packet/build.js';
import { isVlanTag } from '../packet/ethernet-payload.js';
import type { FrameArena } from './arena.js';
import type { WrapBatch } from './batch.js';
import { isWithin, outside, WRAP } from './wrap.js';

/** Which tag. */
export interface Dot1qTaggerOptions {
  /** 0–4095; absent: it is given with each frame. */
  readonly vid?: number;
  /** 0–7 (absent: 0). */
  readonly priority?: number;
  /** Drop eligible (absent: false). */
  readonly dei?: boolean;
  /** The tag's EtherType: 0x8100, or 0x88a8 of a provider's tag (absent: 0x8100). */
  readonly tpid?: number;
  /** Where to write tagged frames to; without it only `wrapInPlace` works. */
  readonly arena?: FrameArena;
}

const TAG_BYTES = DOT1Q_HEADER_BYTES;
const HEADER_BYTES = ETHERNET_HEADER_BYTES;
/** A tag follows the two addresses. */
const TAG_AT = offsetOf(ethernetLayout, 'type');
const MAX_VID = 0xfff;
const NOT_GIVEN = -1;

/** Puts a VLAN tag into Ethernet frames, in front of those that they have. */
export class Dot1qTagger {
  /** Bytes by which a frame grows: 4. */
  readonly headerBytes: number;
  readonly arena: FrameArena | undefined;
  private readonly vid: number;
  /** TPID, priority and DEI. */
  private readonly word: number;

  /** Throws `PacketError` for an option that does not fit, naming it. */
  constructor(options: Dot1qTaggerOptions = {}) {
    const { vid = NOT_GIVEN, priority = 0, dei = false, tpid = ETHERTYPE.DOT1Q } = options;
    if (!isVlanTag(tpid)) {
      throw new PacketError('BAD_OPTION', `tpid is ${tpid}: expected 0x8100, 0x88a8 or 0x9100`);
    }
    if (vid !== NOT_GIVEN) uint(vid, MAX_VID, 'dot1q', 'vid');
    const tag = build([ethernet({ type: tpid }), dot1q({ vid: 0, priority, dei })]);
    this.headerBytes = TAG_BYTES;
    this.arena = options.arena;
    this.vid = vid;
    this.word = new DataView(tag.buffer, tag.byteOffset).getInt32(TAG_AT);
  }

  /**
   * Tags the frame in [offset, end): its addresses move four bytes to the front. Answers where the
   * frame begins then, or a code of `WRAP`, with nothing written. Throws `OUT_OF_RANGE` where `vid`
   * does not fit.
   */
  wrapInPlace(view: DataView, offset: number, end: number, vid = this.vid): number {
    const at = offset - TAG_BYTES;
    if (at < 0) return WRAP.NO_HEADROOM;
    if (end - offset < HEADER_BYTES) return WRAP.TOO_SHORT;
    if (vid >>> 12 !== 0) throw badVid(vid);
    view.setInt32(at, view.getInt32(offset));
    view.setInt32(at + 4, view.getInt32(offset + 4));
    view.setInt32(at + 8, view.getInt32(offset + 8));
    view.setInt32(at + TAG_AT, this.word | vid);
    return at;
  }

  /**
   * Copies the frame of `length` bytes at `source`, tagged, to `target`; both are offsets in the
   * arena. A frame that lies four bytes behind `target` is not copied; else the two do not overlap.
   * Answers the bytes of the tagged frame, or a code of `WRAP`, with nothing written. Throws
   * `OUT_OF_RANGE` for what does not lie in the arena's slots (the source: in its memory).
   */
  wrapInto(source: number, length: number, target: number, vid = this.vid): number {
    const { arena } = this;
    if (length < HEADER_BYTES) return WRAP.TOO_SHORT;
    if (arena === undefined || !isWithin(arena, source, length, target, TAG_BYTES)) {
      throw outside(arena, source, length, target, TAG_BYTES);
    }
    if (vid >>> 12 !== 0) throw badVid(vid);
    const frame = target + TAG_BYTES;
    if (frame !== source) arena.kernel.copy(frame, source, length);
    this.wrapInPlace(arena.view, frame, frame + length, vid);
    return length + TAG_BYTES;
  }

  /**
   * Tags the first `count` frames of a batch as `wrapInto` does; `results` has the answers. Where
   * the options give no VLAN id, that of each frame stands in `vnis`. Throws `BAD_VALUE` for a batch
   * of another arena.
   */
  wrapBatch(batch: WrapBatch, count: number): void {
    const { arena } = this;
    if (arena === undefined) throw outside(arena, 0, 0, 0, TAG_BYTES);
    batch.check(arena, 0, count);
    for (let i = 0; i < count; i++) batch.results[i] = this.wrapOneOf(arena, batch, i);
  }

  private wrapOneOf(arena: FrameArena, batch: WrapBatch, i: number): number {
    const source = batch.sources[i] as number;
    const length = batch.lengths[i] as number;
    const target = batch.targets[i] as number;
    const vid = this.vid === NOT_GIVEN ? (batch.vnis[i] as number) : this.vid;
    if (length < HEADER_BYTES) return WRAP.TOO_SHORT;
    if (!isWithin(arena, source, length, target, TAG_BYTES)) return WRAP.OUTSIDE;
    if (vid >>> 12 !== 0) return WRAP.BAD_NUMBER;
    return this.wrapInto(source, length, target, vid);
  }
}

/**
 * Takes the outermost VLAN tag out of the Ethernet frame in [offset, end): its addresses move four
 * bytes to the back. Answers where the frame begins then; `offset`, where it has no tag.
 */
export function untagInPlace(view: DataView, offset: number, end: number): number {
  if (end - offset < HEADER_BYTES + TAG_BYTES) return offset;
  if (!isVlanTag(view.getUint16(offset + TAG_AT))) return offset;
  view.setInt32(offset + 12, view.getInt32(offset + 8));
  view.setInt32(offset + 8, view.getInt32(offset + 4));
  view.setInt32(offset + 4, view.getInt32(offset));
  return offset + TAG_BYTES;
}

function badVid(vid: number): PacketError {
  if (vid === NOT_GIVEN) return new PacketError('BAD_VALUE', 'dot1q: no VLAN id is given');
  return new PacketError('OUT_OF_RANGE', `dot1q.vid: ${vid} does not fit, it is 0–${MAX_VID}`, {
    layer: 'dot1q',
    field: 'vid',
  });
}
