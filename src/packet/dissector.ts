/** The layers of frame after frame in place, without allocation. `parse` makes a packet of one. */
import { PacketError } from '../bytes/error.js';
import { LINK_TYPE } from '../headers/numbers.js';
import { bytesOf, ELSEWHERE, type HeaderView, type Protocol } from '../headers/protocol.js';
import type { Bindings, OurProtocols, Protocols, ViewOf } from './bindings.js';
import type { Broken, Packet } from './packet.js';
import { parse } from './parse.js';
import { badOption, type DissectorOptions, Walk } from './walk.js';

/**
 * Finds the layers of frames that lie anywhere in a buffer: in a slot of an arena, in a record of
 * a capture in memory. Made once, it uses the same views for all frames, and allocates none once
 * it has met each stack of layers. Whatever it offers is of the frame that was dissected last, and
 * is valid until the next call. Offsets are absolute in that frame's view, not in the frame.
 *
 * It finds the very layers that `parse` finds: both are one loop. What needs a whole packet (names,
 * problems, a spec, JSON) is had from `packet()`.
 */
export class Dissector<M extends Protocols = OurProtocols> {
  /** Outermost first: `count` of them; what lies behind is undefined. */
  readonly layers: readonly (HeaderView | undefined)[];
  /** LINKTYPE value of frames that are given without one. */
  readonly linkType: number;
  private readonly walk: Walk;
  /** `layers` itself, as the walk writes it, and the protocols of the layers. */
  private readonly found: (HeaderView | undefined)[];
  private readonly protocols: (Protocol | undefined)[];
  /** The frame that was dissected last, as `packet` needs it. */
  private view: DataView | undefined;
  /** The view that was given last, and the most that `end` may be in it. */
  private measured: DataView | undefined;
  private limit: number;
  private offset: number;
  private end: number;
  private wireLength: number;
  private frameLinkType: number;

  /** Throws `BAD_OPTION`. */
  constructor(options: DissectorOptions<M> = {}) {
    this.found = [];
    this.layers = this.found;
    this.linkType = options.linkType ?? LINK_TYPE.ETHERNET;
    this.walk = new Walk([]);
    this.walk.configure(options);
    this.protocols = [];
    this.view = undefined;
    this.measured = undefined;
    this.limit = 0;
    this.offset = 0;
    this.end = 0;
    this.wireLength = 0;
    this.frameLinkType = this.linkType;
  }

  get bindings(): Bindings<M> {
    return this.walk.bindings as Bindings<Protocols> as Bindings<M>;
  }

  /**
   * Finds the layers of the frame in bytes [offset, end) of a view; answers how many. Never throws
   * on what the bytes hold; throws `OUT_OF_RANGE` where they are not in the view, or end at 1 GiB or
   * later.
   *
   * `wireLength`: bytes on the wire, where the capture holds fewer. `linkType`: LINKTYPE value.
   */
  dissect(
    view: DataView,
    offset = 0,
    end = view.byteLength,
    wireLength = end - offset,
    linkType = this.linkType,
  ): number {
    // To ask a view for its length is a call (Node 20), and frame after frame lies in one view.
    if (view !== this.measured) {
      this.measured = view;
      this.limit = Math.min(view.byteLength, ELSEWHERE - 1);
    }
    // Not `<` and `>`: NaN is to be refused too. Behind ELSEWHERE an end on the wire has no number.
    if (!(offset >= 0 && offset <= end && end <= this.limit)) throw outOfRange(view, offset, end);
    if (!(wireLength >= 0)) throw badOption('wireLength', wireLength, 'a number of bytes');
    const { walk, found, protocols } = this;
    const before = walk.count;
    this.view = view;
    this.offset = offset;
    this.end = end;
    this.wireLength = wireLength;
    this.frameLinkType = linkType;
    const wireEnd = Math.max(offset + wireLength, end);
    walk.run(view, offset, end, wireEnd, linkType, found, protocols);
    const { count } = walk;
    for (let i = count; i < before; i++) {
      found[i] = undefined;
      protocols[i] = undefined;
    }
    return count;
  }

  /** How many layers were found. */
  get count(): number {
    return this.walk.count;
  }

  /**
   * The layer of that protocol, or undefined: from outside the first one, or as many later as `skip`
   * says (1: the inner one of a tunnel).
   */
  layer<N extends keyof M & string>(name: N, skip = 0): ViewOf<M[N]> | undefined {
    const { layers, protocols, walk } = this;
    let left = skip;
    for (let i = 0; i < walk.count; i++) {
      if ((protocols[i] as Protocol).name !== name) continue;
      if (left === 0) return layers[i] as ViewOf<M[N]>;
      left--;
    }
    return undefined;
  }

  /** The header at which it stopped because it is none, or lies too deep. */
  get broken(): Broken | undefined {
    return this.walk.broken;
  }

  /**
   * Whether the bounds, lengths or reserved bits of some header are wrong or worth knowing, or one
   * is broken. Checksums and whatever else `packet().problems` judges beyond that are not looked at.
   */
  get faulty(): boolean {
    return this.walk.faults !== 0;
  }

  /** Where the bytes behind the innermost header begin. */
  get payloadOffset(): number {
    return this.walk.payloadOffset;
  }

  /** Where they end, exclusive, by the lengths of the headers; padding is not of them. */
  get payloadEnd(): number {
    return this.walk.payloadEnd;
  }

  /**
   * The frame as a packet: names, problems, a spec. It is parsed anew (and so allocates), lies on
   * the same bytes with offsets from the frame's start, and stays valid as long as they do.
   */
  packet(): Packet<M> {
    const { view, offset, end, wireLength, frameLinkType: linkType, bindings, walk } = this;
    if (view === undefined) throw new PacketError('BAD_VALUE', 'nothing has been dissected yet');
    const { maxDepth, sourcePorts } = walk;
    const options = { bindings, linkType, wireLength, maxDepth, sourcePorts };
    return parse<M>(bytesOf(view, offset, end), options);
  }
}

function outOfRange(view: DataView, offset: number, end: number): PacketError {
  return new PacketError(
    'OUT_OF_RANGE',
    `bytes ${offset} to ${end} are no frame: a view of ${view.byteLength} bytes, of which the first GiB can be dissected`,
  );
}
